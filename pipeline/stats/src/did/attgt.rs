//! All `ATT(g, t)` of a panel, each with the influence of every unit, from which all the rest follows.

use std::collections::BTreeMap;

use super::clean::{CleanPanel, clean};
use super::comparison::{CellFit, compare};
use super::dependence::Dependence;
use super::design::comparisons;
use super::inference::Inference;
use super::panel::Panel;
use super::spread::{Spread, Unmeasured};
use super::{Incomplete, Options, SkipReason};
use crate::{Error, Result, parallel};

/// The effect on one cohort in one period. Before service it measures how far trends differ already.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EffectCell {
    /// Period of first service of the cohort.
    pub cohort: i32,
    /// Period of the effect.
    pub period: i32,
    /// Period the change is measured from; equal to `period` for the reference cell of a universal base, zero by design.
    pub base: i32,
    /// The estimate, in the unit of the outcome.
    pub estimate: f64,
    /// How sure it is, or why that cannot be said.
    pub spread: Result<Spread, Unmeasured>,
    /// Treated units compared (in the repeated-cross-section form, observed in at least one of the two periods).
    pub treated: usize,
    /// Control units compared.
    pub controls: usize,
}

/// A cell that could not be estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SkippedCell {
    /// Period of first service of the cohort.
    pub cohort: i32,
    /// Period of the effect.
    pub period: i32,
    /// Why.
    pub reason: SkipReason,
}

/// The group-time effects, and who took part.
#[derive(Debug, Clone)]
pub struct AttGt {
    /// The effects, by cohort then period.
    pub cells: Vec<EffectCell>,
    /// Cells that could not be estimated, by cohort then period.
    pub skipped: Vec<SkippedCell>,
    /// Units served from the first period on (anticipation included): no period without effect to compare with.
    pub always_treated: Vec<String>,
    /// Units dropped because they miss a period ([`super::Incomplete::Drop`]).
    pub incomplete: Vec<String>,
    /// With no never-treated unit, the last cohort, which stands in as control.
    pub stand_in: Option<i32>,
    /// True if the repeated-cross-section form was used, because some observations are missing
    /// ([`Incomplete::CrossSections`]).
    pub cross_sections: bool,
    /// Units kept.
    pub units: usize,
    /// Of them, never treated (or standing in for it).
    pub never_treated: usize,
    /// Clusters among the units kept.
    pub clusters: usize,
    /// Multiplier of the simultaneous band of `cells`.
    pub critical_value: f64,
    /// The settings used.
    pub options: Options,
    pub(super) panel: Panel,
    /// What each cell depends on, among the units kept.
    pub(super) dependence: Vec<Dependence>,
}

/// Estimates every `ATT(g, t)` that the panel allows.
///
/// # Errors
/// A level or anticipation out of range; nobody treated after the first period, or nobody to compare with.
pub fn estimate(panel: &Panel, options: &Options) -> Result<AttGt> {
    options.check()?;
    let CleanPanel {
        panel,
        always_treated,
        incomplete,
        stand_in,
    } = clean(panel, options)?;

    let cross_sections = options.incomplete == Incomplete::CrossSections && !panel.is_complete();
    let (mut cells, mut dependence, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
    for (cell, fit) in fit_all(&panel, options, cross_sections) {
        match fit {
            Ok(fit) => {
                cells.push(EffectCell {
                    estimate: fit.estimate,
                    treated: fit.sizes.0,
                    controls: fit.sizes.1,
                    ..cell
                });
                dependence.push(fit.dependence);
            }
            Err(reason) => skipped.push(SkippedCell {
                cohort: cell.cohort,
                period: cell.period,
                reason,
            }),
        }
    }
    // A reference cell is zero by design: alone it estimates nothing.
    if cells.iter().all(|cell| cell.period == cell.base) {
        return Err(nothing_estimated(&skipped));
    }

    let columns: Vec<&Dependence> = dependence.iter().collect();
    let inference = Inference::new(&columns, &panel, options);
    for (k, cell) in cells.iter_mut().enumerate() {
        cell.spread = inference.spread(k, cell.estimate);
    }

    Ok(AttGt {
        cells,
        skipped,
        always_treated,
        incomplete,
        stand_in,
        cross_sections,
        units: panel.units.len(),
        never_treated: panel.cohort.iter().filter(|c| c.is_none()).count(),
        clusters: panel.cluster_count(),
        critical_value: inference.critical_value,
        options: *options,
        panel,
        dependence,
    })
}

impl EffectCell {
    /// Standard error, where there is one.
    pub fn se(&self) -> Option<f64> {
        self.spread.ok().map(|s| s.se)
    }
}

/// No cell could be estimated: how many, and why each.
fn nothing_estimated(skipped: &[SkippedCell]) -> Error {
    let mut counts: BTreeMap<SkipReason, usize> = BTreeMap::new();
    for cell in skipped {
        *counts.entry(cell.reason).or_default() += 1;
    }

    let reasons: Vec<String> = counts
        .iter()
        .map(|(reason, count)| format!("{} ({count})", reason.reason()))
        .collect();
    let why = match reasons.is_empty() {
        true => "aucune cohorte n’a de période avant sa desserte".into(),
        false => reasons.join(" ; "),
    };
    Error::refused(format!("aucun effet n’est estimable : {why}"))
        .hint("élargir la période, les témoins éligibles, ou réduire les covariables")
}

/// Makes every comparison of the panel: its cells, still empty, with what was fitted, by cohort then period.
fn fit_all(
    panel: &Panel,
    options: &Options,
    cross_sections: bool,
) -> Vec<(EffectCell, Result<CellFit, SkipReason>)> {
    let comparisons = comparisons(&panel.cohort, &panel.periods, options);
    let fits = parallel::map(&comparisons, options.workers(), |comparison| {
        compare(panel, comparison, options.method, cross_sections)
    });

    let mut all = Vec::new();
    for (comparison, fits) in comparisons.iter().zip(fits) {
        for (&(base, t), fit) in comparison.pairs.iter().zip(fits) {
            let cell = EffectCell {
                cohort: comparison.cohort,
                period: panel.periods[t],
                base: panel.periods[base],
                estimate: 0.0,
                spread: Err(Unmeasured::Reference),
                treated: 0,
                controls: 0,
            };
            all.push((cell, fit));
        }
    }

    all.sort_by_key(|(cell, _)| (cell.cohort, cell.period));
    all
}
