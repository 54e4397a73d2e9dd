//! Made-up deliveries with a known truth: what `medicobus exemple` writes, and `sample_data/`.
//!
//! - `truth`: the truth, every effect and rate that an evaluation should find again
//! - `world`: projects (real names, invented activity), itineraries, territories
//! - `activity`, `panel`: the rows, drawn bus by bus and territory by territory, never all in memory
//! - `later`: what the deliveries of 2026 hold more
//! - `field`, `dialect`, `delivery`: how a producer writes them
//! - `planted_errors`: deliberate errors, listed beside the data
//! - `demo`: the deliveries of `sample_data/`

mod activity;
mod delivery;
mod demo;
mod dialect;
mod field;
mod later;
mod panel;
mod planted_errors;
mod rng;
mod truth;
mod world;
mod writer;

use std::ops::RangeInclusive;

use chrono::NaiveDate;

pub use activity::Visit;
pub use delivery::DeliveryForm;
pub use demo::write_demo;
pub use dialect::{OutputDialect, OutputEncoding};
pub use field::{Field, FieldRow, Table};
pub use panel::{Observation, PANEL_START};
pub use planted_errors::ExpectedFinding;
pub use truth::{EffectShape, Truth, quarter, quarter_name};
pub use world::{Project, Stop, Territory, World, generate};
pub use writer::{RowCounts, write_scaled};

/// The régions of `sample_data/`: Normandie, Auvergne-Rhône-Alpes, Grand Est, Guyane.
pub const REGIONS: [&str; 4] = ["28", "84", "44", "03"];

/// The seed of `sample_data/`.
pub const SEED: u64 = 7;

/// What to make up.
#[derive(Debug, Clone)]
pub struct Params {
    /// Seed: the same one gives the same bytes.
    pub seed: u64,
    /// INSEE codes of régions. Those of [`REGIONS`] begin with the named projects; any other gets invented ones.
    pub regions: Vec<String>,
    /// Multiplies the number of buses; 1 is the sample: fifteen buses in service, about 26,000 consultations a year.
    pub scale: u32,
    /// Years of activity.
    pub years: RangeInclusive<i32>,
    /// Last day told about.
    pub last_day: NaiveDate,
}

impl Params {
    /// The sample itself, with another seed, régions or scale.
    pub fn new(seed: u64, regions: &[&str], scale: u32) -> Self {
        Self {
            seed,
            regions: regions.iter().map(|r| (*r).to_owned()).collect(),
            scale,
            years: 2024..=2026,
            last_day: rng::day(2026, 9, 30),
        }
    }
}
