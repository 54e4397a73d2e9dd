//! Exact quantiles and their distribution-free interval.
//!
//! Type 7 of Hyndman & Fan, the one of SQL's `percentile_cont`: with `h = (n−1)p`, it lies at the fraction of `h` between the
//! order statistics `x₍⌊h⌋+1₎` and `x₍⌊h⌋+2₎`. Hyndman & Fan (1996), *The American Statistician* 50, 361–365.
//!
//! Interval: the order statistics `x₍l₎, x₍u₎` with `l` the `α/2` and `u − 1` the `1 − α/2` quantile of a
//! binomial(n, p). It holds the true quantile with at least the stated probability, whatever the distribution. David &
//! Nagaraja (2003), *Order Statistics*, section 7.1.

use super::Interval;
use super::distribution::{binomial_quantile, is_level};

/// Slack for a product such as 0.1 × 30, which may fall a hair beside a whole number; R's `quantile()` uses the same.
const FUZZ: f64 = 4.0 * f64::EPSILON;

/// Type 1: the smallest value with at least the share `p` at or below it, as SQL's `percentile_disc`.
///
/// `sorted` is in increasing order and not empty.
pub(crate) fn inverse_cdf(sorted: &[f64], p: f64) -> f64 {
    let n = sorted.len();
    let rank = ((n as f64 * p - FUZZ * n as f64).ceil() as usize).clamp(1, n);
    sorted[rank - 1]
}

/// Type 7, as SQL's `percentile_cont`. `sorted` is in increasing order and not empty.
fn interpolated(sorted: &[f64], p: f64) -> f64 {
    let last = sorted.len() - 1;
    let place = (last as f64 * p).clamp(0.0, last as f64);

    let below = (place + FUZZ).floor();
    let fraction = if (place - below).abs() < FUZZ { 0.0 } else { place - below };

    let low = sorted[below as usize];
    let high = sorted[(below as usize + 1).min(last)];
    // A value that is infinite has no part in the one before it.
    if fraction == 0.0 || low == high {
        low
    } else {
        low + fraction * (high - low)
    }
}

/// Ranks of the order statistics that bound the quantile of order `p` among `n` values at `level`. The first is 0, or the second
/// above `n`, where the sample is too small for that limit to exist. `None` if `p` or `level` is out of range.
fn interval_ranks(n: usize, p: f64, level: f64) -> Option<(usize, usize)> {
    if !is_level(level) {
        return None;
    }

    let tail = (1.0 - level) / 2.0;
    let rank = |q: f64| binomial_quantile(q, n as u64, p).map(|k| k as usize);
    Some((rank(tail)?, rank(1.0 - tail)? + 1))
}

/// Quantile of order `p` of `values`, in any order, with its order-statistic interval; a limit the sample is too small for is
/// infinite.
///
/// `None` if empty, if a value is NaN, if the quantile lies between two infinite values of opposite signs, or if `p` is outside
/// [0, 1] or `level` outside (0, 1).
pub fn quantile_interval(values: &[f64], p: f64, level: f64) -> Option<Interval> {
    if values.is_empty() || values.iter().any(|v| v.is_nan()) {
        return None;
    }

    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);

    let (low, high) = interval_ranks(sorted.len(), p, level)?;
    let of_rank = |rank: usize| rank.checked_sub(1).and_then(|k| sorted.get(k).copied());

    let estimate = interpolated(&sorted, p);
    (!estimate.is_nan()).then(|| Interval {
        estimate,
        lower: of_rank(low).unwrap_or(f64::NEG_INFINITY),
        upper: of_rank(high).unwrap_or(f64::INFINITY),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{close, json, rows};

    fn lung_events() -> Vec<f64> {
        let rows = rows("km_lung.csv");
        let mut values: Vec<f64> = rows[1..]
            .iter()
            .filter(|r| r[1] == "1")
            .map(|r| r[0].parse().unwrap())
            .collect();
        values.sort_by(f64::total_cmp);
        values
    }

    #[test]
    fn agrees_with_reference() {
        let (values, answers) = (lung_events(), &json()["quantiles"]);
        assert_eq!(values.len() as u64, answers["n"].as_u64().unwrap());

        type Quantile = fn(&[f64], f64) -> f64;
        let types: [(&str, Quantile); 2] = [("type7", interpolated), ("type1", inverse_cdf)];
        let orders = [(0.1, "10%"), (0.25, "25%"), (0.5, "50%"), (0.75, "75%"), (0.9, "90%")];
        for (name, quantile) in types {
            for (p, key) in orders {
                let answer = quantile(&values, p);
                close(answer, answers[name][key].as_f64().unwrap(), 1e-10);
            }
        }

        assert_eq!(interval_ranks(165, 0.5, 0.95), Some((70, 96)));
        let median = quantile_interval(&values, 0.5, 0.95).unwrap();
        assert_eq!((median.lower, median.estimate, median.upper), (194.0, 226.0, 285.0));
    }

    #[test]
    fn values_without_end_are_ordered_as_others() {
        let estimate = |values: &[f64]| quantile_interval(values, 0.5, 0.95).map(|q| q.estimate);
        let end = f64::INFINITY;
        assert_eq!(estimate(&[end, 1.0, 2.0]), Some(2.0));
        assert_eq!(estimate(&[end, end, 1.0]), Some(end));
        assert_eq!(estimate(&[1.0, end]), Some(end));
        assert_eq!(estimate(&[-end, end]), None);
    }

    #[test]
    fn says_when_the_sample_is_too_small() {
        // Five values: P(all on one side of the median) is 1/32 on each side, above 2.5 %.
        assert_eq!(interval_ranks(5, 0.5, 0.95), Some((0, 6)));
        assert_eq!(interval_ranks(6, 0.5, 0.95), Some((1, 6)));

        let five = quantile_interval(&[3.0, 1.0, 2.0, 5.0, 4.0], 0.5, 0.95).unwrap();
        assert_eq!(
            (five.estimate, five.lower, five.upper),
            (3.0, f64::NEG_INFINITY, f64::INFINITY)
        );

        assert_eq!(quantile_interval(&[], 0.5, 0.95), None);
        assert_eq!(quantile_interval(&[1.0, f64::NAN], 0.5, 0.95), None);
        for (p, level) in [(f64::NAN, 0.95), (0.5, f64::NAN), (0.5, 1.0), (1.1, 0.95), (0.5, -1.0)]
        {
            assert_eq!(quantile_interval(&[1.0, 2.0], p, level), None);
        }
    }
}
