//! Named queries and the engine that runs them.
//!
//! - [`catalogue`]: the queries of the release, with a folder of the user's laid over them;
//! - [`describe`]: the catalogue in words;
//! - [`free`]: own SQL, shaped so that the gate can guard it;
//! - `parts`: what several answers would each compute, computed once;
//! - [`session`]: the one place that knows which engine runs.

pub mod catalogue;
pub mod describe;
pub mod free;
mod parts;
pub mod session;

pub use catalogue::{Catalogue, Query};
pub use session::Session;
