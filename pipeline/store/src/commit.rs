//! The one commit that makes a delivery part of the store.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::Ordering;
use std::time::Duration;

use datafusion::arrow::array::RecordBatch;
use deltalake_core::kernel::transaction::{CommitBuilder, CommitProperties, TransactionError};
use deltalake_core::kernel::{Action, LogicalFileView, MetadataExt};
use deltalake_core::protocol::{DeltaOperation, SaveMode};
use deltalake_core::{DeltaTable, DeltaTableError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use base::error::{Context, Error, Result};
use base::text::sha256;

use super::Store;
use super::history::Commit;
use super::layout::{PERIODE, REGION, TABLE, delta_columns};
use super::log::{ENTRY, SEAL, seal};
use super::place::RIGHTS;
use super::staging::Staging;
use super::told::Told;

/// Attempts before giving up on a store that others keep changing.
const ATTEMPTS: usize = 50;

/// What a commit says of itself, kept in the Delta log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What was done: `livraison`, `referentiel`, `publication`.
    pub nature: String,
    /// Région, or `FR`.
    pub region: String,
    /// Period, vintage, or name of the publication.
    pub periode: String,
    /// Hash of everything received, hexadecimal.
    pub sha256: String,
    /// Who produced it.
    pub producteur: String,
    /// Why it replaces an earlier one.
    pub motif: Option<String>,
    /// Rows read, accepted, refused.
    pub lignes: [u64; 3],
    /// Rows accepted, by table; none in the commits of earlier programs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tables: BTreeMap<String, u64>,
    /// Values of each optional column, under `table.column`, and rows of each month; none in the commits of earlier programs.
    #[serde(default, rename = "valeurs", skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, u64>,
    /// What columns say of numbers and of lists that admit `inconnu`, under `table.column`; none in the commits of earlier programs.
    #[serde(default, rename = "contenus", skip_serializing_if = "BTreeMap::is_empty")]
    pub contents: BTreeMap<String, Content>,
    /// Tables and buses that have nothing to tell for the period.
    #[serde(default, rename = "rien_a_declarer", skip_serializing_if = "Vec::is_empty")]
    pub nothing: Vec<String>,
    /// Who did it, where they were asked.
    #[serde(default, rename = "par", skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Whether it may hold far less than what it takes the place of: that is meant.
    #[serde(default, rename = "partiel", skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// Whether it may come back after another one took its place; no part of the history.
    #[serde(skip)]
    pub(super) again: bool,
    /// Its tables that are lists of what is; no part of the history.
    #[serde(skip)]
    pub(super) lists: BTreeSet<String>,
    /// What it tells that another delivery may tell as well; no part of the history.
    #[serde(skip)]
    pub(super) told: Told,
    /// The publications that a new one was gated against; no part of the history.
    #[serde(skip)]
    pub(super) gated_against: BTreeSet<String>,
}

/// What the values of a column say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Values that are neither zero nor `inconnu`.
    #[serde(rename = "dites")]
    pub telling: u64,
    /// The sum of a decimal column, in the unit of its last decimal; none of other columns.
    #[serde(default, rename = "somme", skip_serializing_if = "Option::is_none")]
    pub sum: Option<i64>,
}

/// How a commit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitOutcome {
    /// New version.
    Committed {
        /// Its number.
        version: u64,
        /// Whether it took the place of an earlier delivery.
        replaced: bool,
    },
    /// The same content was already there; nothing changed.
    Unchanged {
        /// The version that was read.
        version: u64,
    },
}

/// What a commit replaces: the same nature, région and period.
pub(super) fn subject(entry: &Entry) -> String {
    format!("{}/{}/{}", entry.nature, entry.region, entry.periode)
}

impl Store {
    /// Whether the live delivery of that région and period has this very content, in a state that is open.
    pub(super) fn held_by(&self, state: &DeltaTable, entry: &Entry) -> Result<bool> {
        Ok(held(&self.history_of(state)?, entry))
    }

    /// Commits rows of one internal table; they take the place of what is under the key `earlier`, too. Where it is `idempotent`, the
    /// same content that is there already changes nothing.
    pub(super) async fn commit_rows(
        &self,
        entry: &Entry,
        table: &str,
        rows: &RecordBatch,
        earlier: Option<&str>,
        idempotent: bool,
    ) -> Result<CommitOutcome> {
        self.place.may_write()?;
        let state = self.table().await?;
        if idempotent && self.held_by(&state, entry)? {
            let version = state.version().unwrap_or_default();
            return Ok(CommitOutcome::Unchanged { version });
        }

        let mut staging = Staging::new(self)?;
        staging.write(table, rows)?;
        let adds = staging.place(&entry.region, &entry.periode)?;

        self.replace(entry, &adds, idempotent, earlier).await
    }

