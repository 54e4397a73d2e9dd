//! Those served of whom an effect can be estimated: how many, how their weight is spread, and how near the controls they were before.

use std::collections::BTreeMap;

use super::{COVARIATES, Covariate, Measurements, WeightedUnit};
use crate::evaluation::outcome::{Measured, Weighting};
use crate::evaluation::rows::{Backed, Balance};

/// The served territories behind an estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServedPeople {
    /// How many they are.
    pub territories: usize,
    /// The people whom the outcome is about there, before any service; none where it is not a share of people counted then.
    pub people: Option<f64>,
}

impl<'p> Measurements<'p> {
    /// Those served who can be estimated: seen before their service and from then on.
    fn estimated(&self) -> impl Iterator<Item = &WeightedUnit<'p>> {
        self.units.iter().filter(|unit| {
            let cohort = self.cohort(unit.territoire);
            cohort.is_some_and(|g| {
                unit.series.range(..g).next().is_some() && unit.series.range(g..).next().is_some()
            })
        })
    }

    /// The served territories behind an estimate, and their people where the outcome is a share of people known by number.
    pub fn served_people(&self) -> ServedPeople {
        let counts = matches!(self.outcome.measured, Measured::Share(..))
            && self.outcome.weighting != Weighting::Requests;
        ServedPeople {
            territories: self.estimated().count(),
            people: counts.then(|| self.estimated().map(|unit| unit.weight).sum()),
        }
    }

    /// The clusters of the served territories behind an estimate.
    pub fn served_clusters(&self) -> usize {
        self.weight_of_clusters().len()
    }

    /// The share that the heaviest cluster has of the weight of those served, between 0 and 1.
    pub fn largest_cluster(&self) -> f64 {
        let weights = self.weight_of_clusters();
        let whole: f64 = weights.values().sum();
        let largest = weights.values().copied().fold(0.0, f64::max);
        if whole > 0.0 { largest / whole } else { 1.0 }
    }

    fn weight_of_clusters(&self) -> BTreeMap<&str, f64> {
        let mut weights = BTreeMap::new();
        for unit in self.estimated() {
            *weights.entry(unit.territoire.cluster.as_str()).or_default() += unit.weight;
        }
        weights
    }

    /// What was known of those served and of the controls before, beside each other: weighted means, and their difference in
    /// standard deviations (root of the mean of both variances; Imbens & Rubin 2015, *Causal Inference*, 14.2). Territories
    /// of which it is not known are left out of it.
    pub fn balance(&self) -> Vec<Backed<Balance>> {
        let served = || self.estimated();
        let controls = || self.units.iter().filter(|u| self.cohort(u.territoire).is_none());

        let row = |&(covariate, read): &Covariate| {
            let known = |unit: &WeightedUnit<'_>| Some((read(unit.territoire)?, unit.weight));
            let (served, spread) = mean_and_variance(served().filter_map(known))?;
            let (controls, of_controls) = mean_and_variance(controls().filter_map(known))?;
            let deviation = f64::midpoint(spread, of_controls).sqrt();
            let difference = (served - controls) / deviation;
            difference
                .is_finite()
                .then_some(Balance { covariate, served, controls, difference })
        };
        let rows = COVARIATES.iter().filter_map(row);
        rows.map(|row| Backed::new(row, self.basis(None))).collect()
    }
}

/// Weighted mean and variance; nothing without values.
fn mean_and_variance(values: impl Iterator<Item = (f64, f64)>) -> Option<(f64, f64)> {
    let values: Vec<(f64, f64)> = values.collect();
    let weight: f64 = values.iter().map(|(_, w)| w).sum();
    let mean = values.iter().map(|(x, w)| x * w).sum::<f64>() / weight;
    let variance = values.iter().map(|(x, w)| w * (x - mean).powi(2)).sum::<f64>() / weight;
    (weight > 0.0).then_some((mean, variance))
}
