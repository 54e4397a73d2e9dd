//! Rings of points: their bounds, their centre, and where a name fits inside.

use super::canvas::Point;

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

/// Where to write inside a ring: the middle of its widest band near the centre of gravity, that band's width, and the
/// height of the ring there.
pub(crate) fn room_inside(ring: &[Point]) -> Option<(Point, f64, f64)> {
    let middle = centre(ring);
    let (top, bottom) = bounds(std::iter::once(&ring.to_vec()));
    let margin = (bottom.1 - top.1) * 0.14;
    let width = |y: f64| cut(ring, y, middle.0, false);

    // A name takes some height: the band is as wide as its narrowest line.
    let band = |y: f64| -> Option<(f64, f64)> {
        [-8.0, 0.0, 8.0]
            .iter()
            .try_fold((f64::NEG_INFINITY, f64::INFINITY), |(g, d), e| {
                let (a, b) = width(y + e).or_else(|| width(y))?;
                Some((g.max(a), d.min(b)))
            })
    };

    // Room for four lines is enough: beyond, only the width counts.
    let place = |k: f64| {
        let y = middle.1 + k * margin;
        let (g, d) = band(y)?;
        let x = (g + d) / 2.0;
        let (h, b) = cut(ring, x, y, true)?;
        Some(((x, y), d - g, 2.0 * (y - h).min(b - y)))
    };

    let worth = |p: &(Point, f64, f64)| p.1 * p.2.min(40.0);
    [0.0, -0.5, 0.5, -1.0, 1.0]
        .into_iter()
        .filter_map(place)
        .reduce(|p, q| if worth(&q) > 1.1 * worth(&p) { q } else { p })
}

/// The stretch of a horizontal (or, `vertical`, vertical) line inside a ring, around `around`.
fn cut(ring: &[Point], level: f64, around: f64, vertical: bool) -> Option<(f64, f64)> {
    let turned = |p: &Point| if vertical { (p.1, p.0) } else { *p };
    let mut cuts: Vec<f64> = ring
        .iter()
        .zip(ring.iter().cycle().skip(1))
        .filter_map(|(p, q)| {
            let (p, q) = (turned(p), turned(q));
            ((p.1 <= level) != (q.1 <= level))
                .then(|| p.0 + (q.0 - p.0) * (level - p.1) / (q.1 - p.1))
        })
        .collect();

    cuts.sort_by(f64::total_cmp);
    let inside = cuts.chunks_exact(2).map(|c| (c[0], c[1]));
    let distance = |s: &(f64, f64)| (s.0 - around).max(around - s.1).max(0.0);
    inside.reduce(|a, b| if distance(&b) < distance(&a) { b } else { a })
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
