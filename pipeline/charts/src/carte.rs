//! Maps of départements and régions, overseas included, coloured by value; a hidden value is hatched.
//!
//! Outlines: the State's design system (`cartes/LICENCE`), already in page coordinates.

use std::collections::BTreeMap;

use plotters::style::RGBColor;
use serde::Deserialize;

use super::anneau::{bornes, centre, place_dans, principal};
use super::canvas::{Ancre, Canvas, Ecriture, Point, dessiner};
use super::style::{
    BLANC, ENCRE, GRILLE, GRIS, HACHURE, PETITE, PRINCIPAL, RAMPE, SANS_DONNEE, encre_sur,
    largeur_texte, plier,
};
use super::{Tracable, enumerer, extremes};
use base::definition::Format;
use base::error::{Context, Result};
use base::french::Figure;
use base::french::formatted;

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
    /// Value; absent where nobody told, which is not none.
    pub valeur: Figure,
    /// A second figure under the value, in words: `12 arrêts`.
    pub detail: Option<String>,
}

/// A map.
#[derive(Debug, Clone, PartialEq)]
pub struct Carte {
    /// Outlines.
    pub maille: Maille,
    /// Zones with a value.
    pub zones: Vec<Zone>,
    /// Code and name of zones around them, drawn pale to show where they are.
    pub voisines: Vec<(String, String)>,
    /// Draw only these codes, zoomed in; all if empty.
    pub cadre: Vec<String>,
    /// Format of the values.
    pub format: Format,
    /// What the colour means.
    pub unite: String,
    /// The value's name beside the figure on the map: `bus`.
    pub court: String,
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

/// Round class limits: at most five classes from the smallest to the largest value.
fn classes(valeurs: &[f64]) -> Vec<f64> {
    let max = valeurs.iter().copied().fold(0.0, f64::max);
    let entiers = valeurs.iter().all(|x| x.fract() == 0.0);
    if entiers && max <= 5.0 {
        return (1..=max.max(1.0) as usize).map(|i| i as f64).collect();
    }
    let brut = max / 5.0;
    let puissance = 10f64.powf(brut.log10().floor());
    let pas = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|m| m * puissance)
        .filter(|p| !entiers || p.fract() == 0.0)
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
            .filter_map(|z| z.valeur.number())
            .filter(|x| *x > 0.0)
            .collect()
    }

    /// The key to the colours; returns where it ends.
    fn legende(&self, c: &Canvas<'_>, gauche: f64, haut: f64) -> Result<f64> {
        let petit = Ecriture::new(ENCRE, Ancre::Gauche).taille(PETITE);
        c.texte((gauche, haut), &self.unite, petit.gras())?;
        let bornes = classes(&self.valeurs());
        let entiers = self.valeurs().iter().all(|x| x.fract() == 0.0);
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
        let n = if self.valeurs().is_empty() {
            0
        } else {
            bornes.len()
        };
        for (i, b) in bornes.iter().enumerate().take(n) {
            // Whole numbers: a class ends before the next one begins, and none is a class of its own.
            let (de, un) = match entiers {
                true => (b.max(1.0), 1.0),
                false => (*b, 0.0),
            };
            let dire = |x: f64| formatted(x, self.format);
            let texte = match bornes.get(i + 1).map(|suivante| suivante - un) {
                Some(a) if a <= de => dire(de),
                Some(a) => format!("{} à {}", dire(de), dire(a)),
                None if entiers && self.valeurs().iter().all(|x| *x <= de) => dire(de),
                None => format!("{} et plus", dire(de)),
            };
            case(c, Some(couleur(*b, &bornes)), &texte)?;
        }
        if self.zones.iter().any(|z| z.valeur == Figure::Known(0.0)) {
            case(c, Some(BLANC), "aucun")?;
        }
        if self.zones.iter().any(|z| z.valeur == Figure::Hidden) {
            case(c, None, "non communicable")?;
        }
        if self.zones.iter().any(|z| z.valeur == Figure::Missing) {
            case(c, Some(SANS_DONNEE), "sans donnée")?;
        }
        Ok(y)
    }
}

impl Tracable for Carte {
    fn empechement(&self) -> Option<String> {
        self.zones
            .iter()
            .all(|z| z.valeur == Figure::Missing)
            .then(|| "Carte non tracée : aucune zone n'a de valeur.".into())
    }

