//! What was done and for whom: deployment, publics reached, activity, over the years.

use std::collections::BTreeMap;

use crate::builder::Builder;
use crate::content::{Block, Chapter};
use crate::prose::for_sentence;
use base::error::Result;

use super::outils::{courbe_mensuelle, par_annee, par_categorie};
use super::{EvaluationInput, chapter, facts};

/// Opening sentences of a chapter: `evaluation_<id>.j2`, told all the facts.
pub(super) fn sentences(a: &Builder<'_>, e: &EvaluationInput<'_>, id: &str) -> Result<Vec<String>> {
    let context = BTreeMap::from([("f", for_sentence(facts::parse(a, e)))]);
    a.sentences(&format!("evaluation_{id}.j2"), context)
}

pub(super) fn deploiement(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let blocks: Vec<Block> = [
        par_annee(
            a,
            e,
            "deploiement",
            "Déploiement, année par année",
            None,
            &[
                "labellises",
                "mis_en_service",
                "en_service",
                "arretes",
                "cible",
                "part_cible",
                "jours_sortie",
                "taux_sortie",
            ],
        ),
        par_annee(
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
                "indeterminees",
                "part_eligibles",
                "part_tournees_eligibles",
            ],
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    let sentences = sentences(a, e, "deploiement")?;
    Ok(Some(chapter(
        a,
        "deploiement",
        "Déploiement",
        sentences,
        blocks,
    )))
}

pub(super) fn publics(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let mut blocks: Vec<Block> = [
        par_categorie(
            a,
            e,
            "publics_prioritaires",
            "Patients des publics que l'instruction place en premier",
            ("nom_public", "Public"),
            "patients",
            |_| true,
        ),
        par_categorie(
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
    for (code, name) in dimensions {
        blocks.extend(par_categorie(
            a,
            e,
            "consultations_par_profil",
            &format!("Consultations par profil : {}", name.to_lowercase()),
            ("nom_modalite", &name),
            "consultations",
            |l| l.text("dimension") == Some(code.as_str()),
        ));
    }
    if let Some(slice) = a.slice("publics_exclusifs").filter(|v| !v.is_empty()) {
        let columns = [
            "nom_cellule",
            "prioritaire",
            "patients",
            "part",
            "consultations",
        ];
        let title = format!(
            "Patients par public, en cellules qui s'additionnent, {}",
            e.base.year
        );
        blocks.push(a.table("publics_exclusifs", &title, &slice, &columns));
    }
    let sentences = sentences(a, e, "publics")?;
    Ok(Some(chapter(
        a,
        "publics",
        "Publics atteints",
        sentences,
        blocks,
    )))
}

pub(super) fn activite(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let mut blocks: Vec<Block> = Vec::new();
    blocks.extend(courbe_mensuelle(
        a,
        e,
        "consultations",
        "Consultations de chaque mois",
        "consultations",
    )?);
    let tableaux = [
        par_annee(
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
        par_categorie(
            a,
            e,
            "conformite_activite",
            "Activité au regard du cahier des charges : part des consultations",
            ("nom_cas", "Cas"),
            "part",
            |l| l.text("cas") != Some("toutes"),
        ),
        par_annee(
            a,
            e,
            "continuite",
            "Continuité : les mêmes professionnels voient-ils les mêmes patients ?",
            None,
            &["patients", "part_habituel", "part_fideles"],
        ),
    ];
    blocks.extend(tableaux.into_iter().flatten());
    let sentences = sentences(a, e, "activite")?;
    Ok(Some(chapter(a, "activite", "Activité", sentences, blocks)))
}
