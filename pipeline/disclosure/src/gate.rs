//! The gate itself: its rules, and the road of a set of tables through it.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use super::audit::{Audit, audit};
use super::decisions::{self, Decision, Decisions};
use super::ledger::{self, Publication};
use super::links::{self, Linked};
use super::model::{FeasibilityInterval, ProtectionRequirement, Status};
use super::pending::PendingTable;
use super::relations::Relations;
use super::suppress::{Suppression, suppress, suppress_all_around, suppress_more};
use super::table::{Cell, GatedTable, Summary};
use base::table::RawTable;
use base::zone::ZoneTree;

/// How often the suppression is asked again for what the audit found, before all that is tied to it is hidden.
const MAX_REPAIR_ROUNDS: usize = 2;

/// What a document says that prints no count, since earlier ones would make any of them give others away.
const WITHHELD: &str = "Aucun effectif n'est imprimé : avec les documents déjà diffusés, n'importe lequel en trahirait d'autres. Un découpage plus large, ou le même que dans ces documents, en montrerait davantage.";

/// The rules of statistical secrecy.
#[derive(Debug, Clone)]
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
    /// Counts to print if any are, `requete.colonne`: others are hidden before them. None is printed that would give a small one back.
    pub wanted: Vec<String>,
    /// Counts that answer the questions of a document, `requete.colonne`: others are hidden before them.
    pub headlines: Vec<String>,
    /// What holds between counts in every store.
    pub relations: Arc<Relations>,
    /// Where decisions are kept, if they are.
    pub decisions: Option<Arc<dyn Decisions>>,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            threshold: 11,
            min_width: 10,
            min_upper: 11,
            too_much: 0.25,
            publishable: true,
            wanted: Vec::new(),
            headlines: Vec::new(),
            relations: Arc::default(),
            decisions: None,
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
    pub fn release(&self, tables: Vec<RawTable>, hierarchy: &ZoneTree) -> Vec<GatedTable> {
        self.release_after(tables, hierarchy, &[]).tables
    }

    /// Lets the tables of one report through together, given all `earlier` publications: what they hid stays hidden. No
    /// store makes that impossible: what cannot be protected otherwise takes all that is tied to it along.
    pub fn release_after(
        &self,
        tables: Vec<RawTable>,
        hierarchy: &ZoneTree,
        earlier: &[Publication],
    ) -> Release {
        let mut waiting = self.pending(tables);
        let own = self.link(&waiting, hierarchy);
        let outcome = ledger::already_out(&own, earlier)
            .unwrap_or_else(|| self.protect(&own, hierarchy, earlier));

        for (pending, places) in waiting.iter_mut().zip(&own.places) {
            pending.hide(places, &outcome.hidden);
        }
        let publication = Publication::of(&own, &outcome.hidden, outcome.narrowest);
        let unmet: Vec<String> = waiting.iter().flat_map(|t| t.unmet(&self.wanted)).collect();
        let mut tables: Vec<GatedTable> = waiting.into_iter().map(PendingTable::seal).collect();
        if !self.publishable {
            tables.iter_mut().for_each(GatedTable::withhold);
        }

        let mut annex = Annex {
            narrowest: outcome.narrowest,
            ..Annex::default()
        };
        if outcome.withheld {
            annex.advice.push(WITHHELD.to_owned());
        }
        annex.advice.extend(unmet);
        annex.count(&own, &outcome.hidden);
        self.comment(&tables, &mut annex);

        Release { tables, annex, publication }
    }

    /// What several documents give that leave at once, each by its tables, given all `earlier` publications: hidden is what all
    /// of them together must hide, so that none finds its small counts given away by those before it. A document then
    /// passes [`Gate::release_after`] these publications, which decide of it.
    pub fn release_together(
        &self,
        documents: Vec<Vec<RawTable>>,
        hierarchy: &ZoneTree,
        earlier: &[Publication],
    ) -> Vec<Publication> {
        let lengths: Vec<usize> = documents.iter().map(Vec::len).collect();
        let waiting = self.pending(documents.into_iter().flatten());
        let all = self.link(&waiting, hierarchy);
        let outcome = self.protect(&all, hierarchy, earlier);

        let (mut waiting, mut places) = (&waiting[..], &all.places[..]);
        let mut publications = Vec::with_capacity(lengths.len());
        for length in lengths {
            let (tables, others) = waiting.split_at(length);
            let (of_all, other_places) = places.split_at(length);
            (waiting, places) = (others, other_places);

            // The same figure, counted among those of the document alone and among all.
            let own = self.link(tables, hierarchy);
            let mut hidden = vec![false; own.tables.cells.len()];
            let figures = own.places.iter().flatten().flatten();
            for (own, all) in figures.zip(of_all.iter().flatten().flatten()) {
                if let (Some(own), Some(all)) = (own, all) {
                    hidden[*own] |= outcome.hidden[*all];
                }
            }
            publications.push(Publication::of(&own, &hidden, outcome.narrowest));
        }

        publications
    }

    pub(super) fn pending(&self, tables: impl IntoIterator<Item = RawTable>) -> Vec<PendingTable> {
        let small = 1..i64::from(self.threshold);
        tables
            .into_iter()
            .map(|t| {
                PendingTable::new(t, &small).wanting(self.headlines.iter().chain(&self.wanted))
            })
            .collect()
    }

    pub(super) fn link(&self, waiting: &[PendingTable], hierarchy: &ZoneTree) -> Linked {
        links::link(waiting, hierarchy, &self.relations, i64::from(self.threshold))
    }

    /// What to hide of `own` counts, given all that is out; as it was decided before, where that is known.
    pub(super) fn protect(
        &self,
        own: &Linked,
        hierarchy: &ZoneTree,
        earlier: &[Publication],
    ) -> Decision {
        let question =
            (self.protection(), self.threshold, &self.relations, own, hierarchy, earlier);

        decisions::decide(self.decisions.as_ref(), &question, own.tables.cells.len(), || {
            self.decide(own, hierarchy, earlier)
        })
    }

    fn decide(&self, own: &Linked, hierarchy: &ZoneTree, earlier: &[Publication]) -> Decision {
        let mut linked = own.clone();
        let threshold = i64::from(self.threshold);
        ledger::join(&mut linked, earlier, hierarchy, &self.relations, threshold);

        let (mut hidden, mut audit) = self.suppress_and_audit(&linked);
        if !audit.underprotected.is_empty() && !earlier.is_empty() {
            self.excuse_what_is_out(&mut audit, &linked, &hidden, hierarchy, earlier);
        }
        let withheld = !audit.underprotected.is_empty();
        if withheld {
            // Zeros too: a document that prints no count gives none away.
            hidden[..own.tables.cells.len()].fill(true);
        }

        Decision {
            hidden,
            narrowest: audit.narrowest,
            withheld,
        }
    }

    /// Which counts to hide, and what the audit says of it after the suppression was asked again for what it had left.
    fn suppress_and_audit(&self, linked: &Linked) -> (Vec<bool>, Audit) {
        let requirement = self.protection();
        let tables = &linked.tables;
        let Suppression { mut hidden, mut changes } = suppress(tables, &requirement);
        let mut outcome = audit(tables, &hidden, &requirement, &changes);

        for _ in 0..MAX_REPAIR_ROUNDS {
            if outcome.underprotected.is_empty() {
                break;
            }
            let underprotected: Vec<usize> = outcome.underprotected.iter().map(|u| u.0).collect();
            let more = suppress_more(tables, &requirement, &hidden, &underprotected);
            hidden = more.hidden;
            changes.extend(more.changes);
            outcome = audit(tables, &hidden, &requirement, &changes);
        }
        if !outcome.underprotected.is_empty() {
            let underprotected = outcome.underprotected.iter().map(|u| u.0);
            hidden = suppress_all_around(tables, hidden, underprotected);
            outcome = audit(tables, &hidden, &requirement, &changes);
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
        let before = audit(&linked.tables, &all_new, &requirement, &[]);
        let out: BTreeSet<usize> = before.underprotected.iter().map(|u| u.0).collect();
        let underprotected = &mut audit_of_all.underprotected;
        underprotected.retain(|u| cells[u.0].status != Status::Implicit || !out.contains(&u.0));
        if underprotected.is_empty() {
            return;
        }

        // Nor does a document answer for what the earlier ones give away without it.
        let threshold = i64::from(self.threshold);
        let away = ledger::given_away(earlier, hierarchy, &self.relations, &requirement, threshold);
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
        // Several tables of a document may be of one query.
        let mut heavy: Vec<(String, f64)> = Vec::new();
        for table in tables {
            let summary = table.summary();
            hidden += summary.primary + summary.secondary;
            cells += summary.cells;

            let share = share(summary.primary + summary.secondary, summary.cells);
            let title = table.definition().title.clone();
            if share > self.too_much {
                match heavy.iter_mut().find(|(known, _)| *known == title) {
                    Some((_, most)) => *most = most.max(share),
                    None => heavy.push((title.clone(), share)),
                }
            }
            annex.hidden_share.push((title, share));
        }

        let named: Vec<String> = heavy
            .iter()
            .map(|(title, most)| format!("{title} ({:.0} %)", most * 100.0))
            .collect();
        if !named.is_empty() {
            annex.advice.push(format!(
                "Plus de {:.0} % des chiffres sont masqués dans : {} ; préférez un découpage plus large (région plutôt que bus, année plutôt que mois, profils non croisés)",
                self.too_much * 100.0,
                named.join(", ")
            ));
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
