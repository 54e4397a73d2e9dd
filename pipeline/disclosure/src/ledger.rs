//! What earlier publications gave, so that a new one never uncovers what they hid.
//!
//! A publication is kept with the true value of what it hid: without it, nobody can tell a revised figure from the same
//! one. The ledger therefore stays in the store, beside the raw tables, and never leaves.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::audit::{Audit, audit};
use super::decisions::Decision;
use super::key::{Axis, CellKey};
use super::links::{Linked, link_publications};
use super::model::{
    AdditivityConstraint, FeasibilityInterval, LinkedCell, ProtectionRequirement, Status,
};
use super::relations::Relations;
use base::zone::ZoneTree;

/// How a count left, if it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CellState {
    /// Printed.
    Open,
    /// Printed `n.c.`.
    Hidden,
    /// Not printed, but tied to counts that were.
    #[serde(rename = "virtual")]
    Implicit,
}

/// One count of a publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedCell {
    /// What it counts; nothing if no table prints it and its name is not known either.
    pub key: Option<CellKey>,
    /// Its true value, even when hidden.
    pub value: i64,
    /// The least that everybody knows it to be.
    pub floor: i64,
    /// How it left.
    pub state: CellState,
    /// Whether it is sensitive by itself.
    pub sensitive: bool,
}

/// All that one release gave: its counts and what ties them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Publication {
    /// Its counts.
    pub cells: Vec<PublishedCell>,
    /// Equations over `cells`.
    #[serde(rename = "relations")]
    pub constraints: Vec<AdditivityConstraint>,
    /// Pairs `(part, whole)` of `cells`, the first at most the second.
    pub bounds: Vec<(usize, usize)>,
    /// Axes along which each measure adds up.
    pub additive: BTreeMap<String, BTreeSet<Axis>>,
    /// The narrowest interval proved for a sensitive count of all that left with it.
    #[serde(default)]
    pub narrowest: Option<FeasibilityInterval>,
}

impl Publication {
    /// The publication of `linked` with `hidden` counts hidden.
    pub(super) fn of(
        linked: &Linked,
        hidden: &[bool],
        narrowest: Option<FeasibilityInterval>,
    ) -> Self {
        let counts = linked.tables.cells.iter().zip(&linked.keys).zip(hidden);
        let cells = counts.map(|((count, key), &hidden)| PublishedCell {
            key: key.clone(),
            value: count.value,
            floor: count.floor,
            state: match count.status {
                Status::Implicit => CellState::Implicit,
                _ if hidden => CellState::Hidden,
                _ => CellState::Open,
            },
            sensitive: count.sensitive,
        });

        Self {
            cells: cells.collect(),
            constraints: linked.tables.constraints.clone(),
            bounds: linked.tables.bounds.clone(),
            additive: linked.additive.clone(),
            narrowest,
        }
    }
}

/// What `publications` decided of all counts that the tables of `own` print; nothing where one of them is not out: the document is
/// then another one.
pub(super) fn already_out(own: &Linked, publications: &[Publication]) -> Option<Decision> {
    let last = publications.last()?;
    let mut out: BTreeMap<(CellKey, i64), bool> = BTreeMap::new();
    for cell in publications.iter().flat_map(|p| &p.cells) {
        if let (Some(key), true) = (&cell.key, cell.state != CellState::Implicit) {
            let hidden = out.entry((key.unversioned(), cell.value)).or_insert(true);
            *hidden &= cell.state == CellState::Hidden;
        }
    }

    let counts = own.keys.iter().zip(&own.tables.cells);
    let hidden = counts.map(|(key, count)| match (key, count.status) {
        (_, Status::Implicit) => Some(false),
        (key, _) => out.get(&(key.as_ref()?.unversioned(), count.value)).copied(),
    });
    Some(Decision {
        hidden: hidden.collect::<Option<Vec<bool>>>()?,
        narrowest: last.narrowest,
        withheld: false,
    })
}

/// Adds the counts and constraints of `publications` to `linked`. A count of the same keys and the same value is the same
/// count; of another value, a revision, hence another count. Returns the counts that one of them hid.
pub(super) fn join(
    linked: &mut Linked,
    publications: &[Publication],
    zones: &ZoneTree,
    relations: &Relations,
    threshold: i64,
) -> BTreeSet<usize> {
    let first_earlier = linked.tables.cells.len();
    let mut joined = Joined::default();
    for (i, (key, cell)) in linked.keys.iter().zip(&linked.tables.cells).enumerate() {
        if let Some(key) = key {
            let identity = (key.unversioned(), cell.value);
            joined.known.entry(identity).or_insert(i);
        }
    }

    for publication in publications {
        let cells = publication.cells.iter();
        let place: Vec<usize> = cells.map(|cell| joined.add(linked, cell)).collect();
        tie(linked, publication, &place);
    }

    let Joined { opened, mut concealed, .. } = joined;
    concealed.retain(|i| !opened.contains(i));
    for i in opened {
        // Once out, always out: there is nothing left to protect.
        linked.tables.cells[i].status = Status::Published;
        linked.tables.cells[i].sensitive = false;
    }
    for &i in &concealed {
        linked.tables.cells[i].status = Status::Suppressed;
    }

    if !publications.is_empty() {
        tie_revisions(linked, first_earlier, threshold);
        link_publications(linked, zones, relations, first_earlier, threshold);
    }
    concealed
}

/// Counts of several publications, by name and value, and how they left.
#[derive(Default)]
struct Joined {
    known: BTreeMap<(CellKey, i64), usize>,
    opened: BTreeSet<usize>,
    concealed: BTreeSet<usize>,
}

