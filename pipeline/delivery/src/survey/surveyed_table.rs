//! A file, or a sheet, that was put to its table.

use contract::TableSchema;

use crate::dialect::FileLayout;
use crate::report::FileReport;

/// One file, or one sheet, that holds a table.
pub(crate) struct SurveyedTable<'c> {
    pub(crate) entry: usize,
    /// Sheet as it may be shown.
    pub(crate) sheet: Option<String>,
    /// Its rank in the workbook.
    pub(crate) rank: usize,
    pub(crate) table: &'c TableSchema,
    /// Absent when the file cannot be read as this table.
    pub(crate) layout: Option<FileLayout>,
}

impl SurveyedTable<'_> {
    /// Its report before any row is read.
    pub(crate) fn report(&self, file: &str) -> FileReport {
        FileReport {
            file: file.to_owned(),
            sheet: self.sheet.clone(),
            table: Some(self.table.name.clone()),
            sha256: String::new(),
            dialect: self.layout.as_ref().map(|l| l.dialect.clone()),
            read: 0,
            accepted: 0,
            refused: 0,
        }
    }
}
