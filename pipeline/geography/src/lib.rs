//! What is known of places: the communes (shipped) and the official zonings (files that users load).
//!
//! - `communes`: code officiel géographique 2026, départements, régions, successors of merged communes
//! - `zonages`: one reader for the four forms of zoning file, chosen by the columns found
//! - `feuille`: the table of text under the title lines of a CSV or a workbook

mod communes;
mod feuille;
mod zonages;

pub use communes::{Commune, Communes};
pub use zonages::{Lecture, Zonage, lire_zonages, zonages_batch, zonages_schema};
