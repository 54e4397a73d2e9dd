//! Evaluation pipeline of the French médicobus programme: deliveries in, bilans out.
//!
//! The modules, in the order in which the data meets them; each uses only those above it:
//!
//! - [`error`], [`text`], [`config`]: one error type with its hint and exit code; small forms of text; the committees' thresholds;
//! - [`contract`]: the Table Schema of every table, from which all else derives;
//! - [`referentiel`]: communes, and readers of the official zonings;
//! - [`delivery`]: from files to accepted and refused rows;
//! - [`store`]: Delta Lake, one atomic commit per delivery, every version kept;
//! - [`query`]: the catalogue of `queries/*.sql` and the engine;
//! - [`disclosure`]: the only door out;
//! - [`stats`]: intervals, standardisation, decomposition, difference-in-differences;
//! - [`report`]: tables, charts, prose, page, PDF;
//! - [`export`]: gated tables as CSV, JSON, XLSX, Parquet, text;
//! - [`edition`]: which queries make which document, its manifest, its verification;
//! - [`sample`]: made-up deliveries with a known truth;
//! - [`commands`]: the command line.

pub mod commands;
pub mod config;
pub mod contract;
pub mod delivery;
pub mod disclosure;
pub mod edition;
pub mod error;
pub mod export;
pub mod query;
pub mod referentiel;
pub mod report;
pub mod sample;
pub mod stats;
pub mod store;
pub mod text;
