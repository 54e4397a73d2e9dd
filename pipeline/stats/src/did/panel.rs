//! The data of a difference-in-differences: one outcome by unit and period, and what is known of each unit.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Error, Result};

/// Bound of a period, and of the distance of two: no sum of them overflows.
pub(super) const LATEST: i32 = 500_000_000;
/// Bound of an outcome or of a weight: no square of them overflows, none of their inverses either.
const LARGEST: f64 = 1e100;

/// Units × periods. Periods are whole numbers (years, or quarters counted through): event time is their difference.
#[derive(Debug, Clone)]
pub struct Panel {
    pub(super) units: Vec<String>,
    pub(super) periods: Vec<i32>,
    /// One column per period, one row per unit; NaN where not observed.
    pub(super) outcome: Vec<Vec<f64>>,
    pub(super) cohort: Vec<Option<i32>>,
    pub(super) weights: Vec<f64>,
    /// Dense cluster numbers.
    pub(super) clusters: Vec<usize>,
    /// One column per covariate, centred and reduced.
    pub(super) covariates: Vec<Vec<f64>>,
}

impl Panel {
    /// A panel from `outcome[unit][period]` (`None`: not observed) and the period of first service of each unit (`None`:
    /// never). Every unit weighs 1 and is its own cluster until told otherwise.
    ///
    /// # Errors
    /// Lengths that do not match, periods not strictly increasing, a unit given twice, an outcome that is not finite or a date
    /// that is none (a large number that stands for "never").
    pub fn new(
        units: Vec<String>,
        periods: Vec<i32>,
        outcome: &[Vec<Option<f64>>],
        cohort: Vec<Option<i32>>,
    ) -> Result<Panel> {
        let count = units.len();
        if outcome.len() != count || cohort.len() != count {
            return Err(Error::usage(format!(
                "panel : {count} unités, {} lignes de mesures, {} dates de première desserte",
                outcome.len(),
                cohort.len()
            )));
        }
        if !periods.is_sorted_by(|a, b| a < b) {
            return Err(Error::usage("panel : les périodes doivent être strictement croissantes"));
        }
        check_dates(periods.iter().chain(cohort.iter().flatten()))?;
        let distinct: BTreeSet<&String> = units.iter().collect();
        if distinct.len() != count {
            return Err(Error::usage("panel : une unité figure deux fois"));
        }

        let mut columns = vec![vec![f64::NAN; count]; periods.len()];
        for (unit, row) in outcome.iter().enumerate() {
            if row.len() != periods.len() || row.iter().flatten().any(|y| !is_usable(*y)) {
                return Err(Error::usage(format!(
                    "panel : l’unité {} doit avoir {} mesures, chacune absente ou finie (au plus 1e100)",
                    units[unit],
                    periods.len()
                )));
            }
            for (column, value) in columns.iter_mut().zip(row) {
                column[unit] = value.unwrap_or(f64::NAN);
            }
        }

        Ok(Panel {
            weights: vec![1.0; count],
            clusters: (0..count).collect(),
            covariates: Vec::new(),
            units,
            periods,
            outcome: columns,
            cohort,
        })
    }

    fn expect_length(&self, given: usize, what: &str) -> Result<()> {
        if given == self.units.len() {
            return Ok(());
        }

        Err(Error::usage(format!("panel : {} unités, {given} {what}", self.units.len())))
    }

    /// Gives each unit a weight (its patients at baseline), which makes the effect that on people, not on territories.
    ///
    /// # Errors
    /// A wrong number of weights, or one that is not between 1e-100 and 1e100.
    pub fn weighted(mut self, weights: Vec<f64>) -> Result<Panel> {
        self.expect_length(weights.len(), "poids")?;

        if weights.iter().any(|w| !(is_usable(*w) && *w >= 1.0 / LARGEST)) {
            return Err(Error::usage(
                "panel : chaque poids doit être un nombre supérieur à zéro (de 1e-100 à 1e100)",
            ));
        }

        self.weights = weights;
        Ok(self)
    }

    /// Groups units into clusters (EPCI, département…) within which errors may go together.
    ///
    /// # Errors
    /// A wrong number of labels.
    pub fn clustered(mut self, labels: &[String]) -> Result<Panel> {
        self.expect_length(labels.len(), "grappes")?;

        let mut numbers: BTreeMap<&String, usize> = labels.iter().map(|l| (l, 0)).collect();
        for (number, slot) in numbers.values_mut().enumerate() {
            *slot = number;
        }

        self.clusters = labels.iter().map(|l| numbers[l]).collect();
        Ok(self)
    }

