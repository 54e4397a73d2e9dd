//! Made-up deliveries with a known truth: what `medicobus exemple` writes, and `sample_data/`.
//!
//! - `verite`: the truth, every effect and rate that an evaluation should find again
//! - `monde`: projects (real names, invented activity), itineraries, territories
//! - `activite`, `panel`: the rows, drawn bus by bus and territory by territory, never all in memory
//! - `champ`, `dialecte`, `livraison`: how a producer writes them
//! - `fautes`: deliberate errors, listed beside the data
//! - `demo`: the deliveries of `sample_data/`

mod activite;
mod champ;
mod demo;
mod dialecte;
mod ecriture;
mod fautes;
mod hasard;
mod livraison;
mod monde;
mod panel;
mod verite;

use std::ops::RangeInclusive;

use chrono::NaiveDate;

pub use activite::Visite;
pub use champ::{Champ, Ligne, Table};
pub use demo::write_demo;
pub use dialecte::{Dialecte, Encodage};
pub use ecriture::{Compte, write_scaled};
pub use fautes::Attendue;
pub use livraison::Forme;
pub use monde::{Arret, Projet, Territoire, World, generate};
pub use panel::{DEBUT_PANEL, Observation};
pub use verite::{Effet, Truth, nom_trimestre, trimestre};

/// The régions of `sample_data/`: Normandie, Auvergne-Rhône-Alpes, Grand Est, Guyane.
pub const REGIONS: [&str; 4] = ["28", "84", "44", "03"];

/// The seed of `sample_data/`.
pub const GRAINE: u64 = 7;

/// What to make up.
#[derive(Debug, Clone)]
pub struct Params {
    /// Seed: the same one gives the same bytes.
    pub graine: u64,
    /// INSEE codes of régions. Those of [`REGIONS`] begin with the named projects; any other gets invented ones.
    pub regions: Vec<String>,
    /// Multiplies the number of buses; 1 is the sample: fifteen buses in service, about 26,000 consultations a year.
    pub echelle: u32,
    /// Years of activity.
    pub annees: RangeInclusive<i32>,
    /// Last day told about.
    pub jusqu_au: NaiveDate,
}

impl Params {
    /// The sample itself, with another seed, régions or scale.
    pub fn new(graine: u64, regions: &[&str], echelle: u32) -> Self {
        Self {
            graine,
            regions: regions.iter().map(|r| (*r).to_owned()).collect(),
            echelle,
            annees: 2024..=2026,
            jusqu_au: hasard::jour(2026, 9, 30),
        }
    }
}
