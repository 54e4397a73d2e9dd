//! Ranges of delays: first to third quartile as a bar, median as a mark, ninth decile at the end of a line.

use super::axis::Scale;
use super::canvas::{Anchor, Canvas, Lettering, drawing};
use super::rows::{Rows, hide};
use super::style::{GREY, MAIN, REFERENCE, SECOND, WHITE};
use super::{Plot, count_hidden, known, listed, spread, top_of};
use crate::data::{ChartData, row};
use base::definition::Format;
use base::error::Result;
use base::french::{Figure, days};

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

/// The line, the bar and the mark of one group; what of them is not known is said beside.
fn draw_row(c: &Canvas<'_>, axis: &Scale, r: &QuantileRow, median: f64, y: f64) -> Result<()> {
    let colour = if r.earlier { REFERENCE } else { MAIN };
    let middle = axis.place(median);
    let mut end = middle;

    if let Figure::Known(d9) = r.d9 {
        end = axis.place(d9);
        c.line(&[(middle, y), (end, y)], colour, 1.0)?;
        c.line(&[(end, y - 4.0), (end, y + 4.0)], colour, 1.2)?;
    }

    if let (Figure::Known(q1), Figure::Known(q3)) = (r.q1, r.q3) {
        let tint = if r.earlier { REFERENCE } else { SECOND };
        let (q1, q3) = (axis.place(q1), axis.place(q3));
        end = end.max(q3);
        c.rectangle((q1, y - 5.0), (q3, y + 5.0), tint)?;
    }

    c.disc((middle, y), 4.6, WHITE)?;
    c.disc((middle, y), 3.6, colour)?;

    match not_known(r) {
        Some(text) => c.text((end + 10.0, y), &text, Lettering::note(Anchor::Start)),
        None => Ok(()),
    }
}

/// `quartiles n.c.` for a group that has a median and no bar.
fn not_known(r: &QuantileRow) -> Option<String> {
    let missing = [r.q1, r.q3].into_iter().find(|q| q.number().is_none())?;
    Some(format!("quartiles {}", missing.text(Format::Decimal1)))
}

/// Names of the marks over the first group: the others are read like it.
fn draw_key(c: &Canvas<'_>, axis: &Scale, r: &QuantileRow, median: f64, width: f64) -> Result<()> {
    let names = [("médiane", Some(median)), ("9e décile", r.d9.number())];
    let small = Lettering::note(Anchor::Middle);
    let mut free = 0.0;

    for (name, x) in names {
        let Some(x) = x.map(|x| axis.place(x)) else { continue };
        let half = small.width(name) / 2.0;
        let middle = x.min(width - half - 1.0);
        // Two marks that stand close have room for one name; the title says the other.
        if middle - half >= free {
            c.text((middle, 6.0), name, small)?;
            free = middle + half + 6.0;
        }
    }

    Ok(())
}

impl Plot for QuantileBars {
    fn too_little(&self) -> Option<String> {
        let known = self.rows.iter().filter(|r| r.median.number().is_some()).count();
        (known < 2).then(|| {
            "Graphique non tracé : moins de deux délais sont connus et communicables.".into()
        })
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
            let (label, median) = (&r.label, days(r.median.number()?));
            let three_in_four = r.q3.number().map_or_else(String::new, |q3| {
                format!(", trois sur quatre en {} au plus", days(q3))
            });
            Some(format!(
                "{label} : un rendez-vous sur deux est obtenu en {median} au plus{three_in_four}"
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
        let names = self.rows.iter().map(|r| (r.label.as_str(), false));
        let rows = Rows::new(names, width, 18.0, HEIGHT);
        let max = top_of(self.rows.iter().flat_map(|r| [r.q3, r.d9, r.median]));
        // What is not known of a group is said at its right.
        let said = self.rows.iter().filter(|r| r.median.number().is_some()).filter_map(not_known);
        let small = Lettering::note(Anchor::Start);
        let beside = said.map(|text| small.width(&text) + 12.0).fold(24.0, f64::max);
        let axis = Scale::new(0.0, max, 6, rows.start, width - beside);

        drawing(width, rows.bottom + 26.0, |c| {
            axis.vertical_grid(c, 16.0, rows.bottom, Format::Decimal1)?;
            let corner = (width - 2.0, rows.bottom + 19.0);
            c.text(corner, &self.unit, Lettering::note(Anchor::End))?;
            rows.write(c)?;

            for (i, (r, y)) in self.rows.iter().zip(rows.middles()).enumerate() {
                let Figure::Known(median) = r.median else {
                    let mut end = rows.start;
                    if r.median == Figure::Hidden {
                        end = hide(c, (rows.start, y), 10.0)?;
                    }
                    let grey = Lettering::new(GREY, Anchor::Start);
                    c.text((end + 6.0, y), &r.median.text(Format::Decimal1), grey)?;
                    continue;
                };

                draw_row(c, &axis, r, median, y)?;
                if i == 0 {
                    draw_key(c, &axis, r, median, width)?;
                }
            }

            Ok(())
        })
    }
}
