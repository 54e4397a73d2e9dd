//! A store behind the address of an S3 bucket: its copies in a folder of this run, and what is asked of the server.

use std::collections::BTreeMap;
use std::env;
use std::error::Error as StdError;
use std::fs::{self, File};
use std::future::Future;
use std::io::{Read, Write};
use std::path::{Path as FilePath, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError, mpsc};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use deltalake_core::logstore::object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use deltalake_core::logstore::object_store::client::SpawnedReqwestConnector;
use deltalake_core::logstore::object_store::path::Path;
use deltalake_core::logstore::object_store::prefix::PrefixStore;
use deltalake_core::logstore::object_store::{
    ClientConfigKey, Error as Fault, ObjectMeta, ObjectStore, ObjectStoreExt, RetryConfig,
};
use deltalake_core::logstore::{LogStoreRef, StorageConfig, default_logstore};
use futures::{StreamExt, TryStreamExt, stream};
use tokio::runtime::{Handle, Runtime};
use uuid::Uuid;

use base::error::{Error, Result};

use super::address::Address;
use super::{Stored, Texts, failure, probe};
use crate::scratch::Scratch;

/// What a server answers, or why it does not.
pub(super) type Answer<T> = std::result::Result<T, Fault>;
/// The store as the server's client shows it: names are those below it.
pub(super) type Door = Arc<dyn ObjectStore>;

/// How the folders of copies are named, in the machine's place for temporary files.
const SCRATCH: &str = "medicobus-s3-";
/// Folder of what is written to try a server.
pub(crate) const PROBES: &str = "_sonde";
/// What stands for the server in a failure that is this machine's.
const DISK: &str = "disque";
/// Bytes that are sent at once; longer files go in as many parts.
const PART: usize = 8 << 20;
/// Files that are asked for at once.
const AT_ONCE: usize = 16;
/// How often a request is tried again, and until when.
const TRIES: usize = 5;
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest that a request may take.
const REQUEST: &str = "120s";

/// What tells who asks; one of these must be set.
const CREDENTIALS: [&str; 6] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_METADATA_ENDPOINT",
    "AWS_SKIP_SIGNATURE",
];

/// The threads that talk to servers: whoever waits for them may hold up a thread of the engine, never one of these.
static TALKERS: LazyLock<std::io::Result<Runtime>> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("s3")
        .enable_all()
        .build()
});

/// See the module.
#[derive(Debug)]
pub(super) struct Remote {
    address: Address,
    bucket: Door,
    door: Door,
    /// The same, where a request is made once: a second try would hide what the server did with the first.
    once: Door,
    talkers: Handle,
    scratch: Scratch,
    /// Set when the server was seen to let one of several commits win.
    probed: OnceLock<()>,
    /// What was sent of the copies, as it was then.
    sent: Mutex<BTreeMap<String, (u64, Option<SystemTime>)>>,
}

impl Remote {
    pub(super) fn at(address: Address) -> Result<Self> {
        let shown = address.url.as_str().trim_end_matches('/').to_owned();
        if CREDENTIALS.iter().all(|name| env::var_os(name).is_none()) {
            return Err(Error::usage(format!("identifiants absents pour {shown}")).hint(
                "donnez AWS_ACCESS_KEY_ID et AWS_SECRET_ACCESS_KEY dans l'environnement, et AWS_ENDPOINT_URL et AWS_REGION selon l'hébergeur",
            ));
        }
        let start = |e: &std::io::Error| {
            Error::access("démarrage impossible").caused_by(std::io::Error::from(e.kind()))
        };
        let talkers = TALKERS.as_ref().map_err(start)?.handle().clone();

        let client = |tries: usize| -> Result<Door> {
            let retry = RetryConfig {
                max_retries: tries,
                retry_timeout: PATIENCE,
                ..RetryConfig::default()
            };
            let built = AmazonS3Builder::from_env()
                .with_url(address.url.as_str())
                .with_config(AmazonS3ConfigKey::Client(ClientConfigKey::Timeout), REQUEST)
                .with_http_connector(SpawnedReqwestConnector::new(talkers.clone()))
                .with_retry(retry)
                .build();
            // Its words may repeat what it could not read.
            let built = built.map_err(|_| {
                Error::usage(format!("réglage S3 incomplet ou illisible pour {shown}"))
                    .hint("vérifiez les variables d'environnement dont le nom commence par AWS_")
            })?;
            Ok(Arc::new(built))
        };
        let below = |bucket: &Door| -> Door {
            Arc::new(PrefixStore::new(Arc::clone(bucket), address.prefix.as_str()))
        };

        let bucket = client(TRIES)?;
        Ok(Self {
            door: below(&bucket),
            once: below(&client(0)?),
            bucket,
            talkers,
            scratch: Scratch::create(SCRATCH)?,
            probed: OnceLock::new(),
            sent: Mutex::default(),
            address,
        })
    }

