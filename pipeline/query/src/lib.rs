//! Named queries and the engine that runs them.
//!
//! - [`catalogue`]: the queries of the release, with a folder of the user's laid over them;
//! - [`describe`]: the catalogue in words;
//! - [`free`]: own SQL, shaped so that the gate can guard it;
//! - `common_subplans`: what several answers would each compute, computed once;
//! - [`session`]: the one place that knows which engine runs;
//! - [`sql_files`]: the texts, of the release and of the user;
//! - [`views`]: what many queries repeat, written once.

pub mod catalogue;
mod common_subplans;
pub mod describe;
pub mod free;
pub mod session;
pub mod sql_files;
pub mod views;

pub use catalogue::{Catalogue, Query};
pub use session::Session;
