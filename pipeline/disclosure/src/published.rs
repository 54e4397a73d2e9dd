//! Attacks tables that are already out: what do they give away together?

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::elastic::leave_out_contradictions;
use super::attack::{AttackerProblem, Share, attack, attack_in_doubt};
use super::key::CellKey;
use super::links::{Linked, PendingTable, link};
use super::model::{FeasibilityInterval, ProtectionRequirement, Status};
use super::primary::{Suppression, ColumnRoles};
use super::table::{Cell, GatedTable};
use super::denominators::denominators;
use base::definition::{Definition, Format, Role};
use base::error::Result;
use base::table::{RawTable, Value};
use base::zone::ZoneTree;

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

/// Attacks all hidden counts of `tables` at once, with the sums that their headers declare and the shares that they
/// print. With `whole`, the attacker also uses that counts are whole numbers. Sums that the figures contradict are given up.
///
/// # Errors
/// `Refused` when a whole-number attack is too hard.
pub fn attack_tables(tables: &[PublishedTable], zones: &ZoneTree, whole: bool) -> Result<Attacked> {
    exposed(tables, zones, |published| attack(published, whole))
}

/// As [`attack_tables`], in real numbers, and in whole ones where those leave a doubt about `requirement`.
///
/// # Errors
/// `Refused` when a program cannot be solved.
pub fn attack_tables_in_doubt(
    tables: &[PublishedTable],
    zones: &ZoneTree,
    requirement: ProtectionRequirement,
) -> Result<Attacked> {
    exposed(tables, zones, |published| attack_in_doubt(published, requirement))
}

fn exposed(
    tables: &[PublishedTable],
    zones: &ZoneTree,
    attack: impl Fn(&AttackerProblem) -> Result<Vec<FeasibilityInterval>>,
) -> Result<Attacked> {
    let waiting: Vec<PendingTable> = tables.iter().map(pending).collect();
    // Nothing is known to be small: what is sensitive is for the reader of the intervals to say.
    let linked = link(&waiting, zones, 0);
    let mut published = AttackerProblem::new(known(&linked), linked.tables.constraints.clone());
    published.floors = linked
        .tables
        .cells
        .iter()
        .map(|c| c.floor as f64)
        .collect();
    published.bounds.clone_from(&linked.tables.bounds);
    published.shares = waiting
        .iter()
        .zip(&linked.places)
        .flat_map(|(s, p)| shares(s, p))
        .collect();
    let mut about = Vec::new();
    let intervals = match attack(&published) {
        Ok(intervals) => intervals,
        Err(error) => {
            about = leave_out_contradictions(&mut published)?;
            if about.is_empty() {
                return Err(error);
            }
            attack(&published)?
        }
    };
    let given_up = about.len();
    let about = about
        .into_iter()
        .filter_map(|i| linked.keys[i].clone())
        .collect();
    let mut exposed: Vec<Exposed> = linked
        .keys
        .into_iter()
        .zip(intervals)
        .zip(published.known)
        .filter(|(_, known)| known.is_none())
        .filter_map(|((key, interval), _)| {
            Some(Exposed {
                key: key?,
                interval,
            })
        })
        .collect();
    exposed.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(Attacked {
        exposed,
        given_up,
        about,
    })
}

fn known(linked: &Linked) -> Vec<Option<f64>> {
    let counts = linked.tables.cells.iter().zip(&linked.known);
    counts
        .map(|(c, &known)| (known && c.status != Status::Implicit).then_some(c.value as f64))
        .collect()
}

fn pending(table: &PublishedTable) -> PendingTable {
    let marks = table
        .rows
        .iter()
        .map(|row| {
            row.iter()
                .map(|c| {
                    if *c == Cell::Hidden {
                        Suppression::Secondary
                    } else {
                        Suppression::Open
                    }
                })
                .collect()
        })
        .collect();
    let rows = table.rows.iter().map(|row| {
        row.iter()
            .map(|c| c.open().cloned().unwrap_or(Value::Null))
            .collect()
    });
    let raw = RawTable {
        definition: Arc::clone(&table.definition),
        parameters: table.parameters.clone(),
        rows: rows.collect(),
    };
    let header = ColumnRoles::new(&table.definition);
    PendingTable {
        denominators: denominators(&raw, &header),
        header,
        table: raw,
        marks,
        masked: true,
    }
}

/// The printed shares of counts: a percentage with one decimal is within half a tenth of a point.
fn shares(pending: &PendingTable, places: &[Vec<Option<usize>>]) -> Vec<Share> {
    let columns = &pending.table.definition.columns;
    let mut shares = Vec::new();
    for (r, row) in pending.table.rows.iter().enumerate() {
        for (c, column) in columns.iter().enumerate() {
            let (Some(n), Some(d)) = pending.header.parts[c] else {
                continue;
            };
            let whole = match pending.denominators.iter().find(|w| w.share == c) {
                Some(denominators) => denominators.rows[r],
                None => (n != d).then_some(r),
            };
            let whole = whole.and_then(|row| places[row][d]);
            let (Some(part), Some(whole), Some(printed)) = (places[r][n], whole, row[c].as_f64())
            else {
                continue;
            };
            if column.role == Role::Rate && column.format == Format::Percent {
                let (low, high) = ((printed - 0.0501) / 100.0, (printed + 0.0501) / 100.0);
                shares.push(Share {
                    part,
                    whole,
                    low: low.max(0.0),
                    high,
                });
            }
        }
    }
    shares
}
