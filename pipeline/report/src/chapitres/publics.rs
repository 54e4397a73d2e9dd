//! Who comes: age and sex, profiles, priority publics.

use std::collections::BTreeMap;

use super::chapitre;
use crate::builder::Builder;
use crate::content::{Block, Chapter};
use crate::prose::Fact;
use crate::slice::Slice;
use base::definition::Format;
use base::error::Result;
use base::french::Figure;
use base::french::typography;
use charts::bar::{Bar, BarChart};
use charts::pyramid::{Pyramid, AgeGroup};

pub(super) fn construire(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    let mut blocs: Vec<Block> = Vec::new();
    if let Some(vue) = a.vue("publics_prioritaires").filter(|v| !v.is_empty()) {
        blocs.extend(prioritaires(a, &vue)?);
    }
    if let Some(vue) = a.vue("publics_exclusifs").filter(|v| !v.is_empty()) {
        let colonnes = [
            "nom_cellule",
            "prioritaire",
            "patients",
            "part",
            "consultations",
        ];
        let titre = "Patients par public, en cellules qui s'additionnent";
        blocs.push(a.tableau("publics_exclusifs", titre, &vue, &colonnes));
    }
    if let Some(vue) = a.vue("pyramide_ages").filter(|v| !v.is_empty()) {
        blocs.push(pyramide(a, &vue)?);
    }
    if let Some(vue) = a.vue("consultations_par_profil").filter(|v| !v.is_empty()) {
        blocs.push(Block::Heading {
            texte: "Profil des patients".into(),
        });
        blocs.push(profils(a, &vue)?);
        let sans_total = vue.filtre(|l| {
            l.texte("modalite") != Some("ensemble") || l.texte("dimension") == Some("statut_mt")
        });
        let colonnes = [
            "nom_dimension",
            "nom_modalite",
            "consultations",
            "part",
            "patients",
            "part_patients",
        ];
        let titre = format!("Consultations par profil de patient, {}", a.input.annee);
        blocs.push(a.tableau("consultations_par_profil", &titre, &sans_total, &colonnes));
    }
    if blocs.is_empty() {
        return Ok(None);
    }
    let au_moins_un: BTreeMap<String, Fact> = {
        let ligne = a
            .vue("publics_prioritaires")
            .and_then(|v| v.ou("public", "au_moins_un").premiere());
        Fact::ligne(ligne.as_ref(), &["part".into(), "patients".into()])
    };
    let phrases = a.phrases("publics.j2", BTreeMap::from([("au_moins_un", au_moins_un)]))?;
    Ok(Some(chapitre(
        a,
        "publics",
        "Publics reçus",
        phrases,
        blocs,
    )))
}

fn prioritaires(a: &mut Builder<'_>, vue: &Slice<'_>) -> Result<Vec<Block>> {
    let precedents = a.vue("publics_prioritaires/precedent");
    let barres = vue
        .lignes()
        .map(|l| Bar {
            libelle: l.libelle(&["nom_public", "public"]),
            valeur: l.valeur("part"),
            precedente: precedents
                .as_ref()
                .and_then(|p| p.ou("public", l.texte("public")?).premiere())
                .map_or(Figure::Missing, |p| p.valeur("part")),
            secondaire: l.texte("public") == Some("au_moins_un"),
        })
        .collect::<Vec<_>>();
    let connus = barres.iter().any(|b| b.precedente != Figure::Missing);
    let comparaison = connus.then(|| (a.input.annee - 1).to_string());
    let trace = BarChart {
        barres,
        format: Format::Percent,
        comparaison,
        reference: None,
    };
    let titre = format!(
        "Part des patients de chaque public prioritaire, {}",
        a.input.annee
    );
    let graphique = a.graphique("publics-prioritaires", &titre, &trace, vue.table())?;
    let colonnes = ["nom_public", "patients", "part", "consultations"];
    let tableau = a.tableau(
        "publics_prioritaires",
        "Publics prioritaires",
        vue,
        &colonnes,
    );
    if precedents.is_some() {
        a.imprimees.insert("publics_prioritaires/precedent".into());
    }
    Ok(vec![graphique, tableau])
}

/// The bars of a few characteristics, if the profiles are known.
pub(crate) fn courbe(a: &mut Builder<'_>) -> Result<Option<Block>> {
    match a.vue("consultations_par_profil").filter(|v| !v.is_empty()) {
        Some(vue) => profils(a, &vue).map(Some),
        None => Ok(None),
    }
}

fn pyramide(a: &mut Builder<'_>, vue: &Slice<'_>) -> Result<Block> {
    let ages = vue
        .sauf("tranche_age", "ensemble")
        .sauf("tranche_age", "inconnu");
    let tranches = ages
        .distincts("tranche_age")
        .into_iter()
        .map(|age| {
            let de = |sexe: &str| {
                ages.ou("tranche_age", age)
                    .ou("sexe", sexe)
                    .premiere()
                    .map_or(Figure::Missing, |l| l.valeur("patients"))
            };
            AgeGroup {
                libelle: age.to_string(),
                femmes: de("F"),
                hommes: de("M"),
            }
        })
        .collect();
    let trace = Pyramid {
        tranches,
        format: Format::Integer,
        unite: "patients".into(),
    };
    let titre = format!("Âge et sexe des patients, {}", a.input.annee);
    a.graphique("publics-pyramide", &titre, &trace, vue.table())
}

/// One bar per modality that says something: the share of patients, not of visits.
fn profils(a: &mut Builder<'_>, vue: &Slice<'_>) -> Result<Block> {
    let precedents = a.vue("consultations_par_profil/precedent");
    if precedents.is_some() {
        a.imprimees
            .insert("consultations_par_profil/precedent".into());
    }
    let choix = [
        ("statut_mt", "sans"),
        ("statut_mt", "indisponible"),
        ("ald", "oui"),
        ("c2s", "oui"),
        ("isole", "oui"),
        ("tranche_age", "70-79"),
        ("tranche_age", "80+"),
        ("sexe", "F"),
    ];
    let barres = choix
        .iter()
        .filter_map(|(dimension, modalite)| {
            let l = vue
                .ou("dimension", dimension)
                .ou("modalite", modalite)
                .premiere()?;
            let dans = |v: &Slice<'_>| {
                Some(
                    v.ou("dimension", dimension)
                        .ou("modalite", modalite)
                        .premiere()?
                        .valeur("part_patients"),
                )
            };
            Some(Bar {
                libelle: nommer(
                    &l.libelle(&["nom_dimension"]),
                    &l.libelle(&["nom_modalite", "modalite"]),
                ),
                valeur: l.valeur("part_patients"),
                precedente: precedents
                    .as_ref()
                    .and_then(dans)
                    .unwrap_or(Figure::Missing),
                secondaire: false,
            })
        })
        .collect::<Vec<_>>();
    let connus = barres.iter().any(|b| b.precedente != Figure::Missing);
    let comparaison = connus.then(|| (a.input.annee - 1).to_string());
    let trace = BarChart {
        barres,
        format: Format::Percent,
        comparaison,
        reference: None,
    };
    let titre = format!(
        "Part des patients selon quelques caractéristiques, {}",
        a.input.annee
    );
    a.graphique("publics-profils", &titre, &trace, vue.table())
}

/// `Affection de longue durée` for a yes; the modality itself otherwise.
fn nommer(dimension: &str, modalite: &str) -> String {
    match modalite {
        "Oui" => dimension.to_string(),
        m if m.starts_with(|c: char| c.is_ascii_digit()) && !m.contains("ans") => {
            typography(&format!("{m} ans"))
        }
        m => m.to_string(),
    }
}
