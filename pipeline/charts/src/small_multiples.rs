//! Small multiples: the same small curve for every zone, on one common scale.

use super::axis::Scale;
use super::canvas::{Anchor, Lettering, Point, drawing};
use super::style::{INK, GRID, GREY, SMALL_SIZE, MAIN, REFERENCE};
use super::{Plot, listed, spread};
use base::definition::Format;
use base::error::Result;
use base::french::Figure;

/// One panel.
#[derive(Debug, Clone, PartialEq)]
pub struct CurvePanel {
    /// Name of the zone.
    pub name: String,
    /// One value per step.
    pub values: Vec<Figure>,
}

/// Panels on a common scale, with a common reference behind each.
#[derive(Debug, Clone, PartialEq)]
pub struct SmallMultiples {
    /// Panels in reading order.
    pub panels: Vec<CurvePanel>,
    /// Reference drawn dashed in every panel (the nation), if any.
    pub reference: Option<CurvePanel>,
    /// Names of the first and last step.
    pub bounds: (String, String),
    /// Format of the values.
    pub format: Format,
    /// Unit of the common scale.
    pub unit: String,
}

const COLUMNS: usize = 4;
const HEIGHT: f64 = 76.0;

fn points(values: &[Figure], x: impl Fn(usize) -> f64, axis: &Scale) -> Vec<Option<Point>> {
    values
        .iter()
        .enumerate()
        .map(|(i, v)| v.number().map(|y| (x(i), axis.place(y))))
        .collect()
}

fn stretches(points: &[Option<Point>]) -> Vec<Vec<Point>> {
    points
        .split(Option::is_none)
        .filter(|t| t.len() > 1)
        .map(|t| t.iter().flatten().copied().collect())
        .collect()
}

impl Plot for SmallMultiples {
    fn too_little(&self) -> Option<String> {
        let useful = self
            .panels
            .iter()
            .filter(|p| p.values.iter().filter(|v| v.number().is_some()).count() > 1)
            .count();
        (useful == 0).then(|| {
            "Graphique non tracé : aucune zone n'a deux points connus et communicables.".into()
        })
    }

    fn alt(&self) -> String {
        let hidden = self
            .panels
            .iter()
            .flat_map(|p| &p.values)
            .filter(|v| **v == Figure::Hidden)
            .count();
        let list = self
            .panels
            .iter()
            .filter_map(|p| {
                let first = p.values.iter().find(|v| v.number().is_some())?;
                let last = p.values.iter().rev().find(|v| v.number().is_some())?;
                Some(format!(
                    "{} de {} à {}",
                    p.name,
                    first.text(self.format),
                    last.text(self.format)
                ))
            })
            .collect();
        let (a, b) = &self.bounds;
        let last_values: Vec<(&str, f64)> = self
            .panels
            .iter()
            .filter_map(|p| {
                let x = p.values.iter().rev().find_map(|v| v.number())?;
                Some((p.name.as_str(), x))
            })
            .collect();
        let say = |x: f64| Figure::Known(x).text(self.format);
        let finding = spread("Dernière valeur connue", &last_values, say);
        format!(
            "{finding}Petites courbes, en {}, de {a} à {b} : {}.",
            self.unit,
            listed(list, hidden)
        )
    }

    fn draw(&self, width: f64) -> Result<String> {
        let rows = self.panels.len().div_ceil(COLUMNS);
        let step = width / COLUMNS as f64;
        let max = self
            .panels
            .iter()
            .chain(&self.reference)
            .flat_map(|p| p.values.iter().filter_map(|v| v.number()))
            .fold(0.0, f64::max);
        drawing(width, HEIGHT * rows as f64 + 4.0, |c| {
            for (k, p) in self.panels.iter().enumerate() {
                let (x0, y0) = (step * (k % COLUMNS) as f64, HEIGHT * (k / COLUMNS) as f64);
                let (left, right) = (x0 + 24.0, x0 + step - 12.0);
                let (top, bottom) = (y0 + 18.0, y0 + HEIGHT - 16.0);
                let axis = Scale::new(0.0, max, 2, bottom, top);
                let small = Lettering::new(GREY, Anchor::End).size(6.4);
                for g in axis.ticks() {
                    c.line(
                        &[(left, axis.place(g)), (right, axis.place(g))],
                        GRID,
                        0.4,
                    )?;
                    // Only the first column is graduated: the scale is common.
                    if k % COLUMNS == 0 {
                        c.text(
                            (left - 3.0, axis.place(g)),
                            &axis.legend(g, Format::Decimal1),
                            small,
                        )?;
                    }
                }
                c.text(
                    (left, y0 + 8.0),
                    &p.name,
                    Lettering::new(INK, Anchor::Start).size(SMALL_SIZE).bold(),
                )?;
                c.text(
                    (left, bottom + 7.0),
                    &self.bounds.0,
                    Lettering {
                        anchor: Anchor::Start,
                        ..small
                    },
                )?;
                c.text((right, bottom + 7.0), &self.bounds.1, small)?;
                let n = p.values.len().max(2);
                let x = |i: usize| left + (right - left) * i as f64 / (n - 1) as f64;
                if let Some(r) = &self.reference {
                    for t in stretches(&points(&r.values, x, &axis)) {
                        c.dashes(&t, REFERENCE, 0.7, (2.5, 1.8))?;
                    }
                }
                let places = points(&p.values, x, &axis);
                for t in stretches(&places) {
                    c.line(&t, MAIN, 1.5)?;
                }
                if let Some(&last) = places.iter().flatten().last() {
                    c.disc(last, 2.0, MAIN)?;
                } else {
                    let middle = ((left + right) / 2.0, (top + bottom) / 2.0);
                    let word = if p.values.contains(&Figure::Hidden) {
                        "non communicable"
                    } else {
                        "aucune donnée"
                    };
                    c.text(
                        middle,
                        word,
                        Lettering {
                            anchor: Anchor::Middle,
                            ..small
                        },
                    )?;
                }
            }
            Ok(())
        })
    }
}
