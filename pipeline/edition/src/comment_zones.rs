//! Whose comments a folder holds: a région, a département or a bus that exists. A comment under another name would vanish.

use std::collections::BTreeSet;

use base::error::{Error, Result};
use base::text::nearest;
use geography::Communes;
use query::Session;
use query::session::rows;

use super::comment_guard::no_patient;
use super::comments::{comments, entries, shown};
use super::request::Request;

/// Whether a folder has the name of a zone: the nation, a région or a département of the code officiel géographique, some
/// bus or project.
pub(super) fn is_zone(name: &str) -> bool {
    let Ok(communes) = Communes::embedded() else { return true };
    if let Some(code) = name.strip_prefix("departement-") {
        return communes.departement_name(code).is_some();
    }
    let named = ["medicobus-", "projet-"].iter().find_map(|kind| name.strip_prefix(kind));
    named.is_some_and(|id| !id.is_empty())
        || communes.region_name(name).is_some()
        || name == "national"
}

/// What only the store can tell of the comments of a document: that they name no patient, and that every folder of a bus is that of one.
///
/// # Errors
/// The first that does not hold; a store that cannot be read.
pub(super) async fn against_the_store(session: &Session, request: &Request) -> Result<()> {
    no_patient(session, &comments(request)?.keys).await?;
    let Some(root) = &request.comments else { return Ok(()) };
    let folders = entries(root)?;
    let named: Vec<_> = folders.iter().filter(|f| f.name.starts_with("medicobus-")).collect();
    if named.is_empty() {
        return Ok(());
    }

    let batch = session.read("SELECT DISTINCT id_medicobus FROM medicobus").await?;
    let known: BTreeSet<String> = rows(&batch)?
        .iter()
        .filter_map(|row| Some(format!("medicobus-{}", row.first()?.as_text()?)))
        .collect();
    let Some(lost) = named.into_iter().find(|folder| !known.contains(&folder.name)) else {
        return Ok(());
    };
    let near = nearest(&lost.name, known.iter().map(String::as_str));
    let near = near.map_or(String::new(), |near| format!("vouliez-vous dire « {near} » ? "));
    Err(Error::refused(format!(
        "{} n'est le dossier d'aucun médicobus du dépôt",
        shown(&lost.path)
    ))
    .hint(format!(
        "{near}le dossier d'un médicobus est medicobus-IDENTIFIANT, tel que la table medicobus l'écrit ; renommez-le, ou retirez-le"
    )))
}
