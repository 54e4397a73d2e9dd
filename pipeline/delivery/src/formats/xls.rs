//! Sheets of an XLS workbook (Excel 97 to 2003). The parser lays whole sheets out in memory and trusts what the file says of itself, so its
//! records are gone through before it sees them: what they would take, which cells show a unit, which formulas were never computed.
//!
//! Source: \[MS-XLS\], Excel Binary File Format, sections 2.4 (records) and 2.5.293 (texts).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{Cursor, Read};
use std::ops::RangeInclusive;

use base::text::column_letters;
use calamine::{Data, DataRef, Dimensions, Range, Reader, Xls};

use super::fault::Fault;
use super::form::{broken, old, protected};
use super::margins::{MarginText, of_page};
use super::shown_units::unit_of_format;
use crate::container::limits::SizeLimits;

/// The records that are looked at.
mod record {
    pub(super) const BEGIN: u16 = 0x0809;
    pub(super) const END: u16 = 0x000A;
    pub(super) const CONTINUE: u16 = 0x003C;
    pub(super) const PASSWORD: u16 = 0x002F;
    pub(super) const SHEET: u16 = 0x0085;
    pub(super) const TEXTS: u16 = 0x00FC;
    pub(super) const FORMAT: u16 = 0x041E;
    pub(super) const STYLE: u16 = 0x00E0;
    pub(super) const MERGED: u16 = 0x00E5;
    pub(super) const COMMENT: u16 = 0x001C;
    pub(super) const OBJECT: u16 = 0x005D;
    pub(super) const OBJECT_TEXT: u16 = 0x01B6;
    pub(super) const DIMENSIONS: u16 = 0x0200;
    pub(super) const PAGE_HEADER: u16 = 0x0014;
    pub(super) const PAGE_FOOTER: u16 = 0x0015;
    pub(super) const NUMBER: u16 = 0x0203;
    pub(super) const SMALL_NUMBER: u16 = 0x027E;
    pub(super) const SMALL_NUMBERS: u16 = 0x00BD;
    pub(super) const FORMULA: u16 = 0x0006;
    pub(super) const TEXT: u16 = 0x00FD;
    pub(super) const OWN_TEXT: u16 = 0x0204;
    pub(super) const RICH_TEXT: u16 = 0x00D6;
    pub(super) const TRUTH: u16 = 0x0205;
}

/// Version of Excel 97 and after; what came before wrote other records.
const EXCEL_97: u16 = 0x0600;
/// Rows and columns of a sheet.
const ROWS: u32 = 1 << 16;
const COLUMNS: u32 = 256;
/// Bytes that the parser takes for a cell that comes, for a place of the sheet laid out, for a character.
const CELL: u64 = size_of::<calamine::Cell<Data>>() as u64;
const PLACE: u64 = size_of::<Data>() as u64;
const CHARACTER: u64 = 3;
/// How often what is held of other workbooks an old one may take.
const ROOM: u64 = 4;

/// Row and column, from 0.
type Position = (u32, u32);

/// A sheet, laid out.
pub(super) struct XlsSheet {
    range: Range<Data>,
    merged: Vec<Dimensions>,
    shown: Shown,
}

/// What a sheet says beside the values of its cells.
#[derive(Default)]
struct Shown {
    /// Units that the formats of cells show.
    units: HashMap<Position, String>,
    /// Headers and footers of its pages, comments on its cells.
    beside: Vec<MarginText>,
    /// Formulas to be computed when the workbook is opened.
    uncomputed: HashSet<Position>,
}

/// A cell of a sheet: its place, its value, the unit that it shows, whether it is a formula that was never computed.
pub(super) struct XlsCell<'a> {
    pub(super) at: Position,
    pub(super) value: DataRef<'a>,
    pub(super) unit: Option<&'a str>,
    pub(super) uncomputed: bool,
}

