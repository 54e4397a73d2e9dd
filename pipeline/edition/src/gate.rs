//! The third hop: the only door. Also the gate as commands use it, with the zones of the store that is read.

use std::collections::BTreeMap;
use std::sync::Arc;

use base::error::{Error, Result};
use base::table::RawTable;
use disclosure::{Annex, Decisions, Gate, GatedTable, Publication, Reason, Release};
use query::{Query, Session};
use store::Store;

use super::answer::Answers;
use super::config::SecrecyRules;
use super::edition::Edition;
use super::evaluation::Conclusions;
use super::ledger::publish;
use super::manifest::QueryRun;
use super::request::Request;
use super::state::zones;

/// What a draft says of itself: it is not part of the ledger, and no other document reckons with it.
const DRAFT: &str = "Projet : ce qui est masqué l'est au regard de ce seul document. Deux projets de zones emboîtées peuvent se trahir l'un l'autre ; seuls les documents définitifs (--final) se diffusent.";

/// What a document may print.
pub struct Released {
    /// What the manifest says of the queries.
    pub(super) queries: Vec<QueryRun>,
    /// Its tables.
    pub(super) tables: BTreeMap<String, GatedTable>,
    /// What was hidden; nothing when secrecy was turned off.
    pub(super) annex: Option<Annex>,
    /// What it gives, if it is to be published.
    pub publication: Option<Publication>,
    /// Publications that were taken into account.
    pub(super) earlier: Vec<String>,
    /// For an evaluation: what its estimates say of themselves.
    pub(super) conclusions: Option<Conclusions>,
}

impl Edition<'_> {
    /// Passes the answers of a document through the gate, given what is published; the estimates of an evaluation through
    /// their own. Documents to publish pass in a fixed order.
    ///
    /// # Errors
    /// Rules or queries that make no final document; estimates that cannot be made.
    pub fn release(&self, request: &Request, answers: Answers) -> Result<Released> {
        self.refuse_weak_final(request)?;
        let Answers { queries, keys, tables, sources } = answers;

        let mut released = self.release_tables(request, keys, tables)?;
        released.queries = queries;

        if let Some(of) = request.evaluation() {
            released.conclusions =
                Some(self.release_estimates(request, of, sources, &mut released.tables)?);
        } else {
            self.release_estimates_of_a_year(request, &sources, &mut released.tables)?;
        }

        Ok(released)
    }

    /// Decides what documents to publish hide that leave at once, and writes it in the ledger, in their order; where others are
    /// published meanwhile, it is decided again with these. Each then passes [`Edition::release`], which follows that decision.
    ///
    /// # Errors
    /// Rules or queries that make no final document; a ledger that cannot be written.
    pub async fn publish_together(
        &self,
        store: &Store,
        documents: &[(&Request, &Answers)],
    ) -> Result<()> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let publications = self.release_together(documents)?;
            let published = self.publish_all(store, documents, &publications).await;
            if !self.ledger.is_stale(store, &published, attempts).await? {
                return published;
            }
        }
    }

    async fn publish_all(
        &self,
        store: &Store,
        documents: &[(&Request, &Answers)],
        publications: &[Publication],
    ) -> Result<()> {
        let (known, _) = self.ledger.out();
        for ((request, _), publication) in documents.iter().zip(publications) {
            publish(store, &request.name(), publication, &known, None, None).await?;
        }
        Ok(())
    }

    fn release_together(&self, documents: &[(&Request, &Answers)]) -> Result<Vec<Publication>> {
        if documents.is_empty() {
            return Ok(Vec::new());
        }
        for (request, _) in documents {
            self.refuse_weak_final(request)?;
        }

        let gate = self.gate();
        let names: Vec<String> = documents.iter().map(|(request, _)| request.name()).collect();
        let tables = documents.iter().map(|(_, answers)| answers.tables.clone()).collect();
        let together =
            |earlier: &[Publication]| gate.release_together(tables, &self.zones, earlier);
        self.ledger.pass_together(&names, together)
    }

    /// Why the document of `request` hides what is not small by itself. It tells which counts are small, hence is noted in the store.
    ///
    /// # Errors
    /// As [`Edition::answers`]; a note that cannot be written.
    pub async fn reasons(&self, store: &Store, request: &Request) -> Result<Vec<Reason>> {
        let said = format!("raisons du secret : {}", request.title());
        note(store, &said, true, self.objections()).await?;

        let answers = self.answers(request).await?;
        let (_, earlier) = self.ledger.out();
        let gate = self.gate();
        let reasons = || gate.reasons(answers.tables, &self.zones, &earlier);
        Ok(tokio::task::block_in_place(reasons))
    }

    /// The gate of the documents of this run.
    pub(super) fn gate(&self) -> Gate {
        Gate {
            decisions: self.decisions.clone(),
            ..self.config.secrecy.gate_despite(&self.objections)
        }
    }

    /// Refuses a final document that may not be published.
    fn refuse_weak_final(&self, request: &Request) -> Result<()> {
        match self.objections.as_slice() {
            reasons if request.is_final && !reasons.is_empty() => Err(Error::refused(format!(
                "un document définitif se diffuse, et celui-ci ne le peut pas : {}",
                reasons.join(" ; ")
            ))
            .hint("retirez --final (chaque page porte alors NON DIFFUSABLE), ou le réglage et les requêtes en cause")),
            _ => Ok(()),
        }
    }

    fn release_tables(
        &self,
        request: &Request,
        keys: Vec<String>,
        tables: Vec<RawTable>,
    ) -> Result<Released> {
        let released = |tables: Vec<GatedTable>| Released {
            queries: Vec::new(),
            tables: keys.iter().cloned().zip(tables).collect(),
            annex: None,
            publication: None,
            earlier: Vec::new(),
            conclusions: None,
        };

        if request.unprotected {
            return Ok(released(Gate::open_unprotected(tables)));
        }

        let gate = self.gate();
        let name = request.is_final.then(|| request.name());
        let (release, earlier) = self
            .ledger
            .pass(name.as_deref(), |earlier| gate.release_after(tables, &self.zones, earlier))?;
        let Release { tables, mut annex, publication } = release;

        if !request.is_final {
            annex.advice.push(DRAFT.to_owned());
        }
        for ((title, _), key) in annex.hidden_share.iter_mut().zip(&keys) {
            title.push_str(scope(key));
        }
        Ok(Released {
            annex: Some(annex),
            publication: request.is_final.then_some(publication),
            earlier,
            ..released(tables)
        })
    }
}

