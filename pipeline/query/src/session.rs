//! The one place that knows which engine runs: DataFusion, embedded, over the files of one state of the store.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use datafusion::arrow::array::{Array, AsArray, RecordBatch, StringArray};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Field, Float64Type, Int32Type, Int64Type, Schema,
    UInt64Type,
};
use datafusion::common::{ParamValues, ScalarValue};
use datafusion::datasource::MemTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::execution::context::{SQLOptions, SessionContext};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::LogicalPlan;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::prelude::{DataFrame, SessionConfig, col};
use futures::TryStreamExt;

use base::error::{Context, Error, Result};
use geography::Communes;
use store::Snapshot;
use store::layout::{LIVRAISONS, Layout, PUBLICATIONS};

use super::catalogue::Query;
use super::parts::Parts;
use base::parameters::bind;
use base::table::{RawTable, Value};

/// Days from the common era's first day to 1970-01-01.
const EPOCH: i32 = 719_163;

/// Settings of the engine; none changes a result.
#[derive(Debug, Clone, Copy)]
pub struct Engine {
    /// Partitions that run at once.
    pub threads: usize,
    /// Bytes of memory before spilling to disk; none for no limit.
    pub memory: Option<usize>,
    /// Parquet bytes of a state up to which its tables are read once and kept in memory.
    pub in_memory: u64,
}

impl Default for Engine {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            threads,
            memory: None,
            in_memory: IN_MEMORY,
        }
    }
}

/// Parquet bytes of a state below which its tables are read once and kept in memory: opening the files of every
/// delivery again takes most of the time of a query over a small store.
const IN_MEMORY: u64 = 16 << 20;

/// The same columns with texts as views: long tables are grouped and joined on texts, and views are neither copied nor hashed whole.
fn views(schema: &Schema) -> Arc<Schema> {
    let view = |field: &Arc<Field>| match field.data_type() {
        DataType::Utf8 => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View)),
        _ => Arc::clone(field),
    };
    Arc::new(Schema::new(
        schema.fields().iter().map(view).collect::<Vec<_>>(),
    ))
}

/// An engine that sees one state of the store as SQL tables. A clone is the same engine.
#[derive(Clone)]
pub struct Session {
    context: SessionContext,
    version: u64,
    threads: usize,
}

impl Session {
    /// Opens an engine over `snapshot`.
    ///
    /// # Errors
    /// If a data file is missing or unreadable.
    pub async fn open(snapshot: &Snapshot, engine: Engine) -> Result<Self> {
        let mut config = SessionConfig::new()
            .with_target_partitions(engine.threads.max(1))
            .with_information_schema(true);
        config.options_mut().execution.parquet.pushdown_filters = false;
        let mut runtime = RuntimeEnvBuilder::new();
        if let Some(bytes) = engine.memory {
            runtime = runtime.with_memory_limit(bytes, 1.0);
        }
        let runtime = runtime.build_arc().access(|| "moteur de requêtes".into())?;
        let context = SessionContext::new_with_config_rt(config, runtime);
        let session = Self {
            context,
            version: snapshot.version,
            threads: engine.threads.max(1),
        };
        let size: u64 = snapshot.all_files().map(|(_, file)| file.size).sum();
        let in_memory = size <= engine.in_memory;
        for layout in snapshot.layouts() {
            if layout.name == PUBLICATIONS {
                // The ledger holds what was hidden: no query reads it.
                continue;
            }
            if layout.name == LIVRAISONS {
                session.register_receipts(snapshot, layout).await?;
            } else {
                session.register_table(snapshot, layout, in_memory).await?;
            }
        }
        for (name, batches) in Communes::tables()? {
            let Some(first) = batches.first() else {
                continue;
            };
            let fail = || format!("référentiel {name}");
            let table = MemTable::try_new(first.schema(), vec![batches]).access(fail)?;
            session
                .context
                .register_table(name, Arc::new(table))
                .access(fail)?;
        }
        Ok(session)
    }

    /// Version of the store it reads.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The engine itself, for the `sql` command's own plans.
    pub fn context(&self) -> &SessionContext {
        &self.context
    }

    /// Queries that may run at once.
    pub fn threads(&self) -> usize {
        self.threads
    }

