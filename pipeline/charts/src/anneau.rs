//! Rings of points: their bounds, their centre, and where a name fits inside.

use super::canvas::Point;

/// Upper left and lower right corners of the box around some rings.
pub(super) fn bornes<'a>(anneaux: impl Iterator<Item = &'a Vec<Point>>) -> (Point, Point) {
    anneaux.flatten().fold(
        (
            (f64::INFINITY, f64::INFINITY),
            (f64::NEG_INFINITY, f64::NEG_INFINITY),
        ),
        |(a, b), p| ((a.0.min(p.0), a.1.min(p.1)), (b.0.max(p.0), b.1.max(p.1))),
    )
}

/// The largest ring of a zone: the mainland of one with islands.
pub(super) fn principal(anneaux: &[Vec<Point>]) -> Option<&Vec<Point>> {
    anneaux.iter().max_by(|p, q| aire(p).total_cmp(&aire(q)))
}

/// Where to write inside a ring: the middle of its widest band near the centre of gravity, that band's width, and the
/// height of the ring there.
pub(super) fn place_dans(anneau: &[Point]) -> Option<(Point, f64, f64)> {
    let milieu = centre(anneau);
    let (haut, bas) = bornes(std::iter::once(&anneau.to_vec()));
    let marge = (bas.1 - haut.1) * 0.14;
    let largeur = |y: f64| coupe(anneau, y, milieu.0, false);
    // A name takes some height: the band is as wide as its narrowest line.
    let bande = |y: f64| -> Option<(f64, f64)> {
        [-8.0, 0.0, 8.0]
            .iter()
            .try_fold((f64::NEG_INFINITY, f64::INFINITY), |(g, d), e| {
                let (a, b) = largeur(y + e).or_else(|| largeur(y))?;
                Some((g.max(a), d.min(b)))
            })
    };
    // Room for four lines is enough: beyond, only the width counts.
    let place = |k: f64| {
        let y = milieu.1 + k * marge;
        let (g, d) = bande(y)?;
        let x = (g + d) / 2.0;
        let (h, b) = coupe(anneau, x, y, true)?;
        Some(((x, y), d - g, 2.0 * (y - h).min(b - y)))
    };
    let merite = |p: &(Point, f64, f64)| p.1 * p.2.min(40.0);
    [0.0, -0.5, 0.5, -1.0, 1.0]
        .into_iter()
        .filter_map(place)
        .reduce(|p, q| if merite(&q) > 1.1 * merite(&p) { q } else { p })
}

/// The stretch of a horizontal (or, `debout`, vertical) line inside a ring, around `autour`.
fn coupe(anneau: &[Point], niveau: f64, autour: f64, debout: bool) -> Option<(f64, f64)> {
    let tourne = |p: &Point| if debout { (p.1, p.0) } else { *p };
    let mut coupes: Vec<f64> = anneau
        .iter()
        .zip(anneau.iter().cycle().skip(1))
        .filter_map(|(p, q)| {
            let (p, q) = (tourne(p), tourne(q));
            ((p.1 <= niveau) != (q.1 <= niveau))
                .then(|| p.0 + (q.0 - p.0) * (niveau - p.1) / (q.1 - p.1))
        })
        .collect();
    coupes.sort_by(f64::total_cmp);
    let dedans = coupes.chunks_exact(2).map(|c| (c[0], c[1]));
    let ecart = |s: &(f64, f64)| (s.0 - autour).max(autour - s.1).max(0.0);
    dedans.reduce(|a, b| if ecart(&b) < ecart(&a) { b } else { a })
}

fn aire(anneau: &[Point]) -> f64 {
    let somme: f64 = anneau
        .iter()
        .zip(anneau.iter().cycle().skip(1))
        .map(|(p, q)| p.0 * q.1 - q.0 * p.1)
        .sum();
    somme.abs() / 2.0
}

/// Centre of gravity of a ring.
pub(super) fn centre(anneau: &[Point]) -> Point {
    let (mut x, mut y, mut s) = (0.0, 0.0, 0.0);
    for (p, q) in anneau.iter().zip(anneau.iter().cycle().skip(1)) {
        let d = p.0 * q.1 - q.0 * p.1;
        x += (p.0 + q.0) * d;
        y += (p.1 + q.1) * d;
        s += d;
    }
    if s.abs() < 1e-9 {
        anneau.first().copied().unwrap_or((0.0, 0.0))
    } else {
        (x / (3.0 * s), y / (3.0 * s))
    }
}
