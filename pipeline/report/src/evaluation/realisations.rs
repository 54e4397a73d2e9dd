//! What was done and for whom: deployment, publics reached, activity, over the years.

use std::collections::BTreeMap;

use crate::builder::Builder;
use crate::content::{Block, Chapter};
use crate::prose::for_sentence;
use base::error::Result;

use super::outils::{courbe_mensuelle, par_annee, par_categorie};
use super::{EvaluationInput, chapitre, faits};

/// Opening sentences of a chapter: `evaluation_<id>.j2`, told all the facts.
pub(super) fn phrases(a: &Builder<'_>, e: &EvaluationInput<'_>, id: &str) -> Result<Vec<String>> {
    let contexte = BTreeMap::from([("f", for_sentence(faits::lire(a, e)))]);
    a.phrases(&format!("evaluation_{id}.j2"), contexte)
}

pub(super) fn deploiement(
    a: &mut Builder<'_>,
    e: &EvaluationInput<'_>,
) -> Result<Option<Chapter>> {
    let blocs: Vec<Block> = [
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
    let phrases = phrases(a, e, "deploiement")?;
    Ok(Some(chapitre(
        a,
        "deploiement",
        "Déploiement",
        phrases,
        blocs,
    )))
}

pub(super) fn publics(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let mut blocs: Vec<Block> = [
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
            |l| l.texte("public") != Some("tous_patients"),
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    let dimensions: Vec<(String, String)> = a
        .vue(&e.cle("consultations_par_profil", e.base.annee))
        .map(|v| {
            v.distincts("dimension")
                .into_iter()
                .filter_map(|d| {
                    let l = v.ou("dimension", d).premiere()?;
                    Some((d.to_string(), l.libelle(&["nom_dimension", "dimension"])))
                })
                .collect()
        })
        .unwrap_or_default();
    for (code, nom) in dimensions {
        blocs.extend(par_categorie(
            a,
            e,
            "consultations_par_profil",
            &format!("Consultations par profil : {}", nom.to_lowercase()),
            ("nom_modalite", &nom),
            "consultations",
            |l| l.texte("dimension") == Some(code.as_str()),
        ));
    }
    if let Some(vue) = a.vue("publics_exclusifs").filter(|v| !v.is_empty()) {
        let colonnes = [
            "nom_cellule",
            "prioritaire",
            "patients",
            "part",
            "consultations",
        ];
        let titre = format!(
            "Patients par public, en cellules qui s'additionnent, {}",
            e.base.annee
        );
        blocs.push(a.tableau("publics_exclusifs", &titre, &vue, &colonnes));
    }
    let phrases = phrases(a, e, "publics")?;
    Ok(Some(chapitre(
        a,
        "publics",
        "Publics atteints",
        phrases,
        blocs,
    )))
}

pub(super) fn activite(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let mut blocs: Vec<Block> = Vec::new();
    blocs.extend(courbe_mensuelle(
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
            |l| l.texte("cas") != Some("toutes"),
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
    blocs.extend(tableaux.into_iter().flatten());
    let phrases = phrases(a, e, "activite")?;
    Ok(Some(chapitre(a, "activite", "Activité", phrases, blocs)))
}
