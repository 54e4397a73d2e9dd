//! Estimates with their intervals, sorted, against a reference: never a bare league table.

use super::axe::Axe;
use super::canvas::{Ancre, Ecriture, dessiner};
use super::style::{
    BANDE, ENCRE, GRIS, PETITE, PRINCIPAL, REPERE, SAILLANT, TAILLE, largeur_texte,
};
use super::{Tracable, enumerer, etendue};
use base::definition::Format;
use base::error::Result;
use base::french::Figure;

/// One zone.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimation {
    /// Name.
    pub libelle: String,
    /// Estimate.
    pub valeur: Figure,
    /// Limits of its interval, if known.
    pub intervalle: Option<(f64, f64)>,
}

/// Zones with their intervals.
#[derive(Debug, Clone, PartialEq)]
pub struct Classement {
    /// Zones, top to bottom.
    pub estimations: Vec<Estimation>,
    /// Name and value of the reference.
    pub reference: Option<(String, f64)>,
    /// Format of the values.
    pub format: Format,
    /// What the intervals are, in a few words.
    pub note: String,
}

const HAUTEUR: f64 = 17.0;

impl Classement {
    /// True where the interval leaves the reference out.
    fn ecarte(&self, e: &Estimation) -> bool {
        match (&self.reference, e.intervalle) {
            (Some((_, r)), Some((a, b))) => *r < a || *r > b,
            _ => false,
        }
    }
}

impl Tracable for Classement {
    fn empechement(&self) -> Option<String> {
        let connues = self
            .estimations
            .iter()
            .filter(|e| e.valeur.number().is_some())
            .count();
        (connues < 2).then(|| {
            "Graphique non tracé : moins de deux zones ont une valeur communicable.".into()
        })
    }

    fn alt(&self) -> String {
        let caches = self
            .estimations
            .iter()
            .filter(|e| e.valeur == Figure::Hidden)
            .count();
        let liste = self
            .estimations
            .iter()
            .filter(|e| e.valeur.number().is_some())
            .map(|e| {
                let intervalle = e.intervalle.map_or_else(String::new, |(a, b)| {
                    let [a, b] = [a, b].map(|x| Figure::Known(x).text(self.format));
                    format!(" (de {a} à {b})")
                });
                format!("{} {}{intervalle}", e.libelle, e.valeur.text(self.format))
            })
            .collect();
        let reference = self
            .reference
            .as_ref()
            .map_or_else(String::new, |(nom, x)| {
                format!(
                    " Référence : {nom} {}.",
                    Figure::Known(*x).text(self.format)
                )
            });
        let connues: Vec<(&str, f64)> = self
            .estimations
            .iter()
            .filter_map(|e| Some((e.libelle.as_str(), e.valeur.number()?)))
            .collect();
        let dire = |x: f64| Figure::Known(x).text(self.format);
        let mut constat = etendue("Estimations", &connues, dire);
        if let Some((nom, _)) = &self.reference {
            let ecarts: Vec<&str> = self
                .estimations
                .iter()
                .filter(|e| self.ecarte(e))
                .map(|e| e.libelle.as_str())
                .collect();
            constat.push_str(&match ecarts.is_empty() {
                true => format!("Aucun intervalle ne laisse dehors la valeur de {nom}. "),
                false => format!(
                    "L'intervalle laisse dehors la valeur de {nom} pour : {}. ",
                    ecarts.join(", ")
                ),
            });
        }
        format!(
            "{constat}Estimations et intervalles : {}.{reference}",
            enumerer(liste, caches)
        )
    }

    fn dessin(&self, largeur: f64) -> Result<String> {
        let marge = self
            .estimations
            .iter()
            .map(|e| largeur_texte(&e.libelle, TAILLE))
            .fold(40.0, f64::max)
            .min(largeur * 0.42)
            + 10.0;
        let bas = 20.0 + HAUTEUR * self.estimations.len() as f64;
        let toutes: Vec<f64> = self
            .estimations
            .iter()
            .flat_map(|e| {
                [
                    e.valeur.number(),
                    e.intervalle.map(|i| i.0),
                    e.intervalle.map(|i| i.1),
                ]
            })
            .flatten()
            .chain(self.reference.as_ref().map(|r| r.1))
            .collect();
        let min = toutes.iter().copied().fold(0.0, f64::min);
        let max = toutes.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let axe = Axe::new(min, max, 6, marge, largeur - 56.0);
        dessiner(largeur, bas + 28.0, |c| {
            axe.verticales(c, 18.0, bas, self.format)?;
            let petit = Ecriture::new(GRIS, Ancre::Milieu).taille(PETITE);
            if let Some((nom, x)) = &self.reference {
                c.tirets(
                    &[(axe.place(*x), 14.0), (axe.place(*x), bas)],
                    REPERE,
                    1.0,
                    (3.0, 2.0),
                )?;
                c.texte(
                    (axe.place(*x), 7.0),
                    nom,
                    Ecriture {
                        couleur: ENCRE,
                        ..petit
                    },
                )?;
            }
            for (i, e) in self.estimations.iter().enumerate() {
                let y = 20.0 + HAUTEUR * (i as f64 + 0.5);
                let libelle = Ecriture::new(ENCRE, Ancre::Droite);
                c.etiquette((marge - 8.0, y), &e.libelle, marge - 8.5, libelle)?;
                // Orange and a square only where the interval leaves the reference out.
                let ecart = self.ecarte(e);
                let couleur = if ecart { SAILLANT } else { PRINCIPAL };
                if let Some((a, b)) = e.intervalle {
                    c.plein((axe.place(a), y - 3.0), (axe.place(b), y + 3.0), BANDE)?;
                    c.ligne(&[(axe.place(a), y), (axe.place(b), y)], couleur, 1.1)?;
                }
                match e.valeur {
                    Figure::Known(x) if ecart => {
                        let p = axe.place(x);
                        c.plein((p - 3.2, y - 3.2), (p + 3.2, y + 3.2), couleur)?;
                    }
                    Figure::Known(x) => c.disque((axe.place(x), y), 3.2, couleur)?,
                    _ => {}
                }
                let valeur = Ecriture::new(ENCRE, Ancre::Droite);
                c.texte(
                    (largeur - 2.0, y),
                    &e.valeur.text(self.format),
                    if ecart { valeur.gras() } else { valeur },
                )?;
            }
            c.texte(
                (largeur - 2.0, bas + 21.0),
                &self.note,
                Ecriture {
                    ancre: Ancre::Droite,
                    ..petit
                },
            )
        })
    }
}
