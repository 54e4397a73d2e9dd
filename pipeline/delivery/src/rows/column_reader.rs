//! Columns of the contract made ready for fast checks: each field converts a column of cells into an Arrow array.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Decimal128Array, Int64Array, StringBuilder};
use chrono::NaiveDate;
use serde_json::Value;

use base::error::{Error, Result};
use contract::{Field, FieldType, Form, Rule, TableSchema};

use super::choices::{Choices, same};
use super::instants::Zone;
use super::numbers::{self, Marks};
use super::pattern::Pattern;
use super::values::{self, DAY_ZERO, DateFault, DateForm, DateHabits};
use crate::dialect::YesNoWords;
use crate::formats::records::Column;
use crate::text::{unseen, visible};
use crate::{CommuneRegister, Finding};

/// A field with its constraints compiled.
pub(crate) struct ColumnReader<'a> {
    pub(crate) field: &'a Field,
    missing: &'a [String],
    check: CellRule,
}

enum CellRule {
    Choice(Choices),
    Text {
        pattern: Option<Pattern>,
    },
    Integer {
        min: Option<i64>,
        max: Option<i64>,
    },
    Number {
        precision: u8,
        scale: i8,
        min: Option<i128>,
        max: Option<i128>,
    },
    Date {
        min: Option<i32>,
        max: Option<i32>,
    },
}

/// What conversions need to know of the delivery.
pub(crate) struct Conventions<'a> {
    pub(crate) dates: DateHabits,
    pub(crate) words: &'a YesNoWords,
    pub(crate) communes: &'a dyn CommuneRegister,
    pub(crate) year: i32,
}

/// Told about each cell that is not plain: row, finding.
pub(crate) type Note<'n> = dyn FnMut(usize, Finding) + 'n;

fn starts(text: &str) -> bool {
    text.starts_with(char::is_numeric)
}

fn ends(text: &str) -> bool {
    text.ends_with(char::is_numeric)
}

impl<'a> ColumnReader<'a> {
    pub(crate) fn new(table: &'a TableSchema, field: &'a Field) -> Result<Self> {
        let c = &field.constraints;
        let bad = || {
            Error::usage(format!(
                "les contraintes de {}.{} sont illisibles",
                table.name, field.name
            ))
        };

        let number = |v: &Option<Value>, scale: u32| match v {
            None => Ok(None),
            Some(v) => {
                numbers::decimal(&v.to_string(), Marks::POINT, scale).map(Some).ok_or_else(bad)
            }
        };

        let whole = |v: &Option<Value>| number(v, 0).map(|v| v.and_then(|v| i64::try_from(v).ok()));
        let habits = DateHabits {
            form: DateForm::Iso,
            day_zero: DAY_ZERO,
            zone: Zone::Paris,
        };
        let day = |v: &Option<Value>| match v {
            None => Ok(None),
            Some(v) => {
                v.as_str().and_then(|t| values::date(t, &habits).ok()).map(Some).ok_or_else(bad)
            }
        };

        let check = match field.kind {
            FieldType::String => match &c.values {
                Some(list) => CellRule::Choice(Choices::new(list, field.is_yes_no())),
                None => CellRule::Text {
                    pattern: c.pattern.as_deref().map(Pattern::compile).transpose()?,
                },
            },
            FieldType::Integer => CellRule::Integer {
                min: whole(&c.minimum)?,
                max: whole(&c.maximum)?,
            },
            FieldType::Number => {
                let scale = field.extension.scale.unwrap_or(2);
                let units = u32::try_from(scale).map_err(|_| bad())?;
                CellRule::Number {
                    precision: field.extension.precision.unwrap_or(18),
                    scale,
                    min: number(&c.minimum, units)?,
                    max: number(&c.maximum, units)?,
                }
            }
            FieldType::Date => CellRule::Date {
                min: day(&c.minimum)?,
                max: day(&c.maximum)?,
            },
        };

        Ok(Self {
            field,
            missing: &table.missing_values,
            check,
        })
    }

