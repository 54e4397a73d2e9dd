//! Conditions that published figures contradict.
//!
//! Of files that hide counts, not every sum that their headers tell of can be checked: a header says that communes add up to
//! their région, and in one file a commune may be missing. An attacker who meets a contradiction gives up the assumption that
//! makes it, and so does this one: the conditions to leave out are those whose violations add up to the least, found by an
//! elastic linear program (Brown & Graves 1975; Chinneck 2008, ch. 6).

use super::attack::{AttackerProblem, conditions_within, groups};
use super::lp::{Condition, Goal, LinearProgram};
use super::model::FeasibilityInterval;
use base::error::{Error, Result};

/// A condition violated by less holds.
const HOLDS: f64 = 1e-6;

/// Leaves out of `problem` the conditions that its figures contradict; returns, for each of them, the count that stood first
/// in it.
///
/// # Errors
/// `Refused` if the program cannot be solved.
pub(super) fn leave_out_contradictions(problem: &mut AttackerProblem) -> Result<Vec<usize>> {
    let start = problem.starting_intervals();
    let conditions = problem.conditions();
    let mut broken = vec![false; conditions.len()];
    for group in groups(&conditions, &start, 1) {
        let inside = conditions_within(&conditions, &group, &start);
        for c in violated(&inside, &group, &start)? {
            broken[c] = true;
        }
    }

    // Conditions come in this order: sums, bounds, then two for each share, from above and from below.
    let mut verdicts = broken.iter();
    let mut holds = || verdicts.next() == Some(&false);
    problem.constraints.retain(|_| holds());
    problem.bounds.retain(|_| holds());
    problem.shares.retain(|_| holds() & holds());

    let left_out = conditions.iter().zip(&broken).filter(|(_, broken)| **broken);
    Ok(left_out
        .filter_map(|(condition, _)| condition.terms.first().map(|t| t.0))
        .collect())
}

/// Those of the conditions `inside` (by index) that are violated where violations add up to the least.
fn violated(
    inside: &[(usize, Condition)],
    group: &[usize],
    start: &[FeasibilityInterval],
) -> Result<Vec<usize>> {
    let mut program = LinearProgram::new(Goal::Minimize, None);
    for &i in group {
        program.add(i, 1.0, 0.0, (start[i].low, start[i].high));
    }
    let slacks: Vec<_> = inside
        .iter()
        .map(|(c, condition)| (*c, program.require_elastic(condition, 1.0)))
        .collect();

    let failed = || Error::refused("l'attaque par programmation linéaire a échoué");
    let solved = program.solve().map_err(|e| failed().caused_by(e))?;
    let point = solved.ok_or_else(failed)?;

    let is_violated = slacks.into_iter().filter(|(_, sides)| {
        let mut sides = sides.iter();
        sides.any(|&slack| point.value(slack) > HOLDS)
    });
    Ok(is_violated.map(|(c, _)| c).collect())
}
