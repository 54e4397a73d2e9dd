//! Funnel plot: a rate against its size, with the limits that chance alone would keep to.

use super::axe::Axe;
use super::canvas::{Ancre, Ecriture, dessiner};
use super::style::{BLANC, ENCRE, GRIS, PETITE, PRINCIPAL, REPERE, SAILLANT, largeur_texte};
use super::{Tracable, enumerer};
use base::definition::Format;
use base::error::Result;

/// One zone.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    /// Name.
    pub nom: String,
    /// Size (denominator).
    pub effectif: f64,
    /// Rate, in the chart's unit.
    pub taux: f64,
    /// Outside the outer limits.
    pub hors: bool,
}

/// Limits at one size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limite {
    /// Size.
    pub effectif: f64,
    /// 95 % limits.
    pub interieure: (f64, f64),
    /// 99.8 % limits.
    pub exterieure: (f64, f64),
}

/// A funnel.
#[derive(Debug, Clone, PartialEq)]
pub struct Entonnoir {
    /// Zones.
    pub zones: Vec<Zone>,
    /// Limits in increasing size.
    pub limites: Vec<Limite>,
    /// Rate of the whole.
    pub centre: f64,
    /// Format of the rates.
    pub format: Format,
    /// What the sizes count.
    pub unite: String,
}

const HAUTEUR: f64 = 240.0;
/// Height of a line of small text.
const LIGNE: f64 = 9.0;

impl Entonnoir {
    /// Where the name of each zone stands: beside its point where nothing else is, those outside the limits first. One that
    /// finds no room has no name; the table gives it.
    fn etiquettes(
        &self,
        points: &[(f64, f64)],
        gauche: f64,
        droite: f64,
    ) -> Vec<(Option<(f64, f64)>, Ancre)> {
        let mut sortie = vec![(None, Ancre::Gauche); points.len()];
        // Left, right and middle of what is taken, each a line high.
        let mut pris: Vec<(f64, f64, f64)> =
            points.iter().map(|p| (p.0 - 4.0, p.0 + 4.0, p.1)).collect();
        let mut ordre: Vec<usize> = (0..points.len()).collect();
        ordre.sort_by_key(|&i| !self.zones[i].hors);
        for i in ordre {
            let (p, large) = (points[i], largeur_texte(&self.zones[i].nom, PETITE));
            let places = [
                (p.0 + 6.0, p.1, Ancre::Gauche),
                (p.0 - 6.0, p.1, Ancre::Droite),
                (p.0 + 4.0, p.1 - LIGNE, Ancre::Gauche),
                (p.0 - 4.0, p.1 - LIGNE, Ancre::Droite),
                (p.0 + 4.0, p.1 + LIGNE, Ancre::Gauche),
                (p.0 - 4.0, p.1 + LIGNE, Ancre::Droite),
            ];
            let libre = places.into_iter().find_map(|(x, y, ancre)| {
                let (a, b) = match ancre {
                    Ancre::Droite => (x - large, x),
                    _ => (x, x + large),
                };
                let seul = pris
                    .iter()
                    .enumerate()
                    .all(|(j, &(c, d, m))| j == i || b < c || a > d || (y - m).abs() >= LIGNE);
                (a >= gauche && b <= droite && seul).then_some((x, y, ancre, a, b))
            });
            if let Some((x, y, ancre, a, b)) = libre {
                sortie[i] = (Some((x, y)), ancre);
                pris.push((a, b, y));
            }
        }
        sortie
    }
}

impl Tracable for Entonnoir {
    fn empechement(&self) -> Option<String> {
        (self.zones.len() < 3 || self.limites.len() < 2).then(|| {
            "Graphique en entonnoir non tracé : moins de trois zones ont un taux communicable."
                .into()
        })
    }

    fn alt(&self) -> String {
        let hors: Vec<String> = self
            .zones
            .iter()
            .filter(|z| z.hors)
            .map(|z| {
                format!(
                    "{} ({})",
                    z.nom,
                    base::french::formatted(z.taux, self.format)
                )
            })
            .collect();
        let constat = if hors.is_empty() {
            "Aucune zone ne sort des limites à 99,8 %".to_string()
        } else {
            format!("Hors des limites à 99,8 % : {}", enumerer(hors, 0))
        };
        let ensemble = base::french::formatted(self.centre, self.format);
        format!(
            "Graphique en entonnoir de {} zones autour de {ensemble}. {constat}.",
            self.zones.len()
        )
    }

