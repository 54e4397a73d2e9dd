//! The estimates of the causal chapter, outcome by outcome, from the two raw panels. What leaves are rows of estimates,
//! each with the territories and people behind it.

use super::average::{Measured, POWER, average_row};
use super::design::{Design, Inconclusive, TerritoryRole};
use super::few_clusters::few_clusters;
use super::for_whom::for_whom;
use super::measurements::Measurements;
use super::outcome::{OUTCOMES, Step};
use super::rows::{
    AverageEffect, Backed, EffectByDistance, EstimateTables, NaiveEffect, TrendChecks,
    TrendSensitivity, add,
};
use super::set_aside::{Exclusion, cells, sample};
use super::surroundings::{neighbour_effect, no_neighbours, other_measures, too_few};
use super::variants::variants;
use base::error::Result;
use base::table::RawTable;
use stats::did::honest::TrendSensitivity as HonestBounds;
use stats::did::power::DetectableSlope;
use stats::did::{
    Aggregate, Aggregation, AttGt, BasePeriod, Bootstrap, Options, Panel, PointEstimate, Spread,
    Unmeasured, estimate, naive, pretest,
};
use stats::multiple::benjamini_hochberg;

/// French name of the estimate that is retained.
const RETAINED: &str = "Retenue : pondérée par les personnes";

/// Years of an event study on each side of the first tour.
pub const WINDOW_YEARS: i32 = 2;

/// Everything that leaves, table by table.
#[derive(Debug, Clone, Default)]
pub struct Effects {
    /// Rows of each table.
    pub tables: EstimateTables,
    /// Why there are no effects among them.
    pub absence: Option<Inconclusive>,
}

/// The settings of the estimate that is retained, on `threads` threads.
pub fn options(threads: usize) -> Options {
    Options {
        base: BasePeriod::Universal,
        small_sample: true,
        // One seed for all: its chance is in every band, so the draws are many.
        bootstrap: Some(Bootstrap { draws: 10_000, seed: 20_231_024 }),
        threads,
        ..Options::default()
    }
}

/// All estimates, or only the list of territories and the reason where there are too few to conclude.
///
/// # Errors
/// A column that is missing from a query that was changed.
pub fn estimate_effects(
    design: &Design,
    territoires: &RawTable,
    delays: &RawTable,
    threads: usize,
) -> Result<Effects> {
    let mut effects = Effects::default();
    add(&mut effects.tables, sample(design));
    add(&mut effects.tables, other_measures(design));
    effects.absence = design.inconclusive();
    if effects.absence.is_some() {
        return Ok(effects);
    }

    let nearby = design.of_neighbours();
    let alone = nearby.inconclusive().map(too_few);
    let (mut averages, mut excluded) = (Vec::new(), Vec::new());
    if let Some(reason) = alone {
        let count = nearby.count(TerritoryRole::Served).0;
        excluded.push(no_neighbours(count, reason).row(OUTCOMES[0]));
    }
    for outcome in OUTCOMES {
        let panel = match outcome.step {
            Step::Quarter => territoires,
            Step::HalfYear => delays,
        };
        let m = Measurements::read(outcome, design, panel)?;

        // An outcome that was not delivered, or too poorly, is left out and listed; the others stand.
        let left_out = match estimate_outcome(&m, design, &options(threads), &mut effects.tables) {
            Ok((average, left_out)) => {
                averages.push(average);
                left_out
            }
            Err(error) => vec![Exclusion {
                kind: "indicateur",
                variant: RETAINED.into(),
                what: "Indicateur entier".into(),
                reason: error.message().to_string(),
                count: m.units(),
            }],
        };
        excluded.extend(left_out.into_iter().map(|e| e.row(outcome)));

        if alone.is_none() {
            let m = Measurements::read(outcome, &nearby, panel)?;
            match neighbour_effect(&m, &options(threads)) {
                Ok(row) => add(&mut effects.tables, [row]),
                Err(error) => {
                    excluded.push(no_neighbours(m.units(), error.message()).row(outcome));
                }
            }
        }
    }

    let (parts, apart) = for_whom(design, territoires, &options(threads))?;
    add(&mut effects.tables, parts);
    excluded.extend(apart.into_iter().map(|e| e.row(OUTCOMES[0])));
    add(&mut effects.tables, excluded);

    if averages.is_empty() {
        effects.absence = Some(Inconclusive::Estimation);
        return Ok(effects);
    }

    add(&mut effects.tables, with_adjusted_p(averages));
    Ok(effects)
}

