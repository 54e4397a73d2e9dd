//! From the tables of a report to linked counts: which figures are the same count, and which are sums of others.
//!
//! What adds up is said by the headers (`additif`, `total`, `numerateur`, `denominateur`), by the tree of zones and by
//! the calendar, and holds across tables: a total printed in one is the sum of details printed in another. Every
//! constraint is checked against the true values. Where the printed details fall short of their total, what is missing
//! is a count of its own that nobody prints: when it is small, it must not be found by subtraction either.

mod axes;
mod identities;
mod modelled;
mod placement;
mod rows;
mod unnamed;

use std::collections::{BTreeMap, BTreeSet};

use super::key::{Axis, CellKey};
use super::model::{AdditivityConstraint, LinkedCell, LinkedTables, Status};
use super::pending::PendingTable;
use super::relations::Relations;
use base::zone::ZoneTree;

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
}

impl Linked {
    /// Adds a count; returns its index.
    pub fn push(&mut self, cell: LinkedCell, key: Option<CellKey>, known: bool) -> usize {
        self.tables.cells.push(cell);
        self.known.push(known);
        self.keys.push(key);

        self.tables.cells.len() - 1
    }
}

/// Links the counts of `waiting` by what holds of them in every store. Counts of 1 to `threshold − 1` that no table prints are
/// protected too.
pub(super) fn link(
    waiting: &[PendingTable],
    zones: &ZoneTree,
    relations: &Relations,
    threshold: i64,
) -> Linked {
    let mut linker = Linker { threshold, ..Linker::default() };
    for pending in waiting {
        linker.place(pending, zones);
    }
    for local in std::mem::take(&mut linker.mixed) {
        linker.tie_column(local, zones);
    }
    for (pending, places) in waiting.iter().zip(linker.linked.places.clone()) {
        linker.tie_rows(pending, &places);
    }

    linker.tie_across_tables(zones, relations, 0)
}

/// Adds the sums that hold between counts of different publications, all of which `linked` already holds: those of
/// the newest first, the others from index `earlier` on. Exact sums; and sums that fall short by less than `threshold`
/// where no term was revised: what is missing is then a small group, and not the trace of a revision.
pub(super) fn link_publications(
    linked: &mut Linked,
    zones: &ZoneTree,
    relations: &Relations,
    earlier: usize,
    threshold: i64,
) {
    let printed = |i: usize| linked.tables.cells[i].status != Status::Implicit;
    let mut values: BTreeMap<CellKey, BTreeSet<i64>> = BTreeMap::new();
    for (i, (key, cell)) in linked.keys.iter().zip(&linked.tables.cells).enumerate() {
        if let Some(key) = key.as_ref().filter(|_| printed(i)) {
            let values = values.entry(key.unversioned()).or_default();
            values.insert(cell.value);
        }
    }
    values.retain(|_, values| values.len() > 1);

    // Of two values of the same count, the newest is the one that sums are made of; what was named without being printed
    // stands behind what was.
    let mut order: Vec<usize> = (0..linked.keys.len()).rev().collect();
    order.sort_by_key(|&i| printed(i));
    let index = order.into_iter().filter_map(|i| Some((linked.keys[i].clone()?, i))).collect();

    let linker = Linker {
        linked: std::mem::take(linked),
        index,
        threshold,
        revised: values.into_keys().collect(),
        ..Linker::default()
    };
    *linked = linker.tie_across_tables(zones, relations, earlier);
}

/// Counts being linked.
#[derive(Default)]
struct Linker {
    linked: Linked,
    index: BTreeMap<CellKey, usize>,
    threshold: i64,
    /// Columns whose counts bear several names: by the name that they would all bear.
    mixed: Vec<BTreeMap<CellKey, usize>>,
    /// Counts that publications give several values.
    revised: BTreeSet<CellKey>,
    /// Counts that no table prints and whose name is known.
    named: BTreeSet<usize>,
    /// The queries that print each count.
    printed_by: BTreeMap<usize, BTreeSet<String>>,
}

impl Linker {
    /// The sums that hold whatever tables, or publications, their terms stand in.
    fn tie_across_tables(
        mut self,
        zones: &ZoneTree,
        relations: &Relations,
        earlier: usize,
    ) -> Linked {
        self.name_missing(zones, earlier);
        self.name_implied(relations, earlier);
        self.tie_axes(zones, earlier);
        self.tie_modelled(relations, zones, earlier);

        self.linked.tables.normalise();
        self.linked
    }

    /// The sums of one column of one table, whatever the names that its counts took.
    fn tie_column(&mut self, local: BTreeMap<CellKey, usize>, zones: &ZoneTree) {
        let index = std::mem::replace(&mut self.index, local);
        self.tie_axes(zones, 0);
        self.index = index;
    }

    /// `total = Σ details`, and `rest` if something is missing from them.
    fn tie_sum(
        &mut self,
        total: usize,
        details: impl IntoIterator<Item = usize>,
        rest: Option<usize>,
    ) {
        let terms = details.into_iter().chain(rest);
        let sum = AdditivityConstraint::sum(total, terms);
        self.linked.tables.constraints.push(sum);
    }

    /// A count that no table prints.
    fn push_implicit(&mut self, value: i64, people: bool) -> usize {
        let sensitive = people && value > 0 && value < self.threshold;

        self.linked.push(LinkedCell::implicit(value, sensitive), None, true)
    }

    fn value(&self, i: usize) -> i64 {
        self.linked.tables.cells[i].value
    }

    fn sum(&self, cells: &[usize]) -> i64 {
        cells.iter().map(|&i| self.value(i)).sum()
    }

    fn is_known(&self, i: usize) -> bool {
        self.linked.known[i]
    }

    fn all_known(&self, cells: &[usize]) -> bool {
        cells.iter().all(|&i| self.is_known(i))
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
            key.is_none_or(|k| self.revised.contains(&k.unversioned()))
        };
        let out = |&i: &usize| self.linked.tables.cells[i].status == Status::Published;

        !cells.iter().any(revised) && !cells.iter().all(out)
    }
}
