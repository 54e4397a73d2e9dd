//! A page-sized drawing area in points over plotters' SVG backend.
//!
//! The backend counts in whole units: one unit is a tenth of a point, fine enough for print.

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::prelude::SVGBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, IntoFont, RGBColor, ShapeStyle, TextStyle};

use super::frame::Frame;
use super::letters::{text_width, wrap};
use super::style::{FONT, GREY, SMALL_SIZE, TEXT_SIZE, WHITE};
use base::error::{Context, Result};

const UNITS_PER_POINT: f64 = 10.0;

/// A point of the page, in points from the upper left corner.
pub type Point = (f64, f64);

/// Where a text stands with respect to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Starts there.
    Start,
    /// Centred there.
    Middle,
    /// Ends there.
    End,
}

/// How a text is set.
#[derive(Debug, Clone, Copy)]
pub struct Lettering {
    /// Size in points.
    pub size: f64,
    /// Colour.
    pub colour: RGBColor,
    /// Bold.
    pub bold: bool,
    /// Horizontal anchor; the vertical one is the middle of the letters.
    pub anchor: Anchor,
}

impl Lettering {
    /// Regular text of the usual size.
    pub fn new(colour: RGBColor, anchor: Anchor) -> Self {
        Self {
            size: TEXT_SIZE,
            colour,
            bold: false,
            anchor,
        }
    }

    /// Small grey text: axes, notes.
    pub fn note(anchor: Anchor) -> Self {
        Self::new(GREY, anchor).size(SMALL_SIZE)
    }

    /// The same in another colour.
    #[must_use]
    pub fn colour(self, colour: RGBColor) -> Self {
        Self { colour, ..self }
    }

    /// The same with another anchor.
    #[must_use]
    pub fn anchor(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    /// The same in bold.
    #[must_use]
    pub fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    /// The same in another size.
    #[must_use]
    pub fn size(self, size: f64) -> Self {
        Self { size, ..self }
    }

    /// Width of a text so set, in points.
    pub fn width(&self, text: &str) -> f64 {
        text_width(text, self.size, self.bold)
    }

    /// A text folded to at most `lines` lines of `width` points.
    pub fn wrap(&self, text: &str, width: f64, lines: usize) -> Vec<String> {
        wrap(text, width, lines, |t| self.width(t))
    }

    /// Where a text stands that is written at `p`.
    pub fn frame(&self, p: Point, text: &str) -> Frame {
        let wide = self.width(text);
        let left = match self.anchor {
            Anchor::Start => p.0,
            Anchor::Middle => p.0 - wide / 2.0,
            Anchor::End => p.0 - wide,
        };
        let half = self.size * 0.55;
        Frame {
            left,
            right: left + wide,
            top: p.1 - half,
            bottom: p.1 + half,
        }
    }
}

/// The drawing area of one chart.
pub struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

/// Draws a chart of `width` × `height` points and returns its SVG text.
pub fn drawing(
    width: f64,
    height: f64,
    paint: impl FnOnce(&Canvas<'_>) -> Result<()>,
) -> Result<String> {
    let mut svg = String::new();
    {
        let size = (units(width).max(1) as u32, units(height).max(1) as u32);
        let canvas = Canvas {
            area: SVGBackend::with_string(&mut svg, size).into_drawing_area(),
        };

        paint(&canvas)?;
        canvas.area.present().access(failure)?;
    }

    // The page measures in points; the view box keeps the tenths.
    let (w, h) = (units(width), units(height));
    Ok(svg.replacen(
        &format!("width=\"{w}\" height=\"{h}\""),
        &format!("width=\"{width}pt\" height=\"{height}pt\""),
        1,
    ))
}

/// Points as whole units of the backend.
fn units(x: f64) -> i32 {
    (x * UNITS_PER_POINT).round() as i32
}

/// A point of the page in units.
fn device(p: Point) -> (i32, i32) {
    (units(p.0), units(p.1))
}

fn failure() -> String {
    "le dessin d'un graphique a échoué".to_string()
}

fn stroke(colour: RGBColor, thickness: f64) -> ShapeStyle {
    ShapeStyle {
        color: colour.into(),
        filled: false,
        stroke_width: units(thickness).max(1) as u32,
    }
}

fn fill(colour: RGBColor) -> ShapeStyle {
    ShapeStyle {
        color: colour.into(),
        filled: true,
        stroke_width: 0,
    }
}

impl Canvas<'_> {
    /// A straight or broken line.
    pub fn line(&self, points: &[Point], colour: RGBColor, thickness: f64) -> Result<()> {
        let path: Vec<_> = points.iter().copied().map(device).collect();

        self.area
            .draw(&PathElement::new(path, stroke(colour, thickness)))
            .access(failure)
    }

    /// A dashed line; the rhythm runs through the corners.
    pub fn dashes(
        &self,
        points: &[Point],
        colour: RGBColor,
        thickness: f64,
        pattern: (f64, f64),
    ) -> Result<()> {
        let (dash, gap) = pattern;
        let mut left_over = dash;
        let mut pen_down = true;

        for pair in points.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            let length = (b.0 - a.0).hypot(b.1 - a.1);
            let at = |t: f64| (a.0 + (b.0 - a.0) * t / length, a.1 + (b.1 - a.1) * t / length);

            let mut done = 0.0;
            while length - done > 1e-9 {
                let step = left_over.min(length - done);
                if pen_down {
                    self.line(&[at(done), at(done + step)], colour, thickness)?;
                }

                done += step;
                left_over -= step;
                if left_over <= 1e-9 {
                    pen_down = !pen_down;
                    left_over = if pen_down { dash } else { gap };
                }
            }
        }

        Ok(())
    }

