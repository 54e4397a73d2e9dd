//! Reports: from gated tables to a PDF.
//!
//! | module | does |
//! |---|---|
//! | [`demandes`] | which queries a document needs |
//! | [`bilan`] | the annual bilan, chapter by chapter (`chapitres`, `atelier`) |
//! | [`fiche`], [`note`] | the sheet of one bus; the quality note of a delivery |
//! | [`evaluation`] | the final evaluation, chapter by chapter |
//! | [`vue`], [`format`], [`prose`], [`markdown`], [`charts`] | slices of tables, French formats, sentences, comments, drawings |
//! | [`model`], [`document`] | what `donnees.json` holds; the folder of files that Typst reads |
//! | [`gabarits`], [`couverture`] | templates of the release and a designer's overlay; characters their fonts can draw |
//! | [`rendu`], [`externe`] | the PDF, by the embedded Typst or by a `typst` program |
//!
//! Nothing here takes a raw table, and no figure is computed here: a number printed is a cell of a gated table, or a
//! statistic of [`stats`] drawn from such cells.

mod atelier;
pub mod bilan;
mod chapitres;
pub mod couverture;
pub mod demandes;
pub mod document;
#[cfg(test)]
mod essai;
pub mod evaluation;
pub mod externe;
pub mod fiche;
pub mod gabarits;
pub mod markdown;
pub mod model;
pub mod prose;
pub mod rendu;
pub mod vue;
