//! What the buses are paid, and what a day out costs beside the reference of the instruction.

use std::collections::BTreeMap;

use super::chapter::chapter;
use crate::builder::Builder;
use crate::content::{Block, Chapter};
use crate::prose::{Fact, for_sentence};
use crate::slice::{Slice, SliceRow};
use base::definition::Format;
use base::error::Result;
use base::french::{Figure, formatted};
use base::zone::Level;
use charts::bar::{Bar, BarChart};

/// The instruction's running cost: 200 000 € a year for five days a week, hence 260 days.
const REFERENCE: f64 = 200_000.0;
/// Days out of a year at five days a week.
const DAYS_OUT: f64 = 260.0;

pub(super) fn build(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    let funding = a.slice("financement").filter(|v| !v.is_empty());
    let cost = a.slice("cout").filter(|v| !v.is_empty());

    if funding.is_none() && cost.is_none() {
        return Ok(None);
    }

    let sentences = sentences(a)?;
    let days_cost = cost.is_some() && a.input.unfinished().is_none();
    let mut blocks = a.at_half_width(|a| {
        let sources = funding.as_ref().map(|slice| sources(a, slice)).transpose()?;
        let cost = days_cost.then(|| per_day(a)).transpose()?;
        Ok(sources.into_iter().chain(cost).flatten().collect())
    })?;
    if let Some(slice) = &funding {
        blocks.push(sources_table(a, slice));
    }

    if days_cost {
        let title = format!("Coût de fonctionnement, {}", a.input.year);
        let columns = [
            "nom_zone",
            "medicobus",
            "fonctionnement",
            "reference",
            "ecart_reference",
            "jours_sortie",
            "cout_par_jour",
            "cout_par_consultation",
            "cout_par_patient",
        ];
        blocks.extend(a.zone_table("cout", &title, &columns));
    }

    Ok(Some(chapter(a, "financement", "Financement et coût", sentences, blocks)))
}

/// The row of a nature and a financer.
fn row<'v>(slice: &Slice<'v>, nature: &str, funder: &str) -> Option<SliceRow<'v>> {
    slice.with("nature", nature).with("financeur", funder).first()
}

fn sentences(a: &Builder<'_>) -> Result<Vec<String>> {
    let amounts = |key: &str| -> BTreeMap<&'static str, BTreeMap<String, Fact>> {
        let slice = a.slice(key);
        let columns = ["medicobus".to_string(), "montant".to_string()];
        ["fonctionnement", "investissement", "ensemble"]
            .into_iter()
            .map(|nature| {
                let row = slice.as_ref().and_then(|v| row(v, nature, "ensemble"));
                (nature, Fact::row(row.as_ref(), &columns))
            })
            .collect()
    };

    let costs = |key: &str| {
        let columns = [
            "fonctionnement",
            "ecart_reference",
            "cout_par_jour",
            "cout_par_consultation",
            "cout_par_patient",
        ]
        .map(String::from);
        Fact::row(a.row(key).as_ref(), &columns)
    };

    let context = BTreeMap::from([
        ("f", for_sentence(amounts("financement"))),
        ("fp", for_sentence(amounts("financement/precedent"))),
        ("c", for_sentence(costs("cout"))),
        ("cp", for_sentence(costs("cout/precedent"))),
        ("e", for_sentence(a.facts("engagements"))),
    ]);

    a.sentences("financement.j2", context)
}

/// Who paid the running costs, this year and the last.
fn sources(a: &mut Builder<'_>, slice: &Slice<'_>) -> Result<Option<Block>> {
    let last_year = a.slice("financement/precedent");
    let bars: Vec<Bar> = slice
        .with("nature", "fonctionnement")
        .without("financeur", "ensemble")
        .rows()
        .map(|l| Bar {
            label: l.label(&["nom_financeur", "financeur"]),
            value: l.value("montant"),
            previous: last_year
                .as_ref()
                .and_then(|p| row(p, "fonctionnement", l.text("financeur")?))
                .map_or(Figure::Missing, |p| p.value("montant")),
            secondary: false,
        })
        .collect();

    let known = bars.iter().any(|b| b.previous != Figure::Missing);
    let plot = BarChart {
        bars,
        format: Format::Euros,
        comparison: known.then(|| (a.input.year - 1).to_string()),
        reference: None,
    };

    let title = format!("Financement du fonctionnement par financeur, {}", a.input.year);
    a.chart("financement-sources", &title, &plot, slice.table())
}

/// All financers. What one gave in all is the sum of two lines at most; where all is of one nature, its total is the whole.
fn sources_table(a: &mut Builder<'_>, slice: &Slice<'_>) -> Block {
    let two_natures = slice.distinct("nature").len() > 2;
    let slice = &slice.filter(|l| {
        l.text("nature") != Some("ensemble")
            || (two_natures && l.text("financeur") == Some("ensemble"))
    });
    let columns = ["nom_financeur", "nature", "medicobus", "montant", "part"];
    let mut table = a.table(
        "financement",
        &format!("Financements par source, {}", a.input.year),
        slice,
        &columns,
    );

    super::chapter::put_words(
        &mut table,
        &[
            ("fonctionnement", "Fonctionnement"),
            ("investissement", "Investissement"),
            ("ensemble", "Ensemble"),
        ],
    );

    table
}

/// The cost of a day out beside the reference: each bus, or each région of the nation.
fn per_day(a: &mut Builder<'_>) -> Result<Option<Block>> {
    let national = a.input.zone.level == Level::National;
    let key = if national { "cout/parties" } else { "cout/medicobus" };
    let tables = &a.input.tables;
    let table = tables.get(key).or_else(|| tables.get("cout"));

    let Some(table) = table else {
        return Ok(Some(Block::Paragraph {
            text: "Le coût par jour n’est pas connu.".into(),
        }));
    };

    let slice = Slice::new(table);
    let mut rows: Vec<SliceRow<'_>> = slice.rows().take(60).collect();
    rows.sort_by_key(|l| l.label(&["nom_zone", "code_zone"]));

    let mut bars: Vec<Bar> = rows
        .iter()
        .map(|l| Bar {
            label: l.label(&["nom_zone", "code_zone"]),
            value: l.value("cout_par_jour"),
            previous: Figure::Missing,
            secondary: false,
        })
        .collect();

    if let Some(whole) = a.row("cout").filter(|_| bars.len() > 1) {
        let previous = a.row("cout/precedent");
        bars.push(Bar {
            label: whole.label(&["nom_zone", "code_zone"]),
            value: whole.value("cout_par_jour"),
            previous: previous.map_or(Figure::Missing, |l| l.value("cout_par_jour")),
            secondary: true,
        });
    }

    let reference = REFERENCE / DAYS_OUT;
    let name = format!(
        "référence : {} ({} pour {DAYS_OUT} jours)",
        formatted(reference, Format::Euros),
        formatted(REFERENCE, Format::Euros)
    );

    let plot = BarChart {
        bars,
        format: Format::Euros,
        comparison: None,
        reference: Some((name, reference)),
    };

    let who = if national { a.by_part() } else { "par médicobus" };

    let title = format!("Coût d'un jour de sortie {who}, {}", a.input.year);
    a.chart("cout-jour", &title, &plot, table)
}
