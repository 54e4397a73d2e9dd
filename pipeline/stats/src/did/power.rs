//! What the data could have shown: without it « not significant » cannot be read.
//!
//! Smallest detectable effect: an effect of `se · (t_{1−α/2} + t_{1−β})` is told from zero with probability `1 − β`. Bloom (1995),
//! *Evaluation Review* 19, 547–556.
//!
//! Detectable trend: the slope of a difference in trends, in a straight line through the reference period, that the joint test of
//! the effects before service finds with that probability; and what the same line, prolonged, would add to the effect that is
//! printed. A test that finds only slopes that explain the whole effect says nothing. Roth (2022), *American Economic Review:
//! Insights* 4, 305–322, section II.

use std::collections::BTreeMap;

use super::aggregate::{Aggregate, PointEstimate};
use super::inference::spread;
use super::sup_t::LargestDraws;
use super::{Aggregation, BasePeriod};
use crate::distribution::{student_quantile, two_sided_z};
use crate::{Error, Result};

/// Draws of the estimates, where the settings have no bootstrap.
const DRAWS: (usize, u64) = (1000, 20_231_024);

/// A difference in trends that the joint test would have found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectableSlope {
    /// Probability that the test rejects at this slope.
    pub power: f64,
    /// Change of the difference in trends from one period to the next, in the unit of the outcome.
    pub slope: f64,
    /// What the same line adds to the effect that is printed.
    pub bias: f64,
}

impl PointEstimate {
    /// Smallest effect that an estimate of this precision tells from zero, at `level`, with probability `power`; `None` without
    /// a standard error, or if one of the two is not between 0 and 1.
    pub fn detectable(&self, level: f64, power: f64) -> Option<f64> {
        let s = self.spread.ok()?;
        let multiplier = student_quantile(0.5 + level / 2.0, s.df) + student_quantile(power, s.df);
        (multiplier.is_finite() && level > 0.0 && multiplier > 0.0).then_some(multiplier * s.se)
    }
}

impl Aggregate {
    /// The slope that the joint test of all effects before the reference would have found with probability `power`, and its bias
    /// on an average to which each time since service contributes the share that `durations` says
    /// ([`super::AttGt::durations`]).
    ///
    /// # Errors
    /// Not an event study with universal base, no effect with a standard error before the reference, or a power that is not above
    /// the level of the test and below 1.
    pub fn detectable_slope(
        &self,
        power: f64,
        durations: &BTreeMap<i32, f64>,
    ) -> Result<DetectableSlope> {
        let is_event_study = matches!(self.aggregation, Aggregation::Dynamic { .. });
        if !is_event_study || self.options.base != BasePeriod::Universal {
            return Err(Error::usage(
                "puissance : il faut une étude d’événement à période de base universelle",
            ));
        }
        if !(power > 1.0 - self.options.level && power < 1.0) {
            return Err(Error::usage(format!("puissance {power} hors limites")));
        }

        let reference = -1 - self.options.anticipation;
        let test = TestBefore::new(self, reference)?;
        let slope = test.slope(power);
        let reach = |e: i32| f64::from(e.saturating_sub(reference));
        let bias = durations.iter().map(|(&e, weight)| weight * reach(e) * slope).sum();
        Ok(DetectableSlope { power, slope, bias })
    }
}

/// The joint test of the effects before the reference, as draws of their standardised noise.
struct TestBefore {
    draws: Vec<Vec<f64>>,
    /// What a slope of one adds to each, in standard errors.
    drift: Vec<f64>,
    /// What each must exceed for the test to reject.
    critical: Vec<f64>,
}

impl TestBefore {
    fn new(study: &Aggregate, reference: i32) -> Result<TestBefore> {
        let is_before = |k: &usize| {
            let point = &study.points[*k];
            point.label < reference && point.spread.is_ok()
        };
        let before: Vec<usize> = (0..study.points.len()).filter(is_before).collect();
        let columns: Vec<&[f64]> =
            before.iter().map(|&k| study.inference.sums[k].as_slice()).collect();
        if columns.is_empty() {
            return Err(Error::refused(
                "puissance : aucun effet d’avant la desserte n’a d’erreur type",
            ));
        }

        let (count, seed) = study.options.bootstrap.map_or(DRAWS, |b| (b.draws, b.seed));
        let level = study.options.level;
        let (_, errors) = study.inference.measured(|k| before.contains(&k));
        let df: Vec<f64> = errors.into_iter().map(|(_, df)| df).collect();
        let together = LargestDraws::new(&columns, &df, count, seed).critical_value(level);
        let critical = together.max(two_sided_z(level));
        let spreads = before.iter().filter_map(|&k| {
            let point = &study.points[k];
            Some((f64::from(point.label - reference), point.spread.ok()?))
        });
        let (drift, critical) = spreads.map(|(x, s)| (x / s.se, spread(critical, s.df))).unzip();

        Ok(TestBefore {
            // Another stream than that of the critical value.
            draws: LargestDraws::noise(&columns, count, seed.wrapping_add(1)),
            drift,
            critical,
        })
    }

    /// Share of draws that the test rejects at a slope.
    fn power(&self, slope: f64) -> f64 {
        let rejects = |draw: &&Vec<f64>| {
            let mut effects = draw.iter().zip(&self.drift).zip(&self.critical);
            effects.any(|((noise, drift), critical)| (noise + slope * drift).abs() > *critical)
        };
        self.draws.iter().filter(rejects).count() as f64 / self.draws.len() as f64
    }

    /// The smallest slope with this power, by bisection.
    fn slope(&self, power: f64) -> f64 {
        // At this slope every draw rejects by the effect that drifts most.
        let largest = |draw: &Vec<f64>| draw.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        let noise = self.draws.iter().map(largest).fold(0.0, f64::max);
        let (mut low, mut high) = (0.0, 0.0_f64);
        for (drift, critical) in self.drift.iter().zip(&self.critical) {
            high = high.max((noise + critical) / drift.abs());
        }

        for _ in 0..50 {
            let middle = (low + high) / 2.0;
            if self.power(middle) >= power { high = middle } else { low = middle }
        }
        high
    }
}