    fn dessin(&self, largeur: f64) -> Result<String> {
        let (haut, bas, gauche, droite) = (16.0, HAUTEUR - 30.0, 40.0, largeur - 66.0);
        let taille = self.zones.iter().map(|z| z.effectif).fold(1.0, f64::max);
        let visibles: Vec<f64> = self
            .zones
            .iter()
            .map(|z| z.taux)
            .chain(
                self.limites
                    .iter()
                    .skip(1)
                    .flat_map(|l| [l.exterieure.0, l.exterieure.1]),
            )
            .collect();
        let min = visibles
            .iter()
            .copied()
            .fold(f64::INFINITY, f64::min)
            .max(0.0);
        let max = visibles.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let x = Axe::new(0.0, taille, 5, gauche, droite);
        let y = Axe::new(min, max, 5, bas, haut);
        dessiner(largeur, HAUTEUR, |c| {
            y.horizontales(c, gauche, droite, self.format)?;
            x.verticales(c, bas - 0.1, bas, Format::Integer)?;
            let petit = Ecriture::new(GRIS, Ancre::Droite).taille(PETITE);
            c.texte((droite, bas + 21.0), &self.unite, petit)?;
            let courbe = |f: fn(&Limite) -> f64| -> Vec<(f64, f64)> {
                self.limites
                    .iter()
                    .map(|l| (x.place(l.effectif), y.place(f(l))))
                    .collect()
            };
            for f in [|l: &Limite| l.interieure.0, |l: &Limite| l.interieure.1] {
                c.tirets(&courbe(f), REPERE, 0.9, (4.0, 2.5))?;
            }
            for f in [|l: &Limite| l.exterieure.0, |l: &Limite| l.exterieure.1] {
                c.ligne(&courbe(f), REPERE, 0.9)?;
            }
            c.ligne(
                &[
                    (gauche, y.place(self.centre)),
                    (droite, y.place(self.centre)),
                ],
                REPERE,
                0.6,
            )?;
            if let Some(l) = self.limites.last() {
                let nom = Ecriture {
                    ancre: Ancre::Gauche,
                    ..petit
                };
                let bout = x.place(l.effectif).max(droite) + 4.0;
                let milieu = y.place(self.centre);
                let q = y.place(l.interieure.1).min(milieu - LIGNE);
                let p = y.place(l.exterieure.1).min(q - LIGNE);
                c.texte((bout, p), "limite 99,8 %", nom)?;
                c.texte((bout, q), "limite 95 %", nom)?;
                c.texte((bout, milieu), "ensemble", nom)?;
            }
            let points: Vec<(f64, f64)> = (self.zones.iter())
                .map(|z| (x.place(z.effectif), y.place(z.taux)))
                .collect();
            for (z, (place, ancre)) in self
                .zones
                .iter()
                .zip(self.etiquettes(&points, gauche, droite))
            {
                if let Some(place) = place {
                    // The lines of the limits stop at a name.
                    let large = largeur_texte(&z.nom, PETITE);
                    let debut = match ancre {
                        Ancre::Droite => place.0 - large,
                        _ => place.0,
                    };
                    let (a, b) = (
                        (debut - 1.0, place.1 - 4.5),
                        (debut + large + 1.0, place.1 + 4.5),
                    );
                    c.plein(a, b, BLANC)?;
                    c.texte(place, &z.nom, Ecriture::new(ENCRE, ancre).taille(PETITE))?;
                }
            }
            for (z, &p) in self.zones.iter().zip(&points) {
                if z.hors {
                    c.plein((p.0 - 3.2, p.1 - 3.2), (p.0 + 3.2, p.1 + 3.2), SAILLANT)?;
                } else {
                    c.anneau(p, 2.6, PRINCIPAL, 1.2)?;
                }
            }
            Ok(())
        })
    }
}
