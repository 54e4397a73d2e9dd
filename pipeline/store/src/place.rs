//! Where a store is: a folder, or the address of an S3 bucket.
//!
//! Behind an address stands a folder of this run, laid out like the store: what is read is brought into it first, what is written is
//! sent from it. All else meets files, and answers the same from either.

mod address;
mod failure;
mod probe;
mod remote;
mod texts;

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use deltalake_core::logstore::LogStoreRef;
use deltalake_core::{DeltaTable, DeltaTableBuilder, DeltaTableError};
use url::Url;

use base::error::{Context, Error, Result};

pub(crate) use remote::PROBES;
use remote::Remote;
pub(crate) use texts::Texts;

/// What to do when the device refuses.
pub(crate) const RIGHTS: &str = "vérifiez les droits d'écriture et l'espace disque";

/// See the module.
#[derive(Debug)]
pub struct Place {
    /// The folder of the store; behind an address, that of its copies.
    root: PathBuf,
    remote: Option<Remote>,
}

/// A file of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its name below the store, with `/` between folders.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// When it was written, by the clock of where it lies.
    pub at: DateTime<Utc>,
}

impl Place {
    /// The place that a user names; nothing is read there yet.
    ///
    /// # Errors
    /// If it is no folder that the engine can address, no address that is understood, or if what an address needs to be asked is not
    /// in the environment.
    pub(crate) fn at(location: &str) -> Result<Self> {
        match address::parse(location)? {
            Some(address) => {
                let remote = Remote::at(address)?;
                Ok(Self {
                    root: remote.copies().to_path_buf(),
                    remote: Some(remote),
                })
            }
            None => Ok(Self {
                root: address::folder(location)?,
                remote: None,
            }),
        }
    }

    /// Whether it is behind an address.
    pub(crate) fn is_remote(&self) -> bool {
        self.remote.is_some()
    }

    /// Where it is, as messages say it.
    pub(crate) fn shown(&self) -> String {
        match &self.remote {
            Some(remote) => remote.shown(""),
            None => self.root.display().to_string(),
        }
    }

    /// Where a file of it is, as messages say it.
    pub(crate) fn shown_at(&self, name: &str) -> String {
        match &self.remote {
            Some(remote) => remote.shown(name),
            None => self.file(name).display().to_string(),
        }
    }

    /// The file of that name, or where its copy goes.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The folder itself, or that of the copies.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A failure there, in words of ours. What a server says is told by its kind: its own words may repeat a secret.
    pub(crate) fn failed(
        &self,
        message: String,
        error: impl Into<Box<dyn StdError + Send + Sync>>,
        hint: &str,
    ) -> Error {
        match &self.remote {
            Some(remote) => remote.failed(message, error.into()),
            None if hint.is_empty() => Error::access(message).caused_by(error),
            None => Error::access(message).caused_by(error).hint(hint),
        }
    }

    /// Makes sure that files can be written there.
    pub(crate) fn prepare(&self) -> Result<()> {
        self.may_write()?;
        fs::create_dir_all(&self.root)
            .access(|| format!("création impossible du dépôt {}", self.shown()))
            .map_err(|e| e.hint(RIGHTS))
    }

