//! The nation only: shares of régions at a comparable structure, and a page for each région.

use crate::error::Result;
use crate::query::definition::Format;
use crate::report::atelier::Atelier;
use crate::report::charts::classement::{Classement, Estimation};
use crate::report::format::{self, typographie};
use crate::report::model::{Bloc, Chapitre};
use crate::report::vue::{Ligne, Valeur};

use super::outils::annee;
use super::{EvaluationInput, chapitre};

/// Standardised shares with gamma limits, as a chart and a table.
pub(super) fn standardisees(a: &mut Atelier<'_>, e: &EvaluationInput<'_>) -> Result<Vec<Bloc>> {
    let cle = "part_sans_mt_standardisee";
    let Some(vue) = a.vue(cle).filter(|v| v.len() > 1) else {
        return Ok(Vec::new());
    };
    let estimations = vue
        .lignes()
        .map(|l| Estimation {
            libelle: l.libelle(&["nom_zone", "code_zone"]),
            valeur: l.valeur("standardisee"),
            intervalle: l.valeur("bas").nombre().zip(l.valeur("haut").nombre()),
        })
        .collect();
    let reference = a
        .ligne("part_sans_mt_patients")
        .and_then(|l| l.valeur("part_sans_mt").nombre())
        .map(|x| ("France".to_string(), x));
    let trace = Classement {
        estimations,
        reference,
        format: Format::Pourcent,
        note: "trait : limites gamma à 95 % ; carré : intervalle sans la valeur de la France"
            .into(),
    };
    let titre = format!(
        "Part sans médecin traitant standardisée sur l'âge, le sexe et l'ALD, {}",
        e.base.annee
    );
    let graphique = a.graphique("evaluation-standardisee", &titre, &trace, vue.table())?;
    let colonnes = [
        "nom_zone",
        "brute",
        "standardisee",
        "bas",
        "haut",
        "couverture",
    ];
    let tableau = a.tableau(cle, "Parts brutes et standardisées", &vue, &colonnes);
    Ok(vec![graphique, tableau])
}

const INDICATEURS: [(&str, &str); 11] = [
    ("deploiement", "en_service"),
    ("deploiement", "taux_sortie"),
    ("synthese", "jours_sortie"),
    ("synthese", "consultations"),
    ("synthese", "patients"),
    ("synthese", "consultations_par_jour"),
    ("synthese", "part_publics_prioritaires"),
    ("synthese", "part_sans_mt"),
    ("synthese", "delai_median"),
    ("cout", "fonctionnement"),
    ("cout", "cout_par_consultation"),
];

/// One page per région that has a bus.
pub(super) fn construire(a: &mut Atelier<'_>, e: &EvaluationInput<'_>) -> Result<Vec<Chapitre>> {
    if e.base.zone.niveau != "national" {
        return Ok(Vec::new());
    }
    let Some(regions) = a.vue("synthese/parties") else {
        return Ok(Vec::new());
    };
    let mut codes: Vec<(String, String)> = regions
        .lignes()
        .map(|l| {
            (
                l.libelle(&["code_zone"]),
                l.libelle(&["nom_zone", "code_zone"]),
            )
        })
        .collect();
    codes.sort_by(|a, b| a.1.cmp(&b.1));
    let mut chapitres = Vec::new();
    for (code, nom) in codes {
        a.ouvrir();
        chapitres.push(page(a, e, &code, &nom));
    }
    Ok(chapitres)
}

fn page(a: &mut Atelier<'_>, e: &EvaluationInput<'_>, code: &str, nom: &str) -> Chapitre {
    let parties = |requete: &str, an: i32| e.cle(&format!("{requete}/parties"), an);
    let ligne = |a: &Atelier<'_>, requete: &str, an: i32| -> Option<Vec<(String, String, bool)>> {
        let vue = a.vue(&parties(requete, an))?.ou("code_zone", code);
        let l: Ligne<'_> = vue.premiere()?;
        Some(
            INDICATEURS
                .iter()
                .filter(|(r, _)| *r == requete)
                .map(|(_, c)| {
                    (
                        (*c).to_string(),
                        l.imprime(c),
                        l.valeur(c) != Valeur::Absente,
                    )
                })
                .collect(),
        )
    };
    let mut lignes: Vec<Vec<String>> = Vec::new();
    for (requete, colonne) in INDICATEURS {
        let mut cellules = Vec::new();
        let mut connue = false;
        for an in e.annees {
            let valeur =
                ligne(a, requete, *an).and_then(|l| l.into_iter().find(|(c, _, _)| c == colonne));
            connue |= valeur.as_ref().is_some_and(|v| v.2);
            cellules.push(valeur.map_or_else(|| format::ABSENT.to_string(), |v| v.1));
        }
        let titre = a
            .vue(&parties(requete, e.base.annee))
            .and_then(|v| Some(v.table().definition().colonne(colonne)?.titre.clone()));
        if let Some(titre) = titre.filter(|_| connue) {
            lignes.push(
                std::iter::once(typographie(&titre))
                    .chain(cellules)
                    .collect(),
            );
        }
    }
    let mut blocs = Vec::new();
    if let Some(vue) = a.vue("synthese/parties") {
        let ans: Vec<String> = e.annees.iter().map(|an| annee(e, *an)).collect();
        let mut entetes = vec!["Indicateur"];
        entetes.extend(ans.iter().map(String::as_str));
        let titre = format!("{nom}, année par année");
        let definition = vue.table().definition();
        blocs.push(a.tableau_compose(
            &format!("region-{code}"),
            &titre,
            &entetes,
            lignes,
            definition,
        ));
    }
    let mut phrases = vec![typographie(
        "Cette page rassemble ce que la région a livré. Elle ne dit rien de l'effet des médicobus de cette région prise à part : l'estimation porte sur l'ensemble des territoires.",
    )];
    if let Some(l) = a
        .vue("part_sans_mt_standardisee")
        .and_then(|v| v.ou("code_zone", code).premiere())
        && let (Valeur::Nombre(_), Valeur::Nombre(_)) = (l.valeur("bas"), l.valeur("haut"))
    {
        phrases.push(typographie(&format!(
            "À âge, sexe et ALD comparables, {} des patients y sont sans médecin traitant (intervalle à 95 % de {} à {}).",
            l.imprime("standardisee"),
            l.imprime("bas"),
            l.imprime("haut")
        )));
    }
    let mut c = chapitre(a, &format!("region_{code}"), nom, phrases, blocs);
    c.titre = format!("Région : {nom}");
    c
}