    fn alt(&self) -> String {
        let compter = |v: Figure| self.zones.iter().filter(|z| z.valeur == v).count();
        let connues: Vec<(&str, f64)> = self
            .zones
            .iter()
            .filter_map(|z| Some((z.nom.as_str(), z.valeur.number()?)))
            .collect();
        let mut constat = extremes(&connues).map_or_else(String::new, |(_, (nom, x))| {
            format!("Le plus en {nom} ({})", formatted(x, self.format))
        });
        for (n, quoi) in [
            (compter(Figure::Known(0.0)), "aucun dans"),
            (compter(Figure::Missing), "sans donnée dans"),
        ] {
            let s = if n > 1 { "s" } else { "" };
            if n > 0 {
                constat.push_str(&format!(", {quoi} {n} zone{s}"));
            }
        }
        let liste = self
            .zones
            .iter()
            .filter(|z| z.valeur.number().is_some())
            .map(|z| {
                let detail = z
                    .detail
                    .as_ref()
                    .map_or_else(String::new, |d| format!(", {d}"));
                format!("{} {}{detail}", z.nom, z.valeur.text(self.format))
            })
            .collect();
        format!(
            "{constat}. Carte, {} : {}.",
            self.unite,
            enumerer(liste, compter(Figure::Hidden))
        )
    }

    fn dessin(&self, largeur: f64) -> Result<String> {
        let contours = contours(self.maille)?;
        let montre = |code: &str| self.cadre.is_empty() || self.cadre.iter().any(|c| c == code);
        let (a, b) = bornes(
            contours
                .iter()
                .filter(|(k, _)| montre(k))
                .flat_map(|(_, r)| r),
        );
        let (large, haute) = ((b.0 - a.0).max(1.0), (b.1 - a.1).max(1.0));
        let dispo = largeur - 150.0;
        let entiere = self.cadre.is_empty();
        let hauteur = if entiere { 345.0 } else { 250.0 };
        let echelle = (dispo / large).min((hauteur - 12.0) / haute);
        // Under the whole country there is a line of names, those of the overseas zones.
        let pied = if entiere { 30.0 } else { 0.0 };
        let hauteur = (haute * echelle + 12.0 + pied).max(150.0);
        let place = |p: &Point| (4.0 + (p.0 - a.0) * echelle, 6.0 + (p.1 - a.1) * echelle);
        let limites = classes(&self.valeurs());
        let mut etiquettes = Vec::new();
        for (code, anneaux) in contours.iter().filter(|(k, _)| montre(k)) {
            let zone = self.zones.iter().find(|z| z.code == *code);
            let anneaux: Vec<Vec<Point>> = anneaux
                .iter()
                .map(|anneau| anneau.iter().map(place).collect())
                .collect();
            let fond = match zone.map(|z| z.valeur) {
                Some(Figure::Known(x)) if x > 0.0 => Some(couleur(x, &limites)),
                Some(Figure::Hidden) => None,
                Some(Figure::Known(_)) | None => Some(BLANC),
                Some(Figure::Missing) => Some(SANS_DONNEE),
            };
            etiquettes.push((zone, anneaux, fond));
        }
        let gauche = largeur - 138.0;
        let suite = self.colonne(&etiquettes, entiere);
        let besoin = 12.0 + 13.0 * 9.0 + 20.0 * suite.len() as f64;
        let hauteur = if suite.is_empty() {
            hauteur
        } else {
            hauteur.max(besoin)
        };
        dessiner(largeur, hauteur, |c| {
            for (zone, anneaux, fond) in &etiquettes {
                for trace in anneaux {
                    match fond {
                        Some(f) => c.polygone(trace, *f)?,
                        None => c.hachures(trace, HACHURE, 4.0)?,
                    }
                    let trait_ = if zone.is_some() { GRIS } else { GRILLE };
                    c.contour(trace, trait_, 0.4)?;
                }
            }
            for (code, nom) in &self.voisines {
                if let Some(anneaux) = contours.get(code) {
                    let anneaux: Vec<Vec<Point>> = anneaux
                        .iter()
                        .map(|anneau| anneau.iter().map(place).collect())
                        .collect();
                    if let Some((p, lignes)) = self.tient(nom, &anneaux) {
                        c.lignes(p, &lignes, Ecriture::new(GRIS, Ancre::Milieu).taille(NOM))?;
                    }
                }
            }
            for (zone, anneaux, fond) in &etiquettes {
                if let Some(zone) = zone.filter(|z| !entiere || z.valeur != Figure::Missing) {
                    self.nommer(c, zone, anneaux, *fond, entiere)?;
                }
            }
            let mut y = self.legende(c, gauche, 12.0)? + 6.0;
            let petit = Ecriture::new(ENCRE, Ancre::Gauche).taille(PETITE);
            for zone in suite {
                c.texte((gauche, y), &zone.nom, petit.gras())?;
                c.texte((gauche, y + 9.0), &self.chiffres(zone), petit)?;
                y += 21.0;
            }
            Ok(())
        })
    }
}

/// A zone, its outlines on the page, and what fills them (nothing: hatched).
type Etiquette<'z> = (Option<&'z Zone>, Vec<Vec<Point>>, Option<RGBColor>);

