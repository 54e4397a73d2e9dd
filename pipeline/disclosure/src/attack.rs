//! What an attacker can compute from published counts: for each hidden one, its exact interval.
//!
//! It knows nothing but what is published, so it serves for files whose true values are not at hand. Bounds are first
//! propagated through the relations, then each group of hidden counts that depend on one another is minimised and
//! maximised, count by count, by linear programming.

use std::collections::BTreeMap;

use microlp::{ComparisonOp, OptimizationDirection, Problem, SolveOptions, Variable};

use super::model::{Interval, Protection, Relation, System};
use base::error::{Error, Result};

/// Two numbers closer than this are the same.
const NEAR: f64 = 1e-7;
/// Rounds of bound propagation; the programs that follow do not need it to converge.
const ROUNDS: usize = 60;
/// Branch-and-bound nodes granted to one whole-number program.
const NODES: u64 = 20_000;
/// An interval of that many times what is asked leaves no doubt.
const DOUBT: f64 = 3.0;

/// Counts as published.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Published {
    /// Published value of each count, or nothing if it is hidden.
    pub known: Vec<Option<f64>>,
    /// The least that everybody knows each count to be.
    pub floors: Vec<f64>,
    /// Equations over all counts.
    pub relations: Vec<Relation>,
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

impl Published {
    /// Counts of which nothing is known but that none is negative.
    pub fn new(known: Vec<Option<f64>>, relations: Vec<Relation>) -> Self {
        let floors = vec![0.0; known.len()];
        Self {
            known,
            floors,
            relations,
            bounds: Vec::new(),
            shares: Vec::new(),
        }
    }

    /// What is left of `system` when `hidden` counts are.
    pub fn of(system: &System, hidden: &[bool]) -> Self {
        let unknown = system.unknown(hidden);
        let known = system
            .counts
            .iter()
            .zip(unknown)
            .map(|(c, u)| (!u).then_some(c.value as f64))
            .collect();
        Self {
            known,
            floors: system.counts.iter().map(|c| c.floor as f64).collect(),
            relations: system.relations.clone(),
            bounds: system.bounds.clone(),
            shares: Vec::new(),
        }
    }
}

/// The interval of every count: its value twice where it is known. With `whole`, the attacker also uses that counts
/// are whole numbers.
///
/// # Errors
/// `Refused` when no value of the hidden counts fits what is published, or when a whole-number program is too hard.
pub fn attack(published: &Published, whole: bool) -> Result<Vec<Interval>> {
    let numbers = if whole { Numbers::Whole } else { Numbers::Real };
    run(published, numbers)
}

/// The interval of every count in real numbers, and in whole ones where reals leave a doubt: where they find it as wide as
/// `need` asks, but not by much, and it may be small. A whole-number program that is too hard leaves the wider interval.
///
/// # Errors
/// `Refused` when no value of the hidden counts fits what is published.
pub fn attack_in_doubt(published: &Published, need: Protection) -> Result<Vec<Interval>> {
    run(published, Numbers::WholeInDoubt(need))
}

/// Which numbers counts may be.
#[derive(Debug, Clone, Copy)]
enum Numbers {
    Real,
    Whole,
    WholeInDoubt(Protection),
}

impl Numbers {
    /// Whether whole numbers may confine a count more closely than asked where real ones do not.
    fn doubts(self, interval: Interval) -> bool {
        match self {
            Numbers::WholeInDoubt(need) => {
                need.holds(interval.low, interval.high)
                    && interval.low < need.min_upper as f64
                    && interval.width() < DOUBT * need.min_width as f64
            }
            _ => false,
        }
    }
}

fn run(published: &Published, numbers: Numbers) -> Result<Vec<Interval>> {
    let mut intervals = at_first(published);
    let rows = rows(published);
    propagate(&rows, &mut intervals)?;
    for group in groups(&rows, &intervals, 2) {
        attack_group(&rows, &group, &mut intervals, numbers)?;
    }
    Ok(intervals)
}

/// What is known of each count before any condition is used.
pub(super) fn at_first(published: &Published) -> Vec<Interval> {
    let counts = published.known.iter().zip(&published.floors);
    counts
        .map(|(known, &floor)| Interval {
            low: known.unwrap_or(floor),
            high: known.unwrap_or(f64::INFINITY),
        })
        .collect()
}

/// One linear condition: `Σ coefficient · count = 0`, or `≤ 0`.
pub(super) struct Row {
    pub(super) terms: Vec<(usize, f64)>,
    pub(super) equal: bool,
}

/// A row of one group's program: what is known has moved to its right-hand side.
struct Constraint {
    terms: Vec<(usize, f64)>,
    equal: bool,
    right: f64,
}

