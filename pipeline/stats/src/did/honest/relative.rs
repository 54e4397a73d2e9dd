//! How many times worse than before service may the difference in trends become before the answer falls?
//!
//! Rambachan & Roth (2023), section 2.4.1, relative magnitudes `Δ^RM(M̄)`: after service the difference in trends changes, from one
//! period to the next, by at most `M̄` times its largest change `D` before. An average with weights `lₛ` then has a bias of at most
//! `M̄ · D · L`, `L = Σⱼ |Σ_{s≥j} lₛ|`.
//!
//! The interval is a two-step one, simple and somewhat wider than the authors' conditional sets: `D` is bounded from above by
//! `D⁺ = maxₛ (|d̂ₛ| + t σₛ)`, which holds with probability `1 − α/5` at least (the largest of the true changes is one of them, so the
//! bound of that one is enough), and the estimate with its own error takes the other four fifths: `estimate ± (t σ + M̄ L D⁺)`.
//! By Bonferroni it holds its level whatever the correlation. McCloskey (2017), *Journal of Econometrics* 200, 17–35, section 3.

use std::collections::BTreeMap;

use super::LONGEST;
use crate::did::aggregate::Aggregate;
use crate::did::linear::dot;
use crate::distribution::student_quantile;
use crate::{Error, Interval, Result};

/// Share of the level that goes to the bound of what was before.
const SHARE_BEFORE: f64 = 0.2;

/// The interval that holds whatever the difference in trends, within a multiple of what was seen before service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RelativeInterval {
    /// Largest change after service, in largest changes before.
    pub m_bar: f64,
    /// The interval.
    pub interval: Interval,
}

/// A sensitivity analysis by relative magnitudes.
#[derive(Debug, Clone, PartialEq)]
pub struct RelativeSensitivity {
    /// Largest change of the difference in trends before service, as estimated.
    pub largest_before: f64,
    /// The same, bounded from above.
    pub bound_before: f64,
    /// The intervals, for each multiple asked for.
    pub robust: Vec<RelativeInterval>,
    /// Smallest multiple at which the interval holds zero: 0 if it does at once.
    pub breakdown: f64,
}

impl Aggregate {
    /// Sensitivity of the overall estimate of `headline`, of which each time since service makes up the share that `durations`
    /// says, to a difference in trends of `grid` times what this event study shows before service.
    ///
    /// # Errors
    /// As [`Aggregate::honest_about`]; a multiple that is negative or not finite.
    pub fn relative_magnitudes(
        &self,
        headline: &Aggregate,
        durations: &BTreeMap<i32, f64>,
        grid: &[f64],
    ) -> Result<RelativeSensitivity> {
        self.check_headline(headline, durations)?;
        if grid.iter().any(|m| !(m.is_finite() && *m >= 0.0)) {
            return Err(Error::usage("sensibilité : un multiple doit être positif ou nul"));
        }

        let alpha = 1.0 - self.options.level;
        let (largest_before, bound_before) = self.changes_before(SHARE_BEFORE * alpha)?;
        let point = headline.overall;
        let spread = point.spread.map_err(super::not_measured)?;
        let own = student_quantile(1.0 - (1.0 - SHARE_BEFORE) * alpha / 2.0, spread.df) * spread.se;
        let unit = self.exposure(durations) * bound_before;

        let interval = |m_bar: f64| RelativeInterval {
            m_bar,
            interval: Interval::around(point.estimate, own + m_bar * unit),
        };
        Ok(RelativeSensitivity {
            largest_before,
            bound_before,
            robust: grid.iter().map(|&m| interval(m)).collect(),
            breakdown: ((point.estimate.abs() - own) / unit).max(0.0),
        })
    }

    /// The largest change before the reference as estimated, and its bound that holds with probability `1 − alpha`.
    fn changes_before(&self, alpha: f64) -> Result<(f64, f64)> {
        let (before, _) = self.sides()?;
        let (mut largest, mut bound) = (0.0_f64, 0.0_f64);

        // The reference itself is zero without error.
        let mut later: (f64, Vec<f64>, f64) =
            (0.0, vec![0.0; self.overall_sums.len()], f64::INFINITY);
        for k in before {
            let point = &self.points[k];
            let spread = point.spread.map_err(super::not_measured)?;
            let sums = &self.inference.sums[k];
            let difference: Vec<f64> = sums.iter().zip(&later.1).map(|(a, b)| a - b).collect();
            let change = (point.estimate - later.0).abs();
            let error = dot(&difference, &difference).sqrt();

            largest = largest.max(change);
            let quantile = student_quantile(1.0 - alpha, spread.df.min(later.2));
            bound = bound.max(change + quantile * error);
            later = (point.estimate, sums.clone(), spread.df);
        }

        Ok((largest, bound))
    }

    /// `L`: what a change of one in each period after the reference adds to an average at most.
    fn exposure(&self, durations: &BTreeMap<i32, f64>) -> f64 {
        let first = self.reference() + 1;
        let beyond = |e: i32| durations.range(e..).map(|(_, weight)| weight).sum::<f64>().abs();
        let last = durations.keys().next_back().copied().unwrap_or(first).min(LONGEST);
        (first..=last).map(beyond).sum()
    }
}
