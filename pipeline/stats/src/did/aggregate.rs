//! What averages of `ATT(g, t)` look like: their points, their overall estimate and their limits.

use super::Options;
use super::wald::{Wald, wald};
use crate::distribution::student_two_sided_p;

/// What to average over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregation {
    /// One number: all cells from service on, which favours cohorts served for long.
    Simple,
    /// One point per cohort, all its periods from service on; overall: the average effect on those served.
    Group,
    /// One point per time since service (the event study); overall: from service on, every duration alike.
    Dynamic {
        /// Keep only the cohorts observed at least this long after service, and the durations they all have.
        balance: Option<i32>,
        /// First event time kept.
        min: i32,
        /// Last event time kept.
        max: i32,
    },
    /// One point per period from the first service on; overall: every period alike.
    Calendar,
}

impl Aggregation {
    /// The event study over all times.
    pub fn dynamic() -> Aggregation {
        Aggregation::Dynamic {
            balance: None,
            min: i32::MIN,
            max: i32::MAX,
        }
    }
}

/// One estimate of an aggregation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PointEstimate {
    /// Cohort, event time or period, according to the aggregation; 0 for an overall estimate.
    pub label: i32,
    /// The estimate, in the unit of the outcome.
    pub estimate: f64,
    /// Standard error, cluster-robust; 0 for the reference period of a universal base.
    pub se: f64,
    /// Lower limit of the pointwise interval.
    pub lower: f64,
    /// Upper limit of the pointwise interval.
    pub upper: f64,
    /// Lower limit of the band that holds all points at once (the pointwise one for an overall estimate).
    pub band_lower: f64,
    /// Upper limit of the band that holds all points at once.
    pub band_upper: f64,
    /// Degrees of freedom of the quantiles; infinite for normal ones.
    pub df: f64,
}

impl PointEstimate {
    pub(super) fn new(
        label: i32,
        estimate: f64,
        (se, df): (f64, f64),
        (multiplier, critical_value): (f64, f64),
    ) -> PointEstimate {
        PointEstimate {
            label,
            estimate,
            se,
            df,
            lower: estimate - multiplier * se,
            upper: estimate + multiplier * se,
            band_lower: estimate - critical_value * se,
            band_upper: estimate + critical_value * se,
        }
    }

    /// Two-sided p-value of no effect, by the distribution of the interval; `None` for the reference period of a universal
    /// base, which is zero by design.
    pub fn p_value(&self) -> Option<f64> {
        (self.se > 0.0).then(|| student_two_sided_p(self.estimate / self.se, self.df))
    }
}

/// An aggregation: its points, and their average.
#[derive(Debug, Clone)]
pub struct Aggregate {
    /// What was averaged over.
    pub aggregation: Aggregation,
    /// The points, in increasing order of label; empty for [`Aggregation::Simple`].
    pub points: Vec<PointEstimate>,
    /// The overall estimate.
    pub overall: PointEstimate,
    /// The settings of the estimation.
    pub options: Options,
    /// Influence of each unit on each point.
    pub(super) influence: Vec<Vec<f64>>,
    /// Influence of each unit on the overall estimate.
    pub(super) overall_influence: Vec<f64>,
    pub(super) cluster_of: Vec<usize>,
}

impl Aggregate {
    /// Joint Wald test that the points whose label satisfies `keep` are all zero, e.g. `|e| e < 0` in an event study.
    ///
    /// `None` if there is no such point or their covariance is singular.
    pub fn wald(&self, keep: impl Fn(i32) -> bool) -> Option<Wald> {
        let points = self.points.iter().zip(&self.influence);
        let (estimates, columns): (Vec<f64>, Vec<&[f64]>) = points
            .filter(|(point, _)| keep(point.label) && point.se > 0.0)
            .map(|(point, column)| (point.estimate, column.as_slice()))
            .unzip();

        wald(&estimates, &columns, &self.cluster_of)
    }
}
