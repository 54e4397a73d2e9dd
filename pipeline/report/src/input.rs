//! What a document is made from.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use serde::Serialize;

use super::content::{NamedZone, Node};
use super::templates::Templates;
use base::french::{long_date, since_january};
use base::zone::Level;
use disclosure::{Annex, GatedTable};

/// Comments that stand on the first page, which every document has.
pub const FIRST_PAGE: [&str; 4] = ["synthese", "decide", "demande", "suivra"];

/// Chapters of a bilan that take a comment, and what the committee decides, asks and follows.
pub const COMMENTED: [&str; 15] = [
    "synthese",
    "decide",
    "demande",
    "suivra",
    "deploiement",
    "activite",
    "publics",
    "medecin_traitant",
    "delais",
    "organisation",
    "conformite",
    "financement",
    "offre",
    "comparaison",
    "qualite",
];

/// Whether a year goes on after the last `day` that the data tell about. The last tour of a whole year is one of December, seldom of its
/// last day.
pub fn goes_on(year: i32, day: NaiveDate) -> bool {
    day.year() == year && day.month() < 12
}

/// Everything that a bilan is a function of.
#[derive(Debug, Clone)]
pub struct BilanInput<'a> {
    /// The zone.
    pub zone: &'a NamedZone,
    /// The year.
    pub year: i32,
    /// Answers by key; see [`super::requests::requests`].
    pub tables: &'a BTreeMap<String, GatedTable>,
    /// Départements (régions, for the nation) by code that frame the map, those without a bus included: those of the
    /// zone; for a département, those of its région.
    pub parts: &'a BTreeMap<String, String>,
    /// The committee's comments by chapter.
    pub comments: &'a BTreeMap<String, Vec<Node>>,
    /// Thresholds of vigilance.
    pub thresholds: &'a VigilanceThresholds,
    /// Fewest patients that statistical secrecy lets show.
    pub threshold: u32,
    /// A final document prints nothing where a comment is missing.
    pub is_final: bool,
    /// Made-up data.
    pub fictitious: bool,
    /// Who issues it; a default is made from the zone.
    pub issuer: Option<&'a str>,
    /// File name and bytes of the issuer's logo.
    pub logo: Option<(&'a str, &'a [u8])>,
    /// Date of the store's state: the date of the document.
    pub date: NaiveDate,
    /// Where the numbers come from.
    pub provenance: &'a Provenance,
    /// What statistical secrecy hid; nothing when it was turned off.
    pub secrecy: Option<&'a Annex>,
    /// Templates.
    pub templates: &'a Templates,
}

impl BilanInput<'_> {
    /// The last day told about, when the year goes on after it.
    pub(crate) fn unfinished(&self) -> Option<NaiveDate> {
        goes_on(self.year, self.date).then_some(self.date)
    }

    /// What of the year the data tell: `en 2025`, `de janvier à septembre 2026`.
    pub(crate) fn in_year(&self) -> String {
        self.unfinished().map_or_else(|| format!("en {}", self.year), since_january)
    }

    /// When the data end: `à la fin de l'année 2025`, `au 30 septembre 2026`.
    pub(crate) fn at_its_end(&self) -> String {
        let whole = || format!("à la fin de l'année {}", self.year);
        self.unfinished().map_or_else(whole, |day| format!("au {}", long_date(day)))
    }

    /// Régions that told of something, name by code, for a document of the nation; for any other, none.
    pub(crate) fn delivered_regions(&self) -> BTreeMap<&String, &String> {
        let codes = self.provenance.regions();
        let national = self.zone.level == Level::National;

        self.parts.iter().filter(|(code, _)| national && codes.contains(code)).collect()
    }
}

/// Thresholds that turn a figure into a point of vigilance, in per cent. The cahier des charges sets the first two; it
/// asks for the others in words only (« marginale », « fixe », « les mêmes professionnels »), and the figures are ours.
#[derive(Debug, Clone, PartialEq, Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VigilanceThresholds {
    /// Communes served that are rural, and in ZIP or ZAC; tours held in one that is both: at least.
    #[serde(rename = "eligibles_min")]
    pub eligible_min: f64,
    /// Unscheduled care that the SAS did not ask for, at most.
    #[serde(rename = "non_programme_hors_sas_max")]
    pub unscheduled_outside_sas_max: f64,
    /// Consultations of prevention, at most.
    pub prevention_max: f64,
    /// Tours held on the commune's fixed day, at least.
    #[serde(rename = "jour_fixe_min")]
    pub fixed_day_min: f64,
    /// Consultations of returning patients with their usual practitioner, at least.
    #[serde(rename = "habituel_min")]
    pub usual_practitioner_min: f64,
    /// Days out over days planned, at least.
    #[serde(rename = "taux_sortie_min")]
    pub outing_rate_min: f64,
    /// Slots honoured over slots offered, at least.
    #[serde(rename = "remplissage_min")]
    pub filling_min: f64,
    /// Unknown values of a field, at most.
    #[serde(rename = "inconnus_max")]
    pub unknown_max: f64,
    /// Refused rows of the deliveries, at most.
    #[serde(rename = "refus_max")]
    pub refused_max: f64,
}

impl Default for VigilanceThresholds {
    fn default() -> Self {
        Self {
            eligible_min: 100.0,
            unscheduled_outside_sas_max: 0.0,
            prevention_max: 10.0,
            fixed_day_min: 90.0,
            usual_practitioner_min: 75.0,
            outing_rate_min: 80.0,
            filling_min: 70.0,
            unknown_max: 25.0,
            refused_max: 2.0,
        }
    }
}

/// Where the numbers of a document come from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Provenance {
    /// Program and version.
    #[serde(rename = "programme")]
    pub program: String,
    /// Version of the store.
    #[serde(rename = "version_depot")]
    pub store_version: String,
    /// Date of that version, `2026-03-31`.
    #[serde(rename = "date_depot")]
    pub store_date: String,
    /// The command that makes the document again.
    #[serde(rename = "commande")]
    pub command: String,
    /// SHA-256 of the templates.
    #[serde(rename = "gabarits")]
    pub templates: String,
    /// Queries run that are not the release's.
    #[serde(rename = "requetes")]
    pub queries: Vec<SourceQuery>,
    /// Deliveries read.
    #[serde(rename = "livraisons")]
    pub deliveries: Vec<SourceDelivery>,
}

impl Provenance {
    /// Codes of the régions whose deliveries were read.
    pub fn regions(&self) -> BTreeSet<&String> {
        self.deliveries.iter().map(|delivery| &delivery.region).collect()
    }
}

/// A query of the provenance page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceQuery {
    /// Name.
    #[serde(rename = "nom")]
    pub name: String,
    /// SHA-256 of its text.
    #[serde(rename = "empreinte")]
    pub hash: String,
    /// `modifiée` or `ajoutée`.
    #[serde(rename = "origine")]
    pub origin: String,
}

/// A delivery of the provenance page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceDelivery {
    /// Région.
    pub region: String,
    /// Period.
    #[serde(rename = "periode")]
    pub period: String,
    /// Producer.
    #[serde(rename = "producteur")]
    pub producer: String,
    /// Rows read.
    #[serde(rename = "lues")]
    pub read: u64,
    /// Rows accepted.
    #[serde(rename = "acceptees")]
    pub accepted: u64,
    /// Rows refused.
    #[serde(rename = "refusees")]
    pub refused: u64,
    /// SHA-256 of the delivery.
    #[serde(rename = "empreinte")]
    pub hash: String,
}
