//! Averages of `ATT(g, t)` that answer a question.
//!
//! Cells are weighted by the share of their cohort among units (times the units' weights). Those shares are estimated from
//! the same units, so a unit has two influences on an average: through the effects, and through the weights,
//! `Σₖ attₖ ∂wₖ`. Callaway & Sant'Anna (2021), section 3.2 and corollary 2.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Options;
use super::attgt::AttGt;
use super::inference::Errors;
use super::linear::add_scaled;
use super::pretest::{Wald, wald};
use crate::distribution::{student_two_sided_p, two_sided_p};
use base::error::{Error, Result};

/// What to average over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
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

impl Point {
    pub(super) fn new(
        label: i32,
        estimate: f64,
        (se, df): (f64, f64),
        (multiplier, critical_value): (f64, f64),
    ) -> Point {
        Point {
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

    /// Two-sided p-value of no effect, by the distribution of the interval.
    pub fn p_value(&self) -> f64 {
        let z = self.estimate / self.se;
        if self.df.is_finite() {
            student_two_sided_p(z, self.df)
        } else {
            two_sided_p(z)
        }
    }

    /// True when zero is outside the pointwise interval.
    pub fn excludes_zero(&self) -> bool {
        self.lower > 0.0 || self.upper < 0.0
    }
}

/// An aggregation: its points, and their average.
#[derive(Debug, Clone)]
pub struct Aggregate {
    /// What was averaged over.
    pub aggregation: Aggregation,
    /// The points, in increasing order of label; empty for [`Aggregation::Simple`].
    pub points: Vec<Point>,
    /// The overall estimate.
    pub overall: Point,
    /// Multiplier of the simultaneous band of `points`.
    pub critical_value: f64,
    /// The settings of the estimation.
    pub options: Options,
    /// Clusters.
    pub clusters: usize,
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
        let kept = |(point, _): &(&Point, &Vec<f64>)| keep(point.label) && point.se > 0.0;
        let (estimates, columns): (Vec<f64>, Vec<&[f64]>) = self
            .points
            .iter()
            .zip(&self.influence)
            .filter(kept)
            .map(|(p, c)| (p.estimate, c.as_slice()))
            .unzip();
        wald(&estimates, &columns, &self.cluster_of)
    }
}

/// An average with the influence of each unit on it.
type Average = (f64, Vec<f64>);

impl AttGt {
    /// Average of the cells `which`, with weights given (`fixed`) or in proportion to the cohorts' shares.
    fn average(&self, which: &[usize], fixed: bool) -> Average {
        let shares: Vec<f64> = which
            .iter()
            .map(|&k| {
                if fixed {
                    1.0
                } else {
                    self.share(self.cells[k].cohort)
                }
            })
            .collect();
        let effects: Vec<f64> = which.iter().map(|&k| self.cells[k].estimate).collect();
        let columns: Vec<&[f64]> = which
            .iter()
            .map(|&k| self.influence[k].as_slice())
            .collect();
        let cohorts: Vec<i32> = which.iter().map(|&k| self.cells[k].cohort).collect();
        self.weighted(&effects, &columns, &shares, (!fixed).then_some(&cohorts))
    }

    /// `Σ sₖ aₖ / Σ sₖ`; with `cohorts`, the shares `sₖ` are those of cohorts and add their own influence.
    fn weighted(
        &self,
        effects: &[f64],
        columns: &[&[f64]],
        shares: &[f64],
        cohorts: Option<&[i32]>,
    ) -> Average {
        let total: f64 = shares.iter().sum();
        let mean = effects.iter().zip(shares).map(|(a, s)| a * s).sum::<f64>() / total;
        let mut influence = vec![0.0; self.units];
        for (column, share) in columns.iter().zip(shares) {
            add_scaled(&mut influence, share / total, column);
        }
        if let Some(cohorts) = cohorts {
            // ∂/∂sₖ of the average is (aₖ − mean)/total, and unit i moves sₖ by (wᵢ 1{Gᵢ = gₖ} − sₖ)/n. The part in sₖ sums
            // to nothing over k.
            let count = self.units as f64;
            for (unit, cohort) in self.panel.cohort.iter().enumerate() {
                let Some(cohort) = cohort else { continue };
                let gain: f64 = cohorts
                    .iter()
                    .zip(effects)
                    .filter(|(g, _)| *g == cohort)
                    .map(|(_, a)| a - mean)
                    .sum();
                influence[unit] += self.panel.weights[unit] * gain / (total * count);
            }
        }
        (mean, influence)
    }

