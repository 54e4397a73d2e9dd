//! What the pages share: settings, keys, the state of the store that was read last, work that goes on, what was sent.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{Local, NaiveDate};
use serde_json::{Value, json};
use tokio::runtime::Handle;

use base::error::{Context, Result};
use base::text::PROGRAM;
use edition::opened::Opened;
use report::served::ServedPages;
use report::templates::Templates;
use store::scratch::Scratch;
use store::{At, Store};

use super::Settings;
use super::guard::Guard;
use super::jobs::Jobs;
use super::pages::bilan::{draft::Draft, finals::Prepared};
use super::pages::deposit::Deposits;
use super::pages::indicators::Answer;
use super::pages::shelf::Shelf;

/// How the folders of what is sent are named, in the machine's place for temporary files.
const SCRATCH: &str = "medicobus-servir-";

/// The application, as handlers share it.
pub(crate) type Shared = Arc<App>;

/// What the pages share.
pub(crate) struct App {
    pub(crate) settings: Settings,
    pub(crate) guard: Guard,
    pub(crate) pages: ServedPages,
    pub(crate) jobs: Jobs,
    pub(crate) scratch: Scratch,
    pub(crate) deposits: Deposits,
    pub(crate) answers: Shelf<Answer>,
    pub(crate) drafts: Shelf<Draft>,
    pub(crate) finals: Shelf<Prepared>,
    /// Comments that were typed and are not saved, by the address of their page.
    pub(crate) typed: Shelf<String>,
    person: Mutex<String>,
    read: Mutex<Option<Arc<Opened>>>,
}

impl App {
    /// The application of the server on that port.
    ///
    /// # Errors
    /// Templates that are wrong; no place for what is sent.
    pub(crate) fn new(settings: Settings, port: u16) -> Result<Self> {
        let templates = Templates::load(settings.templates.as_deref())?;
        Ok(Self {
            guard: Guard::new(port),
            pages: ServedPages::new(&templates)?,
            jobs: Jobs::default(),
            scratch: Scratch::create(SCRATCH)?,
            deposits: Deposits::default(),
            answers: Shelf::default(),
            drafts: Shelf::default(),
            finals: Shelf::default(),
            typed: Shelf::default(),
            person: Mutex::default(),
            read: Mutex::default(),
            settings,
        })
    }

    /// The latest state of the store; none where there is no store yet. It is read again only when the store has changed.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub(crate) async fn opened(&self) -> Result<Option<Arc<Opened>>> {
        let held = locked(&self.read).clone();
        // Behind an address, a store that was read is asked itself.
        let remote = held.as_ref().is_some_and(|held| held.store.is_remote());
        if !remote && !Store::is_at(&self.settings.depot)? {
            return Ok(None);
        }

        if let Some(held) = held
            && held.store.snapshot(At::Latest).await?.version == held.snapshot.version
        {
            return Ok(Some(held));
        }

        let Settings { depot, engine, .. } = &self.settings;
        let opened = Arc::new(Opened::at(depot, At::Latest, *engine, None).await?);
        *locked(&self.read) = Some(Arc::clone(&opened));
        Ok(Some(opened))
    }

    /// The day of a check.
    pub(crate) fn today(&self) -> NaiveDate {
        self.settings.today.unwrap_or_else(|| Local::now().date_naive())
    }

    /// Who works here, as they said last; empty until they are asked.
    pub(crate) fn person(&self) -> String {
        locked(&self.person).clone()
    }

    /// Remembers who works here.
    pub(crate) fn remember(&self, name: &str) {
        *locked(&self.person) = name.trim().to_owned();
    }

    /// A page, set with what it says.
    pub(crate) fn page(&self, name: &str, page: &str, title: &str, says: Value) -> Result<String> {
        self.pages.render(name, self.framed(page, title, says))
    }

    /// What every page is set with: which one it is, its title, the work that goes on, and what it says.
    pub(crate) fn framed(&self, page: &str, title: &str, says: Value) -> Value {
        json!({
            "page": page,
            "titre": title,
            "programme": PROGRAM,
            "depot": self.settings.depot,
            "travaux": self.jobs.going_on(),
            "dit": says,
        })
    }
}

/// The content of a lock, whatever became of who held it before.
pub(crate) fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does work that reads, counts or sets on a thread of its own, so that the server goes on answering.
///
/// # Errors
/// Those of the work; a fault of the program in it.
pub(crate) async fn apart<T, W, F>(work: W) -> Result<T>
where
    T: Send + 'static,
    W: FnOnce() -> F + Send + 'static,
    F: Future<Output = Result<T>>,
{
    let handle = Handle::current();
    let done = tokio::task::spawn_blocking(move || handle.block_on(work())).await;
    done.access(|| "le travail s'est interrompu sur une faute du programme ; le dépôt est resté tel qu'il était".into())?
}
