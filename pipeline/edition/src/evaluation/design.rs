//! The design of the causal chapter: which territories are compared, from which date, and whether that can conclude.
//!
//! - unit: a territory of the Assurance maladie's panel; cohort: the period of its first effective tour, not of a label;
//! - always served (first tour in the first period of its région's panel or before): no "before", dropped and listed;
//! - no row in that first period: nothing is known of it before, dropped and listed;
//! - controls: never served, rural and in ZIP or ZAC by the zonings of before the measure, outside the EPCI that a bus
//!   serves, where part of the effect may spill over;
//! - served but not eligible: dropped, for there is nothing alike to compare them with;
//! - weights and covariates are those of the first period of the région's panel;
//! - the neighbours that are eligible are compared with the same controls, as a group of their own ([`Design::of_neighbours`]);
//! - a quarter is touched when other measures are in force in the territory than in its first one.

use std::collections::{BTreeMap, BTreeSet};

use super::columns::ColumnIndex;
use super::quarter::quarter_index;
use base::error::Result;
use base::table::{RawTable, Value};

/// Fewest served territories for a causal conclusion.
pub const MIN_SERVED: usize = 30;
/// Fewest clusters among the served, and among the controls: below, cluster-robust intervals are too narrow. MacKinnon &
/// Webb (2017), *Journal of Applied Econometrics* 32, 233–254. From ten on, corrected errors make up for it: see
/// [`stats::did::inference`], and the coverage measured in `benches/inference.csv`.
pub const MIN_CLUSTERS: usize = 10;

/// Fewest clusters among the served once they are counted for what they weigh: where a few have nearly all the patients, an effect
/// is that of those few, whatever the intervals say. Carter, Schnepel & Steigerwald (2017), *Review of Economics and Statistics*
/// 99, 698–709.
pub const MIN_EFFECTIVE: f64 = 5.0;

/// Why no causal conclusion is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inconclusive {
    /// Too few served territories.
    Served,
    /// Enough of them, in too few clusters.
    Clusters,
    /// In enough clusters, of which a few have nearly all the patients: they are worth fewer.
    Unequal,
    /// Too few clusters of controls.
    Controls,
    /// Enough territories, if their zonings were known.
    Zonings,
    /// Enough territories, but no outcome of theirs could be estimated.
    Estimation,
}

impl Inconclusive {
    /// How templates name it.
    pub fn code(self) -> &'static str {
        match self {
            Inconclusive::Served => "servis",
            Inconclusive::Clusters => "grappes",
            Inconclusive::Unequal => "inegales",
            Inconclusive::Controls => "temoins",
            Inconclusive::Zonings => "zonages",
            Inconclusive::Estimation => "estimation",
        }
    }
}

/// What a territory of the panel is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TerritoryRole {
    /// Served within the panel, and eligible.
    Served,
    /// Never served, eligible, away from any bus.
    Control,
    /// Served from the first period on.
    AlwaysServed,
    /// Fit to be estimated or a control, but not told about in the first period: nothing known of it before.
    NoBaseline,
    /// Served, but not rural, or outside ZIP and ZAC.
    ServedOutside,
    /// Not served, in an EPCI that is.
    Neighbour,
    /// Not served, not rural or outside ZIP and ZAC, or of unknown zoning.
    Outside,
}

impl TerritoryRole {
    /// All of them, in the order of the printed table, with code and French name.
    pub const ALL: [(TerritoryRole, &'static str, &'static str); 7] = [
        (TerritoryRole::Served, "servi", "Desservis en cours de panel : estimés"),
        (
            TerritoryRole::Control,
            "temoin",
            "Jamais desservis, ruraux en ZIP ou ZAC : témoins",
        ),
        (
            TerritoryRole::AlwaysServed,
            "toujours_servi",
            "Desservis dès le début du panel : écartés",
        ),
        (
            TerritoryRole::NoBaseline,
            "sans_depart",
            "Sans relevé au premier trimestre du panel : écartés",
        ),
        (
            TerritoryRole::ServedOutside,
            "servi_hors_zone",
            "Desservis hors des zones éligibles : écartés",
        ),
        (
            TerritoryRole::Neighbour,
            "voisin",
            "Voisins (même intercommunalité) : écartés des témoins, estimés à part",
        ),
        (
            TerritoryRole::Outside,
            "hors_zone",
            "Non desservis hors des zones éligibles : écartés",
        ),
    ];

