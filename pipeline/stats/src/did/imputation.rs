//! A check by another road: what those served would have been, imputed from all that is not served yet.
//!
//! Unit and period effects are fitted on the observations that are never or not yet treated, and the effect on a treated one is
//! what it is above their sum. Borusyak, Jaravel & Spiess (2024), *Review of Economic Studies* 91, 3253–3285. With parallel trends
//! in all periods it uses more of the data than [`super::estimate`], whose base is one period; where the two differ by more than
//! their errors, trends before service were not parallel. Covariates are not used.
//!
//! Standard error: the average is `Σ v_it y_it`, and a cluster's sum of `v_it ε_it` its influence, with `ε` the residual of an
//! untreated observation and, of a treated one, its effect less the mean effect at the same time since service (their equation 8:
//! conservative where effects differ otherwise).
//!
//! The interaction-weighted estimate of Sun & Abraham (2021), *Journal of Econometrics* 225, 175–199, is no other road: without
//! covariates and with never-treated controls its coefficients are the effects of [`super::estimate`] with a universal base, to
//! the last digit. The tests say so.

use std::collections::BTreeMap;

use super::clean::{CleanPanel, clean};
use super::dependence::Dependence;
use super::inference::Inference;
use super::linear::Cholesky;
use super::panel::Panel;
use super::{Options, PointEstimate};
use crate::{Error, Result};

/// The average effect on those served by imputation, and by time since service.
#[derive(Debug, Clone)]
pub struct Imputed {
    /// Weighted as the overall estimate of [`super::Aggregation::Group`].
    pub overall: PointEstimate,
    /// One point per time since service.
    pub points: Vec<PointEstimate>,
    /// Treated observations of units or periods that nothing untreated tells of: not imputed.
    pub left_out: usize,
}

/// Estimates by imputation.
///
/// # Errors
/// As [`super::estimate`]; also no treated observation that can be imputed.
pub fn imputation(panel: &Panel, options: &Options) -> Result<Imputed> {
    let CleanPanel { panel, .. } = clean(panel, options)?;
    let fit = TwoWay::new(&panel, options.anticipation)?;
    let effects = fit.effects(&panel);
    let left_out = fit.treated(&panel).count() - effects.len();
    if effects.is_empty() {
        return Err(Error::refused(
            "imputation : aucune observation desservie n’a de période ni de territoire à quoi la comparer",
        ));
    }

    let mut targets = vec![group_weights(&panel, &effects)];
    let mut times: Vec<i32> = effects.iter().map(|e| e.since).collect();
    times.sort_unstable();
    times.dedup();
    targets.extend(times.iter().map(|&since| weights_at(&panel, &effects, since)));

    let averages: Vec<(f64, Dependence)> =
        targets.iter().map(|weights| fit.average(&panel, &effects, weights)).collect();
    let point = |label: i32, which: usize, inference: &Inference, k: usize| PointEstimate {
        label,
        estimate: averages[which].0,
        spread: inference.spread(k, averages[which].0),
    };

    let alone = Inference::new(&[&averages[0].1], &panel, options);
    let together: Vec<&Dependence> = averages[1..].iter().map(|a| &a.1).collect();
    let together = Inference::new(&together, &panel, options);
    let points = times.iter().enumerate().map(|(k, &since)| point(since, k + 1, &together, k));
    Ok(Imputed {
        overall: point(0, 0, &alone, 0),
        points: points.collect(),
        left_out,
    })
}

/// The effect on one treated observation.
struct Effect {
    unit: usize,
    period: usize,
    /// Periods since service.
    since: i32,
    effect: f64,
}

/// Unit and period effects of the untreated observations.
struct TwoWay {
    /// Whether an observation is there and untreated, by period then unit.
    untreated: Vec<Vec<bool>>,
    /// Untreated observations of each unit.
    counts: Vec<f64>,
    /// Normal equations of the period effects after the unit effects, for `periods` but the first of them.
    gram: Cholesky,
    periods: Vec<usize>,
    units: Vec<f64>,
    times: Vec<f64>,
}

