//! A delivery from the door to the store: checked, quarantined, committed whole or not at all.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::contract::{Contract, TableSchema};
use crate::delivery::{self, Overrides, Report, Sink, Verdict};
use crate::error::{Context, Error, Result};
use crate::referentiel::Communes;

use super::commit::{Entry, Outcome};
use super::layout::{LIVRAISONS, livraisons_schema};
use super::quarantine::Quarantine;
use super::staging::Staging;
use super::{At, Store};

/// What a delivery is judged with, the same for all deliveries of one run.
pub struct Judge<'a> {
    /// The contract.
    pub contract: &'a Contract,
    /// The communes.
    pub communes: &'a Communes,
    /// Day of the check: nothing may be dated later.
    pub today: NaiveDate,
    /// Share of refused rows (0–1) above which nothing is stored.
    pub tolerance: f64,
    /// What the user says in place of the delivery.
    pub overrides: &'a Overrides,
}

/// What became of a delivery.
#[derive(Debug)]
pub struct Ingested {
    /// The check.
    pub report: Report,
    /// The commit; none if the delivery was refused.
    pub outcome: Option<Outcome>,
    /// Folder of the quarantine files.
    pub quarantine: PathBuf,
    /// Findings in the quarantine.
    pub findings: u64,
}

/// Takes accepted rows and lets them go: a check alone.
struct Discard;

impl Sink for Discard {
    fn accept(&mut self, _: &TableSchema, _: RecordBatch) -> Result<()> {
        Ok(())
    }
}

impl delivery::Communes for Communes {
    fn exists(&self, code: &str) -> bool {
        Communes::exists(self, code)
    }

    fn successor(&self, code: &str, _: i32) -> Option<String> {
        // The shipped list says which commune a vanished one is in today, not since when: a delivery of any year is
        // carried to today's communes, so that years compare.
        Communes::successor(self, code).map(str::to_string)
    }
}

impl Judge<'_> {
    fn context(&self, known_buses: BTreeSet<String>) -> delivery::Context<'_> {
        delivery::Context {
            communes: self.communes,
            known_buses,
            today: self.today,
            tolerance: self.tolerance,
        }
    }

    /// Checks a delivery without storing anything; findings go to `folder`.
    ///
    /// # Errors
    /// If the delivery cannot be read at all or the findings cannot be written.
    pub fn check(
        &self,
        path: &Path,
        folder: &Path,
        known_buses: BTreeSet<String>,
    ) -> Result<Ingested> {
        let mut quarantine = Quarantine::create(folder)?;
        let report = delivery::check(
            path,
            self.contract,
            &self.context(known_buses),
            self.overrides,
            &mut Discard,
            &mut quarantine,
        )?;
        let findings = quarantine.close()?;
        Ok(Ingested {
            report,
            outcome: None,
            quarantine: folder.to_path_buf(),
            findings,
        })
    }
}

impl Store {
    /// Checks a delivery and, if it is accepted, commits it in place of the région's earlier delivery of that period.
    /// The findings go to `_quarantaine/` inside the store, whatever the verdict.
    ///
    /// # Errors
    /// If the delivery cannot be read or the store cannot be written; the store is then as it was.
    pub async fn ingest(&self, path: &Path, judge: &Judge<'_>) -> Result<Ingested> {
        let known = self.known_buses().await?;
        let mut staging = Staging::new(self.root(), self.layouts())?;
        // The quarantine's name needs the verdict's hash: it is written aside, then moved.
        let aside = staging.folder().join("quarantaine");
        let mut quarantine = Quarantine::create(&aside)?;
        let report = delivery::check(
            path,
            judge.contract,
            &judge.context(known),
            judge.overrides,
            &mut staging,
            &mut quarantine,
        )?;
        let findings = quarantine.close()?;
        let region = report.entete.region.clone();
        let periode = report.entete.periode.text.clone();
        let short: String = report.sha256.chars().take(12).collect();
        let folder = self
            .root()
            .join("_quarantaine")
            .join(format!("{region}-{periode}-{short}"));
        let fail = || format!("écriture impossible de {}", folder.display());
        if folder.exists() {
            std::fs::remove_dir_all(&folder).access(fail)?;
        }
        if let Some(parent) = folder.parent() {
            std::fs::create_dir_all(parent).access(fail)?;
        }
        std::fs::rename(&aside, &folder).access(fail)?;
        if matches!(report.verdict, Verdict::Accepted) {
            self.refuse_overlap(&report.entete).await?;
        }
        let outcome = match &report.verdict {
            Verdict::Refused { .. } => None,
            Verdict::Accepted => Some(self.commit_report(staging, &report).await?),
        };
        Ok(Ingested {
            report,
            outcome,
            quarantine: folder,
            findings,
        })
    }

