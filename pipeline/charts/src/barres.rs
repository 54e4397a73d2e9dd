//! Horizontal bars with the figure at the end of each, and last year's as a mark on the same line.

use super::axe::Axe;
use super::canvas::{Ancre, Ecriture, dessiner};
use super::style::{
    BLANC, ENCRE, GRILLE, GRIS, HACHURE, PETITE, PRINCIPAL, REPERE, SECOND, TAILLE, largeur_texte,
};
use super::{Tracable, enumerer, extremes};
use base::definition::Format;
use base::error::Result;
use base::french::Figure;

/// One bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Barre {
    /// What is measured.
    pub libelle: String,
    /// Its value.
    pub valeur: Figure,
    /// The value to compare with, or absent.
    pub precedente: Figure,
    /// Drawn lighter: a total, or a group that stands apart.
    pub secondaire: bool,
}

/// Horizontal bars in the order given.
#[derive(Debug, Clone, PartialEq)]
pub struct Barres {
    /// Bars, top to bottom.
    pub barres: Vec<Barre>,
    /// Format of the values.
    pub format: Format,
    /// Name of the comparison (`2024`), if there is one.
    pub comparaison: Option<String>,
    /// Name and value of a line drawn across all bars, if there is one.
    pub reference: Option<(String, f64)>,
}

const EPAISSEUR: f64 = 10.5;

impl Tracable for Barres {
    fn empechement(&self) -> Option<String> {
        if self.barres.is_empty() || self.barres.iter().all(|b| b.valeur == Figure::Missing) {
            return Some(
                "Graphique non tracé : aucune donnée pour cette zone et cette période.".into(),
            );
        }
        self.barres
            .iter()
            .all(|b| b.valeur.number().is_none())
            .then(|| "Graphique non tracé : toutes les valeurs sont non communicables.".into())
    }

    fn alt(&self) -> String {
        let caches = self
            .barres
            .iter()
            .filter(|b| b.valeur == Figure::Hidden)
            .count();
        let connues: Vec<(&str, f64)> = self
            .barres
            .iter()
            .filter_map(|b| Some((b.libelle.as_str(), b.valeur.number()?)))
            .collect();
        let dire = |x: f64| Figure::Known(x).text(self.format);
        let tete = extremes(&connues).map(|(_, haut)| haut);
        let mut constat = tete.map_or_else(String::new, |(l, x)| {
            format!(
                "La valeur la plus élevée est celle de « {l} », {}. ",
                dire(x)
            )
        });
        if let Some((nom, r)) = &self.reference {
            let au_dessus = connues.iter().filter(|(_, x)| x > r).count();
            constat.push_str(&format!(
                "{au_dessus} sur {} au-dessus de la {nom}. ",
                connues.len()
            ));
        }
        let liste = self
            .barres
            .iter()
            .filter(|b| b.valeur.number().is_some())
            .map(|b| match (b.precedente, &self.comparaison) {
                (Figure::Known(_), Some(nom)) => format!(
                    "{} {} ({} en {nom})",
                    b.libelle,
                    b.valeur.text(self.format),
                    b.precedente.text(self.format)
                ),
                _ => format!("{} {}", b.libelle, b.valeur.text(self.format)),
            })
            .collect();
        format!(
            "{constat}Diagramme en barres : {}.",
            enumerer(liste, caches)
        )
    }

    fn dessin(&self, largeur: f64) -> Result<String> {
        let marge = self
            .barres
            .iter()
            .map(|b| largeur_texte(&b.libelle, TAILLE))
            .fold(40.0, f64::max)
            .min(largeur * 0.45)
            + 8.0;
        let haut = if self.comparaison.is_some() || self.reference.is_some() {
            16.0
        } else {
            4.0
        };
        // Half a page wide: a sheet has no room to spare.
        let rang = if largeur < 300.0 { 15.5 } else { 18.0 };
        let hauteur = haut + rang * self.barres.len() as f64 + 4.0;
        let max = self
            .barres
            .iter()
            .flat_map(|b| [b.valeur.number(), b.precedente.number()])
            .flatten()
            .chain(self.reference.as_ref().map(|r| r.1))
            .fold(0.0, f64::max);
        let axe = Axe::new(0.0, max, 5, marge, largeur - 58.0);
        dessiner(largeur, hauteur, |c| {
            if let Some(nom) = &self.comparaison {
                // The key to the marks, written where the eye starts.
                c.disque((marge + 4.0, 6.0), 2.6, REPERE)?;
                c.disque((marge + 4.0, 6.0), 1.6, BLANC)?;
                c.texte(
                    (marge + 10.0, 6.0),
                    nom,
                    Ecriture::new(GRIS, Ancre::Gauche).taille(PETITE),
                )?;
            }
            let base = axe.place(0.0);
            if let Some((nom, r)) = &self.reference {
                let x = axe.place(*r);
                let e = Ecriture::new(GRIS, Ancre::Milieu).taille(PETITE);
                // A line near an edge must not push its name off the page.
                let demi = largeur_texte(nom, PETITE) / 2.0;
                c.texte((x.min(largeur - demi - 2.0), 6.0), nom, e)?;
                c.tirets(&[(x, 12.0), (x, hauteur - 4.0)], REPERE, 1.0, (3.0, 2.0))?;
            }
            for (i, b) in self.barres.iter().enumerate() {
                let y = haut + rang * (i as f64 + 0.5);
                let couleur = if b.secondaire { SECOND } else { PRINCIPAL };
                let libelle = Ecriture::new(ENCRE, Ancre::Droite);
                let libelle = if b.secondaire {
                    libelle.gras()
                } else {
                    libelle
                };
                c.etiquette((marge - 7.0, y), &b.libelle, marge - 7.5, libelle)?;
                let mut fin = base;
                match b.valeur {
                    Figure::Known(x) => {
                        fin = axe.place(x);
                        c.plein(
                            (base, y - EPAISSEUR / 2.0),
                            (fin, y + EPAISSEUR / 2.0),
                            couleur,
                        )?;
                    }
                    Figure::Hidden => {
                        fin = base + 34.0;
                        let coins = [
                            (base, y - EPAISSEUR / 2.0),
                            (fin, y - EPAISSEUR / 2.0),
                            (fin, y + EPAISSEUR / 2.0),
                            (base, y + EPAISSEUR / 2.0),
                        ];
                        c.hachures(&coins, HACHURE, 4.0)?;
                    }
                    Figure::Missing => {}
                }
                if let (Figure::Known(x), Some(_)) = (b.precedente, &self.comparaison) {
                    let p = axe.place(x);
                    c.disque((p, y), 3.6, BLANC)?;
                    c.disque((p, y), 2.6, REPERE)?;
                    c.disque((p, y), 1.6, BLANC)?;
                    if p > fin && p - fin < largeur_texte("00,0 %", TAILLE) + 10.0 {
                        fin = p + 2.0;
                    }
                }
                let valeur = Ecriture::new(ENCRE, Ancre::Gauche).gras();
                c.texte((fin + 5.0, y), &b.valeur.text(self.format), valeur)?;
            }
            c.ligne(&[(base, haut), (base, hauteur - 4.0)], GRILLE, 0.8)
        })
    }
}
