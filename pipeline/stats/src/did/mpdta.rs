//! Against R's `did` on its own test panel.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use super::*;
use crate::reference::{close, rows};

/// County teen employment, 2003–2007; with `lpop` as covariate if asked.
pub fn panel(covariate: bool) -> Panel {
    let (mut values, mut cohorts, mut population) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    for row in &rows("mpdta.csv")[1..] {
        let (unit, cohort) = (row[1].clone(), row[4].parse::<i32>().unwrap());
        values.push((
            unit.clone(),
            row[0].parse().unwrap(),
            row[3].parse().unwrap(),
        ));
        population.insert(unit.clone(), row[2].parse::<f64>().unwrap());
        if cohort > 0 {
            cohorts.insert(unit, cohort);
        }
    }
    let panel = Panel::from_long(&values, &cohorts).unwrap();
    if !covariate {
        return panel;
    }
    let column = panel.units().iter().map(|u| population[u]).collect();
    panel.with_covariate("lpop", column).unwrap()
}

fn options(control: &str, method: &str) -> (Options, f64) {
    let (method, tolerance) = match method {
        "reg" => (Method::OutcomeRegression, 1e-10),
        _ => (Method::DoublyRobust, 1e-8),
    };
    let control = if control == "nevertreated" {
        Control::NeverTreated
    } else {
        Control::NotYetTreated
    };
    (
        Options {
            method,
            control,
            bootstrap: None,
            ..Options::default()
        },
        tolerance,
    )
}

/// The rows of a reference file by `(control, covariate, method)`.
fn cases(file: &str) -> BTreeMap<(String, String, String), Vec<Vec<String>>> {
    let mut cases: BTreeMap<_, Vec<Vec<String>>> = BTreeMap::new();
    for row in rows(file).drain(1..) {
        cases
            .entry((row[0].clone(), row[1].clone(), row[2].clone()))
            .or_default()
            .push(row);
    }
    cases
}

fn number(text: &str) -> f64 {
    text.parse().unwrap()
}

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
            close(cell.se, number(&row[8]), tolerance);
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
            close(answer.overall.se, number(&row[10]), tolerance);
            if kind == Aggregation::Simple {
                assert!(answer.points.is_empty());
                continue;
            }
            let point = answer
                .points
                .iter()
                .find(|p| p.label.to_string() == row[6])
                .unwrap();
            close(point.estimate, number(&row[7]), tolerance);
            close(point.se, number(&row[8]), tolerance);
        }
    }
}

#[test]
fn pre_trend_test() {
    for ((control, covariate, method), expected) in cases("mpdta_pretest.csv") {
        let (options, tolerance) = options(&control, &method);
        let test = estimate(&panel(covariate == "lpop"), &options)
            .unwrap()
            .pretest()
            .unwrap();
        // The statistic multiplies errors of the estimates by about W/(2 se).
        close(test.statistic, number(&expected[0][5]), tolerance * 1e3);
        close(test.p_value, number(&expected[0][6]), 5.1e-6);
        assert_eq!(test.df, 5);
    }
}

#[test]
fn bootstrap_standard_errors() {
    let analytic = Options {
        bootstrap: None,
        ..Options::default()
    };
    let drawn = Options {
        bootstrap: Some(Bootstrap {
            draws: 25_000,
            seed: 1,
        }),
        ..analytic
    };
    let panel = panel(true);
    let (analytic, drawn) = (
        estimate(&panel, &analytic).unwrap(),
        estimate(&panel, &drawn).unwrap(),
    );
    // A small cohort and a large one, by the definition alone.
    for cell in [2, 11] {
        close(
            drawn.cells[cell].se / plain_bootstrap(&drawn.influence[cell]),
            1.0,
            0.03,
        );
    }
    for (a, b) in analytic.cells.iter().zip(&drawn.cells) {
        // Random signs over 131 counties add up to nearly a normal; over a cohort of 20, to a sum with lighter tails, whose
        // interquartile range overstates the standard error by up to 7 %, whatever the number of draws.
        close(b.se / a.se, 1.0, if a.treated > 100 { 0.03 } else { 0.08 });
        assert!(b.band_lower < b.lower && b.upper < b.band_upper);
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
    let cohorts = treated
        .map(|r| (r[1].clone(), r[4].parse().unwrap()))
        .collect();
    let population: BTreeMap<&String, f64> = kept.iter().map(|r| (&r[1], number(&r[2]))).collect();
    let panel = Panel::from_long(&values, &cohorts).unwrap();
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
        options.anticipation = i32::from(variant == "anticipation");
        if ["universal", "anticipation"].contains(&variant.as_str()) {
            options.base = Base::Universal;
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
                close(cell.se, number(&row[6]), tolerance);
            }
        }
    }
}

