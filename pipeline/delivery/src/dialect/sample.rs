//! The first rows of a file: separator, header, width, and nothing that names a person.

use std::collections::BTreeSet;

use contract::{Rule, TableSchema};

use super::stated::StatedDialect;
use super::words::stated_separator;
use crate::Finding;
use crate::formats::records::{Block, Records};
use crate::formats::row_ends::last_row_end;
use crate::identity;
use crate::text::compact;

/// Rows among which the header is looked for.
const HEADER_ROWS: usize = 10;

/// Guesses the separator of a CSV file: the one that makes the most known columns of one of the first lines, for titles may stand above the
/// header; failing that, the most cells of the first.
pub(crate) fn separator(table: Option<&TableSchema>, sample: &str, stated: &StatedDialect) -> u8 {
    if let Some(separator) = stated.separator.as_deref().and_then(stated_separator) {
        return separator;
    }
    let known: BTreeSet<String> = table
        .map(|t| t.fields.iter().map(|f| compact(&f.name)).collect())
        .unwrap_or_default();

    let lines: Vec<&str> =
        sample.lines().filter(|l| !l.trim().is_empty()).take(HEADER_ROWS).collect();
    let columns = |line: &str, separator: u8| {
        let cells = line.split(char::from(separator));
        cells.filter(|cell| known.contains(&compact(cell))).count()
    };

    let mut best = (b';', (0, 0));
    for candidate in *b";,\t|" {
        let named = lines.iter().map(|line| columns(line, candidate)).max().unwrap_or_default();
        let cells = lines.first().map_or(0, |line| line.split(char::from(candidate)).count());
        if (named, cells) > best.1 {
            best = (candidate, (named, cells));
        }
    }

    best.0
}

/// The first rows of a CSV file. The last one counts where the file is whole: it may have no line end, and be the only one that shows how
/// its sender writes.
pub(crate) fn sample_rows(text: String, separator: u8, whole: bool) -> Records {
    let (end, _) = last_row_end(text.as_bytes(), separator);
    let text = if end > 0 && !whole { text[..end].to_owned() } else { text };
    Records::cut(Block { text, line: 1 }, separator)
}

/// Looks for identities in the rows down to the header: titles, names of columns, and whatever else stands there. Cells are named by
/// their place, never by their text.
pub(crate) fn guard(
    table: Option<&TableSchema>,
    rows: &Records,
    header_row: usize,
    findings: &mut Vec<Finding>,
) -> bool {
    let before = findings.len();
    let headers = row_of(rows, header_row);

    for row in 0..(header_row + 1).min(rows.len()) {
        for (i, cell) in row_of(rows, row).iter().enumerate() {
            let announced = (row == header_row)
                .then(|| identity::column(table, cell, &headers))
                .flatten()
                .map(|kind| format!("une colonne annonce {}", kind.label()));

            let message = announced.or_else(|| {
                let kind = identity::name(cell)?;
                Some(format!("l'en-tête ressemble à {}", kind.label()))
            });

            if let Some(message) = message {
                findings.push(
                    Finding::new(Rule::Identite, message)
                        .line(rows.line(row))
                        .field(format!("colonne {}", i + 1)),
                );
            }
        }
    }

    findings.len() == before
}

/// The cells of a row, those after the last that holds something apart.
pub(super) fn row_of(rows: &Records, row: usize) -> Vec<String> {
    if row >= rows.len() {
        return Vec::new();
    }
    let width = (0..rows.width(row))
        .rev()
        .find(|c| !rows.get(row, *c).is_empty())
        .map_or(0, |c| c + 1);

    (0..width)
        .map(|c| rows.get(row, c).trim_start_matches('\u{feff}').to_owned())
        .collect()
}

/// The finding on rows of more than `most` columns, if one of the first has them.
pub(crate) fn too_wide(rows: &Records, most: usize) -> Option<Finding> {
    let row = (0..rows.len().min(10)).find(|r| rows.width(*r) > most)?;
    Some(
        Finding::new(Rule::LimiteDepassee, format!("la ligne a plus de {most} colonnes"))
            .line(rows.line(row)),
    )
}

/// The header is the first of the first ten rows that names at least half of the required columns; failing that, the first row.
pub(super) fn header_row(table: &TableSchema, sample: &Records) -> Option<usize> {
    let required: Vec<String> = table
        .fields
        .iter()
        .filter(|f| f.constraints.required)
        .map(|f| compact(&f.name))
        .collect();

    let score = |row: usize| {
        let cells: BTreeSet<String> =
            (0..sample.width(row)).map(|c| compact(sample.get(row, c))).collect();
        required.iter().filter(|r| cells.contains(*r)).count()
    };

    let first = (0..sample.len().min(HEADER_ROWS))
        .find(|r| (0..sample.width(*r)).any(|c| !sample.get(*r, c).is_empty()))?;

    Some(
        (first..sample.len().min(HEADER_ROWS))
            .find(|r| score(*r) * 2 >= required.len())
            .unwrap_or(first),
    )
}