    async fn register_table(
        &self,
        snapshot: &Snapshot,
        layout: &Layout,
        in_memory: bool,
    ) -> Result<()> {
        let fail = || format!("table {} illisible", layout.name);
        let files = snapshot.files(layout);
        if files.is_empty() {
            let table = MemTable::try_new(layout.logical.clone(), vec![vec![]]).access(fail)?;
            self.context
                .register_table(&layout.name, Arc::new(table))
                .access(fail)?;
            return Ok(());
        }
        let mut urls = Vec::with_capacity(files.len());
        for file in files {
            let path = std::path::absolute(&file.path).access(fail)?;
            if !path.is_file() {
                return Err(Error::access(format!(
                    "fichier de données absent : {}",
                    path.display()
                ))
                .hint("restaurez le dépôt depuis une sauvegarde"));
            }
            urls.push(ListingTableUrl::parse(path.to_string_lossy()).access(fail)?);
        }
        let options =
            ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension(".parquet");
        let config = ListingTableConfig::new_with_multi_paths(urls)
            .with_listing_options(options)
            .with_schema(if in_memory {
                layout.physical.clone()
            } else {
                views(&layout.physical)
            });
        let table = Arc::new(ListingTable::try_new(config).access(fail)?);
        if in_memory {
            // One partition: rows keep the order of the files on any number of cores.
            let one =
                SessionContext::new_with_config(SessionConfig::new().with_target_partitions(1));
            let frame = one.read_table(table).access(fail)?;
            let batches = frame.collect().await.access(fail)?;
            let batch = concat_batches(&layout.physical, &batches).access(fail)?;
            // Types of the files under the names of SQL: a file may hold nulls that the contract no longer allows.
            let fields = layout.physical.fields().iter().zip(layout.logical.fields());
            let fields: Vec<Field> = fields
                .map(|(file, sql)| file.as_ref().clone().with_name(sql.name()))
                .collect();
            let schema = Arc::new(Schema::new(fields));
            let batch =
                RecordBatch::try_new(schema.clone(), batch.columns().to_vec()).access(fail)?;
            let table = MemTable::try_new(schema, vec![vec![batch]]).access(fail)?;
            self.context
                .register_table(&layout.name, Arc::new(table))
                .access(fail)?;
            return Ok(());
        }
        if layout.physical == layout.logical || same_names(layout) {
            self.context
                .register_table(&layout.name, table)
                .access(fail)?;
            return Ok(());
        }
        let columns = layout
            .physical
            .fields()
            .iter()
            .zip(layout.logical.fields())
            .map(|(physical, logical)| col(physical.name()).alias(logical.name()));
        let view = self
            .context
            .read_table(table)
            .and_then(|frame| frame.select(columns.collect::<Vec<_>>()))
            .access(fail)?
            .into_view();
        self.context
            .register_table(&layout.name, view)
            .access(fail)?;
        Ok(())
    }

    /// Receipts carry their région and period as columns, which in the files are partition values.
    async fn register_receipts(&self, snapshot: &Snapshot, layout: &Layout) -> Result<()> {
        let fail = || "reçus des livraisons illisibles".to_string();
        let mut fields: Vec<Field> = ["livraison_region", "livraison_periode"]
            .into_iter()
            .map(|name| Field::new(name, DataType::Utf8, true))
            .collect();
        fields.extend(layout.logical.fields().iter().map(|f| f.as_ref().clone()));
        let schema = Arc::new(Schema::new(fields));
        let mut batches = Vec::new();
        for file in snapshot.files(layout) {
            let reader = std::fs::File::open(&file.path).access(fail)?;
            let reader =
                datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReader::try_new(
                    reader, 8192,
                )
                .access(fail)?;
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
        self.context
            .register_table(LIVRAISONS, Arc::new(table))
            .access(fail)?;
        Ok(())
    }

    /// Runs a query of the catalogue.
    ///
    /// # Errors
    /// A parameter that is missing or ill typed, a query that the engine refuses, columns that are not the header's.
    pub async fn run(&self, query: &Query, given: &BTreeMap<String, String>) -> Result<RawTable> {
        let mut answers = self.run_all(query, std::slice::from_ref(given)).await?;
        answers.pop().ok_or_else(|| {
            engine_error(&query.definition.name, "aucune réponse").hint("signalez ce défaut")
        })
    }

    /// Runs a query for each set of parameters; what they have in common is computed once.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn run_all(
        &self,
        query: &Query,
        asked: &[BTreeMap<String, String>],
    ) -> Result<Vec<RawTable>> {
        let name = &query.definition.name;
        let mut bound = Vec::with_capacity(asked.len());
        let mut plans = Vec::with_capacity(asked.len());
        for given in asked {
            let parameters = bind(&query.definition, given)?;
            plans.push(
                self.plan(query, &parameters)
                    .await
                    .map_err(|e| engine_error(name, &e.to_string()))?,
            );
            bound.push(parameters);
        }
        let mut parts = Parts::of(&self.context, &plans);
        let mut ahead: Vec<usize> = (0..plans.len()).collect();
        let mut answers: Vec<Option<RawTable>> = vec![None; plans.len()];
        while !ahead.is_empty() {
            // What is in memory is used up first, so that little is there at a time.
            let next = ahead.iter().position(|&i| parts.finds(i));
            let next = ahead.remove(next.unwrap_or(0));
            let plan = parts
                .ready(&self.context, next, plans[next].clone())
                .await
                .map_err(|e| engine_error(name, &e.to_string()))?;
            let batch = collect(DataFrame::new(self.context.state(), plan))
                .await
                .map_err(|e| engine_error(name, e.message()).caused_by(e.to_string()))?;
            answers[next] = Some(RawTable {
                definition: query.definition.clone(),
                parameters: bound[next].clone(),
                rows: answer(query, &batch)?,
            });
        }
        Ok(answers.into_iter().flatten().collect())
    }

