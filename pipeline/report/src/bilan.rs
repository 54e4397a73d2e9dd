//! The annual bilan: from gated tables to a whole document.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use serde::Serialize;

use super::atelier::Atelier;
use super::chapitres;
use super::document::Document;
use super::gabarits::Gabarits;
use super::model::{Bilan, Image, Jour, PageProvenance, Zone};
use base::error::Result;
use base::french::{long_date, typography};
use charts::carte::{Maille, vignette};
use disclosure::{Annex, GatedTable};

/// Everything that a bilan is a function of.
#[derive(Debug, Clone)]
pub struct BilanInput<'a> {
    /// The zone.
    pub zone: &'a Zone,
    /// The year.
    pub annee: i32,
    /// Answers by key; see [`super::demandes::demandes`].
    pub tables: &'a BTreeMap<String, GatedTable>,
    /// Départements (régions, for the nation) by code that frame the map, those without a bus included: those of the
    /// zone; for a département, those of its région.
    pub parties: &'a BTreeMap<String, String>,
    /// The committee's Markdown by chapter.
    pub commentaires: &'a BTreeMap<String, String>,
    /// Thresholds of vigilance.
    pub seuils: &'a Seuils,
    /// Fewest patients that statistical secrecy lets show.
    pub seuil: u32,
    /// A final document prints nothing where a comment is missing.
    pub definitif: bool,
    /// Made-up data.
    pub fictives: bool,
    /// Who issues it; a default is made from the zone.
    pub emetteur: Option<&'a str>,
    /// File name and bytes of the issuer's logo.
    pub logo: Option<(&'a str, &'a [u8])>,
    /// Date of the store's state: the date of the document.
    pub date: NaiveDate,
    /// Where the numbers come from.
    pub provenance: &'a Provenance,
    /// What statistical secrecy hid; nothing when it was turned off.
    pub secret: Option<&'a Annex>,
    /// Templates.
    pub gabarits: &'a Gabarits,
}

impl BilanInput<'_> {
    /// Régions that told of something, name by code, for a document of the nation; for any other, none.
    pub(super) fn regions_livrees(&self) -> BTreeMap<&String, &String> {
        let codes: std::collections::BTreeSet<&String> = self
            .provenance
            .livraisons
            .iter()
            .map(|l| &l.region)
            .collect();
        let france = self.zone.niveau == "national";
        let livrees = self
            .parties
            .iter()
            .filter(|(code, _)| france && codes.contains(code));
        livrees.collect()
    }
}

/// Thresholds that turn a figure into a point of vigilance, in per cent. The cahier des charges sets the first two; it
/// asks for the others in words only (« marginale », « fixe », « les mêmes professionnels »), and the figures are ours.
#[derive(Debug, Clone, PartialEq, Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Seuils {
    /// Communes served that are rural, and in ZIP or ZAC; tours held in one that is both: at least.
    pub eligibles_min: f64,
    /// Unscheduled care that the SAS did not ask for, at most.
    pub non_programme_hors_sas_max: f64,
    /// Consultations of prevention, at most.
    pub prevention_max: f64,
    /// Tours held on the commune's fixed day, at least.
    pub jour_fixe_min: f64,
    /// Consultations of returning patients with their usual practitioner, at least.
    pub habituel_min: f64,
    /// Days out over days planned, at least.
    pub taux_sortie_min: f64,
    /// Slots honoured over slots offered, at least.
    pub remplissage_min: f64,
    /// Unknown values of a field, at most.
    pub inconnus_max: f64,
    /// Refused rows of the deliveries, at most.
    pub refus_max: f64,
}

impl Default for Seuils {
    fn default() -> Self {
        Self {
            eligibles_min: 100.0,
            non_programme_hors_sas_max: 0.0,
            prevention_max: 10.0,
            jour_fixe_min: 90.0,
            habituel_min: 75.0,
            taux_sortie_min: 80.0,
            remplissage_min: 70.0,
            inconnus_max: 25.0,
            refus_max: 2.0,
        }
    }
}

/// Where the numbers of a document come from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Provenance {
    /// Program and version.
    pub programme: String,
    /// Version of the store.
    pub version_depot: String,
    /// Date of that version, `2026-03-31`.
    pub date_depot: String,
    /// The command that makes the document again.
    pub commande: String,
    /// SHA-256 of the templates.
    pub gabarits: String,
    /// Queries run.
    pub requetes: Vec<RequeteLue>,
    /// Deliveries read.
    pub livraisons: Vec<LivraisonLue>,
}

/// A query of the provenance page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequeteLue {
    /// Name.
    pub nom: String,
    /// SHA-256 of its text.
    pub empreinte: String,
    /// `publiée`, `modifiée` or `ajoutée`.
    pub origine: String,
}

/// A delivery of the provenance page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LivraisonLue {
    /// Région.
    pub region: String,
    /// Period.
    pub periode: String,
    /// Producer.
    pub producteur: String,
    /// Rows read.
    pub lues: u64,
    /// Rows accepted.
    pub acceptees: u64,
    /// Rows refused.
    pub refusees: u64,
    /// SHA-256 of the delivery.
    pub empreinte: String,
}

