//! Consultations by month and by bus, and how they are held.

use std::collections::BTreeMap;

use super::chapter::chapter;
use super::perimeter::{same_months, same_perimeter};
use crate::builder::Builder;
use crate::content::{Block, Chapter};
use crate::prose::{Fact, for_sentence};
use crate::slice::Slice;
use base::definition::Format;
use base::error::Result;
use base::french::Figure;
use base::french::{self as format, month_name};
use charts::line::{LineChart, Series};

/// Lines that a table of buses may have.
const MOST_BUSES: usize = 60;

pub(super) fn build(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    let Some(slice) = a.slice("consultations_par_mois") else {
        return Ok(None);
    };

    let mut blocks: Vec<Block> = curve(a)?.into_iter().collect();
    blocks.extend(per_bus(a));
    if let Some(c) = a.slice("conformite_activite").filter(|v| !v.is_empty()) {
        let columns = ["nom_cas", "consultations", "patients", "part"];
        let title = "Activité au regard du cahier des charges";
        blocks.push(a.table("conformite_activite", title, &c, &columns));
    }

    let sentences = sentences(a, &months_of(&slice, a.input.year))?;
    Ok(Some(chapter(a, "activite", "Activité", sentences, blocks)))
}

/// This year's months against last year's.
pub(crate) fn curve(a: &mut Builder<'_>) -> Result<Option<Block>> {
    let Some(slice) = a.slice("consultations_par_mois") else {
        return Ok(None);
    };

    let year = a.input.year;
    let previous = a.slice("consultations_par_mois/precedent").map(|v| months_of(&v, year - 1));

    let mut title = format!("Consultations honorées par mois, {year}");
    let mut series = Vec::new();
    if let Some(values) = previous.filter(|p| p.iter().any(|v| v.number().is_some())) {
        title.push_str(&format!(" et {}", year - 1));
        series.push(Series {
            name: (year - 1).to_string(),
            values,
            main: false,
        });
    }

    series.push(Series {
        name: year.to_string(),
        values: months_of(&slice, year),
        main: true,
    });

    let steps = (1..=12).filter_map(month_name).map(abbreviated).collect();
    let plot = LineChart {
        steps,
        series,
        format: Format::Integer,
        unit: "consultations".into(),
    };

    a.chart("activite-mois", &title, &plot, slice.table())
}

pub(super) fn abbreviated(month: &str) -> String {
    match month {
        "janvier" => "janv.",
        "février" => "févr.",
        "avril" => "avr.",
        "juillet" => "juil.",
        "septembre" => "sept.",
        "octobre" => "oct.",
        "novembre" => "nov.",
        "décembre" => "déc.",
        short => short,
    }
    .to_string()
}

/// Twelve values, January first.
pub(super) fn months_of(slice: &Slice<'_>, year: i32) -> Vec<Figure> {
    (1..=12)
        .map(|m| {
            let key = format!("{year}-{m:02}");
            slice
                .with("periode", &key)
                .first()
                .map_or(Figure::Missing, |l| l.value("consultations"))
        })
        .collect()
}

fn sentences(a: &Builder<'_>, values: &[Figure]) -> Result<Vec<String>> {
    let known: Vec<(f64, String)> = values
        .iter()
        .zip(1..)
        .filter_map(|(v, m)| Some((v.number()?, month_name(m)?.to_string())))
        .collect();

    let say = |choice: Option<&(f64, String)>| {
        choice.map(|(x, m)| {
            BTreeMap::from([("periode", m.clone()), ("texte", format::number(*x, 0))])
        })
    };

    // With a hidden or missing month, the extreme of the known ones may not be the extreme.
    let complete = known.len() == 12;
    let highest = known.iter().filter(|_| complete).max_by(|p, q| p.0.total_cmp(&q.0));

    let lowest = known.iter().filter(|_| complete).min_by(|p, q| p.0.total_cmp(&q.0));

    let mut s = a.facts("synthese");
    for name in ["consultations", "consultations_precedent", "evolution_consultations"] {
        s.entry(name.into()).or_insert_with(Fact::unknown);
    }

    let context = BTreeMap::from([
        ("s", for_sentence(&s)),
        ("constant", for_sentence(same_perimeter(a, "consultations"))),
        ("memes_mois", for_sentence(same_months(a))),
        ("haut", for_sentence(say(highest))),
        ("bas", for_sentence(say(lowest))),
        ("modalites", for_sentence(shares_by_way(a))),
    ]);

    a.sentences("activite.j2", context)
}

/// By whom patients were sent, what came next, and how they were seen: by dimension and value, the share of the consultations. A value
/// that no consultation has is not there.
fn shares_by_way(a: &Builder<'_>) -> BTreeMap<String, BTreeMap<String, Fact>> {
    let mut shares: BTreeMap<String, BTreeMap<String, Fact>> = BTreeMap::new();
    let Some(slice) = a.slice("consultations_par_modalite") else {
        return shares;
    };

    for row in slice.rows() {
        let named = row.text("dimension").zip(row.text("modalite"));
        if let (Some((dimension, value)), Some((column, cell))) = (named, row.cell("part")) {
            let share = Fact::new(cell, column.format);
            shares.entry(dimension.into()).or_default().insert(value.into(), share);
        }
    }
    shares
}

/// What heads the rows of a table of buses.
pub(super) fn name_buses(block: &mut Block) {
    if let Block::Table(t) = block
        && let Some(first) = t.columns.first_mut()
    {
        first.title = "Médicobus".into();
    }
}

/// A line per bus with what the chapters say of the whole; each bus has its own sheet.
fn per_bus(a: &mut Builder<'_>) -> Option<Block> {
    // A bus that did not go out, or was not there yet, has nothing to tell.
    let slice = a
        .slice("synthese/medicobus")?
        .filter(|row| row.value("medicobus_actifs") != Figure::Known(0.0));
    let slice = Some(slice).filter(|v| !v.is_empty() && v.len() <= MOST_BUSES)?;
    let columns = [
        "nom_zone",
        "jours_sortie",
        "consultations",
        "consultations_precedent",
        "patients",
        "part_publics_prioritaires",
        "part_sans_mt",
        "delai_median",
        "taux_remplissage",
    ];

    let title = format!("Les médicobus, {}", a.input.year);
    let mut table = a.table("synthese/medicobus", &title, &slice, &columns);
    name_buses(&mut table);
    Some(table)
}
