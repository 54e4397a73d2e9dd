//! XLSX: one sheet per table, definition on top, frozen header, French number formats.

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format as Style, FormatBorder, Workbook, Worksheet, XlsxError,
};

use crate::disclosure::{Cell, GatedTable};
use crate::error::{Context, Result};
use crate::query::definition::Format;
use crate::query::table::Value;

use super::{HIDDEN, NOT_FOR_RELEASE};

/// Rows above the table: title, definition, unit and population, limits, one blank.
const HEADER_ROW: u32 = 5;

/// A workbook of several tables, in order.
///
/// # Errors
/// If a sheet cannot be built.
pub fn workbook(tables: &[&GatedTable]) -> Result<Vec<u8>> {
    let fail = || "classeur XLSX".to_string();
    let mut book = Workbook::new();
    // A fixed creation date: the same tables must give the same bytes.
    let created = ExcelDateTime::from_ymd(2024, 1, 1).access(fail)?;
    book.set_properties(
        &DocProperties::new()
            .set_creation_datetime(&created)
            .set_author("medicobus"),
    );
    let mut names: Vec<String> = Vec::new();
    for table in tables {
        let name = sheet_name(&table.definition().nom, &names);
        let sheet = book.add_worksheet();
        sheet.set_name(&name).access(fail)?;
        names.push(name);
        fill(sheet, table).access(fail)?;
    }
    book.save_to_buffer().access(fail)
}

/// Excel allows 31 characters and no repeat.
fn sheet_name(name: &str, taken: &[String]) -> String {
    let base: String = name.chars().take(28).collect();
    let mut candidate: String = name.chars().take(31).collect();
    let mut number = 2;
    while taken.contains(&candidate) {
        candidate = format!("{base}_{number}");
        number += 1;
    }
    candidate
}

fn fill(sheet: &mut Worksheet, table: &GatedTable) -> std::result::Result<(), XlsxError> {
    let definition = table.definition();
    let title = Style::new()
        .set_bold()
        .set_font_size(14)
        .set_font_color("#000091");
    let head = Style::new()
        .set_bold()
        .set_background_color("#F5F5FE")
        .set_border_bottom(FormatBorder::Thin)
        .set_text_wrap();
    sheet.write_string_with_format(0, 0, &definition.titre, &title)?;
    sheet.write_string(1, 0, &definition.definition)?;
    sheet.write_string(
        2,
        0,
        format!(
            "Unité : {}. Population : {}",
            definition.unite, definition.population
        ),
    )?;
    let mut notes = definition.limites.join(" ");
    if !table.publishable() {
        notes = format!("{NOT_FOR_RELEASE}. {notes}");
    }
    sheet.write_string(3, 0, notes)?;
    for (column, meta) in definition.colonnes.iter().enumerate() {
        let column = column as u16;
        sheet.write_string_with_format(HEADER_ROW, column, &meta.titre, &head)?;
        sheet.set_column_width(column, meta.titre.chars().count().clamp(12, 32) as f64)?;
        let style = Style::new().set_num_format(number_format(meta.format));
        for (row, cells) in table.rows().iter().enumerate() {
            let row = HEADER_ROW + 1 + row as u32;
            if let Some(cell) = cells.get(usize::from(column)) {
                write(sheet, row, column, cell, &style)?;
            }
        }
    }
    sheet.set_freeze_panes(HEADER_ROW + 1, 1)?;
    Ok(())
}

fn write(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    style: &Style,
) -> std::result::Result<(), XlsxError> {
    match cell {
        Cell::Hidden => sheet.write_string(row, column, HIDDEN)?,
        Cell::Open(Value::Null) => sheet,
        // Written as strings, texts are never evaluated, whatever they begin with.
        Cell::Open(Value::Text(text)) => sheet.write_string(row, column, text)?,
        Cell::Open(Value::Int(number)) => {
            sheet.write_number_with_format(row, column, *number as f64, style)?
        }
        Cell::Open(Value::Float(number)) => {
            sheet.write_number_with_format(row, column, *number, style)?
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

fn number_format(format: Format) -> &'static str {
    match format {
        Format::Texte => "General",
        Format::Entier => "# ##0",
        Format::Decimal1 | Format::Jours => "# ##0.0",
        Format::Decimal2 => "# ##0.00",
        // Queries return percentages as 0–100.
        Format::Pourcent => "0.0\" %\"",
        Format::Points => "+0.0;-0.0;0.0",
        Format::Euros => "# ##0\" €\"",
        Format::Date => "dd/mm/yyyy",
    }
}