impl TwoWay {
    fn new(panel: &Panel, anticipation: i32) -> Result<TwoWay> {
        let is_untreated = |t: usize, u: usize| {
            let seen = !panel.outcome[t][u].is_nan();
            seen && panel.cohort[u].is_none_or(|g| panel.periods[t] + anticipation < g)
        };
        let (units, periods) = (panel.units.len(), panel.periods.len());
        let untreated: Vec<Vec<bool>> =
            (0..periods).map(|t| (0..units).map(|u| is_untreated(t, u)).collect()).collect();
        let counts: Vec<f64> = (0..units)
            .map(|u| untreated.iter().filter(|column| column[u]).count() as f64)
            .collect();
        let used: Vec<usize> = (0..periods).filter(|&t| untreated[t].contains(&true)).collect();

        let products = products(&panel.weights, &untreated, &counts, &used);
        let gram = Cholesky::new(&products, used.len().saturating_sub(1)).ok_or_else(|| {
            Error::refused(
                "imputation : des périodes n’ont aucun territoire non desservi en commun",
            )
        })?;

        let mut fit = TwoWay {
            untreated,
            counts,
            gram,
            periods: used,
            units: Vec::new(),
            times: Vec::new(),
        };
        let outcome = |t: usize, u: usize| {
            if fit.untreated[t][u] {
                panel.weights[u] * panel.outcome[t][u]
            } else {
                0.0
            }
        };
        (fit.units, fit.times) = fit.solve(panel, outcome);
        Ok(fit)
    }

    /// The unit and period effects whose weighted sums over the untreated observations of each unit and period are those of `value`.
    fn solve(&self, panel: &Panel, value: impl Fn(usize, usize) -> f64) -> (Vec<f64>, Vec<f64>) {
        let all = 0..panel.periods.len();
        let by_unit: Vec<f64> =
            (0..panel.units.len()).map(|u| all.clone().map(|t| value(t, u)).sum()).collect();

        // After the unit effects: each period's sum, less what its units have on average.
        let rest = |&t: &usize| -> f64 {
            let of_unit = |u: usize| {
                let mean = if self.untreated[t][u] { by_unit[u] / self.counts[u] } else { 0.0 };
                value(t, u) - mean
            };
            (0..panel.units.len()).map(of_unit).sum()
        };
        let right: Vec<f64> = self.periods.iter().skip(1).map(rest).collect();
        let mut times = vec![0.0; panel.periods.len()];
        for (&t, effect) in self.periods.iter().skip(1).zip(self.gram.solve(&right)) {
            times[t] = effect;
        }

        let units = (0..panel.units.len()).map(|u| {
            let own = all.clone().filter(|&t| self.untreated[t][u]).map(|t| times[t]).sum::<f64>();
            let mean = by_unit[u] / panel.weights[u] - own;
            if self.counts[u] > 0.0 { mean / self.counts[u] } else { 0.0 }
        });
        (units.collect(), times)
    }

    /// Treated observations, as `(period, unit, time since service)`.
    fn treated<'a>(&self, panel: &'a Panel) -> impl Iterator<Item = (usize, usize, i32)> + 'a {
        (0..panel.periods.len()).flat_map(move |t| {
            (0..panel.units.len()).filter_map(move |u| {
                let since = panel.periods[t] - panel.cohort[u]?;
                (since >= 0 && !panel.outcome[t][u].is_nan()).then_some((t, u, since))
            })
        })
    }

    /// The effects that can be imputed.
    fn effects(&self, panel: &Panel) -> Vec<Effect> {
        let is_known = |t: usize, u: usize| self.counts[u] > 0.0 && self.periods.contains(&t);
        self.treated(panel)
            .filter(|&(t, u, _)| is_known(t, u))
            .map(|(period, unit, since)| Effect {
                unit,
                period,
                since,
                effect: panel.outcome[period][unit] - self.units[unit] - self.times[period],
            })
            .collect()
    }

    /// An average of effects with these weights, and what it depends on.
    fn average(&self, panel: &Panel, effects: &[Effect], weights: &[f64]) -> (f64, Dependence) {
        let mean = effects.iter().zip(weights).map(|(e, w)| w * e.effect).sum();
        let means = means_by_time(effects, weights);

        let mut dependence = Dependence::none(panel.units.len());
        let mut target = vec![vec![0.0; panel.units.len()]; panel.periods.len()];
        for (e, weight) in effects.iter().zip(weights) {
            target[e.period][e.unit] = *weight;
            dependence.treated[e.unit] += weight;
            dependence.influence[e.unit] += weight * (e.effect - means[&e.since]);
        }

        // The untreated observations count by −(a + b), with the sums of the target by unit and by period.
        let (a, b) = self.solve(panel, |t, u| target[t][u]);
        for (t, column) in self.untreated.iter().enumerate() {
            for unit in (0..panel.units.len()).filter(|&u| column[u]) {
                let pull = -panel.weights[unit] * (a[unit] + b[t]);
                let residual = panel.outcome[t][unit] - self.units[unit] - self.times[t];
                dependence.influence[unit] += pull * residual;
                if panel.cohort[unit].is_none() {
                    dependence.controls[unit] += pull.abs();
                }
            }
        }
        let total: f64 = dependence.controls.iter().sum();
        if total > 0.0 {
            dependence.controls.iter_mut().for_each(|c| *c /= total);
        }
        (mean, dependence)
    }
}

