//! What no caller should give: an error or nothing, never a panic, an endless loop or a number that is none.

use super::*;

/// Six territories, two of them served from period 3 on, over four periods, with some noise or none.
fn small(noise: f64) -> Panel {
    let value = |u: usize, t: i32| {
        let served = if u < 2 && t >= 3 { 5.0 } else { 0.0 };
        Some(u as f64 + f64::from(t) + served + noise * f64::sin((7 * u + 3 * t as usize) as f64))
    };
    let outcome: Vec<Vec<Option<f64>>> =
        (0..6).map(|u| (1..=4).map(|t| value(u, t)).collect()).collect();
    let cohorts = (0..6).map(|u| (u < 2).then_some(3)).collect();
    Panel::new((0..6).map(|u| u.to_string()).collect(), vec![1, 2, 3, 4], &outcome, cohorts)
        .unwrap()
}

fn universal() -> Options {
    Options {
        base: BasePeriod::Universal,
        ..Options::default()
    }
}

#[test]
fn a_sensitivity_without_variance_ends() {
    let study = |noise| estimate(&small(noise), &universal())?.aggregate(Aggregation::dynamic());
    let bounds = |noise| study(noise).unwrap().honest(honest::Target::Average, &[0.0, 0.1]);
    assert!(bounds(0.0).is_err());
    assert!(bounds(0.1).unwrap().breakdown.is_some_and(f64::is_finite));

    let study = study(0.1).unwrap();
    let bounds = |e| study.honest_about(&study, &BTreeMap::from([(e, 1.0)]), &[0.0]);
    assert!(bounds(i32::MAX).is_err());
    assert!(bounds(0).is_ok());
}

#[test]
fn the_reference_period_has_no_p_value() {
    let study = estimate(&small(0.1), &universal()).unwrap();
    let study = study.aggregate(Aggregation::dynamic()).unwrap();
    let p = |e| study.points.iter().find(|p| p.label == e).unwrap().p_value();
    assert_eq!(p(-1), None);
    assert!(p(0).is_some_and(|p| p < 0.05));
}

/// Six territories over four periods, two of them served from period 3 on, in these clusters.
fn in_clusters(labels: [&str; 6]) -> Panel {
    small(0.1).clustered(&labels.map(str::to_owned)).unwrap()
}

#[test]
fn an_error_of_zero_is_no_certainty() {
    use Unmeasured::{Constant, OneControlCluster, OneTreatedCluster};

    for small_sample in [false, true] {
        let options = Options { small_sample, ..universal() };
        let overall = |panel: &Panel| {
            let att = estimate(panel, &options).unwrap();
            assert!(att.cells.iter().all(|c| c.se().is_none_or(|se| se > 0.01)));
            att.aggregate(Aggregation::Group).unwrap().overall
        };
        let cases = [
            (small(0.0), Some(Constant)),
            (in_clusters(["a"; 6]), Some(OneTreatedCluster)),
            (in_clusters(["a", "a", "b", "b", "b", "b"]), Some(OneTreatedCluster)),
            (in_clusters(["a", "b", "c", "c", "c", "c"]), Some(OneControlCluster)),
            (in_clusters(["a", "b", "c", "c", "d", "d"]), None),
        ];
        for (panel, reason) in cases {
            let overall = overall(&panel);
            assert_eq!(overall.spread.err(), reason);
            assert!((overall.estimate - 5.0).abs() < 0.5);
            assert_eq!(overall.p_value().is_none(), reason.is_some());
        }
    }
}

#[test]
fn cohorts_of_one_have_no_error_but_their_average_has_and_no_test_leans_on_them() {
    // Three cohorts of one territory each.
    let mut panel = small(0.1);
    panel.cohort = vec![Some(2), Some(3), Some(4), None, None, None];
    for small_sample in [false, true] {
        let att = estimate(&panel, &Options { small_sample, ..universal() }).unwrap();
        let measured = att.cells.iter().filter(|c| c.spread.is_ok()).count();
        assert_eq!(measured, 0);
        assert!(att.pretest().is_none());

        let group = att.aggregate(Aggregation::Group).unwrap();
        assert!(group.points.iter().all(|p| p.spread == Err(Unmeasured::OneTreatedCluster)));
        let spread = group.overall.spread.unwrap();
        assert!(spread.se > 0.01);
        // At the longest and the shortest distances one cohort is alone: the average over distances would hide its variance.
        let study = att.aggregate(Aggregation::dynamic()).unwrap();
        assert_eq!(study.overall.spread, Err(Unmeasured::OneTreatedCluster));
        assert!(study.points.iter().any(|p| p.spread.is_ok()));
    }
}

#[test]
fn settings_out_of_range_are_refused() {
    let panel = small(0.1);
    for shift in [i32::MIN, 0, 3, 1_000_000_000, i32::MAX] {
        assert!(pretest::placebo(&panel, &universal(), shift).is_err(), "{shift}");
    }
    for anticipation in [i32::MIN, -1, 4, i32::MAX] {
        assert!(estimate(&panel, &Options { anticipation, ..universal() }).is_err());
    }
    for level in [f64::NAN, 0.0, 1.0, 2.0, f64::NEG_INFINITY] {
        assert!(estimate(&panel, &Options { level, ..universal() }).is_err());
        assert!(naive::before_after(&panel, level).is_err());
        assert!(naive::two_way_fixed_effects(&panel, level).is_err());
    }
    for draws in [0, usize::MAX] {
        let bootstrap = Some(Bootstrap { draws, seed: 1 });
        assert!(estimate(&panel, &Options { bootstrap, ..universal() }).is_err());
    }

    let att = estimate(&panel, &universal()).unwrap();
    for balance in [i32::MIN, i32::MAX] {
        for (min, max) in [(i32::MIN, i32::MAX), (i32::MAX, i32::MIN)] {
            let window = Aggregation::Dynamic { balance: Some(balance), min, max };
            assert!(att.aggregate(window).is_err(), "{window:?}");
        }
    }
}
