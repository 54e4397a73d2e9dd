//! The store: Delta Lake in a folder or behind the address of an S3 bucket, one atomic commit per delivery, every version kept.
//!
//! - `place`: where it is; the only room that knows of folders and of servers; [`scratch`]: a folder of a run;
//! - [`layout`]: the contract's tables inside one Delta table;
//! - [`staging`]: data files of a delivery before its commit;
//! - [`ingest`]: a delivery from the door to the store; [`quarantine`]: its findings;
//! - [`received`]: what came of every check, refused ones included;
//! - [`publications`]: the ledger of what was published;
//! - [`referentials`]: official zonings, by vintage;
//! - [`commit`]: the optimistic commit that replaces a région's period;
//! - `learned`: what its rows say beyond themselves;
//! - `objection`: why what is stored forbids a commit, which a check asks too;
//! - `losses`: what a commit may not lose unless that is meant;
//! - `told`: what it may not tell, since another one tells it already;
//! - `log`: whether each version of the log is there and whole;
//! - [`snapshot`]: a state of the store, at a version or a date;
//! - [`purge`]: what is erased for good; [`orphans`]: what no version names;
//! - [`history`]: what was committed, by whom, why.

pub mod commit;
pub mod history;
pub mod ingest;
pub mod layout;
mod learned;
mod log;
mod losses;
mod objection;
pub mod orphans;
mod place;
pub mod publications;
pub mod purge;
pub mod quarantine;
pub mod received;
pub mod referentials;
pub mod scratch;
pub mod snapshot;
pub mod staging;
mod told;

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use deltalake_core::kernel::transaction::CommitProperties;
use deltalake_core::operations::create::CreateBuilder;
use deltalake_core::protocol::SaveMode;
use deltalake_core::{DeltaTable, DeltaTableError};

use base::error::{Error, Result};
use contract::Contract;

use place::{Place, RIGHTS};

pub use losses::ON_PURPOSE;
pub use place::Stored;
pub use snapshot::{At, Snapshot};

/// Versions between two of the engine's summaries of the log, where each version of the log is a request.
const CHECKPOINT: &str = "10";

/// An opened store.
pub struct Store {
    place: Arc<Place>,
    layouts: Vec<layout::Layout>,
    /// The versions of the log that were found whole, in order: what is committed does not change.
    log: Mutex<Vec<log::Version>>,
    /// The data files that were.
    whole_files: snapshot::WholeFiles,
    /// Set when nobody answered whether a commit was made: it may still arrive, and its files must be there then.
    in_doubt: AtomicBool,
}

impl Store {
    /// Opens the store at `location`, which must exist.
    ///
    /// # Errors
    /// If there is no store there or it cannot be read.
    pub async fn open(location: &str, contract: &Contract) -> Result<Self> {
        let store = Self::at(location, contract)?;

        if !store.exists()? {
            return Err(Error::access(format!("aucun dépôt dans {location}"))
                .hint("« medicobus charger » crée le dépôt à la première livraison ; --depot DOSSIER en désigne un autre"));
        }

        store.table().await?;
        Ok(store)
    }

    /// Opens the store at `location`, creating an empty one if there is none.
    ///
    /// # Errors
    /// If the folder cannot be created or written.
    pub async fn open_or_create(location: &str, contract: &Contract) -> Result<Self> {
        let store = Self::at(location, contract)?;

        store.place.may_write()?;
        if !store.exists()? {
            store.create().await?;
        }

        store.table().await?;

        Ok(store)
    }

    /// Whether a store may be at `location`: there is a log.
    ///
    /// # Errors
    /// If the location is none, or is behind an address that does not answer.
    pub fn is_at(location: &str) -> Result<bool> {
        let place = Place::at(location)?;
        match place.is_remote() {
            true => place.holds(log::LOG),
            false => Ok(place.file(log::LOG).exists()),
        }
    }

    fn at(location: &str, contract: &Contract) -> Result<Self> {
        Ok(Self {
            place: Arc::new(Place::at(location)?),
            layouts: layout::layouts(contract),
            log: Mutex::default(),
            whole_files: snapshot::WholeFiles::default(),
            in_doubt: AtomicBool::new(false),
        })
    }

    async fn create(&self) -> Result<()> {
        self.place.prepare()?;

        let mut configuration = HashMap::from([
            // Every version is kept: bilans already signed must be reproducible for years.
            (
                "delta.logRetentionDuration".to_string(),
                Some("interval 36500 days".to_string()),
            ),
            (
                "delta.deletedFileRetentionDuration".to_string(),
                Some("interval 36500 days".to_string()),
            ),
            ("delta.enableExpiredLogCleanup".to_string(), Some("false".to_string())),
        ]);
        if self.place.is_remote() {
            let interval = "delta.checkpointInterval".to_string();
            configuration.insert(interval, Some(CHECKPOINT.to_string()));
        }

        let created = CreateBuilder::new()
            .with_log_store(self.place.log_store()?)
            .with_table_name("medicobus")
            .with_columns(layout::delta_columns(&self.layouts)?)
            .with_partition_columns([layout::TABLE, layout::REGION, layout::PERIODE])
            .with_save_mode(SaveMode::Ignore)
            .with_configuration(configuration)
            .with_commit_properties(CommitProperties::default())
            .await;

        match created {
            Ok(_) => Ok(()),
            // Two first deliveries at once: the other one created it.
            Err(DeltaTableError::VersionAlreadyExists(_)) => Ok(()),
            Err(error) => Err(self.place.failed(
                format!("création impossible du dépôt {}", self.shown()),
                error,
                RIGHTS,
            )),
        }
    }

    /// Where the store is, as a message says it.
    pub fn shown(&self) -> String {
        self.place.shown()
    }

    /// Whether the store is behind an address.
    pub fn is_remote(&self) -> bool {
        self.place.is_remote()
    }

    /// Folder of the store; behind an address, that of what is brought from it.
    fn root(&self) -> &Path {
        self.place.root()
    }

    /// The tables it holds.
    pub fn layouts(&self) -> &[layout::Layout] {
        &self.layouts
    }

    async fn table(&self) -> Result<DeltaTable> {
        self.check_log()?;

        self.place.table(None).await?.map_err(|error| {
            self.place.failed(
                format!("dépôt illisible : {}", self.shown()),
                error,
                "le dossier _delta_log est-il complet ? Restaurez-le depuis une sauvegarde",
            )
        })
    }
}
