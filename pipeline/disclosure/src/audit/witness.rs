//! Witnesses by linear programming, in a neighbourhood that grows until there is one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::super::lp::{Condition, Goal, LinearProgram, touching};
use super::{Attacker, HORIZON, Proved};

/// Unknown counts free to vary at first, and the factor by which that number grows.
const FIRST_REACH: usize = 48;
const GROWTH: usize = 3;
/// Branch-and-bound nodes granted to one program.
const NODES: u64 = 100;
/// What a change of the target is worth beside those of others: more than all that it may take.
const FIRST: f64 = 1e5;

/// What a witness must show of its target: this value, or one as near to it as the free counts allow.
#[derive(Clone, Copy)]
struct Aim {
    target: usize,
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
                        goal: self.wanted(target, &known, upward),
                    };
                    if let Some(witness) = self.witness(aim, &free, complete) {
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

    /// Whole values of the free counts that meet the aim; the others keep theirs. Where nothing else may vary (`complete`), values that
    /// come as near to it as any.
    fn witness(
        &self,
        aim: Aim,
        free: &BTreeSet<usize>,
        complete: bool,
    ) -> Option<BTreeMap<usize, i64>> {
        if !free.contains(&aim.target) {
            return None;
        }

        // The smallest change that meets the aim is most often one of whole numbers, and the fastest to find.
        let cell = &self.tables.cells[aim.target];
        let change = (aim.goal - cell.value).max(cell.floor - cell.value);
        let met = self.optimise(aim.target, (change, change), free, None);
        let met = met.filter(|values| self.agrees(values));
        if met.is_some() || !complete {
            return met;
        }

        let reach = (change.min(0), change.max(0));
        let farthest = self.optimise(aim.target, reach, free, None)?;
        if self.agrees(&farthest) {
            return Some(farthest);
        }
        // Fractions leave a doubt that only whole numbers settle.
        let whole = self.optimise(aim.target, reach, free, Some(NODES))?;
        self.agrees(&whole).then_some(whole)
    }

    /// Values of the free counts, rounded: `target` changes by as much as it can within `reach`, the others by as little as that takes.
    fn optimise(
        &self,
        target: usize,
        reach: (i64, i64),
        free: &BTreeSet<usize>,
        nodes: Option<u64>,
    ) -> Option<BTreeMap<usize, i64>> {
        let cells = &self.tables.cells;
        let mut program = LinearProgram::new(Goal::Minimize, nodes);

        // Variables are changes, upwards and downwards: none of them is a point of the program, from which the solver starts.
        for &i in free {
            let room = (cells[i].value - cells[i].floor).min(HORIZON);
            let ends = if i == target {
                (reach.0.max(-room), reach.1)
            } else {
                (-room, HORIZON)
            };
            let weight = if i == target { -FIRST } else { 1.0 };
            for (sign, low, high) in
                [(1.0, ends.0.max(0), ends.1), (-1.0, (-ends.1).max(0), -ends.0)]
            {
                if high > 0 {
                    program.add(i, sign, weight, (low as f64, high as f64));
                }
            }
        }

        for r in touching(&self.incidence, free) {
            program.require(&Condition::sum(&self.tables.constraints[r]));
        }
        for b in touching(&self.bound_incidence, free) {
            let gap = self.tables.gap(b);
            // Nothing changes by more than the horizon.
            if gap < 2 * HORIZON {
                program.require(&Condition::change_of_bound(self.tables.bounds[b], gap));
            }
        }

        let point = program.solve().ok().flatten()?;
        Some(
            point
                .cells()
                .map(|(i, change)| (i, cells[i].value + change.round() as i64))
                .collect(),
        )
    }
}
