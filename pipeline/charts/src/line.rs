//! Lines over time, each named at its end; the past is dashed and hollow.

use super::axis::{Scale, one_in};
use super::canvas::{Anchor, Canvas, Lettering, Point, drawing};
use super::frame::Frame;
use super::style::{GREY, GRID, MAIN, REFERENCE, TEXT_SIZE, WHITE};
use super::{Plot, count_hidden, is_month, listed, moment, stretches, top_of};
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
    fn draw_steps(&self, c: &Canvas<'_>, bottom: f64, x_of: impl Fn(usize) -> f64) -> Result<()> {
        let e = Lettering::note(Anchor::Middle);
        let widest = self.steps.iter().map(|name| e.width(name)).fold(0.0, f64::max);
        // Months are left out by what divides a year.
        let needed = one_in(x_of(1) - x_of(0), widest);
        let every = [1, 2, 4, 6, 12].into_iter().find(|n| *n >= needed).unwrap_or(needed);

        for (i, name) in self.steps.iter().enumerate().step_by(every) {
            let x = x_of(i);
            c.line(&[(x, bottom), (x, bottom + 2.5)], GRID, 0.7)?;
            c.text((x, bottom + 9.0), name, e)?;
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
        let (name, when) = (&subject.name, moment(step));

        let mut value = value.text(self.format);
        // The other formats say their unit themselves.
        if matches!(self.format, Format::Integer | Format::Decimal1 | Format::Decimal2) {
            value = format!("{value} {}", self.unit);
        }
        let is_year = name.len() == 4 && name.bytes().all(|b| b.is_ascii_digit());
        Some(match is_year && is_month(&when) {
            true => format!("en {when} {name}, {value}"),
            false => format!("{name}, {when} : {value}"),
        })
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
        let names = self.series.iter().map(|s| name_lettering(s).width(&s.name));
        let widest_name = names.fold(24.0, f64::max);
        let end = width - (widest_name + 14.0);

        // Half a page wide: lower.
        let height = if width < 300.0 { 128.0 } else { 168.0 };
        let bottom = height - 18.0;

        let max = top_of(self.series.iter().flat_map(|s| s.values.iter().copied()));
        let axis = Scale::new(0.0, max, 4, bottom, TOP);
        let n = self.steps.len().max(2);
        let x_of = |i: usize| LEFT + 8.0 + (end - LEFT - 16.0) * i as f64 / (n - 1) as f64;

        drawing(width, height, |c| {
            c.text((2.0, 6.0), &self.unit, Lettering::note(Anchor::Start))?;
            axis.horizontal_grid(c, LEFT, end, self.format)?;
            c.line(&[(LEFT, bottom), (end, bottom)], GREY, 0.7)?;
            self.draw_steps(c, bottom, x_of)?;

            let mut ends: Vec<(f64, f64, usize)> = Vec::new();
            let mut drawn: Vec<Vec<Point>> = Vec::new();
            for (k, s) in self.series.iter().enumerate() {
                let place = |(i, v): (usize, &Figure)| v.number().map(|x| (x_of(i), axis.place(x)));
                let points: Vec<Option<Point>> = s.values.iter().enumerate().map(place).collect();
                drawn.extend(draw_series(c, s, &points)?);

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
            write_names(c, &ends, &self.series, &drawn)
        })
    }
}

/// From one name at the end of a line to the next.
const LINE: f64 = TEXT_SIZE + 3.0;

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

fn name_lettering(s: &Series) -> Lettering {
    match s.main {
        true => Lettering::new(MAIN, Anchor::Start).bold(),
        false => Lettering::new(GREY, Anchor::Start),
    }
}

/// Names at the ends of their lines; where another line goes on there, above or under the end.
fn write_names(
    c: &Canvas<'_>,
    ends: &[(f64, f64, usize)],
    series: &[Series],
    drawn: &[Vec<Point>],
) -> Result<()> {
    let mut taken: Vec<Frame> = Vec::new();
    for &(x, y, k) in ends {
        let (s, e) = (&series[k], name_lettering(&series[k]));
        let places = [(x + 8.0, y), (x + 4.0, y - 11.0), (x + 4.0, y + 11.0)];
        let free = |at: &Point| {
            let frame = e.frame(*at, &s.name);
            !drawn.iter().any(|line| frame.crossed_by(line))
                && !taken.iter().any(|other| frame.meets(other))
        };

        let place = places.into_iter().find(free);
        let at = place.unwrap_or(places[0]);
        let frame = e.frame(at, &s.name);
        if place.is_none() {
            // No room that is free: the lines stop at the name.
            c.rectangle((frame.left - 1.0, frame.top), (frame.right + 1.0, frame.bottom), WHITE)?;
        }
        taken.push(frame);
        c.text(at, &s.name, e)?;
    }

    Ok(())
}

/// Segments between consecutive known points, which it returns; a gap stays a gap.
fn draw_series(c: &Canvas<'_>, s: &Series, points: &[Option<Point>]) -> Result<Vec<Vec<Point>>> {
    let stretches = stretches(points);
    for stretch in &stretches {
        match s.main {
            true => c.line(stretch, MAIN, 1.8)?,
            false => c.dashes(stretch, REFERENCE, 1.1, (4.0, 2.5))?,
        }
    }

    // Twenty quarters need no marker each; twelve months do.
    for &p in points.iter().flatten().filter(|_| points.len() <= 16) {
        if s.main {
            c.disc(p, 2.4, MAIN)?;
        } else {
            c.ring(p, 2.0, REFERENCE, 0.9)?;
        }
    }

    Ok(stretches)
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
