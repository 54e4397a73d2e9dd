//! Findings counted by rule and column, in the order of what correcting them gains.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use base::error::Result;
use contract::{Rule, Severity};

use crate::faulty_rows::{FaultyRow, RowOrigin};
use crate::finding::MASKED;
use crate::lines::Lines;
use crate::report::{FileReport, rows_by_table};
use crate::{Finding, FindingSink};

/// Tables of which every row counts alone: a project that is refused takes its activity with it, an event is one of a few.
const PROJECTS_AND_EVENTS: [&str; 3] = ["medicobus", "offre", "mesures_concurrentes"];

/// What correcting a fault gains, the most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gain {
    /// The delivery itself.
    Delivery,
    /// A project, or an event.
    Project,
    /// What a criterion of the cahier des charges, or an answer to the instruction, rests on.
    Criterion,
    /// Rows.
    Rows,
    /// Nothing of its own: most of it goes once its cause is mended.
    Consequence,
    /// Nothing but a repeated row.
    Duplicate,
    /// Nothing that must be asked.
    Nothing,
}

/// How often one rule was broken by one column of one table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SummaryLine {
    /// File.
    #[serde(rename = "fichier")]
    pub file: String,
    /// Sheet, in a workbook.
    #[serde(rename = "feuille")]
    pub sheet: Option<String>,
    /// Table of that file or sheet, if it holds one.
    pub table: Option<String>,
    /// Column, if the rule is about one.
    #[serde(rename = "champ")]
    pub field: Option<String>,
    /// Letters of that column in a sheet.
    #[serde(rename = "colonne")]
    pub column: Option<String>,
    /// Rule.
    #[serde(rename = "regle")]
    pub rule: Rule,
    /// What it leads to.
    #[serde(rename = "gravite")]
    pub severity: Severity,
    /// What correcting it gains.
    pub gain: Gain,
    /// Number of findings.
    #[serde(rename = "nombre")]
    pub count: u64,
    /// Where they are.
    #[serde(rename = "lignes")]
    pub lines: Lines,
    /// Message of the first one.
    pub message: String,
    /// Its value, as a finding may show it. Stores of before do not know it.
    #[serde(rename = "valeur", default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What to do about the first one.
    #[serde(rename = "conseil")]
    pub hint: String,
}

impl SummaryLine {
    /// What is wrong, with the value at fault, or with that of the first row of several.
    pub fn said(&self) -> String {
        match &self.value {
            Some(value) if value.starts_with(MASKED) => {
                format!("{} (valeur non montrée : elle pourrait désigner quelqu'un)", self.message)
            }
            Some(value) if self.count > 1 => format!("{} (par exemple « {value} »)", self.message),
            Some(value) => format!("{} (« {value} »)", self.message),
            None => self.message.clone(),
        }
    }
}

/// What is counted together: gravity, rule, file, sheet, column, and the words that are the same for every row.
type SummaryKey = (Severity, Rule, String, Option<String>, Option<String>, Option<&'static str>);

/// Passes findings on and counts them, so that millions take no memory.
pub(crate) struct Tally<'a> {
    sink: &'a mut dyn FindingSink,
    lines: BTreeMap<SummaryKey, SummaryLine>,
}

impl<'a> Tally<'a> {
    pub(crate) fn new(sink: &'a mut dyn FindingSink) -> Self {
        Self { sink, lines: BTreeMap::new() }
    }

    pub(crate) fn push(&mut self, finding: &Finding) -> Result<()> {
        let key = (
            finding.severity,
            finding.rule,
            finding.file.clone(),
            finding.sheet.clone(),
            finding.field.clone(),
            match finding.message {
                Cow::Borrowed(words) => Some(words),
                Cow::Owned(_) => None,
            },
        );

        let line = self.lines.entry(key).or_insert_with(|| SummaryLine {
            file: finding.file.clone(),
            sheet: finding.sheet.clone(),
            table: None,
            field: finding.field.clone(),
            column: finding.column.clone(),
            rule: finding.rule,
            severity: finding.severity,
            gain: Gain::Nothing,
            count: 0,
            lines: Lines::default(),
            message: finding.message.clone().into_owned(),
            value: finding.value.clone(),
            hint: finding.hint.clone().into_owned(),
        });
        line.count += 1;
        if let Some(number) = finding.line {
            line.lines.add(number);
        }

        self.sink.finding(finding)
    }

    /// Passes on a row that has findings.
    pub(crate) fn row(
        &mut self,
        origin: &RowOrigin,
        refused: bool,
        make: &mut dyn FnMut() -> FaultyRow,
    ) {
        self.sink.row(origin, refused, make);
    }

