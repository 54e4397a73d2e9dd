//! The gate itself: its rules, and the road of a set of tables through it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::audit::{Audit, audit};
use super::key::CellKey;
use super::ledger::{self, Publication};
use super::links::{self, Linked};
use super::model::{FeasibilityInterval, ProtectionRequirement, Status};
use super::pending::PendingTable;
use super::suppress::{suppress, suppress_more};
use super::table::{Cell, GatedTable, Summary};
use base::error::{Error, Result};
use base::table::RawTable;
use base::zone::ZoneTree;

/// How often the suppression is asked again for what the audit found, before the release is refused.
const MAX_REPAIR_ROUNDS: usize = 2;

/// The rules of statistical secrecy.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// Counts of 1 to `threshold − 1` patients are hidden.
    pub threshold: u32,
    /// Narrowest interval, in patients, to which an attacker may confine a sensitive count.
    pub min_width: u32,
    /// The upper end of that interval reaches at least this: nobody can prove the count small.
    pub min_upper: u32,
    /// Share of hidden cells, 0 to 1, above which a coarser cut is advised.
    pub too_much: f64,
    /// Whether what passes may be published. Rules weaker than those that hold, or a query of an unknown author, hide what
    /// they hide and every output says `NON DIFFUSABLE` all the same.
    pub publishable: bool,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            threshold: 11,
            min_width: 10,
            min_upper: 11,
            too_much: 0.25,
            publishable: true,
        }
    }
}

/// What the annex of a report says about secrecy.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Annex {
    /// Counts, each once whatever the number of tables that print it.
    pub cells: usize,
    /// Hidden because they are small.
    pub primary: usize,
    /// Hidden because they would give another one back.
    pub secondary: usize,
    /// The narrowest interval proved for a sensitive count, in patients: no attacker can do better.
    pub narrowest: Option<FeasibilityInterval>,
    /// Per table (title), the share of guarded figures that are hidden, 0 to 1.
    pub hidden_share: Vec<(String, f64)>,
    /// French advice when a table, or the whole, hides too much.
    pub advice: Vec<String>,
}

/// Tables that passed the gate, what to say of it, and what to keep of it.
#[derive(Debug, Clone)]
pub struct Release {
    /// The tables, in the order in which they came.
    pub tables: Vec<GatedTable>,
    /// For the annex.
    pub annex: Annex,
    /// For the ledger; it holds true values and stays in the store.
    pub publication: Publication,
}

impl Gate {
    /// Lets the tables of one report through together, when nothing was published before.
    ///
    /// # Errors
    /// `Refused` when a hidden count can still be confined too closely.
    pub fn release(&self, tables: Vec<RawTable>, hierarchy: &ZoneTree) -> Result<Vec<GatedTable>> {
        Ok(self.release_after(tables, hierarchy, &[])?.tables)
    }

    /// Lets the tables of one report through together, given all `earlier` publications: what they hid stays hidden.
    ///
    /// # Errors
    /// `Refused` when a hidden count can still be confined too closely.
    pub fn release_after(
        &self,
        tables: Vec<RawTable>,
        hierarchy: &ZoneTree,
        earlier: &[Publication],
    ) -> Result<Release> {
        let threshold = i64::from(self.threshold);
        let tables = tables.into_iter();
        let mut waiting: Vec<PendingTable> =
            tables.map(|t| PendingTable::new(t, &(1..threshold))).collect();
        let own = links::link(&waiting, hierarchy, threshold);
        let mut linked = own.clone();
        ledger::join(&mut linked, earlier, hierarchy, threshold);

        let (hidden, mut audit) = self.suppress_and_audit(&linked);
        if !audit.underprotected.is_empty() && !earlier.is_empty() {
            self.excuse_what_is_out(&mut audit, &linked, &hidden, hierarchy, earlier);
        }
        if let Some(&(first, _)) = audit.underprotected.first() {
            let place = linked.keys.get(first).and_then(Option::as_ref);
            let count = audit.underprotected.len();
            return Err(refusal(count, place, earlier.is_empty()));
        }

        for (pending, places) in waiting.iter_mut().zip(&own.places) {
            pending.hide(places, &hidden);
        }
        let publication = Publication::of(&own, &hidden);
        let mut tables: Vec<GatedTable> = waiting.into_iter().map(PendingTable::seal).collect();
        if !self.publishable {
            tables.iter_mut().for_each(GatedTable::withhold);
        }

        let mut annex = Annex {
            narrowest: audit.narrowest,
            ..Annex::default()
        };
        annex.count(&own, &hidden);
        self.comment(&tables, &mut annex);

        Ok(Release { tables, annex, publication })
    }

