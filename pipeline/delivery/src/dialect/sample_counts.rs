//! How the sender writes, as the first rows of a file show it: marks of numbers, forms of dates, words for yes and no.

use std::collections::BTreeSet;

use contract::{Field, FieldType, TableSchema};

use super::half_imported::HalfImported;
use super::long_identifiers::LongIdentifiers;
use super::serials::UnboundSerials;
use super::words::YesNoWords;
use crate::Finding;
use crate::formats::records::Records;
use crate::rows::marks::MarkEvidence;
use crate::rows::values::{DateForm, date_shape, day_orders, day_written};

/// How the sender writes, as the sample shows it.
#[derive(Debug, Clone, Default)]
pub(crate) struct SampleCounts {
    /// For each field of the table.
    pub(super) marks: Vec<MarkEvidence>,
    pub(super) days: DayEvidence,
    pub(super) iso: bool,
    pub(super) serial: bool,
    /// Days of the column by which a row is of its period: since 1970, or since the file's day zero.
    pub(super) dated: DatedDays,
    /// Numbers of days in the other columns of dates.
    pub(super) unbound: Vec<UnboundSerials>,
    /// Words for yes and no, folded.
    pub(super) words: BTreeSet<String>,
    /// Identifiers that end as a spreadsheet rounds them.
    pub(super) rounded: Option<Witness>,
    /// What refuses the file for a column of days that was read in two ways.
    pub(super) half_imported: Option<Finding>,
}

/// The days by which rows are of the period, as they are written.
#[derive(Debug, Clone, Default)]
pub(super) struct DatedDays {
    /// Since 1970.
    pub(super) days: BTreeSet<i32>,
    /// Since a spreadsheet's day zero.
    pub(super) serials: BTreeSet<i32>,
    pub(super) first: Option<Witness>,
}

/// What the dates of a file, or of a delivery, say of the order of day and month.
#[derive(Debug, Clone, Default)]
pub(super) struct DayEvidence {
    /// `25/03/2025`.
    pub(super) day_first: Option<Witness>,
    /// `03/25/2025`.
    pub(super) month_first: Option<Witness>,
    /// `04/03/2025`, which is one day or the other.
    pub(super) open: Option<Witness>,
    /// The same in the column by which a row is of its period: both days, in the two orders.
    pub(super) dated: BTreeSet<(i32, i32)>,
    pub(super) open_dated: Option<Witness>,
    /// `03/03/2025`, or no day at all.
    pub(super) indifferent: bool,
}

/// Where a value stands that shows something.
#[derive(Debug, Clone)]
pub(super) struct Witness {
    pub(super) line: u64,
    pub(super) field: String,
    pub(super) text: String,
    /// Whether a row is of its period by this column.
    pub(super) dated: bool,
}

impl SampleCounts {
    pub(super) fn of(
        table: &TableSchema,
        sample: &Records,
        header: usize,
        columns: &[Option<usize>],
        words: &YesNoWords,
    ) -> Self {
        let mut counts = Self::default();

        for (field, column) in table.fields.iter().zip(columns) {
            let mut marks = MarkEvidence::default();
            let mut long = LongIdentifiers::default();
            let mut imported = HalfImported::default();
            let dated = table.extension.period_field.as_deref() == Some(field.name.as_str());

            for row in header + 1..sample.len() {
                let Some(column) = *column else { break };
                let text = sample.get(row, column);
                let witness = || Witness {
                    line: sample.line(row),
                    field: field.name.clone(),
                    text: text.to_owned(),
                    dated,
                };

                match field.kind {
                    // A cell of numbers has no mark of its own.
                    FieldType::Number | FieldType::Integer if !sample.is_number(row, column) => {
                        marks.add(text);
                    }
                    FieldType::Date => {
                        imported.add(text, witness);
                        counts.date(field, text, dated, witness);
                    }
                    FieldType::String if field.is_identifier() => long.add(text, witness),
                    FieldType::String => counts.word(field, text, words),
                    _ => {}
                }
            }

            counts.marks.push(marks);
            counts.rounded = counts.rounded.or_else(|| long.rounded());
            counts.half_imported = counts.half_imported.or_else(|| imported.told());
        }

        counts
    }

    /// The marks of all columns.
    pub(super) fn all_marks(&self) -> MarkEvidence {
        let mut all = MarkEvidence::default();
        self.marks.iter().for_each(|marks| all.merge(*marks));
        all
    }

    fn word(&mut self, field: &Field, text: &str, words: &YesNoWords) {
        if field.is_yes_no()
            && text.len() <= 20
            && words.yes_no(text).is_some_and(|w| w != "inconnu")
        {
            self.words.insert(YesNoWords::key(text));
        }
    }

    fn date(&mut self, field: &Field, text: &str, dated: bool, witness: impl Fn() -> Witness) {
        let shape = date_shape(text);
        match shape {
            Some(DateForm::Iso) => self.iso = true,
            Some(DateForm::Serial) => self.serial = true,
            Some(_) => self.days.add(text, dated, &witness),
            None => {}
        }

        if !dated && shape == Some(DateForm::Serial) {
            let open = self.unbound.last().is_some_and(|column| column.first.field == field.name);
            if !open {
                self.unbound.push(UnboundSerials::of(field, witness()));
            }
            if let Some(column) = self.unbound.last_mut() {
                column.days.extend(day_written(text));
            }
        }

        if dated && let Some(form @ (DateForm::Iso | DateForm::Serial)) = shape {
            let days = match form {
                DateForm::Iso => &mut self.dated.days,
                _ => &mut self.dated.serials,
            };
            days.extend(day_written(text));
            self.dated.first.get_or_insert_with(witness);
        }
    }
}

impl DayEvidence {
    fn add(&mut self, text: &str, dated: bool, witness: impl Fn() -> Witness) {
        let seen = match day_orders(text) {
            Some((Some(_), None)) => &mut self.day_first,
            Some((None, Some(_))) => &mut self.month_first,
            Some((Some(day_first), Some(month_first))) if day_first != month_first => {
                if dated {
                    self.dated.insert((day_first, month_first));
                    self.open_dated.get_or_insert_with(&witness);
                }
                &mut self.open
            }
            _ => {
                self.indifferent = true;
                return;
            }
        };
        seen.get_or_insert_with(witness);
    }

    /// Whether the file has dates in whose writing the day or the month comes first.
    pub(super) fn any(&self) -> bool {
        self.indifferent
            || [&self.day_first, &self.month_first, &self.open].iter().any(|w| w.is_some())
    }
}
