//! Where the buses are.

use std::collections::BTreeMap;

use super::{chapitre, par_partie};
use crate::error::Result;
use crate::query::definition::Format;
use crate::report::atelier::Atelier;
use crate::report::charts::carte::{Carte, Maille, Zone};
use crate::report::model::{Bloc, Chapitre};
use crate::report::vue::{Valeur, Vue};

pub(super) fn construire(a: &mut Atelier<'_>) -> Result<Option<Chapitre>> {
    if a.vue("deploiement").is_none() {
        return Ok(None);
    }
    let d = a.faits("deploiement");
    let phrases = a.phrases("deploiement.j2", BTreeMap::from([("d", d)]))?;
    let mut blocs: Vec<Bloc> = Vec::new();
    let colonnes = [
        "nom_zone",
        "labellises",
        "vague_1",
        "vague_2",
        "hors_aap",
        "en_service",
        "arretes",
        "jours_sortie",
        "taux_sortie",
    ];
    if let Some(parties) = a.vue("deploiement/parties").filter(|v| !v.is_empty()) {
        blocs.push(carte(a, &parties)?);
    }
    let titre = format!("Médicobus à la fin de l'année {}", a.input.annee);
    blocs.extend(a.tableau_zones("deploiement", &titre, &colonnes));
    if let Some(bus) = a
        .vue("activite_par_medicobus")
        .filter(|v| !v.is_empty() && v.len() <= 60)
    {
        let colonnes = [
            "nom_zone",
            "code_departement",
            "porteur_type",
            "date_mise_en_service",
            "jours_par_semaine",
            "communes",
            "jours_sortie",
        ];
        blocs.push(a.tableau(
            "activite_par_medicobus",
            "Médicobus en activité",
            &bus,
            &colonnes,
        ));
        // Its activity columns are printed in the next chapter or in the annexes.
        a.imprimees.remove("activite_par_medicobus");
    }
    Ok(Some(chapitre(
        a,
        "deploiement",
        "Déploiement",
        phrases,
        blocs,
    )))
}

fn carte(a: &mut Atelier<'_>, parties: &Vue<'_>) -> Result<Bloc> {
    let national = a.input.zone.niveau == "national";
    let mut zones: Vec<Zone> = parties
        .lignes()
        .map(|l| Zone {
            code: l.texte("code_zone").unwrap_or_default().to_string(),
            nom: l.libelle(&["nom_zone", "code_zone"]),
            valeur: l.valeur("en_service"),
        })
        .collect();
    // A département without a project has no row: on the map it has no bus, which is known.
    for (code, nom) in a.input.parties {
        if !zones.iter().any(|z| z.code == *code) {
            zones.push(Zone {
                code: code.clone(),
                nom: nom.clone(),
                valeur: Valeur::Nombre(0.0),
            });
        }
    }
    let cadre = if national {
        Vec::new()
    } else {
        zones.iter().map(|z| z.code.clone()).collect()
    };
    let carte = Carte {
        maille: if national {
            Maille::Region
        } else {
            Maille::Departement
        },
        zones,
        cadre,
        format: Format::Entier,
        unite: "médicobus en service".into(),
    };
    let titre = format!(
        "Médicobus en service {}, fin {}",
        par_partie(a),
        a.input.annee
    );
    a.graphique("deploiement-carte", &titre, &carte, parties.table())
}
