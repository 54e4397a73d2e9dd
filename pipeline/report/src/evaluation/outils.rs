//! Tables of several years: one column per year, one row per indicator or per category.

use chrono::{Datelike, NaiveDate};

use crate::builder::Builder;
use crate::content::Block;
use crate::slice::{Slice, SliceRow};
use base::definition::Format;
use base::error::Result;
use base::french::Figure;
use base::french::{self as format, typography};
use charts::line::{LineChart, Series};
use disclosure::GatedTable;

use super::EvaluationInput;

/// Heading of a year's column; an unfinished year says how many months it holds.
pub(super) fn year(e: &EvaluationInput<'_>, year: i32) -> String {
    match arret(e, year) {
        Some(day) => format!("{year} ({} mois)", day.month()),
        None => year.to_string(),
    }
}

/// Whether a figure of that year has a sense: a year's grant over the activity of some months has none.
pub(super) fn sense(e: &EvaluationInput<'_>, an: i32, column: &str) -> bool {
    let unitaire = column.starts_with("cout_par_") || column == "ecart_reference";
    !(unitaire && inachevee(e, an))
}

/// Whether the data stop before the end of that year.
pub(super) fn inachevee(e: &EvaluationInput<'_>, year: i32) -> bool {
    arret(e, year).is_some()
}

/// Last day of the data, if that year is unfinished.
fn arret(e: &EvaluationInput<'_>, year: i32) -> Option<NaiveDate> {
    e.partielle.filter(|day| day.year() == year)
}

/// The answer of a year.
pub(super) fn slice<'a>(
    a: &Builder<'a>,
    e: &EvaluationInput<'_>,
    query: &str,
    an: i32,
) -> Option<Slice<'a>> {
    a.slice(&e.key(query, an)).filter(|v| !v.is_empty())
}

/// Which row of a year's answer.
pub(super) type Choix<'c> = Option<(&'c str, &'c str)>;

/// The row of a year, or of a category of that year.
pub(super) fn row<'a>(
    a: &Builder<'a>,
    e: &EvaluationInput<'_>,
    query: &str,
    an: i32,
    choix: Choix<'_>,
) -> Option<SliceRow<'a>> {
    let slice = slice(a, e, query, an)?;
    match choix {
        Some((name, value)) => slice.filter(|l| l.label(&[name]) == value).first(),
        None => slice.first(),
    }
}

fn marquer(a: &mut Builder<'_>, e: &EvaluationInput<'_>, query: &str) {
    for an in e.annees {
        a.printed.insert(e.key(query, *an));
    }
}

/// Any table of the years, for its header and its source.
fn table<'a>(a: &Builder<'a>, e: &EvaluationInput<'_>, query: &str) -> Option<&'a GatedTable> {
    e.annees
        .iter()
        .rev()
        .find_map(|an| a.slice(&e.key(query, *an)))
        .map(|v| v.table())
}

fn imprimer(
    a: &mut Builder<'_>,
    e: &EvaluationInput<'_>,
    query: &str,
    title: &str,
    tete: &str,
    rows: Vec<Vec<String>>,
) -> Option<Block> {
    let definition = table(a, e, query)?.definition();
    if rows.is_empty() {
        return None;
    }
    let ans: Vec<String> = e.annees.iter().map(|an| year(e, *an)).collect();
    let mut headings = vec![tete];
    headings.extend(ans.iter().map(String::as_str));
    let block = a.composed_table(
        &e.key(query, e.base.year),
        title,
        &headings,
        rows,
        definition,
    );
    marquer(a, e, query);
    Some(block)
}

/// Indicators in rows, years in columns; rows that no year knows are left out.
pub(super) fn par_annee(
    a: &mut Builder<'_>,
    e: &EvaluationInput<'_>,
    query: &str,
    title: &str,
    choix: Choix<'_>,
    columns: &[&str],
) -> Option<Block> {
    let definition = table(a, e, query)?.definition();
    let rows = columns
        .iter()
        .filter_map(|name| {
            let cells: Vec<Option<SliceRow<'_>>> = e
                .annees
                .iter()
                .map(|an| row(a, e, query, *an, choix))
                .collect();
            let known = cells
                .iter()
                .flatten()
                .any(|l| l.value(name) != Figure::Missing);
            known.then(|| {
                let title = definition.column(name).map_or(*name, |c| c.title.as_str());
                std::iter::once(typography(title))
                    .chain(cells.iter().zip(e.annees).map(|(l, an)| {
                        l.as_ref()
                            .filter(|_| sense(e, *an, name))
                            .map_or_else(|| format::MISSING.to_string(), |l| l.printed(name))
                    }))
                    .collect()
            })
        })
        .collect();
    imprimer(a, e, query, title, "Indicateur", rows)
}

/// Categories in rows, years in columns: one figure of each.
pub(super) fn par_categorie(
    a: &mut Builder<'_>,
    e: &EvaluationInput<'_>,
    query: &str,
    title: &str,
    (categorie, tete): (&str, &str),
    column: &str,
    keep: impl Fn(&SliceRow<'_>) -> bool,
) -> Option<Block> {
    let mut names: Vec<String> = Vec::new();
    for an in e.annees.iter().rev() {
        if let Some(v) = slice(a, e, query, *an) {
            for l in v.rows().filter(|l| keep(l)) {
                let name = l.label(&[categorie]);
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
    }
    let rows = names
        .iter()
        .map(|name| {
            std::iter::once(typography(en_clair(name)))
                .chain(e.annees.iter().map(|an| {
                    slice(a, e, query, *an)
                        .map(|v| v.filter(|l| keep(l) && l.label(&[categorie]) == *name))
                        .and_then(|v| v.first())
                        .map_or_else(|| format::MISSING.to_string(), |l| l.printed(column))
                }))
                .collect()
        })
        .collect();
    imprimer(a, e, query, title, tete, rows)
}

/// Codes that queries return without a name beside them.
fn en_clair(code: &str) -> &str {
    match code {
        "desservi" => "Desservis",
        "non_desservi" => "Non desservis",
        autre => autre,
    }
}

/// A curve over the months of all years.
///
/// # Errors
/// If the drawing fails.
pub(super) fn courbe_mensuelle(
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
    let mut step = Vec::new();
    let mut values = Vec::new();
    for an in e.annees {
        if let Some(v) = slice(a, e, query, *an) {
            for l in v.rows() {
                step.push(l.text("periode").map_or_else(String::new, mois_court));
                values.push(l.value(column));
            }
        }
    }
    let plot = LineChart {
        step,
        series: vec![Series {
            name: e.base.zone.name.clone(),
            values,
            main: true,
        }],
        format: Format::Integer,
        unit: unit.into(),
    };
    let block = a.chart(&format!("evaluation-{column}"), title, &plot, source)?;
    marquer(a, e, query);
    Ok(Some(block))
}

/// `2025-03` → `03/25`.
fn mois_court(key: &str) -> String {
    match key.split_once('-') {
        Some((year, month)) if year.len() == 4 => format!("{month}/{}", &year[2..]),
        _ => key.to_string(),
    }
}