    /// What refuses the whole delivery, causes before effects. Numbers of two readings do so as well: their rows are few, and what they lose is
    /// not, so that no tolerance lets them go.
    pub(crate) fn fatal(&self) -> Vec<&SummaryLine> {
        let whole =
            |l: &&SummaryLine| l.severity == Severity::Fichier || l.rule == Rule::NombreAmbigu;
        let mut lines: Vec<&SummaryLine> = self.lines.values().filter(whole).collect();
        lines.sort_by_key(|line| line.rule == Rule::AucuneLigne);
        lines
    }

    /// The summary: what gains most first, then what stands behind most rows; what only follows from another line comes after it. A table
    /// with more than `tolerance` of its rows refused is what refuses the delivery.
    pub(crate) fn into_summary(self, files: &[FileReport], tolerance: f64) -> Vec<SummaryLine> {
        let mut lines: Vec<SummaryLine> = self.lines.into_values().collect();
        for line in &mut lines {
            let file = files.iter().find(|f| f.file == line.file && f.sheet == line.sheet);
            line.table = file.and_then(|f| f.table.clone());
        }

        let losses = Losses::of(&lines, files, tolerance);
        for line in &mut lines {
            line.gain = gain(line, &losses);
        }

        let behind = |line: &SummaryLine| line.count + losses.behind(line);
        lines.sort_by_key(|line| (line.gain, line.severity, Reverse(behind(line))));
        lines
    }
}

/// The rows that the tables lose.
struct Losses {
    /// Rows read and refused, by table.
    tables: BTreeMap<String, (u64, u64)>,
    /// Those refused for nothing but that the row of their project is, by table.
    orphans: BTreeMap<String, u64>,
    tolerance: f64,
}

impl Losses {
    fn of(lines: &[SummaryLine], files: &[FileReport], tolerance: f64) -> Self {
        let tables = rows_by_table(files).into_iter();
        let mut losses = Self {
            tables: tables.map(|(table, rows)| (table.to_owned(), rows)).collect(),
            orphans: BTreeMap::new(),
            tolerance,
        };

        for line in lines {
            if line.severity == Severity::Ligne && losses.follows_a_project(line) {
                let table = line.table.clone().unwrap_or_default();
                *losses.orphans.entry(table).or_default() += line.count;
            }
        }
        losses
    }

    fn rows(&self, table: &str) -> (u64, u64) {
        self.tables.get(table).copied().unwrap_or_default()
    }

    fn faulty(&self, table: &str) -> bool {
        self.rows(table).1 > 0
    }

    fn follows_a_project(&self, line: &SummaryLine) -> bool {
        line.rule == Rule::CleEtrangere && self.faulty("medicobus")
    }

    /// The rows of other tables that go with what a line refuses: those of its project.
    fn behind(&self, line: &SummaryLine) -> u64 {
        let projects = line.table.as_deref() == Some("medicobus");
        if projects && line.severity == Severity::Ligne && line.rule != Rule::Unicite {
            self.orphans.values().sum()
        } else {
            0
        }
    }

    /// Whether so many rows of a table refuse a delivery: half of them alone, or a share above the tolerance where the whole is above it.
    fn too_many(&self, table: &str, refused: u64) -> bool {
        let above = |read: u64, refused: u64| refused as f64 > self.tolerance * read as f64;
        let (read, whole) = self.rows(table);
        let [all, all_refused] = self
            .tables
            .values()
            .fold([0, 0], |[all, lost], (read, refused)| [all + read, lost + refused]);

        let halved = whole > 0 && 2 * whole >= read;
        refused > 0 && (halved || above(all, all_refused) && above(read, refused))
    }
}

/// What correcting a fault gains.
fn gain(line: &SummaryLine, losses: &Losses) -> Gain {
    let table = line.table.as_deref().unwrap_or_default();
    let orphans = losses.orphans.get(table).copied().unwrap_or_default();
    let own = losses.rows(table).1.saturating_sub(orphans);
    let decides = || losses.orphans.iter().any(|(table, rows)| losses.too_many(table, *rows));

    match (line.rule, line.severity) {
        // Files without an accepted row, rows of a bus whose own row is refused, what is off an itinerary that lost stops.
        (Rule::AucuneLigne, _) => Gain::Consequence,
        _ if losses.follows_a_project(line) => Gain::Consequence,
        (Rule::HorsItineraire, _) if losses.faulty("tournees") => Gain::Consequence,
        (Rule::Unicite, Severity::Ligne) => Gain::Duplicate,
        (Rule::NombreAmbigu, _) | (_, Severity::Fichier) => Gain::Delivery,
        (_, Severity::Ligne) if losses.behind(line) > 0 && decides() => Gain::Delivery,
        (_, Severity::Ligne) if PROJECTS_AND_EVENTS.contains(&table) => Gain::Project,
        (_, Severity::Ligne) if losses.too_many(table, own) => Gain::Delivery,
        (_, Severity::Ligne) => Gain::Rows,
        (rule, Severity::Avertissement) => match rule.decides() {
            Some(_) => Gain::Criterion,
            None => Gain::Nothing,
        },
    }
}
