//! JSON: one document with definition and parameters, or one object per row.

use serde_json::{Map, Value as Json, json};

use base::error::{Context, Result};
use base::table::Value;
use disclosure::{Cell, GatedTable};

use super::marks::{HIDDEN, NOT_FOR_RELEASE};

fn cell(cell: &Cell) -> Json {
    match cell {
        Cell::Hidden => Json::from(HIDDEN),
        Cell::Open(Value::Null) => Json::Null,
        Cell::Open(Value::Text(text)) => Json::from(text.as_str()),
        Cell::Open(Value::Int(number)) => Json::from(*number),
        Cell::Open(Value::Float(number)) => Json::from(*number),
        Cell::Open(Value::Date(day)) => Json::from(day.format("%Y-%m-%d").to_string()),
    }
}

/// The rows as JSON arrays, in the order of the columns.
pub fn rows(table: &GatedTable) -> Vec<Json> {
    table.rows().iter().map(|row| row.iter().map(cell).collect()).collect()
}

/// One document: name, title, unit, parameters, columns, rows.
///
/// # Errors
/// If it cannot be serialised.
pub fn document(table: &GatedTable) -> Result<Vec<u8>> {
    let definition = table.definition();
    let mut document = json!({
        "requete": definition.name,
        "titre": definition.title,
        "definition": definition.definition,
        "unite": definition.unit,
        "limites": definition.limits,
        "parametres": table.parameters(),
        "colonnes": definition.columns.iter().map(|c| json!({"nom": c.name, "titre": c.title})).collect::<Vec<_>>(),
        "secret": table.summary(),
        "lignes": rows(table),
    });

    if !table.publishable()
        && let Some(object) = document.as_object_mut()
    {
        object.insert("diffusion".into(), Json::from(NOT_FOR_RELEASE));
    }

    let mut bytes =
        serde_json::to_vec_pretty(&document).access(|| format!("JSON de {}", definition.name))?;
    bytes.push(b'\n');

    Ok(bytes)
}

/// One object per row, one row per line.
///
/// # Errors
/// If a row cannot be serialised.
pub fn lines(table: &GatedTable) -> Result<Vec<u8>> {
    let definition = table.definition();
    let mut out = Vec::new();
    for row in table.rows() {
        let mut object = Map::new();
        for (column, value) in definition.columns.iter().zip(row) {
            object.insert(column.name.clone(), cell(value));
        }

        if !table.publishable() {
            object.insert("diffusion".into(), Json::from(NOT_FOR_RELEASE));
        }

        serde_json::to_writer(&mut out, &object)
            .access(|| format!("NDJSON de {}", definition.name))?;
        out.push(b'\n');
    }

    Ok(out)
}
