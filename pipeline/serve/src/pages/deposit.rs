//! A delivery: sent, checked as `controler` does, then loaded as `charger` does, when somebody asks for it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{MAIN_SEPARATOR, PathBuf};
use std::sync::{Arc, Mutex};

use axum::Form;
use axum::extract::{Multipart, Path, State};
use axum::response::Response;
use serde_json::{Value, json};

use base::error::{Context, Error, Result};
use base::french::{agreed, number};
use delivery::{DeliveryHeader, Overrides, Verdict};
use edition::intake::Intake;
use edition::quality_note::{annotated_path, path as note_path};
use geography::Communes;
use store::Store;
use store::ingest::Ingested;
use store::scratch::remove;

use crate::answers::{file, missing, other, page};
use crate::app::{App, Shared, apart, locked};
use crate::jobs::{self, Job, Progress};
use crate::pages::findings;
use crate::pages::history::when;
use crate::upload;

/// Where deliveries are sent.
pub(crate) const UPLOAD: &str = "/deposer";

/// What was sent of a delivery, in its folder.
const RECEIVED: &str = "livraison";
/// Deliveries that are kept at a time; what was sent of earlier ones is removed.
const KEPT: usize = 5;
const CHECKING: &[&str] = &["Contrôler chaque ligne", "Écrire la note de qualité"];
const LOADING: &[&str] =
    &["Contrôler de nouveau et inscrire au dépôt", "Écrire la note de qualité"];

pub(crate) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The deliveries that were sent.
#[derive(Default)]
pub(crate) struct Deposits {
    held: Mutex<VecDeque<Arc<Deposit>>>,
}

/// A delivery that was sent.
pub(crate) struct Deposit {
    id: String,
    /// Its folder in the scratch.
    folder: PathBuf,
    /// What the command would be given.
    delivery: PathBuf,
    now: Mutex<Now>,
}

/// What is known of it now.
#[derive(Default)]
struct Now {
    /// What was answered in its place.
    overrides: Overrides,
    /// What came of its check or of its load.
    came: Option<Arc<Ingested>>,
    /// Work on it.
    job: Option<Arc<Job>>,
}

impl Deposit {
    /// The address of its page.
    fn address(&self) -> String {
        format!("{UPLOAD}/{}", self.id)
    }

    /// Work on it that has not ended.
    fn going(&self) -> Option<Arc<Job>> {
        locked(&self.now).job.clone().filter(|job| job.now().end.is_none())
    }

    /// An error in the words of who sent it: the scratch folder in which it lies is none of theirs.
    fn as_sent(&self, error: &Error) -> Error {
        let place = format!("{}{MAIN_SEPARATOR}", self.folder.join(RECEIVED).display());
        let told = Error::of_kind(error.kind(), error.message().replace(&place, ""));
        match error.hint_text() {
            Some(hint) => told.hint(hint),
            None => told,
        }
    }

    /// Keeps what came of it; the rows that have findings are in its workbook by now.
    fn settle(&self, mut came: Ingested) {
        came.faulty = None;
        // What is in the store is not kept here as well.
        if came.outcome.is_some() {
            remove(&self.folder);
        }
        locked(&self.now).came = Some(Arc::new(came));
    }
}

impl Deposits {
    fn find(&self, id: &str) -> Result<Arc<Deposit>> {
        let found = locked(&self.held).iter().find(|one| one.id == id).cloned();
        found.ok_or_else(|| {
            missing(
                "cette livraison n'est plus ici",
                "elle a été retirée, d'autres l'ont suivie, ou le serveur a été relancé : déposez-la de nouveau ; l'historique dit si elle est chargée",
            )
        })
    }

    /// Keeps one more; lets the oldest go on which no work goes on.
    fn add(&self, deposit: Arc<Deposit>) {
        let mut held = locked(&self.held);
        held.push_back(deposit);
        if held.len() > KEPT
            && let Some(at) = held.iter().position(|one| one.going().is_none())
            && let Some(old) = held.remove(at)
        {
            remove(&old.folder);
        }
    }

    fn withdraw(&self, id: &str) {
        let mut held = locked(&self.held);
        if let Some(at) = held.iter().position(|one| one.id == id && one.going().is_none())
            && let Some(old) = held.remove(at)
        {
            remove(&old.folder);
        }
    }
}

