//! Sheets of an ODS workbook, as a stream of rows: OpenDocument 1.3 part 3, 9.1 (tables) and 19.385 (values of cells).
//!
//! A cell or a row says how often it is repeated. Empty ones are passed over, others are repeated as rows are asked for.

use std::io::{BufReader, Read};
use std::ops::RangeInclusive;

use base::text::column_letters;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::QName;
use zip::ZipArchive;

use crate::container::limits::SizeLimits;
use crate::formats::csv_blocks::Fault;
use crate::formats::form::broken;
use crate::formats::margins::MarginText;
use crate::formats::sheet_row::{Filling, SheetCell, SheetRow, not_computed, time_of_day};
use crate::formats::shown_units::unit_behind;
use crate::formats::workbook::Bytes;
use crate::formats::xml::{attribute, push_text, reader};
use crate::rows::values::{DAY_ZERO, epoch_days};

/// Rows of which the comments are read: a header stands among them.
const COMMENTED: usize = 200;

type Xml<'a> = quick_xml::Reader<BufReader<Box<dyn Read + Send + 'a>>>;

fn content(archive: &mut ZipArchive<Bytes>) -> Result<Xml<'_>, Fault> {
    part(archive, "content.xml")
}

fn part<'a>(archive: &'a mut ZipArchive<Bytes>, name: &str) -> Result<Xml<'a>, Fault> {
    let part = archive.by_name(name).map_err(|_| broken())?;
    Ok(reader(BufReader::new(Box::new(part) as Box<dyn Read + Send + '_>)))
}

fn times(tag: &BytesStart<'_>, wanted: &str) -> u32 {
    attribute(tag, wanted).and_then(|n| n.trim().parse().ok()).unwrap_or(1)
}

/// Names of the sheets, in order, and day zero of their serials in days since 1970.
pub(crate) fn names(archive: &mut ZipArchive<Bytes>) -> Result<(Vec<String>, i32), Fault> {
    let mut xml = content(archive)?;
    let (mut names, mut buffer, mut day_zero) = (Vec::new(), Vec::new(), DAY_ZERO);

    loop {
        buffer.clear();
        match xml.read_event_into(&mut buffer).map_err(|_| broken())? {
            Event::Start(tag) if tag.name() == QName("table:table") => {
                names.extend(attribute(&tag, "table:name"));
            }
            Event::Start(tag) if tag.name() == QName("table:null-date") => {
                let day = attribute(&tag, "table:date-value").and_then(|d| d.parse().ok());
                day_zero = day.map_or(day_zero, epoch_days);
            }
            Event::Eof => return Ok((names, day_zero)),
            _ => {}
        }
    }
}

/// The file up to the first row of sheet `name`.
fn at_sheet<'a>(archive: &'a mut ZipArchive<Bytes>, name: &str) -> Result<Xml<'a>, Fault> {
    let mut xml = content(archive)?;
    let mut buffer = Vec::new();

    loop {
        buffer.clear();
        match xml.read_event_into(&mut buffer).map_err(|_| broken())? {
            Event::Start(tag)
                if tag.name() == QName("table:table")
                    && attribute(&tag, "table:name").as_deref() == Some(name) =>
            {
                return Ok(xml);
            }
            Event::Eof => return Err(broken()),
            _ => {}
        }
    }
}

/// Cells of a sheet that were merged over several rows, as column and rows from 0.
pub(crate) fn merged(
    archive: &mut ZipArchive<Bytes>,
    name: &str,
) -> Result<Vec<(usize, RangeInclusive<usize>)>, Fault> {
    let mut xml = at_sheet(archive, name)?;
    let (mut regions, mut buffer) = (Vec::new(), Vec::new());
    let (mut row, mut column, mut repeated) = (0usize, 0usize, 1usize);

    loop {
        buffer.clear();
        match xml.read_event_into(&mut buffer).map_err(|_| broken())? {
            Event::Start(tag) if tag.name() == QName("table:table-row") => {
                (column, repeated) = (0, times(&tag, "table:number-rows-repeated") as usize);
            }
            Event::Start(tag) if is_cell(tag.name()) => {
                let rows = times(&tag, "table:number-rows-spanned") as usize;
                if rows > 1 {
                    regions.push((column, row..=row.saturating_add(rows - 1)));
                }
                let width = times(&tag, "table:number-columns-repeated") as usize;
                column = column.saturating_add(width);
            }
            Event::End(tag) if tag.name() == QName("table:table-row") => {
                row = row.saturating_add(repeated);
            }
            Event::End(tag) if tag.name() == QName("table:table") => return Ok(regions),
            Event::Eof => return Err(broken()),
            _ => {}
        }
    }
}

