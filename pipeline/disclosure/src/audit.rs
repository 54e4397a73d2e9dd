//! The last check before anything leaves: attacks each hidden count, and believes nothing that the suppression found.
//!
//! A count is safe when two *witnesses* exist: whole values of the hidden counts that agree with every published
//! figure and every relation, in which the count is low in one and high in the other. Witnesses are sought first among
//! moves by ±1 of all that is hidden, then by linear programming among the hidden counts near the attacked one, then
//! farther and farther, up to all that it depends on; each is verified in whole-number arithmetic, so no rounding of the
//! solver can pass for a proof. What one witness differs by from the truth may be multiplied, either way, as far as floors
//! and bounds allow: each multiple is a witness for every count that it touches. A count for which even the widest
//! search, in reals then in whole numbers, finds no pair of witnesses falls.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::thread;

use microlp::{ComparisonOp, OptimizationDirection, Problem, SolveOptions, Variable};

use super::model::{Interval, Protection, System};
use super::walk::walk;

/// What is proved of each count so far.
type Proved = BTreeMap<usize, Interval>;

/// Unknown counts free to vary at first, and the factor by which that number grows.
const FIRST_REACH: usize = 48;
const GROWTH: usize = 3;
/// Nothing is sought beyond this distance from the true value: any interval that wide is safe.
const HORIZON: i64 = 400;
/// An interval that many times as wide as asked is told as unlimited.
const WIDE: f64 = 5.0;
/// Work is cut in this many parts, whatever the number of cores, so that the outcome never depends on it.
const PARTS: usize = 8;
/// Branch-and-bound nodes granted to one program.
const NODES: u64 = 100;

/// What the audit found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Audit {
    /// Hidden counts attacked.
    pub attacked: usize,
    /// Sensitive counts among them.
    pub sensitive: usize,
    /// The narrowest proved interval of a sensitive count: the attacker cannot do better than this.
    pub narrowest: Option<Interval>,
    /// Sensitive counts that an attacker can confine too closely, with the interval that could be proved.
    pub fallen: Vec<(usize, Interval)>,
    /// Other hidden counts that could not be shown to have two possible values: hiding them serves little, and gives
    /// nothing away, since every sensitive count is attacked with all that determines them.
    pub exact: Vec<usize>,
}

/// Attacks every hidden count of `system` that is printed or sensitive, given what `hidden` leaves open.
pub fn audit(system: &System, hidden: &[bool], need: &Protection) -> Audit {
    let unknown = system.unknown(hidden);
    let targets: Vec<usize> = (0..unknown.len())
        .filter(|&i| unknown[i] && (hidden[i] || system.counts[i].sensitive))
        .collect();
    let field = Field {
        system,
        unknown,
        incidence: system.incidence(),
        bound_incidence: system.bound_incidence(),
        need: *need,
    };
    let mut known = Proved::new();
    // The witnesses of a sensitive count often serve the others around it.
    let (sensitive, others): (Vec<usize>, Vec<usize>) =
        targets.iter().partition(|&&i| system.counts[i].sensitive);
    for &target in sensitive.iter().chain(&others) {
        field.step(target, &mut known);
    }
    let left: Vec<usize> = sensitive
        .into_iter()
        .chain(others)
        .filter(|&i| !field.is_safe(i, field.seen(i, &known)))
        .collect();
    let size = left.len().div_ceil(PARTS).max(1);
    let (shared, examined) = (&known, &field);
    let found: Vec<Proved> = thread::scope(|scope| {
        let workers: Vec<_> = left
            .chunks(size)
            .map(|part| scope.spawn(move || examined.examine(part, shared.clone())))
            .collect();
        // A part whose thread died has proved nothing.
        let ends = workers.into_iter().map(|w| w.join().unwrap_or_default());
        ends.collect()
    });
    for (i, interval) in found.into_iter().flatten() {
        let seen = known.entry(i).or_insert(interval);
        seen.low = seen.low.min(interval.low);
        seen.high = seen.high.max(interval.high);
    }
    let proved: Vec<(usize, Interval)> = targets
        .iter()
        .map(|&i| (i, field.seen(i, &known)))
        .collect();
    let mut outcome = Audit {
        attacked: proved.len(),
        ..Audit::default()
    };
    for (i, interval) in proved {
        if system.counts[i].sensitive {
            outcome.sensitive += 1;
            // Where the search stops is counted from the truth: it must not be printed.
            let interval = match interval.width() > WIDE * need.min_width as f64 {
                true => Interval {
                    high: f64::INFINITY,
                    ..interval
                },
                false => interval,
            };
            if outcome
                .narrowest
                .is_none_or(|n| interval.width() < n.width())
            {
                outcome.narrowest = Some(interval);
            }
        }
        if !field.is_safe(i, interval) {
            match system.counts[i].sensitive {
                true => outcome.fallen.push((i, interval)),
                false => outcome.exact.push(i),
            }
        }
    }
    outcome
}

