//! Maps of départements and régions, overseas included, coloured by value; a hidden value is hatched.
//!
//! Outlines: the State's design system (`outlines/LICENCE`), already in page coordinates.

mod legend;
mod names;
mod outline_map;
mod outlines;
mod zone_map;

use super::canvas::{Anchor, Canvas, Lettering, Point, drawing};
use super::ring::bounds;
use super::style::{GREY, GRID, INK, SMALL_SIZE, WHITE};
use super::{Plot, count_hidden, extremes, known, listed};
use crate::data::{ChartData, row};
use base::error::Result;
use base::french::{Figure, formatted};
use legend::{class_limits, colour};
use names::{NAME_SIZE, fitting};
use outlines::{Outlines, moved};
use zone_map::{Ground, PlacedZone};

pub use outline_map::{OutlineMap, OutlinedZone, outline_map};
pub use outlines::{MapLevel, thumbnail};
pub use zone_map::{MapZone, ZoneMap};

impl ZoneMap {
    /// The zones that are drawn, moved to their place on the page.
    fn placed(&self, outlines: &Outlines, place: impl Fn(&Point) -> Point) -> Vec<PlacedZone<'_>> {
        let limits = class_limits(&self.values());
        self.shown(outlines)
            .map(|(code, rings)| {
                let zone = self.zones.iter().find(|z| z.code == *code);
                let ground = match zone.map(|z| z.value) {
                    Some(Figure::Known(x)) if x > 0.0 => Ground::Colour(colour(x, &limits)),
                    Some(Figure::Hidden) => Ground::Hidden,
                    Some(Figure::Known(_)) | None => Ground::Colour(WHITE),
                    Some(Figure::Missing) => Ground::Unknown,
                };
                PlacedZone {
                    zone,
                    rings: moved(rings, &place),
                    ground,
                }
            })
            .collect()
    }

    /// The outlines inside the frame; all of them if there is none.
    fn shown<'o>(
        &'o self,
        outlines: &'o Outlines,
    ) -> impl Iterator<Item = (&'o String, &'o Vec<Vec<Point>>)> {
        outlines
            .iter()
            .filter(|(code, _)| self.frame.is_empty() || self.frame.contains(code))
    }

    /// Outlines and names of the zones, those of their neighbours in grey.
    fn draw_zones(
        &self,
        c: &Canvas<'_>,
        placed: &[PlacedZone<'_>],
        neighbours: &[(&String, Vec<Vec<Point>>)],
    ) -> Result<()> {
        for p in placed {
            let edge = if p.zone.is_some() { GREY } else { GRID };
            for ring in &p.rings {
                p.ground.fill(c, ring)?;
                c.outline(ring, edge, 0.4)?;
            }
        }

        for (name, rings) in neighbours {
            if let Some((middle, lines)) = fitting(name, &[], rings) {
                let pale = Lettering::note(Anchor::Middle).size(NAME_SIZE);
                c.lines(middle, &lines, pale)?;
            }
        }

        // On the whole country a zone without data stays without a name.
        let named = |z: &&MapZone| !self.frame.is_empty() || z.value != Figure::Missing;
        for p in placed {
            if let Some(zone) = p.zone.filter(named) {
                self.write_names(c, zone, p, placed)?;
            }
        }

        Ok(())
    }
}

impl Plot for ZoneMap {
    fn too_little(&self) -> Option<String> {
        let told = self.zones.iter().filter(|z| z.value != Figure::Missing).count();
        (told == 0 || self.zones.len() + self.neighbours.len() < 2)
            .then(|| "Carte non tracée : moins de deux zones, ou aucune qui ait une valeur.".into())
    }

