//! From a store to a document: which queries, through the gate, with a manifest that lets anyone do it again.
//!
//! - [`secret`]: the zones of the store and the gate;
//! - [`manifest`]: what a document is a function of;
//! - [`bilan`]: the annual bilan;
//! - [`evaluation`]: the final evaluation and its estimates.

pub mod bilan;
pub mod evaluation;
pub mod manifest;
pub mod secret;
