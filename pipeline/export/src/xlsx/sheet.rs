//! One table on a sheet: title, definition and marks, the table itself with its filters, what it is made of below.

use rust_xlsxwriter::{
    ExcelDateTime, Format as Style, FormatAlign, IgnoreError, Table, TableColumn, TableStyle, Url,
    Worksheet, XlsxError,
};

use base::definition::{Definition, Format};
use base::french::typography;

use super::grid::{Entry, Grid};
use super::lines::{LINE, lines};
use super::names::{Place, README};
use super::subjects::Subject;
use super::{A4, Readme, header_style, marks, title_style, warning_style};
use crate::marks::HIDDEN;

/// Rows above the header: title, definition, marks.
const HEADER_ROW: u32 = 3;
/// Characters that a sentence may take in a line.
const SENTENCE: f64 = 110.0;
/// Excel's width of a column that nobody has set.
const UNSET: f64 = 9.0;
/// Characters of the keys that stay in view while the figures scroll.
const IN_VIEW: f64 = 60.0;
/// Characters across a page that can still be read: wider tables take several.
const LEGIBLE: f64 = 230.0;

/// A table and where it stands.
pub(super) struct TablePage<'a> {
    pub(super) subject: &'a Subject,
    pub(super) readme: Option<&'a Readme>,
    pub(super) place: &'a Place,
}

impl TablePage<'_> {
    /// Fills a sheet of its own.
    pub(super) fn fill(&self, page: &mut Worksheet) -> Result<(), XlsxError> {
        let grid = &self.subject.grid;
        let widths = grid.widths();
        for (column, width) in (0..).zip(&widths) {
            page.set_column_width(column, *width)?;
        }
        self.write(page, &widths)?;

        // The header and the names stay in view while the figures scroll, and come again on each page.
        let header = self.place.row + HEADER_ROW;
        let mut seen = 0.0;
        let keys = widths[..grid.keys].iter().take_while(|width| {
            seen += **width;
            seen <= IN_VIEW
        });
        let keys = keys.count().max(1) as u16;
        page.set_freeze_panes(header + 1, keys)?;
        page.set_repeat_rows(header, header)?;

        let width: f64 = widths[..grid.printed].iter().sum();
        let pages = if width > LEGIBLE { (width / LEGIBLE).ceil() as u16 } else { 1 };
        if pages > 1 {
            page.set_repeat_columns(0, keys - 1)?;
        }
        let last = self.place.row + height(self.subject) - 2;
        let right = (grid.printed as u16).max(span(&widths).0) - 1;
        page.set_print_area(0, 0, last, right)?;
        let marks = marks(self.subject.table.publishable(), self.readme);
        set_paper(page, &marks).set_print_fit_to_pages(pages, 0);
        Ok(())
    }

    /// Writes the table from the row of its place on, in columns of these widths; returns how high it is, in points.
    pub(super) fn write(&self, page: &mut Worksheet, widths: &[f64]) -> Result<f64, XlsxError> {
        let table = &self.subject.table;
        let definition = table.definition();
        let top = self.place.row;
        let (span, width) = span(widths);
        let mut points = 3.0 * LINE;

        page.write_string_with_format(top, 0, self.subject.heading(), &title_style())?;
        points += sentence(page, top + 1, span, width, &typography(&definition.definition))?;
        let marks = marks(table.publishable(), self.readme);
        page.write_string_with_format(top + 2, 0, marks, &warning_style())?;
        if self.readme.is_some() {
            let back = Url::new(format!("internal:'{README}'!A1")).set_text(README);
            page.write_url(top + 2, span - 1, back)?;
        }

        points += self.rows(page, top + HEADER_ROW, widths)?;
        let below = top + HEADER_ROW + rows_below_header(&self.subject.grid) + 1;
        for (row, note) in (below..).zip(notes(definition)) {
            points += sentence(page, row, span, width, &note)?;
        }
        Ok(points)
    }

    /// The header and the rows, as a table of Excel's own; returns how high it is.
    fn rows(&self, page: &mut Worksheet, header: u32, widths: &[f64]) -> Result<f64, XlsxError> {
        let grid = &self.subject.grid;
        let mut points = 0.0;
        let mut set_height = |page: &mut Worksheet, row: u32, lines: usize| {
            points += LINE * lines as f64;
            page.set_row_height(row, LINE * lines as f64).map(|_| ())
        };

        // The button of the filter takes its part of a bold heading.
        let heads = grid.heads.iter().zip(widths);
        let most = heads.map(|(head, width)| lines(head, width - 3.0)).max();
        set_height(page, header, most.unwrap_or(1))?;

        for (row, entries) in (header + 1..).zip(&grid.rows) {
            let texts = entries.iter().zip(widths).map(|(entry, width)| match entry {
                Entry::Text(text) => lines(text, *width),
                _ => 1,
            });
            set_height(page, row, texts.max().unwrap_or(1))?;
            for (column, entry) in (0..).zip(entries) {
                write(page, row, column, entry, grid.turned && column > 0)?;
            }
        }
        if grid.rows.is_empty() {
            page.write_string(header + 1, 0, "aucune ligne")?;
        }

        let heads: Vec<TableColumn> = grid
            .heads
            .iter()
            .map(|head| TableColumn::new().set_header(head).set_header_format(header_style()))
            .collect();
        let table = Table::new()
            .set_columns(&heads)
            .set_name(&self.place.table)
            .set_style(TableStyle::Light1);

        let last = header + rows_below_header(grid);
        let right = grid.heads.len().saturating_sub(1) as u16;
        page.add_table(header, 0, last, right, &table)?;
        // A code of figures only is a text on purpose.
        page.ignore_error_range(header, 0, last, right, IgnoreError::NumberStoredAsText)?;
        Ok(points)
    }
}

