//! Sheets of a workbook put to their tables.

use std::ops::RangeInclusive;

use base::error::Result;
use base::text::column_letters;

use super::Survey;
use super::names::{stem, table_named};
use super::surveyed_table::SurveyedTable;
use super::untaken::by_content;
use crate::Finding;
use crate::container::guarded;
use crate::dialect::{self, FileLayout};
use crate::formats::csv_blocks::Fault;
use crate::formats::records::Records;
use crate::text::compact;
use contract::Rule;

/// The sheet by which an annotated workbook, which shows the rows to correct and is no delivery, is known.
pub const ANNOTATED_SHEET: &str = "Ce qui refuse";
/// Rows of a sheet from which its form is guessed.
const SAMPLE_ROWS: usize = 2100;

/// The sheet of a workbook to fill in that explains it.
pub const README_SHEET: &str = "Lisez-moi";
/// The sheet of a workbook to fill in that holds the values of its drop-down lists.
pub const LISTS_SHEET: &str = "listes";

impl Survey<'_> {
    pub(super) fn survey_workbook(&mut self, entry: usize, name: &str) -> Result<()> {
        let sheets = match self.files.workbook(entry)? {
            Ok(book) => book.names(),
            Err(f) => return self.tally.push(&Finding::from(f).at(name, None)),
        };

        if sheets.iter().any(|sheet| compact(sheet) == compact(ANNOTATED_SHEET)) {
            let message =
                "c'est le classeur annoté d'un contrôle : il ne montre que les lignes à corriger";
            let finding = Finding::new(Rule::FichierNonLu, message).hint(
                "corrigez ces lignes à la source, puis renvoyez la livraison entière ; retirez ce classeur",
            );
            return self.tally.push(&finding.at(name, None));
        }

        for (rank, sheet) in sheets.iter().enumerate() {
            if sheet.is_empty() {
                // A Parquet file: its own name is the only one.
                self.survey_sheet(entry, name, (rank, None), &stem(name))?;
            } else if compact(sheet) != "livraison" {
                // The sheet of the header holds no table.
                let shown = format!("feuille n° {}", rank + 1);
                let mut findings = Vec::new();
                let shown = guarded(sheet, &shown, &mut findings);
                for finding in findings {
                    self.tally.push(&finding.at(name, Some(&shown)))?;
                }

                self.survey_sheet(entry, name, (rank, Some(shown)), sheet)?;
            }
        }

        Ok(())
    }

    /// `name` is that of the sheet, or of the file where sheets have none; `shown`, the sheet as it may be shown.
    fn survey_sheet(
        &mut self,
        entry: usize,
        file: &str,
        (rank, shown): (usize, Option<String>),
        name: &str,
    ) -> Result<()> {
        let mut findings = Vec::new();
        let table = table_named(self.terms.contract.tables(), name);

        let mut layout = match (self.sheet_sample(entry, name)?, table) {
            (Ok(sample), Some(table)) => self.layout(table, &sample, None, b';', &mut findings),
            (Ok(sample), None) => {
                self.unread(&sample, false, &mut findings);
                let told = by_content(self.terms.contract, name, &sample);
                // What the workbook to fill in brings of its own is expected, unless a table was typed there.
                if told.rule != Rule::FichierIgnore || !is_own(name) {
                    findings.push(told);
                }
                None
            }
            (Err(f), _) => {
                findings.push(f.into());
                None
            }
        };

        if let (Some(layout), Ok(book)) = (&mut layout, self.files.workbook(entry)?) {
            layout.day_zero = book.day_zero();
            findings.extend(merged(layout, &book.merged(name)));
            findings
                .extend(table.and_then(|table| {
                    dialect::unit_in_margins(table, layout, &book.margins(name))
                }));
        }

        let surveyed = table.map(|table| SurveyedTable {
            entry,
            sheet: shown.clone(),
            rank,
            table,
            layout,
        });

        self.take(findings, surveyed, (file, shown.as_deref()))
    }

    fn sheet_sample(
        &mut self,
        entry: usize,
        name: &str,
    ) -> Result<std::result::Result<Records, Fault>> {
        let book = match self.files.workbook(entry)? {
            Ok(book) => book,
            Err(f) => return Ok(Err(f)),
        };

        let rows = book.sheet(name, 0).and_then(|mut sheet| sheet.rows(SAMPLE_ROWS));

        Ok(rows.map(Option::unwrap_or_default))
    }
}

/// What refuses a sheet in which cells of a column that is read are merged over several rows: the value stands in the first alone.
fn merged(layout: &FileLayout, regions: &[(usize, RangeInclusive<usize>)]) -> Option<Finding> {
    let read = |column: &usize| layout.columns.contains(&Some(*column));
    let below = |rows: &RangeInclusive<usize>| *rows.end() as u64 > layout.header_line;
    let (column, rows) = regions.iter().find(|(column, rows)| read(column) && below(rows))?;

    let letters = column_letters(*column);
    let message = format!(
        "les cellules {letters}{} à {letters}{} sont fusionnées : leur valeur ne serait lue que dans la première",
        rows.start() + 1,
        rows.end() + 1
    );
    Some(
        Finding::new(Rule::Cellules, message)
            .whole_file()
            .line(*rows.start() as u64 + 1)
            .hint("défusionnez les cellules de la feuille (Accueil, Fusionner), puis écrivez la valeur dans chaque ligne"),
    )
}

/// Whether a sheet that holds no table came with the workbook to fill in.
fn is_own(name: &str) -> bool {
    [README_SHEET, LISTS_SHEET].iter().any(|own| compact(own) == compact(name))
}
