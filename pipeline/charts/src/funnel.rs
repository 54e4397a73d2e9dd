//! Funnel plot: a rate against its size, with the limits that chance alone would keep to.

use super::axis::Scale;
use super::canvas::{Anchor, Canvas, Lettering, Point, drawing};
use super::frame::Frame;
use super::style::{ACCENT, INK, MAIN, REFERENCE, WHITE};
use super::{Plot, listed};
use crate::data::ChartData;
use base::definition::Format;
use base::error::Result;
use base::french::formatted;

/// One zone.
#[derive(Debug, Clone, PartialEq)]
pub struct FunnelPoint {
    /// Name.
    pub name: String,
    /// Size (denominator).
    pub size: f64,
    /// Rate, in the chart's unit.
    pub rate: f64,
    /// Outside the outer limits.
    pub outside: bool,
}

/// Limits at one size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FunnelLimits {
    /// Size.
    pub size: f64,
    /// 95 % limits.
    pub inner: (f64, f64),
    /// 99.8 % limits.
    pub outer: (f64, f64),
}

/// A funnel.
#[derive(Debug, Clone, PartialEq)]
pub struct Funnel {
    /// Zones.
    pub zones: Vec<FunnelPoint>,
    /// Limits in increasing size.
    pub limits: Vec<FunnelLimits>,
    /// Rate of the whole.
    pub centre: f64,
    /// Format of the rates.
    pub format: Format,
    /// What the sizes count.
    pub unit: String,
}

const HEIGHT: f64 = 240.0;
/// Height of a line of small text.
const LINE_HEIGHT: f64 = 9.0;

/// Where the limits stand on the page: the inner ones, the outer ones, the line of the whole.
struct Curves {
    inner: [Vec<Point>; 2],
    outer: [Vec<Point>; 2],
    centre: Vec<Point>,
}

impl Curves {
    fn all(&self) -> impl Iterator<Item = &Vec<Point>> {
        self.inner.iter().chain(&self.outer).chain([&self.centre])
    }
}

/// Where a name stands, and its anchor.
type NamePlace = (Point, Anchor);

impl Funnel {
    fn curves(&self, x: &Scale, y: &Scale, left: f64, right: f64) -> Curves {
        let curve = |f: fn(&FunnelLimits) -> f64| -> Vec<Point> {
            self.limits.iter().map(|l| (x.place(l.size), y.place(f(l)))).collect()
        };
        let centre = y.place(self.centre);
        Curves {
            inner: [curve(|l| l.inner.0), curve(|l| l.inner.1)],
            outer: [curve(|l| l.outer.0), curve(|l| l.outer.1)],
            centre: vec![(left, centre), (right, centre)],
        }
    }

    /// Where the name of each zone stands: near its point where nothing else is, neither point nor name nor curve, those
    /// outside the limits first. One of them that finds no such place may cross a curve; another has no name, and the table
    /// gives it.
    fn name_places(
        &self,
        points: &[Point],
        curves: &Curves,
        (left, right): (f64, f64),
    ) -> Vec<Option<NamePlace>> {
        let mut taken: Vec<Frame> = points.iter().map(|p| Frame::around(*p, 8.0, 8.0)).collect();
        let mut order: Vec<usize> = (0..points.len()).collect();
        order.sort_by_key(|&i| !self.zones[i].outside);

        let mut names = vec![None; points.len()];
        for i in order {
            let (p, zone) = (points[i], &self.zones[i]);
            let frame = |(at, anchor): &NamePlace| name_lettering(*anchor).frame(*at, &zone.name);
            let alone = |place: &NamePlace| {
                let frame = frame(place);
                frame.left >= left
                    && frame.right <= right
                    && !taken.iter().any(|other| frame.meets(other))
            };
            let clear = |place: &NamePlace| {
                let frame = frame(place);
                alone(place) && !curves.all().any(|curve| frame.crossed_by(curve))
            };

            let places = around(p);
            let mut found = places.iter().copied().find(clear);
            if found.is_none() && zone.outside {
                found = places.iter().copied().find(alone);
            }
            let frame = found.as_ref().map(frame);
            names[i] = found;
            taken.extend(frame);
        }

        names
    }

    /// The curves of the limits and the line of the whole, each led to its name at the right edge.
    fn draw_limits(&self, c: &Canvas<'_>, curves: &Curves, right: f64) -> Result<()> {
        for curve in &curves.inner {
            c.dashes(curve, REFERENCE, 0.9, (4.0, 2.5))?;
        }
        for curve in &curves.outer {
            c.line(curve, REFERENCE, 0.9)?;
        }
        c.line(&curves.centre, REFERENCE, 0.6)?;

        let [Some(&inner), Some(&outer), Some(&centre)] =
            [&curves.inner[1], &curves.outer[1], &curves.centre].map(|curve| curve.last())
        else {
            return Ok(());
        };

        // The ends of the curves are closer than their names may stand.
        let names = [
            (outer, outer.1.min(inner.1 - LINE_HEIGHT), "limite 99,8 %"),
            (inner, inner.1, "limite 95 %"),
            (centre, centre.1.max(inner.1 + LINE_HEIGHT), "ensemble"),
        ];
        let tip = right.max(inner.0) + 10.0;
        for (end, y, name) in names {
            c.line(&[(end.0 + 1.0, end.1), (tip, y)], REFERENCE, 0.4)?;
            c.text((tip + 2.0, y), name, Lettering::note(Anchor::Start))?;
        }

        Ok(())
    }

