//! A state of the store, at a version, a date, or now.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use deltalake_core::DeltaTable;
use deltalake_core::kernel::LogicalFileView;
use futures::TryStreamExt;
use url::Url;

use base::error::{Context, Error, Result};
use base::text::sha256_of_file;
use delivery::Period;

use super::Store;
use super::layout::{Layout, PERIODE, REGION, TABLE};
use super::place::Place;

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
#[derive(Debug, Clone)]
pub struct DataFile {
    /// Path on disk; behind an address, that of its copy, which [`Self::open`] makes.
    pub path: PathBuf,
    /// Région that delivered it.
    pub region: String,
    /// Period delivered.
    pub periode: String,
    /// Rows in it.
    pub rows: u64,
    /// Bytes.
    pub size: u64,
    /// Its name below the store.
    name: String,
    place: Arc<Place>,
    whole: WholeFiles,
}

/// The data files that were found whole: each is hashed once, however many states of the store hold it.
pub(super) type WholeFiles = Arc<Mutex<BTreeSet<PathBuf>>>;

impl DataFile {
    /// Opens the file.
    ///
    /// # Errors
    /// If it is absent, or no longer what was committed.
    pub fn open(&self) -> Result<File> {
        self.check()?;
        File::open(&self.path).access(|| self.said("illisible"))
    }

    /// Its name below the store.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What a column of texts holds, blanks left out.
    ///
    /// # Errors
    /// As [`Self::open`], or if the file is no Parquet.
    pub(super) fn texts(&self, column: &str) -> Result<Vec<String>> {
        let mut texts = Vec::new();
        for batch in self.batches(&[column])? {
            if let Some(found) = batch.columns().first() {
                let found = found.as_string_opt::<i32>().into_iter().flatten().flatten();
                texts.extend(found.map(str::to_owned));
            }
        }
        Ok(texts)
    }

    /// All rows of the file, of some columns where some are named.
    ///
    /// # Errors
    /// As [`Self::open`], or if the file is no Parquet.
    pub(super) fn batches(&self, columns: &[&str]) -> Result<Vec<RecordBatch>> {
        let fail = || self.said("illisible");
        let mut builder = ParquetRecordBatchReaderBuilder::try_new(self.open()?).access(fail)?;
        if !columns.is_empty() {
            let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
            builder = builder.with_projection(mask);
        }

        builder
            .build()
            .access(fail)?
            .collect::<std::result::Result<_, _>>()
            .access(fail)
    }

    /// The file's address: unlike a path, it has no brackets or stars that could be read as a pattern.
    ///
    /// # Errors
    /// If it is absent, or no longer what was committed.
    pub fn url(&self) -> Result<Url> {
        self.check()?;
        // Without the `..` that an address may not hold.
        let path = self.path.canonicalize().access(|| self.said("illisible"))?;
        Url::from_file_path(path).map_err(|()| Error::access(self.said("illisible")))
    }

    /// The name ends with the content's SHA-256; those of stores made before do not.
    fn check(&self) -> Result<()> {
        let mut whole = self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        if whole.contains(&self.path) {
            return Ok(());
        }
        self.place.bring(&[&self.name])?;

        let broken =
            |what| Error::access(self.said(what)).hint("restaurez le dépôt depuis une sauvegarde");
        if !self.path.is_file() {
            return Err(broken("absent"));
        }

        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        let committed = stem.rsplit('-').next().filter(|hash| hash.len() == 64);
        let Some(committed) = committed else {
            return Ok(());
        };
        let found = sha256_of_file(&self.path).access(|| self.said("illisible"))?;
        if found != committed {
            return Err(broken("abîmé ou remplacé"));
        }
        whole.insert(self.path.clone());
        Ok(())
    }

