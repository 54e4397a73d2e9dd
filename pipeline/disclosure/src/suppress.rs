//! Secondary suppression: which further counts to hide so that no sensitive one can be confined.
//!
//! A sensitive count is protected by a *move*: a change of hidden counts that leaves every published figure and every
//! relation as they are. Along a move the attacker sees nothing, so the count may be anywhere on it. For each
//! sensitive count that no known move protects, a small linear program finds the cheapest new move in its
//! neighbourhood: counts already hidden move free of charge, others at the price of hiding them. The neighbourhood
//! grows until there is a move; there always is one, since multiplying every count by the same number breaks no
//! relation. A last pass reopens what later moves made needless.

mod near;
mod reopen;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use microlp::{ComparisonOp, OptimizationDirection, Problem, SolveOptions, Variable};

use super::model::{Protection, Status, System};
use super::walk::walk;

/// Counts considered around a sensitive one when the nearest closed set holds no move; the circle then widens by 2.5.
const FIRST_CIRCLE: usize = 80;
/// Sensitive counts served at once, whatever the number of cores, so that the outcome never depends on it.
const BATCH: usize = 4;
/// Reopening is a saving, not a duty: it does not look farther than this.
const WIDEST_REOPENING: usize = 320;
/// Changes tried in turn for each sensitive count.
const CHANGES: usize = 3;
/// A change below this is rounding noise of the solver.
const STILL: f64 = 1e-6;
/// Branch-and-bound nodes spent on turning a fractional move into a whole one.
const NODES: u64 = 200;
/// A move by one amount is taken without looking for a cheaper one when it hides that many counts more at most.
const FEW: usize = 8;

/// Changes by count; the relations and the published figures do not see them.
type Move = BTreeMap<usize, f64>;

/// Which counts must be hidden for every sensitive one to be protected: a mask over `system.counts`.
///
/// Sensitive counts that cannot be protected (an earlier publication gave too much) stay unprotected: the audit
/// refuses such a pattern.
pub fn suppress(system: &System, need: &Protection) -> Vec<bool> {
    let mut search = Search::new(system, *need);
    let mut targets: Vec<usize> = (0..system.counts.len())
        .filter(|&i| system.counts[i].sensitive)
        .collect();
    targets.sort_by_key(|&i| (Reverse(system.counts[i].margin), system.counts[i].value, i));
    for batch in targets.chunks(BATCH) {
        search.protect(batch);
    }
    search.reopen(&targets);
    search.hidden
}

/// What else to hide, beside `hidden`, for the counts `fallen` that the audit found too closely known. Only whole moves
/// count here: a fractional one is what an attacker who knows that counts are whole sees through.
pub fn suppress_more(
    system: &System,
    need: &Protection,
    hidden: &[bool],
    fallen: &[usize],
) -> Vec<bool> {
    let mut search = Search::new(system, *need);
    search.hidden = hidden.to_vec();
    search.whole = true;
    for batch in fallen.chunks(BATCH) {
        search.protect(batch);
    }
    search.hidden
}

/// How far a count is carried, and by which move.
type Reach = (f64, Option<usize>);

#[derive(Clone)]
struct Search<'a> {
    system: &'a System,
    need: Protection,
    incidence: Vec<Vec<usize>>,
    bound_incidence: Vec<Vec<usize>>,
    hidden: Vec<bool>,
    /// Whether a move must be one of whole numbers.
    whole: bool,
    moves: Vec<Move>,
    /// Per count, the moves that carry it lowest and highest, and how far.
    lowest: Vec<Reach>,
    highest: Vec<Reach>,
    /// What was known of the counts that moves have changed, oldest first, to take moves back.
    changed: Vec<(usize, Reach, Reach)>,
}

impl<'a> Search<'a> {
    fn new(system: &'a System, need: Protection) -> Self {
        let at_rest: Vec<_> = system
            .counts
            .iter()
            .map(|c| (c.value as f64, None))
            .collect();
        Self {
            system,
            need,
            incidence: system.incidence(),
            bound_incidence: system.bound_incidence(),
            hidden: system.primary_pattern(),
            whole: false,
            moves: Vec::new(),
            lowest: at_rest.clone(),
            highest: at_rest,
            changed: Vec::new(),
        }
    }

    fn is_protected(&self, i: usize) -> bool {
        self.need.holds(self.lowest[i].0, self.highest[i].0)
    }

    /// Finds moves until the targets are protected, and hides what they need.
    fn protect(&mut self, targets: &[usize]) {
        for step in 0..CHANGES {
            let waiting: Vec<usize> = targets
                .iter()
                .copied()
                .filter(|&t| !self.is_protected(t))
                .collect();
            let found: Vec<Option<Move>> = thread::scope(|scope| {
                let this = &*self;
                let seek = |t: usize| move || this.find(t, this.change(t, step), true, None);
                let workers: Vec<_> = waiting.iter().map(|&t| scope.spawn(seek(t))).collect();
                workers
                    .into_iter()
                    .map(|w| w.join().ok().flatten())
                    .collect()
            });
            for (target, found) in waiting.into_iter().zip(found) {
                // A move found for another one of the batch may have served this one too.
                let Some(found) = found.filter(|_| !self.is_protected(target)) else {
                    continue;
                };
                for &i in found.keys() {
                    self.hidden[i] |= self.system.counts[i].status == Status::Free;
                }
                self.adopt(found);
            }
        }
    }

