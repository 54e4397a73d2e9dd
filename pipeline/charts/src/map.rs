//! Maps of départements and régions, overseas included, coloured by value; a hidden value is hatched.
//!
//! Outlines: the State's design system (`outlines/LICENCE`), already in page coordinates.

use std::collections::BTreeMap;

use plotters::style::RGBColor;
use serde::Deserialize;

use super::ring::{bounds, centre, room_inside, largest};
use super::canvas::{Anchor, Canvas, Lettering, Point, drawing};
use super::style::{
    WHITE, INK, GRID, GREY, HATCH, SMALL_SIZE, MAIN, RAMP, NO_DATA, ink_on,
    text_width, wrap,
};
use super::{Plot, listed, extremes};
use base::definition::Format;
use base::error::{Context, Result};
use base::french::Figure;
use base::french::formatted;

const DEPARTEMENTS: &str = include_str!("../outlines/departements.json");
const REGIONS: &str = include_str!("../outlines/regions.json");

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

/// Which outlines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapLevel {
    /// The 101 départements.
    Departement,
    /// The 18 régions.
    Region,
}

/// One coloured zone.
#[derive(Debug, Clone, PartialEq)]
pub struct MapZone {
    /// INSEE code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Value; absent where nobody told, which is not none.
    pub value: Figure,
    /// A second figure under the value, in words: `12 arrêts`.
    pub detail: Option<String>,
}

/// A map.
#[derive(Debug, Clone, PartialEq)]
pub struct ZoneMap {
    /// Outlines.
    pub level: MapLevel,
    /// Zones with a value.
    pub zones: Vec<MapZone>,
    /// Code and name of zones around them, drawn pale to show where they are.
    pub neighbours: Vec<(String, String)>,
    /// Draw only these codes, zoomed in; all if empty.
    pub frame: Vec<String>,
    /// Format of the values.
    pub format: Format,
    /// What the colour means.
    pub unit: String,
    /// The value's name beside the figure on the map: `bus`.
    pub short: String,
}

type OutlinesByCode = BTreeMap<String, Vec<Vec<Point>>>;

fn load_outlines(level: MapLevel) -> Result<OutlinesByCode> {
    let text = match level {
        MapLevel::Departement => DEPARTEMENTS,
        MapLevel::Region => REGIONS,
    };
    let background: OutlineFile = serde_json::from_str(text).access(|| "fond de carte illisible".into())?;
    let points = |a: Vec<f64>| a.chunks_exact(2).map(|p| (p[0], p[1])).collect();
    Ok(background
        .units
        .into_iter()
        .map(|u| (u.code, u.rings.into_iter().map(points).collect()))
        .collect())
}

/// Round class limits: at most five classes from the smallest to the largest value.
fn class_limits(values: &[f64]) -> Vec<f64> {
    let max = values.iter().copied().fold(0.0, f64::max);
    let whole_numbers = values.iter().all(|x| x.fract() == 0.0);
    if whole_numbers && max <= 5.0 {
        return (1..=max.max(1.0) as usize).map(|i| i as f64).collect();
    }
    let raw = max / 5.0;
    let power = 10f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|m| m * power)
        .filter(|p| !whole_numbers || p.fract() == 0.0)
        .find(|p| *p >= raw * 0.999);
    let step = step.unwrap_or(10.0 * power);
    (0..5)
        .map(|i| step * f64::from(i))
        .filter(|b| *b < max || *b == 0.0)
        .collect()
}

fn colour(x: f64, bounds: &[f64]) -> RGBColor {
    let class = bounds.iter().rposition(|b| x >= *b).unwrap_or(0);
    // Few classes still use the whole ramp.
    let row_height = if bounds.len() > 1 {
        class * (RAMP.len() - 1) / (bounds.len() - 1)
    } else {
        3
    };
    RAMP[row_height.min(RAMP.len() - 1)]
}

impl ZoneMap {
    fn values(&self) -> Vec<f64> {
        self.zones
            .iter()
            .filter_map(|z| z.value.number())
            .filter(|x| *x > 0.0)
            .collect()
    }

