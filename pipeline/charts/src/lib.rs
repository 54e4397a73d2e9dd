//! Charts: one house style, direct labels, nothing told by colour alone, a text alternative that states the finding.
//!
//! Every chart is a plain struct made from slices of gated tables ([`super::vue`]); `tracer` turns it into an SVG.
//! A chart that has too little to show says so in words, and a hidden figure is drawn as hidden.

mod anneau;
mod axe;
mod canvas;
pub mod style;

pub mod barres;
pub mod carte;
pub mod classement;
pub mod entonnoir;
pub mod evenement;
pub mod haltere;
pub mod intervalles;
pub mod ligne;
pub mod multiples;
pub mod pyramide;

use base::error::Result;

/// A chart in a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// Name of its file, without extension.
    pub id: String,
    /// Title above it.
    pub titre: String,
    /// The drawing; `None` when there was too little to draw, `alt` then says so.
    pub svg: Option<String>,
    /// What the chart shows, in words.
    pub alt: String,
}

/// Something that can be drawn.
pub trait Tracable {
    /// Why it cannot be drawn, if it cannot.
    fn empechement(&self) -> Option<String>;

    /// What it shows, in words.
    fn alt(&self) -> String;

    /// The SVG text, `largeur` points wide.
    ///
    /// # Errors
    /// If the drawing backend fails.
    fn dessin(&self, largeur: f64) -> Result<String>;

    /// The chart `largeur` points wide, or the sentence that stands for it. A chart is drawn at the width at which it
    /// is printed: scaled down, its letters would be too small to read.
    ///
    /// # Errors
    /// If the drawing backend fails.
    fn chart(&self, id: &str, titre: &str, largeur: f64) -> Result<Chart> {
        let (svg, alt) = match self.empechement() {
            Some(motif) => (None, motif),
            None => (Some(self.dessin(largeur)?), self.alt()),
        };
        Ok(Chart {
            id: id.to_string(),
            titre: titre.to_string(),
            svg,
            alt: base::french::typography(&alt),
        })
    }
}

/// A figure and what it is the figure of.
type Nomme<'n> = (&'n str, f64);

/// Lowest and highest of named figures; the first one wins a tie.
fn extremes<'n>(figures: &[Nomme<'n>]) -> Option<(Nomme<'n>, Nomme<'n>)> {
    let bas = figures
        .iter()
        .copied()
        .reduce(|a, b| if b.1 < a.1 { b } else { a })?;
    let haut = figures
        .iter()
        .copied()
        .reduce(|a, b| if b.1 > a.1 { b } else { a })?;
    Some((bas, haut))
}

/// `X, 12 %, à Y, 34 %` as a sentence that opens a text alternative: what stands out, before the enumeration.
fn etendue(quoi: &str, figures: &[(&str, f64)], dire: impl Fn(f64) -> String) -> String {
    match extremes(figures) {
        None => String::new(),
        Some((bas, haut)) if bas.1 == haut.1 && figures.len() > 1 => {
            format!("{quoi} : {} partout. ", dire(haut.1))
        }
        Some((_, haut)) if figures.len() == 1 => {
            format!("{quoi} : {}, {}. ", haut.0, dire(haut.1))
        }
        Some((bas, haut)) => format!(
            "{quoi} : de {} ({}) à {} ({}). ",
            dire(bas.1),
            bas.0,
            dire(haut.1),
            haut.0
        ),
    }
}

