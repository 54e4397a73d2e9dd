//! Growth at constant perimeter: over the buses, or for the nation the régions, that were there both years. The growth of the whole mixes
//! it with what came and what went. It is a sum of figures that the gate printed, and hidden where one of them is.

use std::collections::BTreeMap;

use base::french::Figure;
use base::zone::Level;
use disclosure::GatedTable;
use disclosure::estimate::Basis;
use report::slice::Slice;

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

    let measured = MEASURES.into_iter().filter_map(|(measure, measure_name)| {
        let before = format!("{measure}_precedent");
        let years: Vec<[Figure; 2]> =
            rows.rows().map(|l| [l.value(measure), l.value(&before)]).collect();

        // A hidden count is one.
        let there = |f: &Figure| *f != Figure::Missing && *f != Figure::Known(0.0);
        let both: Vec<&[Figure; 2]> = years.iter().filter(|y| y.iter().all(there)).collect();
        let some = years.iter().filter(|y| y.iter().any(there)).count();
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