impl XlsSheet {
    /// Its cells that hold something or should, row by row.
    pub(super) fn cells(&self) -> impl Iterator<Item = XlsCell<'_>> {
        let (top, left) = self.range.start().unwrap_or_default();
        self.range.cells().filter_map(move |(row, column, value)| {
            let at = (top.saturating_add(row as u32), left.saturating_add(column as u32));
            let uncomputed = self.shown.uncomputed.contains(&at);
            (uncomputed || *value != Data::Empty).then(|| XlsCell {
                at,
                value: borrowed(value),
                unit: self.shown.units.get(&at).map(String::as_str),
                uncomputed,
            })
        })
    }

    /// A formula that was never computed beyond all values.
    pub(super) fn uncomputed_beyond(&self) -> Option<Position> {
        let beyond = |at: &&Position| self.range.get_value(**at).is_none();
        self.shown.uncomputed.iter().filter(beyond).min().copied()
    }

    /// Headers and footers of its pages, comments on its cells.
    pub(super) fn margins(&self) -> Vec<MarginText> {
        self.shown.beside.clone()
    }

    /// Its cells that were merged over several rows, as column and rows.
    pub(super) fn merged(&self) -> Vec<(usize, RangeInclusive<usize>)> {
        tall(&self.merged)
    }
}

/// Of regions of merged cells, those over several rows, as column and rows.
pub(super) fn tall(regions: &[Dimensions]) -> Vec<(usize, RangeInclusive<usize>)> {
    let tall = regions.iter().filter(|region| region.end.0 > region.start.0);
    tall.map(|r| (r.start.1 as usize, r.start.0 as usize..=r.end.0 as usize))
        .collect()
}

fn borrowed(value: &Data) -> DataRef<'_> {
    match value {
        Data::Empty => DataRef::Empty,
        Data::Int(i) => DataRef::Int(*i),
        Data::Float(f) => DataRef::Float(*f),
        Data::String(s) => DataRef::SharedString(s),
        Data::Bool(b) => DataRef::Bool(*b),
        Data::DateTime(d) => DataRef::DateTime(*d),
        Data::DateTimeIso(s) => DataRef::DateTimeIso(s.clone()),
        Data::DurationIso(s) => DataRef::DurationIso(s.clone()),
        Data::Error(e) => DataRef::Error(e.clone()),
    }
}

/// The sheets of a workbook.
pub(super) struct XlsBook {
    /// Their names, in order.
    pub(super) names: Vec<String>,
    /// Sheets by name.
    pub(super) sheets: BTreeMap<String, XlsSheet>,
    /// Whether days are counted from 1904.
    pub(super) from_1904: bool,
}

/// Reads a whole workbook.
///
/// # Errors
/// If the workbook is locked, older than Excel 97, damaged, or would take more memory than `limits` leave.
pub(super) fn open(bytes: bytes::Bytes, limits: &SizeLimits) -> Result<XlsBook, Fault> {
    let shown = survey(&stream(&bytes, limits)?, ROOM * limits.workbook_held)?;

    let mut book = Xls::new(Cursor::new(bytes)).map_err(|_| broken())?;
    let names = book.sheet_names();
    let mut sheets = BTreeMap::new();
    for (name, shown) in names.iter().zip(shown) {
        let range = book.worksheet_range(name).map_err(|_| broken())?;
        let merged = book.merge_cells_by_sheet_name(name).unwrap_or_default();
        sheets.insert(name.clone(), XlsSheet { range, merged, shown });
    }
    Ok(XlsBook {
        names,
        sheets,
        from_1904: book.has_1904_epoch(),
    })
}

/// The stream of records of a workbook.
fn stream(bytes: &[u8], limits: &SizeLimits) -> Result<Vec<u8>, Fault> {
    let mut file = cfb::CompoundFile::open(Cursor::new(bytes)).map_err(|_| broken())?;
    let stream = file.open_stream("/Workbook").map_err(|_| old())?;

    let mut records = Vec::new();
    stream
        .take(2 * limits.workbook_held)
        .read_to_end(&mut records)
        .map_err(|_| broken())?;
    Ok(records)
}

/// What each sheet shows, in order; refused where the sheets would take more than `room` bytes.
fn survey(stream: &[u8], room: u64) -> Result<Vec<Shown>, Fault> {
    let book = Globals::read(stream)?;
    let mut left = room;

    let sheets = book.sheets.iter().map(|&start| {
        let mut sheet = SheetSurvey::new(&book);
        let (mut depth, mut end) = (0, start);
        for record in records(stream.get(start..).ok_or_else(broken)?) {
            let (kind, data) = record?;
            end += 4 + data.len();
            match kind {
                record::BEGIN => depth += 1,
                record::END if depth <= 1 => break,
                record::END => depth -= 1,
                // A chart inside the sheet has numbers of its own.
                kind if depth <= 1 => sheet.take(kind, data)?,
                _ => {}
            }
        }
        // A sheet that ends before its end would lose its last rows in silence.
        let padded = || stream.get(end..).is_none_or(|left| left.iter().all(|b| *b == 0));
        if !book.sheets.contains(&end) && !padded() {
            return Err(broken());
        }

        left = left.checked_sub(sheet.bytes()).ok_or_else(swollen)?;
        Ok(sheet.shown())
    });
    sheets.collect()
}

