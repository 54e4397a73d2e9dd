//! What growth compares: who was there both years, and the same months of an unfinished year.

use chrono::Datelike;
use serde::Serialize;

use super::activite::months_of;
use crate::builder::Builder;
use crate::prose::{Fact, fact};
use base::definition::Format;
use base::french::{self as format, Figure};

/// How a count of those who were there both years changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct SamePerimeter {
    /// `médicobus constants`.
    #[serde(rename = "perimetre")]
    perimeter: String,
    /// How many they are.
    #[serde(rename = "nombre")]
    count: String,
    /// Change in per cent; hidden where one of their counts is.
    evolution: Fact,
}

impl SamePerimeter {
    /// Under a key figure.
    pub(super) fn in_brief(&self) -> String {
        let change = self.evolution.value.map_or_else(
            || self.evolution.text.clone(),
            |x| format!("{}{}%", format::signed(x, 1), format::THIN_SPACE),
        );
        format!("à {} : {change}", self.perimeter)
    }
}

/// Consultations of the months told about in an unfinished year, set against the same months a year before.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct SameMonths {
    #[serde(rename = "avant")]
    before: Fact,
    /// Change in per cent.
    evolution: Fact,
}

/// The same months of the year before; none in a whole year, nor where the count of one of them is hidden or unknown.
pub(super) fn same_months(a: &Builder<'_>) -> Option<SameMonths> {
    let months = a.input.unfinished()?.month() as usize;
    let sum = |key: &str, year: i32| {
        let slice = a.slice(key)?;
        months_of(&slice, year)
            .into_iter()
            .take(months)
            .map(Figure::number)
            .sum::<Option<f64>>()
    };

    let now = sum("consultations_par_mois", a.input.year)?;
    let before = sum("consultations_par_mois/precedent", a.input.year - 1).filter(|x| *x > 0.0)?;
    let change = (1000.0 * (now / before - 1.0)).round() / 10.0;
    Some(SameMonths {
        before: fact(Figure::Known(before), Format::Integer),
        evolution: fact(Figure::Known(change), Format::Percent),
    })
}

/// The change of `measure` at constant perimeter; none where the perimeter did not move.
pub(super) fn same_perimeter(a: &Builder<'_>, measure: &str) -> Option<SamePerimeter> {
    // An unfinished year has no growth to explain.
    if a.input.unfinished().is_some() {
        return None;
    }
    let row = a.slice("perimetre_constant")?.with("mesure", measure).first()?;
    Some(SamePerimeter {
        perimeter: row.label(&["perimetre"]),
        count: row.printed("nombre"),
        evolution: fact(row.value("evolution"), Format::Percent),
    })
}
