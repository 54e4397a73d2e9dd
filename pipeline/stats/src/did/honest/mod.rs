//! How far from parallel may trends be before the answer falls?
//!
//! Rambachan & Roth (2023), *Review of Economic Studies* 90, 2555–2591, smoothness restriction `Δ^SD(M)`: from one period to
//! the next, the slope of the difference in trends between served and not served changes by at most `M`. With `M = 0` the
//! difference is a straight line, prolonged from before service; the larger `M`, the less is taken for granted.
//!
//! The interval is their optimal fixed-length one (section 4.1, after Armstrong & Kolesár 2018): among the estimators
//! `Σ lₛ β̂ₛ + Σ vₛ β̂₋ₛ` that a linear difference cannot bias, the one whose interval, wide enough for the worst bias over
//! `Δ^SD(M)`, is shortest: `estimate ± σ·cv(M·B/σ)`, with `cv(t)` the `level` quantile of `|N(t, 1)|`.

use std::collections::BTreeMap;

use super::BasePeriod;
use super::aggregate::{Aggregate, Aggregation, PointEstimate};
use super::inference::spread;
use super::spread::Unmeasured;
use super::wald::covariance;
use crate::distribution::two_sided_z;
use crate::{Error, Interval, Result};
use problem::Problem;

mod lasso;
mod problem;
mod relative;

pub use relative::{RelativeInterval, RelativeSensitivity};

/// Longest time since service that a sensitivity may bear on: a century of quarters.
const LONGEST: i32 = 400;

/// Which effect the sensitivity is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The effect this many periods after service (0: the first period).
    At(i32),
    /// The average over all periods since service, every duration alike.
    Average,
    /// The overall estimate of another aggregation of the same effects: see [`Aggregate::honest_about`].
    Overall,
}

/// The interval that holds whatever the difference in trends, within a bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RobustInterval {
    /// Largest change of slope of the difference in trends, from one period to the next, in the unit of the outcome.
    pub m: f64,
    /// The interval; its estimate is corrected for the trend before service.
    pub interval: Interval,
}

/// A sensitivity analysis.
#[derive(Debug, Clone, PartialEq)]
pub struct TrendSensitivity {
    /// Which effect.
    pub target: Target,
    /// The interval under exactly parallel trends.
    pub original: Interval,
    /// The robust intervals, for each bound asked for.
    pub robust: Vec<RobustInterval>,
    /// Smallest bound at which the robust interval holds zero, `Some(0)` if it does with straight lines already; `None` if
    /// it does at no bound up to a thousand times the curvature the data can tell from zero.
    pub breakdown: Option<f64>,
    /// Largest change of slope estimated before service: a scale for `m` (it includes noise). `None` with a single period
    /// before the reference, where no change of slope can be seen but the one at the reference itself.
    pub observed_curvature: Option<f64>,
}

impl Aggregate {
    /// Sensitivity of an event study with universal base to trends that are not parallel, for each bound of `grid`.
    ///
    /// # Errors
    /// Not an event study, a varying base, event times that do not follow each other, no coefficient before the reference,
    /// a target that is not estimated, or a bound below zero.
    pub fn honest(&self, target: Target, grid: &[f64]) -> Result<TrendSensitivity> {
        let (before, after) = self.sides()?;

        let is_served = |k: usize| self.points[k].label >= 0;
        let served = after.iter().filter(|&&k| is_served(k)).count() as f64;
        let weight = |k: usize| match target {
            Target::At(e) => f64::from(u8::from(self.points[k].label == e)),
            Target::Average if is_served(k) => 1.0 / served,
            Target::Average | Target::Overall => 0.0,
        };
        let weights: Vec<f64> = after.iter().map(|&k| weight(k)).collect();
        let bearing = after.iter().filter(|&&k| weight(k) != 0.0);
        if let Some(unmeasured) = bearing.clone().find_map(|&k| self.points[k].spread.err()) {
            return Err(not_measured(unmeasured));
        }

        let columns = self.columns(before.iter().chain(&after));
        let problem = Problem {
            before: self.estimates(&before),
            after: self.estimates(&after),
            mix: weights.clone(),
            weights,
            sigma: self.sigma(&columns, df(&self.overall)),
            level: self.options.level,
        };
        answer(target, &problem, grid)
    }

    /// Sensitivity of the overall estimate of `headline`, another aggregation of the same effects, of which each time since
    /// service makes up the share that `durations` says ([`super::AttGt::durations`] for [`Aggregation::Group`]).
    ///
    /// The estimator adds to `headline` a combination of this event study's coefficients before the reference. The difference
    /// in trends is taken to depend on the time since service alone, as in the event study itself.
    ///
    /// # Errors
    /// As [`Aggregate::honest`]; a headline that is not of the same units, a duration beyond all panels.
    pub fn honest_about(
        &self,
        headline: &Aggregate,
        durations: &BTreeMap<i32, f64>,
        grid: &[f64],
    ) -> Result<TrendSensitivity> {
        self.check_headline(headline, durations)?;
        let (before, _) = self.sides()?;

        let last = durations.keys().next_back().copied().unwrap_or(-1);
        let weights = (self.reference() + 1..=last)
            .map(|e| durations.get(&e).copied().unwrap_or(0.0))
            .collect();

        let mut columns = self.columns(&before);
        columns.push(&headline.overall_sums);
        let problem = Problem {
            before: self.estimates(&before),
            after: vec![headline.overall.estimate],
            mix: vec![1.0],
            weights,
            sigma: self.sigma(&columns, df(&headline.overall)),
            level: self.options.level,
        };
        answer(Target::Overall, &problem, grid)
    }