fn swollen() -> Fault {
    Fault::Limit(
        "le classeur gonfle au-delà des limites : supprimez ce qui est loin des autres cellules (Ctrl+Fin y mène), ou envoyez des CSV".into(),
    )
}

/// The records of a stream, each as its kind and its bytes.
fn records(stream: &[u8]) -> impl Iterator<Item = Result<(u16, &[u8]), Fault>> {
    let mut left = stream;
    std::iter::from_fn(move || {
        let kind = u16_at(left, 0)?;
        let read = u16_at(left, 2).and_then(|length| {
            let data = left.get(4..4 + usize::from(length))?;
            left = &left[4 + data.len()..];
            Some((kind, data))
        });
        if read.is_none() {
            left = &[];
        }
        Some(read.ok_or_else(broken))
    })
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// What stands before the sheets.
#[derive(Default)]
struct Globals {
    /// Where each sheet starts.
    sheets: Vec<usize>,
    /// Characters of each shared text.
    texts: Vec<u32>,
    /// The unit that each style shows.
    units: Vec<Option<String>>,
}

impl Globals {
    fn read(stream: &[u8]) -> Result<Self, Fault> {
        let mut globals = Self::default();
        let (mut formats, mut styles) = (HashMap::new(), Vec::new());
        let mut texts: Vec<&[u8]> = Vec::new();
        let mut before = 0;

        for record in records(stream) {
            let (kind, data) = record?;
            match kind {
                record::BEGIN if u16_at(data, 0) != Some(EXCEL_97) => return Err(old()),
                record::PASSWORD => return Err(protected()),
                record::SHEET => {
                    globals.sheets.push(u32_at(data, 0).ok_or_else(broken)? as usize);
                }
                record::FORMAT => {
                    let code = u16_at(data, 0).ok_or_else(broken)?;
                    formats.insert(code, text(data.get(2..).unwrap_or_default()));
                }
                record::STYLE => styles.push(u16_at(data, 2).ok_or_else(broken)?),
                record::TEXTS => texts.push(data),
                record::CONTINUE if before == record::TEXTS => texts.push(data),
                record::END => break,
                _ => {}
            }
            if kind != record::CONTINUE {
                before = kind;
            }
        }

        globals.texts = text_lengths(&texts).ok_or_else(broken)?;
        let unit = |code: &u16| unit_of_format(formats.get(code)?.as_deref()?);
        globals.units = styles.iter().map(unit).collect();
        Ok(globals)
    }
}

/// A text of a single record: its length, whether its characters have two bytes, its characters.
fn text(bytes: &[u8]) -> Option<String> {
    let length = usize::from(u16_at(bytes, 0)?);
    let width = if bytes.get(2)? & 1 == 0 { 1 } else { 2 };
    bytes.get(2..3 + length * width).map(characters)
}

/// The characters of a text: whether they have two bytes, then they.
fn characters(data: &[u8]) -> String {
    match data.split_first() {
        Some((flags, bytes)) if flags & 1 == 0 => bytes.iter().map(|b| char::from(*b)).collect(),
        Some((_, bytes)) => {
            let units: Vec<u16> =
                bytes.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect();
            String::from_utf16_lossy(&units)
        }
        None => String::new(),
    }
}

/// Characters of each shared text. A text that goes on in the next part says there anew whether its characters have two bytes.
fn text_lengths(parts: &[&[u8]]) -> Option<Vec<u32>> {
    let Some(first) = parts.first() else { return Some(Vec::new()) };
    let count = u32_at(first, 4)?;
    let mut pen = Pen { parts, part: 0, at: 8 };

    let mut lengths = Vec::new();
    for _ in 0..count {
        let length = u32::from_le_bytes([pen.byte()?, pen.byte()?, 0, 0]);
        let mut flags = pen.byte()?;
        let (rich, phonetic) = (flags & 8 != 0, flags & 4 != 0);
        let runs = match rich {
            true => u64::from(u16::from_le_bytes([pen.byte()?, pen.byte()?])),
            false => 0,
        };
        let more = match phonetic {
            true => {
                u64::from(u32::from_le_bytes([pen.byte()?, pen.byte()?, pen.byte()?, pen.byte()?]))
            }
            false => 0,
        };

        let mut left = length as usize;
        loop {
            let width = if flags & 1 == 0 { 1 } else { 2 };
            let taken = left.min(pen.left() / width);
            pen.at += taken * width;
            left -= taken;
            if left == 0 {
                break;
            }
            pen.turn()?;
            flags = pen.byte()?;
        }
        pen.skip(4 * runs + more)?;
        lengths.push(length);
    }
    Some(lengths)
}

/// A place in bytes that lie in several parts.
struct Pen<'a> {
    parts: &'a [&'a [u8]],
    part: usize,
    at: usize,
}

