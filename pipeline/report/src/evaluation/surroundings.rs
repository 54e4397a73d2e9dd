//! What the sentences are told of what happened around the comparison, neighbours and other measures, and of few clusters.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::builder::Builder;
use crate::prose::{Change, Fact};

use super::estimate_facts::{figures, interval};

/// The outcome that sentences tell.
const OUTCOME: &str = "sans_mt";

/// Figures of those checks.
const CHECKS: [&str; 6] = ["grappes", "efficaces", "erreur_type", "jackknife", "p", "tirages"];

/// What happened around the comparison.
#[derive(Debug, Clone, Serialize)]
pub(super) struct SurroundingFacts {
    /// Territories touched by another measure: `servis`, `temoins`, `voisins`.
    #[serde(rename = "mesures")]
    pub measures: BTreeMap<String, Fact>,
    /// The effect without them; none if it was not estimated.
    #[serde(rename = "sans_mesures")]
    pub untouched: Option<AverageFacts>,
    /// Checks of the error where clusters are few: `grappes`, `efficaces`, `erreur_type`, `jackknife`, `p`, `tirages`.
    #[serde(rename = "grappes")]
    pub clusters: BTreeMap<String, Fact>,
    /// The effect with the limits of the jackknife; none if it was not made.
    #[serde(rename = "jackknife")]
    pub jackknife: Option<Change>,
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
    let any = a.slice("effet_mesures").and_then(|v| v.with("mesure", "ensemble").first());
    let set_aside = a.slice("effet_ecartes").map(|v| v.with("issue", OUTCOME));
    let alone = set_aside.and_then(|v| v.with("genre", "voisins").first());
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

    SurroundingFacts {
        measures: figures(any.as_ref(), &["servis", "temoins", "voisins"]),
        untouched: average("effet_moyen", Some("sans_mesures")),
        clusters: figures(checks.as_ref(), &CHECKS),
        jackknife: checks.and_then(|l| interval(&l, ["effet", "bas", "haut"], "points")),
        neighbours: average("effet_voisins", None),
        no_neighbours: alone.and_then(|l| l.text("motif")).unwrap_or_default().into(),
        for_whom: comparisons(a),
    }
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
