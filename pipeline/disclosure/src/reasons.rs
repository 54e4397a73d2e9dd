//! Why a document hides what is not small by itself. It tells which counts are small: for whoever reads the document before it
//! leaves, and for nobody after.

use std::collections::BTreeSet;

use super::audit::confined;
use super::gate::Gate;
use super::key::CellKey;
use super::ledger::{self, Publication};
use super::model::Status;
use base::table::RawTable;
use base::zone::ZoneTree;

/// A count that is hidden for the sake of others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// Which count.
    pub key: CellKey,
    /// The small counts that it would give back if it alone were printed.
    pub gives: Vec<CellKey>,
    /// How many more it would, that no table prints and that have no name.
    pub unnamed: usize,
}

impl Gate {
    /// For each count that `tables` hide without its being small, what it would give back, given all `earlier` publications; in
    /// key order. What gives nothing back alone would with others that are hidden with it.
    pub fn reasons(
        &self,
        tables: Vec<RawTable>,
        hierarchy: &ZoneTree,
        earlier: &[Publication],
    ) -> Vec<Reason> {
        let own = self.link(&self.pending(tables), hierarchy);
        let decision = ledger::already_out(&own, earlier)
            .unwrap_or_else(|| self.protect(&own, hierarchy, earlier));

        let mut linked = own.clone();
        let threshold = i64::from(self.threshold);
        ledger::join(&mut linked, earlier, hierarchy, &self.relations, threshold);
        let mut hidden = linked.tables.primary_pattern();
        for (hidden, &decided) in hidden.iter_mut().zip(&decision.hidden[..own.keys.len()]) {
            *hidden |= decided;
        }

        // What is known whatever this document does is not of its giving.
        let requirement = self.protection();
        let known: BTreeSet<usize> =
            confined(&linked.tables, &hidden, &requirement).into_iter().collect();

        let mut reasons = Vec::new();
        for (i, key) in own.keys.iter().enumerate() {
            // As this document has it: what is out already cannot be opened.
            let cell = &own.tables.cells[i];
            let (true, Status::Suppressible, false) = (hidden[i], cell.status, cell.sensitive)
            else {
                continue;
            };
            let Some(key) = key else { continue };

            hidden[i] = false;
            let given = confined(&linked.tables, &hidden, &requirement);
            hidden[i] = true;

            let given = given.into_iter().filter(|given| !known.contains(given));
            let (named, unnamed): (Vec<_>, Vec<_>) =
                given.map(|given| linked.keys[given].clone()).partition(Option::is_some);
            let gives: BTreeSet<CellKey> = named.into_iter().flatten().collect();
            reasons.push(Reason {
                key: key.clone(),
                gives: gives.into_iter().collect(),
                unnamed: unnamed.len(),
            });
        }

        reasons.sort();
        reasons
    }
}
