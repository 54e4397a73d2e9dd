//! Reports: from gated tables to a PDF.
//!
//! | module | does |
//! |---|---|
//! | [`requests`] | which queries a document needs |
//! | [`bilan`] | the annual bilan, chapter by chapter (`chapters`, `builder`) |
//! | [`fiche`] | the sheet of one bus |
//! | [`note_cts`] | the page for the conseil territorial de santé |
//! | [`etat_des_lieux`] | the territory of a project before its bus opens |
//! | [`evaluation`] | the final evaluation, chapter by chapter |
//! | [`slice`], [`prose`], [`markdown`] | slices of tables, sentences, comments |
//! | [`content`], [`document`] | what `donnees.json` holds; the folder of files that Typst reads |
//! | [`templates`], [`glyph_coverage`] | templates of the release and a designer's overlay; characters their fonts can draw |
//! | [`html`] | the same document as one HTML file |
//! | [`site`] | the contents of a site of documents, and their pages in it |
//! | [`served`] | the pages of the local server; [`indicator`]: the answer to a query as one of them shows it |
//! | [`typeset`], [`typst_cli`] | the PDF, by the embedded Typst or by a `typst` program |
//!
//! Nothing here takes a raw table, and no figure is computed here: a number printed is a cell of a gated table, or a
//! statistic of [`stats`] drawn from such cells.

pub mod bilan;
mod builder;
mod chapters;
pub mod content;
pub mod document;
pub mod etat_des_lieux;
pub mod evaluation;
pub mod fiche;
#[cfg(test)]
mod fixture;
pub mod glyph_coverage;
pub mod html;
pub mod indicator;
pub mod input;
mod jinja;
pub mod markdown;
pub mod note_cts;
pub mod prose;
pub mod requests;
pub mod served;
pub mod site;
pub mod slice;
pub mod templates;
pub mod typeset;
pub mod typst_cli;
