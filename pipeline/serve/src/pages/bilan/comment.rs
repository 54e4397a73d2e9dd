//! The committee's comments, a chapter at a time, saved where the command reads them.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{self, Path};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use base::error::{Error, Kind, Result};
use edition::Request;
use edition::comments;
use report::content::Node;

use super::{Of, PAGE, SAVED, edition, title};
use crate::answers::{other, page};
use crate::app::{Shared, apart};

/// The comment on a chapter, to be written.
pub(crate) async fn of(
    extract::State(app): extract::State<Shared>,
    Path((zone, year, chapter)): Path<(String, String, String)>,
) -> Response {
    let asked = app.clone();
    let html = apart(move || async move {
        let of = Of::parse(&(zone, year))?;
        let opened = asked.must_open().await?;
        let (_, request) = edition(&asked, &opened, &of, false).await?;
        let saved = comments::written(&asked.settings.comments, &request, &chapter)?;
        // What was typed and not saved is found again.
        let same = |typed: &str| typed.replace("\r\n", "\n").trim() == saved.trim();
        let typed = asked.typed.find(&address(&of, &chapter)).ok().filter(|typed| !same(typed));
        let state = if typed.is_some() { State::Typed } else { State::Saved };
        let text = typed.map_or(saved, |typed| typed.as_str().to_owned());
        written(&asked, &of, &request, &chapter, &text, &state)
    });
    app.answer(html.await.map(page))
}

/// Writes the comment, or shows how it would be set.
pub(crate) async fn write(
    extract::State(app): extract::State<Shared>,
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
        let place = address(&of, &chapter);
        if typed.contains_key("apercu") {
            let set = comments::previewed(root, &request, &chapter, text);
            asked.typed.keep_as(&place, text.to_owned());
            let shown = State::Previewed(set);
            return written(&asked, &of, &request, &chapter, text, &shown).map(page);
        }
        match comments::write(root, &request, &chapter, text) {
            Ok(()) => {
                asked.typed.drop(&place);
                Ok(other(&format!("{}?{SAVED}={chapter}#chapitres", of.address())))
            }
            // What was typed is not lost for being refused.
            Err(error) if error.kind() == Kind::Refused => {
                asked.typed.keep_as(&place, text.to_owned());
                let refused = State::Refused(error);
                let html = written(&asked, &of, &request, &chapter, text, &refused)?;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, page(html)).into_response())
            }
            Err(error) => Err(error),
        }
    });
    app.answer(answer.await)
}

/// How what the page shows stands to what is saved.
enum State {
    /// It is what is saved.
    Saved,
    /// It was typed before, and left.
    Typed,
    /// It is shown as it would be set, or why it cannot be.
    Previewed(Result<Vec<Node>>),
    /// It was to be saved, and is not.
    Refused(Error),
}

/// The address of a comment's page.
fn address(of: &Of, chapter: &str) -> String {
    format!("{}/commentaire/{chapter}", of.address())
}

fn written(
    app: &Shared,
    of: &Of,
    request: &Request,
    chapter: &str,
    text: &str,
    state: &State,
) -> Result<String> {
    let told = |error: &Error| {
        // The form has one text: where its file lies is of no use here.
        let file =
            comments::own_folder(&app.settings.comments, request).join(format!("{chapter}.md"));
        let message = error.message().replace(&format!("{}, ", file.display()), "");
        json!({ "message": message, "conseil": error.hint_text() })
    };
    let (shown, fault, refused) = match state {
        State::Previewed(Ok(nodes)) => (Some(nodes), None, None),
        State::Previewed(Err(error)) => (None, Some(told(error)), None),
        State::Refused(error) => (None, None, Some(told(error))),
        State::Saved | State::Typed => (None, None, None),
    };
    let says = json!({
        "zone": request.zone.full_name,
        "annee": of.year,
        "adresse": address(of, chapter),
        "retour": of.address(),
        "texte": text,
        "contenu": shown,
        "faute": fault,
        "refus": refused,
        "repris": matches!(state, State::Typed),
    });
    app.page("commentaire", PAGE, &format!("Commentaire : {}", title(chapter)), says)
}
