//! The quantile of an estimate over its own standard error, where few clusters carry it.
//!
//! Satterthwaite's degrees of freedom take the error for a chi-squared that knows nothing of the estimate. Where one cluster is
//! heavy neither holds: it moves both at once, and limits from them are half as wide again as need be. With the working
//! variances the ratio has a known distribution. Hansen (2021), *The Exact Distribution of the White t-Ratio*, University of
//! Wisconsin: `|T| > c` says that a quadratic form in independent normals, `B = aaᵀ − c²V`, is above zero (`aᵀz` the estimate,
//! `zᵀVz` its squared error).
//!
//! `B` has one positive eigenvalue `λ`, since `V` has none below zero. With the others `−μ`, and as
//! `P(|N| > √x) = (2/π) ∫ exp(−x/(2 cos²θ)) dθ` over a quarter turn (Craig 1991, *IEEE MILCOM*, 571–575),
//!
//! `P(|T| > c) = (2/π) ∫ Π (1 + μ/(λ cos²θ))^(−1/2) dθ`.
//!
//! The product needs no eigenvalue but `λ`: it is `det(I − B/(λ cos²θ))` over its one factor below zero, and on a side `V` is
//! diagonal but for two directions. The answer leaves as the degrees of freedom whose Student quantile is `c`; further out, where
//! bands are, that quantile is a little beyond the true one.

use std::f64::consts::{FRAC_2_PI, FRAC_PI_2};

use crate::distribution::student_two_sided_p;

/// Points of the integral over a quarter turn, by the midpoint rule: it errs below 1e-8, with two clusters below 1e-4.
const POINTS: u32 = 32;
/// Degrees of freedom that stand for normal quantiles.
const MANY: f64 = 1e6;

/// A cluster of a side: its weight in the mean, the square of its corrected weight in the error, its working variance.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClusterTerm {
    pub weight: f64,
    pub corrected: f64,
    pub variance: f64,
}

/// One side of an estimate, as its mean and its error depend on clusters.
pub(super) enum RatioSide {
    /// Cluster by cluster.
    Clusters(Vec<ClusterTerm>),
    /// So many that the error is a chi-squared which knows nothing of the mean: variance, degrees of freedom.
    Smooth(f64, f64),
}

impl RatioSide {
    /// Variance of the mean.
    fn variance(&self) -> f64 {
        match self {
            RatioSide::Clusters(all) => all.iter().map(|c| c.weight.powi(2) * c.variance).sum(),
            RatioSide::Smooth(variance, _) => *variance,
        }
    }

    /// `ln det(I + kV)` and `gᵀ(I + kV)⁻¹g`, `g` the mean in terms of independent standard normals.
    ///
    /// With `D = 1 + k x²φ` by cluster, `V = diag(x²φ) − ghᵀ − hgᵀ + Σx² ggᵀ`, `g = ω√φ`, `h = x²√φ`: the determinant lemma leaves
    /// `ΠD · ((1 − k Σωx²φ/D)² + k Σω²φ/D Σx²/D)`.
    fn solved(&self, k: f64) -> (f64, f64) {
        let all = match self {
            RatioSide::Clusters(all) => all,
            RatioSide::Smooth(variance, df) => {
                return (df * (k * variance / df).ln_1p(), *variance);
            }
        };

        let (mut logs, mut mean, mut cross, mut error) = (0.0, 0.0, 0.0, 0.0);
        for c in all {
            let own = c.corrected * c.variance;
            let scale = 1.0 + k * own;
            logs += (k * own).ln_1p();
            mean += c.weight.powi(2) * c.variance / scale;
            cross += c.weight * own / scale;
            error += c.corrected / scale;
        }

        let rest = (1.0 - k * cross).powi(2) + k * mean * error;
        (logs + rest.ln(), mean / rest)
    }
}

/// The degrees of freedom at which Student's statistic exceeds as often as the ratio of these sides, with probability
/// `1 − level`, the same value: at least one, infinite where the value is not above the normal quantile.
pub(super) fn degrees_of_freedom(sides: &[RatioSide; 2], level: f64) -> f64 {
    let error = 1.0 - level;
    let (mut low, mut high) = (0.0_f64, 7.0);
    // Logarithms of the value: from 1 to some 1,100, beyond which one degree is all there is.
    for _ in 0..26 {
        let middle = (low + high) / 2.0;
        if exceeds(sides, middle.exp()) > error {
            low = middle
        } else {
            high = middle
        }
    }
    let value = high.exp();

    if student_two_sided_p(value, MANY) >= error {
        return f64::INFINITY;
    }
    let (mut low, mut high) = (0.0, MANY.ln());
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        if student_two_sided_p(value, middle.exp()) > error {
            low = middle
        } else {
            high = middle
        }
    }
    high.exp()
}

