//! From the tables of a report to linked counts: which figures are the same count, and which are sums of others.
//!
//! What adds up is said by the headers (`additif`, `total`, `numerateur`, `denominateur`), by the tree of zones and by
//! the calendar, and holds across tables: a total printed in one is the sum of details printed in another. Every
//! constraint is checked against the true values. Where the printed details fall short of their total, what is missing
//! is a count of its own that nobody prints: when it is small, it must not be found by subtraction either.

mod axes;
mod identities;
mod rows;

use std::collections::{BTreeMap, BTreeSet};

pub use identities::IdentityOf;

use super::key::{self, Axis, CellKey};
use super::model::{LinkedCell, Status, LinkedTables};
use super::primary::{Suppression, ColumnRoles, count};
use super::denominators::Denominators;
use base::definition::Role;
use base::table::RawTable;
use base::zone::{Level, ZoneTree};

/// One table on its way through the gate.
pub(super) struct PendingTable {
    /// As the query returned it.
    pub table: RawTable,
    /// Its header, in indices.
    pub header: ColumnRoles,
    /// Shares whose denominator stands in another row.
    pub denominators: Vec<Denominators>,
    /// What is hidden, by row and column.
    pub marks: Vec<Vec<Suppression>>,
    /// Whether the hidden values are absent from `table`: files that were published, not tables on their way out.
    pub masked: bool,
}

impl PendingTable {
    /// The count at that place, if it is known.
    fn count(&self, row: usize, column: usize) -> Option<i64> {
        if self.is_masked(row, column) {
            None
        } else {
            count(&self.table.rows[row][column])
        }
    }

    fn is_masked(&self, row: usize, column: usize) -> bool {
        self.masked && self.marks[row][column] != Suppression::Open
    }
}

/// The counts of a set of tables.
#[derive(Debug, Clone, Default)]
pub(super) struct Linked {
    /// Counts and constraints.
    pub tables: LinkedTables,
    /// What each count is; nothing for most of those that no table prints.
    pub keys: Vec<Option<CellKey>>,
    /// Whether the value of each count is at hand; always so for tables on their way out.
    pub known: Vec<bool>,
    /// For each table, row and column, its count.
    pub places: Vec<Vec<Vec<Option<usize>>>>,
    /// Axes along which each measure adds up.
    pub additive: BTreeMap<String, BTreeSet<Axis>>,
    /// Sums over measures and categories that headers declare.
    pub identities: BTreeSet<IdentityOf>,
}

/// Links the counts of `waiting`. Counts of 1 to `threshold − 1` that no table prints are protected too.
pub(super) fn link(waiting: &[PendingTable], zones: &ZoneTree, threshold: i64) -> Linked {
    let mut linker = Linker {
        linked: Linked::default(),
        index: BTreeMap::new(),
        threshold,
        rests: BTreeSet::new(),
        mixed: Vec::new(),
        revised: BTreeSet::new(),
        named: BTreeSet::new(),
    };
    for pending in waiting {
        linker.place(pending, zones);
    }
    for local in std::mem::take(&mut linker.mixed) {
        linker.tie_column(local, zones);
    }
    for (pending, places) in waiting.iter().zip(linker.linked.places.clone()) {
        linker.tie_rows(pending, &places);
        linker.tie_identities(pending, &places, zones);
    }
    linker.name_missing(zones, 0);
    linker.tie_axes(zones, 0);
    linker.tie_declared(0);
    linker.linked.tables.normalise();
    linker.linked
}

/// Adds the sums that hold between counts of different publications, all of which `linked` already holds: those of
/// the newest first, the others from index `earlier` on. Exact sums; and sums that fall short by less than `threshold`
/// where no term was revised: what is missing is then a small group, and not the trace of a revision.
pub(super) fn link_publications(
    linked: &mut Linked,
    zones: &ZoneTree,
    earlier: usize,
    threshold: i64,
) {
    let mut values: BTreeMap<CellKey, BTreeSet<i64>> = BTreeMap::new();
    let printed = |i: usize| linked.tables.cells[i].status != Status::Implicit;
    for (i, (key, count)) in linked.keys.iter().zip(&linked.tables.cells).enumerate() {
        if let Some(key) = key.as_ref().filter(|_| printed(i)) {
            values
                .entry(unversioned(key))
                .or_default()
                .insert(count.value);
        }
    }
    values.retain(|_, values| values.len() > 1);
    // Of two values of the same count, the newest is the one that sums are made of; what was named without being printed
    // stands behind what was.
    let mut order: Vec<usize> = (0..linked.keys.len()).rev().collect();
    order.sort_by_key(|&i| printed(i));
    let index = order
        .into_iter()
        .filter_map(|i| Some((linked.keys[i].clone()?, i)))
        .collect();
    let mut linker = Linker {
        linked: std::mem::take(linked),
        index,
        threshold,
        rests: BTreeSet::new(),
        mixed: Vec::new(),
        revised: values.into_keys().collect(),
        named: BTreeSet::new(),
    };
    linker.name_missing(zones, earlier);
    linker.tie_axes(zones, earlier);
    linker.tie_declared(earlier);
    linker.linked.tables.normalise();
    *linked = linker.linked;
}

