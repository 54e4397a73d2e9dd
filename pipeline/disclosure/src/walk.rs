//! Moves by ±1: changes of counts by the same amount, up or down, that no relation sees. In tables with margins most
//! moves are of this kind (the corners of a box, in turn + and −) and are found without solving anything: whichever
//! relation is out of balance gets a partner, the cheapest that puts most relations back in balance.
//!
//! Nothing here is proof: who uses a walk verifies it.

use std::collections::{BTreeMap, VecDeque};

use super::model::System;

/// Largest walk.
const LONGEST: usize = 160;
/// Tries, each with another tie-breaking.
const TRIES: u64 = 4;
/// What a relation put out of balance weighs against prices.
const BALANCE: f64 = 3.0;

/// Directions by count, `target` going in direction `sign`; nothing if no try comes to an end. `price` says what a count
/// costs in a direction, and nothing if it cannot go there.
pub(super) fn walk(
    system: &System,
    incidence: &[Vec<usize>],
    target: usize,
    sign: i64,
    price: impl Fn(usize, i64) -> Option<f64>,
    fits: impl Fn(&BTreeMap<usize, i64>) -> bool,
) -> Option<BTreeMap<usize, i64>> {
    let mut residual = vec![0i64; system.relations.len()];
    for attempt in 0..TRIES {
        let mut walk = BTreeMap::from([(target, sign)]);
        let closed = close(system, incidence, &price, attempt, &mut walk, &mut residual);
        if closed && fits(&walk) {
            return Some(walk);
        }
        for &q in walk.keys().flat_map(|&i| &incidence[i]) {
            residual[q] = 0;
        }
    }
    None
}

/// Adds partners to a walk of one count until every relation is in balance; says whether it came to that.
fn close(
    system: &System,
    incidence: &[Vec<usize>],
    price: &impl Fn(usize, i64) -> Option<f64>,
    attempt: u64,
    walk: &mut BTreeMap<usize, i64>,
    residual: &mut [i64],
) -> bool {
    let mut open: VecDeque<usize> = VecDeque::new();
    let mut step = walk.iter().next().map(|(&i, &direction)| (i, direction));
    while let Some((i, direction)) = step.take() {
        walk.insert(i, direction);
        for &q in &incidence[i] {
            residual[q] += direction * coefficient(system, q, i);
            if residual[q] != 0 {
                open.push_back(q);
            }
        }
        while let Some(&r) = open.front() {
            if residual[r] != 0 {
                break;
            }
            open.pop_front();
        }
        let Some(&r) = open.front() else {
            return true;
        };
        if walk.len() >= LONGEST {
            return false;
        }
        let mut best: Option<f64> = None;
        for &(j, k) in &system.relations[r].terms {
            let direction = -residual[r].signum() * k;
            if direction.abs() != 1 || walk.contains_key(&j) {
                continue;
            }
            let Some(price) = price(j, direction) else {
                continue;
            };
            let balance: f64 = incidence[j]
                .iter()
                .map(|&q| {
                    let after = residual[q] + direction * coefficient(system, q, j);
                    (after.abs() - residual[q].abs()) as f64
                })
                .sum();
            let cost = price + BALANCE * balance + jitter(j, attempt);
            if best.is_none_or(|b| cost < b) {
                best = Some(cost);
                step = Some((j, direction));
            }
        }
    }
    false
}

fn coefficient(system: &System, relation: usize, count: usize) -> i64 {
    let terms = &system.relations[relation].terms;
    terms
        .binary_search_by_key(&count, |t| t.0)
        .map_or(0, |at| terms[at].1)
}

/// Breaks ties otherwise at each try; always the same for the same count and try.
fn jitter(count: usize, attempt: u64) -> f64 {
    if attempt == 0 {
        return 0.0;
    }
    let mixed = (count as u64 + 1)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .wrapping_mul(2 * attempt + 1);
    (mixed >> 40) as f64 / (1u64 << 24) as f64 * 4.0
}
