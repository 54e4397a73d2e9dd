//! Attacks tables that are already out: what do they give away together?

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::attack::{AttackerProblem, Share, attack, attack_in_doubt};
use super::elastic::leave_out_contradictions;
use super::key::CellKey;
use super::links::{Linked, link};
use super::model::{FeasibilityInterval, ProtectionRequirement, Status};
use super::pending::PendingTable;
use super::primary::Suppression;
use super::relations::Relations;
use super::table::{Cell, GatedTable};
use super::version_diff::opened;
use base::definition::{Definition, Format, Role};
use base::error::Result;
use base::table::{RawTable, Value};
use base::zone::ZoneTree;

/// Half a tenth of a point, as a share, and what floating point adds to it.
const ROUNDING: f64 = 0.0501;

/// A table as it was published: `n.c.` read back as [`Cell::Hidden`].
#[derive(Debug, Clone)]
pub struct PublishedTable {
    /// The header of the query behind it.
    pub definition: Arc<Definition>,
    /// Parameters the query ran with.
    pub parameters: BTreeMap<String, Value>,
    /// Rows, one cell per column of the definition.
    pub rows: Vec<Vec<Cell>>,
}

impl From<&GatedTable> for PublishedTable {
    fn from(table: &GatedTable) -> Self {
        Self {
            definition: Arc::new(table.definition().clone()),
            parameters: table.parameters().clone(),
            rows: table.rows().to_vec(),
        }
    }
}

/// A hidden count and what an attacker knows of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Exposed {
    /// Which count.
    pub key: CellKey,
    /// Where the attacker can confine it.
    pub interval: FeasibilityInterval,
}

/// What an attack of published tables comes to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Attacked {
    /// Hidden counts, in key order.
    pub exposed: Vec<Exposed>,
    /// Conditions that the headers tell of and the figures contradict: the attacker does without them.
    pub given_up: usize,
    /// The counts that some of those conditions are about.
    pub about: Vec<CellKey>,
}

/// Attacks all hidden counts of `tables` at once, with all that holds between counts (`relations`) and the shares that they
/// print. With `whole`, the attacker also uses that counts are whole numbers. Sums that the figures contradict are given up.
///
/// # Errors
/// `Refused` when a whole-number attack is too hard.
pub fn attack_tables(
    tables: &[PublishedTable],
    zones: &ZoneTree,
    relations: &Relations,
    whole: bool,
) -> Result<Attacked> {
    exposed(tables, zones, relations, |problem| attack(problem, whole))
}

/// As [`attack_tables`], in real numbers, and in whole ones where those leave a doubt about `requirement`.
///
/// # Errors
/// `Refused` when a program cannot be solved.
pub fn attack_tables_in_doubt(
    tables: &[PublishedTable],
    zones: &ZoneTree,
    relations: &Relations,
    requirement: ProtectionRequirement,
) -> Result<Attacked> {
    exposed(tables, zones, relations, |problem| attack_in_doubt(problem, requirement))
}

fn exposed(
    tables: &[PublishedTable],
    zones: &ZoneTree,
    relations: &Relations,
    attack: impl Fn(&AttackerProblem) -> Result<Vec<FeasibilityInterval>>,
) -> Result<Attacked> {
    let waiting: Vec<PendingTable> = tables.iter().map(pending).collect();
    // Nothing is known to be small: what is sensitive is for the reader of the intervals to say.
    let linked = link(&waiting, zones, relations, 0);
    let mut problem = problem(&waiting, &linked);

    let mut about = Vec::new();
    let intervals = match attack(&problem) {
        Ok(intervals) => intervals,
        Err(error) => {
            about = leave_out_contradictions(&mut problem)?;
            if about.is_empty() {
                return Err(error);
            }
            attack(&problem)?
        }
    };

    let given_up = about.len();
    let about = about.into_iter();
    let about = about.filter_map(|i| linked.keys[i].clone()).collect();

    let counts = linked.keys.into_iter().zip(intervals).zip(problem.known);
    let mut exposed: Vec<Exposed> = counts
        .filter(|(_, known)| known.is_none())
        .filter_map(|((key, interval), _)| key.map(|key| Exposed { key, interval }))
        .collect();
    exposed.sort_by(|a, b| a.key.cmp(&b.key));

    Ok(Attacked { exposed, given_up, about })
}

/// What the attacker of those tables works with.
pub(super) fn problem(waiting: &[PendingTable], linked: &Linked) -> AttackerProblem {
    let cells = &linked.tables.cells;
    let known = cells.iter().zip(&linked.known);
    let shares = waiting.iter().zip(&linked.places);

    AttackerProblem {
        known: known
            .map(|(c, &known)| (known && c.status != Status::Implicit).then_some(c.value as f64))
            .collect(),
        floors: cells.iter().map(|c| c.floor as f64).collect(),
        constraints: linked.tables.constraints.clone(),
        bounds: linked.tables.bounds.clone(),
        shares: shares.flat_map(|(pending, places)| shares_of(pending, places)).collect(),
    }
}

/// The table, what it hides not being at hand.
pub(super) fn pending(table: &PublishedTable) -> PendingTable {
    let mark = |cell: &Cell| match cell {
        Cell::Hidden => Suppression::Secondary,
        Cell::Open(_) => Suppression::Open,
    };
    let marks = table.rows.iter().map(|row| row.iter().map(mark).collect());

    let raw = RawTable {
        definition: Arc::clone(&table.definition),
        parameters: table.parameters.clone(),
        rows: table.rows.iter().map(|row| opened(row)).collect(),
    };
    PendingTable::published(raw, marks.collect())
}

/// The printed shares of counts: a percentage with one decimal is within half a tenth of a point.
fn shares_of(pending: &PendingTable, places: &[Vec<Option<usize>>]) -> Vec<Share> {
    let columns = &pending.table.definition.columns;
    let mut shares = Vec::new();
    for (r, row) in pending.table.rows.iter().enumerate() {
        for (c, column) in columns.iter().enumerate() {
            let (Some(n), Some(d)) = pending.header.parts[c] else {
                continue;
            };
            if column.role != Role::Rate || column.format != Format::Percent {
                continue;
            }

            let whole = match pending.denominators.iter().find(|w| w.share == c) {
                Some(denominators) => denominators.rows[r],
                None => (n != d).then_some(r),
            };
            // A total is all of itself: that says nothing.
            let whole = whole.and_then(|row| places[row][d]).filter(|w| Some(*w) != places[r][n]);
            if let (Some(part), Some(whole), Some(printed)) = (places[r][n], whole, row[c].as_f64())
            {
                shares.push(Share {
                    part,
                    whole,
                    low: ((printed - ROUNDING) / 100.0).max(0.0),
                    high: (printed + ROUNDING) / 100.0,
                });
            }
        }
    }

    shares
}
