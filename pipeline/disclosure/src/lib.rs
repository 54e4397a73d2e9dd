//! The only door out: statistical secrecy.
//!
//! ```text
//! RawTable ─ primary ─► what is sensitive by itself
//!          ─ key, links ─► linked counts of all tables (model), with earlier publications (ledger)
//!          ─ suppress ─► what else must be hidden
//!          ─ audit ─► attacks the outcome; refuses it if one count falls
//!          ─► GatedTable, the only type that reports and files accept
//! ```
//!
//! `published` attacks files that are already out, whose true values are not at hand, by means of `attack`.

mod assumed;
pub mod attack;
pub mod audit;
pub mod ecarts;
pub mod estimate;
pub mod example;
pub mod key;
pub mod ledger;
mod links;
pub mod model;
mod primary;
mod programs;
pub mod published;
pub mod suppress;
pub mod table;
mod walk;
mod wholes;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use base::definition::Role;
use base::error::{Error, Result};
use base::table::{RawTable, Value};

pub use base::zone::{Level, Zone, ZoneTree};
pub use ledger::{Publication, audit_release};
pub use model::{Interval, Protection};
pub use programs::programs_solved;
pub use published::{Attacked, Exposed, PublishedTable, attack_tables, attack_tables_in_doubt};
pub use table::{Cell, GatedTable, Summary};

use links::Sheet;
use primary::{Mark, Plan, count};

