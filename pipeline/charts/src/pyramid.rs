//! Age pyramid: women at the left, solid; men at the right, outlined and hatched, so that greyscale tells them apart.

use super::canvas::{Anchor, Lettering, drawing};
use super::style::{BAND, INK, GREY, HATCH, SMALL_SIZE, MAIN};
use super::{Plot, listed, extremes};
use base::definition::Format;
use base::error::Result;
use base::french::Figure;

/// One age group.
#[derive(Debug, Clone, PartialEq)]
pub struct AgeGroup {
    /// Name.
    pub label: String,
    /// Women.
    pub women: Figure,
    /// Men.
    pub men: Figure,
}

/// An age pyramid.
#[derive(Debug, Clone, PartialEq)]
pub struct Pyramid {
    /// Age groups, youngest first.
    pub age_groups: Vec<AgeGroup>,
    /// Format of the values.
    pub format: Format,
    /// What is counted.
    pub unit: String,
}

const HEIGHT: f64 = 21.0;

impl Plot for Pyramid {
    fn too_little(&self) -> Option<String> {
        let known = self
            .age_groups
            .iter()
            .flat_map(|t| [t.women, t.men])
            .filter(|v| v.number().is_some());
        (known.count() < 2)
            .then(|| "Pyramide non tracée : trop peu d'effectifs connus et communicables.".into())
    }

    fn alt(&self) -> String {
        let hidden = self
            .age_groups
            .iter()
            .flat_map(|t| [t.women, t.men])
            .filter(|v| *v == Figure::Hidden)
            .count();
        let list = self
            .age_groups
            .iter()
            .map(|t| {
                format!(
                    "{} femmes {}, hommes {}",
                    t.label,
                    t.women.text(self.format),
                    t.men.text(self.format)
                )
            })
            .collect();
        let names: Vec<(String, f64)> = self
            .age_groups
            .iter()
            .flat_map(|t| {
                [("femmes", t.women), ("hommes", t.men)]
                    .map(|(who, v)| (format!("{who} de {} ans", t.label), v.number()))
            })
            .filter_map(|(name, x)| Some((name, x?)))
            .collect();
        let known: Vec<(&str, f64)> = names.iter().map(|(n, x)| (n.as_str(), *x)).collect();
        let finding = extremes(&known).map_or_else(String::new, |(_, (name, x))| {
            format!(
                "L'effectif le plus élevé est celui des {name}, {}. ",
                Figure::Known(x).text(self.format)
            )
        });
        let pairs = self
            .age_groups
            .iter()
            .filter_map(|t| Some((t.women.number()?, t.men.number()?)));
        let total = pairs.clone().count();
        let women = pairs.filter(|(f, h)| f > h).count();
        format!(
            "{finding}Les femmes sont plus nombreuses que les hommes dans {women} des {total} tranches où les deux sont connus. \
             Pyramide des âges, en {} : {}.",
            self.unit,
            listed(list, hidden)
        )
    }

    fn draw(&self, width: f64) -> Result<String> {
        let height = 22.0 + HEIGHT * self.age_groups.len() as f64;
        let middle = width / 2.0;
        let (gap, length) = (27.0, 150.0);
        let max = self
            .age_groups
            .iter()
            .flat_map(|t| [t.women.number(), t.men.number()])
            .flatten()
            .fold(1e-9, f64::max);
        drawing(width, height, |c| {
            let title = Lettering::new(MAIN, Anchor::End).bold();
            c.text((middle - gap, 7.0), "Femmes", title)?;
            c.text(
                (middle + gap, 7.0),
                "Hommes",
                Lettering {
                    anchor: Anchor::Start,
                    ..title
                },
            )?;
            c.text(
                (2.0, 7.0),
                &self.unit,
                Lettering::new(GREY, Anchor::Start).size(SMALL_SIZE),
            )?;
            for (i, t) in self.age_groups.iter().rev().enumerate() {
                let y = 18.0 + HEIGHT * (i as f64 + 0.5);
                c.text((middle, y), &t.label, Lettering::new(INK, Anchor::Middle))?;
                for (side, v) in [(-1.0, t.women), (1.0, t.men)] {
                    let base = middle + side * gap;
                    let end = base + side * v.number().map_or(22.0, |x| length * x / max);
                    let corners = [
                        (base, y - 7.0),
                        (end, y - 7.0),
                        (end, y + 7.0),
                        (base, y + 7.0),
                    ];
                    match v {
                        Figure::Known(_) if side < 0.0 => c.polygon(&corners, MAIN)?,
                        Figure::Known(_) => {
                            c.polygon(&corners, BAND)?;
                            c.hatching(&corners, MAIN, 3.6)?;
                            c.outline(&corners, MAIN, 0.9)?;
                        }
                        Figure::Hidden => c.hatching(&corners, HATCH, 5.0)?,
                        Figure::Missing => {}
                    }
                    let anchor = if side < 0.0 {
                        Anchor::End
                    } else {
                        Anchor::Start
                    };
                    c.text(
                        (end + side * 5.0, y),
                        &v.text(self.format),
                        Lettering::new(INK, anchor),
                    )?;
                }
            }
            Ok(())
        })
    }
}
