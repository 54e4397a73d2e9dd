//! The quarantine: every finding of a delivery as CSV and Parquet, also written, empty, when all is well.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;

use base::error::{Context, Error, Result};
use base::text::neutral;
use contract::Severity;
use delivery::{FaultyRow, FaultyRows, Finding, FindingSink, RowOrigin};

/// What to do when the device refuses.
const PLACE: &str =
    "vérifiez l'espace disque et les droits d'écriture ; le dépôt est resté tel quel";
/// Findings kept in memory before a Parquet batch is written.
const BATCH: usize = 4096;
const COLUMNS: [&str; 10] = [
    "fichier", "feuille", "ligne", "champ", "regle", "gravite", "message", "valeur", "conseil",
    "colonne",
];

/// Writes findings one by one; millions take no memory.
pub struct Quarantine {
    csv: csv::Writer<BufWriter<File>>,
    parquet: ArrowWriter<File>,
    schema: SchemaRef,
    pending: Vec<[Option<String>; 10]>,
    faulty: FaultyRows,
    folder: PathBuf,
    count: u64,
}

impl Quarantine {
    /// Opens `quarantaine.csv` and `quarantaine.parquet` in `folder`.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn create(folder: &Path) -> Result<Self> {
        let fail = || format!("écriture impossible dans {}", folder.display());
        std::fs::create_dir_all(folder).access(fail).map_err(full)?;

        let mut csv = csv::Writer::from_writer(BufWriter::new(
            File::create(folder.join("quarantaine.csv")).access(fail).map_err(full)?,
        ));

        csv.write_record(COLUMNS).access(fail).map_err(full)?;
        let fields: Vec<Field> = COLUMNS
            .iter()
            .map(|name| {
                Field::new(
                    *name,
                    if *name == "ligne" { DataType::Int64 } else { DataType::Utf8 },
                    true,
                )
            })
            .collect();

        let schema = Arc::new(Schema::new(fields));

        let parquet = ArrowWriter::try_new(
            File::create(folder.join("quarantaine.parquet")).access(fail).map_err(full)?,
            schema.clone(),
            None,
        )
        .access(fail)
        .map_err(full)?;

        Ok(Self {
            csv,
            parquet,
            schema,
            pending: Vec::new(),
            faulty: FaultyRows::default(),
            folder: folder.to_path_buf(),
            count: 0,
        })
    }

    /// Completes both files; returns how many findings they hold, and the rows that have some.
    ///
    /// # Errors
    /// If they cannot be completed.
    pub fn close(mut self) -> Result<(u64, FaultyRows)> {
        self.flush()?;
        let folder = self.folder;
        let fail = || format!("écriture impossible dans {}", folder.display());
        self.csv.flush().access(fail).map_err(full)?;
        self.parquet.close().access(fail).map_err(full)?;
        Ok((self.count, self.faulty))
    }

    fn flush(&mut self) -> Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }

        let fail = || "quarantaine".to_string();

        let arrays: Vec<ArrayRef> = COLUMNS
            .iter()
            .enumerate()
            .map(|(index, name)| -> ArrayRef {
                let values = self.pending.iter().map(|row| row[index].as_deref());
                if *name == "ligne" {
                    Arc::new(
                        values
                            .map(|v| v.and_then(|v| v.parse::<i64>().ok()))
                            .collect::<Int64Array>(),
                    )
                } else {
                    Arc::new(values.collect::<StringArray>())
                }
            })
            .collect();

        let batch = RecordBatch::try_new(self.schema.clone(), arrays).access(fail).map_err(full)?;
        self.parquet.write(&batch).access(fail).map_err(full)?;

        self.pending.clear();

        Ok(())
    }
}

impl FindingSink for Quarantine {
    fn finding(&mut self, finding: &Finding) -> Result<()> {
        let row: [Option<String>; 10] = [
            Some(finding.file.clone()),
            finding.sheet.clone(),
            finding.line.map(|line| line.to_string()),
            finding.field.clone(),
            Some(finding.rule.code().to_string()),
            Some(severity(finding.severity).to_string()),
            Some(finding.message.clone().into_owned()),
            finding.value.clone(),
            Some(finding.hint.clone().into_owned()),
            finding.column.clone(),
        ];

        // The CSV is opened in spreadsheets: what a sender typed must not run there.
        let cells = row.iter().map(|cell| neutral(cell.as_deref().unwrap_or_default()));

        self.csv.write_record(cells).map_err(|e| {
            Error::access(format!("écriture impossible dans {}", self.folder.display()))
                .caused_by(e)
                .hint(PLACE)
        })?;

        self.faulty.finding(finding);
        self.pending.push(row);
        self.count += 1;
        if self.pending.len() == BATCH {
            self.flush()?;
        }

        Ok(())
    }

    fn row(&mut self, origin: &RowOrigin, refused: bool, make: &mut dyn FnMut() -> FaultyRow) {
        self.faulty.row(origin, refused, make);
    }
}

fn full(error: Error) -> Error {
    error.hint(PLACE)
}

/// The word for a severity, in the quarantine and on screen.
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Fichier => "refus de la livraison",
        Severity::Ligne => "ligne refusée",
        Severity::Avertissement => "avertissement",
    }
}
