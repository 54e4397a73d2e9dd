//! The estimates that mislead, for the annex that says why.
//!
//! - Before/after on the served: counts as effect whatever else changed meanwhile.
//! - Two-way fixed effects, `y = αᵢ + λₜ + β Dᵢₜ + ε`: with staggered dates and effects that build up, `β` also compares the
//!   newly served with those served earlier, whose effect is still moving, so some effects enter with a negative weight.
//!   Goodman-Bacon (2021), *Journal of Econometrics* 225, 254–277; de Chaisemartin & D'Haultfœuille (2020), *American
//!   Economic Review* 110, 2964–2996.
//!
//! Standard errors are cluster-robust with the factor `C/(C−1) · (N−1)/(N−K)`, where `K` counts `β` and the periods; unit
//! effects nested in clusters do not count. Cameron & Miller (2015), *Journal of Human Resources* 50, 317–372.

use super::aggregate::Point;
use super::inference::by_cluster;
use super::panel::Panel;
use crate::distribution::student_quantile;
use base::error::{Error, Result};

fn point(estimate: f64, se: f64, level: f64, clusters: f64) -> Point {
    let df = (clusters - 1.0).max(1.0);
    let t = student_quantile(0.5 + level / 2.0, df);
    Point::new(0, estimate, (se, df), (t, t))
}

fn cluster_count(clusters: impl Iterator<Item = usize>) -> f64 {
    clusters
        .collect::<std::collections::BTreeSet<usize>>()
        .len() as f64
}

