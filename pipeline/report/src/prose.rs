//! Automatic sentences: minijinja templates of `report_templates/phrases/`, given gated figures only.
//!
//! A sentence states a level and, where both years are known, the change; a change with an interval that holds zero is
//! said to be uncertain (the macros of `phrases/macros.j2` see to it). A hidden figure is said « non communicable ».

use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

use super::gabarits::Gabarits;
use super::vue::Ligne;
use base::definition::Format;
use base::error::{Error, Result};
use base::french::Figure;
use base::french::{self as format, capitalized, typography};
use disclosure::Cell;
use stats::Interval;

/// A figure as a sentence sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fait {
    /// Formatted, `non communicable` or `inconnu`.
    pub texte: String,
    /// The number, if known.
    pub valeur: Option<f64>,
    /// True when it is neither hidden nor absent.
    pub connu: bool,
    /// True when statistical secrecy hides it.
    pub cache: bool,
}

impl Fait {
    /// A gated cell.
    pub fn new(cellule: &Cell, format: Format) -> Self {
        match cellule {
            Cell::Hidden => Self {
                texte: "non communicable".into(),
                valeur: None,
                connu: false,
                cache: true,
            },
            Cell::Open(base::table::Value::Null) => Self::inconnu(),
            Cell::Open(v) => Self {
                texte: format::value(v, format),
                valeur: v.as_f64(),
                connu: true,
                cache: false,
            },
        }
    }

    /// A figure that does not exist.
    pub fn inconnu() -> Self {
        Self {
            texte: "inconnu".into(),
            valeur: None,
            connu: false,
            cache: false,
        }
    }

    /// Every column of a row.
    pub fn ligne(ligne: Option<&Ligne<'_>>, colonnes: &[String]) -> BTreeMap<String, Fait> {
        colonnes
            .iter()
            .map(|nom| {
                let fait = ligne
                    .and_then(|l| l.cellule(nom))
                    .map_or_else(Self::inconnu, |(colonne, cellule)| {
                        Self::new(cellule, colonne.format)
                    });
                (nom.clone(), fait)
            })
            .collect()
    }
}

/// A change and what is known of its chance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ecart {
    /// Formatted with its sign.
    pub texte: String,
    /// The change.
    pub valeur: f64,
    /// Lower limit, formatted.
    pub bas: String,
    /// Upper limit, formatted.
    pub haut: String,
    /// True when the interval leaves zero out.
    pub net: bool,
}

impl Ecart {
    /// From an interval in the unit of `format`.
    pub fn new(intervalle: Interval, format: Format) -> Self {
        Self {
            texte: format::formatted(intervalle.estimate, format),
            valeur: intervalle.estimate,
            bas: format::formatted(intervalle.lower, format),
            haut: format::formatted(intervalle.upper, format),
            net: !intervalle.contains(0.0),
        }
    }
}

/// The engine that renders sentences.
pub struct Prose {
    moteur: Environment<'static>,
}

impl Prose {
    /// Reads every `phrases/*.j2` of the templates.
    ///
    /// # Errors
    /// `Usage` with file and line if a template is wrong.
    pub fn new(gabarits: &Gabarits) -> Result<Self> {
        let mut moteur = Environment::new();
        moteur.set_undefined_behavior(UndefinedBehavior::Strict);
        moteur.set_auto_escape_callback(|_| AutoEscape::None);
        moteur.set_syntax(
            SyntaxConfig::builder()
                .trim_blocks(true)
                .lstrip_blocks(true)
                .build()
                .map_err(|e| fautif(&e))?,
        );
        moteur.add_filter("nombre", |x: f64, decimales: Option<usize>| {
            format::number(x, decimales.unwrap_or(0))
        });
        moteur.add_filter("signe", |x: f64, decimales: Option<usize>| {
            format::signed(x, decimales.unwrap_or(0))
        });
        moteur.add_filter("pourcent", format::percent);
        moteur.add_filter("points", format::points);
        moteur.add_filter("jours", format::days);
        moteur.add_filter("date", date);
        moteur.add_filter("periode", |cle: String| format::period(&cle));
        moteur.add_filter("pluriel", pluriel);
        moteur.add_filter("lettres", lettres);
        moteur.add_filter("capitale", |texte: String| capitalized(&texte));
        moteur.add_filter("uneligne", |texte: String| {
            let lignes: Vec<&str> = texte
                .lines()
                .map(str::trim)
                .filter(|l| !l.is_empty())
                .collect();
            lignes.join(" ")
        });
        for (chemin, octets) in gabarits.fichiers() {
            let Some(nom) = chemin
                .strip_prefix("phrases/")
                .filter(|n| n.ends_with(".j2"))
            else {
                continue;
            };
            let source = String::from_utf8(octets.clone()).map_err(|_| {
                Error::usage(format!("report_templates/{chemin} n'est pas en UTF-8"))
            })?;
            moteur
                .add_template_owned(nom.to_string(), source)
                .map_err(|e| fautif(&e))?;
        }
        Ok(Self { moteur })
    }

