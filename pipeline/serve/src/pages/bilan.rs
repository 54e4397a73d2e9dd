//! A bilan: its draft, the committee's comments, its final version after a summary of what it publishes and hides; as `bilan` makes it.

pub(crate) mod comment;
pub(crate) mod draft;
pub(crate) mod finals;

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde_json::json;

use base::error::Result;
use edition::comments;
use edition::decisions;
use edition::opened::Opened;
use edition::{Edition, Request, Subject};

use super::deposit::filled;
use super::history::{finals as all_finals, published};
use super::zones::{ChosenZone, choices, year};
use crate::answers::{other, page};
use crate::app::{Shared, apart};

const PAGE: &str = "bilan";
/// Final versions that are listed; the history has them all.
const LISTED: usize = 10;
/// What tells the page of a bilan which comment was just saved.
const SAVED: &str = "enregistre";

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
            Some(opened) => {
                let mut published = all_finals(&asked, &opened.store).await?;
                published.truncate(LISTED);
                let zones = choices(&opened, |_| true).await?;
                json!({ "vide": false, "zones": zones, "publies": published })
            }
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
pub(crate) async fn of(
    State(app): State<Shared>,
    Path(path): Path<(String, String)>,
    Query(told): Query<BTreeMap<String, String>>,
) -> Response {
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
        let saved = told.get(SAVED).and_then(|id| chapters.iter().find(|c| c["id"] == id.as_str()));
        let says = json!({
            "zone": request.zone.full_name,
            "annee": of.year,
            "adresse": of.address(),
            "enregistre": saved,
            "dossier": comments::own_folder(root, &request).display().to_string(),
            "chapitres": chapters,
            "publiee": published(&asked, &opened.store, &request.name()).await?,
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
