//! Lines over time, each named at its end; the past is dashed and hollow.

use super::axis::Scale;
use super::canvas::{Anchor, Canvas, Lettering, Point, drawing};
use super::style::{GRID, GREY, SMALL_SIZE, MAIN, REFERENCE, TEXT_SIZE, text_width};
use super::{Plot, listed};
use base::definition::Format;
use base::error::Result;
use base::french::Figure;

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Name written at the end of the line.
    pub name: String,
    /// One value per step.
    pub values: Vec<Figure>,
    /// The subject of the chart (solid); otherwise a comparison (dashed, hollow).
    pub main: bool,
}

/// Lines over a common time axis.
#[derive(Debug, Clone, PartialEq)]
pub struct LineChart {
    /// Names of the steps.
    pub step: Vec<String>,
    /// Lines; the subject last so that it lies on top.
    pub series: Vec<Series>,
    /// Format of the values.
    pub format: Format,
    /// Unit, written above the axis.
    pub unit: String,
}

const LEFT: f64 = 42.0;
const TOP: f64 = 20.0;

impl LineChart {
    fn known(&self) -> impl Iterator<Item = f64> + '_ {
        self.series
            .iter()
            .flat_map(|s| s.values.iter().filter_map(|v| v.number()))
    }
}

impl Plot for LineChart {
    fn too_little(&self) -> Option<String> {
        let points = self
            .series
            .iter()
            .filter(|s| s.main)
            .map(|s| s.values.iter().filter(|v| v.number().is_some()).count());
        (points.max().unwrap_or(0) < 2).then(|| {
            "Graphique non tracé : moins de deux points sont connus et communicables.".into()
        })
    }

    fn alt(&self) -> String {
        let sentences = self
            .series
            .iter()
            .filter(|s| s.values.iter().any(|v| v.number().is_some()))
            .map(|s| {
                let mut known = s
                    .values
                    .iter()
                    .zip(&self.step)
                    .filter_map(|(v, p)| Some((v.number()?, p)));
                let first = known.next();
                let (mut bottom, mut top) = (first, first);
                for (x, p) in known {
                    if bottom.is_some_and(|b| x < b.0) {
                        bottom = Some((x, p));
                    }
                    if top.is_some_and(|h| x > h.0) {
                        top = Some((x, p));
                    }
                }
                match (bottom, top) {
                    (Some(b), Some(h)) => format!(
                        "{} : minimum {} ({}), maximum {} ({})",
                        s.name,
                        Figure::Known(b.0).text(self.format),
                        b.1,
                        Figure::Known(h.0).text(self.format),
                        h.1
                    ),
                    _ => String::new(),
                }
            });
        let hidden = self
            .series
            .iter()
            .flat_map(|s| &s.values)
            .filter(|v| **v == Figure::Hidden)
            .count();
        format!(
            "Courbes, en {}. {}.",
            self.unit,
            listed(sentences.collect(), hidden)
        )
    }

    fn draw(&self, width: f64) -> Result<String> {
        let right = self
            .series
            .iter()
            .map(|s| text_width(&s.name, TEXT_SIZE))
            .fold(24.0, f64::max)
            + 14.0;
        let end = width - right;
        // Half a page wide: lower, and fewer names under the axis.
        let narrow = width < 300.0;
        let height = if narrow { 134.0 } else { 168.0 };
        let bottom = height - 18.0;
        let axis = Scale::new(0.0, self.known().fold(0.0, f64::max), 4, bottom, TOP);
        let n = self.step.len().max(2);
        let x_of = |i: usize| LEFT + 8.0 + (end - LEFT - 16.0) * i as f64 / (n - 1) as f64;
        drawing(width, height, |c| {
            c.text(
                (2.0, 6.0),
                &self.unit,
                Lettering::new(GREY, Anchor::Start).size(SMALL_SIZE),
            )?;
            axis.horizontal_grid(c, LEFT, end, self.format)?;
            c.line(&[(LEFT, bottom), (end, bottom)], GREY, 0.7)?;
            let un_sur = match n {
                _ if n > 16 => 4,
                _ if narrow && n > 6 => 2,
                _ => 1,
            };
            for (i, p) in self.step.iter().enumerate().filter(|(i, _)| i % un_sur == 0) {
                c.line(&[(x_of(i), bottom), (x_of(i), bottom + 2.5)], GRID, 0.7)?;
                c.text(
                    (x_of(i), bottom + 9.0),
                    p,
                    Lettering::new(GREY, Anchor::Middle).size(SMALL_SIZE),
                )?;
            }
            let mut ends: Vec<(f64, f64, usize)> = Vec::new();
            for (k, s) in self.series.iter().enumerate() {
                let place =
                    |(i, v): (usize, &Figure)| v.number().map(|x| (x_of(i), axis.place(x)));
                draw_series(
                    c,
                    s,
                    &s.values.iter().enumerate().map(place).collect::<Vec<_>>(),
                )?;
                for (i, _) in s
                    .values
                    .iter()
                    .enumerate()
                    .filter(|(_, v)| **v == Figure::Hidden)
                {
                    c.text(
                        (x_of(i), bottom - 5.0),
                        "n.c.",
                        Lettering::new(GREY, Anchor::Middle).size(6.4),
                    )?;
                }
                let last = s.values.iter().enumerate().rev().find_map(place);
                if let Some((x, y)) = last {
                    ends.push((x, y, k));
                }
            }
            write_names(c, &mut ends, &self.series)
        })
    }
}

/// Names at the ends, pushed apart where two lines end together.
fn write_names(c: &Canvas<'_>, ends: &mut [(f64, f64, usize)], series: &[Series]) -> Result<()> {
    ends.sort_by(|a, b| a.1.total_cmp(&b.1));
    for i in 1..ends.len() {
        ends[i].1 = ends[i].1.max(ends[i - 1].1 + TEXT_SIZE + 2.0);
    }
    for &(x, y, k) in ends.iter() {
        let s = &series[k];
        let e = Lettering::new(if s.main { MAIN } else { GREY }, Anchor::Start);
        c.text(
            (x + 8.0, y),
            &s.name,
            if s.main { e.bold() } else { e },
        )?;
    }
    Ok(())
}

/// Segments between consecutive known points; a gap stays a gap.
fn draw_series(c: &Canvas<'_>, s: &Series, points: &[Option<Point>]) -> Result<()> {
    let mut stretch: Vec<Point> = Vec::new();
    for p in points.iter().copied().chain([None]) {
        if let Some(p) = p {
            stretch.push(p);
            continue;
        }
        if stretch.len() > 1 {
            if s.main {
                c.line(&stretch, MAIN, 1.8)?;
            } else {
                c.dashes(&stretch, REFERENCE, 1.1, (4.0, 2.5))?;
            }
        }
        stretch.clear();
    }
    // Twenty quarters need no marker each; twelve months do.
    for &p in points.iter().flatten().filter(|_| points.len() <= 16) {
        if s.main {
            c.disc(p, 2.4, MAIN)?;
        } else {
            c.ring(p, 2.0, REFERENCE, 0.9)?;
        }
    }
    Ok(())
}
