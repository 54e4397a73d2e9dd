//! Intervals for a share.
//!
//! - Wilson score, with `p = x/n`, `z` the normal multiplier:
//!   `(2np + z² ± z √(z² + 4np(1−p))) / (2(n + z²))`. Wilson (1927); Newcombe (1998), *Statistics in Medicine* 17,
//!   857–872, method 3.
//! - Cluster-robust: people of one médicobus or commune resemble each other. The variance of the ratio `Σx/Σn` is
//!   `C/(C−1) Σ (x_c − p n_c)² / n²`, and the interval is Wilson's at the effective size
//!   `p(1−p)/v × (z/t_{C−1})²`. Korn & Graubard (1998), *Survey Methodology* 24, 193–201; Dean & Pagano (2015), *Journal
//!   of Survey Statistics and Methodology* 3, 484–503.

use super::Interval;
use super::distribution::{is_level, student_quantile, two_sided_z};

/// Wilson's score interval of `x` successes out of `n` at `level`; `None` if `n = 0`, `x > n` or `level` is not between
/// 0 and 1.
pub fn wilson(x: u64, n: u64, level: f64) -> Option<Interval> {
    if n == 0 || x > n || !is_level(level) {
        return None;
    }

    Some(wilson_real(x as f64 / n as f64, n as f64, level))
}

/// Wilson's interval for a share `p` known with an effective size `n` that need not be whole.
fn wilson_real(p: f64, n: f64, level: f64) -> Interval {
    let z = two_sided_z(level);
    let centre = 2.0 * n * p + z * z;
    let width = z * (z * z + 4.0 * n * p * (1.0 - p)).sqrt();
    let scale = 2.0 * (n + z * z);

    // A share of 0 or 1 is its own limit. The formula says so too, but for rounding.
    let lower = if p == 0.0 { 0.0 } else { ((centre - width) / scale).max(0.0) };
    let upper = if p == 1.0 { 1.0 } else { ((centre + width) / scale).min(1.0) };

    Interval { estimate: p, lower, upper }
}

/// A share whose people come in clusters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusteredShare {
    /// The share `Σx/Σn` and its cluster-robust interval.
    pub interval: Interval,
    /// Cluster-robust standard error of the share.
    pub standard_error: f64,
    /// Variance over the variance of independent people; 1 if the share is 0 or 1.
    pub design_effect: f64,
    /// Clusters with at least one person.
    pub clusters: usize,
    /// People.
    pub size: u64,
}

/// Share and cluster-robust interval from one `(x, n)` per cluster.
///
/// The effective size is never taken above the number of people, so a lucky draw cannot shrink the interval below
/// Wilson's. `None` with fewer than two non-empty clusters, if some `x > n`, or if `level` is not between 0 and 1.
pub fn clustered_share(clusters: &[(u64, u64)], level: f64) -> Option<ClusteredShare> {
    let used: Vec<(f64, f64)> = clusters
        .iter()
        .filter(|(_, n)| *n > 0)
        .map(|&(x, n)| (x as f64, n as f64))
        .collect();
    if used.len() < 2 || !is_level(level) || used.iter().any(|(x, n)| x > n) {
        return None;
    }

    let count = used.len() as f64;
    let size: f64 = used.iter().map(|(_, n)| n).sum();
    let p = used.iter().map(|(x, _)| x).sum::<f64>() / size;

    let spread: f64 = used.iter().map(|(x, n)| (x - p * n).powi(2)).sum();
    let variance = count / (count - 1.0) * spread / (size * size);
    let independent = p * (1.0 - p) / size;
    let design_effect = if independent > 0.0 { variance / independent } else { 1.0 };

    let t = student_quantile(0.5 + level / 2.0, count - 1.0);
    let effective = size / design_effect.max(1.0) * (two_sided_z(level) / t).powi(2);

    Some(ClusteredShare {
        interval: wilson_real(p, effective, level),
        standard_error: variance.sqrt(),
        design_effect,
        clusters: used.len(),
        size: size as u64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{close, json};

    #[test]
    fn agrees_with_reference() {
        for case in json()["wilson"].as_array().unwrap() {
            let (x, n) = (case["x"].as_u64().unwrap(), case["n"].as_u64().unwrap());
            let answer = wilson(x, n, 0.95).unwrap();
            close(answer.lower, case["wilson_lo"].as_f64().unwrap(), 1e-10);
            close(answer.upper, case["wilson_hi"].as_f64().unwrap(), 1e-10);
        }
        for case in json()["wilson_published_newcombe1998"].as_array().unwrap() {
            let i = wilson(case["x"].as_u64().unwrap(), case["n"].as_u64().unwrap(), 0.95).unwrap();
            close(i.lower, case["lo"].as_f64().unwrap(), 5e-5);
            close(i.upper, case["hi"].as_f64().unwrap(), 5e-5);
        }
    }

    #[test]
    fn clusters_widen_the_interval() {
        // Same total, people alike inside each cluster: nearly as little is known as with one person per cluster.
        let alike: Vec<(u64, u64)> =
            (0..20).map(|c| (if c % 4 == 0 { 18 } else { 2 }, 20)).collect();
        let share = clustered_share(&alike, 0.95).unwrap();
        let plain = wilson(120, 400, 0.95).unwrap();
        assert_eq!(share.interval.estimate, plain.estimate);
        // Hand computation: Σ(x−pn)² = 5·12² + 15·4² = 960; v = 20/19·960/160000.
        close(share.standard_error, (20.0 / 19.0 * 960.0_f64 / 160_000.0).sqrt(), 1e-14);
        assert!(share.design_effect > 10.0);
        assert!(share.interval.upper - share.interval.lower > 3.0 * (plain.upper - plain.lower));
        assert!(clustered_share(&alike[..1], 0.95).is_none());
    }

    #[test]
    fn a_level_that_is_none_has_no_interval() {
        for level in [f64::NAN, 0.0, 1.0, -0.5, f64::INFINITY] {
            assert!(wilson(1, 2, level).is_none());
            assert!(clustered_share(&[(1, 2), (0, 3)], level).is_none());
        }
    }
}
