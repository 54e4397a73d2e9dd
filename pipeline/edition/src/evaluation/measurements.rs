//! One outcome on the territories of the design: read from its panel, weighted, adjusted, and what stands behind it.

pub mod served;

use std::collections::{BTreeMap, BTreeSet};

use super::columns::ColumnIndex;
use super::design::{Design, Territoire, TerritoryRole};
use super::outcome::{Measured, Outcome, Weighting};
use base::error::Result;
use base::table::RawTable;
use disclosure::estimate::{Basis, Territories};
use stats::did::Panel;

/// One cell of a panel.
#[derive(Debug, Clone, Copy)]
struct PanelObservation {
    value: f64,
    people: f64,
    cases: Option<f64>,
}

/// What was measured in one territory, by period.
type Series = BTreeMap<i32, PanelObservation>;

/// One outcome on the territories of the design.
pub struct Measurements<'p> {
    /// The outcome.
    pub outcome: Outcome,
    periods: Vec<i32>,
    units: Vec<WeightedUnit<'p>>,
    /// Names of the territories left out for want of anyone to weigh them by.
    pub unweighted: Vec<&'p str>,
}

/// One territory, with its weight and what was measured in it.
struct WeightedUnit<'p> {
    code: &'p str,
    territoire: &'p Territoire,
    weight: f64,
    series: Series,
}

