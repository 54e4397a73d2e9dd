//! How a delivery comes: file by file from a form to the scratch folder, never whole in memory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;
use tokio::fs::{self, OpenOptions};
use tokio::io::AsyncWriteExt;

use base::error::{Context, Error, Result};
use delivery::SizeLimits;

/// Longest answer typed in a field.
const LONGEST: usize = 2000;
/// Folders, one in the other.
const DEEPEST: usize = 8;

/// What a form sent.
pub(crate) struct Sent {
    /// The delivery: a file, or a folder of files.
    pub(crate) delivery: PathBuf,
    /// What was typed beside it.
    pub(crate) typed: BTreeMap<String, String>,
}

/// Writes the files of a form below `folder`.
///
/// # Errors
/// No file, a name that leads out of the folder, two files of one name, more bytes than are taken, a connection that breaks.
pub(crate) async fn receive(mut form: Multipart, folder: &Path, most: u64) -> Result<Sent> {
    let mut typed = BTreeMap::new();
    let mut names: Vec<PathBuf> = Vec::new();
    let broken = |e: MultipartError| interrupted(&e, most);

    while let Some(field) = form.next_field().await.map_err(broken)? {
        match field.file_name().map(str::to_owned) {
            // A field for files where none was chosen.
            Some(name) if name.is_empty() => {}
            Some(name) => {
                if names.len() > SizeLimits::default().entries {
                    return Err(Error::refused("trop de fichiers dans un seul envoi")
                        .hint("une livraison a une dizaine de tables : envoyez celles-là, ou une archive ZIP"));
                }
                let name = inside(&name)?;
                write(field, &folder.join(&name), most).await?;
                names.push(name);
            }
            None => {
                let name = field.name().unwrap_or_default().to_owned();
                typed.insert(name, text(field, most).await?);
            }
        }
    }

    Ok(Sent {
        delivery: delivery(folder, &names)?,
        typed,
    })
}

/// What the command would be given: the file, where there is one alone; the folder that was chosen; else the folder of all files.
fn delivery(folder: &Path, names: &[PathBuf]) -> Result<PathBuf> {
    let top = |name: &PathBuf| name.iter().next().map(PathBuf::from);
    match names {
        [] => Err(Error::usage("aucun fichier n'a été choisi")
            .hint("choisissez les fichiers de la livraison, un classeur ou une archive ZIP")),
        [one] if one.iter().count() == 1 => Ok(folder.join(one)),
        [first, ..] => {
            let chosen = top(first).filter(|_| names.iter().all(|name| name.iter().count() > 1));
            let chosen =
                chosen.filter(|chosen| names.iter().all(|n| top(n).as_ref() == Some(chosen)));
            Ok(chosen.map_or_else(|| folder.to_path_buf(), |chosen| folder.join(chosen)))
        }
    }
}

/// A name as a path that stays inside of a folder, whatever system sent it.
fn inside(name: &str) -> Result<PathBuf> {
    let refused = || {
        Error::refused("un fichier porte un nom qui sort du dossier, ou qu'aucun système n'accepte")
            .hint("renommez-le sans « .. », sans lettre de disque et sans signe invisible, puis renvoyez la livraison")
    };

    let name = name.replace('\\', "/");
    let parts: Vec<&str> = name.split('/').collect();
    let strange = |part: &&str| {
        part.is_empty()
            || matches!(*part, "." | "..")
            || part.len() > 200
            || part.contains(|c: char| c.is_control() || c == ':')
    };
    if parts.len() > DEEPEST || parts.iter().any(strange) {
        return Err(refused());
    }
    Ok(parts.iter().collect())
}

async fn write(mut field: Field<'_>, path: &Path, most: u64) -> Result<()> {
    let fail = || "ce qui est envoyé ne s'écrit pas dans le dossier temporaire".to_owned();
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).await.access(fail)?;
    }
    if fs::try_exists(path).await.access(fail)? {
        return Err(Error::refused("deux fichiers du même nom dans un seul envoi")
            .hint("renommez l'un des deux, ou envoyez le dossier entier"));
    }

    let mut file = OpenOptions::new().write(true).create_new(true).open(path).await.access(fail)?;
    while let Some(bytes) = field.chunk().await.map_err(|e| interrupted(&e, most))? {
        file.write_all(&bytes).await.access(fail)?;
    }
    file.flush().await.access(fail)
}

/// What was typed, within a bound.
async fn text(mut field: Field<'_>, most: u64) -> Result<String> {
    let mut bytes = Vec::new();
    while let Some(more) = field.chunk().await.map_err(|e| interrupted(&e, most))? {
        bytes.extend_from_slice(&more);
        if bytes.len() > LONGEST {
            return Err(Error::usage("une réponse du formulaire est trop longue")
                .hint("écrivez-la en quelques lignes"));
        }
    }
    String::from_utf8(bytes).usage(|| "une réponse du formulaire n'est pas un texte".into())
}

/// Why no more comes. What the library says is English and names its own parts.
fn interrupted(error: &MultipartError, most: u64) -> Error {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Error::refused(format!("l'envoi dépasse {} Mio", most >> 20))
                .hint("envoyez une archive ZIP, ou relancez « medicobus servir » avec --taille-max")
        }
        _ => Error::usage("l'envoi s'est interrompu avant la fin ; rien n'en est gardé")
            .hint("renvoyez la livraison"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_inside() {
        assert_eq!(inside("28-2025/tournees.csv").unwrap(), Path::new("28-2025/tournees.csv"));
        assert_eq!(inside("28-2025\\a.csv").unwrap(), Path::new("28-2025/a.csv"));
        for name in [
            "../a.csv",
            "a/../../b",
            "/etc/passwd",
            "C:\\a.csv",
            "a//b",
            "..\\..\\a",
            ".",
            "a\0b",
            "a/",
        ] {
            assert!(inside(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn what_is_sent_is_given_as_to_the_command() {
        let given = |names: &[&str]| {
            let names: Vec<PathBuf> = names.iter().map(PathBuf::from).collect();
            delivery(Path::new("r"), &names).map(|path| path.display().to_string())
        };
        assert_eq!(given(&["a.zip"]).unwrap(), "r/a.zip");
        assert_eq!(given(&["d/a.csv", "d/b.csv"]).unwrap(), "r/d");
        assert_eq!(given(&["d/a.csv"]).unwrap(), "r/d");
        assert_eq!(given(&["a.csv", "b.csv"]).unwrap(), "r");
        assert_eq!(given(&["d/a.csv", "e/b.csv"]).unwrap(), "r");
        assert!(given(&[]).is_err());
    }
}
