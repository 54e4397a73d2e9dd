//! The whole of an estimation, on R's test panel and on panels whose truth is known.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::tests::rows;

mod gaps;
mod hostile;
mod imputation;
mod leave_out;
mod lost_cells;
mod monte_carlo;
mod mpdta;
mod power;
mod random_panels;
mod relative;
mod robustness;

/// A panel from `(unit, period, value)` rows in any order and the period of first service per unit (absent: never). Units come
/// in the order of their names.
fn from_long(rows: &[(String, i32, f64)], cohorts: &BTreeMap<String, i32>) -> Panel {
    let mut by_unit: BTreeMap<&String, BTreeMap<i32, f64>> = BTreeMap::new();
    let mut periods = BTreeSet::new();
    for (unit, period, value) in rows {
        periods.insert(*period);
        by_unit.entry(unit).or_default().insert(*period, *value);
    }

    let outcome: Vec<Vec<Option<f64>>> = by_unit
        .values()
        .map(|values| periods.iter().map(|p| values.get(p).copied()).collect())
        .collect();
    let names = by_unit.keys();
    Panel::new(
        names.clone().map(|u| (*u).clone()).collect(),
        periods.into_iter().collect(),
        &outcome,
        names.map(|unit| cohorts.get(*unit).copied()).collect(),
    )
    .unwrap()
}

/// County teen employment, 2003–2007; with `lpop` as covariate if asked.
fn panel(covariate: bool) -> Panel {
    let (mut values, mut cohorts, mut population) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    for row in &rows("mpdta.csv")[1..] {
        let (unit, cohort) = (row[1].clone(), row[4].parse::<i32>().unwrap());
        values.push((unit.clone(), row[0].parse().unwrap(), row[3].parse().unwrap()));
        population.insert(unit.clone(), row[2].parse::<f64>().unwrap());
        if cohort > 0 {
            cohorts.insert(unit, cohort);
        }
    }
    let panel = from_long(&values, &cohorts);
    if !covariate {
        return panel;
    }
    let column = panel.units().iter().map(|u| population[u]).collect();
    panel.with_covariate("lpop", column).unwrap()
}

fn options(control: &str, method: &str) -> (Options, f64) {
    let (method, tolerance) = match method {
        "reg" => (Method::OutcomeRegression, 1e-10),
        _ => (Method::DoublyRobust, 1e-8),
    };
    let control = if control == "nevertreated" {
        Control::NeverTreated
    } else {
        Control::NotYetTreated
    };
    (
        Options {
            method,
            control,
            bootstrap: None,
            ..Options::default()
        },
        tolerance,
    )
}

/// The rows of a reference file by `(control, covariate, method)`.
fn cases(file: &str) -> BTreeMap<(String, String, String), Vec<Vec<String>>> {
    let mut cases: BTreeMap<_, Vec<Vec<String>>> = BTreeMap::new();
    for row in rows(file).drain(1..) {
        cases
            .entry((row[0].clone(), row[1].clone(), row[2].clone()))
            .or_default()
            .push(row);
    }
    cases
}

/// Whether the interval of an estimate holds `truth`; without an interval nothing is claimed, and nothing missed.
fn holds(point: &PointEstimate, truth: f64) -> bool {
    point.interval().is_none_or(|i| i.contains(truth))
}

fn number(text: &str) -> f64 {
    text.parse().unwrap()
}
