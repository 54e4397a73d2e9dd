//! What the rows of a delivery leave once they are judged, and the report drawn from it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use sha2::{Digest, Sha256};

use base::error::Result;
use contract::Rule;

use super::nothing;
use super::presence::Presences;
use super::row_judge::Known;
use super::volumes::Volumes;
use crate::Finding;
use crate::report::{FileReport, Report, Verdict};
use crate::survey::Survey;

/// What the tables read so far leave for the next ones and for the report.
pub(crate) struct CheckedRows<'a> {
    pub(super) known: Known<'a>,
    pub(crate) presences: Presences,
    pub(crate) volumes: Volumes,
    /// False once the delivery is refused for identity: nothing more is handed on.
    pub(crate) deliver: bool,
    /// Reports of the files that were read, by their rank in the survey.
    pub(crate) reports: BTreeMap<usize, FileReport>,
    /// Hashes of the files that were read to their end, by their rank in the container.
    pub(crate) hashes: BTreeMap<usize, String>,
}

impl CheckedRows<'_> {
    /// Sums up a delivery whose rows are checked.
    pub(super) fn report(self, survey: Survey<'_>) -> Result<Report> {
        let Survey {
            terms,
            mut header,
            mut files,
            tables,
            mut tally,
        } = survey;

        let CheckedRows {
            mut hashes,
            mut reports,
            presences,
            volumes,
            deliver,
            known,
        } = self;

        for entry in 0..files.len() {
            if let Entry::Vacant(place) = hashes.entry(entry) {
                place.insert(files.hash(entry)?);
            }
        }

        let mut listed: Vec<FileReport> = Vec::new();
        for (number, table) in tables.iter().enumerate() {
            let read = reports.remove(&number);
            let mut report = read.unwrap_or_else(|| table.report(files.name(table.entry)));
            report.sha256 = hashes.get(&table.entry).cloned().unwrap_or_default();
            listed.push(report);
        }

        // A table that came and was refused has its own words.
        let came = |report: &FileReport| {
            report.table.as_deref() == Some("consultations") && report.read > 0
        };
        if deliver
            && tally.fatal().is_empty()
            && !listed.iter().any(came)
            && let Some(slots) = presences.untold()
        {
            let message = format!(
                "{slots} créneaux honorés dans tournees, et aucune consultation acceptée dans la livraison"
            );
            tally.push(
                &Finding::new(Rule::ConsultationsAbsentes, message).at("consultations", None),
            )?;
        }

        let mut all = Sha256::new();
        for (entry, hash) in &hashes {
            all.update(format!("{}\0{hash}\n", files.name(*entry)));
        }

        Ok(Report {
            fictives: header.fictives,
            header,
            sha256: hex::encode(all.finalize()),
            verdict: Verdict::of(&listed, &tally, terms.tolerance),
            summary: tally.into_summary(&listed),
            files: listed,
            completeness: if deliver { presences.lines() } else { Vec::new() },
            volumes,
            ended,
        })
    }
}

/// Slots that were honoured, and no consultation came; a table that came and was refused has its own words.
fn untold(files: &[FileReport], presences: &Presences) -> Option<Finding> {
    let came = |file: &FileReport| file.table.as_deref() == Some("consultations") && file.read > 0;
    let slots = presences.untold().filter(|_| !files.iter().any(came))?;

    let message = format!(
        "{slots} créneaux honorés dans tournees, et aucune consultation acceptée dans la livraison"
    );
    Some(Finding::new(Rule::ConsultationsAbsentes, message).at("consultations", None))
}
