//! Erasure: what only the versions before a day can read is removed for good. The log stays: it tells what was delivered and when, and
//! holds no row.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

use base::error::{Error, Result};
use base::french::counted;

use super::Store;
use super::commit::{Entry, subject, user};
use super::history::Commit;
use super::layout::TABLE;
use super::place::Stored;
use super::received::SHELF;

/// What [`Entry::nature`] says of an erasure; its `periode` is the first version kept.
const PURGE: &str = "purge";
/// Digits of a hash in the name of a quarantine.
const SHORT: usize = 12;

/// What an erasure removes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erasure {
    /// The first version that can be read afterwards.
    pub kept_from: u64,
    /// Data files that only earlier versions hold, by their names below the store.
    pub files: Vec<String>,
    /// Quarantines of deliveries that only earlier versions hold, or none, by their names below the store.
    pub quarantines: Vec<String>,
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

        let snapshot = self.snapshot(super::At::Version(kept_from)).await?;
        let kept: BTreeSet<&str> = snapshot.all_files().map(|(_, file)| file.name()).collect();

        let added: BTreeSet<String> = self
            .versions(kept_from)?
            .into_iter()
            .flat_map(|version| version.added)
            .collect();
        let mut there = self.place.files(&format!("{TABLE}="))?;
        there.retain(|file| added.contains(&file.name) && !kept.contains(file.name.as_str()));
        let bytes = there.iter().map(|file| file.size).sum();
        let files = there.into_iter().map(|file: Stored| file.name).collect();

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

        let again = |e: Error| {
            e.hint("vérifiez les droits, puis relancez la même commande : elle reprend où elle s'est arrêtée")
        };
        for file in &erasure.files {
            self.place.remove(file).map_err(again)?;
        }
        for folder in &erasure.quarantines {
            self.place.remove_folder(folder).map_err(again)?;
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

    /// Quarantines written before a moment whose delivery no version from `kept_from` on holds.
    fn old_quarantines(
        &self,
        history: &[Commit],
        kept_from: u64,
        start: DateTime<Utc>,
    ) -> Result<Vec<String>> {
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

        let is_kept = |name: &str| name.rsplit('-').next().is_some_and(|hash| kept.contains(hash));
        let mut old = self.place.folders(SHELF)?;
        old.retain(|(name, written)| !is_kept(name) && *written < start);
        Ok(old.into_iter().map(|(name, _)| format!("{SHELF}/{name}")).collect())
    }
}