    /// The use of a territory served from quarter `cohort`, in a région whose panel starts at `start`.
    fn of(
        cohort: Option<i32>,
        start: Option<i32>,
        eligible: bool,
        known: bool,
        neighbour: bool,
    ) -> Self {
        match cohort {
            Some(g) if start.is_none_or(|d| g <= d) => TerritoryRole::AlwaysServed,
            Some(_) if eligible && !known => TerritoryRole::NoBaseline,
            Some(_) if eligible => TerritoryRole::Served,
            Some(_) => TerritoryRole::ServedOutside,
            None if neighbour => TerritoryRole::Neighbour,
            None if eligible && !known => TerritoryRole::NoBaseline,
            None if eligible => TerritoryRole::Control,
            None => TerritoryRole::Outside,
        }
    }
}

/// One territory.
#[derive(Debug, Clone, PartialEq)]
pub struct Territoire {
    /// Name.
    pub name: String,
    /// Its cluster: its EPCI, or itself.
    pub cluster: String,
    /// Use.
    pub role: TerritoryRole,
    /// Quarter of its first tour ([`quarter_index`]).
    pub cohort: Option<i32>,
    /// Patients in the first period, 0 if not told about then.
    pub patients: f64,
    /// Of them, with an ALD.
    pub ald: f64,
    /// Of them, of 70 and more.
    pub aged_70_plus: f64,
    /// APL in the first period, where known.
    pub apl: Option<f64>,
    /// Kind of the bearer of the first bus there.
    pub bearer: Option<String>,
    /// Zoning for GPs before the measure: `ZIP`, `ZAC`.
    pub zoning: Option<String>,
    /// Days on which a bus came, a year and for 1,000 inhabitants, since the first tour.
    pub dose: Option<f64>,
    /// Whether its zoning is unknown.
    pub unknown_zoning: bool,
    /// Of a neighbour, the quarter of the first tour in its EPCI.
    pub nearby: Option<i32>,
    /// Of an eligible neighbour, the quarter of the first tour in its EPCI, where something is known of it before.
    pub reached: Option<i32>,
    /// Other measures that began or ended there since its first quarter, by quarter.
    pub touched: BTreeMap<i32, BTreeSet<String>>,
}

/// The territories of the panel, by code.
#[derive(Debug, Clone, Default)]
pub struct Design {
    /// Territories.
    pub territoires: BTreeMap<String, Territoire>,
}

/// Of each territory, the quarters in which its measures are not those of its first one, with those that began or ended; from
/// rows of territory, quarter, measures in force. One that holds from the first quarter to the last changes nothing.
fn touched_quarters<'r>(
    rows: impl Iterator<Item = (&'r str, i32, &'r str)>,
) -> BTreeMap<&'r str, BTreeMap<i32, BTreeSet<String>>> {
    let mut in_force: BTreeMap<&str, BTreeMap<i32, BTreeSet<String>>> = BTreeMap::new();
    for (id, quarter, measures) in rows {
        let names = measures.split_whitespace().map(String::from);
        in_force.entry(id).or_default().insert(quarter, names.collect());
    }

    for quarters in in_force.values_mut() {
        let first = quarters.values().next().cloned().unwrap_or_default();
        for measures in quarters.values_mut() {
            *measures = measures.symmetric_difference(&first).cloned().collect();
        }
        quarters.retain(|_, measures| !measures.is_empty());
    }
    in_force.retain(|_, quarters| !quarters.is_empty());
    in_force
}

/// Days for 1,000 inhabitants and a year, from days and inhabitants, first and last quarter.
fn yearly_dose((days, inhabitants): (f64, f64), (first, last): (i32, i32)) -> Option<f64> {
    let years = f64::from(last - first + 1) / 4.0;
    (years > 0.0 && inhabitants > 0.0).then(|| days / years / (inhabitants / 1000.0))
}

