//! The `medicobus` program: one file per subcommand, which holds its arguments, one call and what to print.

pub mod commands;
