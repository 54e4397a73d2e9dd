//! Outlines with their names, for a map whose zones are links: the page that shows it draws it in its own colours.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use super::names::{LINE_HEIGHT, NAME_SIZE, at_sea, fitting};
use super::outlines::{MapLevel, load, moved, overseas};
use crate::canvas::Point;
use crate::ring::bounds;
use base::error::Result;

/// Blank around the outlines, and under them for the names of the overseas zones.
const MARGIN: f64 = 4.0;
const FOOT: f64 = 14.0;

/// A map of links.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OutlineMap {
    /// Width, in points.
    #[serde(rename = "largeur")]
    pub width: f64,
    /// Height, in points.
    #[serde(rename = "hauteur")]
    pub height: f64,
    /// Size of the names, in points.
    #[serde(rename = "corps")]
    pub size: f64,
    /// Its zones, by code.
    pub zones: Vec<OutlinedZone>,
}

/// A zone of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OutlinedZone {
    /// INSEE code.
    pub code: String,
    /// Its outline, as the path of an SVG.
    #[serde(rename = "trace")]
    pub path: String,
    /// Its name where there is room for it: middle of the base line, and text, of each line.
    #[serde(rename = "lignes")]
    pub lines: Vec<(f64, f64, String)>,
    /// Whether the name stands beside the outline, not on it.
    #[serde(rename = "a_cote")]
    pub beside: bool,
}

/// The outlines of `frame` (all of them if it is empty) within `width` × `height` points, those of `names` with their name.
///
/// # Errors
/// If the outlines cannot be read.
pub fn outline_map(
    level: MapLevel,
    frame: &[String],
    names: &BTreeMap<String, String>,
    (width, height): (f64, f64),
) -> Result<OutlineMap> {
    let outlines = load(level)?;
    let shown = || outlines.iter().filter(|(code, _)| frame.is_empty() || frame.contains(code));

    let (a, b) = bounds(shown().flat_map(|(_, rings)| rings));
    let (wide, high) = ((b.0 - a.0).max(1.0), (b.1 - a.1).max(1.0));
    let foot = if frame.is_empty() { FOOT } else { 0.0 };
    let room = (width - 2.0 * MARGIN, height - 2.0 * MARGIN - foot);
    let scale = (room.0 / wide).min(room.1 / high);
    let place = |p: &Point| (MARGIN + (p.0 - a.0) * scale, MARGIN + (p.1 - a.1) * scale);

    let zones = shown().map(|(code, rings)| {
        let rings = moved(rings, place);
        let beside = frame.is_empty() && (overseas(code, level) || at_sea(code));
        let name = names.get(code);
        OutlinedZone {
            code: code.clone(),
            path: path(&rings),
            lines: name.map(|name| lines(name, code, &rings, beside)).unwrap_or_default(),
            beside,
        }
    });

    Ok(OutlineMap {
        zones: zones.collect(),
        width: rounded(wide * scale + 2.0 * MARGIN),
        height: rounded(high * scale + 2.0 * MARGIN + foot),
        size: NAME_SIZE,
    })
}

/// The lines of a name: inside the outline, or beside one that stands in the sea.
fn lines(name: &str, code: &str, rings: &[Vec<Point>], beside: bool) -> Vec<(f64, f64, String)> {
    let (top, bottom) = bounds(rings.iter());
    let placed = match beside {
        true if at_sea(code) => {
            Some(((top.0 - 12.0, (top.1 + bottom.1) / 2.0), vec![name.to_owned()]))
        }
        true => Some((((top.0 + bottom.0) / 2.0, bottom.1 + 7.0), vec![name.to_owned()])),
        false => fitting(name, &[], rings),
    };
    let Some(((x, y), lines)) = placed else { return Vec::new() };

    // From the middle of the block to the base line of each of its lines.
    let first = y - LINE_HEIGHT * (lines.len() as f64 - 1.0) / 2.0 + NAME_SIZE * 0.35;
    let placed = lines.into_iter().enumerate();
    placed
        .map(|(i, line)| (rounded(x), rounded(first + LINE_HEIGHT * i as f64), line))
        .collect()
}

/// Closed rings as the path of an SVG.
fn path(rings: &[Vec<Point>]) -> String {
    let mut path = String::new();
    for ring in rings {
        for (i, p) in ring.iter().enumerate() {
            let letter = if i == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{letter}{} {}", rounded(p.0), rounded(p.1));
        }
        path.push('Z');
    }
    path
}

/// To a tenth of a point.
fn rounded(x: f64) -> f64 {
    (x * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_zone_has_its_outline_and_a_name_where_there_is_room() {
        let names = [
            ("24", "Centre-Val de Loire"),
            ("03", "Guyane"),
            ("94", "Corse"),
            ("11", "Île-de-France"),
        ]
        .map(|(code, name)| (code.to_string(), name.to_string()));
        let map = outline_map(MapLevel::Region, &[], &names.into(), (340.0, 420.0)).unwrap();
        assert_eq!(map.zones.len(), 18);
        assert!(map.width <= 340.0 && map.height <= 420.0);

        let zone = |code: &str| map.zones.iter().find(|z| z.code == code).unwrap();
        assert_eq!(zone("24").lines[0].2, "Centre-Val");
        assert!(zone("03").beside && zone("94").beside && !zone("24").beside);
        assert!(zone("53").lines.is_empty(), "a name that nobody gave");
        for zone in &map.zones {
            assert!(zone.path.starts_with('M') && zone.path.ends_with('Z'));
            for (x, y, _) in &zone.lines {
                assert!((0.0..map.width).contains(x) && (0.0..map.height).contains(y));
            }
        }
    }

    #[test]
    fn a_frame_zooms_in() {
        let frame = ["61", "14"].map(String::from);
        let map =
            outline_map(MapLevel::Departement, &frame, &BTreeMap::new(), (300.0, 300.0)).unwrap();
        assert_eq!(map.zones.len(), 2);
        assert!(map.width.max(map.height) > 295.0);
    }
}
