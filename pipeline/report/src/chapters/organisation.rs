//! Fill and organisation: the itinerary of each bus, and any query of that theme, printed from its own header.

use std::collections::BTreeMap;

use super::chapter::chapter;
use crate::builder::Builder;
use crate::content::{Block, Chapter, PrintedColumn};
use crate::prose::Fact;
use crate::slice::{Slice, useful_columns};
use base::error::Result;
use base::french::{self as format, typography};

/// Answers of this theme that the criteria of conformity, the key figures, the line of each bus or a sentence say; whole, they are
/// attached.
const ELSEWHERE: [&str; 5] =
    ["eligibilite", "itineraire", "continuite", "remplissage", "demandes_cellule"];

/// Weekdays as the query writes them, and as headings.
const WEEKDAYS: [(&str, &str); 7] = [
    ("lundi", "Lundi"),
    ("mardi", "Mardi"),
    ("mercredi", "Mercredi"),
    ("jeudi", "Jeudi"),
    ("vendredi", "Vendredi"),
    ("samedi", "Samedi"),
    ("dimanche", "Dimanche"),
];

pub(super) fn build(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    let mut blocks: Vec<Block> = itineraries(a).into_iter().collect();
    let keys: Vec<&String> = a
        .input
        .tables
        .iter()
        .filter(|(key, t)| {
            let d = t.definition();
            d.theme == "organisation"
                && !ELSEWHERE.contains(&d.name.as_str())
                && !a.printed.contains(*key)
        })
        .map(|(key, _)| key)
        .collect();

    for key in keys {
        blocks.extend(print_answer(a, key));
    }

    if blocks.is_empty() {
        return Ok(None);
    }

    let mut s = a.facts("synthese");
    s.entry("taux_remplissage_precedent".into()).or_insert_with(Fact::unknown);
    let context = BTreeMap::from([
        ("s", s),
        ("i", a.facts("itineraire")),
        ("demandes", a.facts("demandes_cellule")),
    ]);
    let sentences = a.sentences("organisation.j2", context)?;

    Ok(Some(chapter(
        a,
        "organisation",
        "Organisation et remplissage",
        sentences,
        blocks,
    )))
}

/// The weekly itinerary of each bus: a line per bus, a column per weekday, communes with the tours held in the year.
pub(crate) fn itineraries(a: &mut Builder<'_>) -> Option<Block> {
    let key = ["communes_desservies/medicobus", "communes_desservies"]
        .into_iter()
        .find(|key| a.input.tables.contains_key(*key))?;
    let slice = a.slice(key).filter(|v| !v.is_empty())?;
    let bus = slice.distinct("code_zone");

    if bus.len() > 60 {
        return None;
    }

    let say = |v: Slice<'_>| -> String {
        let communes: Vec<String> = v
            .rows()
            .map(|l| {
                let name = l.label(&["nom_commune", "code_commune"]);
                format!("{name} ({})", l.printed("tournees"))
            })
            .collect();
        communes.join(", ")
    };

    let week: Vec<(&str, &str)> = WEEKDAYS
        .into_iter()
        .filter(|(day, _)| !slice.with("jour", day).is_empty())
        .collect();

    let undated = !without_day(&slice).is_empty();
    let mut rows = Vec::new();
    for code in bus {
        let bus_days = slice.with("code_zone", code);
        let mut row = vec![bus_days.first()?.label(&["nom_zone", "code_zone"])];
        row.extend(week.iter().map(|(day, _)| say(bus_days.with("jour", day))));
        if undated {
            row.push(say(without_day(&bus_days)));
        }
        rows.push(row);
    }

    rows.sort();
    let mut headings = vec!["Médicobus"];
    headings.extend(week.iter().map(|(_, name)| *name));

    if undated {
        headings.push("Sans jour prévu");
    }

    let definition = slice.table().definition();
    let title =
        format!("Itinéraire de la semaine : communes et tournées tenues en {}", a.input.year);
    let mut block = a.composed_table(key, &title, &headings, rows, definition);

    if let Block::Table(t) = &mut block {
        for PrintedColumn { alignment, .. } in &mut t.columns {
            *alignment = "gauche".into();
        }
    }

    Some(block)
}

/// Communes without a planned weekday.
fn without_day<'v>(slice: &Slice<'v>) -> Slice<'v> {
    slice.filter(|l| !l.text("jour").is_some_and(|j| WEEKDAYS.iter().any(|(name, _)| *name == j)))
}

/// An answer as a table: one row is turned on its side, many rows keep their columns.
pub(super) fn print_answer(a: &mut Builder<'_>, key: &str) -> Option<Block> {
    let slice = a.slice(key).filter(|v| !v.is_empty())?;
    let definition = slice.table().definition();
    let suffix = match key.rsplit_once('/').map(|c| c.1) {
        Some("precedent") => format!(", {}", a.input.year - 1),
        Some("parties") => format!(" {}", a.by_part()),
        Some("medicobus") => " par médicobus".into(),
        _ => format!(", {}", a.input.year),
    };
    let title = format!("{}{suffix}", definition.title);
    let columns = useful_columns(definition, &slice);
    if slice.len() == 1 {
        return Some(a.composed_table(
            key,
            &title,
            &["Indicateur", "Valeur"],
            on_its_side(&slice, &columns),
            definition,
        ));
    }

    let kept: Vec<&str> = columns.iter().copied().take(MAX_COLUMNS).collect();
    let mut block = a.table(key, &title, &slice, &kept);

    if let (Block::Table(t), true) = (&mut block, columns.len() > MAX_COLUMNS) {
        let rest = columns.len() - MAX_COLUMNS;
        let s = if rest > 1 { "s" } else { "" };
        t.notes.push(typography(&format!(
            "{rest} autre{s} colonne{s} dans le fichier joint {}.csv.",
            key.replace('/', "_")
        )));
    }

    Some(block)
}

/// Most columns that fit across a page.
const MAX_COLUMNS: usize = 8;

fn on_its_side(slice: &Slice<'_>, columns: &[&str]) -> Vec<Vec<String>> {
    let Some(row) = slice.first() else {
        return Vec::new();
    };

    columns
        .iter()
        .filter_map(|name| {
            let (column, cell) = row.cell(name)?;
            let key = column.role.is_key() || column.role == base::definition::Role::Label;
            (!key)
                .then(|| vec![typography(&column.title), format::cell(cell.open(), column.format)])
        })
        .collect()
}
