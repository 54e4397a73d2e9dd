//! Which count a figure of a table is: the same count in two tables is one cell.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use base::definition::{Column, Definition, Role};
use base::table::{RawTable, Value};
use base::zone::{Level, Zone, ZoneTree};

/// What a count is about. Keys at their total are left out, so a total row and a table without that key agree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CellKey {
    /// Column that holds it.
    #[serde(rename = "mesure")]
    pub measure: String,
    /// Where.
    pub zone: Zone,
    /// When: `2025`, `2025-T1`, `2025-03`; empty for the whole time.
    #[serde(rename = "periode")]
    pub period: String,
    /// The other keys and their values.
    pub categories: BTreeMap<String, String>,
}

/// A key along which a count may add up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Axis {
    /// From a zone to its parts.
    Zone,
    /// From a year to its quarters and months.
    #[serde(rename = "Periode")]
    Period,
    /// Over the values of a category.
    #[serde(rename = "Categorie")]
    Category(String),
}

impl Axis {
    /// The axis that a name in `additif` stands for.
    fn named(definition: &Definition, name: &str) -> Self {
        match (definition.column(name).map(|c| c.role), name) {
            (Some(Role::Zone), _) | (None, "zone" | "code_zone" | "niveau") => Axis::Zone,
            (Some(Role::Period), _)
            | (None, "annee" | "periode" | "trimestre" | "mois" | "pas") => Axis::Period,
            _ => Axis::Category(name.to_owned()),
        }
    }

    /// Axes along which a column adds up.
    pub(super) fn of(definition: &Definition, column: &Column) -> BTreeSet<Axis> {
        column
            .additive
            .iter()
            .map(|name| Axis::named(definition, name))
            .collect()
    }
}

/// The keys of each row of a table, without the measure.
pub(super) fn row_keys(table: &RawTable, zones: &ZoneTree) -> Vec<CellKey> {
    let columns = &table.definition.columns;
    let of_role = |role: Role| (0..columns.len()).filter(move |&i| columns[i].role == role);
    let level_column = columns.iter().position(|c| c.name == "niveau");
    let zone_column = of_role(Role::Zone).next_back();
    let parameter = |name: &str| table.parameters.get(name).and_then(text);
    let codes: Vec<String> = zone_column
        .iter()
        .flat_map(|&z| table.rows.iter().filter_map(move |row| text(&row[z])))
        .collect();
    let table_level = parameter("niveau")
        .and_then(|n| Level::parse(&n))
        .unwrap_or_else(|| zones.guess_level(codes.iter().map(String::as_str)));
    let base = base_zone(table);

    table
        .rows
        .iter()
        .map(|row| {
            let at_total =
                |i: usize| columns[i].total.is_some() && text(&row[i]) == columns[i].total;
            let zone = match zone_column {
                Some(z) if !at_total(z) => match text(&row[z]).as_deref() {
                    None => base.clone(),
                    Some("FR") => Zone::national(),
                    Some(code) => {
                        let own = level_column
                            .and_then(|i| text(&row[i]))
                            .and_then(|n| Level::parse(&n));
                        Zone::new(own.unwrap_or(table_level), code)
                    }
                },
                _ => base.clone(),
            };
            let times: Vec<String> = of_role(Role::Period)
                .filter(|&i| !at_total(i))
                .filter_map(|i| text(&row[i]))
                .collect();
            let mut categories: BTreeMap<String, String> = of_role(Role::Category)
                .filter(|&i| !at_total(i) && Some(i) != level_column)
                .filter_map(|i| Some((columns[i].name.clone(), text(&row[i])?)))
                .collect();
            // A zone inside another one, in two columns: the outer is a category of the inner.
            for i in of_role(Role::Zone).filter(|&i| Some(i) != zone_column && !at_total(i)) {
                if let Some(code) = text(&row[i]).filter(|c| c != "FR") {
                    categories.insert(columns[i].name.clone(), code);
                }
            }
            let period = finest_period(&times)
                .or_else(|| parameter("periode"))
                .or_else(|| parameter("annee"));
            CellKey {
                measure: String::new(),
                zone,
                period: period.unwrap_or_default(),
                categories,
            }
        })
        .collect()
}

/// The zone that a table without a zone column is about.
fn base_zone(table: &RawTable) -> Zone {
    [
        ("medicobus", Level::Medicobus),
        ("departement", Level::Departement),
        ("region", Level::Region),
    ]
    .into_iter()
    .find_map(|(name, level)| Some(Zone::new(level, text(table.parameters.get(name)?)?)))
    .unwrap_or_else(Zone::national)
}

/// A key as text.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Text(s) => Some(s.clone()),
        Value::Int(i) => Some(i.to_string()),
        Value::Float(x) => Some(x.to_string()),
        Value::Date(d) => Some(d.to_string()),
    }
}

/// The finest of several time keys; a bare month or quarter is put after its year.
fn finest_period(times: &[String]) -> Option<String> {
    let year = times
        .iter()
        .find(|t| t.len() == 4 && t.bytes().all(|b| b.is_ascii_digit()));
    let full = times.iter().map(|t| match (year, t.len()) {
        (Some(y), 1 | 2) if t.bytes().all(|b| b.is_ascii_digit()) => format!("{y}-{t:0>2}"),
        (Some(y), 2) => format!("{y}-{t}"),
        _ => t.clone(),
    });
    full.max_by_key(String::len)
}

/// The period right around `periode` at each coarser step, nearest first; the whole time last.
pub(super) fn periods_above(period: &str) -> Vec<String> {
    let Some((year, part)) = period.split_once('-') else {
        return if period.is_empty() {
            Vec::new()
        } else {
            vec![String::new()]
        };
    };
    let mut above = Vec::new();
    let month = match part.as_bytes() {
        [b'T', q @ b'1'..=b'4'] => Some(3 * u32::from(q - b'0')),
        [b'0' | b'1', b'0'..=b'9'] => {
            let month = part.parse::<u32>().ok();
            above.extend(month.map(|m| format!("{year}-T{}", m.div_ceil(3))));
            month
        }
        [b'S', b'1' | b'2'] => None,
        _ => return vec![String::new()],
    };
    above.extend(month.map(|m| format!("{year}-S{}", m.div_ceil(6))));
    above.extend([year.to_owned(), String::new()]);
    above
}

/// The zones around `zone`, nearest first.
pub(super) fn zones_above(zones: &ZoneTree, zone: &Zone) -> Vec<Zone> {
    let mut above = Vec::new();
    let mut at = zone;
    while let Some(parent) = zones.parent(at) {
        above.push(parent.clone());
        at = parent;
    }
    above
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_nest() {
        assert_eq!(periods_above("2025-08"), ["2025-T3", "2025-S2", "2025", ""]);
        assert_eq!(periods_above("2025-T2"), ["2025-S1", "2025", ""]);
        assert_eq!(periods_above("2025"), [""]);
        assert_eq!(
            finest_period(&["2025".into(), "3".into()]).as_deref(),
            Some("2025-03")
        );
        assert_eq!(
            finest_period(&["2025".into(), "2025-T1".into()]).as_deref(),
            Some("2025-T1")
        );
    }
}
