//! Against R's `did` on its own test panel.

use std::collections::BTreeMap;

use super::*;
use crate::tests::{close, rows};

#[test]
fn group_time_effects() {
    for ((control, covariate, method), expected) in cases("mpdta_attgt.csv") {
        let (options, tolerance) = options(&control, &method);
        let att = estimate(&panel(covariate == "lpop"), &options).unwrap();
        assert_eq!(att.cells.len(), expected.len());
        assert!(att.skipped.is_empty() && !att.cross_sections);
        for (cell, row) in att.cells.iter().zip(&expected) {
            assert_eq!(
                (cell.cohort.to_string(), cell.period.to_string()),
                (row[5].clone(), row[6].clone())
            );
            close(cell.estimate, number(&row[7]), tolerance);
            close(cell.se().unwrap(), number(&row[8]), tolerance);
        }
    }
}

#[test]
fn aggregations() {
    for ((control, covariate, method), expected) in cases("mpdta_aggte.csv") {
        let (options, tolerance) = options(&control, &method);
        let att = estimate(&panel(covariate == "lpop"), &options).unwrap();
        for row in expected {
            let kind = match row[5].as_str() {
                "simple" => Aggregation::Simple,
                "group" => Aggregation::Group,
                "calendar" => Aggregation::Calendar,
                "dynamic" => Aggregation::dynamic(),
                _ => Aggregation::Dynamic {
                    balance: Some(1),
                    min: i32::MIN,
                    max: i32::MAX,
                },
            };
            let answer = att.aggregate(kind).unwrap();
            close(answer.overall.estimate, number(&row[9]), tolerance);
            close(answer.overall.se().unwrap(), number(&row[10]), tolerance);
            if kind == Aggregation::Simple {
                assert!(answer.points.is_empty());
                continue;
            }
            let point = answer.points.iter().find(|p| p.label.to_string() == row[6]).unwrap();
            close(point.estimate, number(&row[7]), tolerance);
            close(point.se().unwrap(), number(&row[8]), tolerance);
        }
    }
}

#[test]
fn pre_trend_test() {
    for ((control, covariate, method), expected) in cases("mpdta_pretest.csv") {
        let (options, tolerance) = options(&control, &method);
        let test = estimate(&panel(covariate == "lpop"), &options).unwrap().pretest().unwrap();
        // The statistic multiplies errors of the estimates by about W/(2 se).
        close(test.statistic, number(&expected[0][5]), tolerance * 1e3);
        close(test.p_value, number(&expected[0][6]), 5.1e-6);
        assert_eq!((test.kind, test.contrasts), (TestKind::Wald, 5));
    }
}

#[test]
fn the_band_is_drawn_and_the_error_is_not() {
    let analytic = Options { bootstrap: None, ..Options::default() };
    let drawn = Options {
        bootstrap: Some(Bootstrap { draws: 25_000, seed: 1 }),
        ..analytic
    };
    let panel = panel(true);
    let (analytic, drawn) =
        (estimate(&panel, &analytic).unwrap(), estimate(&panel, &drawn).unwrap());

    for (k, (a, b)) in analytic.cells.iter().zip(&drawn.cells).enumerate() {
        let (a, spread) = (a.se().unwrap(), b.spread.unwrap());
        assert_eq!(a, spread.se);
        assert!(spread.band_lower < spread.lower && spread.upper < spread.band_upper);
        // Random signs over 131 counties add up to nearly a normal; over a cohort of 20, to a sum with lighter tails, whose
        // interquartile range overstates the standard error by up to 7 %, whatever the number of draws.
        let by_range = plain_bootstrap(&drawn.dependence[k].influence);
        close(by_range / a, 1.0, if b.treated > 100 { 0.05 } else { 0.08 });
    }

    // Twelve correlated cells: below Bonferroni's multiplier, above the pointwise one.
    assert!(drawn.critical_value > 2.5 && drawn.critical_value < analytic.critical_value);
}

/// The same standard error, by another generator and the definition alone.
fn plain_bootstrap(influence: &[f64]) -> f64 {
    let mut state = 88_172_645_463_325_252_u64;
    let mut draws: Vec<f64> = (0..25_000)
        .map(|_| {
            let signed = influence.iter().map(|v| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                if state >> 63 == 1 { *v } else { -*v }
            });
            signed.sum()
        })
        .collect();
    draws.sort_by(f64::total_cmp);
    (draws[18_749] - draws[6_249]) / 1.348_979_500_392_163_5
}

/// The panel of a variant, as the answers of `mpdta_variants.csv` were computed.
fn variant_panel(variant: &str) -> Panel {
    let all = rows("mpdta.csv");
    let observed = |r: &&Vec<String>| {
        let (county, year): (i64, i64) = (r[1].parse().unwrap(), r[0].parse().unwrap());
        (variant != "unbalanced" || (county * 7 + year * 3) % 17 != 0)
            && (variant != "no_never" || r[4] != "0")
    };
    let kept: Vec<&Vec<String>> = all[1..].iter().filter(observed).collect();
    let values: Vec<_> = kept
        .iter()
        .map(|r| (r[1].clone(), r[0].parse().unwrap(), number(&r[3])))
        .collect();

    let treated = kept.iter().filter(|r| r[4] != "0");
    let cohorts = treated.map(|r| (r[1].clone(), r[4].parse().unwrap())).collect();
    let population: BTreeMap<&String, f64> = kept.iter().map(|r| (&r[1], number(&r[2]))).collect();
    let panel = from_long(&values, &cohorts);
    let column: Vec<f64> = panel.units().iter().map(|u| population[u]).collect();
    let weights = column.iter().map(|x| x.exp()).collect();
    let panel = panel.with_covariate("lpop", column).unwrap();
    if variant == "weighted" {
        panel.weighted(weights).unwrap()
    } else {
        panel
    }
}

#[test]
fn variants() {
    for ((variant, control, method), expected) in cases("mpdta_variants.csv") {
        let (mut options, mut tolerance) = options(&control, &method);
        if method == "ipw" {
            (options.method, tolerance) = (Method::InverseProbability, 1e-8);
        }
        options.incomplete = Incomplete::CrossSections;
        options.anticipation = i32::from(variant == "anticipation");
        if ["universal", "anticipation"].contains(&variant.as_str()) {
            options.base = BasePeriod::Universal;
        }
        let att = estimate(&variant_panel(&variant), &options).unwrap();
        assert_eq!(att.cells.len(), expected.len(), "{variant}");
        assert_eq!(att.cross_sections, variant == "unbalanced");
        assert_eq!(att.stand_in, (variant == "no_never").then_some(2007));
        for (cell, row) in att.cells.iter().zip(&expected) {
            assert_eq!(
                (cell.cohort.to_string(), cell.period.to_string()),
                (row[3].clone(), row[4].clone())
            );
            close(cell.estimate, number(&row[5]), tolerance);
            if !row[6].is_empty() {
                close(cell.se().unwrap(), number(&row[6]), tolerance);
            }
        }
    }
}
