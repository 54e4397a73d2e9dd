//! Accepted rows on their way to the store: written as Parquet aside, moved under their partition, unseen until the commit.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use chrono::{DateTime, Utc};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::{EnabledStatistics, WriterProperties};
use datafusion::parquet::schema::types::ColumnPath;
use deltalake_core::kernel::{Action, Add};
use uuid::Uuid;

use base::error::{Context, Error, Result};
use base::text::sha256_of_file;
use contract::TableSchema;
use delivery::Sink;

use super::Store;
use super::layout::{PERIODE, REGION, TABLE};
use super::learned::Learned;
use super::place::RIGHTS;

/// Rows per row group: large enough to compress and scan well, small enough that eight open writers stay within
/// a few hundred megabytes.
const ROW_GROUP_ROWS: usize = 262_144;

/// Folder of unfinished deliveries; Delta ignores names that begin with `_`.
const FOLDER: &str = "_staging";
/// Lists, inside a staging folder, the data files that were moved under their partition.
const PLACED: &str = "deplacements";

struct Open {
    writer: ArrowWriter<File>,
    schema: SchemaRef,
    path: PathBuf,
    rows: i64,
}

/// Data files being written for one delivery, in a folder of its own inside the store, or among the copies of one behind an address. Whatever is left of it when the
/// delivery does not end in a commit is removed.
pub struct Staging<'a> {
    store: &'a Store,
    folder: PathBuf,
    open: BTreeMap<String, Open>,
    learned: Learned,
    /// Held while the delivery is alive; the system lets go of it whatever way the process ends.
    _lock: File,
}

impl<'a> Staging<'a> {
    /// A new staging folder in a store.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn new(store: &'a Store) -> Result<Self> {
        let staging = store.place.file(FOLDER);
        let name = Uuid::new_v4().to_string();
        let fail = || format!("écriture impossible dans le dépôt {}", store.shown());
        let folder = staging.join(&name);

        let open = || -> std::io::Result<File> {
            fs::create_dir_all(&staging)?;
            sweep(store, &staging)?;

            // Locked before the folder exists: a folder without a holder is a dead one's.
            let file = File::create_new(lock_of(&folder))?;
            // Where the device has no locks, none can be tried either: every folder then counts as held.
            let _ = file.lock();
            fs::create_dir(&folder)?;

            Ok(file)
        };

        let lock = open().access(fail).map_err(|e| e.hint(RIGHTS))?;

        Ok(Self {
            store,
            folder,
            open: BTreeMap::new(),
            learned: Learned::default(),
            _lock: lock,
        })
    }

    /// The folder itself, for what else the delivery must hold until its end.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the accepted rows say beyond themselves.
    pub(super) fn take_learned(&mut self) -> Learned {
        std::mem::take(&mut self.learned)
    }

    /// Adds rows of table `name`, columns in the contract's order.
    ///
    /// # Errors
    /// If the table is unknown or the device refuses the write.
    pub fn write(&mut self, name: &str, batch: &RecordBatch) -> Result<()> {
        if !self.open.contains_key(name) {
            let file = self.create(name)?;
            self.open.insert(name.to_string(), file);
        }

        let Some(open) = self.open.get_mut(name) else {
            return Ok(());
        };

        // Only names differ between the contract and the store; the columns are the same arrays.
        let batch = RecordBatch::try_new(open.schema.clone(), batch.columns().to_vec())
            .access(|| format!("lignes de {name} hors de la forme du dépôt"))?;
        open.writer.write(&batch).access(|| unwritable(&open.path)).map_err(full)?;

        open.rows += batch.num_rows() as i64;

        Ok(())
    }

    fn create(&self, name: &str) -> Result<Open> {
        let layout = self
            .store
            .layouts()
            .iter()
            .find(|l| l.name == name)
            .ok_or_else(|| Error::usage(format!("table inconnue du dépôt : {name}")))?;

        let path = self.folder.join(format!("{name}.parquet"));

        let file = File::create_new(&path).access(|| unwritable(&path)).map_err(full)?;
        let level = ZstdLevel::try_new(1).access(|| "niveau zstd".into())?;

        let mut properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(level))
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .set_created_by(base::text::PROGRAM.to_string())
            .set_statistics_enabled(EnabledStatistics::None);

        // Bounds let a query skip row groups by date; of codes and pseudonyms they tell nothing and cost a comparison a value.
        for field in layout.physical.fields() {
            if field.data_type() == &DataType::Date32 {
                properties = properties.set_column_statistics_enabled(
                    ColumnPath::from(field.name().as_str()),
                    EnabledStatistics::Chunk,
                );
            }
        }

        let properties = Some(properties.build());
        let writer = ArrowWriter::try_new(file, layout.physical.clone(), properties)
            .access(|| unwritable(&path))?;

        Ok(Open {
            writer,
            schema: layout.physical.clone(),
            path,
            rows: 0,
        })
    }

    /// Closes and syncs the files, moves or sends them under their partition of `region` and `periode`, and returns the Delta
    /// actions that add them. Until these are committed, no reader sees the files; what is not committed when this
    /// staging is dropped is removed.
    ///
    /// # Errors
    /// If a file cannot be completed or moved (device full…): nothing is then added.
    pub fn place(&mut self, region: &str, periode: &str) -> Result<Vec<Action>> {
        let mut actions = Vec::new();
        for (name, open) in std::mem::take(&mut self.open) {
            let Open { writer, path, rows, .. } = open;
            let (size, modification_time) = close(writer, &path)?;
            // The name tells the content: the log, which names the file, knows a later one from the one committed.
            let hash = sha256_of_file(&path).access(|| unwritable(&path))?;
            let relative = format!(
                "{TABLE}={name}/{REGION}={region}/{PERIODE}={periode}/part-{}-{hash}.parquet",
                Uuid::new_v4()
            );

            // Written before the move: whoever cleans up knows what to look for. Appended, since rewriting the list
            // would leave an instant in which it is empty.
            let list = self.folder.join(PLACED);

            OpenOptions::new()
                .create(true)
                .append(true)
                .open(&list)
                .and_then(|mut file| file.write_all(format!("{relative}\n").as_bytes()))
                .access(|| unwritable(&list))
                .map_err(full)?;

            self.store.place.put(&path, &relative)?;

            actions.push(Action::Add(Add {
                path: relative,
                partition_values: HashMap::from([
                    (TABLE.to_string(), Some(name)),
                    (REGION.to_string(), Some(region.to_string())),
                    (PERIODE.to_string(), Some(periode.to_string())),
                ]),
                size,
                modification_time,
                data_change: true,
                stats: Some(format!("{{\"numRecords\":{rows}}}")),
                ..Add::default()
            }));
        }

        Ok(actions)
    }
}

