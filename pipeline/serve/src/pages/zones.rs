//! Zones and years, as forms and addresses name them.

use serde_json::{Value, json};

use base::error::{Error, Result};
use base::zone::Level;
use edition::opened::Opened;
use report::content::NamedZone;
use report::site::address;

use crate::answers::missing;
use crate::app::App;
use std::sync::Arc;

/// A zone as it was chosen: `national`, `region-28`, `departement-61`, `medicobus-ID`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChosenZone {
    pub(crate) level: Level,
    pub(crate) code: String,
}

impl ChosenZone {
    /// Reads it.
    ///
    /// # Errors
    /// What names no level.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let (level, code) = text.split_once('-').unwrap_or((text, "FR"));
        let level = Level::parse(level).ok_or_else(|| {
            Error::usage("aucune zone n'est choisie").hint("choisissez-la dans la liste")
        })?;
        Ok(Self { level, code: code.to_owned() })
    }

    /// As it is written in forms and addresses.
    pub(crate) fn text(&self) -> String {
        match self.level {
            Level::National => "national".to_owned(),
            level => format!("{}-{}", level.name(), self.code),
        }
    }

    /// The address of something of that zone and year.
    pub(crate) fn address(&self, page: &str, year: i32) -> String {
        format!("/{}", address(&[page, &self.text(), &year.to_string()]))
    }
}

/// The zones of the store by level, for a list to choose from: those of the levels that are wanted.
///
/// # Errors
/// If the store cannot be read.
pub(crate) async fn choices(opened: &Opened, wanted: impl Fn(Level) -> bool) -> Result<Value> {
    let zones = opened.zones().await?;
    let of = |level: Level| {
        let zones = zones.iter().filter(move |zone| zone.level == level);
        let one = |zone: &NamedZone| {
            let chosen = ChosenZone {
                level: zone.level,
                code: zone.code.clone(),
            };
            let name = match level {
                Level::Medicobus => format!("{} ({})", zone.name, zone.code),
                _ => zone.full_name.clone(),
            };
            json!({ "valeur": chosen.text(), "nom": name })
        };
        zones.map(one).collect::<Vec<_>>()
    };
    let groups = [
        ("France", Level::National),
        ("Régions", Level::Region),
        ("Départements", Level::Departement),
        ("Médicobus", Level::Medicobus),
    ];
    let groups = groups.into_iter().filter(|(_, level)| wanted(*level));
    let groups: Vec<Value> =
        groups.map(|(name, level)| json!({ "nom": name, "zones": of(level) })).collect();
    // The latest year is what one asks for.
    let years: Vec<i32> = opened.years().await?.into_iter().rev().collect();
    Ok(json!({ "groupes": groups, "annees": years }))
}

/// A year, as a form or an address says it.
///
/// # Errors
/// What is none.
pub(crate) fn year(text: &str) -> Result<i32> {
    let year = text.parse().ok().filter(|year| (2000..=2200).contains(year));
    year.ok_or_else(|| {
        Error::usage("aucune année n'est choisie").hint("choisissez-la dans la liste")
    })
}

impl App {
    /// The latest state of the store, which must be there.
    ///
    /// # Errors
    /// No store yet, or one that cannot be read.
    pub(crate) async fn must_open(&self) -> Result<Arc<Opened>> {
        let opened = self.opened().await?;
        opened.ok_or_else(|| {
            missing("le dépôt n'existe pas encore", "déposez et chargez une première livraison")
        })
    }
}
