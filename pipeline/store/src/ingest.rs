//! A delivery from the door to the store: checked, quarantined, committed whole or not at all.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use base::error::{Context, Error, Kind, Result};
use contract::{Contract, TableSchema};
use delivery::{self, KnownBus, Overrides, Report, Sink, Verdict};
use geography::Communes;

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
    /// Told of every check before anything is committed, with the folder of its quarantine: writes the quality note.
    pub note: &'a dyn Fn(&Report, &Path) -> Result<()>,
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

impl Judge<'_> {
    fn context<'c>(
        &'c self,
        known_buses: BTreeSet<KnownBus>,
        scratch: &'c Path,
    ) -> delivery::Context<'c> {
        delivery::Context {
            communes: self.communes,
            known_buses,
            today: self.today,
            tolerance: self.tolerance,
            scratch,
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
        known_buses: BTreeSet<KnownBus>,
    ) -> Result<Ingested> {
        let mut quarantine = Quarantine::create(folder)?;
        let report = delivery::check(
            path,
            self.contract,
            &self.context(known_buses, folder),
            self.overrides,
            &mut Discard,
            &mut quarantine,
        )?;
        let findings = quarantine.close()?;
        (self.note)(&report, folder)?;
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
        let mut report = delivery::check(
            path,
            judge.contract,
            &judge.context(known, &aside),
            judge.overrides,
            &mut staging,
            &mut quarantine,
        )?;
        let findings = quarantine.close()?;
        if matches!(report.verdict, Verdict::Accepted)
            && let Some(why) = self.overlap(&report.entete).await?
        {
            report.verdict = Verdict::Refused { why: vec![why] };
        }
        (judge.note)(&report, &aside)?;
        let folder = self.shelve(&aside, &report)?;
        let outcome = match &report.verdict {
            Verdict::Refused { .. } => None,
            Verdict::Accepted => match self.commit_report(staging, &report).await {
                // Another delivery came in between, and the note speaks of the store as it was before.
                Err(late) if late.kind() == Kind::Refused => {
                    report.verdict = Verdict::Refused {
                        why: vec![late.message().to_owned()],
                    };
                    (judge.note)(&report, &folder)?;
                    None
                }
                committed => Some(committed?),
            },
        };
        Ok(Ingested {
            report,
            outcome,
            quarantine: folder,
            findings,
        })
    }

    /// Moves a finished quarantine under the name of its delivery, in place of one left by an earlier check of the same
    /// files. Two processes may do so at once: the last one stays.
    fn shelve(&self, aside: &Path, report: &Report) -> Result<PathBuf> {
        let shelf = self.root().join("_quarantaine");
        let short: String = report.sha256.chars().take(12).collect();
        let entete = &report.entete;
        let folder = shelf.join(format!("{}-{}-{short}", entete.region, entete.periode.text));
        let fail = || format!("écriture impossible de {}", folder.display());
        let hint = |e: Error| e.hint("vérifiez l'espace disque et les droits d'écriture");
        std::fs::create_dir_all(&shelf).access(fail).map_err(hint)?;
        let mut moved = std::fs::rename(aside, &folder);
        for _ in 0..100 {
            if moved.is_ok() {
                break;
            }
            // Another one may have moved the old folder away already.
            let old = aside.with_file_name("ancienne_quarantaine");
            let _ = std::fs::rename(&folder, &old).and_then(|()| std::fs::remove_dir_all(&old));
            moved = std::fs::rename(aside, &folder);
        }
        moved.access(fail).map_err(hint)?;
        Ok(folder)
    }

    /// Two live deliveries of one région must not tell about the same days: they would count twice. Says which one is in the
    /// way.
    async fn overlap(&self, entete: &delivery::Entete) -> Result<Option<String>> {
        let snapshot = self.snapshot(At::Latest).await?;
        let live = snapshot
            .all_files()
            .filter(|(table, file)| *table == LIVRAISONS && file.region == entete.region)
            .map(|(_, file)| file.periode.as_str());
        in_the_way(&entete.region, &entete.periode.text, live)
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

    /// The buses that the store knows, each with the deliveries that told of it.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn known_buses(&self) -> Result<BTreeSet<KnownBus>> {
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
                    buses.extend((0..column.len()).filter(|i| column.is_valid(*i)).map(|i| {
                        KnownBus {
                            id: column.value(i).to_string(),
                            region: file.region.clone(),
                            periode: file.periode.clone(),
                        }
                    }));
                }
            }
        }
        Ok(buses)
    }
}

/// Which of the `live` periods of a région shares days with `periode` without being the same, said in French.
///
/// # Errors
/// If a period cannot be read.
pub(super) fn in_the_way<'p>(
    region: &str,
    periode: &str,
    live: impl Iterator<Item = &'p str>,
) -> Result<Option<String>> {
    let own = delivery::Period::parse(periode)?;
    for other in live.filter(|other| *other != periode) {
        if delivery::Period::parse(other)?.overlaps(&own) {
            return Ok(Some(format!(
                "la période {periode} de la région {region} recouvre la livraison {other} déjà chargée : livrez la même période pour annuler et remplacer, ou une période qui ne la recouvre pas"
            )));
        }
    }
    Ok(None)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn entry(periode: &str, sha256: &str) -> Entry {
        Entry {
            nature: "livraison".into(),
            region: "28".into(),
            periode: periode.into(),
            sha256: sha256.into(),
            producteur: String::new(),
            motif: None,
            lignes: [0; 3],
        }
    }

    #[tokio::test]
    async fn a_commit_looks_for_the_same_days_in_the_state_that_it_replaces() {
        let folder = tempfile::tempdir().unwrap();
        let contract = Contract::embedded().unwrap();
        let root = folder.path().join("depot");
        let store = Store::open_or_create(root.to_str().unwrap(), &contract)
            .await
            .unwrap();
        // Three deliveries whose checks all saw an empty store.
        let mut outcomes = Vec::new();
        for (periode, sha) in [
            ("2025", "a"),
            ("2025-03", "b"),
            ("2024", "c"),
            ("2025", "d"),
        ] {
            let mut staging = Staging::new(store.root(), store.layouts()).unwrap();
            staging
                .write(LIVRAISONS, &RecordBatch::new_empty(livraisons_schema()))
                .unwrap();
            let adds = staging.place("28", periode).unwrap();
            outcomes.push(store.commit(&entry(periode, sha), &adds).await);
        }
        let said: Vec<String> = outcomes
            .iter()
            .map(|o| match o {
                Ok(outcome) => format!("{outcome:?}"),
                Err(error) => format!("{:?} {}", error.kind(), error.message()),
            })
            .collect();
        assert!(said[0].contains("version: 1"), "{said:?}");
        assert!(
            said[1].starts_with("Refused") && said[1].contains("recouvre la livraison 2025"),
            "{said:?}"
        );
        assert!(said[2].contains("version: 2"), "{said:?}");
        assert!(said[3].contains("replaced: true"), "{said:?}");
        let replaced: Vec<Option<u64>> = store
            .history()
            .await
            .unwrap()
            .iter()
            .map(|c| c.replaces)
            .collect();
        assert_eq!(replaced, [None, None, None, Some(1)]);
    }
}
