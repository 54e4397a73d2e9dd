//! Averages of `ATT(g, t)` that answer a question.
//!
//! Cells are weighted by the share of their cohort among units (times the units' weights). Those shares are estimated from
//! the same units, so a unit has two influences on an average: through the effects, and through the weights,
//! `Σₖ attₖ ∂wₖ`. Callaway & Sant'Anna (2021), section 3.2 and corollary 2.

use std::collections::{BTreeMap, BTreeSet};

use super::aggregate::{Aggregate, Aggregation, PointEstimate};
use super::attgt::AttGt;
use super::dependence::Dependence;
use super::inference::Inference;
use super::sides::ClusterShares;
use super::spread::Unmeasured;
use crate::{Error, Result};

/// An average with what each unit does to it.
struct Average {
    mean: f64,
    dependence: Dependence,
}

/// The points of an aggregation, by label.
type Averages = BTreeMap<i32, Average>;

impl AttGt {
    /// Averages the cells.
    ///
    /// # Errors
    /// No cell from service on (or, for an event study, none in the range asked for).
    pub fn aggregate(&self, aggregation: Aggregation) -> Result<Aggregate> {
        let found = match aggregation {
            Aggregation::Simple => self.simple(),
            Aggregation::Group => self.by_cohort(),
            Aggregation::Dynamic { balance, min, max } => self.by_event_time(balance, min, max),
            Aggregation::Calendar => self.by_period(),
        };

        let (averages, overall) = found.ok_or_else(|| {
            Error::refused(
                "aucun effet après la mise en service n’est estimable pour cette agrégation",
            )
            .hint("prolonger le panel ou élargir la fenêtre demandée")
        })?;
        Ok(self.describe(aggregation, averages, overall))
    }

    /// Placebo: the average of the cells from `shift` periods before service until just before it, as if the service had
    /// begun then. The estimation must have kept those periods out of the base: see [`super::pretest::placebo`].
    pub(super) fn before_service(&self, shift: i32) -> Result<Aggregate> {
        let is_placebo = |g: i32, t: i32| t < g && t >= g - shift;
        let which = self.cells_where(is_placebo);
        if which.is_empty() {
            return Err(Error::refused(format!(
                "date placebo : aucune cohorte n’est observée plus de {shift} périodes avant sa mise en service"
            )));
        }

        let averages = self.averages(|g, t| is_placebo(g, t).then_some(t - g));
        let aggregation = Aggregation::Dynamic { balance: None, min: -shift, max: -1 };
        Ok(self.describe(aggregation, averages, self.average(&which)))
    }

