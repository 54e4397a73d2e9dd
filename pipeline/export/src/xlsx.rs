//! XLSX: one sheet per table, definition on top, a table of Excel's own with its filters, sources below, French number formats, ready to
//! print; before them a sheet « Lisez-moi » that says what the workbook is and leads to each table. What is not read first shares
//! the last sheet.
//!
//! The workbook of a document is laid out to be read: the years of a table follow each other, codes are words, a table that is wider than
//! high stands on its side. A workbook of answers that were asked for is data: rows and columns stay as they are.

mod detail;
#[cfg(test)]
mod fixture;
mod grid;
mod lines;
mod names;
mod readme;
mod sheet;
mod subjects;
mod words;

use std::io::Cursor;

use calamine::{Data, DataType, Reader, Xlsx};
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format as Style, FormatAlign, FormatBorder, Workbook,
};

use base::error::{Context, Result};
use disclosure::GatedTable;

use super::marks::{DRAFT, FICTIVE, NOT_FOR_RELEASE};
use names::{DETAIL, README, places};
use sheet::TablePage;
pub use subjects::subject;
use subjects::subjects;

/// Excel's number for the paper.
const A4: u8 = 9;
/// Sheets that a reader finds their way in, « Lisez-moi » and « Détail » included.
const SHEETS: usize = 15;

/// One table of a workbook.
pub struct TableSheet<'a> {
    /// Key of the table in its document: `synthese`, `synthese/parties`, `synthese/2024`.
    pub key: &'a str,
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
        .map(|table| TableSheet { key: &table.definition().name, table })
        .collect();

    build(None, &sheets)
}

/// The workbook of a document: « Lisez-moi », then a sheet per table and scope, whatever the years, those that are read first before those that
/// share « Détail ».
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

    let subjects = subjects(sheets, readme.is_some());
    let places = places(&subjects, if readme.is_some() { SHEETS } else { usize::MAX });
    if let Some(readme) = readme {
        let first = book.add_worksheet();
        first.set_name(README).access(fail)?;
        readme::fill(first, readme, &subjects, &places).access(fail)?;
    }

    let pages =
        subjects
            .iter()
            .zip(&places)
            .map(|(subject, place)| TablePage { subject, readme, place });
    let (shared, own): (Vec<_>, Vec<_>) = pages.partition(|page| page.place.name == DETAIL);
    for table in own {
        let page = book.add_worksheet();
        page.set_name(&table.place.name).access(fail)?;
        table.fill(page).access(fail)?;
    }
    if !shared.is_empty() {
        let page = book.add_worksheet();
        page.set_name(DETAIL).access(fail)?;
        detail::fill(page, &shared).access(fail)?;
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

fn header_style() -> Style {
    Style::new()
        .set_bold()
        .set_background_color("#F5F5FE")
        .set_border_bottom(FormatBorder::Thin)
        .set_align(FormatAlign::Top)
        .set_text_wrap()
}

#[cfg(test)]
mod tests;