/// The conditions: sums, bounds, then two for each share.
pub(super) fn rows(published: &Published) -> Vec<Row> {
    let equations = published.relations.iter().map(|r| Row {
        terms: r.terms.iter().map(|&(i, k)| (i, k as f64)).collect(),
        equal: true,
    });
    let bounds = published.bounds.iter().map(|&(part, whole)| Row {
        terms: vec![(part, 1.0), (whole, -1.0)],
        equal: false,
    });
    let shares = published.shares.iter().flat_map(|s| {
        [
            vec![(s.part, 1.0), (s.whole, -s.high)],
            vec![(s.part, -1.0), (s.whole, s.low)],
        ]
        .map(|terms| Row {
            terms,
            equal: false,
        })
    });
    equations.chain(bounds).chain(shares).collect()
}

fn inconsistent() -> Error {
    Error::refused(
        "les effectifs publiés se contredisent : aucune valeur des cellules masquées ne convient",
    )
    .hint("vérifiez que les fichiers viennent de la même publication, ou auditez-les séparément")
}

/// Tightens the intervals by what each condition says alone, until little changes.
fn propagate(rows: &[Row], intervals: &mut [Interval]) -> Result<()> {
    for _ in 0..ROUNDS {
        let mut changed = false;
        for row in rows {
            changed |= tighten(&row.terms, intervals)?;
            if row.equal {
                let opposite: Vec<_> = row.terms.iter().map(|&(i, k)| (i, -k)).collect();
                changed |= tighten(&opposite, intervals)?;
            }
        }
        if !changed {
            break;
        }
    }
    Ok(())
}

/// Uses `Σ coefficient · count ≤ 0`.
fn tighten(terms: &[(usize, f64)], intervals: &mut [Interval]) -> Result<bool> {
    let least = |(i, k): (usize, f64), iv: &[Interval]| {
        if k > 0.0 {
            k * iv[i].low
        } else {
            k * iv[i].high
        }
    };
    let mut changed = false;
    for (at, &(i, k)) in terms.iter().enumerate() {
        if intervals[i].width() == 0.0 {
            continue;
        }
        let others: f64 = terms
            .iter()
            .enumerate()
            .filter(|&(o, _)| o != at)
            .map(|(_, &t)| least(t, intervals))
            .sum();
        if !others.is_finite() {
            continue;
        }
        let limit = -others / k;
        let iv = &mut intervals[i];
        if k > 0.0 && limit < iv.high - NEAR {
            iv.high = limit;
            changed = true;
        } else if k < 0.0 && limit > iv.low + NEAR {
            iv.low = limit;
            changed = true;
        }
        if iv.low > iv.high + 1e-6 {
            return Err(inconsistent());
        }
        if iv.width() < NEAR {
            iv.low = iv.low.max(iv.high.round()).min(iv.high);
            iv.high = iv.low;
        }
    }
    Ok(changed)
}

/// Unknown counts by group of `least` or more, in order: two of one condition are in the same group.
pub(super) fn groups(rows: &[Row], intervals: &[Interval], least: usize) -> Vec<Vec<usize>> {
    let mut leader: Vec<usize> = (0..intervals.len()).collect();
    fn find(leader: &mut [usize], mut i: usize) -> usize {
        while leader[i] != i {
            leader[i] = leader[leader[i]];
            i = leader[i];
        }
        i
    }
    let open = |i: &usize| intervals[*i].width() > 0.0;
    for row in rows {
        let mut unknown = row.terms.iter().map(|t| t.0).filter(open);
        if let Some(first) = unknown.next() {
            for other in unknown {
                let (a, b) = (find(&mut leader, first), find(&mut leader, other));
                leader[a.max(b)] = a.min(b);
            }
        }
    }
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for i in (0..intervals.len()).filter(open) {
        members.entry(find(&mut leader, i)).or_default().push(i);
    }
    members.into_values().filter(|m| m.len() >= least).collect()
}

fn attack_group(
    rows: &[Row],
    group: &[usize],
    intervals: &mut [Interval],
    numbers: Numbers,
) -> Result<()> {
    let whole = matches!(numbers, Numbers::Whole);
    let position: BTreeMap<usize, usize> = group.iter().enumerate().map(|(p, &i)| (i, p)).collect();
    let inside: Vec<Constraint> = rows
        .iter()
        .filter(|row| row.terms.iter().any(|t| position.contains_key(&t.0)))
        .map(|row| {
            let terms = row
                .terms
                .iter()
                .filter_map(|&(i, k)| Some((*position.get(&i)?, k)))
                .collect();
            let known = row.terms.iter().filter(|t| !position.contains_key(&t.0));
            let right: f64 = -known.map(|&(i, k)| k * intervals[i].low).sum::<f64>();
            Constraint {
                terms,
                equal: row.equal,
                right,
            }
        })
        .collect();
    let limits: Vec<Interval> = group.iter().map(|&i| intervals[i]).collect();
    // Each solution is a point for every count of the group: one that stands at its limit needs no program.
    let mut reached = vec![(false, false); group.len()];
    let mut found = limits.clone();
    for at in 0..group.len() {
        for upward in [false, true] {
            let done = if upward { reached[at].1 } else { reached[at].0 };
            if done {
                continue;
            }
            match optimum(&inside, &limits, at, upward, whole)? {
                None => found[at].high = f64::INFINITY,
                Some(point) => {
                    if upward {
                        found[at].high = snap(point[at]);
                    } else {
                        found[at].low = snap(point[at]);
                    }
                    for (p, &x) in point.iter().enumerate() {
                        reached[p].0 |= x <= limits[p].low + NEAR;
                        reached[p].1 |= x >= limits[p].high - NEAR;
                    }
                }
            }
        }
    }
    for at in 0..group.len() {
        if !numbers.doubts(found[at]) {
            continue;
        }
        for upward in [false, true] {
            if let Ok(Some(point)) = optimum(&inside, &limits, at, upward, true) {
                match upward {
                    true => found[at].high = found[at].high.min(snap(point[at])),
                    false => found[at].low = found[at].low.max(snap(point[at])),
                }
            }
        }
    }
    for (&i, interval) in group.iter().zip(found) {
        intervals[i] = interval;
    }
    Ok(())
}

