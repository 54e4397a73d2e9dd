//! How far from parallel may trends be before the answer falls?
//!
//! Rambachan & Roth (2023), *Review of Economic Studies* 90, 2555–2591, smoothness restriction `Δ^SD(M)`: from one period to
//! the next, the slope of the difference in trends between served and not served changes by at most `M`. With `M = 0` the
//! difference is a straight line, prolonged from before service; the larger `M`, the less is taken for granted.
//!
//! The interval is their optimal fixed-length one (section 4.1, after Armstrong & Kolesár 2018): among the estimators
//! `Σ lₛ β̂ₛ + Σ vₛ β̂₋ₛ` that a linear difference cannot bias, the one whose interval, wide enough for the worst bias over
//! `Δ^SD(M)`, is shortest: `estimate ± σ·cv(M·B/σ)`, with `cv(t)` the `level` quantile of `|N(t, 1)|`.
//!
//! Algebra. Let `s = 1, 2…` count periods from the reference, after it (weights `lₛ`) and before it (weights `vₛ`), and
//! `uⱼ = Σ_{s>j} vₛ (s − j)`, so that `vₛ = uₛ₋₁ − 2uₛ + uₛ₊₁`. A difference in trends with second differences `d` gives the
//! bias `Σ_{j≥1} dⱼ Σ_{s>j} lₛ(s−j) + Σ_{j≥0} d₋ⱼ uⱼ`, and no linear part when `u₀ = Σ lₛ s`. Hence
//! `B = Σ_{j≥1} |Σ_{s>j} lₛ(s−j)| + Σⱼ |uⱼ|`, and minimising the variance for a given bias is a lasso in `u₁, u₂…`: its
//! path is followed once, and the shortest interval on it is found for each `M`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Base;
use super::aggregate::{Aggregate, Aggregation};
use super::inference::spread;
use super::linear::dot;
use super::pretest::covariance;
use crate::Interval;
use crate::distribution::{normal_cdf, two_sided_z};
use base::error::{Error, Result};

/// Which effect the sensitivity is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Target {
    /// The effect this many periods after service (0: the first period).
    At(i32),
    /// The average over all periods since service, every duration alike.
    Average,
    /// The overall estimate of another aggregation of the same effects: see [`Aggregate::honest_about`].
    Overall,
}

/// The interval that holds whatever the difference in trends, within a bound.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Robust {
    /// Largest change of slope of the difference in trends, from one period to the next, in the unit of the outcome.
    pub m: f64,
    /// The interval; its estimate is corrected for the trend before service.
    pub interval: Interval,
}

/// A sensitivity analysis.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sensitivity {
    /// Which effect.
    pub target: Target,
    /// The interval under exactly parallel trends.
    pub original: Interval,
    /// The robust intervals, for each bound asked for.
    pub robust: Vec<Robust>,
    /// Smallest bound at which the robust interval holds zero, `Some(0)` if it does with straight lines already; `None` if
    /// it does at no bound up to a thousand times the curvature the data can tell from zero.
    pub breakdown: Option<f64>,
    /// Largest change of slope estimated before service: a scale for `m` (it includes noise). `None` with a single period
    /// before the reference, where no change of slope can be seen but the one at the reference itself.
    pub observed_curvature: Option<f64>,
}

/// Event-study coefficients around the reference, their covariance, and the weights of the target.
struct Problem {
    /// Before the reference, from the closest on.
    before: Vec<f64>,
    /// After it, from the closest on; or one estimate that averages them already.
    after: Vec<f64>,
    /// What of `after` makes the target.
    mix: Vec<f64>,
    /// Weight in the target of each period after the reference, which a difference in trends acts through.
    weights: Vec<f64>,
    /// Covariance of `before` then `after`, row by row.
    sigma: Vec<f64>,
    level: f64,
}

/// An estimator: its weights before the reference, bias per unit of `M`, and standard deviation.
#[derive(Clone)]
struct Estimator {
    u: Vec<f64>,
    bias: f64,
    deviation: f64,
}

impl Aggregate {
    /// Sensitivity of an event study with universal base to trends that are not parallel, for each bound of `grid`.
    ///
    /// # Errors
    /// Not an event study, a varying base, event times that do not follow each other, no coefficient before the reference,
    /// a target that is not estimated, or a bound below zero.
    pub fn honest(&self, target: Target, grid: &[f64]) -> Result<Sensitivity> {
        Self::answer(target, &self.problem(target)?, grid)
    }