    /// Makes sure, once, that of several commits at once one alone can win. On a disk that is so.
    ///
    /// # Errors
    /// If the server lets a later one through, or cannot be written.
    pub(crate) fn may_write(&self) -> Result<()> {
        self.remote.as_ref().map_or(Ok(()), Remote::may_write)
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

    /// The engine's door to the log.
    pub(crate) fn log_store(&self) -> Result<LogStoreRef> {
        match &self.remote {
            Some(remote) => Ok(remote.log_store()),
            None => DeltaTableBuilder::from_url(self.url()?)
                .and_then(|builder| builder.build_storage())
                .access(|| format!("dépôt illisible : {}", self.root.display())),
        }
    }

    /// The table at a version, or its last.
    pub(crate) async fn table(
        &self,
        version: Option<u64>,
    ) -> Result<std::result::Result<DeltaTable, DeltaTableError>> {
        let mut table = DeltaTable::new(self.log_store()?);
        let loaded = match version {
            Some(version) => table.load_version(version).await,
            None => table.load().await,
        };
        Ok(loaded.map(|()| table))
    }

    /// The names of what lies in a folder, from one name on, sorted; none where there is no folder. Behind an address, of what lies
    /// deeper too.
    pub(crate) fn names(
        &self,
        folder: &str,
        from: &str,
        message: impl Fn() -> String,
    ) -> Result<Vec<String>> {
        if let Some(remote) = &self.remote {
            let listed = remote.list(folder, from, usize::MAX);
            let listed = listed.map_err(|e| self.failed(message(), e, ""))?;
            return Ok(listed.into_iter().map(|file| file.name).collect());
        }

        let entries = match fs::read_dir(self.file(folder)) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.access(&message)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.access(&message)?.file_name().to_string_lossy().into_owned();
            if name.as_str() >= from {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    /// Whether something in the store's own folder has a name that begins so.
    pub(crate) fn holds(&self, start: &str) -> Result<bool> {
        if let Some(remote) = &self.remote {
            let message = || format!("dépôt illisible : {}", self.shown());
            let first = remote.list("", start, 1).map_err(|e| self.failed(message(), e, ""))?;
            return Ok(first.iter().any(|file| file.name.starts_with(start)));
        }
        let entries = fs::read_dir(&self.root);
        Ok(entries.is_ok_and(|entries| {
            entries.flatten().any(|e| e.file_name().to_string_lossy().starts_with(start))
        }))
    }

    /// The texts of a folder that are wanted, from one name on, and the names of all that lies there. On a disk, each is read when it
    /// is asked for.
    pub(crate) fn texts(
        &self,
        folder: &str,
        from: &str,
        wanted: fn(&str) -> bool,
        message: impl Fn() -> String,
    ) -> Result<Texts> {
        match &self.remote {
            Some(remote) => {
                let texts = remote.texts(folder, from, wanted);
                texts.map_err(|e| self.failed(message(), e, ""))
            }
            None => Ok(Texts {
                folder: folder.to_owned(),
                names: self.names(folder, from, message)?,
                read: BTreeMap::new(),
            }),
        }
    }

    /// One of these texts; none where there is no such file.
    pub(crate) fn text(&self, texts: &mut Texts, name: &str) -> Result<Option<Vec<u8>>> {
        match texts.read.remove(name) {
            Some(text) => Ok(Some(text)),
            None => self.read(&format!("{}/{name}", texts.folder)),
        }
    }

    /// A file of the store; none where there is no such file.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let message = || format!("dépôt illisible : {}", self.shown_at(name));
        if let Some(remote) = &self.remote {
            return remote.read(name).map_err(|e| self.failed(message(), e, ""));
        }
        match fs::read(self.file(name)) {
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            read => read.access(message).map(Some),
        }
    }

    /// Sees to it that these files can be read where [`Self::file`] says, as far as the store has them.
    pub(crate) fn bring(&self, names: &[&str]) -> Result<()> {
        let Some(remote) = &self.remote else { return Ok(()) };
        remote
            .bring(names)
            .map_err(|e| self.failed(format!("fichiers illisibles dans {}", self.shown()), e, ""))
    }

    /// Moves a finished file to its place in the store, where its name is safe when this returns.
    pub(crate) fn put(&self, from: &Path, name: &str) -> Result<()> {
        let target = self.file(name);
        let message = |path: &Path| format!("écriture impossible de {}", path.display());
        let hint =
            "vérifiez l'espace disque et les droits d'écriture ; le dépôt est resté tel quel";

        if let Some(remote) = &self.remote {
            let message = format!("écriture impossible de {}", self.shown_at(name));
            remote.send(from, name).map_err(|e| self.failed(message, e, ""))?;
            return Ok(());
        }
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)
                .access(|| message(parent))
                .map_err(|e| e.hint(hint))?;
            fs::rename(from, &target)
                .access(|| message(&target))
                .map_err(|e| e.hint(hint))?;

            // The name must be on disk before a commit speaks of it.
            sync_names(parent).access(|| message(parent))?;
        }
        Ok(())
    }

    /// Sends what lies in a folder of the copies to its place, where nothing else stays. On a disk it is there already.
    pub(crate) fn share(&self, folder: &str) -> Result<()> {
        let Some(remote) = &self.remote else { return Ok(()) };
        let message = format!("écriture impossible de {}", self.shown_at(folder));
        remote.share(folder).map_err(|e| self.failed(message, e, ""))
    }

