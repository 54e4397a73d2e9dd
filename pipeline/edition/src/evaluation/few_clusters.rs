//! Does the answer hang on the formula of its error? Two checks that need none of it, where clusters are few.

use super::average::Measured;
use super::measurements::Measurements;
use super::rows::{Backed, FewClusters};
use stats::did::leave_out::{jackknife, randomisation};
use stats::did::{Aggregate, Options, Panel};
use stats::distribution::student_quantile;

/// Clusters among those served above which the formula needs no such check, which would take long.
const FEW: usize = 60;
/// Reassignments of the dates, and their seed.
const DRAWS: (usize, u64) = (499, 20_231_024);

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
    };
    Some(Backed::new(row, m.basis(None)))
}
