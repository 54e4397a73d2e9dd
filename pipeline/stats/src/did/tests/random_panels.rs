//! Thousands of random panels with gaps, constants, copies, clusters of any shape, cohorts of one: every answer is a number with
//! an error above zero, or a reason that is true.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::*;
use crate::did::imputation::imputation;
use crate::did::leave_out::{jackknife, leave_one_out, randomisation};

/// What random panels are drawn with.
struct Draw(ChaCha8Rng);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        (self.0.next_u64() % bound as u64) as usize
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn among<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    fn value(&mut self) -> f64 {
        self.below(2_000_001) as f64 / 1e6 - 1.0
    }

    /// An outcome: noise, a constant, whole numbers, very large or very small ones.
    fn outcome(&mut self, units: usize, periods: usize) -> Vec<Vec<Option<f64>>> {
        let kind = self.below(6);
        let holes = self.among(&[0, 0, 3, 10]);
        (0..units)
            .map(|u| {
                let one = |t: usize, draw: &mut Draw| match kind {
                    0 => 7.0,
                    1 => draw.below(2) as f64,
                    2 => 1e9 + draw.value(),
                    3 => 1e-9 * draw.value(),
                    4 => t as f64 + u as f64,
                    _ => draw.value(),
                };
                (0..periods)
                    .map(|t| (holes == 0 || !self.one_in(holes)).then(|| one(t, self)))
                    .collect()
            })
            .collect()
    }

    fn panel(&mut self) -> Option<Panel> {
        let (units, count) = (self.among(&[2, 3, 5, 8, 20, 40]), 2 + self.below(6));
        let mut periods: Vec<i32> = (1..=count as i32).collect();
        if self.one_in(4) {
            periods.iter_mut().skip(2).for_each(|t| *t += 2);
        }
        let outcome = self.outcome(units, count);
        let never = 1 + self.below(3);
        let cohorts = (0..units)
            .map(|_| (!self.one_in(never)).then(|| self.below(count + 4) as i32 - 1))
            .collect();
        let names = (0..units).map(|u| format!("u{u}")).collect();
        let mut panel = Panel::new(names, periods, &outcome, cohorts).unwrap();

        let groups = self.among(&[1, 2, 3, units]);
        if self.one_in(2) {
            let labels: Vec<String> = (0..units).map(|_| self.below(groups).to_string()).collect();
            panel = panel.clustered(&labels).unwrap();
        }
        if self.one_in(2) {
            let span = self.among(&[0, 2, 30]);
            let weights = (0..units).map(|_| 10_f64.powi(self.below(span + 1) as i32)).collect();
            panel = panel.weighted(weights).unwrap();
        }
        for _ in 0..self.below(3) {
            let levels = self.among(&[2, 3, 1000]);
            let values = (0..units).map(|_| self.below(levels) as f64).collect();
            panel = panel.with_covariate("x", values).ok()?;
        }
        Some(panel)
    }

    fn options(&mut self) -> Options {
        use Method::{DoublyRobust, InverseProbability, OutcomeRegression};
        Options {
            method: self.among(&[OutcomeRegression, InverseProbability, DoublyRobust]),
            control: self.among(&[Control::NeverTreated, Control::NotYetTreated]),
            anticipation: self.among(&[0, 0, 1]),
            base: self.among(&[BasePeriod::Varying, BasePeriod::Universal]),
            incomplete: self.among(&[
                Incomplete::Pairs,
                Incomplete::CrossSections,
                Incomplete::Drop,
            ]),
            level: 0.95,
            bootstrap: self.among(&[None, Some(Bootstrap { draws: 50, seed: 1 })]),
            small_sample: self.one_in(2),
            threads: 1,
        }
    }
}

/// A number, and an error above zero where there is one.
fn check(estimate: f64, spread: Result<Spread, Unmeasured>, panel: &Panel) {
    assert!(estimate.is_finite());
    match spread {
        Ok(s) => {
            let limits = [s.se, s.lower, s.upper, s.band_lower, s.band_upper];
            assert!(limits.iter().all(|x| x.is_finite()), "{s:?}");
            assert!(s.se > 1e-12 * panel.largest_outcome() && s.df >= 1.0, "{s:?}");
            assert!(s.band_lower <= s.lower && s.upper <= s.band_upper, "{s:?}");
        }
        Err(Unmeasured::Reference) => assert_eq!(estimate, 0.0),
        Err(_) => {}
    }
}

