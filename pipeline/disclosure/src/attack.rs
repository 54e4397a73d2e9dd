//! What an attacker can compute from published counts: for each hidden one, its exact interval.
//!
//! It knows nothing but what is published, so it serves for files whose true values are not at hand. Bounds are first
//! propagated through the constraints, then each group of hidden counts that depend on one another is minimised and
//! maximised, count by count, by linear programming.

mod propagation;

use std::collections::BTreeMap;
use std::thread;

use propagation::{NEAR, inconsistent, propagate};

use super::lp::{Condition, Goal, LinearProgram};
use super::model::{
    AdditivityConstraint, FeasibilityInterval, LinkedTables, ProtectionRequirement,
};
use base::error::{Error, Result};

/// Branch-and-bound nodes granted to one whole-number program.
const NODES: u64 = 20_000;
/// A group is attacked in this many parts at once.
const PARTS: usize = 4;
/// An interval of that many times what is asked leaves no doubt.
const DOUBT: f64 = 3.0;

/// Counts as published.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AttackerProblem {
    /// Published value of each count, or nothing if it is hidden.
    pub known: Vec<Option<f64>>,
    /// The least that everybody knows each count to be.
    pub floors: Vec<f64>,
    /// Equations over all counts.
    pub constraints: Vec<AdditivityConstraint>,
    /// Pairs `(part, whole)`, the first at most the second.
    pub bounds: Vec<(usize, usize)>,
    /// Published shares of hidden counts.
    pub shares: Vec<Share>,
}

/// A rounded share: `low ≤ part / whole ≤ high`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// The numerator's count.
    pub part: usize,
    /// The denominator's count.
    pub whole: usize,
    /// Least value that rounds to what is printed, 0 to 1.
    pub low: f64,
    /// Greatest value that rounds to what is printed, 0 to 1.
    pub high: f64,
}

impl AttackerProblem {
    /// Counts of which nothing is known but that none is negative.
    pub fn new(known: Vec<Option<f64>>, constraints: Vec<AdditivityConstraint>) -> Self {
        let floors = vec![0.0; known.len()];

        Self {
            known,
            floors,
            constraints,
            bounds: Vec::new(),
            shares: Vec::new(),
        }
    }

    /// What is left of `tables` when `hidden` counts are.
    pub fn of(tables: &LinkedTables, hidden: &[bool]) -> Self {
        let unknown = tables.unknown(hidden);
        let cells = tables.cells.iter().zip(unknown);

        Self {
            known: cells.map(|(c, unknown)| (!unknown).then_some(c.value as f64)).collect(),
            floors: tables.cells.iter().map(|c| c.floor as f64).collect(),
            constraints: tables.constraints.clone(),
            bounds: tables.bounds.clone(),
            shares: Vec::new(),
        }
    }

    /// What is known of each count before any condition is used.
    pub(super) fn starting_intervals(&self) -> Vec<FeasibilityInterval> {
        let cells = self.known.iter().zip(&self.floors);

        cells
            .map(|(known, &floor)| FeasibilityInterval {
                low: known.unwrap_or(floor),
                high: known.unwrap_or(f64::INFINITY),
            })
            .collect()
    }

    /// The conditions: sums, bounds, then two for each share.
    pub(super) fn conditions(&self) -> Vec<Condition> {
        let sums = self.constraints.iter().map(Condition::sum);
        let bounds = self.bounds.iter().copied().map(Condition::bound);
        let shares = self.shares.iter().flat_map(|s| {
            [vec![(s.part, 1.0), (s.whole, -s.high)], vec![(s.part, -1.0), (s.whole, s.low)]]
        });

        sums.chain(bounds).chain(shares.map(Condition::at_most_zero)).collect()
    }
}

/// The interval of every count: its value twice where it is known. With `whole`, the attacker also uses that counts
/// are whole numbers.
///
/// # Errors
/// `Refused` when no value of the hidden counts fits what is published, or when a whole-number program is too hard.
pub fn attack(problem: &AttackerProblem, whole: bool) -> Result<Vec<FeasibilityInterval>> {
    let numbers = if whole { Numbers::Whole } else { Numbers::Real };
    run(problem, numbers)
}

/// The interval of every count in real numbers, and in whole ones where reals leave a doubt: where they find it as wide as
/// `requirement` asks, but not by much, and it may be small. A whole-number program that is too hard leaves the wider interval.
///
/// # Errors
/// `Refused` when no value of the hidden counts fits what is published.
pub fn attack_in_doubt(
    problem: &AttackerProblem,
    requirement: ProtectionRequirement,
) -> Result<Vec<FeasibilityInterval>> {
    run(problem, Numbers::WholeInDoubt(requirement))
}

/// Which numbers counts may be.
#[derive(Debug, Clone, Copy)]
enum Numbers {
    Real,
    Whole,
    WholeInDoubt(ProtectionRequirement),
}

