//! Growth at constant perimeter, as sentences and key figures tell it.

use serde::Serialize;

use crate::builder::Builder;
use crate::prose::{Fact, fact};
use base::definition::Format;
use base::french as format;

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

/// The change of `measure` at constant perimeter; none where the perimeter did not move.
pub(super) fn same_perimeter(a: &Builder<'_>, measure: &str) -> Option<SamePerimeter> {
    let row = a.slice("perimetre_constant")?.with("mesure", measure).first()?;
    Some(SamePerimeter {
        perimeter: row.label(&["perimetre"]),
        count: row.printed("nombre"),
        evolution: fact(row.value("evolution"), Format::Percent),
    })
}
