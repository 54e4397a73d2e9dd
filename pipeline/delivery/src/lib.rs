//! From the files of a delivery to accepted rows and findings.
//!
//! [`check`] reads a folder, a ZIP, a workbook or a CSV file. Accepted rows go to a [`Sink`] as Arrow batches in the store's form,
//! findings go to a [`FindingSink`] one by one, and the [`Report`] sums up. Nothing is stored here: the caller commits what
//! the sink took only when the verdict is [`Verdict::Accepted`].
//!
//! Memory: CSV is read in blocks of 2 MiB, as many at a time as there are cores, plus one. Keys for
//! uniqueness, of 64 bits, stay in memory up to a bound and go to a scratch file beyond; two different identifiers share one with a
//! probability of 3 in a million in ten million rows, 3 in ten thousand in a hundred million. Workbooks are read in memory, within [`Limits::workbook_bytes`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arrow::array::RecordBatch;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use base::error::Result;
use contract::{Contract, TableSchema};

mod cross;
mod csv_file;
mod delivery_files;
mod entete;
mod fields;
mod file;
mod finding;
mod identity;
mod layout;
mod ods;
mod pattern;
mod period;
mod presence;
mod pseudonym;
mod records;
mod rows;
mod seen;
mod source;
mod text;
mod values;
mod workbook;

pub use contract::{Rule, Severity};
pub use entete::{Dialecte, Entete};
pub use finding::{Finding, FindingSink, SummaryLine};
pub use layout::Dialect;
pub use period::Period;
pub use presence::Presence;
pub use source::{Limits, shown_path};

use delivery_files::Files;
use file::{Feed, Learned, Reading};
use finding::Tally;
use presence::Presences;
use pseudonym::Watch;
use rows::{Judge, Known};

/// The official geographic code, as far as deliveries need it.
pub trait Communes: Sync {
    /// Whether a code is a commune's today.
    fn exists(&self, code: &str) -> bool;

    /// The commune that a vanished one was merged into, for a delivery that ends in `year`.
    fn successor(&self, code: &str, year: i32) -> Option<String>;
}

impl Communes for geography::Communes {
    fn exists(&self, code: &str) -> bool {
        Self::exists(self, code)
    }

    fn successor(&self, code: &str, _: i32) -> Option<String> {
        // The shipped list says which commune a vanished one is in today, not since when: a delivery of any year is
        // carried to today's communes, so that years compare.
        Self::successor(self, code).map(str::to_string)
    }
}

/// Takes accepted rows.
pub trait Sink {
    /// Takes accepted rows of one table, in the form of [`TableSchema::arrow_schema`], in the order of the files. They are
    /// not to be kept before [`check`] returns [`Verdict::Accepted`].
    ///
    /// # Errors
    /// When they cannot be taken; the check stops.
    fn accept(&mut self, table: &TableSchema, batch: RecordBatch) -> Result<()>;
}

/// A project that the store knows, and the delivery that told of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KnownBus {
    /// Identifier.
    pub id: String,
    /// Région of the delivery.
    pub region: String,
    /// Period of the delivery.
    pub periode: String,
}

/// What a delivery is compared with.
pub struct Context<'a> {
    /// Communes and their successors.
    pub communes: &'a dyn Communes,
    /// Projects that the store knows already. Those of other régions, and those of the delivery that this one replaces, do not
    /// count: it would leave with rows of no project.
    pub known_buses: BTreeSet<KnownBus>,
    /// Day after which nothing can have happened.
    pub today: NaiveDate,
    /// Share of refused rows, from 0 to 1, above which the delivery is refused.
    pub tolerance: f64,
    /// Existing folder for what memory cannot hold; nothing is left in it.
    pub scratch: &'a Path,
}

/// What the caller states instead of the delivery.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// INSEE code of the région.
    pub region: Option<String>,
    /// Period, in one of the forms of [`Period::parse`].
    pub periode: Option<String>,
    /// Who made it.
    pub producteur: Option<String>,
    /// Why it replaces an earlier one.
    pub motif: Option<String>,
    /// Forms of the files.
    pub dialecte: Option<Dialecte>,
    /// Bounds on size.
    pub limits: Limits,
}

