//! Horizontal bars with the figure at the end of each, and last year's as a mark on the same line.

use super::canvas::{Anchor, Canvas, Lettering, Point, drawing};
use super::rows::{Rows, hide};
use super::style::{GRID, INK, MAIN, REFERENCE, SECOND, WHITE};
use super::{Plot, count_hidden, extremes, known, listed, top_of};
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

/// How far the mark of comparison stands out above and below its bar: it shows even at the bar's end.
const OVERHANG: f64 = 1.6;
/// Height of a line above the bars: the key, the name of the reference.
const HEAD: f64 = 12.0;

/// Where the parts of a bar chart stand on the page.
struct BarPlaces {
    width: f64,
    rows: Rows,
    top: f64,
    bar_height: f64,
    /// The highest value, and where its bar ends.
    max: f64,
    stop: f64,
}

impl BarPlaces {
    /// Where a value ends its bar.
    fn place(&self, x: f64) -> f64 {
        let share = (x / self.max).clamp(0.0, 1.0);
        self.rows.start + share * (self.stop - self.rows.start)
    }
}

/// The figure at the end of a bar.
fn figure_lettering() -> Lettering {
    Lettering::new(INK, Anchor::Start).bold()
}

/// A short upright line, light around so that it is seen on a bar and beside it.
fn draw_mark(c: &Canvas<'_>, (x, y): Point, high: f64) -> Result<()> {
    let line = [(x, y - high / 2.0), (x, y + high / 2.0)];
    c.line(&line, WHITE, 3.6)?;
    c.line(&line, REFERENCE, 1.8)
}

impl BarChart {
    fn places(&self, width: f64) -> BarPlaces {
        let heads = usize::from(self.comparison.is_some()) + usize::from(self.reference.is_some());
        let top = 4.0 + HEAD * heads as f64;

        // Half a page wide: a sheet has no room to spare.
        let (row_height, bar_height) = if width < 300.0 { (13.0, 9.0) } else { (18.0, 10.5) };
        let names = self.bars.iter().map(|b| (b.label.as_str(), b.secondary));
        let rows = Rows::new(names, width, top, row_height);

        let figures = self.bars.iter().map(|b| b.value.text(self.format));
        let widest = figures.map(|text| figure_lettering().width(&text)).fold(0.0, f64::max);
        let reference = self.reference.as_ref().map_or(0.0, |r| r.1);
        let max = top_of(self.bars.iter().flat_map(|b| [b.value, b.previous])).max(reference);
        BarPlaces {
            width,
            rows,
            top,
            bar_height,
            max: max.max(1e-9),
            stop: width - widest - 10.0,
        }
    }

    /// The key to the marks, where the eye starts, and the line of the reference with its name.
    fn draw_head(&self, c: &Canvas<'_>, l: &BarPlaces) -> Result<()> {
        if let Some(name) = &self.comparison {
            let x = l.rows.start;
            draw_mark(c, (x + 2.0, 6.0), l.bar_height)?;
            c.text((x + 7.0, 6.0), name, Lettering::note(Anchor::Start))?;
        }

        if let Some((name, r)) = &self.reference {
            let (x, y) = (l.place(*r), l.top - HEAD + 2.0);
            // A line near an edge must not push its name off the page.
            let e = Lettering::note(Anchor::Middle);
            let half = e.width(name) / 2.0;
            let middle = x.min(l.width - half - 2.0).max(half + 2.0);
            c.text((middle, y), name, e)?;
            c.dashes(&[(x, y + 6.0), (x, l.rows.bottom)], REFERENCE, 1.0, (3.0, 2.0))?;
        }

        Ok(())
    }

    /// One bar with its mark of comparison and its figure.
    fn draw_bar(&self, c: &Canvas<'_>, l: &BarPlaces, b: &Bar, y: f64) -> Result<()> {
        let base = l.rows.start;
        let mut end = base;
        match b.value {
            Figure::Known(x) => {
                end = l.place(x);
                let colour = if b.secondary { SECOND } else { MAIN };
                let (above, below) = (y - l.bar_height / 2.0, y + l.bar_height / 2.0);
                c.rectangle((base, above), (end, below), colour)?;
            }
            Figure::Hidden => end = hide(c, (base, y), l.bar_height)?,
            Figure::Missing => {}
        }

        let figure = b.value.text(self.format);
        if let (Figure::Known(x), Some(_)) = (b.previous, &self.comparison) {
            let mark = l.place(x);
            draw_mark(c, (mark, y), l.bar_height + 2.0 * OVERHANG)?;
            // The figure must not cover the mark.
            if mark > end - 3.0 && mark - end < figure_lettering().width(&figure) + 8.0 {
                end = mark + 1.0;
            }
        }

        // Nor may the line of the reference strike it through.
        if let Some(line) = self.reference.as_ref().map(|(_, x)| l.place(*x)) {
            let wide = figure_lettering().width(&figure);
            if line > end + 2.0 && line < end + 5.0 + wide {
                end = line;
            }
        }

        c.text((end + 5.0, y), &figure, figure_lettering())
    }
}

impl Plot for BarChart {
    fn too_little(&self) -> Option<String> {
        let missing = self.bars.iter().all(|b| b.value == Figure::Missing);
        let known = self.bars.iter().filter(|b| b.value.number().is_some()).count();

        let why = match (missing, known) {
            (true, _) => "aucune donnée pour cette zone et cette période",
            (_, 0) => "toutes les valeurs sont non communicables",
            (_, 1) => "une seule valeur est connue et communicable",
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
                format!(", contre {} en {name} (trait vertical)", bar.previous.text(self.format))
            }
            _ => String::new(),
        };
        Some(format!("{label} : {value}{before}"))
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
        drawing(width, l.rows.bottom + 4.0, |c| {
            l.rows.write(c)?;
            for (b, y) in self.bars.iter().zip(l.rows.middles()) {
                self.draw_bar(c, &l, b, y)?;
            }

            // Over the bars: a reference that a bar hides cannot be compared with it.
            self.draw_head(c, &l)?;
            let base = l.rows.start;
            c.line(&[(base, l.top), (base, l.rows.bottom)], GRID, 0.8)
        })
    }
}
