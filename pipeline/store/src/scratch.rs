//! A folder of this run among the machine's temporary files, that vanishes with it: what is sent lies there until it is loaded or let go,
//! and the copies of what is read from behind an address.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use base::error::{Context, Result};

/// File that a run holds locked as long as it lives.
const LOCK: &str = "verrou";

/// The folder of one run.
#[derive(Debug)]
pub struct Scratch {
    folder: TempDir,
    /// Held, not read: its lock tells other runs that this one lives.
    _lock: File,
    /// Runs that ended without tidying up, and were tidied now.
    pub left_behind: usize,
}

impl Scratch {
    /// A new folder, whose name begins so; those of runs that were killed are removed.
    ///
    /// # Errors
    /// If no temporary folder can be written.
    pub fn create(prefix: &str) -> Result<Self> {
        let place = std::env::temp_dir();
        let left_behind = tidy(&place, prefix);

        let fail = || format!("aucun fichier temporaire ne s'écrit dans {}", place.display());
        let folder = tempfile::Builder::new().prefix(prefix).tempdir_in(&place).access(fail)?;
        let lock = File::create(folder.path().join(LOCK)).access(fail)?;
        lock.lock().access(fail)?;
        Ok(Self { folder, _lock: lock, left_behind })
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A folder of it, made with what it lies in.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn make(&self, name: &str) -> Result<PathBuf> {
        let path = self.folder.path().join(name);
        fs::create_dir_all(&path).access(|| "le dossier temporaire ne s'écrit pas".into())?;
        Ok(path)
    }
}

/// Removes a folder and all that lies in it; what does not go now goes with the run.
pub fn remove(folder: &Path) {
    let _ = fs::remove_dir_all(folder);
}

/// Removes the folders of runs that no longer live; returns how many there were.
fn tidy(place: &Path, prefix: &str) -> usize {
    let entries = fs::read_dir(place).into_iter().flatten().flatten();
    let ours = entries.filter(|e| e.file_name().to_string_lossy().starts_with(prefix));
    let dead = |folder: &PathBuf| {
        let lock = File::open(folder.join(LOCK));
        lock.is_ok_and(|lock| lock.try_lock().is_ok())
    };

    let dead: Vec<PathBuf> = ours.map(|e| e.path()).filter(dead).collect();
    dead.iter().filter(|folder| fs::remove_dir_all(folder).is_ok()).count()
}
