//! Finding a perturbation: among unit cycles first, then by linear programs in wider and wider neighbourhoods.

use std::collections::BTreeSet;

use super::super::lp::{Condition, Goal, LinearProgram, touching};
use super::{Perturbation, ROOMY, Search};

/// Counts considered around a sensitive one when the nearest closed set holds no perturbation; the circle then widens.
const FIRST_CIRCLE: usize = 80;
/// How many times as many counts the next circle has.
const WIDENING: usize = 5;
/// Cleaning up only makes the outcome better: it does not look farther than this.
const WIDEST_CLEAN_UP: usize = 320;
/// A change below this is rounding noise of the solver.
const STILL: f64 = 1e-6;
/// Branch-and-bound nodes spent on turning a fractional perturbation into a whole one.
const NODES: u64 = 200;
/// A unit cycle is taken without looking for a cheaper perturbation when it hides that many counts more at most.
const FEW: usize = 8;

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
            .or_else(|| self.find_farther(target, change, &closed, banned))
    }

    /// Seeks in wider and wider circles, each with the `closed` set.
    fn find_farther(
        &self,
        target: usize,
        change: f64,
        closed: &BTreeSet<usize>,
        banned: Option<usize>,
    ) -> Option<Perturbation> {
        let mut nearest = self.nearest(target, change, true, banned).peekable();
        let mut around = closed.clone();
        let (mut circle, mut size) = (FIRST_CIRCLE, 0);
        loop {
            while size < circle
                && let Some(i) = nearest.next()
            {
                size += usize::from(self.is_printed(i));
                around.insert(i);
            }

            let found = self.solve(target, change, around.clone());
            if found.is_some() || nearest.peek().is_none() {
                return found;
            }
            circle *= WIDENING;
        }
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

        let found = self.program(target, change, &around, false)?;
        // A fractional perturbation most often has whole ones beside it: the audit, which knows that counts are whole, says
        // where it has none.
        if !self.whole || is_whole(&found) {
            return Some(found);
        }
        self.program(target, change, &around, true)
    }

    /// The cheapest perturbation of the counts `around` by which `target` changes as asked. What has room enough is left out of
    /// the program, and put into it again when the perturbation found does not leave it room.
    fn program(
        &self,
        target: usize,
        change: f64,
        around: &BTreeSet<usize>,
        whole: bool,
    ) -> Option<Perturbation> {
        let mut narrow = Narrow::default();
        loop {
            let mut found = self.relaxed(target, change, around, whole, &narrow)?;
            if self.complete(&mut found, &mut narrow) {
                return Some(found);
            }
        }
    }

    /// The cheapest perturbation for all that binds, and for what is known to be `narrow`.
    fn relaxed(
        &self,
        target: usize,
        change: f64,
        around: &BTreeSet<usize>,
        whole: bool,
        narrow: &Narrow,
    ) -> Option<Perturbation> {
        let cells = &self.tables.cells;
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
        for r in constraints.into_iter().filter(|r| !absorbed(r)) {
            program.require(&Condition::sum(&self.tables.constraints[r]));
        }
        for b in touching(&self.bound_incidence, &variables) {
            // Changes cancel out in a sum; in a bound they have the room that is left between the part and the whole.
            let gap = self.tables.gap(b);
            if gap < ROOMY || narrow.bounds.contains(&b) {
                let mut condition = Condition::bound(self.tables.bounds[b]);
                condition.right = gap as f64;
                program.require(&condition);
            }
        }

        let point = program.solve().ok().flatten()?;
        let changes = point
            .cells()
            .map(|(i, change)| (i, if whole { change.round() } else { change }));
        Some(changes.filter(|c| c.1.abs() > STILL).collect())
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
