//! Counts that go under several names: what the headers say in `[[identites]]`.
//!
//! A count that has another name elsewhere takes that name before it is placed, so that both are one cell. A count that
//! is a sum of cells of another table is tied to them once all tables are placed. Both are checked against the true
//! values: an identity that does not hold in the data is not used.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::super::key::{self, Axis, CellKey};
use super::super::model::AdditivityConstraint;
use super::{Linker, PendingTable, unversioned};
use base::definition::Identity;
use base::table::{RawTable, Value};
use base::zone::{Zone, ZoneTree};

impl Linker {
    /// Gives the counts of a column the names that the header's identities tell.
    pub(super) fn rename(
        &mut self,
        table: &RawTable,
        column: usize,
        axes: &BTreeSet<Axis>,
        keyed: &mut [Option<(CellKey, Option<i64>)>],
    ) {
        let own = &table.definition.columns[column].name;
        for identity in about(&table.definition.identities, own).filter(|i| i.sum.is_empty()) {
            let renamed: Vec<(usize, CellKey)> = keyed
                .iter()
                .enumerate()
                .filter(|(r, _)| holds_in(identity, table, *r))
                .filter_map(|(r, cell)| Some((r, named(identity, table, r, &cell.as_ref()?.0)?)))
                .collect();
            let known = |r: usize| keyed[r].as_ref().and_then(|c| c.1);
            // Where the two differ, they are no longer the same count: a revision of that row, and of no other.
            let same = |(r, key): &(usize, CellKey)| !self.differs(key, known(*r));
            let renamed: Vec<(usize, CellKey)> = renamed.into_iter().filter(same).collect();
            for (r, key) in renamed {
                let additive = self.linked.additive.entry(key.measure.clone()).or_default();
                // What adds up over a column of values adds up over the categories that those values are of.
                for (name, value) in &identity.categories {
                    let along = |c: &str| axes.contains(&Axis::Category(c.to_owned()));
                    if placeholder(value).is_some_and(along)
                        && let Some(name) = fill(name, table, r)
                    {
                        additive.insert(Axis::Category(name));
                    }
                }
                if let Some((old, _)) = &mut keyed[r] {
                    *old = key;
                }
            }
        }
    }

    /// Ties the counts that a header says to be sums of cells printed elsewhere.
    pub(super) fn tie_identities(
        &mut self,
        pending: &PendingTable,
        places: &[Vec<Option<usize>>],
        zones: &ZoneTree,
    ) {
        let table = &pending.table;
        if table.definition.identities.iter().all(|i| i.sum.is_empty()) {
            return;
        }
        let rows = key::row_keys(table, zones);
        for (c, column) in table.definition.columns.iter().enumerate() {
            for identity in
                about(&table.definition.identities, &column.name).filter(|i| !i.sum.is_empty())
            {
                for (r, row) in rows
                    .iter()
                    .enumerate()
                    .filter(|(r, _)| holds_in(identity, table, *r))
                {
                    if let Some(total) = places[r][c] {
                        self.tie_identity(identity, total, row);
                    }
                }
            }
        }
    }

    fn tie_identity(&mut self, identity: &Identity, total: usize, row: &CellKey) {
        let Some(own) = self.linked.keys[total].clone() else {
            return;
        };
        let parts: Vec<CellKey> = identity
            .sum
            .iter()
            .map(|term| {
                let mut key = CellKey {
                    categories: row.categories.clone(),
                    ..own.clone()
                };
                key.categories
                    .retain(|name, _| !identity.condition.contains_key(name));
                for (name, value) in term {
                    match name.as_str() {
                        "mesure" => key.measure.clone_from(value),
                        _ => drop(key.categories.insert(name.clone(), value.clone())),
                    }
                }
                key
            })
            .collect();
        self.linked.identities.insert(IdentityOf {
            total: CellKind::of(&own),
            parts: parts.iter().map(CellKind::of).collect(),
        });
        let printed: Vec<usize> = parts
            .iter()
            .filter_map(|key| self.index.get(key).copied())
            .collect();
        if printed.is_empty() || printed.contains(&total) {
            return;
        }
        let known = self.is_known(total) && self.all_known(&printed);
        let rest = self.value(total) - self.sum(&printed);
        if known && rest < 0 {
            return;
        }
        let complete = printed.len() == parts.len();
        let constraint = if complete || (known && rest == 0) {
            if known && rest != 0 {
                return;
            }
            AdditivityConstraint::sum(total, printed)
        } else if self.rests.insert((total, printed.clone())) {
            // Terms that no table prints, a zero row among them, are a count of their own.
            let rest = self.push_virtual(rest.max(0), known);
            AdditivityConstraint::sum(total, printed.into_iter().chain([rest]))
        } else {
            return;
        };
        self.linked.tables.constraints.push(constraint);
    }
}

