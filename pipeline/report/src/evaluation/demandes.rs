//! Which queries an evaluation needs. Keys are those of a bilan for the reference year (`synthese`, `synthese/parties`),
//! with the year behind for the others (`synthese/2024`, `synthese/parties/2024`).

use crate::requests::{QueryRequest, request};
use crate::content::NamedZone;
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
pub fn cle(requete: &str, annee: i32, reference: i32) -> String {
    if annee == reference {
        requete.to_string()
    } else {
        format!("{requete}/{annee}")
    }
}

/// Everything that the evaluation of `zone` over `annees` reads, in key order.
pub fn demandes<'a>(
    zone: &NamedZone,
    annees: &[i32],
    reference: i32,
    catalogue: impl IntoIterator<Item = &'a Definition>,
) -> Vec<QueryRequest> {
    let derniere = annees.last().copied().unwrap_or(reference);
    let mut liste: Vec<QueryRequest> = Vec::new();
    for d in catalogue {
        let nom = d.name.as_str();
        let mut ajouter = |annee: i32, suffixe: &str, requete: &str| {
            if let Some(une) = request(zone, annee, d, suffixe) {
                liste.push(QueryRequest {
                    cle: cle(requete, annee, reference),
                    ..une
                });
            }
        };
        let parties = format!("{nom}/parties");
        for &annee in annees {
            if ANNUELLES.contains(&nom) {
                ajouter(annee, "", nom);
            }
            if PARTIES.contains(&nom) {
                ajouter(annee, "parties", &parties);
            }
        }
        if REFERENCE.contains(&nom) {
            ajouter(reference, "", nom);
        }
        if COMPAREES.contains(&nom) && zone.level == "national" {
            ajouter(reference, "parties", &parties);
        }
        if CUMULEES.contains(&nom) {
            ajouter(derniere, "", nom);
        }
    }
    liste.sort_by(|a, b| a.cle.cmp(&b.cle));
    liste
}
