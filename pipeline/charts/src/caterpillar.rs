//! Estimates with their intervals, sorted, against a reference: never a bare league table.

use super::axis::Scale;
use super::canvas::{Anchor, Canvas, Lettering, drawing};
use super::rows::{Rows, hide};
use super::style::{ACCENT, BAND, INK, MAIN, REFERENCE};
use super::{Plot, count_hidden, known, listed, spread};
use crate::data::{ChartData, range, row};
use base::definition::Format;
use base::error::Result;
use base::french::Figure;

/// One zone.
#[derive(Debug, Clone, PartialEq)]
pub struct RankedEstimate {
    /// Name.
    pub label: String,
    /// Estimate.
    pub value: Figure,
    /// Limits of its interval, if known.
    pub interval: Option<(f64, f64)>,
}

/// Zones with their intervals.
#[derive(Debug, Clone, PartialEq)]
pub struct Caterpillar {
    /// Zones, top to bottom.
    pub estimates: Vec<RankedEstimate>,
    /// Name and value of the reference.
    pub reference: Option<(String, f64)>,
    /// Format of the values.
    pub format: Format,
    /// What the intervals are, in a few words; what a square says is added where one is drawn.
    pub note: String,
}

const HEIGHT: f64 = 17.0;

impl Caterpillar {
    /// True where the interval leaves the reference out.
    fn leaves_out_reference(&self, e: &RankedEstimate) -> bool {
        match (&self.reference, e.interval) {
            (Some((_, r)), Some((a, b))) => *r < a || *r > b,
            _ => false,
        }
    }

    /// A scale that holds every estimate, interval and the reference.
    fn scale(&self, start: f64, stop: f64) -> Scale {
        let intervals = self.estimates.iter().filter_map(|e| e.interval);
        let values = self
            .estimates
            .iter()
            .filter_map(|e| e.value.number())
            .chain(intervals.flat_map(|(a, b)| [a, b]))
            .chain(self.reference.as_ref().map(|r| r.1));
        Scale::around(values, 6, start, stop)
    }

    /// What the marks and the axis want said, from the most to the least needed.
    fn notes(&self, axis: &Scale) -> Vec<String> {
        let square = self.estimates.iter().any(|e| self.leaves_out_reference(e));
        let square = square.then(|| "carré : intervalle sans la valeur de l’ensemble".to_owned());
        let said = (!self.note.is_empty()).then(|| self.note.clone());
        said.into_iter()
            .chain(square)
            .chain(axis.caution().map(str::to_owned))
            .collect()
    }

    /// One estimate with its interval, and its figure at the right edge.
    fn draw_row(
        &self,
        c: &Canvas<'_>,
        axis: &Scale,
        (start, width): (f64, f64),
        e: &RankedEstimate,
        y: f64,
    ) -> Result<()> {
        // Orange and a square only where the interval leaves the reference out.
        let apart = self.leaves_out_reference(e);
        let colour = if apart { ACCENT } else { MAIN };
        if let Some((a, b)) = e.interval {
            let (a, b) = (axis.place(a), axis.place(b));
            c.rectangle((a, y - 3.0), (b, y + 3.0), BAND)?;
            c.line(&[(a, y), (b, y)], colour, 1.1)?;
        }

        match e.value {
            Figure::Known(x) => {
                let p = axis.place(x);
                match apart {
                    true => c.rectangle((p - 3.2, y - 3.2), (p + 3.2, y + 3.2), colour)?,
                    false => c.disc((p, y), 3.2, colour)?,
                }
            }
            Figure::Hidden => {
                hide(c, (start, y), 8.0)?;
            }
            Figure::Missing => {}
        }

        let right = Lettering::new(INK, Anchor::End);
        let value = if apart { right.bold() } else { right };
        c.text((width - 2.0, y), &e.value.text(self.format), value)
    }
}

impl Plot for Caterpillar {
    fn too_little(&self) -> Option<String> {
        let known = self.estimates.iter().filter_map(|e| e.value.number());
        (known.count() < 2).then(|| {
            "Graphique non tracé : moins de deux zones ont une valeur communicable.".into()
        })
    }