/// How often the suppression is asked again for what the audit found, before the release is refused.
const SECOND_THOUGHTS: usize = 2;

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
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            threshold: 11,
            min_width: 10,
            min_upper: 11,
            too_much: 0.25,
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
    pub narrowest: Option<Interval>,
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
        let small = 1..i64::from(self.threshold);
        let mut sheets: Vec<Sheet> = tables.into_iter().map(|t| sheet(t, &small)).collect();
        let own = links::link(&sheets, hierarchy, i64::from(self.threshold));
        let mut linked = own.clone();
        ledger::join(&mut linked, earlier, hierarchy, i64::from(self.threshold));

        let need = self.protection();
        let mut hidden = suppress::suppress(&linked.system, &need);
        let mut audit = audit::audit(&linked.system, &hidden, &need);
        for _ in 0..SECOND_THOUGHTS {
            if audit.fallen.is_empty() {
                break;
            }
            let fallen: Vec<usize> = audit.fallen.iter().map(|f| f.0).collect();
            hidden = suppress::suppress_more(&linked.system, &need, &hidden, &fallen);
            audit = audit::audit(&linked.system, &hidden, &need);
        }
        if !audit.fallen.is_empty() && !earlier.is_empty() {
            // What no table prints and is known even if all that is new were hidden is out already: nothing can be done.
            let counts = linked.system.counts.iter().zip(&hidden);
            let all: Vec<bool> = counts
                .map(|(c, &h)| h || c.status == model::Status::Free)
                .collect();
            let before = audit::audit(&linked.system, &all, &need);
            let out: BTreeSet<usize> = before.fallen.iter().map(|f| f.0).collect();
            let printed = |i: usize| linked.system.counts[i].status != model::Status::Virtual;
            audit.fallen.retain(|f| printed(f.0) || !out.contains(&f.0));
        }
        if !audit.fallen.is_empty() && !earlier.is_empty() {
            // Nor does a document answer for what the earlier ones give away without it.
            let threshold = i64::from(self.threshold);
            let away = ledger::given_away(earlier, hierarchy, &need, threshold);
            audit.fallen.retain(|f| {
                let value = linked.system.counts[f.0].value;
                let key = linked.keys[f.0].as_ref();
                key.is_none_or(|k| !away.contains(&(links::unversioned(k), value)))
            });
        }
        if let Some(&(fallen, _)) = audit.fallen.first() {
            let place = linked.keys.get(fallen).and_then(Option::as_ref);
            return Err(refusal(audit.fallen.len(), place, earlier.is_empty()));
        }

        let mut annex = Annex {
            narrowest: audit.narrowest,
            ..Annex::default()
        };
        for (i, count) in own
            .system
            .counts
            .iter()
            .enumerate()
            .filter(|(_, count)| count.status != model::Status::Virtual)
        {
            annex.cells += 1;
            annex.primary += usize::from(hidden[i] && count.sensitive);
            annex.secondary += usize::from(hidden[i] && !count.sensitive);
        }
        for (sheet, places) in sheets.iter_mut().zip(&own.places) {
            for ((row, marks), places) in sheet.table.rows.iter().zip(&mut sheet.marks).zip(places)
            {
                for (mark, place) in marks.iter_mut().zip(places) {
                    if place.is_some_and(|i| hidden[i]) {
                        *mark = (*mark).max(Mark::Secondary);
                    }
                }
                sheet.plan.derive(row, marks);
            }
            hide_shares_of_hidden_wholes(sheet);
            hide_lone_shares(sheet);
        }
        let publication = Publication::of(&own, &hidden);
        let tables: Vec<GatedTable> = sheets.into_iter().map(seal).collect();
        self.comment(&tables, &mut annex);
        Ok(Release {
            tables,
            annex,
            publication,
        })
    }

    /// Lets tables through as they are, for `--sans-secret`: every output then says `NON DIFFUSABLE`.
    pub fn open_unprotected(tables: Vec<RawTable>) -> Vec<GatedTable> {
        tables
            .into_iter()
            .map(|t| {
                let rows: Vec<Vec<Cell>> = t
                    .rows
                    .into_iter()
                    .map(|r| r.into_iter().map(Cell::Open).collect())
                    .collect();
                let tallies = vec![Summary::default(); rows.len()];
                GatedTable::new(t.definition, t.parameters, rows, tallies, false)
            })
            .collect()
    }

    /// What is asked of each sensitive count.
    pub fn protection(&self) -> Protection {
        Protection {
            min_width: i64::from(self.min_width),
            min_upper: i64::from(self.min_upper),
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

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// Reads the header, and marks what is sensitive by itself.
fn sheet(table: RawTable, small: &std::ops::Range<i64>) -> Sheet {
    let mut plan = Plan::new(&table.definition);
    // A count that is negative or fractional somewhere is a difference or a weight: it is guarded, not summed.
    for c in (0..plan.roles.len())
        .filter(|&c| plan.roles[c] == Role::Count)
        .collect::<Vec<_>>()
    {
        if table
            .rows
            .iter()
            .any(|r| r[c] != Value::Null && count(&r[c]).is_none_or(|v| v < 0))
        {
            plan.roles[c] = Role::Measure;
        }
    }
    let marks = table
        .rows
        .iter()
        .map(|row| {
            let mut marks = plan.primary(row, small);
            plan.derive(row, &mut marks);
            marks
        })
        .collect();
    Sheet {
        wholes: wholes::wholes(&table, &plan),
        table,
        plan,
        marks,
        masked: false,
    }
}

fn refusal(fallen: usize, place: Option<&key::CellKey>, first: bool) -> Error {
    let place = place
        .map(|k| {
            format!(
                " (dont « {} », zone {}, {})",
                k.mesure, k.zone.code, k.periode
            )
        })
        .unwrap_or_default();
    let hint = if first {
        "choisissez un découpage plus large"
    } else {
        "des publications antérieures en donnent déjà trop : choisissez un découpage plus large ou le même que précédemment"
    };
    Error::refused(format!(
        "secret statistique : {fallen} effectif(s) masqué(s) pourraient être retrouvés{place}"
    ))
    .hint(hint)
}

/// A share printed beside its numerator gives its denominator back: where that is hidden, in another row, the share is too.
fn hide_shares_of_hidden_wholes(sheet: &mut Sheet) {
    for wholes in &sheet.wholes {
        for (row, whole) in wholes.rows.iter().enumerate() {
            let hidden = whole.map_or(Mark::Open, |w| sheet.marks[w][wholes.count]);
            if sheet.table.rows[row][wholes.share] != Value::Null {
                let mark = &mut sheet.marks[row][wholes.share];
                *mark = (*mark).max(hidden);
            }
        }
    }
}

/// Shares whose numerator is not a column add up to 100 %: a hidden one among open ones is given back by the others,
/// so the smallest of those goes with it.
fn hide_lone_shares(sheet: &mut Sheet) {
    let columns = &sheet.table.definition.columns;
    for c in 0..columns.len() {
        if sheet.plan.roles[c] != Role::Rate || sheet.plan.parts[c].0.is_some() {
            continue;
        }
        let mut groups: BTreeMap<Vec<String>, Vec<usize>> = BTreeMap::new();
        for (r, row) in sheet
            .table
            .rows
            .iter()
            .enumerate()
            .filter(|(_, row)| row[c] != Value::Null)
        {
            let outer = sheet
                .plan
                .keys
                .iter()
                .filter(|&&k| columns[k].role != Role::Category);
            groups
                .entry(outer.map(|&k| format!("{:?}", row[k])).collect())
                .or_default()
                .push(r);
        }
        for rows in groups.into_values() {
            let (hidden, open): (Vec<usize>, Vec<usize>) = rows
                .into_iter()
                .partition(|&r| sheet.marks[r][c] != Mark::Open);
            let size = |r: &usize| sheet.table.rows[*r][c].as_f64().unwrap_or(0.0);
            if hidden.len() == 1
                && let Some(&smallest) = open.iter().min_by(|a, b| size(a).total_cmp(&size(b)))
            {
                sheet.marks[smallest][c] = Mark::Secondary;
            }
        }
    }
}

fn seal(sheet: Sheet) -> GatedTable {
    let Sheet {
        table, plan, marks, ..
    } = sheet;
    let mut tallies = Vec::with_capacity(table.rows.len());
    let rows = table
        .rows
        .into_iter()
        .zip(marks)
        .map(|(row, marks)| {
            let mut summary = Summary::default();
            let cells = row
                .into_iter()
                .zip(marks)
                .enumerate()
                .map(|(i, (value, mark))| {
                    summary.cells += usize::from(plan.is_guarded(i) && value != Value::Null);
                    match mark {
                        Mark::Open => return Cell::Open(value),
                        Mark::Primary => summary.primary += 1,
                        Mark::Secondary => summary.secondary += 1,
                    }
                    Cell::Hidden
                })
                .collect();
            tallies.push(summary);
            cells
        })
        .collect();
    GatedTable::new(table.definition, table.parameters, rows, tallies, true)
}