    /// The key to the colours; returns where it ends.
    fn legend(&self, c: &Canvas<'_>, left: f64, top: f64) -> Result<f64> {
        let small = Lettering::new(INK, Anchor::Start).size(SMALL_SIZE);
        c.text((left, top), &self.unit, small.bold())?;
        let bounds = class_limits(&self.values());
        let whole_numbers = self.values().iter().all(|x| x.fract() == 0.0);
        let mut y = top + 13.0;
        let mut case = |c: &Canvas<'_>, background: Option<RGBColor>, text: &str| -> Result<()> {
            let corners = [
                (left, y - 4.5),
                (left + 15.0, y - 4.5),
                (left + 15.0, y + 4.5),
                (left, y + 4.5),
            ];
            match background {
                Some(f) => c.polygon(&corners, f)?,
                None => c.hatching(&corners, HATCH, 4.0)?,
            }
            c.outline(&corners, GREY, 0.4)?;
            c.text((left + 21.0, y), text, small)?;
            y += 13.0;
            Ok(())
        };
        let n = if self.values().is_empty() {
            0
        } else {
            bounds.len()
        };
        for (i, b) in bounds.iter().enumerate().take(n) {
            // Whole numbers: a class ends before the next one begins, and none is a class of its own.
            let (de, un) = match whole_numbers {
                true => (b.max(1.0), 1.0),
                false => (*b, 0.0),
            };
            let say = |x: f64| formatted(x, self.format);
            let text = match bounds.get(i + 1).map(|suivante| suivante - un) {
                Some(a) if a <= de => say(de),
                Some(a) => format!("{} à {}", say(de), say(a)),
                None if whole_numbers && self.values().iter().all(|x| *x <= de) => say(de),
                None => format!("{} et plus", say(de)),
            };
            case(c, Some(colour(*b, &bounds)), &text)?;
        }
        if self.zones.iter().any(|z| z.value == Figure::Known(0.0)) {
            case(c, Some(WHITE), "aucun")?;
        }
        if self.zones.iter().any(|z| z.value == Figure::Hidden) {
            case(c, None, "non communicable")?;
        }
        if self.zones.iter().any(|z| z.value == Figure::Missing) {
            case(c, Some(NO_DATA), "sans donnée")?;
        }
        Ok(y)
    }
}

impl Plot for ZoneMap {
    fn too_little(&self) -> Option<String> {
        self.zones
            .iter()
            .all(|z| z.value == Figure::Missing)
            .then(|| "Carte non tracée : aucune zone n'a de valeur.".into())
    }

    fn alt(&self) -> String {
        let count_of = |v: Figure| self.zones.iter().filter(|z| z.value == v).count();
        let known: Vec<(&str, f64)> = self
            .zones
            .iter()
            .filter_map(|z| Some((z.name.as_str(), z.value.number()?)))
            .collect();
        let mut finding = extremes(&known).map_or_else(String::new, |(_, (name, x))| {
            format!("Le plus en {name} ({})", formatted(x, self.format))
        });
        for (n, what) in [
            (count_of(Figure::Known(0.0)), "aucun dans"),
            (count_of(Figure::Missing), "sans donnée dans"),
        ] {
            let s = if n > 1 { "s" } else { "" };
            if n > 0 {
                finding.push_str(&format!(", {what} {n} zone{s}"));
            }
        }
        let list = self
            .zones
            .iter()
            .filter(|z| z.value.number().is_some())
            .map(|z| {
                let detail = z
                    .detail
                    .as_ref()
                    .map_or_else(String::new, |d| format!(", {d}"));
                format!("{} {}{detail}", z.name, z.value.text(self.format))
            })
            .collect();
        format!(
            "{finding}. Carte, {} : {}.",
            self.unit,
            listed(list, count_of(Figure::Hidden))
        )
    }

