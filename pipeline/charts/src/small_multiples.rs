//! Small multiples: the same small curve for every zone, on one common scale.

use super::axis::Scale;
use super::canvas::{Anchor, Canvas, Lettering, Point, drawing};
use super::style::{GRID, INK, MAIN, REFERENCE};
use super::{Plot, count_hidden, listed, moment, spread, stretches, top_of};
use crate::data::ChartData;
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

impl SmallMultiples {
    /// The panel number `k` in reading order; `max` ends the common scale.
    fn draw_panel(
        &self,
        c: &Canvas<'_>,
        p: &CurvePanel,
        k: usize,
        (width, max): (f64, f64),
    ) -> Result<()> {
        let step = width / COLUMNS as f64;
        let (x0, y0) = (step * (k % COLUMNS) as f64, HEIGHT * (k / COLUMNS) as f64);
        let (left, right) = (x0 + 24.0, x0 + step - 12.0);
        let (top, bottom) = (y0 + 18.0, y0 + HEIGHT - 16.0);

        let axis = Scale::new(0.0, max, 3, bottom, top);
        let small = Lettering::note(Anchor::End).size(6.4);
        for tick in axis.ticks() {
            let y = axis.place(tick);
            c.line(&[(left, y), (right, y)], GRID, 0.4)?;
            // Only the first column is graduated: the scale is common.
            if k.is_multiple_of(COLUMNS) {
                c.text((left - 3.0, y), &axis.legend(tick, Format::Decimal1), small)?;
            }
        }

        let name = Lettering::note(Anchor::Start).colour(INK).bold();
        // A name wider than its curve starts farther left.
        let name_at = left.min(x0 + step - 6.0 - name.width(&p.name)).max(x0);
        let names = name.wrap(&p.name, step - 6.0, 1);
        c.lines((name_at, y0 + 8.0), &names, name)?;
        c.text((left, bottom + 7.0), &self.bounds.0, small.anchor(Anchor::Start))?;
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
            return c.disc(last, 2.0, MAIN);
        }

        let middle = ((left + right) / 2.0, (top + bottom) / 2.0);
        let word = match p.values.contains(&Figure::Hidden) {
            true => "non communicable",
            false => "aucune donnée",
        };
        c.text(middle, word, small.anchor(Anchor::Middle))
    }
}

impl Plot for SmallMultiples {
    fn too_little(&self) -> Option<String> {
        self.panels
            .iter()
            .all(|p| p.values.iter().filter_map(|v| v.number()).count() < 2)
            .then(|| {
                "Graphique non tracé : aucune zone n’a deux points connus et communicables.".into()
            })
    }

    fn alt(&self) -> String {
        let say = |x: f64| Figure::Known(x).text(self.format);
        let known: Vec<(&str, f64, f64)> = self
            .panels
            .iter()
            .filter_map(|p| {
                let mut values = p.values.iter().filter_map(|v| v.number());
                let first = values.next()?;
                Some((p.name.as_str(), first, values.next_back().unwrap_or(first)))
            })
            .collect();

        let last: Vec<(&str, f64)> = known.iter().map(|(name, _, x)| (*name, *x)).collect();
        let finding = spread("Dernière valeur connue", &last, say);

        let list = known
            .iter()
            .map(|(name, first, last)| format!("{name} de {} à {}", say(*first), say(*last)))
            .collect();
        let hidden = count_hidden(self.panels.iter().flat_map(|p| p.values.iter().copied()));
        let (a, b) = &self.bounds;
        format!(
            "{finding}Petites courbes, en {}, de {a} à {b} : {}.",
            self.unit,
            listed(list, hidden)
        )
    }

    fn reading(&self) -> Option<String> {
        let (start, end) = &self.bounds;
        self.panels.iter().find_map(|p| {
            let (first, last) = (p.values.first()?, p.values.last()?);
            first.number().and(last.number())?;
            let (name, first, last) = (&p.name, first.text(self.format), last.text(self.format));
            let (start, end) = (moment(start), moment(end));
            Some(format!("{name} passe de {first} en {start} à {last} en {end}"))
        })
    }

    fn data(&self) -> ChartData {
        let (first, last) = &self.bounds;
        let rows = self.panels.iter().chain(&self.reference).map(|p| {
            let values: Vec<String> = p.values.iter().map(|v| v.text(self.format)).collect();
            vec![p.name.clone(), values.join(" ; ")]
        });
        ChartData::new(&["Zone", &format!("{}, de {first} à {last}", self.unit)], rows)
    }

    fn draw(&self, width: f64) -> Result<String> {
        let rows = self.panels.len().div_ceil(COLUMNS);
        let panels = self.panels.iter().chain(&self.reference);
        let max = top_of(panels.flat_map(|p| p.values.iter().copied()));

        drawing(width, HEIGHT * rows as f64 + 4.0, |c| {
            for (k, p) in self.panels.iter().enumerate() {
                self.draw_panel(c, p, k, (width, max))?;
            }

            Ok(())
        })
    }
}
