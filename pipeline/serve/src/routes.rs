//! Every address of the server, in one table: the router is made of it, and so is the test that no address answers a stranger.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};

use super::app::Shared;
use super::guard::guard;
use super::pages::bilan::{comment, draft, finals};
use super::pages::{accessibility, bilan, deposit, entrance, history, home, indicators, jobs};

/// Where the printed address leads.
pub(crate) const ENTRANCE: &str = "/entrer";

/// Method, path, and what answers.
type Route = (&'static str, &'static str, fn() -> MethodRouter<Shared>);

const ROUTES: &[Route] = &[
    ("GET", ENTRANCE, || get(entrance::enter)),
    ("GET", "/servir.css", || get(entrance::sheet)),
    ("GET", "/servir.js", || get(entrance::script)),
    ("GET", "/", || get(home::board)),
    ("GET", "/relances/{region}", || get(home::letter)),
    ("GET", "/deposer", || get(deposit::form)),
    ("POST", "/deposer", || post(deposit::receive)),
    ("GET", "/deposer/{depot}", || get(deposit::checked)),
    ("POST", "/deposer/{depot}/controler", || post(deposit::check_again)),
    ("POST", "/deposer/{depot}/charger", || post(deposit::load)),
    ("POST", "/deposer/{depot}/retirer", || post(deposit::withdraw)),
    ("GET", "/deposer/{depot}/note", || get(deposit::note)),
    ("GET", "/deposer/{depot}/classeur", || get(deposit::workbook)),
    ("GET", "/indicateurs", || get(indicators::form)),
    ("POST", "/indicateurs", || post(indicators::ask)),
    ("GET", "/indicateurs/{reponse}", || get(indicators::shown)),
    ("GET", "/indicateurs/{reponse}/csv", || get(indicators::csv)),
    ("GET", "/indicateurs/{reponse}/xlsx", || get(indicators::xlsx)),
    ("GET", "/bilan", || get(bilan::form)),
    ("GET", "/bilan/{zone}/{annee}", || get(bilan::of)),
    ("GET", "/bilan/{zone}/{annee}/commentaire/{chapitre}", || get(comment::of)),
    ("POST", "/bilan/{zone}/{annee}/commentaire/{chapitre}", || post(comment::write)),
    ("POST", "/bilan/{zone}/{annee}/projet", || post(draft::start)),
    ("POST", "/bilan/{zone}/{annee}/definitif", || post(finals::prepare)),
    ("GET", "/bilan/projets/{projet}", || get(draft::of)),
    ("GET", "/bilan/definitifs/{document}", || get(finals::of)),
    ("POST", "/bilan/definitifs/{document}", || post(finals::finish)),
    ("GET", "/bilan/definitifs/{document}/pdf", || get(finals::pdf)),
    ("GET", "/bilan/definitifs/{document}/classeur", || get(finals::workbook)),
    ("GET", "/travaux/{travail}", || get(jobs::job)),
    ("GET", "/travaux/{travail}/flux", || get(jobs::stages)),
    ("GET", "/historique", || get(history::versions)),
    ("GET", "/historique/{version}/{fichier}", || get(history::download)),
    ("GET", "/accessibilite", || get(accessibility::statement)),
];

/// Method and path of every address; what stands in braces is any name.
pub fn routes() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROUTES.iter().map(|(method, path, _)| (*method, *path))
}

/// The router of the table.
pub(crate) fn router(app: &Shared) -> Router {
    let mut router = Router::new();
    for (_, path, answer) in ROUTES {
        let mut answer = answer();
        if *path == deposit::UPLOAD {
            let most = usize::try_from(app.settings.most_bytes).unwrap_or(usize::MAX);
            answer = answer.layer(DefaultBodyLimit::max(most));
        }
        router = router.route(path, answer);
    }

    router
        .fallback(entrance::nowhere)
        .layer(from_fn_with_state(app.clone(), guard))
        .with_state(app.clone())
}
