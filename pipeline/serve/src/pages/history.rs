//! Every version of the store: what it brought, what it took the place of, by whom, why; as `depot historique` tells it. The files that a
//! version left are given from here: the note and the annotated workbook of a delivery, the last final version of a document.

use std::collections::BTreeSet;
use std::path::PathBuf;

use axum::extract::{Path, State};
use axum::response::Response;
use chrono::{DateTime, Local, Utc};
use serde_json::{Value, json};

use base::error::{Context, Result};
use base::french::number;
use edition::output::standing;
use edition::quality_note::{annotated_in, note_in};
use geography::Communes;
use store::Store;
use store::history::Commit;
use store::publications::{PLAN, PUBLICATION};

use super::deposit::XLSX;
use crate::answers::{file, missing, page};
use crate::app::{App, Shared, apart};

const PAGE: &str = "/historique";

/// The page.
pub(crate) async fn versions(State(app): State<Shared>) -> Response {
    let asked = app.clone();
    let says = apart(move || async move {
        let Some(opened) = asked.opened().await? else {
            return Ok(json!({ "versions": [] }));
        };
        let communes = Communes::embedded()?;
        let mut commits = opened.store.history().await?;
        // The latest is what one looks for.
        commits.reverse();

        let shelved = opened.store.shelved()?;
        let version = |commit: &Commit| {
            // Of several final versions of a document, the last one stands in the folder.
            let files = match is_last(commit, &commits) {
                true => files(&asked, &opened.store, commit, shelved.as_ref()),
                false => Vec::new(),
            };
            let mut before = commits.iter().filter(|other| other.version < commit.version);
            let earlier = before.find(|other| same_document(commit, other));
            version(communes, commit, files, earlier)
        };
        Ok(json!({ "versions": commits.iter().map(version).collect::<Vec<_>>() }))
    });
    let html: Result<String> = match says.await {
        Ok(says) => app.page("historique", "historique", "Historique du dépôt", says),
        Err(error) => Err(error),
    };
    app.answer(html.map(page))
}

/// Whether two versions published the same document.
fn same_document(one: &Commit, other: &Commit) -> bool {
    document(one).is_some() && document(one) == document(other)
}

/// Whether none of the versions after this one published the same document again.
fn is_last(commit: &Commit, all: &[Commit]) -> bool {
    let mut later = all.iter().filter(|other| other.version > commit.version);
    !later.any(|other| same_document(commit, other))
}

/// A version, as the page says it: with its files, and the version that published the same document before.
fn version(
    communes: &Communes,
    commit: &Commit,
    files: Vec<Value>,
    earlier: Option<&Commit>,
) -> Value {
    let count = |count: u64| number(count as f64, 0);
    let entry = commit.entry.as_ref();
    let what = entry.map_or("création du dépôt", |entry| match entry.nature.as_str() {
        "livraison" => "livraison",
        "referentiel" => "référentiel",
        PUBLICATION => "document définitif",
        "sans_secret" => "sortie sans secret statistique",
        PLAN => "plan d’analyse",
        other => other,
    });
    // What a publication's entry counts is not rows of a delivery; its sender is the document's name.
    let delivery = entry.filter(|e| e.nature == "livraison");
    let of = match document(commit) {
        Some(name) => Some(name.to_owned()),
        None => entry.map(|e| {
            // What is of the nation names no région.
            let region = communes.region_name(&e.region).unwrap_or_default();
            format!("{region} {}", e.periode)
        }),
    };

    json!({
        "numero": commit.version,
        "quand": when(commit.at),
        "quoi": what,
        "de": of,
        "producteur": entry.filter(|_| document(commit).is_none()).map(|e| &e.producteur),
        "lignes": delivery.map(|e| e.lignes.map(count)),
        "remplace": commit.replaces.or(earlier.map(|commit| commit.version)),
        "motif": entry.and_then(|e| e.motif.as_ref()),
        "par": entry.and_then(|e| e.by.as_ref()),
        "fichiers": files,
    })
}

/// The document that a version published.
fn document(commit: &Commit) -> Option<&str> {
    let entry = commit.entry.as_ref().filter(|entry| entry.nature == PUBLICATION)?;
    Some(&entry.producteur)
}

/// A moment, by the clock of this machine.
pub(crate) fn when(at: DateTime<Utc>) -> String {
    at.with_timezone(&Local).format("%d/%m/%Y à %H:%M").to_string()
}

