//! Maps of départements and régions, overseas included, coloured by value; a hidden value is hatched.
//!
//! Outlines: the State's design system (`cartes/LICENCE`), already in page coordinates.

use std::collections::BTreeMap;

use plotters::style::RGBColor;
use serde::Deserialize;

use super::canvas::{Ancre, Canvas, Ecriture, Point, dessiner};
use super::style::{BLANC, ENCRE, GRIS, HACHURE, LARGEUR, PETITE, PRINCIPAL, RAMPE, TAILLE};
use super::{Tracable, enumerer};
use crate::error::{Context, Result};
use crate::query::definition::Format;
use crate::report::vue::Valeur;

const DEPARTEMENTS: &str = include_str!("../cartes/departements.json");
const REGIONS: &str = include_str!("../cartes/regions.json");

#[derive(Deserialize)]
struct Fond {
    unites: Vec<Unite>,
}

#[derive(Deserialize)]
struct Unite {
    code: String,
    anneaux: Vec<Vec<f64>>,
}

/// Which outlines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maille {
    /// The 101 départements.
    Departement,
    /// The 18 régions.
    Region,
}

/// One coloured zone.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    /// INSEE code.
    pub code: String,
    /// Name.
    pub nom: String,
    /// Value.
    pub valeur: Valeur,
}

/// A map.
#[derive(Debug, Clone, PartialEq)]
pub struct Carte {
    /// Outlines.
    pub maille: Maille,
    /// Zones with a value; the others stay grey.
    pub zones: Vec<Zone>,
    /// Draw only these codes, zoomed in, with names; all if empty.
    pub cadre: Vec<String>,
    /// Format of the values.
    pub format: Format,
    /// What the colour means.
    pub unite: String,
}

type Contours = BTreeMap<String, Vec<Vec<Point>>>;

fn contours(maille: Maille) -> Result<Contours> {
    let texte = match maille {
        Maille::Departement => DEPARTEMENTS,
        Maille::Region => REGIONS,
    };
    let fond: Fond = serde_json::from_str(texte).access(|| "fond de carte illisible".into())?;
    let points = |a: Vec<f64>| a.chunks_exact(2).map(|p| (p[0], p[1])).collect();
    Ok(fond
        .unites
        .into_iter()
        .map(|u| (u.code, u.anneaux.into_iter().map(points).collect()))
        .collect())
}

fn bornes<'a>(anneaux: impl Iterator<Item = &'a Vec<Point>>) -> (Point, Point) {
    anneaux.flatten().fold(
        (
            (f64::INFINITY, f64::INFINITY),
            (f64::NEG_INFINITY, f64::NEG_INFINITY),
        ),
        |(a, b), p| ((a.0.min(p.0), a.1.min(p.1)), (b.0.max(p.0), b.1.max(p.1))),
    )
}

/// Round class limits: at most five classes from the smallest to the largest value.
fn classes(valeurs: &[f64]) -> Vec<f64> {
    let max = valeurs.iter().copied().fold(0.0, f64::max);
    if valeurs.iter().all(|x| x.fract() == 0.0) && max <= 5.0 {
        return (1..=max.max(1.0) as usize).map(|i| i as f64).collect();
    }
    let brut = max / 5.0;
    let puissance = 10f64.powf(brut.log10().floor());
    let pas = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|m| m * puissance)
        .find(|p| *p >= brut * 0.999);
    let pas = pas.unwrap_or(10.0 * puissance);
    (0..5)
        .map(|i| pas * f64::from(i))
        .filter(|b| *b < max || *b == 0.0)
        .collect()
}

fn couleur(x: f64, bornes: &[f64]) -> RGBColor {
    let classe = bornes.iter().rposition(|b| x >= *b).unwrap_or(0);
    // Few classes still use the whole ramp.
    let rang = if bornes.len() > 1 {
        classe * (RAMPE.len() - 1) / (bornes.len() - 1)
    } else {
        3
    };
    RAMPE[rang.min(RAMPE.len() - 1)]
}

