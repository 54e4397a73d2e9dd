//! Horizontal bars with the figure at the end of each, and last year's as a mark on the same line.

use super::axis::Scale;
use super::canvas::{Anchor, Lettering, drawing};
use super::style::{
    WHITE, INK, GRID, GREY, HATCH, SMALL_SIZE, MAIN, REFERENCE, SECOND, TEXT_SIZE, text_width,
};
use super::{Plot, listed, extremes};
use base::definition::Format;
use base::error::Result;
use base::french::Figure;

/// One bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// What is measured.
    pub label: String,
    /// Its value.
    pub value: Figure,
    /// The value to compare with, or absent.
    pub previous: Figure,
    /// Drawn lighter: a total, or a group that stands apart.
    pub secondary: bool,
}

/// Horizontal bars in the order given.
#[derive(Debug, Clone, PartialEq)]
pub struct BarChart {
    /// Bars, top to bottom.
    pub bars: Vec<Bar>,
    /// Format of the values.
    pub format: Format,
    /// Name of the comparison (`2024`), if there is one.
    pub comparison: Option<String>,
    /// Name and value of a line drawn across all bars, if there is one.
    pub reference: Option<(String, f64)>,
}

const BAR_HEIGHT: f64 = 10.5;

impl Plot for BarChart {
    fn too_little(&self) -> Option<String> {
        if self.bars.is_empty() || self.bars.iter().all(|b| b.value == Figure::Missing) {
            return Some(
                "Graphique non tracé : aucune donnée pour cette zone et cette période.".into(),
            );
        }
        self.bars
            .iter()
            .all(|b| b.value.number().is_none())
            .then(|| "Graphique non tracé : toutes les valeurs sont non communicables.".into())
    }

    fn alt(&self) -> String {
        let hidden = self
            .bars
            .iter()
            .filter(|b| b.value == Figure::Hidden)
            .count();
        let known: Vec<(&str, f64)> = self
            .bars
            .iter()
            .filter_map(|b| Some((b.label.as_str(), b.value.number()?)))
            .collect();
        let say = |x: f64| Figure::Known(x).text(self.format);
        let highest = extremes(&known).map(|(_, top)| top);
        let mut finding = highest.map_or_else(String::new, |(l, x)| {
            format!(
                "La valeur la plus élevée est celle de « {l} », {}. ",
                say(x)
            )
        });
        if let Some((name, r)) = &self.reference {
            let above = known.iter().filter(|(_, x)| x > r).count();
            finding.push_str(&format!(
                "{above} sur {} au-dessus de la {name}. ",
                known.len()
            ));
        }
        let list = self
            .bars
            .iter()
            .filter(|b| b.value.number().is_some())
            .map(|b| match (b.previous, &self.comparison) {
                (Figure::Known(_), Some(name)) => format!(
                    "{} {} ({} en {name})",
                    b.label,
                    b.value.text(self.format),
                    b.previous.text(self.format)
                ),
                _ => format!("{} {}", b.label, b.value.text(self.format)),
            })
            .collect();
        format!(
            "{finding}Diagramme en barres : {}.",
            listed(list, hidden)
        )
    }

    fn draw(&self, width: f64) -> Result<String> {
        let margin = self
            .bars
            .iter()
            .map(|b| text_width(&b.label, TEXT_SIZE))
            .fold(40.0, f64::max)
            .min(width * 0.45)
            + 8.0;
        let top = if self.comparison.is_some() || self.reference.is_some() {
            16.0
        } else {
            4.0
        };
        // Half a page wide: a sheet has no room to spare.
        let row_height = if width < 300.0 { 15.5 } else { 18.0 };
        let height = top + row_height * self.bars.len() as f64 + 4.0;
        let max = self
            .bars
            .iter()
            .flat_map(|b| [b.value.number(), b.previous.number()])
            .flatten()
            .chain(self.reference.as_ref().map(|r| r.1))
            .fold(0.0, f64::max);
        let axis = Scale::new(0.0, max, 5, margin, width - 58.0);
        drawing(width, height, |c| {
            if let Some(name) = &self.comparison {
                // The key to the marks, written where the eye starts.
                c.disc((margin + 4.0, 6.0), 2.6, REFERENCE)?;
                c.disc((margin + 4.0, 6.0), 1.6, WHITE)?;
                c.text(
                    (margin + 10.0, 6.0),
                    name,
                    Lettering::new(GREY, Anchor::Start).size(SMALL_SIZE),
                )?;
            }
            let base = axis.place(0.0);
            if let Some((name, r)) = &self.reference {
                let x = axis.place(*r);
                let e = Lettering::new(GREY, Anchor::Middle).size(SMALL_SIZE);
                // A line near an edge must not push its name off the page.
                let half = text_width(name, SMALL_SIZE) / 2.0;
                c.text((x.min(width - half - 2.0), 6.0), name, e)?;
                c.dashes(&[(x, 12.0), (x, height - 4.0)], REFERENCE, 1.0, (3.0, 2.0))?;
            }
            for (i, b) in self.bars.iter().enumerate() {
                let y = top + row_height * (i as f64 + 0.5);
                let colour = if b.secondary { SECOND } else { MAIN };
                let label = Lettering::new(INK, Anchor::End);
                let label = if b.secondary {
                    label.bold()
                } else {
                    label
                };
                c.label((margin - 7.0, y), &b.label, margin - 7.5, label)?;
                let mut end = base;
                match b.value {
                    Figure::Known(x) => {
                        end = axis.place(x);
                        c.rectangle(
                            (base, y - BAR_HEIGHT / 2.0),
                            (end, y + BAR_HEIGHT / 2.0),
                            colour,
                        )?;
                    }
                    Figure::Hidden => {
                        end = base + 34.0;
                        let corners = [
                            (base, y - BAR_HEIGHT / 2.0),
                            (end, y - BAR_HEIGHT / 2.0),
                            (end, y + BAR_HEIGHT / 2.0),
                            (base, y + BAR_HEIGHT / 2.0),
                        ];
                        c.hatching(&corners, HATCH, 4.0)?;
                    }
                    Figure::Missing => {}
                }
                if let (Figure::Known(x), Some(_)) = (b.previous, &self.comparison) {
                    let p = axis.place(x);
                    c.disc((p, y), 3.6, WHITE)?;
                    c.disc((p, y), 2.6, REFERENCE)?;
                    c.disc((p, y), 1.6, WHITE)?;
                    if p > end && p - end < text_width("00,0 %", TEXT_SIZE) + 10.0 {
                        end = p + 2.0;
                    }
                }
                let value = Lettering::new(INK, Anchor::Start).bold();
                c.text((end + 5.0, y), &b.value.text(self.format), value)?;
            }
            c.line(&[(base, top), (base, height - 4.0)], GRID, 0.8)
        })
    }
}