    /// The folder of the copies.
    pub(super) fn copies(&self) -> &FilePath {
        self.scratch.path()
    }

    pub(super) fn shown(&self, name: &str) -> String {
        let store = self.address.url.as_str().trim_end_matches('/');
        if name.is_empty() {
            store.to_owned()
        } else {
            format!("{store}/{name}")
        }
    }

    pub(super) fn log_store(&self) -> LogStoreRef {
        let url = &self.address.url;
        default_logstore(
            Arc::clone(&self.door),
            Arc::clone(&self.bucket),
            url,
            &StorageConfig::default(),
        )
    }

    /// A failure, with a cause in words of ours.
    pub(super) fn failed(&self, message: String, error: Box<dyn StdError + Send + Sync>) -> Error {
        match error.downcast::<Fault>() {
            Ok(fault) => match *fault {
                Fault::Generic { store: DISK, source } => Error::access(message).caused_by(source),
                fault => failure::told(message, &fault),
            },
            Err(error) => failure::told(message, error.as_ref()),
        }
    }

    /// Waits for work that the talkers do.
    fn wait<T: Send + 'static>(
        &self,
        work: impl Future<Output = Answer<T>> + Send + 'static,
    ) -> Answer<T> {
        let (sender, receiver) = mpsc::channel();
        self.talkers.spawn(async move {
            let _ = sender.send(work.await);
        });
        receiver.recv().unwrap_or_else(|lost| Err(of_disk(std::io::Error::other(lost))))
    }

    /// See [`super::Place::may_write`].
    pub(super) fn may_write(&self) -> Result<()> {
        if self.probed.get().is_some() {
            return Ok(());
        }
        let once = Arc::clone(&self.once);
        let wins = self.wait(async move { probe::one_wins(&once).await });

        match wins {
            Ok(true) => {
                self.probed.get_or_init(|| ());
                Ok(())
            }
            Ok(false) => Err(probe::refusal(&self.shown(""))),
            Err(e) => {
                let message = format!("écriture impossible dans {}", self.shown(""));
                Err(self.failed(message, e.into()))
            }
        }
    }

    /// Some of the files of a folder and below, from one name on, sorted; their names are those below the folder.
    pub(super) fn list(&self, folder: &str, from: &str, most: usize) -> Answer<Vec<Stored>> {
        let (door, folder, from) = (self.door.clone(), folder.to_owned(), from.to_owned());
        let files = self.wait(async move { listed(&door, &folder, &from, most).await })?;
        Ok(files.into_iter().map(|(name, file)| stored(name, &file)).collect())
    }

    /// A file; none where there is none.
    pub(super) fn read(&self, name: &str) -> Answer<Option<Vec<u8>>> {
        let (door, name) = (self.door.clone(), name.to_owned());
        self.wait(async move { read(&door, &name).await })
    }

    /// See [`super::Place::texts`].
    pub(super) fn texts(
        &self,
        folder: &str,
        from: &str,
        wanted: fn(&str) -> bool,
    ) -> Answer<Texts> {
        let (door, folder, from) = (self.door.clone(), folder.to_owned(), from.to_owned());
        let writes = self.probed.get().is_some();
        self.wait(async move { Texts::collect(&door, folder, &from, wanted, writes).await })
    }

    /// Copies of these files, those apart that are there already or that the store has not.
    pub(super) fn bring(&self, names: &[&str]) -> Answer<()> {
        let lacking = names.iter().map(|name| ((*name).to_owned(), self.copies().join(name)));
        let lacking: Vec<(String, PathBuf)> = lacking.filter(|(_, copy)| !copy.is_file()).collect();
        if lacking.is_empty() {
            return Ok(());
        }

        let door = self.door.clone();
        self.wait(async move {
            let copies = stream::iter(lacking).map(|(name, copy)| {
                let door = door.clone();
                async move { bring(&door, &name, &copy).await }
            });
            copies.buffer_unordered(AT_ONCE).try_collect().await
        })
    }

    pub(super) fn send(&self, from: &FilePath, name: &str) -> Answer<()> {
        let (door, from, name) = (self.door.clone(), from.to_path_buf(), name.to_owned());
        self.wait(async move { send(&door, &from, &name).await })
    }

    /// See [`super::Place::share`].
    pub(super) fn share(&self, folder: &str) -> Answer<()> {
        let mut here = Vec::new();
        for entry in fs::read_dir(self.copies().join(folder)).map_err(of_disk)? {
            let entry = entry.map_err(of_disk)?;
            let data = entry.metadata().map_err(of_disk)?;
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());

            let now = (data.len(), data.modified().ok());
            let sent = || self.sent.lock().unwrap_or_else(PoisonError::into_inner);
            if sent().get(&name) != Some(&now) {
                self.send(&entry.path(), &name)?;
                sent().insert(name.clone(), now);
            }
            here.push(name);
        }

        let there = self.list(folder, "", usize::MAX)?.into_iter();
        let there = there.map(|file| format!("{folder}/{}", file.name));
        self.remove(there.filter(|name| !here.contains(name)).collect())
    }

    pub(super) fn remove(&self, names: Vec<String>) -> Answer<()> {
        if names.is_empty() {
            return Ok(());
        }
        let door = self.door.clone();
        self.wait(async move { remove(&door, names).await })
    }

    /// See [`super::Place::now`].
    pub(super) fn now(&self) -> Answer<DateTime<Utc>> {
        let door = self.door.clone();
        let name = format!("{PROBES}/{}", Uuid::new_v4());
        self.wait(async move {
            let path = Path::from(name.as_str());
            door.put(&path, Vec::new().into()).await?;
            let at = door.head(&path).await?.last_modified;
            remove(&door, vec![name]).await?;
            Ok(at)
        })
    }
}

