//! Official zonings and grids, by vintage: kept beside the deliveries, replaced file by file.

use std::path::Path;

use base::error::{Context, Error, Result};
use base::text::sha256;
use geography::{Communes, ZoningReport, read_zonings, zonings_batch};

use super::Store;
use super::commit::{CommitOutcome, Entry};
use super::layout::ZONAGES;

/// One file of zonings, read.
#[derive(Debug)]
pub struct Referential {
    /// What it is: `insee-densite`, `ars-zonage`…
    pub source: String,
    /// Vintage.
    pub millesime: i64,
    /// What the file held.
    pub report: ZoningReport,
    /// SHA-256 of the file.
    pub sha256: String,
}

/// Reads a file of zonings, whatever its form.
///
/// # Errors
/// If the file cannot be read or its form is not known.
pub fn read(path: &Path, millesime: Option<i64>, communes: &Communes) -> Result<Referential> {
    let bytes = std::fs::read(path)
        .access(|| format!("référentiel illisible : {}", path.display()))
        .map_err(|e| e.hint("donnez le fichier tel que publié : grille de densité, zonage, APL"))?;
    let report = read_zonings(path, millesime, communes)?;
    let first = report.zonings.first().ok_or_else(|| {
        Error::refused(format!("aucune commune dans {}", path.display()))
            .hint("le fichier est-il complet ?")
    })?;

    Ok(Referential {
        source: first.source.clone(),
        millesime: first.vintage,
        sha256: sha256(&bytes),
        report,
    })
}

impl Store {
    /// Commits a file of zonings in place of the same source and vintage.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn load_referential(&self, file: &Referential) -> Result<CommitOutcome> {
        let [read, kept, unknown] =
            [file.report.rows_read, file.report.zonings.len(), file.report.unknown.len()]
                .map(|n| n as u64);

        let slug: String =
            file.source.chars().filter(|c| c.is_ascii_alphanumeric()).take(24).collect();

        let entry = Entry {
            nature: "referentiel".into(),
            region: "FR".into(),
            periode: format!("{slug}-{}", file.millesime),
            sha256: file.sha256.clone(),
            producteur: file.source.clone(),
            motif: None,
            lignes: [read, kept, unknown],
        };

        let rows = zonings_batch(&file.report.zonings)?;
        self.commit_rows(&entry, ZONAGES, &rows).await
    }
}
