//! From a store to a document: which queries, through the gate, with a manifest that lets anyone do it again.
//!
//! - [`document`]: the road, hop by hop: [`plan`] → [`answer`] → [`gate`] → `compose` → `seal`;
//! - [`edition`]: what the documents of one run share; [`request`]: one document that is asked for;
//! - [`manifest`]: what a document is a function of; [`ledger`]: what is published;
//! - [`shared_answers`]: answers shared by the documents of a campaign; [`campagne`]: which documents, and which are up to
//!   date;
//! - [`attachments`], [`verification`]: what a PDF carries inside, and whether it is still what its manifest says; [`audit`]:
//!   published files read back as tables, to be attacked;
//! - [`evaluation`]: the estimates of an evaluation; [`quality_note`]: the quality note of a delivery;
//! - [`linked_answers`]: one answer gated with all that its query could answer; [`version_diff`]: one query at two versions
//!   of the store, and the deliveries that made the difference;
//! - [`decisions`]: what the gate decided before;
//! - [`board`]: which deliveries are expected, what came of each, and the letters to those who are late;
//! - [`territory`]: where a project is to open;
//! - [`site`]: final documents as a site;
//! - [`comments`]: the committees' words, file by file;
//! - [`intake`]: deliveries at the door, checked or loaded, each with its note;
//! - [`opened`]: a state of the store as commands and pages read it; [`asked_zones`]: the zones that a query is asked about;
//!   [`output`]: a document as files;
//! - [`known_projects`], [`dictionary`]: what those who deliver are given: a workbook that is filled in part, the dictionary.

pub mod answer;
pub mod asked_zones;
pub mod attachments;
pub mod audit;
pub mod board;
mod bus_intervals;
pub mod campagne;
mod comment_guard;
mod comment_zones;
pub mod comments;
mod compose;
pub mod config;
pub mod decisions;
pub mod dictionary;
pub mod document;
pub mod edition;
pub mod evaluation;
pub mod gate;
pub mod intake;
pub mod known_projects;
pub mod ledger;
pub mod linked_answers;
pub mod manifest;
pub mod opened;
pub mod output;
pub mod plan;
pub mod quality_note;
pub mod request;
mod same_perimeter;
mod seal;
pub mod shared_answers;
pub mod site;
pub mod state;
pub mod territory;
pub mod verification;
pub mod version_diff;
pub mod working_folder;

pub use self::document::SealedDocument;
pub use self::edition::Edition;
pub use self::request::{Request, Subject};
