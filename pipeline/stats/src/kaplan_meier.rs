//! Delays when some requests never got an appointment: those are censored, not thrown away.
//!
//! `S(t) = Π_{tᵢ ≤ t} (1 − dᵢ/nᵢ)`. Kaplan & Meier (1958), *JASA* 53, 457–481. Greenwood's variance of `ln S`:
//! `σ² = Σ dᵢ/(nᵢ(nᵢ−dᵢ))`. Limits: `S·exp(±zσ)` ([`Limits::Log`]) or `S^exp(±zσ/ln S)` ([`Limits::LogLog`], which stay
//! within (0, 1) and hold their level better in small samples). Kalbfleisch & Prentice (2002), *The Statistical Analysis
//! of Failure Time Data*, section 1.4. Quantiles and their limits: Brookmeyer & Crowley (1982), *Biometrics* 38, 29–41.
//! Comparison of groups: log-rank, Mantel (1966), *Cancer Chemotherapy Reports* 50, 163–170.

use serde::Serialize;

use super::Interval;
use super::distribution::{chi_squared_tail, two_sided_z};

/// One request: how long it was followed, and whether it ended in an appointment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// Delay to the appointment, or time until which none was had, in days.
    pub time: f64,
    /// True if the appointment was had at `time`, false if censored.
    pub event: bool,
}

/// Scale on which the limits of the curve are symmetrical.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limits {
    /// On `ln S` (the default of R's `survfit`).
    Log,
    /// On `ln(−ln S)`.
    LogLog,
}

/// One step of the curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Step {
    /// Time of the step, in days.
    pub time: f64,
    /// Requests still open just before.
    pub at_risk: usize,
    /// Appointments had at this time.
    pub events: usize,
    /// Requests censored at this time.
    pub censored: usize,
    /// Share without appointment after this time.
    pub survival: f64,
    /// Greenwood standard error of `ln S` (infinite once `S = 0`).
    pub std_err_log: f64,
    /// Lower limit of the share (NaN once `S = 0`).
    pub lower: f64,
    /// Upper limit of the share (NaN once `S = 0`).
    pub upper: f64,
}

/// A Kaplan–Meier curve: one step per distinct time, in increasing order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curve {
    /// The steps.
    pub steps: Vec<Step>,
}

impl Curve {
    /// Estimates the curve; `None` if there is no observation or a time is negative or not a number.
    pub fn fit(observations: &[Observation], limits: Limits, level: f64) -> Option<Curve> {
        if observations.is_empty() || observations.iter().any(|o| o.time.is_nan() || o.time < 0.0) {
            return None;
        }
        let mut sorted = observations.to_vec();
        sorted.sort_by(|a, b| a.time.total_cmp(&b.time));
        let z = two_sided_z(level);
        let (mut at_risk, mut survival, mut variance) = (sorted.len(), 1.0, 0.0);
        let mut steps = Vec::new();
        for same in sorted.chunk_by(|a, b| a.time == b.time) {
            let events = same.iter().filter(|o| o.event).count();
            let (n, d) = (at_risk as f64, events as f64);
            survival *= 1.0 - d / n;
            variance += if events == 0 { 0.0 } else { d / (n * (n - d)) };
            let std_err_log = f64::sqrt(variance);
            let (lower, upper) = around(survival, std_err_log, z, limits);
            let censored = same.len() - events;
            steps.push(Step {
                time: same[0].time,
                at_risk,
                events,
                censored,
                survival,
                std_err_log,
                lower,
                upper,
            });
            at_risk -= same.len();
        }
        Some(Curve { steps })
    }

    /// Share without appointment after `time` days.
    pub fn survival_at(&self, time: f64) -> f64 {
        self.steps
            .iter()
            .take_while(|s| s.time <= time)
            .last()
            .map_or(1.0, |s| s.survival)
    }

