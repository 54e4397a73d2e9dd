//! ZIP archives, and those that lie in them: names as they were meant, and what cannot be read refused with the way out.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;
use zip::read::{Config, ZipFile};
use zip::result::{ZipError, ZipResult};
use zip::unstable::read::ZipIterable;
use zip::{CompressionMethod, ZipArchive};

use super::bounded::Bounded;
use super::{Container, Location, extension, guarded, link, noise};
use crate::Finding;
use base::error::{Context, Error, Result};
use contract::Rule;

/// What the library says of an archive is English and names its own parts: only the system's failures are told as the cause.
fn unpacking<T>(result: ZipResult<T>, message: impl Fn() -> String) -> Result<T> {
    result.map_err(|e| match e {
        ZipError::Io(io) => Error::access(message()).caused_by(io),
        _ => Error::access(message()),
    })
}

impl Container {
    /// Lists an archive. `shown` names it in errors, `prefix` goes before the names of its files.
    pub(super) fn zip(
        &mut self,
        file: File,
        shown: &str,
        prefix: &str,
        depth: usize,
        findings: &mut Vec<Finding>,
    ) -> Result<()> {
        let broken = || format!("l'archive {shown} est illisible ou tronquée");
        let hint = |e: Error| e.hint("refaites l'archive (ZIP sans mot de passe) et renvoyez-la");
        let repeated = self.repeated(&file, shown, prefix).map_err(hint)?;
        findings.extend(repeated);

        let mut archive = unpacking(ZipArchive::new(BufReader::new(file)), broken).map_err(hint)?;

        let (rank, mut inner) = (self.archives.len(), Vec::new());

        for i in 0..archive.len() {
            let entry = unpacking(archive.by_index_raw(i), broken).map_err(hint)?;
            let name = meant_name(entry.name_raw(), entry.name());
            let full = format!("{prefix}{name}");
            let place = |findings: &mut Vec<Finding>| {
                guarded(&full, &format!("entrée n° {}", i + 1), findings)
            };

            if !stays_inside(&name) {
                let message = "l'archive contient un nom qui sort du dossier";
                let finding = Finding::new(Rule::NomDangereux, message).at(&place(findings), None);
                findings.push(finding);
            } else if name.ends_with('/') {
                // Its files are entries of their own.
            } else if let Some(hidden) = hidden_part(&name) {
                self.hide(&format!("{prefix}{hidden}"));
            } else if entry.is_symlink() {
                let finding = link().at(&place(findings), None);
                findings.push(finding);
            } else {
                let packed = entry.compressed_size();
                readable(&entry, shown, || place(&mut Vec::new()))?;
                if extension(&name) == "zip" {
                    inner.push((i, full, packed));
                } else {
                    self.add(&full, Location::Zip(rank, i), packed);
                }
            }
        }

        self.archives.push(archive);
        for (i, full, packed) in inner {
            match self.unpacked(rank, i, packed) {
                Ok(file) => self.nested(file, &full, depth + 1, findings),
                Err(error) => {
                    let finding = Finding::told_by(Rule::FichierIllisible, &error);
                    let place = guarded(&full, &format!("entrée n° {}", i + 1), findings);
                    findings.push(finding.at(&place, None));
                }
            }
        }

        Ok(())
    }

    /// Tells of names that several entries of an archive bear: its reader keeps the last of them alone.
    fn repeated(&self, file: &File, shown: &str, prefix: &str) -> Result<Vec<Finding>> {
        let broken = || format!("l'archive {shown} est illisible ou tronquée");
        let mut listed =
            unpacking(ZipIterable::try_new(BufReader::new(file), Config::default()), broken)?;
        self.few(listed.len(), shown)?;

        let mut ranks: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (rank, entry) in unpacking(listed.files(), broken)?.enumerate() {
            let entry = unpacking(entry, broken)?;
            let name: String = meant_name(entry.name_raw(), entry.name()).nfc().collect();
            if !name.ends_with('/') && hidden_part(&name).is_none() {
                ranks.entry(name).or_default().push(format!("n° {}", rank + 1));
            }
        }

        let told = |(name, ranks): (String, Vec<String>)| {
            let message = format!(
                "l'archive contient {} fichiers de ce nom (entrées {}) : un seul serait lu",
                ranks.len(),
                ranks.join(" et ")
            );
            let place = guarded(&format!("{prefix}{name}"), "archive", &mut Vec::new());
            Finding::new(Rule::FichierNonLu, message)
                .at(&place, None)
                .hint("gardez le bon fichier, ou donnez à chacun son nom, puis refaites l'archive")
        };
        Ok(ranks.into_iter().filter(|(_, ranks)| ranks.len() > 1).map(told).collect())
    }

