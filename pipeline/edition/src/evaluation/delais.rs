//! Delays with their intervals, from the raw distributions: at the bus, where every request counted has its appointment,
//! and at the territories' doctors, where a request that was refused or left without answer has none.

use super::plan::Colonnes;
use base::error::Result;
use base::table::{RawTable, Value};
use disclosure::estimate::{Basis, Estimate};
use stats::Interval;
use stats::kaplan_meier::{Curve, FollowUp, LimitScale, log_rank};
use stats::quantile::quantile_interval;

/// Days within which an appointment is thought timely, for the share that got one.
const HORIZON: f64 = 14.0;

/// Requests of the survey, served and not: `[(code, French name); 2]`, as `delai_mg_distribution` codes them.
const DESSERTES: [(&str, &str); 2] = [
    ("desservi", "Généralistes des territoires desservis"),
    ("non_desservi", "Généralistes des autres territoires"),
];

/// The requests of one side. Those without appointment are censored just beyond the longest delay that was had: the
/// survey does not say how long they waited, and shorter would count some of them as about to succeed.
fn demandes(table: &RawTable, desserte: &str) -> Result<Vec<FollowUp>> {
    let c = Colonnes::new(table);
    let (cote, issue) = (c.indice("desserte")?, c.indice("issue")?);
    let (delai, nombre) = (c.indice("delai_jours")?, c.indice("demandes")?);
    let longest = table
        .rows
        .iter()
        .filter_map(|r| r[delai].as_f64())
        .fold(0.0, f64::max);
    let mut all = Vec::new();
    for row in table
        .rows
        .iter()
        .filter(|r| r[cote].as_text() == Some(desserte))
    {
        let event = row[issue].as_text() == Some("obtenu");
        let Some(time) = (if event {
            row[delai].as_f64()
        } else {
            Some(longest + 1.0)
        }) else {
            continue;
        };
        let count = row[nombre].as_f64().unwrap_or(0.0) as usize;
        all.extend(std::iter::repeat_n(FollowUp { time, event }, count));
    }
    Ok(all)
}

fn ligne(
    (code, nom): (&str, &str),
    mediane: Option<Interval>,
    part: Option<Interval>,
    p: Option<f64>,
    basis: Basis,
) -> Estimate {
    let figure = |x: Option<f64>| x.map_or(Value::Null, Value::Float);
    Estimate {
        values: vec![
            Value::Text(code.into()),
            Value::Text(nom.into()),
            figure(mediane.map(|i| i.estimate)),
            figure(mediane.map(|i| i.lower)),
            figure(mediane.map(|i| i.upper)),
            figure(part.map(|i| i.estimate)),
            figure(part.map(|i| i.lower)),
            figure(part.map(|i| i.upper)),
            figure(p),
        ],
        basis,
    }
}

fn compte(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// Share of requests with an appointment within the horizon, in per cent, with the curve's limits turned over.
fn a_temps(curve: &Curve) -> Option<Interval> {
    let step = curve.step_at(HORIZON)?;
    let share = |survival: f64| (1000.0 * (1.0 - survival)).round() / 10.0;
    Some(Interval {
        estimate: share(step.survival),
        lower: share(step.upper),
        upper: share(step.lower),
    })
}

/// Median delays with their limits: of the bus's appointments (order statistics), of the survey's requests served and not
/// (Kaplan–Meier), and the log-rank test between the two.
///
/// # Errors
/// A column that is missing from a query that was changed.
pub fn delais(bus: &RawTable, survey: &RawTable) -> Result<Vec<Estimate>> {
    let mut lignes = Vec::new();
    let c = Colonnes::new(bus);
    let (jours, nombre) = (c.indice("delai_jours")?, c.indice("rendez_vous")?);
    let patients = c.indice("patients")?;
    let mut values = Vec::new();
    let mut people = 0;
    for row in &bus.rows {
        let (Some(delay), Some(n)) = (row[jours].as_f64(), row[nombre].as_f64()) else {
            continue;
        };
        values.extend(std::iter::repeat_n(delay, n as usize));
        people += row[patients].as_f64().unwrap_or(0.0) as u64;
    }
    if let Some(mediane) = quantile_interval(&values, 0.5, 0.95) {
        let basis = Basis {
            territories: None,
            people,
            cases: None,
        };
        let nom = ("medicobus", "Médicobus (rendez-vous obtenus)");
        lignes.push(ligne(nom, Some(mediane), None, None, basis));
    }
    let [served, others] = [
        demandes(survey, DESSERTES[0].0)?,
        demandes(survey, DESSERTES[1].0)?,
    ];
    let p = log_rank(&served, &others).map(|(_, p)| p);
    for (nom, requests) in DESSERTES.into_iter().zip([&served, &others]) {
        let Some(curve) = Curve::fit(requests, LimitScale::LogLog, 0.95) else {
            continue;
        };
        let timely = requests
            .iter()
            .filter(|o| o.event && o.time <= HORIZON)
            .count();
        let basis = Basis {
            territories: None,
            people: compte(requests.len()),
            cases: Some(compte(timely.min(requests.len() - timely))),
        };
        // The test tells both sides apart: it leaves with the smaller one's basis or not at all.
        lignes.push(ligne(nom, curve.median(), a_temps(&curve), p, basis));
    }
    Ok(lignes)
}
