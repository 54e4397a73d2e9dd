//! Parameters of a query, checked and typed before the engine sees them.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::error::{Error, Result};

use super::definition::{Definition, Parametre, TypeParametre};
use super::table::Value;
use super::text::nearest;

/// Whether the query has parameters of all these names.
///
/// # Errors
/// `Usage`, for the first that it has not, with the nearest that it has.
pub fn known<'a>(
    definition: &Definition,
    given: impl IntoIterator<Item = &'a String>,
) -> Result<()> {
    for name in given {
        if !definition.parametres.contains_key(name) {
            let names: Vec<&str> = definition.parametres.keys().map(String::as_str).collect();
            let error = Error::usage(format!("{} : paramètre inconnu « {name} »", definition.nom));
            return Err(match nearest(name, names.iter().copied()) {
                Some(near) => error.hint(format!("vouliez-vous dire « {near} » ?")),
                None => error.hint(format!("paramètres : {}", names.join(", "))),
            });
        }
    }
    Ok(())
}

/// Binds what the user gave to what the header asks for: every parameter of the header gets a value, `Null` where an
/// optional one was not given.
///
/// # Errors
/// An unknown name, a missing required parameter, a value that is not of the type or not in the list.
pub fn bind(
    definition: &Definition,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Value>> {
    known(definition, given.keys())?;
    definition
        .parametres
        .iter()
        .map(|(name, parameter)| {
            let text = given.get(name).or(parameter.defaut.as_ref());
            let value = match text {
                Some(text) => parse(&definition.nom, name, parameter, text)?,
                None if parameter.requis => {
                    return Err(Error::usage(format!(
                        "{} : paramètre manquant « {name} » ({})",
                        definition.nom, parameter.description
                    ))
                    .hint(format!("ajoutez --param {name}=…")));
                }
                None => Value::Null,
            };
            Ok((name.clone(), value))
        })
        .collect()
}

fn parse(query: &str, name: &str, parameter: &Parametre, text: &str) -> Result<Value> {
    let wrong = |expected: &str| {
        Error::usage(format!(
            "{query} : paramètre {name} = « {text} » n'est pas {expected}"
        ))
        .hint(parameter.description.clone())
    };
    if !parameter.valeurs.is_empty() && !parameter.valeurs.iter().any(|v| v == text) {
        return Err(
            Error::usage(format!("{query} : paramètre {name} = « {text} » inconnu")).hint(format!(
                "valeurs possibles : {} ({})",
                parameter.valeurs.join(", "),
                parameter.description
            )),
        );
    }
    match parameter.genre {
        TypeParametre::Entier => text
            .parse()
            .map(Value::Int)
            .map_err(|_| wrong("un nombre entier")),
        TypeParametre::Texte => Ok(Value::Text(text.to_string())),
        TypeParametre::Date => NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .map(Value::Date)
            .map_err(|_| wrong("une date (AAAA-MM-JJ)")),
    }
}
