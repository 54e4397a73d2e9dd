//! What differs between two gated tables of one query, as a third: nothing appears in it that was not open in one of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use base::definition::{Column, Definition, Format, Role};
use base::table::Value;

use super::{Cell, GatedTable, Summary};

/// One cell that is not the same in both tables.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Values of the key columns, in order.
    pub keys: Vec<Value>,
    /// Position of the column in the definition.
    pub column: usize,
    /// In the first table; null where the row is missing.
    pub before: Cell,
    /// In the second table; null where the row is missing.
    pub after: Cell,
}

/// A row's key as text: sorts and compares whatever the types.
pub fn key_text(definition: &Definition, row: &[Value]) -> String {
    let keys = definition.columns.iter().zip(row);
    let texts: Vec<String> = keys
        .filter(|(column, _)| column.role.is_key())
        .map(|(_, value)| format!("{value:?}"))
        .collect();

    texts.join("\u{1f}")
}

/// The values of a row, null where one is hidden; keys never are.
pub fn opened(row: &[Cell]) -> Vec<Value> {
    let values = row.iter().map(|c| c.open().cloned());
    values.map(|v| v.unwrap_or(Value::Null)).collect()
}

/// Every figure that changed, in the order of the second table, rows that vanished last.
pub fn differences(before: &GatedTable, after: &GatedTable) -> Vec<Difference> {
    let definition = after.definition();
    let key_of = |row: &[Cell]| key_text(definition, &opened(row));
    let keyed = |table: &GatedTable| -> BTreeMap<String, Vec<Cell>> {
        let rows = table.rows().iter();
        rows.map(|row| (key_of(row), row.clone())).collect()
    };
    let (old, new) = (keyed(before), keyed(after));

    let absent = Cell::Open(Value::Null);
    let cell = |side: &BTreeMap<String, Vec<Cell>>, key: &str, column: usize| {
        let row = side.get(key).and_then(|row| row.get(column));
        row.unwrap_or(&absent).clone()
    };

    let vanished = before.rows().iter();
    let vanished = vanished.filter(|row| !new.contains_key(&key_of(row)));
    let mut found = Vec::new();
    for row in after.rows().iter().chain(vanished) {
        let key = key_of(row);
        let columns = definition.columns.iter().zip(opened(row));
        let keys = columns.filter(|(column, _)| column.role.is_key());
        let keys: Vec<Value> = keys.map(|(_, value)| value).collect();

        for (index, column) in definition.columns.iter().enumerate() {
            if column.role.is_key() || column.role == Role::Label {
                continue;
            }

            let (before, after) = (cell(&old, &key, index), cell(&new, &key, index));
            if before != after {
                found.push(Difference {
                    keys: keys.clone(),
                    column: index,
                    before,
                    after,
                });
            }
        }
    }

    found
}

/// Second value minus first, where both are open numbers.
fn gap(difference: &Difference) -> Value {
    match (difference.before.open(), difference.after.open()) {
        (Some(Value::Int(a)), Some(Value::Int(b))) => Value::Int(b - a),
        (Some(a), Some(b)) => match (a.as_f64(), b.as_f64()) {
            // Both were rounded by the query; their difference is not exact in binary.
            (Some(a), Some(b)) => Value::Float(((b - a) * 1e6).round() / 1e6),
            _ => Value::Null,
        },
        _ => Value::Null,
    }
}

/// The differences as a table: keys, figure, before, after, gap, and what caused each (`causes`, one text per difference).
pub fn table(
    after: &GatedTable,
    versions: (u64, u64),
    differences: &[Difference],
    causes: &[String],
    notes: Vec<String>,
) -> GatedTable {
    let definition = after.definition();
    let (v1, v2) = versions;
    let columns = definition.keys().cloned().chain([
        column("chiffre", "Chiffre".into(), Role::Category),
        column("avant", format!("Version {v1}"), Role::Open),
        column("apres", format!("Version {v2}"), Role::Open),
        column("ecart", "Écart".into(), Role::Open),
        column("versions", "Par les versions".into(), Role::Label),
    ]);

    let row = |(d, cause): (&Difference, &String)| {
        let figure = definition.columns.get(d.column);
        let figure = figure.map(|c| c.name.clone()).unwrap_or_default();
        let keys = d.keys.iter().cloned().map(Cell::Open);

        keys.chain([
            Cell::Open(Value::Text(figure)),
            d.before.clone(),
            d.after.clone(),
            Cell::Open(gap(d)),
            Cell::Open(Value::Text(cause.clone())),
        ])
        .collect()
    };
    let rows: Vec<Vec<Cell>> = differences.iter().zip(causes).map(row).collect();

    let compared = Definition {
        name: format!("{}_comparaison", definition.name),
        title: format!("{} : version {v1} et version {v2}", definition.title),
        definition: format!(
            "Chiffres de « {} » qui ne sont pas les mêmes dans les deux versions du dépôt.",
            definition.title
        ),
        formula: "écart = seconde version − première version".into(),
        unit: "celle de chaque chiffre".into(),
        limits: notes,
        columns: columns.collect(),
        ..definition.clone()
    };
    let tallies = vec![Summary::default(); rows.len()];
    GatedTable::new(
        Arc::new(compared),
        after.parameters().clone(),
        rows,
        tallies,
        after.publishable(),
    )
}

/// A column of text that adds nothing up.
fn column(name: &str, title: String, role: Role) -> Column {
    Column {
        name: name.into(),
        title,
        role,
        format: Format::Text,
        total: None,
        additive: Vec::new(),
        guard: None,
        people: BTreeMap::new(),
        numerator: None,
        denominator: None,
    }
}