fn lock_of(folder: &Path) -> PathBuf {
    folder.with_extension("verrou")
}

/// Removes what deliveries left that were killed on the way.
fn sweep(store: &Store, staging: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(staging)?.flatten() {
        let folder = entry.path();
        if !folder.is_dir() {
            continue;
        }

        let lock = lock_of(&folder);
        let alive = File::open(&lock).is_ok_and(|file| file.try_lock().is_err());

        if !alive {
            clean(store, &folder);
        }
    }

    Ok(())
}

/// Removes a staging folder that nobody works in any more, and the data files that it placed and no commit speaks of.
/// Best effort: another process may do the same, and a leftover is part of no version.
fn clean(store: &Store, folder: &Path) {
    let placed = fs::read_to_string(folder.join(PLACED)).unwrap_or_default();
    let placed: Vec<&str> = placed.lines().collect();

    // A log that cannot be read proves nothing: everything then stays. So it does while a commit may still arrive.
    if !placed.is_empty()
        && !store.in_doubt.load(Ordering::Relaxed)
        && let Ok(orphans) = store.unnamed(placed)
    {
        for relative in orphans {
            let _ = store.place.remove(relative);
        }
    }

    let _ = fs::remove_dir_all(folder);
    let _ = fs::remove_file(lock_of(folder));
}

fn unwritable(path: &Path) -> String {
    format!("écriture impossible de {}", path.display())
}

fn full(error: Error) -> Error {
    error.hint("vérifiez l'espace disque et les droits d'écriture ; le dépôt est resté tel quel")
}

/// Completes a file; returns its size in bytes and its time in milliseconds since the epoch.
fn close(writer: ArrowWriter<File>, path: &Path) -> Result<(i64, i64)> {
    let file = writer.into_inner().access(|| unwritable(path)).map_err(full)?;

    file.sync_all().access(|| unwritable(path)).map_err(full)?;

    let metadata = file.metadata().access(|| unwritable(path))?;
    let modified: DateTime<Utc> = metadata.modified().access(|| unwritable(path))?.into();

    Ok((i64::try_from(metadata.len()).unwrap_or(i64::MAX), modified.timestamp_millis()))
}

impl Drop for Staging<'_> {
    fn drop(&mut self) {
        self.open.clear();
        clean(self.store, &self.folder);
    }
}

impl Sink for Staging<'_> {
    fn accept(&mut self, table: &TableSchema, batch: RecordBatch) -> Result<()> {
        self.learned.add(table, self.store.layouts(), &batch)?;
        self.write(&table.name, &batch)
    }
}
