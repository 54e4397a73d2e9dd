//! Every answer that no chapter has printed whole.

use super::organisation::print_answer;
use crate::builder::Builder;
use crate::content::{Block, Chapter};
use base::error::Result;
use base::french::Figure;
use base::french::{self as format, typography};

pub(super) fn build(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    let mut blocks: Vec<Block> = Vec::new();
    blocks.extend(summary(a));

    let keys: Vec<String> =
        a.input.tables.keys().filter(|c| !a.printed.contains(*c)).cloned().collect();

    for key in keys {
        blocks.extend(print_answer(a, &key));
    }

    if blocks.is_empty() {
        return Ok(None);
    }

    let sentences = vec![typography(
        "Les tableaux complets, toutes colonnes comprises, sont joints à ce PDF au format CSV.",
    )];

    Ok(Some(Chapter {
        id: "annexes".into(),
        title: "Annexes".into(),
        starts_page: true,
        sentences,
        blocks,
    }))
}

/// The key figures with last year's, indicator by indicator.
fn summary(a: &mut Builder<'_>) -> Option<Block> {
    let slice = a.slice("synthese")?;
    let row = slice.first()?;

    let definition = slice.table().definition();
    let rows: Vec<Vec<String>> = definition
        .columns
        .iter()
        .filter(|c| !c.role.is_key() && c.role != base::definition::Role::Label)
        .filter(|c| !c.name.ends_with("_precedent") && !c.name.starts_with("evolution"))
        .filter(|c| row.value(&c.name) != Figure::Missing)
        .map(|c| {
            vec![
                typography(&c.title),
                row.printed(&c.name),
                match row.cell(&format!("{}_precedent", c.name)) {
                    Some((p, cell)) => format::cell(cell.open(), p.format),
                    None => format::MISSING.to_string(),
                },
            ]
        })
        .collect();

    let (year, previous) = (a.input.year.to_string(), (a.input.year - 1).to_string());
    Some(a.composed_table(
        "synthese",
        "Chiffres clés",
        &["Indicateur", &year, &previous],
        rows,
        definition,
    ))
}