    /// Lists an archive that came inside the delivery: what is wrong with it refuses the delivery, and the rest is told all the same.
    pub(super) fn nested(
        &mut self,
        file: File,
        full: &str,
        depth: usize,
        findings: &mut Vec<Finding>,
    ) {
        let shown = guarded(full, "archive", findings);
        if depth > self.limits.depth {
            findings.push(self.too_deep().at(&shown, None));
            return;
        }

        if let Err(error) = self.zip(file, &shown, &format!("{full}/"), depth, findings) {
            findings.push(Finding::told_by(Rule::FichierIllisible, &error).at(&shown, None));
        }
    }

    pub(super) fn too_deep(&self) -> Finding {
        Finding::new(
            Rule::LimiteDepassee,
            format!("plus de {} dossiers ou archives l'un dans l'autre", self.limits.depth),
        )
        .hint("mettez les fichiers dans un seul dossier ou une seule archive")
    }

    /// An archive inside another, in a file of its own that no name leads to.
    fn unpacked(&mut self, archive: usize, index: usize, packed: u64) -> Result<File> {
        let fail = || "l'archive intérieure ne se lit pas jusqu'au bout".to_string();
        let entry = unpacking(self.archives[archive].by_index(index), fail)?;
        let mut bounded = Bounded {
            inner: Box::new(entry) as Box<dyn Read + Send + '_>,
            packed,
            read: 0,
            total: Arc::clone(&self.expanded),
            limits: self.limits.clone(),
        };

        let mut file = tempfile::tempfile().access(fail)?;
        std::io::copy(&mut bounded, &mut file).access(fail)?;
        file.rewind().access(fail)?;
        Ok(file)
    }
}

/// The name with `/`, whatever wrote it: without the mark of UTF-8, old archivers write code page 437 (accented letters are those of
/// 850), others UTF-8 all the same; some Windows tools write backslashes.
fn meant_name(raw: &[u8], told: ZipResult<Cow<'_, str>>) -> String {
    let name = std::str::from_utf8(raw).map(str::to_owned).unwrap_or_else(|_| {
        told.map_or_else(|_| String::from_utf8_lossy(raw).into_owned(), Cow::into_owned)
    });

    let name = name.replace('\\', "/");
    name.split_inclusive('/').filter(|part| *part != "./").collect()
}

/// The name up to the first part that is hidden, if one is.
fn hidden_part(name: &str) -> Option<&str> {
    let mut end = 0;
    for part in name.split('/') {
        end += part.len();
        if noise(part) {
            return name.get(..end);
        }
        end += 1;
    }

    None
}

/// Neither absolute, nor on a drive, nor above the folder.
fn stays_inside(name: &str) -> bool {
    !name.starts_with('/')
        && name.as_bytes().get(1) != Some(&b':')
        && !name.contains('\0')
        && !name.split('/').any(|part| part == "..")
}

/// Refuses an archive with a file that is encrypted or compressed in a way of its own.
fn readable<R: Read>(
    entry: &ZipFile<'_, R>,
    shown: &str,
    place: impl FnOnce() -> String,
) -> Result<()> {
    if entry.encrypted() {
        return Err(Error::refused(format!("l'archive {shown} est protégée par un mot de passe"))
            .hint("refaites l'archive sans mot de passe ; transmettez-la par un canal protégé"));
    }

    match entry.compression() {
        CompressionMethod::Stored | CompressionMethod::Deflated => Ok(()),
        CompressionMethod::DEFLATE64 => Err(method(shown, &place(), "Deflate64")),
        _ => Err(method(shown, &place(), "une autre que Deflate")),
    }
}

fn method(shown: &str, place: &str, method: &str) -> Error {
    Error::refused(format!(
        "l'archive {shown} n'est pas lue : {place} y est comprimé par une méthode que le programme ne connaît pas ({method})"
    ))
    .hint("refaites l'archive au format ZIP, méthode « Deflate » (dans 7-Zip : Ajouter à l'archive, Méthode), ou donnez le dossier")
}
