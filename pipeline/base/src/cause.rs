//! Technical causes, as a user may read them: what the system says, in French, with what to do about it.

use std::error::Error as StdError;
use std::io::{Error as IoError, ErrorKind};

use super::library_words::in_french;

/// What a kind of failure of the system is called, and what its user can do.
const CAUSES: [(ErrorKind, &str, &str); 21] = {
    use ErrorKind as K;
    [
        (
            K::NotFound,
            "le fichier ou le dossier n'existe pas",
            "vérifiez le chemin et le nom",
        ),
        (
            K::PermissionDenied,
            "l'accès est refusé",
            "vérifiez les droits sur le fichier et son dossier, ou choisissez un autre dossier",
        ),
        (
            K::AlreadyExists,
            "un fichier ou un dossier de ce nom existe déjà",
            "choisissez un autre nom, ou déplacez l'ancien",
        ),
        (
            K::NotADirectory,
            "un fichier se trouve là où le chemin demande un dossier",
            "vérifiez le chemin : tout ce qui précède le dernier nom doit être un dossier",
        ),
        (
            K::IsADirectory,
            "c'est un dossier, non un fichier",
            "donnez le chemin d'un fichier",
        ),
        (
            K::DirectoryNotEmpty,
            "le dossier n'est pas vide",
            "videz-le, ou choisissez un autre dossier",
        ),
        (
            K::ReadOnlyFilesystem,
            "le disque est en lecture seule",
            "choisissez un dossier où vous pouvez écrire",
        ),
        (
            K::StorageFull,
            "le disque est plein",
            "libérez de la place, ou choisissez un autre disque",
        ),
        (
            K::QuotaExceeded,
            "l'espace qui vous est accordé est plein",
            "libérez de la place, ou choisissez un autre disque",
        ),
        (
            K::FileTooLarge,
            "le fichier est trop grand pour ce disque",
            "choisissez un autre disque",
        ),
        (
            K::InvalidFilename,
            "le nom est trop long, ou contient un caractère que le système n'admet pas",
            "choisissez un nom plus court, sans signes particuliers",
        ),
        (
            K::ResourceBusy,
            "le fichier est occupé par un autre programme",
            "fermez-le, puis recommencez",
        ),
        (
            K::ExecutableFileBusy,
            "le fichier est occupé par un autre programme",
            "fermez-le, puis recommencez",
        ),
        (
            K::UnexpectedEof,
            "le fichier finit trop tôt : il est tronqué",
            "copiez-le ou téléchargez-le à nouveau",
        ),
        (K::InvalidData, "le contenu est abîmé", "copiez-le ou enregistrez-le à nouveau"),
        (
            K::InvalidInput,
            "le système n'admet pas cette demande",
            "vérifiez le chemin et le nom",
        ),
        (
            K::BrokenPipe,
            "le programme qui lisait la sortie s'est arrêté",
            "écrivez dans un fichier",
        ),
        (
            K::TimedOut,
            "le disque ou le réseau ne répond pas",
            "recommencez, ou travaillez sur une copie locale",
        ),
        (K::Interrupted, "l'opération a été interrompue", "recommencez"),
        (
            K::CrossesDevices,
            "le fichier irait d'un disque à un autre",
            "mettez les deux dossiers sur le même disque",
        ),
        (
            K::OutOfMemory,
            "la mémoire ne suffit pas",
            "fermez d'autres programmes, puis recommencez",
        ),
    ]
};

/// A cause as it is shown: in French where the system names it or its library's words are known, as they are otherwise.
pub(crate) fn said(source: &(dyn StdError + 'static)) -> String {
    match of_system(source) {
        Some((what, _)) => what.to_owned(),
        None => {
            let words = source.to_string();
            in_french(&words).unwrap_or(words)
        }
    }
}

/// What a user can do about a cause, if the system names it.
pub(crate) fn advice(source: &(dyn StdError + 'static)) -> Option<&'static str> {
    of_system(source).map(|(_, advice)| advice)
}

/// What there is to say of the failure of the system at the root of an error, if there is one.
fn of_system(source: &(dyn StdError + 'static)) -> Option<(&'static str, &'static str)> {
    let mut error = Some(source);
    while let Some(current) = error {
        if let Some(io) = current.downcast_ref::<IoError>() {
            return told(io);
        }
        error = current.source();
    }
    None
}

fn told(io: &IoError) -> Option<(&'static str, &'static str)> {
    // A library's error in the clothes of the system's may have the system's own beneath, or words of ours.
    if let Some(inner) = io.get_ref()
        && let Some(told) = of_system(inner)
    {
        return Some(told);
    }
    // Our own readers put their limit in the error.
    if io.get_ref().is_some() && io.kind() == ErrorKind::FileTooLarge {
        return None;
    }

    let (_, what, advice) = CAUSES.iter().find(|(kind, ..)| *kind == io.kind())?;
    Some((what, advice))
}

#[cfg(test)]
mod tests {
    use crate::error::{Context, Error};
    use std::fs;
    use std::io;
    use std::path::Path;

    #[test]
    fn what_the_system_refuses_is_said_in_french_with_a_way_out() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let file = folder.join("Cargo.toml");

        let absent = fs::read(folder.join("absent")).unwrap_err();
        let within = fs::read(file.join("g")).unwrap_err();
        let again = fs::create_dir(&file).unwrap_err();
        let long = fs::read(folder.join("x".repeat(400))).unwrap_err();
        let cut = io::Error::from(io::ErrorKind::UnexpectedEof);
        let wrapped = io::Error::other(fs::read(file.join("g")).unwrap_err());
        for (error, what, way_out) in [
            (absent, "n'existe pas", "vérifiez le chemin"),
            (within, "demande un dossier", "doit être un dossier"),
            (again, "existe déjà", "choisissez un autre nom"),
            (long, "trop long", "plus court"),
            (cut, "tronqué", "à nouveau"),
            (wrapped, "demande un dossier", "doit être un dossier"),
        ] {
            let failed: Result<(), _> = Err(error);
            let said = failed.access(|| "illisible".to_owned()).unwrap_err().to_string();
            assert!(said.contains(what) && said.contains(way_out), "{said}");
            assert!(!said.contains("os error"), "{said}");
        }

        let limit = io::Error::new(io::ErrorKind::FileTooLarge, "plus de 256 Gio");
        assert!(
            Error::access("x")
                .caused_by(limit)
                .to_string()
                .ends_with("cause : plus de 256 Gio")
        );

        // A hint of ours is nearer to the case; other causes keep their words.
        let own = Error::access("x").caused_by(io::Error::from(io::ErrorKind::NotFound));
        assert!(own.hint("le nôtre").to_string().ends_with("conseil : le nôtre"));
        assert!(
            Error::access("x")
                .caused_by("autre chose")
                .to_string()
                .ends_with("cause : autre chose")
        );
    }
}
