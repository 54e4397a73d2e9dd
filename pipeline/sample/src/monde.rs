//! The world of the sample: projects, their itineraries, and the territories that are followed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use super::Params;
use super::hasard::Hasard;
use super::verite::{Truth, trimestre};
use base::error::{Context, Error, Result};
use geography::{Commune, Communes};

const PROJETS: &str = include_str!("projets.toml");
const TERRITOIRES: &str = include_str!("territoires.csv");

/// A stop of a weekly itinerary: one half day.
#[derive(Debug, Clone)]
pub struct Arret {
    /// INSEE code of the commune.
    pub code_commune: String,
    /// Day of the week, 0 = Monday.
    pub jour: u32,
    /// Morning (9:00 to 12:30) or afternoon (13:30 to 17:00).
    pub matin: bool,
    /// First day of service at this stop.
    pub debut: NaiveDate,
}

/// A bus: its identity, its dates and what its activity looks like.
#[derive(Debug, Clone)]
pub struct Projet {
    /// Identifier, unique in France.
    pub id: String,
    /// Name.
    pub nom: String,
    /// INSEE code of the région.
    pub region: String,
    /// INSEE code of the département.
    pub departement: String,
    /// One of the words of `porteur_type`.
    pub porteur_type: String,
    /// Name of the bearer.
    pub porteur: String,
    /// `1`, `2` or `hors_aap`.
    pub vague: String,
    /// Day of labelling, unless it began outside the call for projects.
    pub labellisation: Option<NaiveDate>,
    /// First day of service; none for a project to come.
    pub mise_en_service: Option<NaiveDate>,
    /// Last day of service of an ended project.
    pub fin: Option<NaiveDate>,
    /// Slots of a half day.
    pub creneaux: i64,
    /// Share of them booked once the bus is known.
    pub remplissage: f64,
    /// Number of practitioners who take turns.
    pub praticiens: usize,
    /// Share of teleconsultations.
    pub teleconsultation: f64,
    /// Other disciplines than general practice, with their shares.
    pub disciplines: Vec<(&'static str, f64)>,
    /// The weekly itinerary.
    pub arrets: Vec<Arret>,
}

impl Projet {
    /// Tenths of days per week: two half days make one.
    pub fn dixiemes_de_jour(&self) -> i64 {
        self.arrets.len() as i64 * 5
    }
}

/// A territory of the panel: a commune, served or not.
#[derive(Debug, Clone)]
pub struct Territoire {
    /// INSEE code of the commune.
    pub code: String,
    /// INSEE code of its région.
    pub region: String,
    /// INSEE code of its département.
    pub departement: String,
    /// Inhabitants.
    pub population: i64,
    /// Quarter of the first tour there ([`trimestre`]), none if no bus comes.
    pub cohorte: Option<i64>,
    /// For a territory not served, the quarter of the first tour in its EPCI, which spills over.
    pub voisin_depuis: Option<i64>,
    /// INSEE density level, 1 to 7; unknown outside the communes named by the sample.
    pub densite7: Option<i64>,
    /// `ZIP`, `ZAC`, `HZ` or `ZAR`, indicative; unknown outside the communes named by the sample.
    pub zonage_mg: Option<String>,
    /// APL to GPs in 2018, in hundredths of consultations per inhabitant and year.
    pub apl_centiemes: Option<i64>,
}

/// Everything that the rows are drawn from.
#[derive(Debug, Clone)]
pub struct World {
    /// What was asked.
    pub params: Params,
    /// The known truth.
    pub verite: Truth,
    /// The projects, by région then in the order of the sample.
    pub projets: Vec<Projet>,
    /// The territories followed, by code.
    pub territoires: Vec<Territoire>,
}

#[derive(Deserialize)]
struct Fichier {
    projet: Vec<Fiche>,
}

#[derive(Deserialize)]
struct Fiche {
    id: String,
    nom: String,
    departement: String,
    porteur_type: String,
    porteur: String,
    vague: String,
    labellisation: Option<toml::value::Datetime>,
    mise_en_service: Option<toml::value::Datetime>,
    fin: Option<toml::value::Datetime>,
    #[serde(default)]
    creneaux: i64,
    #[serde(default)]
    remplissage: f64,
    #[serde(default)]
    praticiens: usize,
    #[serde(default)]
    teleconsultation: f64,
    #[serde(default)]
    gynecologie: f64,
    #[serde(default)]
    cardiologie: f64,
    #[serde(default)]
    ophtalmologie: f64,
    #[serde(default)]
    odontologie: f64,
    arret_ajoute: Option<ArretAjoute>,
}

#[derive(Deserialize)]
struct ArretAjoute {
    code_commune: String,
    date: toml::value::Datetime,
}

#[derive(Deserialize)]
struct LieuConnu {
    code_commune: String,
    id_medicobus: String,
    densite7: Option<i64>,
    zonage_mg: Option<String>,
    apl_mg_2018: Option<f64>,
}

/// Builds the world: the named projects of the regions asked, then invented ones up to the scale asked.
///
/// # Errors
/// An unknown région, or a région without communes fit for a bus.
pub fn generate(params: &Params) -> Result<World> {
    let communes = Communes::embedded()?;
    for region in &params.regions {
        if communes.region_name(region).is_none() {
            return Err(Error::usage(format!("région inconnue : « {region} »"))
                .hint("donner des codes INSEE de région, par exemple --regions 28,84"));
        }
    }
    let lieux = lieux_connus()?;
    let mut projets = projets_nommes(params, &communes, &lieux)?;
    let mut pris: BTreeSet<String> = lieux.iter().map(|l| l.code_commune.clone()).collect();
    let mut temoins: Vec<String> = lieux.iter().map(|l| l.code_commune.clone()).collect();
    for region in &params.regions {
        let nommes = projets.iter().filter(|p| &p.region == region).count();
        let voulus = nommes.max(if nommes == 0 { 4 } else { 0 }) * params.echelle.max(1) as usize;
        let (inventes, autour) =
            projets_inventes(params, region, voulus - nommes, &communes, &mut pris)?;
        projets.extend(inventes);
        temoins.extend(autour);
    }
    projets.sort_by(|a, b| a.region.cmp(&b.region));
    let territoires = territoires(params, &projets, &temoins, &lieux, &communes);
    Ok(World {
        params: params.clone(),
        verite: Truth::default(),
        projets,
        territoires,
    })
}

fn lieux_connus() -> Result<Vec<LieuConnu>> {
    csv::Reader::from_reader(TERRITOIRES.as_bytes())
        .deserialize()
        .collect::<std::result::Result<_, _>>()
        .access(|| "la liste des territoires de l'exemple est illisible".into())
}

fn date(valeur: Option<&toml::value::Datetime>) -> Option<NaiveDate> {
    valeur.and_then(|d| d.to_string().parse().ok())
}

fn projets_nommes(
    params: &Params,
    communes: &Communes,
    lieux: &[LieuConnu],
) -> Result<Vec<Projet>> {
    let fichier: Fichier = toml::from_str(PROJETS)
        .access(|| "la liste des projets de l'exemple est illisible".into())?;
    let mut projets = Vec::new();
    for fiche in fichier.projet {
        let region = fiche.id.split('-').next().unwrap_or_default().to_owned();
        if !params.regions.contains(&region) {
            continue;
        }
        let mise_en_service = date(fiche.mise_en_service.as_ref());
        let debut = mise_en_service.unwrap_or_default();
        let ajout = fiche.arret_ajoute;
        let codes = lieux
            .iter()
            .filter(|l| l.id_medicobus == fiche.id && communes.exists(&l.code_commune));
        let mut arrets: Vec<Arret> = itineraire(codes.map(|l| l.code_commune.clone()), debut);
        for arret in &mut arrets {
            if let Some(ajout) = ajout
                .as_ref()
                .filter(|a| a.code_commune == arret.code_commune)
            {
                arret.debut = date(Some(&ajout.date)).unwrap_or(debut);
            }
        }
        projets.push(Projet {
            region,
            id: fiche.id,
            nom: fiche.nom,
            departement: fiche.departement,
            porteur_type: fiche.porteur_type,
            porteur: fiche.porteur,
            vague: fiche.vague,
            labellisation: date(fiche.labellisation.as_ref()),
            mise_en_service,
            fin: date(fiche.fin.as_ref()),
            creneaux: fiche.creneaux,
            remplissage: fiche.remplissage,
            praticiens: fiche.praticiens,
            teleconsultation: fiche.teleconsultation,
            disciplines: [
                ("gynecologie", fiche.gynecologie),
                ("cardiologie", fiche.cardiologie),
                ("ophtalmologie", fiche.ophtalmologie),
                ("odontologie", fiche.odontologie),
            ]
            .into_iter()
            .filter(|(_, part)| *part > 0.0)
            .collect(),
            arrets,
        });
    }
    Ok(projets)
}

/// Two stops a day, from Monday morning on; beyond ten stops the week begins again.
fn itineraire(codes: impl Iterator<Item = String>, debut: NaiveDate) -> Vec<Arret> {
    codes
        .enumerate()
        .map(|(rang, code_commune)| Arret {
            code_commune,
            jour: (rang as u32 / 2) % 5,
            matin: rang % 2 == 0,
            debut,
        })
        .collect()
}

/// Stops of an invented bus.
const ARRETS: usize = 6;

/// Invented buses of six stops, and as many communes without a bus, for a région at scale. Départements take turns; in each,
/// communes follow one another by EPCI, so that the stops of a bus are near; where they run out, they serve again.
fn projets_inventes(
    params: &Params,
    region: &str,
    nombre: usize,
    communes: &Communes,
    pris: &mut BTreeSet<String>,
) -> Result<(Vec<Projet>, Vec<String>)> {
    if nombre == 0 {
        return Ok((Vec::new(), Vec::new()));
    }
    let libres = communes_a_desservir(region, communes, pris);
    if libres.is_empty() {
        return Err(Error::usage(format!(
            "trop peu de communes en région {region} pour cette échelle"
        ))
        .hint("diminuer --echelle ou choisir d'autres régions"));
    }
    let mut hasard = Hasard::new(params.graine, &format!("inventes {region}"));
    let mut projets = Vec::with_capacity(nombre);
    let mut temoins = BTreeSet::new();
    for rang in 1..=nombre {
        let ici = &libres[(rang - 1) % libres.len()];
        let tour = (rang - 1) / libres.len();
        // Half of the list for the buses, the other half for territories that none serves.
        let largeur = ici.len().min(2 * ARRETS);
        let depart = (tour * largeur) % (ici.len() - largeur + 1);
        let (desservies, autour) = ici[depart..depart + largeur].split_at(ARRETS);
        let arrets: Vec<&Commune> = desservies.to_vec();
        temoins.extend(autour.iter().map(|c| c.code.clone()));
        let departement = arrets[0].departement.clone();
        let mois = hasard.indice(24) as u32;
        let debut = super::hasard::jour(
            2024 + (mois / 12) as i32,
            1 + mois % 12,
            1 + hasard.indice(20) as u32,
        );
        let vague = if hasard.oui(0.4) { "1" } else { "2" };
        projets.push(Projet {
            id: format!("{region}-{departement}-FICTIF-{rang:05}"),
            nom: format!("Projet fictif {departement}-{rang}"),
            region: region.to_owned(),
            departement,
            porteur_type: ["cpts", "centre_de_sante", "msp", "collectivite"][hasard.indice(4)]
                .to_owned(),
            porteur: "Porteur fictif".to_owned(),
            vague: vague.to_owned(),
            labellisation: Some(
                super::hasard::jour(2024, if vague == "1" { 1 } else { 6 }, 20).min(debut),
            ),
            mise_en_service: Some(debut),
            fin: None,
            creneaux: 9 + hasard.indice(5) as i64,
            remplissage: hasard.entre(0.65, 0.9),
            praticiens: 1 + hasard.indice(5),
            teleconsultation: if hasard.oui(0.3) { 0.12 } else { 0.0 },
            disciplines: Vec::new(),
            arrets: itineraire(arrets.iter().map(|c| c.code.clone()), debut),
        });
    }
    for projet in &projets {
        pris.extend(projet.arrets.iter().map(|a| a.code_commune.clone()));
    }
    Ok((projets, temoins.into_iter().collect()))
}

/// Communes of 250 to 3,500 inhabitants by département, those of an EPCI together. A département with too few of them for one
/// bus, as overseas, gives its smallest ones whatever their size; one that has too few communes at all is left out.
fn communes_a_desservir<'c>(
    region: &str,
    communes: &'c Communes,
    pris: &BTreeSet<String>,
) -> Vec<Vec<&'c Commune>> {
    let mut par_departement: BTreeMap<&str, Vec<&Commune>> = BTreeMap::new();
    for commune in communes.iter() {
        if commune.region == region && commune.population.is_some() && !pris.contains(&commune.code)
        {
            let ici = par_departement.entry(&commune.departement).or_default();
            ici.push(commune);
        }
    }
    let rurale = |c: &&Commune| c.population.is_some_and(|p| (250..=3500).contains(&p));
    let mut listes: Vec<Vec<&Commune>> = par_departement
        .into_values()
        .map(|mut ici| {
            if ici.iter().filter(|c| rurale(c)).count() >= 2 * ARRETS {
                ici.retain(rurale);
            } else {
                ici.sort_by_key(|c| (c.population, &c.code));
                ici.truncate(2 * ARRETS);
            }
            ici.sort_by_key(|c| (&c.siren_epci, &c.code));
            ici
        })
        .collect();
    listes.retain(|ici| ici.len() >= ARRETS);
    listes
}

