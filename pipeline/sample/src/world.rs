//! The world of the sample: projects, their itineraries, and the territories that are followed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use super::Params;
use super::rng::Rng;
use super::truth::{Truth, quarter};
use base::error::{Context, Error, Result};
use geography::{Commune, Communes};

const PROJECTS: &str = include_str!("projets.toml");
const PLACES: &str = include_str!("territoires.csv");

/// A stop of a weekly itinerary: one half day.
#[derive(Debug, Clone)]
pub struct Stop {
    /// INSEE code of the commune.
    pub code_commune: String,
    /// Day of the week, 0 = Monday.
    pub day: u32,
    /// Morning (9:00 to 12:30) or afternoon (13:30 to 17:00).
    pub morning: bool,
    /// First day of service at this stop.
    pub start_day: NaiveDate,
}

/// A bus: its identity, its dates and what its activity looks like.
#[derive(Debug, Clone)]
pub struct Project {
    /// Identifier, unique in France.
    pub id: String,
    /// Name.
    pub name: String,
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
    pub labelled: Option<NaiveDate>,
    /// First day of service; none for a project to come.
    pub opened: Option<NaiveDate>,
    /// Last day of service of an ended project.
    pub end: Option<NaiveDate>,
    /// Slots of a half day.
    pub slots: i64,
    /// Share of them booked once the bus is known.
    pub fill_rate: f64,
    /// Number of practitioners who take turns.
    pub practitioners: usize,
    /// Share of teleconsultations.
    pub teleconsultation: f64,
    /// Other disciplines than general practice, with their shares.
    pub disciplines: Vec<(&'static str, f64)>,
    /// The weekly itinerary.
    pub stops: Vec<Stop>,
}

impl Project {
    /// Tenths of days per week: two half days make one.
    pub fn tenths_of_a_day(&self) -> i64 {
        self.stops.len() as i64 * 5
    }
}

/// A territory of the panel: a commune, served or not.
#[derive(Debug, Clone)]
pub struct Territory {
    /// INSEE code of the commune.
    pub code: String,
    /// INSEE code of its région.
    pub region: String,
    /// INSEE code of its département.
    pub departement: String,
    /// Inhabitants.
    pub population: i64,
    /// Quarter of the first tour there ([`quarter`]), none if no bus comes.
    pub cohort: Option<i64>,
    /// For a territory not served, the quarter of the first tour in its EPCI, which spills over.
    pub neighbour_since: Option<i64>,
    /// INSEE density level, 1 to 7; unknown outside the communes named by the sample.
    pub density7: Option<i64>,
    /// `ZIP`, `ZAC`, `HZ` or `ZAR`, indicative; unknown outside the communes named by the sample.
    pub zonage_mg: Option<String>,
    /// APL to GPs in 2018, in hundredths of consultations per inhabitant and year.
    pub apl_hundredths: Option<i64>,
}

/// Everything that the rows are drawn from.
#[derive(Debug, Clone)]
pub struct World {
    /// What was asked.
    pub params: Params,
    /// The known truth.
    pub truth: Truth,
    /// The projects, by région then in the order of the sample.
    pub projects: Vec<Project>,
    /// The territories followed, by code.
    pub territories: Vec<Territory>,
}

#[derive(Deserialize)]
struct ProjectFile {
    #[serde(rename = "projet")]
    project: Vec<ProjectEntry>,
}

#[derive(Deserialize)]
struct ProjectEntry {
    id: String,
    #[serde(rename = "nom")]
    name: String,
    departement: String,
    porteur_type: String,
    porteur: String,
    vague: String,
    #[serde(rename = "labellisation")]
    labelled: Option<toml::value::Datetime>,
    #[serde(rename = "mise_en_service")]
    opened: Option<toml::value::Datetime>,
    #[serde(rename = "fin")]
    end: Option<toml::value::Datetime>,
    #[serde(default)]
    #[serde(rename = "creneaux")]
    slots: i64,
    #[serde(default)]
    #[serde(rename = "remplissage")]
    fill_rate: f64,
    #[serde(default)]
    #[serde(rename = "praticiens")]
    practitioners: usize,
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
    #[serde(rename = "arret_ajoute")]
    added_stop: Option<AddedStop>,
}

#[derive(Deserialize)]
struct AddedStop {
    code_commune: String,
    date: toml::value::Datetime,
}

#[derive(Deserialize)]
struct KnownPlace {
    code_commune: String,
    id_medicobus: String,
    #[serde(rename = "densite7")]
    density7: Option<i64>,
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

    let places = known_places()?;
    let mut projects = named_projects(params, communes, &places)?;
    let mut taken: BTreeSet<String> = places.iter().map(|l| l.code_commune.clone()).collect();
    let mut controls: Vec<String> = places.iter().map(|l| l.code_commune.clone()).collect();

    for region in &params.regions {
        let named = projects.iter().filter(|p| &p.region == region).count();
        let wanted = named.max(if named == 0 { 4 } else { 0 }) * params.scale.max(1) as usize;
        let (invented, around) =
            invented_projects(params, region, wanted - named, communes, &mut taken)?;
        projects.extend(invented);
        controls.extend(around);
    }

