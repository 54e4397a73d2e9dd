//! Columns of the contract made ready for fast checks: each field converts a column of cells into an Arrow array.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Builder, Decimal128Array, Decimal128Builder, Int64Builder, StringBuilder,
};
use chrono::NaiveDate;
use serde_json::Value;

use super::layout::Words;
use super::pattern::Pattern;
use super::text::{compact, distance};
use super::values::{self, DateForm};
use super::{Communes, Finding};
use base::error::{Error, Result};
use contract::{Field, FieldType, Form, Rule, TableSchema};

/// A field with its constraints compiled.
pub(super) struct Plan<'a> {
    pub(super) field: &'a Field,
    missing: &'a [String],
    check: Check,
}

enum Check {
    Enum {
        values: Vec<String>,
        folded: Vec<String>,
        yes_no: bool,
    },
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
pub(super) struct Habits<'a> {
    pub(super) mark: char,
    pub(super) dates: DateForm,
    pub(super) words: &'a Words,
    pub(super) communes: &'a dyn Communes,
    pub(super) year: i32,
}

/// Told about each cell that is not plain: row, finding.
pub(super) type Note<'n> = dyn FnMut(usize, Finding) + 'n;

impl<'a> Plan<'a> {
    pub(super) fn new(table: &'a TableSchema, field: &'a Field) -> Result<Self> {
        let c = &field.constraints;
        let bad = || {
            Error::usage(format!(
                "les contraintes de {}.{} sont illisibles",
                table.name, field.name
            ))
        };
        let number = |v: &Option<Value>, scale: u32| match v {
            None => Ok(None),
            Some(v) => values::decimal(&v.to_string(), '.', scale)
                .map(Some)
                .ok_or_else(bad),
        };
        let whole = |v: &Option<Value>| number(v, 0).map(|v| v.and_then(|v| i64::try_from(v).ok()));
        let day = |v: &Option<Value>| match v {
            None => Ok(None),
            Some(v) => v
                .as_str()
                .and_then(|t| values::date(t, DateForm::Iso))
                .map(Some)
                .ok_or_else(bad),
        };
        let check = match field.kind {
            FieldType::String => match &c.values {
                Some(list) => Check::Enum {
                    folded: list.iter().map(|v| loose(v)).collect(),
                    values: list.clone(),
                    yes_no: field.is_yes_no(),
                },
                None => Check::Text {
                    pattern: c.pattern.as_deref().map(Pattern::compile).transpose()?,
                },
            },
            FieldType::Integer => Check::Integer {
                min: whole(&c.minimum)?,
                max: whole(&c.maximum)?,
            },
            FieldType::Number => {
                let scale = field.extension.scale.unwrap_or(2);
                let units = u32::try_from(scale).map_err(|_| bad())?;
                Check::Number {
                    precision: field.extension.precision.unwrap_or(18),
                    scale,
                    min: number(&c.minimum, units)?,
                    max: number(&c.maximum, units)?,
                }
            }
            FieldType::Date => Check::Date {
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

    fn absent(&self, text: &str) -> bool {
        text.is_empty()
            || (text.len() <= 4 && self.missing.iter().any(|m| m.eq_ignore_ascii_case(text)))
    }

    fn finding(&self, rule: Rule, message: impl Into<Cow<'static, str>>, text: &str) -> Finding {
        let finding = Finding::new(rule, message).field(&self.field.name);
        if text.is_empty() {
            finding
        } else {
            finding.value(self.shown(text))
        }
    }

    /// The value as a finding may show it. Anything that could be a word typed in the wrong column is masked: only short
    /// codes, numbers, dates and near misses of an allowed value are shown.
    pub(super) fn shown(&self, text: &str) -> String {
        let mask = || {
            let count = text.chars().count();
            format!("•••({count} caractères)")
        };
        if self.field.extension.sensitivity.is_some() {
            return mask();
        }
        let numeric = text.len() <= 10
            && text.chars().all(|c| {
                c.is_ascii_digit() || matches!(c, '-' | '/' | '.' | ',' | ':' | '+' | ' ')
            });
        let code = text.len() <= 3 || (text.len() <= 5 && text.bytes().any(|b| b.is_ascii_digit()));
        let identifier = self.field.extension.form == Some(Form::Identifiant)
            && text.len() <= 24
            && text.bytes().any(|b| b.is_ascii_digit())
            && super::identity::value(text, super::identity::Scope::Free).is_none();
        let near = match &self.check {
            Check::Enum { values, .. } => values.iter().any(|v| {
                text.chars().count() <= 32
                    && (compact(v).contains(&compact(text))
                        || distance(&loose(text), &loose(v)) <= 2)
            }),
            _ => false,
        };
        if numeric || code || near || identifier {
            text.to_owned()
        } else {
            mask()
        }
    }

    /// Converts a column. Cells that do not convert become null and are told to `note`; the caller drops their rows.
    ///
    /// # Errors
    /// When the store's type cannot hold the precision asked by the contract.
    pub(super) fn convert<'t>(
        &self,
        rows: usize,
        cell: impl Fn(usize) -> &'t str,
        habits: &Habits<'_>,
        note: &mut Note<'_>,
    ) -> Result<ArrayRef> {
        let required = self.field.constraints.required;
        let mut value = |row: usize, note: &mut Note<'_>| -> Option<&'t str> {
            let text = cell(row);
            if self.absent(text) {
                if required {
                    note(
                        row,
                        self.finding(Rule::Requis, "la valeur obligatoire manque", ""),
                    );
                }
                return None;
            }
            Some(text)
        };
        Ok(match &self.check {
            Check::Enum {
                values,
                folded,
                yes_no,
            } => {
                let mut out = StringBuilder::with_capacity(rows, rows * 8);
                // A word of the list is itself, unless the sender says otherwise.
                let plain = !*yes_no || habits.words.is_empty();
                for row in 0..rows {
                    let text = cell(row);
                    if plain && values.iter().any(|v| same(v, text)) {
                        out.append_value(text);
                        continue;
                    }
                    let Some(text) = value(row, note) else {
                        out.append_null();
                        continue;
                    };
                    if let Some(found) =
                        self.admit(text, values, folded, yes_no.then_some(habits.words))
                    {
                        let number = text.strip_suffix(".0").unwrap_or(text);
                        let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
                        if found.len() > number.len() && digits(found) && digits(number) {
                            note(
                                row,
                                self.finding(
                                    Rule::ZeroRetabli,
                                    format!("le zéro de tête est rétabli : {found}"),
                                    text,
                                ),
                            );
                        }
                        out.append_value(found);
                    } else {
                        let near = values
                            .iter()
                            .min_by_key(|v| distance(&loose(text), &loose(v)))
                            .filter(|v| distance(&loose(text), &loose(v)) <= 2);
                        let mut finding = self.finding(
                            Rule::ValeurAdmise,
                            "la valeur n'est pas dans la liste admise",
                            text,
                        );
                        finding = finding.hint(match near {
                            Some(v) => format!(
                                "s'agit-il de « {v} » ? valeurs admises : {}",
                                values.join(", ")
                            ),
                            None => format!("valeurs admises : {}", values.join(", ")),
                        });
                        note(row, finding);
                        out.append_null();
                    }
                }
                Arc::new(out.finish())
            }
            Check::Text { pattern } => self.texts(rows, pattern.as_ref(), habits, &mut value, note),
            Check::Integer { min, max } => {
                let mut out = Int64Builder::with_capacity(rows);
                for row in 0..rows {
                    let read = value(row, note).and_then(|text| {
                        let Some(n) = values::integer(text) else {
                            note(
                                row,
                                self.finding(Rule::Type, "un nombre entier est attendu", text),
                            );
                            return None;
                        };
                        self.bounded(n, *min, *max, text, row, note)
                    });
                    out.append_option(read);
                }
                Arc::new(out.finish())
            }
            Check::Number {
                precision,
                scale,
                min,
                max,
            } => {
                let mut out = Decimal128Builder::with_capacity(rows);
                let limit = 10i128.pow(u32::from(*precision));
                for row in 0..rows {
                    let read = value(row, note).and_then(|text| {
                        let units = u32::try_from(*scale).unwrap_or(0);
                        let Some(n) =
                            values::decimal(text, habits.mark, units).filter(|n| n.abs() < limit)
                        else {
                            note(
                                row,
                                self.finding(Rule::Type, "un nombre décimal est attendu", text),
                            );
                            return None;
                        };
                        self.bounded(n, *min, *max, text, row, note)
                    });
                    out.append_option(read);
                }
                let array: Decimal128Array = out.finish();
                Arc::new(
                    array
                        .with_precision_and_scale(*precision, *scale)
                        .map_err(|e| {
                            Error::usage("la précision du contrat est impossible").caused_by(e)
                        })?,
                )
            }
            Check::Date { min, max } => {
                let mut out = Date32Builder::with_capacity(rows);
                // A file is often in the order of its days.
                let mut last = ("", None);
                for row in 0..rows {
                    let read = value(row, note).and_then(|text| {
                        if text != last.0 {
                            last = (text, values::date(text, habits.dates));
                        }
                        let Some(day) = last.1 else {
                            note(
                                row,
                                self.finding(Rule::Type, "une date est attendue", text)
                                    .hint("écrivez la date AAAA-MM-JJ ou jj/mm/aaaa"),
                            );
                            return None;
                        };
                        self.bounded(day, *min, *max, text, row, note)
                    });
                    out.append_option(read);
                }
                Arc::new(out.finish())
            }
        })
    }

    fn bounded<T: PartialOrd>(
        &self,
        n: T,
        min: Option<T>,
        max: Option<T>,
        text: &str,
        row: usize,
        note: &mut Note<'_>,
    ) -> Option<T> {
        if min.is_some_and(|m| n < m) || max.is_some_and(|m| n > m) {
            note(
                row,
                self.finding(Rule::Borne, "la valeur est hors des bornes", text)
                    .hint(bounds(self.field)),
            );
            return None;
        }
        Some(n)
    }

    fn admit<'v>(
        &self,
        text: &str,
        values: &'v [String],
        folded: &[String],
        words: Option<&Words>,
    ) -> Option<&'v str> {
        if let Some(words) = words {
            let word = words.yes_no(text)?;
            return values.iter().find(|v| *v == word).map(String::as_str);
        }
        let wanted = loose(text);
        if let Some(i) = folded.iter().position(|f| *f == wanted) {
            return Some(&values[i]);
        }
        // A spreadsheet turns `01` into `1`: unambiguous when one value only has this number.
        let number = text.strip_suffix(".0").unwrap_or(text);
        let mut same = values
            .iter()
            .filter(|v| v.trim_start_matches('0') == number && !number.is_empty());
        same.next()
            .filter(|_| same.next().is_none())
            .map(String::as_str)
    }

