//! The fourth stage: every file or sheet is put to its table, and how it is written is detected.

mod csv;
mod names;
mod set_apart;
pub(crate) mod side_by_side;
pub(crate) mod surveyed_table;
pub(crate) mod untaken;
pub(crate) mod workbook;

use base::error::Result;
use contract::{Rule, Severity, TableSchema};

use crate::dialect::{self, Agreement, DatedTable, FileLayout, serial_days};
use crate::formats::csv_blocks::Encoding;
use crate::formats::records::Records;
use crate::header::DeliveryHeader;
use crate::identity::{self, IdentityKind, Scope};
use crate::open_files::OpenFiles;
use crate::summary::Tally;
use crate::{Delivery, Finding, Terms};
use names::{stem, table_named};
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

        for (file, sheet, finding) in survey.set_apart() {
            survey.tally.push(&finding.at(&file, sheet.as_deref()))?;
        }
        for finding in survey.side_by_side() {
            survey.tally.push(&finding)?;
        }
        survey.agree()?;
        survey.tell_of_unread_buses()?;
        Ok(survey)
    }
}

impl<'a> Survey<'a> {
    /// The file that was to be the table of projects, where it cannot be read.
    fn unread_buses(&self) -> Option<usize> {
        let tables = self.terms.contract.tables();
        let is_it = |table: &TableSchema| table.name == "medicobus";
        let torn = self.tables.iter().find(|t| is_it(t.table) && t.layout.is_none());
        let read = |entry: &usize| self.tables.iter().any(|t| t.entry == *entry);
        let mut left = (0..self.files.len()).filter(|entry| !read(entry));
        torn.map(|t| t.entry).or_else(|| {
            left.find(|entry| {
                let name = stem(self.files.name(*entry));
                self.files.holds_rows(*entry) && table_named(tables, &name).is_some_and(is_it)
            })
        })
    }

    /// Whether the table of projects is there and cannot be read.
    pub(crate) fn buses_unread(&self) -> bool {
        self.unread_buses().is_some()
    }

    /// One line for all rows of the other tables, whose projects cannot be looked up.
    fn tell_of_unread_buses(&mut self) -> Result<()> {
        let others = self.tables.iter().filter(|t| t.table.name != "medicobus");
        let Some(entry) = self.unread_buses().filter(|_| others.count() > 0) else {
            return Ok(());
        };
        let name = self.files.name(entry);
        let message = "la table medicobus ne se lit pas : les projets que nomment les autres tables ne sont pas vérifiés";
        let finding = Finding::new(Rule::CleEtrangere, message)
            .hint("corrigez d'abord ce fichier : le contrôle suivant vérifiera les projets");
        self.tally.push(&finding.warning().at(name, None))
    }

    /// Numbers and dates are judged over all files before one row is read.
    fn agree(&mut self) -> Result<()> {
        let (stated, period) = (&self.header.dialect, &self.header.periode);
        let read: Vec<_> = self.tables.iter().filter(|t| t.layout.is_some()).collect();
        let layouts = || read.iter().filter_map(|t| t.layout.as_ref());
        let counts: Vec<_> = layouts().map(|layout| &layout.counts).collect();
        let dated = read.iter().filter_map(|table| {
            let layout = table.layout.as_ref()?;
            Some(DatedTable {
                entry: table.entry,
                counts: &layout.counts,
                day_zero: layout.day_zero,
            })
        });
        let dated: Vec<DatedTable<'_>> = dated.collect();
        let (agreement, mut findings) = Agreement::of(&counts, stated, period);
        findings.extend(serial_days(&dated, period));

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
        mut findings: Vec<Finding>,
        table: Option<SurveyedTable<'a>>,
        (file, sheet): (&str, Option<&str>),
    ) -> Result<()> {
        if let Some((of, layout)) = table.as_ref().and_then(|of| Some((of, of.layout.as_ref()?))) {
            let names = sheet.map(str::to_owned).into_iter().chain([stem(file)]);
            let mut told = names.filter_map(|name| dialect::unit_in_name(of.table, layout, &name));
            findings.extend(told.next());
        }

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
        let mut found = dialect::detect(table, sample, encoding, separator, stated, findings);
        if let Some(layout) = &mut found {
            let tables = self.terms.contract.tables();
            layout.beside = side_by_side::beside(tables, table, layout, sample);
        }
        if found.is_none() && findings.len() == before {
            let message = match encoding {
                Some(_) => "aucune ligne du fichier ne se lit",
                None => "la feuille est vide",
            };
            findings.push(Finding::new(Rule::EnTeteAbsent, message));
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
