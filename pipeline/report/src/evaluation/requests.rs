//! Which queries an evaluation needs. Keys are those of a bilan for the reference year (`synthese`, `synthese/parties`),
//! with the year behind for the others (`synthese/2024`, `synthese/parties/2024`).

use crate::content::NamedZone;
use crate::requests::{QueryRequest, request};
use base::definition::Definition;
use base::zone::Level;

/// Asked for every year.
const YEARLY: [&str; 14] = [
    "synthese",
    "deploiement",
    "consultations_par_mois",
    "consultations_par_profil",
    "publics_prioritaires",
    "part_sans_mt_patients",
    "mt_trouve",
    "part_sans_mt_territoires",
    "delai_rendez_vous",
    "delai_mg_territoires",
    "cout",
    "continuite",
    "eligibilite",
    "conformite_activite",
];
/// Asked for every year and each zone just below.
const BY_PART: [&str; 3] = ["synthese", "deploiement", "cout"];
/// Asked for the reference year alone.
const REFERENCE: [&str; 4] =
    ["publics_exclusifs", "financement", "completude", "completude_livraisons"];
/// Asked for the reference year and each région: what the comparison of régions shows.
const COMPARED: [&str; 2] = ["part_sans_mt_patients", "consultations_par_mois"];
/// Counted since the first tour, or declared once for all: asked for the last year alone.
const CUMULATED: [&str; 3] = ["offre_durable", "devenir_medicobus", "exigences_declarees"];
/// The same bus by bus, where a table can hold them.
const BY_BUS: [&str; 1] = ["devenir_medicobus"];

/// Key of a query's answer for a year.
pub fn key(query: &str, year: i32, reference: i32) -> String {
    if year == reference {
        query.to_string()
    } else {
        format!("{query}/{year}")
    }
}

/// Everything that the evaluation of `zone` over `years` reads, in key order.
pub fn requests<'a>(
    zone: &NamedZone,
    years: &[i32],
    reference: i32,
    catalogue: impl IntoIterator<Item = &'a Definition>,
) -> Vec<QueryRequest> {
    let last = years.last().copied().unwrap_or(reference);
    let mut list: Vec<QueryRequest> = Vec::new();
    for d in catalogue {
        let name = d.name.as_str();
        let mut add = |year: i32, suffix: &str, query: &str| {
            if let Some(one) = request(zone, year, d, suffix) {
                list.push(QueryRequest { key: key(query, year, reference), ..one });
            }
        };

        let parts = format!("{name}/parties");
        for &year in years {
            if YEARLY.contains(&name) {
                add(year, "", name);
            }
            if BY_PART.contains(&name) {
                add(year, "parties", &parts);
            }
        }

        if REFERENCE.contains(&name) {
            add(reference, "", name);
        }

        if COMPARED.contains(&name) && zone.level == Level::National {
            add(reference, "parties", &parts);
        }

        if CUMULATED.contains(&name) {
            add(last, "", name);
        }
        if BY_BUS.contains(&name) {
            add(last, "medicobus", &format!("{name}/medicobus"));
        }
    }

    list.sort_by(|a, b| a.key.cmp(&b.key));
    list
}
