//! One indicator of one zone and year, as `requete` answers it: its table, its chart, its definition, its limits, its files.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, Query as Asked, State};
use axum::response::Response;
use serde_json::{Value, json};

use base::definition::Definition;
use base::error::{Error, Result};
use base::french::capitalized;
use base::zone::Level;
use disclosure::GatedTable;
use edition::asked_zones::{ZONES, exist, settle, suits};
use edition::decisions;
use edition::gate::Guard;
use edition::linked_answers::{crossing, one_table};
use edition::opened::Opened;
use export::OutputForm;
use query::Query;
use report::indicator::IndicatorView;

use super::deposit::{XLSX, filled};
use super::zones::{ChosenZone, choices, year};
use crate::answers::{file, other, page};
use crate::app::{Shared, apart};
use crate::jobs::{self, Progress};

const PAGE: &str = "/indicateurs";
const STAGES: &[&str] = &["Interroger le dépôt et protéger les petits effectifs", "Dessiner"];
/// What a query asks of a project that is not open yet: it has a document of its own.
const OF_A_PROJECT: &str = "communes";

/// An answer that pages show.
pub(crate) struct Answer {
    table: GatedTable,
    view: IndicatorView,
    /// Zone, year and state of the data, in words.
    about: String,
    /// How its files are named.
    stem: String,
    asked: BTreeMap<String, String>,
}

/// The indicators by theme; the form of one of them, once it is chosen.
pub(crate) async fn form(
    State(app): State<Shared>,
    Asked(asked): Asked<BTreeMap<String, String>>,
) -> Response {
    let shared = app.clone();
    let html = apart(move || async move {
        let Some(opened) = shared.opened().await? else {
            return shared.page(
                "indicateurs",
                "indicateurs",
                "Indicateurs",
                json!({ "vide": true }),
            );
        };
        let Some(name) = filled(&asked, "indicateur") else {
            let says = json!({ "vide": false, "choix": null, "themes": themes(&opened) });
            return shared.page("indicateurs", "indicateurs", "Indicateurs", says);
        };
        let query = opened.catalogue.get(&name)?;
        let says = json!({
            "vide": false,
            "definition": query.definition.definition,
            "choix": choices_of(&opened, query, &asked).await?,
        });
        shared.page("indicateurs", "indicateurs", &query.definition.title, says)
    });
    app.answer(html.await.map(page))
}

/// The indicators, by theme.
fn themes(opened: &Opened) -> Vec<Value> {
    let mut themes: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for query in opened.catalogue.iter() {
        let definition = &query.definition;
        if !definition.parameters.contains_key(OF_A_PROJECT) {
            let one = json!({ "nom": definition.name, "titre": definition.title });
            themes.entry(&definition.theme).or_default().push(one);
        }
    }
    let themes = themes.into_iter();
    let themes = themes.map(|(name, queries)| json!({ "nom": theme(name), "requetes": queries }));
    themes.collect()
}

/// A theme of the catalogue in words; one of a user's own queries as it is written.
fn theme(name: &str) -> String {
    let accented = [
        ("activite", "Activité"),
        ("conformite", "Conformité"),
        ("delais", "Délais"),
        ("deploiement", "Déploiement"),
        ("medecin_traitant", "Médecin traitant"),
        ("qualite", "Qualité"),
    ];
    let known = accented.iter().find(|(theme, _)| *theme == name);
    known.map_or_else(|| capitalized(&name.replace('_', " ")), |(_, words)| (*words).to_owned())
}

/// All that an indicator lets one choose, and what was chosen last.
async fn choices_of(
    opened: &Opened,
    query: &Query,
    asked: &BTreeMap<String, String>,
) -> Result<Value> {
    let known = &query.definition.parameters;
    let chosen = ["zone", "annee", "niveau", "pas"]
        .map(|name| (name, filled(asked, name).unwrap_or_default()));
    let values = |name: &str| known.get(name).map(|parameter| &parameter.values);

    Ok(json!({
        "indicateur": query.definition.name,
        "zones": choices(opened, |level| takes(query, level)).await?,
        "annuel": known.contains_key("annee"),
        "niveaux": values("niveau"),
        "pas": values("pas"),
        "choisi": BTreeMap::from(chosen),
    }))
}

/// Whether an indicator can be asked about a zone of that level.
fn takes(query: &Query, level: Level) -> bool {
    let known = &query.definition.parameters;
    let named = match level {
        Level::National => !ZONES.iter().any(|zone| known.get(*zone).is_some_and(|p| p.required)),
        level => known.contains_key(level.name()),
    };
    let mut given = of_zone(query, &ChosenZone { level, code: String::new() });
    named && settle(query, &mut given).is_ok() && crossing(&query.definition, &given).is_none()
}

/// Starts the query.
pub(crate) async fn ask(
    State(app): State<Shared>,
    Form(typed): Form<BTreeMap<String, String>>,
) -> Response {
    let title = "Calcul de l’indicateur";
    // Where it fails, one goes on from the form that was filled in.
    let back = match typed.get("indicateur").filter(|name| known(name)) {
        Some(name) => format!("{PAGE}?indicateur={name}"),
        None => PAGE.to_owned(),
    };
    let job =
        jobs::start(&app, title, STAGES, &back, move |app, progress| answer(app, progress, typed));
    other(&job.address())
}

