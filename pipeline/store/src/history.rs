//! What happened to the store: every version, when, by whom, why.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use deltalake_core::DeltaTable;

use base::error::Result;

use super::Store;
use super::commit::{Entry, subject};

/// One version of the store.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Its number.
    pub version: u64,
    /// When it was committed.
    pub at: DateTime<Utc>,
    /// What it brought; none for the creation of the store.
    pub entry: Option<Entry>,
    /// Version whose delivery or referential it took the place of.
    pub replaces: Option<u64>,
}

impl Store {
    /// Every version, oldest first.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub async fn history(&self) -> Result<Vec<Commit>> {
        self.commits(self.check_log()?)
    }

    /// The last version that brought a delivery of that région and period.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub async fn delivered(&self, region: &str, periode: &str) -> Result<Option<Commit>> {
        let mut commits = self.history().await?.into_iter().rev();
        Ok(commits.find(|commit| {
            commit.entry.as_ref().is_some_and(|entry| {
                entry.nature == "livraison" && entry.region == region && entry.periode == periode
            })
        }))
    }

    /// Every version up to a state, oldest first.
    pub(super) fn history_of(&self, table: &DeltaTable) -> Result<Vec<Commit>> {
        self.commits(table.version().unwrap_or_default())
    }

    fn commits(&self, last: u64) -> Result<Vec<Commit>> {
        let versions = self.versions(last)?;
        let mut commits: Vec<Commit> = versions
            .into_iter()
            .zip(0..)
            .map(|(read, version)| Commit {
                version,
                at: read.at,
                entry: read.entry,
                replaces: None,
            })
            .collect();

        // A delivery or a referential replaces the last one of the same subject.
        let mut live: BTreeMap<String, u64> = BTreeMap::new();

        for commit in &mut commits {
            let replacing = |e: &&Entry| matches!(e.nature.as_str(), "livraison" | "referentiel");
            if let Some(entry) = commit.entry.as_ref().filter(replacing) {
                commit.replaces = live.insert(subject(entry), commit.version);
            }
        }

        Ok(commits)
    }

    /// The last version committed by `end`. The commits' own times count, not those of the files, which a copy changes;
    /// a commit made while the clock stood behind counts from the one before it.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub(super) async fn version_by(&self, end: DateTime<Utc>) -> Result<Option<u64>> {
        let commits = self.history().await?;
        let mut latest = DateTime::<Utc>::MIN_UTC;

        let by_then = commits.iter().take_while(|commit| {
            latest = latest.max(commit.at);
            latest <= end
        });
        Ok(by_then.last().map(|commit| commit.version))
    }
}
