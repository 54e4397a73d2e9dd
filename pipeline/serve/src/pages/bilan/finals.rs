//! The final version of a bilan: prepared, shown with what it publishes and hides, then published and written.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};

use base::error::{Context, Error, Result};
use base::text::{PROGRAM, sha256};
use edition::SealedDocument;
use edition::comments;
use edition::output::{Output, standing};
use report::content::Node;
use report::document::scope;
use report::templates::Templates;
use report::typeset::Typesetter;

use super::{Of, PAGE, edition, title};
use crate::answers::{file, missing, other, page};
use crate::app::{Shared, apart, locked};
use crate::jobs::{self, Progress};
use crate::pages::deposit::{XLSX, filled};
use crate::pages::history::published;
use crate::pages::zones::ChosenZone;

const PREPARING: &[&str] = &["Interroger le dépôt", "Protéger les petits effectifs et composer"];
const FINISHING: &[&str] = &["Inscrire au registre du dépôt", "Mettre en page et écrire"];

/// A final document before and after it is published.
pub(crate) struct Prepared {
    zone: ChosenZone,
    year: i32,
    /// The state of the store that it was made from.
    version: u64,
    made: SealedDocument,
    /// The committee's words in it, by chapter: whoever publishes them has read them.
    comments: Vec<(String, Vec<Node>)>,
    /// The final version that is out already, when and by whom it was published as far as that is known.
    earlier: Option<Value>,
    /// What was written of it, the PDF first; empty until it is published.
    written: Mutex<Vec<PathBuf>>,
}

/// Starts a final version, which is shown before it is published.
pub(crate) async fn prepare(
    State(app): State<Shared>,
    Path(path): Path<(String, String)>,
) -> Response {
    let started = Of::parse(&path).map(|of| {
        let title = format!("Préparation du bilan définitif {}", of.year);
        let back = of.address();
        jobs::start(&app, &title, PREPARING, &back, move |app, progress| {
            preparing(app, progress, of)
        })
    });
    app.answer(started.map(|job| other(&job.address())))
}

async fn preparing(app: Shared, progress: Progress, of: Of) -> Result<String> {
    let opened = app.must_open().await?;
    let (edition, request) = edition(&app, &opened, &of, true).await?;
    let made = edition.prepare(&opened.store, &request, || progress.begin(1)).await?;
    let root = &app.settings.comments;
    let mut words = Vec::new();
    for (chapter, hash) in &made.manifest.comments {
        let text = comments::written(root, &request, chapter)?;
        // What is shown is what is published, to the letter.
        if sha256(text.as_bytes()) != *hash {
            return Err(Error::refused("un commentaire vient de changer")
                .hint("préparez de nouveau la version définitive"));
        }
        words.push((title(chapter), comments::previewed(root, &request, chapter, &text)?));
    }
    let mut earlier = published(&app, &opened.store, &made.name).await?;
    if earlier.is_none() && standing(&app.settings.output, &made.name).is_some() {
        earlier = Some(json!({}));
    }
    let prepared = Prepared {
        comments: words,
        earlier,
        zone: of.zone,
        year: of.year,
        version: opened.snapshot.version,
        made,
        written: Mutex::default(),
    };
    Ok(format!("/{PAGE}/definitifs/{}", app.finals.keep(prepared)))
}

/// What a final version publishes and hides; once it is published, its files.
pub(crate) async fn of(State(app): State<Shared>, Path(id): Path<String>) -> Response {
    let html = app.finals.find(&id).and_then(|prepared| summary(&app, &id, &prepared));
    app.answer(html.map(page))
}

fn summary(app: &Shared, id: &str, prepared: &Prepared) -> Result<String> {
    let made = &prepared.made;
    // What hides nothing needs no look.
    let hides = |summary: &disclosure::Summary| summary.primary + summary.secondary > 0;
    let tables = made.tables.iter().filter(|(_, table)| hides(&table.summary()));
    let tables = tables.map(|(key, table)| {
        let summary = table.summary();
        json!({
            "titre": table.definition().title,
            "perimetre": scope(key),
            "lignes": table.rows().len(),
            "cellules": summary.cells,
            "masquees": summary.primary + summary.secondary,
        })
    });
    let sum = |of: fn(&disclosure::Summary) -> usize| -> usize {
        made.tables.values().map(|table| of(&table.summary())).sum()
    };
    let written = locked(&prepared.written);
    let words = prepared.comments.iter();
    let words =
        words.map(|(title, nodes)| json!({ "titre": title, "contenu": nodes, "invite": "" }));

    let says = json!({
        "adresse": format!("/{PAGE}/definitifs/{id}"),
        "retour": prepared.zone.address(PAGE, prepared.year),
        "nom": made.name,
        "version": prepared.version,
        "tables": tables.collect::<Vec<_>>(),
        "nombre": made.tables.len(),
        "cellules": sum(|s| s.cells),
        "masquees": sum(|s| s.primary + s.secondary),
        "commentaires": words.collect::<Vec<_>>(),
        "precedente": prepared.earlier,
        "personne": app.person(),
        "publie": !written.is_empty(),
        "fichiers": written.iter().map(|path| path.display().to_string()).collect::<Vec<_>>(),
        "programme": PROGRAM,
    });
    let content = &made.document.content;
    let title = format!("{}, {} : version définitive", content.title, content.subtitle);
    app.page("definitif", PAGE, &title, says)
}

