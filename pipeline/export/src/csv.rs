//! CSV: UTF-8, comma, one header line; texts that a spreadsheet would run as formulas are neutralised.

use base::error::{Context, Result};
use base::table::Value;
use base::text::neutral;
use disclosure::{Cell, GatedTable};

use super::marks::{HIDDEN, NOT_FOR_RELEASE, machine};

/// The table as CSV. An unprotected table has one more column, `diffusion`, on every row, so that the warning follows
/// the rows wherever they are pasted.
///
/// # Errors
/// If a row cannot be encoded.
pub fn bytes(table: &GatedTable) -> Result<Vec<u8>> {
    let fail = || format!("CSV de {}", table.definition().name);
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let extra = (!table.publishable()).then_some("diffusion");

    let header = table.definition().columns.iter().map(|c| c.name.as_str()).chain(extra);
    writer.write_record(header).access(fail)?;

    for row in table.rows() {
        let mark = extra.map(|_| NOT_FOR_RELEASE.to_string());
        writer.write_record(row.iter().map(cell).chain(mark)).access(fail)?;
    }

    writer.into_inner().access(fail)
}

/// A small table of texts that no gate guards, neutralised alike.
///
/// # Errors
/// If a row cannot be encoded.
pub fn plain<const N: usize>(
    header: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Result<Vec<u8>> {
    let fail = || format!("CSV de {}", header.join(", "));
    let mut writer = ::csv::Writer::from_writer(Vec::new());

    writer.write_record(header).access(fail)?;
    for row in rows {
        writer.write_record(row.map(|text| neutral(&text))).access(fail)?;
    }
    writer.into_inner().access(fail)
}

/// A cell as CSV holds it.
fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Open(Value::Text(text)) => neutral(text),
        Cell::Open(value) => machine(value),
        Cell::Hidden => HIDDEN.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: Value) -> String {
        cell(&Cell::Open(value))
    }

    #[test]
    fn formulas_are_neutralised_and_numbers_are_not() {
        for hostile in ["=1+1", "+33", "-2", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(written(Value::Text(hostile.into())), format!("'{hostile}"));
        }
        assert_eq!(written(Value::Int(-2)), "-2");
        assert_eq!(written(Value::Float(-0.5)), "-0.5");
        assert_eq!(written(Value::Text("L'Aigle".into())), "L'Aigle");
    }
}
