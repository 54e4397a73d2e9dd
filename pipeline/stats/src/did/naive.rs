//! The estimates that mislead, for the appendix that says why.
//!
//! - Before/after on the served: counts as effect whatever else changed meanwhile.
//! - Two-way fixed effects, `y = αᵢ + λₜ + β Dᵢₜ + ε`: with staggered dates and effects that build up, `β` also compares the
//!   newly served with those served earlier, whose effect is still moving, so some effects enter with a negative weight.
//!   Goodman-Bacon (2021), *Journal of Econometrics* 225, 254–277; de Chaisemartin & D'Haultfœuille (2020), *American
//!   Economic Review* 110, 2964–2996.
//!
//! Standard errors are cluster-robust with the factor `C/(C−1) · (N−1)/(N−K)`, where `K` counts `β` and the periods; unit
//! effects nested in clusters do not count. Cameron & Miller (2015), *Journal of Human Resources* 50, 317–372.

use std::collections::BTreeSet;

use super::aggregate::PointEstimate;
use super::inference::by_cluster;
use super::panel::Panel;
use super::spread::{Spread, Unmeasured};
use crate::distribution::{is_level, student_quantile};
use crate::{Error, Result};

/// The estimate with Student's quantiles at one degree of freedom less than clusters.
fn point(estimate: f64, variance: f64, level: f64, clusters: f64) -> PointEstimate {
    let df = (clusters - 1.0).max(1.0);
    let t = student_quantile(0.5 + level / 2.0, df);
    let se = variance.sqrt();
    PointEstimate {
        label: 0,
        estimate,
        spread: match se > 0.0 {
            true => Ok(Spread::around(estimate, (se, df), (t, t))),
            false => Err(Unmeasured::Constant),
        },
    }
}

fn check_level(level: f64) -> Result<()> {
    if is_level(level) {
        return Ok(());
    }
    Err(Error::usage(format!("niveau de confiance {level} hors limites")))
}

/// Number of clusters of some units.
fn cluster_count(panel: &Panel, units: impl Iterator<Item = usize>) -> f64 {
    let clusters: BTreeSet<usize> = units.map(|unit| panel.clusters[unit]).collect();
    clusters.len() as f64
}

/// `Σ S²`, with `S` the sum of influences in a cluster.
fn cluster_variance(panel: &Panel, influence: &[f64]) -> f64 {
    let sums = by_cluster(influence, &panel.clusters, panel.cluster_count());
    sums.iter().map(|s| s * s).sum()
}

/// Mean after minus mean before service, over the units served within the panel, weighted.
///
/// # Errors
/// No unit observed both before and after its service, or fewer than two clusters of them.
pub fn before_after(panel: &Panel, level: f64) -> Result<PointEstimate> {
    let changes: Vec<(usize, f64)> = (0..panel.units.len())
        .filter_map(|unit| change(panel, unit).map(|change| (unit, change)))
        .collect();
    let clusters = cluster_count(panel, changes.iter().map(|(unit, _)| *unit));
    check_level(level)?;
    if clusters < 2.0 {
        return Err(Error::refused(
            "avant/après : moins de deux grappes de territoires observées avant et après",
        ));
    }

    let total: f64 = changes.iter().map(|(unit, _)| panel.weights[*unit]).sum();
    let weighted = changes.iter().map(|(unit, c)| panel.weights[*unit] * c);
    let estimate = weighted.sum::<f64>() / total;

    let mut influence = vec![0.0; panel.units.len()];
    for (unit, change) in &changes {
        influence[*unit] = panel.weights[*unit] * (change - estimate) / total;
    }
    let variance = cluster_variance(panel, &influence) * clusters / (clusters - 1.0);

    Ok(point(estimate, variance, level, clusters))
}