impl Pen<'_> {
    fn left(&self) -> usize {
        self.parts.get(self.part).map_or(0, |part| part.len().saturating_sub(self.at))
    }

    fn turn(&mut self) -> Option<()> {
        (self.part, self.at) = (self.part + 1, 0);
        (self.part < self.parts.len()).then_some(())
    }

    fn byte(&mut self) -> Option<u8> {
        while self.left() == 0 {
            self.turn()?;
        }
        self.at += 1;
        Some(self.parts[self.part][self.at - 1])
    }

    fn skip(&mut self, mut count: u64) -> Option<()> {
        while count > self.left() as u64 {
            count -= self.left() as u64;
            self.turn()?;
        }
        self.at += count as usize;
        Some(())
    }
}

/// What one sheet shows and takes.
struct SheetSurvey<'a> {
    book: &'a Globals,
    shown: Shown,
    cells: Corners,
    formulas: Corners,
    /// Formulas whose result is an empty text, and whether any has another: programs that compute none leave them all so.
    blank: Vec<Position>,
    computed: bool,
    /// The last object and the texts of objects by their number; a text comes in the record after it.
    object: u16,
    texts: HashMap<u16, String>,
    before: u16,
    /// Cells that the sheet announces, and characters of those that came.
    announced: u64,
    characters: u64,
}

/// The first and the last row and column of some cells.
#[derive(Default)]
struct Corners(Option<(Position, Position)>);

impl Corners {
    fn take(&mut self, (row, column): Position) {
        let (first, last) = self.0.unwrap_or(((row, column), (row, column)));
        self.0 =
            Some(((first.0.min(row), first.1.min(column)), (last.0.max(row), last.1.max(column))));
    }

    fn area(&self) -> u64 {
        let sides = self.0.map(|(a, b)| (b.0 - a.0 + 1, b.1 - a.1 + 1));
        sides.map_or(0, |(rows, columns)| u64::from(rows) * u64::from(columns))
    }
}

impl<'a> SheetSurvey<'a> {
    fn new(book: &'a Globals) -> Self {
        Self {
            book,
            shown: Shown::default(),
            cells: Corners::default(),
            formulas: Corners::default(),
            blank: Vec::new(),
            computed: false,
            object: 0,
            texts: HashMap::new(),
            before: 0,
            announced: 0,
            characters: 0,
        }
    }

    fn take(&mut self, kind: u16, data: &[u8]) -> Result<(), Fault> {
        let known = match kind {
            // A sheet without any has them empty.
            record::PAGE_HEADER | record::PAGE_FOOTER => {
                let coded = text(data).unwrap_or_default();
                self.shown.beside.extend(of_page(&coded));
                Some(())
            }
            record::DIMENSIONS => self.announce(data),
            record::MERGED => {
                let regions = u16_at(data, 0).map(|count| 2 + 8 * usize::from(count));
                (regions == Some(data.len())).then_some(())
            }
            // « Note », then the number of its object; the text came before.
            record::COMMENT => self.comment(data),
            record::OBJECT => {
                self.object = u16_at(data, 6).unwrap_or_default();
                Some(())
            }
            record::CONTINUE if self.before == record::OBJECT_TEXT => {
                self.texts.insert(self.object, characters(data));
                Some(())
            }
            record::NUMBER if data.len() != 14 => None,
            record::SMALL_NUMBER | record::TEXT if data.len() != 10 => None,
            record::NUMBER | record::SMALL_NUMBER | record::TRUTH => self.cell(data).map(drop),
            record::OWN_TEXT | record::RICH_TEXT => {
                self.characters += data.len() as u64;
                self.cell(data).map(drop)
            }
            record::TEXT => self.shared_text(data),
            record::FORMULA => self.formula(data),
            record::SMALL_NUMBERS => self.small_numbers(data),
            _ => Some(()),
        };
        self.before = kind;
        known.ok_or_else(broken)
    }

