//! What happens around the comparison: the neighbours of those served, and the other measures of the territories compared.

use std::collections::BTreeMap;

use super::average::{POWER, average};
use super::design::{Design, Inconclusive, Territoire, TerritoryRole};
use super::measurements::Measurements;
use super::rows::{Backed, NeighbourEffect, OtherMeasure};
use super::set_aside::Exclusion;
use stats::did::{Options, estimate};

/// French names of the measures of `mesures_concurrentes`.
const MEASURES: [(&str, &str); 9] = [
    ("msp", "Maison de santé ouverte"),
    ("centre_de_sante", "Centre de santé ouvert"),
    ("cpts", "CPTS créée"),
    ("maison_ou_cabinet_ferme", "Maison de santé ou cabinet fermé"),
    ("docteur_junior", "Docteur junior"),
    ("zone_rouge_france_sante", "Zone rouge France Santé"),
    ("assistant_medical", "Assistant médical"),
    ("autre_bus", "Autre bus"),
    ("autre", "Autre mesure"),
];

/// The effect on the neighbours, from measurements of [`Design::of_neighbours`].
///
/// # Errors
/// Nothing can be estimated, or not with a standard error.
pub fn neighbour_effect(
    m: &Measurements<'_>,
    options: &Options,
) -> stats::Result<Backed<NeighbourEffect>> {
    let att = estimate(&m.panel(true)?, options)?;
    let average = average(&att)?;

    let row = NeighbourEffect {
        outcome: m.outcome.code,
        outcome_name: m.outcome.name,
        unit: m.outcome.unit,
        effect: average.point.estimate,
        lower: average.spread.lower,
        upper: average.spread.upper,
        detectable: average.point.detectable(options.level, POWER),
        neighbours: att.units - att.never_treated,
        controls: att.never_treated,
        clusters: att.clusters,
    };
    Ok(Backed::new(row, m.basis(None)))
}

/// Why an outcome, of so many territories, tells nothing of the neighbours.
pub fn no_neighbours(count: usize, reason: &str) -> Exclusion {
    Exclusion {
        kind: "voisins",
        variant: "Voisins".into(),
        what: "Effet sur les voisins".into(),
        reason: reason.to_string(),
        count,
    }
}

/// Why the neighbours as a whole cannot be estimated.
pub fn too_few(why: Inconclusive) -> &'static str {
    match why {
        Inconclusive::Served => "trop peu de voisins ruraux en ZIP ou ZAC, observés au départ",
        Inconclusive::Clusters | Inconclusive::Unequal => {
            "voisins de trop peu d'intercommunalités, ou trop inégales"
        }
        Inconclusive::Controls => "témoins de trop peu d'intercommunalités",
        Inconclusive::Zonings => "zonages inconnus",
        Inconclusive::Estimation => "aucun effet estimable",
    }
}

/// How many territories of each kind another measure touches, measure by measure, then any; no row if none does.
pub fn other_measures(design: &Design) -> Vec<Backed<OtherMeasure>> {
    let row = |measure: &str, name: &str| {
        let touches = |t: &Territoire| {
            t.touched.values().any(|all| measure == "ensemble" || all.contains(measure))
        };
        let count = |keep: fn(&Territoire) -> bool| {
            design.territoires.values().filter(|t| keep(t) && touches(t)).count()
        };

        OtherMeasure {
            measure: measure.into(),
            measure_name: name.into(),
            served: count(|t| t.role == TerritoryRole::Served),
            controls: count(|t| t.role == TerritoryRole::Control),
            neighbours: count(|t| t.reached.is_some()),
        }
    };

    let codes = design.territoires.values().flat_map(|t| t.touched.values().flatten());
    let mut names: BTreeMap<&str, &str> =
        codes.map(|code| (code.as_str(), code.as_str())).collect();
    for (code, name) in MEASURES {
        if let Some(known) = names.get_mut(code) {
            *known = name;
        }
    }

    let rows = names.into_iter().chain([("ensemble", "Au moins une")]);
    rows.map(|(code, name)| row(code, name))
        .filter(|row| row.served + row.controls + row.neighbours > 0)
        .map(Backed::without_people)
        .collect()
}
