//! CSV: UTF-8, comma, one header line.

use base::error::{Context, Result};
use disclosure::{Cell, GatedTable};

use super::{HIDDEN, NOT_FOR_RELEASE, machine};

/// The table as CSV. An unprotected table has one more column, `diffusion`, on every row, so that the warning follows
/// the rows wherever they are pasted.
///
/// # Errors
/// If a row cannot be encoded.
pub fn bytes(table: &GatedTable) -> Result<Vec<u8>> {
    let fail = || format!("CSV de {}", table.definition().name);
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let extra = (!table.publishable()).then_some("diffusion");
    let header = table
        .definition()
        .columns
        .iter()
        .map(|c| c.name.as_str())
        .chain(extra);
    writer.write_record(header).access(fail)?;
    for row in table.rows() {
        let cells = row.iter().map(|cell| match cell {
            Cell::Open(value) => machine(value),
            Cell::Hidden => HIDDEN.to_string(),
        });
        let mark = extra.map(|_| NOT_FOR_RELEASE.to_string());
        writer.write_record(cells.chain(mark)).access(fail)?;
    }
    writer.into_inner().access(fail)
}