    pub(super) fn absent(&self, text: &str) -> bool {
        text.is_empty()
            || (text.len() <= 4 && self.missing.iter().any(|m| m.eq_ignore_ascii_case(text)))
    }

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
                format!("{} : elle contient un caractère invisible, U+{code:04X}", finding.message)
                    .into();
            finding.hint = "effacez le caractère invisible, ou retapez la valeur".into();
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
            format!("•••({count} caractères)")
        };

        // Where a day or an hour belongs, a wrong one is shown.
        let timed = matches!(self.check, CellRule::Date { .. })
            || matches!(self.field.extension.form, Some(Form::Heure | Form::Trimestre));

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

    /// Converts a column. Cells that do not convert become null and are told to `note`; the caller drops their rows.
    ///
    /// # Errors
    /// When the store's type cannot hold the precision asked by the contract.
    pub(crate) fn convert<'t>(
        &self,
        cells: Column<'t>,
        marks: Marks,
        conventions: &Conventions<'_>,
        note: &mut Note<'_>,
    ) -> Result<ArrayRef> {
        Ok(match &self.check {
            CellRule::Choice(choices) => self.choices(choices, cells, conventions, note),
            CellRule::Text { pattern } => self.texts(pattern.as_ref(), cells, conventions, note),
            CellRule::Integer { min, max } => {
                let read = |row, text: &str| numbers::integer(text, marks_of(cells, row, marks));
                let wrong = |text: &str| self.wrong_number("un nombre entier est attendu", text);
                let numbers = self.typed(cells, (*min, *max), note, read, wrong);

                Arc::new(Int64Array::from(numbers))
            }
            CellRule::Number { precision, scale, min, max } => {
                let limit = 10i128.pow(u32::from(*precision));
                let units = u32::try_from(*scale).unwrap_or(0);
                let read = |row, text: &str| {
                    let read = numbers::decimal(text, marks_of(cells, row, marks), units);
                    read.filter(|n| n.abs() < limit)
                };
                let wrong = |text: &str| self.wrong_number("un nombre décimal est attendu", text);
                let numbers = self.typed(cells, (*min, *max), note, read, wrong);
                let numbers = Decimal128Array::from(numbers);

                Arc::new(numbers.with_precision_and_scale(*precision, *scale).map_err(|e| {
                    Error::usage("la précision du contrat est impossible").caused_by(e)
                })?)
            }
            CellRule::Date { min, max } => {
                // A file is often in the order of its days.
                let mut last = ("", None);

                let read = |_, text: &'t str| {
                    if text != last.0 {
                        last = (text, values::date(text, &conventions.dates).ok());
                    }
                    last.1
                };
                let wrong = |text: &str| self.wrong_date(text, &conventions.dates);
                let days = self.typed(cells, (*min, *max), note, read, wrong);

                Arc::new(Date32Array::from(days))
            }
        })
    }

    /// The values of a column by `read`, within bounds; what is absent or wrong is null, and `wrong` says why.
    fn typed<'t, T: PartialOrd>(
        &self,
        cells: Column<'t>,
        (min, max): (Option<T>, Option<T>),
        note: &mut Note<'_>,
        mut read: impl FnMut(usize, &'t str) -> Option<T>,
        wrong: impl Fn(&str) -> Finding,
    ) -> Vec<Option<T>> {
        let mut values = Vec::with_capacity(cells.len());
        for row in 0..cells.len() {
            let text = self.present(row, cells.text(row), note);
            let value = text.and_then(|text| {
                let Some(value) = read(row, text) else {
                    note(row, wrong(text));
                    return None;
                };

                let low = min.as_ref().is_some_and(|m| value < *m);
                let high = max.as_ref().is_some_and(|m| value > *m);

                if low || high {
                    let finding = self.finding(Rule::Borne, "la valeur est hors des bornes", text);
                    note(row, finding.hint(bounds(self.field)));
                    return None;
                }

                Some(value)
            });

            values.push(value);
        }

        values
    }

    /// Values of a closed list.
    fn choices(
        &self,
        choices: &Choices,
        cells: Column<'_>,
        conventions: &Conventions<'_>,
        note: &mut Note<'_>,
    ) -> ArrayRef {
        let mut out = StringBuilder::with_capacity(cells.len(), cells.len() * 8);
        let words = choices.yes_no.then_some(conventions.words);

        // A word of the list is itself, unless the sender says otherwise.
        let plain = words.is_none_or(YesNoWords::is_empty);

        for row in 0..cells.len() {
            let text = cells.text(row);
            if plain && choices.values.iter().any(|v| same(v, text)) {
                out.append_value(text);
                continue;
            }

            let Some(text) = self.present(row, text, note) else {
                out.append_null();
                continue;
            };

            let found = choices.admit(text, words);
            if let Some(finding) = self.choice_finding(choices, text, found) {
                note(row, finding);
            }
            out.append_option(found);
        }

        Arc::new(out.finish())
    }

    /// What there is to say of a text that is not written as its value is: nothing, mostly.
    fn choice_finding(
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

    /// The text of a cell; none when it is absent, which is told if the field is required.
    pub(super) fn present<'t>(
        &self,
        row: usize,
        text: &'t str,
        note: &mut Note<'_>,
    ) -> Option<&'t str> {
        if !self.absent(text) {
            return Some(text);
        }
        if self.field.constraints.required {
            let finding = self.finding(Rule::Requis, "la valeur obligatoire manque", "");
            note(row, finding);
        }
        None
    }

    /// What to say of a text that is no number, or one of two readings.
    fn wrong_number(&self, expected: &'static str, text: &str) -> Finding {
        let Some(both) = numbers::two_readings(text) else {
            return self.finding(Rule::Type, expected, text);
        };
        let (thousands, fraction) = (both.thousands, both.fraction);
        let message = format!(
            "le nombre se lit de deux façons, {thousands} ou {fraction}, et sa colonne ne dit pas laquelle"
        );
        let hint = format!(
            "écrivez {thousands} ou {fraction}, ou dites la décimale de la livraison dans livraison.toml, sous [dialecte] : decimale = \",\" (ou \".\")"
        );

        self.finding(Rule::NombreAmbigu, message, text).hint(hint)
    }

    /// What to say of a text that is no date, or an instant of two days.
    fn wrong_date(&self, text: &str, habits: &DateHabits) -> Finding {
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
        let runs = text.split(|c: char| !c.is_ascii_digit());
        let year = runs.filter(|run| run.len() == 4).find_map(|run| run.parse().ok());

        match year.filter(|_| written) {
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

/// A cell of numbers has been given its value by its program; only a written one has marks to be told apart.
fn marks_of(cells: Column<'_>, row: usize, marks: Marks) -> Marks {
    if cells.is_number(row) { Marks::POINT } else { marks }
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

/// The day shown in messages.
pub(crate) fn day_text(day: NaiveDate) -> String {
    day.format("%d/%m/%Y").to_string()
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
