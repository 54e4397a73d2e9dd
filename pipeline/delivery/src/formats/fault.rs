//! Why the reading of a file stopped.

/// Why reading stopped.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The file cannot be read on; French, without any content.
    Unreadable(String),
    /// A formula was stored without its value.
    Formula(String),
    /// A limit is passed.
    Limit(String),
}

impl Fault {
    /// A failed read; our own readers put their limit in the error.
    pub(crate) fn from_io(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::FileTooLarge => Fault::Limit(error.to_string()),
            std::io::ErrorKind::UnexpectedEof => {
                Fault::Unreadable("le fichier compressé est tronqué".into())
            }
            _ => Fault::Unreadable("le fichier est abîmé ou illisible".into()),
        }
    }
}
