//! XLSX: one sheet per table, definition on top, a table of Excel's own with its filters, sources below, French number formats, ready to
//! print; before them a sheet « Lisez-moi » that says what the workbook is and leads to each table. What is not read first shares
//! the last sheet.

mod names;
mod sheet;

use std::io::Cursor;

use calamine::{Data, DataType, Reader, Xlsx};
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format as Style, FormatAlign, FormatBorder, Url, Workbook,
    Worksheet, XlsxError,
};

use base::error::{Context, Result};
use disclosure::GatedTable;

use super::marks::{DRAFT, FICTIVE, NOT_FOR_RELEASE};
use names::{DETAIL, Place, README, places};
use sheet::TablePage;

/// Excel's number for the paper.
const A4: u8 = 9;
/// Sheets that a reader finds their way in, « Lisez-moi » and « Détail » included.
const SHEETS: usize = 15;

/// One table of a workbook.
pub struct TableSheet<'a> {
    /// Key of the table in its document: `synthese`, `synthese/parties`.
    pub key: &'a str,
    /// Its scope in words: `par territoire`; empty for the whole zone.
    pub scope: String,
    /// The table.
    pub table: &'a GatedTable,
}

impl TableSheet<'_> {
    /// The title of a table with its scope.
    fn heading(&self) -> String {
        let title = &self.table.definition().title;
        match self.scope.as_str() {
            "" => title.clone(),
            scope => format!("{title}, {scope}"),
        }
    }
}

/// What the first sheet says.
pub struct Readme {
    /// Title of the document.
    pub title: String,
    /// Names and values in order: zone, year, version of the store…
    pub facts: Vec<(String, String)>,
    /// Whether the data are made up.
    pub made_up: bool,
    /// Whether the document is still a draft.
    pub draft: bool,
    /// Sentences on how to read the tables.
    pub notes: Vec<String>,
}

/// What « Lisez-moi » calls the SHA-256 of the manifest that the workbook was made with.
pub const ORIGIN: &str = "Empreinte du manifeste";

/// What « Lisez-moi » says under a name, in a workbook of ours.
pub fn fact(workbook: &[u8], name: &str) -> Option<String> {
    let mut book = Xlsx::new(Cursor::new(workbook)).ok()?;
    let sheet = book.worksheet_range(README).ok()?;
    let text = |cell: Option<&Data>| cell.and_then(|c| c.get_string()).map(str::to_owned);
    let row = sheet.rows().find(|row| text(row.first()).as_deref() == Some(name))?;
    text(row.get(1))
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

/// The workbook of a document: « Lisez-moi », then a sheet per table, those that are read first before those that share « Détail ».
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

    let places = places(sheets, if readme.is_some() { SHEETS } else { usize::MAX });
    if let Some(readme) = readme {
        let first = book.add_worksheet();
        first.set_name(README).access(fail)?;
        contents(first, readme, sheets, &places).access(fail)?;
    }

    let mut detail: Option<Worksheet> = None;
    for (sheet, place) in sheets.iter().zip(&places) {
        let page = match place.name.as_str() {
            DETAIL => detail.get_or_insert_with(Worksheet::new),
            _ => book.add_worksheet(),
        };
        page.set_name(&place.name).access(fail)?;
        TablePage::new(sheet, readme, place).fill(page).access(fail)?;
    }
    if let Some(detail) = detail {
        book.push_worksheet(detail);
    }

    book.save_to_buffer().access(fail)
}

fn title_style() -> Style {
    Style::new().set_bold().set_font_size(14).set_font_color("#000091")
}

fn warning_style() -> Style {
    Style::new().set_bold().set_font_color("#B60000")
}

/// Marks that every sheet must carry.
fn marks(publishable: bool, readme: Option<&Readme>) -> String {
    let made_up = readme.is_some_and(|r| r.made_up);
    let draft = publishable && readme.is_some_and(|r| r.draft);
    let marks = [(draft, DRAFT), (made_up, FICTIVE), (!publishable, NOT_FOR_RELEASE)];
    let marks: Vec<&str> = marks.iter().filter(|m| m.0).map(|m| m.1).collect();
    marks.join(" · ")
}

fn contents(
    sheet: &mut Worksheet,
    readme: &Readme,
    sheets: &[TableSheet<'_>],
    places: &[Place],
) -> std::result::Result<(), XlsxError> {
    let bold = Style::new().set_bold();
    let wrapped = Style::new().set_text_wrap().set_align(FormatAlign::Top);
    sheet.set_column_width(0, 34)?;
    sheet.set_column_width(1, 48)?;
    sheet.set_column_width(2, 80)?;

    sheet.write_string_with_format(0, 0, &readme.title, &title_style())?;
    let publishable = sheets.iter().all(|s| s.table.publishable());
    sheet.write_string_with_format(1, 0, marks(publishable, Some(readme)), &warning_style())?;

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

    for (table, place) in sheets.iter().zip(places) {
        row += 1;
        let target = format!("internal:'{}'!A{}", place.name, place.row + 1);
        sheet.write_url(row, 0, Url::new(target).set_text(&place.name))?;
        sheet.write_string_with_format(row, 1, table.heading(), &wrapped)?;
        sheet.write_string_with_format(row, 2, &table.table.definition().definition, &wrapped)?;
    }

    sheet.set_landscape().set_paper_size(A4).set_print_fit_to_pages(1, 0);
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
