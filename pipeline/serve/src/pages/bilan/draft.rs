//! The draft of a bilan, as a page.

use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::Response;
use serde_json::json;

use base::error::Result;
use report::html;

use super::{Of, PAGE, edition};
use crate::answers::{other, page};
use crate::app::Shared;
use crate::jobs::{self, Progress};

const STAGES: &[&str] = &[
    "Interroger le dépôt",
    "Protéger les petits effectifs et composer",
    "Mettre en page",
];

/// Where a page made for a site, or for this server, has room for the way back.
const ROOM: &str = "<!--site-->";

/// A draft that pages show.
pub(crate) struct Draft {
    html: String,
}

/// Starts a draft.
pub(crate) async fn start(
    State(app): State<Shared>,
    Path(path): Path<(String, String)>,
) -> Response {
    let started = Of::parse(&path).map(|of| {
        let title = format!("Projet de bilan {}", of.year);
        let back = of.address();
        jobs::start(&app, &title, STAGES, &back, move |app, progress| drafting(app, progress, of))
    });
    app.answer(started.map(|job| other(&job.address())))
}

async fn drafting(app: Shared, progress: Progress, of: Of) -> Result<String> {
    let opened = app.must_open().await?;
    let (edition, request) = edition(&app, &opened, &of, false).await?;
    let made = edition.prepare(&opened.store, &request, || progress.begin(1)).await?;

    progress.begin(2);
    let html = html::page(&made.document, edition.templates())?;
    let way_back = app.pages.render("retour", json!({ "adresse": of.address() }))?;
    let draft = Draft { html: html.replacen(ROOM, &way_back, 1) };
    Ok(format!("/{PAGE}/projets/{}", app.drafts.keep(draft)))
}

/// A draft, as `bilan --html` writes it, with the way back.
pub(crate) async fn of(State(app): State<Shared>, Path(id): Path<String>) -> Response {
    let shown = app.drafts.find(&id).map(|draft| {
        let mut answer = page(draft.html.clone());
        answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy(&draft.html));
        answer
    });
    app.answer(shown)
}

/// The policy that a document's page states for itself, as a header; no other page may hold it.
fn policy(html: &str) -> HeaderValue {
    let own = html
        .split_once("http-equiv=\"Content-Security-Policy\" content=\"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .map_or("default-src 'none'", |(policy, _)| policy);
    let policy = format!("{own}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}
