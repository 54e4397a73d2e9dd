//! Intervals of a bilan over its buses, the evaluation's own: patients of one bus resemble each other. They are drawn from a raw answer,
//! bus by bus, and leave through the door of estimates.

use std::collections::BTreeMap;

use base::error::Result;
use base::table::{RawTable, Value};
use base::zone::Level;
use disclosure::GatedTable;
use query::Catalogue;
use report::requests::QueryRequest;

use super::edition::Edition;
use super::evaluation::profiles::{
    BusShare, clustered_change, clustered_interval, hide_unless, is_open,
};
use super::evaluation::rows::{EstimateTables, add};
use super::request::Request;
use super::same_perimeter::same_perimeter;

/// Digits that leave of an estimate.
const DECIMALS: i32 = 1;

/// Key of the raw answer.
const BUSES: &str = "sans_mt_medicobus";
const QUERY: &str = "part_sans_mt_patients";

/// Counts of a year and of the year before.
const COUNTS: [&str; 4] =
    ["sans_mt", "patients_connus", "sans_mt_precedent", "patients_connus_precedent"];

/// The query of a bilan that is not printed; none where the catalogue has it no more or without its counts, or for the sheet of a bus.
pub(super) fn demand(request: &Request, catalogue: &Catalogue) -> Option<QueryRequest> {
    let level = request.level();
    let definition = &catalogue.get(QUERY).ok()?.definition;
    let whole = COUNTS.iter().all(|name| definition.column(name).is_some());
    if level == Level::Medicobus || !whole {
        return None;
    }

    let zone = (level != Level::National)
        .then(|| (level.name().to_string(), Value::from(request.zone.code.as_str())));
    let fixed = [
        ("annee".to_string(), Value::from(request.year)),
        ("niveau".to_string(), Value::from("medicobus")),
    ];
    Some(QueryRequest {
        key: BUSES.to_string(),
        query: QUERY.to_string(),
        parameters: fixed.into_iter().chain(zone).collect(),
    })
}

impl Edition<'_> {
    /// Adds to `tables` what a bilan estimates: intervals of the share without médecin traitant and of its change, for the zone and its
    /// parts, and growth at constant perimeter.
    ///
    /// # Errors
    /// A column that is missing from a query that was changed.
    pub(super) fn release_estimates_of_a_year(
        &self,
        request: &Request,
        answers: &BTreeMap<String, RawTable>,
        tables: &mut BTreeMap<String, GatedTable>,
    ) -> Result<()> {
        let mut made = EstimateTables::new();
        if let Some(buses) = answers.get(BUSES) {
            self.over_zones(&mut made, request, buses, tables)?;
        }
        add(&mut made, same_perimeter(request, tables));

        self.release_rows(made, request.year, DECIMALS, request.unprotected, tables)
    }

    /// The estimates of the zone and of its parts.
    fn over_zones(
        &self,
        made: &mut EstimateTables,
        request: &Request,
        buses: &RawTable,
        tables: &BTreeMap<String, GatedTable>,
    ) -> Result<()> {
        let whole = (request.zone.code.as_str(), request.zone.name.as_str());
        over_zone(made, request.year, whole, buses, tables.get(QUERY), |_| true)?;

        if let Some(printed) = tables.get(&format!("{QUERY}/parties")) {
            let part_of = self.buses_by_part(&request.zone);
            for (code, name) in &self.parts(&request.zone) {
                let part = (code.as_str(), name.as_str());
                let here = |bus: &str| part_of.get(bus) == Some(code);
                over_zone(made, request.year, part, buses, Some(printed), here)?;
            }
        }
        Ok(())
    }
}

/// The two estimates of a zone, hidden where the gate hides the counts behind them.
fn over_zone(
    made: &mut EstimateTables,
    year: i32,
    zone: (&str, &str),
    buses: &RawTable,
    printed: Option<&GatedTable>,
    here: impl Fn(&str) -> bool,
) -> Result<()> {
    let share = BusShare {
        indicator: ("sans_mt", "Patients sans médecin traitant"),
        columns: ("sans_mt", "patients_connus"),
        zone,
        year,
    };
    let open = |columns: &[&str]| is_open(printed, &[("code_zone", zone.0)], columns);

    let mut interval: Vec<_> =
        clustered_interval(share, buses, |bus: &str, _: &[Value]| here(bus))?
            .into_iter()
            .collect();
    hide_unless(&mut interval, |_| open(&COUNTS[..2]));
    add(made, interval);

    let mut change: Vec<_> = clustered_change(share, buses, here)?.into_iter().collect();
    hide_unless(&mut change, |_| open(&COUNTS));
    add(made, change);
    Ok(())
}
