//! Standard errors and bands from influence functions.
//!
//! Analytic: with `S_c` the sum of influences in cluster `c` (already divided by the number of units), `√Σ S_c²`, without
//! a small-sample factor. Multiplier bootstrap: each draw multiplies every cluster by +1 or −1 (Rademacher) and adds up; the
//! standard error is the interquartile range of the draws over that of the standard normal, and the simultaneous band
//! takes the `level` quantile of the largest `|draw|/se` over the cells. Callaway & Sant'Anna (2021), algorithm 1.
//!
//! With [`Options::small_sample`], quantiles are Student's. A cluster-robust error is itself estimated, from the clusters of
//! the smaller side above all: with few of them normal intervals hold the truth less often than they say. The degrees of
//! freedom are those of Donald & Lang (2007), *Review of Economics and Statistics* 89, 221–233, on the smaller side:
//! `min(C₁, C₀) − 1`, with `C₁`, `C₀` the clusters of treated and of control units that bear on the estimate. The
//! simultaneous band is carried over at the same probability: `t⁻¹(Φ(c))`.

use super::{Options, bootstrap};
use crate::distribution::{normal_cdf, student_quantile, two_sided_z};

/// Standard errors of several estimates, and the multipliers of their intervals.
pub(super) struct StandardErrors {
    /// One per estimate.
    pub se: Vec<f64>,
    /// Degrees of freedom of each estimate; infinite with normal quantiles.
    pub df: Vec<f64>,
    /// Of the simultaneous band, in normal deviates.
    pub critical_value: f64,
    /// Number of clusters.
    pub clusters: usize,
    level: f64,
}

impl StandardErrors {
    /// From influence columns (one row per unit), the cluster of each unit and whether it is ever treated.
    pub fn new(
        columns: &[&[f64]],
        (clusters, treated): (&[usize], &[bool]),
        options: &Options,
    ) -> StandardErrors {
        let summed: Vec<Vec<f64>> =
            columns.iter().map(|column| by_cluster(column, clusters)).collect();
        let analytic: Vec<f64> =
            summed.iter().map(|s| s.iter().map(|v| v * v).sum::<f64>().sqrt()).collect();

        let level = options.level;
        let (se, critical_value) = match options.bootstrap {
            Some(bootstrap) => {
                bootstrap::errors(&summed, &analytic, bootstrap, level, options.workers())
            }
            // Bonferroni: wider than need be, but holds whatever the correlation.
            None => {
                let free = analytic.iter().filter(|se| **se > 0.0).count().max(1) as f64;
                (analytic, two_sided_z(1.0 - (1.0 - level) / free))
            }
        };

        let df = |column: &&[f64]| {
            if options.small_sample {
                degrees(column, clusters, treated)
            } else {
                f64::INFINITY
            }
        };
        StandardErrors {
            se,
            df: columns.iter().map(df).collect(),
            critical_value: critical_value.max(two_sided_z(level)),
            clusters: clusters.iter().max().map_or(0, |c| c + 1),
            level,
        }
    }

    /// Multipliers of the pointwise interval and of the simultaneous band of estimate `k`.
    pub fn multipliers(&self, k: usize) -> (f64, f64) {
        let df = self.df[k];
        (spread(two_sided_z(self.level), df), spread(self.critical_value, df))
    }
}

/// The quantile of Student's distribution that has the probability of the normal deviate `z`.
pub(super) fn spread(z: f64, df: f64) -> f64 {
    if df.is_finite() { student_quantile(normal_cdf(z), df) } else { z }
}

/// Clusters of the smaller side that bear on an estimate, less one, and one at least.
fn degrees(column: &[f64], clusters: &[usize], treated: &[bool]) -> f64 {
    let side = |role: bool| {
        let mut seen: Vec<usize> = column
            .iter()
            .zip(clusters)
            .zip(treated)
            .filter(|((value, _), t)| **t == role && **value != 0.0)
            .map(|((_, cluster), _)| *cluster)
            .collect();

        seen.sort_unstable();
        seen.dedup();
        seen.len()
    };

    (side(true).min(side(false)) as f64 - 1.0).max(1.0)
}

/// Sums a column by cluster.
pub(super) fn by_cluster(column: &[f64], clusters: &[usize]) -> Vec<f64> {
    let mut sums = vec![0.0; clusters.iter().max().map_or(0, |c| c + 1)];

    for (value, &cluster) in column.iter().zip(clusters) {
        sums[cluster] += value;
    }

    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_of_freedom_are_those_of_the_smaller_side() {
        let column = [1.0, -1.0, 0.5, 0.0, 2.0, 1.0, 1.0];
        let clusters = [0, 0, 1, 2, 3, 4, 5];
        let treated = [true, true, true, true, false, false, false];
        // Clusters 0 and 1 of the treated count, 2 does not bear on the estimate.
        assert_eq!(degrees(&column, &clusters, &treated), 1.0);
        let options = |small_sample| Options {
            bootstrap: None,
            small_sample,
            ..Options::default()
        };
        let one = |small| {
            StandardErrors::new(&[&column], (&clusters, &treated), &options(small)).multipliers(0)
        };
        assert!((one(true).0 - 12.706_204_736_174_7).abs() < 1e-6);
        assert_eq!(one(false).0, two_sided_z(0.95));
    }
}
