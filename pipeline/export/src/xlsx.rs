//! XLSX: one sheet per table, definition on top, frozen header, sources below, French number formats; before them a sheet
//! « Lisez-moi » that says what the workbook is and leads to each table.

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format as Style, FormatAlign, FormatBorder, Url, Workbook,
    Worksheet, XlsxError,
};

use base::definition::{Definition, Format};
use base::error::{Context, Result};
use base::table::Value;
use disclosure::{Cell, GatedTable};

use super::marks::{FICTIVE, HIDDEN, NOT_FOR_RELEASE};

/// Rows above the header: title, definition, one blank or the marks.
const HEADER_ROW: u32 = 3;
/// Name of the first sheet.
const README: &str = "Lisez-moi";
/// Excel's limit for the name of a sheet.
const NAME: usize = 31;
/// Columns that a sentence may take.
const SPAN: u16 = 6;

/// One table of a workbook.
pub struct TableSheet<'a> {
    /// Key of the table in its document: `synthese`, `synthese/parties`.
    pub key: &'a str,
    /// Its scope in words: `par territoire`; empty for the whole zone.
    pub scope: String,
    /// The table.
    pub table: &'a GatedTable,
}

/// What the first sheet says.
pub struct Readme {
    /// Title of the document.
    pub title: String,
    /// Names and values in order: zone, year, version of the store…
    pub facts: Vec<(String, String)>,
    /// Whether the data are made up.
    pub made_up: bool,
    /// Sentences on how to read the tables.
    pub notes: Vec<String>,
}

/// A workbook of several tables, in order, without a first sheet.
///
/// # Errors
/// If a sheet cannot be built.
pub fn workbook(tables: &[&GatedTable]) -> Result<Vec<u8>> {
    let sheets: Vec<TableSheet<'_>> = tables
        .iter()
        .map(|table| TableSheet {
            key: &table.definition().name,
            scope: String::new(),
            table,
        })
        .collect();

    build(None, &sheets)
}