/// Codes of régions and départements overseas, whose outlines stand in a row at the foot of the map.
fn outre_mer(code: &str, maille: Maille) -> bool {
    match maille {
        Maille::Region => matches!(code, "01" | "02" | "03" | "04" | "06"),
        Maille::Departement => code.len() == 3,
    }
}

impl Carte {
    /// `8 bus, 42 arrêts`.
    fn chiffres(&self, zone: &Zone) -> String {
        let valeur = format!("{} {}", zone.valeur.text(self.format), self.court);
        match &zone.detail {
            Some(detail) => format!("{valeur}, {detail}"),
            None => valeur,
        }
    }

    /// Zones too narrow for a name: it goes beside the map, its figure stays inside.
    fn colonne<'z>(&self, etiquettes: &[Etiquette<'z>], entiere: bool) -> Vec<&'z Zone> {
        etiquettes
            .iter()
            .filter_map(|(zone, anneaux, _)| {
                let zone = (*zone)?;
                let dehors = entiere && (outre_mer(&zone.code, self.maille) || zone.code == "94");
                let muette = entiere && zone.valeur == Figure::Missing;
                (!dehors && !muette && self.tient(&zone.nom, anneaux).is_none()).then_some(zone)
            })
            .collect()
    }

    /// The lines of a name that fit inside a zone above a figure, with their middle; nothing if they do not.
    fn tient(&self, nom: &str, anneaux: &[Vec<Point>]) -> Option<(Point, Vec<String>)> {
        let anneau = principal(anneaux)?;
        let (milieu, large, haute) = place_dans(anneau)?;
        let nom = plier(nom, NOM, large - 4.0, 2);
        let coupe = nom.iter().any(|l| l.ends_with('…'));
        let tient = haute >= 9.0 * (nom.len() + 1) as f64 + 4.0;
        (!coupe && tient).then_some((milieu, nom))
    }

    /// Name and figures of a zone, inside it where there is room.
    fn nommer(
        &self,
        c: &Canvas<'_>,
        zone: &Zone,
        anneaux: &[Vec<Point>],
        fond: Option<RGBColor>,
        entiere: bool,
    ) -> Result<()> {
        let Some(anneau) = principal(anneaux) else {
            return Ok(());
        };
        let valeur = zone.valeur.text(self.format);
        let encre = Ecriture::new(ENCRE, Ancre::Milieu);
        let (haut, bas) = bornes(anneaux.iter());
        if entiere && outre_mer(&zone.code, self.maille) {
            let x = (haut.0 + bas.0) / 2.0;
            c.texte((x, bas.1 + 8.0), &zone.nom, encre.taille(NOM))?;
            c.texte((x, bas.1 + 17.0), &valeur, encre.gras())?;
            return c.texte(
                (x, bas.1 + 26.0),
                zone.detail.as_deref().unwrap_or_default(),
                encre.taille(NOM),
            );
        }
        let dehors = entiere && zone.code == "94";
        let (p, nom, encre) = if dehors {
            // Room in the sea, at the left of Corse.
            let p = (haut.0 - 24.0, (haut.1 + bas.1) / 2.0);
            (p, vec![zone.nom.clone()], encre)
        } else {
            let sur = encre_sur(fond.unwrap_or(BLANC));
            let encre = Ecriture {
                couleur: sur,
                ..encre
            };
            match self.tient(&zone.nom, anneaux) {
                Some((p, nom)) => (p, nom, encre),
                None => {
                    let p = place_dans(anneau).map_or_else(|| centre(anneau), |(p, _, _)| p);
                    return c.texte(p, &valeur, encre.gras());
                }
            }
        };
        let detail = zone.detail.as_deref().filter(|_| {
            dehors
                || place_dans(anneau).is_some_and(|(_, large, haute)| {
                    let texte = zone.detail.as_deref().unwrap_or_default();
                    haute >= 9.0 * (nom.len() + 2) as f64 + 4.0
                        && largeur_texte(texte, NOM) + 4.0 <= large
                })
        });
        let lignes = nom.len() + 1 + usize::from(detail.is_some());
        let mut y = p.1 - 9.0 * (lignes as f64 - 1.0) / 2.0;
        if fond.is_none() && !dehors {
            let demi = nom
                .iter()
                .map(|l| largeur_texte(l, NOM))
                .fold(0.0, f64::max)
                / 2.0
                + 3.0;
            let bord = 9.0 * lignes as f64 / 2.0 + 2.0;
            c.plein((p.0 - demi, p.1 - bord), (p.0 + demi, p.1 + bord), BLANC)?;
        }
        for ligne in &nom {
            c.texte((p.0, y), ligne, encre.taille(NOM))?;
            y += 9.0;
        }
        c.texte((p.0, y), &valeur, encre.gras())?;
        match detail {
            Some(detail) => c.texte((p.0, y + 9.0), detail, encre.taille(NOM)),
            None => Ok(()),
        }
    }
}