/// The point that minimises or maximises one count; nothing when it has no upper limit.
fn optimum(
    rows: &[Constraint],
    limits: &[Interval],
    at: usize,
    upward: bool,
    whole: bool,
) -> Result<Option<Vec<f64>>> {
    let direction = if upward {
        OptimizationDirection::Maximize
    } else {
        OptimizationDirection::Minimize
    };
    let mut problem = Problem::new(direction);
    let variables: Vec<Variable> = limits
        .iter()
        .enumerate()
        .map(|(p, l)| {
            let goal = if p == at { 1.0 } else { 0.0 };
            if whole {
                let high = l.high.min(f64::from(i32::MAX)).floor() as i32;
                problem.add_integer_var(goal, ((l.low - 1e-6).ceil() as i32, high))
            } else {
                problem.add_var(goal, (l.low, l.high))
            }
        })
        .collect();
    for Constraint {
        terms,
        equal,
        right,
    } in rows
    {
        let expression: Vec<(Variable, f64)> =
            terms.iter().map(|&(p, k)| (variables[p], k)).collect();
        let operator = if *equal {
            ComparisonOp::Eq
        } else {
            ComparisonOp::Le
        };
        problem.add_constraint(expression, operator, *right);
    }
    let mut options = SolveOptions::default();
    options.node_limit = whole.then_some(NODES);
    super::programs::count();
    match problem.solve_with(options) {
        Ok(outcome) if outcome.is_optimal() => {
            let solution = outcome.into_solution().map_err(|_| too_hard())?;
            let point: Vec<f64> = variables.iter().map(|&v| solution.var_value(v)).collect();
            // The widest value a whole-number program can hold stands for no limit.
            let unlimited = whole && point[at] >= f64::from(i32::MAX) - 1.0;
            Ok((!unlimited).then_some(point))
        }
        Ok(_) => Err(too_hard()),
        Err(microlp::Error::Unbounded) => Ok(None),
        Err(microlp::Error::Infeasible) => Err(inconsistent()),
        Err(e) => Err(Error::refused("l'attaque par programmation linéaire a échoué").caused_by(e)),
    }
}

fn too_hard() -> Error {
    Error::refused("l'attaque en nombres entiers n'aboutit pas sur cet ensemble de tableaux")
        .hint("attaquez en nombres réels, ou moins de tableaux à la fois")
}

/// Removes the rounding noise of a whole result.
fn snap(x: f64) -> f64 {
    if (x - x.round()).abs() < 1e-6 {
        x.round()
    } else {
        x
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[derive(serde::Deserialize)]
    struct Case {
        cells: BTreeMap<String, f64>,
        relations: Vec<(String, Vec<String>)>,
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
            let relations = case
                .relations
                .iter()
                .map(|(t, d)| Relation::sum(at(t), d.iter().map(at)))
                .collect();
            let published = Published::new(known, relations);
            for (whole, expected) in [(false, &case.lp_interval), (true, &case.milp_interval)] {
                // Totals that are whole leave the whole-number attacker of these tables no more than the other.
                let expected = if expected.is_empty() {
                    &case.lp_interval
                } else {
                    expected
                };
                let intervals = attack(&published, whole).unwrap();
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
        let published = Published::new(
            vec![Some(5.0), Some(7.0), None],
            vec![Relation::sum(0, [1, 2])],
        );
        assert!(attack(&published, false).is_err());
    }

    #[test]
    fn a_count_that_nothing_bounds_is_unbounded() {
        let published = Published::new(vec![None, Some(7.0), None], vec![Relation::sum(0, [1, 2])]);
        let intervals = attack(&published, false).unwrap();
        assert_eq!(
            intervals[0],
            Interval {
                low: 7.0,
                high: f64::INFINITY
            }
        );
        assert_eq!(
            intervals[2],
            Interval {
                low: 0.0,
                high: f64::INFINITY
            }
        );
    }
}
