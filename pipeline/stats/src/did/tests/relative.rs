//! Relative magnitudes: the interval holds an effect of zero under the worst difference in trends that it allows for.

use super::monte_carlo::few;
use super::*;
use crate::tests::close;

fn study(panel: &Panel, small_sample: bool) -> (Aggregate, Aggregate, BTreeMap<i32, f64>) {
    let options = Options {
        base: BasePeriod::Universal,
        bootstrap: None,
        small_sample,
        ..Options::default()
    };
    let att = estimate(panel, &options).unwrap();
    let aggregate = |kind| att.aggregate(kind).unwrap();
    (
        aggregate(Aggregation::dynamic()),
        aggregate(Aggregation::Group),
        att.durations(),
    )
}

#[test]
fn the_interval_is_the_estimate_its_error_and_the_worst_bias() {
    let (study, group, durations) = study(&panel(false), false);
    let answer = study.relative_magnitudes(&group, &durations, &[0.0, 0.5, 1.0]).unwrap();

    // By hand: with normal quantiles, 4 of the 5 % to the estimate and 1 % to what was before.
    let before: Vec<f64> = [-1, -2, -3, -4]
        .iter()
        .map(|e| study.points.iter().find(|p| p.label == *e).unwrap().estimate)
        .collect();
    let changes = before.windows(2).map(|w| (w[1] - w[0]).abs());
    close(answer.largest_before, changes.fold(0.0, f64::max), 1e-12);
    assert!(answer.bound_before > answer.largest_before);

    let own = 2.053_748_910_631_823 * group.overall.se().unwrap();
    let exposure: f64 = (0..4).map(|j| (j..4).map(|e| durations[&e]).sum::<f64>()).sum();
    for row in &answer.robust {
        let half = own + row.m_bar * exposure * answer.bound_before;
        close(row.interval.upper, group.overall.estimate + half, 1e-9);
        close(row.interval.lower, group.overall.estimate - half, 1e-9);
    }
    let at = study.relative_magnitudes(&group, &durations, &[answer.breakdown]).unwrap();
    close(at.robust[0].interval.upper.min(-at.robust[0].interval.lower), 0.0, 1e-9);

    for bad in [-1.0, f64::NAN] {
        assert!(study.relative_magnitudes(&group, &durations, &[bad]).is_err());
    }
    assert!(group.relative_magnitudes(&group, &durations, &[1.0]).is_err());
}

#[test]
fn it_holds_zero_under_the_worst_trend_that_it_allows_for() {
    const SEEDS: u64 = 120;
    let (mut held, mut plain) = (0, 0);
    for seed in 0..SEEDS {
        // A straight line from before service on: as steep after as before, M̄ = 1.
        let mut panel = few(seed, &[3; 15]);
        for (column, period) in panel.outcome.iter_mut().zip(&panel.periods) {
            for (value, cohort) in column.iter_mut().zip(&panel.cohort) {
                *value += cohort.map_or(0.0, |g| 0.6 * f64::from(period - g));
            }
        }
        let (study, group, durations) = study(&panel, true);
        let answer = study.relative_magnitudes(&group, &durations, &[1.0]).unwrap();
        held += u32::from(answer.robust[0].interval.contains(0.0));
        plain += u32::from(holds(&group.overall, 0.0));
    }
    assert!(held >= 112 && plain < 40, "{held} {plain}");
}

#[test]
fn durations_that_are_none_and_shares_that_are_no_shares_are_refused() {
    let (study, group, durations) = study(&panel(false), false);
    let mut far = durations.clone();
    far.insert(i32::MIN, 0.1);
    let mut heavy = durations;
    heavy.insert(0, f64::MAX);

    for refused in [BTreeMap::new(), far, heavy] {
        assert!(study.honest_about(&group, &refused, &[0.1]).is_err());
        assert!(study.relative_magnitudes(&group, &refused, &[1.0]).is_err());
    }
}
