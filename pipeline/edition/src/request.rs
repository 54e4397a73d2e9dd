//! A document that is asked for: of which zone, of which year, in which form.

use std::path::PathBuf;

use chrono::{Datelike, NaiveDate};

use base::error::{Error, Result};
use base::zone::Level;
use report::content::NamedZone;

use super::evaluation::population::Population;

/// One document to make.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its zone.
    pub zone: NamedZone,
    /// Its year; the reference year of an evaluation.
    pub year: i32,
    /// Turn statistical secrecy off.
    pub unprotected: bool,
    /// Print nothing where a comment is missing.
    pub is_final: bool,
    /// Folder of the committees' comments: `<zone>/<year or evaluation>/<chapter>.md`.
    pub comments: Option<PathBuf>,
    /// For an evaluation: what it covers. None for a bilan or a fiche.
    pub evaluation: Option<Evaluated>,
}

/// What an evaluation covers.
#[derive(Debug, Clone)]
pub struct Evaluated {
    /// Its years, increasing.
    pub years: Vec<i32>,
    /// First and last of them.
    pub bounds: (i32, i32),
    /// Last day told about, when it falls before the end of the last year.
    pub partial: Option<NaiveDate>,
    /// What takes the place of all régions together as the reference of standardised shares.
    pub population: Option<Population>,
}

/// Kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The year of a région, a département or the nation.
    Bilan,
    /// The year of one bus.
    Fiche,
    /// Several years of a région or of the nation.
    Evaluation,
}

impl Kind {
    /// Its name in the manifest and in file names.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Bilan => "bilan",
            Kind::Fiche => "fiche",
            Kind::Evaluation => "evaluation",
        }
    }
}

impl Request {
    /// The same request, for an evaluation of its zone over `years`, given the `day` that the data end with. Its year
    /// becomes the last complete one, where there is one.
    ///
    /// # Errors
    /// A zone that is neither a région nor the nation, no year.
    pub fn of_years(
        self,
        years: Vec<i32>,
        population: Option<Population>,
        day: NaiveDate,
    ) -> Result<Self> {
        let (Some(&first), Some(&last)) = (years.first(), years.last()) else {
            return Err(
                Error::usage("aucune année à évaluer").hint("par exemple --annees 2024-2026")
            );
        };

        if !matches!(self.level(), Level::National | Level::Region) {
            return Err(Error::usage("l'évaluation porte sur une région ou sur la France")
                .hint("« medicobus bilan » fait le bilan d'un département ou d'un médicobus"));
        }

        let unfinished = last == day.year() && NaiveDate::from_ymd_opt(last, 12, 31) != Some(day);
        Ok(Self {
            year: last - i32::from(unfinished && last > first),
            evaluation: Some(Evaluated {
                years,
                bounds: (first, last),
                partial: unfinished.then_some(day),
                population,
            }),
            ..self
        })
    }

    /// Level of its zone.
    pub fn level(&self) -> Level {
        self.zone.level
    }

    /// Its kind: a `fiche` for a bus, a `bilan` for any other zone, or an evaluation.
    pub fn kind(&self) -> Kind {
        match (&self.evaluation, self.level()) {
            (Some(_), _) => Kind::Evaluation,
            (None, Level::Medicobus) => Kind::Fiche,
            (None, _) => Kind::Bilan,
        }
    }

    /// File name without extension: `bilan-28-2025`, `bilan-national-2025`, `fiche-28-NOR-01-2025`, `evaluation-28`. A
    /// département and a région may share a code, so a département is said.
    pub fn name(&self) -> String {
        let (kind, year, code) = (self.kind().as_str(), self.year, &self.zone.code);
        match (&self.evaluation, self.level()) {
            (Some(_), Level::National) => "evaluation-nationale".to_string(),
            (Some(_), _) => format!("evaluation-{code}"),
            (None, Level::National) => format!("{kind}-national-{year}"),
            (None, Level::Departement) => format!("{kind}-departement-{code}-{year}"),
            (None, _) => format!("{kind}-{code}-{year}"),
        }
    }

    /// Option of the command that names its zone: `--national`, `--region 28`.
    pub fn zone_option(&self) -> String {
        match self.level() {
            Level::National => "--national".to_string(),
            level => format!("--{} {}", level.name(), self.zone.code),
        }
    }
}