/// The deliveries that were sent and are not loaded, as pages list them: what is known of each, and where one goes on.
///
/// # Errors
/// If the list of régions cannot be read.
pub(crate) fn waiting(app: &App) -> Result<Vec<Value>> {
    let communes = Communes::embedded()?;
    let held: Vec<Arc<Deposit>> = locked(&app.deposits.held).iter().cloned().collect();
    let told = held.iter().filter_map(|deposit| {
        let going = deposit.going();
        let came = locked(&deposit.now).came.clone();
        if came.as_ref().is_some_and(|came| came.outcome.is_some()) {
            return None;
        }

        let (state, tone) = match (&going, &came) {
            (Some(_), _) => ("en cours", "info"),
            (_, None) => ("contrôle interrompu", "alerte"),
            (_, Some(came)) if came.report.verdict == Verdict::Accepted => {
                ("contrôlée, à charger", "attention")
            }
            (_, Some(_)) => ("refusée", "alerte"),
        };
        let name = came.as_ref().map(|came| subject(&came.report.header, communes));
        Some(json!({
            "nom": name,
            "etat": state,
            "ton": tone,
            "adresse": going.as_ref().map_or_else(|| deposit.address(), |job| job.address()),
            "retirer": going.is_none().then(|| format!("{}/retirer", deposit.address())),
        }))
    });
    Ok(told.collect())
}

/// Whose a delivery is, and of when, in words.
fn subject(header: &DeliveryHeader, communes: &Communes) -> String {
    let region = communes.region_name(&header.region).unwrap_or("région non dite");
    let period = match header.periode.text.starts_with(|c: char| c.is_ascii_digit()) {
        true => &header.periode.text,
        false => "période non dite",
    };
    format!("{region}, {period}")
}

/// The form.
pub(crate) async fn form(State(app): State<Shared>) -> Response {
    let says = waiting(&app).and_then(|waiting| {
        Ok(json!({ "regions": regions()?, "attente": waiting, "taille_max": app.settings.most_bytes }))
    });
    let html = says.and_then(|says| app.page("deposer", "deposer", "Déposer une livraison", says));
    app.answer(html.map(page))
}

/// Takes what is sent and starts its check.
pub(crate) async fn receive(State(app): State<Shared>, form: Multipart) -> Response {
    let id = jobs::name();
    let folder = match app.scratch.make(&id) {
        Ok(folder) => folder,
        Err(error) => return app.fault(&error),
    };
    let sent = upload::receive(form, &folder.join(RECEIVED), app.settings.most_bytes).await;
    let sent = match sent {
        Ok(sent) => sent,
        Err(error) => {
            remove(&folder);
            return app.fault_of(&error, "La livraison n’est pas reçue", Some(UPLOAD));
        }
    };

    let deposit = Arc::new(Deposit {
        id,
        folder,
        delivery: sent.delivery,
        now: Mutex::default(),
    });
    app.deposits.add(Arc::clone(&deposit));
    other(&check(&app, &deposit, &sent.typed))
}

/// Checks what was sent again, with other answers in its place.
pub(crate) async fn check_again(
    State(app): State<Shared>,
    Path(id): Path<String>,
    Form(typed): Form<BTreeMap<String, String>>,
) -> Response {
    let found = app.deposits.find(&id);
    app.answer(found.map(|deposit| other(&check(&app, &deposit, &typed))))
}

/// Starts a check, unless work on it goes on; the address of the work.
fn check(app: &Shared, deposit: &Arc<Deposit>, typed: &BTreeMap<String, String>) -> String {
    if let Some(job) = deposit.going() {
        return job.address();
    }

    locked(&deposit.now).overrides = overrides(typed);
    let of = Arc::clone(deposit);
    let job =
        jobs::start(app, "Contrôle de la livraison", CHECKING, UPLOAD, move |app, progress| {
            checking(app, progress, of)
        });
    locked(&deposit.now).job = Some(Arc::clone(&job));
    job.address()
}

