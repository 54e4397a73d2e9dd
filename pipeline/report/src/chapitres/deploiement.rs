//! Where the buses are.

use std::collections::BTreeMap;

use super::{chapitre, par_partie};
use crate::builder::Builder;
use crate::content::{Block, Chapter};
use crate::slice::Slice;
use base::definition::Format;
use base::error::Result;
use base::french::Figure;
use base::french::number;
use charts::map::{ZoneMap, MapLevel, MapZone};

pub(super) fn construire(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    if a.vue("deploiement").is_none() {
        return Ok(None);
    }
    let d = a.faits("deploiement");
    let phrases = a.phrases("deploiement.j2", BTreeMap::from([("d", d)]))?;
    let mut blocs: Vec<Block> = Vec::new();
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
    blocs.extend(carte(a)?);
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

/// The zones just below on the map, or the département among those of its région.
fn carte(a: &mut Builder<'_>) -> Result<Option<Block>> {
    let niveau = a.input.zone.level.as_str();
    let seule = niveau == "departement";
    let cle = if seule {
        "deploiement"
    } else {
        "deploiement/parties"
    };
    let Some(table) = a.input.tables.get(cle).filter(|t| !t.rows().is_empty()) else {
        return Ok(None);
    };
    let parties = Slice::new(table);
    let arrets = a.input.tables.get(if seule {
        "eligibilite"
    } else {
        "eligibilite/parties"
    });
    let arrets = arrets.map(Slice::new);
    let detail = |code: &str| {
        let n = arrets.as_ref()?.ou("code_zone", code).premiere()?;
        let n = n.valeur("communes").number()?;
        let s = if n < 2.0 { "" } else { "s" };
        Some(format!("{} arrêt{s}", number(n, 0)))
    };
    let mut zones: Vec<MapZone> = parties
        .lignes()
        .map(|l| {
            let code = l.texte("code_zone").unwrap_or_default().to_string();
            MapZone {
                nom: l.libelle(&["nom_zone", "code_zone"]),
                valeur: l.valeur("en_service"),
                detail: detail(&code),
                code,
            }
        })
        .collect();
    let livrees: Vec<&str> = a
        .input
        .provenance
        .livraisons
        .iter()
        .map(|l| l.region.as_str())
        .collect();
    let mut voisines = Vec::new();
    for (code, nom) in a.input.parties {
        if zones.iter().any(|z| z.code == *code) {
            continue;
        }
        if seule {
            voisines.push((code.clone(), nom.clone()));
            continue;
        }
        // A département without a project has no row: that it has no bus is known, since its région told. A région that
        // delivered nothing told nothing.
        let connue = niveau == "region" || livrees.contains(&code.as_str());
        zones.push(MapZone {
            code: code.clone(),
            nom: nom.clone(),
            valeur: if connue {
                Figure::Known(0.0)
            } else {
                Figure::Missing
            },
            detail: None,
        });
    }
    let national = niveau == "national";
    let cadre = match national {
        true => Vec::new(),
        false => zones
            .iter()
            .map(|z| z.code.clone())
            .chain(voisines.iter().map(|v| v.0.clone()))
            .collect(),
    };
    let carte = ZoneMap {
        maille: if national {
            MapLevel::Region
        } else {
            MapLevel::Departement
        },
        zones,
        voisines,
        cadre,
        format: Format::Integer,
        unite: "médicobus en service".into(),
        court: "bus".into(),
    };
    let ou = if seule {
        "dans le département"
    } else {
        par_partie(a)
    };
    let titre = format!(
        "Médicobus en service (en gras) et communes d'arrêt {ou}, fin {}",
        a.input.annee
    );
    a.graphique("deploiement-carte", &titre, &carte, table)
        .map(Some)
}