    /// Adds a covariate, measured once per unit *before* any service: a later value may itself be an effect.
    ///
    /// It is centred and reduced, which changes no estimate and keeps the matrices well conditioned.
    ///
    /// # Errors
    /// A wrong number of values, one that is not finite, or a covariate that is the same everywhere.
    pub fn with_covariate(mut self, name: &str, values: Vec<f64>) -> Result<Panel> {
        self.expect_length(values.len(), "valeurs de covariable")?;

        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count).sqrt();
        let all_usable = values.iter().all(|v| is_usable(*v));
        if !all_usable || deviation <= 1e-12 * mean.abs() {
            return Err(Error::usage(format!(
                "covariable {name} : absente pour une unité, ou la même partout"
            ))
            .hint("écarter les unités sans valeur, ou retirer la covariable"));
        }

        self.covariates.push(values.iter().map(|v| (v - mean) / deviation).collect());
        Ok(self)
    }

    /// Unit names, in order.
    pub fn units(&self) -> &[String] {
        &self.units
    }

    /// Periods, increasing.
    pub fn periods(&self) -> &[i32] {
        &self.periods
    }

    /// Period of first service per unit.
    pub fn cohorts(&self) -> &[Option<i32>] {
        &self.cohort
    }

    /// True if every unit is observed in every period.
    pub fn is_complete(&self) -> bool {
        self.outcome.iter().all(|column| column.iter().all(|y| !y.is_nan()))
    }

    /// Number of clusters.
    pub(super) fn cluster_count(&self) -> usize {
        self.clusters.iter().max().map_or(0, |c| c + 1)
    }

    /// The largest outcome, without its sign.
    pub(super) fn largest_outcome(&self) -> f64 {
        self.outcome.iter().flatten().fold(0.0, |largest: f64, y| largest.max(y.abs()))
    }

    /// The units and periods kept by the two masks, clusters renumbered.
    pub(super) fn restrict(&self, units: &[bool], periods: &[bool]) -> Panel {
        fn keep<T: Clone>(values: &[T], mask: &[bool]) -> Vec<T> {
            values
                .iter()
                .zip(mask)
                .filter(|(_, kept)| **kept)
                .map(|(value, _)| value.clone())
                .collect()
        }

        let clusters = keep(&self.clusters, units);
        let used: BTreeSet<usize> = clusters.iter().copied().collect();
        let numbers: BTreeMap<usize, usize> = used.into_iter().zip(0..).collect();

        Panel {
            units: keep(&self.units, units),
            periods: keep(&self.periods, periods),
            outcome: keep(&self.outcome, periods)
                .iter()
                .map(|column| keep(column, units))
                .collect(),
            cohort: keep(&self.cohort, units),
            weights: keep(&self.weights, units),
            clusters: clusters.iter().map(|c| numbers[c]).collect(),
            covariates: self.covariates.iter().map(|column| keep(column, units)).collect(),
        }
    }
}

/// Refuses a date that is none.
fn check_dates<'a>(mut dates: impl Iterator<Item = &'a i32>) -> Result<()> {
    match dates.find(|t| t.unsigned_abs() > LATEST.unsigned_abs()) {
        None => Ok(()),
        Some(far) => Err(Error::usage(format!(
            "panel : {far} n’est pas une période (au plus {LATEST} en valeur absolue)"
        ))
        .hint("une unité jamais desservie n’a pas de date")),
    }
}

/// Whether a number is finite and small enough to be squared.
fn is_usable(number: f64) -> bool {
    number.abs() <= LARGEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_does_not_fit() {
        let units = || vec!["a".to_owned(), "b".to_owned()];
        let outcome = vec![vec![Some(1.0), None], vec![Some(2.0), Some(3.0)]];
        let panel = || Panel::new(units(), vec![1, 2], &outcome, vec![None, Some(2)]).unwrap();
        assert!(!panel().is_complete());
        assert!(Panel::new(units(), vec![2, 1], &outcome, vec![None, Some(2)]).is_err());
        assert!(
            Panel::new(vec!["a".into(), "a".into()], vec![1, 2], &outcome, vec![None, Some(2)])
                .is_err()
        );
        assert!(panel().weighted(vec![1.0, 0.0]).is_err());
        assert!(panel().with_covariate("x", vec![3.0, 3.0]).is_err());
        assert!(panel().with_covariate("x", vec![3.0, f64::NAN]).is_err());
        assert!(panel().with_covariate("x", vec![-f64::MAX, f64::MAX]).is_err());
        assert!(panel().weighted(vec![1.0, f64::MAX]).is_err());
        assert!(panel().weighted(vec![1.0, f64::MIN_POSITIVE]).is_err());
        for far in [i32::MIN, i32::MAX] {
            let dated = Panel::new(units(), vec![1, 2], &outcome, vec![None, Some(far)]);
            assert!(dated.unwrap_err().hint_text().unwrap().contains("jamais"));
        }
        assert!(Panel::new(units(), vec![1, i32::MAX], &outcome, vec![None, None]).is_err());
        let huge = vec![vec![Some(1.0), None], vec![Some(f64::MAX), Some(3.0)]];
        assert!(Panel::new(units(), vec![1, 2], &huge, vec![None, Some(2)]).is_err());
    }
}