    /// Delay within which the share `p` of requests got an appointment, with its limits.
    ///
    /// `None` if fewer than that share ever did. A limit that the curve never reaches is infinite. On a flat stretch at
    /// exactly `1 − p` the middle of the stretch is given, as R's `survfit` does.
    pub fn quantile(&self, p: f64) -> Option<Interval> {
        let estimate = self.crossing(1.0 - p, |s| s.survival)?;
        // Upper limit of the curve gives the upper limit of the delay. A curve at zero has crossed for certain.
        let limit = |pick: fn(&Step) -> f64| {
            self.crossing(
                1.0 - p,
                |s| if s.survival > 0.0 { pick(s) } else { f64::NAN },
            )
        };
        Some(Interval {
            estimate,
            lower: limit(|s| s.lower).unwrap_or(f64::INFINITY).min(estimate),
            upper: limit(|s| s.upper).unwrap_or(f64::INFINITY),
        })
    }

    /// Median delay with its limits; see [`Curve::quantile`].
    pub fn median(&self) -> Option<Interval> {
        self.quantile(0.5)
    }

    fn crossing(&self, threshold: f64, height: impl Fn(&Step) -> f64) -> Option<f64> {
        let slack = 1e-9;
        let first = self
            .steps
            .iter()
            .position(|s| height(s) <= threshold + slack)?;
        let level = height(&self.steps[first]);
        if (level - threshold).abs() > slack {
            return Some(self.steps[first].time);
        }
        let next = self.steps[first..]
            .iter()
            .find(|s| height(s) < threshold - slack);
        Some(next.map_or(self.steps[first].time, |s| {
            (self.steps[first].time + s.time) / 2.0
        }))
    }

    /// Mean delay restricted to the first `horizon` days (area under the curve), with its standard error.
    pub fn restricted_mean(&self, horizon: f64) -> (f64, f64) {
        let (mut areas, mut left, mut height) = (Vec::new(), 0.0, 1.0);
        for step in self.steps.iter().take_while(|s| s.time <= horizon) {
            areas.push(height * (step.time - left));
            (left, height) = (step.time, step.survival);
        }
        areas.push(height * (horizon - left));
        let (mut remaining, mut variance) = (areas.iter().sum::<f64>(), 0.0);
        let mean = remaining;
        for (step, area) in self.steps.iter().zip(&areas) {
            remaining -= area;
            let (n, d) = (step.at_risk as f64, step.events as f64);
            if n > d {
                variance += remaining * remaining * d / (n * (n - d));
            }
        }
        (mean, variance.sqrt())
    }
}

fn around(survival: f64, std_err_log: f64, z: f64, limits: Limits) -> (f64, f64) {
    if survival <= 0.0 {
        return (f64::NAN, f64::NAN);
    }
    if survival >= 1.0 {
        return (1.0, 1.0);
    }
    match limits {
        Limits::Log => {
            let factor = (z * std_err_log).exp();
            (survival / factor, (survival * factor).min(1.0))
        }
        Limits::LogLog => {
            let factor = (z * std_err_log / survival.ln().abs()).exp();
            (survival.powf(factor), survival.powf(1.0 / factor))
        }
    }
}