    /// The changes of `target` to try, in turn: one that suffices if the same move carries it as far down as it can go,
    /// then the whole rise that is missing, then the whole fall.
    fn change(&self, target: usize, step: usize) -> f64 {
        let Protection {
            min_width,
            min_upper,
        } = self.need;
        let count = &self.system.counts[target];
        let (low, high) = (self.lowest[target].0, self.highest[target].0);
        let value = count.value as f64;
        match step {
            0 if count.value < min_upper => {
                (min_upper.max(count.floor + min_width) - count.value) as f64
            }
            0 => (min_width as f64 / 2.0).ceil(),
            1 => ((min_upper as f64).max(low + min_width as f64) - value).ceil(),
            _ => (high.max(min_upper as f64) - min_width as f64 - value).floor(),
        }
    }

    /// The cheapest move with that change of `target`; among hidden counts only unless `may_hide`.
    fn find(
        &self,
        target: usize,
        change: f64,
        may_hide: bool,
        banned: Option<usize>,
    ) -> Option<Move> {
        let count = &self.system.counts[target];
        if change == 0.0 || count.value as f64 + change < count.floor as f64 {
            return None;
        }
        // Counts that are hidden anyway come first: such a move costs nothing.
        if let Some(found) = self.walk_hidden(target, change, banned) {
            return Some(found);
        }
        let closed = self.close(target, may_hide, banned);
        if !may_hide {
            let (mut around, _) = self.circle(target, WIDEST_REOPENING, false, banned);
            around.extend(closed);
            return self.solve(target, change, around).filter(is_whole);
        }
        if let Some(found) = self.walk_open(target, change) {
            return Some(found);
        }
        let found = self.solve(target, change, closed.clone());
        if found.is_some() {
            return found;
        }
        let mut circle = FIRST_CIRCLE;
        loop {
            let (mut around, complete) = self.circle(target, circle, true, banned);
            around.extend(closed.iter().copied());
            let found = self.solve(target, change, around);
            if found.is_some() || complete {
                return found;
            }
            circle = circle * 5 / 2;
        }
    }

    /// A move of ±`change` among counts that are hidden already.
    fn walk_hidden(&self, target: usize, change: f64, banned: Option<usize>) -> Option<Move> {
        self.walk_by(target, change, |i| {
            (self.is_unknown(i) && Some(i) != banned).then_some(0.01)
        })
    }

    /// A move of ±`change` that hides few counts more.
    fn walk_open(&self, target: usize, change: f64) -> Option<Move> {
        let found = self.walk_by(target, change, |i| {
            self.may_move(i, true).then(|| self.price(i).max(0.01))
        })?;
        let new = found.keys().filter(|&&i| !self.is_unknown(i)).count();
        (new <= FEW).then_some(found)
    }

    fn walk_by(
        &self,
        target: usize,
        change: f64,
        cost: impl Fn(usize) -> Option<f64>,
    ) -> Option<Move> {
        let counts = &self.system.counts;
        let step = change.abs();
        if step.fract() != 0.0 {
            return None;
        }
        let room = |i: usize, direction: i64| {
            direction > 0 || (counts[i].value - counts[i].floor) as f64 >= step
        };
        let price = |i: usize, direction: i64| cost(i).filter(|_| room(i, direction));
        let fits = |found: &BTreeMap<usize, i64>| {
            let of = |i: usize| found.get(&i).copied().unwrap_or(0) as f64 * step;
            found.keys().all(|&i| {
                self.bound_incidence[i].iter().all(|&b| {
                    let (part, whole) = self.system.bounds[b];
                    of(part) - of(whole) <= (counts[whole].value - counts[part].value) as f64
                })
            })
        };
        let sign = if change > 0.0 { 1 } else { -1 };
        let found = walk(self.system, &self.incidence, target, sign, price, fits)?;
        let changes = found.into_iter();
        Some(changes.map(|(i, d)| (i, d as f64 * step)).collect())
    }

    fn is_unknown(&self, i: usize) -> bool {
        self.hidden[i] || self.system.counts[i].status == Status::Virtual
    }

    /// What hiding a count costs: more for larger ones, more for margins.
    fn price(&self, i: usize) -> f64 {
        if self.is_unknown(i) {
            return 0.0;
        }
        let c = &self.system.counts[i];
        (20.0 + c.value as f64).ln() * f64::from(1 + c.margin)
    }

