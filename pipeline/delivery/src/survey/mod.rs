//! The fourth stage: every file or sheet is put to its table, and how it is written is detected.

mod csv;
mod names;
pub(crate) mod surveyed_table;
mod untaken;
pub(crate) mod workbook;

use base::error::Result;
use contract::{Rule, Severity, TableSchema};

use crate::dialect::{self, Agreement, FileLayout, shifted_days};
use crate::formats::csv_blocks::Encoding;
use crate::formats::records::Records;
use crate::header::DeliveryHeader;
use crate::identity::{self, IdentityKind, Scope};
use crate::open_files::OpenFiles;
use crate::summary::Tally;
use crate::{Delivery, Finding, Terms};
use names::stem;
use surveyed_table::SurveyedTable;

/// A delivery whose files are known.
pub struct Survey<'a> {
    pub(crate) terms: &'a Terms<'a>,
    pub(crate) header: DeliveryHeader,
    pub(crate) files: OpenFiles,
    pub(crate) tables: Vec<SurveyedTable<'a>>,
    pub(crate) tally: Tally<'a>,
}

impl<'a> Delivery<'a> {
    /// Puts every file to its table and detects how it is written. Looks for identities in the names and first rows of all files.
    ///
    /// # Errors
    /// If a file cannot be read at all, or if a finding cannot be kept.
    pub fn survey(self) -> Result<Survey<'a>> {
        let mut survey = Survey {
            terms: self.terms,
            header: self.header,
            files: self.files,
            tables: Vec::new(),
            tally: self.tally,
        };

        for entry in 0..survey.files.len() {
            if !survey.files.is_header(entry) {
                survey.survey_file(entry)?;
            }
        }

        survey.agree()?;
        Ok(survey)
    }
}

impl<'a> Survey<'a> {
    /// Numbers and dates are judged over all files before one row is read.
    fn agree(&mut self) -> Result<()> {
        let (stated, period) = (&self.header.dialect, &self.header.periode);
        let read: Vec<_> = self.tables.iter().filter(|t| t.layout.is_some()).collect();
        let counts: Vec<_> = read.iter().filter_map(|t| Some(&t.layout.as_ref()?.counts)).collect();
        let (agreement, mut findings) = Agreement::of(&counts, stated, period);
        for (rank, layout) in
            read.iter().enumerate().filter_map(|(r, t)| Some((r, t.layout.as_ref()?)))
        {
            findings
                .extend(shifted_days(&layout.counts, layout.day_zero, period).map(|f| (rank, f)));
        }

        for (rank, finding) in findings {
            let table = read[rank];
            let file = self.files.name(table.entry);
            let finding = finding.at(file, table.sheet.as_deref());
            self.tally.push(&finding.lettered(table.layout.as_ref(), table.table))?;
        }

        for layout in self.tables.iter_mut().filter_map(|t| t.layout.as_mut()) {
            layout.settle(&agreement);
        }
        Ok(())
    }

    fn survey_file(&mut self, entry: usize) -> Result<()> {
        let name = self.files.name(entry).to_owned();

        match self.files.kind(entry).as_str() {
            "csv" => self.survey_csv(entry, &name),
            _ if self.files.is_workbook(entry) => self.survey_workbook(entry, &name),
            kind => {
                let finding = untaken::by_kind(self.terms.contract, &stem(&name), kind);
                self.tally.push(&finding.at(&name, None))
            }
        }
    }

    /// Tells what was found in a file or sheet, and takes it if it holds a table.
    fn take(
        &mut self,
        findings: Vec<Finding>,
        table: Option<SurveyedTable<'a>>,
        (file, sheet): (&str, Option<&str>),
    ) -> Result<()> {
        for finding in findings {
            let finding = finding.at(file, sheet);
            let finding = match &table {
                Some(of) => finding.lettered(of.layout.as_ref(), of.table),
                None => finding,
            };
            self.tally.push(&finding)?;
        }

        self.tables.extend(table);
        Ok(())
    }

    /// How the rows of a table are written, unless something refuses the file.
    fn layout(
        &self,
        table: &TableSchema,
        sample: &Records,
        encoding: Option<Encoding>,
        separator: u8,
        findings: &mut Vec<Finding>,
    ) -> Option<FileLayout> {
        let before = findings.len();
        if let Some(finding) = dialect::too_wide(sample, self.files.limits.columns) {
            findings.push(finding);
            return None;
        }

        let stated = &self.header.dialect;
        let found = dialect::detect(table, sample, encoding, separator, stated, findings);
        if found.is_none() && findings.len() == before {
            findings.push(Finding::new(Rule::EnTeteAbsent, "le fichier est vide"));
        }

        let fatal = |f: &Finding| f.severity == Severity::Fichier;
        found.filter(|_| !findings[before..].iter().any(fatal))
    }

    /// Nothing of it is taken, yet it came with the delivery: neither its columns nor its first rows may name people. Prose may say
    /// whom to call, but holds no NIR.
    fn unread(&self, sample: &Records, prose: bool, findings: &mut Vec<Finding>) {
        if let Some(finding) = dialect::too_wide(sample, self.files.limits.columns) {
            findings.push(finding);
            return;
        }

        if !prose && sample.len() > 0 {
            dialect::guard(None, sample, 0, findings);
        }

        for row in 0..sample.len().min(2000) {
            let hit = (0..sample.width(row)).find_map(|c| {
                identity::value(sample.get(row, c), Scope::Free)
                    .filter(|kind| !prose || *kind == IdentityKind::Nir)
                    .map(|kind| (c, kind))
            });

            if let Some((column, kind)) = hit {
                findings.push(
                    kind.finding("la valeur")
                        .line(sample.line(row))
                        .field(format!("colonne {}", column + 1)),
                );

                return;
            }
        }
    }
}