    fn draw(&self, width: f64) -> Result<String> {
        let load_outlines = load_outlines(self.level)?;
        let shown = |code: &str| self.frame.is_empty() || self.frame.iter().any(|c| c == code);
        let (a, b) = bounds(
            load_outlines
                .iter()
                .filter(|(k, _)| shown(k))
                .flat_map(|(_, r)| r),
        );
        let (wide, high) = ((b.0 - a.0).max(1.0), (b.1 - a.1).max(1.0));
        let available = width - 150.0;
        let whole_country = self.frame.is_empty();
        let height = if whole_country { 345.0 } else { 250.0 };
        let scale = (available / wide).min((height - 12.0) / high);
        // Under the whole country there is a line of names, those of the overseas zones.
        let foot = if whole_country { 30.0 } else { 0.0 };
        let height = (high * scale + 12.0 + foot).max(150.0);
        let place = |p: &Point| (4.0 + (p.0 - a.0) * scale, 6.0 + (p.1 - a.1) * scale);
        let limits = class_limits(&self.values());
        let mut placed = Vec::new();
        for (code, rings) in load_outlines.iter().filter(|(k, _)| shown(k)) {
            let zone = self.zones.iter().find(|z| z.code == *code);
            let rings: Vec<Vec<Point>> = rings
                .iter()
                .map(|ring| ring.iter().map(place).collect())
                .collect();
            let background = match zone.map(|z| z.value) {
                Some(Figure::Known(x)) if x > 0.0 => Some(colour(x, &limits)),
                Some(Figure::Hidden) => None,
                Some(Figure::Known(_)) | None => Some(WHITE),
                Some(Figure::Missing) => Some(NO_DATA),
            };
            placed.push((zone, rings, background));
        }
        let left = width - 138.0;
        let tail = self.beside_map(&placed, whole_country);
        let needed = 12.0 + 13.0 * 9.0 + 20.0 * tail.len() as f64;
        let height = if tail.is_empty() {
            height
        } else {
            height.max(needed)
        };
        drawing(width, height, |c| {
            for (zone, rings, background) in &placed {
                for trace in rings {
                    match background {
                        Some(f) => c.polygon(trace, *f)?,
                        None => c.hatching(trace, HATCH, 4.0)?,
                    }
                    let stroke_colour = if zone.is_some() { GREY } else { GRID };
                    c.outline(trace, stroke_colour, 0.4)?;
                }
            }
            for (code, name) in &self.neighbours {
                if let Some(rings) = load_outlines.get(code) {
                    let rings: Vec<Vec<Point>> = rings
                        .iter()
                        .map(|ring| ring.iter().map(place).collect())
                        .collect();
                    if let Some((p, lines)) = self.fits(name, &rings) {
                        c.lines(p, &lines, Lettering::new(GREY, Anchor::Middle).size(NAME_SIZE))?;
                    }
                }
            }
            for (zone, rings, background) in &placed {
                if let Some(zone) = zone.filter(|z| !whole_country || z.value != Figure::Missing) {
                    self.write_names(c, zone, rings, *background, whole_country)?;
                }
            }
            let mut y = self.legend(c, left, 12.0)? + 6.0;
            let small = Lettering::new(INK, Anchor::Start).size(SMALL_SIZE);
            for zone in tail {
                c.text((left, y), &zone.name, small.bold())?;
                c.text((left, y + 9.0), &self.figures(zone), small)?;
                y += 21.0;
            }
            Ok(())
        })
    }
}

/// A zone, its outlines on the page, and what fills them (nothing: hatched).
type PlacedZone<'z> = (Option<&'z MapZone>, Vec<Vec<Point>>, Option<RGBColor>);

/// Codes of régions and départements overseas, whose outlines stand in a row at the foot of the map.
fn overseas(code: &str, level: MapLevel) -> bool {
    match level {
        MapLevel::Region => matches!(code, "01" | "02" | "03" | "04" | "06"),
        MapLevel::Departement => code.len() == 3,
    }
}

impl ZoneMap {
    /// `8 bus, 42 arrêts`.
    fn figures(&self, zone: &MapZone) -> String {
        let value = format!("{} {}", zone.value.text(self.format), self.short);
        match &zone.detail {
            Some(detail) => format!("{value}, {detail}"),
            None => value,
        }
    }

