//! What conforms, what does not, how it was tested.

use axum::extract::State;
use axum::response::Response;
use serde_json::json;

use crate::answers::page;
use crate::app::Shared;

/// The statement.
pub(crate) async fn statement(State(app): State<Shared>) -> Response {
    let html = app.page("accessibilite", "accessibilite", "Accessibilité", json!({}));
    app.answer(html.map(page))
}
