//! What lies in a store and is part of no version: the data files of a load that was killed before its commit, and what tried a server.

use chrono::TimeDelta;

use base::error::Result;

use super::Store;
use super::layout::TABLE;
use super::place::{PROBES, Stored};

/// The fewest days after which a file is no longer that of a load that goes on.
pub const FEWEST_DAYS: i64 = 1;

impl Store {
    /// The files that no version names and that were written some days ago, at least [`FEWEST_DAYS`], by the clock of where they lie.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn orphans(&self, days: i64) -> Result<Vec<Stored>> {
        // Listed before the log is read: what is committed in between is then named.
        let mut files = self.place.files(&format!("{TABLE}="))?;
        files.extend(self.place.files(PROBES)?);

        let latest = self.place.now()? - TimeDelta::days(days.max(FEWEST_DAYS));
        files.retain(|file| file.at < latest);
        let names = files.iter().map(|file| file.name.as_str()).collect();
        let orphans: Vec<String> = self.unnamed(names)?.into_iter().map(str::to_owned).collect();

        files.retain(|file| orphans.contains(&file.name));
        Ok(files)
    }

    /// Removes files that [`Self::orphans`] found.
    ///
    /// # Errors
    /// If one cannot be removed; those before it are gone.
    pub fn remove_orphans(&self, orphans: &[Stored]) -> Result<()> {
        orphans.iter().try_for_each(|file| self.place.remove(&file.name))
    }
}
