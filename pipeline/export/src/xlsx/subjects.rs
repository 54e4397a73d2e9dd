//! The tables of a workbook: one per subject and scope, whatever the years.

use base::definition::Role;
use base::french::typography;
use base::table::Value;
use disclosure::{Cell, GatedTable};

use super::TableSheet;
use super::grid::Grid;

/// A table of the workbook.
pub(super) struct Subject {
    /// Its key without a year: `synthese`, `synthese/parties`.
    pub(super) key: String,
    /// The rows of all years.
    pub(super) table: GatedTable,
    /// How it is laid out.
    pub(super) grid: Grid,
}

impl Subject {
    /// Its title with its scope.
    pub(super) fn heading(&self) -> String {
        let title = typography(&self.table.definition().title);
        match self.key.split_once('/') {
            None => title,
            Some((_, "parties")) => format!("{title}, par territoire"),
            Some((_, "medicobus")) => format!("{title}, par médicobus"),
            Some((_, other)) => format!("{title}, {}", other.replace('/', " ")),
        }
    }
}

/// The key of a table without its year: `synthese/parties/2024` and `synthese/parties/precedent` are of `synthese/parties`.
pub fn subject(key: &str) -> &str {
    match key.rsplit_once('/') {
        Some((start, end)) if end == "precedent" || end.parse::<u16>().is_ok() => start,
        _ => key,
    }
}

/// The tables as they stand in a workbook, in the order of their first year given: those that differ only by the year are one, from the oldest
/// year to the newest. `reading` lays them out for people.
pub(super) fn subjects(sheets: &[TableSheet<'_>], reading: bool) -> Vec<Subject> {
    let mut groups: Vec<(&str, Vec<&GatedTable>)> = Vec::new();
    for sheet in sheets {
        let key = if reading { subject(sheet.key) } else { sheet.key };
        let same = |(name, years): &&mut (&str, Vec<&GatedTable>)| {
            reading && *name == key && joinable(years[0], sheet.table)
        };
        match groups.iter_mut().find(same) {
            Some((_, years)) => years.push(sheet.table),
            None => groups.push((key, vec![sheet.table])),
        }
    }

    let joined = groups.into_iter().filter_map(|(key, mut years)| {
        years.sort_by_key(|table| first_period(table));
        let (first, others) = years.split_first()?;
        let mut table = (*first).clone();
        table.extend(others.iter().map(|other| (*other).clone()));

        let key = key.to_owned();
        let grid = Grid::new(&table, reading);
        Some(Subject { key, table, grid })
    });
    joined.collect()
}

/// Whether the rows of two tables tell apart which is of which year.
fn joinable(one: &GatedTable, other: &GatedTable) -> bool {
    let columns = &one.definition().columns;
    columns.iter().any(|c| c.role == Role::Period) && *columns == other.definition().columns
}

fn first_period(table: &GatedTable) -> String {
    let column = table.definition().columns.iter().position(|c| c.role == Role::Period);
    let cell = column.zip(table.rows().first()).and_then(|(at, row)| row.get(at));
    match cell.and_then(Cell::open) {
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Int(year)) => year.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xlsx::fixture::gated;

    #[test]
    fn a_key_loses_its_year_and_nothing_else() {
        for (key, expected) in [
            ("synthese", "synthese"),
            ("synthese/2024", "synthese"),
            ("cout/parties/2024", "cout/parties"),
            ("publics_prioritaires/precedent", "publics_prioritaires"),
            ("cout/medicobus", "cout/medicobus"),
        ] {
            assert_eq!(subject(key), expected);
        }
    }

    #[test]
    fn years_of_one_table_are_one_from_the_oldest_on() {
        let [old, new] = [2024, 2025].map(|year| gated(&[("61", "Orne", year, 12)]));
        let sheet = |key, table| TableSheet { key, table };
        let sheets = [sheet("a", &new), sheet("b", &new), sheet("a/2024", &old)];

        let joined = subjects(&sheets, true);
        let shape: Vec<(&str, usize)> =
            joined.iter().map(|s| (s.key.as_str(), s.table.rows().len())).collect();
        assert_eq!(shape, [("a", 2), ("b", 1)]);
        assert_eq!(first_period(&joined[0].table), "2024");

        assert_eq!(subjects(&sheets, false).len(), 3, "data are handed out as they were asked for");
    }
}