    projects.sort_by(|a, b| a.region.cmp(&b.region));
    let territories = territories(params, &projects, &controls, &places, communes);

    Ok(World {
        params: params.clone(),
        truth: Truth::default(),
        projects,
        territories,
    })
}

fn known_places() -> Result<Vec<KnownPlace>> {
    csv::Reader::from_reader(PLACES.as_bytes())
        .deserialize()
        .collect::<std::result::Result<_, _>>()
        .access(|| "la liste des territoires de l'exemple est illisible".into())
}

fn date(value: Option<&toml::value::Datetime>) -> Option<NaiveDate> {
    value.and_then(|d| d.to_string().parse().ok())
}

fn named_projects(
    params: &Params,
    communes: &Communes,
    places: &[KnownPlace],
) -> Result<Vec<Project>> {
    let file: ProjectFile = toml::from_str(PROJECTS)
        .access(|| "la liste des projets de l'exemple est illisible".into())?;
    let mut projects = Vec::new();
    for entry in file.project {
        let region = entry.id.split('-').next().unwrap_or_default().to_owned();
        if !params.regions.contains(&region) {
            continue;
        }

        let opened = date(entry.opened.as_ref());
        let start_day = opened.unwrap_or_default();
        let ajout = entry.added_stop;
        let codes = places
            .iter()
            .filter(|l| l.id_medicobus == entry.id && communes.exists(&l.code_commune));
        let mut stops: Vec<Stop> = itinerary(codes.map(|l| l.code_commune.clone()), start_day);

        for stop in &mut stops {
            if let Some(ajout) = ajout.as_ref().filter(|a| a.code_commune == stop.code_commune) {
                stop.start_day = date(Some(&ajout.date)).unwrap_or(start_day);
            }
        }

        projects.push(Project {
            region,
            id: entry.id,
            name: entry.name,
            departement: entry.departement,
            porteur_type: entry.porteur_type,
            porteur: entry.porteur,
            vague: entry.vague,
            labelled: date(entry.labelled.as_ref()),
            opened,
            end: date(entry.end.as_ref()),
            slots: entry.slots,
            fill_rate: entry.fill_rate,
            practitioners: entry.practitioners,
            teleconsultation: entry.teleconsultation,
            disciplines: [
                ("gynecologie", entry.gynecologie),
                ("cardiologie", entry.cardiologie),
                ("ophtalmologie", entry.ophtalmologie),
                ("odontologie", entry.odontologie),
            ]
            .into_iter()
            .filter(|(_, part)| *part > 0.0)
            .collect(),
            stops,
        });
    }

    Ok(projects)
}

/// Two stops a day, from Monday morning on; beyond ten stops the week begins again.
fn itinerary(codes: impl Iterator<Item = String>, start_day: NaiveDate) -> Vec<Stop> {
    codes
        .enumerate()
        .map(|(rank, code_commune)| Stop {
            code_commune,
            day: (rank as u32 / 2) % 5,
            morning: rank % 2 == 0,
            start_day,
        })
        .collect()
}

/// Stops of an invented bus.
const ARRETS: usize = 6;

/// Invented buses of six stops, and as many communes without a bus, for a région at scale. Départements take turns; in each,
/// communes follow one another by EPCI, so that the stops of a bus are near; where they run out, they serve again.
fn invented_projects(
    params: &Params,
    region: &str,
    nombre: usize,
    communes: &Communes,
    taken: &mut BTreeSet<String>,
) -> Result<(Vec<Project>, Vec<String>)> {
    if nombre == 0 {
        return Ok((Vec::new(), Vec::new()));
    }

    let free = communes_to_serve(region, communes, taken);
    if free.is_empty() {
        return Err(Error::usage(format!(
            "trop peu de communes en région {region} pour cette échelle"
        ))
        .hint("diminuer --echelle ou choisir d'autres régions"));
    }

    let mut rng = Rng::new(params.seed, &format!("inventes {region}"));
    let mut projects = Vec::with_capacity(nombre);
    let mut controls = BTreeSet::new();

    for rank in 1..=nombre {
        let here = &free[(rank - 1) % free.len()];
        let pass = (rank - 1) / free.len();

        // Half of the list for the buses, the other half for territories that none serves.
        let width = here.len().min(2 * ARRETS);
        let start = (pass * width) % (here.len() - width + 1);
        let (served, around) = here[start..start + width].split_at(ARRETS);
        let stops: Vec<&Commune> = served.to_vec();
        controls.extend(around.iter().map(|c| c.code.clone()));
        let departement = stops[0].departement.clone();
        let month = rng.index(24) as u32;

        let start_day =
            super::rng::day(2024 + (month / 12) as i32, 1 + month % 12, 1 + rng.index(20) as u32);

        let vague = if rng.chance(0.4) { "1" } else { "2" };
        projects.push(Project {
            id: format!("{region}-{departement}-FICTIF-{rank:05}"),
            name: format!("Projet fictif {departement}-{rank}"),
            region: region.to_owned(),
            departement,
            porteur_type: ["cpts", "centre_de_sante", "msp", "collectivite"][rng.index(4)]
                .to_owned(),
            porteur: "Porteur fictif".to_owned(),
            vague: vague.to_owned(),
            labelled: Some(
                super::rng::day(2024, if vague == "1" { 1 } else { 6 }, 20).min(start_day),
            ),
            opened: Some(start_day),
            end: None,
            slots: 9 + rng.index(5) as i64,
            fill_rate: rng.between(0.65, 0.9),
            practitioners: 1 + rng.index(5),
            teleconsultation: if rng.chance(0.3) { 0.12 } else { 0.0 },
            disciplines: Vec::new(),
            stops: itinerary(stops.iter().map(|c| c.code.clone()), start_day),
        });
    }

    for project in &projects {
        taken.extend(project.stops.iter().map(|a| a.code_commune.clone()));
    }

    Ok((projects, controls.into_iter().collect()))
}

/// Communes of 250 to 3,500 inhabitants by département, those of an EPCI together. A département with too few of them for one
/// bus, as overseas, gives its smallest ones whatever their size; one that has too few communes at all is left out.
fn communes_to_serve<'c>(
    region: &str,
    communes: &'c Communes,
    taken: &BTreeSet<String>,
) -> Vec<Vec<&'c Commune>> {
    let mut by_departement: BTreeMap<&str, Vec<&Commune>> = BTreeMap::new();
    for commune in communes.iter() {
        if commune.region == region
            && commune.population.is_some()
            && !taken.contains(&commune.code)
        {
            let here = by_departement.entry(&commune.departement).or_default();
            here.push(commune);
        }
    }

    let rural = |c: &&Commune| c.population.is_some_and(|p| (250..=3500).contains(&p));
    let mut lists: Vec<Vec<&Commune>> = by_departement
        .into_values()
        .map(|mut here| {
            if here.iter().filter(|c| rural(c)).count() >= 2 * ARRETS {
                here.retain(rural);
            } else {
                here.sort_by_key(|c| (c.population, &c.code));
                here.truncate(2 * ARRETS);
            }

            here.sort_by_key(|c| (&c.siren_epci, &c.code));
            here
        })
        .collect();
    lists.retain(|here| here.len() >= ARRETS);

    lists
}