    /// Zones too narrow for a name: it goes beside the map, its figure stays inside.
    fn beside_map<'z>(&self, placed: &[PlacedZone<'z>], whole_country: bool) -> Vec<&'z MapZone> {
        placed
            .iter()
            .filter_map(|(zone, rings, _)| {
                let zone = (*zone)?;
                let outside = whole_country && (overseas(&zone.code, self.level) || zone.code == "94");
                let silent = whole_country && zone.value == Figure::Missing;
                (!outside && !silent && self.fits(&zone.name, rings).is_none()).then_some(zone)
            })
            .collect()
    }

    /// The lines of a name that fit inside a zone above a figure, with their middle; nothing if they do not.
    fn fits(&self, name: &str, rings: &[Vec<Point>]) -> Option<(Point, Vec<String>)> {
        let ring = largest(rings)?;
        let (middle, wide, high) = room_inside(ring)?;
        let name = wrap(name, NAME_SIZE, wide - 4.0, 2);
        let cut = name.iter().any(|l| l.ends_with('…'));
        let fits = high >= 9.0 * (name.len() + 1) as f64 + 4.0;
        (!cut && fits).then_some((middle, name))
    }

    /// Name and figures of a zone, inside it where there is room.
    fn write_names(
        &self,
        c: &Canvas<'_>,
        zone: &MapZone,
        rings: &[Vec<Point>],
        background: Option<RGBColor>,
        whole_country: bool,
    ) -> Result<()> {
        let Some(ring) = largest(rings) else {
            return Ok(());
        };
        let value = zone.value.text(self.format);
        let lettering = Lettering::new(INK, Anchor::Middle);
        let (top, bottom) = bounds(rings.iter());
        if whole_country && overseas(&zone.code, self.level) {
            let x = (top.0 + bottom.0) / 2.0;
            c.text((x, bottom.1 + 8.0), &zone.name, lettering.size(NAME_SIZE))?;
            c.text((x, bottom.1 + 17.0), &value, lettering.bold())?;
            return c.text(
                (x, bottom.1 + 26.0),
                zone.detail.as_deref().unwrap_or_default(),
                lettering.size(NAME_SIZE),
            );
        }
        let outside = whole_country && zone.code == "94";
        let (p, name, lettering) = if outside {
            // Room in the sea, at the left of Corse.
            let p = (top.0 - 24.0, (top.1 + bottom.1) / 2.0);
            (p, vec![zone.name.clone()], lettering)
        } else {
            let on = ink_on(background.unwrap_or(WHITE));
            let lettering = Lettering {
                colour: on,
                ..lettering
            };
            match self.fits(&zone.name, rings) {
                Some((p, name)) => (p, name, lettering),
                None => {
                    let p = room_inside(ring).map_or_else(|| centre(ring), |(p, _, _)| p);
                    return c.text(p, &value, lettering.bold());
                }
            }
        };
        let detail = zone.detail.as_deref().filter(|_| {
            outside
                || room_inside(ring).is_some_and(|(_, wide, high)| {
                    let text = zone.detail.as_deref().unwrap_or_default();
                    high >= 9.0 * (name.len() + 2) as f64 + 4.0
                        && text_width(text, NAME_SIZE) + 4.0 <= wide
                })
        });
        let lines = name.len() + 1 + usize::from(detail.is_some());
        let mut y = p.1 - 9.0 * (lines as f64 - 1.0) / 2.0;
        if background.is_none() && !outside {
            let half = name
                .iter()
                .map(|l| text_width(l, NAME_SIZE))
                .fold(0.0, f64::max)
                / 2.0
                + 3.0;
            let edge = 9.0 * lines as f64 / 2.0 + 2.0;
            c.rectangle((p.0 - half, p.1 - edge), (p.0 + half, p.1 + edge), WHITE)?;
        }
        for line in &name {
            c.text((p.0, y), line, lettering.size(NAME_SIZE))?;
            y += 9.0;
        }
        c.text((p.0, y), &value, lettering.bold())?;
        match detail {
            Some(detail) => c.text((p.0, y + 9.0), detail, lettering.size(NAME_SIZE)),
            None => Ok(()),
        }
    }
}

/// Size of the names on the map.
const NAME_SIZE: f64 = 6.8;