fn territoires(
    params: &Params,
    projets: &[Projet],
    temoins: &[String],
    lieux: &[LieuConnu],
    communes: &Communes,
) -> Vec<Territoire> {
    let mut cohortes: BTreeMap<&str, i64> = BTreeMap::new();
    for projet in projets.iter().filter(|p| p.mise_en_service.is_some()) {
        for arret in &projet.arrets {
            let debut = trimestre(arret.debut);
            let cohorte = cohortes.entry(&arret.code_commune).or_insert(debut);
            *cohorte = debut.min(*cohorte);
        }
    }
    let epci = |code: &str| communes.get(code).and_then(|c| c.siren_epci.as_deref());
    let mut premiers: BTreeMap<&str, i64> = BTreeMap::new();
    for (code, debut) in &cohortes {
        if let Some(epci) = epci(code) {
            let premier = premiers.entry(epci).or_insert(*debut);
            *premier = (*debut).min(*premier);
        }
    }
    let connus: BTreeMap<&str, &LieuConnu> =
        lieux.iter().map(|l| (l.code_commune.as_str(), l)).collect();
    let codes: BTreeSet<&str> = cohortes
        .keys()
        .copied()
        .chain(temoins.iter().map(String::as_str))
        .collect();
    codes
        .into_iter()
        .filter_map(|code| communes.get(code))
        .filter(|commune| params.regions.contains(&commune.region))
        .map(|commune| {
            let code = commune.code.as_str();
            let cohorte = cohortes.get(code).copied();
            let connu = connus.get(code);
            Territoire {
                code: code.to_owned(),
                region: commune.region.clone(),
                departement: commune.departement.clone(),
                population: commune.population.unwrap_or_default(),
                cohorte,
                voisin_depuis: if cohorte.is_some() {
                    None
                } else {
                    epci(code).and_then(|e| premiers.get(e).copied())
                },
                densite7: connu.and_then(|l| l.densite7),
                zonage_mg: connu.and_then(|l| l.zonage_mg.clone()),
                apl_centiemes: connu
                    .and_then(|l| l.apl_mg_2018)
                    .map(|apl| (apl * 100.0).round() as i64),
            }
        })
        .collect()
}

impl World {
    /// Projects known at the end of a year: labelled, in service or ended by then.
    pub fn projets_connus(&self, region: &str, fin: NaiveDate) -> Vec<&Projet> {
        let connu = |p: &&Projet| {
            p.region == region
                && [p.labellisation, p.mise_en_service]
                    .iter()
                    .flatten()
                    .any(|date| *date <= fin)
        };
        self.projets.iter().filter(connu).collect()
    }

    /// Last day that the sample tells about in a year.
    pub fn fin_annee(&self, annee: i32) -> NaiveDate {
        if annee >= self.params.jusqu_au.year() {
            self.params.jusqu_au
        } else {
            super::hasard::jour(annee, 12, 31)
        }
    }
}
