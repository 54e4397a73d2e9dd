//! What an evaluation is made from.

use chrono::NaiveDate;

use super::requests::key;
use crate::input::BilanInput;

/// Chapters that take a comment; the words of the others are the program's.
pub const COMMENTED: [&str; 12] = [
    "synthese",
    "deploiement",
    "publics",
    "activite",
    "medecin_traitant",
    "territoires",
    "delais",
    "offre",
    "couts",
    "comparaison",
    "effet",
    "limites",
];

/// Everything that an evaluation is made from.
#[derive(Debug, Clone)]
pub struct EvaluationInput<'a> {
    /// Zone, reference year (the last complete one), tables, comments, provenance: as for a bilan.
    pub base: BilanInput<'a>,
    /// Years covered, increasing.
    pub years: &'a [i32],
    /// Last day told about, when it falls before the end of the last year.
    pub partial: Option<NaiveDate>,
    /// Why no effect is estimated: `servis`, `grappes`, `temoins`, `zonages` or `estimation`.
    pub absence: Option<&'a str>,
    /// Territories served within the panel, and their clusters.
    pub served: (usize, usize),
    /// Controls, and their clusters.
    pub controls: (usize, usize),
    /// Territories whose zoning is unknown.
    pub unzoned: usize,
    /// Fewest served territories and clusters for a causal conclusion.
    pub minimum: (usize, usize),
    /// Whether the user gave the reference population of standardised shares.
    pub population_given: bool,
    /// The analysis plan that it follows.
    pub plan: Option<PlanInput<'a>>,
}

impl EvaluationInput<'_> {
    /// True when the causal chapter concludes.
    pub fn concludes(&self) -> bool {
        self.base.tables.get("effet_moyen").is_some_and(|t| !t.rows().is_empty())
    }

    /// Key of a query's answer for a year.
    pub fn key(&self, query: &str, year: i32) -> String {
        key(query, year, self.base.year)
    }

    /// Complete years.
    pub fn complete_years(&self) -> impl Iterator<Item = i32> + '_ {
        let end = self.base.year;
        self.years.iter().copied().filter(move |a| *a <= end)
    }
}

/// An analysis plan, as the document names it.
#[derive(Debug, Clone, Copy)]
pub struct PlanInput<'a> {
    /// Last day that the data told about when it was written.
    pub date: NaiveDate,
    /// SHA-256 of its file.
    pub sha256: &'a str,
    /// The day on which the store took note of it, and the version; none if it never did.
    pub registered: Option<(NaiveDate, u64)>,
}
