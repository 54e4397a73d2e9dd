//! XLSX, XLSB, XLS and ODS workbooks, and Parquet files as workbooks of one sheet: sheets as rows of text, read a row at a time.
//!
//! A small file may describe an immense sheet: two cells at its corners, one text referred to by every cell, a row repeated a million
//! times. Nothing is laid out before it is counted: a sheet is a stream of rows, each within [`SizeLimits::record_bytes`] and
//! [`SizeLimits::columns`] like a line of CSV, and all of them within [`SizeLimits::workbook_bytes`].

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::ops::RangeInclusive;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Cell, DataRef, ExcelDateTime, Reader, Xlsb, Xlsx, XlsxError};
use chrono::TimeDelta;
use zip::ZipArchive;

use crate::container::limits::SizeLimits;
use crate::formats::csv_blocks::Fault;
use crate::formats::margins::{self, MarginText};
use crate::formats::ods;
use crate::formats::parquet::{ParquetRows, ParquetTable};
use crate::formats::records::Records;
use crate::formats::sheet_row::{Filling, SheetCell, SheetRow, not_computed, time_of_day};
use crate::formats::shown_units::units_shown;
use crate::formats::xls::{self, XlsSheet};
use crate::rows::values::DAY_ZERO;

use super::form::{Form, broken, form};
use super::inflation::measure;

/// A file in memory, which several may read.
pub(super) type Bytes = Cursor<bytes::Bytes>;

/// Bytes of one part of a sheet.
const PART: usize = 2 << 20;
/// 1 January 1904, from which some workbooks count their days, in days since 1970.
const FROM_1904: i32 = -24_107;
/// Empty rows counted between two rows that hold something; a larger gap is a sheet's other end.
const GAP: u32 = 1000;

enum Book {
    /// Whether a program wrote it that computes no formula.
    Xlsx(Box<Xlsx<Bytes>>, bool),
    Xlsb(Box<Xlsb<Bytes>>),
    Xls(BTreeMap<String, XlsSheet>),
    Parquet(ParquetTable),
    Ods(Box<ZipArchive<Bytes>>),
}

/// An open workbook: its file lies in memory, its sheets do not.
pub(crate) struct Workbook {
    book: Book,
    names: Vec<String>,
    day_zero: i32,
    bytes: bytes::Bytes,
    limits: SizeLimits,
}

impl Workbook {
    /// Reads a whole workbook from a bounded reader. What it is, its bytes say: names are often wrong.
    pub(crate) fn open(reader: &mut dyn Read, limits: &SizeLimits) -> Result<Self, Fault> {
        let mut bytes = Vec::new();
        let most = 2 * limits.workbook_held;
        reader.take(most + 1).read_to_end(&mut bytes).map_err(|e| Fault::from_io(&e))?;

        if bytes.len() as u64 > most {
            return Err(Fault::Limit("le classeur est trop grand : envoyez des CSV".into()));
        }

        let form = form(&bytes)?;
        if matches!(form, Form::Xlsx | Form::Xlsb | Form::Ods) {
            measure(&bytes, limits)?;
        }

        // The parser is made for files of good faith: whatever it trips on is one bad file, not the end of the run.
        let bytes = bytes::Bytes::from(bytes);
        let opened = catch_unwind(AssertUnwindSafe(|| opened(form, bytes.clone(), limits)));

        let (book, names, day_zero) = opened.unwrap_or_else(|_| Err(broken()))?;
        Ok(Self {
            book,
            names,
            day_zero,
            bytes,
            limits: limits.clone(),
        })
    }

    /// Headers and footers of the pages of a sheet, comments on its cells. What cannot be read has none: the reading of the cells tells of
    /// a damaged workbook.
    pub(crate) fn margins(&mut self, name: &str) -> Vec<MarginText> {
        let (book, bytes) = (&mut self.book, self.bytes.as_ref());
        let read = catch_unwind(AssertUnwindSafe(|| match book {
            Book::Xlsx(..) => margins::of_xlsx(bytes, name),
            Book::Xls(sheets) => sheets.get(name).map_or_else(Vec::new, XlsSheet::margins),
            Book::Ods(archive) => ods::margins(archive, name).unwrap_or_default(),
            Book::Xlsb(_) | Book::Parquet(_) => Vec::new(),
        }));
        read.unwrap_or_default()
    }

