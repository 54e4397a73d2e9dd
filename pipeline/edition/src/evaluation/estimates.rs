//! Every estimate of an evaluation. Those that rest on counts that its gate hides lose what stands behind them, and so
//! are hidden too.

use std::collections::BTreeMap;

use super::columns::ColumnIndex;
use super::delays::delays;
use super::design::{Design, Inconclusive};
use super::effects::{Effects, estimate_effects};
use super::population::Population;
use super::profiles::{
    ALL_REGIONS, BusShare, change_parts, clustered_interval, hide_unless, is_margin, is_open,
    standardised,
};
use super::rows::{Backed, ClusteredInterval, EstimateTables, add};
use super::sources::Sources;
use base::error::Result;
use base::table::Value;
use base::zone::Level;
use disclosure::GatedTable;
use report::content::NamedZone;
use report::evaluation::requests::key;

/// What the estimates of one document are made with, apart from the raw answers.
pub struct Frame<'a> {
    pub zone: &'a NamedZone,
    pub level: Level,
    /// First and reference year.
    pub years: (i32, i32),
    /// What the gate printed.
    pub tables: &'a BTreeMap<String, GatedTable>,
    /// Région of each bus.
    pub buses: BTreeMap<&'a str, &'a str>,
    /// Name of each région that has one.
    pub regions: &'a BTreeMap<String, String>,
    pub population: Option<&'a Population>,
    /// Threads of the estimation.
    pub threads: usize,
}

impl Frame<'_> {
    /// The printed answer of a query for a year.
    fn printed(&self, query: &str, year: i32) -> Option<&GatedTable> {
        self.tables.get(&key(query, year, self.years.1))
    }

    /// Whether the counts behind the share without médecin traitant are printed, for the zone or a région of the nation.
    fn share_is_open(&self, zone: &str, year: i32) -> bool {
        let query = if zone == self.zone.code {
            "part_sans_mt_patients"
        } else {
            "part_sans_mt_patients/parties"
        };
        let counts = ["sans_mt", "patients_connus"];
        is_open(self.printed(query, year), &[("code_zone", zone)], &counts)
    }
}

/// The rows of every table of estimates, and why there is no causal one.
pub struct Estimations {
    pub tables: EstimateTables,
    pub absence: Option<Inconclusive>,
}

/// Makes every estimate of a document.
///
/// # Errors
/// A column that is missing from a query that was changed.
pub fn estimates(design: &Design, sources: &Sources, frame: &Frame<'_>) -> Result<Estimations> {
    let (first, reference) = frame.years;
    let code = frame.zone.code.as_str();
    let Effects { mut tables, absence } =
        estimate_effects(design, &sources.territoires, &sources.delays, frame.threads)?;

    let only = (frame.level == Level::Region).then_some(code);
    let mut shares = standardised(&sources.regions, frame.population, only)?;
    hide_unless(&mut shares, |row| {
        // All régions together are not a zone of a région's document; what they rest on says whether they leave.
        (row.zone == ALL_REGIONS && only.is_some()) || frame.share_is_open(&row.zone, reference)
    });

    add(&mut tables, shares);

    if let Some(before) = &sources.before {
        let mut parts = change_parts(before, &sources.after)?;
        hide_unless(&mut parts, |_| {
            frame.share_is_open(code, first) && frame.share_is_open(code, reference)
        });
        add(&mut tables, parts);
    }

    add(&mut tables, intervals_over_buses(sources, frame)?);

    let mut rows = delays(&sources.bus_delays, &sources.survey)?;
    hide_unless(&mut rows, |row| match row.place {
        "medicobus" => {
            is_open(frame.printed("delai_rendez_vous", reference), &[], &["rendez_vous"])
        }
        side => is_open(
            frame.printed("delai_mg_territoires", reference),
            &[("desserte", side)],
            &["demandes", "part_sans_rendez_vous"],
        ),
    });

    add(&mut tables, rows);

    Ok(Estimations { tables, absence })
}

/// Intervals over buses of the shares that the report states.
fn intervals_over_buses(
    sources: &Sources,
    frame: &Frame<'_>,
) -> Result<Vec<Backed<ClusteredInterval>>> {
    let (first, reference) = frame.years;
    let without = BusShare {
        indicator: ("sans_mt", "Patients sans médecin traitant"),
        columns: ("sans_mt", "patients_connus"),
        zone: (frame.zone.code.as_str(), frame.zone.name.as_str()),
        year: reference,
    };

    let mut rows = Vec::new();
    let mut push = |row: Option<Backed<ClusteredInterval>>, open: bool| {
        if let Some(mut row) = row {
            hide_unless(std::slice::from_mut(&mut row), |_| open);
            rows.push(row);
        }
    };

    if let Some(before) = &sources.before {
        let margin = is_margin(before)?;
        let share = BusShare { year: first, ..without };
        let row = clustered_interval(share, before, |_, r| margin(r))?;
        push(row, frame.share_is_open(share.zone.0, first));
    }

    let margin = is_margin(&sources.after)?;
    let row = clustered_interval(without, &sources.after, |_, r| margin(r))?;
    push(row, frame.share_is_open(without.zone.0, reference));

    if frame.level == Level::National {
        for (code, name) in frame.regions {
            let share = BusShare { zone: (code, name), ..without };
            let of_region = |bus: &str, r: &[Value]| {
                margin(r) && frame.buses.get(bus).is_some_and(|region| region == code)
            };
            let row = clustered_interval(share, &sources.after, of_region)?;
            push(row, frame.share_is_open(code, reference));
        }
    }

    let delay = ColumnIndex::new(&sources.found).of("delai_suivi")?;
    let found = BusShare {
        indicator: ("trouve_180", "Médecin traitant trouvé dans les 180 jours"),
        columns: ("trouves", "suivis"),
        ..without
    };

    let row = clustered_interval(found, &sources.found, |_, r| r[delay].as_f64() == Some(180.0))?;
    let open =
        is_open(frame.tables.get("mt_trouve"), &[("delai_suivi", "180")], &["trouves", "suivis"]);

    push(row, open);
    Ok(rows)
}
