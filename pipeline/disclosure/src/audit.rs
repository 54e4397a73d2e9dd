//! The last check before anything leaves: attacks each hidden count, and believes nothing that the suppression found.
//!
//! A count is safe when two *witnesses* exist: whole values of the hidden counts that agree with every published
//! figure and every constraint, in which the count is low in one and high in the other. Witnesses are sought first among
//! changes by ±1 of all that is hidden, then by linear programming among the hidden counts near the attacked one, then
//! farther and farther, up to all that it depends on; each is verified in whole-number arithmetic, so no rounding of the
//! solver can pass for a proof. What one witness differs by from the truth may be multiplied, either way, as far as floors
//! and bounds allow: each multiple is a witness for every count that it touches. A count for which even the widest
//! search, in reals then in whole numbers, finds no pair of witnesses is underprotected.

mod witness;

use std::collections::BTreeMap;
use std::thread;

use super::condensed::Condensed;
use super::model::{FeasibilityInterval, LinkedTables, ProtectionRequirement, Status};
use super::unit_cycle::Ties;

/// A change of counts, none of them 0.
pub type Change = BTreeMap<usize, i64>;

/// What is proved of each count so far.
type Proved = BTreeMap<usize, FeasibilityInterval>;

/// Nothing is sought beyond this distance from the true value: any interval that wide is safe.
const HORIZON: i64 = 400;
/// An interval that many times as wide as asked is told as unlimited.
const WIDE: f64 = 5.0;
/// Work is cut in this many parts, whatever the number of cores, so that the outcome never depends on it.
const PARTS: usize = 8;

/// What the audit found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Audit {
    /// Hidden counts attacked.
    pub attacked: usize,
    /// Sensitive counts among them.
    pub sensitive: usize,
    /// The narrowest proved interval of a sensitive count: the attacker cannot do better than this.
    pub narrowest: Option<FeasibilityInterval>,
    /// Sensitive counts that an attacker can confine too closely, with the interval that could be proved.
    pub underprotected: Vec<(usize, FeasibilityInterval)>,
    /// Other hidden counts that could not be shown to have two possible values: hiding them serves little, and gives
    /// nothing away, since every sensitive count is attacked with all that determines them.
    pub exact: Vec<usize>,
}

/// Attacks every hidden count of `tables` that is printed or sensitive, given what `hidden` leaves open. `changes` of counts that
/// may be witnesses, such as those that the suppression leaned on, are verified like any other: they only save time.
pub fn audit(
    tables: &LinkedTables,
    hidden: &[bool],
    requirement: &ProtectionRequirement,
    changes: &[Change],
) -> Audit {
    let attacked = |i: usize| hidden[i] || tables.cells[i].sensitive;
    audit_of(tables, hidden, requirement, changes, &attacked)
}

/// The sensitive counts that an attacker can confine too closely: [`audit`] of these alone.
pub(super) fn confined(
    tables: &LinkedTables,
    hidden: &[bool],
    requirement: &ProtectionRequirement,
) -> Vec<usize> {
    let attacked = |i: usize| tables.cells[i].sensitive;
    let outcome = audit_of(tables, hidden, requirement, &[], &attacked);
    outcome.underprotected.into_iter().map(|u| u.0).collect()
}

/// Attacks those of the hidden counts that are to be.
fn audit_of(
    tables: &LinkedTables,
    hidden: &[bool],
    requirement: &ProtectionRequirement,
    changes: &[Change],
    is_attacked: &dyn Fn(usize) -> bool,
) -> Audit {
    // Equal counts are one, known if one of them is: a sensitive one among them is then given away.
    let condensed = Condensed::new(tables);
    let unknown = tables.unknown(hidden);
    let attacked: Vec<bool> = (0..unknown.len()).map(|i| unknown[i] && is_attacked(i)).collect();
    let condensed_changes: Vec<Change> = changes
        .iter()
        .map(|change| change.iter().map(|(&i, &d)| (condensed.of[i], d)).collect())
        .collect();
    let may_vary: Vec<bool> = condensed
        .all(&unknown)
        .iter()
        .zip(&condensed.tables.cells)
        .map(|(&unknown, cell)| unknown && cell.status != Status::Published)
        .collect();
    let outcome = audit_condensed(
        &condensed.tables,
        may_vary,
        requirement,
        &indices(&condensed.any(&attacked)),
        &condensed_changes,
    );

    let members = condensed.members();
    let each = |i: usize| members[i].iter().copied().filter(|&i| attacked[i]);
    let underprotected = outcome.underprotected.iter();
    Audit {
        underprotected: underprotected
            .flat_map(|&(i, interval)| each(i).map(move |i| (i, interval)))
            .filter(|&(i, _)| tables.cells[i].sensitive)
            .collect(),
        exact: outcome.exact.iter().flat_map(|&i| each(i)).collect(),
        ..outcome
    }
}