    /// Sensitivity of the overall estimate of `headline`, another aggregation of the same effects, of which each time since
    /// service makes up the share that `durations` says ([`super::AttGt::durations`] for [`Aggregation::Group`]).
    ///
    /// The estimator adds to `headline` a combination of this event study's coefficients before the reference. The difference
    /// in trends is taken to depend on the time since service alone, as in the event study itself.
    ///
    /// # Errors
    /// As [`Aggregate::honest`]; a headline that is not of the same units.
    pub fn honest_about(
        &self,
        headline: &Aggregate,
        durations: &BTreeMap<i32, f64>,
        grid: &[f64],
    ) -> Result<Sensitivity> {
        let (before, _) = self.sides()?;
        if headline.cluster_of != self.cluster_of {
            return Err(Error::usage(
                "sensibilité : les deux agrégations ne portent pas sur les mêmes territoires",
            ));
        }
        let reference = -1 - self.options.anticipation;
        let last = durations.keys().next_back().copied().unwrap_or(-1);
        let weights: Vec<f64> = (reference + 1..=last)
            .map(|e| durations.get(&e).copied().unwrap_or(0.0))
            .collect();
        if weights.iter().all(|w| *w == 0.0) {
            return Err(Error::refused(
                "sensibilité : l’effet demandé n’est pas estimé",
            ));
        }
        let columns: Vec<&[f64]> = before
            .iter()
            .map(|&k| self.influence[k].as_slice())
            .chain([headline.overall_influence.as_slice()])
            .collect();
        let problem = Problem {
            before: before.iter().map(|&k| self.points[k].estimate).collect(),
            after: vec![headline.overall.estimate],
            mix: vec![1.0],
            weights,
            sigma: self.sigma(&columns, headline.overall.df),
            level: self.options.level,
        };
        Self::answer(Target::Overall, &problem, grid)
    }

    /// Covariance of estimates, widened where their intervals are Student's.
    fn sigma(&self, columns: &[&[f64]], df: f64) -> Vec<f64> {
        let z = two_sided_z(self.options.level);
        let factor = (spread(z, df) / z).powi(2);
        covariance(columns, &self.cluster_of)
            .into_iter()
            .map(|v| v * factor)
            .collect()
    }

    fn answer(target: Target, problem: &Problem, grid: &[f64]) -> Result<Sensitivity> {
        if grid.iter().any(|m| !(m.is_finite() && *m >= 0.0)) {
            return Err(Error::usage(
                "sensibilité : une borne de rupture de tendance doit être positive ou nulle",
            ));
        }
        let path = problem.path();
        let at = |m: f64| problem.shortest(&path, m);
        let first = at(0.0);
        let unit = path
            .first()
            .map_or(1.0, |e| e.deviation / e.bias.max(1e-300));
        Ok(Sensitivity {
            target,
            original: problem.original(),
            robust: grid
                .iter()
                .map(|&m| Robust { m, interval: at(m) })
                .collect(),
            breakdown: if first.contains(0.0) {
                Some(0.0)
            } else {
                breakdown(at, unit)
            },
            observed_curvature: problem.observed_curvature(),
        })
    }

    /// Points before and after the reference, from the closest on.
    fn sides(&self) -> Result<(Vec<usize>, Vec<usize>)> {
        if !matches!(self.aggregation, Aggregation::Dynamic { .. })
            || self.options.base != Base::Universal
        {
            return Err(Error::usage(
                "sensibilité : il faut une étude d’événement à période de base universelle",
            ));
        }
        let reference = -1 - self.options.anticipation;
        let mut before: Vec<usize> = (0..self.points.len())
            .filter(|&k| self.points[k].label < reference)
            .collect();
        before.reverse();
        let after: Vec<usize> = (0..self.points.len())
            .filter(|&k| self.points[k].label > reference)
            .collect();
        let follow = |list: &[usize], sign: i32| {
            list.iter()
                .zip(1..)
                .all(|(&k, s)| self.points[k].label == reference + sign * s)
        };
        if before.is_empty() || after.is_empty() || !follow(&before, -1) || !follow(&after, 1) {
            return Err(Error::refused(
                "sensibilité : les effets avant et après la période de référence doivent se suivre sans trou",
            )
            .hint("limiter l’étude d’événement à une fenêtre continue"));
        }
        Ok((before, after))
    }

    fn problem(&self, target: Target) -> Result<Problem> {
        let (before, after) = self.sides()?;
        let served = after.iter().filter(|&&k| self.points[k].label >= 0).count() as f64;
        let weight = |k: usize| match target {
            Target::At(e) => f64::from(u8::from(self.points[k].label == e)),
            Target::Average if self.points[k].label >= 0 => 1.0 / served,
            Target::Average | Target::Overall => 0.0,
        };
        let weights: Vec<f64> = after.iter().map(|&k| weight(k)).collect();
        if weights.iter().all(|w| *w == 0.0) {
            return Err(Error::refused(
                "sensibilité : l’effet demandé n’est pas estimé",
            ));
        }
        let columns: Vec<&[f64]> = before
            .iter()
            .chain(&after)
            .map(|&k| self.influence[k].as_slice())
            .collect();
        let estimates = |list: &[usize]| list.iter().map(|&k| self.points[k].estimate).collect();
        Ok(Problem {
            before: estimates(&before),
            after: estimates(&after),
            mix: weights.clone(),
            weights,
            sigma: self.sigma(&columns, self.overall.df),
            level: self.options.level,
        })
    }
}

