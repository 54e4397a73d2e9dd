//! A piece of work that goes on: its stages, and then what came of it.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, stream};
use serde::Deserialize;
use serde_json::json;

use base::error::Result;

use crate::answers::{missing, other, page};
use crate::app::Shared;
use crate::jobs::{Job, JobState};

/// How long the page waits for short work, so that one sees at once what came of it.
const AT_ONCE: Duration = Duration::from_millis(1500);
/// How long the page waits when the reader asks to.
const PATIENTLY: Duration = Duration::from_secs(20);

/// Whether the reader waits.
#[derive(Deserialize)]
pub(crate) struct Waiting {
    #[serde(default, rename = "attendre")]
    patiently: bool,
}

/// The page of a piece of work; what came of it, once it has ended.
pub(crate) async fn job(
    State(app): State<Shared>,
    Path(id): Path<String>,
    Query(waiting): Query<Waiting>,
) -> Response {
    let Some(job) = app.jobs.find(&id) else {
        return app.fault(&unknown());
    };
    let state = job.wait(if waiting.patiently { PATIENTLY } else { AT_ONCE }).await;

    match &state.end {
        Some(Ok(address)) => other(address),
        Some(Err(error)) => {
            let title = format!("{} : échec", job.title);
            app.fault_of(error, &title, Some(&job.back))
        }
        None => app.answer(going(&app, &job, &state).map(page)),
    }
}

/// What its stages are, for who has a script.
pub(crate) async fn stages(State(app): State<Shared>, Path(id): Path<String>) -> Response {
    match app.jobs.find(&id) {
        Some(job) => Sse::new(events(&job)).into_response(),
        None => app.fault(&unknown()),
    }
}

/// An event now and each time that it goes on; the last one when it has ended.
fn events(job: &Job) -> impl Stream<Item = std::result::Result<Event, Infallible>> + use<> {
    stream::unfold(Some((job.follow(), true)), |following| async move {
        let (mut state, first) = following?;
        if !first {
            state.changed().await.ok()?;
        }
        let now = state.borrow_and_update().clone();
        let event = match (&now.end, now.stage) {
            (Some(_), _) => Event::default().event("fin").data("fin"),
            (None, Some(stage)) => Event::default().event("etape").data(stage.to_string()),
            (None, None) => Event::default().event("attente").data("attente"),
        };
        let next = now.end.is_none().then_some((state, false));
        Some((Ok(event), next))
    })
}

fn going(app: &Shared, job: &Job, state: &JobState) -> Result<String> {
    let stages = job.stages.iter().enumerate().map(|(rank, name)| {
        let (word, tone) = match state.stage {
            Some(at) if rank < at => ("fait", "conforme"),
            Some(at) if rank == at => ("en cours", "info"),
            _ => ("à venir", "inconnu"),
        };
        json!({ "nom": name, "etat": word, "ton": tone })
    });
    let says = json!({
        "etapes": stages.collect::<Vec<_>>(),
        "attend": state.stage.is_none(),
        "adresse": job.address(),
    });
    app.page("travail", "", &job.title, says)
}

fn unknown() -> base::error::Error {
    missing(
        "ce travail n'est plus connu",
        "le serveur a été relancé depuis, ou beaucoup d'autres ont suivi ; l'historique dit ce qui est inscrit au dépôt",
    )
}