fn indices(mask: &[bool]) -> Vec<usize> {
    (0..mask.len()).filter(|&i| mask[i]).collect()
}

/// [`audit`] where no two counts are known to be equal.
fn audit_condensed(
    tables: &LinkedTables,
    unknown: Vec<bool>,
    requirement: &ProtectionRequirement,
    targets: &[usize],
    changes: &[Change],
) -> Audit {
    let attacker = Attacker {
        tables,
        unknown,
        ties: Ties::new(tables),
        incidence: tables.incidence(),
        bound_incidence: tables.bound_incidence(),
        requirement: *requirement,
    };

    let known = attacker.prove(targets, changes);

    let mut outcome = Audit {
        attacked: targets.len(),
        ..Audit::default()
    };
    for &i in targets {
        let interval = attacker.seen(i, &known);
        let sensitive = tables.cells[i].sensitive;
        if sensitive {
            outcome.sensitive += 1;

            // Where the search stops is counted from the truth: it must not be printed.
            let mut told = interval;
            if interval.width() > WIDE * requirement.sliding_level as f64 {
                told.high = f64::INFINITY;
            }
            let narrowest = &mut outcome.narrowest;
            if narrowest.is_none_or(|n| told.width() < n.width()) {
                *narrowest = Some(told);
            }
        }

        match (attacker.is_safe(i, interval), sensitive) {
            (true, _) => {}
            (false, true) => outcome.underprotected.push((i, interval)),
            (false, false) => outcome.exact.push(i),
        }
    }

    outcome
}

/// What the attacker has: the published tables, and which of their counts are hidden.
struct Attacker<'a> {
    tables: &'a LinkedTables,
    unknown: Vec<bool>,
    ties: Ties<'a>,
    incidence: Vec<Vec<usize>>,
    bound_incidence: Vec<Vec<usize>>,
    requirement: ProtectionRequirement,
}