/// Probability that the ratio exceeds `value`, either way.
fn exceeds(sides: &[RatioSide; 2], value: f64) -> f64 {
    let square = value * value;
    let solved = |lambda: f64| {
        let parts = sides.iter().map(|side| side.solved(square / lambda));
        parts.fold((0.0, 0.0), |(logs, mean), (l, m)| (logs + l, mean + m))
    };

    // λ = gᵀ(I + c²V/λ)⁻¹g; the right side rises with λ, and stays below the variance of the estimate.
    let whole: f64 = sides.iter().map(RatioSide::variance).sum();
    let (mut low, mut high) = ((whole * 1e-12).ln(), whole.ln());
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        if solved(middle.exp()).1 > middle.exp() {
            low = middle
        } else {
            high = middle
        }
    }
    let lambda = high.exp();

    let value_at = |point: u32| {
        let angle = FRAC_PI_2 * (f64::from(point) + 0.5) / f64::from(POINTS);
        let scaled = lambda * angle.cos().powi(2);
        let (logs, mean) = solved(scaled);
        let negative = (mean / scaled - 1.0).max(f64::MIN_POSITIVE);
        angle.tan() * (-0.5 * (logs + negative.ln())).exp()
    };
    // (2/π) times the width of a step.
    FRAC_2_PI * FRAC_PI_2 / f64::from(POINTS) * (0..POINTS).map(value_at).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    use super::*;
    use crate::distribution::normal_quantile;
    use crate::tests::close;

    /// Clusters of these weights that vary alike, each corrected as [`super::super::sides`] does.
    fn side(weights: &[f64], variances: &[f64]) -> Vec<ClusterTerm> {
        let both = || weights.iter().zip(variances);
        let whole: f64 = both().map(|(w, v)| w * w * v).sum();
        both()
            .map(|(w, v)| ClusterTerm {
                weight: *w,
                corrected: w * w * v / (v - 2.0 * w * v + whole),
                variance: *v,
            })
            .collect()
    }

    /// No second side: the treated are compared with what is known.
    const NONE: RatioSide = RatioSide::Smooth(0.0, 1.0);

    #[test]
    fn the_ratio_of_a_plain_mean_is_students() {
        for count in [2_u32, 5, 12] {
            let equal = vec![f64::from(count).recip(); count as usize];
            let sides = [RatioSide::Clusters(side(&equal, &vec![1.0; equal.len()])), NONE];
            for value in [1.0, 2.5, 6.0] {
                let expected = student_two_sided_p(value, f64::from(count) - 1.0);
                let tolerance = if count == 2 { 1e-4 } else { 1e-8 };
                close(exceeds(&sides, value), expected, tolerance);
            }
            close(degrees_of_freedom(&sides, 0.95), f64::from(count) - 1.0, 1e-3);
        }

        // A chi-squared which knows nothing of the mean is that too, and two that are alike add up.
        close(
            exceeds(&[RatioSide::Smooth(2.0, 7.0), NONE], 2.0),
            student_two_sided_p(2.0, 7.0),
            1e-6,
        );
        let twice = [RatioSide::Smooth(1.0, 5.0), RatioSide::Smooth(1.0, 5.0)];
        close(degrees_of_freedom(&twice, 0.95), 10.0, 1e-3);
    }

    /// The same probability from draws of the clusters themselves.
    fn by_draws(sides: &[Vec<ClusterTerm>; 2], value: f64) -> f64 {
        const DRAWS: u32 = 100_000;
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let mut normal =
            || normal_quantile(((rng.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64);

        let mut exceeding = 0;
        for _ in 0..DRAWS {
            let (mut means, mut error) = ([0.0; 2], 0.0);
            for (side, mean) in sides.iter().zip(&mut means) {
                let drawn: Vec<f64> = side.iter().map(|c| c.variance.sqrt() * normal()).collect();
                *mean = side.iter().zip(&drawn).map(|(c, u)| c.weight * u).sum();
                let squares =
                    side.iter().zip(&drawn).map(|(c, u)| c.corrected * (u - *mean).powi(2));
                error += squares.sum::<f64>();
            }
            exceeding += u32::from((means[0] - means[1]).powi(2) > value * value * error);
        }
        f64::from(exceeding) / f64::from(DRAWS)
    }

    /// Four standard errors of a share near 5 % over 100,000 draws are 0.003.
    #[test]
    fn unequal_clusters_are_as_draws_of_them_say() {
        let of = |sizes: &[f64], shared: f64| {
            let total: f64 = sizes.iter().sum();
            let weights: Vec<f64> = sizes.iter().map(|n| n / total).collect();
            let variances: Vec<f64> = sizes.iter().map(|n| shared + (1.0 - shared) / n).collect();
            side(&weights, &variances)
        };
        let unequal = [12.0, 6.0, 3.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0];
        let dominated = [21.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
        let controls = [3.0; 8];

        for (sizes, shared) in [(unequal, 0.0), (unequal, 0.7), (dominated, 0.25)] {
            let sides = [of(&sizes, shared), of(&controls, shared)];
            let exact = sides.clone().map(RatioSide::Clusters);
            for value in [2.0, 3.5] {
                close(exceeds(&exact, value), by_draws(&sides, value), 0.003);
            }
        }

        // Satterthwaite has 1.94 here, whose quantile is 4.4; draws put it at 2.85, which is that of 3.8.
        let alone = [RatioSide::Clusters(of(&unequal, 0.25)), NONE];
        close(exceeds(&alone, 2.85), 0.05, 0.002);
        close(degrees_of_freedom(&alone, 0.95), 3.75, 0.15);
    }

    #[test]
    fn one_cluster_that_is_nearly_all_has_one_degree_and_many_have_the_normal() {
        let heavy = RatioSide::Clusters(side(&[0.999, 0.001], &[1.0, 1.0]));
        let df = degrees_of_freedom(&[heavy, NONE], 0.95);
        assert!((1.0..1.3).contains(&df), "{df}");
        assert_eq!(degrees_of_freedom(&[RatioSide::Smooth(1.0, 1e9), NONE], 0.95), f64::INFINITY);
    }
}
