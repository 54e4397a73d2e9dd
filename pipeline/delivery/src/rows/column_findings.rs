//! What is said of a cell that is not plain, and how much of it is shown.

use std::borrow::Cow;

use serde_json::Value;

use base::text::unseen;
use contract::{Field, Form, Rule};

use super::choices::Choices;
use super::column_reader::{CellRule, ColumnReader};
use super::marks::Marks;
use super::numbers;
use super::values::{self, DateFault, DateForm, DateHabits, day_text};
use crate::Finding;
use crate::finding::MASKED;
use crate::text::{look_alike, visible};

impl ColumnReader<'_> {
    pub(super) fn finding(
        &self,
        rule: Rule,
        message: impl Into<Cow<'static, str>>,
        text: &str,
    ) -> Finding {
        let mut finding = Finding::new(rule, message).field(&self.field.name);
        if let Some(c) = text.chars().find(|c| unseen(*c)) {
            let code = u32::from(c);
            finding.message =
                format!("la valeur contient un caractère invisible, U+{code:04X}").into();
            finding.hint = "effacez le caractère invisible, ou retapez la valeur".into();
        } else if let Some(c) = text.chars().find(|c| look_alike(*c)) {
            let code = u32::from(c);
            finding.message = format!(
                "la valeur contient une lettre d'un autre alphabet qui ressemble à une lettre latine, U+{code:04X}"
            )
            .into();
            finding.hint = "retapez la valeur au clavier".into();
        }

        if text.is_empty() {
            finding
        } else {
            finding.value(self.shown(text))
        }
    }

    /// The value as a finding may show it. Anything that could be a word typed in the wrong column is masked: only short
    /// codes, numbers, dates and near misses of an allowed value are shown.
    pub(crate) fn shown(&self, text: &str) -> String {
        let mask = || {
            let count = text.chars().count();
            format!("{MASKED}({count} caractères)")
        };

        // Where a day or an hour belongs, a wrong one is shown.
        let timed = matches!(self.check, CellRule::Date { .. })
            || matches!(
                self.field.extension.form,
                Some(Form::Heure | Form::Trimestre | Form::Mois)
            );

        // The code of an EPCI has nine digits.
        let place = self.field.extension.form == Some(Form::CodeTerritoire)
            && text.len() == 9
            && text.bytes().all(|b| b.is_ascii_digit());

        let personal = !timed && !place && (self.born(text) || crate::identity::personal(text));
        if self.field.extension.sensitivity.is_some() || personal {
            return mask();
        }
        let numeric = text.len() <= 10
            && text.chars().all(|c| {
                c.is_ascii_digit() || matches!(c, '-' | '/' | '.' | ',' | ':' | '+' | ' ')
            });

        let code = text.len() <= 3 || (text.len() <= 5 && text.bytes().any(|b| b.is_ascii_digit()));
        let identifier = self.field.extension.form == Some(Form::Identifiant)
            && text.len() <= 24
            && text.bytes().any(|b| b.is_ascii_digit());

        let near = match &self.check {
            CellRule::Choice(choices) => choices.near_miss(text),
            _ => false,
        };

        if numeric || code || near || identifier {
            visible(text)
        } else {
            mask()
        }
    }

    /// Whether a value may be a year, a month or a day of birth as no list and no code of a place writes its own: `1950`, `n1950`,
    /// `03/50`, `120350`.
    fn born(&self, text: &str) -> bool {
        let longest = match (&self.check, self.field.extension.form) {
            (CellRule::Choice(_), _) => 3,
            (CellRule::Text { .. }, Some(Form::CodeCommune | Form::CodeDepartement)) => 5,
            _ => return false,
        };

        let runs = text.split(|c: char| !c.is_numeric());
        let cut = |mark| text.split_once(mark).is_some_and(|(a, b)| ends(a) && starts(b));
        runs.map(str::len).any(|digits| digits > longest) || cut('/') || cut('.')
    }

    /// What there is to say of a text that is not written as its value is: nothing, mostly.
    pub(super) fn choice_finding(
        &self,
        choices: &Choices,
        text: &str,
        found: Option<&str>,
    ) -> Option<Finding> {
        let Some(found) = found else {
            let message = "la valeur n'est pas dans la liste admise";
            let finding = self.finding(Rule::ValeurAdmise, message, text);
            return Some(finding.hint(choices.hint(text)));
        };

        let number = text.strip_suffix(".0").unwrap_or(text);
        let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        let restored = found.len() > number.len() && digits(found) && digits(number);

        restored.then(|| {
            let message = format!("le zéro de tête est rétabli : {found}");
            self.finding(Rule::ZeroRetabli, message, text)
        })
    }

    /// What to say of a value below or above what its field admits.
    pub(super) fn out_of_bounds(&self, text: &str) -> Finding {
        self.finding(Rule::Borne, "la valeur est hors des bornes", text)
            .hint(bounds(self.field))
    }

    /// What to say of a text that is no number, or one of two readings.
    pub(super) fn wrong_number(&self, expected: &'static str, text: &str, marks: Marks) -> Finding {
        if numbers::contradicts(text, marks) {
            let message = "le nombre contredit la décimale de sa colonne ou de la livraison";
            let hint = match marks.are_stated() {
                true => {
                    "écrivez le nombre avec la décimale des autres, sans séparateur de milliers, ou corrigez « decimale » dans livraison.toml, sous [dialecte]"
                }
                false => {
                    "écrivez le nombre avec la décimale des autres, sans séparateur de milliers"
                }
            };
            return self.finding(Rule::NombreAmbigu, message, text).hint(hint);
        }

        let whole = matches!(self.check, CellRule::Integer { .. });
        let both = numbers::two_readings(text, whole, marks).filter(|_| !marks.decide(text));
        let Some(both) = both else {
            return self
                .finding(Rule::Type, expected, text)
                .hint(in_figures(text, self.field.constraints.required));
        };

        let (thousands, fraction) = (&both.thousands, &both.fraction);
        let message = format!(
            "le nombre se lit de deux façons, {thousands} ou {fraction}, et sa colonne ne dit pas laquelle"
        );
        let stated = marks.statements(text, &both).into_iter();
        let stated: Vec<String> = stated
            .map(|(mark, read)| format!("decimale = \"{mark}\" (il se lit alors {read})"))
            .collect();
        let mut hint = format!("écrivez {thousands} ou {fraction}");
        if !stated.is_empty() {
            hint = format!(
                "{hint}, ou dites la décimale de la livraison dans livraison.toml, sous [dialecte] : {}",
                stated.join(" ou ")
            );
        }

        self.finding(Rule::NombreAmbigu, message, text).hint(hint)
    }

    /// What to say of a text that is no date, or an instant of two days.
    pub(super) fn wrong_date(&self, text: &str, habits: &DateHabits) -> Finding {
        let Err(DateFault::TwoDays(a, b)) = values::date(text, habits) else {
            return self.no_date(text, habits);
        };
        let day = |days| values::from_epoch(days).map(day_text).unwrap_or_default();
        let message = format!(
            "cet instant est le {} ou le {}, selon l'heure de quel lieu on lit",
            day(a.min(b)),
            day(a.max(b))
        );

        self.finding(Rule::Type, message, text)
            .hint("écrivez le jour seul, sans heure : AAAA-MM-JJ")
    }

    /// A date that is written as one is wrong by its day or its year, not by its writing.
    fn no_date(&self, text: &str, habits: &DateHabits) -> Finding {
        let none = |form| values::date(text, &DateHabits { form, ..*habits }).is_err();
        let written = values::date_shape(text).is_some_and(none);

        if values::short_year(text) {
            return self
                .finding(Rule::Type, "l'année de cette date n'a que deux chiffres", text)
                .hint("écrivez l'année en quatre chiffres : 2025-03-04 ou 04/03/2025");
        }
        if values::on_twelve_hours(text) {
            let message = "l'heure de cette date est sur douze heures (AM ou PM), comme l'écrit un programme réglé à l'américaine";
            return self.finding(Rule::Type, message, text).hint(
                "donnez le jour seul, AAAA-MM-JJ : un tel programme met souvent le mois avant le jour",
            );
        }
        if let Some(order) = other_order(text, habits) {
            let message = format!("{order} vient d'abord dans cette date, et non dans les autres");
            return self.finding(Rule::Type, message, text).hint(
                "écrivez la date AAAA-MM-JJ ; si toutes celles de la livraison sont ainsi, dites-le dans livraison.toml, sous [dialecte] : format_date",
            );
        }

        match values::year_of(text).filter(|_| written) {
            None => self
                .finding(Rule::Type, "une date est attendue", text)
                .hint("écrivez la date AAAA-MM-JJ ou jj/mm/aaaa"),
            Some(1900..=2199) => self
                .finding(Rule::Type, "ce jour n'existe pas au calendrier", text)
                .hint("vérifiez le jour et le mois"),
            Some(year) => {
                let message = format!("l'année {year} n'est celle d'aucun jour de la mesure");
                let hint = match self.field.constraints.required {
                    true => "écrivez le jour réel",
                    false => "laissez la case vide si le jour n'est pas connu ou pas encore venu",
                };
                self.finding(Rule::Type, message, text).hint(hint)
            }
        }
    }
}

