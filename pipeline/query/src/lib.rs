//! Named queries and the engine that runs them.
//!
//! - [`definition`]: the header of a query file;
//! - [`catalogue`]: the queries of the release, with a folder of the user's laid over them;
//! - [`describe`]: the catalogue in words;
//! - [`free`]: own SQL, shaped so that the gate can guard it;
//! - [`parameters`]: what a user gives, checked against the header;
//! - `parts`: what several answers would each compute, computed once;
//! - [`session`]: the one place that knows which engine runs;
//! - [`table`]: what comes back, before the disclosure gate.

pub mod catalogue;
pub mod definition;
pub mod describe;
pub mod free;
pub mod parameters;
mod parts;
pub mod session;
pub mod table;

pub use catalogue::{Catalogue, Query};
pub use session::Session;
