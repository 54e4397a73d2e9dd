//! What a query returns, before the disclosure gate: values in rows, with the definition and parameters they come from.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::Serialize;

use super::definition::Definition;

/// One value of an answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// No value (empty group, unknown).
    Null,
    /// Text, codes included.
    Text(String),
    /// Count or other whole number.
    Int(i64),
    /// Rate, mean or amount, already rounded by the query.
    Float(f64),
    /// Day.
    Date(NaiveDate),
}

impl Value {
    /// The number it holds, if it is one.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Int(i) => Some(*i as f64),
            Value::Float(x) => Some(*x),
            _ => None,
        }
    }

    /// The text it holds, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(s) => Some(s),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_string())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Value::Int(i64::from(number))
    }
}

impl From<usize> for Value {
    fn from(count: usize) -> Self {
        Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl From<f64> for Value {
    fn from(figure: f64) -> Self {
        Value::Float(figure)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(known: Option<T>) -> Self {
        known.map_or(Value::Null, Into::into)
    }
}

/// The answer of one query: rows in the order of the query's ORDER BY, columns in the order of its header.
///
/// It is *raw*: it may hold small cells, so nothing that writes takes it. See [`disclosure`].
#[derive(Debug, Clone)]
pub struct RawTable {
    /// The query's header.
    pub definition: Arc<Definition>,
    /// Parameters as bound, defaults included, in name order.
    pub parameters: BTreeMap<String, Value>,
    /// Rows; each has one value per column of the definition.
    pub rows: Vec<Vec<Value>>,
}

impl RawTable {
    /// Adds the rows of another answer of the same query. A parameter that differs keeps both values, as one lists them on
    /// the command line: `2024,2025`.
    pub fn extend(&mut self, other: Self) {
        self.rows.extend(other.rows);
        list_parameters(&mut self.parameters, other.parameters);
    }
}

/// Adds the parameters of another answer of the same query, as [`RawTable::extend`] does.
pub fn list_parameters(mine: &mut BTreeMap<String, Value>, others: BTreeMap<String, Value>) {
    for (name, value) in others {
        match mine.get_mut(&name) {
            Some(known) if *known != value => *known = listed(known, &value),
            Some(_) => {}
            None => {
                mine.insert(name, value);
            }
        }
    }
}

/// A list of values with one more, each once.
fn listed(list: &Value, value: &Value) -> Value {
    let (list, value) = (word(list), word(value));

    if value.is_empty() || list.split(',').any(|known| known == value) {
        return Value::Text(list);
    }

    match list.is_empty() {
        true => Value::Text(value),
        false => Value::Text(format!("{list},{value}")),
    }
}

/// How a value is written where no format is asked for.
pub(crate) fn word(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Date(day) => day.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Value, listed};

    #[test]
    fn parameters_that_differ_are_listed_once_each() {
        let two = listed(&Value::Int(2024), &Value::Int(2025));
        assert_eq!(two, Value::Text("2024,2025".into()));
        assert_eq!(listed(&two, &Value::Int(2025)), two);
        assert_eq!(listed(&Value::Null, &Value::Text("28".into())), Value::Text("28".into()));
    }
}
