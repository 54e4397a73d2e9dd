//! How complete the consultations are against the itinerary: per bus and month, stops held and stops with a consultation.
//!
//! It counts stops, never patients: the table can be shown to anyone.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::sum;
use arrow::datatypes::{Date32Type, Int64Type};
use serde::{Deserialize, Serialize};

use crate::rows::uniqueness::Keys;
use crate::rows::values::from_epoch;
use crate::rows::volumes::{month_of, month_text};

/// One bus in one month. A stop is a bus, a day and a commune.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// Bus.
    pub medicobus: String,
    /// Month, `2025-03`.
    #[serde(rename = "mois")]
    pub month: String,
    /// Stops of the accepted tournees that were not cancelled.
    #[serde(rename = "tenus")]
    pub held: u64,
    /// Those among them with at least one accepted consultation.
    #[serde(rename = "renseignes")]
    pub filled: u64,
    /// Whether accepted consultations of that month are at no stop of the itinerary.
    #[serde(rename = "hors_itineraire")]
    pub off_route: bool,
}

/// A bus and a month, counted from year 0.
type BusMonth = (String, i32);

/// What the accepted rows of tournees and consultations say, gathered in any order of files.
#[derive(Default)]
pub(crate) struct Presences {
    held: BTreeMap<BusMonth, BTreeSet<u64>>,
    visited: Keys,
    off: BTreeSet<BusMonth>,
    /// Slots honoured at all stops.
    honoured: i64,
    consultations: u64,
}

impl Presences {
    /// Takes accepted tournees with the hash of their stop.
    pub(crate) fn plan(&mut self, kept: &RecordBatch, stops: impl Iterator<Item = u64>) {
        let cancelled = kept.column_by_name("annulee").and_then(|c| c.as_string_opt::<i32>());
        let honoured = kept
            .column_by_name("creneaux_honores")
            .and_then(|c| c.as_primitive_opt::<Int64Type>());
        self.honoured += honoured.and_then(sum).unwrap_or_default();

        for (row, stop) in stops.enumerate() {
            let out = cancelled.is_some_and(|c| c.is_valid(row) && c.value(row) == "oui");
            if let Some(bus_month) = bus_month(kept, "date", row).filter(|_| !out) {
                self.held.entry(bus_month).or_default().insert(stop);
            }
        }
    }

    /// Takes accepted consultations with the hash of their stop, 0 for one that is off the itinerary.
    pub(crate) fn visit(&mut self, kept: &RecordBatch, stops: impl Iterator<Item = u64>) {
        self.consultations += kept.num_rows() as u64;

        let mut last = 0;
        for (row, stop) in stops.enumerate() {
            if stop == 0 {
                self.off.extend(bus_month(kept, "date_consultation", row));
            } else if stop != last {
                last = stop;
                self.visited.insert(stop);
            }
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (bus_month, stops) in other.held {
            self.held.entry(bus_month).or_default().extend(stops);
        }
        self.visited.extend(other.visited);
        self.honoured += other.honoured;
        self.consultations += other.consultations;
        self.off.extend(other.off);
    }

    /// Slots that the itinerary says were honoured, where no consultation at all tells of them.
    pub(crate) fn untold(&self) -> Option<i64> {
        (self.honoured > 0 && self.consultations == 0).then_some(self.honoured)
    }

    /// One line per bus and month, in that order; none when no tournee was accepted.
    pub(crate) fn lines(&self) -> Vec<Presence> {
        if self.held.is_empty() {
            return Vec::new();
        }
        let places: BTreeSet<&BusMonth> = self.held.keys().chain(&self.off).collect();

        let line = |bus_month: &BusMonth| {
            let stops = self.held.get(bus_month);
            let count = |wanted: &dyn Fn(&u64) -> bool| {
                stops.map_or(0, |s| s.iter().filter(|k| wanted(k)).count() as u64)
            };

            Presence {
                medicobus: bus_month.0.clone(),
                month: month_text(bus_month.1),
                held: count(&|_| true),
                filled: count(&|k| self.visited.contains(k)),
                off_route: self.off.contains(bus_month),
            }
        };

        places.into_iter().map(line).collect()
    }
}

fn bus_month(kept: &RecordBatch, day: &str, row: usize) -> Option<BusMonth> {
    let bus = kept.column_by_name("id_medicobus")?.as_string_opt::<i32>()?;
    let days = kept.column_by_name(day)?.as_primitive_opt::<Date32Type>()?;
    if bus.is_null(row) || days.is_null(row) {
        return None;
    }

    let date = from_epoch(days.value(row))?;
    Some((bus.value(row).to_owned(), month_of(date)))
}
