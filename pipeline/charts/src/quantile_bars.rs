//! Ranges of delays: first to third quartile as a bar, median as a mark, ninth decile at the end of a line.

use super::axis::Scale;
use super::canvas::{Anchor, Lettering, drawing};
use super::style::{WHITE, INK, GREY, SMALL_SIZE, MAIN, REFERENCE, SECOND, TEXT_SIZE, text_width};
use super::{Plot, listed, spread};
use base::definition::Format;
use base::error::Result;
use base::french::Figure;

/// Quantiles of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantileRow {
    /// Name of the group.
    pub label: String,
    /// First quartile.
    pub q1: Figure,
    /// Median.
    pub median: Figure,
    /// Third quartile.
    pub q3: Figure,
    /// Ninth decile.
    pub d9: Figure,
    /// A comparison, drawn in grey.
    pub earlier: bool,
}

/// Quantiles of several groups on one axis.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantileBars {
    /// Groups, top to bottom.
    pub rows: Vec<QuantileRow>,
    /// Unit under the axis.
    pub unit: String,
}

const HEIGHT: f64 = 24.0;

impl Plot for QuantileBars {
    fn too_little(&self) -> Option<String> {
        let known = self
            .rows
            .iter()
            .filter(|r| r.median.number().is_some())
            .count();
        (known == 0).then(|| "Graphique non tracé : aucun délai connu et communicable.".into())
    }

    fn alt(&self) -> String {
        let hidden = self
            .rows
            .iter()
            .filter(|r| r.median == Figure::Hidden)
            .count();
        let list = self
            .rows
            .iter()
            .filter(|r| r.median.number().is_some())
            .map(|r| {
                let [q1, m, q3, d9] =
                    [r.q1, r.median, r.q3, r.d9].map(|v| v.text(Format::Decimal1));
                format!(
                    "{} : médiane {m}, quartiles {q1} et {q3}, neuvième décile {d9}",
                    r.label
                )
            })
            .collect();
        let known: Vec<(&str, f64)> = self
            .rows
            .iter()
            .filter_map(|r| Some((r.label.as_str(), r.median.number()?)))
            .collect();
        let say = |x: f64| Figure::Known(x).text(Format::Decimal1);
        let finding = spread("Médiane", &known, say);
        format!(
            "{finding}Répartition, en {} : {}.",
            self.unit,
            listed(list, hidden)
        )
    }

    fn draw(&self, width: f64) -> Result<String> {
        let margin = self
            .rows
            .iter()
            .map(|r| text_width(&r.label, TEXT_SIZE))
            .fold(40.0, f64::max)
            .min(width * 0.4)
            + 10.0;
        let bottom = 18.0 + HEIGHT * self.rows.len() as f64;
        let max = self
            .rows
            .iter()
            .flat_map(|r| [r.q3, r.d9, r.median])
            .filter_map(Figure::number)
            .fold(0.0, f64::max);
        let axis = Scale::new(0.0, max, 6, margin, width - 24.0);
        drawing(width, bottom + 26.0, |c| {
            axis.vertical_grid(c, 16.0, bottom, Format::Decimal1)?;
            let note = Lettering::new(GREY, Anchor::End).size(SMALL_SIZE);
            c.text((width - 2.0, bottom + 19.0), &self.unit, note)?;
            let small = Lettering::new(GREY, Anchor::Middle).size(SMALL_SIZE);
            for (i, r) in self.rows.iter().enumerate() {
                let y = 20.0 + HEIGHT * (i as f64 + 0.5) - 2.0;
                let colour = if r.earlier { REFERENCE } else { MAIN };
                let e = Lettering::new(INK, Anchor::End);
                c.label((margin - 8.0, y), &r.label, margin - 8.5, e)?;
                let Figure::Known(m) = r.median else {
                    let text = r.median.text(Format::Decimal1);
                    c.text(
                        (axis.place(0.0) + 6.0, y),
                        &text,
                        Lettering::new(GREY, Anchor::Start),
                    )?;
                    continue;
                };
                if let Figure::Known(d9) = r.d9 {
                    c.line(&[(axis.place(m), y), (axis.place(d9), y)], colour, 1.0)?;
                    c.line(
                        &[(axis.place(d9), y - 4.0), (axis.place(d9), y + 4.0)],
                        colour,
                        1.2,
                    )?;
                }
                if let (Figure::Known(q1), Figure::Known(q3)) = (r.q1, r.q3) {
                    let tint = if r.earlier { REFERENCE } else { SECOND };
                    c.rectangle((axis.place(q1), y - 5.0), (axis.place(q3), y + 5.0), tint)?;
                }
                c.disc((axis.place(m), y), 4.6, WHITE)?;
                c.disc((axis.place(m), y), 3.6, colour)?;
                if i == 0 {
                    // The first line carries the names of the marks; the others are read like it.
                    c.text(
                        (axis.place(m), 6.0),
                        "médiane",
                        Lettering {
                            colour: INK,
                            ..small
                        },
                    )?;
                    if let Figure::Known(d9) = r.d9 {
                        c.text((axis.place(d9), 6.0), "9e décile", small)?;
                    }
                }
            }
            Ok(())
        })
    }
}
