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
//!
//! A draw's sign for a cluster depends on the seed and on the two numbers alone, and sums run in a fixed order: the answer
//! is the same on any number of cores. Eight clusters at a time, the 256 signed sums are tabulated and the draws look
//! them up by a byte of the ChaCha8 keystream, which saves six multiplications in eight.

use std::sync::atomic::{AtomicUsize, Ordering};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::Serialize;

use super::Options;
use crate::distribution::{normal_cdf, normal_quantile, student_quantile, two_sided_z};
use crate::quantile::{Definition, of_sorted};

/// Settings of the multiplier bootstrap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bootstrap {
    /// Number of draws; 1,000 is usual, 25,000 makes the standard error exact to about 1 %.
    pub draws: usize,
    /// Seed: same seed, same answer.
    pub seed: u64,
}

/// Standard errors of several estimates, and the multipliers of their intervals.
pub(super) struct Errors {
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

impl Errors {
    /// From influence columns (one row per unit), the cluster of each unit and whether it is ever treated.
    pub fn new(
        columns: &[&[f64]],
        (clusters, treated): (&[usize], &[bool]),
        options: &Options,
    ) -> Errors {
        let summed: Vec<Vec<f64>> = columns
            .iter()
            .map(|column| by_cluster(column, clusters))
            .collect();
        let count = clusters.iter().max().map_or(0, |c| c + 1);
        let analytic: Vec<f64> = summed
            .iter()
            .map(|s| s.iter().map(|v| v * v).sum::<f64>().sqrt())
            .collect();
        let multiplier = two_sided_z(options.level);
        let free = analytic.iter().filter(|se| **se > 0.0).count().max(1) as f64;
        let (se, critical_value) = match options.bootstrap {
            // Bonferroni: wider than need be, but holds whatever the correlation.
            None => (analytic, two_sided_z(1.0 - (1.0 - options.level) / free)),
            Some(bootstrap) => scale(
                draws(&summed, bootstrap, options.workers()),
                &analytic,
                options.level,
            ),
        };
        let df = columns
            .iter()
            .map(|column| {
                if options.small_sample {
                    degrees(column, clusters, treated)
                } else {
                    f64::INFINITY
                }
            })
            .collect();
        Errors {
            se,
            df,
            critical_value: critical_value.max(multiplier),
            clusters: count,
            level: options.level,
        }
    }