/// Mean of a unit from its service on, less its mean before; `None` unless it is observed on both sides.
fn change(panel: &Panel, unit: usize) -> Option<f64> {
    let cohort = panel.cohort[unit]?;

    let mean = |after: bool| {
        let values: Vec<f64> = panel
            .periods
            .iter()
            .zip(&panel.outcome)
            .filter(|(t, _)| (**t >= cohort) == after)
            .map(|(_, column)| column[unit])
            .filter(|y| !y.is_nan())
            .collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    let (before, after) = (mean(false)?, mean(true)?);

    Some(after - before)
}

/// Two-way fixed effects on every observation, weighted, incomplete panels included.
///
/// # Errors
/// Service that does not vary within units and periods, or fewer than two clusters.
pub fn two_way_fixed_effects(panel: &Panel, level: f64) -> Result<PointEstimate> {
    let observed = |&(u, t): &(usize, usize)| !panel.outcome[t][u].is_nan();
    let rows: Vec<(usize, usize)> = (0..panel.periods.len())
        .flat_map(|t| (0..panel.units.len()).map(move |u| (u, t)))
        .filter(observed)
        .collect();
    let clusters = cluster_count(panel, rows.iter().map(|(unit, _)| *unit));
    check_level(level)?;

    // β is that of the residuals of service and of the outcome on both sets of effects (Frisch–Waugh–Lovell).
    let is_served = |u: usize, t: usize| panel.cohort[u].is_some_and(|g| panel.periods[t] >= g);
    let service = residuals(panel, &rows, |u, t| f64::from(u8::from(is_served(u, t))));
    let outcome = residuals(panel, &rows, |u, t| panel.outcome[t][u]);

    let weight = |row: usize| panel.weights[rows[row].0];
    let product =
        |a: &[f64], b: &[f64]| -> f64 { (0..rows.len()).map(|r| weight(r) * a[r] * b[r]).sum() };
    let spread = product(&service, &service);
    let total: f64 = (0..rows.len()).map(weight).sum();
    if clusters < 2.0 || spread <= 1e-10 * total {
        return Err(Error::refused(
            "effets fixes : la desserte ne varie pas assez pour estimer un effet",
        ));
    }
    let estimate = product(&service, &outcome) / spread;

    let mut scores = vec![0.0; panel.units.len()];
    for (row, (unit, _)) in rows.iter().enumerate() {
        let residual = outcome[row] - estimate * service[row];
        scores[*unit] += weight(row) * service[row] * residual / spread;
    }
    let (count, estimated) = (rows.len() as f64, panel.periods.len() as f64 + 1.0);
    if count <= estimated {
        return Err(Error::refused(
            "effets fixes : pas plus d’observations que de périodes, rien ne reste pour l’erreur",
        ));
    }
    let factor = clusters / (clusters - 1.0) * (count - 1.0) / (count - estimated);
    let variance = cluster_variance(panel, &scores) * factor;

    Ok(point(estimate, variance, level, clusters))
}

/// Share of the weight of the two-way estimate that is negative: with `D̃` the residual of service, the effect on an observation
/// enters with `D̃_it / Σ D̃` over the treated. De Chaisemartin & D'Haultfœuille (2020), theorem 1: at 0 the estimate is an
/// average of effects, above it may have another sign than all of them.
///
/// # Errors
/// Service that does not vary within units and periods.
pub fn negative_weights(panel: &Panel) -> Result<f64> {
    let observed = |&(u, t): &(usize, usize)| !panel.outcome[t][u].is_nan();
    let rows: Vec<(usize, usize)> = (0..panel.periods.len())
        .flat_map(|t| (0..panel.units.len()).map(move |u| (u, t)))
        .filter(observed)
        .collect();
    let is_served = |u: usize, t: usize| panel.cohort[u].is_some_and(|g| panel.periods[t] >= g);
    let service = residuals(panel, &rows, |u, t| f64::from(u8::from(is_served(u, t))));

    let treated = rows.iter().zip(&service).filter(|((u, t), _)| is_served(*u, *t));
    let weights: Vec<f64> = treated.map(|((u, _), d)| panel.weights[*u] * d).collect();
    let total: f64 = weights.iter().sum();
    let largest = weights.iter().fold(0.0_f64, |m, w| m.max(w.abs()));
    if total <= 1e-10 * largest.max(f64::MIN_POSITIVE) * weights.len() as f64 {
        return Err(Error::refused(
            "effets fixes : la desserte ne varie pas assez pour estimer un effet",
        ));
    }
    let negative: f64 = weights.iter().filter(|w| **w < -1e-12 * largest).sum();
    Ok(-negative / total)
}

/// Residuals of a variable on unit and period effects, by alternating weighted means until they stand still.
///
/// On a complete panel two passes are exact; with gaps the method converges to the least-squares residuals.
fn residuals(
    panel: &Panel,
    rows: &[(usize, usize)],
    value: impl Fn(usize, usize) -> f64,
) -> Vec<f64> {
    let mut residual: Vec<f64> = rows.iter().map(|&(u, t)| value(u, t)).collect();
    let scale = residual.iter().fold(0.0_f64, |m, r| m.max(r.abs())).max(1e-300);

    let (units, periods) = (panel.units.len(), panel.periods.len());
    for _ in 0..5_000 {
        let by_unit = subtract_means(panel, rows, &mut residual, units, |(u, _)| u);
        let by_period = subtract_means(panel, rows, &mut residual, periods, |(_, t)| t);
        if by_unit.max(by_period) <= 1e-12 * scale {
            break;
        }
    }

    residual
}

/// Takes from each row the weighted mean of its group, one of `size`; the largest mean that was taken.
fn subtract_means(
    panel: &Panel,
    rows: &[(usize, usize)],
    residual: &mut [f64],
    size: usize,
    group: impl Fn((usize, usize)) -> usize,
) -> f64 {
    let (mut sums, mut weights) = (vec![0.0; size], vec![0.0; size]);
    for (at, value) in rows.iter().zip(residual.iter()) {
        sums[group(*at)] += panel.weights[at.0] * value;
        weights[group(*at)] += panel.weights[at.0];
    }

    let mut largest = 0.0_f64;
    for (at, value) in rows.iter().zip(residual) {
        let mean = sums[group(*at)] / weights[group(*at)];
        *value -= mean;
        largest = largest.max(mean.abs());
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::did::linear::{Cholesky, add_outer, add_scaled, dot};
    use crate::tests::close;

    /// A small incomplete, weighted, staggered panel.
    fn panel() -> Panel {
        let units: Vec<String> = (0..12).map(|u| format!("u{u}")).collect();
        let cohort = |u: usize| [None, Some(3), Some(4)][u % 3];
        let value = |u: usize, t: usize| {
            let noise = ((u * 31 + t * 17) % 13) as f64 / 10.0;
            (!(u + 2 * t).is_multiple_of(7)).then_some(u as f64 + t as f64 * 0.3 + noise)
        };
        let outcome: Vec<Vec<Option<f64>>> =
            (0..12).map(|u| (1..=5).map(|t| value(u, t)).collect()).collect();
        Panel::new(units, (1..=5).collect(), &outcome, (0..12).map(cohort).collect())
            .unwrap()
            .weighted((0..12).map(|u| 1.0 + f64::from(u % 4)).collect())
            .unwrap()
    }

    #[test]
    fn two_way_fixed_effects_is_least_squares_with_dummies() {
        let panel = panel();
        let width = 1 + 12 + 4;
        let (mut gram, mut moment) = (vec![0.0; width * width], vec![0.0; width]);
        let mut rows = Vec::new();
        for (t, column) in panel.outcome.iter().enumerate() {
            for u in (0..12).filter(|&u| !column[u].is_nan()) {
                let mut x = vec![0.0; width];
                x[0] = f64::from(u8::from(panel.cohort[u].is_some_and(|g| panel.periods[t] >= g)));
                x[1 + u] = 1.0;
                if t > 0 {
                    x[12 + t] = 1.0;
                }
                add_outer(&mut gram, &x, panel.weights[u]);
                add_scaled(&mut moment, panel.weights[u] * column[u], &x);
                rows.push((u, x, column[u]));
            }
        }
        let gram = Cholesky::new(&gram, width).unwrap();
        let beta = gram.solve(&moment);
        let mut first = vec![0.0; width];
        first[0] = 1.0;
        let bread = gram.solve(&first);
        let mut scores = vec![0.0; 12];
        for (u, x, y) in &rows {
            scores[*u] += panel.weights[*u] * (y - dot(x, &beta)) * dot(x, &bread);
        }
        let n = rows.len() as f64;
        let factor = 12.0 / 11.0 * (n - 1.0) / (n - 6.0);
        let answer = two_way_fixed_effects(&panel, 0.95).unwrap();
        close(answer.estimate, beta[0], 1e-9);
        close(answer.se().unwrap(), (factor * dot(&scores, &scores)).sqrt(), 1e-9);
    }

    #[test]
    fn early_cohorts_seen_for_long_enter_with_a_negative_weight() {
        // One unit served from period 2, one from period 4, none never: goodness of a two-by-two is not staggered.
        let panel = |cohorts: [Option<i32>; 3]| {
            let outcome = vec![vec![Some(0.0); 5]; 3];
            let names = (0..3).map(|u| u.to_string()).collect();
            Panel::new(names, (1..=5).collect(), &outcome, cohorts.to_vec()).unwrap()
        };
        close(negative_weights(&panel([Some(3), None, None])).unwrap(), 0.0, 1e-12);
        // By hand: D has unit means .8 and .4 and period means 0, ½, ½, 1, 1 (mean .6); D̃ of the early unit in periods 4 and 5
        // is 1 − .8 − 1 + .6 = −.2 each, and all of D̃ on the treated sums to .3 + .3 − .2 − .2 + .2 + .2 = .6.
        let two = panel([Some(2), Some(4), None]).restrict(&[true, true, false], &[true; 5]);
        close(negative_weights(&two).unwrap(), 0.4 / 0.6, 1e-9);
        assert!(negative_weights(&panel([None; 3])).is_err());
    }

    #[test]
    fn before_after_takes_the_general_trend_for_an_effect() {
        let outcome: Vec<Vec<Option<f64>>> =
            (0..6).map(|_| (1..=4).map(|t| Some(f64::from(t))).collect()).collect();
        let cohort = (0..6).map(|u| (u < 3).then_some(3)).collect();
        let panel = Panel::new(
            (0..6).map(|u| u.to_string()).collect(),
            (1..=4).collect(),
            &outcome,
            cohort,
        )
        .unwrap();
        close(before_after(&panel, 0.95).unwrap().estimate, 2.0, 1e-15);
        close(two_way_fixed_effects(&panel, 0.95).unwrap().estimate, 0.0, 1e-12);
    }
}
