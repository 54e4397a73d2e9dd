//! Between the engine's batches and scalars, and plain values.

use chrono::{Datelike, NaiveDate};
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type, UInt64Type,
};
use datafusion::common::ScalarValue;

use base::definition::ParameterType;
use base::error::{Error, Result};
use base::table::Value;
use base::text::printable;

use crate::catalogue::Query;

/// Days from the common era's first day to 1970-01-01.
const EPOCH: i32 = 719_163;

/// The rows of an answer, its columns being those of the header.
pub(super) fn answer(query: &Query, batch: &RecordBatch) -> Result<Vec<Vec<Value>>> {
    let expected: Vec<&str> = query.definition.columns.iter().map(|c| c.name.as_str()).collect();
    let schema = batch.schema();
    let found: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();

    if expected != found {
        return Err(Error::usage(format!(
            "{} : les colonnes rendues ne sont pas celles de l'en-tête",
            query.definition.name
        ))
        .hint(format!(
            "en-tête : {} ; requête : {}",
            expected.join(", "),
            found.join(", ")
        )));
    }

    rows(batch)
}

/// A parameter as the engine's scalar; a null keeps its declared type so that comparisons stay typed.
pub fn scalar(query: &Query, key: &str, value: &Value) -> ScalarValue {
    match value {
        Value::Text(text) => ScalarValue::Utf8(Some(text.clone())),
        Value::Int(number) => ScalarValue::Int64(Some(*number)),
        Value::Float(number) => ScalarValue::Float64(Some(*number)),
        Value::Date(day) => ScalarValue::Date32(Some(day.num_days_from_ce() - EPOCH)),
        Value::Null => match query.definition.parameters.get(key).map(|p| p.kind) {
            Some(ParameterType::Integer) => ScalarValue::Int64(None),
            Some(ParameterType::Date) => ScalarValue::Date32(None),
            _ => ScalarValue::Utf8(None),
        },
    }
}

/// The rows of an answer as plain values.
///
/// # Errors
/// If a column has a type that an indicator should not return.
pub fn rows(batch: &RecordBatch) -> Result<Vec<Vec<Value>>> {
    let mut rows = vec![Vec::with_capacity(batch.num_columns()); batch.num_rows()];
    let schema = batch.schema();

    for (column, field) in batch.columns().iter().zip(schema.fields()) {
        for (index, row) in rows.iter_mut().enumerate() {
            row.push(if column.is_null(index) {
                Value::Null
            } else {
                value(column.as_ref(), index).ok_or_else(|| {
                    Error::usage(format!(
                        "colonne {} : type {} non pris en charge",
                        field.name(),
                        field.data_type()
                    ))
                    .hint("convertissez-la avec CAST(… AS BIGINT | DOUBLE | VARCHAR | DATE)")
                })?
            });
        }
    }

    Ok(rows)
}

/// A text of the store on its way to a screen, a file or a page.
fn text(stored: &str) -> Value {
    Value::Text(printable(stored))
}

fn value(column: &dyn Array, index: usize) -> Option<Value> {
    Some(match column.data_type() {
        DataType::Null => Value::Null,
        DataType::Utf8 => text(column.as_string::<i32>().value(index)),
        DataType::LargeUtf8 => text(column.as_string::<i64>().value(index)),
        DataType::Utf8View => text(column.as_string_view().value(index)),
        DataType::Int64 => Value::Int(column.as_primitive::<Int64Type>().value(index)),
        DataType::Int32 => Value::Int(column.as_primitive::<Int32Type>().value(index).into()),
        DataType::UInt64 => {
            Value::Int(i64::try_from(column.as_primitive::<UInt64Type>().value(index)).ok()?)
        }
        DataType::Float64 => Value::Float(column.as_primitive::<Float64Type>().value(index)),
        DataType::Date32 => {
            let days = column.as_primitive::<Date32Type>().value(index);
            Value::Date(NaiveDate::from_num_days_from_ce_opt(days + EPOCH)?)
        }
        DataType::Decimal128(_, scale) => {
            let unscaled = column.as_primitive::<Decimal128Type>().value(index);
            Value::Float(unscaled as f64 / 10f64.powi(i32::from(*scale)))
        }
        DataType::Boolean => {
            Value::Text(if column.as_boolean().value(index) { "oui" } else { "non" }.to_string())
        }
        _ => return None,
    })
}