#[test]
fn robust_intervals() {
    let options = Options {
        base: Base::Universal,
        bootstrap: None,
        ..Options::default()
    };
    let study = estimate(&panel(false), &options)
        .unwrap()
        .aggregate(Aggregation::dynamic())
        .unwrap();
    for row in &rows("mpdta_honest.csv")[1..] {
        let target = row[0]
            .parse()
            .map_or(honest::Target::Average, honest::Target::At);
        let answer = study.honest(target, &[number(&row[1])]).unwrap().robust[0].interval;
        let (lower, upper) = (number(&row[2]), number(&row[3]));
        // The reference minimises by a generic solver: ours may be shorter, by little, and centred a little aside.
        close((answer.upper - answer.lower) / (upper - lower), 1.0, 1e-4);
        assert!(answer.upper - answer.lower <= (upper - lower) * (1.0 + 1e-6));
        close(answer.lower, lower, 2e-4);
        close(answer.upper, upper, 2e-4);
    }
    // About an average of the same effects, the answer is the same whether it is given as one or taken apart.
    let served = study.points.iter().filter(|p| p.label >= 0).count() as f64;
    let even = study
        .points
        .iter()
        .filter(|p| p.label >= 0)
        .map(|p| (p.label, 1.0 / served))
        .collect();
    let grid = [0.0, 0.01, 0.05];
    let apart = study.honest(honest::Target::Average, &grid).unwrap();
    let whole = study.honest_about(&study, &even, &grid).unwrap();
    for (a, b) in apart.robust.iter().zip(&whole.robust) {
        close(a.interval.estimate, b.interval.estimate, 1e-9);
        close(a.interval.lower, b.interval.lower, 1e-9);
        close(a.interval.upper, b.interval.upper, 1e-9);
    }
    // The average by cohort is another one: its weights favour the first periods, and they are weights.
    let att = estimate(&panel(false), &options).unwrap();
    let group = att.aggregate(Aggregation::Group).unwrap();
    let durations = att.durations();
    close(durations.values().sum::<f64>(), 1.0, 1e-12);
    assert!(durations[&0] > durations[&3]);
    let answer = study.honest_about(&group, &durations, &grid).unwrap();
    close(answer.original.estimate, group.overall.estimate, 1e-12);
    close(
        answer.original.upper - answer.original.estimate,
        1.959_963_984_540_054 * group.overall.se,
        1e-9,
    );
    let varying = estimate(
        &panel(false),
        &Options {
            base: Base::Varying,
            ..options
        },
    )
    .unwrap();
    assert!(
        varying
            .aggregate(Aggregation::dynamic())
            .unwrap()
            .honest(honest::Target::Average, &[0.0])
            .is_err()
    );
}

