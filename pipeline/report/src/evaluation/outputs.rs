//! What was done and for whom: deployment, publics reached, activity, over the years.

use std::collections::BTreeMap;

use crate::builder::Builder;
use crate::content::{Block, Chapter};
use crate::prose::for_sentence;
use base::error::Result;

use super::facts;
use super::input::EvaluationInput;
use super::outcomes::outcomes;
use super::year_tables::{by_category, by_year, joined, monthly_curve};
use crate::chapters::chapter::chapter;
use crate::chapters::conformite;
use crate::slice::SliceRow;

/// Opening sentences of a chapter: `evaluation_<id>.j2`, told all the facts.
pub(super) fn sentences(a: &Builder<'_>, e: &EvaluationInput<'_>, id: &str) -> Result<Vec<String>> {
    let context = BTreeMap::from([("f", for_sentence(facts::gather(a, e)))]);
    a.sentences(&format!("evaluation_{id}.j2"), context)
}

pub(super) fn deploiement(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let columns = [
        "labellises",
        "mis_en_service",
        "en_service",
        "arretes",
        "cible",
        "part_cible",
        "jours_sortie",
        "taux_sortie",
    ];
    // The national target is for all régions.
    let few = e.base.delivered_regions().len() < e.base.parts.len();
    let columns: Vec<&str> =
        columns.into_iter().filter(|name| !few || !name.ends_with("cible")).collect();

    let title = "Déploiement, année par année";
    let mut blocks: Vec<Block> = [
        by_year(a, e, "deploiement", title, None, &columns),
        outcomes(a, e),
        by_year(
            a,
            e,
            "eligibilite",
            "Communes desservies et critères de l'instruction (rurale, en ZIP ou ZAC)",
            None,
            &[
                "communes",
                "rurales",
                "zip_zac",
                "eligibles",
                "part_eligibles",
                "millesime_densite",
                "millesime_zonage",
                "indeterminees",
                "part_tournees_eligibles",
            ],
        ),
    ]
    .into_iter()
    .flatten()
    .collect();

    let last = e.years.last().copied().unwrap_or(e.base.year);
    blocks.extend(conformite::declared(a, &e.key("exigences_declarees", last), last)?);

    let sentences = sentences(a, e, "deploiement")?;
    Ok(Some(chapter(a, "deploiement", "Déploiement", sentences, blocks)))
}

pub(super) fn publics(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let mut blocks: Vec<Block> = [
        by_category(
            a,
            e,
            "publics_prioritaires",
            "Patients des publics que l'instruction place en premier",
            ("nom_public", "Public"),
            "patients",
            |_| true,
        ),
        by_category(
            a,
            e,
            "publics_prioritaires",
            "Part de ces publics parmi les patients",
            ("nom_public", "Public"),
            "part",
            |l| l.text("public") != Some("tous_patients"),
        ),
    ]
    .into_iter()
    .flatten()
    .collect();

    blocks.extend(profiles(a, e));
    if let Some(slice) = a.slice("publics_exclusifs").filter(|v| !v.is_empty()) {
        let columns = ["nom_cellule", "prioritaire", "patients", "part", "consultations"];
        let title = format!("Patients par public, en cellules qui s'additionnent, {}", e.base.year);
        blocks.push(a.table("publics_exclusifs", &title, &slice, &columns));
    }

    let sentences = sentences(a, e, "publics")?;
    Ok(Some(chapter(a, "publics", "Publics atteints", sentences, blocks)))
}

/// One table for all characteristics of the patients.
fn profiles(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Option<Block> {
    let dimensions: Vec<(String, String)> = a
        .slice(&e.key("consultations_par_profil", e.base.year))
        .map(|v| {
            v.distinct("dimension")
                .into_iter()
                .filter_map(|d| {
                    let l = v.with("dimension", d).first()?;
                    Some((d.to_string(), l.label(&["nom_dimension", "dimension"])))
                })
                .collect()
        })
        .unwrap_or_default();

    let title = "Consultations par profil de patient";
    let part = |(code, name): (String, String)| {
        let rows = |l: &SliceRow<'_>| l.text("dimension") == Some(code.as_str());
        let head = ("nom_modalite", "Profil");
        (
            name,
            by_category(a, e, "consultations_par_profil", title, head, "consultations", rows),
        )
    };
    joined(dimensions.into_iter().map(part), title)
}

pub(super) fn activite(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let mut blocks: Vec<Block> = Vec::new();
    blocks.extend(monthly_curve(
        a,
        e,
        "consultations",
        "Consultations de chaque mois",
        "consultations",
    )?);

    let year_rows = [
        by_year(
            a,
            e,
            "synthese",
            "Activité, année par année",
            None,
            &[
                "medicobus_actifs",
                "jours_sortie",
                "consultations",
                "patients",
                "consultations_par_jour",
                "taux_remplissage",
                "part_publics_prioritaires",
            ],
        ),
        by_category(
            a,
            e,
            "conformite_activite",
            "Activité au regard du cahier des charges : part des consultations",
            ("nom_cas", "Cas"),
            "part",
            |l| l.text("cas") != Some("toutes"),
        ),
        by_year(
            a,
            e,
            "continuite",
            "Continuité : les mêmes professionnels voient-ils les mêmes patients ?",
            None,
            &["patients", "part_habituel", "part_fideles"],
        ),
    ];

    blocks.extend(year_rows.into_iter().flatten());
    let sentences = sentences(a, e, "activite")?;

    Ok(Some(chapter(a, "activite", "Activité", sentences, blocks)))
}
