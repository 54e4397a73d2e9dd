//! The files of a delivery put to their tables: which is what, how each is written, and how to read it again.

use std::io::{self, Read};
use std::path::Path;

use chrono::NaiveDate;

use super::csv_file::{Blocks, Encoding, Fault, whole};
use super::entete::{Entete, Typed};
use super::file::{Feed, table_named};
use super::finding::Tally;
use super::identity::{self, Scope};
use super::layout::{self, Layout};
use super::records::Records;
use super::source::{Source, extension, guarded};
use super::text::{compact, nearest};
use super::workbook::Workbook;
use super::{FileReport, Finding, Limits, Overrides};
use base::error::{Error, Result};
use contract::{Contract, Rule, TableSchema};

/// Bytes of a CSV file from which its dialect is guessed.
const SAMPLE: u64 = 4 << 20;
/// Largest `livraison.toml`.
const HEADER_BYTES: u64 = 64 << 10;

/// One file, or one sheet, that holds a table.
pub(super) struct Unit<'c> {
    pub(super) entry: usize,
    /// Sheet as it may be shown.
    pub(super) sheet: Option<String>,
    /// Its rank in the workbook.
    rank: usize,
    pub(super) table: &'c TableSchema,
    /// Absent when the file cannot be read as this table.
    pub(super) layout: Option<Layout>,
}

impl Unit<'_> {
    pub(super) fn report(&self, file: &str) -> FileReport {
        FileReport {
            file: file.to_owned(),
            sheet: self.sheet.clone(),
            table: Some(self.table.name.clone()),
            sha256: String::new(),
            dialect: self.layout.as_ref().map(|l| l.dialect.clone()),
            read: 0,
            accepted: 0,
            refused: 0,
        }
    }
}

/// An open delivery.
pub(super) struct Files<'c> {
    source: Source,
    contract: &'c Contract,
    limits: Limits,
    /// The last workbook opened: its sheets are read one after the other.
    open: Option<(usize, Workbook)>,
}