/// Mean after minus mean before service, over the units served within the panel, weighted.
///
/// # Errors
/// No unit observed both before and after its service, or fewer than two clusters of them.
pub fn before_after(panel: &Panel, level: f64) -> Result<Point> {
    let mut changes: Vec<(usize, f64)> = Vec::new();
    for (unit, cohort) in panel.cohort.iter().enumerate() {
        let Some(cohort) = cohort else { continue };
        let mean = |after: bool| {
            let kept = panel
                .periods
                .iter()
                .zip(&panel.outcome)
                .filter(|(t, _)| (*t >= cohort) == after);
            let values: Vec<f64> = kept
                .map(|(_, column)| column[unit])
                .filter(|y| !y.is_nan())
                .collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        if let (Some(before), Some(after)) = (mean(false), mean(true)) {
            changes.push((unit, after - before));
        }
    }
    let clusters = cluster_count(changes.iter().map(|(unit, _)| panel.clusters[*unit]));
    if clusters < 2.0 {
        return Err(Error::refused(
            "avant/après : moins de deux grappes de territoires observées avant et après",
        ));
    }
    let total: f64 = changes.iter().map(|(unit, _)| panel.weights[*unit]).sum();
    let estimate = changes
        .iter()
        .map(|(unit, change)| panel.weights[*unit] * change)
        .sum::<f64>()
        / total;
    let mut influence = vec![0.0; panel.units.len()];
    for (unit, change) in &changes {
        influence[*unit] = panel.weights[*unit] * (change - estimate) / total;
    }
    let variance: f64 = by_cluster(&influence, &panel.clusters)
        .iter()
        .map(|s| s * s)
        .sum();
    Ok(point(
        estimate,
        (variance * clusters / (clusters - 1.0)).sqrt(),
        level,
        clusters,
    ))
}

/// Two-way fixed effects on every observation, weighted, incomplete panels included.
///
/// # Errors
/// Service that does not vary within units and periods, or fewer than two clusters.
pub fn two_way_fixed_effects(panel: &Panel, level: f64) -> Result<Point> {
    let treated = |unit: usize, t: usize| panel.cohort[unit].is_some_and(|g| panel.periods[t] >= g);
    let mut rows: Vec<(usize, usize)> = Vec::new();
    for t in 0..panel.periods.len() {
        rows.extend(
            (0..panel.units.len())
                .filter(|&u| !panel.outcome[t][u].is_nan())
                .map(|u| (u, t)),
        );
    }
    let clusters = cluster_count(rows.iter().map(|(unit, _)| panel.clusters[*unit]));
    // β is that of the residuals of service and of the outcome on both sets of effects (Frisch–Waugh–Lovell).
    let service = residuals(panel, &rows, |u, t| f64::from(u8::from(treated(u, t))));
    let outcome = residuals(panel, &rows, |u, t| panel.outcome[t][u]);
    let weight = |row: usize| panel.weights[rows[row].0];
    let sum =
        |a: &[f64], b: &[f64]| -> f64 { (0..rows.len()).map(|r| weight(r) * a[r] * b[r]).sum() };
    let spread = sum(&service, &service);
    let total: f64 = (0..rows.len()).map(weight).sum();
    if clusters < 2.0 || spread <= 1e-10 * total {
        return Err(Error::refused(
            "effets fixes : la desserte ne varie pas assez pour estimer un effet",
        ));
    }
    let estimate = sum(&service, &outcome) / spread;
    let mut scores = vec![0.0; panel.units.len()];
    for (row, (unit, _)) in rows.iter().enumerate() {
        scores[*unit] +=
            weight(row) * service[row] * (outcome[row] - estimate * service[row]) / spread;
    }
    let variance: f64 = by_cluster(&scores, &panel.clusters)
        .iter()
        .map(|s| s * s)
        .sum();
    let (count, estimated) = (rows.len() as f64, panel.periods.len() as f64 + 1.0);
    let factor = clusters / (clusters - 1.0) * (count - 1.0) / (count - estimated);
    Ok(point(estimate, (variance * factor).sqrt(), level, clusters))
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
    let scale = residual
        .iter()
        .fold(0.0_f64, |m, r| m.max(r.abs()))
        .max(1e-300);
    for _ in 0..5_000 {
        let mut moved = 0.0_f64;
        for by_unit in [true, false] {
            let size = if by_unit {
                panel.units.len()
            } else {
                panel.periods.len()
            };
            let key = |&(u, t): &(usize, usize)| if by_unit { u } else { t };
            let (mut sums, mut weights) = (vec![0.0; size], vec![0.0; size]);
            for (row, at) in rows.iter().enumerate() {
                sums[key(at)] += panel.weights[at.0] * residual[row];
                weights[key(at)] += panel.weights[at.0];
            }
            for (row, at) in rows.iter().enumerate() {
                let mean = sums[key(at)] / weights[key(at)];
                residual[row] -= mean;
                moved = moved.max(mean.abs());
            }
        }
        if moved <= 1e-12 * scale {
            break;
        }
    }
    residual
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::did::linear::{Cholesky, add_outer, add_scaled, dot};
    use crate::reference::close;

    /// A small incomplete, weighted, staggered panel.
    fn panel() -> Panel {
        let units: Vec<String> = (0..12).map(|u| format!("u{u}")).collect();
        let cohort = |u: usize| [None, Some(3), Some(4)][u % 3];
        let value = |u: usize, t: usize| {
            let noise = ((u * 31 + t * 17) % 13) as f64 / 10.0;
            (!(u + 2 * t).is_multiple_of(7)).then_some(u as f64 + t as f64 * 0.3 + noise)
        };
        let outcome: Vec<Vec<Option<f64>>> = (0..12)
            .map(|u| (1..=5).map(|t| value(u, t)).collect())
            .collect();
        Panel::new(
            units,
            (1..=5).collect(),
            &outcome,
            (0..12).map(cohort).collect(),
        )
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
                x[0] = f64::from(u8::from(
                    panel.cohort[u].is_some_and(|g| panel.periods[t] >= g),
                ));
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
        close(answer.se, (factor * dot(&scores, &scores)).sqrt(), 1e-9);
    }

    #[test]
    fn before_after_takes_the_general_trend_for_an_effect() {
        let outcome: Vec<Vec<Option<f64>>> = (0..6)
            .map(|_| (1..=4).map(|t| Some(f64::from(t))).collect())
            .collect();
        let cohort = (0..6).map(|u| (u < 3).then_some(3)).collect();
        let panel = Panel::new(
            (0..6).map(|u| u.to_string()).collect(),
            (1..=4).collect(),
            &outcome,
            cohort,
        )
        .unwrap();
        close(before_after(&panel, 0.95).unwrap().estimate, 2.0, 1e-15);
        close(
            two_way_fixed_effects(&panel, 0.95).unwrap().estimate,
            0.0,
            1e-12,
        );
    }
}
