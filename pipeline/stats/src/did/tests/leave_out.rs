//! Checks that do without a formula: one cluster or cohort less, other dates.

use super::monte_carlo::few;
use super::*;
use crate::did::clean::{CleanPanel, clean};
use crate::did::inference::Inference;
use crate::did::leave_out::{jackknife, leave_one_out, randomisation};
use crate::did::plain_average::PlainAverage;
use crate::distribution::normal_quantile;
use crate::tests::close;

fn settings() -> Options {
    Options {
        bootstrap: None,
        small_sample: true,
        threads: 1,
        ..Options::default()
    }
}

fn overall(panel: &Panel) -> PointEstimate {
    estimate(panel, &settings())
        .unwrap()
        .aggregate(Aggregation::Group)
        .unwrap()
        .overall
}

#[test]
fn the_cluster_that_makes_the_answer_is_seen() {
    // The third cluster alone has an effect, a large one.
    let mut panel = few(4, &[3; 10]);
    for (column, period) in panel.outcome.iter_mut().zip(&panel.periods) {
        for unit in (0..panel.units.len()).filter(|&u| panel.clusters[u] == panel.clusters[6]) {
            column[unit] += if panel.cohort[unit].is_some_and(|g| *period >= g) {
                20.0
            } else {
                0.0
            };
        }
    }

    let rows = leave_one_out(&panel, &settings()).unwrap();
    assert_eq!(rows.iter().filter(|r| r.cohort.is_none()).count(), 10);
    assert_eq!(rows.iter().filter_map(|r| r.cohort).collect::<Vec<i32>>(), [4, 6, 7]);
    let whole = overall(&panel).estimate;
    let furthest = rows.iter().filter(|r| r.cohort.is_none()).max_by(|a, b| {
        let distance = |r: &crate::did::leave_out::LeftOut| (r.estimate.unwrap() - whole).abs();
        distance(a).total_cmp(&distance(b))
    });
    let furthest = furthest.unwrap();
    assert_eq!(furthest.units, panel.units[6..9]);
    assert!(furthest.estimate.unwrap() < 0.7 && whole > 1.5);

    // Nothing is left without the only cohort.
    panel.cohort.iter_mut().flatten().for_each(|g| *g = 4);
    let rows = leave_one_out(&panel, &settings()).unwrap();
    assert_eq!(rows.last().unwrap().estimate, None);
}

#[test]
fn the_jackknife_of_equal_clusters_is_the_corrected_error_and_a_little_more() {
    // One cohort, one unit a cluster: a difference of two means, of which CV3 has a closed form.
    let mut panel = few(9, &[1; 12]);
    panel.cohort.iter_mut().flatten().for_each(|g| *g = 6);
    panel.clusters = (0..panel.units.len()).collect();
    let (jackknife, corrected) = (jackknife(&panel, &settings()).unwrap(), overall(&panel));
    let ratio = jackknife / corrected.se().unwrap();
    // √(12/11) on the side that is all but the whole of the variance.
    assert!((1.01..1.06).contains(&ratio), "{ratio}");
    assert!(crate::did::leave_out::jackknife(&few(1, &[3]), &settings()).is_err());
}