/// Log-rank test that two groups have the same delays: chi-squared statistic with one degree of freedom, and p-value.
///
/// `None` if a group is empty or nobody got an appointment.
pub fn log_rank(first: &[Observation], second: &[Observation]) -> Option<(f64, f64)> {
    if first.is_empty() || second.is_empty() {
        return None;
    }
    let mut times: Vec<f64> = first
        .iter()
        .chain(second)
        .filter(|o| o.event)
        .map(|o| o.time)
        .collect();
    times.sort_by(f64::total_cmp);
    times.dedup();
    let count = |group: &[Observation], t: f64| {
        let risk = group.iter().filter(|o| o.time >= t).count() as f64;
        let events = group.iter().filter(|o| o.event && o.time == t).count() as f64;
        (risk, events)
    };
    let (mut excess, mut variance) = (0.0, 0.0);
    for t in times {
        let ((n1, d1), (n2, d2)) = (count(first, t), count(second, t));
        let (n, d) = (n1 + n2, d1 + d2);
        excess += d1 - d * n1 / n;
        if n > 1.0 {
            variance += d * (n1 / n) * (n2 / n) * (n - d) / (n - 1.0);
        }
    }
    (variance > 0.0).then(|| {
        let statistic = excess * excess / variance;
        (statistic, chi_squared_tail(statistic, 1.0))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::reference::{close, json, rows};

    fn read(file: &str, group: &str) -> Vec<Observation> {
        let rows = rows(file);
        let of_group = rows[1..]
            .iter()
            .filter(|r| group.is_empty() || r[2] == group);
        of_group
            .map(|r| Observation {
                time: r[0].parse().unwrap(),
                event: r[1] == "1",
            })
            .collect()
    }

    fn check(curve: &Curve, case: &serde_json::Value, horizon: f64) {
        let median = curve.median().unwrap();
        assert_eq!(median.estimate, case["median"].as_f64().unwrap());
        assert_eq!(median.lower, case["0.95LCL"].as_f64().unwrap());
        assert_eq!(
            median.upper,
            case["0.95UCL"].as_f64().unwrap_or(f64::INFINITY)
        );
        let (mean, error) = curve.restricted_mean(horizon);
        close(mean, case["rmean"].as_f64().unwrap(), 1e-9);
        close(error, case["se(rmean)"].as_f64().unwrap(), 1e-9);
    }

    #[test]
    fn agrees_with_reference_medians() {
        let km = &json()["km"];
        for (case, group) in km["aml"]
            .as_array()
            .unwrap()
            .iter()
            .zip(["Maintained", "Nonmaintained"])
        {
            check(
                &Curve::fit(&read("km_aml.csv", group), Limits::Log, 0.95).unwrap(),
                case,
                161.0,
            );
        }
        let lung = read("km_lung.csv", "");
        check(
            &Curve::fit(&lung, Limits::Log, 0.95).unwrap(),
            &km["lung"][0],
            1022.0,
        );
        check(
            &Curve::fit(&lung, Limits::LogLog, 0.95).unwrap(),
            &km["lung_loglog"][0],
            1022.0,
        );
        for (case, group) in km["lung_sex"].as_array().unwrap().iter().zip(["1", "2"]) {
            check(
                &Curve::fit(&read("km_lung.csv", group), Limits::Log, 0.95).unwrap(),
                case,
                1022.0,
            );
        }
        let curve = Curve::fit(&lung, Limits::Log, 0.95).unwrap();
        for (p, expected) in [0.25, 0.5, 0.75]
            .iter()
            .zip(km["lung_quantiles"].as_array().unwrap())
        {
            assert_eq!(
                curve.quantile(*p).unwrap().estimate,
                expected.as_f64().unwrap()
            );
        }
    }

    #[test]
    fn agrees_with_reference_curve_and_log_rank() {
        let km = &json()["km"];
        for case in km["aml_curve"].as_array().unwrap() {
            let group = case["strata"].as_str().unwrap().trim_start_matches("x=");
            let curve = Curve::fit(&read("km_aml.csv", group), Limits::Log, 0.95).unwrap();
            let step = curve
                .steps
                .iter()
                .find(|s| s.time == case["time"].as_f64().unwrap())
                .unwrap();
            assert_eq!(step.at_risk as u64, case["n_risk"].as_u64().unwrap());
            assert_eq!(step.events as u64, case["n_event"].as_u64().unwrap());
            close(step.survival, case["surv"].as_f64().unwrap(), 1e-12);
            if let Some(expected) = case["std_err_log"].as_f64() {
                close(step.std_err_log, expected, 1e-12);
                close(step.lower, case["lower"].as_f64().unwrap(), 1e-10);
                close(step.upper, case["upper"].as_f64().unwrap(), 1e-10);
            }
        }
        let aml = log_rank(
            &read("km_aml.csv", "Maintained"),
            &read("km_aml.csv", "Nonmaintained"),
        )
        .unwrap();
        close(aml.0, km["logrank_aml"].as_f64().unwrap(), 1e-10);
        let lung = log_rank(&read("km_lung.csv", "1"), &read("km_lung.csv", "2")).unwrap();
        close(lung.0, km["logrank_lung_sex"].as_f64().unwrap(), 1e-10);
    }

    #[test]
    fn no_median_when_most_requests_fail() {
        let refused = |n: usize| {
            vec![
                Observation {
                    time: 30.0,
                    event: false
                };
                n
            ]
        };
        let mut data = refused(6);
        data.extend([2.0, 5.0].map(|time| Observation { time, event: true }));
        let curve = Curve::fit(&data, Limits::LogLog, 0.95).unwrap();
        assert_eq!(curve.median(), None);
        close(curve.survival_at(10.0), 0.75, 1e-15);
        assert!(log_rank(&data, &[]).is_none());
    }
}
