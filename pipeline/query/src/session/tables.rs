//! What SQL sees of a state of the store: its tables, those of the geography, and the views over them.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{Array, RecordBatch, StringArray};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::datasource::{MemTable, TableProvider};
use datafusion::execution::context::SessionContext;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use datafusion::prelude::{SessionConfig, col};
use futures::TryStreamExt;

use base::error::{Context, Error, Result};
use base::text::nearest;
use geography::Communes;
use store::Snapshot;
use store::layout::{LIVRAISONS, Layout, PUBLICATIONS};

use super::{Session, engine_error};
use crate::views::View;

impl Session {
    /// Registers every table of `snapshot` and of the geography.
    pub(super) async fn register_tables(&self, snapshot: &Snapshot, in_memory: u64) -> Result<()> {
        let size: u64 = snapshot.all_files().map(|(_, file)| file.size).sum();
        let in_memory = size <= in_memory;

        snapshot.bring(|table| table != PUBLICATIONS)?;
        for layout in snapshot.layouts() {
            let table = match layout.name.as_str() {
                // The ledger holds what was hidden: no query reads it.
                PUBLICATIONS => continue,
                LIVRAISONS => receipts(snapshot, layout)?,
                _ => self.table_of(snapshot, layout, in_memory).await?,
            };
            self.register(&layout.name, table)?;
        }

        for (name, batches) in Communes::tables()? {
            let Some(first) = batches.first() else {
                continue;
            };
            let table = MemTable::try_new(first.schema(), vec![batches])
                .access(|| format!("référentiel {name}"))?;
            self.register(name, Arc::new(table))?;
        }
        Ok(())
    }

    fn register(&self, name: &str, table: Arc<dyn TableProvider>) -> Result<()> {
        self.context
            .register_table(name, table)
            .access(|| format!("table {name} illisible"))?;
        Ok(())
    }

    /// One table of the store, under the names of SQL.
    async fn table_of(
        &self,
        snapshot: &Snapshot,
        layout: &Layout,
        in_memory: bool,
    ) -> Result<Arc<dyn TableProvider>> {
        let fail = || format!("table {} illisible", layout.name);

        let urls = urls(snapshot, layout)?;
        if urls.is_empty() {
            let table = MemTable::try_new(layout.logical.clone(), vec![vec![]]).access(fail)?;
            return Ok(Arc::new(table));
        }

        let schema = match in_memory {
            true => layout.physical.clone(),
            false => with_text_views(&layout.physical),
        };
        let options =
            ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension(".parquet");
        let config = ListingTableConfig::new_with_multi_paths(urls)
            .with_listing_options(options)
            .with_schema(schema);
        let files = Arc::new(ListingTable::try_new(config).access(fail)?);

        if in_memory {
            return Ok(Arc::new(read_whole(files, layout).await?));
        }
        if layout.physical == layout.logical || same_names(layout) {
            return Ok(files);
        }

        let columns = layout
            .physical
            .fields()
            .iter()
            .zip(layout.logical.fields())
            .map(|(physical, logical)| col(physical.name()).alias(logical.name()));
        let renamed = self
            .context
            .read_table(files)
            .and_then(|frame| frame.select(columns.collect::<Vec<_>>()))
            .access(fail)?;
        Ok(renamed.into_view())
    }

    /// Makes a view known to SQL. What it reads is known already.
    pub(super) async fn register_view(&self, view: &View) -> Result<()> {
        let place = format!("vue {}", view.name);
        if self.tables().contains(&view.name) {
            return Err(Error::usage(format!("{place} : une table porte déjà ce nom"))
                .hint("donnez un autre nom au fichier et à « nom »"));
        }

        // The engine takes nothing but one query after CREATE VIEW.
        let text = format!("CREATE VIEW \"{}\" AS {}", view.name, view.sql);
        if let Err(e) = self.context.sql(&text).await {
            self.check_reads(&place, &view.reads)?;
            return Err(engine_error(&place, &e.to_string()));
        }

        let frame = self.context.table(view.name.as_str()).await;
        let parameters = frame
            .and_then(|frame| frame.logical_plan().get_parameter_names())
            .map_err(|e| engine_error(&place, &e.to_string()))?;
        match parameters.iter().min() {
            None => Ok(()),
            Some(name) => {
                Err(Error::usage(format!("{place} : une vue n'a pas de paramètre ({name})"))
                    .hint("laissez la condition à la requête qui lit la vue"))
            }
        }
    }

    /// Refuses a text that reads a table or view which is not there.
    pub(super) fn check_reads(&self, place: &str, reads: &BTreeSet<String>) -> Result<()> {
        let known = self.sorted_tables();
        let Some(unknown) = reads.iter().find(|name| !known.contains(name)) else {
            return Ok(());
        };

        let error = Error::usage(format!("{place} : ni table ni vue du nom de « {unknown} »"));
        let listed = "« medicobus sql \"SHOW TABLES\" » donne les tables et les vues";
        Err(match nearest(unknown, known.iter().map(String::as_str)) {
            Some(near) => error.hint(format!("vouliez-vous dire « {near} » ? {listed}")),
            None => error.hint(listed),
        })
    }