impl Carte {
    fn valeurs(&self) -> Vec<f64> {
        self.zones
            .iter()
            .filter_map(|z| z.valeur.nombre())
            .filter(|x| *x > 0.0)
            .collect()
    }

    fn legende(&self, c: &Canvas<'_>, gauche: f64, haut: f64) -> Result<()> {
        let petit = Ecriture::new(ENCRE, Ancre::Gauche).taille(PETITE);
        c.texte((gauche, haut), &self.unite, petit.gras())?;
        let bornes = classes(&self.valeurs());
        let entiers = self.valeurs().iter().all(|x| x.fract() == 0.0)
            && bornes.len() <= 5
            && bornes.first() == Some(&1.0);
        let mut y = haut + 13.0;
        let mut case = |c: &Canvas<'_>, fond: Option<RGBColor>, texte: &str| -> Result<()> {
            let coins = [
                (gauche, y - 4.5),
                (gauche + 15.0, y - 4.5),
                (gauche + 15.0, y + 4.5),
                (gauche, y + 4.5),
            ];
            match fond {
                Some(f) => c.polygone(&coins, f)?,
                None => c.hachures(&coins, HACHURE, 4.0)?,
            }
            c.contour(&coins, GRIS, 0.4)?;
            c.texte((gauche + 21.0, y), texte, petit)?;
            y += 13.0;
            Ok(())
        };
        for (i, b) in bornes.iter().enumerate() {
            let de = crate::report::format::selon(*b, self.format);
            let texte = if entiers {
                de
            } else {
                match bornes.get(i + 1) {
                    Some(suivante) => format!(
                        "{de} à {}",
                        crate::report::format::selon(*suivante, self.format)
                    ),
                    None => format!("{de} et plus"),
                }
            };
            case(c, Some(couleur(*b, &bornes)), &texte)?;
        }
        if self.zones.iter().any(|z| z.valeur == Valeur::Cachee) {
            case(c, None, "non communicable")?;
        }
        case(c, Some(BLANC), "aucun ou sans donnée")
    }
}

impl Tracable for Carte {
    fn empechement(&self) -> Option<String> {
        self.zones
            .is_empty()
            .then(|| "Carte non tracée : aucune zone n'a de valeur.".into())
    }

    fn alt(&self) -> String {
        let caches = self
            .zones
            .iter()
            .filter(|z| z.valeur == Valeur::Cachee)
            .count();
        let liste = self
            .zones
            .iter()
            .filter(|z| z.valeur.nombre().is_some())
            .map(|z| format!("{} {}", z.nom, z.valeur.texte(self.format)))
            .collect();
        format!("Carte : {}. {}.", self.unite, enumerer(liste, caches))
    }

    fn svg(&self) -> Result<String> {
        let contours = contours(self.maille)?;
        let montre = |code: &str| self.cadre.is_empty() || self.cadre.iter().any(|c| c == code);
        let (a, b) = bornes(
            contours
                .iter()
                .filter(|(k, _)| montre(k))
                .flat_map(|(_, r)| r),
        );
        let (large, haute) = ((b.0 - a.0).max(1.0), (b.1 - a.1).max(1.0));
        let dispo = LARGEUR - 150.0;
        let hauteur = if self.cadre.is_empty() { 370.0 } else { 235.0 };
        let echelle = (dispo / large).min((hauteur - 12.0) / haute);
        let hauteur = (haute * echelle + 12.0).max(120.0);
        let place = |p: &Point| (4.0 + (p.0 - a.0) * echelle, 6.0 + (p.1 - a.1) * echelle);
        let limites = classes(&self.valeurs());
        dessiner(LARGEUR, hauteur, |c| {
            for (code, anneaux) in contours.iter().filter(|(k, _)| montre(k)) {
                let valeur = self
                    .zones
                    .iter()
                    .find(|z| z.code == *code)
                    .map_or(Valeur::Absente, |z| z.valeur);
                for anneau in anneaux {
                    let trace: Vec<Point> = anneau.iter().map(place).collect();
                    match valeur {
                        Valeur::Nombre(x) if x > 0.0 => c.polygone(&trace, couleur(x, &limites))?,
                        Valeur::Cachee => c.hachures(&trace, HACHURE, 4.0)?,
                        _ => c.polygone(&trace, BLANC)?,
                    }
                    c.contour(
                        &trace,
                        if self.cadre.is_empty() { GRIS } else { ENCRE },
                        0.4,
                    )?;
                }
            }
            if !self.cadre.is_empty() {
                self.nommer(c, &contours, place, &limites)?;
            }
            self.legende(c, LARGEUR - 138.0, 12.0)
        })
    }
}

