//! Unit cycles: changes of counts by the same amount, up or down, that no constraint sees. In tables with margins most
//! perturbations are of this kind (the corners of a box, in turn + and −) and are found without solving anything: whichever
//! constraint is out of balance gets a partner, the cheapest that puts most constraints back in balance.
//!
//! Nothing here is proof: who uses a cycle verifies it.

use std::collections::{BTreeMap, VecDeque};

use super::model::LinkedTables;

/// Largest cycle.
const LONGEST: usize = 160;
/// Tries, each with another tie-breaking.
const TRIES: u64 = 4;
/// What a constraint put out of balance weighs against cell weights.
const BALANCE: f64 = 3.0;

/// Directions by count, `target` going in direction `sign`; nothing if no try comes to an end. `cell_weight` says what a
/// count costs in a direction, and nothing if it cannot go there.
pub(super) fn unit_cycle(
    tables: &LinkedTables,
    incidence: &[Vec<usize>],
    target: usize,
    sign: i64,
    cell_weight: impl Fn(usize, i64) -> Option<f64>,
    fits: impl Fn(&BTreeMap<usize, i64>) -> bool,
) -> Option<BTreeMap<usize, i64>> {
    let mut search = CycleSearch {
        tables,
        incidence,
        cell_weight,
        residual: vec![0i64; tables.constraints.len()],
    };

    for attempt in 0..TRIES {
        let mut cycle = BTreeMap::from([(target, sign)]);
        let closed = search.close(&mut cycle, attempt);
        if closed && fits(&cycle) {
            return Some(cycle);
        }
        search.forget(&cycle);
    }

    None
}

struct CycleSearch<'a, W> {
    tables: &'a LinkedTables,
    incidence: &'a [Vec<usize>],
    cell_weight: W,
    /// How far each constraint is out of balance.
    residual: Vec<i64>,
}

impl<W: Fn(usize, i64) -> Option<f64>> CycleSearch<'_, W> {
    /// Adds partners to a cycle of one count until every constraint is in balance; says whether it came to that.
    fn close(&mut self, cycle: &mut BTreeMap<usize, i64>, attempt: u64) -> bool {
        let mut open: VecDeque<usize> = VecDeque::new();
        let mut step = cycle.iter().next().map(|(&i, &direction)| (i, direction));
        while let Some((i, direction)) = step.take() {
            cycle.insert(i, direction);
            for &q in &self.incidence[i] {
                self.residual[q] += direction * self.coefficient(q, i);
                if self.residual[q] != 0 {
                    open.push_back(q);
                }
            }

            // Constraints come back into balance while others wait before them.
            while open.front().is_some_and(|&r| self.residual[r] == 0) {
                open.pop_front();
            }
            let Some(&r) = open.front() else {
                return true;
            };
            if cycle.len() >= LONGEST {
                return false;
            }

            step = self.partner(r, cycle, attempt);
        }

        false
    }

    /// The cheapest count of constraint `r`, and its direction, that takes it towards balance.
    fn partner(
        &self,
        r: usize,
        cycle: &BTreeMap<usize, i64>,
        attempt: u64,
    ) -> Option<(usize, i64)> {
        let mut best: Option<(f64, (usize, i64))> = None;
        for &(j, k) in &self.tables.constraints[r].terms {
            let direction = -self.residual[r].signum() * k;
            if direction.abs() != 1 || cycle.contains_key(&j) {
                continue;
            }
            let Some(weight) = (self.cell_weight)(j, direction) else {
                continue;
            };

            let balance: f64 = self.incidence[j]
                .iter()
                .map(|&q| {
                    let after = self.residual[q] + direction * self.coefficient(q, j);
                    (after.abs() - self.residual[q].abs()) as f64
                })
                .sum();
            let cost = weight + BALANCE * balance + jitter(j, attempt);
            if best.is_none_or(|b| cost < b.0) {
                best = Some((cost, (j, direction)));
            }
        }

        best.map(|b| b.1)
    }

    /// Puts the constraints of a cycle that did not close back in balance.
    fn forget(&mut self, cycle: &BTreeMap<usize, i64>) {
        for &q in cycle.keys().flat_map(|&i| &self.incidence[i]) {
            self.residual[q] = 0;
        }
    }

    fn coefficient(&self, constraint: usize, cell: usize) -> i64 {
        let terms = &self.tables.constraints[constraint].terms;
        let at = terms.binary_search_by_key(&cell, |t| t.0);

        at.map_or(0, |at| terms[at].1)
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
