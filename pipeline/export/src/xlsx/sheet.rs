//! One table on a sheet: title, definition and marks, the table itself with its filters, what it is made of below.

use std::collections::HashSet;

use rust_xlsxwriter::{
    ExcelDateTime, Format as Style, FormatAlign, Table, TableColumn, TableStyle, Url, Worksheet,
    XlsxError,
};

use base::definition::{Definition, Format};
use base::table::Value;
use disclosure::{Cell, GatedTable};

use super::names::{DETAIL, Place, README};
use super::{A4, Readme, TableSheet, header_style, marks, title_style, warning_style};
use crate::marks::HIDDEN;

/// Rows above the header: title, definition, marks.
const HEADER_ROW: u32 = 3;
/// Columns that a sentence may take.
const SPAN: u16 = 6;

/// A table and where it stands.
pub(super) struct TablePage<'a> {
    sheet: &'a TableSheet<'a>,
    readme: Option<&'a Readme>,
    place: &'a Place,
}

impl<'a> TablePage<'a> {
    pub(super) fn new(
        sheet: &'a TableSheet<'a>,
        readme: Option<&'a Readme>,
        place: &'a Place,
    ) -> Self {
        Self { sheet, readme, place }
    }

    /// Writes the table from the row of its place on.
    pub(super) fn fill(&self, page: &mut Worksheet) -> Result<(), XlsxError> {
        let table = self.sheet.table;
        let top = self.place.row;
        let header = top + HEADER_ROW;
        let own_sheet = self.place.name != DETAIL;
        let width = if own_sheet {
            set_widths(page, table)?
        } else {
            set_one_width(page)?
        };

        page.write_string_with_format(top, 0, self.sheet.heading(), &title_style())?;
        sentence(page, top + 1, width, &table.definition().definition)?;
        let marks = marks(table.publishable(), self.readme);
        page.write_string_with_format(top + 2, 0, marks, &warning_style())?;
        if self.readme.is_some() {
            let back = Url::new(format!("internal:'{README}'!A1")).set_text(README);
            page.write_url(top + 2, SPAN - 1, back)?;
        }

        self.rows(page, header)?;
        let below = header + rows_below_header(table) + 1;
        for (row, note) in (below..).zip(notes(table.definition())) {
            sentence(page, row, width, &note)?;
        }

        if own_sheet {
            // The header stays in view while the rows scroll, and comes again on each page.
            page.set_freeze_panes(header + 1, 1)?;
            page.set_repeat_rows(header, header)?;
        }
        page.set_landscape().set_paper_size(A4).set_print_fit_to_pages(1, 0);
        page.set_footer("&L&A&RPage &P sur &N");
        Ok(())
    }

    /// The header and the rows, as a table of Excel's own.
    fn rows(&self, page: &mut Worksheet, header: u32) -> Result<(), XlsxError> {
        let table = self.sheet.table;
        let columns = &table.definition().columns;

        for (row, cells) in (header + 1..).zip(table.rows()) {
            for ((column, meta), cell) in (0..).zip(columns).zip(cells) {
                write(page, row, column, cell, meta.format)?;
            }
        }

        let mut taken = HashSet::new();
        let heads: Vec<TableColumn> = columns
            .iter()
            .map(|meta| {
                // Two columns of one title would be one for Excel.
                let mut title = meta.title.clone();
                while !taken.insert(title.to_lowercase()) {
                    title.push_str(" (bis)");
                }
                TableColumn::new().set_header(title).set_header_format(header_style())
            })
            .collect();

        let last = header + rows_below_header(table);
        let filtered = Table::new().set_columns(&heads).set_style(TableStyle::Light1);
        page.add_table(header, 0, last, columns.len().saturating_sub(1) as u16, &filtered)?;
        Ok(())
    }
}

/// Rows that a table takes on a sheet, a blank one under it included.
pub(super) fn height(table: &GatedTable) -> u32 {
    HEADER_ROW + rows_below_header(table) + notes(table.definition()).len() as u32 + 3
}

/// Excel wants a row even where there is nothing to say.
fn rows_below_header(table: &GatedTable) -> u32 {
    table.rows().len().max(1) as u32
}

