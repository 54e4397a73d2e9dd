//! What is known of places: the communes (shipped) and the official zonings (files that users load).
//!
//! - `communes`: code officiel géographique 2026, départements, régions, successors of merged communes
//! - `zonings`: one reader for the four forms of zoning file
//! - `columns`: which columns hold the facts, the user's or by `evidence` of name (`plain_names`), values, levels and titles; which one the commune (`code_column`)
//! - `zone_flags`: a column per zone, put together
//! - `facts`: what a cell says
//! - `sheet`: the table of text under the title lines of a CSV or a workbook

mod code_column;
mod columns;
mod communes;
mod evidence;
mod facts;
mod plain_names;
mod sheet;
mod zone_flags;
mod zonings;

pub use communes::{Commune, Communes};
pub use zonings::{
    Ambiguous, Zoning, ZoningReport, read_zonings, zonings_batch, zonings_of, zonings_schema,
};