fn territories(
    params: &Params,
    projects: &[Project],
    controls: &[String],
    places: &[KnownPlace],
    communes: &Communes,
) -> Vec<Territory> {
    let mut cohorts: BTreeMap<&str, i64> = BTreeMap::new();
    for project in projects.iter().filter(|p| p.opened.is_some()) {
        for stop in &project.stops {
            let start_day = quarter(stop.start_day);
            let cohort = cohorts.entry(&stop.code_commune).or_insert(start_day);
            *cohort = start_day.min(*cohort);
        }
    }

    let epci = |code: &str| communes.get(code).and_then(|c| c.siren_epci.as_deref());
    let mut first_by_epci: BTreeMap<&str, i64> = BTreeMap::new();

    for (code, start_day) in &cohorts {
        if let Some(epci) = epci(code) {
            let first = first_by_epci.entry(epci).or_insert(*start_day);
            *first = (*start_day).min(*first);
        }
    }

    let known: BTreeMap<&str, &KnownPlace> =
        places.iter().map(|l| (l.code_commune.as_str(), l)).collect();
    let codes: BTreeSet<&str> =
        cohorts.keys().copied().chain(controls.iter().map(String::as_str)).collect();
    codes
        .into_iter()
        .filter_map(|code| communes.get(code))
        .filter(|commune| params.regions.contains(&commune.region))
        .map(|commune| {
            let code = commune.code.as_str();
            let cohort = cohorts.get(code).copied();
            let found = known.get(code);

            Territory {
                code: code.to_owned(),
                region: commune.region.clone(),
                departement: commune.departement.clone(),
                population: commune.population.unwrap_or_default(),
                cohort,
                neighbour_since: if cohort.is_some() {
                    None
                } else {
                    epci(code).and_then(|e| first_by_epci.get(e).copied())
                },
                density7: found.and_then(|l| l.density7),
                zonage_mg: found.and_then(|l| l.zonage_mg.clone()),
                apl_hundredths: found
                    .and_then(|l| l.apl_mg_2018)
                    .map(|apl| (apl * 100.0).round() as i64),
            }
        })
        .collect()
}

impl World {
    /// Projects known at the end of a year: labelled, in service or ended by then.
    pub fn projets_connus(&self, region: &str, end: NaiveDate) -> Vec<&Project> {
        let found = |p: &&Project| {
            p.region == region && [p.labelled, p.opened].iter().flatten().any(|date| *date <= end)
        };
        self.projects.iter().filter(found).collect()
    }

    /// Last day that the sample tells about in a year.
    pub fn end_of_year(&self, year: i32) -> NaiveDate {
        if year >= self.params.last_day.year() {
            self.params.last_day
        } else {
            super::rng::day(year, 12, 31)
        }
    }
}