    /// Whether another aggregation can be the target: of the same units, with an error, over durations that are some.
    fn check_headline(&self, headline: &Aggregate, durations: &BTreeMap<i32, f64>) -> Result<()> {
        if headline.cluster_of != self.cluster_of {
            return Err(Error::usage(
                "sensibilité : les deux agrégations ne portent pas sur les mêmes territoires",
            ));
        }

        let in_range = |e: &i32| (self.reference() + 1..=LONGEST).contains(e);
        let is_share = |w: &f64| w.abs() <= 1.0;
        let all = durations.keys().all(in_range) && durations.values().all(is_share);
        if durations.is_empty() || !all {
            return Err(Error::usage(format!(
                "sensibilité : il faut des durées depuis la mise en service, de la période de référence à {LONGEST} périodes, chacune avec sa part"
            )));
        }
        headline.overall.spread.map(|_| ()).map_err(not_measured)
    }

    /// The last period free of anticipation, which every change is measured from.
    fn reference(&self) -> i32 {
        -1 - self.options.anticipation
    }

    fn estimates(&self, which: &[usize]) -> Vec<f64> {
        which.iter().map(|&k| self.points[k].estimate).collect()
    }

    fn columns<'a>(&self, which: impl IntoIterator<Item = &'a usize>) -> Vec<&[f64]> {
        which.into_iter().map(|&k| self.inference.sums[k].as_slice()).collect()
    }

    /// Covariance of estimates, widened where their intervals are Student's.
    fn sigma(&self, columns: &[&[f64]], df: f64) -> Vec<f64> {
        let z = two_sided_z(self.options.level);
        let factor = (spread(z, df) / z).powi(2);

        covariance(columns).into_iter().map(|v| v * factor).collect()
    }

    /// Points before and after the reference, from the closest on.
    fn sides(&self) -> Result<(Vec<usize>, Vec<usize>)> {
        let is_event_study = matches!(self.aggregation, Aggregation::Dynamic { .. });
        if !is_event_study || self.options.base != BasePeriod::Universal {
            return Err(Error::usage(
                "sensibilité : il faut une étude d’événement à période de base universelle",
            ));
        }

        let reference = self.reference();
        let all = 0..self.points.len();
        let mut before: Vec<usize> = all.clone().collect();
        before.retain(|&k| self.points[k].label < reference);
        before.reverse();

        // Where the spread of an effect is not seen, it would be trusted without limit: the window ends there.
        let measured = before.iter().take_while(|&&k| self.points[k].spread.is_ok()).count();
        before.truncate(measured);
        let after: Vec<usize> = all.filter(|&k| self.points[k].label > reference).collect();

        let follow = |list: &[usize], sign: i32| {
            let mut distances = list.iter().zip(1..);
            distances.all(|(&k, s)| self.points[k].label == reference + sign * s)
        };
        if before.is_empty() || after.is_empty() || !follow(&before, -1) || !follow(&after, 1) {
            return Err(Error::refused(
                "sensibilité : les effets avant et après la période de référence doivent se suivre sans trou",
            )
            .hint("limiter l’étude d’événement à une fenêtre continue"));
        }

        Ok((before, after))
    }
}

fn not_measured(unmeasured: Unmeasured) -> Error {
    Error::refused(format!("sensibilité : {}", unmeasured.reason()))
}

/// Degrees of freedom of an estimate; normal quantiles where it has no spread.
fn df(point: &PointEstimate) -> f64 {
    point.spread.map_or(f64::INFINITY, |s| s.df)
}

fn answer(target: Target, problem: &Problem, grid: &[f64]) -> Result<TrendSensitivity> {
    if problem.weights.iter().all(|w| *w == 0.0) {
        return Err(Error::refused("sensibilité : l’effet demandé n’est pas estimé"));
    }
    if grid.iter().any(|m| !(m.is_finite() && *m >= 0.0)) {
        return Err(Error::usage(
            "sensibilité : une borne de rupture de tendance doit être positive ou nulle",
        ));
    }

    // Where nothing varies, the worst bias alone would decide: no interval is worth its level.
    let deviation = problem.deviation();
    if deviation.is_nan() || deviation <= 0.0 {
        return Err(Error::refused("sensibilité : les effets n’ont pas d’erreur type"));
    }

    let path = lasso::path(problem);
    let at = |m: f64| problem.shortest(&path, m);
    let robust = grid.iter().map(|&m| RobustInterval { m, interval: at(m) }).collect();

    // The scale of the search for the breakdown: the bound at which the bias equals the standard deviation. An estimator
    // without bias has none, and is overturned by no bound.
    let unit = path.first().map_or(f64::NAN, |e| e.deviation / e.bias);
    let breakdown = match at(0.0).contains(0.0) {
        true => Some(0.0),
        false if unit.is_normal() => breakdown(at, unit),
        false => None,
    };

    Ok(TrendSensitivity {
        target,
        original: problem.original(),
        robust,
        breakdown,
        observed_curvature: problem.observed_curvature(),
    })
}

/// First bound whose interval holds zero, doubling from `unit / 1024` and then halving the gap.
fn breakdown(at: impl Fn(f64) -> Interval, unit: f64) -> Option<f64> {
    let (mut low, mut high) = (0.0, unit / 1024.0);
    while !at(high).contains(0.0) {
        if high > 1e3 * unit {
            return None;
        }
        (low, high) = (high, 2.0 * high);
    }

    for _ in 0..30 {
        let middle = (low + high) / 2.0;
        if at(middle).contains(0.0) { high = middle } else { low = middle }
    }

    Some(high)
}
