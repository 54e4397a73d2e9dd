//! Does the answer hang on one cluster, on one cohort, or on the formula of its error? Three checks that need none of it.
//!
//! - The estimate without each treated cluster, and without each cohort.
//! - The jackknife: the whole estimation again without each cluster, treated or not, and
//!   `(C−1)/C Σ (θ₋c − θ)²` as variance (CV3). MacKinnon, Nielsen & Webb (2023), *Journal of Applied Econometrics* 38, 671–694.
//! - Randomisation: if service had no effect, the dates might as well have been those of other clusters. The share of random
//!   reassignments whose estimate, over its own standard error, is as far from zero. MacKinnon & Webb (2020), *Journal of
//!   Econometrics* 218, 435–450 (RI-t). Where clusters are unequal, dates given to others leave another number of degrees of
//!   freedom, and the ratios are not alike: with [`Options::small_sample`] each is carried over to the normal deviate of the same
//!   p-value (prepivoting: Beran 1988, *JASA* 83, 687–697; Chung & Romano 2013, *Annals of Statistics* 41, 484–507).

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::attgt::estimate;
use super::clean::{CleanPanel, clean};
use super::inference::{Inference, ROUNDING};
use super::panel::Panel;
use super::plain_average::PlainAverage;
use super::sup_t::normal_equivalent;
use super::{Aggregation, Options, PointEstimate, Unmeasured};
use crate::{Error, Result, parallel};

/// Fewest clusters, whose dates can change places, for a randomisation to tell anything.
const FEWEST: usize = 5;
/// Most draws of a randomisation.
const MOST_DRAWS: usize = 100_000;

/// The average effect without some of the units.
#[derive(Debug, Clone, PartialEq)]
pub struct LeftOut {
    /// The units left out: the members of a cluster, or of a cohort.
    pub units: Vec<String>,
    /// Their cohort, where one was left out.
    pub cohort: Option<i32>,
    /// The average over those served ([`Aggregation::Group`]) without them; `None` where nothing is left to estimate.
    pub estimate: Option<f64>,
}

/// A test by reassignment of the dates of service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Randomisation {
    /// The average effect over its standard error; with [`Options::small_sample`], the normal deviate of the same p-value.
    pub statistic: f64,
    /// Reassignments that could be estimated.
    pub draws: usize,
    /// Share of them, the true one included, that are as far from zero.
    pub p_value: f64,
}

/// The average effect without each treated cluster in turn, then without each cohort.
///
/// # Errors
/// As [`estimate`].
pub fn leave_one_out(panel: &Panel, options: &Options) -> Result<Vec<LeftOut>> {
    let CleanPanel { panel, .. } = clean(panel, options)?;

    let clusters = (0..panel.cluster_count()).filter_map(|c| {
        let is_treated = |u: usize| panel.clusters[u] == c && panel.cohort[u].is_some();
        let is_any = (0..panel.units.len()).any(is_treated);
        is_any.then(|| (None, mask(&panel, |u| panel.clusters[u] == c)))
    });
    let mut cohorts: Vec<i32> = panel.cohort.iter().flatten().copied().collect();
    cohorts.sort_unstable();
    cohorts.dedup();
    let cohorts = cohorts
        .into_iter()
        .map(|g| (Some(g), mask(&panel, |u| panel.cohort[u] == Some(g))));

    let left: Vec<(Option<i32>, Vec<bool>)> = clusters.chain(cohorts).collect();
    let estimates =
        parallel::map(&left, options.workers(), |(_, out)| without(&panel, out, options));
    let rows = left.into_iter().zip(estimates).map(|((cohort, out), estimate)| LeftOut {
        units: (0..out.len()).filter(|&u| out[u]).map(|u| panel.units[u].clone()).collect(),
        cohort,
        estimate,
    });
    Ok(rows.collect())
}

/// Jackknife standard error of the average effect over those served (CV3).
///
/// # Errors
/// As [`estimate`]; also a cluster without which nothing can be estimated, or an outcome that does not vary.
pub fn jackknife(panel: &Panel, options: &Options) -> Result<f64> {
    let CleanPanel { panel, .. } = clean(panel, options)?;
    let whole = overall(&panel, options)?.estimate;

    let clusters: Vec<usize> = (0..panel.cluster_count()).collect();
    let deviations = parallel::map(&clusters, options.workers(), |&c| {
        let out = mask(&panel, |u| panel.clusters[u] == c);
        without(&panel, &out, options).map(|estimate| (estimate - whole).powi(2))
    });
    let sum: Option<f64> = deviations.into_iter().sum();
    let count = clusters.len() as f64;

    let error = sum.map(|sum| ((count - 1.0) / count * sum).sqrt()).ok_or_else(|| {
        Error::refused("jackknife : sans l’une des grappes, rien n’est estimable")
    })?;
    if error <= ROUNDING * panel.largest_outcome() {
        return Err(Error::refused(format!("jackknife : {}", Unmeasured::Constant.reason())));
    }
    Ok(error)
}

