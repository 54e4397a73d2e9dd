//! A delivery from the door to the store: checked, quarantined, committed whole or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use deltalake_core::DeltaTable;

use base::error::{Context, Error, Kind, Result};
use delivery::{
    Comparison, Delivery, FaultyRows, FileReport, KnownBus, Overrides, Report, Terms, Verdict,
};

use super::commit::{CommitOutcome, Entry};
use super::layout::{LIVRAISONS, Layout, livraisons_schema};
use super::learned::{LearnOnly, Learned};
use super::place::Place;
use super::quarantine::Quarantine;
use super::received::{self, SHELF};
use super::staging::Staging;
use super::{Snapshot, Store};

/// What became of a delivery.
#[derive(Debug)]
pub struct Ingested {
    /// The check.
    pub report: Report,
    /// The commit; none if the delivery was refused.
    pub outcome: Option<CommitOutcome>,
    /// Folder of the quarantine files.
    pub quarantine: PathBuf,
    /// Where they are, as messages say it: behind an address, the folder is that of their copies.
    pub shelf: String,
    /// Findings in the quarantine.
    pub findings: u64,
    /// What changed since an earlier delivery, and what is out of the ordinary.
    pub comparison: Comparison,
    /// The delivered rows that have findings; none when an identity was found in the delivery.
    pub faulty: Option<FaultyRows>,
    /// What holds the folder of copies.
    _place: Option<Arc<Place>>,
}

impl Ingested {
    /// What became of it, in French.
    pub fn fate(&self) -> String {
        match (&self.report.verdict, &self.outcome) {
            (Verdict::Refused { why }, _) => format!("REFUSÉE : {}", why.join(" ; ")),
            (_, Some(CommitOutcome::Committed { version, replaced: true })) => {
                format!("chargée, version {version}, annule et remplace la précédente")
            }
            (_, Some(CommitOutcome::Committed { version, replaced: false })) => {
                format!("chargée, version {version}")
            }
            (_, Some(CommitOutcome::Unchanged { version })) => {
                format!("déjà chargée, inchangée (version {version})")
            }
            (_, None) => "contrôlée".to_string(),
        }
    }
}

/// Checks a delivery without storing anything; findings go to `folder`. The delivery is compared with what `store` has received, and
/// refused if the store would refuse it.
///
/// # Errors
/// If the delivery cannot be read at all or the findings cannot be written.
pub async fn check(
    path: &Path,
    terms: &Terms<'_>,
    known: &BTreeSet<KnownBus>,
    store: Option<&Store>,
    folder: &Path,
) -> Result<Ingested> {
    let mut quarantine = Quarantine::create(folder)?;
    let survey = Delivery::open(path, terms, &mut quarantine)?.survey()?;
    let mut rows = LearnOnly {
        layouts: store.map(Store::layouts).unwrap_or_default(),
        learned: Learned::default(),
    };
    let mut report = survey.check(known, folder, &mut rows)?;
    let (findings, faulty) = quarantine.close()?;
    let faulty = anonymous(&report, faulty);
    let comparison = match store {
        Some(store) => {
            if report.verdict == Verdict::Accepted
                && let Some(error) = {
                    let entry = entry(&report, rows.learned, terms.overrides);
                    store.foreseen(&entry).await?
                }
            {
                report.verdict = refused(&error);
            }
            store.compare(&report, terms.today)?
        }
        None => Comparison::of(None, &report, terms.today),
    };

    Ok(Ingested {
        report,
        outcome: None,
        quarantine: folder.to_path_buf(),
        shelf: folder.display().to_string(),
        findings,
        comparison,
        faulty,
        _place: None,
    })
}

/// The rows of a delivery in which no identity was found: a cell that was not complained about may name somebody where another did.
fn anonymous(report: &Report, rows: FaultyRows) -> Option<FaultyRows> {
    (!report.names_somebody()).then_some(rows)
}