    /// The plan of a query, its parameters put in.
    async fn plan(
        &self,
        query: &Query,
        parameters: &BTreeMap<String, Value>,
    ) -> datafusion::common::Result<LogicalPlan> {
        let values: HashMap<String, _> = parameters
            .iter()
            .map(|(key, value)| (key.clone(), scalar(query, key, value).into()))
            .collect();
        let frame = self
            .context
            .sql_with_options(&query.sql, read_only())
            .await?
            .with_param_values(ParamValues::Map(values))?;
        Ok(frame.into_unoptimized_plan())
    }

    /// Writes every table that SQL sees as `<name>.parquet` in `folder`, for other engines; returns the names.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub async fn export(&self, folder: &std::path::Path) -> Result<Vec<String>> {
        let fail = || format!("écriture impossible dans {}", folder.display());
        std::fs::create_dir_all(folder).access(fail)?;
        let names = self.sorted_tables();
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

    /// Names of the tables that SQL sees.
    pub fn tables(&self) -> Vec<String> {
        self.context
            .catalog("datafusion")
            .and_then(|catalog| catalog.schema("public"))
            .map(|schema| schema.table_names())
            .unwrap_or_default()
    }

    /// Names of the tables that SQL sees, sorted.
    pub fn sorted_tables(&self) -> Vec<String> {
        let mut names = self.tables();
        names.sort();
        names
    }

    /// Columns of a table with their types.
    ///
    /// # Errors
    /// If there is no such table.
    pub async fn columns(&self, table: &str) -> Result<Vec<(String, String)>> {
        let frame = self.context.table(table).await.map_err(|e| {
            Error::usage(format!("table inconnue : {table}"))
                .caused_by(e.to_string())
                .hint("\\d liste les tables")
        })?;
        Ok(frame
            .schema()
            .fields()
            .iter()
            .map(|f| (f.name().clone(), f.data_type().to_string()))
            .collect())
    }

    /// Names of tables and columns, for completion.
    ///
    /// # Errors
    /// If a table cannot be read.
    pub async fn words(&self) -> Result<Vec<String>> {
        let mut words = std::collections::BTreeSet::new();
        for table in self.tables() {
            words.extend(
                self.columns(&table)
                    .await?
                    .into_iter()
                    .map(|(name, _)| name),
            );
            words.insert(table);
        }
        Ok(words.into_iter().collect())
    }

    /// Runs free text that may only read.
    ///
    /// # Errors
    /// If it does anything but read, or the engine refuses it.
    pub async fn read(&self, sql: &str) -> Result<RecordBatch> {
        let frame = self
            .context
            .sql_with_options(sql, read_only())
            .await
            .map_err(|e| engine_error("sql", &e.to_string()))?;
        collect(frame).await
    }
}

/// Options that refuse whatever writes: DDL, COPY, INSERT, SET.
pub fn read_only() -> SQLOptions {
    SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false)
}

/// The rows of an answer, its columns being those of the header.
fn answer(query: &Query, batch: &RecordBatch) -> Result<Vec<Vec<Value>>> {
    let expected: Vec<&str> = query
        .definition
        .columns
        .iter()
        .map(|c| c.name.as_str())
        .collect();
    let schema = batch.schema();
    let found: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
    if expected != found {
        return Err(Error::usage(format!(
            "{} : les colonnes rendues ne sont pas celles de l'en-tête",
            query.definition.name
        ))
        .hint(format!(
            "en-tête : {} ; requête : {}",
            expected.join(", "),
            found.join(", ")
        )));
    }
    rows(batch)
}

