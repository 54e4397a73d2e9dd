//! Whether a server lets one of several commits win. That is what keeps two loads at once from undoing each other, and some servers
//! take the header that asks for it and do nothing of it.

use std::sync::Arc;
use std::time::Duration;

use deltalake_core::logstore::object_store::path::Path;
use deltalake_core::logstore::object_store::{
    Error as Fault, ObjectStore, PutMode, PutOptions, PutResult,
};
use futures::future::join_all;
use uuid::Uuid;

use base::error::Error;

use super::failure;
use super::remote::{Answer, Door, PROBES, remove};

/// Writers that try at once.
const WRITERS: usize = 6;
/// Rounds until one tells something.
const ROUNDS: u32 = 3;

/// Whether one writer alone wins a name.
pub(super) async fn one_wins(once: &Door) -> Answer<bool> {
    let mut told = Ok(false);
    for round in 0..ROUNDS {
        told = match try_once(once).await {
            Ok(Some(wins)) => return Ok(wins),
            Ok(None) => Ok(false),
            Err(fault) => Err(fault),
        };
        tokio::time::sleep(Duration::from_millis(200 << round)).await;
    }
    told
}

/// One round; none where nobody won.
async fn try_once(once: &Door) -> Answer<Option<bool>> {
    let name = format!("{PROBES}/{}", Uuid::new_v4());
    let path = Path::from(name.as_str());

    let rivals = join_all((0..WRITERS).map(|writer| create(once, &path, writer))).await;
    let late = create(once, &path, WRITERS).await;
    // One that may not delete leaves it; « depot nettoyer » lists it.
    let _ = remove(once, vec![name]).await;

    let mut winners = 0;
    for answer in rivals {
        match answer {
            Ok(_) => winners += 1,
            Err(Fault::AlreadyExists { .. }) => {}
            Err(fault) if unable(&fault) => return Ok(Some(false)),
            Err(fault) => return Err(fault),
        }
    }
    match late {
        _ if winners == 0 => Ok(None),
        Err(Fault::AlreadyExists { .. }) => Ok(Some(winners == 1)),
        Ok(_) => Ok(Some(false)),
        Err(fault) if unable(&fault) => Ok(Some(false)),
        Err(fault) => Err(fault),
    }
}

async fn create(once: &Arc<dyn ObjectStore>, path: &Path, writer: usize) -> Answer<PutResult> {
    let create = PutOptions::from(PutMode::Create);
    once.put_opts(path, writer.to_string().into_bytes().into(), create).await
}

/// Whether a server says that it does not know such a request.
fn unable(fault: &Fault) -> bool {
    let marks = ["501 Not Implemented", "NotImplemented", "400 Bad Request"];
    let words = failure::words(fault);
    matches!(fault, Fault::NotImplemented { .. }) || marks.iter().any(|mark| words.contains(mark))
}

/// The refusal to write where several may win.
pub(super) fn refusal(place: &str) -> Error {
    Error::access(format!(
        "le serveur de {place} n'honore pas les écritures conditionnelles (If-None-Match) : deux chargements à la fois s'effaceraient l'un l'autre ; rien n'a été écrit"
    ))
    .hint("demandez-les à l'hébergeur, ou choisissez-en un qui les honore ; ce dépôt peut être lu, ou copié dans un dossier")
}