    /// Weighted share of a cohort among the units kept.
    fn share(&self, cohort: i32) -> f64 {
        let members = self
            .panel
            .cohort
            .iter()
            .zip(&self.panel.weights)
            .filter(|(c, _)| **c == Some(cohort));
        members.map(|(_, w)| w).sum::<f64>() / self.units as f64
    }

    /// How much each time since service counts in the overall estimate of [`Aggregation::Group`]: the weights sum to one.
    /// Early times count most, because every cohort has them.
    pub fn durations(&self) -> BTreeMap<i32, f64> {
        let cohorts = self.labels(|g, t| (t >= g).then_some(g));
        let total: f64 = cohorts.iter().map(|g| self.share(*g)).sum();
        let mut weights = BTreeMap::new();
        for g in cohorts {
            let cells = self.cells_where(|h, t| h == g && t >= g);
            let each = self.share(g) / total / cells.len() as f64;
            for k in cells {
                *weights.entry(self.cells[k].period - g).or_default() += each;
            }
        }
        weights
    }

    /// Cells satisfying `keep(cohort, period)`.
    fn cells_where(&self, keep: impl Fn(i32, i32) -> bool) -> Vec<usize> {
        (0..self.cells.len())
            .filter(|&k| keep(self.cells[k].cohort, self.cells[k].period))
            .collect()
    }

    fn labels(&self, of: impl Fn(i32, i32) -> Option<i32>) -> Vec<i32> {
        let found: std::collections::BTreeSet<i32> = self
            .cells
            .iter()
            .filter_map(|c| of(c.cohort, c.period))
            .collect();
        found.into_iter().collect()
    }

    /// Averages the cells.
    ///
    /// # Errors
    /// No cell from service on (or, for an event study, none in the range asked for).
    pub fn aggregate(&self, aggregation: Aggregation) -> Result<Aggregate> {
        let empty = || {
            Error::refused(
                "aucun effet après la mise en service n’est estimable pour cette agrégation",
            )
            .hint("prolonger le panel ou élargir la fenêtre demandée")
        };
        let (labels, averages, overall): (Vec<i32>, Vec<Average>, Average) = match aggregation {
            Aggregation::Simple => {
                let which = self.cells_where(|g, t| t >= g);
                if which.is_empty() {
                    return Err(empty());
                }
                (Vec::new(), Vec::new(), self.average(&which, false))
            }
            Aggregation::Group => {
                let labels = self.labels(|g, t| (t >= g).then_some(g));
                let averages: Vec<Average> = labels
                    .iter()
                    .map(|&g| self.average(&self.cells_where(|h, t| h == g && t >= g), true))
                    .collect();
                let shares: Vec<f64> = labels.iter().map(|&g| self.share(g)).collect();
                let overall = self
                    .combine(&averages, &shares, Some(&labels))
                    .ok_or_else(empty)?;
                (labels, averages, overall)
            }
            Aggregation::Dynamic { balance, min, max } => {
                let last = self.panel.periods.last().copied().unwrap_or(0);
                let first = self.panel.periods.first().copied().unwrap_or(0);
                let kept = |g: i32| balance.is_none_or(|b| last - g >= b);
                let window = |e: i32| {
                    e >= min
                        && e <= max
                        && balance.is_none_or(|b| e <= b && e >= b - (last - first))
                };
                let labels = self.labels(|g, t| (kept(g) && window(t - g)).then_some(t - g));
                let averages: Vec<Average> = labels
                    .iter()
                    .map(|&e| self.average(&self.cells_where(|g, t| kept(g) && t - g == e), false))
                    .collect();
                let served: Vec<&Average> = labels
                    .iter()
                    .zip(&averages)
                    .filter(|(e, _)| **e >= 0)
                    .map(|(_, a)| a)
                    .collect();
                let overall = self.even(&served).ok_or_else(empty)?;
                (labels, averages, overall)
            }
            Aggregation::Calendar => {
                let labels = self.labels(|g, t| (t >= g).then_some(t));
                let averages: Vec<Average> = labels
                    .iter()
                    .map(|&p| self.average(&self.cells_where(|g, t| t == p && t >= g), false))
                    .collect();
                let overall = self
                    .even(&averages.iter().collect::<Vec<_>>())
                    .ok_or_else(empty)?;
                (labels, averages, overall)
            }
        };
        Ok(self.describe(aggregation, &labels, averages, &overall))
    }

