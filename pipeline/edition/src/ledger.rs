//! The ledger of publications as the editions use it: what is out, and what a new document may not uncover.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use base::error::{Context, Error, Kind, Result};
use disclosure::{Publication, Release};
use store::publications::identifier;
use store::{At, Snapshot, Store};

/// Times that documents to publish are gated before what others publish meanwhile is an error.
const ATTEMPTS: usize = 10;

/// What was published before the state that is read, and by this run.
///
/// A document is a publication when it is final and protected. Drafts are not: they are made again and again, and two
/// runs of the same command must give the same bytes.
pub struct Ledger {
    published: Mutex<Vec<(String, Publication)>>,
    data_version: u64,
}

impl Ledger {
    /// The ledger of the state read.
    ///
    /// # Errors
    /// If the ledger or the history cannot be read.
    pub async fn read(store: &Store, snapshot: &Snapshot) -> Result<Self> {
        Ok(Self {
            published: Mutex::new(identified(snapshot)?),
            data_version: store.data_version(snapshot.version).await?,
        })
    }

    /// The publications that a past document knew of, by name: those of its campaign were written after the state that
    /// it read.
    ///
    /// # Errors
    /// If the ledger cannot be read, or lacks one of them.
    pub async fn of(store: &Store, names: &[String]) -> Result<Self> {
        let snapshot = store.snapshot(At::Latest).await?;
        let mut known: BTreeMap<String, Publication> = match names {
            [] => BTreeMap::new(),
            _ => identified(&snapshot)?.into_iter().collect(),
        };

        let published = names
            .iter()
            .map(|name| {
                let publication = known.remove(name).ok_or_else(|| {
                    Error::usage(format!("publication absente du dépôt : {name}"))
                        .hint("le document a été fait avec un autre dépôt, ou celui-ci a été restauré d'une sauvegarde plus ancienne")
                })?;
                Ok((name.clone(), publication))
            })
            .collect::<Result<_>>()?;

        Ok(Self {
            published: Mutex::new(published),
            data_version: snapshot.version,
        })
    }

    /// The last version that changed data: since then, publications only.
    pub fn data_version(&self) -> u64 {
        self.data_version
    }

    /// Passes tables through the gate, given all that is out, and says what that was. What a document to publish,
    /// named `to_publish`, gives is out from now on: call it for one document after the other, in an order that does not depend on the machine.
    pub(super) fn pass(
        &self,
        to_publish: Option<&str>,
        gate: impl FnOnce(&[Publication]) -> Release,
    ) -> Result<(Release, Vec<String>)> {
        let (names, earlier) = self.out();
        let release = gate(&earlier);
        if let Some(document) = to_publish {
            self.enter(document, &release.publication)?;
        }

        Ok((release, names))
    }

    /// Passes documents through the gate that leave at once, by name: what each gives, given all that is out, is out from
    /// now on. Returned in their order.
    pub(super) fn pass_together(
        &self,
        documents: &[String],
        gate: impl FnOnce(&[Publication]) -> Vec<Publication>,
    ) -> Result<Vec<Publication>> {
        let (_, earlier) = self.out();
        let publications = gate(&earlier);
        for (document, publication) in documents.iter().zip(&publications) {
            self.enter(document, publication)?;
        }

        Ok(publications)
    }

    /// The publications that are out, and their names.
    pub(super) fn out(&self) -> (Vec<String>, Vec<Publication>) {
        let known = self.published.lock().unwrap_or_else(PoisonError::into_inner);

        known.iter().cloned().unzip()
    }

    /// Whether a publication is to be gated again, after so many attempts: others have published since its gate read the ledger, which is
    /// read as it is now, in place of what was known of it.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(super) async fn is_stale(
        &self,
        store: &Store,
        published: &Result<()>,
        attempts: usize,
    ) -> Result<bool> {
        let refused = published.as_ref().is_err_and(|error| error.kind() == Kind::Refused);
        if !refused || attempts >= ATTEMPTS {
            return Ok(false);
        }

        let now = identified(&store.snapshot(At::Latest).await?)?;
        *self.published.lock().unwrap_or_else(PoisonError::into_inner) = now;
        Ok(true)
    }

    /// Notes that what a document gives is out, once.
    fn enter(&self, document: &str, publication: &Publication) -> Result<()> {
        let name = identifier(document, &text(document, publication)?);
        let mut known = self.published.lock().unwrap_or_else(PoisonError::into_inner);
        if known.iter().all(|(n, _)| *n != name) {
            known.push((name, publication.clone()));
        }

        Ok(())
    }
}

/// The publications of a state, with the name of their document.
///
/// # Errors
/// If the ledger cannot be read.
pub fn publications(snapshot: &Snapshot) -> Result<Vec<(String, Publication)>> {
    let rows = snapshot.publications()?;
    rows.into_iter()
        .map(|(name, content)| {
            let publication = serde_json::from_str(&content)
                .access(|| format!("publication illisible dans le registre : {name}"))?;
            Ok((name, publication))
        })
        .collect()
}

/// Writes in the store what a document gives, who publishes it and why it replaces another, where that was asked. Before the document
/// itself: what is out is always known. `gated_against` are the publications that its gate knew of, by name.
///
/// # Errors
/// If another one was published since (refused), or the store cannot be written.
pub(super) async fn publish(
    store: &Store,
    document: &str,
    publication: &Publication,
    gated_against: &[String],
    by: Option<&str>,
    motif: Option<&str>,
) -> Result<()> {
    let content = text(document, publication)?;
    let published = store.publish(document, &content, gated_against, by, motif).await;
    published.map(|_| ()).map_err(|error| match error.kind() {
        Kind::Refused => error,
        _ => error.hint("un document définitif s'inscrit au dépôt, qui doit être accessible en écriture ; sans --final, c'est un projet"),
    })
}

fn identified(snapshot: &Snapshot) -> Result<Vec<(String, Publication)>> {
    let rows = snapshot.publications()?;
    let known: Vec<String> = rows.iter().map(|(n, c)| identifier(n, c)).collect();
    let publications = publications(snapshot)?.into_iter().map(|(_, p)| p);
    Ok(known.into_iter().zip(publications).collect())
}

fn text(document: &str, publication: &Publication) -> Result<String> {
    serde_json::to_string(publication).access(|| format!("publication de {document}"))
}
