//! Counts that go under several names: what the headers say in `[[identites]]`.
//!
//! A count that has another name elsewhere takes that name before it is placed, so that both are one cell. That is checked
//! against the true values: an identity that does not hold in the data is not used.

use std::collections::BTreeSet;

use super::super::key::{Axis, CellKey};
use super::Linker;
use super::placement::KeyedCount;
use base::definition::Identity;
use base::table::{RawTable, Value};

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
        for identity in about(&table.definition.identities, own) {
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
