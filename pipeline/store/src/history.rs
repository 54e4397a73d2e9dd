//! What happened to the store: every version, when, by whom, why.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use deltalake_core::DeltaTable;
use futures::TryStreamExt;

use base::error::{Context, Result};

use super::Store;
use super::commit::{Entry, subject};
use super::log::ENTRY;

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
        self.history_of(&self.table().await?).await
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
    pub(super) async fn history_of(&self, table: &DeltaTable) -> Result<Vec<Commit>> {
        let infos: Vec<_> = table
            .history(None)
            .try_collect()
            .await
            .access(|| format!("historique illisible : {}", self.root().display()))?;

        let last = table.version().unwrap_or_default();

        let mut commits: Vec<Commit> = infos
            .into_iter()
            .enumerate()
            .map(|(back, info)| Commit {
                version: last.saturating_sub(back as u64),
                at: DateTime::from_timestamp_millis(info.timestamp.unwrap_or_default())
                    .unwrap_or_default(),
                entry: info.info.get(ENTRY).and_then(|v| serde_json::from_value(v.clone()).ok()),
                replaces: None,
            })
            .collect();

        commits.reverse();

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