    fn texts<'t>(
        &self,
        rows: usize,
        pattern: Option<&Pattern>,
        habits: &Habits<'_>,
        value: &mut dyn FnMut(usize, &mut Note<'_>) -> Option<&'t str>,
        note: &mut Note<'_>,
    ) -> ArrayRef {
        let form = self.field.extension.form;
        let mut out = StringBuilder::with_capacity(rows, rows * 12);
        let mut known: HashMap<&str, Resolved, ahash::RandomState> = HashMap::default();
        let coded = matches!(
            form,
            Some(
                Form::CodeCommune
                    | Form::CodeDepartement
                    | Form::CodeTerritoire
                    | Form::Heure
                    | Form::Trimestre
            )
        );
        for row in 0..rows {
            let Some(text) = value(row, note) else {
                out.append_null();
                continue;
            };
            if !coded {
                if pattern.is_none_or(|p| p.matches(text)) {
                    out.append_value(text);
                } else {
                    note(
                        row,
                        self.finding(Rule::Motif, "la valeur n'a pas la forme attendue", text),
                    );
                    out.append_null();
                }
                continue;
            }
            // Few different codes come many times: each is judged once per block.
            let resolved = known
                .entry(text)
                .or_insert_with(|| self.resolve(text, pattern, habits));
            for finding in &resolved.findings {
                note(row, finding.clone());
            }
            out.append_option(resolved.stored.as_deref());
        }
        Arc::new(out.finish())
    }