impl Store {
    /// Checks a delivery and, if it is accepted, commits it in place of the région's earlier delivery of that period.
    /// The findings go to `_quarantaine/` inside the store, whatever the verdict.
    ///
    /// # Errors
    /// If the delivery cannot be read or the store cannot be written; the store is then as it was.
    pub async fn ingest(&self, path: &Path, terms: &Terms<'_>) -> Result<Ingested> {
        // The store is read once; the commit looks again at what others have committed in between.
        let state = self.table().await?;
        let snapshot = self.snapshot_of(&state).await?;
        let known = snapshot.known_buses()?;

        // The quarantine's name needs the delivery's hash: it is written aside, then moved.
        let mut staging = Staging::new(self)?;
        let aside = staging.folder().join("quarantaine");
        let mut quarantine = Quarantine::create(&aside)?;

        let survey = Delivery::open(path, terms, &mut quarantine)?.survey()?;
        let mut report = survey.check(&known, &aside, &mut staging)?;
        let (findings, faulty) = quarantine.close()?;

        let faulty = anonymous(&report, faulty);
        let comparison = self.compare(&report, terms.today)?;
        let name = self.shelf_name(&report);
        let before = received::read(&self.place, &name);
        let folder = self.shelve(&aside, &name)?;
        let outcome = match &report.verdict {
            Verdict::Refused { .. } => None,
            Verdict::Accepted => {
                match self.commit_delivery(staging, &report, &state, terms.overrides).await {
                    Err(error) if error.kind() == Kind::Refused => {
                        report.verdict = refused(&error);
                        None
                    }
                    committed => Some(committed?),
                }
            }
        };

        let ingested = Ingested {
            report,
            outcome,
            quarantine: folder,
            shelf: self.place.shown_at(&name),
            findings,
            comparison,
            faulty,
            _place: Some(Arc::clone(&self.place)),
        };
        received::keep(&ingested, before, terms.today)?;
        self.place.share(&name)?;
        Ok(ingested)
    }

    /// Where the quarantine of a delivery lies: that of its région, its period and the hash of all that was received. Behind an
    /// address, where its copy is once it is brought.
    pub fn shelf(&self, region: &str, periode: &str, sha256: &str) -> PathBuf {
        self.place.file(&shelf_name(region, periode, sha256))
    }

    /// The files of the quarantines that are in the store, by [`Self::shelf`]; none on a disk, where a look tells.
    ///
    /// # Errors
    /// If they cannot be listed.
    pub fn shelved(&self) -> Result<Option<BTreeSet<PathBuf>>> {
        if !self.place.is_remote() {
            return Ok(None);
        }
        let names = self.place.names(SHELF, "", || format!("{} est illisible", self.shown()))?;
        Ok(Some(
            names.iter().map(|name| self.place.file(&format!("{SHELF}/{name}"))).collect(),
        ))
    }

    /// Brings a file of a quarantine to where [`Self::shelf`] says that it is.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn bring(&self, path: &Path) -> Result<()> {
        let Ok(name) = path.strip_prefix(self.root()) else { return Ok(()) };
        let name: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
        self.place.bring(&[&name.join("/")])
    }

    /// Sends what was written beside the quarantine of a delivery since it was loaded; on a disk it is there.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn share(&self, ingested: &Ingested) -> Result<()> {
        self.place.share(&self.shelf_name(&ingested.report))
    }

    fn shelf_name(&self, report: &Report) -> String {
        let header = &report.header;
        shelf_name(&header.region, &header.periode.text, &report.sha256)
    }

    /// Moves a finished quarantine under the name of its delivery, in place of one left by an earlier check of the same
    /// files. Two processes may do so at once: the last one stays.
    fn shelve(&self, aside: &Path, name: &str) -> Result<PathBuf> {
        let (shelf, folder) = (self.place.file(SHELF), self.place.file(name));
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
        self.place.share(name)?;
        Ok(folder)
    }

    /// Commits the accepted rows of a delivery with its receipts. `state` is the store as it was read before the check: the same
    /// content found there spares the writing.
    async fn commit_delivery(
        &self,
        mut staging: Staging<'_>,
        report: &Report,
        state: &DeltaTable,
        overrides: &Overrides,
    ) -> Result<CommitOutcome> {
        let entry = entry(report, staging.take_learned(), overrides);
        if self.held_by(state, &entry)? {
            let version = state.version().unwrap_or_default();
            return Ok(CommitOutcome::Unchanged { version });
        }

        staging.write(LIVRAISONS, &receipts(report, self.layouts())?)?;
        let adds = staging.place(&entry.region, &entry.periode)?;

        self.commit(&entry, &adds).await
    }
}

impl Snapshot {
    /// The buses that the store knows, each with the deliveries that told of it.
    ///
    /// # Errors
    /// If a data file cannot be read.
    pub fn known_buses(&self) -> Result<BTreeSet<KnownBus>> {
        let mut buses = BTreeSet::new();
        for (_, file) in self.all_files().filter(|(table, _)| *table == "medicobus") {
            buses.extend(file.texts("id_medicobus")?.into_iter().map(|id| KnownBus {
                id,
                region: file.region.clone(),
                periode: file.periode.clone(),
            }));
        }

        Ok(buses)
    }
}

