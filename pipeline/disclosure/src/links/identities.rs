//! Counts that go under several names: what the headers say in `[[identites]]`.
//!
//! A count that has another name elsewhere takes that name before it is placed, so that both are one cell. A count that
//! is a sum of cells of another table is tied to them once all tables are placed. Both are checked against the true
//! values: an identity that does not hold in the data is not used.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::super::key::{self, Axis, CellKey};
use super::super::pending::PendingTable;
use super::Linker;
use super::placement::KeyedCount;
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
        keyed: &mut [Option<KeyedCount>],
    ) {
        let own = &table.definition.columns[column].name;
        for identity in about(&table.definition.identities, own).filter(|i| i.sum.is_empty()) {
            let rows = keyed.iter().enumerate();
            let renamed: Vec<(usize, CellKey)> = rows
                .filter(|(r, _)| holds_in(identity, table, *r))
                .filter_map(|(r, cell)| {
                    let (key, value) = cell.as_ref()?;
                    let key = named(identity, table, r, key)?;
                    // Where the two differ, they are no longer the same count: a revision of that row, and of no other.
                    (!self.differs(&key, *value)).then_some((r, key))
                })
                .collect();

            for (r, key) in renamed {
                self.note_axes(identity, table, r, &key.measure, axes);
                if let Some((old, _)) = &mut keyed[r] {
                    *old = key;
                }
            }
        }
    }

    /// What adds up over a column of values adds up over the categories that those values are of.
    fn note_axes(
        &mut self,
        identity: &Identity,
        table: &RawTable,
        row: usize,
        measure: &str,
        axes: &BTreeSet<Axis>,
    ) {
        let additive = self.linked.additive.entry(measure.to_owned()).or_default();

        for (name, value) in &identity.categories {
            let along = |c: &str| axes.contains(&Axis::Category(c.to_owned()));
            if placeholder(value).is_some_and(along)
                && let Some(name) = fill(name, table, row)
            {
                additive.insert(Axis::Category(name));
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
        let identities = &table.definition.identities;
        if identities.iter().all(|i| i.sum.is_empty()) {
            return;
        }

        let rows = key::row_keys(table, zones);
        for (c, column) in table.definition.columns.iter().enumerate() {
            for identity in about(identities, &column.name).filter(|i| !i.sum.is_empty()) {
                let rows = rows.iter().enumerate();
                for (r, row) in rows.filter(|(r, _)| holds_in(identity, table, *r)) {
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

        let terms = identity.sum.iter();
        let parts: Vec<CellKey> = terms.map(|term| term_key(identity, term, &own, row)).collect();
        self.linked.identities.insert(IdentityOf {
            total: CellKind::of(&own),
            parts: parts.iter().map(CellKind::of).collect(),
        });

        let found = parts.iter().filter_map(|key| self.index.get(key));
        let printed: Vec<usize> = found.copied().collect();
        if printed.is_empty() || printed.contains(&total) {
            return;
        }
        let known = self.is_known(total) && self.all_known(&printed);
        let rest = self.value(total) - self.sum(&printed);
        let complete = printed.len() == parts.len();
        if known && (rest < 0 || (complete && rest != 0)) {
            return;
        }

        if complete || (known && rest == 0) {
            self.tie_sum(total, printed, None);
        } else if self.rests.insert((total, printed.clone())) {
            // Terms that no table prints, a zero row among them, are a count of their own.
            let rest = self.push_implicit(rest.max(0), known);
            self.tie_sum(total, printed, Some(rest));
        }
    }
}

/// The count that a term of an identity stands for, given the total's key and that of its row.
fn term_key(
    identity: &Identity,
    term: &BTreeMap<String, String>,
    own: &CellKey,
    row: &CellKey,
) -> CellKey {
    let mut key = CellKey {
        categories: row.categories.clone(),
        ..own.clone()
    };
    key.categories.retain(|name, _| !identity.condition.contains_key(name));

    for (name, value) in term {
        match name.as_str() {
            "mesure" => key.measure.clone_from(value),
            _ => drop(key.categories.insert(name.clone(), value.clone())),
        }
    }
    key
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
        let CellKey { measure, categories, .. } = key.unversioned();

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
                self.tie_declared_at(&identity, zone, period, earlier);
            }
        }
    }

    fn tie_declared_at(
        &mut self,
        identity: &IdentityOf,
        zone: &Zone,
        period: &str,
        earlier: usize,
    ) {
        let find = |kind: &CellKind| self.index.get(&kind.at(zone, period)).copied();
        let Some(total) = find(&identity.total) else {
            return;
        };
        let printed: Vec<usize> = identity.parts.iter().filter_map(find).collect();
        if printed.is_empty() || printed.contains(&total) {
            return;
        }

        let complete = printed.len() == identity.parts.len();
        let rest = self.value(total) - self.sum(&printed);
        let new = |i: &usize| self.named.contains(i) || (earlier > 0 && *i >= earlier);
        if !(new(&total) || printed.iter().any(new)) || rest < 0 || (complete && rest > 0) {
            return;
        }

        let rest = (!complete).then(|| {
            let small = self.is_rest(total, &printed, rest, true, earlier);
            self.push_implicit(rest, small)
        });
        self.tie_sum(total, printed, rest);
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
    named.categories.retain(|name, _| !identity.condition.contains_key(name));

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
    let at = table.definition.columns.iter().position(|c| c.name == column)?;

    match table.rows.get(row)?.get(at)? {
        Value::Text(text) => Some(text.clone()),
        Value::Int(i) => Some(i.to_string()),
        _ => None,
    }
}

fn at_total(table: &RawTable, row: usize, column: &str) -> bool {
    let total = table.definition.column(column).and_then(|c| c.total.clone());
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