/// Joins the figures of a text alternative and says how many were hidden.
fn enumerer(elements: Vec<String>, caches: usize) -> String {
    let mut texte = elements.join(" ; ");
    if caches > 0 {
        let s = if caches > 1 { "s" } else { "" };
        texte.push_str(&format!(" ; {caches} valeur{s} non communicable{s}"));
    }
    texte
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use base::definition::Format;
    use base::french::Figure::{self, Hidden, Known, Missing};

    fn barres(valeurs: &[Figure]) -> barres::Barres {
        barres::Barres {
            barres: valeurs
                .iter()
                .map(|v| barres::Barre {
                    libelle: "Orne".into(),
                    valeur: *v,
                    precedente: Missing,
                    secondaire: false,
                })
                .collect(),
            format: Format::Integer,
            comparaison: None,
            reference: None,
        }
    }

    fn carte(valeurs: &[Figure]) -> carte::Carte {
        carte::Carte {
            maille: carte::Maille::Departement,
            zones: valeurs
                .iter()
                .map(|v| carte::Zone {
                    code: "61".into(),
                    nom: "Orne".into(),
                    valeur: *v,
                    detail: None,
                })
                .collect(),
            voisines: Vec::new(),
            cadre: vec!["61".into()],
            format: Format::Integer,
            unite: "médicobus".into(),
            court: "bus".into(),
        }
    }

    fn classement(valeurs: &[Figure]) -> classement::Classement {
        classement::Classement {
            estimations: valeurs
                .iter()
                .map(|v| classement::Estimation {
                    libelle: "Orne".into(),
                    valeur: *v,
                    intervalle: Some((1.0, 9.0)),
                })
                .collect(),
            reference: Some(("France".into(), 10.0)),
            format: Format::Percent,
            note: String::new(),
        }
    }

    fn entonnoir(n: usize) -> entonnoir::Entonnoir {
        let limite = |effectif: f64| entonnoir::Limite {
            effectif,
            interieure: (5.0, 15.0),
            exterieure: (2.0, 18.0),
        };
        entonnoir::Entonnoir {
            zones: (0..n)
                .map(|i| entonnoir::Zone {
                    nom: format!("Zone {i}"),
                    effectif: 100.0 * (i + 1) as f64,
                    taux: 10.0,
                    hors: i == 0,
                })
                .collect(),
            limites: vec![limite(50.0), limite(400.0)],
            centre: 10.0,
            format: Format::Percent,
            unite: "patients".into(),
        }
    }

    fn evenement(distances: std::ops::Range<i32>) -> evenement::Evenement {
        evenement::Evenement {
            moments: distances
                .map(|distance| evenement::Moment {
                    distance,
                    effet: 1.0,
                    intervalle: (0.5, 1.5),
                    bande: (0.2, 1.8),
                })
                .collect(),
            format: Format::Points,
            unite: "points".into(),
            pas: "trimestre".into(),
        }
    }

    fn halteres(valeurs: &[Figure]) -> haltere::Halteres {
        haltere::Halteres {
            paires: valeurs
                .iter()
                .map(|v| haltere::Paire {
                    libelle: "Orne".into(),
                    avant: Known(4.0),
                    apres: *v,
                    note: String::new(),
                })
                .collect(),
            dates: ("2024".into(), "2025".into()),
            format: Format::Percent,
        }
    }

    fn intervalles(valeurs: &[Figure]) -> intervalles::Intervalles {
        intervalles::Intervalles {
            rangs: valeurs
                .iter()
                .map(|v| intervalles::Rang {
                    libelle: "Orne".into(),
                    q1: *v,
                    mediane: *v,
                    q3: *v,
                    d9: *v,
                    ancien: false,
                })
                .collect(),
            unite: "jours".into(),
        }
    }

    fn lignes(valeurs: &[Figure]) -> ligne::Lignes {
        ligne::Lignes {
            pas: valeurs.iter().map(|_| "janv.".to_string()).collect(),
            series: vec![ligne::Serie {
                nom: "2025".into(),
                valeurs: valeurs.to_vec(),
                principale: true,
            }],
            format: Format::Integer,
            unite: "consultations".into(),
        }
    }

    fn multiples(valeurs: &[Figure]) -> multiples::Multiples {
        multiples::Multiples {
            panneaux: vec![multiples::Panneau {
                nom: "Normandie".into(),
                valeurs: valeurs.to_vec(),
            }],
            reference: None,
            bornes: ("janv.".into(), "déc.".into()),
            format: Format::Decimal1,
            unite: "consultations par jour".into(),
        }
    }

    fn pyramide(valeurs: &[Figure]) -> pyramide::Pyramide {
        pyramide::Pyramide {
            tranches: valeurs
                .iter()
                .map(|v| pyramide::Tranche {
                    libelle: "70-79".into(),
                    femmes: *v,
                    hommes: Missing,
                })
                .collect(),
            format: Format::Integer,
            unite: "patients".into(),
        }
    }

    /// Too little data: a sentence and no drawing. Enough: a drawing whose text opens with a figure of the data.
    #[test]
    fn every_chart_says_that_it_has_too_little_and_what_it_found() {
        let (peu, assez) = ([Hidden, Missing], [Known(7.0), Known(12.0), Hidden]);
        type Cas = (&'static str, Box<dyn Tracable>, Box<dyn Tracable>);
        let cas: Vec<Cas> = vec![
            ("barres", Box::new(barres(&peu)), Box::new(barres(&assez))),
            (
                "carte",
                Box::new(carte(&[Missing])),
                Box::new(carte(&[Known(12.0)])),
            ),
            (
                "classement",
                Box::new(classement(&peu)),
                Box::new(classement(&assez)),
            ),
            ("entonnoir", Box::new(entonnoir(2)), Box::new(entonnoir(3))),
            (
                "evenement",
                Box::new(evenement(-3..0)),
                Box::new(evenement(-3..3)),
            ),
            (
                "halteres",
                Box::new(halteres(&peu)),
                Box::new(halteres(&assez)),
            ),
            (
                "intervalles",
                Box::new(intervalles(&peu)),
                Box::new(intervalles(&assez)),
            ),
            ("lignes", Box::new(lignes(&peu)), Box::new(lignes(&assez))),
            (
                "multiples",
                Box::new(multiples(&peu)),
                Box::new(multiples(&assez)),
            ),
            (
                "pyramide",
                Box::new(pyramide(&peu)),
                Box::new(pyramide(&assez)),
            ),
        ];
        for (nom, peu, assez) in cas {
            let chart = peu.chart(nom, "", style::LARGEUR).unwrap();
            assert_eq!(chart.svg, None, "{nom}");
            assert!(chart.alt.contains("non tracé"), "{nom}: {}", chart.alt);
            let chart = assez.chart(nom, "", style::LARGEUR).unwrap();
            assert!(chart.svg.unwrap().contains("<svg"), "{nom}");
            if !matches!(nom, "entonnoir" | "evenement" | "lignes") {
                let debut = chart.alt.split(". ").next().unwrap_or_default();
                assert!(
                    debut.contains("12"),
                    "{nom}: the finding comes first: {}",
                    chart.alt
                );
            }
        }
    }

    #[test]
    fn a_label_of_eighty_letters_stays_inside_every_chart() {
        let nom =
            "Médicobus de la communauté de communes du Pays de Saint-Aubin-sur-Mer et environs";
        assert!(nom.chars().count() >= 80);
        let mut b = barres(&[Known(7.0), Known(12.0)]);
        b.barres[0].libelle = nom.into();
        let mut h = halteres(&[Known(7.0)]);
        h.paires[0].libelle = nom.into();
        let mut c = classement(&[Known(7.0), Known(8.0)]);
        c.estimations[0].libelle = nom.into();
        let mut i = intervalles(&[Known(7.0)]);
        i.rangs[0].libelle = nom.into();
        let texte = regex::Regex::new(
            r#"(?s)<text x="(\d+)" y="\d+"[^>]*text-anchor="(\w+)"[^>]*font-size="([\d.]+)"[^>]*>\s*(.*?)\s*</text>"#,
        )
        .unwrap();
        for largeur in [228.0, 470.0] {
            for trace in [&b as &dyn Tracable, &h, &c, &i] {
                let svg = trace.dessin(largeur).unwrap();
                let mut vus = 0;
                for t in texte.captures_iter(&svg) {
                    let x: f64 = t[1].parse::<f64>().unwrap() / 10.0;
                    let taille: f64 = t[3].parse::<f64>().unwrap() / 10.0;
                    let long = style::largeur_texte(&t[4], taille);
                    let (gauche, droite) = match &t[2] {
                        "end" => (x - long, x),
                        "middle" => (x - long / 2.0, x + long / 2.0),
                        _ => (x, x + long),
                    };
                    assert!(
                        gauche > -1.0 && droite < largeur + 8.0,
                        "{largeur}: {}",
                        &t[4]
                    );
                    vus += 1;
                }
                assert!(vus > 3, "{svg}");
                assert!(svg.contains("Médicobus de la"));
            }
        }
    }
}
