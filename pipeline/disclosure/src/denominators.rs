//! Where the denominator of a share stands, when the header names one column for both of its terms: in the row of the
//! same keys with the category at its total (`part` of `tranche_age = 80+` is divided by the patients of `ensemble`).

use std::collections::BTreeMap;

use super::primary::{ColumnRoles, count};
use base::table::{RawTable, Value};

/// Half a tenth of a point, and what floating point adds to it.
const ROUNDING: f64 = 0.0501;

/// One share column and, for each row, the row of its denominator.
pub(super) struct Denominators {
    /// The share.
    pub share: usize,
    /// The column of both its terms.
    pub count: usize,
    /// Row of the denominator of each row, where the table has it.
    pub rows: Vec<Option<usize>>,
}

/// The shares of a table whose two terms are one column. Of several keys that have a total, those are at it for which
/// the printed shares agree with the counts; all of them when nothing can be checked.
pub(super) fn denominators(table: &RawTable, header: &ColumnRoles) -> Vec<Denominators> {
    let columns = &table.definition.columns;
    let keys = header.keys.iter().copied();
    let totals: Vec<usize> = keys.filter(|&k| columns[k].total.is_some()).collect();

    let mut found = Vec::new();
    for (share, &part) in header.parts.iter().enumerate() {
        let (Some(n), Some(d)) = part else { continue };
        if n != d || !header.is_count(n) || totals.is_empty() {
            continue;
        }

        let single = totals.iter().map(|&k| vec![k]);
        let rows = std::iter::once(totals.clone())
            .chain(single)
            .map(|at_total| rows_of_totals(table, header, &at_total))
            .find(|rows| agree(table, share, n, rows));
        found.extend(rows.map(|rows| Denominators { share, count: n, rows }));
    }

    found
}

/// For each row, the row with the same keys but `at_total` at theirs.
fn rows_of_totals(
    table: &RawTable,
    header: &ColumnRoles,
    at_total: &[usize],
) -> Vec<Option<usize>> {
    let columns = &table.definition.columns;
    let key = |row: &[Value], total: bool| -> Vec<String> {
        let cells = header.keys.iter().map(|&k| match &columns[k].total {
            Some(name) if total && at_total.contains(&k) => {
                format!("{:?}", Value::Text(name.clone()))
            }
            _ => format!("{:?}", row[k]),
        });
        cells.collect()
    };

    let index: BTreeMap<Vec<String>, usize> =
        (table.rows.iter().enumerate()).map(|(r, row)| (key(row, false), r)).collect();
    let rows = table.rows.iter();
    rows.map(|row| index.get(&key(row, true)).copied()).collect()
}

/// Whether no printed share contradicts its counts, and some row has its denominator.
fn agree(table: &RawTable, share: usize, column: usize, rows: &[Option<usize>]) -> bool {
    let pairs = rows.iter().enumerate();
    let mut pairs = pairs.filter_map(|(r, whole)| Some((r, (*whole)?)));

    let agrees = |(r, whole): (usize, usize)| {
        let terms = (
            count(&table.rows[r][column]),
            count(&table.rows[whole][column]),
            table.rows[r][share].as_f64(),
        );
        match terms {
            (Some(n), Some(d), Some(printed)) if d > 0 => {
                (100.0 * n as f64 / d as f64 - printed).abs() <= ROUNDING
            }
            _ => true,
        }
    };

    rows.iter().any(Option::is_some) && pairs.all(agrees)
}
