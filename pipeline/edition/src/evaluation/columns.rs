//! Columns of a raw answer, found by name.

use base::error::{Error, Result};
use base::table::RawTable;

/// Where the columns of an answer are.
pub struct ColumnIndex<'a> {
    table: &'a RawTable,
}

impl<'a> ColumnIndex<'a> {
    /// The columns of `table`.
    pub fn new(table: &'a RawTable) -> Self {
        Self { table }
    }

    /// Index of a column.
    ///
    /// # Errors
    /// A query that was changed and no longer has it.
    pub fn of(&self, name: &str) -> Result<usize> {
        let definition = &self.table.definition;
        let place = definition.columns.iter().position(|c| c.name == name);

        place.ok_or_else(|| {
            Error::usage(format!(
                "requête {} : la colonne {name} manque, l'évaluation en a besoin",
                definition.name
            ))
            .hint("reprenez la requête publiée, ou ajoutez la colonne à la vôtre")
        })
    }

    /// Indices of several columns, in the order of their names.
    ///
    /// # Errors
    /// As [`ColumnIndex::of`], for the first that is missing.
    pub fn all<const N: usize>(&self, names: [&str; N]) -> Result<[usize; N]> {
        let mut found = [0; N];
        for (place, name) in found.iter_mut().zip(names) {
            *place = self.of(name)?;
        }
        Ok(found)
    }
}