fn stored(name: String, file: &ObjectMeta) -> Stored {
    Stored {
        name,
        size: file.size,
        at: file.last_modified,
    }
}

/// A failure of this machine's, among those of servers.
fn of_disk(error: std::io::Error) -> Fault {
    Fault::Generic { store: DISK, source: Box::new(error) }
}

/// Some of the files of a folder, from one name on, with their names below it.
pub(super) async fn listed(
    door: &Door,
    folder: &str,
    from: &str,
    most: usize,
) -> Answer<Vec<(String, ObjectMeta)>> {
    let within = (!folder.is_empty()).then(|| Path::from(folder));
    let start = if folder.is_empty() { String::new() } else { format!("{folder}/") };

    let files = match from {
        "" => door.list(within.as_ref()),
        from => door.list_with_offset(within.as_ref(), &Path::from(format!("{start}{from}"))),
    };
    let mut files: Vec<(String, ObjectMeta)> = files
        .take(most)
        .map_ok(|file| {
            let name = file.location.as_ref();
            (name.strip_prefix(&start).unwrap_or(name).to_owned(), file)
        })
        .try_collect()
        .await?;
    files.sort_by(|(one, _), (two, _)| one.cmp(two));
    Ok(files)
}

/// Whether an answer says that a file is not there, and not that its bucket is not.
fn absent(fault: &Fault) -> bool {
    matches!(fault, Fault::NotFound { .. }) && !failure::words(fault).contains("NoSuchBucket")
}

pub(super) async fn read(door: &Door, name: &str) -> Answer<Option<Vec<u8>>> {
    match door.get(&Path::from(name)).await {
        Err(fault) if absent(&fault) => Ok(None),
        got => Ok(Some(got?.bytes().await?.to_vec())),
    }
}

async fn bring(door: &Door, name: &str, copy: &FilePath) -> Answer<()> {
    let mut parts = match door.get(&Path::from(name)).await {
        Err(fault) if absent(&fault) => return Ok(()),
        got => got?.into_stream(),
    };
    if let Some(folder) = copy.parent() {
        fs::create_dir_all(folder).map_err(of_disk)?;
    }

    // Under its name when it is whole: another thread may look for it.
    let aside = copy.with_extension(Uuid::new_v4().to_string());
    let mut file = File::create_new(&aside).map_err(of_disk)?;
    while let Some(part) = parts.try_next().await? {
        file.write_all(&part).map_err(of_disk)?;
    }
    fs::rename(&aside, copy).map_err(of_disk)
}

async fn send(door: &Door, from: &FilePath, name: &str) -> Answer<()> {
    let path = Path::from(name);
    let mut file = File::open(from).map_err(of_disk)?;
    let mut next = move || -> Answer<Vec<u8>> {
        let mut part = Vec::new();
        let some = Read::by_ref(&mut file).take(PART as u64).read_to_end(&mut part);
        some.map_err(of_disk)?;
        Ok(part)
    };

    let first = next()?;
    if first.len() < PART {
        return door.put(&path, first.into()).await.map(|_| ());
    }

    let mut upload = door.put_multipart(&path).await?;
    let sent = async {
        let mut part = first;
        while !part.is_empty() {
            upload.put_part(part.into()).await?;
            part = next()?;
        }
        upload.complete().await.map(|_| ())
    }
    .await;
    if sent.is_err() {
        // What is left of it otherwise is no file, but takes room.
        let _ = upload.abort().await;
    }
    sent
}

pub(super) async fn remove(door: &Door, names: Vec<String>) -> Answer<()> {
    let paths = names.into_iter().map(|name| Ok(Path::from(name)));
    let removed = door.delete_stream(stream::iter(paths.collect::<Vec<_>>()).boxed());
    removed.try_collect::<Vec<_>>().await.map(|_| ())
}
