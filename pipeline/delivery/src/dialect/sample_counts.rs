//! How the sender writes, counted on the first rows: decimal mark, dates, words for yes and no.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use contract::{Field, FieldType, TableSchema};

use super::stated::StatedDialect;
use super::words::{DATE_FORMS, YesNoWords};
use crate::formats::records::Records;
use crate::rows::values::{DateForm, date_shape};
use crate::text::compact;

/// Rows below the header that are counted.
const COUNTED: usize = 2000;

/// How the sender writes, counted on the sample.
#[derive(Default)]
pub(super) struct SampleCounts {
    comma: usize,
    point: usize,
    iso: usize,
    french: usize,
    american: usize,
    /// Dates with a second part that cannot be a month's day in the American form: `25/03`.
    surely_french: usize,
    serial: usize,
    /// Words for yes and no, folded.
    pub(super) words: BTreeSet<String>,
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
        let rows = header + 1..sample.len().min(header + 1 + COUNTED);

        for (field, column) in table.fields.iter().zip(columns) {
            let Some(column) = *column else { continue };
            for row in rows.clone() {
                counts.count(field, sample.get(row, column), words);
            }
        }

        counts
    }

    fn count(&mut self, field: &Field, text: &str, words: &YesNoWords) {
        match field.kind {
            FieldType::Number => {
                self.comma += usize::from(text.contains(',') && !text.contains('.'));
                self.point += usize::from(text.contains('.') && !text.contains(','));
            }
            FieldType::Date => self.count_date(text),
            FieldType::String
                if field.is_yes_no()
                    && text.len() <= 20
                    && words.yes_no(text).is_some_and(|w| w != "inconnu") =>
            {
                self.words.insert(YesNoWords::key(text));
            }
            _ => {}
        }
    }

    fn count_date(&mut self, text: &str) {
        match date_shape(text) {
            Some(DateForm::Iso) => self.iso += 1,
            Some(DateForm::American) => self.american += 1,
            Some(DateForm::Serial) => self.serial += 1,
            Some(_) => {
                self.french += 1;
                let day = text.split(['/', '-', '.']).next();
                let day = day.and_then(|d| d.parse::<u32>().ok());
                self.surely_french += usize::from(day.is_some_and(|d| d > 12));
            }
            None => {}
        }
    }

    /// The decimal mark; where nothing tells, the one that goes with the separator.
    pub(super) fn mark(&self, separator: u8, workbook: bool) -> char {
        match self.comma.cmp(&self.point) {
            Ordering::Greater => ',',
            Ordering::Less => '.',
            Ordering::Equal if separator == b';' && !workbook => ',',
            Ordering::Equal => '.',
        }
    }

    /// The form of the dates, and its name in the report.
    pub(super) fn dates(&self, stated: &StatedDialect) -> (DateForm, String) {
        let stated = stated.date_form.as_deref().map(compact);
        let named = |(name, ..): &&(&str, DateForm, &str)| stated.as_deref() == Some(*name);
        if let Some((_, form, label)) = DATE_FORMS.iter().find(named) {
            return (*form, (*label).into());
        }

        // Dates with a thirteenth month in the French form, and no day that only the French form allows.
        let american = self.american > 0
            && self.surely_french == 0
            && self.american * 10 >= self.french + self.american;

        if american {
            return (DateForm::American, "mm/jj/aaaa".into());
        }

        let forms: Vec<&str> = [
            (self.iso, "AAAA-MM-JJ"),
            (self.french, "jj/mm/aaaa"),
            (self.serial, "numéros Excel"),
        ]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(_, label)| label)
        .collect();

        (DateForm::Any, forms.join(" et "))
    }
}