    /// Day zero of serials in cells that are not formatted as dates, in days since 1970.
    pub(crate) fn day_zero(&self) -> i32 {
        self.day_zero
    }

    /// Names of the sheets, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    /// Cells of a sheet that were merged over several rows, as column and rows from 0: but for the first, they read as empty.
    pub(crate) fn merged(&mut self, name: &str) -> Vec<(usize, RangeInclusive<usize>)> {
        let book = match &mut self.book {
            Book::Xlsx(book, _) => book,
            // A sheet that does not read is told of when its rows are asked for.
            Book::Ods(archive) => return ods::merged(archive, name).unwrap_or_default(),
            Book::Xls(sheets) => return sheets.get(name).map_or_else(Vec::new, XlsSheet::merged),
            Book::Xlsb(_) | Book::Parquet(_) => return Vec::new(),
        };
        let merged = catch_unwind(AssertUnwindSafe(|| book.merge_cells_by_sheet_name(name)));
        xls::tall(&merged.ok().and_then(Result::ok).unwrap_or_default())
    }

    /// The rows of one sheet, each filled up to `width` cells. Formulas give the value that was last computed.
    pub(crate) fn sheet(&mut self, name: &str, width: usize) -> Result<OpenSheet<'_>, Fault> {
        let limits = self.limits.clone();
        let book = &mut self.book;

        let source = catch_unwind(AssertUnwindSafe(move || {
            // Moved, so that the rows may outlive the closure.
            let book = book;
            source(book, name, &limits)
        }));

        Ok(OpenSheet {
            source: source.unwrap_or_else(|_| Err(broken()))?,
            width,
            most: self.limits.workbook_bytes,
            spent: 0,
            last: None,
            done: false,
        })
    }
}

/// The book, the names of its sheets, day zero of its serials.
fn opened(
    form: Form,
    bytes: bytes::Bytes,
    limits: &SizeLimits,
) -> Result<(Book, Vec<String>, i32), Fault> {
    let day_zero = |from_1904: bool| if from_1904 { FROM_1904 } else { DAY_ZERO };

    if form == Form::Parquet {
        let table = ParquetTable::open(bytes, limits)?;
        return Ok((Book::Parquet(table), vec![String::new()], DAY_ZERO));
    }

    if form == Form::Xls {
        let book = xls::open(bytes, limits)?;
        return Ok((Book::Xls(book.sheets), book.names, day_zero(book.from_1904)));
    }

    let bytes = Cursor::new(bytes);
    Ok(match form {
        Form::Ods => {
            let mut archive = ZipArchive::new(bytes).map_err(|_| broken())?;
            let (names, day_zero) = ods::names(&mut archive)?;
            (Book::Ods(Box::new(archive)), names, day_zero)
        }
        Form::Xlsb => {
            let book = Xlsb::new(bytes).map_err(|_| broken())?;
            let names = book.sheet_names();
            let day_zero = day_zero(book.has_1904_epoch());
            (Book::Xlsb(Box::new(book)), names, day_zero)
        }
        _ => {
            let uncomputed = never_computed(bytes.get_ref());
            let book = Xlsx::new(bytes).map_err(|_| broken())?;
            let names = book.sheet_names();
            let day_zero = day_zero(book.has_1904_epoch());
            (Book::Xlsx(Box::new(book), uncomputed), names, day_zero)
        }
    })
}

/// Whether a workbook asks to be computed when it is opened: a program wrote it that put 0 for each formula. A spreadsheet takes the mark
/// away when it saves.
fn never_computed(bytes: &[u8]) -> bool {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else { return false };
    let Ok(part) = archive.by_name("xl/workbook.xml") else { return false };
    let mut xml = String::new();
    let read = part.take(PART as u64).read_to_string(&mut xml);
    read.is_ok()
        && (xml.contains("fullCalcOnLoad=\"1\"") || xml.contains("fullCalcOnLoad=\"true\""))
}