    fn alt(&self) -> String {
        let say = |x: f64| Figure::Known(x).text(self.format);
        let known = known(self.estimates.iter().map(|e| (e.label.as_str(), e.value)));
        let mut finding = spread("Estimations", &known, say);

        if self.reference.is_some() {
            let apart: Vec<&str> = self
                .estimates
                .iter()
                .filter(|e| self.leaves_out_reference(e))
                .map(|e| e.label.as_str())
                .collect();
            finding.push_str(&match apart.is_empty() {
                true => "Aucun intervalle ne laisse dehors la valeur de l’ensemble. ".to_owned(),
                false => format!(
                    "L’intervalle laisse dehors la valeur de l’ensemble pour : {}. ",
                    apart.join(", ")
                ),
            });
        }

        let list = self
            .estimates
            .iter()
            .filter(|e| e.value.number().is_some())
            .map(|e| {
                let interval = e
                    .interval
                    .map_or_else(String::new, |(a, b)| format!(" (de {} à {})", say(a), say(b)));
                format!("{} {}{interval}", e.label, e.value.text(self.format))
            })
            .collect();
        let list = listed(list, count_hidden(self.estimates.iter().map(|e| e.value)));

        let reference = self
            .reference
            .as_ref()
            .map_or_else(String::new, |(name, x)| format!(" Référence : {name} {}.", say(*x)));
        format!("{finding}Estimations et intervalles : {list}.{reference}")
    }

    fn reading(&self) -> Option<String> {
        let say = |x: f64| Figure::Known(x).text(self.format);
        self.estimates.iter().find_map(|e| {
            let (label, value, (low, high)) = (&e.label, e.value.number()?, e.interval?);
            let (value, low, high) = (say(value), say(low), say(high));
            Some(format!("{label} : {value}, avec un intervalle de {low} à {high}"))
        })
    }

    fn data(&self) -> ChartData {
        let rows = self.estimates.iter().map(|e| {
            let mut cells = row(&e.label, &[e.value], self.format);
            cells
                .push(e.interval.map_or_else(String::new, |interval| range(interval, self.format)));
            cells
        });
        ChartData::new(&["Libellé", "Valeur", "Intervalle à 95 %"], rows)
    }

    fn draw(&self, width: f64) -> Result<String> {
        let names = self.estimates.iter().map(|e| (e.label.as_str(), false));
        let rows = Rows::new(names, width, 20.0, HEIGHT);
        let figures = self.estimates.iter().map(|e| e.value.text(self.format));
        let bold = Lettering::new(INK, Anchor::End).bold();
        let widest = figures.map(|text| bold.width(&text)).fold(0.0, f64::max);
        let axis = self.scale(rows.start + 5.0, width - widest - 16.0);

        let small = Lettering::note(Anchor::End);
        let notes = small.wrap(&self.notes(&axis).join(" ; "), width - 4.0, 3);
        let bottom = rows.bottom;
        drawing(width, bottom + 18.0 + 9.0 * notes.len() as f64, |c| {
            axis.vertical_grid(c, 18.0, bottom, self.format)?;
            if let Some((name, x)) = &self.reference {
                let x = axis.place(*x);
                c.dashes(&[(x, 14.0), (x, bottom)], REFERENCE, 1.0, (3.0, 2.0))?;
                let e = Lettering::note(Anchor::Middle).colour(INK);
                let half = e.width(name) / 2.0;
                c.text((x.min(width - half - 2.0).max(half + 2.0), 7.0), name, e)?;
            }

            rows.write(c)?;
            for (e, y) in self.estimates.iter().zip(rows.middles()) {
                self.draw_row(c, &axis, (rows.start, width), e, y)?;
            }

            for (i, line) in notes.iter().enumerate() {
                c.text((width - 2.0, bottom + 20.0 + 9.0 * i as f64), line, small)?;
            }
            Ok(())
        })
    }
}
