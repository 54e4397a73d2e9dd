//! Age pyramid: women at the left, solid; men at the right, outlined and hatched, so that greyscale tells them apart.

use super::canvas::{Anchor, Canvas, Lettering, Point, drawing};
use super::style::{BAND, HATCH, INK, MAIN};
use super::{Plot, count_hidden, extremes, known, listed, top_of};
use crate::data::{ChartData, row};
use base::definition::Format;
use base::error::Result;
use base::french::Figure;

/// One age group.
#[derive(Debug, Clone, PartialEq)]
pub struct AgeGroup {
    /// Its ages: `17-29`, `80+`.
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
/// Half the corridor of the age groups' names, the longest bar, and the room of its figure beyond it.
const GAP: f64 = 29.0;
const LENGTH: f64 = 150.0;
const FIGURE: f64 = 36.0;

/// `16 ans et moins`, `17 à 29 ans`, `80 ans et plus`; a name of another form as it is.
fn in_words(label: &str) -> String {
    let years = |text: &str| text.parse::<u32>().ok();
    if let Some(age) = label.strip_suffix('+').and_then(years) {
        return format!("{age} ans et\u{a0}plus");
    }
    match label.split_once('-').and_then(|(a, b)| years(a).zip(years(b))) {
        Some((0, to)) => format!("{to} ans et\u{a0}moins"),
        Some((from, to)) => format!("{from} à {to} ans"),
        None => label.to_owned(),
    }
}

impl Pyramid {
    fn figures(&self) -> impl Iterator<Item = Figure> + '_ {
        self.age_groups.iter().flat_map(|t| [t.women, t.men])
    }

    /// One bar and its figure; `side` is -1 for women, at the left, and 1 for men.
    fn draw_bar(
        &self,
        c: &Canvas<'_>,
        side: f64,
        v: Figure,
        unit: f64,
        (middle, y): Point,
    ) -> Result<()> {
        let base = middle + side * GAP;
        let end = base + side * v.number().map_or(22.0, |x| unit * x);
        let corners = [(base, y - 7.0), (end, y - 7.0), (end, y + 7.0), (base, y + 7.0)];

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

        let anchor = match side < 0.0 {
            true => Anchor::End,
            false => Anchor::Start,
        };
        let beside = (end + side * 5.0, y);
        c.text(beside, &v.text(self.format), Lettering::new(INK, anchor))
    }
}

impl Plot for Pyramid {
    fn too_little(&self) -> Option<String> {
        (self.figures().filter_map(Figure::number).count() < 2)
            .then(|| "Pyramide non tracée : trop peu d’effectifs connus et communicables.".into())
    }

    fn alt(&self) -> String {
        let names: Vec<(String, Figure)> = self
            .age_groups
            .iter()
            .flat_map(|t| {
                [("femmes", t.women), ("hommes", t.men)]
                    .map(|(who, v)| (format!("{who} de {}", in_words(&t.label)), v))
            })
            .collect();
        let known = known(names.iter().map(|(name, v)| (name.as_str(), *v)));
        let finding = extremes(&known).map_or_else(String::new, |(_, (name, x))| {
            format!(
                "L’effectif le plus élevé est celui des {name}, {}. ",
                Figure::Known(x).text(self.format)
            )
        });

        let pairs = self
            .age_groups
            .iter()
            .filter_map(|t| Some((t.women.number()?, t.men.number()?)));
        let total = pairs.clone().count();
        let women = pairs.filter(|(women, men)| women > men).count();

        let list = self
            .age_groups
            .iter()
            .map(|t| {
                format!(
                    "{} : femmes {}, hommes {}",
                    in_words(&t.label),
                    t.women.text(self.format),
                    t.men.text(self.format)
                )
            })
            .collect();
        format!(
            "{finding}Les femmes sont plus nombreuses que les hommes dans {women} des {total} tranches où les deux sont connus. \
             Pyramide des âges, en {} : {}.",
            self.unit,
            listed(list, count_hidden(self.figures()))
        )
    }

    fn reading(&self) -> Option<String> {
        self.age_groups.iter().find_map(|group| {
            group.women.number().and(group.men.number())?;
            let (ages, unit) = (in_words(&group.label), &self.unit);
            let (women, men) = (group.women.text(self.format), group.men.text(self.format));
            Some(format!("{ages} : {women} femmes et {men} hommes ({unit})"))
        })
    }

    fn data(&self) -> ChartData {
        let rows = self
            .age_groups
            .iter()
            .map(|t| row(&in_words(&t.label), &[t.women, t.men], self.format));
        ChartData::new(&["Âge", "Femmes", "Hommes"], rows)
    }

    fn draw(&self, width: f64) -> Result<String> {
        let height = 22.0 + HEIGHT * self.age_groups.len() as f64;
        let middle = width / 2.0;
        let longest = LENGTH.min(middle - GAP - FIGURE);
        let unit = longest / top_of(self.figures()).max(1e-9);

        drawing(width, height, |c| {
            let title = Lettering::new(MAIN, Anchor::End).bold();
            c.text((middle - GAP, 7.0), "Femmes", title)?;
            c.text((middle + GAP, 7.0), "Hommes", title.anchor(Anchor::Start))?;
            // Where there is no room for it, the chart's title says the unit.
            if width > 300.0 {
                c.text((2.0, 7.0), &self.unit, Lettering::note(Anchor::Start))?;
            }

            let small = Lettering::note(Anchor::Middle).colour(INK);
            for (i, t) in self.age_groups.iter().rev().enumerate() {
                let y = 18.0 + HEIGHT * (i as f64 + 0.5);
                let ages = small.wrap(&in_words(&t.label), 2.0 * GAP - 10.0, 2);
                c.lines((middle, y), &ages, small)?;
                self.draw_bar(c, -1.0, t.women, unit, (middle, y))?;
                self.draw_bar(c, 1.0, t.men, unit, (middle, y))?;
            }

            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn ages_are_said_in_words() {
        for (label, words) in [
            ("00-16", "16 ans et\u{a0}moins"),
            ("17-29", "17 à 29 ans"),
            ("80+", "80 ans et\u{a0}plus"),
            ("inconnu", "inconnu"),
        ] {
            assert_eq!(in_words(label), words);
        }
    }
}
