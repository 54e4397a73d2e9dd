//! A table for the terminal: French formats, numbers to the right, as wide as the terminal.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::disclosure::GatedTable;
use crate::query::definition::{Format, Role};
use crate::report::format;

use super::NOT_FOR_RELEASE;

/// The table as text at most `width` columns wide; long titles wrap.
pub fn text(table: &GatedTable, width: u16) -> String {
    let definition = table.definition();
    let mut out = Table::new();
    out.load_style(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width)
        .set_header(definition.colonnes.iter().map(|c| c.titre.as_str()));
    for row in table.rows() {
        out.add_row(
            definition
                .colonnes
                .iter()
                .zip(row)
                .map(|(column, cell)| format::cellule(cell, column.format)),
        );
    }
    for (index, column) in definition.colonnes.iter().enumerate() {
        let number = !matches!(column.format, Format::Texte)
            && !column.role.is_key()
            && column.role != Role::Libelle;
        if number && let Some(column) = out.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut text = format!("{} ({})\n{out}\n", definition.titre, definition.unite);
    let summary = table.summary();
    if summary.primary + summary.secondary > 0 {
        text.push_str(&format!(
            "n.c. : non communicable, secret statistique ({} sur {})\n",
            summary.primary + summary.secondary,
            summary.cells
        ));
    }
    if !table.publishable() {
        text.push_str(NOT_FOR_RELEASE);
        text.push_str(" : secret statistique désactivé\n");
    }
    text
}
