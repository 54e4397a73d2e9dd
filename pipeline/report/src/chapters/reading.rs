//! Beside the contents: which people stand behind the shares that a reader will meet.

use crate::builder::Builder;
use crate::content::{Block, PrintedColumn, PrintedTable};
use base::error::Result;
use base::french::typography;

const HEADINGS: [&str; 3] = ["Part", "Qui est compté", "D'où vient le chiffre"];

/// The populations behind the shares, one a line of `populations.j2`: share | who is counted | where the figure comes from.
///
/// # Errors
/// `Usage` if the template is wrong.
pub(crate) fn populations(a: &Builder<'_>) -> Result<Vec<Block>> {
    let lines = a.sentences("populations.j2", ())?;
    let cells = |line: &String| line.split('|').map(|cell| cell.trim().to_string()).collect();
    let rows: Vec<Vec<String>> = lines.iter().map(cells).collect();
    if rows.iter().any(|row| row.len() != HEADINGS.len()) || rows.is_empty() {
        return Ok(Vec::new());
    }

    Ok(vec![Block::Table(PrintedTable {
        id: "populations".into(),
        title: typography("Trois parts, trois populations : elles ne se comparent pas"),
        columns: HEADINGS
            .iter()
            .map(|title| PrintedColumn {
                title: typography(title),
                alignment: "gauche".into(),
            })
            .collect(),
        rows,
        total_rows: Vec::new(),
        notes: Vec::new(),
        source: None,
    })])
}