fn source<'b>(
    book: &'b mut Book,
    name: &str,
    limits: &SizeLimits,
) -> Result<SheetSource<'b>, Fault> {
    match book {
        Book::Xlsx(book, uncomputed) => {
            let uncomputed = *uncomputed;
            let units = units_shown(book, name)?;
            match book.worksheet_cells_reader(name) {
                Ok(mut cells) => {
                    let next_cell = move || {
                        let cell = cells.next_cell_with_formula_metadata().map_err(|_| unread())?;
                        let Some(cell) = cell else { return Ok(None) };
                        let (row, column) = cell.pos;
                        let zero = uncomputed && cell.value == DataRef::Float(0.0);
                        if cell.formula.is_some() && (zero || cell.value == DataRef::Empty) {
                            return Err(not_computed(row, column as usize));
                        }
                        let unit = units.get(&(row, column)).map(String::as_str);
                        Ok(Some((row, column, sheet_cell(&cell.value, unit))))
                    };
                    Ok(CellRows::source(Box::new(next_cell), limits))
                }
                // A chart has no rows.
                Err(XlsxError::NotAWorksheet(_)) => Ok(SheetSource::Nothing),
                Err(_) => Err(broken()),
            }
        }
        Book::Xlsb(book) => {
            let mut cells = book.worksheet_cells_reader(name).map_err(|_| broken())?;
            let next_cell = move || told(cells.next_cell());
            Ok(CellRows::source(Box::new(next_cell), limits))
        }
        Book::Xls(sheets) => {
            let sheet = sheets.get(name).ok_or_else(broken)?;
            if let Some((row, column)) = sheet.uncomputed_beyond() {
                return Err(not_computed(row, column as usize));
            }
            let mut cells = sheet.cells();
            let next_cell = move || {
                let Some(cell) = cells.next() else { return Ok(None) };
                let (row, column) = cell.at;
                let shown = sheet_cell(&cell.value, cell.unit);
                let nothing = shown.text.is_empty() || cell.value == DataRef::Float(0.0);
                if cell.uncomputed && nothing {
                    return Err(not_computed(row, column as usize));
                }
                Ok(Some((row, column, shown)))
            };
            Ok(CellRows::source(Box::new(next_cell), limits))
        }
        Book::Parquet(table) => table.rows().map(|rows| SheetSource::Parquet(Box::new(rows))),
        Book::Ods(archive) => {
            ods::OdsRows::open(archive, name, limits).map(|rows| SheetSource::Ods(Box::new(rows)))
        }
    }
}

enum SheetSource<'a> {
    Cells(Box<CellRows<'a>>),
    Parquet(Box<ParquetRows>),
    Ods(Box<ods::OdsRows<'a>>),
    Nothing,
}

/// The rows of a sheet, a part at a time.
pub(crate) struct OpenSheet<'a> {
    source: SheetSource<'a>,
    width: usize,
    most: u64,
    spent: u64,
    /// Last row given.
    last: Option<u32>,
    done: bool,
}

impl OpenSheet<'_> {
    fn next_row(&mut self) -> Result<Option<SheetRow>, Fault> {
        let read = catch_unwind(AssertUnwindSafe(|| match &mut self.source {
            SheetSource::Cells(rows) => rows.next_row(),
            SheetSource::Parquet(rows) => rows.next_row(),
            SheetSource::Ods(rows) => rows.next_row(),
            SheetSource::Nothing => Ok(None),
        }));
        read.unwrap_or_else(|_| Err(unread()))
    }

    /// The next rows, at most `count`; none at the end.
    pub(crate) fn rows(&mut self, count: usize) -> Result<Option<Records>, Fault> {
        let mut records = Records::default();
        let mut bytes = 0;

        while !self.done && records.len() < count && bytes < PART {
            let Some((row, cells)) = self.next_row()? else {
                self.done = true;
                break;
            };
            if let Some(last) = self.last {
                if row <= last {
                    return Err(Fault::Unreadable(format!(
                        "la ligne {} vient après la ligne {}",
                        row + 1,
                        last + 1
                    )));
                }

                let gap = row - last - 1;
                if (1..=GAP).contains(&gap) {
                    (last + 1..row).for_each(|empty| records.begin(u64::from(empty) + 1));
                }
            }
            self.last = Some(row);
            records.begin(u64::from(row) + 1);
            let width = self.width.max(cells.len());
            bytes += 8 * width + cells.iter().map(|c| c.text.len()).sum::<usize>();
            for column in 0..width {
                match cells.get(column) {
                    Some(cell) => records.cell(&cell.text, cell.number),
                    None => records.cell("", false),
                }
            }
        }

        self.spent += bytes as u64;
        if self.spent > self.most {
            return Err(Fault::Limit(
                "la feuille gonfle au-delà des limites : envoyez des CSV".into(),
            ));
        }

        Ok((records.len() > 0).then_some(records))
    }
}

