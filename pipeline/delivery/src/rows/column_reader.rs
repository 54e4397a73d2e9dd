//! Columns of the contract made ready for fast checks: each field converts a column of cells into an Arrow array.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Decimal128Array, Int64Array, StringBuilder};
use serde_json::Value;

use base::error::{Error, Result};
use contract::{Field, FieldType, Rule, TableSchema};

use super::choices::{Choices, same};
use super::instants::Zone;
use super::marks::Marks;
use super::numbers;
use super::pattern::Pattern;
use super::values::{self, DAY_ZERO, DateForm, DateHabits};
use crate::dialect::YesNoWords;
use crate::formats::records::Column;
use crate::{CommuneRegister, Finding};

/// A field with its constraints compiled.
pub(crate) struct ColumnReader<'a> {
    pub(crate) field: &'a Field,
    missing: &'a [String],
    pub(super) check: CellRule,
}

/// What a cell must be.
pub(super) enum CellRule {
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
                let read = |row, text: &str| {
                    let marks = marks_of(cells, row, marks);
                    let bounds = (min.as_ref(), max.as_ref());
                    numbers::integer(text, marks)
                        .or_else(|| numbers::within(text, marks, bounds, numbers::integer))
                };
                let wrong = |row, text: &str| {
                    let marks = marks_of(cells, row, marks);
                    self.wrong_number("un nombre entier est attendu", text, marks)
                };
                let numbers = self.typed(cells, (*min, *max), note, read, wrong);

                Arc::new(Int64Array::from(numbers))
            }
            CellRule::Number { precision, scale, min, max } => {
                let limit = 10i128.pow(u32::from(*precision));
                let units = u32::try_from(*scale).unwrap_or(0);
                let bounds = (min.as_ref(), max.as_ref());
                let read = |row, text: &str| {
                    let marks = marks_of(cells, row, marks);
                    let decimal = |text: &str, marks| numbers::decimal(text, marks, units);
                    let read = decimal(text, marks)
                        .or_else(|| numbers::within(text, marks, bounds, decimal));
                    read.filter(|n| n.abs() < limit)
                };
                let wrong = |row, text: &str| {
                    let marks = marks_of(cells, row, marks);
                    self.wrong_number("un nombre décimal est attendu", text, marks)
                };
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
                let wrong = |_, text: &str| self.wrong_date(text, &conventions.dates);
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
        wrong: impl Fn(usize, &str) -> Finding,
    ) -> Vec<Option<T>> {
        let mut values = Vec::with_capacity(cells.len());
        for row in 0..cells.len() {
            let text = self.present(row, cells.text(row), note);
            let value = text.and_then(|text| {
                let Some(value) = read(row, text) else {
                    note(row, wrong(row, text));
                    return None;
                };

                let low = min.as_ref().is_some_and(|m| value < *m);
                let high = max.as_ref().is_some_and(|m| value > *m);

                if low || high {
                    note(row, self.out_of_bounds(text));
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
}

/// A cell of numbers has been given its value by its program; only a written one has marks to be told apart.
fn marks_of(cells: Column<'_>, row: usize, marks: Marks) -> Marks {
    if cells.is_number(row) { Marks::POINT } else { marks }
}