impl<'c> Files<'c> {
    pub(super) fn open(
        path: &Path,
        contract: &'c Contract,
        overrides: &Overrides,
        tally: &mut Tally<'_>,
    ) -> Result<Self> {
        let mut early = Vec::new();
        let source = Source::open(path, &overrides.limits, &mut early)?;
        for finding in &early {
            tally.push(finding)?;
        }
        Ok(Self {
            source,
            contract,
            limits: overrides.limits.clone(),
            open: None,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.source.entries.len()
    }

    pub(super) fn name(&self, entry: usize) -> &str {
        &self.source.entries[entry].name
    }

    fn kind(&self, entry: usize) -> String {
        let name = self.name(entry);
        match extension(name).as_str() {
            "gz" => extension(name.rsplit_once('.').map_or("", |(n, _)| n)),
            "xlsm" => "xlsx".into(),
            "tsv" | "txt" => "csv".into(),
            other => other.to_owned(),
        }
    }

    /// Reads `livraison.toml`, or the sheet `livraison` of a workbook, and applies the overrides.
    pub(super) fn entete(
        &mut self,
        overrides: &Overrides,
        today: NaiveDate,
        tally: &mut Tally<'_>,
    ) -> Result<Entete> {
        let mut typed = None;
        let mut wrong = None;
        for entry in 0..self.len() {
            let base = self
                .name(entry)
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_lowercase();
            if base == "livraison.toml" {
                let mut bytes = Vec::new();
                let (_, reader) = self.source.read(entry)?;
                let read = reader
                    .take(HEADER_BYTES)
                    .read_to_end(&mut bytes)
                    .map_err(|e| Error::refused("livraison.toml ne se lit pas").caused_by(e));
                // TOML is UTF-8; a notepad of another time saves it as it saves CSV files.
                let text = match String::from_utf8(bytes) {
                    Ok(text) => text,
                    Err(other) => encoding_rs::WINDOWS_1252
                        .decode_without_bom_handling(other.as_bytes())
                        .0
                        .into_owned(),
                };
                match read.and_then(|_| Typed::from_toml(&text)) {
                    Ok(read) => typed = Some(read),
                    Err(error) => wrong = Some(error),
                }
                break;
            }
        }
        for entry in 0..self.len() {
            if typed.is_none()
                && wrong.is_none()
                && matches!(self.kind(entry).as_str(), "xlsx" | "ods")
                && let Ok(book) = self.workbook(entry)?
                && let Some(name) = book.names().into_iter().find(|n| compact(n) == "livraison")
                && let Ok(mut sheet) = book.sheet(&name, 2)
                && let Ok(Some(records)) = sheet.rows(100)
            {
                let pairs = (0..records.len())
                    .map(|r| (records.get(r, 0).to_owned(), records.get(r, 1).to_owned()));
                match Typed::from_pairs(pairs) {
                    Ok(read) => typed = Some(read),
                    Err(error) => wrong = Some(error),
                }
            }
        }
        let mut typed = typed.unwrap_or_default();
        typed.region = overrides.region.clone().or(typed.region);
        typed.periode = overrides.periode.clone().or(typed.periode);
        typed.producteur = overrides.producteur.clone().or(typed.producteur);
        typed.motif = overrides.motif.clone().or(typed.motif);
        typed.dialecte = overrides.dialecte.clone().unwrap_or(typed.dialecte);
        for (key, text) in [
            ("producteur", &mut typed.producteur),
            ("motif", &mut typed.motif),
        ] {
            if let Some(kind) = text
                .as_deref()
                .and_then(|t| identity::value(t, Scope::Free))
            {
                *text = None;
                tally.push(
                    &Finding::new(
                        Rule::Identite,
                        format!("la valeur ressemble à {}", kind.label()),
                    )
                    .field(key)
                    .at("livraison", None),
                )?;
            }
        }
        let (entete, mut findings) = typed.finish(today);
        if let Some(error) = wrong {
            // What is missing then is there, and could not be read.
            findings = vec![Finding::told_by(Rule::LivraisonInconnue, &error)];
        }
        for finding in findings {
            tally.push(&finding.at("livraison.toml", None))?;
        }
        Ok(entete)
    }

    /// Puts every file to its table and detects how it is written.
    pub(super) fn survey(
        &mut self,
        entete: &Entete,
        tally: &mut Tally<'_>,
    ) -> Result<Vec<Unit<'c>>> {
        let mut units = Vec::new();
        for entry in 0..self.len() {
            let name = self.name(entry).to_owned();
            let base = name.rsplit('/').next().unwrap_or_default().to_lowercase();
            let kind = self.kind(entry);
            match kind.as_str() {
                _ if base == "livraison.toml" => {}
                "xlsx" | "ods" => self.survey_workbook(entry, &name, entete, &mut units, tally)?,
                "csv" => {
                    let table = table_named(self.contract.tables(), &stem(&name));
                    let mut findings = Vec::new();
                    let layout = self.survey_csv(entry, table, entete, &mut findings)?;
                    for finding in findings {
                        tally.push(&finding.at(&name, None))?;
                    }
                    match table {
                        Some(table) => units.push(Unit {
                            entry,
                            sheet: None,
                            rank: 0,
                            table,
                            layout,
                        }),
                        None => tally.push(&self.ignored(&stem(&name)).at(&name, None))?,
                    }
                }
                "xls" => tally.push(
                    &Finding::new(Rule::FichierIllisible, "l'ancien format XLS n'est pas lu")
                        .hint("enregistrez le classeur au format XLSX")
                        .at(&name, None),
                )?,
                _ => tally.push(&self.ignored(&stem(&name)).at(&name, None))?,
            }
        }
        Ok(units)
    }

    fn ignored(&self, name: &str) -> Finding {
        let finding = Finding::new(
            Rule::FichierIgnore,
            "ce n'est pas une table du contrat : rien n'y est lu",
        );
        match nearest(name, self.contract.tables().iter().map(|t| t.name.as_str())) {
            Some(close) => finding.hint(format!(
                "s'agit-il de la table {close} ? nommez le fichier ou la feuille ainsi"
            )),
            None => finding,
        }
    }

    fn survey_csv(
        &mut self,
        entry: usize,
        table: Option<&'c TableSchema>,
        entete: &Entete,
        findings: &mut Vec<Finding>,
    ) -> Result<Option<Layout>> {
        let mut bytes = Vec::new();
        let limits = self.limits.clone();
        let outcome = {
            let (_, reader) = self.source.read(entry)?;
            reader.take(SAMPLE).read_to_end(&mut bytes)
        };
        if let Err(e) = outcome
            && (bytes.is_empty() || e.kind() == io::ErrorKind::FileTooLarge)
        {
            findings.push(fault(Fault::from_io(&e)));
            return Ok(None);
        }
        if bytes.starts_with(b"PK\x03\x04")
            || bytes.starts_with(&[0x1f, 0x8b])
            || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0])
        {
            findings.push(
                Finding::new(
                    Rule::FichierIllisible,
                    "le fichier n'est pas un CSV, malgré son nom",
                )
                .hint("donnez-lui son extension : .xlsx, .zip ou .gz"),
            );
            return Ok(None);
        }
        let stated = entete
            .dialecte
            .encodage
            .as_deref()
            .and_then(Encoding::named);
        let encoding = stated
            .filter(|_| !bytes.starts_with(&[0xEF, 0xBB, 0xBF]))
            .unwrap_or_else(|| {
                // A character cut by the end of the sample says nothing.
                let cut = if bytes.len() as u64 == SAMPLE {
                    whole(&bytes)
                } else {
                    bytes.len()
                };
                Encoding::detect(&bytes[..cut])
            });
        // Quotes and line breaks do not depend on the separator in the first lines that matter here.
        let mut blocks = Blocks::new(
            bytes.as_slice(),
            encoding,
            b';',
            &Limits {
                record_bytes: usize::MAX,
                ..limits
            },
        );
        let text = match blocks.next_block() {
            Ok(Some(block)) => block.text,
            Ok(None) => String::new(),
            Err(_) => String::from_utf8_lossy(&bytes[..bytes.len().min(1 << 20)]).into_owned(),
        };
        let separator = layout::separator(table, &text, &entete.dialecte);
        let sample = layout::sample_rows(text, separator);
        let Some(table) = table else {
            let prose = extension(self.name(entry).trim_end_matches(".gz")) == "txt";
            self.unread(&sample, prose, findings);
            return Ok(None);
        };
        Ok(self.laid_out(table, &sample, Some(encoding), separator, entete, findings))
    }

    /// Nothing of it is taken, yet it came with the delivery: neither its columns nor its first rows may name people. Prose may say
    /// whom to call, but holds no NIR.
    fn unread(&self, sample: &Records, prose: bool, findings: &mut Vec<Finding>) {
        if let Some(finding) = layout::too_wide(sample, self.limits.columns) {
            findings.push(finding);
            return;
        }
        if !prose && sample.len() > 0 {
            layout::guard(None, sample, 0, findings);
        }
        for row in 0..sample.len().min(2000) {
            let hit = (0..sample.width(row)).find_map(|c| {
                identity::value(sample.get(row, c), Scope::Free)
                    .filter(|kind| !prose || *kind == identity::Kind::Nir)
                    .map(|kind| (c, kind))
            });
            if let Some((column, kind)) = hit {
                findings.push(
                    Finding::new(
                        Rule::Identite,
                        format!("la valeur ressemble à {}", kind.label()),
                    )
                    .line(sample.line(row))
                    .field(format!("colonne {}", column + 1)),
                );
                return;
            }
        }
    }

    fn laid_out(
        &self,
        table: &TableSchema,
        sample: &Records,
        encoding: Option<Encoding>,
        separator: u8,
        entete: &Entete,
        findings: &mut Vec<Finding>,
    ) -> Option<Layout> {
        let before = findings.len();
        if let Some(finding) = layout::too_wide(sample, self.limits.columns) {
            findings.push(finding);
            return None;
        }
        let found = layout::detect(
            table,
            sample,
            encoding,
            separator,
            &entete.dialecte,
            findings,
        );
        if found.is_none() && findings.len() == before {
            findings.push(Finding::new(Rule::EnTeteAbsent, "le fichier est vide"));
        }
        let fatal = findings[before..]
            .iter()
            .any(|f| f.severity == super::Severity::Fichier);
        found.filter(|_| !fatal)
    }

    fn survey_workbook(
        &mut self,
        entry: usize,
        name: &str,
        entete: &Entete,
        units: &mut Vec<Unit<'c>>,
        tally: &mut Tally<'_>,
    ) -> Result<()> {
        let sheets = match self.workbook(entry)? {
            Ok(book) => book.names(),
            Err(f) => return tally.push(&fault(f).at(name, None)),
        };
        for (rank, sheet_name) in sheets.iter().enumerate() {
            if compact(sheet_name) == "livraison" {
                continue;
            }
            let mut findings = Vec::new();
            let shown = guarded(
                sheet_name,
                &format!("feuille n° {}", rank + 1),
                &mut findings,
            );
            let sample = match self.workbook(entry)? {
                Ok(book) => book.sheet(sheet_name, 0).and_then(|mut s| s.rows(2100)),
                Err(f) => Err(f),
            };
            let table = table_named(self.contract.tables(), sheet_name);
            let layout = match (sample, table) {
                (Ok(sample), Some(table)) => self.laid_out(
                    table,
                    &sample.unwrap_or_default(),
                    None,
                    b';',
                    entete,
                    &mut findings,
                ),
                (Ok(sample), None) => {
                    self.unread(&sample.unwrap_or_default(), false, &mut findings);
                    None
                }
                (Err(f), _) => {
                    findings.push(fault(f));
                    None
                }
            };
            for finding in findings {
                tally.push(&finding.at(name, Some(&shown)))?;
            }
            match table {
                Some(table) => units.push(Unit {
                    entry,
                    sheet: Some(shown),
                    rank,
                    table,
                    layout,
                }),
                None => tally.push(&self.ignored(sheet_name).at(name, Some(&shown)))?,
            }
        }
        Ok(())
    }

    fn workbook(&mut self, entry: usize) -> Result<std::result::Result<&mut Workbook, Fault>> {
        if self.open.as_ref().is_none_or(|(e, _)| *e != entry) {
            self.open = None;
            let ods = self.kind(entry) == "ods";
            let limits = self.limits.clone();
            let (_, mut reader) = self.source.read(entry)?;
            match Workbook::open(&mut reader, ods, &limits) {
                Ok(book) => {
                    drop(reader);
                    self.open = Some((entry, book));
                }
                Err(f) => return Ok(Err(f)),
            }
        }
        Ok(match &mut self.open {
            Some((_, book)) => Ok(book),
            None => Err(Fault::Unreadable("le classeur est illisible".into())),
        })
    }

    /// Opens the rows of a unit for `use_feed`; gives the file's hash as well when reading went through all its bytes.
    pub(super) fn feed<A, B, C>(
        &mut self,
        unit: &Unit<'_>,
        layout: &Layout,
        use_feed: impl FnOnce(&mut Feed<'_>) -> Result<(A, B, C)>,
    ) -> Result<(A, B, C, Option<String>)> {
        if let Some(shown) = &unit.sheet {
            let again = || Error::access(format!("la feuille {shown} ne se relit pas"));
            let book = self.workbook(unit.entry)?.map_err(|_| again())?;
            let name = book.names().get(unit.rank).cloned().unwrap_or_default();
            let sheet = book.sheet(&name, layout.width).map_err(|_| again())?;
            let (a, b, c) = use_feed(&mut Feed::Sheet(Box::new(sheet)))?;
            return Ok((a, b, c, None));
        }
        let limits = self.limits.clone();
        let (fingerprint, reader) = self.source.read(unit.entry)?;
        let mut feed = Feed::Csv(Blocks::new(
            reader,
            layout.encoding,
            layout.separator,
            &limits,
        ));
        let (a, b, c) = use_feed(&mut feed)?;
        drop(feed);
        Ok((a, b, c, Some(fingerprint.finish())))
    }

    /// The hash of a file that was not read through.
    pub(super) fn hash(&mut self, entry: usize) -> Result<String> {
        let (fingerprint, reader) = self.source.read(entry)?;
        drop(reader);
        Ok(fingerprint.finish())
    }
}

fn fault(fault: Fault) -> Finding {
    match fault {
        Fault::Limit(message) => Finding::new(Rule::LimiteDepassee, message),
        Fault::Unreadable(message) => Finding::new(Rule::FichierIllisible, message),
    }
}

/// The file name without folder and extensions.
fn stem(name: &str) -> String {
    let base = name.rsplit('/').next().unwrap_or(name);
    base.split_once('.').map_or(base, |(s, _)| s).to_owned()
}
