//! A page-sized drawing area in points over plotters' SVG backend.
//!
//! The backend counts in whole units: one unit is a tenth of a point, fine enough for print.

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::prelude::SVGBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, IntoFont, RGBColor, ShapeStyle, TextStyle};

use super::style::{PETITE, POLICE, TAILLE, plier};
use base::error::{Context, Result};

const ECHELLE: f64 = 10.0;

/// A point of the page, in points from the upper left corner.
pub type Point = (f64, f64);

/// Where a text stands with respect to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ancre {
    /// Starts there.
    Gauche,
    /// Centred there.
    Milieu,
    /// Ends there.
    Droite,
}

/// How a text is set.
#[derive(Debug, Clone, Copy)]
pub struct Ecriture {
    /// Size in points.
    pub taille: f64,
    /// Colour.
    pub couleur: RGBColor,
    /// Bold.
    pub gras: bool,
    /// Horizontal anchor; the vertical one is the middle of the letters.
    pub ancre: Ancre,
}

impl Ecriture {
    /// Regular text of the usual size.
    pub fn new(couleur: RGBColor, ancre: Ancre) -> Self {
        Self {
            taille: TAILLE,
            couleur,
            gras: false,
            ancre,
        }
    }

    /// The same in bold.
    #[must_use]
    pub fn gras(self) -> Self {
        Self { gras: true, ..self }
    }

    /// The same in another size.
    #[must_use]
    pub fn taille(self, taille: f64) -> Self {
        Self { taille, ..self }
    }
}

/// The drawing area of one chart.
pub struct Canvas<'a> {
    zone: DrawingArea<SVGBackend<'a>, Shift>,
}

