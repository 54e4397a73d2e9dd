//! Rectangles that a text or a mark takes, and whether something else is already there.

use super::canvas::Point;

/// A rectangle of the page, in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    /// Left edge.
    pub left: f64,
    /// Right edge.
    pub right: f64,
    /// Upper edge.
    pub top: f64,
    /// Lower edge.
    pub bottom: f64,
}

impl Frame {
    /// As far as `wide` and `high` points around a middle.
    pub fn around(middle: Point, wide: f64, high: f64) -> Self {
        Self {
            left: middle.0 - wide / 2.0,
            right: middle.0 + wide / 2.0,
            top: middle.1 - high / 2.0,
            bottom: middle.1 + high / 2.0,
        }
    }

    /// Whether it shares some room with another one.
    pub fn meets(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    /// Whether a broken line passes through it.
    pub fn crossed_by(&self, line: &[Point]) -> bool {
        line.windows(2).any(|pair| self.cut_by(pair[0], pair[1]))
    }

    /// Whether a segment passes through it: what each pair of edges leaves of the segment is not nothing.
    pub fn cut_by(&self, a: Point, b: Point) -> bool {
        let inside = |from: f64, to: f64, low: f64, high: f64| {
            let long = to - from;
            if long.abs() < 1e-12 {
                return (from > low && from < high).then_some((0.0, 1.0));
            }
            let (s, t) = ((low - from) / long, (high - from) / long);
            Some((s.min(t), s.max(t)))
        };

        let across = inside(a.0, b.0, self.left, self.right);
        let down = inside(a.1, b.1, self.top, self.bottom);
        across
            .zip(down)
            .is_some_and(|(x, y)| x.0.max(y.0).max(0.0) < x.1.min(y.1).min(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_passes_by_does_not_cross() {
        let frame = Frame::around((10.0, 10.0), 10.0, 4.0);
        for (a, b, crossed) in [
            ((0.0, 10.0), (20.0, 10.0), true),
            ((10.0, 0.0), (10.0, 20.0), true),
            ((0.0, 0.0), (20.0, 20.0), true),
            ((8.0, 9.0), (9.0, 11.0), true),
            ((0.0, 13.0), (20.0, 13.0), false),
            ((0.0, 10.0), (4.0, 10.0), false),
            ((0.0, 4.0), (12.0, 0.0), false),
        ] {
            assert_eq!(frame.crossed_by(&[a, b]), crossed, "{a:?} {b:?}");
        }
    }
}
