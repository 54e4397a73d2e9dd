//! The same files, set by a `typst` program of the user's choice (`--typst CHEMIN`), or written out (`--source DIR`).

use std::path::{Component, Path};
use std::process::Command;

use super::document::Document;
use super::gabarits::Gabarits;
use base::error::{Context, Error, Result};

/// Writes every file of the document's project under `dossier`.
///
/// # Errors
/// `Access` if a file cannot be written.
pub fn ecrire(document: &Document, gabarits: &Gabarits, dossier: &Path) -> Result<()> {
    for (chemin, octets) in document.fichiers(gabarits)? {
        let relatif = Path::new(&chemin);
        if relatif
            .components()
            .any(|c| !matches!(c, Component::Normal(_)))
        {
            return Err(Error::usage(format!(
                "« {chemin} » sort du dossier du document"
            )));
        }
        let cible = dossier.join(relatif);
        if let Some(parent) = cible.parent() {
            std::fs::create_dir_all(parent)
                .access(|| format!("création impossible de {}", parent.display()))?;
        }
        std::fs::write(&cible, octets)
            .access(|| format!("écriture impossible de {}", cible.display()))?;
    }
    Ok(())
}

/// Sets the document with the program `typst`, in a temporary folder that is removed afterwards.
///
/// # Errors
/// `Access` if the program does not start or its PDF cannot be read, `Usage` with the program's own words if it fails.
pub fn pdf(document: &Document, gabarits: &Gabarits, typst: &Path) -> Result<Vec<u8>> {
    // A relative path to the program must not follow us into the folder.
    let programme = if typst.components().count() > 1 {
        typst
            .canonicalize()
            .access(|| format!("{} est introuvable", typst.display()))?
    } else {
        typst.to_path_buf()
    };
    let dossier = std::env::temp_dir().join(format!("medicobus-{}", uuid::Uuid::new_v4()));
    let resultat = ecrire(document, gabarits, &dossier)
        .and_then(|()| composer(document, &programme, &dossier));
    // What is left of a failed attempt is of no use; a folder that resists is the system's to clean.
    let _ = std::fs::remove_dir_all(&dossier);
    resultat
}

fn composer(document: &Document, typst: &Path, dossier: &Path) -> Result<Vec<u8>> {
    let d = &document.donnees.date;
    // Seconds since 1970 at midnight UTC: the program has a clock and must not look at it.
    let jour = chrono::NaiveDate::from_ymd_opt(d.annee, d.mois, d.jour).unwrap_or_default();
    let secondes = jour.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
    let sortie = Command::new(typst)
        .current_dir(dossier)
        .args([
            "compile",
            "--root",
            ".",
            "--ignore-system-fonts",
            "--font-path",
            "polices",
        ])
        .args(["--features", "a11y-extras", "--pdf-standard", "a-3a,ua-1"])
        .args(["--creation-timestamp", &secondes.to_string()])
        .args([document.principal.as_str(), "document.pdf"])
        .output()
        .access(|| format!("{} ne se lance pas", typst.display()))
        .map_err(|e| {
            e.hint("donnez à --typst le chemin d'un programme typst 0.15, ou omettez l'option")
        })?;
    if !sortie.status.success() {
        let texte = String::from_utf8_lossy(&sortie.stderr);
        return Err(Error::usage(format!(
            "{} a refusé le document\n{}",
            typst.display(),
            texte.trim()
        ))
        .hint("les gabarits demandent Typst 0.15 ; sans --typst, le programme compose lui-même"));
    }
    let pdf = dossier.join("document.pdf");
    std::fs::read(&pdf).access(|| format!("lecture impossible de {}", pdf.display()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::essai::document;
    use crate::rendu::Presse;

    /// What `--source` writes is all that Typst needs: the folder alone, read back as templates, gives the same PDF.
    #[test]
    fn written_sources_give_the_same_pdf_in_a_fresh_world() {
        let gabarits = Gabarits::charger(None).unwrap();
        let document = document(&gabarits);
        let pdf = Presse::new(&gabarits)
            .unwrap()
            .composer(&document)
            .unwrap()
            .pdf;
        let dossier = tempfile::tempdir().unwrap();
        ecrire(&document, &gabarits, dossier.path()).unwrap();
        assert!(dossier.path().join("donnees.json").is_file());
        let relu = crate::rendu::composer_dossier(dossier.path(), &document).unwrap();
        assert!(relu == pdf, "the written sources give another PDF");
        // The folder is what is read: another sentence there is another PDF.
        let json = std::fs::read_to_string(dossier.path().join("donnees.json")).unwrap();
        let autre = json.replace("Bilan annuel", "Bilan semestriel");
        std::fs::write(dossier.path().join("donnees.json"), autre).unwrap();
        let relu = crate::rendu::composer_dossier(dossier.path(), &document).unwrap();
        assert!(relu != pdf);
    }
}