    fn resolve(&self, text: &str, pattern: Option<&Pattern>, habits: &Habits<'_>) -> Resolved {
        let mut findings = Vec::new();
        let form = self.field.extension.form;
        let mut stored = match form {
            Some(Form::Heure) => values::time(text).unwrap_or_else(|| text.to_owned()),
            _ => text.strip_suffix(".0").unwrap_or(text).to_uppercase(),
        };
        let digits = stored.bytes().all(|b| b.is_ascii_digit());
        let repaired = match form {
            Some(Form::CodeCommune) if stored.len() == 4 && digits => Some(format!("0{stored}")),
            Some(Form::CodeTerritoire)
                if stored.len() == 4 && digits && habits.communes.exists(&format!("0{stored}")) =>
            {
                Some(format!("0{stored}"))
            }
            Some(Form::CodeDepartement) if stored.len() == 1 && digits => {
                Some(format!("0{stored}"))
            }
            _ => None,
        };
        if let Some(repaired) = repaired {
            findings.push(self.finding(
                Rule::ZeroRetabli,
                format!("le zéro de tête est rétabli : {repaired}"),
                text,
            ));
            stored = repaired;
        }
        if pattern.is_some_and(|p| !p.matches(&stored)) {
            findings.clear();
            findings.push(
                self.finding(Rule::Motif, "la valeur n'a pas la forme attendue", text)
                    .hint(format!(
                        "exemple : {}",
                        self.field.example.as_deref().unwrap_or_default()
                    )),
            );
            return Resolved {
                stored: None,
                findings,
            };
        }
        if form == Some(Form::CodeCommune) && !habits.communes.exists(&stored) {
            match habits.communes.successor(&stored, habits.year) {
                Some(next) => {
                    findings.push(self.finding(
                        Rule::CommuneFusionnee,
                        format!("la commune {stored} a été reportée sur {next}"),
                        text,
                    ));
                    stored = next;
                }
                None => {
                    findings.clear();
                    findings.push(self.finding(
                        Rule::CommuneInconnue,
                        "la commune n'existe pas au code officiel géographique",
                        text,
                    ));
                    return Resolved {
                        stored: None,
                        findings,
                    };
                }
            }
        }
        Resolved {
            stored: Some(stored),
            findings,
        }
    }
}

