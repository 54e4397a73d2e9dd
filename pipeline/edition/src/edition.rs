//! What the documents of one run share: the engine and its queries, the zones of the store, templates, settings, ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};

use base::error::{Error, Result};
use base::parameters::Parameters;
use base::table::Value;
use base::zone::{Level, ZoneTree};
use delivery::Period;
use disclosure::Decisions;
use geography::Communes;
use query::{Catalogue, Session};
use report::content::NamedZone;
use report::input::SourceDelivery;
use report::templates::Templates;

use super::config::Config;
use super::ledger::Ledger;
use super::manifest::{self, Input};
use super::request::Request;
use super::shared_answers::{Bus, SharedAnswers};
use super::state::{buses, deliveries, last_tour, latest_zoning, no_tour, zones};

/// Everything that the documents of one run share.
pub struct Edition<'a> {
    pub(super) session: &'a Session,
    pub(super) catalogue: &'a Catalogue,
    pub(super) communes: &'static Communes,
    pub(super) templates: Templates,
    /// Whether those templates are not the release's.
    pub(super) own_templates: bool,
    pub(super) config: Config,
    /// What speaks against publishing the documents of this run.
    pub(super) objections: Vec<String>,
    /// Where decisions of the gate are kept, if they are.
    pub(super) decisions: Option<Arc<dyn Decisions>>,
    pub(super) zones: ZoneTree,
    names: BTreeMap<String, String>,
    buses: Vec<Bus>,
    pub(super) shared: Option<Arc<SharedAnswers>>,
    pub(super) inputs: Vec<Input>,
    pub(super) deliveries: Vec<SourceDelivery>,
    pub(super) made_up: bool,
    /// The last day that the deliveries tell about, or the year of the latest zoning where nothing ran yet.
    pub(super) date: NaiveDate,
    /// Whether a tour was delivered: without one, only the territory of a project can be told.
    pub(super) toured: bool,
    pub(super) ledger: Ledger,
}

impl<'a> Edition<'a> {
    /// Reads what every document needs: zones, deliveries, date of the data.
    ///
    /// # Errors
    /// If the store or the templates cannot be read.
    pub async fn open(
        session: &'a Session,
        catalogue: &'a Catalogue,
        config: Config,
        templates: Option<&Path>,
        ledger: Ledger,
    ) -> Result<Self> {
        let (inputs, made_up) = manifest::inputs(session).await?;
        let (names, buses) = buses(session).await?;
        let communes = Communes::embedded()?;
        let templates = Templates::load(templates)?;
        let own_templates = templates.files() != Templates::load(None)?.files();

        let objections = config.secrecy.objections(catalogue.iter());
        let last_tour = last_tour(session).await?;
        let deliveries = deliveries(session).await?;
        let date = match last_tour {
            Some(day) => day,
            None => latest_zoning(session).await?.ok_or_else(|| no_tour(&deliveries))?,
        };

        Ok(Self {
            session,
            catalogue,
            communes,
            templates,
            own_templates,
            objections,
            decisions: None,
            config,
            zones: zones(session).await?,
            names,
            buses,
            shared: None,
            inputs,
            deliveries,
            made_up,
            date,
            toured: last_tour.is_some(),
            ledger,
        })
    }

    /// What speaks against publishing the documents of this run; nothing, of rules and queries that were reviewed.
    pub fn objections(&self) -> &[String] {
        &self.objections
    }

    /// The same run with the objections of a document that is made again, so that both carry the same marks.
    #[must_use]
    pub fn with_objections(mut self, objections: &[String]) -> Self {
        self.objections = objections.to_vec();
        self
    }

    /// The same run, which need not decide again what is kept in `decisions`.
    #[must_use]
    pub fn with_decisions(mut self, decisions: Option<Arc<dyn Decisions>>) -> Self {
        self.decisions = decisions;
        self
    }

    /// The templates.
    pub fn templates(&self) -> &Templates {
        &self.templates
    }

    /// Every bus of the store, by identifier.
    pub fn buses(&self) -> &[Bus] {
        &self.buses
    }

    /// The last day that the deliveries tell about: the date of the documents.
    pub fn date(&self) -> NaiveDate {
        self.date
    }

    /// From now on a query runs once for all zones, and each document takes its rows. Worth it for many documents.
    pub fn share(&mut self) {
        self.shared = SharedAnswers::new(self.communes, &self.buses).map(Arc::new);
    }

    /// The zone of that level and code, named.
    ///
    /// # Errors
    /// If the store knows no such zone.
    pub fn zone(&self, level: Level, code: &str) -> Result<NamedZone> {
        let (name, what) = match level {
            Level::National => return Ok(NamedZone::nation()),
            Level::Region => (self.communes.region_name(code), "code de région"),
            Level::Departement => (self.communes.departement_name(code), "code de département"),
            _ => (self.names.get(code).map(String::as_str), "médicobus"),
        };

        let name = name.ok_or_else(|| {
            Error::usage(format!("{what} inconnu dans le dépôt : {code}"))
                .hint("« medicobus sql \"SELECT id_medicobus, code_departement, code_region FROM medicobus\" » liste les zones")
        })?;

        let zone = match level {
            Level::Region => NamedZone::region(code, name),
            Level::Departement => NamedZone::departement(code, name),
            _ => {
                let lower = name.to_lowercase();
                let said = lower.starts_with("médicobus") || lower.starts_with("medicobus");
                match said {
                    true => NamedZone::new(Level::Medicobus, code, name, name),
                    false => NamedZone::medicobus(code, name),
                }
            }
        };
        let region = self.region_of(&zone).map(str::to_owned);
        Ok(zone.in_region(region.as_deref()))
    }

