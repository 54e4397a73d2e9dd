//! Every version of the store: what it brought, what it took the place of, by whom, why; as `depot historique` tells it.

use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use base::error::Result;
use base::french::number;
use store::history::Commit;

use crate::answers::page;
use crate::app::{Shared, apart};

/// The page.
pub(crate) async fn versions(State(app): State<Shared>) -> Response {
    let asked = app.clone();
    let says = apart(move || async move {
        let Some(opened) = asked.opened().await? else {
            return Ok(json!({ "versions": [] }));
        };
        let mut commits = opened.store.history().await?;
        // The latest is what one looks for.
        commits.reverse();
        Ok(json!({ "versions": commits.iter().map(version).collect::<Vec<_>>() }))
    });
    let html: Result<String> = match says.await {
        Ok(says) => app.page("historique", "historique", "Historique du dépôt", says),
        Err(error) => Err(error),
    };
    app.answer(html.map(page))
}

/// A version, as the page says it.
fn version(commit: &Commit) -> Value {
    let count = |count: u64| number(count as f64, 0);
    let entry = commit.entry.as_ref();
    let what = entry.map_or("création du dépôt", |entry| match entry.nature.as_str() {
        "livraison" => "livraison",
        "referentiel" => "référentiel",
        "publication" => "document définitif",
        "sans_secret" => "sortie sans secret statistique",
        other => other,
    });
    // What a publication's entry counts is not rows of a delivery.
    let rows = entry.filter(|e| e.nature == "livraison").map(|e| e.lignes.map(count));

    json!({
        "numero": commit.version,
        "quand": commit.at.format("%d/%m/%Y %H:%M UTC").to_string(),
        "quoi": what,
        "region": entry.map(|e| &e.region),
        "periode": entry.map(|e| &e.periode),
        "producteur": entry.map(|e| &e.producteur),
        "lignes": rows,
        "remplace": commit.replaces,
        "motif": entry.and_then(|e| e.motif.as_ref()),
        "par": entry.and_then(|e| e.by.as_ref()),
    })
}
