//! Automatic sentences: minijinja templates of `report_templates/phrases/`, given gated figures only.
//!
//! A sentence states a level and, where both years are known, the change; a change with an interval that holds zero is
//! said to be uncertain (the macros of `phrases/macros.j2` see to it). A hidden figure is said « non communicable ».

use std::collections::BTreeMap;

use minijinja::{AutoEscape, Environment};
use serde::Serialize;

use super::jinja::{engine, template_error};
use super::slice::SliceRow;
use super::templates::Templates;
use base::definition::Format;
use base::error::Result;
use base::french::Figure;
use base::french::{self as format, capitalized, typography};
use disclosure::Cell;
use stats::Interval;

/// Folder of the sentence templates.
const FOLDER: &str = "phrases/";

/// A figure as a sentence sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fact {
    /// Formatted, `non communicable` or `inconnu`.
    #[serde(rename = "texte")]
    pub text: String,
    /// The number, if known.
    #[serde(rename = "valeur")]
    pub value: Option<f64>,
    /// True when it is neither hidden nor absent.
    #[serde(rename = "connu")]
    pub known: bool,
    /// True when statistical secrecy hides it.
    #[serde(rename = "cache")]
    pub hidden: bool,
}

impl Fact {
    /// A gated cell.
    pub fn new(cell: &Cell, format: Format) -> Self {
        match cell {
            Cell::Hidden => Self::hidden(),
            Cell::Open(base::table::Value::Null) => Self::unknown(),
            Cell::Open(v) => Self::known(format::value(v, format), v.as_f64()),
        }
    }

    fn known(text: String, value: Option<f64>) -> Self {
        Self { text, value, known: true, hidden: false }
    }

    fn hidden() -> Self {
        Self {
            text: "non communicable".into(),
            value: None,
            known: false,
            hidden: true,
        }
    }

    /// A figure that does not exist.
    pub fn unknown() -> Self {
        Self {
            text: "inconnu".into(),
            value: None,
            known: false,
            hidden: false,
        }
    }

    /// Every column of a row.
    pub fn row(row: Option<&SliceRow<'_>>, columns: &[String]) -> BTreeMap<String, Fact> {
        columns
            .iter()
            .map(|name| {
                let fact = row
                    .and_then(|l| l.cell(name))
                    .map_or_else(Self::unknown, |(column, cell)| Self::new(cell, column.format));
                (name.clone(), fact)
            })
            .collect()
    }
}

/// A change and what is known of its chance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Formatted with its sign.
    #[serde(rename = "texte")]
    pub text: String,
    /// The change.
    #[serde(rename = "valeur")]
    pub value: f64,
    /// Lower limit, formatted.
    #[serde(rename = "bas")]
    pub lower: String,
    /// Upper limit, formatted.
    #[serde(rename = "haut")]
    pub upper: String,
    /// True when the interval leaves zero out.
    #[serde(rename = "net")]
    pub clear: bool,
}

impl Change {
    /// From an interval in the unit of `format`.
    pub fn new(interval: Interval, format: Format) -> Self {
        Self {
            text: format::formatted(interval.estimate, format),
            value: interval.estimate,
            lower: format::formatted(interval.lower, format),
            upper: format::formatted(interval.upper, format),
            clear: !interval.contains(0.0),
        }
    }
}

/// The engine that renders sentences.
pub struct Prose {
    engine: Environment<'static>,
}

impl Prose {
    /// Reads every `phrases/*.j2` of the templates.
    ///
    /// # Errors
    /// `Usage` with file and line if a template is wrong.
    pub fn new(templates: &Templates) -> Result<Self> {
        let mut engine = engine(templates, FOLDER, AutoEscape::None)?;
        add_filters(&mut engine);
        Ok(Self { engine })
    }

    /// Sentences of a template: one per non-empty line. None if there is no such template.
    ///
    /// # Errors
    /// `Usage` with file and line if the template fails.
    pub fn sentences(&self, name: &str, context: &impl Serialize) -> Result<Vec<String>> {
        let Ok(template) = self.engine.get_template(name) else {
            return Ok(Vec::new());
        };
        let text =
            template.render(for_sentence(context)).map_err(|e| template_error(FOLDER, &e))?;

        Ok(text
            .lines()
            .map(squeezed)
            .filter(|l| !l.is_empty())
            .map(|l| typography(&l))
            .collect())
    }
}

