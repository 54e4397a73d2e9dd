//! Small multiples: the same small curve for every zone, on one common scale.

use super::axe::Axe;
use super::canvas::{Ancre, Ecriture, Point, dessiner};
use super::style::{ENCRE, GRILLE, GRIS, PETITE, PRINCIPAL, REPERE};
use super::{Tracable, enumerer, etendue};
use base::definition::Format;
use base::error::Result;
use base::french::Figure;

/// One panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Panneau {
    /// Name of the zone.
    pub nom: String,
    /// One value per step.
    pub valeurs: Vec<Figure>,
}

/// Panels on a common scale, with a common reference behind each.
#[derive(Debug, Clone, PartialEq)]
pub struct Multiples {
    /// Panels in reading order.
    pub panneaux: Vec<Panneau>,
    /// Reference drawn dashed in every panel (the nation), if any.
    pub reference: Option<Panneau>,
    /// Names of the first and last step.
    pub bornes: (String, String),
    /// Format of the values.
    pub format: Format,
    /// Unit of the common scale.
    pub unite: String,
}

const COLONNES: usize = 4;
const HAUTEUR: f64 = 76.0;

fn points(valeurs: &[Figure], x: impl Fn(usize) -> f64, axe: &Axe) -> Vec<Option<Point>> {
    valeurs
        .iter()
        .enumerate()
        .map(|(i, v)| v.number().map(|y| (x(i), axe.place(y))))
        .collect()
}

fn troncons(points: &[Option<Point>]) -> Vec<Vec<Point>> {
    points
        .split(Option::is_none)
        .filter(|t| t.len() > 1)
        .map(|t| t.iter().flatten().copied().collect())
        .collect()
}

impl Tracable for Multiples {
    fn empechement(&self) -> Option<String> {
        let utiles = self
            .panneaux
            .iter()
            .filter(|p| p.valeurs.iter().filter(|v| v.number().is_some()).count() > 1)
            .count();
        (utiles == 0).then(|| {
            "Graphique non tracé : aucune zone n'a deux points connus et communicables.".into()
        })
    }

    fn alt(&self) -> String {
        let caches = self
            .panneaux
            .iter()
            .flat_map(|p| &p.valeurs)
            .filter(|v| **v == Figure::Hidden)
            .count();
        let liste = self
            .panneaux
            .iter()
            .filter_map(|p| {
                let premier = p.valeurs.iter().find(|v| v.number().is_some())?;
                let dernier = p.valeurs.iter().rev().find(|v| v.number().is_some())?;
                Some(format!(
                    "{} de {} à {}",
                    p.nom,
                    premier.text(self.format),
                    dernier.text(self.format)
                ))
            })
            .collect();
        let (a, b) = &self.bornes;
        let derniers: Vec<(&str, f64)> = self
            .panneaux
            .iter()
            .filter_map(|p| {
                let x = p.valeurs.iter().rev().find_map(|v| v.number())?;
                Some((p.nom.as_str(), x))
            })
            .collect();
        let dire = |x: f64| Figure::Known(x).text(self.format);
        let constat = etendue("Dernière valeur connue", &derniers, dire);
        format!(
            "{constat}Petites courbes, en {}, de {a} à {b} : {}.",
            self.unite,
            enumerer(liste, caches)
        )
    }

    fn dessin(&self, largeur: f64) -> Result<String> {
        let rangees = self.panneaux.len().div_ceil(COLONNES);
        let pas = largeur / COLONNES as f64;
        let max = self
            .panneaux
            .iter()
            .chain(&self.reference)
            .flat_map(|p| p.valeurs.iter().filter_map(|v| v.number()))
            .fold(0.0, f64::max);
        dessiner(largeur, HAUTEUR * rangees as f64 + 4.0, |c| {
            for (k, p) in self.panneaux.iter().enumerate() {
                let (x0, y0) = (pas * (k % COLONNES) as f64, HAUTEUR * (k / COLONNES) as f64);
                let (gauche, droite) = (x0 + 24.0, x0 + pas - 12.0);
                let (haut, bas) = (y0 + 18.0, y0 + HAUTEUR - 16.0);
                let axe = Axe::new(0.0, max, 2, bas, haut);
                let petit = Ecriture::new(GRIS, Ancre::Droite).taille(6.4);
                for g in axe.graduations() {
                    c.ligne(
                        &[(gauche, axe.place(g)), (droite, axe.place(g))],
                        GRILLE,
                        0.4,
                    )?;
                    // Only the first column is graduated: the scale is common.
                    if k % COLONNES == 0 {
                        c.texte(
                            (gauche - 3.0, axe.place(g)),
                            &axe.legende(g, Format::Decimal1),
                            petit,
                        )?;
                    }
                }
                c.texte(
                    (gauche, y0 + 8.0),
                    &p.nom,
                    Ecriture::new(ENCRE, Ancre::Gauche).taille(PETITE).gras(),
                )?;
                c.texte(
                    (gauche, bas + 7.0),
                    &self.bornes.0,
                    Ecriture {
                        ancre: Ancre::Gauche,
                        ..petit
                    },
                )?;
                c.texte((droite, bas + 7.0), &self.bornes.1, petit)?;
                let n = p.valeurs.len().max(2);
                let x = |i: usize| gauche + (droite - gauche) * i as f64 / (n - 1) as f64;
                if let Some(r) = &self.reference {
                    for t in troncons(&points(&r.valeurs, x, &axe)) {
                        c.tirets(&t, REPERE, 0.7, (2.5, 1.8))?;
                    }
                }
                let places = points(&p.valeurs, x, &axe);
                for t in troncons(&places) {
                    c.ligne(&t, PRINCIPAL, 1.5)?;
                }
                if let Some(&dernier) = places.iter().flatten().last() {
                    c.disque(dernier, 2.0, PRINCIPAL)?;
                } else {
                    let milieu = ((gauche + droite) / 2.0, (haut + bas) / 2.0);
                    let mot = if p.valeurs.contains(&Figure::Hidden) {
                        "non communicable"
                    } else {
                        "aucune donnée"
                    };
                    c.texte(
                        milieu,
                        mot,
                        Ecriture {
                            ancre: Ancre::Milieu,
                            ..petit
                        },
                    )?;
                }
            }
            Ok(())
        })
    }
}
