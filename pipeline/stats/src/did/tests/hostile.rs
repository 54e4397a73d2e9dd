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
