//! Finding a perturbation: among unit cycles first, then by linear programs in wider and wider neighbourhoods.

use std::collections::BTreeSet;

use super::super::lp::{Condition, Goal, LinearProgram, touching};
use super::{Perturbation, ROOMY, Search};

/// Printed counts considered around a sensitive one when the nearest closed set holds no perturbation; the circle then grows.
const FIRST_CIRCLE: usize = 80;
/// Counts that a broken tie lets in at once.
const PARTNERS: usize = 8;
/// What breaking a tie by one costs.
const BROKEN: f64 = 1e4;
/// Cleaning up only makes the outcome better: it does not look farther than this.
const WIDEST_CLEAN_UP: usize = 320;
/// A change below this is rounding noise of the solver.
const STILL: f64 = 1e-6;
/// Branch-and-bound nodes spent on turning a fractional perturbation into a whole one.
const NODES: u64 = 200;
/// A unit cycle is taken without looking for a cheaper perturbation when it hides that many counts more at most.
const FEW: usize = 8;

/// How the ties of a perturbation bind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Conditions {
    Held,
    /// And changes are whole numbers.
    HeldByWhole,
    /// They may break, which costs more than any change.
    Elastic,
}

/// What seemed to have room enough and has not.
#[derive(Default)]
struct Narrow {
    cells: BTreeSet<usize>,
    bounds: BTreeSet<usize>,
}

