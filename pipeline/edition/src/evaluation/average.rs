//! The average effect of an outcome, as it is estimated and as a row says it.

use super::measurements::Measurements;
use super::rows::{AverageEffect, Backed};
use stats::did::{Aggregation, AttGt, PointEstimate};

/// The average over those served: mean over each cohort's periods, then over cohorts.
///
/// # Errors
/// No effect could be estimated.
pub fn average(att: &AttGt) -> stats::Result<PointEstimate> {
    Ok(att.aggregate(Aggregation::Group)?.overall)
}

/// The row of an average effect; its p-value is known once all outcomes are estimated.
pub fn average_row(
    m: &Measurements<'_>,
    (variant, variant_name): (&'static str, String),
    point: &PointEstimate,
    att: &AttGt,
) -> Backed<AverageEffect> {
    let row = AverageEffect {
        outcome: m.outcome.code,
        outcome_name: m.outcome.name,
        unit: m.outcome.unit,
        variant,
        variant_name,
        effect: point.estimate,
        lower: point.lower,
        upper: point.upper,
        standard_error: point.se,
        adjusted_p: None,
        served: att.units - att.never_treated,
        controls: att.never_treated,
        clusters: att.clusters,
    };

    Backed::new(row, m.basis(None))
}
