//! Quantiles and tails of the usual distributions. Outside their domain they give NaN instead of panicking.
//!
//! Source of the algorithms: the `statrs` crate.

use statrs::distribution::{ChiSquared, ContinuousCDF, Gamma, Normal, StudentsT};
use statrs::function::beta::beta_reg;

fn is_probability(p: f64) -> bool {
    (0.0..=1.0).contains(&p)
}

/// Whether an interval can have this level: strictly between 0 and 1.
pub(crate) fn is_level(level: f64) -> bool {
    level > 0.0 && level < 1.0
}

/// From so many degrees of freedom or so large a shape on, a normal approximation serves: it differs by less than 1e-9.
const MANY: f64 = 1e6;
/// Below this shape a gamma is all but zero, and series for it do not end.
const LEAST_SHAPE: f64 = 1e-6;
/// Largest number that a count may have: from here on, a double no longer tells it from the next one.
const LARGEST_COUNT: u64 = 1 << 53;

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

/// Student quantile of order `p` with `df` degrees of freedom: the point whose two tails hold `2 min(p, 1 − p)`, by bisection.
pub fn student_quantile(p: f64, df: f64) -> f64 {
    let tails = 2.0 * p.min(1.0 - p);
    if !is_probability(p) || df.is_nan() || df <= 0.0 {
        return f64::NAN;
    }
    if df.is_infinite() || tails == 0.0 {
        return normal_quantile(p);
    }

    let (mut low, mut high) = (0.0, 1.0);
    while student_two_sided_p(high, df) > tails && f64::is_finite(high) {
        (low, high) = (high, 2.0 * high);
    }
    for _ in 0..80 {
        let middle = (low + high) / 2.0;
        if student_two_sided_p(middle, df) > tails {
            low = middle
        } else {
            high = middle
        }
    }

    if p < 0.5 { -high } else { high }
}

/// Two-sided p-value of a statistic that has Student's distribution with `df` degrees of freedom under the null.
///
/// With many degrees of freedom, by the normal distribution at `t (1 − 1/4n) / √(1 + t²/2n)`. Abramowitz & Stegun (1964),
/// *Handbook of Mathematical Functions*, 26.7.8.
pub fn student_two_sided_p(t: f64, df: f64) -> f64 {
    if df.is_infinite() {
        return two_sided_p(t);
    }
    if df >= MANY {
        return two_sided_p(t * (1.0 - 0.25 / df) / (1.0 + t * t / (2.0 * df)).sqrt());
    }

    match StudentsT::new(0.0, 1.0, df) {
        Ok(_) if t.is_infinite() => 0.0,
        Ok(d) if !t.is_nan() => 2.0 * d.cdf(-t.abs()),
        _ => f64::NAN,
    }
}

/// Gamma quantile of order `p`, shape `shape` (1e-6 at least), scale `scale`.
///
/// For a large shape, `k (1 − 1/9k + z/3√k)³`. Wilson & Hilferty (1931), *PNAS* 17, 684–688.
pub fn gamma_quantile(p: f64, shape: f64, scale: f64) -> f64 {
    if shape >= MANY {
        let root = 1.0 - 1.0 / (9.0 * shape) + normal_quantile(p) / (3.0 * shape.sqrt());
        return scale * shape * root.powi(3);
    }

    match Gamma::new(shape, 1.0) {
        Ok(g) if is_probability(p) && shape >= LEAST_SHAPE => scale * g.inverse_cdf(p),
        _ => f64::NAN,
    }
}

/// Upper tail of the chi-squared distribution: the p-value of a Wald statistic `x` with `df` degrees of freedom.
///
/// With many degrees of freedom `(x/n)^⅓` is nearly normal, of mean `1 − 2/9n` and variance `2/9n`: Wilson & Hilferty (1931).
pub fn chi_squared_tail(x: f64, df: f64) -> f64 {
    if df >= MANY && df.is_finite() && x >= 0.0 {
        let variance = 2.0 / (9.0 * df);
        return normal_cdf(-((x / df).cbrt() - 1.0 + variance) / variance.sqrt());
    }

    match ChiSquared::new(df) {
        Ok(_) if x == f64::INFINITY && df.is_finite() => 0.0,
        Ok(d) if x >= 0.0 && (LEAST_SHAPE..MANY).contains(&df) => d.sf(x),
        _ => f64::NAN,
    }
}

/// Upper tail at `f` of Fisher's law with `above` and `below` degrees of freedom, by the incomplete beta function; with infinitely many
/// below, `f` times `above` is chi-squared.
pub fn fisher_tail(f: f64, above: f64, below: f64) -> f64 {
    let known = f >= 0.0 && above > 0.0 && above.is_finite() && below > 0.0;
    if !known {
        return f64::NAN;
    }
    if below >= MANY {
        return chi_squared_tail(f * above, above);
    }
    if f == f64::INFINITY {
        return 0.0;
    }
    beta_reg(below / 2.0, above / 2.0, below / (below + above * f))
}

