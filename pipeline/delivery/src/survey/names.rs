//! Names of files and sheets, and the tables that they name.

use contract::TableSchema;

use crate::container::extension;
use crate::text::fold;

/// The table that a file or sheet is named after: `consultations_2025.csv`, `28 Consultations`, `desserte`.
pub(super) fn table_named<'c>(tables: &'c [TableSchema], name: &str) -> Option<&'c TableSchema> {
    match tables_named(tables, name).as_slice() {
        [one] => Some(one),
        _ => None,
    }
}

/// Every table that a name holds.
pub(super) fn tables_named<'c>(tables: &'c [TableSchema], name: &str) -> Vec<&'c TableSchema> {
    let base = name.rsplit('/').next().unwrap_or(name);
    let words = format!("_{}_", fold(base));

    let named = |table: &&TableSchema| {
        let plural = format!("_{}_", table.name);
        let singular = format!("_{}_", table.name.trim_end_matches('s'));
        words.contains(&plural) || (table.name != "medicobus" && words.contains(&singular))
    };

    let mut found: Vec<&TableSchema> = tables.iter().filter(named).collect();
    // The measure's own name is in many file names: another table's name counts more.
    if found.len() > 1 {
        found.retain(|t| t.name != "medicobus");
    }

    found
}

/// The file name without folder and extensions; a dot elsewhere is part of the name (`28.03.2025_tournees.csv`).
pub(super) fn stem(name: &str) -> String {
    let base = name.rsplit('/').next().unwrap_or(name);
    let cut = |name: &str| name.rsplit_once('.').map_or(name, |(s, _)| s).to_owned();

    match extension(base).as_str() {
        "gz" => cut(&cut(base)),
        _ => cut(base),
    }
}
