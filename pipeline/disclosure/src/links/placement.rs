//! The place of each figure among the counts: under which key, and whether that count is already there.

use std::collections::{BTreeMap, BTreeSet};

use super::super::key::{self, Axis, CellKey};
use super::super::model::{LinkedCell, Status};
use super::super::pending::PendingTable;
use super::super::primary::Suppression;
use super::Linker;
use base::zone::{Level, ZoneTree};

/// What a figure counts, and its value if it is at hand.
pub(super) type KeyedCount = (CellKey, Option<i64>);

impl Linker {
    /// Gives each count of a table its place among the counts.
    pub(super) fn place(&mut self, pending: &PendingTable, zones: &ZoneTree) {
        let table = &pending.table;
        let columns = &table.definition.columns;
        let rows = key::row_keys(table, zones);
        let mut places = vec![vec![None; columns.len()]; table.rows.len()];

        for c in (0..columns.len()).filter(|&c| pending.header.is_count(c)) {
            let axes = Axis::of(&table.definition, &columns[c]);
            let mut keyed = keyed_counts(pending, &rows, c, &axes);
            self.rename(table, c, &axes, &mut keyed);
            let names = keyed.iter().map(|cell| Some(cell.as_ref()?.0.clone()));
            let names: Vec<Option<CellKey>> = names.collect();
            let mixed = self.version(&mut keyed);

            for (key, _) in keyed.iter().flatten() {
                let additive = &mut self.linked.additive;
                let known = additive.entry(key.measure.clone()).or_default();
                known.extend(axes.iter().cloned());
            }

            for (r, keyed) in keyed.into_iter().enumerate() {
                places[r][c] = keyed.map(|keyed| self.add_figure(pending, r, c, keyed));
                if let Some(i) = places[r][c] {
                    let queries = self.printed_by.entry(i).or_default();
                    queries.insert(table.definition.name.clone());
                }
            }

            if mixed {
                let local = (names.into_iter().zip(&places))
                    .filter_map(|(name, row)| Some((name?, row[c]?)))
                    .collect();
                self.mixed.push(local);
            }
        }

        self.linked.places.push(places);
    }

    /// Adds the figure of one row and column, or finds the count that it is.
    fn add_figure(
        &mut self,
        pending: &PendingTable,
        row: usize,
        column: usize,
        (mut key, value): KeyedCount,
    ) -> usize {
        // Two rows that bear the same keys and differ are told apart by something that the header does not say.
        if self.differs(&key, value) {
            key.categories.insert("#".to_owned(), row.to_string());
        }

        let primary = pending.marks[row][column] == Suppression::Primary;
        let cell = LinkedCell {
            value: value.unwrap_or(0),
            // Zeros are open: what is hidden is one at least.
            floor: value.map_or(1, |v| v.min(1)),
            status: match value {
                _ if primary => Status::Suppressed,
                Some(0) => Status::Published,
                _ => Status::Suppressible,
            },
            sensitive: primary,
            margin: margin(pending, (row, column), &key),
        };
        self.add(key, cell, value.is_some())
    }

    /// Adds a count, or completes what is known of it.
    fn add(&mut self, key: CellKey, cell: LinkedCell, is_known: bool) -> usize {
        let Some(&i) = self.index.get(&key) else {
            let i = self.linked.push(cell, Some(key.clone()), is_known);
            self.index.insert(key, i);
            return i;
        };

        let known = &mut self.linked.tables.cells[i];
        known.floor = known.floor.max(cell.floor);
        known.margin = known.margin.max(cell.margin);
        if is_known {
            known.value = cell.value;
            self.linked.known[i] = true;
        }
        if cell.sensitive {
            known.status = Status::Suppressed;
            known.sensitive = true;
        }

        i
    }

    /// Whether a count is already known with another value.
    pub(super) fn differs(&self, key: &CellKey, value: Option<i64>) -> bool {
        let known = self.index.get(key).filter(|&&i| self.is_known(i));

        known.is_some_and(|&i| value.is_some_and(|v| v != self.value(i)))
    }

    /// The name under which each count of a column is known: its own, unless a count of that name already has another
    /// value (another population, or a revision), in which case it is another measure. Returns whether some were
    /// renamed and others not: sums within the table then mix the names.
    fn version(&self, keyed: &mut [Option<KeyedCount>]) -> bool {
        let (mut own, mut other) = (false, false);
        for (key, value) in keyed.iter_mut().flatten() {
            let name = key.measure.clone();
            let mut version = 1;
            while self.differs(key, *value) {
                version += 1;
                key.measure = format!("{name}#{version}");
            }

            own |= version == 1;
            other |= version > 1;
        }

        own && other
    }
}

/// The count of each row of a column; nothing where there is none.
fn keyed_counts(
    pending: &PendingTable,
    rows: &[CellKey],
    column: usize,
    axes: &BTreeSet<Axis>,
) -> Vec<Option<KeyedCount>> {
    let measure = &pending.table.definition.columns[column].name;
    let constant = constant_keys(pending, rows, column, axes);

    let keyed = rows.iter().enumerate().map(|(r, key)| {
        let value = pending.count(r, column);
        if value.is_none() && !pending.is_masked(r, column) {
            return None;
        }
        let mut key = CellKey { measure: measure.clone(), ..key.clone() };
        key.categories.retain(|name, _| !constant.contains(name));
        Some((key, value))
    });
    keyed.collect()
}

/// What answers a question of the document, or a committee asked to print, is dearer than any margin.
const WANTED: u32 = 50;

/// How much of a margin a cell is: a total is dearer to hide than a detail.
fn margin(pending: &PendingTable, (row, column): (usize, usize), key: &CellKey) -> u32 {
    let columns = &pending.table.definition.columns;
    let cells = &pending.table.rows[row];
    let at_total = |&&k: &&usize| {
        columns[k].total.is_some() && columns[k].total.as_deref() == cells[k].as_text()
    };
    let totals = pending.header.keys.iter().filter(at_total).count() as u32;

    // The wider the zone, the more people read its figure.
    let zone = match key.zone.level {
        Level::National => 2,
        Level::Region | Level::Departement => 1,
        Level::Medicobus | Level::Other => 0,
    };
    totals + zone + if pending.wanted.contains(&column) { WANTED } else { 0 }
}

/// Categories on which a column does not depend: the denominator of shares, repeated in every row of a table.
fn constant_keys(
    pending: &PendingTable,
    rows: &[CellKey],
    column: usize,
    axes: &BTreeSet<Axis>,
) -> BTreeSet<String> {
    let is_constant = |name: &String| {
        let mut groups: BTreeMap<CellKey, Vec<i64>> = BTreeMap::new();
        for (r, key) in rows.iter().enumerate() {
            let mut key = key.clone();
            key.categories.remove(name);
            if let Some(value) = pending.count(r, column) {
                groups.entry(key).or_default().push(value);
            }
        }

        groups.values().any(|v| v.len() > 1)
            && groups.values().all(|v| v.iter().all(|x| *x == v[0]))
    };

    let names: BTreeSet<&String> = rows.iter().flat_map(|k| k.categories.keys()).collect();
    names
        .into_iter()
        .filter(|name| !axes.contains(&Axis::Category((*name).clone())))
        .filter(|name| is_constant(name))
        .cloned()
        .collect()
}
