//! How complete the deliveries are.

use std::collections::BTreeMap;

use serde::Serialize;

use super::chapter::chapter;
use crate::builder::Builder;
use crate::content::{Block, Chapter};
use crate::prose::{Fact, for_sentence};
use crate::slice::SliceRow;
use base::definition::Format;
use base::error::Result;
use base::french::Figure;
use charts::bar::{Bar, BarChart};

pub(super) fn build(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    let mut blocks: Vec<Block> = Vec::new();
    if let Some(slice) = a.slice("completude_livraisons").filter(|v| !v.is_empty()) {
        let columns = [
            "nom_table",
            "livraisons",
            "lignes_lues",
            "lignes_acceptees",
            "lignes_refusees",
            "part_refusee",
        ];
        // Whole, it is attached: of tables that lost nothing there is nothing to read.
        let refused = slice.filter(|row| {
            row.text("nom_table") == Some("ensemble")
                || row.value("lignes_refusees") != Figure::Known(0.0)
        });
        let title = "Tables dont des lignes ont été refusées";
        if refused.len() > 2 {
            blocks.push(a.table("completude_livraisons", title, &refused, &columns));
        }
    }

    if let Some(slice) = a.slice("completude").filter(|v| !v.is_empty()) {
        let bars = slice
            .rows()
            .map(|l| Bar {
                label: l.label(&["nom_champ", "champ"]),
                value: l.value("part_inconnus"),
                previous: Figure::Missing,
                secondary: false,
            })
            .filter(|bar: &Bar| bar.value != Figure::Known(0.0))
            .collect();

        let plot = BarChart {
            bars,
            format: Format::Percent,
            comparison: None,
            reference: None,
        };

        let title = "Part des consultations dont le champ est vide ou inconnu ; les champs toujours remplis ne sont pas montrés";
        blocks.extend(a.chart("qualite-completude", title, &plot, slice.table())?);
    }

    let all = a
        .slice("completude_livraisons")
        .and_then(|slice| slice.with("nom_table", "ensemble").first());
    if blocks.is_empty() && all.is_none() {
        return Ok(None);
    }

    let columns = ["lignes_lues", "lignes_refusees", "part_refusee"].map(String::from);
    let context = BTreeMap::from([
        ("l", for_sentence(Fact::row(all.as_ref(), &columns))),
        ("pire", for_sentence(most_refused(a))),
        ("completude", for_sentence(unknown_shares(a))),
        ("seuils", for_sentence(a.input.thresholds)),
    ]);
    let sentences = a.sentences("qualite.j2", context)?;

    Ok(Some(chapter(a, "qualite", "Qualité des données", sentences, blocks)))
}

/// What a table or a field lacks.
#[derive(Serialize)]
struct Lacking {
    #[serde(rename = "nom")]
    name: String,
    part: Fact,
}

impl Lacking {
    fn new(row: &SliceRow<'_>, names: &[&str], share: &str) -> Self {
        let part = row
            .cell(share)
            .map_or_else(Fact::unknown, |(column, cell)| Fact::new(cell, column.format));
        Self { name: row.label(names), part }
    }
}

/// The table that lost most of its own lines: their share of all lines hides it.
fn most_refused(a: &Builder<'_>) -> Option<Lacking> {
    let refused = |row: &SliceRow<'_>| row.value("part_refusee").number().unwrap_or(0.0);
    let tables = a.slice("completude_livraisons")?.without("nom_table", "ensemble");
    let worst = tables.rows().max_by(|p, q| refused(p).total_cmp(&refused(q)))?;
    Some(Lacking::new(&worst, &["nom_table"], "part_refusee"))
}

/// Of each field, the share of consultations in which it is unknown.
fn unknown_shares(a: &Builder<'_>) -> Vec<Lacking> {
    let fields = a.slice("completude");
    let share = |row: SliceRow<'_>| Lacking::new(&row, &["nom_champ", "champ"], "part_inconnus");
    fields
        .iter()
        .flat_map(|slice| slice.rows().map(share).collect::<Vec<_>>())
        .collect()
}