    /// Multipliers of the pointwise interval and of the simultaneous band of estimate `k`.
    pub fn multipliers(&self, k: usize) -> (f64, f64) {
        let df = self.df[k];
        (
            spread(two_sided_z(self.level), df),
            spread(self.critical_value, df),
        )
    }
}

/// The quantile of Student's distribution that has the probability of the normal deviate `z`.
pub(super) fn spread(z: f64, df: f64) -> f64 {
    if df.is_finite() {
        student_quantile(normal_cdf(z), df)
    } else {
        z
    }
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

/// Standard errors from the interquartile range, and the critical value from the largest standardised draw.
fn scale(draws: Vec<Vec<f64>>, analytic: &[f64], level: f64) -> (Vec<f64>, f64) {
    let normal_range = normal_quantile(0.75) - normal_quantile(0.25);
    let mut largest = vec![0.0_f64; draws.first().map_or(0, Vec::len)];
    let mut se = Vec::with_capacity(draws.len());
    for (column, &analytic) in draws.iter().zip(analytic) {
        let mut sorted = column.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let quartile = |p: f64| of_sorted(&sorted, p, Definition::Inverse);
        let error = if column.is_empty() {
            0.0
        } else {
            (quartile(0.75) - quartile(0.25)) / normal_range
        };
        // With a handful of clusters half the draws may coincide and the range be nil; the analytic error then serves.
        let error = if error > 1e-12 * analytic {
            error
        } else {
            analytic
        };
        if error > 0.0 {
            for (top, draw) in largest.iter_mut().zip(column) {
                *top = top.max((draw / error).abs());
            }
        }
        se.push(error);
    }
    largest.sort_unstable_by(f64::total_cmp);
    let critical = if largest.is_empty() {
        0.0
    } else {
        of_sorted(&largest, level, Definition::Inverse)
    };
    (se, critical)
}

/// Columns that are looked up together: their 256 signed sums fit the first-level cache.
const WIDTH: usize = 8;
/// Draws made at a time, to bound memory.
const BLOCK: usize = 1024;

/// `Σ_clusters ± sum`, one list of draws per column.
fn draws(columns: &[Vec<f64>], bootstrap: Bootstrap, threads: usize) -> Vec<Vec<f64>> {
    let clusters = columns.first().map_or(0, Vec::len);
    let octets = clusters.div_ceil(8);
    let mut answer = vec![Vec::with_capacity(bootstrap.draws); columns.len()];
    for start in (0..bootstrap.draws).step_by(BLOCK) {
        let length = BLOCK.min(bootstrap.draws - start);
        let signs: Vec<Vec<u8>> = (0..octets)
            .map(|octet| bytes(bootstrap.seed, octet, start, length))
            .collect();
        let groups: Vec<&[Vec<f64>]> = columns.chunks(WIDTH).collect();
        let next = AtomicUsize::new(0);
        let work = || {
            let mut done = Vec::new();
            loop {
                let i = next.fetch_add(1, Ordering::Relaxed);
                let Some(group) = groups.get(i) else {
                    return done;
                };
                done.push((i, signed_sums(group, &signs, length)));
            }
        };
        let mut sums: Vec<(usize, Vec<[f64; WIDTH]>)> = if threads <= 1 || groups.len() <= 1 {
            work()
        } else {
            std::thread::scope(|scope| {
                let handles: Vec<_> = (0..threads.min(groups.len()))
                    .map(|_| scope.spawn(work))
                    .collect();
                handles
                    .into_iter()
                    .flat_map(|h| {
                        h.join()
                            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                    })
                    .collect()
            })
        };
        sums.sort_by_key(|(i, _)| *i);
        for (i, block) in sums {
            for (c, list) in answer.iter_mut().skip(i * WIDTH).take(WIDTH).enumerate() {
                list.extend(block.iter().map(|draw| draw[c]));
            }
        }
    }
    answer
}

/// The signs of eight clusters in `length` draws from `start` on, a byte per draw.
fn bytes(seed: u64, octet: usize, start: usize, length: usize) -> Vec<u8> {
    let mut cipher = ChaCha8Rng::seed_from_u64(seed);
    cipher.set_stream(octet as u64);
    cipher.set_word_pos(start as u128 / 4);
    let mut bytes = vec![0; length];
    cipher.fill_bytes(&mut bytes);
    bytes
}

/// For up to [`WIDTH`] columns, the signed sums of each draw.
fn signed_sums(columns: &[Vec<f64>], signs: &[Vec<u8>], length: usize) -> Vec<[f64; WIDTH]> {
    let mut sums = vec![[0.0; WIDTH]; length];
    let mut table = vec![[0.0; WIDTH]; 256];
    for (octet, bytes) in signs.iter().enumerate() {
        let mut values = [[0.0; WIDTH]; 8];
        for (bit, value) in values.iter_mut().enumerate() {
            for (slot, column) in value.iter_mut().zip(columns) {
                *slot = column.get(octet * 8 + bit).copied().unwrap_or(0.0);
            }
        }
        table[0] = [0.0; WIDTH];
        for value in &values {
            for (slot, v) in table[0].iter_mut().zip(value) {
                *slot -= v;
            }
        }
        for byte in 1..256_usize {
            let value = values[byte.trailing_zeros() as usize];
            let mut entry = table[byte & (byte - 1)];
            for (slot, v) in entry.iter_mut().zip(value) {
                *slot += 2.0 * v;
            }
            table[byte] = entry;
        }
        for (sum, &byte) in sums.iter_mut().zip(bytes) {
            let entry = &table[usize::from(byte)];
            for (slot, v) in sum.iter_mut().zip(entry) {
                *slot += v;
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn columns() -> Vec<Vec<f64>> {
        (0..11)
            .map(|c| {
                (0..83)
                    .map(|i| f64::sin(f64::from(i * 7 + c * 3)))
                    .collect()
            })
            .collect()
    }

    #[test]
    fn table_look_up_is_the_plain_product() {
        let (columns, bootstrap) = (
            columns(),
            Bootstrap {
                draws: 1030,
                seed: 5,
            },
        );
        let answer = draws(&columns, bootstrap, 1);
        assert_eq!(answer, draws(&columns, bootstrap, 3));
        // The second block must continue the keystream of the first.
        for draw in [0, 1, 1023, 1024, 1029] {
            for (column, list) in columns.iter().zip(&answer) {
                let signed = |(i, v): (usize, &f64)| {
                    let byte = bytes(5, i / 8, 0, 1030)[draw];
                    if byte >> (i % 8) & 1 == 1 { *v } else { -*v }
                };
                let expected: f64 = column.iter().enumerate().map(signed).sum();
                assert!((list[draw] - expected).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn a_column_does_not_depend_on_its_neighbours() {
        let all = draws(
            &columns(),
            Bootstrap {
                draws: 100,
                seed: 1,
            },
            2,
        );
        let one = draws(
            &columns()[9..10],
            Bootstrap {
                draws: 100,
                seed: 1,
            },
            2,
        );
        assert_eq!(all[9], one[0]);
        assert_ne!(
            one[0],
            draws(
                &columns()[9..10],
                Bootstrap {
                    draws: 100,
                    seed: 2
                },
                2
            )[0]
        );
    }

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
        let one =
            |small| Errors::new(&[&column], (&clusters, &treated), &options(small)).multipliers(0);
        assert!((one(true).0 - 12.706_204_736_174_7).abs() < 1e-6);
        assert_eq!(one(false).0, two_sided_z(0.95));
    }
}
