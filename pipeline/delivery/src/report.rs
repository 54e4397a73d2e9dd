//! What came of a delivery: files, findings counted, verdict.

use std::collections::BTreeMap;

use base::french::{agreed, counted, percent};
use contract::{Rule, Severity};
use serde::{Deserialize, Serialize};

use crate::dialect::DetectedDialect;
use crate::header::DeliveryHeader;
use crate::rows::presence::Presence;
use crate::rows::volumes::Volume;
use crate::summary::{SummaryLine, Tally};

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
    pub dialect: Option<DetectedDialect>,
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

impl Verdict {
    /// `nothing`: whether the delivery says of some table that it has nothing to tell.
    pub(crate) fn of(
        files: &[FileReport],
        tally: &Tally<'_>,
        tolerance: f64,
        nothing: bool,
    ) -> Self {
        let mut why: Vec<String> = tally
            .fatal()
            .into_iter()
            .map(|l| {
                let field = l.field.as_ref();
                let field = field.map(|f| format!(", {f}")).unwrap_or_default();
                let sheet = l.sheet.as_ref();
                let sheet = sheet.map(|s| format!(" [{s}]")).unwrap_or_default();
                let row = match (l.severity, l.lines.first()) {
                    (Severity::Ligne, Some(row)) => format!(", ligne {row}"),
                    _ => String::new(),
                };
                format!("{}{sheet}{field}{row} : {}", l.file, l.message)
            })
            .collect();

        let read: u64 = files.iter().map(|f| f.read).sum();
        let refused: u64 = files.iter().map(|f| f.refused).sum();

        if read == 0 && why.is_empty() {
            if !nothing {
                why.push("la livraison n'a aucune ligne : joignez ses tables, ou dites par rien_a_declarer celles qui n'ont rien".into());
            }
        } else if refused as f64 > tolerance * read as f64 {
            let share = 100.0 * refused as f64 / read.max(1) as f64;
            let text = format!(
                "{} sur {read} ({share:.1} %), pour une tolérance de {:.1} %",
                counted(refused, "ligne refusée", "lignes refusées"),
                100.0 * tolerance
            );
            why.push(text.replace('.', ","));
        } else {
            why.extend(halved(files));
        }

        if why.is_empty() { Self::Accepted } else { Self::Refused { why } }
    }
}

/// Rows read and refused, by table.
pub(crate) fn rows_by_table(files: &[FileReport]) -> BTreeMap<&str, (u64, u64)> {
    let mut tables: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for file in files {
        let (read, refused) = tables.entry(file.table.as_deref().unwrap_or_default()).or_default();
        *read += file.read;
        *refused += file.refused;
    }
    tables
}

/// The tables that lose half of their rows or more: what is left tells another story, however few they are among the rows of a delivery.
fn halved(files: &[FileReport]) -> impl Iterator<Item = String> {
    rows_by_table(files).into_iter().filter(|(_, (read, refused))| *refused > 0 && 2 * refused >= *read).map(
        |(table, (read, refused))| {
            format!(
                "la table {table} perd la moitié de ses lignes ou plus ({} sur {read}) : {}, ou livrez sans elle",
                counted(refused, "refusée", "refusées"),
                agreed(refused, "corrigez-la", "corrigez-les")
            )
        },
    )
}

/// What came of a delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What the delivery says of itself, overrides applied.
    #[serde(rename = "entete")]
    pub header: DeliveryHeader,
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
    #[serde(rename = "completude")]
    pub completeness: Vec<Presence>,
    /// Accepted rows by table, bus and month; empty when the delivery is refused for identity.
    pub volumes: Vec<Volume>,
    /// Buses that have opened, with their first whole month; what an earlier program kept does not say.
    #[serde(rename = "ouverts", default)]
    pub opened: BTreeMap<String, String>,
    /// Buses that have ended, with their last month.
    #[serde(rename = "termines")]
    pub ended: BTreeMap<String, String>,
}

impl Report {
    /// Whether an identity was found: what would tell of rows is then empty.
    pub fn names_somebody(&self) -> bool {
        self.summary.iter().any(|line| line.rule == Rule::Identite)
    }

    /// The tables of which rows are refused, with how many of how many: those that lose the greatest share first.
    pub fn losses(&self) -> Vec<(&str, u64, u64)> {
        let tables = rows_by_table(&self.files).into_iter();
        let lossy = tables.filter(|(_, (_, refused))| *refused > 0);
        let mut losses: Vec<_> =
            lossy.map(|(table, (read, refused))| (table, refused, read)).collect();
        losses.sort_by(|(_, a, of_a), (_, b, of_b)| (b * of_a).cmp(&(a * of_b)));
        losses
    }

    /// The tables that lose more than the `tolerance` (a share, 0–1), the most first: the whole may pass where one of them does not.
    pub fn above(&self, tolerance: f64) -> Option<String> {
        let shares = self.losses().into_iter();
        let shares = shares.map(|(table, refused, read)| (table, refused as f64 / read as f64));
        let above = shares.filter(|(_, share)| *share > tolerance);

        let said = above.map(|(table, share)| format!("{table} ({})", percent(100.0 * share)));
        let said = said.collect::<Vec<_>>().join(", ");
        (!said.is_empty()).then(|| {
            format!("Tables au-dessus de la tolérance ({}) : {said}.", percent(100.0 * tolerance))
        })
    }

    /// Rows read, accepted and refused in all files.
    pub fn totals(&self) -> (u64, u64, u64) {
        self.files
            .iter()
            .fold((0, 0, 0), |(r, a, f), x| (r + x.read, a + x.accepted, f + x.refused))
    }
}