/// Makes the annual bilan of a zone.
///
/// # Errors
/// `Usage` if a sentence template is wrong; `Access` if a chart or an attachment cannot be made.
pub fn bilan(input: &BilanInput<'_>) -> Result<Document> {
    let mut atelier = Atelier::new(input)?;
    let synthese = chapitres::synthese::construire(&mut atelier)?;
    let mut liste = Vec::new();
    for construire in chapitres::ORDRE {
        atelier.ouvrir();
        liste.extend(construire(&mut atelier)?);
    }
    let provenance = chapitres::provenance::construire(&mut atelier)?;
    let lecture = atelier.phrases("lecture.j2", ())?;
    let couverture = couverture(&mut atelier)?;
    let titre = format!("Bilan annuel {} des médicobus", input.annee);
    let donnees = entete(
        input,
        titre,
        format!("Bilan {} des médicobus · {}", input.annee, input.zone.nom),
    );
    let donnees = Bilan {
        synthese,
        chapitres: liste,
        provenance,
        lecture,
        couverture,
        ..donnees
    };
    Ok(Document::new("bilan.typ", donnees, atelier.charts, input))
}

/// Title, issuer, marks and date: what every document of a zone has in common.
pub(super) fn entete(input: &BilanInput<'_>, titre: String, titre_court: String) -> Bilan {
    let zone = input.zone;
    let emetteur = input
        .emetteur
        .map_or_else(|| emetteur_par_defaut(zone), str::to_string);
    let etat = format!(
        "État des données au {}, version {} du dépôt.",
        long_date(input.date),
        input.provenance.version_depot
    );
    let publiable = input.tables.values().all(GatedTable::publishable);
    let mut mentions = vec![etat];
    if publiable {
        mentions.push(format!(
            "Les effectifs de moins de {} patients sont masqués (n.c.).",
            input.seuil
        ));
    }
    let livrees = input.regions_livrees();
    if !livrees.is_empty() {
        mentions.push(format!(
            "Régions dont les données sont lues : {} ({} sur {}).",
            livrees
                .values()
                .map(|nom| nom.as_str())
                .collect::<Vec<_>>()
                .join(", "),
            livrees.len(),
            input.parties.len()
        ));
    }
    mentions.push(format!("Produit par {}.", input.provenance.programme));
    Bilan {
        collection: "Médicobus : aller vers les patients sans médecin traitant".into(),
        description: typography(&format!(
            "{titre}, {} : indicateurs, tableaux et méthode.",
            zone.complet
        )),
        titre: typography(&titre),
        sous_titre: typography(&match livrees.len() {
            n if n > 0 && n < input.parties.len() => {
                format!("{} : {n} régions sur {}", zone.nom, input.parties.len())
            }
            _ => zone.complet.clone(),
        }),
        titre_court: typography(&titre_court),
        emetteur: typography(&emetteur),
        logo: input.logo.map(|(nom, _)| format!("/{nom}")),
        zone: zone.clone(),
        annee: input.annee,
        date: Jour {
            annee: input.date.year(),
            mois: input.date.month(),
            jour: input.date.day(),
        },
        fictives: input.fictives,
        publiable,
        projet: publiable && !input.definitif,
        mentions: mentions.iter().map(|m| typography(m)).collect(),
        lecture: Vec::new(),
        couverture: None,
        synthese: super::model::Synthese::default(),
        chapitres: Vec::new(),
        provenance: PageProvenance::default(),
        pieces: Vec::new(),
    }
}

pub fn emetteur_par_defaut(zone: &Zone) -> String {
    match zone.niveau.as_str() {
        "national" => "Comité technique national des médicobus".into(),
        "region" => format!("Comité régional des médicobus, {}", zone.nom),
        "departement" => format!("Comité départemental des médicobus, {}", zone.nom),
        _ => zone.complet.clone(),
    }
}

/// The zone on the map of France.
pub(super) fn couverture(atelier: &mut Atelier<'_>) -> Result<Option<Image>> {
    let zone = atelier.input.zone;
    let (maille, codes) = match zone.niveau.as_str() {
        "national" => {
            let livrees = atelier.input.regions_livrees();
            (Maille::Region, livrees.into_keys().cloned().collect())
        }
        "region" => (Maille::Region, vec![zone.code.clone()]),
        "departement" => (Maille::Departement, vec![zone.code.clone()]),
        _ => return Ok(None),
    };
    let alt = typography(&format!(
        "Carte de France, outre-mer compris : {}.",
        zone.complet
    ));
    atelier.charts.push(charts::Chart {
        id: "couverture".into(),
        titre: String::new(),
        svg: Some(vignette(maille, &codes)?),
        alt: alt.clone(),
    });
    Ok(Some(Image {
        fichier: Some(super::atelier::chemin_du_graphique("couverture")),
        alt,
    }))
}
