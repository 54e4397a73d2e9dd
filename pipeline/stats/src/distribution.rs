//! Quantiles and tails of the usual distributions. Outside their domain they give NaN instead of panicking.
//!
//! Source of the algorithms: the `statrs` crate.

use statrs::distribution::{ChiSquared, ContinuousCDF, Gamma, Normal, StudentsT};
use statrs::function::beta::beta_reg;

fn is_probability(p: f64) -> bool {
    (0.0..=1.0).contains(&p)
}

/// Standard normal quantile of order `p`.
pub fn normal_quantile(p: f64) -> f64 {
    if !is_probability(p) {
        return f64::NAN;
    }
    Normal::standard().inverse_cdf(p)
}

/// Standard normal distribution function at `x`.
pub fn normal_cdf(x: f64) -> f64 {
    Normal::standard().cdf(x)
}

/// Two-sided normal multiplier of an interval at `level` (1.96 for 0.95).
pub fn two_sided_z(level: f64) -> f64 {
    normal_quantile(0.5 + level / 2.0)
}

/// Two-sided p-value of a statistic that is standard normal under the null.
pub fn two_sided_p(z: f64) -> f64 {
    2.0 * normal_cdf(-z.abs())
}

/// Student quantile of order `p` with `df` degrees of freedom.
pub fn student_quantile(p: f64, df: f64) -> f64 {
    match StudentsT::new(0.0, 1.0, df) {
        Ok(t) if is_probability(p) => t.inverse_cdf(p),
        _ => f64::NAN,
    }
}

/// Two-sided p-value of a statistic that has Student's distribution with `df` degrees of freedom under the null.
pub fn student_two_sided_p(t: f64, df: f64) -> f64 {
    match StudentsT::new(0.0, 1.0, df) {
        Ok(d) => 2.0 * d.cdf(-t.abs()),
        Err(_) => f64::NAN,
    }
}

/// Gamma quantile of order `p`, shape `shape`, scale `scale`.
pub fn gamma_quantile(p: f64, shape: f64, scale: f64) -> f64 {
    match Gamma::new(shape, 1.0) {
        Ok(g) if is_probability(p) => scale * g.inverse_cdf(p),
        _ => f64::NAN,
    }
}

/// Upper tail of the chi-squared distribution: the p-value of a Wald statistic `x` with `df` degrees of freedom.
pub fn chi_squared_tail(x: f64, df: f64) -> f64 {
    match ChiSquared::new(df) {
        Ok(d) if x >= 0.0 => d.sf(x),
        _ => f64::NAN,
    }
}

/// `P(X ≤ k)` for `X` binomial(`n`, `p`), by the incomplete beta function; 0 below zero, 1 from `n` on.
pub fn binomial_cdf(k: i64, n: u64, p: f64) -> f64 {
    if k < 0 {
        return 0.0;
    }

    let k = k as u64;
    if k >= n || p <= 0.0 {
        return 1.0;
    }
    if p >= 1.0 {
        return 0.0;
    }

    beta_reg((n - k) as f64, k as f64 + 1.0, 1.0 - p)
}

/// Smallest `k` with `P(X ≤ k) ≥ q` for `X` binomial(`n`, `p`), by bisection.
pub fn binomial_quantile(q: f64, n: u64, p: f64) -> u64 {
    let (mut low, mut high) = (0, n);

    while low < high {
        let middle = low + (high - low) / 2;
        if binomial_cdf(middle as i64, n, p) >= q {
            high = middle;
        } else {
            low = middle + 1;
        }
    }

    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_tables() {
        assert!((normal_quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-12);
        assert!((student_quantile(0.975, 10.0) - 2.228_138_851_964_939).abs() < 1e-9);
        assert!((chi_squared_tail(7.791_236_627_2, 5.0) - 0.16812).abs() < 5e-6);
        assert!((gamma_quantile(0.975, 1.0, 1.0) - 3.688_879_454_113_936).abs() < 1e-9);
        assert!((binomial_cdf(69, 165, 0.5) - 0.021_35).abs() < 5e-4);
        assert_eq!(binomial_quantile(0.025, 165, 0.5), 70);
        assert!(normal_quantile(1.5).is_nan());
    }
}