/// Row, column and text of the next cell.
type NextCell<'a> = Box<dyn FnMut() -> Result<Option<(u32, u32, SheetCell)>, Fault> + Send + 'a>;

pub(super) fn unread() -> Fault {
    Fault::Unreadable("la feuille est illisible".into())
}

fn told<E>(
    cell: Result<Option<Cell<DataRef<'_>>>, E>,
) -> Result<Option<(u32, u32, SheetCell)>, Fault> {
    let cell = cell.map_err(|_| unread())?;
    Ok(cell.map(|c| {
        let (row, column) = c.get_position();
        (row, column, sheet_cell(c.get_value(), None))
    }))
}

/// Rows put together from cells that come in order.
struct CellRows<'a> {
    next_cell: NextCell<'a>,
    /// First cell of the row to come.
    pending: Option<(u32, u32, SheetCell)>,
    /// The parser must not be asked again after its last cell.
    ended: bool,
    limits: SizeLimits,
}

impl<'a> CellRows<'a> {
    fn source(next_cell: NextCell<'a>, limits: &SizeLimits) -> SheetSource<'a> {
        SheetSource::Cells(Box::new(Self {
            next_cell,
            pending: None,
            ended: false,
            limits: limits.clone(),
        }))
    }

    fn next_row(&mut self) -> Result<Option<SheetRow>, Fault> {
        loop {
            let mut filling = Filling::default();
            let mut row = None;

            loop {
                let next = match self.pending.take() {
                    Some(cell) => Some(cell),
                    None if self.ended => None,
                    None => (self.next_cell)()?,
                };

                let Some((r, column, cell)) = next else {
                    self.ended = true;
                    break;
                };

                if row.is_some_and(|current| current != r) {
                    self.pending = Some((r, column, cell));
                    break;
                }

                row = Some(r);
                filling.put(r, column as usize, 1, &cell, &self.limits)?;
            }

            let Some(row) = row else { return Ok(None) };
            if let Some(row) = filling.done(row) {
                return Ok(Some(row));
            }
        }
    }
}

/// A cell, with the unit that its format shows behind a number.
fn sheet_cell(cell: &DataRef<'_>, unit: Option<&str>) -> SheetCell {
    let number = matches!(cell, DataRef::Int(_) | DataRef::Float(_));
    let cell = SheetCell { text: text(cell), number };
    match unit.filter(|_| number) {
        Some(unit) => cell.shown_with(unit),
        None => cell,
    }
}

/// A cell as the sender would have written it in a CSV: ISO dates, decimal point.
fn text(cell: &DataRef<'_>) -> String {
    match cell {
        DataRef::Empty => String::new(),
        DataRef::String(s) | DataRef::DateTimeIso(s) => s.clone(),
        DataRef::SharedString(s) => (*s).to_owned(),
        DataRef::DurationIso(s) => time_of_day(s),
        DataRef::Int(i) => i.to_string(),
        DataRef::Float(f) => f.to_string(),
        DataRef::Bool(b) => if *b { "oui" } else { "non" }.into(),
        DataRef::Error(_) => "#ERREUR".into(),
        DataRef::DateTime(d) => moment(*d),
    }
}

/// A day, an hour, or both: the cell may show either, and its column says which is meant.
fn moment(value: ExcelDateTime) -> String {
    let number = value.as_f64();
    if value.is_duration() {
        // 33 hours are not nine o'clock.
        let minutes = (number * 1440.0).round();
        return format!("{:02}:{:02}", (minutes / 60.0).floor(), minutes.rem_euclid(60.0));
    }
    let Some(t) = value.as_datetime() else { return number.to_string() };

    // Nine o'clock is often 08:59:59.999.
    let rounded = t + TimeDelta::milliseconds(500);
    let hour = if rounded.date() == t.date() { rounded } else { t }.format("%H:%M").to_string();

    match hour.as_str() {
        _ if number < 1.0 => hour,
        "00:00" => t.format("%Y-%m-%d").to_string(),
        _ => format!("{} {hour}", t.format("%Y-%m-%d")),
    }
}
