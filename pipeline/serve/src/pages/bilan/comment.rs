//! The committee's comments, a chapter at a time, saved where the command reads them.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use base::error::{Kind, Result};
use edition::Request;
use edition::comments;
use report::content::Node;

use super::{Of, PAGE, edition, title};
use crate::answers::{other, page};
use crate::app::{Shared, apart};

/// The comment on a chapter, to be written.
pub(crate) async fn of(
    State(app): State<Shared>,
    Path((zone, year, chapter)): Path<(String, String, String)>,
) -> Response {
    let asked = app.clone();
    let html = apart(move || async move {
        let of = Of::parse(&(zone, year))?;
        let opened = asked.must_open().await?;
        let (_, request) = edition(&asked, &opened, &of, false).await?;
        let text = comments::written(&asked.settings.comments, &request, &chapter)?;
        written(&asked, &of, &request, &chapter, &text, None)
    });
    app.answer(html.await.map(page))
}

/// Writes the comment, or shows how it would be set.
pub(crate) async fn write(
    State(app): State<Shared>,
    Path((zone, year, chapter)): Path<(String, String, String)>,
    Form(typed): Form<BTreeMap<String, String>>,
) -> Response {
    let asked = app.clone();
    let answer = apart(move || async move {
        let of = Of::parse(&(zone, year))?;
        let opened = asked.must_open().await?;
        let (_, request) = edition(&asked, &opened, &of, false).await?;
        let root = &asked.settings.comments;
        let text = typed.get("texte").map(String::as_str).unwrap_or_default();
        if typed.contains_key("apercu") {
            let set = comments::previewed(root, &request, &chapter, text);
            return written(&asked, &of, &request, &chapter, text, Some(preview(set))).map(page);
        }
        match comments::write(root, &request, &chapter, text) {
            Ok(()) => Ok(other(&format!("{}#chapitres", of.address()))),
            // What was typed is not lost for being refused.
            Err(error) if error.kind() == Kind::Refused => {
                let refused = Some(preview(Err(error)));
                let html = written(&asked, &of, &request, &chapter, text, refused)?;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, page(html)).into_response())
            }
            Err(error) => Err(error),
        }
    });
    app.answer(answer.await)
}

/// A comment as it would be set, or why it cannot be.
fn preview(set: Result<Vec<Node>>) -> Value {
    match set {
        Ok(nodes) => json!({ "contenu": nodes, "message": null, "conseil": null }),
        Err(error) => {
            json!({ "contenu": null, "message": error.message(), "conseil": error.hint_text() })
        }
    }
}

fn written(
    app: &Shared,
    of: &Of,
    request: &Request,
    chapter: &str,
    text: &str,
    preview: Option<Value>,
) -> Result<String> {
    let says = json!({
        "zone": request.zone.full_name,
        "annee": of.year,
        "adresse": format!("{}/commentaire/{chapter}", of.address()),
        "retour": of.address(),
        "chapitre": title(chapter),
        "texte": text,
        "apercu": preview,
    });
    app.page("commentaire", PAGE, &format!("Commentaire : {}", title(chapter)), says)
}
