//! How complete the consultations are against the itinerary: per bus and month, stops held and stops with a consultation.
//!
//! It counts stops, never patients: the table can be shown to anyone.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, AsArray, RecordBatch};
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

/// Slots of a short day.
const A_DAY: i64 = 11;

/// A bus and a month, counted from year 0.
type BusMonth = (String, i32);

/// What the accepted rows of tournees and consultations say, gathered in any order of files.
#[derive(Default)]
pub(crate) struct Presences {
    held: BTreeMap<BusMonth, BTreeSet<u64>>,
    visited: Keys,
    off: BTreeSet<BusMonth>,
    /// By bus.
    counts: BTreeMap<String, Counts>,
}

/// What one bus did, as its tournees and its consultations say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Slots honoured at all stops.
    pub(crate) honoured: i64,
    pub(crate) consultations: i64,
}

impl Presences {
    /// Takes accepted tournees with the hash of their stop.
    pub(crate) fn plan(&mut self, kept: &RecordBatch, stops: impl Iterator<Item = u64>) {
        let cancelled = kept.column_by_name("annulee").and_then(|c| c.as_string_opt::<i32>());
        let honoured = kept
            .column_by_name("creneaux_honores")
            .and_then(|c| c.as_primitive_opt::<Int64Type>());
        if let Some(honoured) = honoured {
            let slots = |row| if honoured.is_valid(row) { honoured.value(row) } else { 0 };
            self.count(kept, slots, |counts, slots| counts.honoured += slots);
        }

        for (row, stop) in stops.enumerate() {
            let out = cancelled.is_some_and(|c| c.is_valid(row) && c.value(row) == "oui");
            if let Some(bus_month) = bus_month(kept, "date", row).filter(|_| !out) {
                self.held.entry(bus_month).or_default().insert(stop);
            }
        }
    }

    /// Takes accepted consultations with the hash of their stop, 0 for one that is off the itinerary.
    pub(crate) fn visit(&mut self, kept: &RecordBatch, stops: impl Iterator<Item = u64>) {
        self.count(kept, |_| 1, |counts, rows| counts.consultations += rows);

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
        for (bus, counts) in other.counts {
            let own = self.counts.entry(bus).or_default();
            own.honoured += counts.honoured;
            own.consultations += counts.consultations;
        }
        self.off.extend(other.off);
    }

    /// Adds what each row is worth to its bus. Rows of one bus follow each other: it is looked up once for all of them.
    fn count(
        &mut self,
        kept: &RecordBatch,
        worth: impl Fn(usize) -> i64,
        add: impl Fn(&mut Counts, i64),
    ) {
        let buses = kept.column_by_name("id_medicobus").and_then(|c| c.as_string_opt::<i32>());
        let Some(buses) = buses else { return };

        let mut first = 0;
        while first < buses.len() {
            let bus = buses.value(first);
            let next = (first..buses.len()).find(|row| buses.value(*row) != bus);
            let end = next.unwrap_or(buses.len());
            let total = (first..end).map(&worth).sum();

            add(self.counts.entry(bus.to_owned()).or_default(), total);
            first = end;
        }
    }

    /// Accepted consultations.
    pub(crate) fn consultations(&self) -> i64 {
        self.counts.values().map(|counts| counts.consultations).sum()
    }

    /// The buses whose consultations tell of less than half of the slots that their itinerary says were honoured, by a day's worth at least
    /// where some tell.
    pub(crate) fn untold(&self) -> impl Iterator<Item = (&str, Counts)> {
        let none = self.consultations() == 0;
        let lost = move |c: &Counts| {
            let missing = c.honoured - c.consultations;
            missing > c.consultations && (none || missing >= A_DAY)
        };
        let counts = self.counts.iter().map(|(bus, counts)| (bus.as_str(), *counts));
        counts.filter(move |(_, counts)| lost(counts))
    }

    /// The buses whose consultations outnumber by half, and by a day's worth at least, the slots that their itinerary says were honoured.
    pub(crate) fn overtold(&self) -> impl Iterator<Item = (&str, Counts)> {
        let counts = self.counts.iter().map(|(bus, counts)| (bus.as_str(), *counts));
        counts.filter(|(_, c)| {
            let excess = c.consultations - c.honoured;
            c.honoured > 0 && 2 * excess >= c.honoured && excess >= A_DAY
        })
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