struct Resolved {
    stored: Option<String>,
    findings: Vec<Finding>,
}

/// Equality of two short words, most of which differ in their first letter or their length.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.as_bytes().first() == b.as_bytes().first() && a == b
}

/// Folded without separators, `+` and digits kept: `80 +` and `80+` meet, `0-16` and `00-16` too.
fn loose(text: &str) -> String {
    compact(text).trim_start_matches('0').to_owned()
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
pub(super) fn day_text(day: NaiveDate) -> String {
    day.format("%d/%m/%Y").to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use contract::Contract;

    #[test]
    fn a_word_in_the_wrong_column_is_masked() {
        let contract = Contract::embedded().unwrap();
        let table = contract.table("consultations").unwrap();
        let plan = |name: &str| Plan::new(table, table.field(name).unwrap()).unwrap();
        assert!(!plan("sexe").shown("DUPONT Jeanne").contains("DUPONT"));
        assert!(!plan("date_consultation").shown("Jeanne").contains("Jeanne"));
        assert!(!plan("cle_patient").shown("abc").contains("abc"));
        assert_eq!(plan("sexe").shown("X"), "X");
        assert_eq!(plan("statut_mt").shown("indisponibel"), "indisponibel");
        assert_eq!(plan("date_consultation").shown("31/02/2025"), "31/02/2025");
    }
}
