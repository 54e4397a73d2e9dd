//! Accepted rows counted by table, bus and month: what two deliveries are compared by.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Date32Type, Int64Type};
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use contract::TableSchema;

use super::values::from_epoch;

/// Accepted rows of one table, of one bus, in one step of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// Table.
    pub table: String,
    /// Bus; empty where the table names none.
    pub medicobus: String,
    /// Month `2025-03`, quarter `2025-T1` or year `2025`, as the table is dated; empty for a state.
    #[serde(rename = "periode")]
    pub step: String,
    /// Accepted rows.
    #[serde(rename = "lignes")]
    pub rows: u64,
}

/// Gathers the accepted rows of all files.
#[derive(Default)]
pub(crate) struct Volumes {
    rows: BTreeMap<(String, String, String), u64>,
    service: ServiceMonths,
}

/// The months of service of the buses that their own table names.
#[derive(Debug, Clone, Default)]
pub(crate) struct ServiceMonths {
    /// The first whole one, where the day of opening is known.
    pub(crate) opened: BTreeMap<String, String>,
    /// The last one of those that have ended.
    pub(crate) ended: BTreeMap<String, String>,
}

impl Volumes {
    /// Takes accepted rows of a table.
    pub(crate) fn add(&mut self, table: &TableSchema, kept: &RecordBatch) {
        let buses = kept.column_by_name("id_medicobus").and_then(|c| c.as_string_opt::<i32>());
        let dated = table.extension.period_field.as_deref();
        let steps = dated.and_then(|field| kept.column_by_name(field)).map(Steps::of);

        // A part of a file has few buses and months, in any order: they are counted before a name is copied.
        let mut counted: BTreeMap<(&str, Step<'_>), u64> = BTreeMap::new();
        for row in 0..kept.num_rows() {
            let bus = buses.filter(|b| b.is_valid(row)).map_or("", |b| b.value(row));
            let step = steps.as_ref().map_or(Step::Whole, |steps| steps.at(row));
            *counted.entry((bus, step)).or_default() += 1;
        }

        for ((bus, step), rows) in counted {
            let key = (table.name.clone(), bus.to_owned(), step.said());
            *self.rows.entry(key).or_default() += rows;
        }

        if table.name == "medicobus" {
            self.serve_buses(kept);
        }
    }

    fn serve_buses(&mut self, kept: &RecordBatch) {
        let Some(ids) = kept.column_by_name("id_medicobus").and_then(|c| c.as_string_opt::<i32>())
        else {
            return;
        };
        let day = |name: &str, row: usize| {
            let days = kept.column_by_name(name)?.as_primitive_opt::<Date32Type>()?;
            days.is_valid(row).then(|| from_epoch(days.value(row))).flatten()
        };

        for (row, id) in ids.iter().enumerate() {
            let Some(id) = id else { continue };
            if let Some(opened) = day("date_mise_en_service", row) {
                let first = month_of(opened) + i32::from(opened.day0() > 0);
                self.service.opened.insert(id.to_owned(), month_text(first));
            }
            if let Some(end) = day("date_fin", row) {
                self.service.ended.insert(id.to_owned(), month_text(month_of(end)));
            }
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (key, rows) in other.rows {
            *self.rows.entry(key).or_default() += rows;
        }
        self.service.opened.extend(other.service.opened);
        self.service.ended.extend(other.service.ended);
    }

    /// The counts in the order of tables, buses and months, and the months of service of the buses.
    pub(crate) fn finish(self) -> (Vec<Volume>, ServiceMonths) {
        let volume = |((table, medicobus, step), rows)| Volume { table, medicobus, step, rows };
        (self.rows.into_iter().map(volume).collect(), self.service)
    }
}

/// A column that dates rows.
enum Steps<'a> {
    Days(&'a Date32Array),
    Years(&'a Int64Array),
    Names(&'a StringArray),
    None,
}

/// When a row is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step<'a> {
    Whole,
    /// Months since year 0.
    Month(i32),
    Year(i64),
    Name(&'a str),
}

impl<'a> Steps<'a> {
    fn of(column: &'a ArrayRef) -> Self {
        if let Some(days) = column.as_primitive_opt::<Date32Type>() {
            Self::Days(days)
        } else if let Some(years) = column.as_primitive_opt::<Int64Type>() {
            Self::Years(years)
        } else if let Some(names) = column.as_string_opt::<i32>() {
            Self::Names(names)
        } else {
            Self::None
        }
    }

    fn at(&self, row: usize) -> Step<'a> {
        match self {
            Self::Days(days) if days.is_valid(row) => {
                from_epoch(days.value(row)).map_or(Step::Whole, |day| Step::Month(month_of(day)))
            }
            Self::Years(years) if years.is_valid(row) => Step::Year(years.value(row)),
            Self::Names(names) if names.is_valid(row) => Step::Name(names.value(row)),
            _ => Step::Whole,
        }
    }
}

impl Step<'_> {
    fn said(self) -> String {
        match self {
            Step::Whole => String::new(),
            Step::Month(month) => month_text(month),
            Step::Year(year) => year.to_string(),
            Step::Name(name) => name.to_owned(),
        }
    }
}

/// Months since year 0.
pub(crate) fn month_of(day: NaiveDate) -> i32 {
    day.year() * 12 + day.month0().cast_signed()
}

/// `2025-03`.
pub(crate) fn month_text(month: i32) -> String {
    format!("{:04}-{:02}", month / 12, month % 12 + 1)
}

/// Months since year 0 of a text as [`month_text`] writes it.
pub(crate) fn month_read(text: &str) -> Option<i32> {
    let (year, month) = text.split_once('-')?;
    let (year, month): (i32, i32) = (year.parse().ok()?, month.parse().ok()?);
    (1..=12).contains(&month).then(|| year * 12 + month - 1)
}
