//! How long a patient waits.

use std::collections::BTreeMap;

use super::chapter::chapter;
use crate::builder::Builder;
use crate::content::{Block, Chapter};
use crate::prose::Fact;
use crate::slice::{Slice, SliceRow};
use base::error::Result;
use charts::quantile_bars::{QuantileBars, QuantileRow};

pub(super) fn build(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    let Some(slice) = a.slice("delai_rendez_vous") else {
        return Ok(None);
    };

    let mut r = a.facts("delai_rendez_vous");
    for name in ["mediane", "mediane_precedent", "neuvieme_decile", "part_deux_jours"] {
        r.entry(name.into()).or_insert_with(Fact::unknown);
    }

    let sentences = a.sentences("delais.j2", BTreeMap::from([("r", r)]))?;
    let year = a.input.year;
    let plot = QuantileBars {
        rows: quantile_rows(a, &slice),
        unit: "jours entre la demande et le rendez-vous".into(),
    };
    let title =
        "Délai de rendez-vous : quartiles (barre), médiane (point), neuvième décile (trait)";
    let chart = a.chart("delais-intervalles", title, &plot, slice.table())?;
    let mut blocks: Vec<Block> = chart.into_iter().collect();

    let columns = [
        "nom_zone",
        "rendez_vous",
        "premier_quartile",
        "mediane",
        "troisieme_quartile",
        "neuvieme_decile",
        "part_deux_jours",
        "mediane_precedent",
    ];

    blocks.extend(a.zone_table(
        "delai_rendez_vous",
        &format!("Délai de rendez-vous, {year}"),
        &columns,
    ));

    blocks.extend(super::territoires::delais(a)?);
    Ok(Some(chapter(a, "delais", "Délais de rendez-vous", sentences, blocks)))
}

/// This year, the year before, then the zones just below.
fn quantile_rows(a: &mut Builder<'_>, slice: &Slice<'_>) -> Vec<QuantileRow> {
    let year = a.input.year;
    let first = slice.first();
    let zone = &a.input.zone.name;
    let mut rows: Vec<QuantileRow> = first
        .map(|l| quantile_row(&l, &format!("{zone}, {year}"), false))
        .into_iter()
        .collect();

    if let Some(l) = a.row("delai_rendez_vous/precedent") {
        rows.push(quantile_row(&l, &format!("{zone}, {}", year - 1), true));
    }

    if let Some(parts) = a.slice("delai_rendez_vous/parties") {
        let named = |l: SliceRow<'_>| quantile_row(&l, &l.label(&["nom_zone", "code_zone"]), false);
        rows.extend(parts.rows().map(named));
    }
    rows
}

fn quantile_row(l: &SliceRow<'_>, label: &str, earlier: bool) -> QuantileRow {
    QuantileRow {
        label: label.to_string(),
        q1: l.value("premier_quartile"),
        median: l.value("mediane"),
        q3: l.value("troisieme_quartile"),
        d9: l.value("neuvieme_decile"),
        earlier,
    }
}
