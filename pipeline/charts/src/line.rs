//! Lines over time, each named at its end; the past is dashed and hollow.

use super::axis::Scale;
use super::canvas::{Anchor, Canvas, Lettering, Point, drawing};
use super::style::{GREY, GRID, MAIN, REFERENCE, TEXT_SIZE, text_width};
use super::{Plot, count_hidden, listed, top_of};
use crate::data::{ChartData, row};
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
    pub steps: Vec<String>,
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
    /// Lowest and highest value of a line and when they were, in words; nothing if no value is known.
    fn range(&self, s: &Series) -> Option<String> {
        let mut known = s
            .values
            .iter()
            .zip(&self.steps)
            .filter_map(|(v, step)| Some((v.number()?, step)));

        let first = known.next()?;
        let (mut low, mut high) = (first, first);
        for (x, step) in known {
            if x < low.0 {
                low = (x, step);
            }
            if x > high.0 {
                high = (x, step);
            }
        }

        let say = |x: f64| Figure::Known(x).text(self.format);
        Some(format!(
            "{} : minimum {} ({}), maximum {} ({})",
            s.name,
            say(low.0),
            low.1,
            say(high.0),
            high.1
        ))
    }

    /// Ticks and names of the steps under the axis, as many as there is room for.
    fn draw_steps(
        &self,
        c: &Canvas<'_>,
        bottom: f64,
        narrow: bool,
        x_of: impl Fn(usize) -> f64,
    ) -> Result<()> {
        let every = match self.steps.len().max(2) {
            n if n > 16 => 4,
            n if narrow && n > 6 => 2,
            _ => 1,
        };

        for (i, name) in self.steps.iter().enumerate().step_by(every) {
            let x = x_of(i);
            c.line(&[(x, bottom), (x, bottom + 2.5)], GRID, 0.7)?;
            c.text((x, bottom + 9.0), name, Lettering::note(Anchor::Middle))?;
        }

        Ok(())
    }
}

impl Plot for LineChart {
    fn too_little(&self) -> Option<String> {
        let points = self
            .series
            .iter()
            .filter(|s| s.main)
            .map(|s| s.values.iter().filter_map(|v| v.number()).count());
        (points.max().unwrap_or(0) < 2).then(|| {
            "Graphique non tracé : moins de deux points sont connus et communicables.".into()
        })
    }

    fn alt(&self) -> String {
        let ranges = self.series.iter().filter_map(|s| self.range(s)).collect();
        let hidden = count_hidden(self.series.iter().flat_map(|s| s.values.iter().copied()));
        format!("Courbes, en {}. {}.", self.unit, listed(ranges, hidden))
    }

    fn reading(&self) -> Option<String> {
        let subject = self.series.iter().rfind(|s| s.main).or(self.series.last())?;
        let mut points = subject.values.iter().zip(&self.steps);
        let (value, step) = points.rfind(|(value, _)| value.number().is_some())?;
        let (name, value) = (&subject.name, value.text(self.format));
        Some(format!("la courbe « {name} » est à {value} en {step}"))
    }

    fn data(&self) -> ChartData {
        let names = self.series.iter().map(|s| s.name.as_str());
        let columns: Vec<&str> = [self.unit.as_str()].into_iter().chain(names).collect();
        let rows = self.steps.iter().enumerate().map(|(i, step)| {
            let values = self.series.iter().map(|s| s.values.get(i).copied());
            let figures: Vec<Figure> = values.map(|v| v.unwrap_or(Figure::Missing)).collect();
            row(step, &figures, self.format)
        });
        ChartData::new(&columns, rows)
    }