/// The first quarter of each région's panel, which is that of its first delivery; by the columns of quarter and région.
fn starts(panel: &RawTable, period: usize, region: usize) -> BTreeMap<Option<&str>, i32> {
    let mut starts: BTreeMap<Option<&str>, i32> = BTreeMap::new();
    for row in &panel.rows {
        if let Some(quarter) = text(&row[period]).and_then(quarter_index) {
            let start = starts.entry(text(&row[region])).or_insert(quarter);
            *start = (*start).min(quarter);
        }
    }
    starts
}

fn text(value: &Value) -> Option<&str> {
    value.as_text().filter(|t| !t.is_empty())
}

impl Design {
    /// Reads the design from the answer of `panel_territoires`.
    ///
    /// # Errors
    /// A column that is missing.
    pub fn read(panel: &RawTable) -> Result<Self> {
        let columns = ColumnIndex::new(panel);
        let [code, name, epci] = columns.all(["code_zone", "nom_zone", "siren_epci"])?;
        let [first, neighbour, eligible] =
            columns.all(["premier_trimestre", "voisin", "eligible"])?;
        let [patients, ald, ages, apl] =
            columns.all(["base_patients", "base_ald", "base_ages_70_plus", "base_apl"])?;
        let [period, region] = columns.all(["periode", "code_region"])?;
        let [first_nearby, measures] = columns.all(["premier_trimestre_epci", "mesures"])?;
        let [bearer, zoning] = columns.all(["porteur_type", "zonage_mg"])?;
        let [days, inhabitants] = columns.all(["jours_passage", "population"])?;
        let quarters =
            panel.rows.iter().filter_map(|row| text(&row[period]).and_then(quarter_index));
        let end = quarters.max();

        let starts = starts(panel, period, region);
        let mut territoires = BTreeMap::new();
        for row in &panel.rows {
            let Some(id) = text(&row[code]) else {
                continue;
            };
            if territoires.contains_key(id) {
                continue;
            }

            let number = |i: usize| row[i].as_f64().unwrap_or(0.0);
            let said = text(&row[eligible]);
            let cohort = text(&row[first]).and_then(quarter_index);
            let start = starts.get(&text(&row[region])).copied();
            let role = TerritoryRole::of(
                cohort,
                start,
                said == Some("oui"),
                number(patients) > 0.0,
                text(&row[neighbour]) == Some("oui"),
            );

            let is_comparable = said == Some("oui") && number(patients) > 0.0;
            let nearby = text(&row[first_nearby])
                .and_then(quarter_index)
                .filter(|_| role == TerritoryRole::Neighbour);

            let territoire = Territoire {
                name: text(&row[name]).unwrap_or(id).to_string(),
                cluster: text(&row[epci]).unwrap_or(id).to_string(),
                role,
                cohort,
                patients: number(patients),
                ald: number(ald),
                aged_70_plus: number(ages),
                apl: row[apl].as_f64(),
                bearer: text(&row[bearer]).map(str::to_owned),
                zoning: text(&row[zoning]).map(str::to_owned),
                dose: row[days]
                    .as_f64()
                    .zip(row[inhabitants].as_f64())
                    .zip(cohort.zip(end))
                    .and_then(|(counts, quarters)| yearly_dose(counts, quarters)),
                unknown_zoning: !matches!(said, Some("oui" | "non")),
                nearby,
                reached: nearby.filter(|q| is_comparable && start.is_some_and(|start| *q > start)),
                touched: BTreeMap::new(),
            };
            territoires.insert(id.to_string(), territoire);
        }

        let rows = panel.rows.iter().filter_map(|row| {
            let quarter = text(&row[period]).and_then(quarter_index)?;
            Some((text(&row[code])?, quarter, text(&row[measures]).unwrap_or_default()))
        });
        for (id, touched) in touched_quarters(rows) {
            if let Some(territoire) = territoires.get_mut(id) {
                territoire.touched = touched;
            }
        }

        Ok(Self { territoires })
    }

