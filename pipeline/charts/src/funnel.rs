//! Funnel plot: a rate against its size, with the limits that chance alone would keep to.

use super::axis::Scale;
use super::canvas::{Anchor, Canvas, Lettering, Point, drawing};
use super::style::{ACCENT, INK, MAIN, REFERENCE, SMALL_SIZE, WHITE, text_width};
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

/// Where a name stands, its anchor, and its left and right ends.
type NamePlace = (Point, Anchor, f64, f64);

impl Funnel {
    /// Where the name of each zone stands: beside its point where nothing else is, those outside the limits first. One that
    /// finds no room has no name; the table gives it.
    fn name_places(&self, points: &[Point], left: f64, right: f64) -> Vec<Option<NamePlace>> {
        // Left, right and middle of what is taken, each a line high.
        let mut taken: Vec<(f64, f64, f64)> =
            points.iter().map(|p| (p.0 - 4.0, p.0 + 4.0, p.1)).collect();
        let mut order: Vec<usize> = (0..points.len()).collect();
        order.sort_by_key(|&i| !self.zones[i].outside);

        let mut names = vec![None; points.len()];
        for i in order {
            let (p, wide) = (points[i], text_width(&self.zones[i].name, SMALL_SIZE));
            let places = [
                (p.0 + 6.0, p.1, Anchor::Start),
                (p.0 - 6.0, p.1, Anchor::End),
                (p.0 + 4.0, p.1 - LINE_HEIGHT, Anchor::Start),
                (p.0 - 4.0, p.1 - LINE_HEIGHT, Anchor::End),
                (p.0 + 4.0, p.1 + LINE_HEIGHT, Anchor::Start),
                (p.0 - 4.0, p.1 + LINE_HEIGHT, Anchor::End),
            ];

            names[i] = places.into_iter().find_map(|(x, y, anchor)| {
                let (a, b) = match anchor {
                    Anchor::End => (x - wide, x),
                    _ => (x, x + wide),
                };
                let alone = taken.iter().enumerate().all(|(j, &(c, d, m))| {
                    j == i || b < c || a > d || (y - m).abs() >= LINE_HEIGHT
                });
                (a >= left && b <= right && alone).then_some(((x, y), anchor, a, b))
            });
            taken.extend(names[i].map(|(at, _, a, b)| (a, b, at.1)));
        }

        names
    }

    /// The curves of the limits and the line of the whole, named at the right edge.
    fn draw_limits(
        &self,
        c: &Canvas<'_>,
        x: &Scale,
        y: &Scale,
        left: f64,
        right: f64,
    ) -> Result<()> {
        let curve = |f: fn(&FunnelLimits) -> f64| -> Vec<Point> {
            self.limits.iter().map(|l| (x.place(l.size), y.place(f(l)))).collect()
        };
        for f in [|l: &FunnelLimits| l.inner.0, |l: &FunnelLimits| l.inner.1] {
            c.dashes(&curve(f), REFERENCE, 0.9, (4.0, 2.5))?;
        }
        for f in [|l: &FunnelLimits| l.outer.0, |l: &FunnelLimits| l.outer.1] {
            c.line(&curve(f), REFERENCE, 0.9)?;
        }

        let centre = y.place(self.centre);
        c.line(&[(left, centre), (right, centre)], REFERENCE, 0.6)?;

        let Some(l) = self.limits.last() else {
            return Ok(());
        };
        let name = Lettering::note(Anchor::Start);
        let tip = x.place(l.size).max(right) + 4.0;
        let inner = y.place(l.inner.1).min(centre - LINE_HEIGHT);
        let outer = y.place(l.outer.1).min(inner - LINE_HEIGHT);
        c.text((tip, outer), "limite 99,8 %", name)?;
        c.text((tip, inner), "limite 95 %", name)?;
        c.text((tip, centre), "ensemble", name)
    }

    /// The names of the zones, then their points over them.
    fn draw_zones(&self, c: &Canvas<'_>, points: &[Point], left: f64, right: f64) -> Result<()> {
        let names = self.name_places(points, left, right);
        for (z, name) in self.zones.iter().zip(names) {
            if let Some((at, anchor, a, b)) = name {
                // The lines of the limits stop at a name.
                c.rectangle((a - 1.0, at.1 - 4.5), (b + 1.0, at.1 + 4.5), WHITE)?;
                c.text(at, &z.name, Lettering::note(anchor).colour(INK))?;
            }
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
        Some(format!("{name} ({unit} : {size}) est à {rate}, {place}"))
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
        let (top, bottom, left, right) = (16.0, HEIGHT - 30.0, 40.0, width - 66.0);
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

            self.draw_limits(c, &x, &y, left, right)?;
            self.draw_zones(c, &points, left, right)
        })
    }
}
