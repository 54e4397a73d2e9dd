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

/// The answer of one query: rows in the order of the query's ORDER BY, columns in the order of its header.
///
/// It is *raw*: it may hold small cells, so nothing that writes takes it. See [`crate::disclosure`].
#[derive(Debug, Clone)]
pub struct RawTable {
    /// The query's header.
    pub definition: Arc<Definition>,
    /// Parameters as bound, defaults included, in name order.
    pub parameters: BTreeMap<String, Value>,
    /// Rows; each has one value per column of the definition.
    pub rows: Vec<Vec<Value>>,
}
