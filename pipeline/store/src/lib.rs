//! The store: Delta Lake on a local folder, one atomic commit per delivery, every version kept.
//!
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
//! - [`purge`]: what is erased for good;
//! - [`history`]: what was committed, by whom, why.

pub mod commit;
pub mod history;
pub mod ingest;
pub mod layout;
mod learned;
mod log;
mod losses;
mod objection;
pub mod publications;
pub mod purge;
pub mod quarantine;
pub mod received;
pub mod referentials;
pub mod snapshot;
pub mod staging;
mod told;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;

use deltalake_core::kernel::transaction::CommitProperties;
use deltalake_core::operations::create::CreateBuilder;
use deltalake_core::protocol::SaveMode;
use deltalake_core::{DeltaTable, DeltaTableBuilder, DeltaTableError};
use url::Url;

use base::error::{Context, Error, Result};
use base::text::printable;
use contract::Contract;

pub use losses::ON_PURPOSE;
pub use snapshot::{At, Snapshot};

/// An opened store.
pub struct Store {
    root: PathBuf,
    layouts: Vec<layout::Layout>,
    /// How many versions of the log were found whole: what is committed does not change.
    whole: AtomicU64,
    /// The data files that were.
    whole_files: snapshot::WholeFiles,
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

        if !store.exists()? {
            store.create().await?;
        }

        store.table().await?;

        Ok(store)
    }

    fn at(location: &str, contract: &Contract) -> Result<Self> {
        Ok(Self {
            root: local(location)?,
            layouts: layout::layouts(contract),
            whole: AtomicU64::new(0),
            whole_files: snapshot::WholeFiles::default(),
        })
    }

    async fn create(&self) -> Result<()> {
        std::fs::create_dir_all(&self.root)
            .access(|| format!("création impossible du dépôt {}", self.root.display()))
            .map_err(|e| e.hint("vérifiez les droits d'écriture et l'espace disque"))?;

        let created = CreateBuilder::new()
            .with_location(self.url()?.to_string())
            .with_table_name("medicobus")
            .with_columns(layout::delta_columns(&self.layouts)?)
            .with_partition_columns([layout::TABLE, layout::REGION, layout::PERIODE])
            .with_save_mode(SaveMode::Ignore)
            .with_configuration(HashMap::from([
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
            ]))
            .with_commit_properties(CommitProperties::default())
            .await;

        match created {
            Ok(_) => Ok(()),
            // Two first deliveries at once: the other one created it.
            Err(DeltaTableError::VersionAlreadyExists(_)) => Ok(()),
            Err(error) => {
                Err(Error::access(format!("création impossible du dépôt {}", self.root.display()))
                    .caused_by(error)
                    .hint("vérifiez les droits d'écriture et l'espace disque"))
            }
        }
    }

    /// Folder of the store.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The tables it holds.
    pub fn layouts(&self) -> &[layout::Layout] {
        &self.layouts
    }

    fn url(&self) -> Result<Url> {
        // Without the `..` that an address may not hold; a store that is not there yet has its place all the same.
        let root = self
            .root
            .canonicalize()
            .or_else(|_| std::path::absolute(&self.root))
            .access(|| format!("chemin illisible : {}", self.root.display()))?;
        Url::from_directory_path(&root)
            .map_err(|()| Error::usage(format!("chemin de dépôt invalide : {}", root.display())))
    }

    fn builder(&self) -> Result<DeltaTableBuilder> {
        DeltaTableBuilder::from_url(self.url()?)
            .access(|| format!("dépôt illisible : {}", self.root.display()))
    }

    async fn table(&self) -> Result<DeltaTable> {
        self.check_log()?;

        self.builder()?
            .load()
            .await
            .access(|| format!("dépôt illisible : {}", self.root.display()))
            .map_err(|e| {
                e.hint("le dossier _delta_log est-il complet ? Restaurez-le depuis une sauvegarde")
            })
    }
}

fn local(location: &str) -> Result<PathBuf> {
    if location.contains("://") {
        return Err(Error::usage(format!(
            "dépôt distant non pris en charge par cette version : {location}"
        ))
        .hint("donnez un dossier local, ou montez l'espace distant comme un dossier"));
    }

    // The engine reads `%20` in a path as a space, and would look for the log elsewhere.
    let root = std::path::absolute(location).access(|| format!("chemin illisible : {location}"))?;
    let text = root.to_string_lossy();
    let escape = |rest: &str| rest.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    if text.split('%').skip(1).any(escape) {
        return Err(Error::usage(format!(
            "le chemin du dépôt contient « % » et deux chiffres : {text}"
        ))
        .hint("renommez le dossier, ou donnez-en un autre avec --depot"));
    }
    // Nor does it find a log under a name with a sign that addresses do not hold as it is.
    let strange = |c: char| c.is_control() || (c == '\\' && !std::path::is_separator(c));
    if let Some(sign) = text.chars().find(|c| strange(*c)) {
        let what = match sign {
            '\\' => "« \\ »".to_owned(),
            sign => format!("un caractère invisible (U+{:04X})", u32::from(sign)),
        };
        return Err(Error::usage(format!(
            "le chemin du dépôt contient {what} : {}",
            printable(&text)
        ))
        .hint("renommez le dossier sans ce signe, ou donnez-en un autre avec --depot"));
    }
    Ok(PathBuf::from(location))
}
