//! The quality note of a delivery: set as a PDF beside its quarantine, with the annotated workbook of the rows to correct.

mod content;

use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use base::error::{Context, Result};
use content::{NoteInput, note};
pub(crate) use content::{fixes, other_fixes};
use delivery::Report;
use delivery_form::annotated;
use export::write_atomically;
use geography::Communes;
use report::content::NamedZone;
use report::templates::Templates;
use report::typeset::Typesetter;
use store::ingest::Ingested;

/// Sets the notes of a run.
pub struct Notes<'a> {
    typesetter: Typesetter<'a>,
    communes: &'a Communes,
    today: NaiveDate,
    tolerance: f64,
}

impl<'a> Notes<'a> {
    /// Notes of deliveries that are checked on `today` against `tolerance` (a share, 0–1).
    ///
    /// # Errors
    /// If the templates cannot be read.
    pub fn new(
        templates: &'a Templates,
        communes: &'a Communes,
        today: NaiveDate,
        tolerance: f64,
    ) -> Result<Self> {
        Ok(Self {
            typesetter: Typesetter::new(templates)?,
            communes,
            today,
            tolerance,
        })
    }

    /// Writes `note-qualite-28-2025.pdf` beside the quarantine.
    ///
    /// # Errors
    /// If the note cannot be set or written.
    pub fn write(&self, checked: &Ingested) -> Result<()> {
        let report = &checked.report;
        let region = &report.header.region;
        let name = self.communes.region_name(region).unwrap_or(region);
        let document = note(&NoteInput {
            zone: &NamedZone::region(region, name),
            report,
            comparison: &checked.comparison,
            today: self.today,
            program: base::text::PROGRAM,
            tolerance: self.tolerance,
        })?;

        let pdf = self.typesetter.typeset(&document)?.pdf;
        Typesetter::forget(1);
        write_atomically(&path(report, &checked.quarantine), &pdf)?;
        annotate(checked)
    }
}

/// Writes `classeur-annote-28-2025.xlsx` beside the note; takes away the one of an earlier check where there is none to write: an identity
/// found in a delivery must not stay in it.
fn annotate(checked: &Ingested) -> Result<()> {
    let path = annotated_path(checked);
    let made = match &checked.faulty {
        Some(rows) => annotated::workbook(&checked.report, rows)?,
        None => None,
    };
    match made {
        Some(bytes) => write_atomically(&path, &bytes),
        None if path.exists() => {
            std::fs::remove_file(&path).access(|| format!("{} ne s'efface pas", path.display()))
        }
        None => Ok(()),
    }
}

/// Where the annotated workbook of a delivery is, if it has one.
pub fn annotated_path(checked: &Ingested) -> PathBuf {
    let header = &checked.report.header;
    annotated_in(&checked.quarantine, &header.region, &header.periode.text)
}

/// Where the note of a delivery is.
pub fn path(report: &Report, folder: &Path) -> PathBuf {
    note_in(folder, &report.header.region, &report.header.periode.text)
}

/// Where the note on the delivery of that région and period is, in its folder.
pub fn note_in(folder: &Path, region: &str, periode: &str) -> PathBuf {
    folder.join(format!("note-qualite-{region}-{periode}.pdf"))
}

/// Where its annotated workbook is, if it has one.
pub fn annotated_in(folder: &Path, region: &str, periode: &str) -> PathBuf {
    folder.join(format!("classeur-annote-{region}-{periode}.xlsx"))
}
