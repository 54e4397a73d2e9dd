//! The embedded engine and the distributed one, over the same tables and views.

use std::collections::HashMap;

use async_trait::async_trait;
use base::parameters::Parameters;
use base::table::Value;
use contract::Contract;
use datafusion::arrow::compute::concat_batches;
use datafusion::common::ParamValues;
use datafusion::error::DataFusionError;
use datafusion::execution::SessionStateBuilder;
use datafusion::prelude::{DataFrame, ParquetReadOptions, SessionConfig, SessionContext};
use datafusion_distributed::{
    DistributedExt, SessionStateBuilderExt, WorkerResolver, display_plan_ascii,
};
use query::catalogue::{Catalogue, Query};
use query::session::{Engine, Session, rows, scalar};
use store::{At, Store};
use tempfile::TempDir;
use url::Url;

use crate::Fallible;

/// Partitions of one process: both engines plan with as many.
const THREADS: usize = 2;

/// Both engines, over one state of a store.
pub struct Engines {
    pub embedded: SessionContext,
    pub distributed: SessionContext,
    /// The tables as Parquet, one file each, which workers read.
    _tables: TempDir,
}

impl Engines {
    /// Writes every table of the store as Parquet, since a worker reads files and no other process's memory, and opens
    /// both engines over them.
    pub async fn open(location: &str, catalogue: &Catalogue, workers: Vec<Url>) -> Fallible<Self> {
        let store = Store::open(location, &Contract::embedded()?).await?;
        let snapshot = store.snapshot(At::Latest).await?;
        let engine = Engine { threads: THREADS, in_memory: 0 };
        let session = Session::open(&snapshot, engine, catalogue.views()).await?;

        let folder = tempfile::tempdir()?;
        let tables = session.export(folder.path()).await?;

        let config = SessionConfig::new().with_target_partitions(THREADS);
        let state = SessionStateBuilder::new()
            .with_default_features()
            .with_config(config)
            .with_distributed_worker_resolver(Fixed(workers))
            .with_distributed_planner()
            // As many tasks as there are workers, however small the files.
            .with_distributed_file_scan_config_bytes_per_partition(1)?
            .build();
        let distributed = SessionContext::new_with_state(state);

        for table in &tables {
            let path = folder.path().join(format!("{table}.parquet"));
            let path = path.to_string_lossy();
            distributed.register_parquet(table, path, ParquetReadOptions::default()).await?;
        }
        for view in catalogue.views() {
            distributed
                .sql(&format!("CREATE VIEW \"{}\" AS {}", view.name, view.sql))
                .await?;
        }

        Ok(Self {
            embedded: session.context().clone(),
            distributed,
            _tables: folder,
        })
    }

    /// How many stages of the catalogue's plans go to workers: none would make every comparison empty.
    pub async fn stages(&self, catalogue: &Catalogue, year: &str) -> Fallible<usize> {
        let mut stages = 0;
        for query in catalogue.iter() {
            let given = [("annee".to_string(), year.to_string())];
            let given = given
                .into_iter()
                .filter(|(name, _)| query.definition.parameters.contains_key(name));
            let parameters = Parameters::bind(&query.definition, &given.collect())?;
            let plan = frame(&self.distributed, query, &parameters)
                .await?
                .create_physical_plan()
                .await?;
            stages += display_plan_ascii(plan.as_ref(), false).matches("Stage ").count();
        }
        Ok(stages)
    }
}

/// The rows of a query.
pub async fn answer(
    context: &SessionContext,
    query: &Query,
    parameters: &Parameters,
) -> Fallible<Vec<Vec<Value>>> {
    let frame = frame(context, query, parameters).await?;
    let schema = frame.schema().as_arrow().clone();

    let batches = frame.collect().await?;
    let schema = batches.first().map_or(schema.into(), |batch| batch.schema());
    Ok(rows(&concat_batches(&schema, &batches)?)?)
}

async fn frame(
    context: &SessionContext,
    query: &Query,
    parameters: &Parameters,
) -> Fallible<DataFrame> {
    let values: HashMap<String, _> = parameters
        .iter()
        .map(|(key, value)| (key.clone(), scalar(query, key, value).into()))
        .collect();
    Ok(context.sql(&query.sql).await?.with_param_values(ParamValues::Map(values))?)
}

/// Workers that do not change.
struct Fixed(Vec<Url>);

#[async_trait]
impl WorkerResolver for Fixed {
    fn get_urls(&self) -> Result<Vec<Url>, DataFusionError> {
        Ok(self.0.clone())
    }
}
