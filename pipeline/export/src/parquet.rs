//! Parquet: typed columns; hidden values are null and named in the text column `masquees`.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Date32Array, Float64Array, Int64Array, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::metadata::KeyValue;
use datafusion::parquet::file::properties::WriterProperties;

use base::error::{Context, Result};
use base::table::Value;
use disclosure::{Cell, GatedTable};

use super::marks::NOT_FOR_RELEASE;

/// The table as one Parquet file. Its metadata hold the definition, and `facts` (name and value) of its document.
///
/// # Errors
/// If it cannot be encoded.
pub fn bytes(table: &GatedTable, facts: &[(&str, String)]) -> Result<Vec<u8>> {
    let definition = table.definition();
    let fail = || format!("Parquet de {}", definition.name);
    let mut fields = Vec::new();
    let mut arrays: Vec<ArrayRef> = Vec::new();
    for (index, column) in definition.columns.iter().enumerate() {
        let values: Vec<&Value> = table
            .rows()
            .iter()
            .map(|row| row.get(index).and_then(Cell::open).unwrap_or(&Value::Null))
            .collect();
        let (kind, array) = column_of(&values);

        // A reader's software shows what the column is.
        let title = ("description".to_string(), column.title.clone());
        let field = Field::new(&column.name, kind, true);
        fields.push(field.with_metadata([title].into()));
        arrays.push(array);
    }

    let hidden: Vec<String> = table
        .rows()
        .iter()
        .map(|row| {
            let names: Vec<&str> = definition
                .columns
                .iter()
                .zip(row)
                .filter(|(_, cell)| matches!(cell, Cell::Hidden))
                .map(|(column, _)| column.name.as_str())
                .collect();
            names.join(",")
        })
        .collect();
    fields.push(Field::new("masquees", DataType::Utf8, false));
    arrays.push(Arc::new(StringArray::from(hidden)));

    if !table.publishable() {
        fields.push(Field::new("diffusion", DataType::Utf8, false));
        arrays.push(Arc::new(StringArray::from(vec![NOT_FOR_RELEASE; table.rows().len()])));
    }

    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(schema.clone(), arrays).access(fail)?;

    let properties = WriterProperties::builder()
        .set_key_value_metadata(Some(metadata(table, facts)))
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).access(fail)?))
        .set_created_by(base::text::PROGRAM.to_string())
        .build();

    let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties)).access(fail)?;
    writer.write(&batch).access(fail)?;

    writer.into_inner().access(fail)
}

/// What the file says about itself, for a reader who has nothing else.
fn metadata(table: &GatedTable, facts: &[(&str, String)]) -> Vec<KeyValue> {
    let definition = table.definition();
    let diffusion = if table.publishable() { "oui" } else { NOT_FOR_RELEASE };
    let metadata = [
        ("requete", definition.name.clone()),
        ("titre", definition.title.clone()),
        ("definition", definition.definition.clone()),
        ("formule", definition.formula.clone()),
        ("unite", definition.unit.clone()),
        ("population", definition.population.clone()),
        ("sources", definition.sources.join(", ")),
        ("limites", definition.limits.join(" ")),
        ("diffusion", diffusion.to_string()),
    ];
    metadata
        .iter()
        .chain(facts)
        .map(|(name, value)| KeyValue::new(format!("medicobus.{name}"), value.clone()))
        .collect()
}

/// The narrowest type that holds every value of a column: whole numbers, numbers, days, or text.
fn column_of(values: &[&Value]) -> (DataType, ArrayRef) {
    let all = |test: fn(&Value) -> bool| {
        values.iter().any(|v| test(v)) && values.iter().all(|v| test(v) || matches!(v, Value::Null))
    };

    if all(|v| matches!(v, Value::Int(_))) {
        let array: Int64Array = values
            .iter()
            .map(|v| if let Value::Int(i) = v { Some(*i) } else { None })
            .collect();

        (DataType::Int64, Arc::new(array))
    } else if all(|v| matches!(v, Value::Int(_) | Value::Float(_))) {
        let array: Float64Array = values.iter().map(|v| v.as_f64()).collect();
        (DataType::Float64, Arc::new(array))
    } else if all(|v| matches!(v, Value::Date(_))) {
        let epoch = chrono::NaiveDate::default();
        let array: Date32Array = values
            .iter()
            .map(|v| match v {
                Value::Date(day) => i32::try_from((*day - epoch).num_days()).ok(),
                _ => None,
            })
            .collect();

        (DataType::Date32, Arc::new(array))
    } else {
        let array: StringArray = values.iter().map(|v| v.as_text().map(str::to_string)).collect();
        (DataType::Utf8, Arc::new(array))
    }
}
