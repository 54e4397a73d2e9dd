//! A bilan: its draft, the committee's comments, its final version after a summary of what it publishes and hides; as `bilan` makes it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use base::error::{Context, Error, Kind, Result};
use base::text::PROGRAM;
use edition::comments;
use edition::decisions;
use edition::opened::Opened;
use edition::output::Output;
use edition::{Edition, Request, SealedDocument, Subject};
use report::content::Node;
use report::document::scope;
use report::html;
use report::typeset::Typesetter;

use super::deposit::{XLSX, filled};
use super::zones::{ChosenZone, choices, year};
use crate::answers::{file, missing, other, page};
use crate::app::{Shared, apart, locked};
use crate::jobs::{self, Progress};

const PAGE: &str = "bilan";
const DRAFTING: &[&str] = &[
    "Interroger le dépôt",
    "Protéger les petits effectifs et composer",
    "Mettre en page",
];
const PREPARING: &[&str] = &["Interroger le dépôt", "Protéger les petits effectifs et composer"];
const FINISHING: &[&str] = &["Inscrire au registre du dépôt", "Mettre en page et écrire"];

/// Where a page made for a site, or for this server, has room for the way back.
const ROOM: &str = "<!--site-->";

/// A draft that pages show.
pub(crate) struct Draft {
    html: String,
}

/// A final document before and after it is published.
pub(crate) struct Prepared {
    zone: ChosenZone,
    year: i32,
    /// The state of the store that it was made from.
    version: u64,
    made: SealedDocument,
    /// What was written of it, the PDF first; empty until it is published.
    written: std::sync::Mutex<Vec<PathBuf>>,
}

/// The zone and the year of an address.
struct Of {
    zone: ChosenZone,
    year: i32,
}

impl Of {
    fn parse((zone, text): &(String, String)) -> Result<Self> {
        Ok(Self {
            zone: ChosenZone::parse(zone)?,
            year: year(text)?,
        })
    }

    fn address(&self) -> String {
        self.zone.address(PAGE, self.year)
    }
}

/// The choice of a zone and a year; leads on once both are chosen.
pub(crate) async fn form(
    State(app): State<Shared>,
    Query(typed): Query<BTreeMap<String, String>>,
) -> Response {
    if let (Some(zone), Some(year)) = (filled(&typed, "zone"), filled(&typed, "annee")) {
        let of = Of::parse(&(zone, year));
        return app.answer(of.map(|of| other(&of.address())));
    }

    let asked = app.clone();
    let says = apart(move || async move {
        Ok(match asked.opened().await? {
            None => json!({ "vide": true }),
            Some(opened) => json!({ "vide": false, "zones": choices(&opened).await? }),
        })
    });
    let html = says.await.and_then(|says| app.page("bilans", PAGE, "Bilan annuel", says));
    app.answer(html.map(page))
}

/// A run of documents over the store, and the document of a zone and year. Comments are read where the folder has some for it, as a command
/// would be told to.
async fn edition<'o>(
    app: &Shared,
    opened: &'o Opened,
    of: &Of,
    is_final: bool,
) -> Result<(Edition<'o>, Request)> {
    let config = app.settings.config.clone();
    let templates = app.settings.templates.as_deref();
    let ledger = opened.ledger().await?;
    let edition = Edition::open(&opened.session, &opened.catalogue, config, templates, ledger)
        .await?
        .with_decisions(decisions::of_this_user());

    let mut request = Request {
        zone: edition.zone(of.zone.level, &of.zone.code)?,
        year: of.year,
        unprotected: false,
        is_final,
        comments: None,
        subject: Subject::Year,
    };
    let root = &app.settings.comments;
    if comments::own_folder(root, &request).is_dir() {
        request.comments = Some(root.clone());
    }
    Ok((edition, request))
}

/// The page of a bilan: its comments, its draft, its final version.
pub(crate) async fn of(State(app): State<Shared>, Path(path): Path<(String, String)>) -> Response {
    let asked = app.clone();
    let html = apart(move || async move {
        let of = Of::parse(&path)?;
        let opened = asked.must_open().await?;
        let (_, request) = edition(&asked, &opened, &of, false).await?;
        let root = &asked.settings.comments;

        let mut chapters = Vec::new();
        for chapter in comments::commentable(&request) {
            let text = comments::written(root, &request, chapter)?;
            chapters.push(
                json!({ "id": chapter, "titre": title(chapter), "ecrit": !text.trim().is_empty() }),
            );
        }
        let says = json!({
            "zone": request.zone.full_name,
            "annee": of.year,
            "adresse": of.address(),
            "dossier": comments::own_folder(root, &request).display().to_string(),
            "chapitres": chapters,
            "fictives": opened.made_up().await?,
        });
        asked.page("bilan", PAGE, &format!("Bilan {}, {}", of.year, request.zone.full_name), says)
    });
    app.answer(html.await.map(page))
}

