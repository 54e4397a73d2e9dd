//! Territories served and not: the share without médecin traitant in the files of the Assurance maladie, and the delay
//! that the survey of GP appointments finds. Both are asked for by the instruction.

use std::collections::BTreeMap;

use super::renommer;
use crate::builder::Builder;
use crate::content::Block;
use crate::prose::{Fact, for_sentence};
use crate::slice::{SliceRow, Slice};
use base::definition::Format;
use base::error::Result;
use base::french::Figure;
use charts::bar::{Bar, BarChart};
use charts::dumbbell::{Dumbbells, DumbbellPair};

/// Codes of the column `desserte`, in words.
const DESSERTES: [(&str, &str); 3] = [
    ("desservi", "Territoires desservis"),
    ("non_desservi", "Autres territoires"),
    ("ensemble", "Ensemble"),
];

fn nommee(l: &SliceRow<'_>) -> String {
    let code = l.texte("desserte").unwrap_or_default();
    DESSERTES
        .iter()
        .find(|d| d.0 == code)
        .map_or(code, |d| d.1)
        .to_string()
}

/// Figures of the served territories and of the others, for sentences.
fn deux(a: &Builder<'_>, vue: &Slice<'_>, modele: &str) -> Result<Vec<Block>> {
    let noms: Vec<String> = vue
        .table()
        .definition()
        .columns
        .iter()
        .map(|c| c.name.clone())
        .collect();
    let faits = |code: &str| {
        let ligne = vue.ou("desserte", code).premiere();
        for_sentence(Fact::ligne(ligne.as_ref(), &noms))
    };
    let contexte = BTreeMap::from([
        ("desservis", faits("desservi")),
        ("autres", faits("non_desservi")),
    ]);
    let phrases = a.phrases(modele, contexte)?;
    Ok(phrases
        .into_iter()
        .map(|texte| Block::Paragraph { texte })
        .collect())
}

/// The administrative share without médecin traitant: for the chapter on médecin traitant.
pub(super) fn sans_mt(a: &mut Builder<'_>) -> Result<Vec<Block>> {
    let Some(vue) = a.vue("part_sans_mt_territoires").filter(|v| !v.is_empty()) else {
        return Ok(Vec::new());
    };
    let mut blocs = vec![Block::Heading {
        texte: "Dans les fichiers de l’Assurance maladie".into(),
    }];
    blocs.extend(deux(a, &vue.ou("public", "tous"), "territoires_mt.j2")?);
    let paires = vue
        .sauf("desserte", "ensemble")
        .lignes()
        .map(|l| DumbbellPair {
            libelle: format!(
                "{}, {}",
                l.libelle(&["nom_public", "public"]),
                nommee(&l).to_lowercase()
            ),
            avant: l.valeur("part_sans_mt_precedent"),
            apres: l.valeur("part_sans_mt"),
            note: l.imprime("evolution"),
        })
        .collect();
    let annee = a.input.annee;
    let trace = Dumbbells {
        paires,
        dates: ((annee - 1).to_string(), annee.to_string()),
        format: Format::Percent,
    };
    let titre =
        "Part administrative des patients sans médecin traitant, deux années ; évolution en points";
    blocs.push(a.graphique("mt-territoires", titre, &trace, vue.table())?);
    let colonnes = [
        "nom_public",
        "desserte",
        "territoires",
        "patients",
        "sans_mt",
        "part_sans_mt",
        "part_sans_mt_precedent",
        "evolution",
    ];
    let titre = format!("Patients sans médecin traitant par territoire, {annee}");
    let mut tableau = a.tableau("part_sans_mt_territoires", &titre, &vue, &colonnes);
    renommer(&mut tableau, &DESSERTES);
    blocs.push(tableau);
    Ok(blocs)
}

/// The survey of GP appointments: for the chapter on delays.
pub(super) fn delais(a: &mut Builder<'_>) -> Result<Vec<Block>> {
    let Some(vue) = a.vue("delai_mg_territoires").filter(|v| !v.is_empty()) else {
        return Ok(Vec::new());
    };
    let mut blocs = vec![Block::Heading {
        texte: "Chez les généralistes du territoire : l’enquête de rendez-vous".into(),
    }];
    blocs.extend(deux(a, &vue, "territoires_delais.j2")?);
    let barres: Vec<Bar> = vue
        .lignes()
        .map(|l| Bar {
            libelle: nommee(&l),
            valeur: l.valeur("delai_median_obtenus"),
            precedente: l.valeur("delai_median_obtenus_precedent"),
            secondaire: l.texte("desserte") == Some("ensemble"),
        })
        .collect();
    let connus = barres.iter().any(|b| b.precedente != Figure::Missing);
    let annee = a.input.annee;
    let trace = BarChart {
        barres,
        format: Format::Days,
        comparaison: connus.then(|| (annee - 1).to_string()),
        reference: None,
    };
    let titre = format!("Délai médian d'un rendez-vous obtenu chez un généraliste, {annee}");
    blocs.push(a.graphique("delais-territoires", &titre, &trace, vue.table())?);
    let colonnes = [
        "desserte",
        "demandes",
        "part_sans_rendez_vous",
        "part_refus",
        "delai_median_obtenus",
        "delai_median_obtenus_precedent",
        "neuvieme_decile_obtenus",
        "delai_median_tous",
    ];
    let titre = format!("Enquête de rendez-vous chez les généralistes, {annee}");
    let mut tableau = a.tableau("delai_mg_territoires", &titre, &vue, &colonnes);
    renommer(&mut tableau, &DESSERTES);
    blocs.push(tableau);
    Ok(blocs)
}