    fn said(&self, what: &str) -> String {
        format!("fichier de données {what} : {}", self.place.shown_at(&self.name))
    }
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
        Ok(self.snapshot_from(table, &views))
    }

    /// The same of files that are listed already.
    pub(super) fn snapshot_from(&self, table: &DeltaTable, views: &[LogicalFileView]) -> Snapshot {
        let mut files: BTreeMap<String, Vec<DataFile>> = BTreeMap::new();

        for view in views {
            let values = view.partition_values_map();
            let value = |key: &str| values.get(key).cloned().flatten().unwrap_or_default();

            let name = view.object_store_path().as_ref().to_owned();
            files.entry(value(TABLE)).or_default().push(DataFile {
                path: self.place.file(&name),
                name,
                place: Arc::clone(&self.place),
                region: value(REGION),
                periode: value(PERIODE),
                rows: view.num_records().unwrap_or_default() as u64,
                whole: Arc::clone(&self.whole_files),
                size: u64::try_from(view.size()).unwrap_or_default(),
            });
        }

        for list in files.values_mut() {
            list.sort_by(|a, b| {
                (&a.region, &a.periode, &a.path).cmp(&(&b.region, &b.periode, &b.path))
            });
        }

        Snapshot {
            version: table.version().unwrap_or_default(),
            layouts: self.layouts().to_vec(),
            files,
        }
    }

    /// The data files of a state, as Delta describes them.
    pub(super) async fn file_views(&self, table: &DeltaTable) -> Result<Vec<LogicalFileView>> {
        let log_store = table.log_store();
        let state = table.snapshot().access(|| format!("dépôt illisible : {}", self.shown()))?;

        let views = state.snapshot().file_views(log_store.as_ref(), None).try_collect().await;
        views.map_err(|error| {
            self.place
                .failed(format!("liste des fichiers illisible : {}", self.shown()), error, "")
        })
    }

    async fn table_at(&self, at: At) -> Result<DeltaTable> {
        match at {
            At::Latest => self.table().await,
            At::Version(version) => self.table_of_version(version).await,
            At::Date(day) => {
                let end: DateTime<Utc> = day
                    .and_time(NaiveTime::MIN)
                    .and_utc()
                    .checked_add_days(chrono::Days::new(1))
                    .unwrap_or(DateTime::<Utc>::MAX_UTC)
                    - chrono::TimeDelta::milliseconds(1);

                match self.version_by(end).await? {
                    Some(version) => self.table_of_version(version).await,
                    None => Err(Error::usage(format!(
                        "le dépôt n'existait pas encore le {}",
                        day.format("%d/%m/%Y")
                    ))
                    .hint("« medicobus depot historique » donne la date de chaque version")),
                }
            }
        }
    }

    async fn table_of_version(&self, version: u64) -> Result<DeltaTable> {
        // The engine would look for it number by number.
        if version > self.check_log()? {
            return Err(Error::usage(format!("version {version} absente du dépôt"))
                .hint("« medicobus depot historique » liste les versions"));
        }
        self.refuse_erased(version).await?;

        self.place.table(Some(version)).await?.map_err(|error| {
            self.place
                .failed(format!("version {version} illisible : {}", self.shown()), error, "")
        })
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

    /// Brings the files that make some tables, where they are behind an address: many at once, before they are read one by one.
    ///
    /// # Errors
    /// If they cannot be read there.
    pub fn bring(&self, tables: impl Fn(&str) -> bool) -> Result<()> {
        let layouts = self.layouts.iter().filter(|layout| tables(&layout.name));
        let files: Vec<&DataFile> = layouts.flat_map(|layout| self.files(layout)).collect();
        let Some(first) = files.first() else { return Ok(()) };

        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        first.place.bring(&names)
    }

    /// The files to read for the table of that name, as [`Self::files`]; none for a table that is unknown.
    pub(super) fn current_files(&self, table: &str) -> Vec<&DataFile> {
        let layout = self.layouts.iter().find(|layout| layout.name == table);
        layout.map(|layout| self.files(layout)).unwrap_or_default()
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
