//! The only table that reports and files accept.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::query::definition::{Definition, Role};
use crate::query::table::Value;

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
///     GatedTable::new(raw.definition, raw.parameters, Vec::new(), Summary::default(), true)
/// }
/// ```
#[derive(Debug, Clone)]
pub struct GatedTable {
    definition: Arc<Definition>,
    parameters: BTreeMap<String, Value>,
    rows: Vec<Vec<Cell>>,
    summary: Summary,
    publishable: bool,
}

impl GatedTable {
    /// Built by the gate alone.
    pub(super) fn new(
        definition: Arc<Definition>,
        parameters: BTreeMap<String, Value>,
        rows: Vec<Vec<Cell>>,
        summary: Summary,
        publishable: bool,
    ) -> Self {
        Self {
            definition,
            parameters,
            rows,
            summary,
            publishable,
        }
    }

    /// Leaves out the rows whose count of patients is hidden, for tables whose keys alone would tell of someone;
    /// returns how many.
    pub fn leave_out_hidden_rows(&mut self) -> usize {
        let patients: Vec<usize> = (self.definition.colonnes.iter().enumerate())
            .filter(|(_, column)| column.role == Role::Patients)
            .map(|(index, _)| index)
            .collect();
        let before = self.rows.len();
        self.rows.retain(|row| {
            let mut counts = patients.iter().map(|index| row.get(*index));
            !counts.any(|cell| cell == Some(&Cell::Hidden))
        });
        before - self.rows.len()
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
        self.summary
    }

    /// False when secrecy was turned off: every output must then say `NON DIFFUSABLE`.
    pub fn publishable(&self) -> bool {
        self.publishable
    }
}
