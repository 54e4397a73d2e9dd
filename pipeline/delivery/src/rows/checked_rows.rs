//! What the rows of a delivery leave once they are judged, and the report drawn from it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use sha2::{Digest, Sha256};

use base::error::Result;
use base::french::counted;
use contract::Rule;

use super::nothing;
use super::presence::{Counts, Presences};
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

        // Refused for identity, it is told no further.
        let (volumes, service) = if deliver { volumes.finish() } else { Default::default() };
        let sound = deliver && tally.fatal().is_empty();
        let named = std::mem::take(&mut header.nothing);
        if sound {
            let (names, findings) =
                nothing::check((&named, &header.place), terms.contract, &listed, &known, &volumes);
            header.nothing = names;
            findings.iter().try_for_each(|finding| tally.push(finding))?;
        }

        // A table that came and was refused has its own words.
        for finding in disagreements(&presences).into_iter().filter(|_| sound) {
            tally.push(&finding.at("consultations", None))?;
        }

        let mut all = Sha256::new();
        for (entry, hash) in &hashes {
            all.update(format!("{}\0{hash}\n", files.name(*entry)));
        }

        Ok(Report {
            fictives: header.fictives,
            verdict: Verdict::of(&listed, &tally, terms.tolerance, !header.nothing.is_empty()),
            header,
            sha256: hex::encode(all.finalize()),
            summary: tally.into_summary(&listed, terms.tolerance),
            files: listed,
            completeness: if deliver { presences.lines() } else { Vec::new() },
            volumes,
            opened: service.opened,
            ended: service.ended,
        })
    }
}

/// What is said where slots that were honoured and consultations disagree: once where no consultation came, else by bus.
fn disagreements(presences: &Presences) -> Vec<Finding> {
    let untold: Vec<(&str, Counts)> = presences.untold().collect();
    if presences.consultations() == 0 && !untold.is_empty() {
        let slots: i64 = untold.iter().map(|(_, counts)| counts.honoured).sum();
        let message = format!(
            "{} dans tournees, et aucune consultation acceptée dans la livraison",
            counted(slots, "créneau honoré", "créneaux honorés")
        );
        return vec![Finding::new(Rule::ConsultationsAbsentes, message)];
    }

    let said = |rule| {
        move |(bus, counts): (&str, Counts)| {
            let message = format!(
                "{} dans tournees, et {}, pour le médicobus {bus}",
                counted(counts.honoured, "créneau honoré", "créneaux honorés"),
                counted(counts.consultations, "consultation acceptée", "consultations acceptées")
            );
            Finding::new(rule, message)
        }
    };
    let untold = untold.into_iter().map(said(Rule::ConsultationsAbsentes));
    let overtold = presences.overtold().map(said(Rule::ConsultationsEnTrop));
    untold.chain(overtold).collect()
}