/// The name of a quarantine's folder below the store.
fn shelf_name(region: &str, periode: &str, sha256: &str) -> String {
    let short: String = sha256.chars().take(12).collect();
    format!("{SHELF}/{region}-{periode}-{short}")
}

/// What the commit of a delivery says of it.
fn entry(report: &Report, learned: Learned, overrides: &Overrides) -> Entry {
    let (read, accepted, refused) = report.totals();
    let header = &report.header;

    let mut tables: BTreeMap<String, u64> = BTreeMap::new();
    for file in &report.files {
        *tables.entry(file.table.clone().unwrap_or_default()).or_default() += file.accepted;
    }

    Entry {
        nature: "livraison".into(),
        region: header.region.clone(),
        periode: header.periode.text.clone(),
        sha256: report.sha256.clone(),
        producteur: header.producteur.clone(),
        motif: header.motif.clone(),
        lignes: [read, accepted, refused],
        tables,
        values: learned.values,
        contents: learned.contents,
        lists: learned.lists,
        nothing: header.nothing.clone(),
        by: overrides.by.clone(),
        partial: overrides.partial,
        again: overrides.again,
        told: learned.told,
        ..Entry::default()
    }
}

/// What the store objects to a delivery, as the verdict on it.
fn refused(objection: &Error) -> Verdict {
    Verdict::Refused {
        why: vec![objection.message().to_owned()],
    }
}

/// One row per file received, and one for each of the `tables` of which the delivery says that it has nothing to declare: a table that
/// was delivered and one that nobody sent are not the same.
fn receipts(report: &Report, tables: &[Layout]) -> Result<RecordBatch> {
    let header = &report.header;
    let nothing = header.nothing.iter().filter(|name| tables.iter().any(|t| t.name == **name));
    let declared = nothing.map(|name| FileReport {
        file: String::new(),
        sheet: None,
        table: Some(name.clone()),
        sha256: String::new(),
        dialect: None,
        read: 0,
        accepted: 0,
        refused: 0,
    });
    let files: Vec<FileReport> = report.files.iter().cloned().chain(declared).collect();

    let text = |value: &dyn Fn(&FileReport) -> Option<String>| -> ArrayRef {
        Arc::new(files.iter().map(value).collect::<StringArray>())
    };
    let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());

    let count = |value: fn(&FileReport) -> u64| -> ArrayRef {
        Arc::new(files.iter().map(|f| Some(value(f) as i64)).collect::<Int64Array>())
    };

    let fictives = if header.fictives { "oui" } else { "non" };

    RecordBatch::try_new(
        livraisons_schema(),
        vec![
            text(&|_| Some(report.sha256.clone())),
            text(&|_| Some(header.producteur.clone())),
            text(&|_| header.motif.clone()),
            text(&|_| Some(fictives.to_string())),
            text(&|f| said(&f.file)),
            text(&|f| f.sheet.clone()),
            text(&|f| f.table.clone()),
            text(&|f| said(&f.sha256)),
            count(|f| f.read),
            count(|f| f.accepted),
            count(|f| f.refused),
        ],
    )
    .access(|| "reçus de la livraison".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::Contract;

    fn entry(periode: &str, sha256: &str) -> Entry {
        Entry {
            nature: "livraison".into(),
            region: "28".into(),
            periode: periode.into(),
            sha256: sha256.into(),
            ..Entry::default()
        }
    }

    #[tokio::test]
    async fn a_commit_looks_for_the_same_days_in_the_state_that_it_replaces() {
        let folder = tempfile::tempdir().unwrap();
        let contract = Contract::embedded().unwrap();
        let root = folder.path().join("depot");
        let store = Store::open_or_create(root.to_str().unwrap(), &contract).await.unwrap();
        // Three deliveries whose checks all saw an empty store.
        let mut outcomes = Vec::new();
        for (periode, sha) in [("2025", "a"), ("2025-03", "b"), ("2024", "c"), ("2025", "d")] {
            let mut staging = Staging::new(&store).unwrap();
            staging.write(LIVRAISONS, &RecordBatch::new_empty(livraisons_schema())).unwrap();
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
        let replaced: Vec<Option<u64>> =
            store.history().await.unwrap().iter().map(|c| c.replaces).collect();
        assert_eq!(replaced, [None, None, None, Some(1)]);
    }
}