impl Search<'_> {
    /// A perturbation with that change of `target`, a cheap one before a dear one; among hidden counts only unless `may_hide`.
    pub(super) fn find(
        &self,
        target: usize,
        change: f64,
        may_hide: bool,
        banned: Option<usize>,
    ) -> Option<Perturbation> {
        let cell = &self.tables.cells[target];
        if change == 0.0 || cell.value as f64 + change < cell.floor as f64 {
            return None;
        }

        // Counts that are hidden anyway come first: such a perturbation costs nothing.
        if let Some(found) = self.cycle_hidden(target, change, banned) {
            return Some(found);
        }

        let closed = self.close(target, change, may_hide, banned);
        if !may_hide {
            let nearest = self.nearest(target, change, false, banned);
            let around = nearest.take(WIDEST_CLEAN_UP).chain(closed).collect();
            return self.solve(target, change, around).filter(is_whole);
        }

        self.cycle_open(target, change)
            .or_else(|| self.solve(target, change, closed.clone()))
            .or_else(|| self.find_farther(target, change, closed, banned))
    }

    /// Seeks in a circle, with the `closed` set, that grows where it breaks: the ties which no perturbation of its counts can hold let
    /// others of their counts in, until all hold.
    fn find_farther(
        &self,
        target: usize,
        change: f64,
        closed: BTreeSet<usize>,
        banned: Option<usize>,
    ) -> Option<Perturbation> {
        let mut around = closed;
        let mut printed = 0;
        for i in self.nearest(target, change, true, banned) {
            printed += usize::from(self.is_printed(i));
            around.insert(i);
            if printed == FIRST_CIRCLE {
                break;
            }
        }

        loop {
            let (found, broken) = self.program(target, change, &around, Conditions::Elastic)?;
            if broken.is_empty() {
                if !self.whole || is_whole(&found) {
                    return Some(found);
                }
                let whole = self.program(target, change, &around, Conditions::HeldByWhole);
                if let Some((found, _)) = whole {
                    return Some(found);
                }
            }
            if !self.grow(&mut around, &broken, banned) {
                return None;
            }
        }
    }

    /// Lets the cheapest counts of each `broken` tie in; where none is left, all that is tied to those that are in. Says whether any
    /// came.
    fn grow(&self, around: &mut BTreeSet<usize>, broken: &[usize], banned: Option<usize>) -> bool {
        let before = around.len();
        let may_join = |j: &usize, around: &BTreeSet<usize>| {
            self.may_change(*j, true) && Some(*j) != banned && !around.contains(j)
        };

        for &tie in broken {
            let terms = self.ties.terms(tie).map(|t| t.0);
            let mut partners: Vec<usize> = terms.filter(|j| may_join(j, around)).collect();
            partners.sort_by(|&a, &b| {
                self.cell_weight(a).total_cmp(&self.cell_weight(b)).then(a.cmp(&b))
            });
            around.extend(partners.into_iter().take(PARTNERS));
        }
        if around.len() == before {
            let tied: Vec<usize> = around.iter().flat_map(|&i| self.ties.tied_to(i)).collect();
            let joining: Vec<usize> = tied.into_iter().filter(|j| may_join(j, around)).collect();
            around.extend(joining);
        }

        around.len() > before
    }

    /// A unit cycle of ±`change` among counts that are hidden already.
    fn cycle_hidden(
        &self,
        target: usize,
        change: f64,
        banned: Option<usize>,
    ) -> Option<Perturbation> {
        self.cycle_by(target, change, |i| (self.is_unknown(i) && Some(i) != banned).then_some(0.01))
    }

    /// A unit cycle of ±`change` that hides few counts more.
    fn cycle_open(&self, target: usize, change: f64) -> Option<Perturbation> {
        let found = self.cycle_by(target, change, |i| {
            self.may_change(i, true).then(|| self.cell_weight(i).max(0.01))
        })?;

        let new = found.keys().filter(|&&i| !self.is_unknown(i)).count();
        (new <= FEW).then_some(found)
    }

    fn cycle_by(
        &self,
        target: usize,
        change: f64,
        cost: impl Fn(usize) -> Option<f64>,
    ) -> Option<Perturbation> {
        let cells = &self.tables.cells;
        let step = change.abs();
        if step.fract() != 0.0 {
            return None;
        }

        let room = |i: usize, direction: i64| {
            direction > 0 || (cells[i].value - cells[i].floor) as f64 >= step
        };
        let cell_weight = |i: usize, direction: i64| cost(i).filter(|_| room(i, direction));

        let sign = if change > 0.0 { 1 } else { -1 };
        let found = self.ties.unit_cycle(target, (sign, step as i64), cell_weight)?;
        let changes = found.into_iter();
        Some(changes.map(|(i, d)| (i, d as f64 * step)).collect())
    }

    fn solve(
        &self,
        target: usize,
        change: f64,
        mut around: BTreeSet<usize>,
    ) -> Option<Perturbation> {
        self.prune(&mut around);
        if !around.contains(&target) {
            return None;
        }

        let (found, _) = self.program(target, change, &around, Conditions::Held)?;
        // A fractional perturbation most often has whole ones beside it: the audit, which knows that counts are whole, says
        // where it has none.
        if !self.whole || is_whole(&found) {
            return Some(found);
        }
        self.program(target, change, &around, Conditions::HeldByWhole)
            .map(|found| found.0)
    }

    /// The cheapest perturbation of the counts `around` by which `target` changes as asked, and the ties that it breaks. What has room
    /// enough is left out of the program, and put into it again when the perturbation found does not leave it room.
    fn program(
        &self,
        target: usize,
        change: f64,
        around: &BTreeSet<usize>,
        conditions: Conditions,
    ) -> Option<(Perturbation, Vec<usize>)> {
        let mut narrow = Narrow::default();
        loop {
            let (mut found, broken) = self.relaxed(target, change, around, conditions, &narrow)?;
            if !broken.is_empty() || self.complete(&mut found, &mut narrow) {
                return Some((found, broken));
            }
        }
    }

    /// The cheapest perturbation for all that binds, and for what is known to be `narrow`; and the ties that it breaks.
    fn relaxed(
        &self,
        target: usize,
        change: f64,
        around: &BTreeSet<usize>,
        conditions: Conditions,
        narrow: &Narrow,
    ) -> Option<(Perturbation, Vec<usize>)> {
        let cells = &self.tables.cells;
        let whole = conditions == Conditions::HeldByWhole;
        let limit = 50.0 * change.abs();
        let mut program = LinearProgram::new(Goal::Minimize, whole.then_some(NODES));

        // Of the counts that absorb, only the narrow ones take part.
        let constraints = touching(&self.incidence, around);
        let absorbers = constraints.iter().filter_map(|&r| self.absorbers[r]);
        let (narrow_ones, roomy): (BTreeSet<usize>, BTreeSet<usize>) =
            absorbers.partition(|i| narrow.cells.contains(i));
        let variables: BTreeSet<usize> =
            around.difference(&roomy).chain(&narrow_ones).copied().collect();

        // Variables are changes, upwards and downwards.
        for &i in &variables {
            if i == target {
                let fixed = (change.abs(), change.abs());
                program.add(i, change.signum(), 0.0, fixed);
                continue;
            }

            // Hidden counts cost a trifle, so that a perturbation does not touch more of them than it needs.
            let weight = self.cell_weight(i).max(0.01);
            let room = ((cells[i].value - cells[i].floor) as f64).min(limit);
            program.add(i, 1.0, weight, (0.0, limit));
            program.add(i, -1.0, weight, (0.0, room));
        }

        let absorbed = |r: &usize| self.absorbers[*r].is_some_and(|i| roomy.contains(&i));
        let mut slacks = Vec::new();
        let mut require =
            |program: &mut LinearProgram, tie: usize, condition: &Condition| match conditions {
                Conditions::Elastic => {
                    slacks.push((tie, program.require_elastic(condition, BROKEN)))
                }
                _ => program.require(condition),
            };
        for r in constraints.into_iter().filter(|r| !absorbed(r)) {
            require(&mut program, r, &Condition::sum(&self.tables.constraints[r]));
        }
        for b in touching(&self.bound_incidence, &variables) {
            // Changes cancel out in a sum; in a bound they have the room that is left between the part and the whole.
            let gap = self.tables.gap(b);
            if gap < ROOMY || narrow.bounds.contains(&b) {
                let condition = Condition::change_of_bound(self.tables.bounds[b], gap);
                require(&mut program, self.ties.of_bound(b), &condition);
            }
        }

        let point = program.solve().ok().flatten()?;
        let changes = point
            .cells()
            .map(|(i, change)| (i, if whole { change.round() } else { change }));
        let found = changes.filter(|c| c.1.abs() > STILL).collect();
        let broken = slacks
            .into_iter()
            .filter(|(_, sides)| sides.iter().any(|&s| point.value(s) > STILL));
        Some((found, broken.map(|(tie, _)| tie).collect()))
    }

    /// Adds the changes of the counts that absorb, and says whether all of it holds; otherwise what was too narrow is noted.
    fn complete(&self, found: &mut Perturbation, narrow: &mut Narrow) -> bool {
        let cells = &self.tables.cells;
        let before = (narrow.cells.len(), narrow.bounds.len());
        let changed: BTreeSet<usize> = found.keys().copied().collect();

        for r in touching(&self.incidence, &changed) {
            let Some(absorber) = self.absorbers[r].filter(|i| !narrow.cells.contains(i)) else {
                continue;
            };
            let (mut others, mut sign) = (0.0, 1.0);
            for &(i, k) in &self.tables.constraints[r].terms {
                match i == absorber {
                    true => sign = k as f64,
                    false => others += k as f64 * found.get(&i).unwrap_or(&0.0),
                }
            }

            let change = -others * sign;
            if cells[absorber].value as f64 + change < cells[absorber].floor as f64 - STILL {
                narrow.cells.insert(absorber);
            } else if change.abs() > STILL {
                found.insert(absorber, change);
            }
        }

        let changed: BTreeSet<usize> = found.keys().copied().collect();
        for b in touching(&self.bound_incidence, &changed) {
            let (part, whole) = self.tables.bounds[b];
            let of = |i: usize| found.get(&i).unwrap_or(&0.0);
            if of(part) - of(whole) > self.tables.gap(b) as f64 + STILL {
                narrow.bounds.insert(b);
                narrow.cells.extend([part, whole]);
            }
        }

        before == (narrow.cells.len(), narrow.bounds.len())
    }

    /// Records how far a perturbation carries each count it touches, either way.
    pub(super) fn adopt(&mut self, found: Perturbation) {
        let cells = &self.tables.cells;
        let (back, forth) = self.extent(&found);
        let index = self.perturbations.len();

        for (&i, &change) in &found {
            let ends =
                [cells[i].value as f64 - change * back, cells[i].value as f64 + change * forth];
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

        self.perturbations.push(found);
    }

    /// How many times a perturbation can be applied backwards and forwards before a floor or a bound stops it.
    fn extent(&self, found: &Perturbation) -> (f64, f64) {
        let cells = &self.tables.cells;
        let (mut back, mut forth) = (f64::INFINITY, f64::INFINITY);

        for (&i, &change) in found {
            let room = (cells[i].value - cells[i].floor) as f64 / change.abs();
            if change < 0.0 {
                forth = forth.min(room);
            } else {
                back = back.min(room);
            }

            for &b in &self.bound_incidence[i] {
                let (part, whole) = self.tables.bounds[b];
                let closing = found.get(&part).unwrap_or(&0.0) - found.get(&whole).unwrap_or(&0.0);
                let gap = self.tables.gap(b) as f64;
                if closing > STILL {
                    forth = forth.min(gap / closing);
                } else if closing < -STILL {
                    back = back.min(gap / -closing);
                }
            }
        }

        (back, forth)
    }
}

pub(super) fn is_whole(found: &Perturbation) -> bool {
    found.values().all(|y| (y - y.round()).abs() < STILL)
}
