//! The only table that reports and files accept.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use base::definition::{Definition, Role};
use base::table::{Value, list_parameters};

/// A value that passed the gate, or the mark of one that did not.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// May be published.
    Open(Value),
    /// Hidden by statistical secrecy; printed `n.c.`. Primary and secondary look the same on purpose.
    Hidden,
}

impl Cell {
    /// The open value, if it is open.
    pub fn open(&self) -> Option<&Value> {
        match self {
            Cell::Open(v) => Some(v),
            Cell::Hidden => None,
        }
    }
}

/// How much of a table is hidden.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Guarded cells (counts, rates, measures), hidden or not.
    pub cells: usize,
    /// Hidden because the cell itself is small.
    pub primary: usize,
    /// Hidden because it would give another one back.
    pub secondary: usize,
}

/// A table that may leave. Its fields are private and only this crate builds one,
/// so a raw table cannot reach a file or a report by mistake: reports and writers of files take nothing else.
///
/// ```compile_fail,E0624
/// use disclosure::GatedTable;
/// fn smuggle(raw: base::table::RawTable) -> GatedTable {
///     GatedTable::new(raw.definition, raw.parameters, Vec::new(), Vec::new(), true)
/// }
/// ```
#[derive(Debug, Clone)]
pub struct GatedTable {
    definition: Arc<Definition>,
    parameters: BTreeMap<String, Value>,
    rows: Vec<Vec<Cell>>,
    tallies: Vec<Summary>,
    publishable: bool,
}

impl GatedTable {
    /// Built by the gate alone, with what is hidden in each row.
    pub(super) fn new(
        definition: Arc<Definition>,
        parameters: BTreeMap<String, Value>,
        rows: Vec<Vec<Cell>>,
        tallies: Vec<Summary>,
        publishable: bool,
    ) -> Self {
        Self {
            definition,
            parameters,
            rows,
            tallies,
            publishable,
        }
    }

    /// Leaves out the rows whose count of patients is hidden, for tables whose keys alone would tell of someone, and the
    /// groups of consultations that bear no patient's key, which nothing counts. Returns whether the table counts patients.
    pub fn leave_out_hidden_rows(&mut self) -> bool {
        let columns = &self.definition.columns;
        let keyed = columns.iter().any(|c| c.role.is_key());
        let patients: Vec<usize> =
            (0..columns.len()).filter(|&i| columns[i].role == Role::Patients).collect();

        let stays = |row: &[Cell]| {
            patients.iter().all(|&i| match row.get(i) {
                Some(Cell::Open(Value::Int(0))) => !keyed,
                cell => cell != Some(&Cell::Hidden),
            })
        };
        let kept: Vec<usize> = (0..self.rows.len()).filter(|&r| stays(&self.rows[r])).collect();
        *self = self.select(&kept, self.parameters.clone());

        !patients.is_empty()
    }

    /// Those rows alone, as the answer to `parameters`.
    pub fn select(&self, rows: &[usize], parameters: BTreeMap<String, Value>) -> Self {
        let kept = || rows.iter().copied().filter(|&r| r < self.rows.len());

        Self {
            definition: Arc::clone(&self.definition),
            parameters,
            rows: kept().map(|r| self.rows[r].clone()).collect(),
            tallies: kept().map(|r| self.tallies[r]).collect(),
            publishable: self.publishable,
        }
    }

    /// The rows of `others` after its own: tables of the same query.
    pub fn extend(&mut self, others: impl IntoIterator<Item = GatedTable>) {
        for other in others {
            self.rows.extend(other.rows);
            self.tallies.extend(other.tallies);
            self.publishable &= other.publishable;
            list_parameters(&mut self.parameters, other.parameters);
        }
    }

    /// The header of the query behind it.
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// Parameters the query ran with.
    pub fn parameters(&self) -> &BTreeMap<String, Value> {
        &self.parameters
    }

    /// Rows in the query's order, one cell per column of the definition.
    pub fn rows(&self) -> &[Vec<Cell>] {
        &self.rows
    }

    /// What was hidden.
    pub fn summary(&self) -> Summary {
        let mut all = Summary::default();

        for row in &self.tallies {
            all.cells += row.cells;
            all.primary += row.primary;
            all.secondary += row.secondary;
        }

        all
    }

    /// False when secrecy was turned off: every output must then say `NON DIFFUSABLE`.
    pub fn publishable(&self) -> bool {
        self.publishable
    }

    /// From now on it may not be published.
    pub(super) fn withhold(&mut self) {
        self.publishable = false;
    }
}
