//! Who is let in: the browser that opened the printed address, and no page but ours.
//!
//! The address holds a token that serves once: it is exchanged for a cookie that scripts do not see and that no other site's page can
//! make the browser send. Beside it, each request must name this server as its host (a foreign name that leads to this machine does not),
//! and one that changes something must come from a page of ours.

use std::sync::{Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

use base::text::sha256;

use super::app::Shared;
use super::routes::ENTRANCE;

/// What every page may do: our style, our script, our forms, nothing from elsewhere, nothing inline.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      font-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What the browser is told with every answer, unless the answer says it itself.
const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // A page that names no origin could not be told from a foreign one.
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
];

/// The keys of one run.
pub(crate) struct Guard {
    host: String,
    cookie: String,
    /// What the cookie must hold.
    session: String,
    /// What the printed address holds, until it has served.
    token: Mutex<Option<String>>,
}

impl Guard {
    /// New keys for the server on that port.
    pub(crate) fn new(port: u16) -> Self {
        Self {
            host: format!("127.0.0.1:{port}"),
            // Cookies do not know ports: two servers on one machine must not share a name.
            cookie: format!("medicobus-{port}"),
            session: secret(),
            token: Mutex::new(Some(secret())),
        }
    }

    /// The address to print.
    pub(crate) fn address(&self) -> String {
        let token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        let host = &self.host;
        match token.as_deref() {
            Some(token) => format!("http://{host}{ENTRANCE}?jeton={token}"),
            None => format!("http://{host}/"),
        }
    }

    /// The cookie for whoever brings the token, which does not serve again.
    pub(crate) fn enter(&self, brought: &str) -> Option<String> {
        let mut token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        token.take_if(|token| same(token, brought))?;
        Some(format!("{}={}; Path=/; HttpOnly; SameSite=Strict", self.cookie, self.session))
    }

    /// Whether the request comes with the cookie.
    pub(crate) fn knows(&self, headers: &HeaderMap) -> bool {
        let cookies = headers.get_all(header::COOKIE).iter();
        let mut pairs =
            cookies.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(';'));
        pairs.any(|pair| {
            let (name, value) = pair.trim().split_once('=').unwrap_or_default();
            name == self.cookie && same(&self.session, value)
        })
    }

    /// Why a request is refused, if it is.
    fn refusal(&self, method: &Method, path: &str, headers: &HeaderMap) -> Option<&'static str> {
        let one = |name: HeaderName| {
            let mut values = headers.get_all(name).iter();
            values.next().filter(|_| values.next().is_none()).and_then(|v| v.to_str().ok())
        };
        let ours = |origin: &str| origin.strip_prefix("http://") == Some(self.host.as_str());
        let reads = matches!(*method, Method::GET | Method::HEAD);

        let origin = headers.contains_key(header::ORIGIN);
        if one(header::HOST) != Some(self.host.as_str()) {
            Some("La demande ne nomme pas ce serveur.")
        } else if (origin || !reads) && !one(header::ORIGIN).is_some_and(ours) {
            Some("La demande vient d’une page d’un autre site.")
        } else if path != ENTRANCE && !self.knows(headers) {
            Some("Ce navigateur n’a pas encore ouvert l’adresse que « medicobus servir » a écrite.")
        } else {
            None
        }
    }
}

/// 128 bits that nobody can guess.
fn secret() -> String {
    hex::encode(rand::random::<[u8; 16]>())
}

/// Compared as hashes, so that the time that it takes tells nothing of the secret.
fn same(secret: &str, brought: &str) -> bool {
    sha256(secret.as_bytes()) == sha256(brought.as_bytes())
}

/// Lets a request through or refuses it; every answer leaves with the same headers.
pub(crate) async fn guard(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method(), request.uri().path());
    let mut answer = match app.guard.refusal(method, path, request.headers()) {
        Some(why) => refused(why),
        None => next.run(request).await,
    };

    let headers = answer.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    answer
}

/// The page for whom no page is meant: it names nothing of the store.
pub(crate) fn refused(why: &str) -> Response {
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"fr\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>Accès refusé – médicobus</title></head>\n<body><main><h1>Accès refusé</h1>\n<p>{why}</p>\n\
         <p>Ouvrez l’adresse complète écrite dans le terminal ; elle sert une fois. Si elle a déjà servi dans un autre navigateur, \
         arrêtez « medicobus servir » (Ctrl-C) et relancez-le.</p></main></body></html>\n"
    );
    (StatusCode::FORBIDDEN, Html(page)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(n, v)| (n.clone(), v.parse().unwrap()));
        pairs.collect()
    }

    #[test]
    fn a_token_serves_once_and_its_cookie_opens() {
        let guard = Guard::new(8000);
        let address = guard.address();
        let token = address.split('=').next_back().unwrap().to_owned();
        assert!(guard.enter("autre").is_none());
        let cookie = guard.enter(&token).unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"));
        assert!(guard.enter(&token).is_none());
        assert!(!guard.address().contains(&token));

        let pair = cookie.split(';').next().unwrap();
        let several = format!("autre=1; {pair}");
        let host = (header::HOST, "127.0.0.1:8000");
        let refusal = |pairs: &[(HeaderName, &str)]| {
            guard.refusal(
                &Method::GET,
                "/",
                &headers(&[std::slice::from_ref(&host), pairs].concat()),
            )
        };
        assert!(refusal(&[]).is_some());
        assert!(refusal(&[(header::COOKIE, "medicobus-8000=00")]).is_some());
        assert!(refusal(&[(header::COOKIE, &several)]).is_none());
    }

    #[test]
    fn a_foreign_host_or_origin_is_refused_with_the_cookie_too() {
        let guard = Guard::new(8000);
        let cookie = format!("medicobus-8000={}", guard.session);
        let refusal = |method: Method, host: &str, origin: Option<&str>| {
            let mut pairs = vec![(header::HOST, host), (header::COOKIE, cookie.as_str())];
            pairs.extend(origin.map(|origin| (header::ORIGIN, origin)));
            guard.refusal(&method, "/", &headers(&pairs)).is_some()
        };
        let here = "127.0.0.1:8000";

        assert!(!refusal(Method::GET, here, None));
        assert!(!refusal(Method::POST, here, Some("http://127.0.0.1:8000")));
        for host in ["exemple.fr", "127.0.0.1", "127.0.0.1:8001", "localhost:8000"] {
            assert!(refusal(Method::GET, host, None), "{host}");
        }
        for origin in
            ["null", "http://exemple.fr", "http://127.0.0.1:8001", "https://127.0.0.1:8000"]
        {
            assert!(refusal(Method::GET, here, Some(origin)), "{origin}");
            assert!(refusal(Method::POST, here, Some(origin)), "{origin}");
        }
        assert!(refusal(Method::POST, here, None));
    }
}