/// Whether a text has the form of a query's name.
fn known(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

async fn answer(
    app: Shared,
    progress: Progress,
    typed: BTreeMap<String, String>,
) -> Result<String> {
    let opened = app.must_open().await?;
    let name = filled(&typed, "indicateur").ok_or_else(|| {
        Error::usage("aucun indicateur n'est choisi").hint("choisissez-le dans la liste")
    })?;
    let query = opened.catalogue.get(&name)?;
    let zone = ChosenZone::parse(typed.get("zone").map(String::as_str).unwrap_or_default())?;
    let mut given = parameters(query, &zone, &typed)?;
    settle(query, &mut given)?;

    let all = [given];
    exist(&opened.session, &all).await?;
    let guard = Guard::new(&app.settings.config.secrecy, [query], false)
        .with_decisions(decisions::of_this_user());
    let table = one_table(&opened.session, guard.gate(), query, &all).await?;
    guard.note(&opened.store, &format!("requete {name}")).await?;

    progress.begin(1);
    let state = state(&opened).await?;
    let named = opened.zones().await?.into_iter();
    let named = named.filter(|z| z.level == zone.level && z.code == zone.code);
    let zone_name = named.map(|z| z.full_name).next().unwrap_or_else(|| zone.code.clone());
    let years = all.iter().find_map(|one| one.get("annee")).cloned().unwrap_or_default();
    let answer = Answer {
        view: IndicatorView::new(&table, &state)?,
        table,
        about: format!("{zone_name}, {years} ; {state}"),
        stem: [name, zone.text(), years].join("-"),
        asked: typed,
    };
    Ok(format!("{PAGE}/{}", app.answers.keep(answer)))
}

/// The parameters of a choice: the level of the zone where no other one is asked for.
fn parameters(
    query: &Query,
    zone: &ChosenZone,
    typed: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>> {
    let known = &query.definition.parameters;
    let mut given = of_zone(query, zone);
    if known.contains_key("annee") {
        let year = year(&filled(typed, "annee").unwrap_or_default())?;
        given.insert("annee".to_owned(), year.to_string());
    }
    given.extend(filled(typed, "pas").map(|step| ("pas".to_owned(), step)));

    if let Some(level) = filled(typed, "niveau") {
        if !suits(query, &level, &given) {
            return Err(Error::usage("le niveau des lignes est plus large que la zone : elles porteraient le nom du tout pour les chiffres d'une partie")
                .hint("laissez « celui de la zone », ou choisissez une zone plus large"));
        }
        given.insert("niveau".to_owned(), level);
    }
    Ok(given)
}

/// What a zone says to a query: its code, and its level where the query has lines of that level.
fn of_zone(query: &Query, zone: &ChosenZone) -> BTreeMap<String, String> {
    let mut given = BTreeMap::new();
    if zone.level != Level::National {
        given.insert(zone.level.name().to_owned(), zone.code.clone());
    }
    let level = zone.level.name();
    let levels = query.definition.parameters.get("niveau").map(|parameter| &parameter.values);
    if levels.is_some_and(|levels| levels.iter().any(|one| one == level)) {
        given.insert("niveau".to_owned(), level.to_owned());
    }
    given
}

/// Which data an answer is drawn from.
async fn state(opened: &Opened) -> Result<String> {
    let made_up = if opened.made_up().await? { " ; données fictives" } else { "" };
    Ok(format!("version {} du dépôt{made_up}", opened.session.version()))
}

/// The answer.
pub(crate) async fn shown(State(app): State<Shared>, Path(id): Path<String>) -> Response {
    let found = match app.answers.find(&id) {
        Ok(found) => found,
        Err(error) => return app.fault(&error),
    };
    let asked = app.clone();
    let html = apart(move || async move {
        let opened = asked.must_open().await?;
        let definition = found.table.definition();
        let says = json!({
            "objet": found.about,
            "adresse": format!("{PAGE}/{id}"),
            "diffusable": found.table.publishable(),
            "masquees": found.table.summary().primary + found.table.summary().secondary,
            "cellules": found.table.summary().cells,
            "definition": definition_of(definition),
            "choix": choices_of(&opened, opened.catalogue.get(&definition.name)?, &found.asked).await?,
        });
        let page = asked.framed("indicateurs", &definition.title, says);
        asked.pages.indicator("indicateur", page, &found.view)
    });
    app.answer(html.await.map(page))
}

fn definition_of(definition: &Definition) -> Value {
    json!({
        "nom": definition.name,
        "definition": definition.definition,
        "formule": definition.formula,
        "unite": definition.unit,
        "population": definition.population,
        "sources": definition.sources.join(", "),
        "limites": definition.limits,
    })
}

/// The answer as CSV.
pub(crate) async fn csv(State(app): State<Shared>, Path(id): Path<String>) -> Response {
    download(&app, &id, OutputForm::Csv, "csv", "text/csv; charset=utf-8").await
}

/// The answer as a workbook.
pub(crate) async fn xlsx(State(app): State<Shared>, Path(id): Path<String>) -> Response {
    download(&app, &id, OutputForm::Xlsx, "xlsx", XLSX).await
}

async fn download(
    app: &Shared,
    id: &str,
    form: OutputForm,
    extension: &str,
    mime: &'static str,
) -> Response {
    let found = match app.answers.find(id) {
        Ok(found) => found,
        Err(error) => return app.fault(&error),
    };
    let name = format!("{}.{extension}", found.stem);
    // No form of these is laid out in columns of a screen.
    let bytes = apart(move || async move { export::bytes(&found.table, form, 80) });
    app.answer(bytes.await.map(|bytes| file(&name, mime, bytes)))
}