    fn solve(&self, target: usize, change: f64, mut around: BTreeSet<usize>) -> Option<Move> {
        self.prune(&mut around);
        if !around.contains(&target) {
            return None;
        }
        let found = self.program(target, change, &around, false)?;
        // A fractional move most often has whole ones beside it: the audit, which knows that counts are whole, says where
        // it has none.
        if !self.whole || is_whole(&found) {
            return Some(found);
        }
        self.program(target, change, &around, true)
    }

    fn program(
        &self,
        target: usize,
        change: f64,
        around: &BTreeSet<usize>,
        whole: bool,
    ) -> Option<Move> {
        let counts = &self.system.counts;
        let limit = 50.0 * change.abs();
        let mut problem = Problem::new(OptimizationDirection::Minimize);
        let add = |problem: &mut Problem, cost: f64, low: f64, high: f64| {
            if whole {
                problem.add_integer_var(cost, (low as i32, high as i32))
            } else {
                problem.add_var(cost, (low, high))
            }
        };
        // Each change is a sum of signed variables.
        let mut parts: BTreeMap<usize, Vec<(Variable, f64)>> = BTreeMap::new();
        for &i in around {
            let room = ((counts[i].value - counts[i].floor) as f64).min(limit);
            let variables = if i == target {
                vec![(
                    add(&mut problem, 0.0, change.abs(), change.abs()),
                    change.signum(),
                )]
            } else {
                // Hidden counts cost a trifle, so that a move does not wander.
                let cost = self.price(i).max(0.01);
                vec![
                    (add(&mut problem, cost, 0.0, limit), 1.0),
                    (add(&mut problem, cost, 0.0, room), -1.0),
                ]
            };
            parts.insert(i, variables);
        }
        let touched: BTreeSet<usize> = around
            .iter()
            .flat_map(|&i| self.incidence[i].iter().copied())
            .collect();
        for r in touched {
            let mut terms = Vec::new();
            for &(i, k) in &self.system.relations[r].terms {
                terms.extend(
                    parts
                        .get(&i)
                        .into_iter()
                        .flatten()
                        .map(|&(v, sign)| (v, sign * k as f64)),
                );
            }
            problem.add_constraint(terms, ComparisonOp::Eq, 0.0);
        }
        let bounded: BTreeSet<usize> = around
            .iter()
            .flat_map(|&i| self.bound_incidence[i].iter().copied())
            .collect();
        for b in bounded {
            let (part, whole) = self.system.bounds[b];
            let mut terms: Vec<(Variable, f64)> =
                parts.get(&part).into_iter().flatten().copied().collect();
            terms.extend(
                parts
                    .get(&whole)
                    .into_iter()
                    .flatten()
                    .map(|&(v, sign)| (v, -sign)),
            );
            problem.add_constraint(
                terms,
                ComparisonOp::Le,
                (counts[whole].value - counts[part].value) as f64,
            );
        }
        let mut options = SolveOptions::default();
        options.node_limit = whole.then_some(NODES);
        super::programs::count();
        let solution = problem.solve_with(options).ok()?.into_solution().ok()?;
        let mut found = Move::new();
        for (i, variables) in parts {
            let change: f64 = variables
                .iter()
                .map(|&(v, sign)| sign * solution.var_value(v))
                .sum();
            let change = if whole { change.round() } else { change };
            if change.abs() > STILL {
                found.insert(i, change);
            }
        }
        Some(found)
    }

    /// Records how far a move carries each count it touches, either way.
    fn adopt(&mut self, found: Move) {
        let counts = &self.system.counts;
        let (mut back, mut forth) = (f64::INFINITY, f64::INFINITY);
        for (&i, &change) in &found {
            let room = (counts[i].value - counts[i].floor) as f64 / change.abs();
            if change < 0.0 {
                forth = forth.min(room);
            } else {
                back = back.min(room);
            }
            for &b in &self.bound_incidence[i] {
                let (part, whole) = self.system.bounds[b];
                let closing = found.get(&part).unwrap_or(&0.0) - found.get(&whole).unwrap_or(&0.0);
                let gap = (counts[whole].value - counts[part].value) as f64;
                if closing > STILL {
                    forth = forth.min(gap / closing);
                } else if closing < -STILL {
                    back = back.min(gap / -closing);
                }
            }
        }
        let index = self.moves.len();
        for (&i, &change) in &found {
            let ends = [
                counts[i].value as f64 - change * back,
                counts[i].value as f64 + change * forth,
            ];
            let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
            if low < self.lowest[i].0 || high > self.highest[i].0 {
                self.changed.push((i, self.lowest[i], self.highest[i]));
            }
            if low < self.lowest[i].0 {
                self.lowest[i] = (low, Some(index));
            }
            if high > self.highest[i].0 {
                self.highest[i] = (high, Some(index));
            }
        }
        self.moves.push(found);
    }
}

fn is_whole(found: &Move) -> bool {
    found.values().all(|y| (y - y.round()).abs() < STILL)
}
