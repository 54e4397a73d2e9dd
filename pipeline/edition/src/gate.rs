//! The third hop: the only door. Also the gate as commands use it, with the zones of the store that is read.

use std::collections::BTreeMap;

use base::error::Result;
use base::table::RawTable;
use disclosure::{Annex, Gate, GatedTable, Publication, Release};
use query::Session;
use store::Store;

use super::answer::Answers;
use super::edition::{Edition, zones};
use super::evaluation::Conclusions;
use super::manifest::QueryRun;
use super::request::Request;

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
    /// A hidden cell that could be recovered.
    pub fn release(&self, request: &Request, answers: Answers) -> Result<Released> {
        let Answers { queries, keys, tables, sources } = answers;

        let mut released = self.release_tables(request, keys, tables)?;
        released.queries = queries;

        if let Some(of) = &request.evaluation {
            released.conclusions =
                Some(self.release_estimates(request, of, sources, &mut released.tables)?);
        }

        Ok(released)
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

        let gate = self.config.secrecy.gate();
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

/// Lets the tables of one document through together, or as they are when the user turned secrecy off.
///
/// # Errors
/// If the store cannot be read, or a hidden cell could be recovered.
pub async fn release(
    session: &Session,
    gate: &Gate,
    tables: Vec<RawTable>,
    unprotected: bool,
) -> Result<Vec<GatedTable>> {
    if unprotected {
        return Ok(Gate::open_unprotected(tables));
    }
    gate.release(tables, &zones(session).await?)
}

/// Writes in the store's history that someone read without statistical secrecy, and what.
///
/// # Errors
/// If the store cannot be written: secrecy is then not turned off.
pub async fn log_unprotected(store: &Store, what: &str) -> Result<()> {
    store.note("sans_secret", what).await.map(|_| ()).map_err(|e| {
        e.hint("l'usage de --sans-secret s'inscrit au dépôt, qui doit être accessible en écriture")
    })
}