/// What a chapter is called where its comment is written.
fn title(chapter: &str) -> String {
    let titles = [
        ("synthese", "Synthèse"),
        ("decide", "Le comité décide"),
        ("demande", "Le comité demande"),
        ("suivra", "Le comité suivra"),
        ("deploiement", "Déploiement"),
        ("activite", "Activité"),
        ("publics", "Publics reçus"),
        ("medecin_traitant", "Médecin traitant"),
        ("delais", "Délais de rendez-vous"),
        ("organisation", "Organisation et remplissage"),
        ("conformite", "Conformité au cahier des charges"),
        ("financement", "Financement et coût"),
        ("offre", "Offre durable"),
        ("comparaison", "Comparaison des régions"),
        ("qualite", "Qualité des données"),
        ("fiche", "Fiche"),
    ];
    let known = titles.iter().find(|(id, _)| *id == chapter);
    known.map_or_else(|| chapter.to_owned(), |(_, title)| (*title).to_owned())
}

/// The comment on a chapter, to be written.
pub(crate) async fn comment(
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

/// Starts a draft.
pub(crate) async fn draft(
    State(app): State<Shared>,
    Path(path): Path<(String, String)>,
) -> Response {
    let started = Of::parse(&path).map(|of| {
        let title = format!("Projet de bilan {}", of.year);
        let back = of.address();
        jobs::start(&app, &title, DRAFTING, &back, move |app, progress| drafting(app, progress, of))
    });
    app.answer(started.map(|job| other(&job.address())))
}

async fn drafting(app: Shared, progress: Progress, of: Of) -> Result<String> {
    let opened = app.must_open().await?;
    let (edition, request) = edition(&app, &opened, &of, false).await?;
    let made = edition.prepare(&opened.store, &request, || progress.begin(1)).await?;

    progress.begin(2);
    let html = html::page(&made.document, edition.templates())?;
    let way_back = app.pages.render("retour", json!({ "adresse": of.address() }))?;
    let draft = Draft { html: html.replacen(ROOM, &way_back, 1) };
    Ok(format!("/{PAGE}/projets/{}", app.drafts.keep(draft)))
}

/// A draft, as `bilan --html` writes it, with the way back.
pub(crate) async fn drafted(State(app): State<Shared>, Path(id): Path<String>) -> Response {
    let shown = app.drafts.find(&id).map(|draft| {
        let mut answer = page(draft.html.clone());
        answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy(&draft.html));
        answer
    });
    app.answer(shown)
}

/// The policy that a document's page states for itself, as a header; no other page may hold it.
fn policy(html: &str) -> HeaderValue {
    let own = html
        .split_once("http-equiv=\"Content-Security-Policy\" content=\"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .map_or("default-src 'none'", |(policy, _)| policy);
    let policy = format!("{own}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
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
    let prepared = Prepared {
        zone: of.zone,
        year: of.year,
        version: opened.snapshot.version,
        made,
        written: std::sync::Mutex::default(),
    };
    Ok(format!("/{PAGE}/definitifs/{}", app.finals.keep(prepared)))
}

/// What a final version publishes and hides; once it is published, its files.
pub(crate) async fn prepared(State(app): State<Shared>, Path(id): Path<String>) -> Response {
    let html = app.finals.find(&id).and_then(|prepared| summary(&app, &id, &prepared));
    app.answer(html.map(page))
}

fn summary(app: &Shared, id: &str, prepared: &Prepared) -> Result<String> {
    let made = &prepared.made;
    let tables = made.tables.iter().map(|(key, table)| {
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
    let commented: Vec<String> = made.manifest.comments.keys().map(|c| title(c)).collect();

    let says = json!({
        "adresse": format!("/{PAGE}/definitifs/{id}"),
        "retour": prepared.zone.address(PAGE, prepared.year),
        "nom": made.name,
        "version": prepared.version,
        "tables": tables.collect::<Vec<_>>(),
        "cellules": sum(|s| s.cells),
        "masquees": sum(|s| s.primary + s.secondary),
        "commentaires": commented,
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
    let name = filled(&typed, "personne").ok_or_else(|| {
        Error::usage("il manque le nom de qui publie")
            .hint("l'historique du dépôt dit par qui chaque document définitif a été publié")
    });
    let started = name.and_then(|name| {
        let prepared = app.finals.find(&id)?;
        app.remember(&name);
        let title = format!("Édition de {}", prepared.made.name);
        Ok(jobs::start(
            &app,
            &title,
            FINISHING,
            &address,
            move |app, progress| async move {
                finishing(&app, &progress, &prepared, &name).await?;
                Ok(format!("/{PAGE}/definitifs/{id}"))
            },
        ))
    });
    app.answer(started.map(|job| other(&job.address())))
}

async fn finishing(
    app: &Shared,
    progress: &Progress,
    prepared: &Prepared,
    name: &str,
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

    opened.publish(&prepared.made, Some(name)).await?;
    progress.begin(1);
    let templates = report::templates::Templates::load(app.settings.templates.as_deref())?;
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