#[test]
fn placebo_date_is_the_estimation_on_earlier_data_with_an_earlier_date() {
    let options = Options {
        bootstrap: None,
        base: Base::Universal,
        ..Options::default()
    };
    let panel = panel(false);
    let placebo = pretest::placebo(&panel, &options, 2).unwrap();
    // Cohort 2007 as if served in 2005, on 2003–2006; cohort 2006 as if in 2004, on 2003–2005; cohort 2004 drops out.
    let early = |cohort: i32| {
        let keep: Vec<bool> = panel
            .cohort
            .iter()
            .map(|c| c.is_none_or(|g| g == cohort))
            .collect();
        let periods: Vec<bool> = panel.periods.iter().map(|p| *p < cohort).collect();
        let mut panel = panel.restrict(&keep, &periods);
        panel.cohort.iter_mut().flatten().for_each(|g| *g -= 2);
        estimate(&panel, &options).unwrap()
    };
    let (one, two) = (early(2006), early(2007));
    let effect = |att: &AttGt, cohort: i32, t: i32| {
        att.cells
            .iter()
            .find(|c| c.cohort == cohort - 2 && c.period == t)
            .unwrap()
            .estimate
    };
    let expected = (40.0 * effect(&one, 2006, 2004) + 131.0 * effect(&two, 2007, 2005)) / 171.0;
    close(
        placebo
            .points
            .iter()
            .find(|p| p.label == -2)
            .unwrap()
            .estimate,
        expected,
        1e-12,
    );
    assert_eq!(placebo.points.len(), 2);
    assert!(pretest::placebo(&panel, &options, 0).is_err());
}

#[test]
fn copies_in_one_cluster_add_nothing() {
    let options = Options {
        bootstrap: None,
        ..Options::default()
    };
    let single = estimate(&panel(true), &options).unwrap();
    // Every county three times over, each trio one cluster: nothing more is known.
    let all = rows("mpdta.csv");
    let (mut values, mut cohorts, mut labels, mut population) = (
        Vec::new(),
        BTreeMap::new(),
        BTreeMap::new(),
        BTreeMap::new(),
    );
    for row in &all[1..] {
        for copy in 0..3 {
            let unit = format!("{}-{copy}", row[1]);
            values.push((unit.clone(), row[0].parse().unwrap(), number(&row[3])));
            labels.insert(unit.clone(), row[1].clone());
            population.insert(unit.clone(), number(&row[2]));
            if row[4] != "0" {
                cohorts.insert(unit, row[4].parse().unwrap());
            }
        }
    }
    let tripled = Panel::from_long(&values, &cohorts).unwrap();
    let tripled = tripled
        .clustered(&labels.into_values().collect::<Vec<_>>())
        .unwrap();
    let tripled = tripled
        .with_covariate("lpop", population.into_values().collect())
        .unwrap();
    let clustered = estimate(&tripled, &options).unwrap();
    assert_eq!((clustered.units, clustered.clusters), (1500, 500));
    for (a, b) in single.cells.iter().zip(&clustered.cells) {
        close(b.estimate, a.estimate, 1e-10);
        close(b.se, a.se, 1e-10);
    }
    let (one, three) = (
        single.aggregate(Aggregation::Simple).unwrap(),
        clustered.aggregate(Aggregation::Simple).unwrap(),
    );
    close(three.overall.se, one.overall.se, 1e-10);
    close(
        clustered.pretest().unwrap().statistic,
        single.pretest().unwrap().statistic,
        1e-6,
    );
}

#[test]
fn lists_who_is_set_aside() {
    let mut panel = panel(false);
    panel.cohort[0] = Some(2003);
    panel.outcome[2][5] = f64::NAN;
    let options = Options {
        bootstrap: None,
        incomplete: Incomplete::Drop,
        ..Options::default()
    };
    let att = estimate(&panel, &options).unwrap();
    assert_eq!(
        (att.always_treated.clone(), att.incomplete.clone()),
        (vec![panel.units[0].clone()], vec![panel.units[5].clone()])
    );
    assert_eq!((att.units, att.cross_sections), (498, false));
    assert!(
        estimate(
            &panel,
            &Options {
                incomplete: Incomplete::Use,
                ..options
            }
        )
        .unwrap()
        .cross_sections
    );
    panel.cohort.fill(Some(2006));
    assert!(estimate(&panel, &options).is_err());
    panel.cohort.fill(None);
    assert!(estimate(&panel, &options).is_err());
}