/// The workbook of a document: « Lisez-moi », then a sheet per table.
///
/// # Errors
/// If a sheet cannot be built.
pub fn document(readme: &Readme, sheets: &[TableSheet<'_>]) -> Result<Vec<u8>> {
    build(Some(readme), sheets)
}

fn build(readme: Option<&Readme>, sheets: &[TableSheet<'_>]) -> Result<Vec<u8>> {
    let fail = || "classeur XLSX".to_string();
    let mut book = Workbook::new();

    // A fixed creation date: the same tables must give the same bytes.
    let created = ExcelDateTime::from_ymd(2024, 1, 1).access(fail)?;
    let title = readme.map_or("", |r| r.title.as_str());
    book.set_properties(
        &DocProperties::new()
            .set_creation_datetime(&created)
            .set_title(title)
            .set_author("medicobus"),
    );

    let mut names: Vec<String> = Vec::new();
    for sheet in sheets {
        names.push(sheet_name(sheet.key, &names));
    }

    if let Some(readme) = readme {
        let first = book.add_worksheet();
        first.set_name(README).access(fail)?;
        contents(first, readme, sheets, &names).access(fail)?;
    }

    for (sheet, name) in sheets.iter().zip(&names) {
        let page = book.add_worksheet();
        page.set_name(name).access(fail)?;
        fill(page, sheet, readme).access(fail)?;
    }

    book.save_to_buffer().access(fail)
}

/// `synthese par zone` for the key `synthese/parties`; Excel allows 31 characters and no repeat.
fn sheet_name(key: &str, taken: &[String]) -> String {
    let (base, suffix) = match key.split_once('/') {
        None => (key, String::new()),
        Some((base, "parties")) => (base, " par zone".to_string()),
        Some((base, "medicobus")) => (base, " par bus".to_string()),
        Some((base, "precedent")) => (base, " N-1".to_string()),
        Some((base, other)) => (base, format!(" {}", other.replace('/', " "))),
    };

    let fit = |suffix: &str| {
        let room = NAME.saturating_sub(suffix.chars().count());
        let base: String = base.chars().take(room).collect();
        format!("{base}{suffix}").chars().take(NAME).collect::<String>()
    };

    let mut candidate = fit(&suffix);
    let mut number = 2;
    while taken.contains(&candidate) || candidate == README {
        candidate = fit(&format!("{suffix} {number}"));
        number += 1;
    }

    candidate
}

/// The title of a table with its scope.
fn heading(sheet: &TableSheet<'_>) -> String {
    let title = &sheet.table.definition().title;
    match sheet.scope.as_str() {
        "" => title.clone(),
        scope => format!("{title}, {scope}"),
    }
}

fn title_style() -> Style {
    Style::new().set_bold().set_font_size(14).set_font_color("#000091")
}

fn warning_style() -> Style {
    Style::new().set_bold().set_font_color("#B60000")
}

/// Marks that every sheet must carry.
fn marks(publishable: bool, made_up: bool) -> String {
    let marks = [(made_up, FICTIVE), (!publishable, NOT_FOR_RELEASE)];
    let marks: Vec<&str> = marks.iter().filter(|m| m.0).map(|m| m.1).collect();
    marks.join(" · ")
}

fn contents(
    sheet: &mut Worksheet,
    readme: &Readme,
    sheets: &[TableSheet<'_>],
    names: &[String],
) -> std::result::Result<(), XlsxError> {
    let bold = Style::new().set_bold();
    let wrapped = Style::new().set_text_wrap().set_align(FormatAlign::Top);
    sheet.set_column_width(0, 34)?;
    sheet.set_column_width(1, 48)?;
    sheet.set_column_width(2, 80)?;

    sheet.write_string_with_format(0, 0, &readme.title, &title_style())?;
    let publishable = sheets.iter().all(|s| s.table.publishable());
    sheet.write_string_with_format(1, 0, marks(publishable, readme.made_up), &warning_style())?;

    let mut row = 2;
    for (name, value) in &readme.facts {
        sheet.write_string_with_format(row, 0, name, &bold)?;
        sheet.write_string(row, 1, value)?;
        row += 1;
    }

    for note in &readme.notes {
        sheet.write_string(row, 0, note)?;
        row += 1;
    }

    row += 1;
    for (column, head) in ["Feuille", "Tableau", "Définition"].iter().enumerate() {
        sheet.write_string_with_format(row, column as u16, *head, &header_style())?;
    }

    for (table, name) in sheets.iter().zip(names) {
        row += 1;
        let link = Url::new(format!("internal:'{name}'!A1")).set_text(name);
        sheet.write_url(row, 0, link)?;
        sheet.write_string_with_format(row, 1, heading(table), &wrapped)?;
        sheet.write_string_with_format(row, 2, &table.table.definition().definition, &wrapped)?;
    }

    Ok(())
}

fn header_style() -> Style {
    Style::new()
        .set_bold()
        .set_background_color("#F5F5FE")
        .set_border_bottom(FormatBorder::Thin)
        .set_align(FormatAlign::Top)
        .set_text_wrap()
}

fn fill(
    page: &mut Worksheet,
    sheet: &TableSheet<'_>,
    readme: Option<&Readme>,
) -> std::result::Result<(), XlsxError> {
    let table = sheet.table;
    let definition = table.definition();
    let width = set_widths(page, table)?;

    page.write_string_with_format(0, 0, heading(sheet), &title_style())?;
    sentence(page, 1, width, &definition.definition)?;

    let made_up = readme.is_some_and(|r| r.made_up);
    page.write_string_with_format(2, 0, marks(table.publishable(), made_up), &warning_style())?;
    if readme.is_some() {
        let back = Url::new(format!("internal:'{README}'!A1")).set_text("Lisez-moi");
        page.write_url(2, SPAN - 1, back)?;
    }

    for (column, meta) in definition.columns.iter().enumerate() {
        let column = column as u16;
        page.write_string_with_format(HEADER_ROW, column, &meta.title, &header_style())?;
        let style = Style::new().set_num_format(number_format(meta.format));

        for (row, cells) in table.rows().iter().enumerate() {
            let row = HEADER_ROW + 1 + row as u32;
            if let Some(cell) = cells.get(usize::from(column)) {
                write(page, row, column, cell, &style)?;
            }
        }
    }

    let below = HEADER_ROW + 2 + table.rows().len() as u32;
    for (row, note) in (below..).zip(notes(definition)) {
        sentence(page, row, width, &note)?;
    }

    // The header stays in view while the rows scroll.
    page.set_freeze_panes(HEADER_ROW + 1, 1)?;
    Ok(())
}

/// Sets the widths of the columns by what they hold; returns the width that a sentence has.
fn set_widths(page: &mut Worksheet, table: &GatedTable) -> std::result::Result<f64, XlsxError> {
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
fn sentence(
    page: &mut Worksheet,
    row: u32,
    width: f64,
    text: &str,
) -> std::result::Result<(), XlsxError> {
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
    style: &Style,
) -> std::result::Result<(), XlsxError> {
    match cell {
        Cell::Hidden => {
            let right = Style::new().set_align(FormatAlign::Right);
            sheet.write_string_with_format(row, column, HIDDEN, &right)?
        }
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

/// Formats in Excel's own notation, whose `,` and `.` it shows as the reader's language has them: `1 400 000` in French.
fn number_format(format: Format) -> &'static str {
    match format {
        Format::Text => "General",
        Format::Integer => "#,##0",
        Format::Decimal1 | Format::Days => "#,##0.0",
        Format::Decimal2 => "#,##0.00",
        // Queries return percentages as 0–100.
        Format::Percent => "0.0\" %\"",
        Format::Points => "+0.0;-0.0;0.0",
        Format::Euros => "#,##0\" €\"",
        Format::Date => "dd/mm/yyyy",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_are_named_after_their_key_and_never_twice() {
        let mut names = Vec::new();
        for key in [
            "synthese",
            "synthese/parties",
            "synthese/medicobus",
            "consultations_par_profil/precedent",
            "part_sans_mt_patients/medicobus",
            "une_requete_au_nom_beaucoup_trop_long_un",
            "une_requete_au_nom_beaucoup_trop_long_deux",
        ] {
            names.push(sheet_name(key, &names));
        }
        assert_eq!(
            names,
            [
                "synthese",
                "synthese par zone",
                "synthese par bus",
                "consultations_par_profil N-1",
                "part_sans_mt_patients par bus",
                "une_requete_au_nom_beaucoup_tro",
                "une_requete_au_nom_beaucoup_t 2",
            ]
        );
        assert!(names.iter().all(|n| n.chars().count() <= NAME));
    }
}
