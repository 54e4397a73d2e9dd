//! XLSX and ODS workbooks: sheets as rows of text.

use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Data, Ods, Range, Reader, Sheets, Xlsx};

use super::csv_file::Fault;
use super::records::Records;
use super::source::Limits;

/// An open workbook; it lies in memory, its size was bounded before.
pub(super) struct Workbook {
    sheets: Sheets<Cursor<Vec<u8>>>,
}

impl Workbook {
    /// Reads a whole workbook from a bounded reader.
    pub(super) fn open(reader: &mut dyn Read, ods: bool, limits: &Limits) -> Result<Self, Fault> {
        let mut bytes = Vec::new();
        reader
            .take(limits.workbook_bytes + 1)
            .read_to_end(&mut bytes)
            .map_err(|e| Fault::from_io(&e))?;
        if bytes.len() as u64 > limits.workbook_bytes {
            return Err(Fault::Limit(
                "le classeur est trop grand : envoyez des CSV".into(),
            ));
        }
        expansion(&bytes, limits)?;
        let cursor = Cursor::new(bytes);
        // The parser is made for files of good faith: whatever it trips on is one bad file, not the end of the run.
        let sheets = catch_unwind(AssertUnwindSafe(|| {
            if ods {
                Ods::new(cursor).ok().map(Sheets::Ods)
            } else {
                Xlsx::new(cursor).ok().map(Sheets::Xlsx)
            }
        }));
        match sheets {
            Ok(Some(sheets)) => Ok(Self { sheets }),
            _ => Err(Fault::Unreadable(
                "le classeur est abîmé, ou protégé par un mot de passe".into(),
            )),
        }
    }

    /// Names of the sheets, in order.
    pub(super) fn names(&self) -> Vec<String> {
        self.sheets.sheet_names()
    }

    /// One sheet. Formulas give the value that was last computed.
    pub(super) fn sheet(&mut self, name: &str) -> Result<Sheet, Fault> {
        match catch_unwind(AssertUnwindSafe(|| self.sheets.worksheet_range(name).ok())) {
            Ok(Some(range)) => Ok(Sheet { range, next: 0 }),
            _ => Err(Fault::Unreadable("la feuille est illisible".into())),
        }
    }
}

/// Inflates every part to count it: declared sizes may lie.
fn expansion(bytes: &[u8], limits: &Limits) -> Result<(), Fault> {
    let broken = || Fault::Unreadable("le classeur est abîmé".into());
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| broken())?;
    let mut total = 0;
    for i in 0..archive.len() {
        let part = archive.by_index(i).map_err(|_| broken())?;
        total += std::io::copy(
            &mut part.take(limits.workbook_bytes - total + 1),
            &mut std::io::sink(),
        )
        .map_err(|_| broken())?;
        if total > limits.workbook_bytes {
            return Err(Fault::Limit(
                "le classeur gonfle au-delà des limites : envoyez des CSV".into(),
            ));
        }
    }
    Ok(())
}

/// The rows of a sheet, a part at a time.
pub(super) struct Sheet {
    range: Range<Data>,
    next: usize,
}

impl Sheet {
    /// The next rows, at most `count`; none at the end.
    pub(super) fn rows(&mut self, count: usize) -> Option<Records> {
        let (first_row, first_column) = self.range.start()?;
        let height = self.range.height();
        if self.next >= height {
            return None;
        }
        let mut records = Records::default();
        let end = (self.next + count).min(height);
        for row in self.next..end {
            records.begin(u64::from(first_row) + row as u64 + 1);
            // A sheet may start right of column A.
            for _ in 0..first_column {
                records.cell("");
            }
            for column in 0..self.range.width() {
                records.cell(&text(self.range.get((row, column)).unwrap_or(&Data::Empty)));
            }
        }
        self.next = end;
        Some(records)
    }
}

/// `PT09H30M00S`, an ODS time, as `09:30`.
fn time_of_day(duration: &str) -> String {
    let parts: Vec<&str> = duration
        .trim_start_matches("PT")
        .split(['H', 'M'])
        .take(2)
        .collect();
    match parts.as_slice() {
        [hours, minutes] => format!("{hours:0>2}:{minutes:0>2}"),
        _ => duration.to_owned(),
    }
}

/// A cell as the sender would have written it in a CSV: ISO dates, decimal point.
fn text(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(s) | Data::DateTimeIso(s) => s.clone(),
        Data::DurationIso(s) => time_of_day(s),
        Data::Int(i) => i.to_string(),
        Data::Float(f) => f.to_string(),
        Data::Bool(b) => if *b { "oui" } else { "non" }.into(),
        Data::Error(_) => "#ERREUR".into(),
        Data::DateTime(d) => match d.as_datetime() {
            Some(t) if d.as_f64() < 1.0 => t.format("%H:%M").to_string(),
            Some(t) => t.format("%Y-%m-%d").to_string(),
            None => d.as_f64().to_string(),
        },
    }
}
