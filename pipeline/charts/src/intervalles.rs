//! Ranges of delays: first to third quartile as a bar, median as a mark, ninth decile at the end of a line.

use super::axe::Axe;
use super::canvas::{Ancre, Ecriture, dessiner};
use super::style::{BLANC, ENCRE, GRIS, PETITE, PRINCIPAL, REPERE, SECOND, TAILLE, largeur_texte};
use super::{Tracable, enumerer, etendue};
use base::definition::Format;
use base::error::Result;
use base::french::Figure;

/// Quantiles of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct Rang {
    /// Name of the group.
    pub libelle: String,
    /// First quartile.
    pub q1: Figure,
    /// Median.
    pub mediane: Figure,
    /// Third quartile.
    pub q3: Figure,
    /// Ninth decile.
    pub d9: Figure,
    /// A comparison, drawn in grey.
    pub ancien: bool,
}

/// Quantiles of several groups on one axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Intervalles {
    /// Groups, top to bottom.
    pub rangs: Vec<Rang>,
    /// Unit under the axis.
    pub unite: String,
}

const HAUTEUR: f64 = 24.0;

impl Tracable for Intervalles {
    fn empechement(&self) -> Option<String> {
        let connus = self
            .rangs
            .iter()
            .filter(|r| r.mediane.number().is_some())
            .count();
        (connus == 0).then(|| "Graphique non tracé : aucun délai connu et communicable.".into())
    }

    fn alt(&self) -> String {
        let caches = self
            .rangs
            .iter()
            .filter(|r| r.mediane == Figure::Hidden)
            .count();
        let liste = self
            .rangs
            .iter()
            .filter(|r| r.mediane.number().is_some())
            .map(|r| {
                let [q1, m, q3, d9] =
                    [r.q1, r.mediane, r.q3, r.d9].map(|v| v.text(Format::Decimal1));
                format!(
                    "{} : médiane {m}, quartiles {q1} et {q3}, neuvième décile {d9}",
                    r.libelle
                )
            })
            .collect();
        let connues: Vec<(&str, f64)> = self
            .rangs
            .iter()
            .filter_map(|r| Some((r.libelle.as_str(), r.mediane.number()?)))
            .collect();
        let dire = |x: f64| Figure::Known(x).text(Format::Decimal1);
        let constat = etendue("Médiane", &connues, dire);
        format!(
            "{constat}Répartition, en {} : {}.",
            self.unite,
            enumerer(liste, caches)
        )
    }

    fn dessin(&self, largeur: f64) -> Result<String> {
        let marge = self
            .rangs
            .iter()
            .map(|r| largeur_texte(&r.libelle, TAILLE))
            .fold(40.0, f64::max)
            .min(largeur * 0.4)
            + 10.0;
        let bas = 18.0 + HAUTEUR * self.rangs.len() as f64;
        let max = self
            .rangs
            .iter()
            .flat_map(|r| [r.q3, r.d9, r.mediane])
            .filter_map(Figure::number)
            .fold(0.0, f64::max);
        let axe = Axe::new(0.0, max, 6, marge, largeur - 24.0);
        dessiner(largeur, bas + 26.0, |c| {
            axe.verticales(c, 16.0, bas, Format::Decimal1)?;
            let note = Ecriture::new(GRIS, Ancre::Droite).taille(PETITE);
            c.texte((largeur - 2.0, bas + 19.0), &self.unite, note)?;
            let petit = Ecriture::new(GRIS, Ancre::Milieu).taille(PETITE);
            for (i, r) in self.rangs.iter().enumerate() {
                let y = 20.0 + HAUTEUR * (i as f64 + 0.5) - 2.0;
                let couleur = if r.ancien { REPERE } else { PRINCIPAL };
                let e = Ecriture::new(ENCRE, Ancre::Droite);
                c.etiquette((marge - 8.0, y), &r.libelle, marge - 8.5, e)?;
                let Figure::Known(m) = r.mediane else {
                    let texte = r.mediane.text(Format::Decimal1);
                    c.texte(
                        (axe.place(0.0) + 6.0, y),
                        &texte,
                        Ecriture::new(GRIS, Ancre::Gauche),
                    )?;
                    continue;
                };
                if let Figure::Known(d9) = r.d9 {
                    c.ligne(&[(axe.place(m), y), (axe.place(d9), y)], couleur, 1.0)?;
                    c.ligne(
                        &[(axe.place(d9), y - 4.0), (axe.place(d9), y + 4.0)],
                        couleur,
                        1.2,
                    )?;
                }
                if let (Figure::Known(q1), Figure::Known(q3)) = (r.q1, r.q3) {
                    let teinte = if r.ancien { REPERE } else { SECOND };
                    c.plein((axe.place(q1), y - 5.0), (axe.place(q3), y + 5.0), teinte)?;
                }
                c.disque((axe.place(m), y), 4.6, BLANC)?;
                c.disque((axe.place(m), y), 3.6, couleur)?;
                if i == 0 {
                    // The first line carries the names of the marks; the others are read like it.
                    c.texte(
                        (axe.place(m), 6.0),
                        "médiane",
                        Ecriture {
                            couleur: ENCRE,
                            ..petit
                        },
                    )?;
                    if let Figure::Known(d9) = r.d9 {
                        c.texte((axe.place(d9), 6.0), "9e décile", petit)?;
                    }
                }
            }
            Ok(())
        })
    }
}