/// The average effect of an outcome: the one retained, its p-value, its variants.
struct OutcomeAverage {
    retained: Backed<AverageEffect>,
    p: f64,
    variants: Vec<Backed<AverageEffect>>,
}

/// The rows of all outcomes; the retained ones say their p-value, adjusted for the number of outcomes examined.
fn with_adjusted_p(averages: Vec<OutcomeAverage>) -> Vec<Backed<AverageEffect>> {
    let p: Vec<f64> = averages.iter().map(|a| a.p).collect();
    let adjusted = benjamini_hochberg(&p);

    let mut rows = Vec::new();
    for (mut average, p) in averages.into_iter().zip(adjusted) {
        average.retained.row.adjusted_p = Some(p);
        rows.push(average.retained);
        rows.extend(average.variants);
    }

    rows
}

/// Estimates one outcome: its average, and what was left out. Its other rows go to `tables`, if it could be estimated.
fn estimate_outcome(
    m: &Measurements<'_>,
    design: &Design,
    options: &Options,
    tables: &mut EstimateTables,
) -> stats::Result<(OutcomeAverage, Vec<Exclusion>)> {
    let outcome = m.outcome;
    let panel = m.panel(true)?;
    let att = estimate(&panel, options)?;
    let group = att.aggregate(Aggregation::Group)?;
    let retained = Measured::new(group.overall)?;

    let mut excluded = cells(outcome, RETAINED, &att);
    excluded.extend(left_out(m, design, &att));
    let (variants, more) = variants(m, &panel, options, &att)?;
    excluded.extend(more);

    let window = WINDOW_YEARS * outcome.step.per_year();
    let study = att.aggregate(Aggregation::Dynamic { balance: None, min: -window, max: window })?;

    // About the average that is printed, not about that of the event study, which counts every distance alike.
    let durations = att.durations();
    let limits = TrendLimits {
        honest: study.honest_about(&group, &durations, &outcome.grid).ok(),
        multiple: study.relative_magnitudes(&group, &durations, &[]).ok().map(|r| r.breakdown),
        slope: study.detectable_slope(POWER, &durations).ok(),
    };

    add(tables, by_distance(m, &study));
    add(tables, [trend_checks(m, &panel, options, &study, &limits)]);
    add(tables, sensitivity(m, &retained, limits.honest.as_ref()));
    add(tables, naive_effects(m, &panel, options, &retained));
    // The checks redo the estimation hundreds of times: for the outcome that the measure is about.
    if outcome.code == OUTCOMES[0].code {
        add(tables, few_clusters(m, &panel, options, &retained, &group));
        add(tables, m.balance());
    }

    let average = OutcomeAverage {
        retained: average_row(m, ("retenue", RETAINED.into()), &retained, &att),
        p: retained.point.p_value().unwrap_or(f64::NAN),
        variants,
    };

    Ok((average, excluded))
}

/// Territories that the retained estimate leaves out: always served in this panel, or without anyone to weigh them by.
fn left_out(m: &Measurements<'_>, design: &Design, att: &AttGt) -> Vec<Exclusion> {
    let mut excluded = Vec::new();

    if !att.always_treated.is_empty() {
        let known = |id: &String| design.territoires.get(id).map(|t| t.name.clone());
        let ids = att.always_treated.iter();
        let names: Vec<String> = ids.map(|id| known(id).unwrap_or_else(|| id.clone())).collect();
        excluded.push(Exclusion {
            kind: "toujours_servis",
            variant: RETAINED.into(),
            what: names.join(", "),
            reason: "desservis dès la première période de ce panel".into(),
            count: names.len(),
        });
    }

    if !m.unweighted.is_empty() {
        excluded.push(Exclusion {
            kind: "sans_poids",
            variant: RETAINED.into(),
            what: "Territoires sans personne à compter au départ".into(),
            reason: "personne à compter avant la première desserte".into(),
            count: m.unweighted.len(),
        });
    }

    excluded
}

