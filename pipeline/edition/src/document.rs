//! The road of a document, hop by hop: plan → answer → gate → compose → seal. Typesetting is the last hop; commands do it
//! where they write.
//!
//! It is the same for a bilan, a fiche and an evaluation. A campaign takes the hops one by one, because its documents
//! pass the gate in a fixed order and are set by several threads.

use std::collections::BTreeMap;

use base::error::Result;
use disclosure::{GatedTable, Publication};
use report::document::Document;
use store::Store;

use super::answer::Answers;
use super::comment_zones::against_the_store;
use super::comments::{check, comments, placed};
use super::edition::Edition;
use super::gate::{Released, note};
use super::ledger::publish;
use super::manifest::Manifest;
use super::request::Request;
use super::seal::seal;

/// A document made, not yet a PDF.
pub struct SealedDocument {
    /// File name without extension: `bilan-28-2025`.
    pub name: String,
    /// The document, its tables and manifest attached.
    pub document: Document,
    /// Its tables.
    pub tables: BTreeMap<String, GatedTable>,
    /// What it is a function of.
    pub manifest: Manifest,
    /// What it gives, if it is to be published: the ledger must know of it before it leaves.
    pub publication: Option<Publication>,
}

impl SealedDocument {
    /// Writes a final document in the ledger, who publishes it and why it replaces another, where that was asked; a draft is not written
    /// there.
    ///
    /// # Errors
    /// If another one was published since its gate read the ledger (refused), or the store cannot be written.
    pub async fn publish(
        &self,
        store: &Store,
        by: Option<&str>,
        motif: Option<&str>,
    ) -> Result<()> {
        let Some(publication) = &self.publication else { return Ok(()) };
        let known = &self.manifest.publications;
        publish(store, &self.name, publication, known, by, motif).await
    }
}

impl Edition<'_> {
    /// Makes a document that is asked for alone: its comments are read first, and what leaves without secrecy is noted in the store. One
    /// that is final is still to be published ([`SealedDocument::publish`], [`Edition::published`]). `releasing` is called when all queries have answered.
    ///
    /// # Errors
    /// As [`Edition::document`]; comments that are refused; a note that cannot be written.
    pub async fn prepare(
        &self,
        store: &Store,
        request: &Request,
        releasing: impl FnOnce(),
    ) -> Result<SealedDocument> {
        check(request)?;
        note(store, &request.title(), request.unprotected, self.objections()).await?;
        let answers = self.answers(request).await?;
        releasing();
        self.sealed(request, answers)
    }

    /// Publishes a document that is final, and gives back what was published: where others are since its gate read the ledger, the
    /// document is made again, gated with these.
    ///
    /// # Errors
    /// As [`SealedDocument::publish`] and [`Edition::document`].
    pub async fn published(
        &self,
        store: &Store,
        request: &Request,
        mut made: SealedDocument,
    ) -> Result<SealedDocument> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let published = made.publish(store, None, None).await;
            if !self.ledger.is_stale(store, &published, attempts).await? {
                return published.map(|()| made);
            }
            made = self.document(request).await?;
        }
    }

    /// Makes one document.
    ///
    /// # Errors
    /// A query that fails, a template that is wrong.
    pub async fn document(&self, request: &Request) -> Result<SealedDocument> {
        let answers = self.answers(request).await?;
        self.sealed(request, answers)
    }

    /// The hops behind the queries.
    fn sealed(&self, request: &Request, answers: Answers) -> Result<SealedDocument> {
        tokio::task::block_in_place(|| {
            let released = self.release(request, answers)?;
            self.finish(request, released)
        })
    }

    /// The first two hops: which queries, and their raw answers.
    ///
    /// # Errors
    /// A zone and years that no delivery tells of; a query that is not there or fails; a comment that names a patient.
    pub async fn answers(&self, request: &Request) -> Result<Answers> {
        self.told_of(request)?;
        against_the_store(self.session, request).await?;

        let plan = self.plan(request)?;
        self.answer(request, plan).await
    }

    /// The hops behind the gate: tables, charts and words, then the manifest.
    ///
    /// # Errors
    /// A template that is wrong.
    pub fn finish(&self, request: &Request, released: Released) -> Result<SealedDocument> {
        let comments = comments(request)?;
        let document = self.compose(request, &released, &comments.nodes)?;
        placed(request, &document, &comments)?;

        let mut manifest = self.manifest(request, released.queries, &comments.hashes)?;
        manifest.publications = released.earlier;
        let (document, manifest) = seal(document, &released.tables, manifest)?;
        Ok(SealedDocument {
            name: request.name(),
            document,
            tables: released.tables,
            manifest,
            publication: released.publication,
        })
    }

    /// What the document of `request` is a function of, its tables left out: no query runs.
    ///
    /// # Errors
    /// A query that is not there, a comment that cannot be read.
    pub fn inputs(&self, request: &Request) -> Result<Manifest> {
        let plan = self.plan(request)?;
        let queries = plan.iter().map(|step| step.run()).collect();
        self.manifest(request, queries, &comments(request)?.hashes)
    }
}