    fn comment(&mut self, data: &[u8]) -> Option<()> {
        let (row, column) = (u16_at(data, 0)?, usize::from(u16_at(data, 2)?));
        let text = self.texts.get(&u16_at(data, 6)?).cloned();
        let cell = Some(format!("{}{}", column_letters(column), u32::from(row) + 1));
        self.shown.beside.extend(text.map(|text| MarginText { cell, text }));
        Some(())
    }

    /// What the sheet shows, once all of it has come.
    fn shown(mut self) -> Shown {
        if !self.computed {
            self.shown.uncomputed.extend(self.blank);
        }
        self.shown
    }

    fn announce(&mut self, data: &[u8]) -> Option<()> {
        let rows = u32_at(data, 0)?..u32_at(data, 4)?;
        let columns = u16_at(data, 8)?..u16_at(data, 10)?;
        // An empty sheet ends where it starts.
        let fits = rows.start <= rows.end && columns.start <= columns.end;
        let fits = fits && rows.end <= ROWS && u32::from(columns.end) <= COLUMNS;

        let cells = u64::from(rows.end.saturating_sub(rows.start))
            * u64::from(columns.end.saturating_sub(columns.start));
        self.announced = self.announced.max(cells);
        fits.then_some(())
    }

    fn cell(&mut self, data: &[u8]) -> Option<Position> {
        let at = (u32::from(u16_at(data, 0)?), u32::from(u16_at(data, 2)?));
        self.styled(at, u16_at(data, 4)?);
        Some(at)
    }

    fn styled(&mut self, at: Position, style: u16) {
        self.cells.take(at);
        if let Some(Some(unit)) = self.book.units.get(usize::from(style)) {
            self.shown.units.insert(at, unit.clone());
        }
    }

    fn shared_text(&mut self, data: &[u8]) -> Option<()> {
        self.cell(data)?;
        let length = self.book.texts.get(u32_at(data, 6)? as usize)?;
        self.characters += u64::from(*length);
        Some(())
    }

    fn formula(&mut self, data: &[u8]) -> Option<()> {
        let at = self.cell(data)?;
        self.formulas.take(at);
        // Programs that compute nothing ask the spreadsheet to.
        if u16_at(data, 14)? & 2 != 0 {
            self.shown.uncomputed.insert(at);
        }
        match data.get(6..14)? {
            [3, .., 0xFF, 0xFF] => self.blank.push(at),
            result => self.computed |= result.iter().any(|b| *b != 0),
        }
        Some(())
    }

    /// Numbers side by side: the row, the first column, a style and a number for each.
    fn small_numbers(&mut self, data: &[u8]) -> Option<()> {
        let (row, first) = (u32::from(u16_at(data, 0)?), u32::from(u16_at(data, 2)?));
        let (numbers, last) = data.get(4..)?.split_at_checked(data.len().checked_sub(6)?)?;
        let count = numbers.len() / 6;
        if count == 0
            || numbers.len() % 6 != 0
            || u32::from(u16_at(last, 0)?) + 1 != first + count as u32
        {
            return None;
        }
        for (column, number) in (first..).zip(numbers.chunks_exact(6)) {
            self.styled((row, column), u16_at(number, 0)?);
        }
        Some(())
    }

