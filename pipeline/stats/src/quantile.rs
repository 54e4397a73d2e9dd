//! Exact quantiles and their distribution-free interval.
//!
//! [`Definition::Linear`] is Hyndman & Fan's type 7, the one of SQL's `percentile_cont`: with `h = (n−1)p`, it lies at
//! the fraction of `h` between the order statistics `x₍⌊h⌋+1₎` and `x₍⌊h⌋+2₎`. Hyndman & Fan (1996), *The American
//! Statistician* 50, 361–365. [`Definition::Inverse`] is type 1 (`percentile_disc`), [`Definition::Weibull`] type 6.
//!
//! Interval: the order statistics `x₍l₎, x₍u₎` with `l` the `α/2` and `u − 1` the `1 − α/2` quantile of a
//! binomial(n, p). It holds the true quantile with at least the stated probability, whatever the distribution. David &
//! Nagaraja (2003), *Order Statistics*, section 7.1.

use super::Interval;
use super::distribution::binomial_quantile;

/// Which of the usual definitions of a sample quantile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Definition {
    /// Type 1: the inverse of the empirical distribution function, SQL's `percentile_disc`.
    Inverse,
    /// Type 6: linear between `k/(n+1)` points.
    Weibull,
    /// Type 7: linear between `(k−1)/(n−1)` points, SQL's `percentile_cont`.
    Linear,
}

/// Values in increasing order, or `None` if one is not a number or there is none.
fn sorted(values: &[f64]) -> Option<Vec<f64>> {
    if values.is_empty() || values.iter().any(|v| v.is_nan()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    Some(sorted)
}

/// Quantile of order `p` of `values`, in any order; `None` if empty, if a value is NaN, or if `p` is outside [0, 1].
pub fn quantile(values: &[f64], p: f64, definition: Definition) -> Option<f64> {
    if !(0.0..=1.0).contains(&p) {
        return None;
    }
    Some(of_sorted(&sorted(values)?, p, definition))
}

/// Quantile of order `p` of values already in increasing order. `sorted` must not be empty.
pub(crate) fn of_sorted(sorted: &[f64], p: f64, definition: Definition) -> f64 {
    let n = sorted.len();
    // A product such as 0.1 × 30 may fall a hair beside a whole number: R's quantile() uses the same slack.
    let fuzz = 4.0 * f64::EPSILON;
    if definition == Definition::Inverse {
        let rank = ((n as f64 * p - fuzz * n as f64).ceil() as usize).clamp(1, n);
        return sorted[rank - 1];
    }
    let place = match definition {
        Definition::Weibull => (n as f64 + 1.0) * p - 1.0,
        _ => (n as f64 - 1.0) * p,
    }
    .clamp(0.0, n as f64 - 1.0);
    let below = (place + fuzz).floor();
    let fraction = if (place - below).abs() < fuzz {
        0.0
    } else {
        place - below
    };
    let low = sorted[below as usize];
    let high = sorted[(below as usize + 1).min(n - 1)];
    low + fraction * (high - low)
}

/// Ranks `(l, u)`, from 1, of the order statistics that bound the quantile of order `p` among `n` values at `level`.
///
/// `None` when the sample is too small for one of the two limits to exist.
pub fn interval_ranks(n: u64, p: f64, level: f64) -> Option<(u64, u64)> {
    let tail = (1.0 - level) / 2.0;
    let lower = binomial_quantile(tail, n, p);
    let upper = binomial_quantile(1.0 - tail, n, p) + 1;
    (lower >= 1 && upper <= n).then_some((lower, upper))
}

/// Quantile of order `p` (type 7) with its order-statistic interval; a limit the sample is too small for is infinite.
///
/// `None` under the same conditions as [`quantile`].
pub fn quantile_interval(values: &[f64], p: f64, level: f64) -> Option<Interval> {
    if !(0.0..=1.0).contains(&p) {
        return None;
    }
    let sorted = sorted(values)?;
    let n = sorted.len() as u64;
    let tail = (1.0 - level) / 2.0;
    let (low, high) = (
        binomial_quantile(tail, n, p),
        binomial_quantile(1.0 - tail, n, p) + 1,
    );
    Some(Interval {
        estimate: of_sorted(&sorted, p, Definition::Linear),
        lower: if low >= 1 {
            sorted[low as usize - 1]
        } else {
            f64::NEG_INFINITY
        },
        upper: if high <= n {
            sorted[high as usize - 1]
        } else {
            f64::INFINITY
        },
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::reference::{close, json, rows};

    fn lung_events() -> Vec<f64> {
        let rows = rows("km_lung.csv");
        rows[1..]
            .iter()
            .filter(|r| r[1] == "1")
            .map(|r| r[0].parse().unwrap())
            .collect()
    }

    #[test]
    fn agrees_with_reference() {
        let (values, answers) = (lung_events(), &json()["quantiles"]);
        assert_eq!(values.len() as u64, answers["n"].as_u64().unwrap());
        let types = [
            ("type7", Definition::Linear),
            ("type6", Definition::Weibull),
            ("type1", Definition::Inverse),
        ];
        for (name, definition) in types {
            for (p, key) in [
                (0.1, "10%"),
                (0.25, "25%"),
                (0.5, "50%"),
                (0.75, "75%"),
                (0.9, "90%"),
            ] {
                let answer = quantile(&values, p, definition).unwrap();
                close(answer, answers[name][key].as_f64().unwrap(), 1e-10);
            }
        }
        assert_eq!(interval_ranks(165, 0.5, 0.95), Some((70, 96)));
        let median = quantile_interval(&values, 0.5, 0.95).unwrap();
        assert_eq!(
            (median.lower, median.estimate, median.upper),
            (194.0, 226.0, 285.0)
        );
    }

    #[test]
    fn says_when_the_sample_is_too_small() {
        // Five values: P(all on one side of the median) is 1/32 on each side, above 2.5 %.
        assert_eq!(interval_ranks(5, 0.5, 0.95), None);
        assert_eq!(interval_ranks(6, 0.5, 0.95), Some((1, 6)));
        let five = quantile_interval(&[3.0, 1.0, 2.0, 5.0, 4.0], 0.5, 0.95).unwrap();
        assert_eq!(
            (five.estimate, five.lower, five.upper),
            (3.0, f64::NEG_INFINITY, f64::INFINITY)
        );
        assert_eq!(quantile(&[], 0.5, Definition::Linear), None);
        assert_eq!(quantile(&[1.0, f64::NAN], 0.5, Definition::Linear), None);
    }
}
