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

/// A table that may leave. Its fields are private and only this module's parent builds one,
/// so a raw table cannot reach a file or a report by mistake.
///
/// ```compile_fail,E0624
/// use medicobus::disclosure::{GatedTable, Summary};
/// fn smuggle(raw: medicobus::query::table::RawTable) -> GatedTable {
///     GatedTable::new(raw.definition, raw.parameters, Vec::new(), Vec::new(), true)
/// }
/// ```
///
/// Writers take nothing else:
///
/// ```compile_fail,E0308
/// fn smuggle(raw: &medicobus::query::table::RawTable) {
///     let _ = medicobus::export::json::document(raw);
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
        let patients: Vec<usize> = (0..columns.len())
            .filter(|&i| columns[i].role == Role::Patients)
            .collect();
        let keyed = columns.iter().any(|c| c.role.is_key());
        let kept: Vec<usize> = (0..self.rows.len())
            .filter(|&r| {
                patients.iter().all(|&i| match self.rows[r].get(i) {
                    Some(Cell::Open(Value::Int(0))) => !keyed,
                    cell => cell != Some(&Cell::Hidden),
                })
            })
            .collect();
        *self = self.select(&kept, self.parameters.clone());
        !patients.is_empty()
    }

    /// Those rows alone, as the answer to `parameters`.
    pub fn select(&self, rows: &[usize], parameters: BTreeMap<String, Value>) -> Self {
        Self {
            definition: Arc::clone(&self.definition),
            parameters,
            rows: rows
                .iter()
                .filter_map(|&r| self.rows.get(r).cloned())
                .collect(),
            tallies: rows
                .iter()
                .filter_map(|&r| self.tallies.get(r).copied())
                .collect(),
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
}
