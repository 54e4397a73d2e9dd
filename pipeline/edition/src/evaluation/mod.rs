//! The estimates of an evaluation of a région or of the nation: drawn from raw panels, they leave through their own door.
//!
//! - [`design`]: which territories are compared;
//! - [`outcome`], [`measurements`]: what is estimated, read from a panel;
//! - [`effects`], `average`, [`variants`], [`surroundings`], `for_whom`, `few_clusters`, [`set_aside`]: the estimates of the causal chapter;
//! - [`profiles`]: comparable shares of régions, intervals over buses, decomposition of a change;
//! - [`delays`]: delays with their intervals;
//! - [`population`]: the reference population that a user gives;
//! - [`analysis_plan`], `choices`: what was decided beforehand, and what was done otherwise;
//! - [`rows`]: the tables of estimates, one struct per row; [`sources`], [`estimates`]: what they are made from, and all of
//!   them.

pub mod analysis_plan;
mod average;
mod choices;
mod columns;
pub mod delays;
pub mod design;
pub mod effects;
mod estimates;
mod few_clusters;
mod for_whom;
pub mod measurements;
pub mod outcome;
pub mod population;
pub mod profiles;
mod quarter;
pub mod rows;
mod set_aside;
pub(super) mod sources;
mod surroundings;
#[cfg(test)]
mod tests;
mod variants;

use std::collections::BTreeMap;

use base::error::Result;
use base::table::{RawTable, Value};
use disclosure::GatedTable;

use super::edition::Edition;
use super::request::{Evaluated, Request};
use design::{Design, Inconclusive, TerritoryRole};
use estimates::{Frame, estimates};
use rows::EstimateTables;
use sources::Sources;

/// Digits that leave of an estimate.
const DECIMALS: i32 = 3;

/// What the estimates of an evaluation say of themselves.
#[derive(Debug, Clone, Copy)]
pub struct Conclusions {
    /// Why no effect is estimated, as templates name it.
    pub absence: Option<&'static str>,
    /// Territories served within the panel, and their clusters.
    pub served: (usize, usize),
    /// Controls, and their clusters.
    pub controls: (usize, usize),
    /// Territories whose zoning is unknown.
    pub unknown_zonings: usize,
}

impl Edition<'_> {
    /// Makes the estimates of an evaluation and adds to `tables` what of them may leave.
    ///
    /// # Errors
    /// A column that is missing from a query that was changed.
    pub(super) fn release_estimates(
        &self,
        request: &Request,
        of: &Evaluated,
        answers: BTreeMap<String, RawTable>,
        tables: &mut BTreeMap<String, GatedTable>,
    ) -> Result<Conclusions> {
        let sources = Sources::take(answers)?;
        let design = Design::read(&sources.territoires)?;
        let (first, last) = of.bounds;
        let buses = self.buses().iter();

        let frame = Frame {
            zone: &request.zone,
            level: request.level(),
            years: (first, request.year),
            tables,
            buses: buses.map(|b| (b.id.as_str(), b.region.as_str())).collect(),
            regions: &self.parts(&request.zone),
            population: of.population.as_ref(),
            threads: self.session.threads(),
        };

        let mut made = estimates(&design, &sources, &frame)?;
        if let Some(followed) = &of.plan {
            let done = self.plan_of(request, of, &design);
            rows::add(&mut made.tables, followed.departures(&done));
        }
        self.release_rows(made.tables, last, DECIMALS, request.unprotected, tables)?;

        Ok(Conclusions {
            absence: made.absence.map(Inconclusive::code),
            served: design.count(TerritoryRole::Served),
            controls: design.count(TerritoryRole::Control),
            unknown_zonings: design.unknown_zonings(),
        })
    }

    /// Adds to `tables` what of estimates of a `year` may leave, with so many `decimals`.
    ///
    /// # Errors
    /// If `estimations.toml` is wrong.
    pub(super) fn release_rows(
        &self,
        made: EstimateTables,
        year: i32,
        decimals: i32,
        unprotected: bool,
        tables: &mut BTreeMap<String, GatedTable>,
    ) -> Result<()> {
        let gate = self.gate();
        let headers = rows::headers()?;
        for (name, rows) in made {
            let Some(header) = headers.get(name).filter(|_| !rows.is_empty()) else {
                continue;
            };
            let year = BTreeMap::from([("annee".to_string(), Value::from(year))]);
            let table =
                gate.release_estimates(header.clone(), year, rows, decimals, unprotected)?;
            tables.insert(name.to_string(), table);
        }
        Ok(())
    }
}