    /// Removes a file of the store, or its copy and itself.
    pub(crate) fn remove(&self, name: &str) -> Result<()> {
        let message = || format!("effacement impossible de {}", self.shown_at(name));
        if let Some(remote) = &self.remote {
            let _ = fs::remove_file(self.file(name));
            return remote.remove(vec![name.to_owned()]).map_err(|e| self.failed(message(), e, ""));
        }
        fs::remove_file(self.file(name)).access(message)
    }

    /// Removes a folder of the store with all that it holds, and the collection that may have copies of it.
    pub(crate) fn remove_folder(&self, name: &str) -> Result<()> {
        let message = || format!("effacement impossible de {}", self.shown_at(name));
        if let Some(remote) = &self.remote {
            let _ = fs::remove_dir_all(self.file(name));
            let folder = name.split('/').next().unwrap_or(name);
            let named = remote.list(name, "", usize::MAX).and_then(|files| {
                let below = |file: Stored| format!("{name}/{}", file.name);
                let mut named: Vec<String> = files.into_iter().map(below).collect();
                named.push(texts::collection_of(folder));
                remote.remove(named)
            });
            return named.map_err(|e| self.failed(message(), e, ""));
        }
        fs::remove_dir_all(self.file(name)).access(message)
    }

    /// All files in the folders of the store whose name begins so, and deeper.
    pub(crate) fn files(&self, start: &str) -> Result<Vec<Stored>> {
        let message = || format!("dépôt illisible : {}", self.shown());
        if let Some(remote) = &self.remote {
            let mut files =
                remote.list("", start, usize::MAX).map_err(|e| self.failed(message(), e, ""))?;
            files.retain(|file| file.name.starts_with(start));
            return Ok(files);
        }

        let mut files = Vec::new();
        let mut folders = self.names("", start, message)?;
        folders.retain(|name| name.starts_with(start));
        while let Some(folder) = folders.pop() {
            for name in self.names(&folder, "", message)? {
                let name = format!("{folder}/{name}");
                // Another process may have moved it away since.
                let Ok(data) = fs::metadata(self.file(&name)) else { continue };
                match data.is_dir() {
                    true => folders.push(name),
                    false => files.push(Stored {
                        size: data.len(),
                        at: data.modified().access(message)?.into(),
                        name,
                    }),
                }
            }
        }
        files.sort_by(|one, two| one.name.cmp(&two.name));
        Ok(files)
    }

    /// The folders in a folder, each with when it was written; none where there is no folder.
    pub(crate) fn folders(&self, folder: &str) -> Result<Vec<(String, DateTime<Utc>)>> {
        let message = || format!("dossier illisible : {}", self.shown_at(folder));
        if let Some(remote) = &self.remote {
            let files =
                remote.list(folder, "", usize::MAX).map_err(|e| self.failed(message(), e, ""))?;
            let mut written: BTreeMap<String, DateTime<Utc>> = BTreeMap::new();
            for file in files {
                let (name, _) = file.name.split_once('/').unwrap_or((&file.name, ""));
                let at = written.entry(name.to_owned()).or_insert(file.at);
                *at = file.at.max(*at);
            }
            return Ok(written.into_iter().collect());
        }

        let names = self.names(folder, "", message)?.into_iter();
        let written = names.filter_map(|name| {
            let data = fs::metadata(self.file(&format!("{folder}/{name}"))).ok()?;
            Some((name, data.modified().ok()?.into()))
        });
        Ok(written.collect())
    }

    /// What time it is, by the clock of where files lie.
    pub(crate) fn now(&self) -> Result<DateTime<Utc>> {
        let Some(remote) = &self.remote else { return Ok(Utc::now()) };
        let message = || format!("écriture impossible dans {}", self.shown());
        remote.now().map_err(|e| self.failed(message(), e, ""))
    }
}

/// Waits until the names that `folder` holds are on disk. Windows opens no folder as a file; NTFS keeps names in its journal.
fn sync_names(folder: &Path) -> std::io::Result<()> {
    if cfg!(windows) {
        return Ok(());
    }

    File::open(folder)?.sync_all()
}
