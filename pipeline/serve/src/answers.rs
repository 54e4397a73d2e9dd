//! What a handler answers: a page, a file, another address, or what went wrong and what to do.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde_json::json;

use base::error::{Error, Kind, Result};

use super::app::App;

/// The page.
pub(crate) fn page(html: String) -> Response {
    Html(html).into_response()
}

/// Another address, to be read after something was done.
pub(crate) fn other(address: &str) -> Response {
    Redirect::to(address).into_response()
}

/// A file to keep.
pub(crate) fn file(name: &str, mime: &'static str, bytes: Vec<u8>) -> Response {
    // Names are ours: letters, digits, dashes. Any other sign would need a form of its own in a header.
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-._".contains(c) { c } else { '-' };
    let name: String = name.chars().map(plain).collect();
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));

    let mut answer = bytes.into_response();
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(mime));
    if let Ok(disposition) = disposition {
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    answer
}

/// What is not there.
pub(crate) fn missing(what: &str, hint: &str) -> Error {
    Error::usage(what.to_owned()).hint(hint.to_owned())
}

impl App {
    /// What a handler gives, or the page that says what went wrong.
    pub(crate) fn answer(&self, given: Result<Response>) -> Response {
        given.unwrap_or_else(|error| self.fault(&error))
    }

    /// The page that says what went wrong and what to do.
    pub(crate) fn fault(&self, error: &Error) -> Response {
        self.fault_of(error, "Ce n’est pas fait", None)
    }

    /// The same, of work that has a name and a place where one goes on.
    pub(crate) fn fault_of(&self, error: &Error, title: &str, back: Option<&str>) -> Response {
        let status = match error.kind() {
            Kind::Refused => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::Usage => StatusCode::BAD_REQUEST,
            Kind::Access => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let says =
            json!({ "message": error.message(), "conseil": error.hint_text(), "retour": back });
        match self.page("erreur", "", title, says) {
            Ok(html) => (status, Html(html)).into_response(),
            Err(_) => (status, error.message().to_owned()).into_response(),
        }
    }
}
