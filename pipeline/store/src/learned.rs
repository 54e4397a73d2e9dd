//! What the accepted rows of a delivery say beyond themselves, for what a commit looks at: what another delivery may tell as well, and
//! which columns they fill, and with what.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Date32Array, RecordBatch};
use datafusion::arrow::datatypes::{Date32Type, Decimal128Type, Int64Type};

use base::error::Result;
use contract::{Field, Nature, TableSchema};
use delivery::Sink;

use super::commit::Content;
use super::layout::Layout;
use super::told::Told;

/// The value of a list that says nothing.
const UNKNOWN: &str = "inconnu";

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Learned {
    /// What another delivery may tell as well.
    pub(super) told: Told,
    /// Values of each optional column, under `table.column`; rows of each month, under `table de AAAA-MM`.
    pub(super) values: BTreeMap<String, u64>,
    /// What numbers say, and lists that admit `inconnu`, under `table.column`.
    pub(super) contents: BTreeMap<String, Content>,
    /// Tables that are lists of what is, each delivery's whole.
    pub(super) lists: BTreeSet<String>,
}

impl Learned {
    /// Adds accepted rows of a table, columns in the contract's order.
    ///
    /// # Errors
    /// If the rows are not in the contract's form.
    pub(super) fn add(
        &mut self,
        table: &TableSchema,
        layouts: &[Layout],
        batch: &RecordBatch,
    ) -> Result<()> {
        self.told.add(table, layouts, batch)?;

        let dated = table.extension.period_field.as_deref().and_then(|field| table.position(field));
        if let Some(days) = dated.and_then(|i| batch.column(i).as_primitive_opt::<Date32Type>()) {
            self.add_months(table, days);
        }
        if table.extension.nature == Nature::Etat {
            self.lists.insert(table.name.clone());
        }

        for (field, column) in table.fields.iter().zip(batch.columns()) {
            let name = || format!("{}.{}", table.name, field.name);
            let filled = (column.len() - column.null_count()) as u64;
            if filled > 0 && !field.constraints.required {
                *self.values.entry(name()).or_default() += filled;
            }

            if let Some(content) = content(field, column).filter(|_| filled > 0) {
                self.contents.entry(name()).or_default().add(content);
            }
        }
        Ok(())
    }

    /// Counts the rows of each month, under a name that is no column's: a month that vanishes is a loss.
    fn add_months(&mut self, table: &TableSchema, days: &Date32Array) {
        let mut by_day: BTreeMap<i32, u64> = BTreeMap::new();
        days.iter().flatten().for_each(|day| *by_day.entry(day).or_default() += 1);
        for (day, rows) in by_day {
            if let Some(date) = Date32Type::to_naive_date_opt(day) {
                let month = format!("{} de {}", table.name, date.format("%Y-%m"));
                *self.values.entry(month).or_default() += rows;
            }
        }
    }
}

impl Content {
    fn add(&mut self, other: Self) {
        self.telling += other.telling;
        self.sum = match (self.sum, other.sum) {
            (Some(one), Some(two)) => Some(one.saturating_add(two)),
            (one, two) => one.or(two),
        };
    }
}

/// What the values of a column say; none of a column that cannot be filled with nothing but zeros or `inconnu`.
fn content(field: &Field, column: &ArrayRef) -> Option<Content> {
    if let Some(numbers) = column.as_primitive_opt::<Decimal128Type>() {
        let sum = numbers.iter().flatten().sum::<i128>();
        return Some(Content {
            telling: numbers.iter().flatten().filter(|number| *number != 0).count() as u64,
            sum: Some(i64::try_from(sum).unwrap_or(i64::MAX)),
        });
    }
    if let Some(numbers) = column.as_primitive_opt::<Int64Type>() {
        let telling = numbers.iter().flatten().filter(|number| *number != 0).count() as u64;
        return Some(Content { telling, sum: None });
    }

    let admitted = field.constraints.values.as_ref()?;
    if !admitted.iter().any(|value| value == UNKNOWN) {
        return None;
    }
    let known = column
        .as_string_opt::<i32>()?
        .iter()
        .flatten()
        .filter(|value| *value != UNKNOWN);
    Some(Content { telling: known.count() as u64, sum: None })
}

/// Learns of accepted rows and lets them go: a check that stores nothing.
pub(super) struct LearnOnly<'l> {
    pub(super) layouts: &'l [Layout],
    pub(super) learned: Learned,
}

impl Sink for LearnOnly<'_> {
    fn accept(&mut self, table: &TableSchema, batch: RecordBatch) -> Result<()> {
        self.learned.add(table, self.layouts, &batch)
    }
}