    /// A filled rectangle from one corner to the opposite one.
    pub fn rectangle(&self, a: Point, b: Point, colour: RGBColor) -> Result<()> {
        let (top, bottom) = ((a.0.min(b.0), a.1.min(b.1)), (a.0.max(b.0), a.1.max(b.1)));

        self.area
            .draw(&Rectangle::new([device(top), device(bottom)], fill(colour)))
            .access(failure)
    }

    /// A filled polygon.
    pub fn polygon(&self, points: &[Point], colour: RGBColor) -> Result<()> {
        let path: Vec<_> = points.iter().copied().map(device).collect();

        self.area.draw(&Polygon::new(path, fill(colour))).access(failure)
    }

    /// The outline of a polygon.
    pub fn outline(&self, points: &[Point], colour: RGBColor, thickness: f64) -> Result<()> {
        let mut closed = points.to_vec();
        closed.extend(points.first().copied());
        self.line(&closed, colour, thickness)
    }

    /// A filled disc.
    pub fn disc(&self, centre: Point, radius: f64, colour: RGBColor) -> Result<()> {
        self.area
            .draw(&Circle::new(device(centre), units(radius), fill(colour)))
            .access(failure)
    }

    /// A hollow disc: white inside, coloured rim.
    pub fn ring(&self, centre: Point, radius: f64, colour: RGBColor, thickness: f64) -> Result<()> {
        self.disc(centre, radius + thickness / 2.0, colour)?;
        self.disc(centre, radius - thickness / 2.0, WHITE)
    }

    /// Hatching inside a polygon, at 45°, `step` points apart: how a hidden figure looks.
    pub fn hatching(&self, points: &[Point], colour: RGBColor, step: f64) -> Result<()> {
        // A line at 45° is where x + y is constant.
        let sum_of = |p: &Point| p.0 + p.1;
        let start = points.iter().map(sum_of).fold(f64::INFINITY, f64::min);
        let end = points.iter().map(sum_of).fold(f64::NEG_INFINITY, f64::max);
        let n = ((end - start) / step).ceil().max(0.0) as usize;

        for k in 0..n {
            let level = start + step * (k as f64 + 0.5);
            let mut cuts: Vec<f64> = Vec::new();
            for (i, a) in points.iter().enumerate() {
                let b = &points[(i + 1) % points.len()];
                let (sa, sb) = (sum_of(a), sum_of(b));
                if (sa <= level) != (sb <= level) {
                    cuts.push(a.0 + (b.0 - a.0) * (level - sa) / (sb - sa));
                }
            }

            // From one cut to the next the line is inside.
            cuts.sort_by(f64::total_cmp);
            for pair in cuts.chunks_exact(2) {
                let ends = [(pair[0], level - pair[0]), (pair[1], level - pair[1])];
                self.line(&ends, colour, 0.5)?;
            }
        }

        Ok(())
    }

    /// A text, its middle height at `p.1`.
    pub fn text(&self, p: Point, text: &str, e: Lettering) -> Result<()> {
        let weight = if e.bold { FontStyle::Bold } else { FontStyle::Normal };
        let h = match e.anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };

        // The backend divides sizes by 1.24 to match its bitmap siblings.
        let style = TextStyle::from((FONT, e.size * UNITS_PER_POINT * 1.24, weight).into_font())
            .color(&e.colour)
            .pos(Pos::new(h, VPos::Center));

        self.area.draw(&Text::new(text.to_string(), device(p), style)).access(failure)
    }

    /// Lines of a text, one under the other, their middle at `p.1`.
    pub fn lines(&self, p: Point, lines: &[String], e: Lettering) -> Result<()> {
        let leading = e.size * 1.12;
        let first = p.1 - leading * (lines.len() as f64 - 1.0) / 2.0;

        for (i, line) in lines.iter().enumerate() {
            self.text((p.0, first + leading * i as f64), line, e)?;
        }

        Ok(())
    }
}
