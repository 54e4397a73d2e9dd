//! Deliveries at the door: on which terms they are checked, and the note that each gets. What is checked and what is loaded meet the same terms.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use base::error::Result;
use contract::Contract;
use delivery::{KnownBus, Overrides, Terms};
use geography::Communes;
use report::templates::Templates;
use store::Store;
use store::ingest::{self, Ingested};

use super::quality_note::Notes;

/// What the deliveries of a run are checked with.
pub struct Intake {
    /// The contract.
    pub contract: Contract,
    /// Communes and régions.
    pub communes: &'static Communes,
    templates: Templates,
    today: NaiveDate,
    tolerance: f64,
    overrides: Overrides,
}

impl Intake {
    /// Deliveries that are checked on `today` against `tolerance` (a share, 0–1), with what is said in their place.
    ///
    /// # Errors
    /// If what the program was built with cannot be read.
    pub fn new(today: NaiveDate, tolerance: f64, overrides: Overrides) -> Result<Self> {
        Ok(Self {
            contract: Contract::embedded()?,
            communes: Communes::embedded()?,
            templates: Templates::load(None)?,
            today,
            tolerance,
            overrides,
        })
    }

    /// What sets their quality notes.
    ///
    /// # Errors
    /// If the templates cannot be read.
    pub fn notes(&self) -> Result<Notes<'_>> {
        Notes::new(&self.templates, self.communes, self.today, self.tolerance)
    }

    /// The deliveries in the order in which they are loaded: a later one may tell of buses that an earlier one brought; those of one
    /// period keep their order, for the last one counts.
    pub fn sort(&self, deliveries: &mut [PathBuf]) {
        let terms = self.terms();
        deliveries.sort_by_cached_key(|path| delivery::period_of(path, &terms).map(|p| p.start));
    }

    /// Checks a delivery and writes its findings and its note to `folder`; nothing is stored. `noting` is called between the two.
    ///
    /// # Errors
    /// As [`ingest::check`]; a note that cannot be written.
    pub async fn check(
        &self,
        path: &Path,
        notes: &Notes<'_>,
        known: &BTreeSet<KnownBus>,
        store: Option<&Store>,
        folder: &Path,
        noting: impl FnOnce(),
    ) -> Result<Ingested> {
        let one = ingest::check(path, &self.terms(), known, store, folder).await?;
        noting();
        notes.write(&one)?;
        Ok(one)
    }

    /// Checks a delivery and loads it. The note tells what became of it: it is written when that is settled, after `noting` is called.
    ///
    /// # Errors
    /// As [`Store::ingest`]; a note that cannot be written.
    pub async fn load(
        &self,
        path: &Path,
        notes: &Notes<'_>,
        store: &Store,
        noting: impl FnOnce(),
    ) -> Result<Ingested> {
        let one = store.ingest(path, &self.terms()).await?;
        noting();
        notes.write(&one)?;
        store.share(&one)?;
        Ok(one)
    }

    fn terms(&self) -> Terms<'_> {
        Terms {
            contract: &self.contract,
            communes: self.communes,
            today: self.today,
            tolerance: self.tolerance,
            overrides: &self.overrides,
        }
    }
}
