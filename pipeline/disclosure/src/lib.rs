//! The only door out: statistical secrecy of linked tables.
//!
//! ```text
//! RawTable ─ primary ─► what is sensitive by itself
//!          ─ key, links ─► linked counts of all tables (model) by what holds in every store (relations), with earlier
//!                           publications (ledger)
//!          ─ suppress ─► what else must be hidden
//!          ─ audit ─► attacks the outcome; what stays underprotected takes all that is tied to it along
//!          ─► GatedTable, the only type that reports and files accept
//! ```
//!
//! [`published`] attacks files that are already out, whose true values are not at hand, by means of [`attack`]. Suppression,
//! audit and attack build their linear programs with one module, `lp`.
//!
//! # Example
//!
//! Two tables of one report print the same patients, by bus and by région. One bus has 5 patients: its count is hidden; and
//! so is that of the other bus, since the région's total would give the first one back.
//!
//! ```
//! use std::collections::BTreeMap;
//! use std::sync::Arc;
//!
//! use base::definition::Definition;
//! use base::table::{RawTable, Value};
//! use disclosure::{Cell, Gate, ZoneTree};
//!
//! let header: Definition = toml::from_str(r#"
//!     nom = "patients"
//!     titre = "Patients"
//!     theme = "publics"
//!     definition = "Patients vus dans l'année."
//!     formule = "nombre de patients"
//!     unite = "patients"
//!     population = "tous"
//!     sources = ["consultations"]
//!     colonnes = [
//!       { nom = "annee", titre = "Année", role = "periode" },
//!       { nom = "code_zone", titre = "Zone", role = "zone" },
//!       { nom = "patients", titre = "Patients", role = "patients", additif = ["code_zone"] },
//!     ]
//! "#)?;
//! let header = Arc::new(header);
//! let table = |level: &str, rows: &[(&str, i64)]| RawTable {
//!     definition: Arc::clone(&header),
//!     parameters: BTreeMap::from([("niveau".to_owned(), Value::Text(level.to_owned()))]),
//!     rows: rows
//!         .iter()
//!         .map(|(zone, n)| vec![Value::Int(2025), Value::Text((*zone).to_owned()), Value::Int(*n)])
//!         .collect(),
//! };
//!
//! let mut zones = ZoneTree::new();
//! zones.add_medicobus("B1", "61", "28");
//! zones.add_medicobus("B2", "61", "28");
//! let tables = vec![
//!     table("region", &[("28", 65)]),
//!     table("medicobus", &[("B1", 5), ("B2", 60)]),
//! ];
//!
//! let gated = Gate::default().release(tables, &zones);
//! let patients = |table: usize, row: usize| &gated[table].rows()[row][2];
//! assert_eq!(*patients(0, 0), Cell::Open(Value::Int(65)));
//! assert_eq!(*patients(1, 0), Cell::Hidden);
//! assert_eq!(*patients(1, 1), Cell::Hidden);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod attack;
pub mod audit;
mod condensed;
mod decisions;
mod denominators;
mod elastic;
pub mod estimate;
mod gate;
pub mod key;
pub mod ledger;
mod links;
mod lp;
pub mod model;
mod pending;
mod primary;
pub mod published;
mod reasons;
mod relations;
pub mod suppress;
pub mod table;
mod unit_cycle;
pub mod version_diff;

#[cfg(test)]
mod tests;

// The made-up tables that tests share with the benchmark name this crate as the benchmark does.
#[cfg(test)]
extern crate self as disclosure;

pub use base::zone::{Level, Zone, ZoneTree};
pub use decisions::{Decision, Decisions};
pub use gate::{Annex, Gate, Release};
pub use ledger::{Publication, audit_release};
pub use lp::programs_solved;
pub use model::{FeasibilityInterval, ProtectionRequirement};
pub use published::{Attacked, Exposed, PublishedTable, attack_tables, attack_tables_in_doubt};
pub use reasons::Reason;
pub use relations::Relations;
pub use table::{Cell, GatedTable, Summary};
