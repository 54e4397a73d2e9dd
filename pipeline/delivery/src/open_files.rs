//! The files of an open delivery, to be read several times: for the header, the survey, the rows and the fingerprint.

use std::path::Path;

use base::error::{Error, Result};

use crate::Finding;
use crate::container::limits::SizeLimits;
use crate::container::{Container, Fingerprint, extension};
use crate::dialect::FileLayout;
use crate::formats::csv_blocks::{Blocks, Fault};
use crate::formats::feed::Feed;
use crate::formats::workbook::Workbook;
use crate::survey::surveyed_table::SurveyedTable;

/// The container of a delivery and the workbook that is open in it.
pub(crate) struct OpenFiles {
    pub(crate) container: Container,
    pub(crate) limits: SizeLimits,
    /// The last workbook opened: its sheets are read one after the other.
    workbook: Option<(usize, Workbook)>,
}

/// The rows of a file while they are read.
pub(crate) struct OpenRows<'f> {
    pub(crate) feed: Feed<'f>,
    /// None for a sheet: its workbook was read before.
    fingerprint: Option<Fingerprint<'f>>,
}

impl OpenRows<'_> {
    /// The hash of the file when reading went through all its bytes.
    pub(crate) fn finish(self) -> Option<String> {
        drop(self.feed);
        self.fingerprint.map(Fingerprint::finish)
    }
}

impl OpenFiles {
    pub(crate) fn open(
        path: &Path,
        limits: &SizeLimits,
        findings: &mut Vec<Finding>,
    ) -> Result<Self> {
        Ok(Self {
            container: Container::open(path, limits, findings)?,
            limits: limits.clone(),
            workbook: None,
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.container.entries.len()
    }

    /// The name of a file, as it may be shown.
    pub(crate) fn name(&self, entry: usize) -> &str {
        &self.container.entries[entry].name
    }

    /// The name without folders, lower case.
    pub(crate) fn base_name(&self, entry: usize) -> String {
        let base = self.name(entry).rsplit('/').next();
        base.unwrap_or_default().to_lowercase()
    }

    /// Whether a file says whose the delivery is. Windows hides the last extension: a notepad adds one that nobody sees.
    pub(crate) fn is_header(&self, entry: usize) -> bool {
        matches!(self.base_name(entry).as_str(), "livraison.toml" | "livraison.toml.txt")
    }

    /// Whether a file is a workbook, or read as one; which kind, its bytes tell.
    pub(crate) fn is_workbook(&self, entry: usize) -> bool {
        matches!(self.kind(entry).as_str(), "xlsx" | "xlsb" | "xls" | "ods" | "parquet")
    }

    /// Whether a file may hold the rows of a table, by its name.
    pub(crate) fn holds_rows(&self, entry: usize) -> bool {
        self.kind(entry) == "csv" || self.is_workbook(entry)
    }

    /// The kind of a file by its extension: `csv`, `xlsx`, `ods` or another one as it is.
    pub(crate) fn kind(&self, entry: usize) -> String {
        let name = self.name(entry);
        match extension(name).as_str() {
            "gz" => extension(name.rsplit_once('.').map_or("", |(n, _)| n)),
            "xlsm" => "xlsx".into(),
            "tsv" | "txt" => "csv".into(),
            other => other.to_owned(),
        }
    }

    /// Opens the workbook of an entry, unless it is open.
    pub(crate) fn workbook(
        &mut self,
        entry: usize,
    ) -> Result<std::result::Result<&mut Workbook, Fault>> {
        if self.workbook.as_ref().is_none_or(|(e, _)| *e != entry) {
            self.workbook = None;
            let limits = self.limits.clone();
            let (_, mut reader) = self.container.read(entry)?;

            match Workbook::open(&mut reader, &limits) {
                Ok(book) => {
                    drop(reader);
                    self.workbook = Some((entry, book));
                }
                Err(f) => return Ok(Err(f)),
            }
        }

        Ok(match &mut self.workbook {
            Some((_, book)) => Ok(book),
            None => Err(Fault::Unreadable("le classeur est illisible".into())),
        })
    }

    /// Opens the rows of a table.
    pub(crate) fn rows(
        &mut self,
        table: &SurveyedTable<'_>,
        layout: &FileLayout,
    ) -> Result<OpenRows<'_>> {
        if self.is_workbook(table.entry) {
            let shown = table.sheet.as_deref().unwrap_or(self.name(table.entry)).to_owned();
            let again = || Error::access(format!("la feuille {shown} ne se relit pas"));
            let book = self.workbook(table.entry)?.map_err(|_| again())?;
            let name = book.names().get(table.rank).cloned().unwrap_or_default();
            let sheet = book.sheet(&name, layout.width).map_err(|_| again())?;

            return Ok(OpenRows {
                feed: Feed::Sheet(Box::new(sheet)),
                fingerprint: None,
            });
        }

        let (fingerprint, reader) = self.container.read(table.entry)?;
        let blocks = Blocks::new(reader, layout.encoding, layout.separator, &self.limits);

        Ok(OpenRows {
            feed: Feed::Csv(blocks),
            fingerprint: Some(fingerprint),
        })
    }

    /// The hash of a file that was not read through.
    pub(crate) fn hash(&mut self, entry: usize) -> Result<String> {
        let (fingerprint, reader) = self.container.read(entry)?;
        drop(reader);

        Ok(fingerprint.finish())
    }
}