struct Field<'a> {
    system: &'a System,
    unknown: Vec<bool>,
    incidence: Vec<Vec<usize>>,
    bound_incidence: Vec<Vec<usize>>,
    need: Protection,
}

impl Field<'_> {
    fn at_rest(&self, i: usize) -> Interval {
        let v = self.system.counts[i].value as f64;
        Interval { low: v, high: v }
    }

    /// A sensitive count must be as wide as asked; any other must not be known exactly.
    fn is_safe(&self, i: usize, interval: Interval) -> bool {
        if self.system.counts[i].sensitive {
            self.need.holds(interval.low, interval.high)
        } else {
            interval.width() >= 1.0
        }
    }

    fn seen(&self, i: usize, known: &Proved) -> Interval {
        known.get(&i).copied().unwrap_or_else(|| self.at_rest(i))
    }

    /// How high, or how low, a count must be seen for it to be safe, given its other end; at most one past the truth for a
    /// count that is not sensitive.
    fn wanted(&self, target: usize, known: &Proved, upward: bool) -> i64 {
        let value = self.system.counts[target].value;
        let seen = self.seen(target, known);
        match (self.system.counts[target].sensitive, upward) {
            (true, true) => (seen.low as i64 + self.need.min_width)
                .max(self.need.min_upper)
                .max(value + 1),
            (true, false) => (seen.high as i64 - self.need.min_width).min(value - 1),
            (false, true) => value + 1,
            (false, false) => value - 1,
        }
    }

    /// Seeks witnesses of `target` among moves by one amount, up then down.
    fn step(&self, target: usize, known: &mut Proved) {
        let counts = &self.system.counts;
        for upward in [true, false] {
            if self.is_safe(target, self.seen(target, known)) {
                return;
            }
            let sign = if upward { 1 } else { -1 };
            let step = (self.wanted(target, known, upward) - counts[target].value).abs();
            let price = |i: usize, direction: i64| {
                let room = direction > 0 || counts[i].value - counts[i].floor >= step;
                (self.unknown[i] && room).then_some(0.0)
            };
            let room = counts[target].value - counts[target].floor;
            if (upward || room >= step)
                && let Some(found) =
                    walk(self.system, &self.incidence, target, sign, price, |found| {
                        self.agrees(&self.moved(found, step))
                    })
            {
                self.stretch(&found, known);
            }
        }
    }

    /// The true values changed by `times` a move.
    fn moved(&self, change: &BTreeMap<usize, i64>, times: i64) -> BTreeMap<usize, i64> {
        let counts = &self.system.counts;
        let moved = change.iter();
        moved
            .map(|(&i, d)| (i, counts[i].value + times * d))
            .collect()
    }

    /// Takes a change that has been verified as far as it goes either way, and notes what that shows of every count.
    fn stretch(&self, change: &BTreeMap<usize, i64>, known: &mut Proved) {
        let counts = &self.system.counts;
        let (mut back, mut forth) = (HORIZON, HORIZON);
        let limit = |most: &mut i64, room: i64, speed: i64| *most = (*most).min(room / speed);
        for (&i, &d) in change {
            let room = counts[i].value - counts[i].floor;
            if d < 0 {
                limit(&mut forth, room, -d);
            } else if d > 0 {
                limit(&mut back, room, d);
            }
            for &b in &self.bound_incidence[i] {
                let (part, whole) = self.system.bounds[b];
                let of = |j: usize| change.get(&j).copied().unwrap_or(0);
                let closing = of(part) - of(whole);
                let gap = counts[whole].value - counts[part].value;
                if closing > 0 {
                    limit(&mut forth, gap, closing);
                } else if closing < 0 {
                    limit(&mut back, gap, -closing);
                }
            }
        }
        for (&i, &d) in change {
            let ends = [counts[i].value - back * d, counts[i].value + forth * d];
            let seen = known.entry(i).or_insert_with(|| self.at_rest(i));
            seen.low = seen.low.min(ends[0].min(ends[1]) as f64);
            seen.high = seen.high.max(ends[0].max(ends[1]) as f64);
        }
    }

    /// What separates a witness from the truth, divided by what all of it has in common.
    fn difference(&self, witness: &BTreeMap<usize, i64>) -> BTreeMap<usize, i64> {
        let changes = witness
            .iter()
            .map(|(&i, &x)| (i, x - self.system.counts[i].value));
        let mut change: BTreeMap<usize, i64> = changes.filter(|c| c.1 != 0).collect();
        let common = change.values().fold(0, |a, &b| divisor(a, b.abs()));
        if common > 1 {
            change.values_mut().for_each(|d| *d /= common);
        }
        change
    }

    /// Attacks each target by linear programming; returns what it proves of it and of others, beside what was `known`.
    fn examine(&self, targets: &[usize], mut known: Proved) -> Proved {
        for &target in targets {
            let mut reach = FIRST_REACH;
            loop {
                let (mut free, complete) = self.neighbourhood(target, reach);
                self.drop_fixed(&mut free);
                for upward in [true, false] {
                    if self.is_safe(target, self.seen(target, &known)) {
                        break;
                    }
                    let goal = self.wanted(target, &known, upward);
                    if let Some(witness) = self.witness(target, &free, upward, goal) {
                        self.stretch(&self.difference(&witness), &mut known);
                    }
                }
                if complete || self.is_safe(target, self.seen(target, &known)) {
                    break;
                }
                reach *= GROWTH;
            }
        }
        known
    }

    /// `reach` unknown counts around `target`, and whether there are no more. A relation with a single free count lets
    /// it not move, so those are served first; all the neighbours of the counts taken come next, in turn.
    fn neighbourhood(&self, target: usize, reach: usize) -> (BTreeSet<usize>, bool) {
        let mut free = BTreeSet::new();
        let mut inside: BTreeMap<usize, usize> = BTreeMap::new();
        let mut alone = VecDeque::new();
        let mut next = VecDeque::from([target]);
        loop {
            let partner = std::iter::from_fn(|| alone.pop_front())
                .filter(|r| inside.get(r) == Some(&1))
                .find_map(|r| self.partner(r, &free, &inside));
            let Some(i) = partner.or_else(|| next.pop_front()) else {
                return (free, true);
            };
            if !free.insert(i) {
                continue;
            }
            if free.len() >= reach {
                return (free, false);
            }
            for &r in &self.incidence[i] {
                *inside.entry(r).or_default() += 1;
                alone.push_back(r);
                next.extend(
                    self.system.relations[r]
                        .terms
                        .iter()
                        .map(|t| t.0)
                        .filter(|&j| self.unknown[j]),
                );
            }
            for &b in &self.bound_incidence[i] {
                let (part, whole) = self.system.bounds[b];
                next.extend([part, whole].into_iter().filter(|&j| self.unknown[j]));
            }
        }
    }

    /// Takes out the counts that cannot vary, being the only free one of a relation.
    fn drop_fixed(&self, free: &mut BTreeSet<usize>) {
        let mut inside: BTreeMap<usize, usize> = BTreeMap::new();
        for r in free.iter().flat_map(|&i| &self.incidence[i]) {
            *inside.entry(*r).or_default() += 1;
        }
        let mut alone: Vec<usize> = inside
            .iter()
            .filter(|&(_, &n)| n == 1)
            .map(|(&r, _)| r)
            .collect();
        while let Some(r) = alone.pop() {
            let Some(&(i, _)) = self.system.relations[r]
                .terms
                .iter()
                .find(|t| free.contains(&t.0))
            else {
                continue;
            };
            free.remove(&i);
            for &q in &self.incidence[i] {
                if let Some(n) = inside.get_mut(&q) {
                    *n -= 1;
                    if *n == 1 {
                        alone.push(q);
                    }
                }
            }
        }
    }

    /// The unknown count of a relation that leaves fewest others with a single free count.
    fn partner(
        &self,
        relation: usize,
        free: &BTreeSet<usize>,
        inside: &BTreeMap<usize, usize>,
    ) -> Option<usize> {
        let left_alone = |j: usize| {
            let state = self.incidence[j].iter().map(|r| match inside.get(r) {
                None => 1i32,
                Some(1) => -1,
                Some(_) => 0,
            });
            state.sum::<i32>()
        };
        let terms = self.system.relations[relation].terms.iter().map(|t| t.0);
        terms
            .filter(|&j| self.unknown[j] && !free.contains(&j))
            .min_by_key(|&j| left_alone(j))
    }

    /// Whole values of the free counts with `target` as high, or as low, as they allow, `goal` at most; the others keep
    /// theirs.
    fn witness(
        &self,
        target: usize,
        free: &BTreeSet<usize>,
        upward: bool,
        goal: i64,
    ) -> Option<BTreeMap<usize, i64>> {
        if !free.contains(&target) {
            return None;
        }
        let real = self.optimise(target, free, upward, goal, false)?;
        let whole = round(&real);
        if self.agrees(&whole) {
            return Some(whole);
        }
        // Fractions leave a doubt that only whole numbers settle.
        let whole = round(&self.optimise(target, free, upward, goal, true)?);
        self.agrees(&whole).then_some(whole)
    }

    fn optimise(
        &self,
        target: usize,
        free: &BTreeSet<usize>,
        upward: bool,
        goal: i64,
        whole: bool,
    ) -> Option<BTreeMap<usize, f64>> {
        let counts = &self.system.counts;
        let direction = if upward {
            OptimizationDirection::Maximize
        } else {
            OptimizationDirection::Minimize
        };
        let mut problem = Problem::new(direction);
        let variables: BTreeMap<usize, Variable> = free
            .iter()
            .map(|&i| {
                let weight = if i == target { 1.0 } else { 0.0 };
                let mut low = counts[i].floor.max(counts[i].value - HORIZON);
                let mut high = counts[i].value + HORIZON;
                // No need to go farther than what makes the count safe.
                if i == target && upward {
                    high = high.min(goal);
                } else if i == target {
                    low = low.max(goal);
                }
                let variable = if whole {
                    problem.add_integer_var(
                        weight,
                        (
                            i32::try_from(low).unwrap_or(0),
                            i32::try_from(high).unwrap_or(i32::MAX),
                        ),
                    )
                } else {
                    problem.add_var(weight, (low as f64, high as f64))
                };
                (i, variable)
            })
            .collect();
        let relations: BTreeSet<usize> = free
            .iter()
            .flat_map(|&i| self.incidence[i].iter().copied())
            .collect();
        for r in relations {
            let mut terms = Vec::new();
            let mut right = 0;
            for &(i, k) in &self.system.relations[r].terms {
                match variables.get(&i) {
                    Some(&v) => terms.push((v, k as f64)),
                    None => right -= k * counts[i].value,
                }
            }
            problem.add_constraint(terms, ComparisonOp::Eq, right as f64);
        }
        let bounds: BTreeSet<usize> = free
            .iter()
            .flat_map(|&i| self.bound_incidence[i].iter().copied())
            .collect();
        for b in bounds {
            let (part, whole) = self.system.bounds[b];
            let mut terms = Vec::new();
            let mut right = 0;
            for (i, k) in [(part, 1), (whole, -1)] {
                match variables.get(&i) {
                    Some(&v) => terms.push((v, f64::from(k))),
                    None => right -= i64::from(k) * counts[i].value,
                }
            }
            problem.add_constraint(terms, ComparisonOp::Le, right as f64);
        }
        let mut options = SolveOptions::default();
        options.node_limit = whole.then_some(NODES);
        super::programs::count();
        let solution = problem.solve_with(options).ok()?.into_solution().ok()?;
        Some(
            variables
                .into_iter()
                .map(|(i, v)| (i, solution.var_value(v)))
                .collect(),
        )
    }

    /// Whether these values, and the true ones elsewhere, are possible for all that the attacker knows.
    fn agrees(&self, values: &BTreeMap<usize, i64>) -> bool {
        let counts = &self.system.counts;
        let value = |i: usize| values.get(&i).copied().unwrap_or(counts[i].value);
        values.iter().all(|(&i, &x)| {
            x >= counts[i].floor
                && self.unknown[i]
                && self.incidence[i].iter().all(|&r| {
                    self.system.relations[r]
                        .terms
                        .iter()
                        .map(|&(j, k)| k * value(j))
                        .sum::<i64>()
                        == 0
                })
                && self.bound_incidence[i].iter().all(|&b| {
                    let (part, whole) = self.system.bounds[b];
                    value(part) <= value(whole)
                })
        })
    }
}

fn divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { divisor(b, a % b) }
}

fn round(point: &BTreeMap<usize, f64>) -> BTreeMap<usize, i64> {
    point.iter().map(|(&i, &x)| (i, x.round() as i64)).collect()
}
