//! What the accepted rows of a delivery say beyond themselves, for what a commit looks at: what another delivery may tell as well, and
//! which columns they fill.

use std::collections::BTreeMap;

use datafusion::arrow::array::{Array, RecordBatch};

use base::error::Result;
use contract::TableSchema;
use delivery::Sink;

use super::layout::Layout;
use super::told::Told;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Learned {
    /// What another delivery may tell as well.
    pub(super) told: Told,
    /// Values of each optional column, under `table.column`.
    pub(super) values: BTreeMap<String, u64>,
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

        let columns = table.fields.iter().zip(batch.columns());
        for (field, column) in columns.filter(|(field, _)| !field.constraints.required) {
            let filled = (column.len() - column.null_count()) as u64;
            if filled > 0 {
                *self.values.entry(format!("{}.{}", table.name, field.name)).or_default() += filled;
            }
        }
        Ok(())
    }
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