struct Linker {
    linked: Linked,
    index: BTreeMap<CellKey, usize>,
    threshold: i64,
    /// Sums of identities that lack a term, each completed once.
    rests: BTreeSet<(usize, Vec<usize>)>,
    /// Columns whose counts bear several names: by the name that they would all bear.
    mixed: Vec<BTreeMap<CellKey, usize>>,
    /// Counts that publications give several values.
    revised: BTreeSet<CellKey>,
    /// Counts that no table prints and whose name is known.
    named: BTreeSet<usize>,
}

impl Linker {
    fn value(&self, i: usize) -> i64 {
        self.linked.tables.cells[i].value
    }

    fn is_known(&self, i: usize) -> bool {
        self.linked.known[i]
    }

    /// Whether one count may be part of another: it is not known to be larger.
    fn may_be_part(&self, part: usize, whole: usize) -> bool {
        !self.all_known(&[part, whole]) || self.value(part) <= self.value(whole)
    }

    /// Whether what is missing from a sum over publications must be protected: all its terms are as they were, and some
    /// are not out yet.
    fn is_protectable(&self, cells: &[usize]) -> bool {
        let revised = |&i: &usize| {
            let key = self.linked.keys[i].as_ref();
            key.is_none_or(|k| self.revised.contains(&unversioned(k)))
        };
        let out = |&i: &usize| self.linked.tables.cells[i].status == Status::Published;
        !cells.iter().any(revised) && !cells.iter().all(out)
    }

    fn all_known(&self, cells: &[usize]) -> bool {
        cells.iter().all(|&i| self.is_known(i))
    }

    fn sum(&self, cells: &[usize]) -> i64 {
        cells.iter().map(|&i| self.value(i)).sum()
    }

