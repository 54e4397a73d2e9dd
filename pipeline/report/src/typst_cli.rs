//! The same files, set by a `typst` program of the user's choice (`--typst CHEMIN`), or written out (`--source DIR`).

use std::path::{Component, Path};
use std::process::Command;

use super::document::Document;
use super::templates::Templates;
use base::error::{Context, Error, Result};

/// Writes every file of the document's project under `folder`.
///
/// # Errors
/// `Access` if a file cannot be written.
pub fn write_sources(document: &Document, templates: &Templates, folder: &Path) -> Result<()> {
    for (path, bytes) in document.files(templates)? {
        let relative = Path::new(&path);
        if relative.components().any(|c| !matches!(c, Component::Normal(_))) {
            return Err(Error::usage(format!("« {path} » sort du dossier du document")));
        }

        let target = folder.join(relative);
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent)
                .access(|| format!("création impossible de {}", parent.display()))?;
        }
        std::fs::write(&target, bytes)
            .access(|| format!("écriture impossible de {}", target.display()))?;
    }

    Ok(())
}

/// Sets the document with the program `typst`, in a temporary folder that is removed afterwards.
///
/// # Errors
/// `Access` if the program does not start or its PDF cannot be read, `Usage` with the program's own words if it fails.
pub fn pdf(document: &Document, templates: &Templates, typst: &Path) -> Result<Vec<u8>> {
    // A relative path to the program must not follow us into the folder.
    let program = if typst.components().count() > 1 {
        typst.canonicalize().access(|| format!("{} est introuvable", typst.display()))?
    } else {
        typst.to_path_buf()
    };

    let folder = std::env::temp_dir().join(format!("medicobus-{}", uuid::Uuid::new_v4()));
    let result = write_sources(document, templates, &folder)
        .and_then(|()| typeset(document, &program, &folder));
    // What is left of a failed attempt is of no use; a folder that resists is the system's to clean.
    let _ = std::fs::remove_dir_all(&folder);
    result
}

/// Runs the program on the files in `folder` and reads its PDF.
fn typeset(document: &Document, typst: &Path, folder: &Path) -> Result<Vec<u8>> {
    let d = &document.content.date;
    // Seconds since 1970 at midnight UTC: the program has a clock and must not look at it.
    let day = chrono::NaiveDate::from_ymd_opt(d.year, d.month, d.day).unwrap_or_default();
    let seconds = day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();

    let output = Command::new(typst)
        .current_dir(folder)
        .args(["compile", "--root", ".", "--ignore-system-fonts"])
        .args(["--font-path", "polices"])
        .args(["--features", "a11y-extras", "--pdf-standard", "a-3a,ua-1"])
        .args(["--creation-timestamp", &seconds.to_string()])
        .args([document.main_file.as_str(), "document.pdf"])
        .output()
        .access(|| format!("{} ne se lance pas", typst.display()))
        .map_err(|e| {
            e.hint("donnez à --typst le chemin d'un programme typst 0.15, ou omettez l'option")
        })?;

    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        return Err(Error::usage(format!(
            "{} a refusé le document\n{}",
            typst.display(),
            text.trim()
        ))
        .hint("les gabarits demandent Typst 0.15 ; sans --typst, le programme compose lui-même"));
    }

    let pdf = folder.join("document.pdf");
    std::fs::read(&pdf).access(|| format!("lecture impossible de {}", pdf.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::document;
    use crate::typeset::Typesetter;

    /// What `--source` writes is all that Typst needs: the folder alone, read back as templates, gives the same PDF.
    #[test]
    fn written_sources_give_the_same_pdf_in_a_fresh_world() {
        let templates = Templates::load(None).unwrap();
        let document = document(&templates);
        let pdf = Typesetter::new(&templates).unwrap().typeset(&document).unwrap().pdf;
        let folder = tempfile::tempdir().unwrap();
        write_sources(&document, &templates, folder.path()).unwrap();
        assert!(folder.path().join("donnees.json").is_file());
        let relu = crate::typeset::typeset_folder(folder.path(), &document).unwrap();
        assert!(relu == pdf, "the written sources give another PDF");
        // The folder is what is read: another sentence there is another PDF.
        let json = std::fs::read_to_string(folder.path().join("donnees.json")).unwrap();
        let autre = json.replace("Bilan annuel", "Bilan semestriel");
        std::fs::write(folder.path().join("donnees.json"), autre).unwrap();
        let relu = crate::typeset::typeset_folder(folder.path(), &document).unwrap();
        assert!(relu != pdf);
    }
}