/// Publishes a final version and writes its files.
pub(crate) async fn finish(
    State(app): State<Shared>,
    Path(id): Path<String>,
    Form(typed): Form<BTreeMap<String, String>>,
) -> Response {
    let address = format!("/{PAGE}/definitifs/{id}");
    let started = app.finals.find(&id).and_then(|prepared| {
        let name = answered(&prepared, &typed)?;
        app.remember(&name);
        let title = format!("Édition de {}", prepared.made.name);
        let motif = filled(&typed, "motif");
        Ok(jobs::start(
            &app,
            &title,
            FINISHING,
            &address,
            move |app, progress| async move {
                finishing(&app, &progress, &prepared, &name, motif.as_deref()).await?;
                Ok(format!("/{PAGE}/definitifs/{id}"))
            },
        ))
    });
    match started {
        Ok(job) => other(&job.address()),
        Err(error) => app.fault_of(&error, "Rien n’est publié", Some(&address)),
    }
}

/// Who publishes, once all is answered that must be.
fn answered(prepared: &Prepared, typed: &BTreeMap<String, String>) -> Result<String> {
    if !prepared.comments.is_empty() && !typed.contains_key("relu") {
        return Err(Error::usage("les commentaires n'ont pas été relus").hint(
            "relisez-les sur la page d'avant, puis cochez la case : une personne qui y serait nommée le serait dans un document diffusé",
        ));
    }
    if prepared.earlier.is_some() && filled(typed, "motif").is_none() {
        return Err(Error::usage(
            "une version définitive existe déjà, et rien ne dit pourquoi celle-ci la remplace",
        )
        .hint("dites-le en une phrase : l'historique du dépôt la garde"));
    }
    filled(typed, "personne").ok_or_else(|| {
        Error::usage("il manque le nom de qui publie")
            .hint("l'historique du dépôt dit par qui chaque document définitif a été publié")
    })
}

async fn finishing(
    app: &Shared,
    progress: &Progress,
    prepared: &Prepared,
    name: &str,
    motif: Option<&str>,
) -> Result<()> {
    if !locked(&prepared.written).is_empty() {
        return Ok(());
    }
    let opened = app.must_open().await?;
    if opened.snapshot.version != prepared.version {
        return Err(Error::refused("le dépôt a changé depuis que ce résumé a été fait").hint(
            "préparez de nouveau la version définitive : elle tiendra compte de ce qui est arrivé",
        ));
    }

    prepared.made.publish(&opened.store, Some(name), motif).await?;
    progress.begin(1);
    let templates = Templates::load(app.settings.templates.as_deref())?;
    let typesetter = Typesetter::new(&templates)?;
    let output = Output {
        folder: &app.settings.output,
        html: true,
        typst: None,
        source: None,
    };
    *locked(&prepared.written) = output.write(&prepared.made, &typesetter)?;
    Ok(())
}

/// The final PDF.
pub(crate) async fn pdf(State(app): State<Shared>, Path(id): Path<String>) -> Response {
    download(&app, &id, "pdf", "application/pdf").await
}

/// The workbook beside it.
pub(crate) async fn workbook(State(app): State<Shared>, Path(id): Path<String>) -> Response {
    download(&app, &id, "xlsx", XLSX).await
}

async fn download(app: &Shared, id: &str, extension: &str, mime: &'static str) -> Response {
    let found = app.finals.find(id).and_then(|prepared| {
        let written = locked(&prepared.written);
        let path = written.iter().find(|path| path.extension().is_some_and(|e| e == extension));
        let path = path.cloned().ok_or_else(|| {
            missing("ce document n'est pas publié", "sa page dit comment l'éditer")
        })?;
        Ok((format!("{}.{extension}", prepared.made.name), path))
    });
    let (name, path) = match found {
        Ok(found) => found,
        Err(error) => return app.fault(&error),
    };
    let read = apart(move || async move {
        std::fs::read(&path).access(|| "le fichier ne se lit plus".into())
    });
    app.answer(read.await.map(|bytes| file(&name, mime, bytes)))
}
