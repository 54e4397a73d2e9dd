//! Lines over time, each named at its end; the past is dashed and hollow.

use super::axe::Axe;
use super::canvas::{Ancre, Canvas, Ecriture, Point, dessiner};
use super::style::{GRILLE, GRIS, PETITE, PRINCIPAL, REPERE, TAILLE, largeur_texte};
use super::{Tracable, enumerer};
use base::definition::Format;
use base::error::Result;
use base::french::Figure;

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Serie {
    /// Name written at the end of the line.
    pub nom: String,
    /// One value per step.
    pub valeurs: Vec<Figure>,
    /// The subject of the chart (solid); otherwise a comparison (dashed, hollow).
    pub principale: bool,
}

/// Lines over a common time axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Lignes {
    /// Names of the steps.
    pub pas: Vec<String>,
    /// Lines; the subject last so that it lies on top.
    pub series: Vec<Serie>,
    /// Format of the values.
    pub format: Format,
    /// Unit, written above the axis.
    pub unite: String,
}

const GAUCHE: f64 = 42.0;
const HAUT: f64 = 20.0;

impl Lignes {
    fn connues(&self) -> impl Iterator<Item = f64> + '_ {
        self.series
            .iter()
            .flat_map(|s| s.valeurs.iter().filter_map(|v| v.number()))
    }
}

impl Tracable for Lignes {
    fn empechement(&self) -> Option<String> {
        let points = self
            .series
            .iter()
            .filter(|s| s.principale)
            .map(|s| s.valeurs.iter().filter(|v| v.number().is_some()).count());
        (points.max().unwrap_or(0) < 2).then(|| {
            "Graphique non tracé : moins de deux points sont connus et communicables.".into()
        })
    }

    fn alt(&self) -> String {
        let phrases = self
            .series
            .iter()
            .filter(|s| s.valeurs.iter().any(|v| v.number().is_some()))
            .map(|s| {
                let mut connus = s
                    .valeurs
                    .iter()
                    .zip(&self.pas)
                    .filter_map(|(v, p)| Some((v.number()?, p)));
                let premier = connus.next();
                let (mut bas, mut haut) = (premier, premier);
                for (x, p) in connus {
                    if bas.is_some_and(|b| x < b.0) {
                        bas = Some((x, p));
                    }
                    if haut.is_some_and(|h| x > h.0) {
                        haut = Some((x, p));
                    }
                }
                match (bas, haut) {
                    (Some(b), Some(h)) => format!(
                        "{} : minimum {} ({}), maximum {} ({})",
                        s.nom,
                        Figure::Known(b.0).text(self.format),
                        b.1,
                        Figure::Known(h.0).text(self.format),
                        h.1
                    ),
                    _ => String::new(),
                }
            });
        let caches = self
            .series
            .iter()
            .flat_map(|s| &s.valeurs)
            .filter(|v| **v == Figure::Hidden)
            .count();
        format!(
            "Courbes, en {}. {}.",
            self.unite,
            enumerer(phrases.collect(), caches)
        )
    }

    fn dessin(&self, largeur: f64) -> Result<String> {
        let droite = self
            .series
            .iter()
            .map(|s| largeur_texte(&s.nom, TAILLE))
            .fold(24.0, f64::max)
            + 14.0;
        let fin = largeur - droite;
        // Half a page wide: lower, and fewer names under the axis.
        let etroit = largeur < 300.0;
        let hauteur = if etroit { 134.0 } else { 168.0 };
        let bas = hauteur - 18.0;
        let axe = Axe::new(0.0, self.connues().fold(0.0, f64::max), 4, bas, HAUT);
        let n = self.pas.len().max(2);
        let abscisse = |i: usize| GAUCHE + 8.0 + (fin - GAUCHE - 16.0) * i as f64 / (n - 1) as f64;
        dessiner(largeur, hauteur, |c| {
            c.texte(
                (2.0, 6.0),
                &self.unite,
                Ecriture::new(GRIS, Ancre::Gauche).taille(PETITE),
            )?;
            axe.horizontales(c, GAUCHE, fin, self.format)?;
            c.ligne(&[(GAUCHE, bas), (fin, bas)], GRIS, 0.7)?;
            let un_sur = match n {
                _ if n > 16 => 4,
                _ if etroit && n > 6 => 2,
                _ => 1,
            };
            for (i, p) in self.pas.iter().enumerate().filter(|(i, _)| i % un_sur == 0) {
                c.ligne(&[(abscisse(i), bas), (abscisse(i), bas + 2.5)], GRILLE, 0.7)?;
                c.texte(
                    (abscisse(i), bas + 9.0),
                    p,
                    Ecriture::new(GRIS, Ancre::Milieu).taille(PETITE),
                )?;
            }
            let mut fins: Vec<(f64, f64, usize)> = Vec::new();
            for (k, s) in self.series.iter().enumerate() {
                let place =
                    |(i, v): (usize, &Figure)| v.number().map(|x| (abscisse(i), axe.place(x)));
                tracer_serie(
                    c,
                    s,
                    &s.valeurs.iter().enumerate().map(place).collect::<Vec<_>>(),
                )?;
                for (i, _) in s
                    .valeurs
                    .iter()
                    .enumerate()
                    .filter(|(_, v)| **v == Figure::Hidden)
                {
                    c.texte(
                        (abscisse(i), bas - 5.0),
                        "n.c.",
                        Ecriture::new(GRIS, Ancre::Milieu).taille(6.4),
                    )?;
                }
                let dernier = s.valeurs.iter().enumerate().rev().find_map(place);
                if let Some((x, y)) = dernier {
                    fins.push((x, y, k));
                }
            }
            nommer(c, &mut fins, &self.series)
        })
    }
}

/// Names at the ends, pushed apart where two lines end together.
fn nommer(c: &Canvas<'_>, fins: &mut [(f64, f64, usize)], series: &[Serie]) -> Result<()> {
    fins.sort_by(|a, b| a.1.total_cmp(&b.1));
    for i in 1..fins.len() {
        fins[i].1 = fins[i].1.max(fins[i - 1].1 + TAILLE + 2.0);
    }
    for &(x, y, k) in fins.iter() {
        let s = &series[k];
        let e = Ecriture::new(if s.principale { PRINCIPAL } else { GRIS }, Ancre::Gauche);
        c.texte(
            (x + 8.0, y),
            &s.nom,
            if s.principale { e.gras() } else { e },
        )?;
    }
    Ok(())
}

/// Segments between consecutive known points; a gap stays a gap.
fn tracer_serie(c: &Canvas<'_>, s: &Serie, points: &[Option<Point>]) -> Result<()> {
    let mut troncon: Vec<Point> = Vec::new();
    for p in points.iter().copied().chain([None]) {
        if let Some(p) = p {
            troncon.push(p);
            continue;
        }
        if troncon.len() > 1 {
            if s.principale {
                c.ligne(&troncon, PRINCIPAL, 1.8)?;
            } else {
                c.tirets(&troncon, REPERE, 1.1, (4.0, 2.5))?;
            }
        }
        troncon.clear();
    }
    // Twenty quarters need no marker each; twelve months do.
    for &p in points.iter().flatten().filter(|_| points.len() <= 16) {
        if s.principale {
            c.disque(p, 2.4, PRINCIPAL)?;
        } else {
            c.anneau(p, 2.0, REPERE, 0.9)?;
        }
    }
    Ok(())
}
