//! Funnel plot: a rate against its size, with the limits that chance alone would keep to.

use super::axis::Scale;
use super::canvas::{Anchor, Lettering, drawing};
use super::style::{WHITE, INK, GREY, SMALL_SIZE, MAIN, REFERENCE, ACCENT, text_width};
use super::{Plot, listed};
use base::definition::Format;
use base::error::Result;

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

impl Funnel {
    /// Where the name of each zone stands: beside its point where nothing else is, those outside the limits first. One that
    /// finds no room has no name; the table gives it.
    fn placed(
        &self,
        points: &[(f64, f64)],
        left: f64,
        right: f64,
    ) -> Vec<(Option<(f64, f64)>, Anchor)> {
        let mut names_placed = vec![(None, Anchor::Start); points.len()];
        // Left, right and middle of what is taken, each a line high.
        let mut taken: Vec<(f64, f64, f64)> =
            points.iter().map(|p| (p.0 - 4.0, p.0 + 4.0, p.1)).collect();
        let mut order: Vec<usize> = (0..points.len()).collect();
        order.sort_by_key(|&i| !self.zones[i].outside);
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
            let free = places.into_iter().find_map(|(x, y, anchor)| {
                let (a, b) = match anchor {
                    Anchor::End => (x - wide, x),
                    _ => (x, x + wide),
                };
                let alone = taken
                    .iter()
                    .enumerate()
                    .all(|(j, &(c, d, m))| j == i || b < c || a > d || (y - m).abs() >= LINE_HEIGHT);
                (a >= left && b <= right && alone).then_some((x, y, anchor, a, b))
            });
            if let Some((x, y, anchor, a, b)) = free {
                names_placed[i] = (Some((x, y)), anchor);
                taken.push((a, b, y));
            }
        }
        names_placed
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
            .map(|z| {
                format!(
                    "{} ({})",
                    z.name,
                    base::french::formatted(z.rate, self.format)
                )
            })
            .collect();
        let finding = if outside.is_empty() {
            "Aucune zone ne sort des limites à 99,8 %".to_string()
        } else {
            format!("Hors des limites à 99,8 % : {}", listed(outside, 0))
        };
        let together = base::french::formatted(self.centre, self.format);
        format!(
            "Graphique en entonnoir de {} zones autour de {together}. {finding}.",
            self.zones.len()
        )
    }

    fn draw(&self, width: f64) -> Result<String> {
        let (top, bottom, left, right) = (16.0, HEIGHT - 30.0, 40.0, width - 66.0);
        let size = self.zones.iter().map(|z| z.size).fold(1.0, f64::max);
        let visible: Vec<f64> = self
            .zones
            .iter()
            .map(|z| z.rate)
            .chain(
                self.limits
                    .iter()
                    .skip(1)
                    .flat_map(|l| [l.outer.0, l.outer.1]),
            )
            .collect();
        let min = visible
            .iter()
            .copied()
            .fold(f64::INFINITY, f64::min)
            .max(0.0);
        let max = visible.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let x = Scale::new(0.0, size, 5, left, right);
        let y = Scale::new(min, max, 5, bottom, top);
        drawing(width, HEIGHT, |c| {
            y.horizontal_grid(c, left, right, self.format)?;
            x.vertical_grid(c, bottom - 0.1, bottom, Format::Integer)?;
            let small = Lettering::new(GREY, Anchor::End).size(SMALL_SIZE);
            c.text((right, bottom + 21.0), &self.unit, small)?;
            let curve = |f: fn(&FunnelLimits) -> f64| -> Vec<(f64, f64)> {
                self.limits
                    .iter()
                    .map(|l| (x.place(l.size), y.place(f(l))))
                    .collect()
            };
            for f in [|l: &FunnelLimits| l.inner.0, |l: &FunnelLimits| l.inner.1] {
                c.dashes(&curve(f), REFERENCE, 0.9, (4.0, 2.5))?;
            }
            for f in [|l: &FunnelLimits| l.outer.0, |l: &FunnelLimits| l.outer.1] {
                c.line(&curve(f), REFERENCE, 0.9)?;
            }
            c.line(
                &[
                    (left, y.place(self.centre)),
                    (right, y.place(self.centre)),
                ],
                REFERENCE,
                0.6,
            )?;
            if let Some(l) = self.limits.last() {
                let name = Lettering {
                    anchor: Anchor::Start,
                    ..small
                };
                let tip = x.place(l.size).max(right) + 4.0;
                let middle = y.place(self.centre);
                let q = y.place(l.inner.1).min(middle - LINE_HEIGHT);
                let p = y.place(l.outer.1).min(q - LINE_HEIGHT);
                c.text((tip, p), "limite 99,8 %", name)?;
                c.text((tip, q), "limite 95 %", name)?;
                c.text((tip, middle), "ensemble", name)?;
            }
            let points: Vec<(f64, f64)> = (self.zones.iter())
                .map(|z| (x.place(z.size), y.place(z.rate)))
                .collect();
            for (z, (place, anchor)) in self
                .zones
                .iter()
                .zip(self.placed(&points, left, right))
            {
                if let Some(place) = place {
                    // The lines of the limits stop at a name.
                    let wide = text_width(&z.name, SMALL_SIZE);
                    let start = match anchor {
                        Anchor::End => place.0 - wide,
                        _ => place.0,
                    };
                    let (a, b) = (
                        (start - 1.0, place.1 - 4.5),
                        (start + wide + 1.0, place.1 + 4.5),
                    );
                    c.rectangle(a, b, WHITE)?;
                    c.text(place, &z.name, Lettering::new(INK, anchor).size(SMALL_SIZE))?;
                }
            }
            for (z, &p) in self.zones.iter().zip(&points) {
                if z.outside {
                    c.rectangle((p.0 - 3.2, p.1 - 3.2), (p.0 + 3.2, p.1 + 3.2), ACCENT)?;
                } else {
                    c.ring(p, 2.6, MAIN, 1.2)?;
                }
            }
            Ok(())
        })
    }
}