/// The last final version of the document of that name, if one was published.
///
/// # Errors
/// If the store cannot be read.
pub(crate) async fn published(app: &App, store: &Store, name: &str) -> Result<Option<Value>> {
    let finals = finals(app, store).await?;
    Ok(finals.into_iter().find(|one| one["nom"] == name))
}

/// The last final version of each document, the latest first: when, by whom, and its files that are still there.
///
/// # Errors
/// If the store cannot be read.
pub(crate) async fn finals(app: &App, store: &Store) -> Result<Vec<Value>> {
    let commits = store.history().await?;
    let named = commits.iter().rev().filter_map(|commit| Some((document(commit)?, commit)));
    let last = named.filter(|(_, commit)| is_last(commit, &commits));
    let told = last.map(|(name, commit)| {
        json!({
            "nom": name,
            "quand": when(commit.at),
            "par": commit.entry.as_ref().and_then(|entry| entry.by.as_ref()),
            "fichiers": files(app, store, commit, None),
        })
    });
    Ok(told.collect())
}

/// The files that a version may have left: how their addresses end, what they are called, where they are.
fn left(app: &App, store: &Store, commit: &Commit) -> Vec<(&'static str, &'static str, PathBuf)> {
    let Some(entry) = &commit.entry else { return Vec::new() };
    let (region, periode) = (&entry.region, &entry.periode);
    match (entry.nature.as_str(), document(commit)) {
        ("livraison", _) => {
            let shelf = store.shelf(region, periode, &entry.sha256);
            vec![
                ("note", "Note de qualité (PDF)", note_in(&shelf, region, periode)),
                ("classeur", "Classeur annoté (XLSX)", annotated_in(&shelf, region, periode)),
            ]
        }
        (_, Some(name)) => {
            let of = |extension: &str| app.settings.output.join(format!("{name}.{extension}"));
            vec![
                ("pdf", "PDF", of("pdf")),
                ("xlsx", "Classeur (XLSX)", of("xlsx")),
                ("html", "Page (HTML)", of("html")),
            ]
        }
        _ => Vec::new(),
    }
}

/// The files of a version that are still there, as a page names them; `shelved` are those of a store behind an address.
fn files(
    app: &App,
    store: &Store,
    commit: &Commit,
    shelved: Option<&BTreeSet<PathBuf>>,
) -> Vec<Value> {
    let there = |path: &PathBuf| path.is_file() || shelved.is_some_and(|all| all.contains(path));
    let left = left(app, store, commit).into_iter().filter(|(_, _, path)| there(path));
    let told = left.map(|(end, name, _)| {
        json!({ "nom": name, "adresse": format!("{PAGE}/{}/{end}", commit.version) })
    });
    told.collect()
}

/// A file of a version.
pub(crate) async fn download(
    State(app): State<Shared>,
    Path((version, end)): Path<(String, String)>,
) -> Response {
    let asked = app.clone();
    let given = apart(move || async move {
        let opened = asked.must_open().await?;
        let commits = opened.store.history().await?;
        let commit = commits.iter().find(|commit| commit.version.to_string() == version);
        let all = commit.map(|commit| left(&asked, &opened.store, commit)).unwrap_or_default();
        let named = all.into_iter().find(|(name, ..)| *name == end);
        if let Some((_, _, path)) = &named {
            opened.store.bring(path)?;
        }
        let found = named.filter(|(_, _, path)| path.is_file());
        let Some((_, _, path)) = found else {
            return Err(missing(
                "cette version n'a pas ce fichier",
                "l'historique dit ceux qui sont encore là",
            ));
        };

        // Another final version stands under the same name, or a command has written a draft there since.
        if let Some(commit) = commit
            && let Some(name) = document(commit)
            && (!is_last(commit, &commits) || standing(&asked.settings.output, name).is_none())
        {
            return Err(missing(
                "le fichier de ce nom n'est plus la version définitive",
                "le dossier « remplaces », à côté des documents, garde les précédentes ; une nouvelle se prépare sur la page du bilan",
            ));
        }
        let bytes = std::fs::read(&path).access(|| "le fichier ne se lit plus".into())?;
        let mime = match end.as_str() {
            "note" | "pdf" => "application/pdf",
            "html" => "text/html; charset=utf-8",
            _ => XLSX,
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(file(&name, mime, bytes))
    });
    app.answer(given.await)
}
