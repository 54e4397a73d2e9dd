//! The share of patients without médecin traitant, with its intervals, and what is done about it.

use std::collections::BTreeMap;

use super::chapitre;
use crate::builder::Builder;
use crate::content::{Block, Chapter, Tone};
use crate::prose::{Change, Fact, for_sentence};
use crate::slice::{SliceRow, Slice};
use base::definition::Format;
use base::error::Result;
use base::french::{points, typography};
use charts::dumbbell::{Dumbbells, DumbbellPair};
use stats::{Interval, newcombe};

/// Change of the share without MT in points, with Newcombe's 95 % interval, from the counts of both years.
pub(super) fn ecart_sans_mt(l: &SliceRow<'_>) -> Option<Interval> {
    let compte = |nom: &str| {
        let x = l.valeur(nom).number()?;
        (x >= 0.0).then_some(x as u64)
    };
    let apres = (compte("sans_mt")?, compte("patients_connus")?);
    let avant = (
        compte("sans_mt_precedent")?,
        compte("patients_connus_precedent")?,
    );
    Some(newcombe::difference(apres, avant, 0.95)?.scaled(100.0))
}

pub(super) fn construire(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    let Some(vue) = a.vue("part_sans_mt_patients") else {
        return Ok(None);
    };
    let mut m = a.faits("part_sans_mt_patients");
    for nom in ["part_sans_mt", "part_sans_mt_precedent", "statut_inconnu"] {
        m.entry(nom.into()).or_insert_with(Fact::inconnu);
    }
    let ecart = a
        .ligne("part_sans_mt_patients")
        .and_then(|l| ecart_sans_mt(&l));
    let contexte = BTreeMap::from([
        ("m", for_sentence(&m)),
        (
            "ecart_mt",
            for_sentence(ecart.map(|i| Change::new(i, Format::Points))),
        ),
    ]);
    let phrases = a.phrases("medecin_traitant.j2", contexte)?;
    let mut blocs: Vec<Block> = vec![precautions()];
    let parties = a
        .vue("part_sans_mt_patients/parties")
        .filter(|v| !v.is_empty());
    let bus = a
        .vue("part_sans_mt_patients/medicobus")
        .filter(|v| !v.is_empty() && v.len() <= 60);
    blocs.push(halteres(a, &vue, parties.as_ref())?);
    let colonnes = [
        "nom_zone",
        "patients_connus",
        "sans_mt",
        "part_sans_mt",
        "part_sans_mt_precedent",
        "evolution",
        "statut_inconnu",
    ];
    blocs.extend(a.tableau_zones(
        "part_sans_mt_patients",
        "Situation vis-à-vis du médecin traitant",
        &colonnes,
    ));
    if let Some(bus) = bus {
        blocs.push(a.tableau(
            "part_sans_mt_patients/medicobus",
            "Part sans médecin traitant par médicobus",
            &bus,
            &colonnes,
        ));
    }
    for (cle, titre, colonnes) in [
        (
            "mt_trouve",
            "Patients ayant trouvé un médecin traitant",
            &["delai_suivi", "suivis", "trouves", "part_trouves"][..],
        ),
        (
            "mt_trouve_par_voie",
            "Voies par lesquelles un médecin traitant fut trouvé",
            &["nom_voie", "trouves", "part"][..],
        ),
    ] {
        if let Some(lignes) = a.vue(cle).filter(|v| !v.is_empty()) {
            blocs.push(a.tableau(cle, titre, &lignes, colonnes));
        }
    }
    blocs.extend(super::territoires::sans_mt(a)?);
    Ok(Some(chapitre(
        a,
        "medecin_traitant",
        "Médecin traitant",
        phrases,
        blocs,
    )))
}

/// What must be known before any figure of the chapter is read.
fn precautions() -> Block {
    Block::Callout {
        niveau: Tone::Watch,
        titre: "Deux précautions de lecture".into(),
        textes: vec![
            typography(
                "La part déclarée au médicobus et celle de l'Assurance maladie ne se comparent pas : l'une vient des patients qui consultent, l'autre des fichiers de tous les assurés.",
            ),
            typography(
                "Un médecin traitant parti en retraite reste inscrit dans les fichiers : la part administrative sans médecin traitant sous-estime le besoin.",
            ),
        ],
    }
}

fn halteres(a: &mut Builder<'_>, ensemble: &Slice<'_>, parties: Option<&Slice<'_>>) -> Result<Block> {
    let lignes = parties
        .into_iter()
        .flat_map(|p| p.lignes().collect::<Vec<_>>())
        .chain(ensemble.premiere());
    let paires = lignes
        .map(|l| DumbbellPair {
            libelle: l.libelle(&["nom_zone", "code_zone"]),
            avant: l.valeur("part_sans_mt_precedent"),
            apres: l.valeur("part_sans_mt"),
            note: match ecart_sans_mt(&l) {
                Some(i) => format!(
                    "{} [{} ; {}]",
                    points(i.estimate),
                    points(i.lower),
                    points(i.upper)
                ),
                None => l.imprime("part_sans_mt"),
            },
        })
        .collect();
    let annee = a.input.annee;
    let trace = Dumbbells {
        paires,
        dates: ((annee - 1).to_string(), annee.to_string()),
        format: Format::Percent,
    };
    let titre = "Part des patients de 17 ans et plus sans médecin traitant, deux années ; écart et intervalle à 95 %";
    a.graphique("mt-halteres", titre, &trace, ensemble.table())
}
