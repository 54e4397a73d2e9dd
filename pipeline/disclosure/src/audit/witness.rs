//! Witnesses by linear programming, in a neighbourhood that grows until there is one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::super::lp::{Goal, LinearProgram, conditions_on};
use super::{Attacker, HORIZON, Proved};

/// Unknown counts free to vary at first, and the factor by which that number grows.
const FIRST_REACH: usize = 48;
const GROWTH: usize = 3;
/// Branch-and-bound nodes granted to one program.
const NODES: u64 = 100;

/// What a witness must show of its target: as high, or as low, as the free counts allow, `goal` at most.
#[derive(Clone, Copy)]
struct Aim {
    target: usize,
    upward: bool,
    goal: i64,
}

impl Attacker<'_> {
    /// Attacks each target by linear programming; returns what it proves of it and of others, beside what was `known`.
    pub(super) fn examine(&self, targets: &[usize], mut known: Proved) -> Proved {
        for &target in targets {
            let mut reach = FIRST_REACH;
            loop {
                let (mut free, complete) = self.neighbourhood(target, reach);
                self.drop_fixed(&mut free);

                for upward in [true, false] {
                    if self.is_safe(target, self.seen(target, &known)) {
                        break;
                    }
                    let aim = Aim {
                        target,
                        upward,
                        goal: self.wanted(target, &known, upward),
                    };
                    if let Some(witness) = self.witness(aim, &free) {
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

    /// `reach` unknown counts around `target`, and whether there are no more. A constraint with a single free count does not
    /// let it change, so those are served first; all the neighbours of the counts taken come next, in turn.
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
                let terms = self.tables.constraints[r].terms.iter().map(|t| t.0);
                next.extend(terms.filter(|&j| self.unknown[j]));
            }
            for &b in &self.bound_incidence[i] {
                let (part, whole) = self.tables.bounds[b];
                next.extend([part, whole].into_iter().filter(|&j| self.unknown[j]));
            }
        }
    }

    /// Takes out the counts that cannot vary, being the only free one of a constraint.
    fn drop_fixed(&self, free: &mut BTreeSet<usize>) {
        let mut inside: BTreeMap<usize, usize> = BTreeMap::new();
        for r in free.iter().flat_map(|&i| &self.incidence[i]) {
            *inside.entry(*r).or_default() += 1;
        }

        let single = inside.iter().filter(|&(_, &n)| n == 1);
        let mut alone: Vec<usize> = single.map(|(&r, _)| r).collect();
        while let Some(r) = alone.pop() {
            let mut terms = self.tables.constraints[r].terms.iter();
            let Some(&(i, _)) = terms.find(|t| free.contains(&t.0)) else {
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

    /// The unknown count of a constraint that leaves fewest others with a single free count.
    fn partner(
        &self,
        constraint: usize,
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

        let terms = self.tables.constraints[constraint].terms.iter();
        terms
            .map(|t| t.0)
            .filter(|&j| self.unknown[j] && !free.contains(&j))
            .min_by_key(|&j| left_alone(j))
    }

    /// Whole values of the free counts that meet the aim; the others keep theirs.
    fn witness(&self, aim: Aim, free: &BTreeSet<usize>) -> Option<BTreeMap<usize, i64>> {
        if !free.contains(&aim.target) {
            return None;
        }

        let rounded = self.optimise(aim, free, false)?;
        if self.agrees(&rounded) {
            return Some(rounded);
        }

        // Fractions leave a doubt that only whole numbers settle.
        let whole = self.optimise(aim, free, true)?;
        self.agrees(&whole).then_some(whole)
    }

    /// The best values of the free counts, rounded.
    fn optimise(
        &self,
        aim: Aim,
        free: &BTreeSet<usize>,
        whole: bool,
    ) -> Option<BTreeMap<usize, i64>> {
        let cells = &self.tables.cells;
        let goal = if aim.upward { Goal::Maximize } else { Goal::Minimize };

        let mut program = LinearProgram::new(goal, whole.then_some(NODES));
        for &i in free {
            let weight = if i == aim.target { 1.0 } else { 0.0 };
            let mut low = cells[i].floor.max(cells[i].value - HORIZON);
            let mut high = cells[i].value + HORIZON;
            // No need to go farther than what makes the count safe.
            if i == aim.target && aim.upward {
                high = high.min(aim.goal);
            } else if i == aim.target {
                low = low.max(aim.goal);
            }
            program.add(i, 1.0, weight, (low as f64, high as f64));
        }

        let is_free = |i: usize| free.contains(&i);
        let value = |i: usize| cells[i].value as f64;
        let incidence = [&self.incidence[..], &self.bound_incidence[..]];
        for condition in conditions_on(self.tables, incidence, free) {
            program.require(&condition.restricted(is_free, value));
        }

        let point = program.solve().ok().flatten()?;
        Some(point.cells().map(|(i, x)| (i, x.round() as i64)).collect())
    }
}
