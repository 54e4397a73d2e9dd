//! Secondary suppression: which further counts to hide so that no sensitive one can be confined.
//!
//! A sensitive count is protected by a *perturbation*: a change of hidden counts that leaves every published figure and every
//! constraint as they are. Along a perturbation the attacker sees nothing, so the count may be anywhere on it. For each
//! sensitive count that no known perturbation protects, a new one is looked for: first a cycle of counts that change by
//! the same number, then, by a small linear program, the cheapest of its neighbourhood. Counts already hidden change
//! free of charge, others at the price of hiding them. The neighbourhood grows until there is a perturbation; there
//! always is one, since multiplying every count by the same number breaks no constraint. A last pass prints again what later
//! perturbations made needless. All this on counts of which equal ones are one.

mod clean_up;
mod neighbourhood;
mod perturbation;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::thread;

use super::audit::Change;
use super::condensed::Condensed;
use super::model::{AdditivityConstraint, LinkedCell, LinkedTables, ProtectionRequirement, Status};
use super::unit_cycle::Ties;

/// Sensitive counts served at once, whatever the number of cores, so that the outcome never depends on it.
const BATCH: usize = 4;
/// A count or a bound with that much room holds back no perturbation; where one does not fit all the same, it is solved again.
const ROOMY: i64 = 40;
/// Changes tried in turn for each sensitive count.
const CHANGES: usize = 3;

/// Changes by count; the constraints and the published figures do not see them.
type Perturbation = BTreeMap<usize, f64>;

/// What the suppression decided.
#[derive(Debug, Clone)]
pub struct Suppression {
    /// A mask over the counts: which are hidden.
    pub hidden: Vec<bool>,
    /// The whole perturbations that it leaned on, for the audit to verify.
    pub changes: Vec<Change>,
}

/// Which counts must be hidden for every sensitive one to be protected.
///
/// Sensitive counts that cannot be protected (an earlier publication gave too much) stay unprotected: the audit says so.
pub fn suppress(tables: &LinkedTables, requirement: &ProtectionRequirement) -> Suppression {
    let condensed = Condensed::new(tables);
    let cells = &condensed.tables.cells;
    let mut search = Search::new(&condensed.tables, *requirement);
    // What equals a published count is known: nothing can be done for it.
    let hideable = |i: &usize| cells[*i].sensitive && cells[*i].status != Status::Published;
    let mut targets: Vec<usize> = (0..cells.len()).filter(hideable).collect();
    targets.sort_by_key(|&i| (Reverse(cells[i].margin), cells[i].value, i));

    for batch in targets.chunks(BATCH) {
        search.protect(batch);
    }
    search.clean_up(&targets);

    search.outcome(tables, &condensed)
}

/// What else to hide, beside `hidden`, for the counts `underprotected` that the audit found too closely known. Only whole
/// perturbations count here: a fractional one is what an attacker who knows that counts are whole sees through.
pub fn suppress_more(
    tables: &LinkedTables,
    requirement: &ProtectionRequirement,
    hidden: &[bool],
    underprotected: &[usize],
) -> Suppression {
    let condensed = Condensed::new(tables);
    let mut search = Search::new(&condensed.tables, *requirement);
    search.hidden = condensed.any(hidden);
    search.whole = true;

    let mut targets: Vec<usize> = underprotected.iter().map(|&i| condensed.of[i]).collect();
    targets.dedup();
    for batch in targets.chunks(BATCH) {
        search.protect(batch);
    }

    search.outcome(tables, &condensed)
}

/// `hidden`, and all that is tied, however far, to the counts `underprotected`. Nothing that is printed then tells the lot from
/// twice the lot.
pub fn suppress_all_around(
    tables: &LinkedTables,
    mut hidden: Vec<bool>,
    underprotected: impl IntoIterator<Item = usize>,
) -> Vec<bool> {
    let ties = Ties::new(tables);
    let mut reached = vec![false; tables.cells.len()];
    let mut queue: Vec<usize> = underprotected.into_iter().collect();

    while let Some(i) = queue.pop() {
        if std::mem::replace(&mut reached[i], true) || tables.cells[i].status == Status::Published {
            continue;
        }

        hidden[i] |= tables.cells[i].status == Status::Suppressible;
        queue.extend(ties.tied_to(i));
    }

    hidden
}

/// Of each constraint, a count that no table prints, that stands in no other one, needs no protection and has
/// room enough for any change.
fn absorbers(tables: &LinkedTables) -> Vec<Option<usize>> {
    let (incidence, bounds) = (tables.incidence(), tables.bound_incidence());
    let cells = &tables.cells;
    let roomy = |i: usize| {
        cells[i].status == Status::Implicit
            && !cells[i].sensitive
            && incidence[i].len() == 1
            && cells[i].value - cells[i].floor >= ROOMY
            && bounds[i].iter().all(|&b| tables.gap(b) >= ROOMY)
    };

    let of = |constraint: &AdditivityConstraint| {
        let mut terms = constraint.terms.iter();
        terms.find(|&&(i, k)| k.abs() == 1 && roomy(i)).map(|t| t.0)
    };
    tables.constraints.iter().map(of).collect()
}

/// How far a count is carried, and by which perturbation.
type Reach = (f64, Option<usize>);

