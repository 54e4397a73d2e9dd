//! Which queries a bilan needs, with which parameters, under which key it will look for the answer.
//!
//! A key is the query's name, or `name/suffix`: `precedent` (the year before), `parties` (one row per zone just below),
//! `medicobus` (one row per bus). A query that is not in the catalogue is not asked for, and the bilan does without.

use std::collections::BTreeMap;

use super::content::NamedZone;
use base::definition::Definition;
use base::table::Value;
use base::zone::Level;

/// One query to run.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryRequest {
    /// Key of the answer in [`super::input::BilanInput::tables`].
    pub key: String,
    /// Name of the query.
    pub query: String,
    /// Its parameters; those left out take their default.
    pub parameters: BTreeMap<String, Value>,
}

/// Queries that chapters look for by name, and the suffixes they want.
const KNOWN: [(&str, &[&str]); 20] = [
    ("synthese", &["", "parties", "medicobus"]),
    ("deploiement", &["", "parties"]),
    ("consultations_par_mois", &["", "precedent", "parties"]),
    ("consultations_par_profil", &["", "precedent"]),
    ("pyramide_ages", &[""]),
    ("publics_prioritaires", &["", "precedent"]),
    ("publics_exclusifs", &[""]),
    ("part_sans_mt_patients", &["", "parties", "medicobus"]),
    ("delai_rendez_vous", &["", "precedent", "parties", "medicobus"]),
    ("remplissage", &["", "medicobus"]),
    ("conformite_activite", &[""]),
    ("exigences_declarees", &[""]),
    ("activite_par_medicobus", &[""]),
    ("communes_desservies", &["", "medicobus"]),
    ("eligibilite", &["", "parties"]),
    ("financement", &["", "precedent"]),
    ("cout", &["", "precedent", "parties", "medicobus"]),
    ("offre_durable", &["", "precedent"]),
    ("completude", &[""]),
    ("completude_livraisons", &[""]),
];

/// Bulky answers that would fill pages and say little in print; what the evaluation alone tells.
const LEFT_OUT: [&str; 4] = [
    "delai_rendez_vous_distribution",
    "delai_mg_distribution",
    "part_sans_mt_par_profil",
    "devenir_medicobus",
];

/// Level of the zones just below.
pub fn level_below(zone: &NamedZone) -> Option<Level> {
    match zone.level {
        Level::National => Some(Level::Region),
        Level::Region => Some(Level::Departement),
        _ => None,
    }
}

/// Everything that the bilan of `zone` and `year` reads, in key order: the queries that chapters know, and any other
/// query of the catalogue that takes a year and a level of zone (attached, and printed where its theme has a chapter).
pub fn requests<'a>(
    zone: &NamedZone,
    year: i32,
    catalogue: impl IntoIterator<Item = &'a Definition>,
) -> Vec<QueryRequest> {
    let mut list: Vec<QueryRequest> = Vec::new();
    for definition in catalogue {
        let name = definition.name.as_str();
        if LEFT_OUT.contains(&name) || !definition.parameters.contains_key("annee") {
            continue;
        }

        let known = KNOWN.iter().find(|c| c.0 == name);
        // Panels for the evaluation have no level: they are long and are not made to be read.
        if known.is_none() && !definition.parameters.contains_key("niveau") {
            continue;
        }

        let suffixes = known.map_or(&[""][..], |c| c.1);
        let asked = |suffix: &&str| request(zone, year, definition, suffix);
        list.extend(suffixes.iter().filter_map(asked));
    }

    list.sort_by(|a, b| a.key.cmp(&b.key));
    list
}

/// One query for a zone and year, with the suffix of its key.
pub(super) fn request(
    zone: &NamedZone,
    year: i32,
    definition: &Definition,
    suffix: &str,
) -> Option<QueryRequest> {
    let national = zone.level == Level::National;
    let level = match suffix {
        "parties" => level_below(zone)?,
        // One row per bus of the whole country is no table for a report.
        "medicobus" if national || zone.level == Level::Medicobus => return None,
        "medicobus" => Level::Medicobus,
        _ => zone.level,
    };

    let mut parameters = BTreeMap::new();
    let year = i64::from(year) - i64::from(suffix == "precedent");
    parameters.insert("annee".to_string(), Value::Int(year));
    match definition.parameters.get("niveau") {
        Some(p) if !p.values.is_empty() && !p.values.iter().any(|v| v == level.name()) => {
            return None;
        }
        Some(_) => {
            parameters.insert("niveau".to_string(), Value::Text(level.name().to_string()));
        }
        None if national && definition.parameters.contains_key("medicobus") => return None,
        None => {}
    }

    if !national {
        // A query that cannot be narrowed to the zone would print figures of others.
        let filter = zone.level.name();
        definition.parameters.get(filter)?;
        parameters.insert(filter.to_string(), Value::Text(zone.code.clone()));
    }

    let query = definition.name.clone();
    let key = match suffix {
        "" => query.clone(),
        _ => format!("{query}/{suffix}"),
    };
    Some(QueryRequest { key, query, parameters })
}