/// What a key says of its table, after the query's title.
fn scope(key: &str) -> &'static str {
    match key.split_once('/') {
        Some((_, "precedent")) => ", un an plus tôt",
        Some((_, "medicobus")) => ", par médicobus",
        Some((_, "parties")) => ", par territoire",
        _ => "",
    }
}

/// The gate as a command passes it, and what speaks against publishing what comes out of it.
pub struct Guard {
    gate: Gate,
    unprotected: bool,
    objections: Vec<String>,
}

impl Guard {
    /// The gate of these rules for answers of `queries`; `unprotected` turns it off.
    pub fn new<'q>(
        rules: &SecrecyRules,
        queries: impl IntoIterator<Item = &'q Query>,
        unprotected: bool,
    ) -> Self {
        let objections = rules.objections(queries);
        Self {
            gate: rules.gate_despite(&objections),
            unprotected,
            objections,
        }
    }

    /// The same, which need not decide again what is kept in `decisions`.
    #[must_use]
    pub fn with_decisions(mut self, decisions: Option<Arc<dyn Decisions>>) -> Self {
        self.gate.decisions = decisions;
        self
    }

    /// The gate; none when it is turned off.
    pub fn gate(&self) -> Option<&Gate> {
        (!self.unprotected).then_some(&self.gate)
    }

    /// Writes in the store's history that something left that may not be published, and what; nothing where all may.
    ///
    /// # Errors
    /// If the store cannot be written: nothing may leave then.
    pub async fn note(&self, store: &Store, what: &str) -> Result<()> {
        note(store, what, self.unprotected, &self.objections).await
    }

    /// Lets one table through, with the zones of the store, or as it is when the gate is turned off.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn release(&self, session: &Session, table: RawTable) -> Result<GatedTable> {
        let tables = match self.unprotected {
            true => Gate::open_unprotected(vec![table]),
            false => self.gate.release(vec![table], &zones(session).await?),
        };

        let table = tables.into_iter().next();
        table.ok_or_else(|| Error::usage("la requête ne rend aucun tableau"))
    }
}

/// Writes in the store's history what left without the secrecy of a publication, and why; nothing where secrecy was on and
/// nothing speaks against publishing.
///
/// # Errors
/// If the store cannot be written: nothing may leave then.
pub async fn note(
    store: &Store,
    what: &str,
    unprotected: bool,
    objections: &[String],
) -> Result<()> {
    if objections.is_empty() && !unprotected {
        return Ok(());
    }

    let said = match objections {
        [] => what.to_string(),
        reasons => format!("{what} ; {}", reasons.join(" ; ")),
    };

    store.note("sans_secret", &said).await.map(|_| ()).map_err(|e| {
        e.hint("ce qui sort sans pouvoir être diffusé s'inscrit au dépôt, qui doit être accessible en écriture")
    })
}
