//! Estimates with their intervals, sorted, against a reference: never a bare league table.

use super::axis::Scale;
use super::canvas::{Anchor, Canvas, Lettering, drawing};
use super::style::{ACCENT, BAND, INK, MAIN, REFERENCE};
use super::{Plot, count_hidden, known, label_room, listed, spread};
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
    /// What the intervals are, in a few words.
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
        let values: Vec<f64> = self
            .estimates
            .iter()
            .filter_map(|e| e.value.number())
            .chain(intervals.flat_map(|(a, b)| [a, b]))
            .chain(self.reference.as_ref().map(|r| r.1))
            .collect();

        let min = values.iter().copied().fold(0.0, f64::min);
        let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Scale::new(min, max, 6, start, stop)
    }

    /// One estimate with its label, its interval and its figure at the right edge.
    fn draw_row(
        &self,
        c: &Canvas<'_>,
        axis: &Scale,
        (margin, width): (f64, f64),
        e: &RankedEstimate,
        y: f64,
    ) -> Result<()> {
        let right = Lettering::new(INK, Anchor::End);
        c.label((margin - 8.0, y), &e.label, margin - 8.5, right)?;

        // Orange and a square only where the interval leaves the reference out.
        let apart = self.leaves_out_reference(e);
        let colour = if apart { ACCENT } else { MAIN };
        if let Some((a, b)) = e.interval {
            let (a, b) = (axis.place(a), axis.place(b));
            c.rectangle((a, y - 3.0), (b, y + 3.0), BAND)?;
            c.line(&[(a, y), (b, y)], colour, 1.1)?;
        }

        if let Figure::Known(x) = e.value {
            let p = axis.place(x);
            match apart {
                true => c.rectangle((p - 3.2, y - 3.2), (p + 3.2, y + 3.2), colour)?,
                false => c.disc((p, y), 3.2, colour)?,
            }
        }

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

        if let Some((name, _)) = &self.reference {
            let apart: Vec<&str> = self
                .estimates
                .iter()
                .filter(|e| self.leaves_out_reference(e))
                .map(|e| e.label.as_str())
                .collect();
            finding.push_str(&match apart.is_empty() {
                true => format!("Aucun intervalle ne laisse dehors la valeur de {name}. "),
                false => format!(
                    "L'intervalle laisse dehors la valeur de {name} pour : {}. ",
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
            Some(format!("{label} est à {value}, et son trait va de {low} à {high}"))
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
        let labels = self.estimates.iter().map(|e| e.label.as_str());
        let margin = label_room(labels, width * 0.42, 10.0);
        let bottom = 20.0 + HEIGHT * self.estimates.len() as f64;
        let axis = self.scale(margin, width - 56.0);

        drawing(width, bottom + 28.0, |c| {
            axis.vertical_grid(c, 18.0, bottom, self.format)?;
            if let Some((name, x)) = &self.reference {
                let x = axis.place(*x);
                c.dashes(&[(x, 14.0), (x, bottom)], REFERENCE, 1.0, (3.0, 2.0))?;
                c.text((x, 7.0), name, Lettering::note(Anchor::Middle).colour(INK))?;
            }

            for (i, e) in self.estimates.iter().enumerate() {
                let y = 20.0 + HEIGHT * (i as f64 + 0.5);
                self.draw_row(c, &axis, (margin, width), e, y)?;
            }

            let corner = (width - 2.0, bottom + 21.0);
            c.text(corner, &self.note, Lettering::note(Anchor::End))
        })
    }
}