impl Joined {
    /// Finds a published count in `linked`, or adds it there; returns its index.
    fn add(&mut self, linked: &mut Linked, cell: &PublishedCell) -> usize {
        let identity = cell.key.as_ref().map(|k| (k.unversioned(), cell.value));
        let found = identity.as_ref().and_then(|id| self.known.get(id).copied());
        let i = found.unwrap_or_else(|| linked.push(linked_cell(cell), cell.key.clone(), true));
        if let Some(id) = identity {
            self.known.entry(id).or_insert(i);
        }

        match cell.state {
            CellState::Open => drop(self.opened.insert(i)),
            CellState::Hidden => drop(self.concealed.insert(i)),
            CellState::Implicit => {}
        }
        linked.tables.cells[i].sensitive |= cell.sensitive;

        i
    }
}

/// Ties the counts of one publication, which stand at `place` in `linked`, as it ties them.
fn tie(linked: &mut Linked, publication: &Publication, place: &[usize]) {
    let constraints = publication.constraints.iter().map(|constraint| {
        let mut terms: BTreeMap<usize, i64> = BTreeMap::new();
        for &(i, k) in &constraint.terms {
            *terms.entry(place[i]).or_default() += k;
        }
        AdditivityConstraint::of_terms(terms)
    });
    linked.tables.constraints.extend(constraints);

    let bounds = publication.bounds.iter();
    let bounds = bounds.map(|&(part, whole)| (place[part], place[whole]));
    linked.tables.bounds.extend(bounds);

    for (measure, axes) in &publication.additive {
        let additive = linked.additive.entry(measure.clone()).or_default();
        additive.extend(axes.iter().cloned());
    }
}

/// Names what changed of each of the `own` first counts to which an earlier publication gave other values: whoever holds both
/// documents reads it as their difference, and few people may be behind it.
fn tie_revisions(linked: &mut Linked, own: usize, threshold: i64) {
    let printed = |cell: &LinkedCell| cell.status != Status::Implicit;
    let mut earlier: BTreeMap<CellKey, Vec<usize>> = BTreeMap::new();
    for (i, cell) in linked.tables.cells.iter().enumerate().skip(own) {
        if let Some(key) = linked.keys[i].as_ref().filter(|_| printed(cell)) {
            earlier.entry(key.unversioned()).or_default().push(i);
        }
    }

    for new in 0..own {
        // What an earlier publication printed alike is no revision, though it may count another population elsewhere.
        let cell = &linked.tables.cells[new];
        let Some(key) = linked.keys[new].as_ref().filter(|_| cell.status == Status::Suppressible)
        else {
            continue;
        };
        for &old in earlier.get(&key.unversioned()).into_iter().flatten() {
            let change = linked.tables.cells[new].value - linked.tables.cells[old].value;
            let (less, more) = if change > 0 { (old, new) } else { (new, old) };
            let changed = LinkedCell::implicit(change.abs(), change.abs() < threshold);

            let changed = linked.push(changed, None, true);
            let sum = AdditivityConstraint::sum(more, [less, changed]);
            linked.tables.constraints.push(sum);
        }
    }
}

/// Counts that `publications` give away together, by name and value.
pub(super) fn given_away(
    publications: &[Publication],
    zones: &ZoneTree,
    relations: &Relations,
    requirement: &ProtectionRequirement,
    threshold: i64,
) -> BTreeSet<(CellKey, i64)> {
    // One count that is nothing stands for the new publication: what follows it is earlier.
    let mut linked = Linked::default();
    linked.push(LinkedCell::suppressible(0), None, true);
    join(&mut linked, publications, zones, relations, threshold);

    let tables = &linked.tables;
    let outcome = audit(tables, &tables.primary_pattern(), requirement, &[]);
    let underprotected = outcome.underprotected.into_iter();
    underprotected
        .filter_map(|(i, _)| {
            let key = linked.keys[i].as_ref()?;
            Some((key.unversioned(), tables.cells[i].value))
        })
        .collect()
}

fn linked_cell(cell: &PublishedCell) -> LinkedCell {
    LinkedCell {
        value: cell.value,
        floor: cell.floor,
        status: match cell.state {
            CellState::Open => Status::Published,
            CellState::Hidden => Status::Suppressed,
            CellState::Implicit => Status::Implicit,
        },
        sensitive: cell.sensitive,
        margin: 0,
    }
}

/// Attacks what `new` and `earlier` publications give together. Counts that an earlier one hid and `new` opens are
/// underprotected, as are those that the sum of all makes too narrow.
pub fn audit_release(
    new: &Publication,
    earlier: &[Publication],
    zones: &ZoneTree,
    relations: &Relations,
    requirement: &ProtectionRequirement,
) -> Audit {
    let mut linked = Linked::default();
    join(&mut linked, std::slice::from_ref(new), zones, relations, 0);
    let cells = linked.tables.cells.iter();
    let printed: Vec<bool> = cells.map(|c| c.status == Status::Published).collect();
    let concealed = join(&mut linked, earlier, zones, relations, requirement.upper_bound);

    let tables = &linked.tables;
    let mut outcome = audit(tables, &tables.primary_pattern(), requirement, &[]);
    for i in concealed {
        if printed.get(i).copied().unwrap_or(false) {
            let value = tables.cells[i].value as f64;
            let exact = FeasibilityInterval { low: value, high: value };
            outcome.underprotected.push((i, exact));
        }
    }

    outcome
}