impl Numbers {
    /// Whether whole numbers may confine a count more closely than asked where real ones do not.
    fn doubts(self, interval: FeasibilityInterval) -> bool {
        match self {
            Numbers::WholeInDoubt(requirement) => {
                requirement.holds(interval.low, interval.high)
                    && interval.low < requirement.upper_bound as f64
                    && interval.width() < DOUBT * requirement.sliding_level as f64
            }
            _ => false,
        }
    }
}

fn run(problem: &AttackerProblem, numbers: Numbers) -> Result<Vec<FeasibilityInterval>> {
    let mut intervals = problem.starting_intervals();
    let conditions = problem.conditions();
    propagate(&conditions, &mut intervals)?;

    for group in groups(&conditions, &intervals, 2) {
        attack_group(&conditions, &group, &mut intervals, numbers)?;
    }

    Ok(intervals)
}

/// The representative of the group of `i`; shortens the way to it for the next call.
fn find(leader: &mut [usize], mut i: usize) -> usize {
    while leader[i] != i {
        leader[i] = leader[leader[i]];
        i = leader[i];
    }

    i
}

/// Unknown counts by group of `least` or more, in order: two of one condition are in the same group.
pub(super) fn groups(
    conditions: &[Condition],
    intervals: &[FeasibilityInterval],
    least: usize,
) -> Vec<Vec<usize>> {
    let open = |i: &usize| intervals[*i].width() > 0.0;
    let mut leader: Vec<usize> = (0..intervals.len()).collect();
    for condition in conditions {
        let mut unknown = condition.terms.iter().map(|t| t.0).filter(open);
        let Some(first) = unknown.next() else {
            continue;
        };

        for other in unknown {
            let (a, b) = (find(&mut leader, first), find(&mut leader, other));
            leader[a.max(b)] = a.min(b);
        }
    }

    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for i in (0..intervals.len()).filter(open) {
        members.entry(find(&mut leader, i)).or_default().push(i);
    }
    members.into_values().filter(|m| m.len() >= least).collect()
}

/// Those of `conditions` (by index) in which a count of `group`, sorted, stands; known counts moved to the right-hand side.
pub(super) fn conditions_within(
    conditions: &[Condition],
    group: &[usize],
    intervals: &[FeasibilityInterval],
) -> Vec<(usize, Condition)> {
    let inside = |i: usize| group.binary_search(&i).is_ok();
    let touching = conditions.iter().enumerate();

    touching
        .filter(|(_, condition)| condition.terms.iter().any(|t| inside(t.0)))
        .map(|(c, condition)| (c, condition.restricted(inside, |i| intervals[i].low)))
        .collect()
}

fn attack_group(
    conditions: &[Condition],
    group: &[usize],
    intervals: &mut [FeasibilityInterval],
    numbers: Numbers,
) -> Result<()> {
    let inside = conditions_within(conditions, group, intervals);
    let attack = GroupAttack {
        conditions: inside.into_iter().map(|c| c.1).collect(),
        limits: group.iter().map(|&i| intervals[i]).collect(),
        group,
    };

    let mut found = attack.extremes(matches!(numbers, Numbers::Whole))?;
    let in_doubt = (0..group.len()).filter(|&at| numbers.doubts(found[at]));
    for at in in_doubt.collect::<Vec<_>>() {
        if let Ok(Some(point)) = attack.optimum(at, false, true) {
            found[at].low = found[at].low.max(snap(point[at]));
        }
        if let Ok(Some(point)) = attack.optimum(at, true, true) {
            found[at].high = found[at].high.min(snap(point[at]));
        }
    }

    for (&i, interval) in group.iter().zip(found) {
        intervals[i] = interval;
    }
    Ok(())
}

/// Counts that depend on one another: the conditions among them, and what is known of each by propagation.
struct GroupAttack<'a> {
    group: &'a [usize],
    conditions: Vec<Condition>,
    limits: Vec<FeasibilityInterval>,
}