impl Problem {
    /// Weights before the reference, from the transformed ones.
    fn weights_before(u: &[f64]) -> Vec<f64> {
        let get = |j: usize| u.get(j).copied().unwrap_or(0.0);
        (1..=u.len())
            .map(|s| get(s - 1) - 2.0 * get(s) + get(s + 1))
            .collect()
    }

    /// `Σ lₛ s`: what a straight line adds to the target.
    fn slope(&self) -> f64 {
        self.weights
            .iter()
            .zip(1..)
            .map(|(l, s)| l * f64::from(s))
            .sum()
    }

    fn covariance_times(&self, vector: &[f64]) -> Vec<f64> {
        self.sigma
            .chunks(vector.len())
            .map(|row| dot(row, vector))
            .collect()
    }

    fn describe(&self, u: Vec<f64>) -> Estimator {
        let mut vector = Self::weights_before(&u);
        vector.extend(&self.mix);
        let variance = dot(&vector, &self.covariance_times(&vector));
        let count = self.weights.len();
        let after: f64 = (1..count)
            .map(|j| {
                (j + 1..=count)
                    .map(|s| self.weights[s - 1] * (s - j) as f64)
                    .sum::<f64>()
                    .abs()
            })
            .sum();
        let bias = after + u.iter().map(|x| x.abs()).sum::<f64>();
        Estimator {
            u,
            bias,
            deviation: variance.max(0.0).sqrt(),
        }
    }

    /// The estimators of least variance for their bias, from the least biased to the least variable.
    ///
    /// The path is piecewise linear in `u`; it is followed on 240 penalties by coordinate descent.
    fn path(&self) -> Vec<Estimator> {
        let count = self.before.len();
        let size = count + self.mix.len();
        // The quadratic form in u: columns of the change of variables, and of the fixed part.
        let column = |j: usize| {
            let mut unit = vec![0.0; count];
            unit[j] = 1.0;
            let mut vector = Self::weights_before(&unit);
            vector.resize(size, 0.0);
            vector
        };
        let columns: Vec<Vec<f64>> = (0..count).map(column).collect();
        let mut fixed = vec![0.0; count];
        fixed.extend(&self.mix);
        let images: Vec<Vec<f64>> = columns.iter().map(|c| self.covariance_times(c)).collect();
        let hessian: Vec<Vec<f64>> = images
            .iter()
            .map(|i| columns.iter().map(|c| dot(i, c)).collect())
            .collect();
        let linear: Vec<f64> = images.iter().map(|i| dot(i, &fixed)).collect();
        let mut u = vec![0.0; count];
        u[0] = self.slope();
        let gradient = |u: &[f64], j: usize| linear[j] + dot(&hessian[j], u);
        let largest = (1..count)
            .map(|j| gradient(&u, j).abs())
            .fold(0.0, f64::max);
        let mut path = vec![self.describe(u.clone())];
        if largest == 0.0 {
            return path;
        }
        for step in 1..=240 {
            let penalty = if step == 240 {
                0.0
            } else {
                largest * (-f64::from(step) * 0.06).exp()
            };
            for _ in 0..20_000 {
                let mut moved = 0.0_f64;
                for j in 1..count {
                    let pull = hessian[j][j] * u[j] - gradient(&u, j);
                    let target = pull.signum() * (pull.abs() - penalty).max(0.0) / hessian[j][j];
                    moved = moved.max((target - u[j]).abs());
                    u[j] = target;
                }
                if moved <= 1e-12 * u[0].abs().max(1e-12) {
                    break;
                }
            }
            path.push(self.describe(u.clone()));
        }
        path
    }

