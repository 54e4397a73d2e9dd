//! A CSV file put to its table.

use std::io::{self, Read};

use base::error::Result;
use contract::Rule;

use super::Survey;
use super::names::{stem, table_named};
use super::surveyed_table::SurveyedTable;
use super::untaken::by_content;
use crate::Finding;
use crate::container::extension;
use crate::container::limits::SizeLimits;
use crate::dialect::{self, FileLayout};
use crate::formats::csv_blocks::{Blocks, Encoding, Fault, whole};
use crate::formats::form::COMPOUND;

/// Bytes of a CSV file from which its dialect is guessed.
const SAMPLE: u64 = 4 << 20;

/// First bytes of ZIP (hence XLSX), gzip, old Office files, Parquet, 7-Zip and RAR.
const NOT_TEXT: [&[u8]; 6] =
    [b"PK\x03\x04", &[0x1f, 0x8b], COMPOUND, b"PAR1", b"7z\xBC\xAF", b"Rar!"];

impl Survey<'_> {
    pub(super) fn survey_csv(&mut self, entry: usize, file: &str) -> Result<()> {
        let mut findings = Vec::new();
        let name = stem(file);
        let table = table_named(self.terms.contract.tables(), &name);

        let layout = match self.csv_sample(entry)? {
            Ok(bytes) => self.csv_layout(file, table, &bytes, &mut findings),
            Err(finding) => {
                findings.push(finding);
                None
            }
        };

        let surveyed = table.map(|table| SurveyedTable {
            entry,
            sheet: None,
            rank: 0,
            table,
            layout,
        });

        self.take(findings, surveyed, (file, None))
    }

    /// The first bytes of a file, or why they cannot be text.
    fn csv_sample(&mut self, entry: usize) -> Result<std::result::Result<Vec<u8>, Finding>> {
        let mut bytes = Vec::new();
        let (_, reader) = self.files.container.read(entry)?;
        let outcome = reader.take(SAMPLE).read_to_end(&mut bytes);

        // A file that breaks later is judged up to there.
        if let Err(e) = outcome
            && (bytes.is_empty() || e.kind() == io::ErrorKind::FileTooLarge)
        {
            return Ok(Err(Fault::from_io(&e).into()));
        }

        if let Some(finding) = nothing_in(&bytes) {
            return Ok(Err(finding));
        }
        if NOT_TEXT.iter().any(|magic| bytes.starts_with(magic)) {
            let message = "le fichier n'est pas un CSV, malgré son nom";
            let finding = Finding::new(Rule::FichierIllisible, message)
                .hint("donnez-lui son extension : .xlsx, .xls, .zip, .gz ou .parquet");
            return Ok(Err(finding));
        }

        Ok(Ok(bytes))
    }

    fn csv_layout(
        &self,
        file: &str,
        table: Option<&contract::TableSchema>,
        bytes: &[u8],
        findings: &mut Vec<Finding>,
    ) -> Option<FileLayout> {
        let encoding = match self.encoding(bytes) {
            Ok(encoding) => encoding,
            Err(fault) => {
                findings.push(fault.into());
                return None;
            }
        };
        let text = self.sample_text(bytes, encoding);
        let separator = dialect::separator(table, &text, &self.header.dialect);
        let sample = dialect::sample_rows(text, separator, (bytes.len() as u64) < SAMPLE);

        let Some(table) = table else {
            let prose = extension(file.trim_end_matches(".gz")) == "txt";
            self.unread(&sample, prose, findings);
            findings.push(by_content(self.terms.contract, &stem(file), &sample));
            return None;
        };

        self.layout(table, &sample, Some(encoding), separator, findings)
    }

    /// The encoding that the sender states, unless a byte order mark says otherwise; else the one detected.
    fn encoding(&self, bytes: &[u8]) -> std::result::Result<Encoding, Fault> {
        let stated = self.header.dialect.encoding.as_deref();
        let stated = stated
            .and_then(Encoding::named)
            .filter(|_| !bytes.starts_with(&[0xEF, 0xBB, 0xBF]));

        if let Some(stated) = stated {
            return Ok(stated);
        }

        // A character cut by the end of the sample says nothing.
        let cut = if bytes.len() as u64 == SAMPLE { whole(bytes) } else { bytes.len() };
        let encoding = Encoding::detect(&bytes[..cut]);
        encoding.confirm(bytes)?;
        Ok(encoding)
    }

    /// The sample as text. Quotes and line breaks do not depend on the separator in the first lines that matter here.
    fn sample_text(&self, bytes: &[u8], encoding: Encoding) -> String {
        let limits = SizeLimits {
            record_bytes: usize::MAX,
            ..self.files.limits.clone()
        };

        let mut blocks = Blocks::new(bytes, encoding, b';', &limits);
        let mut text = String::new();
        loop {
            match blocks.next_block() {
                Ok(Some(block)) => text.push_str(&block.text),
                Err(_) if text.is_empty() => {
                    let beginning = &bytes[..bytes.len().min(1 << 20)];
                    return String::from_utf8_lossy(beginning).into_owned();
                }
                Ok(None) | Err(_) => return text,
            }
        }
    }
}

/// What there is to say of a file that holds no text at all.
fn nothing_in(bytes: &[u8]) -> Option<Finding> {
    let text = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    let message = if text.is_empty() {
        "le fichier est vide"
    } else if text.iter().all(|b| b.is_ascii_whitespace()) {
        "le fichier ne contient que des fins de ligne ou des espaces"
    } else if text.iter().all(|b| *b == 0) {
        "le fichier ne contient que des octets nuls : sa copie s'est sans doute interrompue"
    } else {
        return None;
    };
    Some(Finding::new(Rule::EnTeteAbsent, message).hint("exportez ou copiez le fichier à nouveau ; s'il n'y a rien à dire, retirez-le et dites-le sous rien_a_declarer"))
}
