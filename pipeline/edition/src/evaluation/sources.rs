//! The raw answers that estimates start from. They do not leave: only what is estimated from them does.

use std::collections::BTreeMap;

use base::error::{Error, Result};
use base::table::{RawTable, Value};
use base::zone::Level;
use report::requests::QueryRequest;

use crate::request::{Evaluated, Request};

/// The raw answers that estimates start from.
pub struct Sources {
    /// Panel of the territories.
    pub territoires: RawTable,
    /// Panel of the survey's delays.
    pub delays: RawTable,
    /// Profiles of each région in the reference year, all régions whatever the zone.
    pub regions: RawTable,
    /// Profiles of each bus in the first complete year, where it is not the reference year.
    pub before: Option<RawTable>,
    /// Profiles of each bus in the reference year.
    pub after: RawTable,
    /// Patients of each bus who found a médecin traitant, reference year.
    pub found: RawTable,
    /// Delays at the bus, reference year.
    pub bus_delays: RawTable,
    /// Answers to the survey, reference year.
    pub survey: RawTable,
}

impl Sources {
    /// Takes them out of the answers by their keys.
    ///
    /// # Errors
    /// One that was not asked for; [`demands`] asks for all.
    pub fn take(mut answers: BTreeMap<String, RawTable>) -> Result<Self> {
        let mut take = |key: &str| {
            let missing = || Error::refused(format!("réponse manquante : {key}"));
            answers.remove(key).ok_or_else(missing)
        };

        Ok(Self {
            territoires: take("panel_territoires")?,
            delays: take("panel_delais")?,
            regions: take("profils_regions")?,
            before: take("profils_avant").ok(),
            after: take("profils_apres")?,
            found: take("mt_trouve_bus")?,
            bus_delays: take("delai_rendez_vous_distribution")?,
            survey: take("delai_mg_distribution")?,
        })
    }
}

/// The queries of an evaluation that are not printed, in the order of its manifest.
pub fn demands(request: &Request, of: &Evaluated) -> Vec<QueryRequest> {
    let (first, last) = of.bounds;
    let reference = request.year;
    let region = match request.level() {
        Level::Region => Some(("region", request.zone.code.as_str())),
        _ => None,
    };

    let bus = Some(("niveau", "medicobus"));
    let half_years = Some(("pas", "semestre"));
    let here = Some(("niveau", request.level().name()));

    let profiles = "part_sans_mt_par_profil";
    let (bus_delays, survey) = ("delai_rendez_vous_distribution", "delai_mg_distribution");
    let mut demands = vec![
        demand("panel_territoires", "panel_territoires", last, [region, None]),
        demand("panel_delais", "panel_delais", last, [region, half_years]),
        // All régions, whatever the zone: they are what a région is compared with.
        demand("profils_regions", profiles, reference, [Some(("niveau", "region")), None]),
    ];

    if first < reference {
        demands.push(demand("profils_avant", profiles, first, [region, bus]));
    }
    demands.extend([
        demand("profils_apres", profiles, reference, [region, bus]),
        demand("mt_trouve_bus", "mt_trouve", reference, [region, bus]),
        demand(bus_delays, bus_delays, reference, [region, here]),
        demand(survey, survey, reference, [region, here]),
    ]);

    demands
}

/// One query about a year, with two more parameters at most.
fn demand(key: &str, query: &str, year: i32, more: [Option<(&str, &str)>; 2]) -> QueryRequest {
    let more = more.into_iter().flatten();
    let more = more.map(|(name, text)| (name.to_string(), Value::from(text)));

    QueryRequest {
        key: key.to_string(),
        query: query.to_string(),
        parameters: more.chain([("annee".to_string(), Value::from(year))]).collect(),
    }
}
