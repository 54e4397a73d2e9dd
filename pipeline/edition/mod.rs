//! From a store to a document: which queries, through the gate, with a manifest that lets anyone do it again.
//!
//! - [`secret`]: the zones of the store and the gate;
//! - [`manifest`]: what a document is a function of;
//! - [`bilan`]: the annual bilan;
//! - [`comparaison`]: one query at two versions of the store, and the deliveries that made the difference.

pub mod bilan;
pub mod comparaison;
pub mod manifest;
pub mod secret;
