//! Horizontal bars with the figure at the end of each, and last year's as a mark on the same line.

use super::axis::Scale;
use super::canvas::{Anchor, Canvas, Lettering, drawing};
use super::style::{
    GRID, HATCH, INK, MAIN, REFERENCE, SECOND, SMALL_SIZE, TEXT_SIZE, WHITE, text_width,
};
use super::{Plot, count_hidden, extremes, known, label_room, listed, top_of};
use crate::data::{ChartData, row};
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

/// Where the parts of a bar chart stand on the page.
struct BarPlaces {
    width: f64,
    margin: f64,
    top: f64,
    row_height: f64,
    height: f64,
    axis: Scale,
}

impl BarChart {
    fn places(&self, width: f64) -> BarPlaces {
        let labels = self.bars.iter().map(|b| b.label.as_str());
        let margin = label_room(labels, width * 0.45, 8.0);
        let has_head = self.comparison.is_some() || self.reference.is_some();
        let top = if has_head { 16.0 } else { 4.0 };

        // Half a page wide: a sheet has no room to spare.
        let row_height = if width < 300.0 { 15.5 } else { 18.0 };

        let reference = self.reference.as_ref().map_or(0.0, |r| r.1);
        let max = top_of(self.bars.iter().flat_map(|b| [b.value, b.previous])).max(reference);
        BarPlaces {
            width,
            margin,
            top,
            row_height,
            height: top + row_height * self.bars.len() as f64 + 4.0,
            axis: Scale::new(0.0, max, 5, margin, width - 58.0),
        }
    }

    /// The key to the marks, where the eye starts, and the line of the reference with its name.
    fn draw_head(&self, c: &Canvas<'_>, l: &BarPlaces) -> Result<()> {
        if let Some(name) = &self.comparison {
            c.disc((l.margin + 4.0, 6.0), 2.6, REFERENCE)?;
            c.disc((l.margin + 4.0, 6.0), 1.6, WHITE)?;
            c.text((l.margin + 10.0, 6.0), name, Lettering::note(Anchor::Start))?;
        }

        if let Some((name, r)) = &self.reference {
            let x = l.axis.place(*r);
            // A line near an edge must not push its name off the page.
            let half = text_width(name, SMALL_SIZE) / 2.0;
            let name_at = (x.min(l.width - half - 2.0), 6.0);
            c.text(name_at, name, Lettering::note(Anchor::Middle))?;

            let line = [(x, 12.0), (x, l.height - 4.0)];
            c.dashes(&line, REFERENCE, 1.0, (3.0, 2.0))?;
        }

        Ok(())
    }

    /// One bar with its label, its mark of comparison and its figure.
    fn draw_bar(&self, c: &Canvas<'_>, l: &BarPlaces, b: &Bar, y: f64) -> Result<()> {
        let label = Lettering::new(INK, Anchor::End);
        let label = if b.secondary { label.bold() } else { label };
        c.label((l.margin - 7.0, y), &b.label, l.margin - 7.5, label)?;

        let base = l.axis.place(0.0);
        let (above, below) = (y - BAR_HEIGHT / 2.0, y + BAR_HEIGHT / 2.0);
        let mut end = base;
        match b.value {
            Figure::Known(x) => {
                end = l.axis.place(x);
                let colour = if b.secondary { SECOND } else { MAIN };
                c.rectangle((base, above), (end, below), colour)?;
            }
            Figure::Hidden => {
                end = base + 34.0;
                let corners = [(base, above), (end, above), (end, below), (base, below)];
                c.hatching(&corners, HATCH, 4.0)?;
            }
            Figure::Missing => {}
        }

        if let (Figure::Known(x), Some(_)) = (b.previous, &self.comparison) {
            let mark = l.axis.place(x);
            c.disc((mark, y), 3.6, WHITE)?;
            c.disc((mark, y), 2.6, REFERENCE)?;
            c.disc((mark, y), 1.6, WHITE)?;
            // The figure must not cover the mark.
            if mark > end && mark - end < text_width("00,0 %", TEXT_SIZE) + 10.0 {
                end = mark + 2.0;
            }
        }

        let value = Lettering::new(INK, Anchor::Start).bold();
        c.text((end + 5.0, y), &b.value.text(self.format), value)
    }
}

impl Plot for BarChart {
    fn too_little(&self) -> Option<String> {
        let missing = self.bars.iter().all(|b| b.value == Figure::Missing);
        let unknown = self.bars.iter().all(|b| b.value.number().is_none());

        let why = match (missing, unknown) {
            (true, _) => "aucune donnée pour cette zone et cette période",
            (_, true) => "toutes les valeurs sont non communicables",
            _ => return None,
        };
        Some(format!("Graphique non tracé : {why}."))
    }

    fn alt(&self) -> String {
        let say = |x: f64| Figure::Known(x).text(self.format);
        let known = known(self.bars.iter().map(|b| (b.label.as_str(), b.value)));
        let mut finding = extremes(&known).map_or_else(String::new, |(_, (l, x))| {
            format!("La valeur la plus élevée est celle de « {l} », {}. ", say(x))
        });
        if let Some((name, r)) = &self.reference {
            let above = known.iter().filter(|(_, x)| x > r).count();
            let n = known.len();
            finding.push_str(&format!("{above} sur {n} au-dessus de la {name}. "));
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
        let hidden = count_hidden(self.bars.iter().map(|b| b.value));
        format!("{finding}Diagramme en barres : {}.", listed(list, hidden))
    }

    fn reading(&self) -> Option<String> {
        let bar = self.bars.iter().find(|b| b.value.number().is_some())?;
        let (label, value) = (&bar.label, bar.value.text(self.format));
        let before = match (bar.previous, &self.comparison) {
            (Figure::Known(_), Some(name)) => {
                format!(", contre {} en {name}", bar.previous.text(self.format))
            }
            _ => String::new(),
        };
        Some(format!("la barre « {label} » vaut {value}{before}"))
    }

    fn data(&self) -> ChartData {
        let columns = ["Libellé", "Valeur"].into_iter().chain(self.comparison.as_deref());
        let figures = |b: &Bar| match self.comparison {
            Some(_) => vec![b.value, b.previous],
            None => vec![b.value],
        };
        let rows = self.bars.iter().map(|b| row(&b.label, &figures(b), self.format));
        ChartData::new(&columns.collect::<Vec<_>>(), rows)
    }

    fn draw(&self, width: f64) -> Result<String> {
        let l = self.places(width);
        drawing(width, l.height, |c| {
            self.draw_head(c, &l)?;
            for (i, b) in self.bars.iter().enumerate() {
                let y = l.top + l.row_height * (i as f64 + 0.5);
                self.draw_bar(c, &l, b, y)?;
            }

            let base = l.axis.place(0.0);
            c.line(&[(base, l.top), (base, l.height - 4.0)], GRID, 0.8)
        })
    }
}
