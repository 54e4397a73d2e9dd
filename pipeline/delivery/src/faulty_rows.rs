//! The delivered rows that have findings, as they may be shown to who delivered them: cells as they came, a refused value as its finding
//! shows it, nothing of a column that the contract does not know.

use std::sync::Arc;

use contract::Severity;

use crate::Finding;

/// Rows of a sheet that are kept, refused ones and warned ones each.
const MAX_ROWS: usize = 5_000;
/// Findings that are kept.
const MAX_FINDINGS: usize = 20_000;

/// A row of a delivery with its findings.
#[derive(Debug, Clone)]
pub struct FaultyRow {
    /// Line in its file.
    pub line: u64,
    /// Whether it is refused.
    pub refused: bool,
    /// Its cells, in the order of the file's columns; none where they are not shown.
    pub cells: Vec<Option<String>>,
    /// Its findings.
    pub findings: Vec<Finding>,
}

/// Where rows come from.
#[derive(Debug, Clone)]
pub struct RowOrigin {
    /// File, as named inside the delivery.
    pub file: String,
    /// Sheet, in a workbook.
    pub sheet: Option<String>,
    /// Table.
    pub table: String,
    /// Names of the contract's columns in the order of the file's; none for a column that the contract does not know.
    pub columns: Arc<[Option<String>]>,
}

/// The rows of a file, or of a sheet, that have findings.
#[derive(Debug, Clone)]
pub struct FaultySheet {
    /// Where they come from.
    pub origin: RowOrigin,
    /// Rows, in the order of the file.
    pub rows: Vec<FaultyRow>,
    /// Rows with findings that are not among them.
    pub left_out: u64,
    /// Rows that are: warned ones, refused ones.
    kept: [usize; 2],
}

/// Findings and rows of a delivery; bounded, whatever the delivery.
#[derive(Debug, Clone, Default)]
pub struct FaultyRows {
    /// By file and sheet.
    pub sheets: Vec<FaultySheet>,
    /// Findings, in the order of the check.
    pub findings: Vec<Finding>,
    /// Findings that are not among them.
    pub left_out: u64,
}

impl FaultyRows {
    /// Takes a finding.
    pub fn finding(&mut self, finding: &Finding) {
        match self.findings.len() < MAX_FINDINGS {
            true => self.findings.push(finding.clone()),
            false => self.left_out += 1,
        }
    }

    /// Takes a row; it is made only if there is room for it.
    pub fn row(&mut self, origin: &RowOrigin, refused: bool, make: impl FnOnce() -> FaultyRow) {
        let same = |sheet: &FaultySheet| {
            (&sheet.origin.file, &sheet.origin.sheet) == (&origin.file, &origin.sheet)
        };
        if !self.sheets.last().is_some_and(same) {
            self.sheets.push(FaultySheet {
                origin: origin.clone(),
                rows: Vec::new(),
                left_out: 0,
                kept: [0; 2],
            });
        }

        if let Some(sheet) = self.sheets.last_mut() {
            let kept = &mut sheet.kept[usize::from(refused)];
            if *kept < MAX_ROWS {
                *kept += 1;
                sheet.rows.push(make());
            } else {
                sheet.left_out += 1;
            }
        }
    }
}

impl FaultyRow {
    /// The findings on a column; an empty list for a cell that is as it should be.
    pub fn on(&self, column: &str) -> Vec<&Finding> {
        let about = |finding: &&Finding| {
            let fields = finding.field.as_deref().unwrap_or_default();
            fields.split(", ").any(|field| field == column)
        };
        self.findings.iter().filter(about).collect()
    }

    /// The gravest finding's severity, of some findings.
    pub fn worst<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Option<Severity> {
        findings.into_iter().map(|finding| finding.severity).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_rows_have_their_room_whatever_the_warnings() {
        let origin = RowOrigin {
            file: "consultations.csv".into(),
            sheet: None,
            table: "consultations".into(),
            columns: Arc::new([]),
        };
        let mut rows = FaultyRows::default();
        let mut add = |line: usize, refused| {
            let line = line as u64;
            rows.row(&origin, refused, || FaultyRow {
                line,
                refused,
                cells: Vec::new(),
                findings: Vec::new(),
            });
        };
        (0..MAX_ROWS + 7).for_each(|line| add(line, false));
        (0..3).for_each(|line| add(line, true));

        assert_eq!(rows.sheets.len(), 1);
        assert_eq!((rows.sheets[0].rows.len(), rows.sheets[0].left_out), (MAX_ROWS + 3, 7));
    }
}
