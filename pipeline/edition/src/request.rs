//! A document that is asked for: of which zone, of which year, in which form.

use std::path::PathBuf;

use chrono::NaiveDate;

use base::error::{Error, Result};
use base::zone::Level;
use report::content::NamedZone;
use report::input::goes_on;

use super::evaluation::analysis_plan::FollowedPlan;
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
    /// What it is about.
    pub subject: Subject,
}

/// What a document of a zone and year is about.
#[derive(Debug, Clone)]
pub enum Subject {
    /// The year: a bilan, or the fiche of a bus.
    Year,
    /// The year on one page for the public: the conseil territorial de santé.
    CtsNote,
    /// The territory of a project before its bus opens: these communes, or those of the bus's itinerary where none is given.
    Territory(Vec<String>),
    /// Several years.
    Evaluation(Box<Evaluated>),
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
    /// The analysis plan that it follows.
    pub plan: Option<FollowedPlan>,
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
    /// The year on one page, for the conseil territorial de santé.
    CtsNote,
    /// The territory of a project before its bus opens.
    Territory,
}

impl Kind {
    /// Its name in the manifest and in file names.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Bilan => "bilan",
            Kind::Fiche => "fiche",
            Kind::Evaluation => "evaluation",
            Kind::CtsNote => "note-cts",
            Kind::Territory => "etat-des-lieux",
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
        plan: Option<FollowedPlan>,
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

        let unfinished = goes_on(last, day);
        Ok(Self {
            year: last - i32::from(unfinished && last > first),
            subject: Subject::Evaluation(Box::new(Evaluated {
                years,
                bounds: (first, last),
                partial: unfinished.then_some(day),
                population,
                plan,
            })),
            ..self
        })
    }

    /// What it covers, if it is an evaluation.
    pub fn evaluation(&self) -> Option<&Evaluated> {
        match &self.subject {
            Subject::Evaluation(of) => Some(of),
            _ => None,
        }
    }

    /// The communes given for a project's territory; none for any other document.
    pub fn communes(&self) -> &[String] {
        match &self.subject {
            Subject::Territory(communes) => communes,
            _ => &[],
        }
    }

    /// Level of its zone.
    pub fn level(&self) -> Level {
        self.zone.level
    }

    /// Its kind: a `fiche` for a bus, a `bilan` for any other zone, or an evaluation.
    pub fn kind(&self) -> Kind {
        match (&self.subject, self.level()) {
            (Subject::Evaluation(_), _) => Kind::Evaluation,
            (Subject::CtsNote, _) => Kind::CtsNote,
            (Subject::Territory(_), _) => Kind::Territory,
            (Subject::Year, Level::Medicobus) => Kind::Fiche,
            (Subject::Year, _) => Kind::Bilan,
        }
    }

    /// File name without extension: `bilan-28-2025`, `bilan-national-2025`, `fiche-28-NOR-01-2025`, `evaluation-28`. A
    /// département and a région may share a code, so a département is said.
    pub fn name(&self) -> String {
        let (kind, year, code) = (self.kind().as_str(), self.year, &self.zone.code);
        match (&self.subject, self.level()) {
            (Subject::Evaluation(_), Level::National) => "evaluation-nationale".to_string(),
            (Subject::Evaluation(_), _) => format!("evaluation-{code}"),
            (_, Level::National) => format!("{kind}-national-{year}"),
            (_, Level::Departement) => format!("{kind}-departement-{code}-{year}"),
            _ => format!("{kind}-{code}-{year}"),
        }
    }

    /// What the store's history calls it: `bilan region 28 2025`, `evaluation 28`.
    pub fn title(&self) -> String {
        let (kind, code) = (self.kind(), &self.zone.code);
        match kind {
            Kind::Evaluation => format!("evaluation {code}"),
            Kind::Bilan | Kind::Fiche => {
                format!("bilan {} {code} {}", self.level().name(), self.year)
            }
            _ => format!("{} {} {code} {}", kind.as_str(), self.level().name(), self.year),
        }
    }

    /// Option of the command that names its zone: `--national`, `--region 28`, `--nom "Perche" --communes 61006,61038`.
    pub fn zone_option(&self) -> String {
        match self.level() {
            Level::National => "--national".to_string(),
            Level::Other => {
                format!("--nom \"{}\" --communes {}", self.zone.name, self.communes().join(","))
            }
            level => format!("--{} {}", level.name(), self.zone.code),
        }
    }
}
