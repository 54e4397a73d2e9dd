//! Secondary suppression: which further counts to hide so that no sensitive one can be confined.
//!
//! A sensitive count is protected by a *move*: a change of hidden counts that leaves every published figure and every
//! relation as they are. Along a move the attacker sees nothing, so the count may be anywhere on it. For each
//! sensitive count that no known move protects, a small linear program finds the cheapest new move in its
//! neighbourhood: counts already hidden move free of charge, others at the price of hiding them. The neighbourhood
//! grows until there is a move; there always is one, since multiplying every count by the same number breaks no
//! relation. A last pass reopens what later moves made needless.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};

use microlp::{ComparisonOp, OptimizationDirection, Problem, SolveOptions, Variable};

use super::model::{Protection, Status, System};

/// Counts considered at first around a sensitive one, and the factor by which the circle widens when too small.
const FIRST_CIRCLE: usize = 80;
const WIDER: usize = 2;
/// Reopening is a saving, not a duty: it does not look farther than this.
const WIDEST_REOPENING: usize = 320;
/// Largest closed set, and what a relation left with a lone member weighs against prices.
const CLOSED: usize = 200;
const LONELINESS: f64 = 3.0;
/// What weighs against a count that may be in the way, and the number of closed sets tried at once.
const ASIDE: f64 = 6.0;
const CLOSED_SETS: usize = 4;
/// Moves sought for the sake of reopening: enough for any report, and a bound on the time of a national one.
const REOPENING_MOVES: usize = 1000;
/// Changes tried in turn for each sensitive count.
const CHANGES: usize = 3;
/// A change below this is rounding noise of the solver.
const STILL: f64 = 1e-6;
/// Branch-and-bound nodes spent on turning a fractional move into a whole one.
const NODES: u64 = 200;

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
    for &target in &targets {
        search.protect(target);
    }
    search.reopen(&targets);
    search.hidden
}

