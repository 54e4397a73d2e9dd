//! Parameters of a query, checked and typed before the engine sees them.

use std::collections::BTreeMap;
use std::ops::Deref;

use chrono::NaiveDate;

use crate::error::{Error, Result};

use super::definition::{Definition, Parameter, ParameterType};
use super::table::{Value, word};
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
            let error = Error::usage(format!("{} : paramètre inconnu « {name} »", definition.name));
            return Err(match nearest(name, names.iter().copied()) {
                Some(near) => error.hint(format!("vouliez-vous dire « {near} » ?")),
                None => error.hint(format!("paramètres : {}", names.join(", "))),
            });
        }
    }
    Ok(())
}

/// The parameters of one run of a query: a value for each parameter of its header, `Null` where an optional one was not
/// given.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parameters(BTreeMap<String, Value>);

impl Deref for Parameters {
    type Target = BTreeMap<String, Value>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl From<Parameters> for BTreeMap<String, Value> {
    fn from(parameters: Parameters) -> Self {
        parameters.0
    }
}

impl Parameters {
    /// Binds what the user wrote to what the header asks for.
    ///
    /// # Errors
    /// An unknown name, a missing required parameter, a value that is not of the type or not in the list.
    pub fn bind(definition: &Definition, given: &BTreeMap<String, String>) -> Result<Self> {
        Self::fill(definition, given, |name, parameter, text| {
            parse(&definition.name, name, parameter, text)
        })
    }

    /// Binds each of several sets of parameters, as [`Parameters::bind`] does.
    ///
    /// # Errors
    /// As [`Parameters::bind`], for the first set that is wrong.
    pub fn bind_all<'a>(
        definition: &Definition,
        given: impl IntoIterator<Item = &'a BTreeMap<String, String>>,
    ) -> Result<Vec<Self>> {
        let given = given.into_iter();
        given.map(|one| Self::bind(definition, one)).collect()
    }

    /// Binds values that the program chose to what the header asks for. A query that was changed may want another type:
    /// the value is then read as a user would have written it.
    ///
    /// # Errors
    /// As [`Parameters::bind`].
    pub fn typed(definition: &Definition, given: &BTreeMap<String, Value>) -> Result<Self> {
        Self::fill(definition, given, |name, parameter, value| {
            let same = matches!(
                (parameter.kind, value),
                (ParameterType::Integer, Value::Int(_))
                    | (ParameterType::Text, Value::Text(_))
                    | (ParameterType::Date, Value::Date(_))
            );
            match same && parameter.values.is_empty() {
                true => Ok(value.clone()),
                false => parse(&definition.name, name, parameter, &word(value)),
            }
        })
    }

    /// The same, without those named: the query is no longer narrowed by them.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        let mut wide = self.clone();
        for (name, value) in &mut wide.0 {
            if names.contains(&name.as_str()) {
                *value = Value::Null;
            }
        }
        wide
    }

    /// The same, with another value for `name`, which the header need not list.
    #[must_use]
    pub fn with(&self, name: &str, value: Value) -> Self {
        let mut changed = self.clone();
        changed.0.insert(name.to_string(), value);
        changed
    }

    fn fill<T>(
        definition: &Definition,
        given: &BTreeMap<String, T>,
        read: impl Fn(&str, &Parameter, &T) -> Result<Value>,
    ) -> Result<Self> {
        known(definition, given.keys())?;

        let bound = definition.parameters.iter().map(|(name, parameter)| {
            let value = match (given.get(name), &parameter.default) {
                (Some(value), _) => read(name, parameter, value)?,
                (None, Some(text)) => parse(&definition.name, name, parameter, text)?,
                (None, None) if parameter.required => {
                    return Err(Error::usage(format!(
                        "{} : paramètre manquant « {name} » ({})",
                        definition.name, parameter.description
                    ))
                    .hint(format!("ajoutez --param {name}=…")));
                }
                (None, None) => Value::Null,
            };

            Ok((name.clone(), value))
        });
        bound.collect::<Result<_>>().map(Self)
    }
}

fn parse(query: &str, name: &str, parameter: &Parameter, text: &str) -> Result<Value> {
    let wrong = |expected: &str| {
        Error::usage(format!("{query} : paramètre {name} = « {text} » n'est pas {expected}"))
            .hint(parameter.description.clone())
    };

    if !parameter.values.is_empty() && !parameter.values.iter().any(|v| v == text) {
        return Err(Error::usage(format!("{query} : paramètre {name} = « {text} » inconnu")).hint(
            format!(
                "valeurs possibles : {} ({})",
                parameter.values.join(", "),
                parameter.description
            ),
        ));
    }

    match parameter.kind {
        ParameterType::Integer => {
            text.parse().map(Value::Int).map_err(|_| wrong("un nombre entier"))
        }
        ParameterType::Text => Ok(Value::Text(text.to_string())),
        ParameterType::Date => NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .map(Value::Date)
            .map_err(|_| wrong("une date (AAAA-MM-JJ)")),
    }
}
