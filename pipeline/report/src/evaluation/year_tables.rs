//! Tables of several years: one column per year, one row per indicator or per category.

use chrono::{Datelike, NaiveDate};

use crate::builder::Builder;
use crate::content::{Block, PrintedTable};
use crate::slice::{Slice, SliceRow};
use base::definition::Format;
use base::error::Result;
use base::french::Figure;
use base::french::{self as format, typography};
use charts::line::{LineChart, Series};
use disclosure::GatedTable;

use super::input::EvaluationInput;

/// Heading of a year's column; an unfinished year says how many months it holds.
pub(super) fn year_heading(e: &EvaluationInput<'_>, year: i32) -> String {
    match data_end(e, year) {
        Some(day) => format!("{year} ({} mois)", day.month()),
        None => year.to_string(),
    }
}

/// Whether a figure of that year makes sense: a whole year's grant divided by the activity of a few months does not.
pub(super) fn makes_sense(e: &EvaluationInput<'_>, year: i32, column: &str) -> bool {
    let per_unit = column.starts_with("cout_par_") || column == "ecart_reference";
    !(per_unit && unfinished(e, year))
}

/// Whether the data stop before the end of that year.
pub(super) fn unfinished(e: &EvaluationInput<'_>, year: i32) -> bool {
    data_end(e, year).is_some()
}

/// Last day of the data, if that year is unfinished.
fn data_end(e: &EvaluationInput<'_>, year: i32) -> Option<NaiveDate> {
    e.partial.filter(|day| day.year() == year)
}

/// The answer of a year.
pub(super) fn slice<'a>(
    a: &Builder<'a>,
    e: &EvaluationInput<'_>,
    query: &str,
    year: i32,
) -> Option<Slice<'a>> {
    a.slice(&e.key(query, year)).filter(|v| !v.is_empty())
}

/// Which row of a year's answer.
pub(super) type RowChoice<'c> = Option<(&'c str, &'c str)>;

/// The row of a year, or of a category of that year.
pub(super) fn row<'a>(
    a: &Builder<'a>,
    e: &EvaluationInput<'_>,
    query: &str,
    year: i32,
    choice: RowChoice<'_>,
) -> Option<SliceRow<'a>> {
    let slice = slice(a, e, query, year)?;
    match choice {
        Some((name, value)) => slice.filter(|l| l.label(&[name]) == value).first(),
        None => slice.first(),
    }
}

/// Any table of the years, for its header and its source.
fn table<'a>(a: &Builder<'a>, e: &EvaluationInput<'_>, query: &str) -> Option<&'a GatedTable> {
    e.years
        .iter()
        .rev()
        .find_map(|year| a.slice(&e.key(query, *year)))
        .map(|v| v.table())
}

fn print_answer(
    a: &mut Builder<'_>,
    e: &EvaluationInput<'_>,
    query: &str,
    title: &str,
    head: &str,
    rows: Vec<Vec<String>>,
) -> Option<Block> {
    let definition = table(a, e, query)?.definition();
    if rows.is_empty() {
        return None;
    }

    let year_headings: Vec<String> = e.years.iter().map(|year| year_heading(e, *year)).collect();
    let mut headings = vec![head];
    headings.extend(year_headings.iter().map(String::as_str));

    let block = a.composed_table(&e.key(query, e.base.year), title, &headings, rows, definition);

    Some(block)
}

