//! XLSX and ODS workbooks: sheets as rows of text, read a row at a time.
//!
//! A small file may describe an immense sheet: two cells at its corners, one text referred to by every cell, a row repeated a million
//! times. Nothing is laid out before it is counted: a sheet is a stream of rows, each within [`SizeLimits::record_bytes`] and
//! [`SizeLimits::columns`] like a line of CSV, and all of them within [`SizeLimits::workbook_bytes`].

use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Reader, Xlsx, XlsxCellReader, XlsxError};
use zip::ZipArchive;

use crate::container::limits::SizeLimits;
use crate::formats::csv_blocks::Fault;
use crate::formats::ods;
use crate::formats::records::Records;
use crate::formats::sheet_row::{Filling, SheetRow, time_of_day};

use super::inflation::measure;

type Bytes = Cursor<Vec<u8>>;

/// Bytes of one part of a sheet.
const PART: usize = 2 << 20;
/// Empty rows counted between two rows that hold something; a larger gap is a sheet's other end.
const GAP: u32 = 1000;

enum Book {
    Xlsx(Box<Xlsx<Bytes>>),
    Ods(Box<ZipArchive<Bytes>>),
}

/// An open workbook: its file lies in memory, its sheets do not.
pub(crate) struct Workbook {
    book: Book,
    names: Vec<String>,
    limits: SizeLimits,
}

fn broken() -> Fault {
    Fault::Unreadable("le classeur est abîmé, ou protégé par un mot de passe".into())
}

impl Workbook {
    /// Reads a whole workbook from a bounded reader.
    pub(crate) fn open(
        reader: &mut dyn Read,
        ods: bool,
        limits: &SizeLimits,
    ) -> Result<Self, Fault> {
        let mut bytes = Vec::new();
        let most = 2 * limits.workbook_held;
        reader.take(most + 1).read_to_end(&mut bytes).map_err(|e| Fault::from_io(&e))?;

        if bytes.len() as u64 > most {
            return Err(Fault::Limit("le classeur est trop grand : envoyez des CSV".into()));
        }

        measure(&bytes, limits)?;
        let cursor = Cursor::new(bytes);

        // The parser is made for files of good faith: whatever it trips on is one bad file, not the end of the run.
        let opened = catch_unwind(AssertUnwindSafe(|| -> Result<(Book, Vec<String>), Fault> {
            if ods {
                let mut archive = ZipArchive::new(cursor).map_err(|_| broken())?;
                let names = ods::names(&mut archive)?;
                Ok((Book::Ods(Box::new(archive)), names))
            } else {
                let book = Xlsx::new(cursor).map_err(|_| broken())?;
                let names = book.sheet_names();
                Ok((Book::Xlsx(Box::new(book)), names))
            }
        }));

        let (book, names) = opened.unwrap_or_else(|_| Err(broken()))?;
        Ok(Self { book, names, limits: limits.clone() })
    }

    /// Names of the sheets, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        self.names.clone()
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

fn source<'b>(
    book: &'b mut Book,
    name: &str,
    limits: &SizeLimits,
) -> Result<SheetSource<'b>, Fault> {
    match book {
        Book::Xlsx(book) => match book.worksheet_cells_reader(name) {
            Ok(cells) => Ok(SheetSource::Xlsx(Box::new(XlsxRows {
                cells,
                pending: None,
                ended: false,
                limits: limits.clone(),
            }))),
            // A chart has no rows.
            Err(XlsxError::NotAWorksheet(_)) => Ok(SheetSource::Nothing),
            Err(_) => Err(broken()),
        },
        Book::Ods(archive) => {
            ods::OdsRows::open(archive, name, limits).map(|rows| SheetSource::Ods(Box::new(rows)))
        }
    }
}

enum SheetSource<'a> {
    Xlsx(Box<XlsxRows<'a>>),
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
            SheetSource::Xlsx(rows) => rows.next_row(),
            SheetSource::Ods(rows) => rows.next_row(),
            SheetSource::Nothing => Ok(None),
        }));
        read.unwrap_or_else(|_| Err(Fault::Unreadable("la feuille est illisible".into())))
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
            bytes += 8 * width + cells.iter().map(String::len).sum::<usize>();
            for column in 0..width {
                records.cell(cells.get(column).map_or("", String::as_str));
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

struct XlsxRows<'a> {
    cells: XlsxCellReader<'a, Bytes>,
    /// First cell of the row to come.
    pending: Option<(u32, u32, String)>,
    /// The parser must not be asked again after its last cell.
    ended: bool,
    limits: SizeLimits,
}

impl XlsxRows<'_> {
    fn next_row(&mut self) -> Result<Option<SheetRow>, Fault> {
        loop {
            let mut filling = Filling::default();
            let mut row = None;

            loop {
                let next = match self.pending.take() {
                    Some(cell) => Some(cell),
                    None if self.ended => None,
                    None => self
                        .cells
                        .next_cell()
                        .map_err(|_| Fault::Unreadable("la feuille est illisible".into()))?
                        .map(|c| {
                            let (r, column) = c.get_position();
                            (r, column, text(c.get_value()))
                        }),
                };

                let Some((r, column, text)) = next else {
                    self.ended = true;
                    break;
                };

                if row.is_some_and(|current| current != r) {
                    self.pending = Some((r, column, text));
                    break;
                }

                row = Some(r);
                filling.put(r, column as usize, 1, &text, &self.limits)?;
            }

            let Some(row) = row else { return Ok(None) };
            if let Some(row) = filling.done(row) {
                return Ok(Some(row));
            }
        }
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
        DataRef::DateTime(d) => match d.as_datetime() {
            Some(t) if d.as_f64() < 1.0 => t.format("%H:%M").to_string(),
            Some(t) => t.format("%Y-%m-%d").to_string(),
            None => d.as_f64().to_string(),
        },
    }
}
