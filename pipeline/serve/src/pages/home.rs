//! The board of expected deliveries, as `depot attendu` draws it, and what there is to do next.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::response::Response;
use chrono::Datelike;
use serde_json::{Value, json};

use base::error::Result;
use edition::board::{
    ANSWER_DAYS, Board, BoardLine, BoardRequest, Letter, Letters, State as Fate, remarks,
};
use edition::config::Config;
use edition::opened::Opened;
use geography::Communes;

use super::deposit::waiting;
use crate::answers::{file, missing, page};
use crate::app::{App, Shared, apart};

/// The page.
pub(crate) async fn board(State(app): State<Shared>) -> Response {
    let asked = app.clone();
    let says = apart(move || async move {
        let Some(opened) = asked.opened().await? else {
            return Ok(json!({
                "vide": true,
                "reste": asked.scratch.left_behind,
                "attente": waiting(&asked)?,
            }));
        };
        let board = drawn(&asked, &opened).await?;
        let reminders = &asked.settings.config.reminders;
        let letters = match reminders.contact {
            Some(_) => letters(&asked.settings.config, &board).of(&board)?,
            None => Vec::new(),
        };
        Ok(json!({
            "vide": false,
            "reste": asked.scratch.left_behind,
            "jour": board.today.format("%d/%m/%Y").to_string(),
            "version": opened.snapshot.version,
            "fictives": opened.made_up().await?,
            "compte": board.counts(),
            "absentes": board.absent_said(),
            "annees": years(&board),
            "regions": regions(&board),
            "a_faire": to_do(&board),
            "prochaine": next(&board),
            "lettres": letters.iter().map(|letter| addressee(letter, &board)).collect::<Vec<_>>(),
            "contact": reminders.contact,
            "attente": waiting(&asked)?,
        }))
    });
    let html: Result<String> = match says.await {
        Ok(says) => app.page("accueil", "accueil", "Livraisons attendues", says),
        Err(error) => Err(error),
    };
    app.answer(html.map(page))
}

/// The letter to a région, as a message that a mail program opens.
pub(crate) async fn letter(State(app): State<Shared>, Path(region): Path<String>) -> Response {
    let asked = app.clone();
    let name = format!("relance-{region}.eml");
    let message = apart(move || async move {
        let none = || missing("aucune lettre n'est à écrire à cette région", "revenez à l'accueil");
        let opened = asked.opened().await?.ok_or_else(none)?;
        let board = drawn(&asked, &opened).await?;
        let letters = letters(&asked.settings.config, &board);

        let all = letters.of(&board)?;
        let letter = all.iter().find(|letter| letter.region == region).ok_or_else(none)?;
        Ok(letters.message(letter, board.today).into_bytes())
    });
    app.answer(message.await.map(|bytes| file(&name, "message/rfc822", bytes)))
}

async fn drawn(app: &App, opened: &Opened) -> Result<Board> {
    let request = BoardRequest {
        today: app.today(),
        years: None,
        regions: Vec::new(),
        delay: app.settings.config.reminders.delay,
    };
    Board::draw(&opened.store, &opened.session, Communes::embedded()?, &request).await
}

fn letters<'a>(config: &'a Config, board: &Board) -> Letters<'a> {
    Letters {
        reminders: &config.reminders,
        deadline: board.today + ANSWER_DAYS,
        refused_max: config.thresholds.refused_max,
    }
}

/// Whom a letter is for.
fn addressee(letter: &Letter, board: &Board) -> Value {
    let line = board.lines.iter().find(|line| line.region == letter.region);
    json!({
        "region": letter.region,
        "nom": line.map(|line| line.region_name.as_str()),
        "adresse": letter.to,
    })
}

/// The years of the board, in order.
fn years(board: &Board) -> Vec<i32> {
    let mut years: Vec<i32> = board.lines.iter().map(|l| l.period.start.year()).collect();
    years.sort_unstable();
    years.dedup();
    years
}

/// A row per région: for each year the periods that are expected, each with what came of it.
fn regions(board: &Board) -> Vec<Value> {
    let mut regions: BTreeMap<&str, (&str, Vec<&BoardLine>)> = BTreeMap::new();
    for line in &board.lines {
        regions
            .entry(&line.region)
            .or_insert((&line.region_name, Vec::new()))
            .1
            .push(line);
    }

    let row = |(code, (name, lines)): (&str, (&str, Vec<&BoardLine>))| {
        let of_year = |year: i32| {
            let lines = lines.iter().filter(|line| line.period.start.year() == year);
            lines.map(|line| cell(line)).collect::<Vec<_>>()
        };
        let cells: Vec<Vec<Value>> = years(board).into_iter().map(of_year).collect();
        json!({ "code": code, "nom": name, "cases": cells })
    };
    regions.into_iter().map(row).collect()
}

/// What became of one delivery.
fn cell(line: &BoardLine) -> Value {
    let tone = match line.state {
        Fate::Received | Fate::Replaced | Fate::Nothing => "conforme",
        Fate::Refused | Fate::Missing => "alerte",
        Fate::Expected => "neutre",
    };
    json!({
        "periode": line.period.text,
        "etat": line.state.said(),
        "ton": tone,
        "version": line.version,
    })
}

/// What to do about a delivery.
fn what_to_do(line: &BoardLine) -> &'static str {
    match line.state {
        Fate::Missing => "Réclamez-la à qui l’envoie, puis déposez-la.",
        Fate::Refused => {
            "Faites-la corriger d’après sa note de qualité, puis déposez-la de nouveau."
        }
        _ if line.refused.is_some() => {
            "Un envoi plus récent a été refusé : faites-le corriger, puis déposez-le de nouveau."
        }
        _ => {
            "Demandez ce qui manque, puis déposez-la de nouveau, complète ; ce qui n’existe pas, elle le dit dans « rien_a_declarer »."
        }
    }
}

/// The delivery that is expected next.
fn next(board: &Board) -> Option<String> {
    let expected = board.lines.iter().filter(|line| line.state == Fate::Expected);
    let first = expected.min_by_key(|line| (line.due, &line.region))?;
    let (name, period) = (&first.region_name, &first.period.text);
    Some(format!("{name}, {period}, le {}", first.due.format("%d/%m/%Y")))
}

/// The deliveries for which something is to be done, the latest due first, each with what there is to say.
fn to_do(board: &Board) -> Vec<Value> {
    let wants = |line: &&BoardLine| {
        matches!(line.state, Fate::Refused | Fate::Missing)
            || line.refused.is_some()
            || !line.missing_tables.is_empty()
            || !line.silent.is_empty()
    };
    let mut lines: Vec<&BoardLine> = board.lines.iter().filter(wants).collect();
    lines.sort_by_key(|line| std::cmp::Reverse((line.due, line.region.clone())));

    let item = |line: &&BoardLine| {
        json!({
            "region": line.region_name,
            "periode": line.period.text,
            "etat": line.state.said(),
            "ton": cell(line)["ton"],
            "echeance": line.due.format("%d/%m/%Y").to_string(),
            // How late a delivery came is no longer of use once it is there.
            "retard": if line.received.is_none() { line.late } else { 0 },
            "faire": what_to_do(line),
            "remarques": remarks(line),
        })
    };
    lines.iter().map(item).collect()
}
