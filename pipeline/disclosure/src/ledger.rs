//! What earlier publications gave, so that a new one never uncovers what they hid.
//!
//! A publication is kept with the true value of what it hid: without it, nobody can tell a revised figure from the same
//! one. The ledger therefore stays in the store, beside the raw tables, and never leaves.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::audit::{Audit, audit};
use super::key::{Axis, CellKey};
use super::links::{IdentityOf, Linked, link_publications, unversioned};
use super::model::{LinkedCell, FeasibilityInterval, ProtectionRequirement, AdditivityConstraint, Status};
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
    /// Sums over measures and categories that headers declare.
    #[serde(default)]
    pub identities: BTreeSet<IdentityOf>,
}

impl Publication {
    /// The publication of `linked` with `hidden` counts hidden.
    pub(super) fn of(linked: &Linked, hidden: &[bool]) -> Self {
        let cells = linked
            .tables
            .cells
            .iter()
            .zip(&linked.keys)
            .zip(hidden)
            .map(|((count, key), &hidden)| PublishedCell {
                key: key.clone(),
                value: count.value,
                floor: count.floor,
                state: match count.status {
                    Status::Implicit => CellState::Implicit,
                    _ if hidden => CellState::Hidden,
                    _ => CellState::Open,
                },
                sensitive: count.sensitive,
            })
            .collect();
        Self {
            cells,
            constraints: linked.tables.constraints.clone(),
            bounds: linked.tables.bounds.clone(),
            additive: linked.additive.clone(),
            identities: linked.identities.clone(),
        }
    }
}

/// Adds the counts and constraints of `publications` to `linked`. A count of the same keys and the same value is the same
/// count; of another value, a revision, hence another count. Returns the counts that one of them hid.
pub(super) fn join(
    linked: &mut Linked,
    publications: &[Publication],
    zones: &ZoneTree,
    threshold: i64,
) -> BTreeSet<usize> {
    let first_earlier = linked.tables.cells.len();
    let mut known: BTreeMap<(CellKey, i64), usize> = BTreeMap::new();
    for (i, (key, count)) in linked.keys.iter().zip(&linked.tables.cells).enumerate() {
        if let Some(key) = key {
            known.entry((unversioned(key), count.value)).or_insert(i);
        }
    }
    let mut opened = BTreeSet::new();
    let mut concealed = BTreeSet::new();
    for publication in publications {
        let mut place = Vec::with_capacity(publication.cells.len());
        for cell in &publication.cells {
            let identity = cell.key.as_ref().map(|k| (unversioned(k), cell.value));
            let found = identity.as_ref().and_then(|id| known.get(id).copied());
            let i = found.unwrap_or_else(|| {
                linked.tables.cells.push(count_of(cell));
                linked.known.push(true);
                linked.keys.push(cell.key.clone());
                linked.tables.cells.len() - 1
            });
            if let Some(id) = identity {
                known.entry(id).or_insert(i);
            }
            match cell.state {
                CellState::Open => drop(opened.insert(i)),
                CellState::Hidden => drop(concealed.insert(i)),
                CellState::Implicit => {}
            }
            let count = &mut linked.tables.cells[i];
            count.sensitive |= cell.sensitive;
            place.push(i);
        }
        let constraints = publication.constraints.iter().map(|r| {
            let mut terms: BTreeMap<usize, i64> = BTreeMap::new();
            for &(i, k) in &r.terms {
                *terms.entry(place[i]).or_default() += k;
            }
            AdditivityConstraint {
                terms: terms.into_iter().filter(|&(_, k)| k != 0).collect(),
            }
        });
        linked.tables.constraints.extend(constraints);
        linked.tables.bounds.extend(
            publication
                .bounds
                .iter()
                .map(|&(a, b)| (place[a], place[b])),
        );
        linked
            .identities
            .extend(publication.identities.iter().cloned());
        for (measure, axes) in &publication.additive {
            linked
                .additive
                .entry(measure.clone())
                .or_default()
                .extend(axes.iter().cloned());
        }
    }
    concealed.retain(|i| !opened.contains(i));
    for &i in &opened {
        // Once out, always out: there is nothing left to protect.
        linked.tables.cells[i].status = Status::Published;
        linked.tables.cells[i].sensitive = false;
    }
    for &i in &concealed {
        linked.tables.cells[i].status = Status::Suppressed;
    }
    if !publications.is_empty() {
        link_publications(linked, zones, first_earlier, threshold);
    }
    concealed
}

/// Counts that `publications` give away together, by name and value.
pub(super) fn given_away(
    publications: &[Publication],
    zones: &ZoneTree,
    requirement: &ProtectionRequirement,
    threshold: i64,
) -> BTreeSet<(CellKey, i64)> {
    // One count that is nothing stands for the new publication: what follows it is earlier.
    let mut linked = Linked::default();
    linked.tables.cells.push(LinkedCell::free(0));
    linked.known.push(true);
    linked.keys.push(None);
    join(&mut linked, publications, zones, threshold);
    let outcome = audit(&linked.tables, &linked.tables.primary_pattern(), requirement);
    let underprotected = outcome.underprotected.into_iter().map(|f| f.0);
    underprotected
        .filter_map(|i| {
            let key = linked.keys[i].as_ref()?;
            Some((unversioned(key), linked.tables.cells[i].value))
        })
        .collect()
}

fn count_of(cell: &PublishedCell) -> LinkedCell {
    let status = match cell.state {
        CellState::Open => Status::Published,
        CellState::Hidden => Status::Suppressed,
        CellState::Implicit => Status::Implicit,
    };
    LinkedCell {
        value: cell.value,
        floor: cell.floor,
        status,
        sensitive: cell.sensitive,
        margin: 0,
    }
}

/// Attacks what `new` and `earlier` publications give together. Counts that an earlier one hid and `new` opens fall,
/// as do those that the sum of all makes too narrow.
pub fn audit_release(
    new: &Publication,
    earlier: &[Publication],
    zones: &ZoneTree,
    requirement: &ProtectionRequirement,
) -> Audit {
    let mut linked = Linked::default();
    join(&mut linked, std::slice::from_ref(new), zones, 0);
    let printed: Vec<bool> = linked
        .tables
        .cells
        .iter()
        .map(|c| c.status == Status::Published)
        .collect();
    let concealed = join(&mut linked, earlier, zones, requirement.upper_bound);
    let mut outcome = audit(&linked.tables, &linked.tables.primary_pattern(), requirement);
    for i in concealed {
        if printed.get(i).copied().unwrap_or(false) {
            let value = linked.tables.cells[i].value as f64;
            outcome.underprotected.push((
                i,
                FeasibilityInterval {
                    low: value,
                    high: value,
                },
            ));
        }
    }
    outcome
}
