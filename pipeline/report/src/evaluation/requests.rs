//! Which queries an evaluation needs. Keys are those of a bilan for the reference year (`synthese`, `synthese/parts`),
//! with the year behind for the others (`synthese/2024`, `synthese/parts/2024`).

use crate::content::NamedZone;
use crate::requests::{QueryRequest, request};
use base::definition::Definition;

/// Asked for every year.
const ANNUELLES: [&str; 14] = [
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
const PARTIES: [&str; 3] = ["synthese", "deploiement", "cout"];
/// Asked for the reference year alone.
const REFERENCE: [&str; 4] = [
    "publics_exclusifs",
    "financement",
    "completude",
    "completude_livraisons",
];
/// Asked for the reference year and each région: what the comparison of régions shows.
const COMPAREES: [&str; 2] = ["part_sans_mt_patients", "consultations_par_mois"];
/// Counted since the first tour: asked for the last year alone.
const CUMULEES: [&str; 1] = ["offre_durable"];

/// Key of a query's answer for a year.
pub fn key(query: &str, year: i32, reference: i32) -> String {
    if year == reference {
        query.to_string()
    } else {
        format!("{query}/{year}")
    }
}

/// Everything that the evaluation of `zone` over `annees` reads, in key order.
pub fn requests<'a>(
    zone: &NamedZone,
    annees: &[i32],
    reference: i32,
    catalogue: impl IntoIterator<Item = &'a Definition>,
) -> Vec<QueryRequest> {
    let last = annees.last().copied().unwrap_or(reference);
    let mut list: Vec<QueryRequest> = Vec::new();
    for d in catalogue {
        let name = d.name.as_str();
        let mut ajouter = |year: i32, suffix: &str, query: &str| {
            if let Some(une) = request(zone, year, d, suffix) {
                list.push(QueryRequest {
                    key: key(query, year, reference),
                    ..une
                });
            }
        };
        let parts = format!("{name}/parties");
        for &year in annees {
            if ANNUELLES.contains(&name) {
                ajouter(year, "", name);
            }
            if PARTIES.contains(&name) {
                ajouter(year, "parties", &parts);
            }
        }
        if REFERENCE.contains(&name) {
            ajouter(reference, "", name);
        }
        if COMPAREES.contains(&name) && zone.level == "national" {
            ajouter(reference, "parties", &parts);
        }
        if CUMULEES.contains(&name) {
            ajouter(last, "", name);
        }
    }
    list.sort_by(|a, b| a.key.cmp(&b.key));
    list
}