    /// The shortest interval on the path for the bound `m`.
    fn shortest(&self, path: &[Estimator], m: f64) -> Interval {
        let half =
            |e: &Estimator| e.deviation * folded_quantile(m * e.bias / e.deviation, self.level);
        let length = |e: &Estimator| {
            if e.deviation > 0.0 {
                half(e)
            } else {
                m * e.bias
            }
        };
        let mut best = 0;
        for (k, estimator) in path.iter().enumerate() {
            if length(estimator) < length(&path[best]) {
                best = k;
            }
        }
        // Between two nodes the path is straight up to a change of active set: search there too.
        let (mut estimator, mut shortest) = (path[best].clone(), length(&path[best]));
        for (a, b) in [
            (best.saturating_sub(1), best),
            (best, (best + 1).min(path.len() - 1)),
        ] {
            let between = |t: f64| {
                self.describe(
                    path[a]
                        .u
                        .iter()
                        .zip(&path[b].u)
                        .map(|(x, y)| x + t * (y - x))
                        .collect(),
                )
            };
            let (mut low, mut high) = (0.0, 1.0);
            for _ in 0..40 {
                let (left, right) = (low + 0.382 * (high - low), low + 0.618 * (high - low));
                if length(&between(left)) < length(&between(right)) {
                    high = right
                } else {
                    low = left
                }
            }
            let middle = between((low + high) / 2.0);
            if length(&middle) < shortest {
                shortest = length(&middle);
                estimator = middle;
            }
        }
        let estimate =
            dot(&self.mix, &self.after) + dot(&Self::weights_before(&estimator.u), &self.before);
        Interval {
            estimate,
            lower: estimate - shortest,
            upper: estimate + shortest,
        }
    }

    fn original(&self) -> Interval {
        let mut vector = vec![0.0; self.before.len()];
        vector.extend(&self.mix);
        let half = two_sided_z(self.level) * dot(&vector, &self.covariance_times(&vector)).sqrt();
        let estimate = dot(&self.mix, &self.after);
        Interval {
            estimate,
            lower: estimate - half,
            upper: estimate + half,
        }
    }

    fn observed_curvature(&self) -> Option<f64> {
        let with_reference: Vec<f64> = std::iter::once(0.0)
            .chain(self.before.iter().copied())
            .collect();
        with_reference
            .windows(3)
            .map(|w| (w[0] - 2.0 * w[1] + w[2]).abs())
            .reduce(f64::max)
    }
}

/// `level` quantile of `|N(t, 1)|`, by bisection between its two asymptotes.
fn folded_quantile(t: f64, level: f64) -> f64 {
    let (mut low, mut high) = (t + two_sided_z(2.0 * level - 1.0), t + two_sided_z(level));
    for _ in 0..50 {
        let middle = (low + high) / 2.0;
        if normal_cdf(middle - t) - normal_cdf(-middle - t) < level {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
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
        if at(middle).contains(0.0) {
            high = middle
        } else {
            low = middle
        }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::reference::close;

    #[test]
    fn folded_quantile_has_its_level() {
        close(folded_quantile(0.0, 0.95), 1.959_963_984_540_054, 1e-9);
        close(
            folded_quantile(8.0, 0.95),
            8.0 + 1.644_853_626_951_472,
            1e-9,
        );
        let c = folded_quantile(0.7, 0.95);
        close(normal_cdf(c - 0.7) - normal_cdf(-c - 0.7), 0.95, 1e-9);
    }

    fn problem(before: &[f64], after: &[f64], weights: &[f64], sigma: &[f64]) -> Problem {
        let (before, after) = (before.to_vec(), after.to_vec());
        Problem {
            before,
            after,
            mix: weights.to_vec(),
            weights: weights.to_vec(),
            sigma: sigma.to_vec(),
            level: 0.95,
        }
    }

    #[test]
    fn one_period_before_is_linear_extrapolation() {
        // With one coefficient on each side nothing is left to choose: β₁ + β₋₁, bias M, variance of the sum.
        let p = problem(&[0.3], &[1.0], &[1.0], &[0.04, 0.01, 0.01, 0.09]);
        let answer = p.shortest(&p.path(), 0.5);
        let deviation = f64::sqrt(0.04 + 0.09 + 0.02);
        close(answer.estimate, 1.3, 1e-12);
        close(
            answer.upper - 1.3,
            deviation * folded_quantile(0.5 / deviation, 0.95),
            1e-9,
        );
    }

    #[test]
    fn straight_lines_leave_no_bias_and_least_squares_is_optimal_at_zero() {
        // Independent coefficients, M = 0: the best estimator extrapolates the least-squares line through the origin.
        let mut sigma = vec![0.0; 25];
        (0..5).for_each(|k| sigma[k * 6] = 0.01);
        let slope = -0.4;
        let p = problem(
            &[-slope, -2.0 * slope, -3.0 * slope, -4.0 * slope],
            &[slope + 2.0],
            &[1.0],
            &sigma,
        );
        let answer = p.shortest(&p.path(), 0.0);
        close(answer.estimate, 2.0, 1e-9);
        let deviation = 0.1 * f64::sqrt(1.0 + 1.0 / 30.0);
        close(
            answer.upper - answer.lower,
            2.0 * 1.959_963_984_540_054 * deviation,
            1e-7,
        );
        // A larger bound never shortens the interval.
        let path = p.path();
        let widths: Vec<f64> = [0.0, 0.01, 0.05, 0.2, 1.0]
            .iter()
            .map(|m| p.shortest(&path, *m))
            .map(|i| i.upper - i.lower)
            .collect();
        assert!(widths.is_sorted());
    }
}