    /// What the parser would take for it, in bytes.
    fn bytes(&self) -> u64 {
        let laid_out = PLACE * (self.cells.area() + self.formulas.area());
        CELL * self.announced + 2 * (laid_out + CHARACTER * self.characters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(data.len()).unwrap();
        [&kind.to_le_bytes()[..], &length.to_le_bytes(), data].concat()
    }

    /// A stream of one sheet that holds these records.
    fn stream(texts: &[&str], sheet: &[Vec<u8>]) -> Vec<u8> {
        let mut shared = [(texts.len() as u32).to_le_bytes(); 2].concat();
        for text in texts {
            shared.extend(u16::try_from(text.len()).unwrap().to_le_bytes());
            shared.push(0);
            shared.extend(text.as_bytes());
        }

        let begin = record(record::BEGIN, &[0, 6, 5, 0]);
        let head = [begin.clone(), record(record::TEXTS, &shared)].concat();
        let start = u32::try_from(head.len() + 12 + 4).unwrap();
        let at = record(record::SHEET, &[&start.to_le_bytes()[..], &[0; 4]].concat());
        let end = record(record::END, &[]);
        [head, at, end.clone(), begin, sheet.concat(), end].concat()
    }

    fn text_cell(row: u16, column: u16, text: u32) -> Vec<u8> {
        let place = [row.to_le_bytes(), column.to_le_bytes(), [0, 0]].concat();
        record(record::TEXT, &[place, text.to_le_bytes().to_vec()].concat())
    }

    #[test]
    fn a_sheet_that_would_fill_the_memory_is_refused_before_it_is_laid_out() {
        let corners = [text_cell(0, 0, 0), text_cell(u16::MAX, 255, 0)];
        let room = ROOM * SizeLimits::default().workbook_held;
        assert!(matches!(survey(&stream(&["a"], &corners), room), Err(Fault::Limit(_))));

        // One text that every cell refers to.
        let long = "a".repeat(8000);
        let cells: Vec<Vec<u8>> = (0..20_000).map(|row| text_cell(row, 0, 0)).collect();
        assert!(matches!(survey(&stream(&[&long], &cells), room), Err(Fault::Limit(_))));

        // Dimensions that are none.
        for dimensions in [[0u32, u32::MAX], [9, 3]] {
            let ends = [dimensions.map(u32::to_le_bytes).concat(), vec![0, 0, 0, 1, 0, 0]].concat();
            let sheet = [record(record::DIMENSIONS, &ends)];
            assert!(matches!(survey(&stream(&[], &sheet), room), Err(Fault::Unreadable(_))));
        }

        let small = [text_cell(0, 0, 0), text_cell(3, 4, 0)];
        assert_eq!(survey(&stream(&["a"], &small), room).unwrap().len(), 1);
    }

    #[test]
    fn a_text_that_goes_on_in_the_next_record_is_counted_whole() {
        let head = [[2, 0, 0, 0], [2, 0, 0, 0]].concat();
        // Five characters: two of one byte, then three of two; the second text is rich.
        let first = [head, vec![5, 0, 0, b'a', b'b']].concat();
        let second = [1, b'c', 0, b'd', 0, b'e', 0, 2, 0, 8, 1, 0, b'x', b'y', 0, 0, 0, 0];
        assert_eq!(text_lengths(&[&first, &second]), Some(vec![5, 2]));
        assert_eq!(text_lengths(&[&first]), None);
    }

    #[test]
    fn a_locked_workbook_and_one_older_than_excel_97_are_told() {
        let begin = record(record::BEGIN, &[0, 6, 5, 0]);
        let locked = [begin, record(record::PASSWORD, &[1, 0])].concat();
        let said = |stream: &[u8]| match survey(stream, u64::MAX) {
            Err(Fault::Unreadable(said)) => said,
            _ => String::new(),
        };
        assert!(said(&locked).contains("mot de passe"), "{}", said(&locked));
        let old = record(record::BEGIN, &[0, 5, 5, 0]);
        assert!(said(&old).contains("Excel 97"), "{}", said(&old));
    }

    #[test]
    fn a_sheet_that_ends_before_its_end_is_told_of() {
        let whole = stream(&["ab"], &[text_cell(0, 0, 0), text_cell(1, 0, 0)]);
        assert!(survey(&whole, u64::MAX).is_ok());
        assert!(survey(&[whole.clone(), vec![0; 512]].concat(), u64::MAX).is_ok());
        let early =
            stream(&["ab"], &[text_cell(0, 0, 0), record(record::END, &[]), text_cell(1, 0, 0)]);
        assert!(matches!(survey(&early, u64::MAX), Err(Fault::Unreadable(_))));

        // Numbers side by side that say another last column than theirs, merged cells that are cut.
        let numbers = record(record::SMALL_NUMBERS, &[0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
        let merged = record(record::MERGED, &[2, 0, 0, 0]);
        for broken in [numbers, merged] {
            let stream = stream(&[], &[broken]);
            assert!(matches!(survey(&stream, u64::MAX), Err(Fault::Unreadable(_))));
        }
    }

    #[test]
    fn a_stream_cut_anywhere_is_told_of() {
        let whole = stream(&["ab"], &[text_cell(0, 0, 0)]);
        for end in 0..whole.len() {
            // No panic; a cut between two records may leave a sheet without cells.
            let _ = survey(&whole[..end], u64::MAX);
        }
        assert!(survey(&whole, u64::MAX).is_ok());
    }
}
