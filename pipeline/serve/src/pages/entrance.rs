//! The way in, and what pages are set with.

use axum::extract::{Query, State};
use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::json;

use crate::answers::other;
use crate::app::Shared;
use crate::guard::refused;

/// What the printed address holds.
#[derive(Deserialize)]
pub(crate) struct Entrance {
    #[serde(default, rename = "jeton")]
    token: String,
}

/// Exchanges the token of the printed address for the cookie.
pub(crate) async fn enter(
    State(app): State<Shared>,
    headers: HeaderMap,
    Query(entrance): Query<Entrance>,
) -> Response {
    if app.guard.knows(&headers) {
        return other("/");
    }
    match app.guard.enter(&entrance.token) {
        Some(cookie) => ([(SET_COOKIE, cookie)], Redirect::to("/")).into_response(),
        None => refused("Cette adresse n’est pas celle qui ouvre, ou elle a déjà servi."),
    }
}

/// The style of every page.
pub(crate) async fn sheet(State(app): State<Shared>) -> Response {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], app.pages.sheet().to_owned()).into_response()
}

/// The script of every page.
pub(crate) async fn script(State(app): State<Shared>) -> Response {
    let mime = "text/javascript; charset=utf-8";
    ([(CONTENT_TYPE, mime)], app.pages.script().to_owned()).into_response()
}

/// Any other address.
pub(crate) async fn nowhere(State(app): State<Shared>) -> Response {
    let says =
        json!({ "message": "Aucune page n’a cette adresse.", "conseil": null, "retour": null });
    match app.page("erreur", "", "Page introuvable", says) {
        Ok(html) => (StatusCode::NOT_FOUND, Html(html)).into_response(),
        Err(error) => app.fault(&error),
    }
}
