//! What the sentences are told of what happened around the comparison, neighbours and other measures, and of few clusters.

use std::collections::BTreeMap;

use serde::Serialize;

use base::definition::Format;
use base::french::formatted;

use crate::builder::Builder;
use crate::prose::{Change, Fact};
use crate::slice::{Slice, SliceRow};

use super::estimate_facts::{any_measure, figures, interval, lower_first};

/// The outcome that sentences tell.
const OUTCOME: &str = "sans_mt";

/// Figures of those checks.
const CHECKS: [&str; 11] = [
    "grappes",
    "efficaces",
    "erreur_type",
    "jackknife",
    "p",
    "tirages",
    "plus_grande",
    "sans_une_bas",
    "sans_une_haut",
    "sans_cohorte_bas",
    "sans_cohorte_haut",
];

/// What happened around the comparison.
#[derive(Debug, Clone, Serialize)]
pub(super) struct SurroundingFacts {
    /// Territories touched by another measure: `servis`, `temoins`, `voisins`.
    #[serde(rename = "mesures")]
    pub measures: BTreeMap<String, Fact>,
    /// The effect without them; none if it was not estimated.
    #[serde(rename = "sans_mesures")]
    pub untouched: Option<AverageFacts>,
    /// Checks where clusters are few, by the names of [`CHECKS`].
    #[serde(rename = "grappes")]
    pub clusters: BTreeMap<String, Fact>,
    /// The effect with the limits of the jackknife; none if it was not made.
    #[serde(rename = "jackknife")]
    pub jackknife: Option<Change>,
    /// What parts those served most from the controls before service; none if nothing is known of it.
    #[serde(rename = "equilibre")]
    pub balance: Option<BalanceFacts>,
    /// The covariates, by name in small letters, that the adjusted variants could not use.
    #[serde(rename = "sans_ajustement")]
    pub not_adjusted: Vec<String>,
    /// The effect on the neighbours; none if it was not estimated.
    #[serde(rename = "voisins")]
    pub neighbours: Option<AverageFacts>,
    /// Why it was not, in words; empty if no one knows.
    #[serde(rename = "sans_voisins")]
    pub no_neighbours: String,
    /// The comparisons of parts of those served that were made.
    #[serde(rename = "pour_qui")]
    pub for_whom: Vec<ComparisonFacts>,
}

/// How far those served were from the controls before service.
#[derive(Debug, Clone, Serialize)]
pub(super) struct BalanceFacts {
    /// The covariate that parts them most, beginning with a small letter.
    #[serde(rename = "situation")]
    pub covariate: String,
    /// Its difference, in standard deviations, without its sign.
    #[serde(rename = "ecart")]
    pub difference: f64,
    /// The same, printed.
    #[serde(rename = "texte")]
    pub printed: String,
}

/// Whether the effect differs between parts of those served.
#[derive(Debug, Clone, Serialize)]
pub(super) struct ComparisonFacts {
    /// What parts them: `porteur`, `zonage`, `dose`.
    #[serde(rename = "selon")]
    pub split: String,
    /// p-value of equal effects, adjusted for the number of comparisons.
    pub p: Fact,
    /// Whether it tells them apart.
    #[serde(rename = "net")]
    pub clear: bool,
}

/// An average effect on the share without médecin traitant.
#[derive(Debug, Clone, Serialize)]
pub(super) struct AverageFacts {
    /// With its interval; none if it is not published.
    #[serde(rename = "effet")]
    pub effect: Option<Change>,
    /// `decelable`, and for neighbours `voisins`.
    #[serde(rename = "chiffres")]
    pub figures: BTreeMap<String, Fact>,
}

/// Gathers them.
pub(super) fn surroundings(a: &Builder<'_>) -> SurroundingFacts {
    let set_aside = a.slice("effet_ecartes").map(|v| v.with("issue", OUTCOME));
    let alone = set_aside.as_ref().and_then(|v| v.with("genre", "voisins").first());
    let unusable = set_aside.as_ref().map(|v| v.with("genre", "covariable"));
    let checks = a.slice("effet_grappes").and_then(|v| v.with("issue", OUTCOME).first());
    let average = |table: &str, variant: Option<&str>| {
        let mut slice = a.slice(table)?.with("issue", OUTCOME);
        if let Some(variant) = variant {
            slice = slice.with("specification", variant);
        }
        let row = slice.first()?;
        Some(AverageFacts {
            effect: interval(&row, ["effet", "bas", "haut"], "points"),
            figures: figures(Some(&row), &["decelable", "voisins"]),
        })
    };

    let name = |l: SliceRow<'_>| l.text("quoi").map(lower_first);
    SurroundingFacts {
        measures: figures(any_measure(a).as_ref(), &["servis", "temoins", "voisins"]),
        untouched: average("effet_moyen", Some("sans_mesures")),
        clusters: figures(checks.as_ref(), &CHECKS),
        jackknife: checks.and_then(|l| interval(&l, ["effet", "bas", "haut"], "points")),
        balance: balance(a),
        not_adjusted: unusable.iter().flat_map(Slice::rows).filter_map(name).collect(),
        neighbours: average("effet_voisins", None),
        no_neighbours: alone.and_then(|l| l.text("motif")).unwrap_or_default().into(),
        for_whom: comparisons(a),
    }
}

/// The covariate by which those served and the controls differ most.
fn balance(a: &Builder<'_>) -> Option<BalanceFacts> {
    let slice = a.slice("effet_equilibre")?;
    let told = slice.rows().filter_map(|l| {
        let covariate = lower_first(l.text("situation")?);
        let difference = l.value("ecart").number()?.abs();
        let printed = formatted(difference, Format::Decimal2);
        Some(BalanceFacts { covariate, difference, printed })
    });
    told.max_by(|one, other| one.difference.total_cmp(&other.difference))
}

/// One for each comparison: its p-value stands in every row of it.
fn comparisons(a: &Builder<'_>) -> Vec<ComparisonFacts> {
    let Some(slice) = a.slice("effet_pour_qui") else { return Vec::new() };
    let mut made: Vec<ComparisonFacts> = Vec::new();

    for row in slice.rows() {
        let Some(split) = row.text("selon") else { continue };
        if made.iter().all(|one| one.split != split) {
            let p = figures(Some(&row), &["p_ajustee"]).remove("p_ajustee");
            let p = p.unwrap_or_else(Fact::unknown);
            made.push(ComparisonFacts {
                split: split.to_owned(),
                clear: p.value.is_some_and(|p| p < 0.05),
                p,
            });
        }
    }
    made.retain(|one| one.p.value.is_some());
    made
}
