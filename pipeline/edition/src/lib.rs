//! From a store to a document: which queries, through the gate, with a manifest that lets anyone do it again.
//!
//! - [`secret`]: the zones of the store and the gate; [`cloture`]: one answer gated with all that its query could answer;
//! - [`manifest`]: what a document is a function of;
//! - [`bilan`]: the annual bilan and the sheet of a bus;
//! - [`partage`]: answers shared by the documents of a campaign; [`campagne`]: which documents, and which are up to date;
//! - [`pieces`], [`verification`]: what a PDF carries inside, and whether it is still what its manifest says;
//! - [`evaluation`]: the final evaluation and its estimates; [`note`]: the quality note of a delivery;
//! - [`comparaison`]: one query at two versions of the store, and the deliveries that made the difference.

pub mod audit;
pub mod bilan;
pub mod campagne;
pub mod cloture;
pub mod comparaison;
pub mod config;
pub mod evaluation;
pub mod manifest;
pub mod partage;
pub mod pieces;
pub mod quality_note;
pub mod registre;
pub mod secret;
pub mod verification;