/// Draws a chart of `largeur` × `hauteur` points and returns its SVG text.
pub fn dessiner(
    largeur: f64,
    hauteur: f64,
    dessin: impl FnOnce(&Canvas<'_>) -> Result<()>,
) -> Result<String> {
    let mut svg = String::new();
    {
        let taille = (unites(largeur).max(1) as u32, unites(hauteur).max(1) as u32);
        let canvas = Canvas {
            zone: SVGBackend::with_string(&mut svg, taille).into_drawing_area(),
        };
        dessin(&canvas)?;
        canvas.zone.present().access(echec)?;
    }
    // The page measures in points; the view box keeps the tenths.
    let (w, h) = (unites(largeur), unites(hauteur));
    Ok(svg.replacen(
        &format!("width=\"{w}\" height=\"{h}\""),
        &format!("width=\"{largeur}pt\" height=\"{hauteur}pt\""),
        1,
    ))
}

fn unites(x: f64) -> i32 {
    (x * ECHELLE).round() as i32
}

fn ici(p: Point) -> (i32, i32) {
    (unites(p.0), unites(p.1))
}

fn echec() -> String {
    "le dessin d'un graphique a échoué".to_string()
}

fn trait_de(couleur: RGBColor, epaisseur: f64) -> ShapeStyle {
    ShapeStyle {
        color: couleur.into(),
        filled: false,
        stroke_width: unites(epaisseur).max(1) as u32,
    }
}

fn plein_de(couleur: RGBColor) -> ShapeStyle {
    ShapeStyle {
        color: couleur.into(),
        filled: true,
        stroke_width: 0,
    }
}

impl Canvas<'_> {
    /// A straight or broken line.
    pub fn ligne(&self, points: &[Point], couleur: RGBColor, epaisseur: f64) -> Result<()> {
        let chemin: Vec<_> = points.iter().copied().map(ici).collect();
        self.zone
            .draw(&PathElement::new(chemin, trait_de(couleur, epaisseur)))
            .access(echec)
    }

    /// A dashed line; the rhythm runs through the corners.
    pub fn tirets(
        &self,
        points: &[Point],
        couleur: RGBColor,
        epaisseur: f64,
        motif: (f64, f64),
    ) -> Result<()> {
        let (plein, vide) = motif;
        let mut reste = plein;
        let mut trace = true;
        for paire in points.windows(2) {
            let (a, b) = (paire[0], paire[1]);
            let longueur = (b.0 - a.0).hypot(b.1 - a.1);
            let mut fait = 0.0;
            while longueur - fait > 1e-9 {
                let pas = reste.min(longueur - fait);
                let en = |t: f64| {
                    (
                        a.0 + (b.0 - a.0) * t / longueur,
                        a.1 + (b.1 - a.1) * t / longueur,
                    )
                };
                if trace {
                    self.ligne(&[en(fait), en(fait + pas)], couleur, epaisseur)?;
                }
                fait += pas;
                reste -= pas;
                if reste <= 1e-9 {
                    trace = !trace;
                    reste = if trace { plein } else { vide };
                }
            }
        }
        Ok(())
    }

    /// A filled rectangle from one corner to the opposite one.
    pub fn plein(&self, a: Point, b: Point, couleur: RGBColor) -> Result<()> {
        let (haut, bas) = ((a.0.min(b.0), a.1.min(b.1)), (a.0.max(b.0), a.1.max(b.1)));
        self.zone
            .draw(&Rectangle::new([ici(haut), ici(bas)], plein_de(couleur)))
            .access(echec)
    }

    /// A filled polygon.
    pub fn polygone(&self, points: &[Point], couleur: RGBColor) -> Result<()> {
        let chemin: Vec<_> = points.iter().copied().map(ici).collect();
        self.zone
            .draw(&Polygon::new(chemin, plein_de(couleur)))
            .access(echec)
    }

    /// The outline of a polygon.
    pub fn contour(&self, points: &[Point], couleur: RGBColor, epaisseur: f64) -> Result<()> {
        let mut ferme = points.to_vec();
        ferme.extend(points.first().copied());
        self.ligne(&ferme, couleur, epaisseur)
    }

    /// A filled disc.
    pub fn disque(&self, centre: Point, rayon: f64, couleur: RGBColor) -> Result<()> {
        self.zone
            .draw(&Circle::new(ici(centre), unites(rayon), plein_de(couleur)))
            .access(echec)
    }

    /// A hollow disc: white inside, coloured rim.
    pub fn anneau(
        &self,
        centre: Point,
        rayon: f64,
        couleur: RGBColor,
        epaisseur: f64,
    ) -> Result<()> {
        self.disque(centre, rayon + epaisseur / 2.0, couleur)?;
        self.disque(centre, rayon - epaisseur / 2.0, super::style::BLANC)
    }

    /// Hatching inside a polygon, at 45°, `pas` points apart: how a hidden figure looks.
    pub fn hachures(&self, points: &[Point], couleur: RGBColor, pas: f64) -> Result<()> {
        let somme = |p: &Point| p.0 + p.1;
        let debut = points.iter().map(somme).fold(f64::INFINITY, f64::min);
        let fin = points.iter().map(somme).fold(f64::NEG_INFINITY, f64::max);
        let n = ((fin - debut) / pas).ceil().max(0.0) as usize;
        for k in 0..n {
            let niveau = debut + pas * (k as f64 + 0.5);
            let mut coupes: Vec<f64> = Vec::new();
            for (i, a) in points.iter().enumerate() {
                let b = &points[(i + 1) % points.len()];
                let (sa, sb) = (somme(a), somme(b));
                if (sa <= niveau) != (sb <= niveau) {
                    coupes.push(a.0 + (b.0 - a.0) * (niveau - sa) / (sb - sa));
                }
            }
            coupes.sort_by(f64::total_cmp);
            for paire in coupes.chunks_exact(2) {
                self.ligne(
                    &[(paire[0], niveau - paire[0]), (paire[1], niveau - paire[1])],
                    couleur,
                    0.5,
                )?;
            }
        }
        Ok(())
    }

    /// A text, its middle height at `p.1`.
    pub fn texte(&self, p: Point, texte: &str, e: Ecriture) -> Result<()> {
        let graisse = if e.gras {
            FontStyle::Bold
        } else {
            FontStyle::Normal
        };
        let h = match e.ancre {
            Ancre::Gauche => HPos::Left,
            Ancre::Milieu => HPos::Center,
            Ancre::Droite => HPos::Right,
        };
        // The backend divides sizes by 1.24 to match its bitmap siblings.
        let style = TextStyle::from((POLICE, e.taille * ECHELLE * 1.24, graisse).into_font())
            .color(&e.couleur)
            .pos(Pos::new(h, VPos::Center));
        self.zone
            .draw(&Text::new(texte.to_string(), ici(p), style))
            .access(echec)
    }

    /// A label in at most two lines of `largeur` points, its middle height at `p.1`.
    pub fn etiquette(&self, p: Point, texte: &str, largeur: f64, e: Ecriture) -> Result<()> {
        let lignes = plier(texte, e.taille, largeur, 2);
        let e = match lignes.len() {
            1 => e,
            _ => e.taille(e.taille.min(PETITE)),
        };
        self.lignes(p, &lignes, e)
    }

    /// Lines of a text, one under the other, their middle at `p.1`.
    pub fn lignes(&self, p: Point, lignes: &[String], e: Ecriture) -> Result<()> {
        let interligne = e.taille * 1.12;
        let premiere = p.1 - interligne * (lignes.len() as f64 - 1.0) / 2.0;
        for (i, ligne) in lignes.iter().enumerate() {
            self.texte((p.0, premiere + interligne * i as f64), ligne, e)?;
        }
        Ok(())
    }
}
