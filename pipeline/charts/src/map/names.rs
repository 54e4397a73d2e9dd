//! Names and figures of zones: inside them where there is room, beside the map otherwise.

use super::outlines::overseas;
use super::zone_map::{Ground, MapZone, PlacedZone, ZoneMap};
use crate::canvas::{Anchor, Canvas, Lettering, Point};
use crate::frame::Frame;
use crate::ring::{bounds, centre, holds, largest, room_inside};
use crate::style::{INK, WHITE, ink_on};
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

/// How a name on the map is set.
fn name_lettering() -> Lettering {
    Lettering::new(INK, Anchor::Middle).size(NAME_SIZE)
}

/// The lines of a name that fit inside a zone above other lines as wide as `under`, with the middle of them all; nothing
/// if they do not. The fewest lines that fit.
pub(super) fn fitting(
    name: &str,
    under: &[f64],
    rings: &[Vec<Point>],
) -> Option<(Point, Vec<String>)> {
    let (e, ring) = (name_lettering(), largest(rings)?);
    let folded = [vec![name.to_owned()], in_two(name, &e)];

    folded.into_iter().find_map(|lines| {
        let widths = lines.iter().map(|line| e.width(line)).chain(under.iter().copied());
        let wide = widths.fold(0.0, f64::max) + 3.0;
        let high = LINE_HEIGHT * (lines.len() + under.len() - 1) as f64 + NAME_SIZE;
        Some((room_inside(ring, wide, high)?, lines))
    })
}

/// A name in two lines as even as can be; in one where it has no place to break.
fn in_two(name: &str, e: &Lettering) -> Vec<String> {
    let breaks = name.match_indices([' ', '-']).map(|(i, _)| i + 1);
    let longer = |i: &usize| e.width(name[..*i].trim_end()).max(e.width(&name[*i..]));
    match breaks.min_by(|i, j| longer(i).total_cmp(&longer(j))) {
        Some(i) => vec![name[..i].trim_end().to_owned(), name[i..].to_owned()],
        None => vec![name.to_owned()],
    }
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

    /// Where a name that has no room inside its zone stands over it, with its lines: on the whole country, where nothing is.
    fn above<'z>(
        &self,
        zone: &'z MapZone,
        p: &PlacedZone<'_>,
        placed: &[PlacedZone<'_>],
    ) -> Option<(Point, Vec<&'z str>)> {
        if !self.frame.is_empty() {
            return None;
        }

        let lines: Vec<&str> =
            std::iter::once(zone.name.as_str()).chain(zone.detail.as_deref()).collect();
        let widths = lines.iter().map(|line| name_lettering().width(line));
        let (wide, high) = (widths.fold(0.0, f64::max), LINE_HEIGHT * lines.len() as f64);
        let (a, b) = bounds(p.rings.iter());
        let free = |at: &Point| {
            let frame = Frame::around(*at, wide, high);
            let mut rings = placed.iter().flat_map(|p| &p.rings);
            frame.top > 0.0
                && frame.left > 0.0
                && !rings.any(|ring| frame.crossed_by(ring) || holds(ring, *at))
        };

        let y = a.1 - high / 2.0 - 1.0;
        let place = [0.5, 0.4, 0.6, 0.3, 0.7]
            .into_iter()
            .map(|share| (a.0 + (b.0 - a.0) * share, y))
            .find(free)?;
        Some((place, lines))
    }

    /// Width of the figure of a zone inside it.
    fn figure_width(&self, zone: &MapZone) -> f64 {
        Lettering::new(INK, Anchor::Middle).bold().width(&zone.value.text(self.format))
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
                let named = fitting(&zone.name, &[self.figure_width(zone)], &p.rings).is_some()
                    || self.above(zone, p, placed).is_some();
                (told && !named).then_some(zone)
            })
            .collect()
    }

    /// Name and figures of a zone, inside it where there is room.
    pub(super) fn write_names(
        &self,
        c: &Canvas<'_>,
        zone: &MapZone,
        p: &PlacedZone<'_>,
        placed: &[PlacedZone<'_>],
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

        let ink = ink.colour(ink_on(p.ground.paper()));
        let figure = self.figure_width(zone);
        let whole = zone.detail.as_deref().and_then(|detail| {
            let under = [figure, name_lettering().width(detail)];
            Some((fitting(&zone.name, &under, &p.rings)?, Some(detail)))
        });
        let shorter = || Some((fitting(&zone.name, &[figure], &p.rings)?, None));
        let inside = whole.or_else(shorter);

        // A zone too narrow for its name still has its figure.
        if let Some(((x, y), lines)) = self.above(zone, p, placed).filter(|_| inside.is_none()) {
            let lines: Vec<String> = lines.into_iter().map(str::to_owned).collect();
            c.lines((x, y), &lines, name_lettering())?;
        }
        let ((middle, lines), detail) = inside.unwrap_or_else(|| {
            let room = room_inside(ring, figure, NAME_SIZE);
            ((room.unwrap_or_else(|| centre(ring)), Vec::new()), None)
        });

        // Letters over hatching would not be read: they get a white ground.
        if !matches!(p.ground, Ground::Colour(_)) {
            let details = detail.iter().map(|text| name_lettering().width(text));
            let names = lines.iter().map(|line| name_lettering().width(line));
            let wide = names.chain(details).fold(figure, f64::max) + 4.0;
            let n = lines.len() + 1 + usize::from(detail.is_some());
            let f = Frame::around(middle, wide, LINE_HEIGHT * n as f64 + 1.0);
            c.rectangle((f.left, f.top), (f.right, f.bottom), WHITE)?;
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