    /// Placebo: the average of the cells from `shift` periods before service until just before it, as if the service had
    /// begun then. The estimation must have kept those periods out of the base: see [`super::pretest::placebo`].
    pub(super) fn before_service(&self, shift: i32) -> Result<Aggregate> {
        let labels = self.labels(|g, t| (t < g && t >= g - shift).then_some(t - g));
        let which = self.cells_where(|g, t| t < g && t >= g - shift);
        if which.is_empty() {
            return Err(Error::refused(format!(
                "date placebo : aucune cohorte n’est observée plus de {shift} périodes avant sa mise en service"
            )));
        }
        let averages: Vec<Average> = labels
            .iter()
            .map(|&e| self.average(&self.cells_where(|g, t| t - g == e), false))
            .collect();
        let overall = self.average(&which, false);
        let kind = Aggregation::Dynamic {
            balance: None,
            min: -shift,
            max: -1,
        };
        Ok(self.describe(kind, &labels, averages, &overall))
    }

    fn combine(
        &self,
        averages: &[Average],
        shares: &[f64],
        cohorts: Option<&[i32]>,
    ) -> Option<Average> {
        let effects: Vec<f64> = averages.iter().map(|a| a.0).collect();
        let columns: Vec<&[f64]> = averages.iter().map(|a| a.1.as_slice()).collect();
        (!effects.is_empty()).then(|| self.weighted(&effects, &columns, shares, cohorts))
    }

    fn even(&self, averages: &[&Average]) -> Option<Average> {
        let effects: Vec<f64> = averages.iter().map(|a| a.0).collect();
        let columns: Vec<&[f64]> = averages.iter().map(|a| a.1.as_slice()).collect();
        (!effects.is_empty())
            .then(|| self.weighted(&effects, &columns, &vec![1.0; effects.len()], None))
    }

    fn describe(
        &self,
        aggregation: Aggregation,
        labels: &[i32],
        averages: Vec<Average>,
        overall: &Average,
    ) -> Aggregate {
        let columns: Vec<&[f64]> = averages.iter().map(|a| a.1.as_slice()).collect();
        let treated = self.panel.treated();
        let of = (self.panel.clusters.as_slice(), treated.as_slice());
        let errors = Errors::new(&columns, of, &self.options);
        let alone = Errors::new(&[&overall.1], of, &self.options);
        let points = labels
            .iter()
            .zip(&averages)
            .enumerate()
            .map(|(k, (&label, average))| {
                let spread = (errors.se[k], errors.df[k]);
                Point::new(label, average.0, spread, errors.multipliers(k))
            })
            .collect();
        let pointwise = alone.multipliers(0).0;
        Aggregate {
            aggregation,
            points,
            overall: Point::new(
                0,
                overall.0,
                (alone.se[0], alone.df[0]),
                (pointwise, pointwise),
            ),
            critical_value: errors.critical_value,
            options: self.options,
            clusters: self.clusters,
            influence: averages.into_iter().map(|a| a.1).collect(),
            overall_influence: overall.1.clone(),
            cluster_of: self.panel.clusters.clone(),
        }
    }
}
