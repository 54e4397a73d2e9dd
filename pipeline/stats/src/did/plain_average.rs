//! The average effect over those served where there is no covariate: differences of means, straight from the panel.
//!
//! [`super::estimate`] keeps what every cell depends on, unit by unit. What estimates thousands of times over, without a cluster
//! or with other dates ([`super::leave_out`]), reads the average alone: here each cell is two means, and what units do to the
//! average is added up at once, if it is asked for. The numbers are the same.

use super::dependence::Dependence;
use super::design::comparisons;
use super::panel::Panel;
use super::{Incomplete, Method, Options};

/// Treated for one control, in units or in weight, beyond which a propensity may set a comparison aside.
const MOST_TREATED: f64 = 99.0;

/// The weighted mean of a group's changes.
#[derive(Clone, Copy, Default)]
struct GroupMean {
    units: usize,
    weight: f64,
    mean: f64,
}

/// One cohort against its controls from one period to another.
struct MeanCell {
    base: usize,
    period: usize,
    treated: GroupMean,
    controls: GroupMean,
}

/// Cells that compare the same units.
struct ComparedUnits {
    treated: Vec<usize>,
    controls: Vec<usize>,
    cells: Vec<MeanCell>,
}

/// One cohort: its cells from service on count alike.
struct CohortMean {
    cohort: i32,
    weight: f64,
    mean: f64,
    cells: usize,
    compared: Vec<ComparedUnits>,
}

/// The average over cohorts, by their weights.
pub(super) struct PlainAverage {
    pub estimate: f64,
    weight: f64,
    cohorts: Vec<CohortMean>,
}

impl PlainAverage {
    /// Over the units `kept` of a cleaned panel, first served when `cohort` says. `None` where it takes more than means to tell:
    /// covariates, cross-sections, controls so few that a propensity matters, no cell or no one never treated.
    pub fn new(
        panel: &Panel,
        cohort: &[Option<i32>],
        kept: &[bool],
        options: &Options,
    ) -> Option<PlainAverage> {
        let sections = options.incomplete == Incomplete::CrossSections && !panel.is_complete();
        let kept_units = || kept.iter().zip(cohort).filter(|(kept, _)| **kept);
        if !panel.covariates.is_empty() || sections || kept_units().all(|(_, c)| c.is_some()) {
            return None;
        }

        let mut cohorts: Vec<CohortMean> = Vec::new();
        for comparison in comparisons(cohort, &panel.periods, options) {
            let from_service = |(_, t): &&(usize, usize)| panel.periods[*t] >= comparison.cohort;
            let pairs: Vec<(usize, usize)> =
                comparison.pairs.iter().filter(from_service).copied().collect();
            if pairs.is_empty() {
                continue;
            }

            let role = |unit: &usize| comparison.role(cohort[*unit]).filter(|_| kept[*unit]);
            let of = |wanted| (0..kept.len()).filter(|u| role(u) == Some(wanted)).collect();
            let mut compared = ComparedUnits {
                treated: of(true),
                controls: of(false),
                cells: Vec::new(),
            };
            for pair in pairs {
                compared.add(panel, pair, options.method)?;
            }
            if compared.cells.is_empty() {
                continue;
            }

            match cohorts.last_mut() {
                Some(last) if last.cohort == comparison.cohort => last.compared.push(compared),
                _ => cohorts.push(CohortMean {
                    cohort: comparison.cohort,
                    weight: compared.treated.iter().map(|&u| panel.weights[u]).sum(),
                    mean: 0.0,
                    cells: 0,
                    compared: vec![compared],
                }),
            }
        }

        for cohort in &mut cohorts {
            let cells = || cohort.compared.iter().flat_map(|c| &c.cells);
            let sum: f64 = cells().map(|c| c.treated.mean - c.controls.mean).sum();
            let count = cells().count();
            cohort.mean = sum / count as f64;
            cohort.cells = count;
        }
        let weight: f64 = cohorts.iter().map(|c| c.weight).sum();
        let sum: f64 = cohorts.iter().map(|c| c.weight * c.mean).sum();
        (weight > 0.0).then(|| PlainAverage { estimate: sum / weight, weight, cohorts })
    }

    /// What the average depends on, the weights of the cohorts included.
    pub fn dependence(&self, panel: &Panel) -> Dependence {
        let mut all = Dependence::none(panel.units.len());

        for cohort in &self.cohorts {
            let share = cohort.weight / self.weight / cohort.cells as f64;
            for compared in &cohort.compared {
                for cell in &compared.cells {
                    let changes = panel.changes((cell.base, cell.period));
                    for &unit in &compared.treated {
                        if let Some(change) = changes(unit) {
                            let own = share * panel.weights[unit] / cell.treated.weight;
                            all.treated[unit] += own;
                            all.influence[unit] += own * (change - cell.treated.mean);
                        }
                    }
                    for &unit in &compared.controls {
                        if let Some(change) = changes(unit) {
                            let own = share * panel.weights[unit] / cell.controls.weight;
                            all.controls[unit] += own;
                            all.influence[unit] -= own * (change - cell.controls.mean);
                        }
                    }
                }
            }

            let gain = (cohort.mean - self.estimate) / self.weight;
            let members = cohort.compared.first().map_or(&[][..], |c| &c.treated);
            for &unit in members {
                all.influence[unit] += panel.weights[unit] * gain;
            }
        }

        all
    }
}

impl ComparedUnits {
    /// Adds the cell of a pair of periods, if units of both groups are observed in both; `None` if it takes more than means.
    fn add(&mut self, panel: &Panel, pair: (usize, usize), method: Method) -> Option<()> {
        let treated = GroupMean::of(panel, &self.treated, pair);
        let controls = GroupMean::of(panel, &self.controls, pair);
        if treated.units == 0 || controls.units == 0 {
            return Some(());
        }

        let outnumbered = treated.units as f64 > MOST_TREATED * controls.units as f64
            || treated.weight > MOST_TREATED * controls.weight;
        if outnumbered && method != Method::OutcomeRegression {
            return None;
        }

        let (base, period) = pair;
        self.cells.push(MeanCell { base, period, treated, controls });
        Some(())
    }
}

impl GroupMean {
    fn of(panel: &Panel, units: &[usize], pair: (usize, usize)) -> GroupMean {
        let changes = panel.changes(pair);
        let mut group = GroupMean::default();
        for &unit in units {
            if let Some(change) = changes(unit) {
                group.units += 1;
                group.weight += panel.weights[unit];
                group.mean += panel.weights[unit] * change;
            }
        }

        group.mean /= group.weight;
        group
    }
}

impl Panel {
    /// The change of a unit between two periods, by position; `None` if it misses one of them.
    fn changes(&self, (base, period): (usize, usize)) -> impl Fn(usize) -> Option<f64> {
        let (before, after) = (&self.outcome[base], &self.outcome[period]);
        move |unit| Some(after[unit] - before[unit]).filter(|change| !change.is_nan())
    }
}
