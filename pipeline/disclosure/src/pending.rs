//! A table on its way through the gate: its figures, and what is hidden of them so far.

use std::collections::BTreeMap;
use std::ops::Range;

use super::denominators::{Denominators, denominators};
use super::primary::{ColumnRoles, Suppression, count};
use super::table::{Cell, GatedTable, Summary};
use base::definition::Role;
use base::french::{agreed, counted};
use base::table::{RawTable, Value};

/// One table on its way through the gate.
pub(super) struct PendingTable {
    /// As the query returned it.
    pub table: RawTable,
    /// Its header, in indices.
    pub header: ColumnRoles,
    /// Shares whose denominator stands in another row.
    pub denominators: Vec<Denominators>,
    /// What is hidden, by row and column.
    pub marks: Vec<Vec<Suppression>>,
    /// Whether the hidden values are absent from `table`: files that were published, not tables on their way out.
    pub masked: bool,
    /// Columns that others are hidden before.
    pub wanted: Vec<usize>,
}

impl PendingTable {
    /// Reads the header, and marks what is sensitive by itself.
    pub fn new(table: RawTable, small: &Range<i64>) -> Self {
        let mut header = ColumnRoles::new(&table.definition);

        // A count that is negative or fractional somewhere is a difference or a weight: it is guarded, not summed.
        let is_no_count = |v: &Value| *v != Value::Null && count(v).is_none_or(|n| n < 0);
        for (c, role) in header.roles.iter_mut().enumerate() {
            if *role == Role::Count && table.rows.iter().any(|r| is_no_count(&r[c])) {
                *role = Role::Measure;
            }
        }

        let mark = |row: &Vec<Value>| {
            let mut marks = header.primary(row, small);
            header.derive(row, &mut marks);
            marks
        };
        Self {
            marks: table.rows.iter().map(mark).collect(),
            denominators: denominators(&table, &header),
            table,
            header,
            masked: false,
            wanted: Vec::new(),
        }
    }

