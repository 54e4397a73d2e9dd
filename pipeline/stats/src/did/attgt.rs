//! All `ATT(g, t)` of a panel, each with the influence of every unit, from which all the rest follows.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Serialize;

use super::comparison::{Comparison, plan};
use super::inference::Errors;
use super::panel::Panel;
use super::two_by_two::{self, Propensity, Reason, Rows};
use super::{Incomplete, Method, Options};
use base::error::{Error, Result};

/// The effect on one cohort in one period. Before service it measures how far trends differ already.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cell {
    /// Period of first service of the cohort.
    pub cohort: i32,
    /// Period of the effect.
    pub period: i32,
    /// Period the change is measured from; equal to `period` for the reference cell of a universal base, zero by design.
    pub base: i32,
    /// The estimate, in the unit of the outcome.
    pub estimate: f64,
    /// Standard error, cluster-robust.
    pub se: f64,
    /// Lower limit of the pointwise interval.
    pub lower: f64,
    /// Upper limit of the pointwise interval.
    pub upper: f64,
    /// Lower limit of the band that holds all cells at once.
    pub band_lower: f64,
    /// Upper limit of the band that holds all cells at once.
    pub band_upper: f64,
    /// Treated units compared (observed in at least one of the two periods).
    pub treated: usize,
    /// Control units compared.
    pub controls: usize,
}

/// A cell that could not be estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Period of first service of the cohort.
    pub cohort: i32,
    /// Period of the effect.
    pub period: i32,
    /// Why.
    pub reason: Reason,
}

/// The group-time effects, and who took part.
#[derive(Debug, Clone)]
pub struct AttGt {
    /// The effects, by cohort then period.
    pub cells: Vec<Cell>,
    /// Cells that could not be estimated, by cohort then period.
    pub skipped: Vec<Skipped>,
    /// Units served from the first period on (anticipation included): no period without effect to compare with.
    pub always_treated: Vec<String>,
    /// Units dropped because they miss a period ([`Incomplete::Drop`]).
    pub incomplete: Vec<String>,
    /// With no never-treated unit, the last cohort, which stands in as control.
    pub stand_in: Option<i32>,
    /// True if the repeated-cross-section form was used, because some observations are missing.
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
    /// One column per cell, one row per unit kept; the standard error is `√Σ_clusters (Σ_units influence)²`.
    pub(super) influence: Vec<Vec<f64>>,
}

/// What one comparison gives for one pair of periods.
type Outcome = std::result::Result<(f64, Vec<f64>, usize, usize), Reason>;

/// Estimates every `ATT(g, t)` that the panel allows.
///
/// # Errors
/// A level or anticipation out of range; nobody treated after the first period, or nobody to compare with.
pub fn estimate(panel: &Panel, options: &Options) -> Result<AttGt> {
    if !(options.level > 0.0 && options.level < 1.0) || options.anticipation < 0 {
        return Err(Error::usage(format!(
            "niveau de confiance {} ou anticipation {} hors limites",
            options.level, options.anticipation
        )));
    }
    let Cleaned {
        panel,
        always_treated,
        incomplete,
        stand_in,
    } = clean(panel, options)?;
    let cross_sections = !panel.is_complete();
    let comparisons = plan(&panel, options);
    let mut found: Vec<(i32, usize, usize, Outcome)> = Vec::new();
    for (comparison, outcomes) in
        comparisons
            .iter()
            .zip(run(&panel, &comparisons, options, cross_sections))
    {
        for (&(base, t), outcome) in comparison.pairs.iter().zip(outcomes) {
            found.push((comparison.cohort, t, base, outcome));
        }
    }
    found.sort_by_key(|(cohort, t, ..)| (*cohort, *t));

    let (mut cells, mut influence, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
    for (cohort, t, base, outcome) in found {
        let (period, base) = (panel.periods[t], panel.periods[base]);
        match outcome {
            Err(reason) => skipped.push(Skipped {
                cohort,
                period,
                reason,
            }),
            Ok((estimate, column, treated, controls)) => {
                cells.push(Cell {
                    cohort,
                    period,
                    base,
                    estimate,
                    se: 0.0,
                    lower: estimate,
                    upper: estimate,
                    band_lower: estimate,
                    band_upper: estimate,
                    treated,
                    controls,
                });
                influence.push(column);
            }
        }
    }
    if cells.is_empty() {
        return Err(Error::refused(
            "aucun effet n’est estimable : il manque des territoires témoins ou des périodes",
        )
        .hint("élargir la période, les témoins éligibles, ou réduire les covariables"));
    }
    let columns: Vec<&[f64]> = influence.iter().map(Vec::as_slice).collect();
    let errors = Errors::new(&columns, (&panel.clusters, &panel.treated()), options);
    for (k, (cell, &se)) in cells.iter_mut().zip(&errors.se).enumerate() {
        let (point, band) = errors.multipliers(k);
        let (point, band) = (point * se, band * se);
        cell.se = se;
        (cell.lower, cell.upper) = (cell.estimate - point, cell.estimate + point);
        (cell.band_lower, cell.band_upper) = (cell.estimate - band, cell.estimate + band);
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
        clusters: errors.clusters,
        critical_value: errors.critical_value,
        options: *options,
        panel,
        influence,
    })
}

