//! Names and figures of zones: inside them where there is room, beside the map otherwise.

use super::outlines::overseas;
use super::zone_map::{MapZone, PlacedZone, ZoneMap};
use crate::canvas::{Anchor, Canvas, Lettering, Point};
use crate::ring::{bounds, centre, largest, room_inside};
use crate::style::{INK, WHITE, ink_on, text_width, wrap};
use base::error::Result;
use base::french::Figure;

/// Size of the names on the map, and height of their lines.
pub(super) const NAME_SIZE: f64 = 6.8;
pub(super) const LINE_HEIGHT: f64 = 9.0;
/// Corse: too narrow for its name, and with room in the sea at its left.
const CORSE: &str = "94";

/// Whether the name of a région stands in the sea beside it.
pub(super) fn at_sea(code: &str) -> bool {
    code == CORSE
}

/// The lines of a name that fit inside a zone above a figure, with their middle; nothing if they do not.
pub(super) fn fitting(name: &str, rings: &[Vec<Point>]) -> Option<(Point, Vec<String>)> {
    fitting_above(1, name, rings)
}

/// The same above `more` lines.
pub(super) fn fitting_above(
    more: usize,
    name: &str,
    rings: &[Vec<Point>],
) -> Option<(Point, Vec<String>)> {
    let (middle, wide, high) = room_inside(largest(rings)?)?;
    let lines = wrap(name, NAME_SIZE, wide - 4.0, 2);

    let cut = lines.iter().any(|l| l.ends_with('…'));
    let fits = high >= LINE_HEIGHT * (lines.len() + more) as f64 + 4.0;
    (!cut && fits).then_some((middle, lines))
}

impl ZoneMap {
    /// `8 bus, 42 arrêts`.
    pub(super) fn figures(&self, zone: &MapZone) -> String {
        let value = format!("{} {}", zone.value.text(self.format), self.short);
        match &zone.detail {
            Some(detail) => format!("{value}, {detail}"),
            None => value,
        }
    }

    /// Zones too narrow for a name: it goes beside the map, its figure stays inside.
    pub(super) fn beside_map<'z>(&self, placed: &[PlacedZone<'z>]) -> Vec<&'z MapZone> {
        let whole_country = self.frame.is_empty();
        placed
            .iter()
            .filter_map(|p| {
                let zone = p.zone?;
                let at_sea = overseas(&zone.code, self.level) || at_sea(&zone.code);
                let silent = zone.value == Figure::Missing;
                let told = !(whole_country && (at_sea || silent));
                (told && fitting(&zone.name, &p.rings).is_none()).then_some(zone)
            })
            .collect()
    }

    /// Name and figures of a zone, inside it where there is room.
    pub(super) fn write_names(
        &self,
        c: &Canvas<'_>,
        zone: &MapZone,
        p: &PlacedZone<'_>,
    ) -> Result<()> {
        let Some(ring) = largest(&p.rings) else {
            return Ok(());
        };
        let ink = Lettering::new(INK, Anchor::Middle);
        let (top, bottom) = bounds(p.rings.iter());
        let whole_country = self.frame.is_empty();

        if whole_country && overseas(&zone.code, self.level) {
            let detail = zone.detail.as_deref().unwrap_or_default();
            let x = (top.0 + bottom.0) / 2.0;
            c.text((x, bottom.1 + 8.0), &zone.name, ink.size(NAME_SIZE))?;
            c.text((x, bottom.1 + 17.0), &zone.value.text(self.format), ink.bold())?;
            return c.text((x, bottom.1 + 26.0), detail, ink.size(NAME_SIZE));
        }
        if whole_country && at_sea(&zone.code) {
            let sea = (top.0 - 24.0, (top.1 + bottom.1) / 2.0);
            let lines = [zone.name.clone()];
            return self.write_lines(c, zone, sea, &lines, zone.detail.as_deref(), ink);
        }

        let ink = ink.colour(ink_on(p.fill.unwrap_or(WHITE)));
        let Some((middle, lines)) = fitting(&zone.name, &p.rings) else {
            let middle = room_inside(ring).map_or_else(|| centre(ring), |(p, _, _)| p);
            return c.text(middle, &zone.value.text(self.format), ink.bold());
        };

        let detail = zone.detail.as_deref().filter(|text| {
            room_inside(ring).is_some_and(|(_, wide, high)| {
                high >= LINE_HEIGHT * (lines.len() + 2) as f64 + 4.0
                    && text_width(text, NAME_SIZE) + 4.0 <= wide
            })
        });

        // Letters over hatching would not be read: they get a white ground.
        if p.fill.is_none() {
            let widths = lines.iter().map(|l| text_width(l, NAME_SIZE));
            let half = widths.fold(0.0, f64::max) / 2.0 + 3.0;
            let n = lines.len() + 1 + usize::from(detail.is_some());
            let edge = LINE_HEIGHT * n as f64 / 2.0 + 2.0;
            c.rectangle(
                (middle.0 - half, middle.1 - edge),
                (middle.0 + half, middle.1 + edge),
                WHITE,
            )?;
        }
        self.write_lines(c, zone, middle, &lines, detail, ink)
    }

    /// The lines of a name, the figure under them and the detail under it, around `middle`.
    fn write_lines(
        &self,
        c: &Canvas<'_>,
        zone: &MapZone,
        middle: Point,
        lines: &[String],
        detail: Option<&str>,
        ink: Lettering,
    ) -> Result<()> {
        let n = lines.len() + 1 + usize::from(detail.is_some());
        let mut y = middle.1 - LINE_HEIGHT * (n as f64 - 1.0) / 2.0;
        for line in lines {
            c.text((middle.0, y), line, ink.size(NAME_SIZE))?;
            y += LINE_HEIGHT;
        }

        c.text((middle.0, y), &zone.value.text(self.format), ink.bold())?;
        match detail {
            Some(detail) => c.text((middle.0, y + LINE_HEIGHT), detail, ink.size(NAME_SIZE)),
            None => Ok(()),
        }
    }
}