    /// Commits `adds` in place of whatever the same tables' région and period hold (*annule et remplace*).
    ///
    /// Delta's commit is optimistic: if someone else committed first, the state is read again, the files to replace are
    /// recomputed, and the commit is retried. Deliveries of different régions never conflict; of two for the same région
    /// and period, the later one to commit stays.
    ///
    /// # Errors
    /// If the log cannot be read or written, or if another delivery tells about some of the same days, or most of what is stored would
    /// go (refused); the store is then as it was.
    pub async fn commit(&self, entry: &Entry, adds: &[Action]) -> Result<CommitOutcome> {
        self.replace(entry, adds, true, None).await
    }

    async fn replace(
        &self,
        entry: &Entry,
        adds: &[Action],
        idempotent: bool,
        earlier: Option<&str>,
    ) -> Result<CommitOutcome> {
        self.place.may_write()?;

        for attempt in 0..ATTEMPTS {
            let table = self.table().await?;
            let base = table.version().unwrap_or_default();
            let history = self.history_of(&table)?;
            if idempotent && held(&history, entry) {
                return Ok(CommitOutcome::Unchanged { version: base });
            }

            let views = self.file_views(&table).await?;
            // On each attempt: the delivery that made this one wait may tell about the same days.
            if let Some(error) = self.objection(&table, &views, &history, entry, earlier)? {
                return Err(error);
            }

            let mut actions = removals(&views, entry, earlier);
            let replaced = !actions.is_empty();

            if !adds.is_empty() {
                actions.extend(self.growth(&table)?);
                actions.extend(adds.iter().cloned());
            }

            let prepared = Prepared::of(entry, actions)
                .access(|| format!("écriture impossible dans le dépôt {}", self.shown()))?;
            let seal = prepared.seal.clone();
            match self.try_commit(&table, prepared).await {
                Ok(version) => {
                    self.gather_log(version);
                    return Ok(CommitOutcome::Committed { version, replaced });
                }
                Err(error) => {
                    let own = !adds.is_empty();
                    if let Some(version) = self.made_all_the_same(base, &seal, own, error)? {
                        return Ok(CommitOutcome::Committed { version, replaced });
                    }
                }
            }
            tokio::time::sleep(pause(attempt)).await;
        }

        Err(Error::access(format!(
            "le dépôt {} change sans cesse : {ATTEMPTS} essais sans succès",
            self.shown()
        ))
        .hint("relancez la commande quand les autres chargements sont finis"))
    }

    /// The version of a commit that failed on the way back: its answer was lost, or what follows it could not be done. None of one
    /// that another was ahead of. A commit that adds files is its `own`: no other has their names.
    ///
    /// # Errors
    /// If it was not made; or if nobody answers whether it was.
    fn made_all_the_same(
        &self,
        base: u64,
        seal: &str,
        own: bool,
        error: DeltaTableError,
    ) -> Result<Option<u64>> {
        let conflict = is_conflict(&error);
        if (own || !conflict)
            && let Ok(Some(version)) = self.sealed_after(base, seal)
        {
            return Ok(Some(version));
        }
        if conflict {
            return Ok(None);
        }

        let message = match self.place.is_remote() {
            false => format!("le dépôt {} refuse l'écriture ; il est resté tel quel", self.shown()),
            true => {
                // A request that was given up may still arrive.
                self.in_doubt.store(true, Ordering::Relaxed);
                format!(
                    "le dépôt {} n'a pas confirmé l'écriture ; relancez la commande : ce qui y est déjà n'y entre pas deux fois",
                    self.shown()
                )
            }
        };
        Err(self.place.failed(message, error, RIGHTS))
    }

    /// The columns that the contract gained since the store was made, as a change of what the log says of the table; none where it says
    /// them all. We read by the contract whatever the log says: it is for other programs that read Delta.
    fn growth(&self, table: &DeltaTable) -> Result<Option<Action>> {
        let fail = || format!("dépôt illisible : {}", self.shown());
        let state = table.snapshot().access(fail)?;
        let schema = state.schema();

        let mut gained = delta_columns(self.layouts())?;
        gained.retain(|column| schema.field(column.name()).is_none());
        if gained.is_empty() {
            return Ok(None);
        }

        let schema = schema.add(gained).access(fail)?;
        let metadata = state.metadata().clone().with_schema(&schema).access(fail)?;
        Ok(Some(Action::Metadata(metadata)))
    }

