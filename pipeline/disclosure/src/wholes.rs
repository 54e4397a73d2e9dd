//! Where the denominator of a share stands, when the header names one column for both of its terms: in the row of the
//! same keys with the category at its total (`part` of `tranche_age = 80+` is divided by the patients of `ensemble`).

use std::collections::BTreeMap;

use super::primary::{Plan, count};
use base::table::{RawTable, Value};

/// Half a tenth of a point, and what floating point adds to it.
const ROUNDING: f64 = 0.0501;

/// One share column and, for each row, the row of its denominator.
pub(super) struct Wholes {
    /// The share.
    pub share: usize,
    /// The column of both its terms.
    pub count: usize,
    /// Row of the denominator of each row, where the table has it.
    pub rows: Vec<Option<usize>>,
}

/// The shares of a table whose two terms are one column. Of several keys that have a total, those are at it for which
/// the printed shares agree with the counts; all of them when nothing can be checked.
pub(super) fn wholes(table: &RawTable, plan: &Plan) -> Vec<Wholes> {
    let columns = &table.definition.columns;
    let totals: Vec<usize> = plan
        .keys
        .iter()
        .copied()
        .filter(|&k| columns[k].total.is_some())
        .collect();
    let mut found = Vec::new();
    for (share, &part) in plan.parts.iter().enumerate() {
        let (Some(n), Some(d)) = part else { continue };
        if n != d || !plan.is_count(n) || totals.is_empty() {
            continue;
        }
        let single = totals.iter().map(|&k| vec![k]);
        let rows = std::iter::once(totals.clone())
            .chain(single)
            .map(|at_total| rows_of_totals(table, plan, &at_total))
            .find(|rows| agree(table, share, n, rows));
        if let Some(rows) = rows {
            found.push(Wholes {
                share,
                count: n,
                rows,
            });
        }
    }
    found
}

/// For each row, the row with the same keys but `at_total` at theirs.
fn rows_of_totals(table: &RawTable, plan: &Plan, at_total: &[usize]) -> Vec<Option<usize>> {
    let columns = &table.definition.columns;
    let key = |row: &[Value], total: bool| -> Vec<String> {
        let cells = plan.keys.iter().map(|&k| match &columns[k].total {
            Some(name) if total && at_total.contains(&k) => {
                format!("{:?}", Value::Text(name.clone()))
            }
            _ => format!("{:?}", row[k]),
        });
        cells.collect()
    };
    let index: BTreeMap<Vec<String>, usize> = (table.rows.iter().enumerate())
        .map(|(r, row)| (key(row, false), r))
        .collect();
    let rows = table.rows.iter();
    rows.map(|row| index.get(&key(row, true)).copied())
        .collect()
}

/// Whether no printed share contradicts its counts, and some row has its denominator.
fn agree(table: &RawTable, share: usize, column: usize, rows: &[Option<usize>]) -> bool {
    let mut pairs = rows
        .iter()
        .enumerate()
        .filter_map(|(r, w)| Some((r, (*w)?)));
    rows.iter().any(Option::is_some)
        && pairs.all(|(r, whole)| {
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
        })
}
