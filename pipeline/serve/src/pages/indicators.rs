//! One indicator of one zone and year, as `requete` answers it: its table, its chart, its definition, its limits, its files.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};

use base::definition::Definition;
use base::error::{Error, Result};
use base::text::PROGRAM;
use base::zone::Level;
use disclosure::GatedTable;
use edition::asked_zones::{exist, settle};
use edition::decisions;
use edition::gate::Guard;
use edition::linked_answers::one_table;
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

/// The form.
pub(crate) async fn form(State(app): State<Shared>) -> Response {
    let asked = app.clone();
    let says = apart(move || async move {
        let Some(opened) = asked.opened().await? else {
            return Ok(json!({ "vide": true }));
        };
        Ok(json!({ "vide": false, "choix": all_choices(&opened, &BTreeMap::new()).await? }))
    });
    let html = says
        .await
        .and_then(|says| app.page("indicateurs", "indicateurs", "Indicateurs", says));
    app.answer(html.map(page))
}

/// All that the form lets one choose, and what was chosen last.
async fn all_choices(opened: &Opened, asked: &BTreeMap<String, String>) -> Result<Value> {
    let mut themes: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for query in opened.catalogue.iter() {
        let definition = &query.definition;
        if !definition.parameters.contains_key(OF_A_PROJECT) {
            let one = json!({ "nom": definition.name, "titre": definition.title });
            themes.entry(&definition.theme).or_default().push(one);
        }
    }
    let chosen = ["indicateur", "zone", "annee", "niveau", "pas"]
        .map(|name| (name, filled(asked, name).unwrap_or_default()));
    let themes = themes.into_iter();
    let themes =
        themes.map(|(name, queries)| json!({ "nom": name.replace('_', " "), "requetes": queries }));

    Ok(json!({
        "themes": themes.collect::<Vec<_>>(),
        "zones": choices(opened).await?,
        "choisi": BTreeMap::from(chosen),
    }))
}

/// Starts the query.
pub(crate) async fn ask(
    State(app): State<Shared>,
    Form(typed): Form<BTreeMap<String, String>>,
) -> Response {
    let title = "Calcul de l’indicateur";
    let job =
        jobs::start(&app, title, STAGES, PAGE, move |app, progress| answer(app, progress, typed));
    other(&job.address())
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
    let mut given = BTreeMap::new();
    if known.contains_key("annee") {
        let year = year(&filled(typed, "annee").unwrap_or_default())?;
        given.insert("annee".to_owned(), year.to_string());
    }
    if zone.level != Level::National {
        given.insert(zone.level.name().to_owned(), zone.code.clone());
    }

    let level = filled(typed, "niveau");
    let own = || {
        let levels = &known.get("niveau")?.values;
        levels.iter().find(|level| *level == zone.level.name()).cloned()
    };
    given.extend(level.or_else(own).map(|level| ("niveau".to_owned(), level)));
    given.extend(filled(typed, "pas").map(|step| ("pas".to_owned(), step)));
    Ok(given)
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
            "page": "indicateurs",
            "titre": definition.title,
            "programme": PROGRAM,
            "depot": asked.settings.depot,
            "dit": {
                "objet": found.about,
                "adresse": format!("{PAGE}/{id}"),
                "diffusable": found.table.publishable(),
                "masquees": found.table.summary().primary + found.table.summary().secondary,
                "cellules": found.table.summary().cells,
                "definition": definition_of(definition),
                "choix": all_choices(&opened, &found.asked).await?,
            },
        });
        asked.pages.indicator("indicateur", says, &found.view)
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