/// A covariate: its French name, and its value where it is known.
pub type Covariate = (&'static str, fn(&Territoire) -> Option<f64>);

/// What is known of each territory before any service.
pub const COVARIATES: [Covariate; 3] = [
    ("Nombre de patients (logarithme)", |t| {
        (t.patients > 0.0).then(|| t.patients.ln())
    }),
    ("Part des 70 ans et plus", |t| {
        (t.patients > 0.0).then(|| 100.0 * t.aged_70_plus / t.patients)
    }),
    ("Accessibilité aux généralistes (APL)", |t| t.apl),
];

impl<'p> Measurements<'p> {
    /// Reads an outcome from its panel.
    ///
    /// # Errors
    /// A column that is missing.
    pub fn read(outcome: Outcome, design: &'p Design, panel: &RawTable) -> Result<Self> {
        let mut series = read_series(outcome, design, panel)?;
        let periods: BTreeSet<i32> = series.values().flat_map(|s| s.keys().copied()).collect();
        let first = periods.first().copied().unwrap_or(i32::MIN);
        let service = first_service(outcome, design, &series, first);

        let (mut units, mut unweighted) = (Vec::new(), Vec::new());
        for (code, territoire) in &design.territoires {
            let Some(series) = series.remove(code.as_str()) else {
                continue;
            };
            let weight = weight(outcome.weighting, territoire, &series, service);
            if weight > 0.0 {
                units.push(WeightedUnit { code, territoire, weight, series });
            } else {
                unweighted.push(territoire.name.as_str());
            }
        }

        Ok(Self {
            outcome,
            periods: periods.into_iter().collect(),
            units,
            unweighted,
        })
    }

    /// Number of territories measured.
    pub fn units(&self) -> usize {
        self.units.len()
    }

    /// The panel, each territory clustered in its EPCI, weighted by its patients if asked.
    ///
    /// # Errors
    /// None that data can cause.
    pub fn panel(&self, weighted: bool) -> stats::Result<Panel> {
        let row = |u: &WeightedUnit<'_>| -> Vec<Option<f64>> {
            let values = self.periods.iter().map(|t| u.series.get(t));
            values.map(|o| o.map(|o| o.value)).collect()
        };

        let outcome: Vec<Vec<Option<f64>>> = self.units.iter().map(row).collect();
        let units = self.units.iter();

        let panel = Panel::new(
            units.clone().map(|u| u.code.to_string()).collect(),
            self.periods.clone(),
            &outcome,
            units.clone().map(|u| self.cohort(u.territoire)).collect(),
        )?;

        let clusters: Vec<String> = units.map(|u| u.territoire.cluster.clone()).collect();
        let panel = panel.clustered(&clusters)?;

        if weighted {
            panel.weighted(self.units.iter().map(|u| u.weight).collect())
        } else {
            Ok(panel)
        }
    }

    fn cohort(&self, t: &Territoire) -> Option<i32> {
        t.cohort.map(|g| self.outcome.step.cohort(g))
    }

    /// The panel with what was known of each territory before: size, age of patients, access to GPs where known everywhere;
    /// then, for each covariate that cannot be used, its name and the number of territories that lack it (0: it is the same
    /// everywhere).
    ///
    /// # Errors
    /// None that data can cause.
    pub fn adjusted(&self) -> stats::Result<(Panel, Vec<(&'static str, usize)>)> {
        let (mut panel, mut unusable) = (self.panel(true)?, Vec::new());

        for (name, read) in COVARIATES {
            let values: Vec<Option<f64>> = self.units.iter().map(|u| read(u.territoire)).collect();
            let missing = values.iter().filter(|v| v.is_none()).count();
            // Without a variation there is nothing to adjust for.
            let varies = values.windows(2).any(|w| w[0] != w[1]);

            if missing == 0 && varies {
                panel = panel.with_covariate(name, values.into_iter().flatten().collect())?;
            } else {
                unusable.push((name, missing));
            }
        }

        Ok((panel, unusable))
    }

    /// The same without the quarters touched by another measure, and what stands behind an estimate on it; nothing if none is.
    ///
    /// Whoever subtracts it from the whole looks at what was taken out: that must be enough as well.
    pub fn untouched(&self) -> Option<(Self, Basis)> {
        let (mut kept, mut taken) = (Vec::new(), Vec::new());
        for unit in &self.units {
            let quarters = unit.territoire.touched.keys();
            let touched: BTreeSet<i32> = quarters.map(|q| self.outcome.step.cohort(*q)).collect();
            let all = unit.series.iter().map(|(t, o)| (*t, *o));
            let (out, series) = all.partition(|(t, _)| touched.contains(t));
            kept.push(WeightedUnit { series, ..*unit });
            taken.push(WeightedUnit { series: out, ..*unit });
        }
        if taken.iter().all(|unit| unit.series.is_empty()) {
            return None;
        }

        let [kept, taken] = [kept, taken].map(|units| Self {
            outcome: self.outcome,
            periods: self.periods.clone(),
            units,
            unweighted: self.unweighted.clone(),
        });
        let basis = with_difference(kept.basis(None), taken.basis(None));
        Some((kept, basis))
    }

    /// What stands behind an estimate that compares served territories at `distance` (any, if `None`) with the controls.
    pub fn basis(&self, distance: Option<i32>) -> Basis {
        let (mut served, mut controls) = (0, 0);
        let (mut weight, mut heaviest) = (0.0, 0.0_f64);

        // People and cases of each side in each period; of the served, at the distance asked for.
        let mut sides: BTreeMap<(bool, i32), (f64, f64)> = BTreeMap::new();

        for u in &self.units {
            let cohort = self.cohort(u.territoire);
            let counts = |period: i32| match (cohort, distance) {
                (Some(g), Some(e)) => period == g + e,
                _ => true,
            };

            let mut seen = false;
            for (&period, o) in u.series.iter().filter(|(p, _)| counts(**p)) {
                seen = true;
                // At one distance, cohorts meet in different periods: they are one group.
                let one_group = cohort.is_some() && distance.is_some();
                let when = if one_group { 0 } else { period };
                let side = sides.entry((cohort.is_some(), when)).or_default();
                side.0 += o.people;
                side.1 += o.cases.unwrap_or(0.0);
            }

            match (seen, cohort) {
                (true, Some(_)) => {
                    served += 1;
                    weight += u.weight;
                    heaviest = heaviest.max(u.weight);
                }
                (true, None) => controls += 1,
                _ => {}
            }
        }

        let least = |f: fn(&(f64, f64)) -> f64| {
            let least = sides.values().map(f).fold(f64::INFINITY, f64::min);
            if least.is_finite() { least as u64 } else { 0 }
        };

        Basis {
            territories: Some(Territories {
                served,
                compared: Some(controls),
                heaviest: if weight > 0.0 { heaviest / weight } else { 1.0 },
            }),
            people: least(|c| c.0),
            cases: matches!(self.outcome.measured, Measured::Share(..)).then(|| least(|c| c.1)),
        }
    }
}

/// The least of what stands behind an estimate and of what stands behind its difference from another, side by side; a side that the
/// difference does not touch is as it was.
pub fn with_difference(estimate: Basis, difference: Basis) -> Basis {
    let least = |whole: usize, part: usize| if part == 0 { whole } else { whole.min(part) };
    let territories = estimate.territories.zip(difference.territories).map(|(whole, part)| {
        let heaviest = if part.served == 0 { 0.0 } else { part.heaviest };
        Territories {
            served: least(whole.served, part.served),
            compared: whole.compared.zip(part.compared).map(|(whole, part)| least(whole, part)),
            heaviest: whole.heaviest.max(heaviest),
        }
    });

    Basis {
        territories,
        people: estimate.people.min(difference.people),
        cases: estimate.cases.zip(difference.cases).map(|(whole, part)| whole.min(part)),
    }
}

/// The series of every territory that is estimated or a control, by its code.
fn read_series<'p>(
    outcome: Outcome,
    design: &'p Design,
    panel: &RawTable,
) -> Result<BTreeMap<&'p str, Series>> {
    let columns = ColumnIndex::new(panel);
    let [code, period] = columns.all(["code_zone", "periode"])?;
    let [x, n] = match outcome.measured {
        Measured::Share(x, n) | Measured::Level(x, n) => columns.all([x, n])?,
        Measured::Supply(x) => columns.all([x, "patients"])?,
    };

    let mut series: BTreeMap<&str, Series> = BTreeMap::new();
    for row in &panel.rows {
        let (Some(id), Some(t)) =
            (row[code].as_text(), row[period].as_text().and_then(|p| outcome.step.period(p)))
        else {
            continue;
        };
        let compared =
            |t: &Territoire| matches!(t.role, TerritoryRole::Served | TerritoryRole::Control);
        let found = design.territoires.get_key_value(id);
        let Some((id, _)) = found.filter(|(_, t)| compared(t)) else {
            continue;
        };
        let (Some(x), Some(n)) = (row[x].as_f64(), row[n].as_f64()) else {
            continue;
        };

        let (value, cases) = match outcome.measured {
            Measured::Share(..) if n <= 0.0 => continue,
            Measured::Share(..) => (100.0 * x / n, Some(x)),
            _ => (x, None),
        };
        let people = n;
        let observation = PanelObservation { value, people, cases };
        series.entry(id).or_default().insert(t, observation);
    }

    Ok(series)
}

/// First period of service of a cohort that can be estimated: one served after the panel's `first` period.
fn first_service(
    outcome: Outcome,
    design: &Design,
    series: &BTreeMap<&str, Series>,
    first: i32,
) -> i32 {
    design
        .with_role(TerritoryRole::Served)
        .filter(|(id, _)| series.contains_key(id.as_str()))
        .filter_map(|(_, t)| t.cohort.map(|g| outcome.step.cohort(g)))
        .filter(|g| *g > first)
        .min()
        .unwrap_or(i32::MAX)
}

/// Weight of a territory. It must not follow from service, so requests are counted before `service` only.
fn weight(weighting: Weighting, t: &Territoire, series: &Series, service: i32) -> f64 {
    match weighting {
        Weighting::Patients => t.patients,
        Weighting::Ald => t.ald,
        Weighting::Aged70Plus => t.aged_70_plus,
        Weighting::Requests => series.range(..service).map(|(_, o)| o.people).sum(),
    }
}
