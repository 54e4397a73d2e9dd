//! Cells that a covariate must not lose, and the reasons of those that are lost.

use super::*;
use crate::tests::close;

/// 40 territories over 1–4: the first eight served from 3, the next four from 4, with a covariate.
fn panel(covariate: impl Fn(usize) -> f64) -> Panel {
    let cohort = |u: usize| match u {
        0..8 => Some(3),
        8..12 => Some(4),
        _ => None,
    };
    let value = |u: usize, t: i32| {
        let effect = if cohort(u).is_some_and(|g| t >= g) { 1.0 } else { 0.0 };
        let noise = f64::sin((31 * u + 17 * t as usize) as f64);
        Some(effect + covariate(u) * f64::from(t) + 0.2 * noise)
    };
    let outcome: Vec<Vec<Option<f64>>> =
        (0..40).map(|u| (1..=4).map(|t| value(u, t)).collect()).collect();
    Panel::new(
        (0..40).map(|u| format!("u{u:02}")).collect(),
        vec![1, 2, 3, 4],
        &outcome,
        (0..40).map(cohort).collect(),
    )
    .unwrap()
    .with_covariate("x", (0..40).map(covariate).collect())
    .unwrap()
}

fn options(method: Method) -> Options {
    Options {
        method,
        bootstrap: None,
        base: BasePeriod::Universal,
        ..Options::default()
    }
}

#[test]
fn a_cohort_whose_members_share_a_value_is_compared_with_the_controls_that_have_it() {
    // Cohort 3 has 1, cohort 4 has both, controls have both.
    let x = |u: usize| if u < 8 { 1.0 } else { f64::from(u8::from(u.is_multiple_of(2))) };
    let panel = panel(x);
    let change = |u: usize| panel.outcome[2][u] - panel.outcome[1][u];
    let mean = |units: &mut dyn Iterator<Item = usize>| {
        let changes: Vec<f64> = units.map(change).collect();
        changes.iter().sum::<f64>() / changes.len() as f64
    };
    let expected = mean(&mut (0..8)) - mean(&mut (12..40).step_by(2));

    for method in [Method::DoublyRobust, Method::InverseProbability, Method::OutcomeRegression] {
        let att = estimate(&panel, &options(method)).unwrap();
        assert!(att.skipped.is_empty(), "{method:?} : {:?}", att.skipped);
        let cell = att.cells.iter().find(|c| (c.cohort, c.period) == (3, 3)).unwrap();
        close(cell.estimate, expected, 1e-10);
    }
}

#[test]
fn a_covariate_that_does_not_vary_in_a_comparison_is_left_out_of_it() {
    // Only the third cohort, which the first is never compared with, has another value.
    let x = |u: usize| f64::from(u8::from((8..12).contains(&u)));
    let varied = panel(x);
    let mut plain = varied.clone();
    plain.covariates.clear();

    for method in [Method::DoublyRobust, Method::OutcomeRegression] {
        let att = estimate(&varied, &options(method)).unwrap();
        let expected = estimate(&plain, &options(method)).unwrap();
        let of_first = |att: &AttGt| -> Vec<f64> {
            att.cells.iter().filter(|c| c.cohort == 3).map(|c| c.estimate).collect()
        };
        assert_eq!(of_first(&att), of_first(&expected));
        // The third cohort is alone with its value: the reason says so.
        let reasons: BTreeSet<SkipReason> = att.skipped.iter().map(|s| s.reason).collect();
        let expected = match method {
            Method::OutcomeRegression => SkipReason::ControlsAlike,
            _ => SkipReason::NoOverlap,
        };
        assert_eq!(reasons, BTreeSet::from([expected]));
        assert!(att.skipped.iter().all(|s| s.cohort == 4));
    }
}

#[test]
fn when_all_is_lost_the_reasons_are_kept() {
    let x = |u: usize| f64::from(u8::from(u < 12));
    let error = estimate(&panel(x), &options(Method::DoublyRobust)).unwrap_err();
    assert!(error.message().contains(SkipReason::NoOverlap.reason()), "{error}");
    let error = estimate(&panel(x), &options(Method::OutcomeRegression)).unwrap_err();
    assert!(error.message().contains(SkipReason::ControlsAlike.reason()), "{error}");
}
