//! The one error of this crate: a message for the reader, and what can be done about it.

use std::fmt;

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// What the caller gave is wrong: a length, a level, an outcome that is not a number.
    Usage,
    /// The data do not allow the estimate.
    Refused,
}

/// Why an estimate was not made. The message is in French, the language of the reports it ends up in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    hint: Option<&'static str>,
}

/// The result of what may be refused.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// What the caller gave is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Usage,
            message: message.into(),
            hint: None,
        }
    }

    /// The data do not allow the estimate.
    pub fn refused(message: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Refused,
            ..Self::usage(message)
        }
    }

    pub(crate) fn hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The message alone.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it, if something is known to help.
    pub fn hint_text(&self) -> Option<&str> {
        self.hint
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;

        match self.hint {
            Some(hint) => write!(f, "\n  conseil : {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}