/// What comes first in a date that is one in the other order alone: `03/25/2025` where days come first.
fn other_order(text: &str, habits: &DateHabits) -> Option<&'static str> {
    let american = habits.form == DateForm::American;
    match values::day_orders(text)? {
        (None, Some(_)) if !american => Some("le mois"),
        (Some(_), None) if american => Some("le jour"),
        _ => None,
    }
}

/// How to write in figures what is a number with something around it.
fn in_figures(text: &str, required: bool) -> &'static str {
    let bare: String =
        text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
    let unit = bare.trim_end_matches('€').trim_end_matches("euros").trim_end_matches("euro");
    if !bare.starts_with(|c: char| c.is_ascii_digit()) {
        return match required {
            true => "écrivez le nombre en chiffres",
            false => "écrivez le nombre en chiffres, ou laissez vide ce qui n'est pas connu",
        };
    }
    if bare.contains("e+") {
        return "un tableur a abrégé ce nombre, et l'a sans doute arrondi : donnez à la colonne le format Nombre, puis exportez à nouveau";
    }
    if ["k", "keur", "m", "meur", "mille", "million", "millions"]
        .iter()
        .any(|u| unit.ends_with(u))
    {
        return "écrivez le nombre en entier et en unités : 75000 pour « 75 k€ »";
    }
    "écrivez le nombre dans l'unité du dictionnaire, en chiffres seuls, sans unité, signe ni commentaire"
}