/// Size of the names on the map.
const NOM: f64 = 6.8;

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

    fn zone(code: &str, nom: &str, valeur: Figure, arrets: u32) -> Zone {
        Zone {
            code: code.into(),
            nom: nom.into(),
            valeur,
            detail: (arrets > 0).then(|| format!("{arrets} arrêts")),
        }
    }

    fn carte(maille: Maille, zones: Vec<Zone>, zoom: bool) -> Carte {
        Carte {
            maille,
            cadre: match zoom {
                true => zones.iter().map(|z| z.code.clone()).collect(),
                false => Vec::new(),
            },
            zones,
            voisines: Vec::new(),
            format: Format::Integer,
            unite: "médicobus en service".into(),
            court: "bus".into(),
        }
    }

    #[test]
    fn a_hidden_zone_is_hatched_and_told() {
        let zones = vec![
            zone("61", "Orne", Figure::Hidden, 0),
            zone("27", "Eure", Figure::Known(3.0), 12),
        ];
        let carte = carte(Maille::Departement, zones, true);
        assert!(carte.alt().starts_with("Le plus en Eure (3)"));
        assert!(carte.alt().contains("1 valeur non communicable"));
        let svg = carte.dessin(470.0).unwrap();
        assert!(svg.contains("non communicable") && svg.contains("12 arrêts"));
    }

    #[test]
    fn none_and_unknown_are_two_things() {
        let zones = vec![
            zone("28", "Normandie", Figure::Known(5.0), 40),
            zone("53", "Bretagne", Figure::Known(0.0), 0),
            zone("84", "Auvergne-Rhône-Alpes", Figure::Missing, 0),
        ];
        let tous = carte(Maille::Region, zones.clone(), false);
        let svg = tous.dessin(470.0).unwrap();
        assert!(svg.contains("aucun") && svg.contains("sans donnée"));
        assert!(
            tous.alt()
                .contains("aucun dans 1 zone, sans donnée dans 1 zone")
        );
        let connus = carte(Maille::Region, zones[..2].to_vec(), false);
        assert!(!connus.dessin(470.0).unwrap().contains("sans donnée"));
        // Whole numbers: classes that do not overlap.
        let entiers = [("28", 7.0), ("44", 3.0), ("84", 12.0)]
            .map(|(code, n)| zone(code, code, Figure::Known(n), 0))
            .to_vec();
        let svg = carte(Maille::Region, entiers, false).dessin(470.0).unwrap();
        assert!(svg.contains("5 à 9") && svg.contains("10 et plus"), "{svg}");
        // Nobody told anything: a sentence, no map.
        assert!(
            carte(Maille::Region, zones[2..].to_vec(), false)
                .empechement()
                .is_some()
        );
    }

    /// Every région can be named: inside, under it or beside the map, never cut.
    #[test]
    fn every_zone_has_its_name_and_figures_on_the_map() {
        let noms = [
            ("01", "Guadeloupe"),
            ("02", "Martinique"),
            ("03", "Guyane"),
            ("04", "La Réunion"),
            ("06", "Mayotte"),
            ("11", "Île-de-France"),
            ("24", "Centre-Val de Loire"),
            ("27", "Bourgogne-Franche-Comté"),
            ("28", "Normandie"),
            ("32", "Hauts-de-France"),
            ("44", "Grand Est"),
            ("52", "Pays de la Loire"),
            ("53", "Bretagne"),
            ("75", "Nouvelle-Aquitaine"),
            ("76", "Occitanie"),
            ("84", "Auvergne-Rhône-Alpes"),
            ("93", "Provence-Alpes-Côte d'Azur"),
            ("94", "Corse"),
        ];
        let zones: Vec<Zone> = noms
            .iter()
            .zip(11..)
            .map(|((code, nom), n)| zone(code, nom, Figure::Known(f64::from(n)), n as u32 * 10))
            .collect();
        let svg = carte(Maille::Region, zones, false).dessin(470.0).unwrap();
        assert!(!svg.contains('…'));
        for (i, (_, nom)) in noms.iter().enumerate() {
            let premier = nom.split_inclusive([' ', '-']).next().unwrap().trim();
            assert!(svg.contains(premier), "{nom}");
            assert!(svg.contains(&format!("\n{}\n", 11 + i)), "figure of {nom}");
        }
        // Paris and its neighbours have no room for a name: it stands beside the map.
        let petites = [
            ("75", "Paris"),
            ("92", "Hauts-de-Seine"),
            ("77", "Seine-et-Marne"),
        ]
        .map(|(code, nom)| zone(code, nom, Figure::Known(2.0), 8))
        .to_vec();
        let svg = carte(Maille::Departement, petites, true)
            .dessin(470.0)
            .unwrap();
        assert!(svg.contains("2 bus, 8 arrêts"), "names beside the map");
    }
}
