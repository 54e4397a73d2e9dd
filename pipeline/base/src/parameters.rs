//! Parameters of a query, checked and typed before the engine sees them.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::error::{Error, Result};

use super::definition::{Definition, Parameter, ParameterType};
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
        if !definition.parameters.contains_key(name) {
            let names: Vec<&str> = definition.parameters.keys().map(String::as_str).collect();
            let error = Error::usage(format!(
                "{} : paramètre inconnu « {name} »",
                definition.name
            ));
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
        .parameters
        .iter()
        .map(|(name, parameter)| {
            let text = given.get(name).or(parameter.default.as_ref());
            let value = match text {
                Some(text) => parse(&definition.name, name, parameter, text)?,
                None if parameter.required => {
                    return Err(Error::usage(format!(
                        "{} : paramètre manquant « {name} » ({})",
                        definition.name, parameter.description
                    ))
                    .hint(format!("ajoutez --param {name}=…")));
                }
                None => Value::Null,
            };

            Ok((name.clone(), value))
        })
        .collect()
}

fn parse(query: &str, name: &str, parameter: &Parameter, text: &str) -> Result<Value> {
    let wrong = |expected: &str| {
        Error::usage(format!(
            "{query} : paramètre {name} = « {text} » n'est pas {expected}"
        ))
        .hint(parameter.description.clone())
    };

    if !parameter.values.is_empty() && !parameter.values.iter().any(|v| v == text) {
        return Err(
            Error::usage(format!("{query} : paramètre {name} = « {text} » inconnu")).hint(format!(
                "valeurs possibles : {} ({})",
                parameter.values.join(", "),
                parameter.description
            )),
        );
    }

    match parameter.kind {
        ParameterType::Integer => text
            .parse()
            .map(Value::Int)
            .map_err(|_| wrong("un nombre entier")),
        ParameterType::Text => Ok(Value::Text(text.to_string())),
        ParameterType::Date => NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .map(Value::Date)
            .map_err(|_| wrong("une date (AAAA-MM-JJ)")),
    }
}
