//! Age pyramid: women at the left, solid; men at the right, outlined and hatched, so that greyscale tells them apart.

use super::canvas::{Ancre, Ecriture, dessiner};
use super::style::{BANDE, ENCRE, GRIS, HACHURE, PETITE, PRINCIPAL};
use super::{Tracable, enumerer, extremes};
use base::definition::Format;
use base::error::Result;
use base::french::Figure;

/// One age group.
#[derive(Debug, Clone, PartialEq)]
pub struct Tranche {
    /// Name.
    pub libelle: String,
    /// Women.
    pub femmes: Figure,
    /// Men.
    pub hommes: Figure,
}

/// An age pyramid.
#[derive(Debug, Clone, PartialEq)]
pub struct Pyramide {
    /// Age groups, youngest first.
    pub tranches: Vec<Tranche>,
    /// Format of the values.
    pub format: Format,
    /// What is counted.
    pub unite: String,
}

const HAUTEUR: f64 = 21.0;

impl Tracable for Pyramide {
    fn empechement(&self) -> Option<String> {
        let connus = self
            .tranches
            .iter()
            .flat_map(|t| [t.femmes, t.hommes])
            .filter(|v| v.number().is_some());
        (connus.count() < 2)
            .then(|| "Pyramide non tracée : trop peu d'effectifs connus et communicables.".into())
    }

    fn alt(&self) -> String {
        let caches = self
            .tranches
            .iter()
            .flat_map(|t| [t.femmes, t.hommes])
            .filter(|v| *v == Figure::Hidden)
            .count();
        let liste = self
            .tranches
            .iter()
            .map(|t| {
                format!(
                    "{} femmes {}, hommes {}",
                    t.libelle,
                    t.femmes.text(self.format),
                    t.hommes.text(self.format)
                )
            })
            .collect();
        let noms: Vec<(String, f64)> = self
            .tranches
            .iter()
            .flat_map(|t| {
                [("femmes", t.femmes), ("hommes", t.hommes)]
                    .map(|(qui, v)| (format!("{qui} de {} ans", t.libelle), v.number()))
            })
            .filter_map(|(nom, x)| Some((nom, x?)))
            .collect();
        let connus: Vec<(&str, f64)> = noms.iter().map(|(n, x)| (n.as_str(), *x)).collect();
        let constat = extremes(&connus).map_or_else(String::new, |(_, (nom, x))| {
            format!(
                "L'effectif le plus élevé est celui des {nom}, {}. ",
                Figure::Known(x).text(self.format)
            )
        });
        let paires = self
            .tranches
            .iter()
            .filter_map(|t| Some((t.femmes.number()?, t.hommes.number()?)));
        let total = paires.clone().count();
        let femmes = paires.filter(|(f, h)| f > h).count();
        format!(
            "{constat}Les femmes sont plus nombreuses que les hommes dans {femmes} des {total} tranches où les deux sont connus. \
             Pyramide des âges, en {} : {}.",
            self.unite,
            enumerer(liste, caches)
        )
    }

    fn dessin(&self, largeur: f64) -> Result<String> {
        let hauteur = 22.0 + HAUTEUR * self.tranches.len() as f64;
        let milieu = largeur / 2.0;
        let (couloir, longueur) = (27.0, 150.0);
        let max = self
            .tranches
            .iter()
            .flat_map(|t| [t.femmes.number(), t.hommes.number()])
            .flatten()
            .fold(1e-9, f64::max);
        dessiner(largeur, hauteur, |c| {
            let titre = Ecriture::new(PRINCIPAL, Ancre::Droite).gras();
            c.texte((milieu - couloir, 7.0), "Femmes", titre)?;
            c.texte(
                (milieu + couloir, 7.0),
                "Hommes",
                Ecriture {
                    ancre: Ancre::Gauche,
                    ..titre
                },
            )?;
            c.texte(
                (2.0, 7.0),
                &self.unite,
                Ecriture::new(GRIS, Ancre::Gauche).taille(PETITE),
            )?;
            for (i, t) in self.tranches.iter().rev().enumerate() {
                let y = 18.0 + HAUTEUR * (i as f64 + 0.5);
                c.texte((milieu, y), &t.libelle, Ecriture::new(ENCRE, Ancre::Milieu))?;
                for (sens, v) in [(-1.0, t.femmes), (1.0, t.hommes)] {
                    let base = milieu + sens * couloir;
                    let fin = base + sens * v.number().map_or(22.0, |x| longueur * x / max);
                    let coins = [
                        (base, y - 7.0),
                        (fin, y - 7.0),
                        (fin, y + 7.0),
                        (base, y + 7.0),
                    ];
                    match v {
                        Figure::Known(_) if sens < 0.0 => c.polygone(&coins, PRINCIPAL)?,
                        Figure::Known(_) => {
                            c.polygone(&coins, BANDE)?;
                            c.hachures(&coins, PRINCIPAL, 3.6)?;
                            c.contour(&coins, PRINCIPAL, 0.9)?;
                        }
                        Figure::Hidden => c.hachures(&coins, HACHURE, 5.0)?,
                        Figure::Missing => {}
                    }
                    let ancre = if sens < 0.0 {
                        Ancre::Droite
                    } else {
                        Ancre::Gauche
                    };
                    c.texte(
                        (fin + sens * 5.0, y),
                        &v.text(self.format),
                        Ecriture::new(ENCRE, ancre),
                    )?;
                }
            }
            Ok(())
        })
    }
}
