//! Linked counts: what an attacker of the published tables sees as unknowns and equations.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What the gate may do with a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Open for good: a zero, or a figure that an earlier publication gave.
    Published,
    /// Printed; the gate may hide it.
    Suppressible,
    /// Must be hidden.
    Suppressed,
    /// Printed nowhere, yet tied to printed counts: the complement of a share, the part of a total that no row shows.
    Implicit,
}

/// One count, whatever the number of tables that show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedCell {
    /// Its true value.
    pub value: i64,
    /// The least that everybody knows it to be: 0, or 1 for counts whose zeros are always open.
    pub floor: i64,
    /// What the gate may do with it.
    pub status: Status,
    /// Whether an attacker must not be able to confine it.
    pub sensitive: bool,
    /// Number of keys at their total: a margin is dearer to hide than a detail.
    pub margin: u32,
}

impl LinkedCell {
    /// A printed count that may be hidden, with no margin.
    pub fn suppressible(value: i64) -> Self {
        let status = if value == 0 { Status::Published } else { Status::Suppressible };

        Self {
            value,
            floor: 0,
            status,
            sensitive: false,
            margin: 0,
        }
    }

    /// A count that no table prints.
    pub fn implicit(value: i64, sensitive: bool) -> Self {
        Self {
            value,
            floor: 0,
            status: Status::Implicit,
            sensitive,
            margin: 0,
        }
    }

    /// A printed count that must be hidden and protected.
    pub fn primary(value: i64) -> Self {
        Self {
            value,
            floor: 0,
            status: Status::Suppressed,
            sensitive: true,
            margin: 0,
        }
    }
}

/// `Σ coefficient · count = 0`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AdditivityConstraint {
    /// Index of the count and its coefficient, in index order.
    pub terms: Vec<(usize, i64)>,
}

impl AdditivityConstraint {
    /// `total = Σ details`.
    pub fn sum(total: usize, details: impl IntoIterator<Item = usize>) -> Self {
        let mut terms: BTreeMap<usize, i64> = BTreeMap::from([(total, 1)]);
        for d in details {
            *terms.entry(d).or_default() -= 1;
        }

        Self::of_terms(terms)
    }

    /// The constraint of those terms, without the ones that cancel out.
    pub(super) fn of_terms(terms: BTreeMap<usize, i64>) -> Self {
        let terms = terms.into_iter();

        Self {
            terms: terms.filter(|&(_, k)| k != 0).collect(),
        }
    }
}

/// Counts and what ties them. Every constraint and bound holds for the true values.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LinkedTables {
    /// The counts.
    pub cells: Vec<LinkedCell>,
    /// The equations.
    pub constraints: Vec<AdditivityConstraint>,
    /// Pairs `(part, whole)`: the first is at most the second, without their being parts of a printed sum.
    pub bounds: Vec<(usize, usize)>,
}

impl LinkedTables {
    /// Counts whose published value is not known once `hidden` are: those, and the ones printed nowhere.
    pub fn unknown(&self, hidden: &[bool]) -> Vec<bool> {
        self.cells
            .iter()
            .zip(hidden)
            .map(|(c, &h)| h || c.status == Status::Implicit)
            .collect()
    }

    /// The pattern with nothing hidden but what must be.
    pub fn primary_pattern(&self) -> Vec<bool> {
        self.cells.iter().map(|c| c.status == Status::Suppressed).collect()
    }

    /// For each count, the constraints in which it stands.
    pub fn incidence(&self) -> Vec<Vec<usize>> {
        let mut of = vec![Vec::new(); self.cells.len()];

        for (r, constraint) in self.constraints.iter().enumerate() {
            for &(c, _) in &constraint.terms {
                of[c].push(r);
            }
        }

        of
    }

    /// For each count, the bounds in which it stands.
    pub fn bound_incidence(&self) -> Vec<Vec<usize>> {
        let mut of = vec![Vec::new(); self.cells.len()];

        for (b, &(part, whole)) in self.bounds.iter().enumerate() {
            of[part].push(b);
            of[whole].push(b);
        }

        of
    }

    /// The room that is left between the part and the whole of a bound.
    pub fn gap(&self, bound: usize) -> i64 {
        let (part, whole) = self.bounds[bound];

        self.cells[whole].value - self.cells[part].value
    }

    /// Drops repeated constraints and bounds, and fixes the order of what remains.
    pub fn normalise(&mut self) {
        self.constraints.retain(|r| r.terms.len() > 1);
        self.constraints.sort();
        self.constraints.dedup();

        self.bounds.retain(|(part, whole)| part != whole);
        self.bounds.sort_unstable();
        self.bounds.dedup();
    }
}

/// What is asked of a hidden sensitive count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProtectionRequirement {
    /// Least width of the interval to which an attacker can confine it.
    pub sliding_level: i64,
    /// Least upper end of that interval.
    pub upper_bound: i64,
}

impl ProtectionRequirement {
    /// Whether `[low, high]` is wide and high enough.
    pub fn holds(&self, low: f64, high: f64) -> bool {
        const SLACK: f64 = 1e-6;

        high - low >= self.sliding_level as f64 - SLACK && high >= self.upper_bound as f64 - SLACK
    }
}

/// The interval to which an attacker confines a count.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FeasibilityInterval {
    /// Lower end.
    pub low: f64,
    /// Upper end; infinite when nothing bounds it.
    #[serde(with = "unbounded")]
    pub high: f64,
}

/// JSON has no infinity: where nothing bounds a number, nothing is written.
mod unbounded {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(x: &f64, to: S) -> Result<S::Ok, S::Error> {
        x.is_finite().then_some(*x).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        Ok(Option::deserialize(from)?.unwrap_or(f64::INFINITY))
    }
}

impl FeasibilityInterval {
    /// Width; infinite when nothing bounds it.
    pub fn width(&self) -> f64 {
        self.high - self.low
    }
}
