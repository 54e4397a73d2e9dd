//! Long work: it goes on whoever looks at it, one piece at a time, and is found again at its address.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{Mutex as Turn, watch};
use tokio::time::timeout;

use base::error::{Error, Result};

use super::app::{Shared, apart, locked};

/// Pieces of work that are found again; older ones are forgotten.
const KEPT: usize = 50;

/// The work of one run.
#[derive(Default)]
pub(crate) struct Jobs {
    known: Mutex<VecDeque<Arc<Job>>>,
    /// The store has one writer and the machine few cores: work waits for its turn.
    turn: Arc<Turn<()>>,
}

/// A piece of work.
pub(crate) struct Job {
    /// Its name in its address.
    pub(crate) id: String,
    /// What is done.
    pub(crate) title: String,
    /// Its stages, in order.
    pub(crate) stages: &'static [&'static str],
    /// Where one goes on when it failed.
    pub(crate) back: String,
    state: watch::Sender<JobState>,
}

/// How far a piece of work is.
#[derive(Debug, Clone, Default)]
pub(crate) struct JobState {
    /// The stage that goes on; none while it waits for its turn.
    pub(crate) stage: Option<usize>,
    /// How it ended: the address of what came of it, or what went wrong.
    pub(crate) end: Option<std::result::Result<String, Arc<Error>>>,
}

/// Says how far a piece of work is.
#[derive(Clone)]
pub(crate) struct Progress(Arc<Job>);

impl Progress {
    /// The stage of that rank begins.
    pub(crate) fn begin(&self, stage: usize) {
        self.0.state.send_modify(|state| state.stage = Some(stage));
    }
}

impl Job {
    /// The address of its page.
    pub(crate) fn address(&self) -> String {
        format!("/travaux/{}", self.id)
    }

    /// How far it is now.
    pub(crate) fn now(&self) -> JobState {
        self.state.borrow().clone()
    }

    /// Its state, each time that it changes.
    pub(crate) fn follow(&self) -> watch::Receiver<JobState> {
        self.state.subscribe()
    }

    /// Waits until it has ended, so long at most; says how far it is then.
    pub(crate) async fn wait(&self, most: Duration) -> JobState {
        let mut state = self.follow();
        let ended = timeout(most, state.wait_for(|state| state.end.is_some())).await;
        drop(ended);
        self.now()
    }
}

impl Jobs {
    /// The work of that name.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<Job>> {
        locked(&self.known).iter().find(|job| job.id == id).cloned()
    }

    /// The title and the address of the work that has not ended, oldest first.
    pub(crate) fn going_on(&self) -> Vec<Value> {
        let known = locked(&self.known);
        let going = known.iter().filter(|job| job.state.borrow().end.is_none());
        going
            .map(|job| json!({ "titre": job.title, "adresse": job.address() }))
            .collect()
    }
}

/// Starts work that says its stages and ends with an address; returns it at once.
pub(crate) fn start<W, F>(
    app: &Shared,
    title: &str,
    stages: &'static [&'static str],
    back: &str,
    work: W,
) -> Arc<Job>
where
    W: FnOnce(Shared, Progress) -> F + Send + 'static,
    F: Future<Output = Result<String>>,
{
    let job = Arc::new(Job {
        id: name(),
        title: title.to_owned(),
        stages,
        back: back.to_owned(),
        state: watch::Sender::new(JobState::default()),
    });
    let mut known = locked(&app.jobs.known);
    known.push_back(Arc::clone(&job));
    if known.len() > KEPT {
        known.pop_front();
    }
    drop(known);

    let (app, going) = (Arc::clone(app), Arc::clone(&job));
    tokio::spawn(async move {
        let _turn = Arc::clone(&app.jobs.turn).lock_owned().await;
        let progress = Progress(Arc::clone(&going));
        progress.begin(0);
        let ended = apart(move || work(app, progress)).await;
        going.state.send_modify(|state| state.end = Some(ended.map_err(Arc::new)));
    });
    job
}

/// A name that nobody guesses, of letters alone: it stands in paths, where digits might pass for somebody's number.
pub(crate) fn name() -> String {
    let letters = |byte: u8| [byte >> 4, byte & 15].map(|half| char::from(b'a' + half));
    rand::random::<[u8; 10]>().into_iter().flat_map(letters).collect()
}
