//! Were trends parallel before service?
//!
//! Joint test: with `a` the pre-service effects and `V` their covariance (cluster-robust), `aᵀ V⁻¹ a` is chi-squared with as
//! many degrees of freedom as effects. Callaway & Sant'Anna (2021), section 4. With few clusters, the largest effect in its place:
//! [`super::JointTest`]. A test that does not reject is no proof:
//! it may lack power (Roth 2022, *American Economic Review: Insights* 4, 305–322), hence [`super::honest`].
//!
//! Placebo date: the same estimation as if service had begun some periods earlier, on periods before the true service
//! only; there the effect should be nil.

use super::aggregate::Aggregate;
use super::attgt::{AttGt, estimate};
use super::dependence::Dependence;
use super::inference::Inference;
use super::wald::{JointTest, joint_test};
use super::{BasePeriod, Options, Panel};
use crate::{Error, Result};

impl AttGt {
    /// Joint test that all effects before service (and before anticipation) are zero; `None` if there are none that have a
    /// standard error, or for Wald's too few clusters to test them together.
    pub fn pretest(&self) -> Option<JointTest> {
        let reach = self.options.anticipation;
        let is_before = |k: &usize| {
            let cell = &self.cells[*k];
            cell.period < cell.cohort - reach && cell.period != cell.base
        };
        let before: Vec<usize> = (0..self.cells.len()).filter(is_before).collect();

        let columns: Vec<&Dependence> = before.iter().map(|&k| &self.dependence[k]).collect();
        let estimates: Vec<f64> = before.iter().map(|&k| self.cells[k].estimate).collect();
        let inference = Inference::new(&columns, &self.panel, &self.options);
        joint_test(&estimates, &inference, &self.options, |_| true)
    }
}

/// Pretends that service began `shift` periods earlier and estimates its effect on the periods before the true date.
///
/// That is `ATT(g, t)` for `g − shift ≤ t < g` from the base `g − shift − 1`, with the same controls as under the false
/// date: an estimation with `shift` more periods of anticipation, of which only those periods are read. The points are by
/// event time, the overall estimate weights cells by cohort share.
///
/// # Errors
/// As [`estimate`]; also a shift below one or beyond any panel, or no cohort observed that long before its service.
pub fn placebo(panel: &Panel, options: &Options, shift: i32) -> Result<Aggregate> {
    if shift < 1 {
        return Err(Error::usage("date placebo : le décalage doit être d’au moins une période"));
    }

    // A sum that overflows is out of range, and refused as such.
    let shifted = Options {
        anticipation: options.anticipation.saturating_add(shift),
        base: BasePeriod::Universal,
        ..*options
    };

    estimate(panel, &shifted)?.before_service(shift)
}