async fn collect(frame: DataFrame) -> Result<RecordBatch> {
    let schema = Arc::new(frame.schema().as_arrow().clone());
    let batches = frame
        .collect()
        .await
        .map_err(|e| engine_error("exécution", &e.to_string()))?;
    // Nullability may differ between the plan and the batches; the batches are what there is.
    let schema = batches.first().map_or(schema, RecordBatch::schema);
    concat_batches(&schema, &batches).access(|| "assemblage du résultat".into())
}

pub(super) fn engine_error(name: &str, message: &str) -> Error {
    Error::usage(format!("{name} : le moteur refuse la requête"))
        .caused_by(message.to_string())
        .hint("« medicobus sql » montre les tables (\\d) et permet d'essayer la requête pas à pas")
}

fn same_names(layout: &Layout) -> bool {
    layout
        .physical
        .fields()
        .iter()
        .zip(layout.logical.fields())
        .all(|(a, b)| a.name() == b.name())
}

/// A parameter as the engine's scalar; a null keeps its declared type so that comparisons stay typed.
fn scalar(query: &Query, key: &str, value: &Value) -> ScalarValue {
    use base::definition::ParameterType;
    match value {
        Value::Text(text) => ScalarValue::Utf8(Some(text.clone())),
        Value::Int(number) => ScalarValue::Int64(Some(*number)),
        Value::Float(number) => ScalarValue::Float64(Some(*number)),
        Value::Date(day) => ScalarValue::Date32(Some(day.num_days_from_ce() - EPOCH)),
        Value::Null => match query.definition.parameters.get(key).map(|p| p.kind) {
            Some(ParameterType::Integer) => ScalarValue::Int64(None),
            Some(ParameterType::Date) => ScalarValue::Date32(None),
            _ => ScalarValue::Utf8(None),
        },
    }
}

/// The rows of an answer as plain values.
///
/// # Errors
/// If a column has a type that an indicator should not return.
pub fn rows(batch: &RecordBatch) -> Result<Vec<Vec<Value>>> {
    let mut rows = vec![Vec::with_capacity(batch.num_columns()); batch.num_rows()];
    let schema = batch.schema();
    for (column, field) in batch.columns().iter().zip(schema.fields()) {
        for (index, row) in rows.iter_mut().enumerate() {
            row.push(if column.is_null(index) {
                Value::Null
            } else {
                value(column.as_ref(), index).ok_or_else(|| {
                    Error::usage(format!(
                        "colonne {} : type {} non pris en charge",
                        field.name(),
                        field.data_type()
                    ))
                    .hint("convertissez-la avec CAST(… AS BIGINT | DOUBLE | VARCHAR | DATE)")
                })?
            });
        }
    }
    Ok(rows)
}

fn value(column: &dyn Array, index: usize) -> Option<Value> {
    Some(match column.data_type() {
        DataType::Null => Value::Null,
        DataType::Utf8 => Value::Text(column.as_string::<i32>().value(index).to_string()),
        DataType::LargeUtf8 => Value::Text(column.as_string::<i64>().value(index).to_string()),
        DataType::Utf8View => Value::Text(column.as_string_view().value(index).to_string()),
        DataType::Int64 => Value::Int(column.as_primitive::<Int64Type>().value(index)),
        DataType::Int32 => Value::Int(column.as_primitive::<Int32Type>().value(index).into()),
        DataType::UInt64 => {
            Value::Int(i64::try_from(column.as_primitive::<UInt64Type>().value(index)).ok()?)
        }
        DataType::Float64 => Value::Float(column.as_primitive::<Float64Type>().value(index)),
        DataType::Date32 => {
            let days = column.as_primitive::<Date32Type>().value(index);
            Value::Date(NaiveDate::from_num_days_from_ce_opt(days + EPOCH)?)
        }
        DataType::Decimal128(_, scale) => {
            let unscaled = column.as_primitive::<Decimal128Type>().value(index);
            Value::Float(unscaled as f64 / 10f64.powi(i32::from(*scale)))
        }
        DataType::Boolean => Value::Text(
            if column.as_boolean().value(index) {
                "oui"
            } else {
                "non"
            }
            .to_string(),
        ),
        _ => return None,
    })
}
