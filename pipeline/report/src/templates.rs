//! Templates: those of the release, built in, and a designer's folder laid over them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};

use base::error::{Context, Error, Result};

use super::glyph_coverage::GlyphCoverage;

static RELEASE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../report_templates");

/// Every template file by its path in the project: Typst, sentences, fonts.
#[derive(Debug, Clone)]
pub struct Templates {
    files: BTreeMap<String, Vec<u8>>,
    /// Read from the fonts once, when the first document asks.
    coverage: OnceLock<GlyphCoverage>,
}

impl Templates {
    /// The release's templates, overlaid by the files of `folder` if given.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn load(folder: Option<&Path>) -> Result<Self> {
        let mut files = BTreeMap::new();
        collect_release(&RELEASE, &mut files);

        if let Some(folder) = folder {
            if !folder.is_dir() {
                return Err(Error::usage(format!(
                    "{} n'est pas un dossier de gabarits",
                    folder.display()
                ))
                .hint("donnez à --templates un dossier organisé comme report_templates/"));
            }
            overlay(folder, folder, &mut files)?;
        }

        Ok(Self { files, coverage: OnceLock::new() })
    }

    /// The files of a folder alone, without the release's.
    #[cfg(test)]
    pub(super) fn only(folder: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        overlay(folder, folder, &mut files)?;
        Ok(Self { files, coverage: OnceLock::new() })
    }

    /// Files by path.
    pub fn files(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.files
    }

    /// Fonts, in path order.
    pub fn fonts(&self) -> impl Iterator<Item = &[u8]> {
        self.files
            .iter()
            .filter(|(name, _)| name.ends_with(".otf") || name.ends_with(".ttf"))
            .map(|(_, bytes)| bytes.as_slice())
    }

    /// Characters that all of the fonts can draw.
    pub fn coverage(&self) -> &GlyphCoverage {
        self.coverage.get_or_init(|| GlyphCoverage::of(self.fonts()))
    }

    /// The text of a sentence template or a Typst file.
    pub fn text(&self, path: &str) -> Option<&str> {
        std::str::from_utf8(self.files.get(path)?).ok()
    }

    /// SHA-256 of the whole set, hexadecimal: paths, lengths and contents in order.
    pub fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        for (path, bytes) in &self.files {
            hasher.update((path.len() as u64).to_le_bytes());
            hasher.update(path.as_bytes());
            hasher.update((bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        }

        hex::encode(hasher.finalize())
    }
}

/// Adds every file of a built-in folder, by path.
fn collect_release(folder: &Dir<'_>, files: &mut BTreeMap<String, Vec<u8>>) {
    for file in folder.files() {
        files.insert(file.path().display().to_string(), file.contents().to_vec());
    }

    for subfolder in folder.dirs() {
        collect_release(subfolder, files);
    }
}

/// Adds every file below `folder` by its path from `root`, in the place of one of the same path.
fn overlay(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) -> Result<()> {
    let unreadable = || format!("lecture impossible de {}", folder.display());
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .and_then(Iterator::collect::<std::io::Result<Vec<_>>>)
        .access(unreadable)?;
    entries.sort_by_key(std::fs::DirEntry::path);

    for entry in entries {
        let path = entry.path();
        let kind = entry.file_type().access(unreadable)?;

        // A link could put any file of the machine into a document that leaves it.
        if !kind.is_dir() && !kind.is_file() {
            return Err(Error::usage(format!(
                "{} n'est ni un fichier ni un dossier",
                path.display()
            ))
            .hint("les liens des gabarits ne sont pas suivis : copiez le fichier"));
        }

        if kind.is_dir() {
            overlay(root, &path, files)?;
        } else if let Ok(relative) = path.strip_prefix(root) {
            let parts: Vec<_> = relative.iter().map(|p| p.to_string_lossy()).collect();
            let bytes = std::fs::read(&path)
                .access(|| format!("lecture impossible de {}", path.display()))?;
            files.insert(parts.join("/"), bytes);
        }
    }

    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlay_replaces_one_file_and_changes_the_hash() {
        let published = Templates::load(None).unwrap();
        assert!(published.text("bilan.typ").is_some());
        assert_eq!(published.fonts().count(), 4);
        let folder = std::env::temp_dir().join(format!("gabarits-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("chapitres")).unwrap();
        std::fs::write(folder.join("chapitres/synthese.typ"), "= Autre").unwrap();
        let changes = Templates::load(Some(&folder)).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(changes.text("chapitres/synthese.typ"), Some("= Autre"));
        assert_eq!(changes.text("bilan.typ"), published.text("bilan.typ"));
        assert_ne!(changes.hash(), published.hash());
        assert_eq!(published.hash(), Templates::load(None).unwrap().hash());
    }

    #[test]
    fn a_missing_overlay_is_a_usage_error() {
        let error = Templates::load(Some(Path::new("/nulle/part"))).unwrap_err();
        assert_eq!(error.kind().exit_code(), 2);
        assert!(error.hint_text().is_some());
    }
}