/// The zone alone on the map of France, for a cover: dark where `codes` say so.
///
/// # Errors
/// If the outlines cannot be read or drawn.
pub fn thumbnail(level: MapLevel, codes: &[String]) -> Result<String> {
    let load_outlines = load_outlines(level)?;
    let scale = 220.0 / 1170.0;
    drawing(1010.0 * scale, 220.0, |c| {
        for (code, rings) in &load_outlines {
            let background = if codes.contains(code) {
                MAIN
            } else {
                super::style::BAND
            };
            for ring in rings {
                let trace: Vec<Point> = ring
                    .iter()
                    .map(|p| (p.0 * scale, p.1 * scale))
                    .collect();
                c.polygon(&trace, background)?;
                c.outline(&trace, WHITE, 0.4)?;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn outlines_hold_every_zone_overseas_included() {
        let departements = load_outlines(MapLevel::Departement).unwrap();
        assert_eq!(departements.len(), 101);
        assert!(
            ["2A", "971", "976"]
                .iter()
                .all(|c| departements.contains_key(*c))
        );
        let regions = load_outlines(MapLevel::Region).unwrap();
        assert_eq!(regions.len(), 18);
        assert!(
            ["01", "06", "28", "94"]
                .iter()
                .all(|c| regions.contains_key(*c))
        );
    }

    fn zone(code: &str, name: &str, value: Figure, stops: u32) -> MapZone {
        MapZone {
            code: code.into(),
            name: name.into(),
            value,
            detail: (stops > 0).then(|| format!("{stops} arrêts")),
        }
    }

    fn zone_map(level: MapLevel, zones: Vec<MapZone>, zoom: bool) -> ZoneMap {
        ZoneMap {
            level,
            frame: match zoom {
                true => zones.iter().map(|z| z.code.clone()).collect(),
                false => Vec::new(),
            },
            zones,
            neighbours: Vec::new(),
            format: Format::Integer,
            unit: "médicobus en service".into(),
            short: "bus".into(),
        }
    }

    #[test]
    fn a_hidden_zone_is_hatched_and_told() {
        let zones = vec![
            zone("61", "Orne", Figure::Hidden, 0),
            zone("27", "Eure", Figure::Known(3.0), 12),
        ];
        let zone_map = zone_map(MapLevel::Departement, zones, true);
        assert!(zone_map.alt().starts_with("Le plus en Eure (3)"));
        assert!(zone_map.alt().contains("1 valeur non communicable"));
        let svg = zone_map.draw(470.0).unwrap();
        assert!(svg.contains("non communicable") && svg.contains("12 arrêts"));
    }

    #[test]
    fn none_and_unknown_are_two_things() {
        let zones = vec![
            zone("28", "Normandie", Figure::Known(5.0), 40),
            zone("53", "Bretagne", Figure::Known(0.0), 0),
            zone("84", "Auvergne-Rhône-Alpes", Figure::Missing, 0),
        ];
        let all_zones = zone_map(MapLevel::Region, zones.clone(), false);
        let svg = all_zones.draw(470.0).unwrap();
        assert!(svg.contains("aucun") && svg.contains("sans donnée"));
        assert!(
            all_zones.alt()
                .contains("aucun dans 1 zone, sans donnée dans 1 zone")
        );
        let known = zone_map(MapLevel::Region, zones[..2].to_vec(), false);
        assert!(!known.draw(470.0).unwrap().contains("sans donnée"));
        // Whole numbers: classes that do not overlap.
        let whole_numbers = [("28", 7.0), ("44", 3.0), ("84", 12.0)]
            .map(|(code, n)| zone(code, code, Figure::Known(n), 0))
            .to_vec();
        let svg = zone_map(MapLevel::Region, whole_numbers, false).draw(470.0).unwrap();
        assert!(svg.contains("5 à 9") && svg.contains("10 et plus"), "{svg}");
        // Nobody told anything: a sentence, no map.
        assert!(
            zone_map(MapLevel::Region, zones[2..].to_vec(), false)
                .too_little()
                .is_some()
        );
    }

    /// Every région can be named: inside, under it or beside the map, never cut.
    #[test]
    fn every_zone_has_its_name_and_figures_on_the_map() {
        let names = [
            ("01", "Guadeloupe"),
            ("02", "Martinique"),
            ("03", "Guyane"),
            ("04", "La Réunion"),
            ("06", "Mayotte"),
            ("11", "Île-de-France"),
            ("24", "Centre-Val de Loire"),
            ("27", "Bourgogne-Franche-Comté"),
            ("28", "Normandie"),
            ("32", "Hauts-de-France"),
            ("44", "Grand Est"),
            ("52", "Pays de la Loire"),
            ("53", "Bretagne"),
            ("75", "Nouvelle-Aquitaine"),
            ("76", "Occitanie"),
            ("84", "Auvergne-Rhône-Alpes"),
            ("93", "Provence-Alpes-Côte d'Azur"),
            ("94", "Corse"),
        ];
        let zones: Vec<MapZone> = names
            .iter()
            .zip(11..)
            .map(|((code, name), n)| zone(code, name, Figure::Known(f64::from(n)), n as u32 * 10))
            .collect();
        let svg = zone_map(MapLevel::Region, zones, false).draw(470.0).unwrap();
        assert!(!svg.contains('…'));
        for (i, (_, name)) in names.iter().enumerate() {
            let first = name.split_inclusive([' ', '-']).next().unwrap().trim();
            assert!(svg.contains(first), "{name}");
            assert!(svg.contains(&format!("\n{}\n", 11 + i)), "figure of {name}");
        }
        // Paris and its neighbours have no room for a name: it stands beside the map.
        let small_zones = [
            ("75", "Paris"),
            ("92", "Hauts-de-Seine"),
            ("77", "Seine-et-Marne"),
        ]
        .map(|(code, name)| zone(code, name, Figure::Known(2.0), 8))
        .to_vec();
        let svg = zone_map(MapLevel::Departement, small_zones, true)
            .draw(470.0)
            .unwrap();
        assert!(svg.contains("2 bus, 8 arrêts"), "names beside the map");
    }
}