    /// Writes every table that SQL sees, but no view, as `<name>.parquet` in `folder`, for other engines; returns the
    /// names.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub async fn export(&self, folder: &Path) -> Result<Vec<String>> {
        let fail = || format!("écriture impossible dans {}", folder.display());
        std::fs::create_dir_all(folder).access(fail)?;

        let mut names = self.sorted_tables();
        names.retain(|name| !self.views.contains(name));

        for name in &names {
            let frame = self.context.table(name.as_str()).await.access(fail)?;
            let schema = Arc::new(frame.schema().as_arrow().clone());
            let file =
                std::fs::File::create(folder.join(format!("{name}.parquet"))).access(fail)?;

            let mut writer = ArrowWriter::try_new(file, schema, None).access(fail)?;
            let mut stream = frame.execute_stream().await.access(fail)?;
            while let Some(batch) = stream.try_next().await.access(fail)? {
                writer.write(&batch).access(fail)?;
            }
            writer.close().access(fail)?;
        }
        Ok(names)
    }
}

/// Where the files of a table are.
fn urls(snapshot: &Snapshot, layout: &Layout) -> Result<Vec<ListingTableUrl>> {
    let fail = || format!("table {} illisible", layout.name);
    let mut urls = Vec::new();

    for file in snapshot.files(layout) {
        urls.push(ListingTableUrl::try_new(file.url()?, None).access(fail)?);
    }
    Ok(urls)
}

/// The rows of a table's files, in memory, under the names of SQL.
async fn read_whole(files: Arc<ListingTable>, layout: &Layout) -> Result<MemTable> {
    let fail = || format!("table {} illisible", layout.name);

    // One partition: rows keep the order of the files on any number of cores.
    let one = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(1));
    let frame = one.read_table(files).access(fail)?;
    let batches = frame.collect().await.access(fail)?;
    let batch = concat_batches(&layout.physical, &batches).access(fail)?;

    // Types of the files under the names of SQL: a file may hold nulls that the contract no longer allows.
    let fields = layout.physical.fields().iter().zip(layout.logical.fields());
    let fields: Vec<Field> =
        fields.map(|(file, sql)| file.as_ref().clone().with_name(sql.name())).collect();
    let schema = Arc::new(Schema::new(fields));

    let batch = RecordBatch::try_new(schema.clone(), batch.columns().to_vec()).access(fail)?;
    MemTable::try_new(schema, vec![vec![batch]]).access(fail)
}

/// Receipts carry their région and period as columns, which in the files are partition values.
fn receipts(snapshot: &Snapshot, layout: &Layout) -> Result<Arc<dyn TableProvider>> {
    let fail = || "reçus des livraisons illisibles".to_string();

    let mut fields: Vec<Field> = ["livraison_region", "livraison_periode"]
        .into_iter()
        .map(|name| Field::new(name, DataType::Utf8, true))
        .collect();
    fields.extend(layout.logical.fields().iter().map(|f| f.as_ref().clone()));
    let schema = Arc::new(Schema::new(fields));

    let mut batches = Vec::new();
    for file in snapshot.files(layout) {
        let reader = ParquetRecordBatchReader::try_new(file.open()?, 8192).access(fail)?;
        for batch in reader {
            let batch = batch.access(fail)?;
            let rows = batch.num_rows();
            let mut columns: Vec<Arc<dyn Array>> = vec![
                Arc::new(StringArray::from(vec![file.region.as_str(); rows])),
                Arc::new(StringArray::from(vec![file.periode.as_str(); rows])),
            ];
            columns.extend(batch.columns().iter().cloned());
            batches.push(RecordBatch::try_new(schema.clone(), columns).access(fail)?);
        }
    }

    let table = MemTable::try_new(schema, vec![batches]).access(fail)?;
    Ok(Arc::new(table))
}

/// The same columns with texts as views (in the engine's sense): long tables are grouped and joined on texts, and views
/// are neither copied nor hashed whole.
fn with_text_views(schema: &Schema) -> Arc<Schema> {
    let view = |field: &Arc<Field>| match field.data_type() {
        DataType::Utf8 => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View)),
        _ => Arc::clone(field),
    };

    Arc::new(Schema::new(schema.fields().iter().map(view).collect::<Vec<_>>()))
}

fn same_names(layout: &Layout) -> bool {
    layout
        .physical
        .fields()
        .iter()
        .zip(layout.logical.fields())
        .all(|(a, b)| a.name() == b.name())
}
