//! A state of the store, at a version, a date, or now.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use deltalake_core::DeltaTable;
use deltalake_core::kernel::LogicalFileView;
use futures::TryStreamExt;

use base::error::{Context, Error, Result};
use delivery::Period;

use super::Store;
use super::layout::{Layout, PERIODE, REGION, TABLE};

/// Which state to read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum At {
    /// The latest one.
    #[default]
    Latest,
    /// A version number, as `medicobus depot` lists them.
    Version(u64),
    /// The last version committed on or before the end of that day (UTC).
    Date(NaiveDate),
}

/// One data file of a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    /// Path on disk.
    pub path: PathBuf,
    /// Région that delivered it.
    pub region: String,
    /// Period delivered.
    pub periode: String,
    /// Rows in it.
    pub rows: u64,
    /// Bytes.
    pub size: u64,
}

/// A state of the store: which files make each table.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Version number.
    pub version: u64,
    layouts: Vec<Layout>,
    files: BTreeMap<String, Vec<DataFile>>,
}

impl Store {
    /// Reads the state `at`.
    ///
    /// # Errors
    /// If that version does not exist, or the store cannot be read.
    pub async fn snapshot(&self, at: At) -> Result<Snapshot> {
        self.snapshot_of(&self.table_at(at).await?).await
    }

    /// Lists the files of a state that is open.
    pub(super) async fn snapshot_of(&self, table: &DeltaTable) -> Result<Snapshot> {
        let views = self.file_views(table).await?;

        let mut files: BTreeMap<String, Vec<DataFile>> = BTreeMap::new();

        for view in views {
            let values = view.partition_values_map();
            let value = |key: &str| values.get(key).cloned().flatten().unwrap_or_default();

            files.entry(value(TABLE)).or_default().push(DataFile {
                path: self.root().join(view.object_store_path().as_ref()),
                region: value(REGION),
                periode: value(PERIODE),
                rows: view.num_records().unwrap_or_default() as u64,
                size: u64::try_from(view.size()).unwrap_or_default(),
            });
        }

        for list in files.values_mut() {
            list.sort_by(|a, b| {
                (&a.region, &a.periode, &a.path).cmp(&(&b.region, &b.periode, &b.path))
            });
        }

        Ok(Snapshot {
            version: table.version().unwrap_or_default(),
            layouts: self.layouts().to_vec(),
            files,
        })
    }

    /// The data files of a state, as Delta describes them.
    pub(super) async fn file_views(&self, table: &DeltaTable) -> Result<Vec<LogicalFileView>> {
        let log_store = table.log_store();
        let state = table
            .snapshot()
            .access(|| format!("dépôt illisible : {}", self.root().display()))?;

        state
            .snapshot()
            .file_views(log_store.as_ref(), None)
            .try_collect()
            .await
            .access(|| format!("liste des fichiers illisible : {}", self.root().display()))
    }

    async fn table_at(&self, at: At) -> Result<DeltaTable> {
        match at {
            At::Latest => self.table().await,
            At::Version(version) => {
                self.builder()?.with_version(version).load().await.map_err(|e| {
                    Error::usage(format!("version {version} absente du dépôt"))
                        .caused_by(e)
                        .hint("« medicobus depot historique » liste les versions")
                })
            }
            At::Date(day) => {
                let end: DateTime<Utc> = day
                    .and_time(NaiveTime::MIN)
                    .and_utc()
                    .checked_add_days(chrono::Days::new(1))
                    .unwrap_or(DateTime::<Utc>::MAX_UTC)
                    - chrono::TimeDelta::milliseconds(1);

                let first = self.first_commit().await?;

                if end.timestamp_millis() < first {
                    return Err(Error::usage(format!(
                        "le dépôt n'existait pas encore le {}",
                        day.format("%d/%m/%Y")
                    ))
                    .hint("« medicobus depot historique » donne la date de chaque version"));
                }

                let mut table = self.table().await?;
                table
                    .load_with_datetime(end)
                    .await
                    .access(|| format!("état au {} illisible", day.format("%d/%m/%Y")))?;

                Ok(table)
            }
        }
    }
}

impl Snapshot {
    /// Every table, contract tables first.
    pub fn layouts(&self) -> &[Layout] {
        &self.layouts
    }

    /// The files to read for table `layout`: all of them for a flow; for a state, those of each région's latest period,
    /// since each delivery of a state gives the whole list again.
    pub fn files(&self, layout: &Layout) -> Vec<&DataFile> {
        let Some(all) = self.files.get(&layout.name) else {
            return Vec::new();
        };
        if !layout.is_state {
            return all.iter().collect();
        }

        let mut latest: BTreeMap<&str, &str> = BTreeMap::new();
        for file in all {
            let seen = latest.entry(&file.region).or_insert(&file.periode);
            // A period is read by its end: `2022-2023` comes before `2024`.
            if period_end(&file.periode) > period_end(seen) {
                *seen = &file.periode;
            }
        }

        all.iter()
            .filter(|f| latest.get(f.region.as_str()) == Some(&f.periode.as_str()))
            .collect()
    }

    /// Every file of every table with its table's name, superseded states included.
    pub fn all_files(&self) -> impl Iterator<Item = (&str, &DataFile)> {
        self.files
            .iter()
            .flat_map(|(name, list)| list.iter().map(move |f| (name.as_str(), f)))
    }
}

/// The last day of a period, to tell which of two states is the later one.
fn period_end(periode: &str) -> Option<NaiveDate> {
    Period::parse(periode).ok().map(|p| p.end)
}

#[cfg(test)]
mod tests {
    use super::period_end;

    #[test]
    fn periods_sort_by_their_end() {
        let sorted = ["2022-2023", "2024-T1", "2024-03", "2024-S1", "2024-T3", "2024", "2025-01"];

        for pair in sorted.windows(2) {
            assert!(period_end(pair[0]) <= period_end(pair[1]), "{pair:?}");
        }

        assert!(period_end("2022-2023") < period_end("2024-01"));
    }
}
