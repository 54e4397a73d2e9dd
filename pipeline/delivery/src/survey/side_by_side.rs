//! A second table beside the first on one sheet: its columns are unknown to the table that the sheet is named after, and none of its rows
//! would be read.

use std::collections::BTreeSet;

use contract::{Field, Rule, TableSchema};

use super::Survey;
use super::surveyed_table::SurveyedTable;
use crate::Finding;
use crate::dialect::FileLayout;
use crate::formats::records::Records;
use crate::text::compact;

/// Columns of a table that stand together by no chance.
const ENOUGH: usize = 3;

/// Another table of which a sheet holds every required column, side by side, among those that are not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SideTable {
    /// Its name.
    pub(crate) table: String,
    /// Its columns, as they are named there.
    columns: Vec<String>,
}

/// The table beside the one that is read. Columns that explain a row are lawful: those of a second table are all there, follow each
/// other, and hold the words of its lists.
pub(super) fn beside(
    tables: &[TableSchema],
    own: &TableSchema,
    layout: &FileLayout,
    sample: &Records,
) -> Option<SideTable> {
    let runs = layout.extras.chunk_by(|(a, _), (b, _)| a + 1 == *b);
    let rows = (0..sample.len()).filter(|row| sample.line(*row) > layout.header_line);
    let rows: Vec<usize> = rows.collect();

    let holds = |column: usize, field: &Field| {
        let cells = rows.iter().map(|row| sample.get(*row, column).trim());
        let mut filled = cells.filter(|cell| !cell.is_empty());
        match &field.constraints.values {
            Some(words) => filled.any(|cell| words.iter().any(|w| compact(w) == compact(cell))),
            None => filled.next().is_some(),
        }
    };
    let in_run = |run: &[(usize, String)], table: &TableSchema| -> Option<SideTable> {
        let column =
            |field: &&Field| run.iter().find(|(_, header)| compact(header) == compact(&field.name));
        let required = |field: &&Field| field.constraints.required;
        let all = table
            .fields
            .iter()
            .filter(required)
            .all(|field| column(&field).is_some_and(|(column, _)| holds(*column, field)));
        let columns: Vec<String> =
            table.fields.iter().filter_map(|f| Some(column(&f)?.1.clone())).collect();

        let name = table.name.clone();
        (all && columns.len() >= ENOUGH).then_some(SideTable { table: name, columns })
    };

    let others: Vec<&TableSchema> = tables.iter().filter(|other| other.name != own.name).collect();
    let mut found: Vec<SideTable> = Vec::new();
    for run in runs {
        found.extend(others.iter().filter_map(|other| in_run(run, other)));
    }
    found.into_iter().max_by_key(|side| side.columns.len())
}

impl Survey<'_> {
    /// Refuses the sheets beside whose table another one stands that nothing else of the delivery brings.
    pub(super) fn side_by_side(&self) -> Vec<Finding> {
        let brought: BTreeSet<&str> = self.tables.iter().map(|t| t.table.name.as_str()).collect();
        let told = |table: &SurveyedTable<'_>| {
            let layout = table.layout.as_ref()?;
            let side = layout.beside.as_ref().filter(|side| !brought.contains(&*side.table))?;

            let message = format!(
                "ces colonnes sont celles de la table {}, à côté de celles de {} : aucune de ses lignes ne serait lue",
                side.table, table.table.name
            );
            let finding = Finding::new(Rule::FichierNonLu, message)
                .line(layout.header_line)
                .field(side.columns.join(", "))
                .hint(format!(
                    "une table par feuille ou par fichier : donnez la sienne à {} ; retirez ces colonnes si elles ne comptent pas",
                    side.table
                ));
            let finding = finding.at(self.files.name(table.entry), table.sheet.as_deref());
            Some(finding.lettered(Some(layout), table.table))
        };
        self.tables.iter().filter_map(told).collect()
    }
}
