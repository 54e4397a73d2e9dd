//! Conditions that published figures contradict.
//!
//! Of files that hide counts, not every sum that their headers tell of can be checked: a header says that communes add up to
//! their région, and in one file a commune may be missing. An attacker who meets a contradiction gives up the assumption that
//! makes it, and so does this one: the conditions to leave out are those whose violations add up to the least, found by an
//! elastic linear program (Brown & Graves 1975; Chinneck 2008, ch. 6).

use microlp::{ComparisonOp, OptimizationDirection, Problem, Variable};

use super::attack::{Published, Row, at_first, groups, rows};
use super::model::Interval;
use base::error::{Error, Result};

/// A condition violated by less holds.
const HOLDS: f64 = 1e-6;

/// Leaves out of `published` the conditions that its figures contradict; returns, for each of them, the count that stood first
/// in it.
///
/// # Errors
/// `Refused` if the program cannot be solved.
pub(super) fn leave_out_contradictions(published: &mut Published) -> Result<Vec<usize>> {
    let start = at_first(published);
    let conditions = rows(published);
    let mut broken = vec![false; conditions.len()];
    for group in groups(&conditions, &start, 1) {
        let inside: Vec<usize> = (0..conditions.len())
            .filter(|&c| {
                let mut counts = conditions[c].terms.iter().map(|t| t.0);
                counts.any(|i| group.binary_search(&i).is_ok())
            })
            .collect();
        for c in violated(&conditions, &inside, &group, &start)? {
            broken[c] = true;
        }
    }
    let (sums, bounds) = (published.relations.len(), published.bounds.len());
    let about = (0..conditions.len())
        .filter(|&c| broken[c])
        .filter_map(|c| conditions[c].terms.first().map(|t| t.0))
        .collect();
    let keep = |from: usize, each: usize| {
        let broken = &broken;
        let mut at = from;
        move || {
            let kept = !broken[at..at + each].contains(&true);
            at += each;
            kept
        }
    };
    let mut next = keep(0, 1);
    published.relations.retain(|_| next());
    let mut next = keep(sums, 1);
    published.bounds.retain(|_| next());
    // A share is two conditions, from above and from below.
    let mut next = keep(sums + bounds, 2);
    published.shares.retain(|_| next());
    Ok(about)
}

/// Those of the conditions `inside` that are violated where violations add up to the least.
fn violated(
    conditions: &[Row],
    inside: &[usize],
    group: &[usize],
    start: &[Interval],
) -> Result<Vec<usize>> {
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let counts: Vec<Variable> = group
        .iter()
        .map(|&i| problem.add_var(0.0, (start[i].low, start[i].high)))
        .collect();
    let mut slacks: Vec<(usize, Variable)> = Vec::new();
    for &c in inside {
        let condition = &conditions[c];
        let mut terms: Vec<(Variable, f64)> = Vec::new();
        let mut right = 0.0;
        for &(i, k) in &condition.terms {
            match group.binary_search(&i) {
                Ok(at) => terms.push((counts[at], k)),
                Err(_) => right -= k * start[i].low,
            }
        }
        let over = problem.add_var(1.0, (0.0, f64::INFINITY));
        terms.push((over, -1.0));
        slacks.push((c, over));
        let operator = if condition.equal {
            let under = problem.add_var(1.0, (0.0, f64::INFINITY));
            terms.push((under, 1.0));
            slacks.push((c, under));
            ComparisonOp::Eq
        } else {
            ComparisonOp::Le
        };
        problem.add_constraint(terms, operator, right);
    }
    let failed = || Error::refused("l'attaque par programmation linéaire a échoué");
    super::programs::count();
    let outcome = problem.solve().map_err(|e| failed().caused_by(e))?;
    let solution = outcome.into_solution().map_err(|_| failed())?;
    Ok(slacks
        .into_iter()
        .filter(|&(_, slack)| solution.var_value(slack) > HOLDS)
        .map(|(c, _)| c)
        .collect())
}