    /// The same comparison for the neighbours: the eligible ones, from the first tour in their EPCI, take the place of those served.
    pub fn of_neighbours(&self) -> Self {
        let place = |(id, t): (&String, &Territoire)| match (t.role, t.reached) {
            (TerritoryRole::Control, _) => Some((id.clone(), t.clone())),
            (TerritoryRole::Neighbour, Some(_)) => {
                let role = TerritoryRole::Served;
                Some((id.clone(), Territoire { role, cohort: t.reached, ..t.clone() }))
            }
            _ => None,
        };

        Self {
            territoires: self.territoires.iter().filter_map(place).collect(),
        }
    }

    /// The same comparison for some of those served, with the same controls.
    pub fn of_served(&self, keep: impl Fn(&Territoire) -> bool) -> Self {
        let stays = |t: &Territoire| match t.role {
            TerritoryRole::Control => true,
            TerritoryRole::Served => keep(t),
            _ => false,
        };
        let all = self.territoires.iter().filter(|(_, t)| stays(t));

        Self {
            territoires: all.map(|(id, t)| (id.clone(), t.clone())).collect(),
        }
    }

    /// Territories of one use.
    pub fn with_role(&self, role: TerritoryRole) -> impl Iterator<Item = (&String, &Territoire)> {
        self.territoires.iter().filter(move |(_, t)| t.role == role)
    }

    /// Number of territories of one use, and of their clusters.
    pub fn count(&self, role: TerritoryRole) -> (usize, usize) {
        self.count_if(|t| t.role == role)
    }

    fn count_if(&self, keep: impl Fn(&Territoire) -> bool) -> (usize, usize) {
        let kept: Vec<&Territoire> = self.territoires.values().filter(|t| keep(t)).collect();
        let clusters: BTreeSet<&str> = kept.iter().map(|t| t.cluster.as_str()).collect();

        (kept.len(), clusters.len())
    }

    /// Number of territories whose zoning is unknown.
    pub fn unknown_zonings(&self) -> usize {
        self.count_if(|t| t.unknown_zoning).0
    }

    /// Why the design allows no causal conclusion: too few served territories, or too few clusters on one side. Nothing if it
    /// does.
    pub fn inconclusive(&self) -> Option<Inconclusive> {
        let is_served = |t: &Territoire| t.role == TerritoryRole::Served;
        let is_control = |t: &Territoire| t.role == TerritoryRole::Control;
        let reason = self.shortage(is_served, is_control)?;

        // Would it do if every unknown zoning turned out eligible?
        let unknown = |t: &Territoire, role: TerritoryRole| t.role == role && t.unknown_zoning;
        let with_unknown = self.shortage(
            |t| is_served(t) || unknown(t, TerritoryRole::ServedOutside),
            |t| is_control(t) || unknown(t, TerritoryRole::Outside),
        );

        match with_unknown {
            None => Some(Inconclusive::Zonings),
            Some(_) => Some(reason),
        }
    }

    /// What there is too little of.
    fn shortage(
        &self,
        is_served: impl Fn(&Territoire) -> bool,
        is_control: impl Fn(&Territoire) -> bool,
    ) -> Option<Inconclusive> {
        let (served, clusters) = self.count_if(&is_served);

        if served < MIN_SERVED {
            Some(Inconclusive::Served)
        } else if clusters < MIN_CLUSTERS {
            Some(Inconclusive::Clusters)
        } else if self.effective_clusters(is_served) < MIN_EFFECTIVE {
            Some(Inconclusive::Unequal)
        } else if self.count_if(is_control).1 < MIN_CLUSTERS {
            Some(Inconclusive::Controls)
        } else {
            None
        }
    }

    /// How many equal clusters would weigh as those of these territories do, by their patients.
    fn effective_clusters(&self, keep: impl Fn(&Territoire) -> bool) -> f64 {
        let mut patients: BTreeMap<&str, f64> = BTreeMap::new();
        for t in self.territoires.values().filter(|t| keep(t)) {
            *patients.entry(&t.cluster).or_default() += t.patients;
        }

        let (sum, squares) = patients
            .values()
            .fold((0.0, 0.0), |(sum, squares), n| (sum + n, squares + n * n));
        if squares > 0.0 { sum * sum / squares } else { 0.0 }
    }
}
