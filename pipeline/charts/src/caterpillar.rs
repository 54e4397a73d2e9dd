//! Estimates with their intervals, sorted, against a reference: never a bare league table.

use super::axis::Scale;
use super::canvas::{Anchor, Lettering, drawing};
use super::style::{
    BAND, INK, GREY, SMALL_SIZE, MAIN, REFERENCE, ACCENT, TEXT_SIZE, text_width,
};
use super::{Plot, listed, spread};
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
}

impl Plot for Caterpillar {
    fn too_little(&self) -> Option<String> {
        let known = self
            .estimates
            .iter()
            .filter(|e| e.value.number().is_some())
            .count();
        (known < 2).then(|| {
            "Graphique non tracé : moins de deux zones ont une valeur communicable.".into()
        })
    }

    fn alt(&self) -> String {
        let hidden = self
            .estimates
            .iter()
            .filter(|e| e.value == Figure::Hidden)
            .count();
        let list = self
            .estimates
            .iter()
            .filter(|e| e.value.number().is_some())
            .map(|e| {
                let interval = e.interval.map_or_else(String::new, |(a, b)| {
                    let [a, b] = [a, b].map(|x| Figure::Known(x).text(self.format));
                    format!(" (de {a} à {b})")
                });
                format!("{} {}{interval}", e.label, e.value.text(self.format))
            })
            .collect();
        let reference = self
            .reference
            .as_ref()
            .map_or_else(String::new, |(name, x)| {
                format!(
                    " Référence : {name} {}.",
                    Figure::Known(*x).text(self.format)
                )
            });
        let known: Vec<(&str, f64)> = self
            .estimates
            .iter()
            .filter_map(|e| Some((e.label.as_str(), e.value.number()?)))
            .collect();
        let say = |x: f64| Figure::Known(x).text(self.format);
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
        format!(
            "{finding}Estimations et intervalles : {}.{reference}",
            listed(list, hidden)
        )
    }

    fn draw(&self, width: f64) -> Result<String> {
        let margin = self
            .estimates
            .iter()
            .map(|e| text_width(&e.label, TEXT_SIZE))
            .fold(40.0, f64::max)
            .min(width * 0.42)
            + 10.0;
        let bottom = 20.0 + HEIGHT * self.estimates.len() as f64;
        let all_values: Vec<f64> = self
            .estimates
            .iter()
            .flat_map(|e| {
                [
                    e.value.number(),
                    e.interval.map(|i| i.0),
                    e.interval.map(|i| i.1),
                ]
            })
            .flatten()
            .chain(self.reference.as_ref().map(|r| r.1))
            .collect();
        let min = all_values.iter().copied().fold(0.0, f64::min);
        let max = all_values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let axis = Scale::new(min, max, 6, margin, width - 56.0);
        drawing(width, bottom + 28.0, |c| {
            axis.vertical_grid(c, 18.0, bottom, self.format)?;
            let small = Lettering::new(GREY, Anchor::Middle).size(SMALL_SIZE);
            if let Some((name, x)) = &self.reference {
                c.dashes(
                    &[(axis.place(*x), 14.0), (axis.place(*x), bottom)],
                    REFERENCE,
                    1.0,
                    (3.0, 2.0),
                )?;
                c.text(
                    (axis.place(*x), 7.0),
                    name,
                    Lettering {
                        colour: INK,
                        ..small
                    },
                )?;
            }
            for (i, e) in self.estimates.iter().enumerate() {
                let y = 20.0 + HEIGHT * (i as f64 + 0.5);
                let label = Lettering::new(INK, Anchor::End);
                c.label((margin - 8.0, y), &e.label, margin - 8.5, label)?;
                // Orange and a square only where the interval leaves the reference out.
                let apart = self.leaves_out_reference(e);
                let colour = if apart { ACCENT } else { MAIN };
                if let Some((a, b)) = e.interval {
                    c.rectangle((axis.place(a), y - 3.0), (axis.place(b), y + 3.0), BAND)?;
                    c.line(&[(axis.place(a), y), (axis.place(b), y)], colour, 1.1)?;
                }
                match e.value {
                    Figure::Known(x) if apart => {
                        let p = axis.place(x);
                        c.rectangle((p - 3.2, y - 3.2), (p + 3.2, y + 3.2), colour)?;
                    }
                    Figure::Known(x) => c.disc((axis.place(x), y), 3.2, colour)?,
                    _ => {}
                }
                let value = Lettering::new(INK, Anchor::End);
                c.text(
                    (width - 2.0, y),
                    &e.value.text(self.format),
                    if apart { value.bold() } else { value },
                )?;
            }
            c.text(
                (width - 2.0, bottom + 21.0),
                &self.note,
                Lettering {
                    anchor: Anchor::End,
                    ..small
                },
            )
        })
    }
}
