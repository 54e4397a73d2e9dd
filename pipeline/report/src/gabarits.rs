//! Templates: those of the release, built in, and a designer's folder laid over them.

use std::collections::BTreeMap;
use std::path::Path;

use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};

use base::error::{Context, Error, Result};

static PUBLIES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../report_templates");

/// Every template file by its path in the project: Typst, sentences, fonts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gabarits {
    fichiers: BTreeMap<String, Vec<u8>>,
}

impl Gabarits {
    /// The release's templates, overlaid by the files of `dossier` if given.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn charger(dossier: Option<&Path>) -> Result<Self> {
        let mut fichiers = BTreeMap::new();
        empiler(&PUBLIES, &mut fichiers);
        if let Some(dossier) = dossier {
            if !dossier.is_dir() {
                return Err(Error::usage(format!(
                    "{} n'est pas un dossier de gabarits",
                    dossier.display()
                ))
                .hint("donnez à --templates un dossier organisé comme report_templates/"));
            }
            superposer(dossier, dossier, &mut fichiers)?;
        }
        Ok(Self { fichiers })
    }

    /// The files of a folder alone, without the release's.
    #[cfg(test)]
    pub(super) fn seuls(dossier: &Path) -> Result<Self> {
        let mut fichiers = BTreeMap::new();
        superposer(dossier, dossier, &mut fichiers)?;
        Ok(Self { fichiers })
    }

    /// Files by path.
    pub fn fichiers(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.fichiers
    }

    /// Fonts, in path order.
    pub fn polices(&self) -> impl Iterator<Item = &[u8]> {
        self.fichiers
            .iter()
            .filter(|(nom, _)| nom.ends_with(".otf") || nom.ends_with(".ttf"))
            .map(|(_, octets)| octets.as_slice())
    }

    /// The text of a sentence template or a Typst file.
    pub fn texte(&self, chemin: &str) -> Option<&str> {
        std::str::from_utf8(self.fichiers.get(chemin)?).ok()
    }

    /// SHA-256 of the whole set, hexadecimal: paths, lengths and contents in order.
    pub fn empreinte(&self) -> String {
        let mut hache = Sha256::new();
        for (chemin, octets) in &self.fichiers {
            hache.update((chemin.len() as u64).to_le_bytes());
            hache.update(chemin.as_bytes());
            hache.update((octets.len() as u64).to_le_bytes());
            hache.update(octets);
        }
        hache
            .finalize()
            .iter()
            .map(|o| format!("{o:02x}"))
            .collect()
    }
}

fn empiler(dossier: &Dir<'_>, fichiers: &mut BTreeMap<String, Vec<u8>>) {
    for fichier in dossier.files() {
        fichiers.insert(
            fichier.path().display().to_string(),
            fichier.contents().to_vec(),
        );
    }
    for sous_dossier in dossier.dirs() {
        empiler(sous_dossier, fichiers);
    }
}

fn superposer(
    racine: &Path,
    dossier: &Path,
    fichiers: &mut BTreeMap<String, Vec<u8>>,
) -> Result<()> {
    let illisible = || format!("lecture impossible de {}", dossier.display());
    let mut entrees: Vec<_> = std::fs::read_dir(dossier)
        .and_then(Iterator::collect::<std::io::Result<Vec<_>>>)
        .access(illisible)?;
    entrees.sort_by_key(std::fs::DirEntry::path);
    for entree in entrees {
        let chemin = entree.path();
        if chemin.is_dir() {
            superposer(racine, &chemin, fichiers)?;
        } else if let Ok(relatif) = chemin.strip_prefix(racine) {
            let parties: Vec<_> = relatif.iter().map(|p| p.to_string_lossy()).collect();
            let octets = std::fs::read(&chemin)
                .access(|| format!("lecture impossible de {}", chemin.display()))?;
            fichiers.insert(parties.join("/"), octets);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn an_overlay_replaces_one_file_and_changes_the_hash() {
        let publies = Gabarits::charger(None).unwrap();
        assert!(publies.texte("bilan.typ").is_some());
        assert_eq!(publies.polices().count(), 4);
        let dossier = std::env::temp_dir().join(format!("gabarits-{}", std::process::id()));
        std::fs::create_dir_all(dossier.join("chapitres")).unwrap();
        std::fs::write(dossier.join("chapitres/synthese.typ"), "= Autre").unwrap();
        let changes = Gabarits::charger(Some(&dossier)).unwrap();
        std::fs::remove_dir_all(&dossier).unwrap();
        assert_eq!(changes.texte("chapitres/synthese.typ"), Some("= Autre"));
        assert_eq!(changes.texte("bilan.typ"), publies.texte("bilan.typ"));
        assert_ne!(changes.empreinte(), publies.empreinte());
        assert_eq!(
            publies.empreinte(),
            Gabarits::charger(None).unwrap().empreinte()
        );
    }

    #[test]
    fn a_missing_overlay_is_a_usage_error() {
        let erreur = Gabarits::charger(Some(Path::new("/nulle/part"))).unwrap_err();
        assert_eq!(erreur.kind().exit_code(), 2);
        assert!(erreur.hint_text().is_some());
    }
}
