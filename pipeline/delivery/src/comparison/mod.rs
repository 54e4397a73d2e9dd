//! A delivery against the one that it replaces or follows: findings new, solved, still there; rows gained and lost; what is out of the
//! ordinary. It counts rows of files, as the quality note does; consultations by month are told by tens.

mod jumps;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use base::french::{long_date, number, period, signed};
use contract::{Rule, Severity};

use crate::report::Report;
use crate::summary::Gain;

/// The table whose rows are visits of patients.
pub(super) const CONSULTATIONS: &str = "consultations";
/// Fewest rows of it that are told by month.
const FEW: u64 = 11;

/// How an earlier delivery stands to the one that is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Relation {
    /// Same région, same period, in the store.
    Replaced,
    /// Same région, same period, refused.
    Refused,
    /// Same région, the period before.
    Before,
}

/// An earlier delivery.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// How it stands to the one that is checked.
    pub relation: Relation,
    /// Day of its check.
    pub day: NaiveDate,
    /// Version of the store that it made, if it was taken.
    pub version: Option<u64>,
    /// What came of it.
    pub report: Report,
}

impl Earlier {
    /// Which one it is, in words.
    fn said(&self) -> String {
        let day = long_date(self.day);
        let version = self.version.map(|v| format!(", version {v}")).unwrap_or_default();
        match self.relation {
            Relation::Replaced => {
                format!("la livraison qu'elle remplace (contrôlée le {day}{version})")
            }
            Relation::Refused => {
                format!("la livraison refusée qu'elle corrige (contrôlée le {day})")
            }
            Relation::Before => format!(
                "la livraison de la période d'avant, {} (contrôlée le {day}{version})",
                self.report.header.periode.text
            ),
        }
    }
}

/// What a column of a table says of a rule, then and now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingChange {
    /// Table, or file where there is none.
    pub table: String,
    /// Column.
    pub field: Option<String>,
    /// Rule.
    pub rule: Rule,
    /// What it leads to.
    pub severity: Severity,
    /// Findings before.
    pub before: u64,
    /// Findings now.
    pub now: u64,
}

impl FindingChange {
    /// Where, and how many: `consultations, sexe : « La valeur est dans la liste admise » non tenue (4 → 0)`.
    pub fn said(&self) -> String {
        let field = self.field.as_ref().map(|f| format!(", {f}")).unwrap_or_default();
        let [before, now] = [self.before, self.now].map(|n| number(n as f64, 0));
        let rule = self.rule.title();
        format!("{}{field} : « {rule} » non tenue ({before} → {now})", self.table)
    }
}

/// Rows of a table, then and now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowChange {
    /// Table.
    pub table: String,
    /// Month, quarter or year; empty for the whole table.
    pub step: String,
    /// Accepted rows before.
    pub before: u64,
    /// Accepted rows now.
    pub now: u64,
}

impl RowChange {
    /// What and by how much: `tournees, mars 2025 : 0 → 31 (+31)`.
    pub fn said(&self) -> String {
        let step = match self.step.as_str() {
            "" => String::new(),
            step => format!(", {}", period(step)),
        };
        let [before, now] = self.counts();
        let change = match self.table.as_str() {
            CONSULTATIONS => String::new(),
            _ => format!(" ({})", signed(self.now as f64 - self.before as f64, 0)),
        };
        format!("{}{step} : {before} → {now}{change}", self.table)
    }

    /// Both counts as they are told.
    pub fn counts(&self) -> [String; 2] {
        [self.before, self.now].map(|rows| match self.table.as_str() {
            CONSULTATIONS => about(rows),
            _ => number(rows as f64, 0),
        })
    }
}

/// A count of consultations by tens: how many people came in a month is not told.
pub(super) fn about(rows: u64) -> String {
    match rows {
        0 => "0".into(),
        few if few < FEW => "moins de 11".into(),
        rows => format!("environ {}", number(((rows + 5) / 10 * 10) as f64, 0)),
    }
}