    fn draw(&self, width: f64) -> Result<String> {
        let widest_name =
            self.series.iter().map(|s| text_width(&s.name, TEXT_SIZE)).fold(24.0, f64::max);
        let end = width - (widest_name + 14.0);

        // Half a page wide: lower, and fewer names under the axis.
        let narrow = width < 300.0;
        let height = if narrow { 134.0 } else { 168.0 };
        let bottom = height - 18.0;

        let max = top_of(self.series.iter().flat_map(|s| s.values.iter().copied()));
        let axis = Scale::new(0.0, max, 4, bottom, TOP);
        let n = self.steps.len().max(2);
        let x_of = |i: usize| LEFT + 8.0 + (end - LEFT - 16.0) * i as f64 / (n - 1) as f64;

        drawing(width, height, |c| {
            c.text((2.0, 6.0), &self.unit, Lettering::note(Anchor::Start))?;
            axis.horizontal_grid(c, LEFT, end, self.format)?;
            c.line(&[(LEFT, bottom), (end, bottom)], GREY, 0.7)?;
            self.draw_steps(c, bottom, narrow, x_of)?;

            let mut ends: Vec<(f64, f64, usize)> = Vec::new();
            for (k, s) in self.series.iter().enumerate() {
                let place = |(i, v): (usize, &Figure)| v.number().map(|x| (x_of(i), axis.place(x)));
                let points: Vec<Option<Point>> = s.values.iter().enumerate().map(place).collect();
                draw_series(c, s, &points)?;

                let hidden = |(_, v): &(usize, &Figure)| **v == Figure::Hidden;
                for (i, _) in s.values.iter().enumerate().filter(hidden) {
                    let tiny = Lettering::note(Anchor::Middle).size(6.4);
                    c.text((x_of(i), bottom - 5.0), "n.c.", tiny)?;
                }

                if let Some(&(x, y)) = points.iter().flatten().last() {
                    ends.push((x, y, k));
                }
            }

            // Below the axis stand the names of the steps.
            apart(&mut ends, bottom - 2.0);
            write_names(c, &ends, &self.series)
        })
    }
}

/// From one name at the end of a line to the next.
const LINE: f64 = TEXT_SIZE + 2.0;

/// Pushes names apart where two lines end together, and back up where the last one would pass below `lowest`.
fn apart(ends: &mut [(f64, f64, usize)], lowest: f64) {
    ends.sort_by(|a, b| a.1.total_cmp(&b.1));
    for i in 1..ends.len() {
        ends[i].1 = ends[i].1.max(ends[i - 1].1 + LINE);
    }

    let mut room = lowest;
    for end in ends.iter_mut().rev() {
        end.1 = end.1.min(room);
        room = end.1 - LINE;
    }
}

/// Names at the ends of their lines.
fn write_names(c: &Canvas<'_>, ends: &[(f64, f64, usize)], series: &[Series]) -> Result<()> {
    for &(x, y, k) in ends {
        let s = &series[k];
        let e = Lettering::new(if s.main { MAIN } else { GREY }, Anchor::Start);
        c.text((x + 8.0, y), &s.name, if s.main { e.bold() } else { e })?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn heights(mut ends: Vec<(f64, f64, usize)>, lowest: f64) -> Vec<f64> {
        apart(&mut ends, lowest);
        ends.iter().map(|end| end.1).collect()
    }

    #[test]
    fn names_of_lines_that_end_near_zero_stay_above_the_steps() {
        let at = |y: f64| (10.0, y, 0);
        assert_eq!(heights(vec![at(150.0)], 148.0), [148.0]);
        assert_eq!(heights(vec![at(147.0), at(150.0)], 148.0), [148.0 - LINE, 148.0]);
        // One that is pushed up pushes the one above it.
        let three = vec![at(150.0), at(149.0), at(148.0 - LINE)];
        assert_eq!(heights(three, 148.0), [148.0 - LINE - LINE, 148.0 - LINE, 148.0]);
    }

    #[test]
    fn names_that_have_room_stay_at_their_lines() {
        assert_eq!(heights(vec![(10.0, 90.0, 0), (10.0, 20.0, 1)], 148.0), [20.0, 90.0]);
        assert_eq!(heights(vec![(10.0, 20.0, 0), (10.0, 20.0, 1)], 148.0), [20.0, 20.0 + LINE]);
    }
}
