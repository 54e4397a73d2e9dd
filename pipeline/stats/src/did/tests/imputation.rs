//! Imputation and the interaction-weighted regression, against least squares with a dummy for everything.

use super::monte_carlo::few;
use super::*;
use crate::did::imputation::imputation;
use crate::did::linear::{Cholesky, add_outer, add_scaled};
use crate::tests::close;

/// A small staggered panel, weighted, with gaps if asked.
fn small(gaps: bool) -> Panel {
    let cohort = |u: usize| [None, Some(3), Some(5), None][u % 4];
    let value = |u: usize, t: usize| {
        let noise = f64::sin((u * 31 + t * 17) as f64);
        let served = cohort(u).is_some_and(|g| t as i32 >= g);
        (!gaps || !(u + 3 * t).is_multiple_of(11))
            .then_some(u as f64 + t as f64 * 0.3 + noise + if served { 2.0 } else { 0.0 })
    };
    let outcome: Vec<Vec<Option<f64>>> =
        (0..16).map(|u| (1..=6).map(|t| value(u, t)).collect()).collect();
    Panel::new(
        (0..16).map(|u| format!("u{u:02}")).collect(),
        (1..=6).collect(),
        &outcome,
        (0..16).map(cohort).collect(),
    )
    .unwrap()
    .weighted((0..16).map(|u| 1.0 + f64::from(u % 3)).collect())
    .unwrap()
}

/// Weighted least squares of the observations kept on the dummies that `row(unit, period)` gives, `width` of them.
fn least_squares(
    panel: &Panel,
    width: usize,
    is_kept: impl Fn(usize, usize) -> bool,
    row: impl Fn(usize, usize) -> Vec<f64>,
) -> Vec<f64> {
    let (mut gram, mut moment) = (vec![0.0; width * width], vec![0.0; width]);
    for (t, column) in panel.outcome.iter().enumerate() {
        for u in (0..panel.units.len()).filter(|&u| !column[u].is_nan() && is_kept(u, t)) {
            let x = row(u, t);
            add_outer(&mut gram, &x, panel.weights[u]);
            add_scaled(&mut moment, panel.weights[u] * column[u], &x);
        }
    }
    Cholesky::new(&gram, width).unwrap().solve(&moment)
}

fn options() -> Options {
    Options {
        bootstrap: None,
        base: BasePeriod::Universal,
        ..Options::default()
    }
}

#[test]
fn imputation_is_what_dummies_of_the_untreated_leave() {
    for panel in [small(false), small(true)] {
        let (units, periods) = (panel.units.len(), panel.periods.len());
        let served = |u: usize, t: usize| panel.cohort[u].is_some_and(|g| panel.periods[t] >= g);
        let row = |u: usize, t: usize| {
            let mut x = vec![0.0; units + periods - 1];
            x[u] = 1.0;
            if t > 0 {
                x[units + t - 1] = 1.0;
            }
            x
        };
        let beta = least_squares(&panel, units + periods - 1, |u, t| !served(u, t), row);
        let effect = |u: usize, t: usize| panel.outcome[t][u] - linear::dot(&beta, &row(u, t));

        let answer = imputation(&panel, &options()).unwrap();
        for point in &answer.points {
            let (mut sum, mut total) = (0.0, 0.0);
            for u in 0..units {
                let at = panel.cohort[u].map(|g| g + point.label - 1).filter(|t| *t < 6);
                let Some(t) = at.map(|t| t as usize).filter(|&t| !panel.outcome[t][u].is_nan())
                else {
                    continue;
                };
                sum += panel.weights[u] * effect(u, t);
                total += panel.weights[u];
            }
            close(point.estimate, sum / total, 1e-9);
        }
        assert_eq!(answer.left_out, 0);
        assert!((answer.overall.estimate - 2.0).abs() < 1.0);
    }
}

#[test]
fn with_one_period_before_and_one_after_it_is_the_same_difference() {
    let panel = small(false);
    let kept: Vec<bool> = panel.cohort.iter().map(|c| *c != Some(5)).collect();
    let panel = panel.restrict(&kept, &[false, true, true, false, false, false]);
    let answer = imputation(&panel, &options()).unwrap().overall;
    let expected = estimate(&panel, &options())
        .unwrap()
        .aggregate(Aggregation::Group)
        .unwrap()
        .overall;
    close(answer.estimate, expected.estimate, 1e-12);
    close(answer.se().unwrap(), expected.se().unwrap(), 1e-12);
}

#[test]
fn its_interval_holds_the_truth_and_it_is_surer_where_trends_are_parallel() {
    let options = Options {
        small_sample: true,
        threads: 1,
        ..options()
    };
    let (mut held, mut imputed, mut compared) = (0, 0.0, 0.0);
    for seed in 0..150 {
        let panel = few(seed, &[3; 15]);
        let by_imputation = imputation(&panel, &options).unwrap().overall;
        let by_pairs = estimate(&panel, &options)
            .unwrap()
            .aggregate(Aggregation::Group)
            .unwrap()
            .overall;
        held += u32::from(holds(&by_imputation, 0.0));
        imputed += by_imputation.estimate.powi(2);
        compared += by_pairs.estimate.powi(2);
    }
    assert!((135..=150).contains(&held), "{held}");
    assert!(imputed < 0.9 * compared, "{imputed} {compared}");
}

#[test]
fn the_interaction_weighted_regression_is_the_same_estimate() {
    // Sun & Abraham: unit and period dummies, and one for each cohort and time since service but −1.
    let panel = small(false);
    let (units, periods) = (panel.units.len(), panel.periods.len());
    let own: Vec<(i32, i32)> = [3, 5]
        .into_iter()
        .flat_map(|g| (1..=6).filter(move |t| t - g != -1).map(move |t| (g, t)))
        .collect();
    let width = units + periods - 1 + own.len();
    let row = |u: usize, t: usize| {
        let mut x = vec![0.0; width];
        x[u] = 1.0;
        if t > 0 {
            x[units + t - 1] = 1.0;
        }
        let cell = panel.cohort[u].map(|g| (g, panel.periods[t]));
        if let Some(at) = own.iter().position(|c| Some(*c) == cell) {
            x[units + periods - 1 + at] = 1.0;
        }
        x
    };
    let beta = least_squares(&panel, width, |_, _| true, row);
    let att = estimate(&panel, &options()).unwrap();
    for cell in att.cells.iter().filter(|c| c.base != c.period) {
        let at = own.iter().position(|c| *c == (cell.cohort, cell.period)).unwrap();
        close(cell.estimate, beta[units + periods - 1 + at], 1e-9);
    }
}
