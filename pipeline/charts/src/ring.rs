//! Rings of points: their bounds, their centre, and where a name fits inside.

use super::canvas::Point;
use super::frame::Frame;

/// Upper left and lower right corners of the box around some rings.
pub(crate) fn bounds<'a>(rings: impl Iterator<Item = &'a Vec<Point>>) -> (Point, Point) {
    rings.flatten().fold(
        ((f64::INFINITY, f64::INFINITY), (f64::NEG_INFINITY, f64::NEG_INFINITY)),
        |(a, b), p| ((a.0.min(p.0), a.1.min(p.1)), (b.0.max(p.0), b.1.max(p.1))),
    )
}

/// The largest ring of a zone: the mainland of one with islands.
pub(crate) fn largest(rings: &[Vec<Point>]) -> Option<&Vec<Point>> {
    rings.iter().max_by(|p, q| area(p).total_cmp(&area(q)))
}

/// The middle of a block `wide` × `high` that lies inside a ring, as near its centre of gravity as can be; nothing if there
/// is no room.
pub(crate) fn room_inside(ring: &[Point], wide: f64, high: f64) -> Option<Point> {
    const STEPS: usize = 40;
    let middle = centre(ring);
    let (a, b) = bounds(std::iter::once(&ring.to_vec()));
    let at = |k: usize, from: f64, to: f64| from + (to - from) * k as f64 / STEPS as f64;

    let grid = (0..=STEPS).flat_map(|i| (0..=STEPS).map(move |j| (i, j)));
    let places = grid.map(|(i, j)| (at(i, a.0, b.0), at(j, a.1, b.1)));
    let distance = |p: &Point| (p.0 - middle.0).hypot(p.1 - middle.1);
    let edges = || ring.iter().zip(ring.iter().cycle().skip(1));

    std::iter::once(middle)
        .chain(places)
        .filter(|p| holds(ring, *p))
        .filter(|p| {
            let frame = Frame::around(*p, wide, high);
            !edges().any(|(a, b)| frame.cut_by(*a, *b))
        })
        .min_by(|p, q| distance(p).total_cmp(&distance(q)))
}

/// Whether a point is inside a ring: a line from it to the left crosses an odd number of edges.
pub(crate) fn holds(ring: &[Point], (x, y): Point) -> bool {
    let crossings = ring.iter().zip(ring.iter().cycle().skip(1)).filter(|(p, q)| {
        (p.1 <= y) != (q.1 <= y) && p.0 + (q.0 - p.0) * (y - p.1) / (q.1 - p.1) < x
    });
    crossings.count() % 2 == 1
}

/// Surface of a ring, in square points.
fn area(ring: &[Point]) -> f64 {
    let sum_of: f64 = ring
        .iter()
        .zip(ring.iter().cycle().skip(1))
        .map(|(p, q)| p.0 * q.1 - q.0 * p.1)
        .sum();
    sum_of.abs() / 2.0
}

/// Centre of gravity of a ring.
pub(crate) fn centre(ring: &[Point]) -> Point {
    let (mut x, mut y, mut s) = (0.0, 0.0, 0.0);

    for (p, q) in ring.iter().zip(ring.iter().cycle().skip(1)) {
        let d = p.0 * q.1 - q.0 * p.1;
        x += (p.0 + q.0) * d;
        y += (p.1 + q.1) * d;
        s += d;
    }

    if s.abs() < 1e-9 {
        ring.first().copied().unwrap_or((0.0, 0.0))
    } else {
        (x / (3.0 * s), y / (3.0 * s))
    }
}
