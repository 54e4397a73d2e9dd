//! Does the answer hang on one cluster, on one cohort, or on the formula of its error? Checks that need none of it, where clusters
//! are few.

use super::average::Measured;
use super::measurements::Measurements;
use super::rows::{Backed, FewClusters};
use stats::did::leave_out::{jackknife, leave_one_out, randomisation};
use stats::did::{Aggregate, Options, Panel};
use stats::distribution::student_quantile;

/// Clusters among those served above which the formula needs no such check, which would take long.
pub const FEW: usize = 60;
/// Reassignments of the dates, and their seed.
pub const DRAWS: (usize, u64) = (499, 20_231_024);

/// The checks of an outcome, whose averages by cohort are `group`; none where the clusters are many, or nothing can be checked.
pub fn few_clusters(
    m: &Measurements<'_>,
    panel: &Panel,
    options: &Options,
    retained: &Measured,
    group: &Aggregate,
) -> Option<Backed<FewClusters>> {
    if group.treated.clusters > FEW {
        return None;
    }

    let error = jackknife(panel, options).ok();
    let drawn = randomisation(panel, options, DRAWS.0, DRAWS.1).ok();
    let reach = error.map(|e| e * student_quantile(0.5 + options.level / 2.0, retained.spread.df));
    let effect = retained.point.estimate;

    // The range alone, to the hundredth: which cluster is behind a limit would tell the effect on it.
    let left = leave_one_out(panel, options).unwrap_or_default();
    let range = |of_cohorts: bool| {
        let of = left.iter().filter(|one| one.cohort.is_some() == of_cohorts);
        let estimates: Option<Vec<f64>> = of.map(|one| one.estimate).collect();
        let estimates = estimates.filter(|all| !all.is_empty())?;
        let limit = |pick: fn(f64, f64) -> f64| {
            let found = estimates.iter().copied().reduce(pick);
            found.map(|x| (100.0 * x).round() / 100.0)
        };
        Some((limit(f64::min)?, limit(f64::max)?))
    };
    let (without_cluster, without_cohort) = (range(false), range(true));

    let row = FewClusters {
        outcome: m.outcome.code,
        outcome_name: m.outcome.name,
        effect,
        clusters: group.treated.clusters,
        effective: group.treated.effective,
        standard_error: retained.spread.se,
        jackknife: error,
        lower: reach.map(|r| effect - r),
        upper: reach.map(|r| effect + r),
        p: drawn.map(|d| d.p_value),
        draws: drawn.map(|d| d.draws),
        largest: (100.0 * m.largest_cluster()).round(),
        without_cluster_lower: without_cluster.map(|(lower, _)| lower),
        without_cluster_upper: without_cluster.map(|(_, upper)| upper),
        without_cohort_lower: without_cohort.map(|(lower, _)| lower),
        without_cohort_upper: without_cohort.map(|(_, upper)| upper),
    };
    Some(Backed::new(row, m.basis(None)))
}