/// Whether a cell that was skipped for want of units wants them indeed.
fn check_reason(cell: &SkippedCell, att: &AttGt, panel: &Panel) {
    let covariates = !panel.covariates.is_empty();
    match cell.reason {
        SkipReason::NoTreated | SkipReason::NoControls => {
            assert!(
                !panel.is_complete() || att.options.control == Control::NotYetTreated,
                "{cell:?}"
            );
        }
        SkipReason::TooFewControls | SkipReason::ControlsAlike => {
            assert!(covariates && att.options.method != Method::InverseProbability, "{cell:?}");
        }
        SkipReason::NoOverlap | SkipReason::NoPropensity => {
            assert!(covariates && att.options.method != Method::OutcomeRegression, "{cell:?}");
        }
    }
}

fn check_all(att: &AttGt, panel: &Panel) {
    for cell in &att.cells {
        check(cell.estimate, cell.spread, panel);
    }
    att.skipped.iter().for_each(|cell| check_reason(cell, att, panel));

    let kinds = [
        Aggregation::Simple,
        Aggregation::Group,
        Aggregation::dynamic(),
        Aggregation::Calendar,
    ];
    for aggregate in kinds.into_iter().filter_map(|kind| att.aggregate(kind).ok()) {
        for point in aggregate.points.iter().chain([&aggregate.overall]) {
            check(point.estimate, point.spread, panel);
            assert!(point.p_value().is_none_or(|p| (0.0..=1.0).contains(&p)));
        }
        let tests = [aggregate.joint_test(|_| true), att.pretest()];
        assert!(tests.iter().flatten().all(|t| (0.0..=1.0).contains(&t.p_value)));

        for target in [honest::Target::Average, honest::Target::At(0)] {
            if let Ok(bounds) = aggregate.honest(target, &[0.0, 0.1]) {
                let ends = bounds.robust.iter().flat_map(|r| [r.interval.lower, r.interval.upper]);
                assert!(ends.chain(bounds.breakdown).all(f64::is_finite), "{bounds:?}");
            }
        }
    }
}

/// What stands beside the estimate: trends, other roads, other samples.
fn check_beside(att: &AttGt, panel: &Panel, seed: u64) {
    let (Ok(group), Ok(study)) =
        (att.aggregate(Aggregation::Group), att.aggregate(Aggregation::dynamic()))
    else {
        return;
    };
    let durations = att.durations();
    if let Ok(slope) = study.detectable_slope(0.8, &durations) {
        assert!(slope.slope > 0.0 && slope.bias.is_finite(), "{slope:?}");
    }
    if let Ok(bounds) = study.relative_magnitudes(&group, &durations, &[1.0]) {
        assert!(bounds.breakdown >= 0.0 && bounds.robust[0].interval.upper.is_finite());
    }
    assert!(group.overall.detectable(0.95, 0.8).is_none_or(|effect| effect > 0.0));
    for side in [group.treated, group.controls] {
        assert!(
            side.effective <= side.clusters as f64 + 1e-9 && side.largest <= 1.0 + 1e-9,
            "{side:?}"
        );
    }

    if let Ok(imputed) = imputation(panel, &att.options) {
        for point in imputed.points.iter().chain([&imputed.overall]) {
            check(point.estimate, point.spread, panel);
        }
    }
    if seed.is_multiple_of(20) {
        for row in leave_one_out(panel, &att.options).unwrap() {
            assert!(row.estimate.is_none_or(f64::is_finite) && !row.units.is_empty());
        }
        if let Ok(error) = jackknife(panel, &att.options) {
            assert!(error.is_finite());
        }
        if let Ok(test) = randomisation(panel, &att.options, 5, seed) {
            assert!(test.p_value > 0.0 && test.p_value <= 1.0);
        }
    }
}

#[test]
fn no_panel_panics_loops_or_is_told_with_a_number_that_is_none() {
    let (mut estimated, mut refused) = (0, 0);
    for seed in 0..2000 {
        let mut draw = Draw(ChaCha8Rng::seed_from_u64(seed));
        let (Some(panel), options) = (draw.panel(), draw.options()) else {
            continue;
        };
        let naive = [naive::before_after(&panel, 0.95), naive::two_way_fixed_effects(&panel, 0.95)];
        for point in naive.into_iter().flatten() {
            assert!(point.estimate.is_finite(), "{seed}");
            assert!(point.spread.is_ok_and(|s| s.se > 0.0) || point.spread.is_err(), "{seed}");
        }
        match estimate(&panel, &options) {
            Ok(att) => {
                check_all(&att, &panel);
                check_beside(&att, &panel, seed);
                estimated += 1;
            }
            Err(error) => {
                assert!(!error.message().is_empty());
                refused += 1;
            }
        }
    }
    assert!(estimated > 500 && refused > 100, "{estimated} {refused}");
}