    /// Adds a version that changes no data but says something in the history.
    ///
    /// # Errors
    /// If the log cannot be written.
    pub async fn note(&self, nature: &str, text: &str) -> Result<CommitOutcome> {
        let entry = Entry {
            nature: nature.to_string(),
            region: String::new(),
            periode: String::new(),
            sha256: sha256(text.as_bytes()),
            producteur: user(),
            motif: Some(text.chars().take(500).collect()),
            ..Entry::default()
        };

        self.note_entry(entry).await
    }

    pub(super) async fn note_entry(&self, entry: Entry) -> Result<CommitOutcome> {
        self.replace(&entry, &[], false, None).await
    }

    async fn try_commit(
        &self,
        table: &DeltaTable,
        prepared: Prepared,
    ) -> std::result::Result<u64, DeltaTableError> {
        let state = table.snapshot()?;
        let properties = CommitProperties::default()
            // Delta's own retry would keep the list of files to remove that we computed on an older state.
            .with_max_retries(0)
            .with_metadata(HashMap::from([
                (ENTRY.to_string(), prepared.metadata),
                (SEAL.to_string(), Value::from(prepared.seal)),
            ]));

        let finished = CommitBuilder::from(properties)
            .with_actions(prepared.actions)
            .build(
                Some(state.snapshot()),
                table.log_store(),
                DeltaOperation::Write {
                    mode: SaveMode::Overwrite,
                    partition_by: Some([TABLE, REGION, PERIODE].map(String::from).to_vec()),
                    predicate: None,
                },
            )
            .await?;

        Ok(finished.version())
    }
}

/// A commit before it is made.
struct Prepared {
    metadata: Value,
    actions: Vec<Action>,
    seal: String,
}

impl Prepared {
    fn of(entry: &Entry, actions: Vec<Action>) -> serde_json::Result<Self> {
        let metadata = serde_json::to_value(entry)?;
        let written: Vec<Value> =
            actions.iter().map(serde_json::to_value).collect::<serde_json::Result<_>>()?;
        let seal = seal(&metadata, written.iter());
        Ok(Self { metadata, actions, seal })
    }
}

/// How long to wait after an attempt that another was ahead of: longer each time, and not as long as the other does.
fn pause(attempt: usize) -> Duration {
    let most = 20_u128 << attempt.min(6);
    let chance = Uuid::new_v4().as_u128() % most;
    Duration::from_millis(u64::try_from(chance).unwrap_or_default())
}

/// Whether what is live has this very content.
pub(super) fn held(history: &[Commit], entry: &Entry) -> bool {
    let key = subject(entry);
    let mut entries = history.iter().rev().filter_map(|commit| commit.entry.as_ref());
    entries.find(|e| subject(e) == key).is_some_and(|e| e.sha256 == entry.sha256)
}

pub(super) fn partition(view: &LogicalFileView, key: &str) -> Option<String> {
    view.partition_values_map().get(key).cloned().flatten()
}

/// The files that a commit takes the place of.
pub(super) fn replaced<'v>(
    views: &'v [LogicalFileView],
    entry: &'v Entry,
    earlier: Option<&'v str>,
) -> impl Iterator<Item = &'v LogicalFileView> {
    let own = owned_tables(&entry.nature);
    views.iter().filter(move |view| {
        partition(view, REGION).as_deref() == Some(entry.region.as_str())
            && partition(view, PERIODE)
                .is_some_and(|p| p == entry.periode || Some(p.as_str()) == earlier)
            && own(&partition(view, TABLE).unwrap_or_default())
    })
}

fn removals(views: &[LogicalFileView], entry: &Entry, earlier: Option<&str>) -> Vec<Action> {
    replaced(views, entry, earlier)
        .map(|view| Action::Remove(view.remove_action(true)))
        .collect()
}

/// Who runs the program, as their system calls them; empty where it does not say.
pub(super) fn user() -> String {
    let said = ["USER", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    said.unwrap_or_default()
}

/// The tables that a commit of that nature replaces: a delivery never touches a referential, nor the reverse.
fn owned_tables(nature: &str) -> impl Fn(&str) -> bool {
    use super::layout::{PUBLICATIONS, ZONAGES};
    use super::publications::{PLAN, PUBLICATION};
    let nature = nature.to_string();

    move |table| match nature.as_str() {
        "referentiel" => table == ZONAGES,
        PUBLICATION => table == PUBLICATIONS,
        "sans_secret" | PLAN => false,
        _ => table != ZONAGES && table != PUBLICATIONS,
    }
}

fn is_conflict(error: &DeltaTableError) -> bool {
    match error {
        DeltaTableError::VersionAlreadyExists(_) => true,
        DeltaTableError::Transaction { source } => matches!(
            source,
            TransactionError::VersionAlreadyExists(_)
                | TransactionError::MaxCommitAttempts(_)
                | TransactionError::CommitConflict(_)
        ),
        _ => false,
    }
}