struct Search<'a> {
    system: &'a System,
    need: Protection,
    incidence: Vec<Vec<usize>>,
    bound_incidence: Vec<Vec<usize>>,
    hidden: Vec<bool>,
    moves: Vec<Option<Move>>,
    /// Per count, the moves that carry it lowest and highest, and how far.
    lowest: Vec<(f64, Option<usize>)>,
    highest: Vec<(f64, Option<usize>)>,
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
            moves: Vec::new(),
            lowest: at_rest.clone(),
            highest: at_rest,
        }
    }

    fn is_protected(&self, i: usize) -> bool {
        self.need.holds(self.lowest[i].0, self.highest[i].0)
    }

    /// Finds moves until `target` is protected, and hides what they need.
    fn protect(&mut self, target: usize) {
        for change in 0..CHANGES {
            if self.is_protected(target) {
                return;
            }
            let Some(found) = self.find(target, self.change(target, change), true, None) else {
                continue;
            };
            for &i in found.keys() {
                self.hidden[i] |= self.system.counts[i].status == Status::Free;
            }
            self.adopt(found);
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
        let mut closed = BTreeSet::new();
        for _ in 0..CLOSED_SETS {
            closed.extend(self.close(target, change, may_hide, banned, &closed));
        }
        let mut circle = FIRST_CIRCLE;
        loop {
            let (mut around, complete) = self.circle(target, circle, may_hide, banned);
            around.extend(closed.iter().copied());
            let found = self.solve(target, change, around);
            if found.is_some() || complete || (!may_hide && circle >= WIDEST_REOPENING) {
                return found;
            }
            circle *= WIDER;
        }
    }

    /// A set of counts around `target` in which every relation has two members or none, so that a move may exist in
    /// it: whichever relation has a lone member gets a partner, the one that completes most relations and opens fewest.
    /// In tables of many keys, no circle of a reasonable size holds such a set. Counts of `others` are avoided.
    fn close(
        &self,
        target: usize,
        change: f64,
        may_hide: bool,
        banned: Option<usize>,
        others: &BTreeSet<usize>,
    ) -> BTreeSet<usize> {
        let mut set = BTreeSet::from([target]);
        let mut members: BTreeMap<usize, u32> =
            self.incidence[target].iter().map(|&r| (r, 1)).collect();
        let mut lonely: VecDeque<usize> = self.incidence[target].iter().copied().collect();
        while let Some(r) = lonely.pop_front() {
            if members[&r] != 1 || set.len() >= CLOSED {
                continue;
            }
            let cost = |j: usize| {
                let balance: f64 = self.incidence[j]
                    .iter()
                    .map(|r| match members.get(r) {
                        None | Some(0) => 1.0,
                        Some(1) => -1.0,
                        Some(_) => 0.0,
                    })
                    .sum();
                let c = &self.system.counts[j];
                // A count too small to go down as far as the target goes up is of use only half of the time.
                let stuck =
                    c.status != Status::Virtual && ((c.value - c.floor) as f64) < change.abs();
                let aside = f64::from(u8::from(stuck)) + f64::from(u8::from(others.contains(&j)));
                self.price(j) + LONELINESS * balance + ASIDE * aside
            };
            let partner = self.system.relations[r]
                .terms
                .iter()
                .map(|t| t.0)
                .filter(|&j| self.may_move(j, may_hide) && Some(j) != banned && !set.contains(&j))
                .min_by(|&a, &b| cost(a).total_cmp(&cost(b)));
            if let Some(j) = partner {
                set.insert(j);
                for &q in &self.incidence[j] {
                    let n = members.entry(q).or_default();
                    *n += 1;
                    if *n == 1 {
                        lonely.push_back(q);
                    }
                }
            }
        }
        set
    }

    fn may_move(&self, i: usize, may_hide: bool) -> bool {
        self.is_unknown(i) || (may_hide && self.system.counts[i].status == Status::Free)
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

    /// The `size` counts nearest to `target`, prices as distances, and whether that is all there are.
    fn circle(
        &self,
        target: usize,
        size: usize,
        may_hide: bool,
        banned: Option<usize>,
    ) -> (BTreeSet<usize>, bool) {
        let mut around = BTreeSet::new();
        let mut queue = BinaryHeap::from([(Reverse(0u64), Reverse(target))]);
        while let Some((Reverse(distance), Reverse(i))) = queue.pop() {
            if !around.insert(i) {
                continue;
            }
            if around.len() >= size {
                return (around, false);
            }
            let by_relation = self.incidence[i]
                .iter()
                .flat_map(|&r| self.system.relations[r].terms.iter().map(|t| t.0));
            let by_bound = self.bound_incidence[i].iter().flat_map(|&b| {
                let (part, whole) = self.system.bounds[b];
                [part, whole]
            });
            for j in by_relation.chain(by_bound) {
                if !self.may_move(j, may_hide) || Some(j) == banned || around.contains(&j) {
                    continue;
                }
                // Whole thousandths keep the order of the queue exact.
                let step = 300 + (self.price(j) * 1000.0) as u64;
                queue.push((Reverse(distance + step), Reverse(j)));
            }
        }
        (around, true)
    }

    /// Removes counts that cannot move because they stand alone in a relation.
    fn prune(&self, around: &mut BTreeSet<usize>) {
        let mut queue: Vec<usize> = around
            .iter()
            .flat_map(|&i| self.incidence[i].iter().copied())
            .collect();
        while let Some(r) = queue.pop() {
            let mut inside = self.system.relations[r]
                .terms
                .iter()
                .filter(|t| around.contains(&t.0));
            if let (Some(&(alone, _)), None) = (inside.next(), inside.next()) {
                around.remove(&alone);
                queue.extend(&self.incidence[alone]);
            }
        }
    }

    fn solve(&self, target: usize, change: f64, mut around: BTreeSet<usize>) -> Option<Move> {
        self.prune(&mut around);
        if !around.contains(&target) {
            return None;
        }
        let found = self.program(target, change, &around, false)?;
        if found.values().all(|y| (y - y.round()).abs() < STILL) {
            return Some(found);
        }
        // A whole move protects against an attacker who knows that counts are whole, too.
        Some(self.program(target, change, &around, true).unwrap_or(found))
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
            if low < self.lowest[i].0 {
                self.lowest[i] = (low, Some(index));
            }
            if high > self.highest[i].0 {
                self.highest[i] = (high, Some(index));
            }
        }
        self.moves.push(Some(found));
    }

    /// Reopens the counts that no needed move uses, then those that the moves can do without, dearest first.
    fn reopen(&mut self, targets: &[usize]) {
        self.keep_needed(targets);
        let mut extra: Vec<usize> = (0..self.hidden.len())
            .filter(|&i| self.hidden[i] && self.system.counts[i].status == Status::Free)
            .collect();
        extra.sort_by(|&a, &b| {
            self.price_of_hiding(b)
                .total_cmp(&self.price_of_hiding(a))
                .then(a.cmp(&b))
        });
        let mut sought = 0;
        for i in extra {
            if self.hidden[i] && sought < REOPENING_MOVES {
                sought += self.try_without(i, targets);
            }
        }
        self.keep_needed(targets);
    }

    fn price_of_hiding(&self, i: usize) -> f64 {
        let c = &self.system.counts[i];
        (20.0 + c.value as f64).ln() * f64::from(1 + c.margin)
    }

    /// Opens the free counts that none of the targets' moves touches.
    fn keep_needed(&mut self, targets: &[usize]) {
        let needed: BTreeSet<usize> = targets
            .iter()
            .flat_map(|&t| [self.lowest[t].1, self.highest[t].1])
            .flatten()
            .collect();
        let mut used: BTreeSet<usize> = BTreeSet::new();
        for (m, slot) in self.moves.iter_mut().enumerate() {
            match slot {
                Some(found) if needed.contains(&m) => used.extend(found.keys()),
                _ => *slot = None,
            }
        }
        for i in 0..self.hidden.len() {
            if self.system.counts[i].status == Status::Free && !used.contains(&i) {
                self.hidden[i] = false;
            }
        }
    }

    /// Opens `extra` if every target that leans on it finds another move among the counts hidden without it.
    /// Returns how many moves it sought.
    fn try_without(&mut self, extra: usize, targets: &[usize]) -> usize {
        let leaning: Vec<usize> = targets
            .iter()
            .copied()
            .filter(|&t| {
                let mut ends = [self.lowest[t].1, self.highest[t].1].into_iter().flatten();
                ends.any(|m| {
                    self.moves[m]
                        .as_ref()
                        .is_some_and(|found| found.contains_key(&extra))
                })
            })
            .collect();
        let before = (self.lowest.clone(), self.highest.clone(), self.moves.len());
        self.hidden[extra] = false;
        for &t in &leaning {
            let value = self.system.counts[t].value as f64;
            self.lowest[t] = (value, None);
            self.highest[t] = (value, None);
        }
        let mut sought = 0;
        for &t in &leaning {
            for change in 0..CHANGES {
                if self.is_protected(t) {
                    break;
                }
                sought += 1;
                if let Some(found) = self.find(t, self.change(t, change), false, Some(extra)) {
                    self.adopt(found);
                }
            }
            if !self.is_protected(t) {
                self.hidden[extra] = true;
                (self.lowest, self.highest) = (before.0, before.1);
                self.moves.truncate(before.2);
                break;
            }
        }
        sought
    }
}