    fn alt(&self) -> String {
        let known = known(self.zones.iter().map(|z| (z.name.as_str(), z.value)));
        let mut finding = extremes(&known).map_or_else(String::new, |(_, (_, x))| {
            let most = known.iter().filter(|(_, y)| *y == x).map(|(name, _)| *name);
            let names = most.collect::<Vec<_>>().join(", ");
            format!("Le plus : {names} ({})", formatted(x, self.format))
        });

        for (value, what) in
            [(Figure::Known(0.0), "aucun dans"), (Figure::Missing, "sans donnée dans")]
        {
            let n = self.zones.iter().filter(|z| z.value == value).count();
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
                let detail = z.detail.as_ref().map_or_else(String::new, |d| format!(", {d}"));
                format!("{} {}{detail}", z.name, z.value.text(self.format))
            })
            .collect();
        let list = listed(list, count_hidden(self.zones.iter().map(|z| z.value)));
        format!("{finding}. Carte, {} : {list}.", self.unit)
    }

    fn reading(&self) -> Option<String> {
        let zone = self.zones.iter().find(|z| z.value.number().is_some_and(|x| x > 0.0))?;
        let (name, value) = (&zone.name, zone.value.text(self.format));
        Some(format!("{name} : {value} {}", self.unit))
    }

    fn data(&self) -> ChartData {
        let rows = self.zones.iter().map(|z| {
            let mut cells = row(&z.name, &[z.value], self.format);
            cells.push(z.detail.clone().unwrap_or_default());
            cells
        });
        ChartData::new(&["Zone", &self.unit, "Détail"], rows)
    }

    fn draw(&self, width: f64) -> Result<String> {
        let outlines = outlines::load(self.level)?;
        let (a, b) = bounds(self.shown(&outlines).flat_map(|(_, rings)| rings));
        let (wide, high) = ((b.0 - a.0).max(1.0), (b.1 - a.1).max(1.0));

        // Under the whole country there is a line of names, those of the overseas zones.
        let (room, foot) = match self.frame.is_empty() {
            true => (300.0, 30.0),
            false => (200.0, 0.0),
        };
        let scale = ((width - 150.0) / wide).min((room - 12.0) / high);
        let place = |p: &Point| (4.0 + (p.0 - a.0) * scale, 6.0 + (p.1 - a.1) * scale);

        let placed = self.placed(&outlines, place);
        let neighbours: Vec<(&String, Vec<Vec<Point>>)> = self
            .neighbours
            .iter()
            .filter_map(|(code, name)| Some((name, moved(outlines.get(code)?, place))))
            .collect();

        // The column at the right may need more height than the map.
        let beside = self.beside_map(&placed);
        let mut height = (high * scale + 12.0 + foot).max(150.0);
        if !beside.is_empty() {
            height = height.max(12.0 + 13.0 * 9.0 + 20.0 * beside.len() as f64);
        }

        drawing(width, height, |c| {
            self.draw_zones(c, &placed, &neighbours)?;

            let left = width - 138.0;
            let mut y = self.legend(c, (left, 12.0))? + 6.0;
            let small = Lettering::new(INK, Anchor::Start).size(SMALL_SIZE);
            for zone in beside {
                c.text((left, y), &zone.name, small.bold())?;
                c.text((left, y + 9.0), &self.figures(zone), small)?;
                y += 21.0;
            }

            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::definition::Format;

    #[test]
    fn outlines_hold_every_zone_overseas_included() {
        let departements = outlines::load(MapLevel::Departement).unwrap();
        assert_eq!(departements.len(), 101);
        assert!(["2A", "971", "976"].iter().all(|c| departements.contains_key(*c)));
        let regions = outlines::load(MapLevel::Region).unwrap();
        assert_eq!(regions.len(), 18);
        assert!(["01", "06", "28", "94"].iter().all(|c| regions.contains_key(*c)));
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
        assert!(zone_map.alt().starts_with("Le plus : Eure (3)"));
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
        assert!(all_zones.alt().contains("aucun dans 1 zone, sans donnée dans 1 zone"));
        let known = zone_map(MapLevel::Region, zones[..2].to_vec(), false);
        assert!(!known.draw(470.0).unwrap().contains("sans donnée"));
        // Whole numbers: classes that do not overlap.
        let whole_numbers = [("28", 7.0), ("44", 3.0), ("84", 12.0)]
            .map(|(code, n)| zone(code, code, Figure::Known(n), 0))
            .to_vec();
        let svg = zone_map(MapLevel::Region, whole_numbers, false).draw(470.0).unwrap();
        assert!(svg.contains("5 à 9") && svg.contains("10 et plus"), "{svg}");
        // Nobody told anything: a sentence, no map.
        assert!(zone_map(MapLevel::Region, zones[2..].to_vec(), false).too_little().is_some());
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
        let small_zones = [("75", "Paris"), ("92", "Hauts-de-Seine"), ("77", "Seine-et-Marne")]
            .map(|(code, name)| zone(code, name, Figure::Known(2.0), 8))
            .to_vec();
        let svg = zone_map(MapLevel::Departement, small_zones, true).draw(470.0).unwrap();
        assert!(svg.contains("2 bus, 8 arrêts"), "names beside the map");
    }
}
