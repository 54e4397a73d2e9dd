//! What does not enter the estimation, and why: territories by use, cells, covariates, whole variants. No figure about
//! patients is among these rows.

use std::collections::{BTreeMap, BTreeSet};

use super::design::{Design, TerritoryRole};
use super::outcome::Outcome;
use super::rows::{Backed, Sample, SetAside};
use stats::did::AttGt;

/// What did not enter, where, and why.
#[derive(Debug)]
pub struct Exclusion {
    /// Code of its kind.
    pub kind: &'static str,
    /// French name of the variant.
    pub variant: String,
    /// What, in French.
    pub what: String,
    /// Why, in French.
    pub reason: String,
    /// How many cells or territories.
    pub count: usize,
}

impl Exclusion {
    /// Its row in the table of `outcome`.
    pub fn row(self, outcome: Outcome) -> Backed<SetAside> {
        Backed::without_people(SetAside {
            outcome: outcome.code,
            outcome_name: outcome.name,
            kind: self.kind,
            variant: self.variant,
            what: self.what,
            reason: self.reason,
            count: self.count,
        })
    }
}

/// Who is used for what; names only where a territory was set aside although it is served or eligible.
pub fn sample(design: &Design) -> impl Iterator<Item = Backed<Sample>> {
    TerritoryRole::ALL.into_iter().map(|(role, code, name)| {
        let (territories, clusters) = design.count(role);
        let names: Vec<&str> = design.with_role(role).map(|(_, t)| t.name.as_str()).collect();
        let listed = matches!(
            role,
            TerritoryRole::AlwaysServed | TerritoryRole::ServedOutside | TerritoryRole::NoBaseline
        );

        Backed::without_people(Sample {
            role: code,
            role_name: name,
            territories,
            epci: clusters,
            names: (listed && !names.is_empty()).then(|| names.join(", ")),
        })
    })
}

/// Cells of `att` that could not be estimated, one for each cohort and reason.
pub fn cells(outcome: Outcome, variant: &str, att: &AttGt) -> Vec<Exclusion> {
    let mut groups: BTreeMap<(i32, &str), Vec<i32>> = BTreeMap::new();
    for s in &att.skipped {
        groups.entry((s.cohort, s.reason.reason())).or_default().push(s.period);
    }

    let label = |p: Option<&i32>| p.map_or_else(String::new, |p| outcome.step.label(*p));
    groups
        .into_iter()
        .map(|((cohort, reason), periods)| Exclusion {
            kind: "cellules",
            variant: variant.to_string(),
            what: format!(
                "Cohorte {} : de {} à {}",
                outcome.step.label(cohort),
                label(periods.iter().min()),
                label(periods.iter().max())
            ),
            reason: reason.to_string(),
            count: periods.len(),
        })
        .collect()
}

/// Cohorts of which `att` holds no effect after service.
pub fn lost_cohorts(outcome: Outcome, att: &AttGt) -> Vec<String> {
    let estimated = |cohort: i32| {
        let mut cells = att.cells.iter();
        cells.any(|c| c.cohort == cohort && c.period >= cohort)
    };

    let skipped: BTreeSet<i32> = att.skipped.iter().map(|s| s.cohort).collect();

    skipped
        .into_iter()
        .filter(|g| !estimated(*g))
        .map(|g| outcome.step.label(g))
        .collect()
}