/// What a count is of, wherever and whenever.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CellKind {
    #[serde(rename = "mesure")]
    measure: String,
    categories: BTreeMap<String, String>,
}

impl CellKind {
    fn of(key: &CellKey) -> Self {
        let CellKey {
            measure, categories, ..
        } = unversioned(key);
        Self { measure, categories }
    }

    fn at(&self, zone: &Zone, period: &str) -> CellKey {
        CellKey {
            measure: self.measure.clone(),
            zone: zone.clone(),
            period: period.to_owned(),
            categories: self.categories.clone(),
        }
    }
}

/// A sum that headers declare, for any zone and period: its terms may be printed by different publications.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IdentityOf {
    total: CellKind,
    parts: Vec<CellKind>,
}

impl Linker {
    /// The declared sums whose terms several publications print, those from index `earlier` on being the earlier ones', or that
    /// hold of counts named without being printed.
    pub(super) fn tie_declared(&mut self, earlier: usize) {
        let mut places: BTreeMap<CellKind, Vec<(Zone, String)>> = BTreeMap::new();
        for key in self.index.keys() {
            let place = (key.zone.clone(), key.period.clone());
            places.entry(CellKind::of(key)).or_default().push(place);
        }
        for identity in self.linked.identities.clone() {
            for (zone, period) in places.get(&identity.total).into_iter().flatten() {
                let find = |kind: &CellKind| self.index.get(&kind.at(zone, period)).copied();
                let Some(total) = find(&identity.total) else {
                    continue;
                };
                let printed: Vec<usize> = identity.parts.iter().filter_map(find).collect();
                let complete = printed.len() == identity.parts.len();
                let mut all = printed.clone();
                all.push(total);
                let rest = self.value(total) - self.sum(&printed);
                if printed.is_empty()
                    || printed.contains(&total)
                    || !all
                        .iter()
                        .any(|i| self.named.contains(i) || (earlier > 0 && *i >= earlier))
                    || rest < 0
                    || (complete && rest > 0)
                {
                    continue;
                }
                let rest = (!complete).then(|| {
                    let small = self.is_rest(total, &printed, rest, true, earlier);
                    self.push_virtual(rest, small)
                });
                let constraint = AdditivityConstraint::sum(total, printed.into_iter().chain(rest));
                self.linked.tables.constraints.push(constraint);
            }
        }
    }
}

/// The identities of a header that concern that column.
fn about<'a>(
    identities: &'a [Identity],
    column: &'a str,
) -> impl Iterator<Item = &'a Identity> + 'a {
    identities
        .iter()
        .filter(move |i| i.columns.is_empty() || i.columns.iter().any(|c| c == column))
}

/// Whether a row is one of those that the identity is about.
fn holds_in(identity: &Identity, table: &RawTable, row: usize) -> bool {
    identity
        .condition
        .iter()
        .all(|(name, wanted)| wanted == "*" || value(table, row, name).as_ref() == Some(wanted))
}

/// The name that an identity gives a count; nothing if a category of it is empty.
fn named(identity: &Identity, table: &RawTable, row: usize, key: &CellKey) -> Option<CellKey> {
    let mut named = key.clone();
    named
        .categories
        .retain(|name, _| !identity.condition.contains_key(name));
    for (name, value) in &identity.categories {
        if placeholder(value).is_some_and(|column| at_total(table, row, column)) {
            continue;
        }
        let name = fill(name, table, row)?;
        named.categories.insert(name, fill(value, table, row)?);
    }
    if let Some(measure) = &identity.measure {
        named.measure.clone_from(measure);
    }
    named.period = shifted(&named.period, identity.offset)?;
    Some(named)
}

/// The column that `{column}` stands for.
fn placeholder(text: &str) -> Option<&str> {
    text.strip_prefix('{')?.strip_suffix('}')
}

fn fill(text: &str, table: &RawTable, row: usize) -> Option<String> {
    match placeholder(text) {
        Some(column) => value(table, row, column),
        None => Some(text.to_owned()),
    }
}

fn value(table: &RawTable, row: usize, column: &str) -> Option<String> {
    let at = table
        .definition
        .columns
        .iter()
        .position(|c| c.name == column)?;
    match table.rows.get(row)?.get(at)? {
        Value::Text(text) => Some(text.clone()),
        Value::Int(i) => Some(i.to_string()),
        _ => None,
    }
}

fn at_total(table: &RawTable, row: usize, column: &str) -> bool {
    let total = table
        .definition
        .column(column)
        .and_then(|c| c.total.clone());
    total.is_some() && value(table, row, column) == total
}

/// A period that many years later: `2025-T1` a year earlier is `2024-T1`.
fn shifted(period: &str, years: i32) -> Option<String> {
    if years == 0 {
        return Some(period.to_owned());
    }
    let year: i32 = period.get(..4)?.parse().ok()?;
    Some(format!("{}{}", year + years, period.get(4..)?))
}
