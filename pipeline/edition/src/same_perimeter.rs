//! Growth at constant perimeter: over the buses in service the whole of both years, or for the nation the régions that told of both. The
//! growth of the whole mixes it with what came, grew up and went. It is a sum of figures that the gate printed, and hidden where one of them is.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use base::french::Figure;
use base::table::Value;
use base::zone::Level;
use disclosure::GatedTable;
use disclosure::estimate::Basis;
use report::slice::{Slice, SliceRow};

use super::evaluation::rows::{Backed, SamePerimeter};
use super::request::Request;

const MEASURES: [(&str, &str); 2] =
    [("consultations", "Consultations honorées"), ("patients", "Patients reçus")];

/// The growth of each measure; none where the perimeter did not move, or nobody was there both years.
pub(super) fn same_perimeter(
    request: &Request,
    tables: &BTreeMap<String, GatedTable>,
) -> Vec<Backed<SamePerimeter>> {
    let (key, perimeter) = match request.level() {
        Level::National => ("synthese/parties", "régions constantes"),
        Level::Region | Level::Departement => ("synthese/medicobus", "médicobus constants"),
        _ => return Vec::new(),
    };
    let Some(rows) = tables.get(key).map(Slice::new) else {
        return Vec::new();
    };

    let whole = (key == "synthese/medicobus").then(|| in_service_both_years(request, tables));
    let measured = MEASURES.into_iter().filter_map(|(measure, measure_name)| {
        let before = format!("{measure}_precedent");
        let years: Vec<(Option<&str>, [Figure; 2])> = rows
            .rows()
            .map(|l| (l.text("code_zone"), [l.value(measure), l.value(&before)]))
            .collect();

        // A hidden count is one.
        let there = |f: &Figure| *f != Figure::Missing && *f != Figure::Known(0.0);
        let is_constant = |(code, years): &(Option<&str>, [Figure; 2])| {
            years.iter().all(there)
                && whole.as_ref().is_none_or(|whole| code.is_some_and(|c| whole.contains(c)))
        };
        let both: Vec<&[Figure; 2]> =
            years.iter().filter(|y| is_constant(y)).map(|y| &y.1).collect();
        let some = years.iter().filter(|(_, years)| years.iter().any(there)).count();
        if both.is_empty() || both.len() == some {
            return None;
        }

        let sum = |year: usize| both.iter().map(|y| y[year].number()).sum::<Option<f64>>();
        let sums = sum(0).zip(sum(1));
        let row = SamePerimeter {
            measure,
            measure_name,
            year: request.year,
            perimeter,
            count: both.len(),
            growth: sums.map_or(0.0, |(after, before)| 100.0 * (after / before - 1.0)),
        };
        // What stands behind it is printed already; where it is hidden, nothing does.
        let people = if sums.is_some() { u64::MAX } else { 0 };
        Some(Backed::new(row, Basis { territories: None, people, cases: None }))
    });
    measured.collect()
}

/// Buses in service from the first day of the year before to the last of the year: one that opened in between only grew up.
fn in_service_both_years<'t>(
    request: &Request,
    tables: &'t BTreeMap<String, GatedTable>,
) -> BTreeSet<&'t str> {
    let first = NaiveDate::from_ymd_opt(request.year - 1, 1, 1);
    let day = |row: &SliceRow<'t>, name: &str| match row.cell(name)?.1.open()? {
        Value::Date(day) => Some(*day),
        _ => None,
    };
    let whole = |row: &SliceRow<'t>| {
        day(row, "date_mise_en_service").is_some_and(|opened| Some(opened) <= first)
            && day(row, "date_fin").is_none_or(|end| end.year() > request.year)
    };

    let buses = tables.get("activite_par_medicobus").map(Slice::new);
    let rows: Vec<SliceRow<'t>> = buses.iter().flat_map(Slice::rows).collect();
    rows.iter()
        .filter(|row| whole(row))
        .filter_map(|row| row.text("code_zone"))
        .collect()
}
