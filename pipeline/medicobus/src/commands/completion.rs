//! `medicobus completion`: what a shell sources so that commands, queries, parameters and their values complete.

use std::ffi::OsString;

use clap::{CommandFactory, ValueEnum};
use clap_complete::CompleteEnv;
use clap_complete::env::{Bash, EnvCompleter, Fish, Zsh};

use base::error::{Context, Result};

use super::talk;

/// Variable through which the shell's script asks the program for candidates.
const VARIABLE: &str = "MEDICOBUS_COMPLETE";

/// Arguments of `completion`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Le shell.
    shell: Shell,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// Prints the script.
///
/// # Errors
/// If stdout is closed.
pub fn run(args: Args) -> Result<()> {
    let shell: &dyn EnvCompleter = match args.shell {
        Shell::Bash => &Bash,
        Shell::Zsh => &Zsh,
        Shell::Fish => &Fish,
    };

    let mut script = Vec::new();
    let name = "medicobus";
    shell
        .write_registration(VARIABLE, name, name, name, &mut script)
        .access(|| "script de complétion".into())?;
    talk::stdout(&script)
}

/// Answers the shell if it is the one asking.
///
/// # Errors
/// If the shell is unknown or does not ask as the script does.
pub fn answer<C: CommandFactory>(arguments: &[OsString]) -> clap::error::Result<bool> {
    let here = std::env::current_dir().ok();
    CompleteEnv::with_factory(C::command)
        .var(VARIABLE)
        .try_complete(arguments, here.as_deref())
}