    /// Sentences of a template: one per non-empty line. None if there is no such template.
    ///
    /// # Errors
    /// `Usage` with file and line if the template fails.
    pub fn phrases(&self, nom: &str, contexte: &impl Serialize) -> Result<Vec<String>> {
        let Ok(modele) = self.moteur.get_template(nom) else {
            return Ok(Vec::new());
        };
        let texte = modele
            .render(pour_phrase(contexte))
            .map_err(|e| fautif(&e))?;
        Ok(texte
            .lines()
            .map(|l| l.resserre())
            .filter(|l| !l.is_empty())
            .map(|l| typography(&l))
            .collect())
    }
}

/// Anything serialisable as a value of a sentence's context.
pub fn pour_phrase(valeur: impl Serialize) -> minijinja::Value {
    minijinja::Value::from(minijinja::value::Serde(valeur))
}

/// Runs of ordinary spaces become one; no-break spaces stay.
trait Resserrer {
    fn resserre(&self) -> String;
}

impl Resserrer for str {
    fn resserre(&self) -> String {
        self.split([' ', '\t'])
            .filter(|m| !m.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

fn fautif(erreur: &minijinja::Error) -> Error {
    let fichier = erreur.name().unwrap_or("?");
    let ligne = erreur
        .line()
        .map_or_else(String::new, |l| format!(", ligne {l}"));
    let detail = erreur
        .detail()
        .map_or_else(|| erreur.kind().to_string(), ToString::to_string);
    Error::usage(format!("modèle de phrase phrases/{fichier}{ligne} : {detail}"))
        .hint("comparez avec le fichier du même nom dans report_templates/phrases/ ; un nom inconnu est souvent une faute de frappe")
}

/// `2025-12-31` → `31 décembre 2025`.
fn date(iso: String) -> String {
    iso.parse::<chrono::NaiveDate>()
        .map_or(iso, format::long_date)
}

/// `2|pluriel("patient")` → `patients`; a plural of its own can be given. French: 0 and 1 are singular.
fn pluriel(n: f64, singulier: String, pluriel: Option<String>) -> String {
    if n.abs() < 2.0 {
        singulier
    } else {
        pluriel.unwrap_or_else(|| format!("{singulier}s"))
    }
}

/// Whole numbers up to twelve in letters, as French prose wants; masculine, `e` for the feminine of one.
fn lettres(n: f64, feminin: Option<bool>) -> String {
    const MOTS: [&str; 13] = [
        "aucun", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix",
        "onze", "douze",
    ];
    let entier = n.round();
    if (n - entier).abs() > 1e-9 || !(0.0..=12.0).contains(&entier) {
        return format::number(n, if n.fract() == 0.0 { 0 } else { 1 });
    }
    let mot = MOTS[entier as usize];
    if feminin == Some(true) && entier <= 1.0 {
        format!("{mot}e")
    } else {
        mot.to_string()
    }
}

/// The figure of a value that was computed from gated figures.
pub fn fait(valeur: Figure, format: Format) -> Fait {
    match valeur {
        Figure::Known(x) => Fait {
            texte: format::formatted(x, format),
            valeur: Some(x),
            connu: true,
            cache: false,
        },
        Figure::Hidden => Fait {
            texte: "non communicable".into(),
            valeur: None,
            connu: false,
            cache: true,
        },
        Figure::Missing => Fait::inconnu(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn every_published_template_compiles() {
        Prose::new(&Gabarits::charger(None).unwrap()).unwrap();
    }

    #[test]
    fn an_uncertain_change_is_never_claimed() {
        let prose = Prose::new(&Gabarits::charger(None).unwrap()).unwrap();
        let modele =
            "{% from 'macros.j2' import part %}{{ part('la part', apres, avant, ecart, 2024) }}";
        let dire = |bas: f64, haut: f64| {
            let intervalle = Interval {
                estimate: (bas + haut) / 2.0,
                lower: bas,
                upper: haut,
            };
            let contexte = minijinja::context! {
                apres => pour_phrase(fait(Figure::Known(31.2), Format::Percent)),
                avant => pour_phrase(fait(Figure::Known(33.5), Format::Percent)),
                ecart => pour_phrase(Ecart::new(intervalle, Format::Points)),
            };
            prose.moteur.render_str(modele, contexte).unwrap()
        };
        assert!(dire(-4.0, -0.6).contains("recule"));
        let incertain = dire(-4.0, 0.6);
        assert!(
            !incertain.contains("recule") && incertain.contains("ne permet pas"),
            "{incertain}"
        );
    }

    #[test]
    fn a_broken_template_names_its_file_and_line() {
        let gabarits = Gabarits::charger(None).unwrap();
        let prose = Prose::new(&gabarits).unwrap();
        let erreur = fautif(
            &prose
                .moteur
                .render_str("\n{{ rien.du_tout }}", ())
                .unwrap_err(),
        );
        assert!(erreur.message().contains("ligne 2"), "{erreur}");
    }

    #[test]
    fn small_numbers_are_words() {
        assert_eq!(lettres(8.0, None), "huit");
        assert_eq!(lettres(1.0, Some(true)), "une");
        assert_eq!(lettres(13.0, None), "13");
        assert_eq!(pluriel(1.5, "jour".into(), None), "jour");
    }

    fn compte(n: f64) -> minijinja::Value {
        pour_phrase(fait(Figure::Known(n), Format::Integer))
    }

    /// 0, 1 and 2 are said as French says them.
    #[test]
    fn none_one_and_two_agree_with_their_verb() {
        let prose = Prose::new(&Gabarits::charger(None).unwrap()).unwrap();
        let dire = |n: f64| {
            let zone = crate::model::Zone::region("28", "Normandie");
            let d = minijinja::context! {
                labellises => compte(n), en_service => compte(n), mis_en_service => compte(n), arretes => compte(n),
            };
            let inconnu = || pour_phrase(Fait::inconnu());
            let s = minijinja::context! {
                medicobus_actifs => compte(n), medicobus_actifs_precedent => compte(2.0),
                jours_sortie => compte(n), jours_sortie_precedent => compte(1.0),
                consultations => compte(n), consultations_precedent => inconnu(), evolution_consultations => inconnu(),
                patients => compte(n), part_sans_mt => inconnu(), part_sans_mt_precedent => inconnu(),
                delai_median => inconnu(), part_publics_prioritaires => inconnu(),
            };
            let contexte = minijinja::context! {
                zone => pour_phrase(zone), annee => 2025, precedent => 2024, seuil => 11,
                d => d, s => s, ecart_mt => (),
            };
            ["deploiement.j2", "synthese.j2"]
                .map(|modele| prose.phrases(modele, &contexte).unwrap().join(" "))
        };
        let [zero, faits] = dire(0.0);
        assert_eq!(
            zero,
            "À la fin de l’année 2025, aucun médicobus n’est labellisé et aucun n’est en service\u{202f}; \
             aucun n’a été mis en service dans l’année et aucun n’a été arrêté."
        );
        assert_eq!(
            faits,
            "Aucun médicobus n’est sorti en 2025, contre deux en 2024\u{202f}; aucune consultation n’a été honorée."
        );
        let [un, faits] = dire(1.0);
        assert_eq!(
            un,
            "À la fin de l’année 2025, un médicobus est labellisé et un est en service\u{202f}; \
             un a été mis en service dans l’année et un a été arrêté."
        );
        assert_eq!(
            faits,
            "Un médicobus est sorti en 2025, contre deux en 2024, pour 1 jour de sortie\u{202f}; \
             1 consultation a été honorée, pour 1 patient."
        );
        let [deux, faits] = dire(2.0);
        assert!(
            deux.contains("deux médicobus sont labellisés et deux sont en service")
                && deux
                    .ends_with("deux ont été mis en service dans l’année et deux ont été arrêtés."),
            "{deux}"
        );
        assert!(
            faits.starts_with("Deux médicobus sont sortis en 2025, comme en 2024, pour 2 jours")
                && faits.contains("2 consultations ont été honorées, pour 2 patients."),
            "{faits}"
        );
    }

    #[test]
    fn an_equal_level_is_the_same_as_last_year() {
        let prose = Prose::new(&Gabarits::charger(None).unwrap()).unwrap();
        let modele = "{% from 'macros.j2' import niveau %}{{ niveau(apres, avant, 2024) }}";
        let dire = |avant: f64| {
            let contexte = minijinja::context! {
                apres => pour_phrase(fait(Figure::Known(5.0), Format::Days)),
                avant => pour_phrase(fait(Figure::Known(avant), Format::Days)),
            };
            prose
                .moteur
                .render_str(modele, contexte)
                .unwrap()
                .trim()
                .to_string()
        };
        assert_eq!(dire(5.0), "5\u{a0}jours, comme en 2024");
        assert_eq!(dire(6.0), "5\u{a0}jours, contre 6\u{a0}jours en 2024");
    }

    /// Another threshold of secrecy is said everywhere, and the usual one nowhere.
    #[test]
    fn the_threshold_of_secrecy_is_the_one_in_force() {
        let gabarits = Gabarits::charger(None).unwrap();
        let document = crate::essai::document(&gabarits);
        let json = serde_json::to_string(&document.donnees).unwrap();
        assert!(json.contains("moins de 15 patients"), "{json}");
        assert!(json.contains("de 1 à 14 patients") || !json.contains("à 10 patients"));
        assert!(!json.contains("moins de 11"), "{json}");
        let source: String = gabarits
            .fichiers()
            .iter()
            .filter(|(nom, _)| nom.ends_with(".j2") && !nom.contains("evaluation_"))
            .map(|(_, octets)| String::from_utf8_lossy(octets).into_owned())
            .collect();
        assert!(!source.contains("moins de 11"));
    }
}
