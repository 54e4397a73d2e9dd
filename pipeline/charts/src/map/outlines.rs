//! Outlines of régions and départements, in page coordinates, and the small map of a cover.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::canvas::{Point, drawing};
use crate::style::{BAND, MAIN, WHITE};
use base::error::{Context, Result};

const DEPARTEMENTS: &str = include_str!("../../outlines/departements.json");
const REGIONS: &str = include_str!("../../outlines/regions.json");

#[derive(Deserialize)]
struct OutlineFile {
    #[serde(rename = "unites")]
    units: Vec<OutlineUnit>,
}

#[derive(Deserialize)]
struct OutlineUnit {
    code: String,
    #[serde(rename = "anneaux")]
    rings: Vec<Vec<f64>>,
}

/// The rings of every zone by its code.
pub(super) type Outlines = BTreeMap<String, Vec<Vec<Point>>>;

pub(super) fn load(level: MapLevel) -> Result<Outlines> {
    let text = match level {
        MapLevel::Departement => DEPARTEMENTS,
        MapLevel::Region => REGIONS,
    };
    let file: OutlineFile =
        serde_json::from_str(text).access(|| "fond de carte illisible".into())?;

    let points = |ring: Vec<f64>| ring.chunks_exact(2).map(|p| (p[0], p[1])).collect();
    Ok(file
        .units
        .into_iter()
        .map(|u| (u.code, u.rings.into_iter().map(points).collect()))
        .collect())
}

/// The same rings with every point moved.
pub(super) fn moved(rings: &[Vec<Point>], place: impl Fn(&Point) -> Point) -> Vec<Vec<Point>> {
    rings.iter().map(|ring| ring.iter().map(&place).collect()).collect()
}

/// Codes of régions and départements overseas, whose outlines stand in a row at the foot of the map.
pub(super) fn overseas(code: &str, level: MapLevel) -> bool {
    match level {
        MapLevel::Region => matches!(code, "01" | "02" | "03" | "04" | "06"),
        MapLevel::Departement => code.len() == 3,
    }
}

/// The zone alone on the map of France, for a cover: dark where `codes` say so.
///
/// # Errors
/// If the outlines cannot be read or drawn.
pub fn thumbnail(level: MapLevel, codes: &[String]) -> Result<String> {
    let outlines = load(level)?;
    let scale = 220.0 / 1170.0;

    drawing(1010.0 * scale, 220.0, |c| {
        for (code, rings) in &outlines {
            let fill = if codes.contains(code) { MAIN } else { BAND };
            for ring in moved(rings, |p| (p.0 * scale, p.1 * scale)) {
                c.polygon(&ring, fill)?;
                c.outline(&ring, WHITE, 0.4)?;
            }
        }

        Ok(())
    })
}

/// Which outlines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapLevel {
    /// The 101 départements.
    Departement,
    /// The 18 régions.
    Region,
}