/// `P(X ≤ k)` for `X` binomial(`n`, `p`), by the incomplete beta function; 0 below zero, 1 from `n` on. NaN if `p` is no
/// probability or `n` is above 2⁵³.
pub fn binomial_cdf(k: i64, n: u64, p: f64) -> f64 {
    if !is_probability(p) || n > LARGEST_COUNT {
        return f64::NAN;
    }
    if k < 0 {
        return 0.0;
    }

    let k = k as u64;
    if k >= n || p == 0.0 {
        return 1.0;
    }
    if p == 1.0 {
        return 0.0;
    }

    beta_reg((n - k) as f64, k as f64 + 1.0, 1.0 - p)
}

/// `P(X ≤ x)` and `P(X ≥ x)` for `X` binomial(`n`, `p`), continued to numbers that are not whole by the incomplete beta function.
/// `x` is between 0 and `n`, and `p` a probability.
pub(crate) fn tails(x: f64, n: f64, p: f64) -> (f64, f64) {
    let certain = |is: bool| f64::from(u8::from(is));
    if p == 0.0 || p == 1.0 {
        let always = p * n;
        return (certain(always <= x), certain(always >= x));
    }

    let low = if x >= n { 1.0 } else { beta_reg(n - x, x + 1.0, 1.0 - p) };
    let high = if x <= 0.0 { 1.0 } else { beta_reg(x, n - x + 1.0, p) };
    (low, high)
}

/// Smallest `k` with `P(X ≤ k) ≥ q` for `X` binomial(`n`, `p`), by bisection. `None` if `q` or `p` is no probability or `n` is
/// above 2⁵³.
pub fn binomial_quantile(q: f64, n: u64, p: f64) -> Option<u64> {
    if !is_probability(q) || !is_probability(p) || n > LARGEST_COUNT {
        return None;
    }

    let (mut low, mut high) = (0, n);

    while low < high {
        let middle = low + (high - low) / 2;
        if binomial_cdf(middle as i64, n, p) >= q {
            high = middle;
        } else {
            low = middle + 1;
        }
    }

    Some(low)
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
        assert_eq!(binomial_quantile(0.025, 165, 0.5), Some(70));
        assert!(normal_quantile(1.5).is_nan());
    }

    /// Numbers that no caller should give, and some that one may.
    const HOSTILE: [f64; 13] = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -1.0,
        -0.0,
        0.0,
        f64::MIN_POSITIVE,
        1e-9,
        0.5,
        1.0,
        3.7,
        1e7,
        f64::MAX,
    ];

    #[test]
    fn nothing_panics_and_every_probability_is_one() {
        for a in HOSTILE {
            for b in HOSTILE {
                for p in [student_two_sided_p(a, b), chi_squared_tail(a, b), two_sided_p(a)] {
                    assert!(p.is_nan() || (0.0..=1.0).contains(&p), "{a} {b}: {p}");
                }
                student_quantile(a, b);
                for c in HOSTILE {
                    gamma_quantile(a, b, c);
                }
                for n in [0, 1, 10_000_000, u64::MAX] {
                    assert!(binomial_quantile(a, n, b).is_none_or(|k| k <= n));
                    for k in [i64::MIN, 0, 5, i64::MAX] {
                        let p = binomial_cdf(k, n, a);
                        assert!(p.is_nan() || (0.0..=1.0).contains(&p), "{k} {n} {a}: {p}");
                    }
                }
            }
        }
    }

    #[test]
    fn infinitely_many_degrees_of_freedom_are_the_normal_distribution() {
        assert_eq!(student_quantile(0.975, f64::INFINITY), normal_quantile(0.975));
        assert_eq!(student_two_sided_p(1.3, f64::INFINITY), two_sided_p(1.3));
        let z = normal_quantile(0.975);
        for df in [9e5, 1.1e6, 1e7, 1e11, 1e13] {
            let expected = z + (z.powi(3) + z) / (4.0 * df);
            assert!((student_quantile(0.975, df) - expected).abs() < 1e-8, "{df}");
        }
        assert!(student_quantile(0.5, 3.0).abs() < 1e-15);
        assert!((student_quantile(0.025, 1.0) + 12.706_204_736_174_7).abs() < 1e-9);
        assert_eq!(student_two_sided_p(f64::INFINITY, 5.0), 0.0);
        // On both sides of where the approximations begin.
        for (below, above) in [(MANY * 0.999_999, MANY), (MANY, MANY * 1.000_001)] {
            let ratio = gamma_quantile(0.975, above, 1.0) / gamma_quantile(0.975, below, 1.0);
            assert!((ratio - above / below).abs() < 1e-8, "{ratio}");
            let tails = [below, above].map(|df| chi_squared_tail(df + 2000.0, df));
            assert!((tails[0] - tails[1]).abs() < 1e-6, "{tails:?}");
        }
    }
}