/// The French forms of numbers, dates and words, as sentence templates call them.
fn add_filters(engine: &mut Environment<'static>) {
    engine.add_filter("nombre", |x: f64, decimals: Option<usize>| {
        format::number(x, decimals.unwrap_or(0))
    });
    engine.add_filter("signe", |x: f64, decimals: Option<usize>| {
        format::signed(x, decimals.unwrap_or(0))
    });

    engine.add_filter("pourcent", format::percent);
    engine.add_filter("points", format::points);
    engine.add_filter("jours", format::days);
    engine.add_filter("date", date);
    engine.add_filter("periode", |key: String| format::period(&key));

    engine.add_filter("pluriel", plural);
    engine.add_filter("nombre", counted);
    engine.add_filter("capitale", |text: String| capitalized(&text));
    engine.add_filter("uneligne", |text: String| {
        let lines = text.lines().map(str::trim).filter(|l| !l.is_empty());
        lines.collect::<Vec<_>>().join(" ")
    });
}

/// Anything serialisable as a value of a sentence's context.
pub fn for_sentence(value: impl Serialize) -> minijinja::Value {
    minijinja::Value::from(minijinja::value::Serde(value))
}

/// Runs of ordinary spaces become one; no-break spaces stay.
fn squeezed(line: &str) -> String {
    let words = line.split([' ', '\t']).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// `2025-12-31` → `31 décembre 2025`.
fn date(iso: String) -> String {
    iso.parse::<chrono::NaiveDate>().map_or(iso, format::long_date)
}

/// `2|pluriel("patient")` → `patients`; a plural of its own can be given. French: 0 and 1 are singular.
fn plural(n: f64, singular: String, plural: Option<String>) -> String {
    if n.abs() < 2.0 {
        singular
    } else {
        plural.unwrap_or_else(|| format!("{singular}s"))
    }
}

/// A count within a sentence: figures, so that two counts of one sentence look alike, and `aucun` for none.
fn counted(n: f64, feminine: Option<bool>) -> String {
    match (n == 0.0, feminine) {
        (true, Some(true)) => "aucune".into(),
        (true, _) => "aucun".into(),
        (false, _) => format::number(n, if n.fract() == 0.0 { 0 } else { 1 }),
    }
}

/// The fact of a value that was computed from gated figures.
pub fn fact(value: Figure, format: Format) -> Fact {
    match value {
        Figure::Known(x) => Fact::known(format::formatted(x, format), Some(x)),
        Figure::Hidden => Fact::hidden(),
        Figure::Missing => Fact::unknown(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_published_template_compiles() {
        Prose::new(&Templates::load(None).unwrap()).unwrap();
    }

    #[test]
    fn an_uncertain_change_is_never_claimed() {
        let prose = Prose::new(&Templates::load(None).unwrap()).unwrap();
        let modele =
            "{% from 'macros.j2' import part %}{{ part('la part', apres, avant, ecart, 2024) }}";
        let dire = |bas: f64, haut: f64| {
            let interval = Interval {
                estimate: (bas + haut) / 2.0,
                lower: bas,
                upper: haut,
            };
            let contexte = minijinja::context! {
                apres => for_sentence(fact(Figure::Known(31.2), Format::Percent)),
                avant => for_sentence(fact(Figure::Known(33.5), Format::Percent)),
                ecart => for_sentence(Change::new(interval, Format::Points)),
            };
            prose.engine.render_str(modele, contexte).unwrap()
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
        let templates = Templates::load(None).unwrap();
        let prose = Prose::new(&templates).unwrap();
        let error = template_error(
            FOLDER,
            &prose.engine.render_str("\n{{ rien.du_tout }}", ()).unwrap_err(),
        );
        assert!(error.message().contains("ligne 2"), "{error}");
    }

    #[test]
    fn a_count_is_a_figure_or_none() {
        assert_eq!(counted(8.0, None), "8");
        assert_eq!(counted(0.0, None), "aucun");
        assert_eq!(counted(0.0, Some(true)), "aucune");
        assert_eq!(counted(13.0, None), "13");
        assert_eq!(plural(1.5, "jour".into(), None), "jour");
    }

    fn compte(n: f64) -> minijinja::Value {
        for_sentence(fact(Figure::Known(n), Format::Integer))
    }

    /// 0, 1 and 2 are said as French says them.
    #[test]
    fn none_one_and_two_agree_with_their_verb() {
        let prose = Prose::new(&Templates::load(None).unwrap()).unwrap();
        let dire = |n: f64| {
            let zone = crate::content::NamedZone::region("28", "Normandie");
            let d = minijinja::context! {
                labellises => compte(n), en_service => compte(n), mis_en_service => compte(n), arretes => compte(n),
            };
            let inconnu = || for_sentence(Fact::unknown());
            let s = minijinja::context! {
                medicobus_actifs => compte(n), medicobus_actifs_precedent => compte(2.0),
                jours_sortie => compte(n), jours_sortie_precedent => compte(1.0),
                consultations => compte(n), consultations_precedent => inconnu(), evolution_consultations => inconnu(),
                patients => compte(n), part_sans_mt => inconnu(), part_sans_mt_precedent => inconnu(),
                delai_median => inconnu(), part_publics_prioritaires => inconnu(),
            };
            let contexte = minijinja::context! {
                zone => for_sentence(zone), annee => 2025, precedent => 2024, seuil => 11, inacheve => false,
                en_annee => "en 2025", fin_annee => "à la fin de l’année 2025", memes_mois => (), constant => (),
                d => d, s => s, e => minijinja::context! {}, ecart_mt => (),
            };
            ["deploiement.j2", "synthese.j2"]
                .map(|modele| prose.sentences(modele, &contexte).unwrap().join(" "))
        };
        let [zero, faits] = dire(0.0);
        assert_eq!(
            zero,
            "# aucun médicobus en service À la fin de l’année 2025, aucun médicobus n’est labellisé et aucun n’est en service\u{202f}; \
             aucun n’a été mis en service dans l’année et aucun n’a été arrêté."
        );
        assert_eq!(
            faits,
            "Aucun médicobus n’est sorti en 2025, contre 2 en 2024\u{202f}; aucune consultation n’a été honorée."
        );
        let [un, faits] = dire(1.0);
        assert_eq!(
            un,
            "# 1 médicobus en service À la fin de l’année 2025, 1 médicobus est labellisé et 1 est en service\u{202f}; \
             1 a été mis en service dans l’année et 1 a été arrêté."
        );
        assert_eq!(
            faits,
            "1 médicobus est sorti en 2025, contre 2 en 2024, pour 1 jour de sortie\u{202f}; \
             1 consultation a été honorée, pour 1 patient."
        );
        let [deux, faits] = dire(2.0);
        assert!(
            deux.contains("2 médicobus sont labellisés et 2 sont en service")
                && deux.ends_with("2 ont été mis en service dans l’année et 2 ont été arrêtés."),
            "{deux}"
        );
        assert!(
            faits.starts_with("2 médicobus sont sortis en 2025, comme en 2024, pour 2 jours")
                && faits.contains("2 consultations ont été honorées, pour 2 patients."),
            "{faits}"
        );
    }

    #[test]
    fn projects_of_a_cpts_agree_with_their_number() {
        let prose = Prose::new(&Templates::load(None).unwrap()).unwrap();
        let dire = |projets: f64, cpts: f64| {
            let contexte = minijinja::context! {
                zone => for_sentence(crate::content::NamedZone::region("28", "Normandie")), annee => 2025,
                inacheve => false, fin_annee => "à la fin de l’année 2025",
                d => minijinja::context! {
                    labellises => compte(4.0), en_service => compte(4.0), mis_en_service => compte(0.0), arretes => compte(0.0),
                },
                e => minijinja::context! { projets => compte(projets), portes_cpts => compte(cpts) },
            };
            prose.sentences("deploiement.j2", &contexte).unwrap().pop().unwrap()
        };
        assert_eq!(dire(4.0, 0.0), "Sur 4 projets, aucun n’est porté par une CPTS.");
        assert_eq!(dire(4.0, 1.0), "Sur 4 projets, 1 est porté par une CPTS.");
        assert_eq!(dire(4.0, 2.0), "Sur 4 projets, 2 sont portés par une CPTS.");
        assert_eq!(dire(1.0, 0.0), "Le projet n’est pas porté par une CPTS.");
    }

    #[test]
    fn an_equal_level_is_the_same_as_last_year() {
        let prose = Prose::new(&Templates::load(None).unwrap()).unwrap();
        let modele = "{% from 'macros.j2' import niveau %}{{ niveau(apres, avant, 2024) }}";
        let dire = |avant: f64| {
            let contexte = minijinja::context! {
                apres => for_sentence(fact(Figure::Known(5.0), Format::Days)),
                avant => for_sentence(fact(Figure::Known(avant), Format::Days)),
            };
            prose.engine.render_str(modele, contexte).unwrap().trim().to_string()
        };
        assert_eq!(dire(5.0), "5\u{a0}jours, comme en 2024");
        assert_eq!(dire(6.0), "5\u{a0}jours, contre 6\u{a0}jours en 2024");
    }

    /// Another threshold of secrecy is said everywhere, and the usual one nowhere.
    #[test]
    fn the_threshold_of_secrecy_is_the_one_in_force() {
        let templates = Templates::load(None).unwrap();
        let document = crate::fixture::document(&templates);
        let json = serde_json::to_string(&document.content).unwrap();
        assert!(json.contains("moins de 15 patients"), "{json}");
        assert!(json.contains("de 1 à 14 patients") || !json.contains("à 10 patients"));
        assert!(!json.contains("moins de 11"), "{json}");
        let source: String = templates
            .files()
            .iter()
            .filter(|(name, _)| name.ends_with(".j2") && !name.contains("evaluation_"))
            .map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned())
            .collect();
        assert!(!source.contains("moins de 11"));
    }
}
