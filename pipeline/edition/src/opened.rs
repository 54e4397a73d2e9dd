//! A state of the store opened for reading, with the engine over it and the catalogue of its queries.

use std::collections::BTreeSet;
use std::path::Path;

use chrono::Datelike;

use base::error::Result;
use contract::Contract;
use delivery::Period;
use geography::Communes;
use query::session::Engine;
use query::{Catalogue, Session};
use report::content::NamedZone;
use store::{At, Snapshot, Store};

use super::ledger::Ledger;
use super::manifest;
use super::shared_answers::Bus;
use super::state::{buses, deliveries};

/// A store opened for reading.
pub struct Opened {
    /// The store.
    pub store: Store,
    /// The state that is read.
    pub snapshot: Snapshot,
    /// The engine over it.
    pub session: Session,
    /// The queries.
    pub catalogue: Catalogue,
}

impl Opened {
    /// Opens the store at `location` in the state asked for; a folder of queries may replace or complete the release's.
    ///
    /// # Errors
    /// If the store, the engine or the catalogue cannot be opened.
    pub async fn at(
        location: &str,
        at: At,
        engine: Engine,
        queries: Option<&Path>,
    ) -> Result<Self> {
        let contract = Contract::embedded()?;
        let store = Store::open(location, &contract).await?;
        let snapshot = store.snapshot(at).await?;
        let catalogue = Catalogue::load(queries)?;
        let session = Session::open(&snapshot, engine, catalogue.views()).await?;
        Ok(Self { store, snapshot, session, catalogue })
    }

    /// The zones that a document or a query can be about: the nation, then the régions, the départements and the buses of the store.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn zones(&self) -> Result<Vec<NamedZone>> {
        let (names, buses) = buses(&self.session).await?;
        let communes = Communes::embedded()?;
        let codes = |code: fn(&Bus) -> &str| buses.iter().map(code).collect::<BTreeSet<_>>();

        let regions = codes(|bus| &bus.region).into_iter();
        let regions =
            regions.filter_map(|code| Some(NamedZone::region(code, communes.region_name(code)?)));
        let departements = codes(|bus| &bus.departement).into_iter();
        let departements = departements.filter_map(|code| {
            Some(NamedZone::departement(code, communes.departement_name(code)?))
        });
        let buses = names.iter().map(|(id, name)| NamedZone::medicobus(id, name));

        Ok([NamedZone::nation()]
            .into_iter()
            .chain(regions)
            .chain(departements)
            .chain(buses)
            .collect())
    }

    /// The years that its deliveries tell about.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn years(&self) -> Result<BTreeSet<i32>> {
        let told = deliveries(&self.session).await?;
        let periods = told.iter().filter_map(|one| Period::parse(&one.period).ok());
        Ok(periods.flat_map(|period| period.start.year()..=period.end.year()).collect())
    }

    /// Whether the data are made up.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn made_up(&self) -> Result<bool> {
        Ok(manifest::inputs(&self.session).await?.1)
    }

    /// What was published before that state.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn ledger(&self) -> Result<Ledger> {
        Ledger::read(&self.store, &self.snapshot).await
    }
}
