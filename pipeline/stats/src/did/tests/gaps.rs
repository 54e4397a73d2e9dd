//! Panels with gaps: units that miss periods, periods that nobody has.

use super::monte_carlo::few;
use super::*;
use crate::tests::close;

/// Takes out one observation in eight, the same on every panel.
fn with_holes(mut panel: Panel) -> Panel {
    for (t, column) in panel.outcome.iter_mut().enumerate() {
        for (unit, value) in column.iter_mut().enumerate() {
            if (unit * 5 + t * 3).is_multiple_of(8) {
                *value = f64::NAN;
            }
        }
    }
    panel
}

#[test]
fn a_pair_of_periods_compares_the_changes_of_those_observed_in_both() {
    let panel = with_holes(few(1, &[3; 10]));
    let options = Options {
        bootstrap: None,
        base: BasePeriod::Universal,
        ..Options::default()
    };
    let att = estimate(&panel, &options).unwrap();

    // By hand: the units without holes in the two periods, alone.
    for cell in att.cells.iter().filter(|c| c.base != c.period) {
        let [base, t] = [cell.base, cell.period].map(|p| (p - 1) as usize);
        let seen = |u: usize| !panel.outcome[base][u].is_nan() && !panel.outcome[t][u].is_nan();
        let mean = |cohort: Option<i32>| {
            let units = (0..panel.units.len()).filter(|&u| panel.cohort[u] == cohort && seen(u));
            let changes: Vec<f64> =
                units.map(|u| panel.outcome[t][u] - panel.outcome[base][u]).collect();
            (changes.iter().sum::<f64>() / changes.len() as f64, changes.len())
        };
        let ((served, treated), (others, controls)) = (mean(Some(cell.cohort)), mean(None));
        close(cell.estimate, served - others, 1e-12);
        assert_eq!((cell.treated, cell.controls), (treated, controls));
    }
}

#[test]
fn pairs_vary_less_than_cross_sections() {
    let spread = |incomplete: Incomplete| {
        let options = Options {
            incomplete,
            bootstrap: None,
            ..Options::default()
        };
        let square = |seed: u64| {
            let mut panel = few(seed, &[3; 15]);
            // What sets territories apart does not change over time.
            let count = panel.units.len();
            for column in &mut panel.outcome {
                (0..count).for_each(|u| column[u] += 6.0 * f64::sin(u as f64));
            }
            let att = estimate(&with_holes(panel), &options).unwrap();
            att.aggregate(Aggregation::Group).unwrap().overall.estimate.powi(2)
        };
        (0..60).map(square).sum::<f64>().sqrt()
    };
    let (pairs, sections) = (spread(Incomplete::Pairs), spread(Incomplete::CrossSections));
    assert!(pairs < 0.8 * sections, "{pairs} {sections}");
}

#[test]
fn a_reference_period_does_not_dilute_a_trend_seen_at_the_same_distance() {
    // Period 4 is missing: the reference of cohort 5 is two periods before service, where cohort 7 has an estimate.
    let periods = [1, 2, 3, 5, 6, 7];
    let cohort = |u: usize| [None, Some(5), Some(7)][u % 3];
    let value = |u: usize, t: i32| {
        let drift = if cohort(u) == Some(7) { 0.5 * f64::from(t) } else { 0.0 };
        Some(drift + 0.01 * f64::sin((13 * u + 7 * t as usize) as f64))
    };
    let outcome: Vec<Vec<Option<f64>>> =
        (0..30).map(|u| periods.iter().map(|&t| value(u, t)).collect()).collect();
    let panel = Panel::new(
        (0..30).map(|u| u.to_string()).collect(),
        periods.to_vec(),
        &outcome,
        (0..30).map(cohort).collect(),
    )
    .unwrap();
    let options = Options {
        base: BasePeriod::Universal,
        bootstrap: None,
        ..Options::default()
    };
    let study = estimate(&panel, &options).unwrap().aggregate(Aggregation::dynamic()).unwrap();
    let at = |e: i32| study.points.iter().find(|p| p.label == e).unwrap();
    close(at(-2).estimate, -0.5, 0.02);
    assert_eq!(at(-1).spread, Err(Unmeasured::Reference));
}
