//! A joint test that several estimates are zero, from their influence functions.

use super::inference::by_cluster;
use super::linear::{Cholesky, dot};
use crate::distribution::chi_squared_tail;

/// A joint test that several estimates are zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wald {
    /// The statistic.
    pub statistic: f64,
    /// Degrees of freedom.
    pub df: usize,
    /// Its p-value.
    pub p_value: f64,
}

/// Covariance of estimates, row by row, from their influence columns.
pub(super) fn covariance(columns: &[&[f64]], clusters: &[usize]) -> Vec<f64> {
    let sums: Vec<Vec<f64>> = columns.iter().map(|column| by_cluster(column, clusters)).collect();

    sums.iter().flat_map(|a| sums.iter().map(move |b| dot(a, b))).collect()
}

/// Joint test; `None` without estimates or with a singular covariance (as many clusters as estimates, or fewer).
pub(super) fn wald(estimates: &[f64], columns: &[&[f64]], clusters: &[usize]) -> Option<Wald> {
    let df = estimates.len();
    if df == 0 {
        return None;
    }

    // Dividing by standard errors first leaves the statistic as it is and makes the singularity check meaningful.
    let matrix = covariance(columns, clusters);
    let errors: Vec<f64> = (0..df).map(|k| matrix[k * df + k].sqrt()).collect();
    let correlation: Vec<f64> = matrix
        .iter()
        .enumerate()
        .map(|(at, v)| v / (errors[at / df] * errors[at % df]))
        .collect();
    let z: Vec<f64> = estimates.iter().zip(&errors).map(|(a, e)| a / e).collect();

    let half = Cholesky::new(&correlation, df)?.half_solve(&z);
    let statistic = dot(&half, &half);
    Some(Wald {
        statistic,
        df,
        p_value: chi_squared_tail(statistic, df as f64),
    })
}
