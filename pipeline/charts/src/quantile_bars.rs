//! Ranges of delays: first to third quartile as a bar, median as a mark, ninth decile at the end of a line.

use super::axis::Scale;
use super::canvas::{Anchor, Canvas, Lettering, drawing};
use super::style::{GREY, INK, MAIN, REFERENCE, SECOND, WHITE};
use super::{Plot, count_hidden, known, label_room, listed, spread, top_of};
use crate::data::{ChartData, row};
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

/// The line, the bar and the mark of one group.
fn draw_row(c: &Canvas<'_>, axis: &Scale, r: &QuantileRow, median: f64, y: f64) -> Result<()> {
    let colour = if r.earlier { REFERENCE } else { MAIN };
    let middle = axis.place(median);

    if let Figure::Known(d9) = r.d9 {
        let d9 = axis.place(d9);
        c.line(&[(middle, y), (d9, y)], colour, 1.0)?;
        c.line(&[(d9, y - 4.0), (d9, y + 4.0)], colour, 1.2)?;
    }

    if let (Figure::Known(q1), Figure::Known(q3)) = (r.q1, r.q3) {
        let tint = if r.earlier { REFERENCE } else { SECOND };
        c.rectangle((axis.place(q1), y - 5.0), (axis.place(q3), y + 5.0), tint)?;
    }

    c.disc((middle, y), 4.6, WHITE)?;
    c.disc((middle, y), 3.6, colour)
}

impl Plot for QuantileBars {
    fn too_little(&self) -> Option<String> {
        self.rows
            .iter()
            .all(|r| r.median.number().is_none())
            .then(|| "Graphique non tracé : aucun délai connu et communicable.".into())
    }

    fn alt(&self) -> String {
        let say = |x: f64| Figure::Known(x).text(Format::Decimal1);
        let known = known(self.rows.iter().map(|r| (r.label.as_str(), r.median)));
        let finding = spread("Médiane", &known, say);

        let list = self
            .rows
            .iter()
            .filter(|r| r.median.number().is_some())
            .map(|r| {
                let [q1, m, q3, d9] =
                    [r.q1, r.median, r.q3, r.d9].map(|v| v.text(Format::Decimal1));
                format!("{} : médiane {m}, quartiles {q1} et {q3}, neuvième décile {d9}", r.label)
            })
            .collect();
        let list = listed(list, count_hidden(self.rows.iter().map(|r| r.median)));
        format!("{finding}Répartition, en {} : {list}.", self.unit)
    }

    fn reading(&self) -> Option<String> {
        self.rows.iter().find_map(|r| {
            let quantiles = [r.q1, r.median, r.q3];
            quantiles.iter().all(|q| q.number().is_some()).then_some(())?;
            let (label, unit) = (&r.label, &self.unit);
            let [q1, median, q3] = quantiles.map(|q| q.text(Format::Decimal1));
            Some(format!(
                "{label} : un délai sur quatre ne dépasse pas {q1}, un sur deux {median}, trois sur quatre {q3} ({unit})"
            ))
        })
    }

    fn data(&self) -> ChartData {
        let figures = |r: &QuantileRow| [r.q1, r.median, r.q3, r.d9];
        let rows = self.rows.iter().map(|r| row(&r.label, &figures(r), Format::Decimal1));
        let columns = [
            "Libellé",
            "Premier quartile",
            "Médiane",
            "Troisième quartile",
            "Neuvième décile",
        ];
        ChartData::new(&columns, rows)
    }

    fn draw(&self, width: f64) -> Result<String> {
        let labels = self.rows.iter().map(|r| r.label.as_str());
        let margin = label_room(labels, width * 0.4, 10.0);
        let bottom = 18.0 + HEIGHT * self.rows.len() as f64;
        let max = top_of(self.rows.iter().flat_map(|r| [r.q3, r.d9, r.median]));
        let axis = Scale::new(0.0, max, 6, margin, width - 24.0);

        drawing(width, bottom + 26.0, |c| {
            axis.vertical_grid(c, 16.0, bottom, Format::Decimal1)?;
            let corner = (width - 2.0, bottom + 19.0);
            c.text(corner, &self.unit, Lettering::note(Anchor::End))?;

            for (i, r) in self.rows.iter().enumerate() {
                let y = 20.0 + HEIGHT * (i as f64 + 0.5) - 2.0;
                let label = Lettering::new(INK, Anchor::End);
                c.label((margin - 8.0, y), &r.label, margin - 8.5, label)?;

                let Figure::Known(median) = r.median else {
                    let text = r.median.text(Format::Decimal1);
                    let grey = Lettering::new(GREY, Anchor::Start);
                    c.text((axis.place(0.0) + 6.0, y), &text, grey)?;
                    continue;
                };
                draw_row(c, &axis, r, median, y)?;

                // The first line carries the names of the marks; the others are read like it.
                if i == 0 {
                    let small = Lettering::note(Anchor::Middle);
                    c.text((axis.place(median), 6.0), "médiane", small.colour(INK))?;
                    if let Figure::Known(d9) = r.d9 {
                        c.text((axis.place(d9), 6.0), "9e décile", small)?;
                    }
                }
            }

            Ok(())
        })
    }
}