/// Sets the widths of the columns by what they hold; returns the width that a sentence has.
fn set_widths(page: &mut Worksheet, table: &GatedTable) -> Result<f64, XlsxError> {
    let definition = table.definition();
    let mut width = 0.0;
    for (column, meta) in definition.columns.iter().enumerate() {
        let letters = table
            .rows()
            .iter()
            .filter_map(|row| row.get(column).and_then(Cell::open).and_then(Value::as_text))
            .map(|text| text.chars().count())
            .chain(meta.title.split(' ').map(|word| word.chars().count() + 2))
            .max();

        let letters = letters.unwrap_or(12).clamp(12, 40) as f64;
        page.set_column_width(column as u16, letters)?;
        if (column as u16) < SPAN {
            width += letters;
        }
    }

    let missing = usize::from(SPAN).saturating_sub(definition.columns.len());
    Ok((width + 9.0 * missing as f64).max(40.0))
}

/// One width for the columns of tables that share a sheet; returns the width that a sentence has.
fn set_one_width(page: &mut Worksheet) -> Result<f64, XlsxError> {
    page.set_column_range_width(0, 24, 18)?;
    Ok(18.0 * f64::from(SPAN))
}

/// What stands under a table: how it is computed, on whom, from what, with which limits.
fn notes(definition: &Definition) -> Vec<String> {
    let mut notes = vec![
        format!("Calcul : {}", definition.formula),
        format!("Unité : {}", definition.unit),
        format!("Population : {}", definition.population),
        format!("Sources : {}", definition.sources.join(", ")),
        format!("Requête : {}", definition.name),
    ];

    notes.extend(definition.limits.iter().map(|l| format!("Limite : {l}")));
    notes
}

/// A sentence across the first columns, on as many lines as it takes.
fn sentence(page: &mut Worksheet, row: u32, width: f64, text: &str) -> Result<(), XlsxError> {
    let style = Style::new().set_text_wrap().set_align(FormatAlign::Top);
    page.merge_range(row, 0, row, SPAN - 1, text, &style)?;
    let lines = (text.chars().count() as f64 / (0.95 * width)).ceil().max(1.0);
    page.set_row_height(row, 15.0 * lines)?;
    Ok(())
}

fn write(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    format: Format,
) -> Result<(), XlsxError> {
    let style = Style::new().set_num_format(number_format(format));
    match cell {
        Cell::Hidden => {
            let right = Style::new().set_align(FormatAlign::Right);
            sheet.write_string_with_format(row, column, HIDDEN, &right)?
        }
        Cell::Open(Value::Null) => sheet,
        // Written as strings, texts are never evaluated, whatever they begin with.
        Cell::Open(Value::Text(text)) => sheet.write_string(row, column, text)?,
        Cell::Open(Value::Int(number)) => {
            sheet.write_number_with_format(row, column, *number as f64, &style)?
        }
        Cell::Open(Value::Float(number)) => {
            let number = if format == Format::Percent { number / 100.0 } else { *number };
            sheet.write_number_with_format(row, column, number, &style)?
        }
        Cell::Open(Value::Date(day)) => {
            let date = ExcelDateTime::parse_from_str(&day.format("%Y-%m-%d").to_string())?;
            sheet.write_datetime_with_format(
                row,
                column,
                date,
                &Style::new().set_num_format("dd/mm/yyyy"),
            )?
        }
    };

    Ok(())
}

/// Formats in Excel's own notation, whose `,` and `.` it shows as the reader's language has them: `1 400 000` in French.
fn number_format(format: Format) -> &'static str {
    match format {
        Format::Text => "General",
        Format::Integer => "#,##0",
        Format::Decimal1 | Format::Days => "#,##0.0",
        Format::Decimal2 => "#,##0.00",
        Format::Probability => "[<0.005]\"< 0,005\";0.00",
        // Queries return percentages as 0–100, Excel's are shares of one.
        Format::Percent => "0.0 %",
        Format::Points => "+0.0;-0.0;0.0",
        Format::Euros => "#,##0\" €\"",
        Format::Date => "dd/mm/yyyy",
    }
}
