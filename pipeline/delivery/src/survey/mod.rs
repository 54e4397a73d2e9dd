//! The fourth stage: every file or sheet is put to its table, and how it is written is detected.

mod csv;
pub(crate) mod surveyed_table;
mod workbook;

use base::error::Result;
use contract::{Contract, Rule, Severity, TableSchema};

use crate::dialect::{self, FileLayout};
use crate::finding::Tally;
use crate::formats::csv_blocks::Encoding;
use crate::formats::records::Records;
use crate::header::DeliveryHeader;
use crate::identity::{self, IdentityKind, Scope};
use crate::open_files::OpenFiles;
use crate::text::{fold, nearest};
use crate::{Delivery, Finding, Terms};
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
            if survey.files.base_name(entry) != "livraison.toml" {
                survey.survey_file(entry)?;
            }
        }

        Ok(survey)
    }
}

impl<'a> Survey<'a> {
    fn survey_file(&mut self, entry: usize) -> Result<()> {
        let name = self.files.name(entry).to_owned();

        match self.files.kind(entry).as_str() {
            "xlsx" | "ods" => self.survey_workbook(entry, &name),
            "csv" => self.survey_csv(entry, &name),
            "xls" => self.tally.push(
                &Finding::new(Rule::FichierIllisible, "l'ancien format XLS n'est pas lu")
                    .hint("enregistrez le classeur au format XLSX")
                    .at(&name, None),
            ),
            _ => {
                let finding = ignored(self.terms.contract, &stem(&name));
                self.tally.push(&finding.at(&name, None))
            }
        }
    }

    /// Tells what was found in a file or sheet, and takes it if it holds a table.
    fn take(
        &mut self,
        findings: Vec<Finding>,
        table: Option<SurveyedTable<'a>>,
        (name, file, sheet): (&str, &str, Option<&str>),
    ) -> Result<()> {
        for finding in findings {
            self.tally.push(&finding.at(file, sheet))?;
        }

        match table {
            Some(table) => self.tables.push(table),
            None => {
                let finding = ignored(self.terms.contract, name);
                self.tally.push(&finding.at(file, sheet))?;
            }
        }

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

/// What to say of a file or sheet that is no table.
fn ignored(contract: &Contract, name: &str) -> Finding {
    let finding =
        Finding::new(Rule::FichierIgnore, "ce n'est pas une table du contrat : rien n'y est lu");

    match nearest(name, contract.tables().iter().map(|t| t.name.as_str())) {
        Some(close) => finding
            .hint(format!("s'agit-il de la table {close} ? nommez le fichier ou la feuille ainsi")),
        None => finding,
    }
}

/// The table that a file or sheet is named after: `consultations_2025.csv`, `28 Consultations`, `desserte`.
fn table_named<'c>(tables: &'c [TableSchema], name: &str) -> Option<&'c TableSchema> {
    let base = name.rsplit('/').next().unwrap_or(name);
    let words = format!("_{}_", fold(base));

    let named = |table: &&TableSchema| {
        let plural = format!("_{}_", table.name);
        let singular = format!("_{}_", table.name.trim_end_matches('s'));
        words.contains(&plural) || (table.name != "medicobus" && words.contains(&singular))
    };

    let mut found: Vec<&TableSchema> = tables.iter().filter(named).collect();
    // The measure's own name is in many file names: another table's name counts more.
    if found.len() > 1 {
        found.retain(|t| t.name != "medicobus");
    }

    if found.len() == 1 { found.pop() } else { None }
}

/// The file name without folder and extensions.
fn stem(name: &str) -> String {
    let base = name.rsplit('/').next().unwrap_or(name);
    base.split_once('.').map_or(base, |(s, _)| s).to_owned()
}