    /// Gives each count of a sheet its place among the counts.
    fn place(&mut self, pending: &PendingTable, zones: &ZoneTree) {
        let table = &pending.table;
        let columns = &table.definition.columns;
        let rows = key::row_keys(table, zones);
        let mut places = vec![vec![None; columns.len()]; table.rows.len()];
        for c in (0..columns.len()).filter(|&c| pending.header.is_count(c)) {
            let axes = Axis::of(&table.definition, &columns[c]);
            let flat = constant_keys(pending, &rows, c, &axes);
            let mut keyed: Vec<Option<(CellKey, Option<i64>)>> = rows
                .iter()
                .enumerate()
                .map(|(r, key)| {
                    let value = pending.count(r, c);
                    if value.is_none() && !pending.is_masked(r, c) {
                        return None;
                    }
                    let mut key = CellKey {
                        measure: columns[c].name.clone(),
                        ..key.clone()
                    };
                    key.categories.retain(|name, _| !flat.contains(name));
                    Some((key, value))
                })
                .collect();
            self.rename(table, c, &axes, &mut keyed);
            let names: Vec<Option<CellKey>> = (keyed.iter())
                .map(|cell| cell.as_ref().map(|c| c.0.clone()))
                .collect();
            let mixed = self.version(&mut keyed);
            for (key, _) in keyed.iter().flatten() {
                self.linked
                    .additive
                    .entry(key.measure.clone())
                    .or_default()
                    .extend(axes.iter().cloned());
            }
            for (r, cell) in keyed.into_iter().enumerate() {
                let Some((mut key, value)) = cell else {
                    continue;
                };
                // Two rows that bear the same keys and differ are told apart by something that the header does not say.
                if self.differs(&key, value) {
                    key.categories.insert("#".to_owned(), r.to_string());
                }
                let primary = pending.marks[r][c] == Suppression::Primary;
                // A guarded count may be a hidden zero; a hidden number of patients never is.
                let floor = i64::from(columns[c].role == Role::Patients).min(value.unwrap_or(1));
                let margin = margin(pending, r, &key);
                places[r][c] = Some(self.add(key, value, primary, floor, margin));
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

    /// Whether a count is already known with another value.
    fn differs(&self, key: &CellKey, value: Option<i64>) -> bool {
        let known = self.index.get(key).filter(|&&i| self.is_known(i));
        known.is_some_and(|&i| value.is_some_and(|v| v != self.value(i)))
    }

    fn add(
        &mut self,
        key: CellKey,
        value: Option<i64>,
        primary: bool,
        floor: i64,
        margin: u32,
    ) -> usize {
        let status = match value {
            _ if primary => Status::Suppressed,
            Some(0) => Status::Published,
            _ => Status::Suppressible,
        };
        if let Some(&i) = self.index.get(&key) {
            if let Some(v) = value {
                self.linked.tables.cells[i].value = v;
                self.linked.known[i] = true;
            }
            let known = &mut self.linked.tables.cells[i];
            known.floor = known.floor.max(floor);
            known.margin = known.margin.max(margin);
            if primary {
                known.status = Status::Suppressed;
                known.sensitive = true;
            }
            return i;
        }
        let count = LinkedCell {
            value: value.unwrap_or(0),
            floor,
            status,
            sensitive: primary,
            margin,
        };
        let i = self.push(count, Some(key.clone()), value.is_some());
        self.index.insert(key, i);
        i
    }

    fn push(&mut self, count: LinkedCell, key: Option<CellKey>, known: bool) -> usize {
        self.linked.tables.cells.push(count);
        self.linked.known.push(known);
        self.linked.keys.push(key);
        self.linked.tables.cells.len() - 1
    }

    /// A count that no table prints.
    fn push_virtual(&mut self, value: i64, people: bool) -> usize {
        let sensitive = people && value > 0 && value < self.threshold;
        self.push(
            LinkedCell {
                value,
                floor: 0,
                status: Status::Implicit,
                sensitive,
                margin: 0,
            },
            None,
            true,
        )
    }

    /// The name under which each count of a column is known: its own, unless a count of that name already has another
    /// value (another population, or a revision), in which case it is another measure. Returns whether some were
    /// renamed and others not: sums within the table then mix the names.
    fn version(&self, keyed: &mut [Option<(CellKey, Option<i64>)>]) -> bool {
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

    /// The sums of one column of one table, whatever the names that its counts took.
    fn tie_column(&mut self, local: BTreeMap<CellKey, usize>, zones: &ZoneTree) {
        let index = std::mem::replace(&mut self.index, local);
        self.tie_axes(zones, 0);
        self.index = index;
    }
}

/// A count without the mark that tells two populations of one report apart: that mark depends on the report.
pub(super) fn unversioned(key: &CellKey) -> CellKey {
    let measure = key.measure.split('#').next().unwrap_or_default().to_owned();
    CellKey {
        measure,
        ..key.clone()
    }
}

/// How much of a margin a cell is: a total is dearer to hide than a detail.
fn margin(pending: &PendingTable, row: usize, key: &CellKey) -> u32 {
    let columns = &pending.table.definition.columns;
    let totals = pending
        .header
        .keys
        .iter()
        .filter(|&&k| {
            columns[k].total.is_some()
                && columns[k].total.as_deref() == pending.table.rows[row][k].as_text()
        })
        .count() as u32;
    let zone = match key.zone.level {
        Level::National => 2,
        Level::Region | Level::Departement => 1,
        Level::Medicobus | Level::Other => 0,
    };
    totals + zone
}

/// Categories on which a column does not depend: the denominator of shares, repeated in every row of a table.
fn constant_keys(
    pending: &PendingTable,
    rows: &[CellKey],
    column: usize,
    axes: &BTreeSet<Axis>,
) -> BTreeSet<String> {
    let names: BTreeSet<&String> = rows.iter().flat_map(|k| k.categories.keys()).collect();
    names
        .into_iter()
        .filter(|name| !axes.contains(&Axis::Category((*name).clone())))
        .filter(|name| {
            let mut groups: BTreeMap<CellKey, Vec<i64>> = BTreeMap::new();
            for (r, key) in rows.iter().enumerate() {
                let mut key = key.clone();
                key.categories.remove(*name);
                if let Some(value) = pending.count(r, column) {
                    groups.entry(key).or_default().push(value);
                }
            }
            groups.values().any(|v| v.len() > 1)
                && groups.values().all(|v| v.iter().all(|x| *x == v[0]))
        })
        .cloned()
        .collect()
}