fn starts(text: &str) -> bool {
    text.starts_with(char::is_numeric)
}

fn ends(text: &str) -> bool {
    text.ends_with(char::is_numeric)
}

fn bounds(field: &Field) -> String {
    let plain = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    match (&field.constraints.minimum, &field.constraints.maximum) {
        (Some(a), Some(b)) => format!("la valeur va de {} à {}", plain(a), plain(b)),
        (Some(a), None) => format!("la valeur est au moins {}", plain(a)),
        (None, Some(b)) => format!("la valeur est au plus {}", plain(b)),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::Contract;

    #[test]
    fn a_word_in_the_wrong_column_is_masked() {
        let contract = Contract::embedded().unwrap();
        let table = contract.table("consultations").unwrap();
        let plan = |name: &str| ColumnReader::new(table, table.field(name).unwrap()).unwrap();
        assert!(!plan("sexe").shown("DUPONT Jeanne").contains("DUPONT"));
        assert!(!plan("date_consultation").shown("Jeanne").contains("Jeanne"));
        assert!(!plan("cle_patient").shown("abc").contains("abc"));
        for birth in [
            "12/03/1950",
            "1950-03-12",
            "12.3.50",
            "19500312",
            "18264",
            "1950",
            "n1950",
            "03/50",
            "3.50",
            "１９５０",
            "1850578006084",
        ] {
            assert!(plan("tranche_age").shown(birth).starts_with('•'), "{birth}");
        }
        for birth in ["12/03/1950", "1950-03-12", "1/2/50", "03/50", "120350", "1850578006084"] {
            assert!(plan("code_commune").shown(birth).starts_with('•'), "{birth}");
        }
        assert_eq!(plan("tranche_age").shown("60-70"), "60-70");
        assert_eq!(plan("code_commune").shown("99999"), "99999");
        let territories = contract.table("territoires").unwrap();
        let field = &territories.fields[territories.position("code_territoire").unwrap()];
        let reader = ColumnReader::new(territories, field).unwrap();
        assert_eq!(reader.shown("200099999"), "200099999");
        assert_eq!(reader.shown("1950-03-12"), "•••(10 caractères)");
        assert_eq!(plan("sexe").shown("X"), "X");
        assert_eq!(plan("statut_mt").shown("indisponibel"), "indisponibel");
        assert_eq!(plan("date_consultation").shown("31/02/2025"), "31/02/2025");
    }
}