async fn checking(app: Shared, progress: Progress, deposit: Arc<Deposit>) -> Result<String> {
    let intake = intake(&app, locked(&deposit.now).overrides.clone())?;
    let notes = intake.notes()?;
    let opened = app.opened().await?;
    let known = match &opened {
        Some(opened) => opened.snapshot.known_buses()?,
        None => BTreeSet::new(),
    };

    let store = opened.as_ref().map(|opened| &opened.store);
    let folder = deposit.folder.join("controle");
    let noting = || progress.begin(1);
    let checked = intake.check(&deposit.delivery, &notes, &known, store, &folder, noting).await;
    deposit.settle(checked.map_err(|e| deposit.as_sent(&e))?);
    Ok(deposit.address())
}

/// Loads a delivery that was checked.
pub(crate) async fn load(
    State(app): State<Shared>,
    Path(id): Path<String>,
    Form(typed): Form<BTreeMap<String, String>>,
) -> Response {
    let started = app.deposits.find(&id).and_then(|deposit| start_load(&app, &deposit, &typed));
    app.answer(started.map(|address| other(&address)))
}

fn start_load(
    app: &Shared,
    deposit: &Arc<Deposit>,
    typed: &BTreeMap<String, String>,
) -> Result<String> {
    if let Some(job) = deposit.going() {
        return Ok(job.address());
    }
    let name = filled(typed, "personne").ok_or_else(|| {
        Error::usage("il manque le nom de qui charge")
            .hint("l'historique du dépôt dit par qui chaque livraison a été chargée")
    })?;
    let accepted =
        |came: &Arc<Ingested>| came.outcome.is_none() && came.report.verdict == Verdict::Accepted;
    if !locked(&deposit.now).came.as_ref().is_some_and(accepted) {
        return Err(missing(
            "cette livraison ne se charge pas",
            "elle est refusée, ou déjà chargée : sa page le dit",
        ));
    }

    app.remember(&name);
    if let Some(motif) = filled(typed, "motif") {
        locked(&deposit.now).overrides.motif = Some(motif);
    }
    let of = Arc::clone(deposit);
    let job = jobs::start(
        app,
        "Chargement de la livraison",
        LOADING,
        &deposit.address(),
        move |app, progress| loading(app, progress, of, name),
    );
    locked(&deposit.now).job = Some(Arc::clone(&job));
    Ok(job.address())
}

async fn loading(
    app: Shared,
    progress: Progress,
    deposit: Arc<Deposit>,
    name: String,
) -> Result<String> {
    let overrides = locked(&deposit.now).overrides.clone();
    let intake = intake(&app, Overrides { by: Some(name), ..overrides })?;
    let notes = intake.notes()?;
    let store = Store::open_or_create(&app.settings.depot, &intake.contract).await?;
    let noting = || progress.begin(1);
    let loaded = intake.load(&deposit.delivery, &notes, &store, noting).await;
    deposit.settle(loaded.map_err(|e| deposit.as_sent(&e))?);
    Ok(deposit.address())
}

fn intake(app: &Shared, overrides: Overrides) -> Result<Intake> {
    Intake::new(app.today(), app.settings.config.tolerance, overrides)
}

/// What came of it.
pub(crate) async fn checked(State(app): State<Shared>, Path(id): Path<String>) -> Response {
    let deposit = match app.deposits.find(&id) {
        Ok(deposit) => deposit,
        Err(error) => return app.fault(&error),
    };
    if let Some(job) = deposit.going() {
        return other(&job.address());
    }
    let came = locked(&deposit.now).came.clone();
    let Some(came) = came else {
        return other(UPLOAD);
    };
    let asked = app.clone();
    let html = apart(move || async move {
        let before = before(&asked, &came).await?;
        shown(&asked, &deposit, &came, &before)
    });
    app.answer(html.await.map(page))
}

/// The delivery in the store that one which is not loaded would take the place of, or is.
async fn before(app: &App, came: &Ingested) -> Result<Value> {
    let (Some(opened), None) = (app.opened().await?, &came.outcome) else {
        return Ok(Value::Null);
    };
    let header = &came.report.header;
    let found = opened.store.delivered(&header.region, &header.periode.text).await?;
    Ok(found.map_or(Value::Null, |commit| {
        let entry = commit.entry.as_ref();
        json!({
            "version": commit.version,
            "quand": when(commit.at),
            "par": entry.and_then(|entry| entry.by.as_ref()),
            "identique": entry.is_some_and(|entry| entry.sha256 == came.report.sha256),
        })
    }))
}