/// What came of one file or sheet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileReport {
    /// File, as named inside the delivery.
    pub file: String,
    /// Sheet, in a workbook.
    pub sheet: Option<String>,
    /// Table it was matched with.
    pub table: Option<String>,
    /// SHA-256 of the file's bytes.
    pub sha256: String,
    /// How it is written, if it was read.
    pub dialect: Option<Dialect>,
    /// Rows read, the header and empty lines apart.
    pub read: u64,
    /// Rows accepted.
    pub accepted: u64,
    /// Rows refused.
    pub refused: u64,
}

/// Whether a delivery may be stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Verdict {
    /// It may.
    #[serde(rename = "acceptee")]
    Accepted,
    /// It may not.
    #[serde(rename = "refusee")]
    Refused {
        /// The reasons, in French.
        #[serde(rename = "motifs")]
        why: Vec<String>,
    },
}

/// What came of a delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What the delivery says of itself, overrides applied.
    pub entete: Entete,
    /// SHA-256 over the names and contents of its files, in the order of their names.
    pub sha256: String,
    /// Files and sheets, in the order of their names.
    pub files: Vec<FileReport>,
    /// Findings counted by severity, rule, file and column, gravest first.
    pub summary: Vec<SummaryLine>,
    /// Whether it may be stored.
    pub verdict: Verdict,
    /// Whether the data are made up.
    pub fictives: bool,
    /// Consultations against the itinerary, by bus and month; empty when no tournee was accepted, and when the delivery is
    /// refused for identity.
    pub completude: Vec<Presence>,
}

impl Report {
    /// Rows read, accepted and refused in all files.
    pub fn totals(&self) -> (u64, u64, u64) {
        self.files.iter().fold((0, 0, 0), |(r, a, f), x| {
            (r + x.read, a + x.accepted, f + x.refused)
        })
    }
}

/// Tables in the order in which they are read: what others refer to comes first.
const ORDER: [&str; 8] = [
    "medicobus",
    "dessertes",
    "tournees",
    "territoires",
    "financements",
    "delais_mg",
    "offre",
    "consultations",
];

