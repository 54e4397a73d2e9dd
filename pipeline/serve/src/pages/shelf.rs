//! What work gave and pages show again: kept by name, the oldest let go.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use base::error::Result;

use crate::answers::missing;
use crate::app::locked;
use crate::jobs::name;

/// Things that are kept at a time.
const KEPT: usize = 20;

/// Things of one kind.
pub(crate) struct Shelf<T> {
    held: Mutex<VecDeque<(String, Arc<T>)>>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { held: Mutex::default() }
    }
}

impl<T> Shelf<T> {
    /// Keeps one; returns its name.
    pub(crate) fn keep(&self, one: T) -> String {
        let id = name();
        self.keep_as(&id, one);
        id
    }

    /// Keeps one under that name, in place of another.
    pub(crate) fn keep_as(&self, id: &str, one: T) {
        self.drop(id);
        let mut held = locked(&self.held);
        held.push_back((id.to_owned(), Arc::new(one)));
        if held.len() > KEPT {
            held.pop_front();
        }
    }

    /// Lets the one of that name go.
    pub(crate) fn drop(&self, id: &str) {
        locked(&self.held).retain(|(name, _)| name != id);
    }

    /// The one of that name.
    ///
    /// # Errors
    /// None of that name is kept.
    pub(crate) fn find(&self, id: &str) -> Result<Arc<T>> {
        let held = locked(&self.held);
        let found = held.iter().find(|(name, _)| name == id).map(|(_, one)| Arc::clone(one));
        found.ok_or_else(|| {
            missing(
                "ce résultat n'est plus ici",
                "d'autres l'ont suivi, ou le serveur a été relancé : demandez-le de nouveau",
            )
        })
    }
}