    /// Which counts to hide, and what the audit says of it after the suppression was asked again for what it had left.
    fn suppress_and_audit(&self, linked: &Linked) -> (Vec<bool>, Audit) {
        let requirement = self.protection();
        let tables = &linked.tables;
        let mut hidden = suppress(tables, &requirement);
        let mut outcome = audit(tables, &hidden, &requirement);

        for _ in 0..MAX_REPAIR_ROUNDS {
            if outcome.underprotected.is_empty() {
                break;
            }
            let underprotected: Vec<usize> = outcome.underprotected.iter().map(|u| u.0).collect();
            hidden = suppress_more(tables, &requirement, &hidden, &underprotected);
            outcome = audit(tables, &hidden, &requirement);
        }

        (hidden, outcome)
    }

    /// Takes out of `audit` the counts that earlier publications give away, whatever this one hides.
    fn excuse_what_is_out(
        &self,
        audit_of_all: &mut Audit,
        linked: &Linked,
        hidden: &[bool],
        hierarchy: &ZoneTree,
        earlier: &[Publication],
    ) {
        let requirement = self.protection();
        let cells = &linked.tables.cells;

        // What no table prints and is known even if all that is new were hidden is out already: nothing can be done.
        let all_new: Vec<bool> = cells
            .iter()
            .zip(hidden)
            .map(|(c, &h)| h || c.status == Status::Suppressible)
            .collect();
        let before = audit(&linked.tables, &all_new, &requirement);
        let out: BTreeSet<usize> = before.underprotected.iter().map(|u| u.0).collect();
        let underprotected = &mut audit_of_all.underprotected;
        underprotected.retain(|u| cells[u.0].status != Status::Implicit || !out.contains(&u.0));
        if underprotected.is_empty() {
            return;
        }

        // Nor does a document answer for what the earlier ones give away without it.
        let threshold = i64::from(self.threshold);
        let away = ledger::given_away(earlier, hierarchy, &requirement, threshold);
        underprotected.retain(|u| {
            let key = linked.keys[u.0].as_ref();
            key.is_none_or(|k| !away.contains(&(k.unversioned(), cells[u.0].value)))
        });
    }

    /// Lets tables through as they are, for `--sans-secret`: every output then says `NON DIFFUSABLE`.
    pub fn open_unprotected(tables: Vec<RawTable>) -> Vec<GatedTable> {
        let open = |t: RawTable| {
            let rows = t.rows.into_iter();
            let rows: Vec<Vec<Cell>> =
                rows.map(|r| r.into_iter().map(Cell::Open).collect()).collect();
            let tallies = vec![Summary::default(); rows.len()];
            GatedTable::new(t.definition, t.parameters, rows, tallies, false)
        };

        tables.into_iter().map(open).collect()
    }

    /// What is asked of each sensitive count.
    pub fn protection(&self) -> ProtectionRequirement {
        ProtectionRequirement {
            sliding_level: i64::from(self.min_width),
            upper_bound: i64::from(self.min_upper),
        }
    }

    /// Says how much is hidden, and what to do when it is too much.
    fn comment(&self, tables: &[GatedTable], annex: &mut Annex) {
        let (mut hidden, mut cells) = (0, 0);
        for table in tables {
            let summary = table.summary();
            hidden += summary.primary + summary.secondary;
            cells += summary.cells;

            let share = share(summary.primary + summary.secondary, summary.cells);
            let title = table.definition().title.clone();
            if share > self.too_much {
                annex.advice.push(format!(
                    "« {title} » : {:.0} % des chiffres sont masqués ; préférez un découpage plus large (région plutôt que bus, année plutôt que mois, profils non croisés)",
                    share * 100.0
                ));
            }
            annex.hidden_share.push((title, share));
        }

        let share = share(hidden, cells);
        if share > self.too_much {
            annex.advice.push(format!(
                "{:.0} % des chiffres du rapport sont masqués : un découpage plus large donnerait plus d'information",
                share * 100.0
            ));
        }
    }
}

impl Annex {
    /// Counts the cells that tables print, and those of them that are hidden.
    fn count(&mut self, own: &Linked, hidden: &[bool]) {
        let cells = own.tables.cells.iter().zip(hidden);

        for (cell, &hidden) in cells.filter(|(cell, _)| cell.status != Status::Implicit) {
            self.cells += 1;
            self.primary += usize::from(hidden && cell.sensitive);
            self.secondary += usize::from(hidden && !cell.sensitive);
        }
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn refusal(underprotected: usize, place: Option<&CellKey>, first: bool) -> Error {
    let place = place
        .map(|k| format!(" (dont « {} », zone {}, {})", k.measure, k.zone.code, k.period))
        .unwrap_or_default();
    let hint = if first {
        "choisissez un découpage plus large"
    } else {
        "des publications antérieures en donnent déjà trop : choisissez un découpage plus large ou le même que précédemment"
    };

    Error::refused(format!(
        "secret statistique : {underprotected} effectif(s) masqué(s) pourraient être retrouvés{place}"
    ))
    .hint(hint)
}