/// Reassigns the dates of service among clusters, at random.
///
/// A cluster takes the dates of another, unit by unit, over again if it is larger.
///
/// # Errors
/// As [`estimate`]; also no standard error, fewer than five clusters, no draw or more than 100,000.
pub fn randomisation(
    panel: &Panel,
    options: &Options,
    draws: usize,
    seed: u64,
) -> Result<Randomisation> {
    if !(1..=MOST_DRAWS).contains(&draws) {
        return Err(Error::usage(format!(
            "permutations : {draws} tirages ; il en faut de 1 à {MOST_DRAWS}"
        )));
    }
    let CleanPanel { panel, .. } = clean(panel, options)?;
    if panel.cluster_count() < FEWEST {
        return Err(Error::refused(format!("permutations : moins de {FEWEST} grappes")));
    }

    let own = overall(&panel, options)?;
    let own = match own.spread {
        Ok(spread) => deviate(own.estimate, (spread.se, spread.df)),
        Err(why) => return Err(Error::refused(format!("permutations : {}", why.reason()))),
    };

    let numbers: Vec<u64> = (0..draws as u64).collect();
    let drawn = parallel::map(&numbers, options.workers(), |&number| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(number);
        with_dates(&panel, reassigned(&panel, &mut rng), options)
    });
    let drawn: Vec<f64> = drawn.into_iter().flatten().collect();
    let as_far = drawn.iter().filter(|t| t.abs() >= own.abs() * (1.0 - 1e-12)).count();
    Ok(Randomisation {
        statistic: own,
        draws: drawn.len(),
        p_value: (as_far + 1) as f64 / (drawn.len() + 1) as f64,
    })
}

/// How far from zero an estimate is, in normal deviates and with its sign.
fn deviate(estimate: f64, (se, df): (f64, f64)) -> f64 {
    let ratio = estimate / se;
    if df.is_finite() {
        normal_equivalent(ratio, df).copysign(ratio)
    } else {
        ratio
    }
}

/// Dates of service with those of clusters in another order.
fn reassigned(panel: &Panel, rng: &mut ChaCha8Rng) -> Vec<Option<i32>> {
    let count = panel.cluster_count();
    let mut dates: Vec<Vec<Option<i32>>> = vec![Vec::new(); count];
    for (cohort, &cluster) in panel.cohort.iter().zip(&panel.clusters) {
        dates[cluster].push(*cohort);
    }

    // Fisher–Yates.
    for last in (1..count).rev() {
        dates.swap(last, (rng.next_u64() % (last as u64 + 1)) as usize);
    }

    let mut next = vec![0; count];
    let date = |&cluster: &usize| {
        let date = dates[cluster][next[cluster] % dates[cluster].len()];
        next[cluster] += 1;
        date
    };
    panel.clusters.iter().map(date).collect()
}

fn mask(panel: &Panel, is_in: impl Fn(usize) -> bool) -> Vec<bool> {
    (0..panel.units.len()).map(is_in).collect()
}

/// The average effect without some units.
fn without(panel: &Panel, out: &[bool], options: &Options) -> Option<f64> {
    let kept: Vec<bool> = out.iter().map(|out| !out).collect();
    if let Some(average) = PlainAverage::new(panel, &panel.cohort, &kept, options) {
        return Some(average.estimate);
    }

    let rest = panel.restrict(&kept, &vec![true; panel.periods.len()]);
    overall(&rest, options).ok().map(|point| point.estimate)
}

/// How far from zero the average effect is with other dates of service; `None` where it has no standard error.
fn with_dates(panel: &Panel, cohort: Vec<Option<i32>>, options: &Options) -> Option<f64> {
    let kept = vec![true; cohort.len()];
    if let Some(average) = PlainAverage::new(panel, &cohort, &kept, options) {
        let dependence = average.dependence(panel);
        let error = Inference::new(&[&dependence], panel, &alone(options)).errors[0].ok()?;
        return Some(deviate(average.estimate, error));
    }

    let point = overall(&Panel { cohort, ..panel.clone() }, options).ok()?;
    point.spread.ok().map(|spread| deviate(point.estimate, (spread.se, spread.df)))
}

/// The average effect over those served.
fn overall(panel: &Panel, options: &Options) -> Result<PointEstimate> {
    Ok(estimate(panel, &alone(options))?.aggregate(Aggregation::Group)?.overall)
}

/// Settings of an estimate that stands alone: without bands, on one thread.
fn alone(options: &Options) -> Options {
    Options { bootstrap: None, threads: 1, ..*options }
}
