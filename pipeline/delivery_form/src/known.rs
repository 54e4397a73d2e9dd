//! What the store knows of a région, and the workbook is filled with.

use std::collections::BTreeMap;

use base::table::Value;

/// What the store knows of a région; nothing by default.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Who sent the last delivery.
    pub producteur: Option<String>,
    /// Whether its data are made up.
    pub fictives: bool,
    /// Rows to begin with, by table; their values in the order of the table's columns.
    pub rows: BTreeMap<String, Vec<Vec<Value>>>,
    /// Funding of the last year before the period: who paid what then is a reminder, the amounts are not those to deliver.
    pub earlier_funding: Vec<FundingSource>,
}

/// Who paid for a bus in one year.
#[derive(Debug, Clone, PartialEq)]
pub struct FundingSource {
    /// Identifier of the bus.
    pub medicobus: String,
    /// Year.
    pub annee: i64,
    /// Who paid, as in the contract.
    pub financeur: String,
    /// What for, as in the contract.
    pub nature: String,
    /// Euros.
    pub montant: f64,
}
