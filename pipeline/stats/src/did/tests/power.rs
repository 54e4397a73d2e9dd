//! Power: what the data could have shown, against panels that hold just that.

use super::monte_carlo::few;
use super::*;
use crate::tests::close;

fn settings() -> Options {
    Options {
        base: BasePeriod::Universal,
        small_sample: true,
        threads: 1,
        ..Options::default()
    }
}

/// The same panel with `more(event time)` added to those served.
fn with_effect(mut panel: Panel, more: impl Fn(i32) -> f64) -> Panel {
    for (column, period) in panel.outcome.iter_mut().zip(&panel.periods) {
        for (value, cohort) in column.iter_mut().zip(&panel.cohort) {
            *value += cohort.map_or(0.0, |g| more(period - g));
        }
    }
    panel
}

#[test]
fn an_effect_of_the_detectable_size_is_found_as_often_as_said() {
    let (mut found, mut size) = (0, 0.0);
    const SEEDS: u64 = 150;
    for seed in 0..SEEDS {
        let group = |panel: &Panel| {
            estimate(panel, &settings()).unwrap().aggregate(Aggregation::Group).unwrap()
        };
        size += group(&few(seed, &[3; 15])).overall.detectable(0.95, 0.8).unwrap() / SEEDS as f64;
    }
    for seed in 0..SEEDS {
        let panel = with_effect(few(seed, &[3; 15]), |e| if e >= 0 { size } else { 0.0 });
        let overall = estimate(&panel, &settings())
            .unwrap()
            .aggregate(Aggregation::Group)
            .unwrap()
            .overall;
        found += u32::from(overall.p_value().unwrap() < 0.05);
    }
    close(f64::from(found) / SEEDS as f64, 0.8, 0.1);
}

#[test]
fn a_trend_of_the_detectable_slope_is_found_as_often_as_said_and_its_bias_is_what_it_adds() {
    const SEEDS: u64 = 120;
    let study = |panel: &Panel| {
        let att = estimate(panel, &settings()).unwrap();
        (att.aggregate(Aggregation::dynamic()).unwrap(), att)
    };
    let (mut slope, mut found) = (0.0, 0);
    for seed in 0..SEEDS {
        let (study, att) = study(&few(seed, &[3; 15]));
        let detectable = study.detectable_slope(0.8, &att.durations()).unwrap();
        slope += detectable.slope / SEEDS as f64;

        let tilted = with_effect(few(seed, &[3; 15]), |e| detectable.slope * f64::from(e + 1));
        let overall = |panel: &Panel| {
            estimate(panel, &settings())
                .unwrap()
                .aggregate(Aggregation::Group)
                .unwrap()
                .overall
                .estimate
        };
        if seed == 0 {
            close(overall(&tilted) - overall(&few(seed, &[3; 15])), detectable.bias, 1e-9);
        }
    }
    for seed in 0..SEEDS {
        let (study, _) = study(&with_effect(few(seed, &[3; 15]), |e| slope * f64::from(e + 1)));
        found += u32::from(study.joint_test(|e| e < 0).unwrap().p_value < 0.05);
    }
    close(f64::from(found) / SEEDS as f64, 0.8, 0.12);
}

#[test]
fn power_out_of_range_is_refused() {
    let att = estimate(&few(1, &[3; 10]), &settings()).unwrap();
    let study = att.aggregate(Aggregation::dynamic()).unwrap();
    for power in [f64::NAN, 0.0, 0.05, 1.0] {
        assert!(study.detectable_slope(power, &att.durations()).is_err());
    }
    assert!(study.overall.detectable(f64::NAN, 0.8).is_none());
    assert!(study.overall.detectable(0.95, 1.0).is_none());
    let group = att.aggregate(Aggregation::Group).unwrap();
    assert!(group.detectable_slope(0.8, &att.durations()).is_err());
    // More power needs more slope.
    let slope = |power| study.detectable_slope(power, &att.durations()).unwrap().slope;
    assert!(slope(0.5) < slope(0.8));
}
