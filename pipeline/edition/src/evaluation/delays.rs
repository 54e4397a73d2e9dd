//! Delays with their intervals, from the raw distributions: at the bus, where every request counted has its appointment,
//! and at the territories' doctors, where a request that was refused or left without answer has none.

use super::columns::ColumnIndex;
use super::rows::{Backed, DelayInterval};
use base::error::Result;
use base::table::RawTable;
use disclosure::estimate::Basis;
use stats::Interval;
use stats::kaplan_meier::{Curve, FollowUp, LimitScale, log_rank};
use stats::quantile::quantile_interval;

/// Days within which an appointment is thought timely, for the share that got one.
const HORIZON: f64 = 14.0;

/// Requests of the survey, served and not: `[(code, French name); 2]`, as `delai_mg_distribution` codes them.
const SIDES: [(&str, &str); 2] = [
    ("desservi", "Généralistes des territoires desservis"),
    ("non_desservi", "Généralistes des autres territoires"),
];

/// Median delays with their limits: of the bus's appointments (order statistics), of the survey's requests served and not
/// (Kaplan–Meier), and the log-rank test between the two.
///
/// # Errors
/// A column that is missing from a query that was changed.
pub fn delays(bus: &RawTable, survey: &RawTable) -> Result<Vec<Backed<DelayInterval>>> {
    let mut rows: Vec<_> = bus_delays(bus)?.into_iter().collect();
    let [served, others] = [requests(survey, SIDES[0].0)?, requests(survey, SIDES[1].0)?];
    let p = log_rank(&served, &others).map(|(_, p)| p);

    for (place, requests) in SIDES.into_iter().zip([&served, &others]) {
        let Some(curve) = Curve::fit(requests, LimitScale::LogLog, 0.95) else {
            continue;
        };
        let in_time = |o: &&FollowUp| o.event && o.time <= HORIZON;
        let timely = requests.iter().filter(in_time).count();
        let basis = Basis {
            territories: None,
            people: count(requests.len()),
            cases: Some(count(timely.min(requests.len() - timely))),
        };
        // The test compares both sides: each row leaves on the smaller one's basis, or not at all.
        rows.push(row(place, curve.median(), timely_share(&curve), p, basis));
    }

    Ok(rows)
}

/// The row of the bus's own appointments.
fn bus_delays(bus: &RawTable) -> Result<Option<Backed<DelayInterval>>> {
    let columns = ColumnIndex::new(bus);
    let [days, number, patients] = columns.all(["delai_jours", "rendez_vous", "patients"])?;

    let (mut values, mut people) = (Vec::new(), 0);
    for row in &bus.rows {
        let (Some(delay), Some(n)) = (row[days].as_f64(), row[number].as_f64()) else {
            continue;
        };
        values.extend(std::iter::repeat_n(delay, n as usize));
        people += row[patients].as_f64().unwrap_or(0.0) as u64;
    }

    let basis = Basis { territories: None, people, cases: None };

    let place = ("medicobus", "Médicobus (rendez-vous obtenus)");
    Ok(quantile_interval(&values, 0.5, 0.95).map(|m| row(place, Some(m), None, None, basis)))
}

/// The requests of one side. Those without appointment are censored just beyond the longest delay that was had: the
/// survey does not say how long they waited, and shorter would count some of them as about to succeed.
fn requests(survey: &RawTable, side: &str) -> Result<Vec<FollowUp>> {
    let columns = ColumnIndex::new(survey);
    let [served, outcome, delay, number] =
        columns.all(["desserte", "issue", "delai_jours", "demandes"])?;
    let known = survey.rows.iter().filter_map(|r| r[delay].as_f64());
    let longest = known.fold(0.0, f64::max);

    let mut all = Vec::new();
    for row in &survey.rows {
        if row[served].as_text() != Some(side) {
            continue;
        }
        let event = row[outcome].as_text() == Some("obtenu");
        let time = match event {
            true => row[delay].as_f64(),
            false => Some(longest + 1.0),
        };
        if let Some(time) = time {
            let number = row[number].as_f64().unwrap_or(0.0) as usize;
            all.extend(std::iter::repeat_n(FollowUp { time, event }, number));
        }
    }

    Ok(all)
}

/// Share of requests with an appointment within the horizon, in per cent, with the curve's limits turned over.
fn timely_share(curve: &Curve) -> Option<Interval> {
    let step = curve.steps.iter().take_while(|s| s.time <= HORIZON).last()?;

    let share = |survival: f64| (1000.0 * (1.0 - survival)).round() / 10.0;

    Some(Interval {
        estimate: share(step.survival),
        lower: share(step.upper),
        upper: share(step.lower),
    })
}

fn row(
    (place, place_name): (&'static str, &'static str),
    median: Option<Interval>,
    timely: Option<Interval>,
    p: Option<f64>,
    basis: Basis,
) -> Backed<DelayInterval> {
    let row = DelayInterval {
        place,
        place_name,
        median: median.map(|i| i.estimate),
        lower: median.map(|i| i.lower),
        upper: median.map(|i| i.upper),
        timely: timely.map(|i| i.estimate),
        timely_lower: timely.map(|i| i.lower),
        timely_upper: timely.map(|i| i.upper),
        p,
    };

    Backed::new(row, basis)
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
