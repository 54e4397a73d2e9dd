//! A row of a sheet while it is put together, of whichever kind of workbook.

use base::text::column_letters;

use crate::container::limits::SizeLimits;
use crate::formats::csv_blocks::Fault;

/// A row that holds something: its number from 0, its cells up to the last that is not empty.
pub(crate) type SheetRow = (u32, Vec<SheetCell>);

/// A cell of a sheet.
#[derive(Debug, Clone, Default)]
pub(crate) struct SheetCell {
    pub(crate) text: String,
    /// Whether it holds a number, and not the writing of one.
    pub(crate) number: bool,
}

impl SheetCell {
    /// A number as its reader sees it, with its unit: `75 k€` is not to be taken for 75.
    pub(crate) fn shown_with(self, unit: &str) -> Self {
        Self {
            text: format!("{} {unit}", self.text),
            number: false,
        }
    }
}

/// A row being put together, within the limits.
#[derive(Default)]
pub(crate) struct Filling {
    cells: Vec<SheetCell>,
    bytes: usize,
}

impl Filling {
    /// Puts a cell `times` times from `column` on.
    pub(crate) fn put(
        &mut self,
        row: u32,
        column: usize,
        times: usize,
        cell: &SheetCell,
        limits: &SizeLimits,
    ) -> Result<(), Fault> {
        if cell.text.is_empty() {
            return Ok(());
        }
        let end = column.saturating_add(times);

        if end > limits.columns {
            return Err(Fault::Limit(format!(
                "la ligne {} a plus de {} colonnes",
                row + 1,
                limits.columns
            )));
        }

        self.bytes = self.bytes.saturating_add(cell.text.len().saturating_mul(times));
        if self.bytes > limits.record_bytes {
            return Err(Fault::Limit(format!(
                "la ligne {} dépasse {} octets",
                row + 1,
                limits.record_bytes
            )));
        }

        if self.cells.len() < end {
            self.cells.resize(end, SheetCell::default());
        }
        self.cells[column..end].iter_mut().for_each(|place| place.clone_from(cell));

        Ok(())
    }

    /// The row, if it holds anything.
    pub(crate) fn done(self, row: u32) -> Option<SheetRow> {
        (!self.cells.is_empty()).then_some((row, self.cells))
    }
}

/// What stops the reading of a sheet at a formula whose value was not stored: it would pass for an empty cell.
pub(crate) fn not_computed(row: u32, column: usize) -> Fault {
    let cell = format!("{}{}", column_letters(column), u64::from(row) + 1);
    Fault::Formula(format!("la cellule {cell} contient une formule sans son résultat"))
}

/// `PT09H30M00S`, an ODS time, as `09:30`.
pub(crate) fn time_of_day(duration: &str) -> String {
    let parts: Vec<&str> = duration.trim_start_matches("PT").split(['H', 'M']).take(2).collect();

    match parts.as_slice() {
        [hours, minutes] => format!("{hours:0>2}:{minutes:0>2}"),
        _ => duration.to_owned(),
    }
}
