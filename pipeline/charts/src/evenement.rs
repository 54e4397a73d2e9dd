//! Event study: the effect at each distance from the first tour, with its interval and the simultaneous band.

use super::Tracable;
use super::axe::Axe;
use super::canvas::{Ancre, Ecriture, dessiner};
use super::style::{BANDE, GRIS, PETITE, PRINCIPAL, REPERE};
use base::definition::Format;
use base::error::Result;
use base::french::formatted;

/// The effect at one distance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// Quarters since the first effective tour; negative before.
    pub distance: i32,
    /// Estimate.
    pub effet: f64,
    /// Pointwise interval.
    pub intervalle: (f64, f64),
    /// Simultaneous band.
    pub bande: (f64, f64),
}

/// An event study.
#[derive(Debug, Clone, PartialEq)]
pub struct Evenement {
    /// Moments in order.
    pub moments: Vec<Moment>,
    /// Format of the effect.
    pub format: Format,
    /// Unit of the effect.
    pub unite: String,
    /// Step between two distances: `trimestre`, `semestre`.
    pub pas: String,
}

const HAUTEUR: f64 = 210.0;

impl Tracable for Evenement {
    fn empechement(&self) -> Option<String> {
        (self.moments.iter().filter(|m| m.distance >= 0).count() == 0 || self.moments.len() < 3)
            .then(|| {
                "Étude d'événement non tracée : trop peu de périodes après l'ouverture.".into()
            })
    }

    fn alt(&self) -> String {
        let clairs = |apres: bool| {
            self.moments
                .iter()
                .filter(|m| (m.distance >= 0) == apres && (m.bande.0 > 0.0 || m.bande.1 < 0.0))
                .count()
        };
        let dernier = self.moments.last().map_or_else(String::new, |m| {
            let [e, a, b] =
                [m.effet, m.intervalle.0, m.intervalle.1].map(|x| formatted(x, self.format));
            format!(
                " Au {} {}, l'effet estimé est {e} (intervalle à 95 % de {a} à {b}).",
                self.pas, m.distance
            )
        });
        format!(
            "Étude d'événement. Avant l'ouverture, {} {}(s) s'écartent de zéro au regard de la bande simultanée ; \
             après, {}.{dernier}",
            clairs(false),
            self.pas,
            clairs(true)
        )
    }

    fn dessin(&self, largeur: f64) -> Result<String> {
        let (haut, bas, gauche, droite) = (18.0, HAUTEUR - 32.0, 46.0, largeur - 10.0);
        let limites: Vec<f64> = self
            .moments
            .iter()
            .flat_map(|m| [m.bande.0, m.bande.1, m.effet])
            .collect();
        let min = limites.iter().copied().fold(0.0, f64::min);
        let max = limites.iter().copied().fold(0.0, f64::max);
        let y = Axe::new(min, max, 5, bas, haut);
        let premiere = self.moments.iter().map(|m| m.distance).min().unwrap_or(0);
        let derniere = self.moments.iter().map(|m| m.distance).max().unwrap_or(1);
        let pas = (droite - gauche) / f64::from((derniere - premiere).max(1) + 1);
        let x = |d: i32| gauche + pas * (f64::from(d - premiere) + 0.5);
        dessiner(largeur, HAUTEUR, |c| {
            c.texte(
                (2.0, 6.0),
                &self.unite,
                Ecriture::new(GRIS, Ancre::Gauche).taille(PETITE),
            )?;
            y.horizontales(c, gauche, droite, self.format)?;
            let petit = Ecriture::new(GRIS, Ancre::Milieu).taille(PETITE);
            let demi = (pas * 0.32).min(7.0);
            for m in &self.moments {
                c.plein(
                    (x(m.distance) - demi, y.place(m.bande.1)),
                    (x(m.distance) + demi, y.place(m.bande.0)),
                    BANDE,
                )?;
            }
            c.ligne(&[(gauche, y.place(0.0)), (droite, y.place(0.0))], GRIS, 0.9)?;
            let ouverture = x(0) - pas / 2.0;
            c.tirets(
                &[(ouverture, haut), (ouverture, bas)],
                REPERE,
                0.9,
                (3.0, 2.0),
            )?;
            c.texte(
                (ouverture + 4.0, haut - 5.0),
                "première tournée",
                Ecriture {
                    ancre: Ancre::Gauche,
                    ..petit
                },
            )?;
            for m in &self.moments {
                let p = (x(m.distance), y.place(m.effet));
                c.ligne(
                    &[
                        (p.0, y.place(m.intervalle.0)),
                        (p.0, y.place(m.intervalle.1)),
                    ],
                    PRINCIPAL,
                    1.3,
                )?;
                if m.distance >= 0 {
                    c.disque(p, 3.0, PRINCIPAL)?;
                } else {
                    c.anneau(p, 2.6, PRINCIPAL, 1.2)?;
                }
                c.texte(
                    (p.0, bas + 9.0),
                    &format!("{}", m.distance).replace('-', "\u{2212}"),
                    petit,
                )?;
            }
            let note = format!(
                "{}s depuis la première tournée ; trait : intervalle à 95 %, bande : simultanée",
                self.pas
            );
            c.texte(
                (droite, bas + 22.0),
                &note,
                Ecriture {
                    ancre: Ancre::Droite,
                    ..petit
                },
            )
        })
    }
}