impl GroupAttack<'_> {
    /// The least and greatest value of each count of the group.
    fn extremes(&self, whole: bool) -> Result<Vec<FeasibilityInterval>> {
        let positions: Vec<usize> = (0..self.group.len()).collect();
        let found: Vec<_> = thread::scope(|scope| {
            let workers: Vec<_> = positions
                .chunks(positions.len().div_ceil(PARTS).max(1))
                .map(|part| scope.spawn(move || self.extremes_of(part, whole)))
                .collect();
            let died = || Err(Error::refused("l'attaque par programmation linéaire a échoué"));
            workers.into_iter().map(|w| w.join().unwrap_or_else(|_| died())).collect()
        });

        let found: Result<Vec<Vec<FeasibilityInterval>>> = found.into_iter().collect();
        Ok(found?.concat())
    }

    /// The same of the counts at those positions.
    fn extremes_of(&self, positions: &[usize], whole: bool) -> Result<Vec<FeasibilityInterval>> {
        // Each solution is a point for every count of the group: one that stands at its limit needs no program.
        let mut reached = vec![[false; 2]; self.group.len()];
        let mut found = Vec::with_capacity(positions.len());
        for &at in positions {
            let mut interval = self.limits[at];
            for upward in [false, true] {
                if reached[at][usize::from(upward)] {
                    continue;
                }
                let Some(point) = self.optimum(at, upward, whole)? else {
                    interval.high = f64::INFINITY;
                    continue;
                };

                if upward {
                    interval.high = snap(point[at]);
                } else {
                    interval.low = snap(point[at]);
                }
                for ((reached, limit), &x) in reached.iter_mut().zip(&self.limits).zip(&point) {
                    reached[0] |= x <= limit.low + NEAR;
                    reached[1] |= x >= limit.high - NEAR;
                }
            }
            found.push(interval);
        }

        Ok(found)
    }

    /// The point that minimises or maximises one count; nothing when it has no upper limit.
    fn optimum(&self, at: usize, upward: bool, whole: bool) -> Result<Option<Vec<f64>>> {
        let goal = if upward { Goal::Maximize } else { Goal::Minimize };
        let mut program = LinearProgram::new(goal, whole.then_some(NODES));
        for (p, (&i, limit)) in self.group.iter().zip(&self.limits).enumerate() {
            let weight = if p == at { 1.0 } else { 0.0 };
            program.add(i, 1.0, weight, (limit.low, limit.high));
        }
        for condition in &self.conditions {
            program.require(condition);
        }

        match program.solve() {
            Ok(Some(found)) if found.is_optimal => {
                let point: Vec<f64> = found.cells().map(|cell| cell.1).collect();
                // The widest value a whole-number program can hold stands for no limit.
                let unlimited = whole && point[at] >= f64::from(i32::MAX) - 1.0;
                Ok((!unlimited).then_some(point))
            }
            Ok(_) => Err(too_hard()),
            Err(microlp::Error::Unbounded) => Ok(None),
            Err(microlp::Error::Infeasible) => Err(inconsistent()),
            Err(e) => {
                Err(Error::refused("l'attaque par programmation linéaire a échoué").caused_by(e))
            }
        }
    }
}

fn too_hard() -> Error {
    Error::refused("l'attaque en nombres entiers n'aboutit pas sur cet ensemble de tableaux")
        .hint("attaquez en nombres réels, ou moins de tableaux à la fois")
}

/// Removes the rounding noise of a whole result.
fn snap(x: f64) -> f64 {
    if (x - x.round()).abs() < 1e-6 { x.round() } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Case {
        cells: BTreeMap<String, f64>,
        #[serde(rename = "relations")]
        constraints: Vec<(String, Vec<String>)>,
        suppressed: Vec<String>,
        lp_interval: BTreeMap<String, (f64, f64)>,
        #[serde(default)]
        milp_interval: BTreeMap<String, (f64, f64)>,
    }

    #[test]
    fn known_answers() {
        let text = include_str!("../../../tests/reference/suppression.json");
        let cases: BTreeMap<String, Case> = serde_json::from_str(text).unwrap();
        assert_eq!(cases.len(), 3);
        for (name, case) in cases {
            let names: Vec<&String> = case.cells.keys().collect();
            let at = |n: &String| names.iter().position(|m| *m == n).unwrap();
            let known = case
                .cells
                .iter()
                .map(|(n, &v)| (!case.suppressed.contains(n)).then_some(v))
                .collect();
            let constraints = case
                .constraints
                .iter()
                .map(|(t, d)| AdditivityConstraint::sum(at(t), d.iter().map(at)))
                .collect();
            let problem = AttackerProblem::new(known, constraints);
            for (whole, expected) in [(false, &case.lp_interval), (true, &case.milp_interval)] {
                // Totals that are whole leave the whole-number attacker of these tables no more than the other.
                let expected = if expected.is_empty() { &case.lp_interval } else { expected };
                let intervals = attack(&problem, whole).unwrap();
                for (cell, &(low, high)) in expected {
                    let got = intervals[at(cell)];
                    assert!(
                        (got.low - low).abs() < 1e-6 && (got.high - high).abs() < 1e-6,
                        "{name} {cell} whole={whole}: {got:?}, expected [{low}, {high}]"
                    );
                }
            }
        }
    }

    #[test]
    fn contradictions_are_told() {
        let problem = AttackerProblem::new(
            vec![Some(5.0), Some(7.0), None],
            vec![AdditivityConstraint::sum(0, [1, 2])],
        );
        assert!(attack(&problem, false).is_err());
    }

    #[test]
    fn a_count_that_nothing_bounds_is_unbounded() {
        let problem = AttackerProblem::new(
            vec![None, Some(7.0), None],
            vec![AdditivityConstraint::sum(0, [1, 2])],
        );
        let intervals = attack(&problem, false).unwrap();
        assert_eq!(intervals[0], FeasibilityInterval { low: 7.0, high: f64::INFINITY });
        assert_eq!(intervals[2], FeasibilityInterval { low: 0.0, high: f64::INFINITY });
    }
}
