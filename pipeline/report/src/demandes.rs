//! Which queries a bilan needs, with which parameters, under which key it will look for the answer.
//!
//! A key is the query's name, or `name/suffix`: `precedent` (the year before), `parties` (one row per zone just below),
//! `medicobus` (one row per bus). A query that is not in the catalogue is not asked for, and the bilan does without.

use std::collections::BTreeMap;

use super::model::Zone;
use base::definition::Definition;
use base::table::Value;

/// One query to run.
#[derive(Debug, Clone, PartialEq)]
pub struct Demande {
    /// Key of the answer in [`super::bilan::BilanInput::tables`].
    pub cle: String,
    /// Name of the query.
    pub requete: String,
    /// Its parameters; those left out take their default.
    pub parametres: BTreeMap<String, Value>,
}

/// Queries that chapters look for by name, and the suffixes they want.
const CONNUES: [(&str, &[&str]); 19] = [
    ("synthese", &["", "parties", "medicobus"]),
    ("deploiement", &["", "parties"]),
    ("consultations_par_mois", &["", "precedent", "parties"]),
    ("consultations_par_profil", &["", "precedent"]),
    ("pyramide_ages", &[""]),
    ("publics_prioritaires", &["", "precedent"]),
    ("publics_exclusifs", &[""]),
    ("part_sans_mt_patients", &["", "parties", "medicobus"]),
    (
        "delai_rendez_vous",
        &["", "precedent", "parties", "medicobus"],
    ),
    ("remplissage", &["", "medicobus"]),
    ("conformite_activite", &[""]),
    ("activite_par_medicobus", &[""]),
    ("communes_desservies", &["", "medicobus"]),
    ("eligibilite", &["", "parties"]),
    ("financement", &["", "precedent"]),
    ("cout", &["", "precedent", "parties", "medicobus"]),
    ("offre_durable", &["", "precedent"]),
    ("completude", &[""]),
    ("completude_livraisons", &[""]),
];

/// Bulky answers that would fill pages and say little in print.
const ECARTEES: [&str; 3] = [
    "delai_rendez_vous_distribution",
    "delai_mg_distribution",
    "part_sans_mt_par_profil",
];

/// Level of the zones just below.
pub fn niveau_des_parties(zone: &Zone) -> Option<&'static str> {
    match zone.niveau.as_str() {
        "national" => Some("region"),
        "region" => Some("departement"),
        _ => None,
    }
}

/// Everything that the bilan of `zone` and `annee` reads, in key order: the queries that chapters know, and any other
/// query of the catalogue that takes a year and a level of zone (the annexes print it).
pub fn demandes<'a>(
    zone: &Zone,
    annee: i32,
    catalogue: impl IntoIterator<Item = &'a Definition>,
) -> Vec<Demande> {
    let mut liste: Vec<Demande> = Vec::new();
    for definition in catalogue {
        let nom = definition.name.as_str();
        if ECARTEES.contains(&nom) || !definition.parameters.contains_key("annee") {
            continue;
        }
        let connue = CONNUES.iter().find(|c| c.0 == nom);
        // Panels for the evaluation have no level: they are long and are not made to be read.
        if connue.is_none() && !definition.parameters.contains_key("niveau") {
            continue;
        }
        let suffixes = connue.map_or(&[""][..], |c| c.1);
        liste.extend(
            suffixes
                .iter()
                .filter_map(|s| demande(zone, annee, definition, s)),
        );
    }
    liste.sort_by(|a, b| a.cle.cmp(&b.cle));
    liste
}

/// One query for a zone and year, with the suffix of its key.
pub(super) fn demande(
    zone: &Zone,
    annee: i32,
    definition: &Definition,
    suffixe: &str,
) -> Option<Demande> {
    let niveau = match suffixe {
        "parties" => niveau_des_parties(zone)?,
        // One row per bus of the whole country is no table for a report.
        "medicobus" if matches!(zone.niveau.as_str(), "national" | "medicobus") => return None,
        "medicobus" => "medicobus",
        _ => zone.niveau.as_str(),
    };
    let mut parametres = BTreeMap::new();
    let annee = i64::from(annee) - i64::from(suffixe == "precedent");
    parametres.insert("annee".to_string(), Value::Int(annee));
    match definition.parameters.get("niveau") {
        Some(p) if !p.values.is_empty() && !p.values.iter().any(|v| v == niveau) => return None,
        Some(_) => {
            parametres.insert("niveau".to_string(), Value::Text(niveau.to_string()));
        }
        None if zone.niveau == "national" && definition.parameters.contains_key("medicobus") => {
            return None;
        }
        None => {}
    }
    if zone.niveau != "national" {
        // A query that cannot be narrowed to the zone would print figures of others.
        definition.parameters.get(&zone.niveau)?;
        parametres.insert(zone.niveau.clone(), Value::Text(zone.code.clone()));
    }
    let cle = if suffixe.is_empty() {
        definition.name.clone()
    } else {
        format!("{}/{suffixe}", definition.name)
    };
    Some(Demande {
        cle,
        requete: definition.name.clone(),
        parametres,
    })
}