/// What changed since an earlier delivery, and what is out of the ordinary.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    /// The earlier delivery in words; none when there is none, or when nothing is known of it.
    pub against: Option<String>,
    /// Findings that are new, solved, or still there, the gravest first.
    pub findings: Vec<FindingChange>,
    /// Tables and months that gained or lost rows.
    pub rows: Vec<RowChange>,
    /// What is out of the ordinary, in sentences.
    pub jumps: Vec<String>,
}

impl Comparison {
    /// Compares a delivery that is checked on `today`.
    pub fn of(earlier: Option<&Earlier>, now: &Report, today: NaiveDate) -> Self {
        // Where somebody is named, no row was kept to be counted.
        let (rows, jumps) = match now.names_somebody() {
            true => Default::default(),
            false => (
                earlier.map(|e| rows(e, now)).unwrap_or_default(),
                jumps::of(earlier.map(|e| &e.report), now, today),
            ),
        };
        Self {
            against: earlier.map(Earlier::said),
            findings: earlier.map(|e| findings(&e.report, now)).unwrap_or_default(),
            rows,
            jumps,
        }
    }

    /// Findings that were not there.
    pub fn new_findings(&self) -> impl Iterator<Item = &FindingChange> {
        self.findings.iter().filter(|f| f.before == 0)
    }

    /// Findings that are no longer there.
    pub fn solved(&self) -> impl Iterator<Item = &FindingChange> {
        self.findings.iter().filter(|f| f.now == 0)
    }

    /// Findings that are still there.
    pub fn still_there(&self) -> impl Iterator<Item = &FindingChange> {
        self.findings.iter().filter(|f| f.before > 0 && f.now > 0)
    }
}

/// What findings are compared by: lines move from one delivery to the next, tables and columns do not.
type FindingKey = (Gain, String, Option<String>, Rule, Severity);

fn findings(before: &Report, now: &Report) -> Vec<FindingChange> {
    let mut counts: BTreeMap<FindingKey, [u64; 2]> = BTreeMap::new();
    for (side, report) in [before, now].into_iter().enumerate() {
        for line in &report.summary {
            let table = line.table.clone().unwrap_or_else(|| line.file.clone());
            // The same fault may be a cause in one delivery and an effect in the other.
            let known = counts.keys().find(|k| {
                (&k.1, &k.2, k.3, k.4) == (&table, &line.field, line.rule, line.severity)
            });
            let gain = known.map_or(line.gain, |k| k.0);
            let key = (gain, table, line.field.clone(), line.rule, line.severity);
            counts.entry(key).or_default()[side] += line.count;
        }
    }

    let change = |(key, [before, now]): (FindingKey, [u64; 2])| {
        let (_, table, field, rule, severity) = key;
        FindingChange {
            table,
            field,
            rule,
            severity,
            before,
            now,
        }
    };
    counts.into_iter().map(change).collect()
}

/// Rows by table and month; by table alone against the period before, whose months are others.
fn rows(earlier: &Earlier, now: &Report) -> Vec<RowChange> {
    let by_month = earlier.relation != Relation::Before;
    let totals = |report: &Report| {
        let mut totals: BTreeMap<(String, String), u64> = BTreeMap::new();
        for volume in &report.volumes {
            let step = if by_month { volume.step.clone() } else { String::new() };
            *totals.entry((volume.table.clone(), step)).or_default() += volume.rows;
        }
        totals
    };

    let (before, now) = (totals(&earlier.report), totals(now));
    let keys: BTreeSet<_> = before.keys().chain(now.keys()).collect();
    keys.into_iter()
        .map(|key| RowChange {
            table: key.0.clone(),
            step: key.1.clone(),
            before: before.get(key).copied().unwrap_or_default(),
            now: now.get(key).copied().unwrap_or_default(),
        })
        .filter(|change| changed(change, by_month))
        .collect()
}

/// Whether a change is told: few consultations more or less are a few patients; of another period, that a table came or went.
fn changed(change: &RowChange, by_month: bool) -> bool {
    let came_or_went = (change.before == 0) != (change.now == 0);
    if !by_month {
        return came_or_went;
    }
    match change.table.as_str() {
        CONSULTATIONS => came_or_went || change.before.abs_diff(change.now) >= FEW,
        _ => change.before != change.now,
    }
}

#[cfg(test)]
mod tests;
