//! From a store to a document: which queries, through the gate, with a manifest that lets anyone do it again.
//!
//! - [`secret`]: the zones of the store and the gate;
//! - [`manifest`]: what a document is a function of;
//! - [`bilan`]: the annual bilan; [`note`]: the quality note of a delivery.

pub mod bilan;
pub mod manifest;
pub mod note;
pub mod secret;