impl Attacker<'_> {
    /// Seeks witnesses of all targets: among the given changes, by unit cycles, then by linear programs for those that these leave.
    fn prove(&self, targets: &[usize], changes: &[Change]) -> Proved {
        let mut known = Proved::new();
        for change in changes {
            let change = reduced(change.clone());
            if self.agrees(&self.moved(&change, 1)) {
                self.stretch(&change, &mut known);
            }
        }

        // The witnesses of a sensitive count often serve the others around it.
        let (sensitive, others): (Vec<usize>, Vec<usize>) =
            targets.iter().partition(|&&i| self.tables.cells[i].sensitive);
        for &target in sensitive.iter().chain(&others) {
            self.step(target, &mut known);
        }

        // Programs are for those whose exposure would stop the release.
        let left: Vec<usize> = sensitive
            .into_iter()
            .filter(|&i| !self.is_safe(i, self.seen(i, &known)))
            .collect();
        let size = left.len().div_ceil(PARTS).max(1);
        let shared = &known;
        let found: Vec<Proved> = thread::scope(|scope| {
            let workers: Vec<_> = left
                .chunks(size)
                .map(|part| scope.spawn(move || self.examine(part, shared.clone())))
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
        known
    }

    fn at_rest(&self, i: usize) -> FeasibilityInterval {
        let v = self.tables.cells[i].value as f64;

        FeasibilityInterval { low: v, high: v }
    }

    /// A sensitive count must be as wide as asked; any other must not be known exactly.
    fn is_safe(&self, i: usize, interval: FeasibilityInterval) -> bool {
        if self.tables.cells[i].sensitive {
            self.requirement.holds(interval.low, interval.high)
        } else {
            interval.width() >= 1.0
        }
    }

    fn seen(&self, i: usize, known: &Proved) -> FeasibilityInterval {
        known.get(&i).copied().unwrap_or_else(|| self.at_rest(i))
    }

    /// How high, or how low, a count must be seen for it to be safe, given its other end; at most one past the truth for a
    /// count that is not sensitive.
    fn wanted(&self, target: usize, known: &Proved, upward: bool) -> i64 {
        let value = self.tables.cells[target].value;
        let seen = self.seen(target, known);
        let ProtectionRequirement { sliding_level, upper_bound } = self.requirement;

        match (self.tables.cells[target].sensitive, upward) {
            (true, true) => (seen.low as i64 + sliding_level).max(upper_bound).max(value + 1),
            (true, false) => (seen.high as i64 - sliding_level).min(value - 1),
            (false, true) => value + 1,
            (false, false) => value - 1,
        }
    }

    /// Seeks witnesses of `target` among unit cycles, up then down.
    fn step(&self, target: usize, known: &mut Proved) {
        let cells = &self.tables.cells;
        let room = |i: usize| cells[i].value - cells[i].floor;

        for upward in [true, false] {
            if self.is_safe(target, self.seen(target, known)) {
                return;
            }

            let step = (self.wanted(target, known, upward) - cells[target].value).abs();
            if !upward && room(target) < step {
                continue;
            }

            let sign = if upward { 1 } else { -1 };
            let cell_weight = |i: usize, direction: i64| {
                (self.unknown[i] && (direction > 0 || room(i) >= step)).then_some(0.0)
            };
            let found = self.ties.unit_cycle(target, (sign, step), cell_weight);
            if let Some(found) = found.filter(|found| self.agrees(&self.moved(found, step))) {
                self.stretch(&found, known);
            }
        }
    }

    /// The true values changed by `times` a change.
    fn moved(&self, change: &Change, times: i64) -> BTreeMap<usize, i64> {
        let moved = change.iter();

        moved.map(|(&i, d)| (i, self.tables.cells[i].value + times * d)).collect()
    }

    /// Takes a change that has been verified as far as it goes either way, and notes what that shows of every count.
    fn stretch(&self, change: &Change, known: &mut Proved) {
        let cells = &self.tables.cells;
        let (back, forth) = self.extent(change);

        for (&i, &d) in change {
            let ends = [cells[i].value - back * d, cells[i].value + forth * d];
            let seen = known.entry(i).or_insert_with(|| self.at_rest(i));
            seen.low = seen.low.min(ends[0].min(ends[1]) as f64);
            seen.high = seen.high.max(ends[0].max(ends[1]) as f64);
        }
    }

    /// How many times a change can be applied backwards and forwards before a floor or a bound stops it.
    fn extent(&self, change: &Change) -> (i64, i64) {
        let cells = &self.tables.cells;
        let (mut back, mut forth) = (HORIZON, HORIZON);
        let limit = |most: &mut i64, room: i64, speed: i64| *most = (*most).min(room / speed);

        for (&i, &d) in change {
            let room = cells[i].value - cells[i].floor;
            if d < 0 {
                limit(&mut forth, room, -d);
            } else if d > 0 {
                limit(&mut back, room, d);
            }

            for &b in &self.bound_incidence[i] {
                let (part, whole) = self.tables.bounds[b];
                let of = |j: usize| change.get(&j).copied().unwrap_or(0);
                let closing = of(part) - of(whole);
                let gap = self.tables.gap(b);
                if closing > 0 {
                    limit(&mut forth, gap, closing);
                } else if closing < 0 {
                    limit(&mut back, gap, -closing);
                }
            }
        }

        (back, forth)
    }

    /// What separates a witness from the truth.
    fn difference(&self, witness: &BTreeMap<usize, i64>) -> Change {
        let changes = witness.iter().map(|(&i, &x)| (i, x - self.tables.cells[i].value));
        reduced(changes.filter(|c| c.1 != 0).collect())
    }

    /// Whether these values, and the true ones elsewhere, are possible for all that the attacker knows.
    fn agrees(&self, values: &BTreeMap<usize, i64>) -> bool {
        let cells = &self.tables.cells;
        let value = |i: usize| values.get(&i).copied().unwrap_or(cells[i].value);

        let sum_holds = |&r: &usize| {
            let terms = self.tables.constraints[r].terms.iter();
            terms.map(|&(j, k)| k * value(j)).sum::<i64>() == 0
        };
        let bound_holds = |&b: &usize| {
            let (part, whole) = self.tables.bounds[b];
            value(part) <= value(whole)
        };

        values.iter().all(|(&i, &x)| {
            x >= cells[i].floor
                && self.unknown[i]
                && self.incidence[i].iter().all(sum_holds)
                && self.bound_incidence[i].iter().all(bound_holds)
        })
    }
}

/// A change divided by what all of it has in common.
fn reduced(mut change: Change) -> Change {
    let common = change.values().fold(0, |a, &b| divisor(a, b.abs()));
    if common > 1 {
        change.values_mut().for_each(|d| *d /= common);
    }

    change
}

fn divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { divisor(b, a % b) }
}
