//! The findings of a part's rows on their way out, with the rows themselves for whoever wants them.

use base::error::{Error, Result};
use contract::Severity;

use super::part::JudgedPart;
use super::row_stream::FileCheck;
use crate::Finding;
use crate::faulty_rows::FaultyRow;
use crate::summary::Tally;
use crate::text::visible;

impl FileCheck<'_, '_> {
    /// Tells the findings of a part, and makes sure that each refused row has one and no accepted row has.
    pub(super) fn tell(&self, part: &mut JudgedPart, tally: &mut Tally<'_>) -> Result<()> {
        let mut complained = vec![false; part.keep.len()];
        let mut findings = std::mem::take(&mut part.findings).into_iter().peekable();
        while let Some((row, first)) = findings.next() {
            let mut of_row = vec![self.placed(part, row, first)];
            while let Some((_, finding)) = findings.next_if(|(next, _)| *next == row) {
                of_row.push(self.placed(part, row, finding));
            }

            for finding in &of_row {
                complained[row] |= finding.severity != Severity::Avertissement;
                tally.push(finding)?;
            }
            if self.deliver {
                let make = &mut || self.faulty(part, row, std::mem::take(&mut of_row));
                tally.row(&self.origin, !part.keep[row], make);
            }
        }

        let mut rows = part.keep.iter().zip(&complained);
        if rows.any(|(kept, told)| kept == told) {
            return Err(Error::access(format!(
                "{} : une ligne refusée est sans constat, ou l'inverse : c'est un défaut du programme",
                self.file
            )));
        }

        Ok(())
    }

    /// A finding of a row at its place.
    fn placed(&self, part: &JudgedPart, row: usize, finding: Finding) -> Finding {
        let finding = finding.line(part.lines[row]).at(self.file, self.sheet);
        let mut finding = finding.lettered(Some(self.judge.layout), self.judge.table);
        if !self.deliver {
            finding.value = None;
        }
        finding
    }

    /// A row as it may be shown to who delivered it. A cell that is complained about is shown as its finding shows it; where the cells of a
    /// row may stand in the wrong columns, none is.
    fn faulty(&self, part: &JudgedPart, row: usize, findings: Vec<Finding>) -> FaultyRow {
        let source = part.sources[row];
        let in_place = findings.iter().all(|finding| finding.field.is_some());
        let cell = |(column, name): (usize, &Option<String>)| {
            let name = name.as_ref().filter(|_| in_place)?;
            let of_cell = findings.iter().filter(|f| f.field.as_ref() == Some(name));
            let shown = of_cell.filter_map(|finding| finding.value.clone()).next();
            Some(shown.unwrap_or_else(|| visible(part.records.get(source, column))))
        };

        FaultyRow {
            line: part.lines[row],
            refused: !part.keep[row],
            cells: self.origin.columns.iter().enumerate().map(cell).collect(),
            findings,
        }
    }
}