fn shown(app: &App, deposit: &Deposit, came: &Ingested, before: &Value) -> Result<String> {
    // Where somebody is named, what was typed may be what names them: it is not said again.
    let overrides = match came.report.names_somebody() {
        true => Overrides::default(),
        false => locked(&deposit.now).overrides.clone(),
    };
    let communes = Communes::embedded()?;
    let here = deposit.delivery.exists();
    let accepted = came.report.verdict == Verdict::Accepted;
    let loaded = came.outcome.is_some();

    let says = json!({
        "adresse": deposit.address(),
        "sort": came.fate(),
        "acceptee": accepted,
        "chargee": loaded,
        "se_charge": accepted && !loaded && here,
        "se_reprend": !loaded && here,
        "note": note_path(&came.report, &came.quarantine).exists(),
        "classeur": annotated_path(came).exists(),
        "constats": format!("{} {}", number(came.findings as f64, 0), agreed(came.findings, "constat", "constats")),
        "avant": before,
        "livraison": findings::told(came, communes, app.settings.config.tolerance),
        "personne": app.person(),
        "regions": regions()?,
        "reponses": {
            "region": overrides.region,
            "periode": overrides.periode,
            "producteur": overrides.producteur,
            "motif": overrides.motif,
            "partiel": overrides.partial,
            "revenir": overrides.again,
        },
    });
    let title = format!("Livraison : {}", subject(&came.report.header, communes));
    app.page("livraison", "deposer", &title, says)
}

/// Lets go of what was sent.
pub(crate) async fn withdraw(State(app): State<Shared>, Path(id): Path<String>) -> Response {
    app.deposits.withdraw(&id);
    other(UPLOAD)
}

/// The quality note.
pub(crate) async fn note(State(app): State<Shared>, Path(id): Path<String>) -> Response {
    let path = |came: &Ingested| note_path(&came.report, &came.quarantine);
    download(app, &id, path, "application/pdf").await
}

/// The annotated workbook.
pub(crate) async fn workbook(State(app): State<Shared>, Path(id): Path<String>) -> Response {
    download(app, &id, annotated_path, XLSX).await
}

async fn download(
    app: Shared,
    id: &str,
    path: impl Fn(&Ingested) -> PathBuf,
    mime: &'static str,
) -> Response {
    let found = app.deposits.find(id).and_then(|deposit| {
        let came = locked(&deposit.now).came.clone();
        came.map(|came| path(&came)).filter(|path| path.exists()).ok_or_else(|| {
            missing("ce fichier n'existe pas pour cette livraison", "sa page dit ce qu'elle donne")
        })
    });
    let path = match found {
        Ok(path) => path,
        Err(error) => return app.fault(&error),
    };

    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let read = apart(move || async move {
        std::fs::read(&path).access(|| "le fichier ne se lit plus".into())
    });
    app.answer(read.await.map(|bytes| file(&name, mime, bytes)))
}

/// What was typed in a field, if anything.
pub(crate) fn filled(typed: &BTreeMap<String, String>, name: &str) -> Option<String> {
    let text = typed.get(name).map(|text| text.trim());
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

/// What is answered in the place of a delivery.
fn overrides(typed: &BTreeMap<String, String>) -> Overrides {
    Overrides {
        region: filled(typed, "region"),
        periode: filled(typed, "periode"),
        producteur: filled(typed, "producteur"),
        motif: filled(typed, "motif"),
        partial: typed.contains_key("partiel"),
        again: typed.contains_key("revenir"),
        ..Overrides::default()
    }
}

/// Codes and names of the régions.
fn regions() -> Result<Vec<Value>> {
    let communes = Communes::embedded()?;
    let codes: BTreeSet<&str> = communes.iter().map(|commune| commune.region.as_str()).collect();
    let named = codes
        .into_iter()
        .filter_map(|code| Some(json!({ "code": code, "nom": communes.region_name(code)? })));
    Ok(named.collect())
}