/// Indicators in rows, years in columns; rows that no year knows are left out.
pub(super) fn by_year(
    a: &mut Builder<'_>,
    e: &EvaluationInput<'_>,
    query: &str,
    title: &str,
    choice: RowChoice<'_>,
    columns: &[&str],
) -> Option<Block> {
    let definition = table(a, e, query)?.definition();
    let rows = columns
        .iter()
        .filter_map(|name| {
            let cells: Vec<Option<SliceRow<'_>>> =
                e.years.iter().map(|year| row(a, e, query, *year, choice)).collect();

            let known = cells.iter().flatten().any(|l| l.value(name) != Figure::Missing);

            known.then(|| {
                let title = definition.column(name).map_or(*name, |c| c.title.as_str());
                std::iter::once(typography(title))
                    .chain(cells.iter().zip(e.years).map(|(l, year)| {
                        l.as_ref()
                            .filter(|_| makes_sense(e, *year, name))
                            .map_or_else(|| format::MISSING.to_string(), |l| l.printed(name))
                    }))
                    .collect()
            })
        })
        .collect();

    print_answer(a, e, query, title, "Indicateur", rows)
}

/// Categories in rows, years in columns: one figure of each.
pub(super) fn by_category(
    a: &mut Builder<'_>,
    e: &EvaluationInput<'_>,
    query: &str,
    title: &str,
    (category, head): (&str, &str),
    column: &str,
    keep: impl Fn(&SliceRow<'_>) -> bool,
) -> Option<Block> {
    let mut names: Vec<String> = Vec::new();
    for year in e.years.iter().rev() {
        if let Some(v) = slice(a, e, query, *year) {
            for l in v.rows().filter(|l| keep(l)) {
                let name = l.label(&[category]);
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
    }

    let rows = names
        .iter()
        .map(|name| {
            std::iter::once(typography(plain_words(name)))
                .chain(e.years.iter().map(|year| {
                    slice(a, e, query, *year)
                        .map(|v| v.filter(|l| keep(l) && l.label(&[category]) == *name))
                        .and_then(|v| v.first())
                        .map_or_else(|| format::MISSING.to_string(), |l| l.printed(column))
                }))
                .collect()
        })
        .collect();

    print_answer(a, e, query, title, head, rows)
}

/// Tables of the same years one under the other, each row under the name of its part: apart, each would repeat its heading and notes.
pub(super) fn joined(
    parts: impl IntoIterator<Item = (String, Option<Block>)>,
    title: &str,
) -> Option<Block> {
    let mut whole: Option<PrintedTable> = None;
    for (part, block) in parts {
        let Some(Block::Table(mut table)) = block else { continue };
        for name in table.rows.iter_mut().filter_map(|row| row.first_mut()) {
            *name = typography(&format!("{part} : {name}"));
        }

        match &mut whole {
            Some(first) => first.rows.append(&mut table.rows),
            None => whole = Some(PrintedTable { title: typography(title), ..table }),
        }
    }

    whole.map(Block::Table)
}

/// Codes that queries return without a name beside them.
fn plain_words(code: &str) -> &str {
    match code {
        "desservi" => "Desservis",
        "non_desservi" => "Non desservis",
        other => other,
    }
}

/// A curve over the months of all years.
///
/// # Errors
/// If the drawing fails.
pub(super) fn monthly_curve(
    a: &mut Builder<'_>,
    e: &EvaluationInput<'_>,
    column: &str,
    title: &str,
    unit: &str,
) -> Result<Option<Block>> {
    let query = "consultations_par_mois";
    let Some(source) = table(a, e, query) else {
        return Ok(None);
    };

    let mut steps = Vec::new();
    let mut values = Vec::new();
    for year in e.years {
        if let Some(v) = slice(a, e, query, *year) {
            for l in v.rows() {
                steps.push(l.text("periode").map_or_else(String::new, short_month));
                values.push(l.value(column));
            }
        }
    }

    let plot = LineChart {
        steps,
        series: vec![Series {
            name: e.base.zone.name.clone(),
            values,
            main: true,
        }],
        format: Format::Integer,
        unit: unit.into(),
    };

    a.chart(&format!("evaluation-{column}"), title, &plot, source)
}

/// `2025-03` → `03/25`.
fn short_month(key: &str) -> String {
    match key.split_once('-') {
        Some((year, month)) if year.len() == 4 => format!("{month}/{}", &year[2..]),
        _ => key.to_string(),
    }
}
