//! The annual bilan: from gated tables to a whole document.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use serde::Serialize;

use super::builder::Builder;
use super::chapters;
use super::content::{Bilan, Day, Image, NamedZone, ProvenancePage};
use super::document::Document;
use super::templates::Templates;
use base::error::Result;
use base::french::{long_date, typography};
use base::zone::Level;
use charts::map::{MapLevel, thumbnail};
use disclosure::{Annex, GatedTable};

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
    /// The committee's Markdown by chapter.
    pub comments: &'a BTreeMap<String, String>,
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
    /// Régions that told of something, name by code, for a document of the nation; for any other, none.
    pub(super) fn delivered_regions(&self) -> BTreeMap<&String, &String> {
        let codes: std::collections::BTreeSet<&String> =
            self.provenance.deliveries.iter().map(|l| &l.region).collect();
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
    /// Queries run.
    #[serde(rename = "requetes")]
    pub queries: Vec<SourceQuery>,
    /// Deliveries read.
    #[serde(rename = "livraisons")]
    pub deliveries: Vec<SourceDelivery>,
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
    /// `publiée`, `modifiée` or `ajoutée`.
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

/// Makes the annual bilan of a zone.
///
/// # Errors
/// `Usage` if a sentence template is wrong; `Access` if a chart or an attachment cannot be made.
pub fn bilan(input: &BilanInput<'_>) -> Result<Document> {
    let mut builder = Builder::new(input)?;
    let summary = chapters::summary::build(&mut builder)?;

    let mut chapters = Vec::new();
    for build in chapters::ORDER {
        builder.open_chapter();
        chapters.extend(build(&mut builder)?);
    }

    let provenance = chapters::provenance::build(&mut builder)?;
    let reading_guide = builder.sentences("lecture.j2", ())?;
    let cover = cover(&mut builder)?;

    let title = format!("Bilan annuel {} des médicobus", input.year);
    let short_title = format!("Bilan {} des médicobus · {}", input.year, input.zone.name);
    let content = Bilan {
        summary,
        chapters,
        provenance,
        reading_guide,
        cover,
        ..front_matter(input, title, short_title)
    };

    Ok(Document::new("bilan.typ", content, builder.charts, input))
}

/// Title, issuer, marks and date: what every document of a zone has in common.
pub(super) fn front_matter(input: &BilanInput<'_>, title: String, short_title: String) -> Bilan {
    let zone = input.zone;
    let issuer = input.issuer.map_or_else(|| default_issuer(zone), str::to_string);
    let publishable = input.tables.values().all(GatedTable::publishable);
    let (delivered, regions) = (input.delivered_regions().len(), input.parts.len());
    let subtitle = match delivered {
        n if n > 0 && n < regions => format!("{} : {n} régions sur {regions}", zone.name),
        _ => zone.full_name.clone(),
    };

    Bilan {
        collection: "Médicobus : aller vers les patients sans médecin traitant".into(),
        description: typography(&format!(
            "{title}, {} : indicateurs, tableaux et méthode.",
            zone.full_name
        )),
        title: typography(&title),
        subtitle: typography(&subtitle),
        short_title: typography(&short_title),
        issuer: typography(&issuer),
        logo: input.logo.map(|(name, _)| format!("/{name}")),
        zone: zone.clone(),
        year: input.year,
        date: Day {
            year: input.date.year(),
            month: input.date.month(),
            day: input.date.day(),
        },
        fictitious: input.fictitious,
        publishable,
        draft: publishable && !input.is_final,
        mentions: mentions(input, publishable),
        reading_guide: Vec::new(),
        cover: None,
        summary: super::content::SummaryPage::default(),
        chapters: Vec::new(),
        provenance: ProvenancePage::default(),
        attachments: Vec::new(),
    }
}

/// The small lines at the foot of the cover: state of the data, secrecy, régions that delivered, program.
fn mentions(input: &BilanInput<'_>, publishable: bool) -> Vec<String> {
    let mut mentions = vec![format!(
        "État des données au {}, version {} du dépôt.",
        long_date(input.date),
        input.provenance.store_version
    )];

    if publishable {
        mentions.push(format!(
            "Les effectifs de moins de {} patients sont masqués (n.c.).",
            input.threshold
        ));
    }

    let delivered = input.delivered_regions();
    if !delivered.is_empty() {
        let names: Vec<&str> = delivered.values().map(|name| name.as_str()).collect();
        mentions.push(format!(
            "Régions dont les données sont lues : {} ({} sur {}).",
            names.join(", "),
            delivered.len(),
            input.parts.len()
        ));
    }

    mentions.push(format!("Produit par {}.", input.provenance.program));
    mentions.iter().map(|m| typography(m)).collect()
}

/// Who issues a document when nobody is named: the committee of the zone.
pub fn default_issuer(zone: &NamedZone) -> String {
    match zone.level {
        Level::National => "Comité technique national des médicobus".into(),
        Level::Region => format!("Comité régional des médicobus, {}", zone.name),
        Level::Departement => format!("Comité départemental des médicobus, {}", zone.name),
        _ => zone.full_name.clone(),
    }
}

/// The zone on the map of France.
pub(super) fn cover(builder: &mut Builder<'_>) -> Result<Option<Image>> {
    let zone = builder.input.zone;
    let (level, codes) = match zone.level {
        Level::National => {
            let delivered = builder.input.delivered_regions();
            (MapLevel::Region, delivered.into_keys().cloned().collect())
        }
        Level::Region => (MapLevel::Region, vec![zone.code.clone()]),
        Level::Departement => (MapLevel::Departement, vec![zone.code.clone()]),
        _ => return Ok(None),
    };

    let alt = typography(&format!("Carte de France, outre-mer compris : {}.", zone.full_name));
    builder.charts.push(charts::Chart {
        id: "couverture".into(),
        title: String::new(),
        svg: Some(thumbnail(level, &codes)?),
        alt: alt.clone(),
    });

    Ok(Some(Image {
        file: Some(super::builder::chart_path("couverture")),
        alt,
    }))
}
