//! A joint test that several estimates are zero, from their influence functions.
//!
//! With many clusters Wald's: `aᵀ V⁻¹ a` is chi-squared. With few ([`super::Options::small_sample`]) `V⁻¹` is badly known, and the
//! test rejects far too often: 51 % in place of 5 % for five effects over ten treated clusters. The largest of the estimates, each
//! over its own standard error and carried over to a normal deviate by its own degrees of freedom, needs no inverse
//! ([`super::sup_t`]); it is what the simultaneous band says, and serves even with more estimates than clusters.

use super::Options;
use super::inference::Inference;
use super::linear::{Cholesky, dot};
use super::sup_t::{LargestDraws, normal_equivalent, two_sided};
use crate::distribution::chi_squared_tail;

/// How a joint test is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestKind {
    /// Wald's statistic, chi-squared.
    Wald,
    /// The largest estimate, in normal deviates.
    Largest,
}

/// A joint test that several estimates are zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JointTest {
    /// How it is made.
    pub kind: TestKind,
    /// The statistic.
    pub statistic: f64,
    /// Estimates tested together: those that have a standard error.
    pub contrasts: usize,
    /// Its p-value.
    pub p_value: f64,
}

/// Covariance of estimates, row by row, from their influences summed by cluster.
pub(super) fn covariance(sums: &[&[f64]]) -> Vec<f64> {
    sums.iter().flat_map(|a| sums.iter().map(move |b| dot(a, b))).collect()
}

/// Joint test of the estimates that satisfy `keep(position)`; `None` if none of them has a standard error, or for Wald's with
/// a singular covariance (as many estimates as clusters, or more).
pub(super) fn joint_test(
    estimates: &[f64],
    inference: &Inference,
    options: &Options,
    keep: impl Fn(usize) -> bool,
) -> Option<JointTest> {
    let kept: Vec<usize> = (0..estimates.len())
        .filter(|&k| keep(k) && inference.errors[k].is_ok())
        .collect();
    if kept.is_empty() {
        return None;
    }

    let columns: Vec<&[f64]> = kept.iter().map(|&k| inference.sums[k].as_slice()).collect();
    let errors = kept.iter().filter_map(|&k| Some((estimates[k], inference.errors[k].ok()?)));
    if options.small_sample {
        let (deviates, df): (Vec<f64>, Vec<f64>) =
            errors.map(|(a, (se, df))| (normal_equivalent(a / se, df), df)).unzip();
        return Some(largest(&deviates, &columns, &df, options));
    }

    let z: Vec<f64> = errors.map(|(a, (se, _))| a / se).collect();
    wald(&z, &columns)
}

/// The test by the largest of standardised estimates; without draws, Bonferroni's.
fn largest(deviates: &[f64], columns: &[&[f64]], df: &[f64], options: &Options) -> JointTest {
    let contrasts = deviates.len();
    let statistic = deviates.iter().copied().fold(0.0, f64::max);
    let p_value = match options.bootstrap {
        Some(b) => LargestDraws::new(columns, df, b.draws, b.seed).p_value(statistic),
        None => (contrasts as f64 * two_sided(statistic)).min(1.0),
    };

    JointTest {
        kind: TestKind::Largest,
        statistic,
        contrasts,
        p_value,
    }
}

/// Wald's test of standardised estimates.
fn wald(z: &[f64], columns: &[&[f64]]) -> Option<JointTest> {
    // Dividing by standard errors first leaves the statistic as it is and makes the singularity check meaningful.
    let contrasts = z.len();
    let matrix = covariance(columns);
    let errors: Vec<f64> = (0..contrasts).map(|k| matrix[k * contrasts + k].sqrt()).collect();
    let correlation: Vec<f64> = matrix
        .iter()
        .enumerate()
        .map(|(at, v)| v / (errors[at / contrasts] * errors[at % contrasts]))
        .collect();

    let half = Cholesky::new(&correlation, contrasts)?.half_solve(z);
    let statistic = dot(&half, &half);
    Some(JointTest {
        kind: TestKind::Wald,
        statistic,
        contrasts,
        p_value: chi_squared_tail(statistic, contrasts as f64),
    })
}
