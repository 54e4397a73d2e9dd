//! Small tables for tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use base::definition::Definition;
use base::table::{RawTable, Value};
use disclosure::{Gate, GatedTable};

/// Column titles that a small table has besides its own, as many as make it wide.
const FIGURES: usize = 12;

fn definition(columns: &str) -> Arc<Definition> {
    let header = format!(
        r#"{{"nom": "exemple", "titre": "Exemple", "theme": "activite", "definition": "D", "formule": "F",
             "unite": "U", "population": "P", "sources": [], "colonnes": [{columns}]}}"#
    );
    Arc::new(serde_json::from_str(&header).unwrap())
}

/// A table of these columns (name, title, role), all of one kind of value.
pub(super) fn table(columns: &[(&str, &str, &str)], rows: Vec<Vec<Value>>) -> GatedTable {
    let column = |(name, title, role): &(&str, &str, &str)| {
        format!(r#"{{"nom": "{name}", "titre": "{title}", "role": "{role}"}}"#)
    };
    let columns: Vec<String> = columns.iter().map(column).collect();
    let raw = RawTable {
        definition: definition(&columns.join(",")),
        parameters: BTreeMap::new(),
        rows,
    };
    Gate::open_unprotected(vec![raw]).remove(0)
}

/// A wide table: one row of figures per zone (code, name, year, each figure's value).
pub(super) fn gated(zones: &[(&str, &str, i32, i64)]) -> GatedTable {
    let names: Vec<(String, String)> =
        (1..=FIGURES).map(|n| (format!("f{n}"), format!("Figure {n}"))).collect();
    let mut columns = vec![
        ("annee", "Année", "periode"),
        ("code_zone", "Code", "zone"),
        ("nom_zone", "Zone", "libelle"),
    ];
    columns.extend(names.iter().map(|(name, title)| (name.as_str(), title.as_str(), "ouvert")));

    let rows = zones.iter().map(|(code, name, year, figure)| {
        let mut row = vec![Value::from(*year), Value::from(*code), Value::from(*name)];
        row.extend(std::iter::repeat_n(Value::Int(*figure), FIGURES));
        row
    });
    table(&columns, rows.collect())
}
