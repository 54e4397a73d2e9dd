//! Unit cycles: changes of counts by the same amount, up or down, that no constraint sees. In tables with margins most
//! perturbations are of this kind (the corners of a box, in turn + and −) and are found without solving anything: whichever
//! constraint is out of balance gets a partner, the cheapest that puts most constraints back in balance. A bound is out of balance
//! when the part would exceed the whole.
//!
//! Nothing here is proof: who uses a cycle verifies it.

use std::collections::{BTreeMap, VecDeque};

use super::model::LinkedTables;

/// Largest cycle: a count of many tables, with all that its margins and months take along.
const LONGEST: usize = 480;
/// Tries, each with another tie-breaking.
const TRIES: u64 = 4;
/// What a constraint put out of balance weighs against cell weights.
const BALANCE: f64 = 3.0;

/// What ties counts, seen from each of them: the constraints, then the bounds.
#[derive(Clone)]
pub(super) struct Ties<'a> {
    tables: &'a LinkedTables,
    /// Of each count, the ties and its coefficient in each.
    of: Vec<Vec<(usize, i64)>>,
}

impl<'a> Ties<'a> {
    /// The ties of `tables`.
    pub fn new(tables: &'a LinkedTables) -> Self {
        let mut of = vec![Vec::new(); tables.cells.len()];
        for (tie, constraint) in tables.constraints.iter().enumerate() {
            for &(i, k) in &constraint.terms {
                of[i].push((tie, k));
            }
        }

        for (tie, &(part, whole)) in (tables.constraints.len()..).zip(&tables.bounds) {
            of[part].push((tie, 1));
            of[whole].push((tie, -1));
        }

        Self { tables, of }
    }

    /// The tie that a bound is.
    pub fn of_bound(&self, bound: usize) -> usize {
        self.tables.constraints.len() + bound
    }

    fn len(&self) -> usize {
        self.tables.constraints.len() + self.tables.bounds.len()
    }

    /// The ties of a count that a change by `step` may break: its constraints, and the bounds that leave less room.
    pub fn tight(&self, i: usize, step: i64) -> impl Iterator<Item = usize> + '_ {
        let ties = self.of[i].iter().map(|t| t.0);
        ties.filter(move |&tie| self.excess(tie, 1, step) != 0)
    }

    /// The counts of a tie and their coefficients.
    pub fn terms(&self, tie: usize) -> impl Iterator<Item = (usize, i64)> + '_ {
        let constraint = self.tables.constraints.get(tie);
        let terms = constraint.map_or(&[][..], |c| &c.terms);
        let bound = tie.checked_sub(self.tables.constraints.len()).map(|b| self.tables.bounds[b]);
        let ends = bound.map(|(part, whole)| [(part, 1), (whole, -1)]);

        terms.iter().copied().chain(ends.into_iter().flatten())
    }

    /// The counts that some tie ties to one, itself among them.
    pub fn tied_to(&self, i: usize) -> impl Iterator<Item = usize> + '_ {
        self.of[i].iter().flat_map(|&(tie, _)| self.terms(tie)).map(|term| term.0)
    }

    /// How far a tie is out of balance when its terms have changed by `residual` steps.
    fn excess(&self, tie: usize, residual: i64, step: i64) -> i64 {
        match tie.checked_sub(self.tables.constraints.len()) {
            None => residual,
            Some(bound) => (residual - self.tables.gap(bound).max(0) / step).max(0),
        }
    }

    /// Directions by count, `target` going by `step` in direction `sign`; nothing if no try comes to an end. `cell_weight` says
    /// what a count costs in a direction, and nothing if it cannot go there.
    pub fn unit_cycle(
        &self,
        target: usize,
        (sign, step): (i64, i64),
        cell_weight: impl Fn(usize, i64) -> Option<f64>,
    ) -> Option<BTreeMap<usize, i64>> {
        let mut search = CycleSearch {
            ties: self,
            step,
            cell_weight,
            residual: vec![0i64; self.len()],
        };

        for attempt in 0..TRIES {
            let mut cycle = BTreeMap::from([(target, sign)]);
            if search.close(&mut cycle, attempt) {
                return Some(cycle);
            }
            search.forget(&cycle);
        }

        None
    }
}

struct CycleSearch<'a, W> {
    ties: &'a Ties<'a>,
    step: i64,
    cell_weight: W,
    /// By how many steps the terms of each tie have changed.
    residual: Vec<i64>,
}

impl<W: Fn(usize, i64) -> Option<f64>> CycleSearch<'_, W> {
    fn excess(&self, tie: usize) -> i64 {
        self.ties.excess(tie, self.residual[tie], self.step)
    }

    /// Adds partners to a cycle of one count until every tie is in balance; says whether it came to that.
    fn close(&mut self, cycle: &mut BTreeMap<usize, i64>, attempt: u64) -> bool {
        let mut open: VecDeque<usize> = VecDeque::new();
        let mut next = cycle.iter().next().map(|(&i, &direction)| (i, direction));
        while let Some((i, direction)) = next.take() {
            cycle.insert(i, direction);
            for &(tie, k) in &self.ties.of[i] {
                self.residual[tie] += direction * k;
                if self.excess(tie) != 0 {
                    open.push_back(tie);
                }
            }

            // Ties come back into balance while others wait before them.
            while open.front().is_some_and(|&tie| self.excess(tie) == 0) {
                open.pop_front();
            }
            let Some(&tie) = open.front() else {
                return true;
            };
            if cycle.len() >= LONGEST {
                return false;
            }

            next = self.partner(tie, cycle, attempt);
        }

        false
    }

    /// The cheapest count of `tie`, and its direction, that takes it towards balance.
    fn partner(
        &self,
        tie: usize,
        cycle: &BTreeMap<usize, i64>,
        attempt: u64,
    ) -> Option<(usize, i64)> {
        let mut best: Option<(f64, (usize, i64))> = None;
        for (j, k) in self.ties.terms(tie) {
            let direction = -self.excess(tie).signum() * k;
            if direction.abs() != 1 || cycle.contains_key(&j) {
                continue;
            }
            let Some(weight) = (self.cell_weight)(j, direction) else {
                continue;
            };

            let balance: f64 = self.ties.of[j]
                .iter()
                .map(|&(tie, k)| {
                    let after = self.residual[tie] + direction * k;
                    let after = self.ties.excess(tie, after, self.step);
                    (after.abs() - self.excess(tie).abs()) as f64
                })
                .sum();
            let cost = weight + BALANCE * balance + jitter(j, attempt);
            if best.is_none_or(|b| cost < b.0) {
                best = Some((cost, (j, direction)));
            }
        }

        best.map(|b| b.1)
    }

    /// Puts the ties of a cycle that did not close back in balance.
    fn forget(&mut self, cycle: &BTreeMap<usize, i64>) {
        for &(tie, _) in cycle.keys().flat_map(|&i| &self.ties.of[i]) {
            self.residual[tie] = 0;
        }
    }
}

/// Breaks ties otherwise at each try; always the same for the same count and try.
fn jitter(cell: usize, attempt: u64) -> f64 {
    if attempt == 0 {
        return 0.0;
    }

    let mixed = (cell as u64 + 1)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .wrapping_mul(2 * attempt + 1);
    (mixed >> 40) as f64 / (1u64 << 24) as f64 * 4.0
}