    /// The région that a zone lies in: itself, for a région; none for the nation.
    pub(super) fn region_of<'z>(&'z self, zone: &'z NamedZone) -> Option<&'z str> {
        let code = zone.code.as_str();
        match zone.level {
            Level::Region => Some(code),
            Level::Departement => {
                let mut communes = self.communes.iter();
                let commune = communes.find(|c| c.departement == code);
                commune.map(|c| c.region.as_str())
            }
            Level::Medicobus => {
                let bus = self.buses.iter().find(|b| b.id == code);
                bus.map(|b| b.region.as_str())
            }
            _ => None,
        }
    }

    /// Refuses a document of a zone and years that no delivery tells of: its pages would be blank, and look like a year without activity.
    pub(super) fn told_of(&self, request: &Request) -> Result<()> {
        let zone = &request.zone;
        // The territory of a project is described before anything is delivered.
        if zone.level == Level::Other {
            return Ok(());
        }
        let years = request.evaluation().map_or(vec![request.year], |of| of.years.clone());
        let region = self.region_of(zone);
        let own = self.deliveries.iter().filter(|d| region.is_none_or(|r| d.region == r));
        let periods: BTreeSet<&str> = own.map(|delivery| delivery.period.as_str()).collect();

        let tells = |period: &&str| {
            let period = Period::parse(period);
            period.is_ok_and(|p| years.iter().any(|year| p.overlaps_year(i64::from(*year))))
        };
        if !periods.iter().any(tells) {
            let years: Vec<String> = years.iter().map(i32::to_string).collect();
            let held: Vec<&str> = periods.into_iter().collect();
            let hint = match held.len() {
                0 => "chargez d'abord ses livraisons avec « medicobus charger »".to_owned(),
                _ => format!("périodes livrées : {}", held.join(", ")),
            };
            return Err(Error::usage(format!(
                "{} : aucune livraison ne parle de {}",
                zone.full_name,
                years.join(", ")
            ))
            .hint(hint));
        }

        let departement = zone.level == Level::Departement;
        if departement && !self.buses.iter().any(|bus| bus.departement == zone.code) {
            return Err(Error::usage(format!("aucun médicobus dans {}", zone.full_name))
                .hint("donnez un département où un médicobus circule, ou --region"));
        }
        Ok(())
    }

    /// Zones that frame the map, with or without a bus, by code: those just below, or for a département its région's.
    pub(super) fn parts(&self, zone: &NamedZone) -> BTreeMap<String, String> {
        let named =
            |code: &str, name: Option<&str>| (code.to_string(), name.unwrap_or(code).to_string());
        let communes = self.communes.iter();
        match zone.level {
            Level::National => communes
                .map(|c| named(&c.region, self.communes.region_name(&c.region)))
                .collect(),
            Level::Region | Level::Departement => {
                let region = self.region_of(zone).unwrap_or(&zone.code);
                communes
                    .filter(|c| c.region == region)
                    .map(|c| {
                        let name = self.communes.departement_name(&c.departement);
                        named(&c.departement, name)
                    })
                    .collect()
            }
            _ => BTreeMap::new(),
        }
    }

    /// The part of a zone where each bus is, by the bus's identifier: see [`Self::parts`].
    pub(super) fn buses_by_part(&self, zone: &NamedZone) -> BTreeMap<String, String> {
        let part = |bus: &Bus| match zone.level {
            Level::National => bus.region.clone(),
            _ => bus.departement.clone(),
        };
        self.buses.iter().map(|bus| (bus.id.clone(), part(bus))).collect()
    }

    /// Zones (régions, and `FR`) and the years that they have told about until December, year by year.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn complete_years(&self) -> Result<Vec<(String, i32)>> {
        let query = self.catalogue.get("annees_completes")?;
        let parameters = Parameters::bind(&query.definition, &BTreeMap::new())?;
        let table = self.session.run(query, &parameters).await?;

        let year_of = |row: &Vec<Value>| match row.as_slice() {
            [Value::Int(year), Value::Text(region), ..] => {
                Some((region.clone(), i32::try_from(*year).ok()?))
            }
            _ => None,
        };

        Ok(table.rows.iter().filter_map(year_of).collect())
    }

    /// Years that an evaluation of the zone covers when none is asked for: from its first complete year to the last one
    /// told about, complete or not.
    ///
    /// # Errors
    /// If the store cannot be read, or knows no complete year of the zone.
    pub async fn evaluated_years(&self, zone: &NamedZone) -> Result<Vec<i32>> {
        let complete = self.complete_years().await?.into_iter();
        let first = complete
            .filter(|(code, _)| zone.level == Level::National || *code == zone.code)
            .map(|(_, year)| year)
            .min()
            .ok_or_else(|| {
                Error::usage(format!("aucune année complète pour : {}", zone.full_name))
                    .hint("chargez d'abord les livraisons de la zone, ou donnez --annees 2024-2026")
            })?;

        Ok((first..=self.date.year().max(first)).collect())
    }
}
