//! Dumbbells: last year hollow, this year full, the change written at the end of the line.

use super::axis::Scale;
use super::canvas::{Anchor, Canvas, Lettering, drawing};
use super::rows::Rows;
use super::style::{GRID, INK, MAIN, REFERENCE};
use super::{Plot, count_hidden, known, listed, spread};
use crate::data::{ChartData, row};
use base::definition::Format;
use base::error::Result;
use base::french::Figure;
use base::french::capitalized;

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct DumbbellPair {
    /// Name.
    pub label: String,
    /// Earlier value.
    pub before: Figure,
    /// Later value.
    pub after: Figure,
    /// Text at the end, the change with its interval for instance.
    pub note: String,
}

/// Two dates compared line by line.
#[derive(Debug, Clone, PartialEq)]
pub struct Dumbbells {
    /// Lines, top to bottom.
    pub pairs: Vec<DumbbellPair>,
    /// Names of the two dates.
    pub dates: (String, String),
    /// Format of the values.
    pub format: Format,
}

const HEIGHT: f64 = 19.0;
/// Radius of a dot, and how far two that would cover each other are moved off their line.
const RADIUS: f64 = 3.6;
const ASIDE: f64 = 3.9;

impl Dumbbells {
    /// One line: earlier and later value, what joins them, and the note at the end.
    fn draw_pair(
        &self,
        c: &Canvas<'_>,
        axis: &Scale,
        (start, notes): (f64, f64),
        p: &DumbbellPair,
        y: f64,
    ) -> Result<()> {
        c.line(&[(start, y), (notes, y)], GRID, 0.4)?;
        let before = p.before.number().map(|x| axis.place(x));
        let after = p.after.number().map(|x| axis.place(x));

        let near = |(a, b): (f64, f64)| (a - b).abs() < 2.0 * RADIUS + 1.0;
        let aside = match before.zip(after) {
            Some(pair) if near(pair) => ASIDE,
            Some((a, b)) => {
                c.line(&[(a, y), (b, y)], REFERENCE, 1.4)?;
                0.0
            }
            None => 0.0,
        };

        if let Some(a) = before {
            draw_before(c, (a, y - aside))?;
        }
        match after {
            Some(b) => c.disc((b, y + aside), RADIUS, MAIN)?,
            None => self.say_why_not(c, (start, notes), before, p, y)?,
        }

        c.text((notes + 4.0, y), &p.note, note_lettering())
    }

    /// Why a line has no later value, in words, where its earlier value is not.
    fn say_why_not(
        &self,
        c: &Canvas<'_>,
        (start, notes): (f64, f64),
        before: Option<f64>,
        p: &DumbbellPair,
        y: f64,
    ) -> Result<()> {
        let text = format!("{} {}", self.dates.1, p.after.text(self.format));
        let e = Lettering::note(Anchor::Start);
        match before.is_some_and(|a| a < start + e.width(&text) + 12.0) {
            true => c.text((notes - 4.0, y), &text, e.anchor(Anchor::End)),
            false => c.text((start + 4.0, y), &text, e),
        }
    }

    /// Names of the two dates over the first line, each beside its dot.
    fn draw_key(&self, c: &Canvas<'_>, start: f64) -> Result<()> {
        let e = Lettering::note(Anchor::Start);
        let second = start + 24.0 + e.width(&self.dates.0);
        draw_before(c, (start + 4.0, 7.0))?;
        c.text((start + 11.0, 7.0), &self.dates.0, e)?;
        c.disc((second, 7.0), RADIUS, MAIN)?;
        c.text((second + 7.0, 7.0), &self.dates.1, e.colour(MAIN).bold())
    }
}

fn draw_before(c: &Canvas<'_>, at: (f64, f64)) -> Result<()> {
    c.ring(at, RADIUS - 0.6, REFERENCE, 1.2)
}

fn note_lettering() -> Lettering {
    Lettering::note(Anchor::Start).colour(INK)
}

impl Plot for Dumbbells {
    fn too_little(&self) -> Option<String> {
        let known = self.pairs.iter().filter(|p| p.after.number().is_some()).count();
        let changes = |p: &DumbbellPair| p.before.number().is_some() && p.after.number().is_some();
        (known < 2 || !self.pairs.iter().any(changes)).then(|| {
            "Graphique non tracé : aucune évolution, ou moins de deux valeurs, sont connues et communicables.".into()
        })
    }

    fn alt(&self) -> String {
        let say = |x: f64| Figure::Known(x).text(self.format);
        let known = known(self.pairs.iter().map(|p| (p.label.as_str(), p.after)));
        let finding = spread(&capitalized(&self.dates.1), &known, say);

        let list = self
            .pairs
            .iter()
            .filter(|p| p.after.number().is_some())
            .map(|p| {
                let (a, b) = (p.before.text(self.format), p.after.text(self.format));
                format!("{} : {} {a}, {} {b}", p.label, self.dates.0, self.dates.1)
            })
            .collect();
        let list = listed(list, count_hidden(self.pairs.iter().map(|p| p.after)));
        format!("{finding}Comparaison de deux dates : {list}.")
    }

    fn reading(&self) -> Option<String> {
        let (before, after) = &self.dates;
        self.pairs.iter().find_map(|p| {
            p.before.number().and(p.after.number())?;
            let (label, a, b) = (&p.label, p.before.text(self.format), p.after.text(self.format));
            Some(format!("{label} : {a} ({before}, rond vide) puis {b} ({after}, rond plein)"))
        })
    }

    fn data(&self) -> ChartData {
        let rows = self.pairs.iter().map(|p| {
            let mut cells = row(&p.label, &[p.before, p.after], self.format);
            cells.push(p.note.clone());
            cells
        });
        ChartData::new(&["Libellé", &self.dates.0, &self.dates.1, "Écart"], rows)
    }

    fn draw(&self, width: f64) -> Result<String> {
        let names = self.pairs.iter().map(|p| (p.label.as_str(), false));
        let rows = Rows::new(names, width, 18.0, HEIGHT);
        let widest = self.pairs.iter().map(|p| note_lettering().width(&p.note)).fold(8.0, f64::max);
        let notes = width - (widest + 8.0);

        let values = self.pairs.iter().flat_map(|p| [p.before, p.after]);
        let known = values.filter_map(Figure::number);
        // The first and last dots stay clear of the names and of the notes.
        let axis = Scale::around(known, 5, rows.start + RADIUS + 1.0, notes - 12.0);
        let caution = axis.caution();

        let bottom = rows.bottom + 2.0;
        drawing(width, bottom + if caution.is_some() { 27.0 } else { 16.0 }, |c| {
            axis.vertical_grid(c, 16.0, bottom, self.format)?;
            self.draw_key(c, rows.start)?;
            rows.write(c)?;
            for (p, y) in self.pairs.iter().zip(rows.middles()) {
                self.draw_pair(c, &axis, (rows.start, notes), p, y)?;
            }

            match caution {
                Some(text) => {
                    let corner = (notes, bottom + 20.0);
                    c.text(corner, text, Lettering::note(Anchor::End))
                }
                None => Ok(()),
            }
        })
    }
}
