//! The zones that a query is asked about: a level that agrees with the filters, codes that exist.

use std::collections::{BTreeMap, BTreeSet};

use base::error::{Error, Result};
use base::text::nearest;
use base::zone::Level;
use query::Session;
use query::catalogue::Query;
use query::session::rows;

/// Parameters that keep to a zone, the widest first. They bear the names of the levels below the nation.
pub const ZONES: [&str; 3] = ["region", "departement", "medicobus"];

/// The codes of a list, each once, in the order in which they were written.
///
/// # Errors
/// If there is none.
pub fn codes(text: &str) -> Result<Vec<String>> {
    let mut codes: Vec<String> = Vec::new();
    for code in text.split(',').map(str::trim).filter(|c| !c.is_empty()) {
        if !codes.iter().any(|known| known == code) {
            codes.push(code.to_string());
        }
    }

    match codes.is_empty() {
        true => Err(Error::usage(format!("« {text} » ne nomme aucune zone"))
            .hint("un code, ou plusieurs : 28 ; 28,84")),
        false => Ok(codes),
    }
}

/// The narrowest filter of those given that the query knows.
fn narrowest<'g>(query: &Query, given: &'g BTreeMap<String, String>) -> Option<(&'g str, &'g str)> {
    let known = &query.definition.parameters;
    let filters = given.iter().filter(|(name, _)| known.contains_key(*name));
    filters
        .filter(|(name, _)| ZONES.contains(&name.as_str()))
        .max_by_key(|(name, _)| Level::parse(name))
        .map(|(name, value)| (name.as_str(), value.as_str()))
}

/// Whether rows of that level bear the name of what was counted: those of a wider one would bear the name of the whole
/// over the figures of a part.
pub fn suits(query: &Query, level: &str, given: &BTreeMap<String, String>) -> bool {
    let filter = narrowest(query, given).and_then(|(name, _)| Level::parse(name));
    match (Level::parse(level), filter) {
        // The widest level comes first in their order.
        (Some(level), Some(filter)) => level >= filter,
        _ => true,
    }
}

/// Gives the level of the zone asked for to a query whose default is wider.
///
/// # Errors
/// A level that was asked for and is wider than the zone, a query that has none so narrow.
pub fn settle(query: &Query, given: &mut BTreeMap<String, String>) -> Result<()> {
    let Some(parameter) = query.definition.parameters.get("niveau") else {
        return Ok(());
    };
    let Some((filter, code)) = narrowest(query, given) else {
        return Ok(());
    };
    if let Some(asked) = given.get("niveau") {
        return match suits(query, asked, given) {
            true => Ok(()),
            false => Err(Error::usage(format!(
                "--niveau {asked} ne va pas avec --{filter} {code} : la ligne porterait le nom du tout pour les chiffres d'une partie"
            ))
            .hint(format!("--niveau {filter}, ou retirez --{filter}"))),
        };
    }

    if parameter.default.as_deref().is_some_and(|d| suits(query, d, given)) {
        return Ok(());
    }
    let level = parameter
        .values
        .iter()
        .find(|v| Level::parse(v).is_some() && suits(query, v, given))
        .ok_or_else(|| {
            Error::usage(format!(
                "{} : pas de ligne assez étroite pour --{filter} {code}",
                query.definition.name
            ))
            .hint(format!("niveaux : {}", parameter.values.join(", ")))
        })?
        .clone();

    given.insert("niveau".into(), level);
    Ok(())
}

/// Checks that every zone asked for is known: a région or a département of the referential, a bus of the store.
///
/// # Errors
/// The first that is not.
pub async fn exist(session: &Session, all: &[BTreeMap<String, String>]) -> Result<()> {
    for (zone, word, sql) in [
        ("region", "région inconnue", "SELECT code_region FROM regions"),
        (
            "departement",
            "département inconnu",
            "SELECT code_departement FROM departements",
        ),
        (
            "medicobus",
            "médicobus inconnu du dépôt",
            "SELECT DISTINCT id_medicobus FROM medicobus",
        ),
    ] {
        let asked: BTreeSet<&String> = all.iter().filter_map(|one| one.get(zone)).collect();
        if asked.is_empty() {
            continue;
        }
        let known: BTreeSet<String> = rows(&session.read(sql).await?)?
            .iter()
            .filter_map(|row| Some(row.first()?.as_text()?.to_string()))
            .collect();
        if let Some(unknown) = asked.into_iter().find(|code| !known.contains(*code)) {
            let near = match zone {
                "medicobus" => nearest(unknown, known.iter().map(String::as_str)),
                _ => None,
            };
            let hint = match near {
                Some(near) => format!("vouliez-vous dire « {near} » ?"),
                None if zone == "medicobus" => {
                    "« medicobus sql \"SELECT id_medicobus, nom FROM medicobus\" » les liste".into()
                }
                None => format!("« medicobus sql \"SELECT * FROM {zone}s\" » les liste"),
            };
            return Err(Error::usage(format!("{word} : {unknown}")).hint(hint));
        }
    }

    Ok(())
}