/// Products of the period effects after the unit effects, but for the first period.
fn products(weights: &[f64], untreated: &[Vec<bool>], counts: &[f64], used: &[usize]) -> Vec<f64> {
    let entry = |t: usize, s: usize| -> f64 {
        let both = (0..weights.len()).filter(|&u| untreated[t][u] && untreated[s][u]);
        let of_unit = |u: usize| weights[u] * (f64::from(u8::from(t == s)) - 1.0 / counts[u]);
        both.map(of_unit).sum()
    };
    let others = used.get(1..).unwrap_or(&[]);
    others
        .iter()
        .flat_map(|&t| others.iter().map(move |&s| (t, s)))
        .map(|(t, s)| entry(t, s))
        .collect()
}

/// Mean effect at each time since service.
fn means_by_time(effects: &[Effect], weights: &[f64]) -> BTreeMap<i32, f64> {
    let mut sums: BTreeMap<i32, (f64, f64)> = BTreeMap::new();
    for (e, weight) in effects.iter().zip(weights) {
        let (sum, total) = sums.entry(e.since).or_default();
        *sum += weight * e.effect;
        *total += weight;
    }

    let mean = |(sum, total): (f64, f64)| if total > 0.0 { sum / total } else { 0.0 };
    sums.into_iter().map(|(since, pair)| (since, mean(pair))).collect()
}

/// Mean over each cohort's periods, then over cohorts by their shares.
fn group_weights(panel: &Panel, effects: &[Effect]) -> Vec<f64> {
    let mut cells: BTreeMap<(i32, usize), f64> = BTreeMap::new();
    let cohort = |e: &Effect| panel.periods[e.period] - e.since;
    for e in effects {
        *cells.entry((cohort(e), e.period)).or_default() += panel.weights[e.unit];
    }
    let mut periods: BTreeMap<i32, f64> = BTreeMap::new();
    cells.keys().for_each(|(g, _)| *periods.entry(*g).or_default() += 1.0);

    let share = |g: i32| -> f64 {
        let members = panel.cohort.iter().zip(&panel.weights).filter(|(c, _)| **c == Some(g));
        members.map(|(_, w)| w).sum()
    };
    let shares: BTreeMap<i32, f64> = periods.keys().map(|&g| (g, share(g))).collect();
    let total: f64 = shares.values().sum();

    let weight = |e: &Effect| {
        let g = cohort(e);
        shares[&g] / total / periods[&g] * panel.weights[e.unit] / cells[&(g, e.period)]
    };
    effects.iter().map(weight).collect()
}

/// Mean over the units at one time since service.
fn weights_at(panel: &Panel, effects: &[Effect], since: i32) -> Vec<f64> {
    let own = |e: &Effect| if e.since == since { panel.weights[e.unit] } else { 0.0 };
    let total: f64 = effects.iter().map(own).sum();
    effects.iter().map(|e| own(e) / total).collect()
}
