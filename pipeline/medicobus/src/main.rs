//! The `medicobus` program: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    medicobus::commands::run(std::env::args_os())
}
