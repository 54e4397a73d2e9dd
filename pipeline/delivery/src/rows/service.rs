//! Days on which a bus was in service, as the table of projects says: nobody is seen before it opens or after it ends.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Date32Type;

use contract::Rule;

use super::column_reader::Note;
use super::row_judge::RowJudge;
use super::values::{day_text, epoch_days, from_epoch};
use crate::Finding;

/// Days from the opening of a bus to its end, in days since 1970; none where the project does not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Service {
    opened: Option<i32>,
    ended: Option<i32>,
}

/// Days by which a desserte may begin before its bus opens: an itinerary is dated from a month, or a first day was put off.
const EARLY: i32 = 62;

impl Service {
    /// What is wrong with the day from which a commune is said to be served: a day and a month that changed places seldom stay near the
    /// opening.
    fn objection_to_itinerary(self, day: i32) -> Option<Finding> {
        let opened = self.opened.filter(|opened| day + EARLY < *opened);
        let Some(opened) = opened else {
            return self.objection(day).filter(|_| self.ended.is_some_and(|end| day > end));
        };
        let message = format!(
            "la desserte commence plus de deux mois avant la mise en service du médicobus, le {}",
            from_epoch(opened).map(day_text).unwrap_or_default()
        );
        Some(Finding::new(Rule::HorsService, message).hint(
            "vérifiez date_debut, dont le jour et le mois sont peut-être inversés, ou corrigez date_mise_en_service dans la table medicobus",
        ))
    }

    /// What is wrong with a day on which the bus is said to have been out.
    fn objection(self, day: i32) -> Option<Finding> {
        let shown = |day| from_epoch(day).map(day_text).unwrap_or_default();
        let told = |message: String| Finding::new(Rule::HorsService, message);

        match (self.opened.filter(|opened| day < *opened), self.ended.filter(|end| day > *end)) {
            (Some(opened), _) => Some(told(format!(
                "la ligne précède la mise en service du médicobus, le {}",
                shown(opened)
            ))),
            (_, Some(ended)) => {
                Some(told(format!("la ligne suit la fin du médicobus, le {}", shown(ended))))
            }
            _ => None,
        }
    }
}

/// The buses of accepted rows of the table of projects, with their days of service.
pub(super) fn services(projects: &RecordBatch) -> BTreeMap<String, Service> {
    let Some(ids) = projects.column_by_name("id_medicobus").and_then(|c| c.as_string_opt::<i32>())
    else {
        return BTreeMap::new();
    };

    let day = |name: &str, row: usize| {
        let days = projects.column_by_name(name)?.as_primitive_opt::<Date32Type>()?;
        days.is_valid(row).then(|| days.value(row))
    };
    let of_row = |(row, id): (usize, Option<&str>)| {
        let service = Service {
            opened: day("date_mise_en_service", row),
            ended: day("date_fin", row),
        };
        Some((id?.to_owned(), service))
    };

    ids.iter().enumerate().filter_map(of_row).collect()
}

impl RowJudge<'_> {
    /// Consultations and outings must be of days on which their bus was in service; a commune is served from about its opening.
    pub(super) fn in_service(&self, batch: &RecordBatch, note: &mut Note<'_>) {
        let field = match self.table.name.as_str() {
            "consultations" => "date_consultation",
            "tournees" => "date",
            "dessertes" => "date_debut",
            _ => return,
        };
        let itinerary = self.table.name == "dessertes";
        let buses = batch.column_by_name("id_medicobus").and_then(|c| c.as_string_opt::<i32>());
        let days = batch.column_by_name(field).and_then(|c| c.as_primitive_opt::<Date32Type>());
        let Some((buses, days)) = buses.zip(days) else { return };

        // A day of another period is refused for that already.
        let period = epoch_days(self.frame.period.start)..=epoch_days(self.frame.period.end);
        // Rows of one bus follow each other.
        let mut last = ("", Service::default());
        for (row, (bus, day)) in buses.iter().zip(days).enumerate() {
            let told = |(_, day): &(&str, i32)| itinerary || period.contains(day);
            let Some((bus, day)) = bus.zip(day).filter(told) else { continue };
            if last.0 != bus {
                last = (bus, self.known.buses.get(bus).copied().unwrap_or_default());
            }

            let objection = match itinerary {
                true => last.1.objection_to_itinerary(day),
                false => last.1.objection(day),
            };
            if let Some(finding) = objection {
                let shown = from_epoch(day).map(day_text).unwrap_or_default();
                note(row, finding.field(field).value(shown));
            }
        }
    }
}
