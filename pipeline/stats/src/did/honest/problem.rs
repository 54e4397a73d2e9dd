//! The estimators of a sensitivity analysis.
//!
//! Let `s = 1, 2…` count periods from the reference, after it (weights `lₛ`) and before it (weights `vₛ`), and
//! `uⱼ = Σ_{s>j} vₛ (s − j)`, so that `vₛ = uₛ₋₁ − 2uₛ + uₛ₊₁`. A difference in trends with second differences `d` gives the
//! bias `Σ_{j≥1} dⱼ Σ_{s>j} lₛ(s−j) + Σ_{j≥0} d₋ⱼ uⱼ`, and no linear part when `u₀ = Σ lₛ s`. Hence
//! `B = Σ_{j≥1} |Σ_{s>j} lₛ(s−j)| + Σⱼ |uⱼ|`, and minimising the variance for a given bias is a lasso in `u₁, u₂…`: its
//! path is followed once, and the shortest interval on it is found for each `M`.

use crate::Interval;
use crate::did::linear::dot;
use crate::distribution::{normal_cdf, two_sided_z};

/// Event-study coefficients around the reference, their covariance, and the weights of the target.
pub(super) struct Problem {
    /// Before the reference, from the closest on.
    pub before: Vec<f64>,
    /// After it, from the closest on; or one estimate that averages them already.
    pub after: Vec<f64>,
    /// What of `after` makes the target.
    pub mix: Vec<f64>,
    /// Weight in the target of each period after the reference, which a difference in trends acts through.
    pub weights: Vec<f64>,
    /// Covariance of `before` then `after`, row by row.
    pub sigma: Vec<f64>,
    /// Of the intervals.
    pub level: f64,
}

/// An estimator: its weights before the reference (as `u`), bias per unit of `M`, and standard deviation.
#[derive(Clone)]
pub(super) struct Estimator {
    u: Vec<f64>,
    pub bias: f64,
    pub deviation: f64,
}

impl Problem {
    /// The shortest interval on the path for the bound `m`.
    pub fn shortest(&self, path: &[Estimator], m: f64) -> Interval {
        let (mut best, mut shortest) = (0, self.half_length(&path[0], m));
        for (k, estimator) in path.iter().enumerate() {
            let half = self.half_length(estimator, m);
            if half < shortest {
                (best, shortest) = (k, half);
            }
        }

        // Between two nodes the path is straight up to a change of active set: search there too.
        let mut estimator = path[best].clone();
        let neighbours = [(best.saturating_sub(1), best), (best, (best + 1).min(path.len() - 1))];
        for (a, b) in neighbours {
            let middle = self.shortest_between(&path[a], &path[b], m);
            let half = self.half_length(&middle, m);
            if half < shortest {
                (estimator, shortest) = (middle, half);
            }
        }

        let before = dot(&Self::weights_before(&estimator.u), &self.before);
        Interval::around(dot(&self.mix, &self.after) + before, shortest)
    }

    /// The interval under exactly parallel trends.
    pub fn original(&self) -> Interval {
        Interval::around(dot(&self.mix, &self.after), two_sided_z(self.level) * self.deviation())
    }

    /// Standard error of the target under exactly parallel trends.
    pub fn deviation(&self) -> f64 {
        self.variance(vec![0.0; self.before.len()]).max(0.0).sqrt()
    }

    /// Largest change of slope estimated before the reference.
    pub fn observed_curvature(&self) -> Option<f64> {
        let with_reference: Vec<f64> =
            std::iter::once(0.0).chain(self.before.iter().copied()).collect();

        with_reference
            .windows(3)
            .map(|w| (w[0] - 2.0 * w[1] + w[2]).abs())
            .reduce(f64::max)
    }

    /// Weights before the reference, from the transformed ones.
    pub fn weights_before(u: &[f64]) -> Vec<f64> {
        let get = |j: usize| u.get(j).copied().unwrap_or(0.0);
        (1..=u.len()).map(|s| get(s - 1) - 2.0 * get(s) + get(s + 1)).collect()
    }

    /// `Σ lₛ s`: what a straight line adds to the target.
    pub fn slope(&self) -> f64 {
        self.weights.iter().zip(1..).map(|(l, s)| l * f64::from(s)).sum()
    }

    /// The covariance matrix applied to weights of all coefficients.
    pub fn covariance_times(&self, vector: &[f64]) -> Vec<f64> {
        self.sigma.chunks(vector.len()).map(|row| dot(row, vector)).collect()
    }

    /// Variance of the target plus the coefficients before the reference with these weights.
    fn variance(&self, weights_before: Vec<f64>) -> f64 {
        let mut vector = weights_before;
        vector.extend(&self.mix);
        dot(&vector, &self.covariance_times(&vector))
    }

    pub fn describe(&self, u: Vec<f64>) -> Estimator {
        let variance = self.variance(Self::weights_before(&u));

        let count = self.weights.len();
        let bias_from = |j: usize| {
            let weights = (j + 1..=count).map(|s| self.weights[s - 1] * (s - j) as f64);
            weights.sum::<f64>().abs()
        };
        let after: f64 = (1..count).map(bias_from).sum();
        let bias = after + u.iter().map(|x| x.abs()).sum::<f64>();

        Estimator {
            u,
            bias,
            deviation: variance.max(0.0).sqrt(),
        }
    }

    /// Half the length of the interval of an estimator, wide enough for the worst bias within `m`.
    fn half_length(&self, e: &Estimator, m: f64) -> f64 {
        if e.deviation > 0.0 {
            e.deviation * folded_quantile(m * e.bias / e.deviation, self.level)
        } else {
            m * e.bias
        }
    }

    /// The estimator with the shortest interval on the segment between two, by golden-section search.
    fn shortest_between(&self, a: &Estimator, b: &Estimator, m: f64) -> Estimator {
        let between = |t: f64| {
            let coordinates = a.u.iter().zip(&b.u);
            self.describe(coordinates.map(|(x, y)| x + t * (y - x)).collect())
        };

        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..40 {
            let (left, right) = (low + 0.382 * (high - low), low + 0.618 * (high - low));
            if self.half_length(&between(left), m) < self.half_length(&between(right), m) {
                high = right
            } else {
                low = left
            }
        }

        between((low + high) / 2.0)
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

#[cfg(test)]
mod tests {
    use super::super::lasso::path;
    use super::*;
    use crate::tests::close;

    #[test]
    fn folded_quantile_has_its_level() {
        close(folded_quantile(0.0, 0.95), 1.959_963_984_540_054, 1e-9);
        close(folded_quantile(8.0, 0.95), 8.0 + 1.644_853_626_951_472, 1e-9);
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
        let answer = p.shortest(&path(&p), 0.5);
        let deviation = f64::sqrt(0.04 + 0.09 + 0.02);
        close(answer.estimate, 1.3, 1e-12);
        close(answer.upper - 1.3, deviation * folded_quantile(0.5 / deviation, 0.95), 1e-9);
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
        let answer = p.shortest(&path(&p), 0.0);
        close(answer.estimate, 2.0, 1e-9);
        let deviation = 0.1 * f64::sqrt(1.0 + 1.0 / 30.0);
        close(answer.upper - answer.lower, 2.0 * 1.959_963_984_540_054 * deviation, 1e-7);
        // A larger bound never shortens the interval.
        let path = path(&p);
        let widths: Vec<f64> = [0.0, 0.01, 0.05, 0.2, 1.0]
            .iter()
            .map(|m| p.shortest(&path, *m))
            .map(|i| i.upper - i.lower)
            .collect();
        assert!(widths.is_sorted());
    }
}
