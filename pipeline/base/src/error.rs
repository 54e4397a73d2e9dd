//! One error type for the whole pipeline: a message in French, a hint, and the exit code it leads to.

use std::error::Error as StdError;
use std::fmt;

use super::cause;

/// What the process must say to its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Refused rows above the tolerance, or a check that failed: exit code 1.
    Refused,
    /// The command, a parameter or a configuration file is wrong: exit code 2.
    Usage,
    /// Something could not be read or written: exit code 3.
    Access,
}

impl Kind {
    /// The exit code documented in the guide.
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::Refused => 1,
            Kind::Usage => 2,
            Kind::Access => 3,
        }
    }
}

/// An error ready to be shown: `message` says what is wrong and where, `hint` says what to do.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    hint: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The result of every fallible function of the pipeline.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            source: None,
        }
    }

    /// An error of a kind that another one had.
    pub fn of_kind(kind: Kind, message: impl Into<String>) -> Self {
        Self::new(kind, message)
    }

    /// A check that failed (exit code 1).
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Kind::Refused, message)
    }

    /// A wrong command, parameter or configuration (exit code 2).
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// A file, store or device that does not answer (exit code 3).
    pub fn access(message: impl Into<String>) -> Self {
        Self::new(Kind::Access, message)
    }

    /// Adds what the user can do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Keeps the technical cause, shown after the message.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The kind, hence the exit code.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The message alone, without hint or cause.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The hint, if one is known: ours, else that of the system's failure behind it.
    pub fn hint_text(&self) -> Option<&str> {
        let of_cause = || self.source.as_deref().and_then(|source| cause::advice(source));
        self.hint.as_deref().or_else(of_cause)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        if let Some(source) = &self.source {
            write!(f, "\n  cause : {}", cause::said(source.as_ref()))?;
        }

        if let Some(hint) = self.hint_text() {
            write!(f, "\n  conseil : {hint}")?;
        }

        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|e| e as &(dyn StdError + 'static))
    }
}

/// Turns any foreign error into ours, with a message of our own in front.
pub trait Context<T> {
    /// Reading or writing failed: `message` says what, the cause is kept.
    ///
    /// # Errors
    /// The same failure, as an [`Error`] of kind [`Kind::Access`].
    fn access(self, message: impl FnOnce() -> String) -> Result<T>;

    /// A user-supplied text is wrong: `message` says which, the cause is kept.
    ///
    /// # Errors
    /// The same failure, as an [`Error`] of kind [`Kind::Usage`].
    fn usage(self, message: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: Into<Box<dyn StdError + Send + Sync>>> Context<T> for std::result::Result<T, E> {
    fn access(self, message: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|e| Error::access(message()).caused_by(e))
    }

    fn usage(self, message: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|e| Error::usage(message()).caused_by(e))
    }
}