    /// How much each time since service counts in the overall estimate of [`Aggregation::Group`]: the weights sum to one.
    /// Early times count most, because every cohort has them.
    pub fn durations(&self) -> BTreeMap<i32, f64> {
        let cohorts: Vec<i32> = self.labels(cohort_from_service).into_iter().collect();
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

    /// All cells from service on.
    fn simple(&self) -> Option<(Averages, Average)> {
        let which = self.cells_where(|g, t| t >= g);
        (!which.is_empty()).then(|| (Averages::new(), self.average(&which)))
    }

    /// Each cohort's mean over its periods, then the mean over cohorts by their shares.
    fn by_cohort(&self) -> Option<(Averages, Average)> {
        let mean = |g: i32| self.even_cells(&self.cells_where(|h, t| h == g && t >= g));
        let labels = self.labels(cohort_from_service).into_iter();
        let averages: Averages = labels.map(|g| (g, mean(g))).collect();

        let cohorts: Vec<i32> = averages.keys().copied().collect();
        let shares: Vec<f64> = cohorts.iter().map(|&g| self.share(g)).collect();
        let all: Vec<&Average> = averages.values().collect();
        let overall = self.mean_of(&all, &shares, Some(&cohorts))?;
        Some((averages, overall))
    }

    /// Each time since service, then the plain mean over the times from service on.
    fn by_event_time(
        &self,
        balance: Option<i32>,
        min: i32,
        max: i32,
    ) -> Option<(Averages, Average)> {
        let last = self.panel.periods.last().copied().unwrap_or(0);
        let first = self.panel.periods.first().copied().unwrap_or(0);
        let is_kept = |g: i32| balance.is_none_or(|b| last - g >= b);
        let in_window = |e: i32| {
            let is_balanced =
                |b: i32| e <= b && i64::from(e) >= i64::from(b) - i64::from(last - first);
            e >= min && e <= max && balance.is_none_or(is_balanced)
        };

        let averages = self.averages(|g, t| (is_kept(g) && in_window(t - g)).then_some(t - g));
        let served: Vec<&Average> = averages.range(0..).map(|(_, a)| a).collect();
        let overall = self.mean_of(&served, &vec![1.0; served.len()], None)?;
        Some((averages, overall))
    }

    /// Each period from the first service on, then the plain mean over periods.
    fn by_period(&self) -> Option<(Averages, Average)> {
        let averages = self.averages(|g, t| (t >= g).then_some(t));
        let all: Vec<&Average> = averages.values().collect();
        let overall = self.mean_of(&all, &vec![1.0; all.len()], None)?;
        Some((averages, overall))
    }

    /// The average of the cells of each label, by cohort shares.
    ///
    /// Where periods are missing, cohorts may have their reference at different distances: a cell that is zero by design says
    /// nothing beside one that is estimated.
    fn averages(&self, label: impl Fn(i32, i32) -> Option<i32>) -> Averages {
        let is_estimated = |k: &usize| self.cells[*k].period != self.cells[*k].base;
        let mean = |l: i32| {
            let all = self.cells_where(|g, t| label(g, t) == Some(l));
            let estimated: Vec<usize> = all.iter().copied().filter(is_estimated).collect();
            self.average(if estimated.is_empty() { &all } else { &estimated })
        };
        let labels = self.labels(&label).into_iter();
        labels.map(|l| (l, mean(l))).collect()
    }

    /// Average of the cells `which`, in proportion to the shares of their cohorts.
    fn average(&self, which: &[usize]) -> Average {
        let cohorts: Vec<i32> = which.iter().map(|&k| self.cells[k].cohort).collect();
        let shares: Vec<f64> = cohorts.iter().map(|g| self.share(*g)).collect();
        self.weighted(&self.effects(which), &shares, Some(&cohorts))
    }

    /// Average of the cells `which`, each counting alike.
    fn even_cells(&self, which: &[usize]) -> Average {
        self.weighted(&self.effects(which), &vec![1.0; which.len()], None)
    }

    /// Estimates of the cells `which`, with what they depend on.
    fn effects(&self, which: &[usize]) -> Vec<(f64, &Dependence)> {
        which.iter().map(|&k| (self.cells[k].estimate, &self.dependence[k])).collect()
    }

    /// Average of averages; `None` if there is none.
    fn mean_of(
        &self,
        averages: &[&Average],
        shares: &[f64],
        cohorts: Option<&[i32]>,
    ) -> Option<Average> {
        let effects: Vec<(f64, &Dependence)> =
            averages.iter().map(|a| (a.mean, &a.dependence)).collect();
        (!effects.is_empty()).then(|| self.weighted(&effects, shares, cohorts))
    }

    /// `Σ sₖ aₖ / Σ sₖ`; with `cohorts`, the shares `sₖ` are those of cohorts and add their own influence.
    fn weighted(
        &self,
        effects: &[(f64, &Dependence)],
        shares: &[f64],
        cohorts: Option<&[i32]>,
    ) -> Average {
        let total: f64 = shares.iter().sum();
        let sum: f64 = effects.iter().zip(shares).map(|((a, _), s)| a * s).sum();
        let mean = sum / total;

        let mut dependence = Dependence::none(self.units);
        for ((_, of_effect), share) in effects.iter().zip(shares) {
            dependence.add(share / total, of_effect);
        }

        // ∂/∂sₖ of the average is (aₖ − mean)/total, and unit i moves sₖ by (wᵢ 1{Gᵢ = gₖ} − sₖ)/n. The part in sₖ sums
        // to nothing over k.
        let count = self.units as f64;
        for (unit, own) in self.panel.cohort.iter().enumerate() {
            let (Some(own), Some(cohorts)) = (own, cohorts) else {
                continue;
            };
            let of_own = cohorts.iter().zip(effects).filter(|(g, _)| *g == own);
            let gain: f64 = of_own.map(|(_, (a, _))| a - mean).sum();
            dependence.influence[unit] += self.panel.weights[unit] * gain / (total * count);
        }

        Average { mean, dependence }
    }

    /// Weighted share of a cohort among the units kept.
    fn share(&self, cohort: i32) -> f64 {
        let units = self.panel.cohort.iter().zip(&self.panel.weights);
        let members = units.filter(|(c, _)| **c == Some(cohort));
        members.map(|(_, w)| w).sum::<f64>() / self.units as f64
    }

    /// Cells satisfying `keep(cohort, period)`.
    fn cells_where(&self, keep: impl Fn(i32, i32) -> bool) -> Vec<usize> {
        (0..self.cells.len())
            .filter(|&k| keep(self.cells[k].cohort, self.cells[k].period))
            .collect()
    }

    /// The labels that `of(cohort, period)` gives to the cells.
    fn labels(&self, of: impl Fn(i32, i32) -> Option<i32>) -> BTreeSet<i32> {
        let cells = self.cells.iter();
        cells.filter_map(|c| of(c.cohort, c.period)).collect()
    }

    /// Adds standard errors and limits.
    fn describe(
        &self,
        aggregation: Aggregation,
        averages: Averages,
        overall: Average,
    ) -> Aggregate {
        let columns: Vec<&Dependence> = averages.values().map(|a| &a.dependence).collect();
        let inference = Inference::new(&columns, &self.panel, &self.options);
        let points: Vec<PointEstimate> = averages
            .iter()
            .enumerate()
            .map(|(k, (&label, average))| PointEstimate {
                label,
                estimate: average.mean,
                spread: inference.spread(k, average.mean),
            })
            .collect();

        let mut alone = Inference::new(&[&overall.dependence], &self.panel, &self.options);
        let missing = missing_variance(aggregation, &points);
        let shares = |weights: &[f64]| {
            ClusterShares::new(weights, &self.panel.clusters, self.panel.cluster_count())
        };
        Aggregate {
            aggregation,
            points,
            overall: PointEstimate {
                label: 0,
                estimate: overall.mean,
                spread: missing.map_or_else(|| alone.spread(0, overall.mean), Err),
            },
            treated: shares(&overall.dependence.treated),
            controls: shares(&overall.dependence.controls),
            options: self.options,
            inference,
            overall_sums: alone.sums.pop().unwrap_or_default(),
            cluster_of: self.panel.clusters.clone(),
        }
    }
}

/// Why the overall estimate has no standard error, where it is the plain mean of points of which one has none: its variance
/// would be missing in that of the mean. A mean over cohorts sees how far they are apart, whatever each one hides.
fn missing_variance(aggregation: Aggregation, points: &[PointEstimate]) -> Option<Unmeasured> {
    let counts = |label: i32| match aggregation {
        Aggregation::Simple | Aggregation::Group => false,
        Aggregation::Dynamic { .. } => label >= 0,
        Aggregation::Calendar => true,
    };

    points.iter().filter(|p| counts(p.label)).find_map(|p| p.spread.err())
}

/// The cohort of a cell from service on.
fn cohort_from_service(cohort: i32, period: i32) -> Option<i32> {
    (period >= cohort).then_some(cohort)
}
