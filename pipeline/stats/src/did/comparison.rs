//! One cohort against one set of controls, over its pairs of periods.

use super::Method;
use super::dependence::Dependence;
use super::design::Comparison;
use super::panel::Panel;
use super::propensity::Propensity;
use super::sample::{Observed, Sample, SkipReason};
use super::two_by_two::{self, Estimated};

/// What one comparison gives for one pair of periods.
pub(super) struct CellFit {
    pub estimate: f64,
    /// On the units of the panel.
    pub dependence: Dependence,
    /// Treated units, and control units.
    pub sizes: (usize, usize),
}

type Fitted = Result<CellFit, SkipReason>;

/// The effects of a comparison, one per pair of periods: on the changes of the units observed in both, or in `cross_sections` on
/// all that is observed.
pub(super) fn compare(
    panel: &Panel,
    comparison: &Comparison,
    method: Method,
    cross_sections: bool,
) -> Vec<Fitted> {
    let members = Members::new(panel, comparison);
    let pairs = comparison.pairs.iter();
    if cross_sections {
        return pairs.map(|pair| members.cross_sections(*pair, method)).collect();
    }

    // Where nobody is missing neither the groups nor the covariates change with the period: one propensity serves all.
    let propensity = Propensity::needed(&members.sample, method);
    pairs
        .map(|pair| {
            let observed = members.observed(*pair);
            if observed.iter().all(|is| *is) {
                members.changes(*pair, method, &propensity)
            } else {
                let present = members.only(&observed);
                let propensity = Propensity::needed(&present.sample, method);
                present.changes(*pair, method, &propensity)
            }
        })
        .collect()
}

/// The units that take part in a comparison.
struct Members<'a> {
    panel: &'a Panel,
    /// One row per unit.
    sample: Sample,
    units: Vec<usize>,
    /// Treated units, and control units.
    sizes: (usize, usize),
}

impl<'a> Members<'a> {
    fn new(panel: &'a Panel, comparison: &Comparison) -> Self {
        let roles = panel.cohort.iter().enumerate();
        let (units, treated): (Vec<usize>, Vec<bool>) = roles
            .filter_map(|(unit, cohort)| comparison.role(*cohort).map(|role| (unit, role)))
            .unzip();

        let row = |unit: usize| {
            let covariates = panel.covariates.iter().map(move |c| c[unit]);
            std::iter::once(1.0).chain(covariates)
        };
        let served = treated.iter().filter(|t| **t).count();

        let sizes = (served, treated.len() - served);
        let sample = Sample {
            x: units.iter().flat_map(|&unit| row(unit)).collect(),
            width: panel.covariates.len() + 1,
            weight: units.iter().map(|&unit| panel.weights[unit]).collect(),
            treated,
        };

        Members {
            panel,
            sizes,
            sample: sample.without_redundant(),
            units,
        }
    }

    /// Which members are observed in both periods of a pair.
    fn observed(&self, (base, t): (usize, usize)) -> Vec<bool> {
        let is_seen = |period: usize, unit: usize| !self.panel.outcome[period][unit].is_nan();
        self.units.iter().map(|&unit| is_seen(base, unit) && is_seen(t, unit)).collect()
    }

    /// The members in a mask.
    fn only(&self, mask: &[bool]) -> Members<'a> {
        let (sample, _) = self.sample.part(mask);
        let kept = self.units.iter().zip(mask).filter(|(_, kept)| **kept);
        let served = sample.treated.iter().filter(|t| **t).count();

        Members {
            panel: self.panel,
            sizes: (served, sample.treated.len() - served),
            units: kept.map(|(unit, _)| *unit).collect(),
            sample,
        }
    }

    /// The effect on the change of each unit between two periods.
    fn changes(
        &self,
        (base, t): (usize, usize),
        method: Method,
        propensity: &Result<Option<Propensity>, SkipReason>,
    ) -> Fitted {
        match self.sizes {
            (0, _) => return Err(SkipReason::NoTreated),
            (_, 0) => return Err(SkipReason::NoControls),
            _ => {}
        }
        if base == t {
            return Ok(self.reference());
        }

        let propensity = propensity.as_ref().map_err(|reason| *reason)?;
        let outcome = &self.panel.outcome;
        let change = |&unit: &usize| outcome[t][unit] - outcome[base][unit];
        let y: Vec<f64> = self.units.iter().map(change).collect();

        let observed = Observed { sample: &self.sample, y: &y, post: None };
        let estimated = two_by_two::estimate(&observed, method, propensity.as_ref())?;
        Ok(self.fit(&estimated, &observed, &self.units, self.sizes))
    }

    /// The repeated-cross-section form: one row per observation, influences added by unit.
    fn cross_sections(&self, (base, t): (usize, usize), method: Method) -> Fitted {
        if base == t {
            return Ok(self.reference());
        }

        let mut sample = Sample {
            width: self.sample.width,
            ..Sample::default()
        };
        let (mut owner, mut y, mut post) = (Vec::new(), Vec::new(), Vec::new());
        let mut sizes = (0, 0);
        for (i, &unit) in self.units.iter().enumerate() {
            let treated = self.sample.treated[i];
            let before = owner.len();
            for (period, after) in [(base, false), (t, true)] {
                let value = self.panel.outcome[period][unit];
                if !value.is_nan() {
                    sample.x.extend_from_slice(self.sample.row(i));
                    sample.treated.push(treated);
                    sample.weight.push(self.sample.weight[i]);
                    owner.push(unit);
                    y.push(value);
                    post.push(after);
                }
            }

            if owner.len() > before {
                *(if treated { &mut sizes.0 } else { &mut sizes.1 }) += 1;
            }
        }

        let is_present = |role: (bool, bool)| {
            let mut rows = sample.treated.iter().zip(&post);
            rows.any(|(treated, after)| (*treated, *after) == role)
        };
        for (treated, reason) in [(true, SkipReason::NoTreated), (false, SkipReason::NoControls)] {
            if !is_present((treated, false)) || !is_present((treated, true)) {
                return Err(reason);
            }
        }

        let sample = sample.without_redundant();
        let propensity = Propensity::needed(&sample, method)?;
        let observed = Observed {
            sample: &sample,
            y: &y,
            post: Some(&post),
        };
        let estimated = two_by_two::estimate(&observed, method, propensity.as_ref())?;
        Ok(self.fit(&estimated, &observed, &owner, sizes))
    }

    /// The reference cell of a universal base: zero by design.
    fn reference(&self) -> CellFit {
        CellFit {
            estimate: 0.0,
            dependence: Dependence::none(self.panel.units.len()),
            sizes: self.sizes,
        }
    }

    /// The cell, with what each row does to it given to the unit that owns it.
    fn fit(
        &self,
        estimated: &Estimated,
        observed: &Observed<'_>,
        owners: &[usize],
        sizes: (usize, usize),
    ) -> CellFit {
        let mut dependence = Dependence::none(self.panel.units.len());
        for (row, &unit) in owners.iter().enumerate() {
            dependence.influence[unit] += estimated.influence[row];

            // Of two cross-sections a unit has half of its share in each: together, its share in the change.
            let share = match observed.post.map(|post| post[row]) {
                None => estimated.pull[row],
                Some(true) => estimated.pull[row] / 2.0,
                Some(false) => -estimated.pull[row] / 2.0,
            };
            if observed.sample.treated[row] {
                dependence.treated[unit] += share;
            } else {
                dependence.controls[unit] -= share;
            }
        }

        CellFit {
            estimate: estimated.effect,
            dependence,
            sizes,
        }
    }
}