    /// The same, its columns among `names` (`requete.colonne`) being wanted.
    pub fn wanting<'n>(mut self, names: impl IntoIterator<Item = &'n String>) -> Self {
        self.wanted = names.into_iter().filter_map(|name| self.column_named(name)).collect();
        self
    }

    /// The column that `requete.colonne` names, if it is one of this table.
    fn column_named(&self, name: &str) -> Option<usize> {
        let definition = &self.table.definition;
        let (query, column) = name.split_once('.')?;
        let columns = &definition.columns;
        (query == definition.name).then(|| columns.iter().position(|c| c.name == column))?
    }

    /// What is said of the columns of these names (`requete.colonne`) that are hidden all the same.
    pub fn unmet(&self, names: &[String]) -> Vec<String> {
        let definition = &self.table.definition;
        let said = |column: usize| {
            let hidden = |mark| self.marks.iter().filter(|marks| marks[column] == mark).count();
            let (small, tied) = (hidden(Suppression::Primary), hidden(Suppression::Secondary));
            (small + tied > 0).then(|| {
                format!(
                    "« {} », {} : demandé par [secret] a_publier, et masqué {} fois ({}, {tied} qui en {} un)",
                    definition.title,
                    definition.columns[column].title,
                    small + tied,
                    counted(small, "petit effectif", "petits effectifs"),
                    agreed(tied, "redonnerait", "redonneraient")
                )
            })
        };
        names
            .iter()
            .filter_map(|name| self.column_named(name))
            .filter_map(said)
            .collect()
    }

    /// A table that was published, with what it hid.
    pub fn published(table: RawTable, marks: Vec<Vec<Suppression>>) -> Self {
        let header = ColumnRoles::new(&table.definition);

        Self {
            denominators: denominators(&table, &header),
            header,
            table,
            marks,
            masked: true,
            wanted: Vec::new(),
        }
    }

    /// The count at that place, if it is known.
    pub fn count(&self, row: usize, column: usize) -> Option<i64> {
        if self.is_masked(row, column) {
            None
        } else {
            count(&self.table.rows[row][column])
        }
    }

    /// Whether the count at that place is hidden and its value not at hand.
    pub fn is_masked(&self, row: usize, column: usize) -> bool {
        self.masked && self.marks[row][column] != Suppression::Open
    }

    /// Marks the `hidden` counts, which stand at `places`, and the figures drawn from them.
    pub fn hide(&mut self, places: &[Vec<Option<usize>>], hidden: &[bool]) {
        let rows = self.table.rows.iter().zip(&mut self.marks);

        for ((row, marks), places) in rows.zip(places) {
            for (mark, place) in marks.iter_mut().zip(places) {
                if place.is_some_and(|i| hidden[i]) {
                    *mark = (*mark).max(Suppression::Secondary);
                }
            }
            self.header.derive(row, marks);
        }

        self.hide_shares_of_hidden_denominators();
        self.hide_lone_shares();
    }

    /// A share printed beside its numerator gives its denominator back: where that is hidden, in another row, the share is
    /// too.
    fn hide_shares_of_hidden_denominators(&mut self) {
        for denominators in &self.denominators {
            for (row, whole) in denominators.rows.iter().enumerate() {
                let hidden = whole.map_or(Suppression::Open, |w| self.marks[w][denominators.count]);

                let (share, cells) = (denominators.share, &self.table.rows[row]);
                let is_zero = self.header.is_of_open_zero(share, cells, &self.marks[row]);
                if cells[share] != Value::Null && !is_zero {
                    let mark = &mut self.marks[row][share];
                    *mark = (*mark).max(hidden);
                }
            }
        }
    }

    /// Shares whose numerator is not a column add up to 100 %: a hidden one among open ones is given back by the others,
    /// so the smallest of those goes with it.
    fn hide_lone_shares(&mut self) {
        for c in 0..self.header.roles.len() {
            if self.header.roles[c] != Role::Rate || self.header.parts[c].0.is_some() {
                continue;
            }

            for rows in self.rows_by_outer_keys(c) {
                let (hidden, open): (Vec<usize>, Vec<usize>) =
                    rows.into_iter().partition(|&r| self.marks[r][c] != Suppression::Open);
                let size = |r: &usize| self.table.rows[*r][c].as_f64().unwrap_or(0.0);
                let smallest = open.iter().min_by(|a, b| size(a).total_cmp(&size(b)));

                if let (1, Some(&smallest)) = (hidden.len(), smallest) {
                    self.marks[smallest][c] = Suppression::Secondary;
                }
            }
        }
    }

    /// The rows that have a value in `column`, grouped by their keys that are no category.
    fn rows_by_outer_keys(&self, column: usize) -> Vec<Vec<usize>> {
        let columns = &self.table.definition.columns;
        let keys = self.header.keys.iter().copied();
        let outer: Vec<usize> = keys.filter(|&k| columns[k].role != Role::Category).collect();

        let mut groups: BTreeMap<Vec<String>, Vec<usize>> = BTreeMap::new();
        for (r, row) in self.table.rows.iter().enumerate() {
            if row[column] != Value::Null {
                let key = outer.iter().map(|&k| format!("{:?}", row[k]));
                groups.entry(key.collect()).or_default().push(r);
            }
        }

        groups.into_values().collect()
    }

    /// The table as it may leave, with what is hidden in each row.
    pub fn seal(self) -> GatedTable {
        let Self { table, header, marks, .. } = self;
        let mut tallies = Vec::with_capacity(table.rows.len());
        let mut rows = Vec::with_capacity(table.rows.len());

        for (row, marks) in table.rows.into_iter().zip(marks) {
            let mut summary = Summary::default();
            let mut cells = Vec::with_capacity(row.len());
            for (i, (value, mark)) in row.into_iter().zip(marks).enumerate() {
                summary.cells += usize::from(header.is_guarded(i) && value != Value::Null);
                summary.primary += usize::from(mark == Suppression::Primary);
                summary.secondary += usize::from(mark == Suppression::Secondary);
                cells.push(match mark {
                    Suppression::Open => Cell::Open(value),
                    _ => Cell::Hidden,
                });
            }
            rows.push(cells);
            tallies.push(summary);
        }

        GatedTable::new(table.definition, table.parameters, rows, tallies, true)
    }
}
