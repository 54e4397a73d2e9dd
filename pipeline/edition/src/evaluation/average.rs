//! The average effect of an outcome, as it is estimated and as a row says it.

use super::measurements::Measurements;
use super::measurements::served::ServedPeople;
use super::rows::{AverageEffect, Backed};
use stats::did::{Aggregation, AttGt, PointEstimate, Spread};

/// Probability with which an effect or a trend that is called detectable is found.
pub const POWER: f64 = 0.8;

/// The average over those served: mean over each cohort's periods, then over cohorts.
///
/// # Errors
/// No effect could be estimated, or not with a standard error.
pub fn average(att: &AttGt) -> stats::Result<Measured> {
    Measured::new(att.aggregate(Aggregation::Group)?.overall)
}

/// An estimate that has a standard error.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    /// The estimate.
    pub point: PointEstimate,
    /// How sure it is.
    pub spread: Spread,
}

impl Measured {
    /// # Errors
    /// The estimate has no standard error; the message says why.
    pub fn new(point: PointEstimate) -> stats::Result<Self> {
        let spread = point.spread.map_err(|why| stats::Error::refused(why.reason()))?;
        Ok(Self { point, spread })
    }
}

/// The row of an average effect; its p-value is known once all outcomes are estimated.
pub fn average_row(
    m: &Measurements<'_>,
    (variant, variant_name): (&'static str, String),
    average: &Measured,
    att: &AttGt,
) -> Backed<AverageEffect> {
    let ServedPeople { territories, people } = m.served_people();
    // To the ten: more digits would tell the number of people behind it.
    let counted = |points: f64| people.map(|n| (points * n / 1000.0).round() * 10.0);
    let row = AverageEffect {
        outcome: m.outcome.code,
        outcome_name: m.outcome.name,
        unit: m.outcome.unit,
        variant,
        variant_name,
        effect: average.point.estimate,
        lower: average.spread.lower,
        upper: average.spread.upper,
        standard_error: average.spread.se,
        adjusted_p: None,
        detectable: average.point.detectable(att.options.level, POWER),
        served: territories,
        controls: att.never_treated,
        clusters: att.clusters,
        people: counted(average.point.estimate),
        people_lower: counted(average.spread.lower),
        people_upper: counted(average.spread.upper),
    };

    Backed::new(row, m.basis(None))
}