/// The texts beside the cells of a sheet: comments on its first cells, headers and footers of the pages of the workbook.
pub(super) fn margins(
    archive: &mut ZipArchive<Bytes>,
    name: &str,
) -> Result<Vec<MarginText>, Fault> {
    let mut texts = page_texts(part(archive, "styles.xml")?)?;
    let mut xml = at_sheet(archive, name)?;
    let (mut row, mut column, mut repeated) = (0usize, 0usize, 1usize);
    let (mut comment, mut buffer) = (None::<String>, Vec::new());

    while row < COMMENTED {
        buffer.clear();
        match xml.read_event_into(&mut buffer).map_err(|_| broken())? {
            Event::Start(tag) if tag.name() == QName("table:table-row") => {
                (column, repeated) = (0, times(&tag, "table:number-rows-repeated") as usize);
            }
            Event::Start(tag) if is_cell(tag.name()) => {
                column += times(&tag, "table:number-columns-repeated") as usize;
            }
            Event::Start(tag) if tag.name() == QName("office:annotation") => {
                comment = Some(String::new());
            }
            Event::End(tag) if tag.name() == QName("office:annotation") => {
                let cell = format!("{}{}", column_letters(column.saturating_sub(1)), row + 1);
                let text = comment.take().unwrap_or_default();
                texts.push(MarginText { cell: Some(cell), text });
            }
            Event::End(tag) if tag.name() == QName("table:table-row") => {
                row = row.saturating_add(repeated);
            }
            Event::End(tag) if tag.name() == QName("table:table") => break,
            Event::Eof => return Err(broken()),
            Event::Start(_) => comment.iter_mut().for_each(|text| text.push(' ')),
            piece => comment.iter_mut().for_each(|text| push_text(&piece, text)),
        }
    }
    Ok(texts)
}

/// The texts of the headers and footers of pages.
fn page_texts(mut xml: Xml<'_>) -> Result<Vec<MarginText>, Fault> {
    let is_margin = |name: QName<'_>| {
        name.0.starts_with("style:header") && !name.0.ends_with("-style")
            || name.0.starts_with("style:footer") && !name.0.ends_with("-style")
    };
    let (mut texts, mut buffer) = (Vec::new(), Vec::new());
    let mut inside = None::<String>;

    loop {
        buffer.clear();
        match xml.read_event_into(&mut buffer).map_err(|_| broken())? {
            Event::Start(tag) if is_margin(tag.name()) => inside = Some(String::new()),
            Event::End(tag) if is_margin(tag.name()) => {
                let text = inside.take().unwrap_or_default().trim().to_owned();
                texts.extend((!text.is_empty()).then_some(MarginText { cell: None, text }));
            }
            Event::Start(_) => inside.iter_mut().for_each(|text| text.push(' ')),
            Event::Eof => return Ok(texts),
            piece => inside.iter_mut().for_each(|text| push_text(&piece, text)),
        }
    }
}

/// The rows of one sheet.
pub(crate) struct OdsRows<'a> {
    xml: Xml<'a>,
    buffer: Vec<u8>,
    limits: SizeLimits,
    /// Number of the next row, from 0.
    next: u32,
    /// A row that is repeated, and how often still.
    again: Option<(Vec<SheetCell>, u32)>,
    done: bool,
}

impl<'a> OdsRows<'a> {
    /// Starts at the first row of sheet `name`.
    pub(crate) fn open(
        archive: &'a mut ZipArchive<Bytes>,
        name: &str,
        limits: &SizeLimits,
    ) -> Result<Self, Fault> {
        Ok(Self {
            xml: at_sheet(archive, name)?,
            buffer: Vec::new(),
            limits: limits.clone(),
            next: 0,
            again: None,
            done: false,
        })
    }

    /// The next row that holds something.
    pub(crate) fn next_row(&mut self) -> Result<Option<SheetRow>, Fault> {
        if let Some((cells, left)) = self.again.take() {
            let row = (self.next, cells.clone());
            self.next = self.next.saturating_add(1);
            if left > 1 {
                self.again = Some((cells, left - 1));
            }
            return Ok(Some(row));
        }

        while !self.done {
            let repeated = match self.event()? {
                Event::Start(tag) if tag.name() == QName("table:table-row") => {
                    times(&tag, "table:number-rows-repeated")
                }
                Event::End(tag) if tag.name() == QName("table:table") => break,
                _ => continue,
            };

            if let Some((row, cells)) = self.row()? {
                self.next = self.next.saturating_add(1);
                if repeated > 1 {
                    self.again = Some((cells.clone(), repeated - 1));
                }
                return Ok(Some((row, cells)));
            }

            self.next = self.next.saturating_add(repeated);
        }

        self.done = true;
        Ok(None)
    }