    /// Two live deliveries of one région must not tell about the same days: they would count twice.
    async fn refuse_overlap(&self, entete: &delivery::Entete) -> Result<()> {
        let snapshot = self.snapshot(At::Latest).await?;
        for (table, file) in snapshot.all_files() {
            if table != LIVRAISONS
                || file.region != entete.region
                || file.periode == entete.periode.text
            {
                continue;
            }
            if delivery::Period::parse(&file.periode)?.overlaps(&entete.periode) {
                return Err(Error::refused(format!(
                    "la période {} de la région {} recouvre la livraison {} déjà chargée ; rien n'a été chargé",
                    entete.periode.text, entete.region, file.periode
                ))
                .hint("livrez la même période pour annuler et remplacer, ou une période qui ne la recouvre pas"));
            }
        }
        Ok(())
    }

    async fn commit_report(&self, mut staging: Staging<'_>, report: &Report) -> Result<Outcome> {
        let (read, accepted, refused) = report.totals();
        let entry = Entry {
            nature: "livraison".into(),
            region: report.entete.region.clone(),
            periode: report.entete.periode.text.clone(),
            sha256: report.sha256.clone(),
            producteur: report.entete.producteur.clone(),
            motif: report.entete.motif.clone(),
            lignes: [read, accepted, refused],
        };
        if self.holds(&entry).await? {
            let version = self.snapshot(At::Latest).await?.version;
            return Ok(Outcome::Unchanged { version });
        }
        staging.write(LIVRAISONS, &receipts(report)?)?;
        let adds = staging.place(&entry.region, &entry.periode)?;
        self.commit(&entry, &adds).await
    }

    /// Identifiers of the buses that the store knows.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn known_buses(&self) -> Result<BTreeSet<String>> {
        let snapshot = self.snapshot(At::Latest).await?;
        let mut buses = BTreeSet::new();
        for (table, file) in snapshot.all_files() {
            if table != "medicobus" {
                continue;
            }
            let fail = || format!("fichier de données illisible : {}", file.path.display());
            let builder =
                ParquetRecordBatchReaderBuilder::try_new(File::open(&file.path).access(fail)?)
                    .access(fail)?;
            let mask = ProjectionMask::columns(builder.parquet_schema(), ["id_medicobus"]);
            for batch in builder.with_projection(mask).build().access(fail)? {
                let batch = batch.access(fail)?;
                if let Some(column) = batch.columns().first() {
                    let column = column.as_string::<i32>();
                    buses.extend(
                        (0..column.len())
                            .filter(|i| column.is_valid(*i))
                            .map(|i| column.value(i).to_string()),
                    );
                }
            }
        }
        Ok(buses)
    }
}

/// One row per file received.
fn receipts(report: &Report) -> Result<RecordBatch> {
    let text = |value: &dyn Fn(&delivery::FileReport) -> Option<String>| -> ArrayRef {
        Arc::new(report.files.iter().map(value).collect::<StringArray>())
    };
    let count = |value: fn(&delivery::FileReport) -> u64| -> ArrayRef {
        Arc::new(
            report
                .files
                .iter()
                .map(|f| Some(value(f) as i64))
                .collect::<Int64Array>(),
        )
    };
    let entete = &report.entete;
    let fictives = if entete.fictives { "oui" } else { "non" };
    RecordBatch::try_new(
        livraisons_schema(),
        vec![
            text(&|_| Some(report.sha256.clone())),
            text(&|_| Some(entete.producteur.clone())),
            text(&|_| entete.motif.clone()),
            text(&|_| Some(fictives.to_string())),
            text(&|f| Some(f.file.clone())),
            text(&|f| f.sheet.clone()),
            text(&|f| f.table.clone()),
            text(&|f| Some(f.sha256.clone())),
            count(|f| f.read),
            count(|f| f.accepted),
            count(|f| f.refused),
        ],
    )
    .access(|| "reçus de la livraison".into())
}
