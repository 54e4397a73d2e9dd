//! Where the buses are.

use std::collections::BTreeMap;

use super::{chapter, par_partie};
use crate::builder::Builder;
use crate::content::{Block, Chapter};
use crate::slice::Slice;
use base::definition::Format;
use base::error::Result;
use base::french::Figure;
use base::french::number;
use charts::map::{MapLevel, MapZone, ZoneMap};

pub(super) fn build(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    if a.slice("deploiement").is_none() {
        return Ok(None);
    }
    let d = a.facts("deploiement");
    let sentences = a.sentences("deploiement.j2", BTreeMap::from([("d", d)]))?;
    let mut blocks: Vec<Block> = Vec::new();
    let columns = [
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
    blocks.extend(carte(a)?);
    let title = format!("Médicobus à la fin de l'année {}", a.input.year);
    blocks.extend(a.zone_table("deploiement", &title, &columns));
    if let Some(bus) = a
        .slice("activite_par_medicobus")
        .filter(|v| !v.is_empty() && v.len() <= 60)
    {
        let columns = [
            "nom_zone",
            "code_departement",
            "porteur_type",
            "date_mise_en_service",
            "jours_par_semaine",
            "communes",
            "jours_sortie",
        ];
        blocks.push(a.table(
            "activite_par_medicobus",
            "Médicobus en activité",
            &bus,
            &columns,
        ));
        // Its activity columns are printed in the next chapter or in the annexes.
        a.printed.remove("activite_par_medicobus");
    }
    Ok(Some(chapter(
        a,
        "deploiement",
        "Déploiement",
        sentences,
        blocks,
    )))
}

/// The zones just below on the map, or the département among those of its région.
fn carte(a: &mut Builder<'_>) -> Result<Option<Block>> {
    let tone = a.input.zone.level.as_str();
    let seule = tone == "departement";
    let key = if seule {
        "deploiement"
    } else {
        "deploiement/parties"
    };
    let Some(table) = a.input.tables.get(key).filter(|t| !t.rows().is_empty()) else {
        return Ok(None);
    };
    let parts = Slice::new(table);
    let stops = a.input.tables.get(if seule {
        "eligibilite"
    } else {
        "eligibilite/parties"
    });
    let stops = stops.map(Slice::new);
    let detail = |code: &str| {
        let n = stops.as_ref()?.with("code_zone", code).first()?;
        let n = n.value("communes").number()?;
        let s = if n < 2.0 { "" } else { "s" };
        Some(format!("{} arrêt{s}", number(n, 0)))
    };
    let mut zones: Vec<MapZone> = parts
        .rows()
        .map(|l| {
            let code = l.text("code_zone").unwrap_or_default().to_string();
            MapZone {
                name: l.label(&["nom_zone", "code_zone"]),
                value: l.value("en_service"),
                detail: detail(&code),
                code,
            }
        })
        .collect();
    let delivered: Vec<&str> = a
        .input
        .provenance
        .deliveries
        .iter()
        .map(|l| l.region.as_str())
        .collect();
    let mut neighbours = Vec::new();
    for (code, name) in a.input.parts {
        if zones.iter().any(|z| z.code == *code) {
            continue;
        }
        if seule {
            neighbours.push((code.clone(), name.clone()));
            continue;
        }
        // A département without a project has no row: that it has no bus is known, since its région told. A région that
        // delivered nothing told nothing.
        let known = tone == "region" || delivered.contains(&code.as_str());
        zones.push(MapZone {
            code: code.clone(),
            name: name.clone(),
            value: if known {
                Figure::Known(0.0)
            } else {
                Figure::Missing
            },
            detail: None,
        });
    }
    let national = tone == "national";
    let frame = match national {
        true => Vec::new(),
        false => zones
            .iter()
            .map(|z| z.code.clone())
            .chain(neighbours.iter().map(|v| v.0.clone()))
            .collect(),
    };
    let carte = ZoneMap {
        level: if national {
            MapLevel::Region
        } else {
            MapLevel::Departement
        },
        zones,
        neighbours,
        frame,
        format: Format::Integer,
        unit: "médicobus en service".into(),
        short: "bus".into(),
    };
    let with = if seule {
        "dans le département"
    } else {
        par_partie(a)
    };
    let title = format!(
        "Médicobus en service (en gras) et communes d'arrêt {with}, fin {}",
        a.input.year
    );
    a.chart("deploiement-carte", &title, &carte, table)
        .map(Some)
}
