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

impl CellKey {
    /// A count without the mark that tells two populations of one report apart: that mark depends on the report.
    pub fn unversioned(&self) -> Self {
        let measure = self.measure.split('#').next().unwrap_or_default();

        Self {
            measure: measure.to_owned(),
            ..self.clone()
        }
    }
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
        column.additive.iter().map(|name| Axis::named(definition, name)).collect()
    }
}

/// The keys of each row of a table, without the measure.
pub(super) fn row_keys(table: &RawTable, zones: &ZoneTree) -> Vec<CellKey> {
    let reader = KeyReader::new(table, zones);
    table.rows.iter().map(|row| reader.read(row)).collect()
}

/// How to read the keys of the rows of one table.
struct KeyReader<'a> {
    table: &'a RawTable,
    /// Columns of the zone and of its level.
    zone_column: Option<usize>,
    level_column: Option<usize>,
    /// The level of zones whose row does not tell it, and the zone of rows that have none.
    level: Level,
    base: Zone,
    /// The period of rows that have none.
    period: Option<String>,
    /// Parameters that chose some of the rows' people: `discipline` narrows a count as a category does.
    selections: BTreeMap<String, String>,
}

/// Parameters that say where, when and how finely, and select no people. Any other is a dimension of what it narrows.
const SCALES: [&str; 8] = [
    "annee",
    "annee_base",
    "periode",
    "pas",
    "niveau",
    "region",
    "departement",
    "medicobus",
];

impl<'a> KeyReader<'a> {
    fn new(table: &'a RawTable, zones: &ZoneTree) -> Self {
        let columns = &table.definition.columns;
        let parameter = |name: &str| table.parameters.get(name).and_then(text);

        let zone_column = columns.iter().rposition(|c| c.role == Role::Zone);
        let codes: Vec<String> = zone_column
            .iter()
            .flat_map(|&z| table.rows.iter().filter_map(move |row| text(&row[z])))
            .collect();
        let level = parameter("niveau").and_then(|n| Level::parse(&n));
        let selections = table.parameters.iter();
        let selections = selections.filter(|(name, _)| !SCALES.contains(&name.as_str()));

        Self {
            table,
            zone_column,
            level_column: columns.iter().position(|c| c.name == "niveau"),
            level: level.unwrap_or_else(|| zones.guess_level(codes.iter().map(String::as_str))),
            base: base_zone(table),
            period: parameter("periode").or_else(|| parameter("annee")),
            selections: selections
                .filter_map(|(name, value)| Some((name.clone(), text(value)?)))
                .collect(),
        }
    }

    /// The columns of that role that are not at their total in that row.
    fn columns(&self, role: Role, row: &[Value]) -> impl Iterator<Item = (&Column, usize, String)> {
        let columns = self.table.definition.columns.iter().zip(row).enumerate();

        columns
            .filter(move |(_, (column, _))| column.role == role)
            .filter_map(|(i, (column, value))| Some((column, i, text(value)?)))
            .filter(|(column, _, value)| column.total.as_ref() != Some(value))
    }

    fn read(&self, row: &[Value]) -> CellKey {
        let times: Vec<String> = self.columns(Role::Period, row).map(|c| c.2).collect();
        let period = finest_period(&times).or_else(|| self.period.clone());

        let mut categories: BTreeMap<String, String> = self
            .columns(Role::Category, row)
            .filter(|c| Some(c.1) != self.level_column)
            .map(|(column, _, value)| (column.name.clone(), value))
            .collect();
        // A zone inside another one, in two columns: the outer is a category of the inner.
        let outer = self.columns(Role::Zone, row);
        let outer = outer.filter(|c| Some(c.1) != self.zone_column && c.2 != "FR");
        categories.extend(outer.map(|(column, _, code)| (column.name.clone(), code)));
        categories.extend(self.selections.clone());

        CellKey {
            measure: String::new(),
            zone: self.zone(row),
            period: period.unwrap_or_default(),
            categories,
        }
    }

    fn zone(&self, row: &[Value]) -> Zone {
        let mut zones = self.columns(Role::Zone, row);
        let code = zones.find(|c| Some(c.1) == self.zone_column).map(|c| c.2);

        match code.as_deref() {
            None => self.base.clone(),
            Some("FR") => Zone::national(),
            Some(code) => {
                let own = self.level_column.and_then(|i| text(&row[i]));
                let own = own.and_then(|n| Level::parse(&n));
                Zone::new(own.unwrap_or(self.level), code)
            }
        }
    }
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
    let year = times.iter().find(|t| t.len() == 4 && t.bytes().all(|b| b.is_ascii_digit()));

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
        return if period.is_empty() { Vec::new() } else { vec![String::new()] };
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
        assert_eq!(finest_period(&["2025".into(), "3".into()]).as_deref(), Some("2025-03"));
        assert_eq!(finest_period(&["2025".into(), "2025-T1".into()]).as_deref(), Some("2025-T1"));
    }
}