struct Cleaned {
    panel: Panel,
    always_treated: Vec<String>,
    incomplete: Vec<String>,
    stand_in: Option<i32>,
}

/// Sets aside what cannot be compared, finds who stands in as never treated, and scales weights to mean 1.
fn clean(panel: &Panel, options: &Options) -> Result<Cleaned> {
    let (Some(&first), Some(&last)) = (panel.periods.first(), panel.periods.last()) else {
        return Err(Error::usage("panel sans période"));
    };
    let reach = options.anticipation;
    let names = |mask: &[bool]| -> Vec<String> {
        panel
            .units
            .iter()
            .zip(mask)
            .filter(|(_, out)| **out)
            .map(|(name, _)| name.clone())
            .collect()
    };
    let always: Vec<bool> = panel
        .cohort
        .iter()
        .map(|c| c.is_some_and(|g| g - reach <= first))
        .collect();
    let in_time = |cohort: Option<i32>| cohort.filter(|g| g - reach <= last);

    let kept = panel
        .cohort
        .iter()
        .zip(&always)
        .filter(|(_, out)| !**out)
        .map(|(c, _)| in_time(*c));
    let kept: Vec<Option<i32>> = kept.collect();
    let Some(latest) = kept.iter().flatten().max().copied() else {
        return Err(Error::refused(
            "aucun territoire n’est desservi après la première période du panel",
        ));
    };
    let stand_in = kept.iter().all(Option::is_some).then_some(latest);
    let periods: Vec<bool> = panel
        .periods
        .iter()
        .map(|p| stand_in.is_none_or(|g| *p < g - reach))
        .collect();
    let observed = |unit: usize| {
        let seen = panel
            .outcome
            .iter()
            .zip(&periods)
            .filter(|(_, kept)| **kept)
            .map(|(y, _)| !y[unit].is_nan());
        seen.fold((0, 0), |(yes, all), one| (yes + usize::from(one), all + 1))
    };
    let missing: Vec<bool> = (0..panel.units.len())
        .map(|unit| {
            let (yes, all) = observed(unit);
            !always[unit] && (yes == 0 || (yes < all && options.incomplete == Incomplete::Drop))
        })
        .collect();
    let units: Vec<bool> = always.iter().zip(&missing).map(|(a, m)| !a && !m).collect();
    let mut clean = panel.restrict(&units, &periods);
    for cohort in &mut clean.cohort {
        *cohort = in_time(*cohort).filter(|g| stand_in != Some(*g));
    }
    if clean.cohort.iter().all(Option::is_none) {
        return Err(Error::refused(
            "une seule vague de desserte et aucun territoire témoin : rien à comparer",
        ));
    }
    let mean = clean.weights.iter().sum::<f64>() / clean.weights.len() as f64;
    clean.weights.iter_mut().for_each(|w| *w /= mean);
    Ok(Cleaned {
        panel: clean,
        always_treated: names(&always),
        incomplete: names(&missing),
        stand_in,
    })
}

/// Runs the comparisons on all cores; the answer does not depend on how they are shared out.
fn run(
    panel: &Panel,
    comparisons: &[Comparison],
    options: &Options,
    cross_sections: bool,
) -> Vec<Vec<Outcome>> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            let Some(comparison) = comparisons.get(i) else {
                return done;
            };
            done.push((
                i,
                compare(panel, comparison, options.method, cross_sections),
            ));
        }
    };
    let threads = options.workers().min(comparisons.len());
    let mut all: Vec<(usize, Vec<Outcome>)> = if threads <= 1 {
        work()
    } else {
        std::thread::scope(|scope| {
            let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            handles
                .into_iter()
                .flat_map(|h| {
                    h.join()
                        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                })
                .collect()
        })
    };
    all.sort_by_key(|(i, _)| *i);
    all.into_iter().map(|(_, outcomes)| outcomes).collect()
}

