//! What stands in a file for a value, and what every file says of itself.

use base::table::Value;

/// What a hidden value is replaced by, in every text form.
pub const HIDDEN: &str = "n.c.";

/// What every output says when secrecy was turned off.
pub const NOT_FOR_RELEASE: &str = "NON DIFFUSABLE";

/// What every output says that is no final document.
pub const DRAFT: &str = "PROJET – ne pas diffuser";

/// What every output of made-up data says.
pub const FICTIVE: &str = "DONNÉES FICTIVES";

/// A value for machines: decimal point, ISO dates, empty when unknown.
pub fn machine(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Date(day) => day.format("%Y-%m-%d").to_string(),
    }
}