    /// The names of the zones, then their points over them.
    fn draw_zones(
        &self,
        c: &Canvas<'_>,
        points: &[Point],
        curves: &Curves,
        edges: (f64, f64),
    ) -> Result<()> {
        let places = self.name_places(points, curves, edges);
        for ((z, place), &p) in self.zones.iter().zip(places).zip(points) {
            let Some((at, anchor)) = place else { continue };
            let e = name_lettering(anchor);
            let frame = e.frame(at, &z.name);
            if curves.all().any(|curve| frame.crossed_by(curve)) {
                c.rectangle((frame.left, frame.top), (frame.right, frame.bottom), WHITE)?;
            }
            // A name that does not stand beside its point is led to it.
            if (at.1 - p.1).abs() > 1.5 * LINE_HEIGHT {
                let edge = if at.1 > p.1 { frame.top } else { frame.bottom };
                let foot = (p.0.clamp(frame.left, frame.right), edge);
                c.line(&[p, foot], REFERENCE, 0.4)?;
            }
            c.text(at, &z.name, e)?;
        }

        for (z, &p) in self.zones.iter().zip(points) {
            if z.outside {
                c.rectangle((p.0 - 3.2, p.1 - 3.2), (p.0 + 3.2, p.1 + 3.2), ACCENT)?;
            } else {
                c.ring(p, 2.6, MAIN, 1.2)?;
            }
        }

        Ok(())
    }
}

fn name_lettering(anchor: Anchor) -> Lettering {
    Lettering::note(anchor).colour(INK)
}

/// Places for the name of a point, the nearest first.
fn around(p: Point) -> Vec<NamePlace> {
    let lines = [0.0, -1.0, 1.0, -2.0, 2.0, -3.0, 3.0];
    lines
        .into_iter()
        .flat_map(|line: f64| {
            let beside = if line == 0.0 { 6.0 } else { 4.0 };
            let y = p.1 + LINE_HEIGHT * line;
            [
                ((p.0 + beside, y), Anchor::Start),
                ((p.0 - beside, y), Anchor::End),
                ((p.0, y), Anchor::Middle),
            ]
        })
        .collect()
}

impl Plot for Funnel {
    fn too_little(&self) -> Option<String> {
        (self.zones.len() < 3 || self.limits.len() < 2).then(|| {
            "Graphique en entonnoir non tracé : moins de trois zones ont un taux communicable."
                .into()
        })
    }

    fn alt(&self) -> String {
        let outside: Vec<String> = self
            .zones
            .iter()
            .filter(|z| z.outside)
            .map(|z| format!("{} ({})", z.name, formatted(z.rate, self.format)))
            .collect();
        let finding = if outside.is_empty() {
            "Aucune zone ne sort des limites à 99,8 %".to_string()
        } else {
            format!("Hors des limites à 99,8 % : {}", listed(outside, 0))
        };

        format!(
            "Graphique en entonnoir de {} zones autour de {}. {finding}.",
            self.zones.len(),
            formatted(self.centre, self.format)
        )
    }

    fn reading(&self) -> Option<String> {
        let zone = self.zones.iter().find(|z| z.outside).or(self.zones.first())?;
        let (name, size) = (&zone.name, formatted(zone.size, Format::Integer));
        let (unit, rate) = (&self.unit, formatted(zone.rate, self.format));
        let place = match zone.outside {
            true => "hors des limites que le hasard seul ne dépasserait guère",
            false => "dans les limites du hasard",
        };
        Some(format!("{name}, {size} {unit} : {rate}, {place}"))
    }

    fn data(&self) -> ChartData {
        let rows = self.zones.iter().map(|z| {
            let outside = if z.outside { "oui" } else { "non" };
            let size = formatted(z.size, Format::Integer);
            vec![z.name.clone(), size, formatted(z.rate, self.format), outside.to_owned()]
        });
        ChartData::new(&["Zone", "Effectif", "Valeur", "Hors des limites"], rows)
    }

    fn draw(&self, width: f64) -> Result<String> {
        let (top, bottom, left, right) = (16.0, HEIGHT - 30.0, 40.0, width - 72.0);
        let size = self.zones.iter().map(|z| z.size).fold(1.0, f64::max);
        let x = Scale::new(0.0, size, 5, left, right);

        // The limits of the smallest size are so wide that they would flatten the rest.
        let limits = self.limits.iter().skip(1);
        let visible: Vec<f64> = self
            .zones
            .iter()
            .map(|z| z.rate)
            .chain(limits.flat_map(|l| [l.outer.0, l.outer.1]))
            .collect();
        let min = visible.iter().copied().fold(f64::INFINITY, f64::min);
        let max = visible.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let y = Scale::new(min.max(0.0), max, 5, bottom, top);

        let points: Vec<Point> =
            self.zones.iter().map(|z| (x.place(z.size), y.place(z.rate))).collect();

        drawing(width, HEIGHT, |c| {
            y.horizontal_grid(c, left, right, self.format)?;
            x.vertical_grid(c, bottom - 0.1, bottom, Format::Integer)?;
            c.text((right, bottom + 21.0), &self.unit, Lettering::note(Anchor::End))?;

            let curves = self.curves(&x, &y, left, right);
            self.draw_limits(c, &curves, right)?;
            self.draw_zones(c, &points, &curves, (left, right))
        })
    }
}