fn by_distance(m: &Measurements<'_>, study: &Aggregate) -> Vec<Backed<EffectByDistance>> {
    let row = |point: &PointEstimate| {
        let basis = m.basis(Some(point.label));
        let row = EffectByDistance {
            outcome: m.outcome.code,
            outcome_name: m.outcome.name,
            distance: point.label,
            effect: point.estimate,
            lower: limit(point, |s| s.lower),
            upper: limit(point, |s| s.upper),
            band_lower: limit(point, |s| s.band_lower),
            band_upper: limit(point, |s| s.band_upper),
            served: basis.territories.map_or(0, |t| t.served),
        };
        Backed::new(row, basis)
    };

    study.points.iter().map(row).collect()
}

/// A limit of an estimate; the reference period is its own, an effect whose spread is not seen has none.
fn limit(point: &PointEstimate, of: impl Fn(Spread) -> f64) -> Option<f64> {
    match point.spread {
        Ok(spread) => Some(of(spread)),
        Err(Unmeasured::Reference) => Some(point.estimate),
        Err(_) => None,
    }
}

/// How far trends may differ: what would undo the effect, what the test of before would have seen.
struct TrendLimits {
    honest: Option<HonestBounds>,
    multiple: Option<f64>,
    slope: Option<DetectableSlope>,
}

fn trend_checks(
    m: &Measurements<'_>,
    panel: &Panel,
    options: &Options,
    study: &Aggregate,
    limits: &TrendLimits,
) -> Backed<TrendChecks> {
    // A false first tour, one year earlier: its effect must be none.
    let placebo = pretest::placebo(panel, options, m.outcome.step.per_year())
        .ok()
        .and_then(|a| a.overall.interval());

    let row = TrendChecks {
        outcome: m.outcome.code,
        outcome_name: m.outcome.name,
        p_before: study.joint_test(|e| e < 0).map(|w| w.p_value),
        placebo: placebo.map(|p| p.estimate),
        placebo_lower: placebo.map(|p| p.lower),
        placebo_upper: placebo.map(|p| p.upper),
        breakdown: limits.honest.as_ref().and_then(|h| h.breakdown),
        curvature: limits.honest.as_ref().and_then(|h| h.observed_curvature),
        slope: limits.slope.map(|s| s.slope),
        slope_bias: limits.slope.map(|s| s.bias),
        multiple: limits.multiple.filter(|m| m.is_finite()),
    };

    Backed::new(row, m.basis(None))
}

fn sensitivity(
    m: &Measurements<'_>,
    retained: &Measured,
    honest: Option<&HonestBounds>,
) -> Vec<Backed<TrendSensitivity>> {
    let Some(honest) = honest else {
        return Vec::new();
    };
    let row = |bound: String, effect: f64, lower: f64, upper: f64| {
        let row = TrendSensitivity {
            outcome: m.outcome.code,
            outcome_name: m.outcome.name,
            m: bound,
            effect,
            lower,
            upper,
        };
        Backed::new(row, m.basis(None))
    };

    let parallel = "Tendances strictement parallèles".into();
    let mut rows = vec![row(
        parallel,
        retained.point.estimate,
        retained.spread.lower,
        retained.spread.upper,
    )];

    for robust in &honest.robust {
        let (i, bound) = (&robust.interval, robust.m.to_string().replace('.', ","));
        rows.push(row(format!("M = {bound}"), i.estimate, i.lower, i.upper));
    }

    rows
}

fn naive_effects(
    m: &Measurements<'_>,
    panel: &Panel,
    options: &Options,
    retained: &Measured,
) -> Vec<Backed<NaiveEffect>> {
    let level = options.level;
    let methods = [
        ("retenue", "Estimation retenue", Some(retained.point)),
        ("avant_apres", "Avant/après", naive::before_after(panel, level).ok()),
        ("effets_fixes", "Effets fixes", naive::two_way_fixed_effects(panel, level).ok()),
    ];

    let row = |(method, method_name, point): (_, _, Option<PointEstimate>)| {
        let interval = point?.interval()?;
        let negative = (method == "effets_fixes")
            .then(|| naive::negative_weights(panel).ok().map(|share| 100.0 * share));
        let row = NaiveEffect {
            outcome: m.outcome.code,
            outcome_name: m.outcome.name,
            method,
            method_name,
            effect: interval.estimate,
            lower: interval.lower,
            upper: interval.upper,
            negative: negative.flatten(),
        };
        Some(Backed::new(row, m.basis(None)))
    };

    methods.into_iter().filter_map(row).collect()
}