#[derive(Clone)]
struct Search<'a> {
    tables: &'a LinkedTables,
    requirement: ProtectionRequirement,
    ties: Ties<'a>,
    incidence: Vec<Vec<usize>>,
    bound_incidence: Vec<Vec<usize>>,
    /// Of each constraint, a count with so much room that the constraint holds back no perturbation, if it has one.
    absorbers: Vec<Option<usize>>,
    hidden: Vec<bool>,
    /// Whether a perturbation must be one of whole numbers.
    whole: bool,
    perturbations: Vec<Perturbation>,
    /// Per count, the perturbations that carry it lowest and highest, and how far.
    lowest: Vec<Reach>,
    highest: Vec<Reach>,
    /// What was known of the counts that perturbations have changed, oldest first, to take perturbations back.
    changed: Vec<(usize, Reach, Reach)>,
}

impl<'a> Search<'a> {
    fn new(tables: &'a LinkedTables, requirement: ProtectionRequirement) -> Self {
        let cells = tables.cells.iter();
        let at_rest: Vec<_> = cells.map(|c| (c.value as f64, None)).collect();

        Self {
            tables,
            requirement,
            ties: Ties::new(tables),
            incidence: tables.incidence(),
            bound_incidence: tables.bound_incidence(),
            absorbers: absorbers(tables),
            hidden: tables.primary_pattern(),
            whole: false,
            perturbations: Vec::new(),
            lowest: at_rest.clone(),
            highest: at_rest,
            changed: Vec::new(),
        }
    }

    /// What was decided, said of the counts of `tables`.
    fn outcome(&self, tables: &LinkedTables, condensed: &Condensed) -> Suppression {
        let members = condensed.members();
        let whole = self.perturbations.iter().filter(|p| perturbation::is_whole(p));
        let changes = whole.map(|p| {
            let each = p
                .iter()
                .flat_map(|(&class, y)| members[class].iter().map(move |&i| (i, y.round() as i64)));
            each.collect()
        });

        let hidden = |cell: &LinkedCell, class: usize| match cell.status {
            Status::Suppressed => true,
            Status::Suppressible => self.hidden[class],
            Status::Published | Status::Implicit => false,
        };
        let cells = tables.cells.iter().zip(&condensed.of);
        Suppression {
            changes: changes.collect(),
            hidden: cells.map(|(cell, &class)| hidden(cell, class)).collect(),
        }
    }

    fn is_protected(&self, i: usize) -> bool {
        self.requirement.holds(self.lowest[i].0, self.highest[i].0)
    }

    /// Whether the attacker does not know the count, or would not if the gate hid it.
    fn may_change(&self, i: usize, may_hide: bool) -> bool {
        self.is_unknown(i) || (may_hide && self.tables.cells[i].status == Status::Suppressible)
    }

    fn is_unknown(&self, i: usize) -> bool {
        self.hidden[i] || self.tables.cells[i].status == Status::Implicit
    }

    /// What hiding a count costs: nothing if it is hidden anyway.
    fn cell_weight(&self, i: usize) -> f64 {
        if self.is_unknown(i) { 0.0 } else { self.hiding_weight(i) }
    }

    /// What hiding a printed count costs: more for larger ones, more for margins.
    fn hiding_weight(&self, i: usize) -> f64 {
        let cell = &self.tables.cells[i];

        (20.0 + cell.value as f64).ln() * f64::from(1 + cell.margin)
    }

    /// Finds perturbations until the targets are protected, and hides what they need.
    fn protect(&mut self, targets: &[usize]) {
        for step in 0..CHANGES {
            let waiting = targets.iter().copied();
            let waiting: Vec<usize> = waiting.filter(|&t| !self.is_protected(t)).collect();

            let found: Vec<Option<Perturbation>> = thread::scope(|scope| {
                let this = &*self;
                let seek = |t: usize| move || this.find(t, this.change(t, step), true, None);
                let workers: Vec<_> = waiting.iter().map(|&t| scope.spawn(seek(t))).collect();
                workers.into_iter().map(|w| w.join().ok().flatten()).collect()
            });

            for (target, found) in waiting.into_iter().zip(found) {
                // A perturbation found for another one of the batch may have served this one too.
                let Some(found) = found.filter(|_| !self.is_protected(target)) else {
                    continue;
                };
                for &i in found.keys() {
                    self.hidden[i] |= self.tables.cells[i].status == Status::Suppressible;
                }
                self.adopt(found);
            }
        }
    }

    /// The changes of `target` to try, in turn: the whole rise that is missing, one that suffices if the same perturbation carries
    /// it as far down as it can go, then the whole fall.
    fn change(&self, target: usize, step: usize) -> f64 {
        let ProtectionRequirement { sliding_level, upper_bound } = self.requirement;
        let cell = &self.tables.cells[target];
        let (low, high) = (self.lowest[target].0, self.highest[target].0);
        let value = cell.value as f64;

        match step {
            0 => ((upper_bound as f64).max(low + sliding_level as f64) - value).ceil(),
            1 if cell.value < upper_bound => {
                (upper_bound.max(cell.floor + sliding_level) - cell.value) as f64
            }
            1 => (sliding_level as f64 / 2.0).ceil(),
            _ => (high.max(upper_bound as f64) - sliding_level as f64 - value).floor(),
        }
    }
}
