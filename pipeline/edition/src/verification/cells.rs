//! Two CSV files compared cell by cell.

use super::cause::{Cause, DifferentCell};

/// Cells of two CSV files that differ, line by line.
pub(super) fn different_cells(
    table: &str,
    before: &[u8],
    after: &[u8],
    cause: Cause,
) -> Vec<DifferentCell> {
    let (before, after) = (lines(before), lines(after));
    let name = |lines: &[Vec<String>], i: usize| lines.first().and_then(|l| l.get(i)).cloned();

    let mut cells = Vec::new();
    for line in 0..before.len().max(after.len()) {
        let (a, b) = (before.get(line), after.get(line));
        let width = a.map_or(0, Vec::len).max(b.map_or(0, Vec::len));
        for i in 0..width {
            let (x, y) = (a.and_then(|l| l.get(i)), b.and_then(|l| l.get(i)));
            if x != y {
                let column = name(&before, i).or_else(|| name(&after, i));
                cells.push(DifferentCell {
                    table: table.to_string(),
                    line: line + 1,
                    column: column.unwrap_or_default(),
                    printed: x.cloned(),
                    recomputed: y.cloned(),
                    cause,
                });
            }
        }
    }

    cells
}

fn lines(bytes: &[u8]) -> Vec<Vec<String>> {
    let reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);

    let text = |cell: &[u8]| String::from_utf8_lossy(cell).into_owned();

    reader
        .into_byte_records()
        .map_while(std::result::Result::ok)
        .map(|record| record.iter().map(text).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_digit_is_one_cell() {
        let found =
            different_cells("t.csv", b"a,b\n1,2\n3,4\n", b"a,b\n1,2\n3,5\n", Cause::Document);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].line, found[0].column.as_str()), (3, "b"));
        assert_eq!(found[0].printed.as_deref(), Some("4"));
        assert_eq!(found[0].recomputed.as_deref(), Some("5"));
    }

    #[test]
    fn a_missing_row_is_told_cell_by_cell() {
        let found = different_cells("t.csv", b"a,b\n1,2\n", b"a,b\n", Cause::Data);
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|c| c.recomputed.is_none()));
    }
}
