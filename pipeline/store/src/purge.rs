//! Erasure: what only the versions before a day can read is removed for good. The log stays: it tells what was delivered and when, and
//! holds no row.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde_json::Value;

use base::error::{Context, Error, Result};
use base::french::counted;

use super::Store;
use super::commit::{Entry, subject, user};
use super::history::Commit;

/// What [`Entry::nature`] says of an erasure; its `periode` is the first version kept.
const PURGE: &str = "purge";
/// Digits of a hash in the name of a quarantine.
const SHORT: usize = 12;

/// What an erasure removes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erasure {
    /// The first version that can be read afterwards.
    pub kept_from: u64,
    /// Data files that only earlier versions hold.
    pub files: Vec<PathBuf>,
    /// Quarantines of deliveries that only earlier versions hold, or none.
    pub quarantines: Vec<PathBuf>,
    /// Bytes of the data files.
    pub bytes: u64,
}

impl Erasure {
    /// Whether nothing is left to remove.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.quarantines.is_empty()
    }
}

impl Store {
    /// What an erasure of the versions before `day` (UTC) would remove. The version in force on that day stays.
    ///
    /// # Errors
    /// If the log or a folder of the store cannot be read.
    pub async fn erasure(&self, day: NaiveDate) -> Result<Erasure> {
        let start = day.and_time(NaiveTime::MIN).and_utc();
        let kept_from = self.version_by(start - TimeDelta::milliseconds(1)).await?.unwrap_or(0);

        let kept: BTreeSet<PathBuf> =
            (self.snapshot(super::At::Version(kept_from)).await?.all_files())
                .map(|(_, file)| file.path.clone())
                .collect();

        let added = self.added(0..=kept_from)?;
        let files: Vec<PathBuf> = added
            .into_iter()
            .filter(|path| !kept.contains(path) && path.is_file())
            .collect();
        let sizes = files.iter().filter_map(|path| fs::metadata(path).ok());
        let bytes = sizes.map(|data| data.len()).sum();

        let quarantines = self.old_quarantines(&self.history().await?, kept_from, start)?;
        Ok(Erasure { kept_from, files, quarantines, bytes })
    }

    /// Removes what [`Self::erasure`] found, and writes in the history that it was done.
    ///
    /// # Errors
    /// If the history cannot be written, nothing is then removed; or if a file cannot be: the same call takes up the rest.
    pub async fn erase(&self, erasure: &Erasure, day: NaiveDate) -> Result<()> {
        let motif = format!(
            "états d'avant le {} effacés : {}, {}",
            day.format("%d/%m/%Y"),
            counted(erasure.files.len(), "fichier de données", "fichiers de données"),
            counted(erasure.quarantines.len(), "quarantaine", "quarantaines")
        );
        self.note_entry(Entry {
            nature: PURGE.into(),
            periode: erasure.kept_from.to_string(),
            producteur: user(),
            motif: Some(motif),
            ..Entry::default()
        })
        .await?;

        let fail = |path: &Path| format!("effacement impossible de {}", path.display());
        let again = |e: Error| {
            e.hint("vérifiez les droits, puis relancez la même commande : elle reprend où elle s'est arrêtée")
        };
        for path in &erasure.files {
            fs::remove_file(path).access(|| fail(path)).map_err(again)?;
        }
        for path in &erasure.quarantines {
            fs::remove_dir_all(path).access(|| fail(path)).map_err(again)?;
        }
        Ok(())
    }

    /// The refusal to read a version whose data were erased.
    ///
    /// # Errors
    /// The refusal, or a log that cannot be read.
    pub(super) async fn refuse_erased(&self, version: u64) -> Result<()> {
        for commit in self.history().await?.iter().rev() {
            let erased = commit.entry.as_ref().filter(|entry| entry.nature == PURGE);
            let first = erased.and_then(|entry| entry.periode.parse::<u64>().ok());

            if let Some(first) = first.filter(|first| version < *first) {
                return Err(Error::usage(format!(
                    "les données de la version {version} ont été effacées le {} : la première version lisible est la {first}",
                    commit.at.format("%d/%m/%Y")
                ))
                .hint("« medicobus depot historique » liste les versions"));
            }
        }
        Ok(())
    }

    /// The data files that the commits of some versions added.
    fn added(&self, versions: std::ops::RangeInclusive<u64>) -> Result<BTreeSet<PathBuf>> {
        let mut added = BTreeSet::new();
        for version in versions {
            let path = self.root().join("_delta_log").join(format!("{version:020}.json"));
            let text = fs::read_to_string(&path)
                .access(|| format!("dépôt illisible : {}", path.display()))?;

            let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            let paths = lines.filter_map(|line| Some(line["add"]["path"].as_str()?.to_owned()));
            added.extend(paths.map(|path| self.root().join(path)));
        }
        Ok(added)
    }

    /// Quarantines written before a moment whose delivery no version from `kept_from` on holds.
    fn old_quarantines(
        &self,
        history: &[Commit],
        kept_from: u64,
        start: DateTime<Utc>,
    ) -> Result<Vec<PathBuf>> {
        let (mut current, mut kept) = (BTreeMap::new(), BTreeSet::new());
        for commit in history {
            let Some(entry) = &commit.entry else { continue };
            let hash: String = entry.sha256.chars().take(SHORT).collect();
            if commit.version > kept_from {
                kept.insert(hash);
            } else {
                current.insert(subject(entry), hash);
            }
        }
        kept.extend(current.into_values());

        let shelf = self.root().join("_quarantaine");
        let Ok(entries) = fs::read_dir(&shelf) else { return Ok(Vec::new()) };
        let mut old = Vec::new();
        for entry in entries {
            let path = entry.access(|| format!("dossier illisible : {}", shelf.display()))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let is_kept = name.rsplit('-').next().is_some_and(|hash| kept.contains(hash));
            let written = fs::metadata(&path).and_then(|data| data.modified());

            if !is_kept && written.is_ok_and(|at| DateTime::<Utc>::from(at) < start) {
                old.push(path);
            }
        }
        old.sort();
        Ok(old)
    }
}
