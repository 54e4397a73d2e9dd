//! Dumbbells: last year hollow, this year full, the change written at the end of the line.

use super::axe::Axe;
use super::canvas::{Ancre, Ecriture, dessiner};
use super::style::{ENCRE, GRILLE, GRIS, PETITE, PRINCIPAL, REPERE, TAILLE, largeur_texte};
use super::{Tracable, enumerer, etendue};
use base::definition::Format;
use base::error::Result;
use base::french::Figure;
use base::french::capitalized;

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Paire {
    /// Name.
    pub libelle: String,
    /// Earlier value.
    pub avant: Figure,
    /// Later value.
    pub apres: Figure,
    /// Text at the end, the change with its interval for instance.
    pub note: String,
}

/// Two dates compared line by line.
#[derive(Debug, Clone, PartialEq)]
pub struct Halteres {
    /// Lines, top to bottom.
    pub paires: Vec<Paire>,
    /// Names of the two dates.
    pub dates: (String, String),
    /// Format of the values.
    pub format: Format,
}

const HAUTEUR: f64 = 19.0;

impl Tracable for Halteres {
    fn empechement(&self) -> Option<String> {
        let connus = self
            .paires
            .iter()
            .filter(|p| p.apres.number().is_some())
            .count();
        (connus == 0).then(|| "Graphique non tracé : aucune valeur connue et communicable.".into())
    }

    fn alt(&self) -> String {
        let caches = self
            .paires
            .iter()
            .filter(|p| p.apres == Figure::Hidden)
            .count();
        let liste = self
            .paires
            .iter()
            .filter(|p| p.apres.number().is_some())
            .map(|p| {
                let (a, b) = (p.avant.text(self.format), p.apres.text(self.format));
                format!("{} : {} {a}, {} {b}", p.libelle, self.dates.0, self.dates.1)
            })
            .collect();
        let connues: Vec<(&str, f64)> = self
            .paires
            .iter()
            .filter_map(|p| Some((p.libelle.as_str(), p.apres.number()?)))
            .collect();
        let dire = |x: f64| Figure::Known(x).text(self.format);
        let constat = etendue(&capitalized(&self.dates.1), &connues, dire);
        format!(
            "{constat}Comparaison de deux dates : {}.",
            enumerer(liste, caches)
        )
    }

    fn dessin(&self, largeur: f64) -> Result<String> {
        let marge = self
            .paires
            .iter()
            .map(|p| largeur_texte(&p.libelle, TAILLE))
            .fold(40.0, f64::max)
            .min(largeur * 0.42)
            + 10.0;
        let notes = self
            .paires
            .iter()
            .map(|p| largeur_texte(&p.note, PETITE))
            .fold(30.0, f64::max)
            + 8.0;
        let valeurs: Vec<f64> = self
            .paires
            .iter()
            .flat_map(|p| [p.avant, p.apres])
            .filter_map(Figure::number)
            .collect();
        let max = valeurs.iter().copied().fold(0.0, f64::max);
        let bas = 20.0 + HAUTEUR * self.paires.len() as f64;
        let axe = Axe::new(0.0, max, 5, marge, largeur - notes - 8.0);
        dessiner(largeur, bas + 16.0, |c| {
            axe.verticales(c, 16.0, bas, self.format)?;
            let mut nommees = false;
            for (i, p) in self.paires.iter().enumerate() {
                let y = 18.0 + HAUTEUR * (i as f64 + 0.5);
                c.ligne(&[(marge, y), (largeur - notes, y)], GRILLE, 0.4)?;
                let e = Ecriture::new(ENCRE, Ancre::Droite);
                c.etiquette((marge - 8.0, y), &p.libelle, marge - 8.5, e)?;
                let avant = p.avant.number().map(|x| axe.place(x));
                let apres = p.apres.number().map(|x| axe.place(x));
                if let (Some(a), Some(b)) = (avant, apres) {
                    c.ligne(&[(a, y), (b, y)], REPERE, 1.4)?;
                }
                if let Some(a) = avant {
                    c.anneau((a, y), 3.2, REPERE, 1.2)?;
                }
                if let Some(b) = apres {
                    c.disque((b, y), 4.0, PRINCIPAL)?;
                }
                match (avant, apres) {
                    (Some(a), Some(b)) if !nommees && (a - b).abs() > 26.0 => {
                        nommees = true;
                        let petit = Ecriture::new(GRIS, Ancre::Milieu).taille(PETITE);
                        c.texte((a, y - 9.0), &self.dates.0, petit)?;
                        c.texte(
                            (b, y - 9.0),
                            &self.dates.1,
                            Ecriture {
                                couleur: PRINCIPAL,
                                ..petit
                            }
                            .gras(),
                        )?;
                    }
                    (_, None) => {
                        let texte = p.apres.text(self.format);
                        c.texte(
                            (marge + 4.0, y),
                            &texte,
                            Ecriture::new(GRIS, Ancre::Gauche).taille(PETITE),
                        )?;
                    }
                    _ => {}
                }
                c.texte(
                    (largeur - notes + 4.0, y),
                    &p.note,
                    Ecriture::new(ENCRE, Ancre::Gauche).taille(PETITE),
                )?;
            }
            if !nommees {
                // No line is wide enough to carry the names: they go above the first one, apart.
                c.anneau((marge + 4.0, 7.0), 2.6, REPERE, 1.1)?;
                let e = Ecriture::new(GRIS, Ancre::Gauche).taille(PETITE);
                c.texte((marge + 10.0, 7.0), &self.dates.0, e)?;
                c.disque((marge + 44.0, 7.0), 3.2, PRINCIPAL)?;
                c.texte(
                    (marge + 51.0, 7.0),
                    &self.dates.1,
                    Ecriture {
                        couleur: PRINCIPAL,
                        ..e
                    }
                    .gras(),
                )?;
            }
            Ok(())
        })
    }
}