/// One cohort against one set of controls, over its pairs of periods.
fn compare(
    panel: &Panel,
    comparison: &Comparison,
    method: Method,
    cross_sections: bool,
) -> Vec<Outcome> {
    let mut units = Vec::new();
    let mut treated = Vec::new();
    for (unit, cohort) in panel.cohort.iter().enumerate() {
        if let Some(role) = comparison.role(*cohort) {
            units.push(unit);
            treated.push(role);
        }
    }
    let width = panel.covariates.len() + 1;
    let row =
        |unit: usize| std::iter::once(1.0).chain(panel.covariates.iter().map(move |c| c[unit]));
    let x: Vec<f64> = units.iter().flat_map(|&unit| row(unit)).collect();
    let weight: Vec<f64> = units.iter().map(|&unit| panel.weights[unit]).collect();
    let size = |role: bool| treated.iter().filter(|t| **t == role).count();
    let sizes = (size(true), size(false));
    let reference = || (0.0, vec![0.0; panel.units.len()], sizes.0, sizes.1);
    if cross_sections {
        let one = |&(base, t): &(usize, usize)| {
            if base == t {
                return Ok(reference());
            }
            sections(
                panel,
                (base, t),
                method,
                (&units, &treated, &weight),
                (&x, width),
            )
        };
        return comparison.pairs.iter().map(one).collect();
    }
    if sizes.0 == 0 || sizes.1 == 0 {
        return comparison
            .pairs
            .iter()
            .map(|_| Err(Reason::NoUnits))
            .collect();
    }
    // On a panel neither the groups nor the covariates change with the period: one propensity serves all.
    let propensity = match method {
        Method::OutcomeRegression => Ok(None),
        _ => Propensity::fit(&x, width, &treated, &weight).map(Some),
    };
    let one = |&(base, t): &(usize, usize)| {
        if base == t {
            return Ok(reference());
        }
        let propensity = propensity.as_ref().map_err(|reason| *reason)?;
        let y: Vec<f64> = units
            .iter()
            .map(|&u| panel.outcome[t][u] - panel.outcome[base][u])
            .collect();
        let rows = Rows {
            x: &x,
            width,
            treated: &treated,
            weight: &weight,
            y: &y,
            post: None,
        };
        let (effect, influence) = two_by_two::estimate(&rows, method, propensity.as_ref())?;
        let mut column = vec![0.0; panel.units.len()];
        for (&unit, value) in units.iter().zip(influence) {
            column[unit] = value;
        }
        Ok((effect, column, sizes.0, sizes.1))
    };
    comparison.pairs.iter().map(one).collect()
}

/// The repeated-cross-section form: one row per observation, influences added by unit.
fn sections(
    panel: &Panel,
    (base, t): (usize, usize),
    method: Method,
    (units, group, weights): (&[usize], &[bool], &[f64]),
    (covariates, width): (&[f64], usize),
) -> Outcome {
    let (mut owner, mut treated, mut weight, mut x, mut y, mut post) = (
        Vec::new(),
        Vec::new(),
        Vec::new(),
        Vec::new(),
        Vec::new(),
        Vec::new(),
    );
    let mut sizes = (0, 0);
    for (i, &unit) in units.iter().enumerate() {
        let before = owner.len();
        for (period, after) in [(base, false), (t, true)] {
            let value = panel.outcome[period][unit];
            if !value.is_nan() {
                owner.push(unit);
                treated.push(group[i]);
                weight.push(weights[i]);
                x.extend_from_slice(&covariates[i * width..(i + 1) * width]);
                y.push(value);
                post.push(after);
            }
        }
        if owner.len() > before {
            *(if group[i] { &mut sizes.0 } else { &mut sizes.1 }) += 1;
        }
    }
    let present = |role: bool, after: bool| {
        treated
            .iter()
            .zip(&post)
            .any(|(r, p)| *r == role && *p == after)
    };
    if [(true, true), (true, false), (false, true), (false, false)]
        .iter()
        .any(|&(r, p)| !present(r, p))
    {
        return Err(Reason::NoUnits);
    }
    let propensity = match method {
        Method::OutcomeRegression => None,
        _ => Some(Propensity::fit(&x, width, &treated, &weight)?),
    };
    let rows = Rows {
        x: &x,
        width,
        treated: &treated,
        weight: &weight,
        y: &y,
        post: Some(&post),
    };
    let (effect, influence) = two_by_two::estimate(&rows, method, propensity.as_ref())?;
    let mut column = vec![0.0; panel.units.len()];
    for (&unit, value) in owner.iter().zip(influence) {
        column[unit] += value;
    }
    Ok((effect, column, sizes.0, sizes.1))
}
