//! Where the buses are.

use std::collections::BTreeMap;

use super::chapter::chapter;
use crate::builder::Builder;
use crate::content::{Block, Chapter};
use crate::slice::Slice;
use base::definition::Format;
use base::error::Result;
use base::french::Figure;
use base::french::number;
use base::zone::Level;
use charts::map::{MapLevel, MapZone, ZoneMap};

pub(super) fn build(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    if a.slice("deploiement").is_none() {
        return Ok(None);
    }

    let facts = [("d", a.facts("deploiement")), ("e", a.facts("engagements"))];
    let sentences = a.sentences("deploiement.j2", BTreeMap::from(facts))?;
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
    blocks.extend(zone_map(a)?);

    let title = format!("Médicobus {}", a.input.at_its_end());
    blocks.extend(a.zone_table("deploiement", &title, &columns));

    if let Some(bus) = a.slice("activite_par_medicobus").filter(|v| !v.is_empty() && v.len() <= 60)
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
        let mut table = a.table("activite_par_medicobus", "Médicobus en activité", &bus, &columns);
        if let Block::Table(t) = &mut table {
            // The query's cautions are about its figures of patients, which stand elsewhere.
            t.notes.retain(|note| note.starts_with("Champ"));
        }
        super::activite::name_buses(&mut table);
        blocks.push(table);
    }

    Ok(Some(chapter(a, "deploiement", "Déploiement", sentences, blocks)))
}

/// The zones just below on the map, or the département among those of its région.
fn zone_map(a: &mut Builder<'_>) -> Result<Option<Block>> {
    let level = a.input.zone.level;
    let single = level == Level::Departement;

    let suffix = if single { "" } else { "/parties" };

    let tables = a.input.tables;
    let table = tables.get(&format!("deploiement{suffix}"));
    let Some(table) = table.filter(|t| !t.rows().is_empty()) else {
        return Ok(None);
    };

    let stops = tables.get(&format!("eligibilite{suffix}")).map(Slice::new);
    let mut zones = told_zones(&Slice::new(table), stops.as_ref());

    let others = a.input.parts.iter();
    let others = others.filter(|(code, _)| zones.iter().all(|z| z.code != **code));
    let (mut neighbours, mut silent) = (Vec::new(), Vec::new());

    for (code, name) in others {
        match single {
            true => neighbours.push((code.clone(), name.clone())),
            false => silent.push(silent_zone(a, code, name)),
        }
    }

    zones.extend(silent);

    let (map_level, frame) = match level {
        Level::National => (MapLevel::Region, Vec::new()),
        _ => {
            let codes = zones.iter().map(|z| z.code.clone());
            let around = neighbours.iter().map(|n| n.0.clone());
            (MapLevel::Departement, codes.chain(around).collect())
        }
    };

    let plot = ZoneMap {
        level: map_level,
        zones,
        neighbours,
        frame,
        format: Format::Integer,
        unit: "médicobus en service".into(),
        short: "médicobus".into(),
    };

    let place = match single {
        true => "dans le département",
        false => a.by_part(),
    };

    let title = format!(
        "Médicobus en service (en gras) et communes d'arrêt {place}, {}",
        a.input.at_its_end()
    );
    a.chart("deploiement-carte", &title, &plot, table)
}

/// The zones that have a row, with the communes where their buses stop.
fn told_zones(parts: &Slice<'_>, stops: Option<&Slice<'_>>) -> Vec<MapZone> {
    let detail = |code: &str| {
        let row = stops?.with("code_zone", code).first()?;
        let n = row.value("communes").number()?;
        let s = if n < 2.0 { "" } else { "s" };
        Some(format!("{} arrêt{s}", number(n, 0)))
    };

    parts
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
        .collect()
}

/// A zone without a row. A département whose région delivered has no bus; of a région that delivered nothing, nothing is
/// known.
fn silent_zone(a: &Builder<'_>, code: &str, name: &str) -> MapZone {
    let mut deliveries = a.input.provenance.deliveries.iter();
    let known = a.input.zone.level == Level::Region || deliveries.any(|d| d.region == code);

    MapZone {
        code: code.to_string(),
        name: name.to_string(),
        value: if known { Figure::Known(0.0) } else { Figure::Missing },
        detail: None,
    }
}