/// Landscape on A4, with the marks at the head of each printed page, the sheet and the page at its foot.
pub(super) fn set_paper<'p>(page: &'p mut Worksheet, marks: &str) -> &'p mut Worksheet {
    page.set_landscape()
        .set_paper_size(A4)
        .set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3)
        .set_header(format!("&R{marks}"))
        .set_footer("&L&A&RPage &P sur &N")
}

/// Rows that a table takes on a sheet, a blank one under it included.
pub(super) fn height(subject: &Subject) -> u32 {
    let notes = notes(subject.table.definition()).len() as u32;
    HEADER_ROW + rows_below_header(&subject.grid) + notes + 3
}

/// Excel wants a row even where there is nothing to say.
fn rows_below_header(grid: &Grid) -> u32 {
    grid.rows.len().max(1) as u32
}

/// Columns that a sentence takes, and the characters that they hold.
fn span(widths: &[f64]) -> (u16, f64) {
    let mut columns = 0;
    let mut width = 0.0;
    while columns < 2 || width < SENTENCE {
        width += widths.get(columns).copied().unwrap_or(UNSET);
        columns += 1;
    }
    (columns as u16, width)
}

/// What stands under a table: how it is computed, on whom, from what, with which limits.
fn notes(definition: &Definition) -> Vec<String> {
    let sources = definition.sources.join(", ");
    let said = [
        ("Calcul", &definition.formula),
        ("Unité", &definition.unit),
        ("Population", &definition.population),
        ("Sources", &sources),
        ("Requête", &definition.name),
    ];
    let limits = definition.limits.iter().map(|limit| ("Limite", limit));
    said.into_iter()
        .chain(limits)
        .map(|(name, text)| format!("{name} : {}", typography(text)))
        .collect()
}

/// A sentence across the first columns, on as many lines as it takes; returns how high it is.
pub(super) fn sentence(
    page: &mut Worksheet,
    row: u32,
    span: u16,
    width: f64,
    text: &str,
) -> Result<f64, XlsxError> {
    let style = Style::new().set_text_wrap().set_align(FormatAlign::Top);
    page.merge_range(row, 0, row, span - 1, text, &style)?;
    let points = LINE * lines(text, width) as f64;
    page.set_row_height(row, points)?;
    Ok(points)
}

fn write(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    entry: &Entry,
    among_figures: bool,
) -> Result<(), XlsxError> {
    let style = Style::new().set_align(FormatAlign::VerticalCenter);
    let day = |day: &chrono::NaiveDate| {
        ExcelDateTime::parse_from_str(&day.format("%Y-%m-%d").to_string())
    };
    match entry {
        Entry::Empty => sheet,
        Entry::Hidden => sheet.write_string_with_format(
            row,
            column,
            HIDDEN,
            &style.set_align(FormatAlign::Right),
        )?,
        // Written as strings, texts are never evaluated, whatever they begin with.
        Entry::Text(text) => {
            let side = if among_figures { FormatAlign::Right } else { FormatAlign::Left };
            let style = style.set_align(side).set_text_wrap();
            sheet.write_string_with_format(row, column, text, &style)?
        }
        Entry::Number(number, format) => {
            // Ten decimals: 43.2 / 100 is no figure of sixteen.
            let share = |x: f64| (x * 1e8).round() / 1e10;
            let number = if *format == Format::Percent { share(*number) } else { *number };
            let style = style.set_num_format(number_format(*format));
            sheet.write_number_with_format(row, column, number, &style)?
        }
        Entry::Day(date) => {
            let style = style.set_num_format(number_format(Format::Date));
            sheet.write_datetime_with_format(row, column, day(date)?, &style)?
        }
        Entry::Month(date) => {
            let style = style.set_num_format("[$-40C]mmmm yyyy").set_align(FormatAlign::Left);
            sheet.write_datetime_with_format(row, column, day(date)?, &style)?
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
        Format::Decimal2 => "#,##0.00#",
        Format::Probability => "[<0.005]\"< 0,005\";0.00",
        // Queries return percentages as 0–100, Excel's are shares of one.
        Format::Percent => "0.0 %",
        Format::Points => "+0.0;-0.0;0.0",
        Format::Euros => "#,##0\" €\"",
        Format::Date => "dd/mm/yyyy",
    }
}
