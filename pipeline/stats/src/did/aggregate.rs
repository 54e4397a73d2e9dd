//! What averages of `ATT(g, t)` look like: their points, their overall estimate and their limits.

use super::Options;
use super::inference::Inference;
use super::sides::ClusterShares;
use super::spread::{Spread, Unmeasured};
use super::wald::{JointTest, joint_test};
use crate::Interval;
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
    /// How sure it is, or why that cannot be said.
    pub spread: Result<Spread, Unmeasured>,
}

impl PointEstimate {
    /// Standard error, where there is one.
    pub fn se(&self) -> Option<f64> {
        self.spread.ok().map(|s| s.se)
    }

    /// The pointwise interval, where there is one.
    pub fn interval(&self) -> Option<Interval> {
        self.spread.ok().map(|s| s.interval(self.estimate))
    }

    /// Two-sided p-value of no effect, by the distribution of the interval; `None` without a standard error.
    pub fn p_value(&self) -> Option<f64> {
        self.spread.ok().map(|s| student_two_sided_p(self.estimate / s.se, s.df))
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
    /// Clusters of the treated behind the overall estimate.
    pub treated: ClusterShares,
    /// Clusters of the controls behind it.
    pub controls: ClusterShares,
    /// The settings of the estimation.
    pub options: Options,
    /// Inference of the points.
    pub(super) inference: Inference,
    /// Influences on the overall estimate, summed by cluster as those of the points are.
    pub(super) overall_sums: Vec<f64>,
    pub(super) cluster_of: Vec<usize>,
}

impl Aggregate {
    /// Joint test that the points whose label satisfies `keep` are all zero, e.g. `|e| e < 0` in an event study.
    ///
    /// `None` if none of them has a standard error or their covariance is singular.
    pub fn joint_test(&self, keep: impl Fn(i32) -> bool) -> Option<JointTest> {
        let estimates: Vec<f64> = self.points.iter().map(|p| p.estimate).collect();
        let is_kept = |k: usize| keep(self.points[k].label);
        joint_test(&estimates, &self.inference, &self.options, is_kept)
    }
}
