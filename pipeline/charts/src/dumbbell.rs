//! Dumbbells: last year hollow, this year full, the change written at the end of the line.

use super::axis::Scale;
use super::canvas::{Anchor, Canvas, Lettering, drawing};
use super::style::{GRID, INK, MAIN, REFERENCE, SMALL_SIZE, text_width};
use super::{Plot, count_hidden, known, label_room, listed, spread, top_of};
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

impl Dumbbells {
    /// One line: earlier and later value, what joins them, and the note at the end. True when the dates were named on it.
    fn draw_pair(
        &self,
        c: &Canvas<'_>,
        axis: &Scale,
        (margin, notes): (f64, f64),
        p: &DumbbellPair,
        (y, unnamed): (f64, bool),
    ) -> Result<bool> {
        c.line(&[(margin, y), (notes, y)], GRID, 0.4)?;
        let label = Lettering::new(INK, Anchor::End);
        c.label((margin - 8.0, y), &p.label, margin - 8.5, label)?;

        let before = p.before.number().map(|x| axis.place(x));
        let after = p.after.number().map(|x| axis.place(x));
        if let (Some(a), Some(b)) = (before, after) {
            c.line(&[(a, y), (b, y)], REFERENCE, 1.4)?;
        }
        if let Some(a) = before {
            c.ring((a, y), 3.2, REFERENCE, 1.2)?;
        }
        if let Some(b) = after {
            c.disc((b, y), 4.0, MAIN)?;
        }

        let mut named = false;
        match (before, after) {
            (Some(a), Some(b)) if unnamed && (a - b).abs() > 26.0 => {
                named = true;
                let small = Lettering::note(Anchor::Middle);
                c.text((a, y - 9.0), &self.dates.0, small)?;
                c.text((b, y - 9.0), &self.dates.1, small.colour(MAIN).bold())?;
            }
            (_, None) => {
                let text = p.after.text(self.format);
                c.text((margin + 4.0, y), &text, Lettering::note(Anchor::Start))?;
            }
            _ => {}
        }

        let note = Lettering::note(Anchor::Start).colour(INK);
        c.text((notes + 4.0, y), &p.note, note)?;
        Ok(named)
    }
}

impl Plot for Dumbbells {
    fn too_little(&self) -> Option<String> {
        self.pairs
            .iter()
            .all(|p| p.after.number().is_none())
            .then(|| "Graphique non tracé : aucune valeur connue et communicable.".into())
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
        let labels = self.pairs.iter().map(|p| p.label.as_str());
        let margin = label_room(labels, width * 0.42, 10.0);
        let widest_note =
            self.pairs.iter().map(|p| text_width(&p.note, SMALL_SIZE)).fold(30.0, f64::max);
        let notes = width - (widest_note + 8.0);

        let max = top_of(self.pairs.iter().flat_map(|p| [p.before, p.after]));
        let bottom = 20.0 + HEIGHT * self.pairs.len() as f64;
        let axis = Scale::new(0.0, max, 5, margin, notes - 8.0);

        drawing(width, bottom + 16.0, |c| {
            axis.vertical_grid(c, 16.0, bottom, self.format)?;
            let mut unnamed = true;
            for (i, p) in self.pairs.iter().enumerate() {
                let y = 18.0 + HEIGHT * (i as f64 + 0.5);
                let named = self.draw_pair(c, &axis, (margin, notes), p, (y, unnamed))?;
                unnamed = unnamed && !named;
            }

            if unnamed {
                // No line is wide enough to carry the names: they go above the first one, apart.
                let e = Lettering::note(Anchor::Start);
                c.ring((margin + 4.0, 7.0), 2.6, REFERENCE, 1.1)?;
                c.text((margin + 10.0, 7.0), &self.dates.0, e)?;
                c.disc((margin + 44.0, 7.0), 3.2, MAIN)?;
                c.text((margin + 51.0, 7.0), &self.dates.1, e.colour(MAIN).bold())?;
            }

            Ok(())
        })
    }
}
