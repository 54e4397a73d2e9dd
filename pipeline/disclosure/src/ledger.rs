//! What earlier publications gave, so that a new one never uncovers what they hid.
//!
//! A publication is kept with the true value of what it hid: without it, nobody can tell a revised figure from the same
//! one. The ledger therefore stays in the store, beside the raw tables, and never leaves.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::audit::{Audit, audit};
use super::key::{Axis, CellKey};
use super::links::{IdentityOf, Linked, link_publications, unversioned};
use super::model::{Count, Interval, Protection, Relation, Status};
use base::zone::ZoneTree;

/// How a count left, if it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Printed.
    Open,
    /// Printed `n.c.`.
    Hidden,
    /// Not printed, but tied to counts that were.
    Virtual,
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
    pub state: State,
    /// Whether it is sensitive by itself.
    pub sensitive: bool,
}

/// All that one release gave: its counts and what ties them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Publication {
    /// Its counts.
    pub cells: Vec<PublishedCell>,
    /// Equations over `cells`.
    pub relations: Vec<Relation>,
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
            .system
            .counts
            .iter()
            .zip(&linked.keys)
            .zip(hidden)
            .map(|((count, key), &hidden)| PublishedCell {
                key: key.clone(),
                value: count.value,
                floor: count.floor,
                state: match count.status {
                    Status::Virtual => State::Virtual,
                    _ if hidden => State::Hidden,
                    _ => State::Open,
                },
                sensitive: count.sensitive,
            })
            .collect();
        Self {
            cells,
            relations: linked.system.relations.clone(),
            bounds: linked.system.bounds.clone(),
            additive: linked.additive.clone(),
            identities: linked.identities.clone(),
        }
    }
}

/// Adds the counts and relations of `publications` to `linked`. A count of the same keys and the same value is the same
/// count; of another value, a revision, hence another count. Returns the counts that one of them hid.
pub(super) fn join(
    linked: &mut Linked,
    publications: &[Publication],
    zones: &ZoneTree,
    threshold: i64,
) -> BTreeSet<usize> {
    let first_earlier = linked.system.counts.len();
    let mut known: BTreeMap<(CellKey, i64), usize> = BTreeMap::new();
    for (i, (key, count)) in linked.keys.iter().zip(&linked.system.counts).enumerate() {
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
                linked.system.counts.push(count_of(cell));
                linked.known.push(true);
                linked.keys.push(cell.key.clone());
                linked.system.counts.len() - 1
            });
            if let Some(id) = identity {
                known.entry(id).or_insert(i);
            }
            match cell.state {
                State::Open => drop(opened.insert(i)),
                State::Hidden => drop(concealed.insert(i)),
                State::Virtual => {}
            }
            let count = &mut linked.system.counts[i];
            count.sensitive |= cell.sensitive;
            place.push(i);
        }
        let relations = publication.relations.iter().map(|r| {
            let mut terms: BTreeMap<usize, i64> = BTreeMap::new();
            for &(i, k) in &r.terms {
                *terms.entry(place[i]).or_default() += k;
            }
            Relation {
                terms: terms.into_iter().filter(|&(_, k)| k != 0).collect(),
            }
        });
        linked.system.relations.extend(relations);
        linked.system.bounds.extend(
            publication
                .bounds
                .iter()
                .map(|&(a, b)| (place[a], place[b])),
        );
        linked
            .identities
            .extend(publication.identities.iter().cloned());
        for (mesure, axes) in &publication.additive {
            linked
                .additive
                .entry(mesure.clone())
                .or_default()
                .extend(axes.iter().cloned());
        }
    }
    concealed.retain(|i| !opened.contains(i));
    for &i in &opened {
        // Once out, always out: there is nothing left to protect.
        linked.system.counts[i].status = Status::Public;
        linked.system.counts[i].sensitive = false;
    }
    for &i in &concealed {
        linked.system.counts[i].status = Status::Hidden;
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
    need: &Protection,
    threshold: i64,
) -> BTreeSet<(CellKey, i64)> {
    // One count that is nothing stands for the new publication: what follows it is earlier.
    let mut linked = Linked::default();
    linked.system.counts.push(Count::free(0));
    linked.known.push(true);
    linked.keys.push(None);
    join(&mut linked, publications, zones, threshold);
    let outcome = audit(&linked.system, &linked.system.primary_pattern(), need);
    let fallen = outcome.fallen.into_iter().map(|f| f.0);
    fallen
        .filter_map(|i| {
            let key = linked.keys[i].as_ref()?;
            Some((unversioned(key), linked.system.counts[i].value))
        })
        .collect()
}

fn count_of(cell: &PublishedCell) -> Count {
    let status = match cell.state {
        State::Open => Status::Public,
        State::Hidden => Status::Hidden,
        State::Virtual => Status::Virtual,
    };
    Count {
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
    need: &Protection,
) -> Audit {
    let mut linked = Linked::default();
    join(&mut linked, std::slice::from_ref(new), zones, 0);
    let printed: Vec<bool> = linked
        .system
        .counts
        .iter()
        .map(|c| c.status == Status::Public)
        .collect();
    let concealed = join(&mut linked, earlier, zones, need.min_upper);
    let mut outcome = audit(&linked.system, &linked.system.primary_pattern(), need);
    for i in concealed {
        if printed.get(i).copied().unwrap_or(false) {
            let value = linked.system.counts[i].value as f64;
            outcome.fallen.push((
                i,
                Interval {
                    low: value,
                    high: value,
                },
            ));
        }
    }
    outcome
}
