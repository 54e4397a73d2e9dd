//! Dumbbells: last year hollow, this year full, the change written at the end of the line.

use super::axis::Scale;
use super::canvas::{Anchor, Lettering, drawing};
use super::style::{INK, GRID, GREY, SMALL_SIZE, MAIN, REFERENCE, TEXT_SIZE, text_width};
use super::{Plot, listed, spread};
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

impl Plot for Dumbbells {
    fn too_little(&self) -> Option<String> {
        let known = self
            .pairs
            .iter()
            .filter(|p| p.after.number().is_some())
            .count();
        (known == 0).then(|| "Graphique non tracé : aucune valeur connue et communicable.".into())
    }

    fn alt(&self) -> String {
        let hidden = self
            .pairs
            .iter()
            .filter(|p| p.after == Figure::Hidden)
            .count();
        let list = self
            .pairs
            .iter()
            .filter(|p| p.after.number().is_some())
            .map(|p| {
                let (a, b) = (p.before.text(self.format), p.after.text(self.format));
                format!("{} : {} {a}, {} {b}", p.label, self.dates.0, self.dates.1)
            })
            .collect();
        let known: Vec<(&str, f64)> = self
            .pairs
            .iter()
            .filter_map(|p| Some((p.label.as_str(), p.after.number()?)))
            .collect();
        let say = |x: f64| Figure::Known(x).text(self.format);
        let finding = spread(&capitalized(&self.dates.1), &known, say);
        format!(
            "{finding}Comparaison de deux dates : {}.",
            listed(list, hidden)
        )
    }

    fn draw(&self, width: f64) -> Result<String> {
        let margin = self
            .pairs
            .iter()
            .map(|p| text_width(&p.label, TEXT_SIZE))
            .fold(40.0, f64::max)
            .min(width * 0.42)
            + 10.0;
        let notes = self
            .pairs
            .iter()
            .map(|p| text_width(&p.note, SMALL_SIZE))
            .fold(30.0, f64::max)
            + 8.0;
        let values: Vec<f64> = self
            .pairs
            .iter()
            .flat_map(|p| [p.before, p.after])
            .filter_map(Figure::number)
            .collect();
        let max = values.iter().copied().fold(0.0, f64::max);
        let bottom = 20.0 + HEIGHT * self.pairs.len() as f64;
        let axis = Scale::new(0.0, max, 5, margin, width - notes - 8.0);
        drawing(width, bottom + 16.0, |c| {
            axis.vertical_grid(c, 16.0, bottom, self.format)?;
            let mut named = false;
            for (i, p) in self.pairs.iter().enumerate() {
                let y = 18.0 + HEIGHT * (i as f64 + 0.5);
                c.line(&[(margin, y), (width - notes, y)], GRID, 0.4)?;
                let e = Lettering::new(INK, Anchor::End);
                c.label((margin - 8.0, y), &p.label, margin - 8.5, e)?;
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
                match (before, after) {
                    (Some(a), Some(b)) if !named && (a - b).abs() > 26.0 => {
                        named = true;
                        let small = Lettering::new(GREY, Anchor::Middle).size(SMALL_SIZE);
                        c.text((a, y - 9.0), &self.dates.0, small)?;
                        c.text(
                            (b, y - 9.0),
                            &self.dates.1,
                            Lettering {
                                colour: MAIN,
                                ..small
                            }
                            .bold(),
                        )?;
                    }
                    (_, None) => {
                        let text = p.after.text(self.format);
                        c.text(
                            (margin + 4.0, y),
                            &text,
                            Lettering::new(GREY, Anchor::Start).size(SMALL_SIZE),
                        )?;
                    }
                    _ => {}
                }
                c.text(
                    (width - notes + 4.0, y),
                    &p.note,
                    Lettering::new(INK, Anchor::Start).size(SMALL_SIZE),
                )?;
            }
            if !named {
                // No line is wide enough to carry the names: they go above the first one, apart.
                c.ring((margin + 4.0, 7.0), 2.6, REFERENCE, 1.1)?;
                let e = Lettering::new(GREY, Anchor::Start).size(SMALL_SIZE);
                c.text((margin + 10.0, 7.0), &self.dates.0, e)?;
                c.disc((margin + 44.0, 7.0), 3.2, MAIN)?;
                c.text(
                    (margin + 51.0, 7.0),
                    &self.dates.1,
                    Lettering {
                        colour: MAIN,
                        ..e
                    }
                    .bold(),
                )?;
            }
            Ok(())
        })
    }
}