/// Checks one delivery against the contract.
///
/// # Errors
/// When the delivery cannot be opened, or when a sink fails. Anything wrong inside its files is a finding, not an error; a delivery
/// that does not say its région or its period is refused under `inconnue`.
pub fn check(
    path: &Path,
    contract: &Contract,
    context: &Context<'_>,
    overrides: &Overrides,
    rows: &mut dyn Sink,
    findings: &mut dyn FindingSink,
) -> Result<Report> {
    let mut tally = Tally::new(findings);
    let mut files = Files::open(path, contract, overrides, &mut tally)?;
    let entete = files.entete(overrides, context.today, &mut tally)?;
    let units = files.survey(&entete, &mut tally)?;
    let mut known = Known {
        buses: context
            .known_buses
            .iter()
            .filter(|b| b.region == entete.region && b.periode != entete.periode.text)
            .map(|b| b.id.clone())
            .collect(),
        itinerary: seen::Keys::default(),
        communes: context.communes,
    };
    // A column that names people stops everything before the first row is read, and so does a delivery of nobody knows whom.
    let mut presences = Presences::default();
    let mut deliver = !tally
        .fatal()
        .any(|l| matches!(l.rule, Rule::Identite | Rule::LivraisonInconnue));
    let mut reports: BTreeMap<usize, FileReport> = BTreeMap::new();
    let mut hashes: BTreeMap<usize, String> = BTreeMap::new();
    if deliver {
        for name in ORDER {
            let Some(table) = contract.table(name) else {
                continue;
            };
            let mut seen = Vec::new();
            let mut watch = Watch::default();
            let mut last_place = None;
            let mut learned_of_table = Learned::default();
            for (number, unit) in units
                .iter()
                .enumerate()
                .filter(|(_, u)| u.table.name == name)
            {
                let Some(layout) = &unit.layout else { continue };
                last_place = Some(unit);
                let frame = cross::Frame {
                    communes: context.communes,
                    region: &entete.region,
                    period: &entete.periode,
                    today: context.today,
                };
                let judge = Judge::new(table, layout, &known, frame)?;
                let file = files.name(unit.entry).to_owned();
                let reading = Reading {
                    judge: &judge,
                    file: &file,
                    file_number: number as u32,
                    sheet: unit.sheet.as_deref(),
                    rows,
                    scratch: context.scratch,
                    deliver,
                };
                let (counts, learned, encoding, hash) = files.feed(unit, layout, |feed| {
                    let (counts, learned) = reading.run(feed, &mut seen, &mut watch, &mut tally)?;
                    let encoding = if let Feed::Csv(blocks) = feed {
                        Some(blocks.encoding())
                    } else {
                        None
                    };
                    Ok((counts, learned, encoding))
                })?;
                deliver &= !learned.identity;
                learned_of_table.buses.extend(learned.buses);
                learned_of_table.itinerary.extend(learned.itinerary);
                presences.merge(learned.presences);
                if let Some(hash) = hash {
                    hashes.insert(unit.entry, hash);
                }
                let mut report = unit.report(&file);
                if let (Some(dialect), Some(encoding)) = (&mut report.dialect, encoding) {
                    dialect.encodage = encoding.label().to_owned();
                }
                (report.read, report.accepted, report.refused) =
                    (counts.read, counts.accepted, counts.refused);
                reports.insert(number, report);
            }
            if let Some(unit) = last_place {
                for finding in watch.finish() {
                    let file = files.name(unit.entry);
                    tally.push(&finding.at(file, unit.sheet.as_deref()))?;
                }
            }
            known.buses.extend(learned_of_table.buses);
            known.itinerary.extend(learned_of_table.itinerary);
        }
    }
    for entry in 0..files.len() {
        if let std::collections::btree_map::Entry::Vacant(place) = hashes.entry(entry) {
            place.insert(files.hash(entry)?);
        }
    }
    let mut listed: Vec<FileReport> = Vec::new();
    for (number, unit) in units.iter().enumerate() {
        let mut report = reports
            .remove(&number)
            .unwrap_or_else(|| unit.report(files.name(unit.entry)));
        report.sha256 = hashes.get(&unit.entry).cloned().unwrap_or_default();
        listed.push(report);
    }
    let mut all = Sha256::new();
    for (entry, hash) in &hashes {
        all.update(format!("{}\0{hash}\n", files.name(*entry)));
    }
    let verdict = verdict(&listed, &tally, context.tolerance);
    Ok(Report {
        fictives: entete.fictives,
        entete,
        sha256: source::hex(&all.finalize()),
        files: listed,
        verdict,
        summary: tally.into_summary(),
        completude: if deliver {
            presences.lines()
        } else {
            Vec::new()
        },
    })
}

fn verdict(files: &[FileReport], tally: &Tally<'_>, tolerance: f64) -> Verdict {
    let mut why: Vec<String> = tally
        .fatal()
        .map(|l| {
            let field = l
                .field
                .as_ref()
                .map(|f| format!(", {f}"))
                .unwrap_or_default();
            format!("{}{field} : {}", l.file, l.message)
        })
        .collect();
    let read: u64 = files.iter().map(|f| f.read).sum();
    let refused: u64 = files.iter().map(|f| f.refused).sum();
    let share = |part: u64| 100.0 * part as f64 / read.max(1) as f64;
    if read == 0 && why.is_empty() {
        why.push("la livraison n'a aucune ligne".into());
    } else if refused as f64 > tolerance * read as f64 {
        why.push(
            format!(
                "{refused} lignes refusées sur {read} ({:.1} %), pour une tolérance de {:.1} %",
                share(refused),
                100.0 * tolerance
            )
            .replace('.', ","),
        );
    }
    if why.is_empty() {
        Verdict::Accepted
    } else {
        Verdict::Refused { why }
    }
}

#[cfg(test)]
mod tests;
