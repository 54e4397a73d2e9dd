//! The one place that knows which engine runs: DataFusion, embedded, over the files of one state of the store.

mod levels;
mod tables;
mod values;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::error::ArrowError;
use datafusion::common::ParamValues;
use datafusion::error::DataFusionError;
use datafusion::execution::context::{SQLOptions, SessionContext};
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{DataFrame, SessionConfig};

use base::error::{Context, Error, Result};
use base::parameters::Parameters;
use base::table::{RawTable, Value};
use store::Snapshot;

use self::levels::LevelRun;
use self::values::answer;
pub use self::values::{rows, scalar};
use super::catalogue::Query;
use super::common_subplans::CommonSubplans;
use super::views::View;

/// Settings of the engine; none changes a result.
#[derive(Debug, Clone, Copy)]
pub struct Engine {
    /// Partitions that run at once.
    pub threads: usize,
    /// Parquet bytes of a state up to which its tables are read once and kept in memory.
    pub in_memory: u64,
}

impl Default for Engine {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self { threads, in_memory: IN_MEMORY }
    }
}

/// Parquet bytes of a state below which its tables are read once and kept in memory: opening the files of every
/// delivery again takes most of the time of a query over a small store.
const IN_MEMORY: u64 = 16 << 20;

/// An engine that sees one state of the store as SQL tables. A clone is the same engine.
#[derive(Clone)]
pub struct Session {
    context: SessionContext,
    version: u64,
    threads: usize,
    /// Names of the views.
    views: BTreeSet<String>,
}

impl Session {
    /// Opens an engine over `snapshot`, with the views of a catalogue, in order.
    ///
    /// # Errors
    /// If a data file is missing or unreadable, or the engine refuses a view.
    pub async fn open(snapshot: &Snapshot, engine: Engine, views: &[Arc<View>]) -> Result<Self> {
        let mut config = SessionConfig::new()
            .with_target_partitions(engine.threads.max(1))
            .with_information_schema(true);
        config.options_mut().execution.parquet.pushdown_filters = false;

        let session = Self {
            context: SessionContext::new_with_config(config),
            version: snapshot.version,
            threads: engine.threads.max(1),
            views: views.iter().map(|view| view.name.clone()).collect(),
        };

        session.register_tables(snapshot, engine.in_memory).await?;
        for view in views {
            session.register_view(view).await?;
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

    /// Runs a query of the catalogue.
    ///
    /// # Errors
    /// A query that the engine refuses, columns that are not the header's.
    pub async fn run(&self, query: &Query, parameters: &Parameters) -> Result<RawTable> {
        let parameters = std::slice::from_ref(parameters);
        let mut answers = self.run_all(query, parameters).await?;

        answers.pop().ok_or_else(|| {
            engine_error(&query.definition.name, "aucune réponse").hint("signalez ce défaut")
        })
    }

    /// Runs a query for each set of parameters; levels come from one run where they can, and what runs have in common is
    /// computed once.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn run_all(&self, query: &Query, asked: &[Parameters]) -> Result<Vec<RawTable>> {
        let name = &query.definition.name;

        let runs = LevelRun::all(query, asked);

        let mut plans = Vec::with_capacity(runs.len());
        for run in &runs {
            let plan = match self.plan(query, &run.parameters).await {
                Ok(plan) => plan,
                Err(e) => {
                    self.check_reads(name, &query.reads)?;
                    return Err(engine_error(name, &e.to_string()));
                }
            };
            plans.push(plan);
        }

        let mut subplans = CommonSubplans::of(&self.context, &plans);
        let mut ahead: Vec<usize> = (0..plans.len()).collect();
        let mut answers: Vec<Option<RawTable>> = vec![None; asked.len()];

        while !ahead.is_empty() {
            // What is in memory is used up first, so that little is there at a time.
            let next = ahead.iter().position(|&i| subplans.finds(i));
            let next = ahead.remove(next.unwrap_or(0));

            let plan = subplans
                .ready(&self.context, next, plans[next].clone())
                .await
                .map_err(|e| engine_error(name, &e.to_string()))?;
            let batch = collect(DataFrame::new(self.context.state(), plan))
                .await
                .map_err(|e| engine_error(name, e.message()).caused_by(e.to_string()))?;

            for (place, rows) in runs[next].answers(query, asked, answer(query, &batch)?) {
                answers[place] = Some(RawTable {
                    definition: query.definition.clone(),
                    parameters: asked[place].clone().into(),
                    rows,
                });
            }
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

    /// Names of the tables and views that SQL sees.
    pub fn tables(&self) -> Vec<String> {
        self.context
            .catalog("datafusion")
            .and_then(|catalog| catalog.schema("public"))
            .map(|schema| schema.table_names())
            .unwrap_or_default()
    }

    /// Names of the tables and views that SQL sees, sorted.
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
        let mut words = BTreeSet::new();

        for table in self.tables() {
            let columns = self.columns(&table).await?;
            words.extend(columns.into_iter().map(|(name, _)| name));
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

async fn collect(frame: DataFrame) -> Result<RecordBatch> {
    let schema = Arc::new(frame.schema().as_arrow().clone());
    let batches = frame
        .collect()
        .await
        .map_err(|e| engine_error("exécution", &without_values(&e)))?;

    // Nullability may differ between the plan and the batches; the batches are what there is.
    let schema = batches.first().map_or(schema, RecordBatch::schema);
    concat_batches(&schema, &batches).access(|| "assemblage du résultat".into())
}

/// Why an execution failed, without the value that it failed on: that may be a patient's.
fn without_values(error: &DataFusionError) -> String {
    match error.find_root() {
        DataFusionError::ArrowError(cause, _) => match cause.as_ref() {
            ArrowError::DivideByZero => "division par zéro".into(),
            ArrowError::CastError(_) | ArrowError::ParseError(_) => {
                "une valeur ne se convertit pas ; essayez try_cast".into()
            }
            _ => "un calcul est impossible sur une valeur".into(),
        },
        DataFusionError::ResourcesExhausted(_)
        | DataFusionError::ParquetError(_)
        | DataFusionError::ObjectStore(_)
        | DataFusionError::IoError(_)
        | DataFusionError::Plan(_)
        | DataFusionError::SchemaError(..) => error.strip_backtrace(),
        // A parameter without a value has none to tell.
        DataFusionError::Execution(message) if message.starts_with("Placeholder") => {
            error.strip_backtrace()
        }
        _ => "une fonction a refusé une valeur".into(),
    }
}

pub(super) fn engine_error(name: &str, message: &str) -> Error {
    Error::usage(format!("{name} : le moteur refuse la requête"))
        .caused_by(message.to_string())
        .hint("« medicobus sql » montre les tables (\\d) et permet d'essayer la requête pas à pas")
}