impl Carte {
    /// Names and values inside the zones of a zoomed map.
    fn nommer(
        &self,
        c: &Canvas<'_>,
        contours: &Contours,
        place: impl Fn(&Point) -> Point,
        limites: &[f64],
    ) -> Result<()> {
        for z in self.zones.iter().filter(|z| self.cadre.contains(&z.code)) {
            let Some(anneaux) = contours.get(&z.code) else {
                continue;
            };
            let Some(principal) = anneaux.iter().max_by(|p, q| aire(p).total_cmp(&aire(q))) else {
                continue;
            };
            let p = place(&centre(principal));
            let sombre = matches!(z.valeur, Valeur::Nombre(x) if x > 0.0 && {
                let RGBColor(r, g, b) = couleur(x, limites);
                u32::from(r) + u32::from(g) + u32::from(b) / 2 < 400
            });
            let e = Ecriture::new(if sombre { BLANC } else { ENCRE }, Ancre::Milieu);
            if z.valeur == Valeur::Cachee {
                let l = super::style::largeur_texte(&z.nom, TAILLE) / 2.0 + 3.0;
                c.plein((p.0 - l, p.1 - 11.0), (p.0 + l, p.1 + 11.0), BLANC)?;
            }
            c.texte((p.0, p.1 - 5.0), &z.nom, e.taille(PETITE))?;
            c.texte((p.0, p.1 + 5.0), &z.valeur.texte(self.format), e.gras())?;
        }
        Ok(())
    }
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
fn centre(anneau: &[Point]) -> Point {
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

/// The zone alone on the map of France, for a cover: dark where `codes` say so.
///
/// # Errors
/// If the outlines cannot be read or drawn.
pub fn vignette(maille: Maille, codes: &[String]) -> Result<String> {
    let contours = contours(maille)?;
    let echelle = 220.0 / 1170.0;
    dessiner(1010.0 * echelle, 220.0, |c| {
        for (code, anneaux) in &contours {
            let fond = if codes.contains(code) {
                PRINCIPAL
            } else {
                super::style::BANDE
            };
            for anneau in anneaux {
                let trace: Vec<Point> = anneau
                    .iter()
                    .map(|p| (p.0 * echelle, p.1 * echelle))
                    .collect();
                c.polygone(&trace, fond)?;
                c.contour(&trace, BLANC, 0.4)?;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn outlines_hold_every_zone_overseas_included() {
        let departements = contours(Maille::Departement).unwrap();
        assert_eq!(departements.len(), 101);
        assert!(
            ["2A", "971", "976"]
                .iter()
                .all(|c| departements.contains_key(*c))
        );
        let regions = contours(Maille::Region).unwrap();
        assert_eq!(regions.len(), 18);
        assert!(
            ["01", "06", "28", "94"]
                .iter()
                .all(|c| regions.contains_key(*c))
        );
    }

    #[test]
    fn a_hidden_zone_is_hatched_and_told() {
        let carte = Carte {
            maille: Maille::Departement,
            zones: vec![
                Zone {
                    code: "61".into(),
                    nom: "Orne".into(),
                    valeur: Valeur::Cachee,
                },
                Zone {
                    code: "27".into(),
                    nom: "Eure".into(),
                    valeur: Valeur::Nombre(3.0),
                },
            ],
            cadre: vec!["61".into(), "27".into()],
            format: Format::Entier,
            unite: "médicobus".into(),
        };
        assert!(carte.alt().contains("1 valeur non communicable"));
        assert!(carte.svg().unwrap().contains("non communicable"));
    }
}