    /// The next piece of the file; its end comes too soon inside a sheet.
    fn event(&mut self) -> Result<Event<'_>, Fault> {
        self.buffer.clear();
        match self.xml.read_event_into(&mut self.buffer) {
            Ok(Event::Eof) | Err(_) => Err(broken()),
            Ok(event) => Ok(event),
        }
    }

    fn row(&mut self) -> Result<Option<SheetRow>, Fault> {
        let mut filling = Filling::default();
        let mut column = 0usize;

        loop {
            let (repeated, value, formula) = match self.event()? {
                Event::Start(tag) if is_cell(tag.name()) => {
                    let repeated = times(&tag, "table:number-columns-repeated") as usize;
                    let computed = attribute(&tag, "office:value-type").is_some();
                    let formula = attribute(&tag, "table:formula").is_some() && !computed;
                    (repeated, typed(&tag), formula)
                }
                Event::End(tag) if tag.name() == QName("table:table-row") => break,
                _ => continue,
            };

            let shown = self.shown()?;
            if formula && shown.is_empty() {
                return Err(not_computed(self.next, column));
            }
            let cell = match value {
                Some(cell) if cell.number => with_unit(cell, &shown),
                Some(cell) => cell,
                None => SheetCell { text: shown, number: false },
            };
            filling.put(self.next, column, repeated, &cell, &self.limits)?;
            column = column.saturating_add(repeated);
        }

        Ok(filling.done(self.next))
    }

    /// The text inside a cell, to its end; notes on the cell left out.
    fn shown(&mut self) -> Result<String, Fault> {
        let mut text = String::new();
        let (mut paragraphs, mut notes) = (0, 0);
        let most = self.limits.record_bytes;

        loop {
            match self.event()? {
                Event::Start(tag) if tag.name() == QName("office:annotation") => notes += 1,
                Event::End(tag) if tag.name() == QName("office:annotation") => notes -= 1,
                Event::End(tag) if is_cell(tag.name()) => return Ok(text),
                _ if notes > 0 => {}
                Event::Start(tag) => match tag.name().0 {
                    "text:p" => {
                        if paragraphs > 0 {
                            text.push('\n');
                        }
                        paragraphs += 1;
                    }
                    "text:s" => {
                        let count = times(&tag, "text:c") as usize;
                        let room = most.saturating_sub(text.len());
                        text.push_str(&" ".repeat(count.min(room + 1)));
                    }
                    "text:tab" => text.push('\t'),
                    "text:line-break" => text.push('\n'),
                    _ => {}
                },
                other => push_text(&other, &mut text),
            }

            if text.len() > most {
                return Err(Fault::Limit(format!(
                    "la ligne {} dépasse {most} octets",
                    self.next.saturating_add(1),
                )));
            }
        }
    }
}

/// A number with the unit that its cell shows behind the same digits; a cell that shows fewer was divided by its format.
fn with_unit(cell: SheetCell, shown: &str) -> SheetCell {
    match unit_behind(&cell.text, shown) {
        Some(unit) => cell.shown_with(&unit),
        None => cell,
    }
}

fn is_cell(name: QName<'_>) -> bool {
    matches!(name.0, "table:table-cell" | "table:covered-table-cell")
}

/// The value of a cell that states one beside its text, as the sender would have written it in a CSV.
fn typed(tag: &BytesStart<'_>) -> Option<SheetCell> {
    let kind = attribute(tag, "office:value-type")?;
    let value = |name: &str| attribute(tag, name).filter(|v| !v.is_empty());

    let number = matches!(kind.as_str(), "float" | "percentage" | "currency");
    let text = match kind.as_str() {
        "float" | "percentage" | "currency" => {
            let text = value("office:value")?;
            // `1004.0` is written `1004`, `1e3` is written `1000`.
            Some(text.parse::<f64>().map_or(text, |f| f.to_string()))
        }
        "date" => value("office:date-value"),
        "time" => value("office:time-value").map(|t| time_of_day(&t)),
        "boolean" => value("office:boolean-value").map(|b| {
            if b.eq_ignore_ascii_case("true") {
                "oui".into()
            } else {
                "non".into()
            }
        }),
        _ => value("office:string-value"),
    };

    Some(SheetCell { text: text?, number })
}