#[test]
fn dates_at_random_reject_as_seldom_as_said_and_find_an_effect() {
    const PANELS: u64 = 60;
    let p = |panel: &Panel| randomisation(panel, &settings(), 39, 7).unwrap();
    let rejected = (0..PANELS).filter(|&seed| p(&few(seed, &[3; 10])).p_value <= 0.05).count();
    // 5 % of 60 is 3; 8 is three standard errors above.
    assert!(rejected <= 8, "{rejected}");

    let mut panel = few(1, &[3; 10]);
    for (column, period) in panel.outcome.iter_mut().zip(&panel.periods) {
        for (value, cohort) in column.iter_mut().zip(&panel.cohort) {
            *value += if cohort.is_some_and(|g| *period >= g) { 3.0 } else { 0.0 };
        }
    }
    let test = p(&panel);
    assert_eq!((test.draws, test.p_value), (39, 1.0 / 40.0));
    let plain = Options { small_sample: false, ..settings() };
    let point = estimate(&panel, &plain).unwrap();
    let point = point.aggregate(Aggregation::Group).unwrap().overall;
    let ratio = randomisation(&panel, &plain, 1, 7).unwrap().statistic;
    close(ratio, point.estimate / point.se().unwrap(), 1e-9);

    // The corrected ratio is carried over at the same p-value.
    let corrected = overall(&panel);
    let deviate = normal_quantile(1.0 - corrected.p_value().unwrap() / 2.0);
    close(test.statistic / deviate, 1.0, 1e-4);

    assert_eq!(
        test,
        randomisation(&panel, &Options { threads: 3, ..settings() }, 39, 7).unwrap()
    );
    for draws in [0, usize::MAX] {
        assert!(randomisation(&panel, &settings(), draws, 7).is_err());
    }
}

/// The average made straight from the panel is that of the cells, whatever is missing, with its error.
#[test]
fn the_plain_average_is_that_of_the_cells() {
    for seed in 0..24_u64 {
        let mut panel = few(seed, &[5, 3, 3, 2, 1, 1]);
        let unit_count = panel.units.len();
        panel.weights = (0..unit_count).map(|u| 1.0 + ((u * 7) % 5) as f64).collect();
        if seed % 2 == 1 {
            for (t, column) in panel.outcome.iter_mut().enumerate() {
                let is_missing = |u: &usize| (u * 13 + t * 5 + seed as usize).is_multiple_of(7);
                (0..unit_count).filter(is_missing).for_each(|u| column[u] = f64::NAN);
            }
        }
        let options = Options {
            method: [Method::OutcomeRegression, Method::InverseProbability, Method::DoublyRobust]
                [seed as usize % 3],
            control: [Control::NeverTreated, Control::NotYetTreated][seed as usize / 3 % 2],
            anticipation: (seed / 6 % 2) as i32,
            base: [BasePeriod::Varying, BasePeriod::Universal][seed as usize / 12],
            ..settings()
        };

        let CleanPanel { panel, .. } = clean(&panel, &options).unwrap();
        let everyone = vec![true; panel.units.len()];
        let average = PlainAverage::new(&panel, &panel.cohort, &everyone, &options).unwrap();
        let point = estimate(&panel, &options).unwrap().aggregate(Aggregation::Group).unwrap();
        close(average.estimate, point.overall.estimate, 1e-10);
        let inference = Inference::new(&[&average.dependence(&panel)], &panel, &options);
        let spread = point.overall.spread.unwrap();
        close(inference.errors[0].unwrap().0, spread.se, 1e-10);
        close(inference.errors[0].unwrap().1 / spread.df, 1.0, 1e-6);

        // Without the first cluster.
        let kept: Vec<bool> = panel.clusters.iter().map(|c| *c != 0).collect();
        let average = PlainAverage::new(&panel, &panel.cohort, &kept, &options).unwrap();
        let rest = panel.restrict(&kept, &vec![true; panel.periods.len()]);
        let point = estimate(&rest, &options).unwrap().aggregate(Aggregation::Group).unwrap();
        close(average.estimate, point.overall.estimate, 1e-10);
    }

    // What takes more than means is left to the cells.
    let panel = few(1, &[3; 4]);
    let values = (0..panel.units.len()).map(|u| (u % 4) as f64).collect();
    let adjusted = panel.with_covariate("x", values).unwrap();
    let everyone = vec![true; adjusted.units.len()];
    assert!(PlainAverage::new(&adjusted, &adjusted.cohort, &everyone, &settings()).is_none());
}

#[test]
fn an_outcome_that_does_not_vary_has_no_jackknife() {
    let mut panel = few(1, &[3; 6]);
    for (period, column) in panel.outcome.iter_mut().enumerate() {
        column.fill(0.1 * period as f64);
    }
    let error = jackknife(&panel, &settings()).unwrap_err();
    assert!(error.message().contains("ne varie pas"), "{error}");
}
