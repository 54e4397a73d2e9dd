//! Delays when some requests never got an appointment: those are censored, not thrown away.
//!
//! `S(t) = Π_{tᵢ ≤ t} (1 − dᵢ/nᵢ)`. Kaplan & Meier (1958), *JASA* 53, 457–481. Greenwood's variance of `ln S`:
//! `σ² = Σ dᵢ/(nᵢ(nᵢ−dᵢ))`. Limits: `S·exp(±zσ)` ([`LimitScale::Log`]) or `S^exp(±zσ/ln S)` ([`LimitScale::LogLog`], which
//! stay within (0, 1) and hold their level better in small samples). Kalbfleisch & Prentice (2002), *The Statistical Analysis
//! of Failure Time Data*, section 1.4. Quantiles and their limits: Brookmeyer & Crowley (1982), *Biometrics* 38, 29–41.
//! Comparison of groups: log-rank, Mantel (1966), *Cancer Chemotherapy Reports* 50, 163–170.

use super::Interval;
use super::distribution::{chi_squared_tail, is_level, two_sided_z};

/// One request: how long it was followed, and whether it ended in an appointment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FollowUp {
    /// Delay to the appointment, or time until which none was had, in days.
    pub time: f64,
    /// True if the appointment was had at `time`, false if censored.
    pub event: bool,
}

/// Scale on which the limits of the curve are symmetrical.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitScale {
    /// On `ln S` (the default of R's `survfit`).
    Log,
    /// On `ln(−ln S)`.
    LogLog,
}

/// One step of the curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurveStep {
    /// Time of the step, in days.
    pub time: f64,
    /// Requests still open just before.
    pub at_risk: usize,
    /// Appointments had at this time.
    pub events: usize,
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
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// The steps.
    pub steps: Vec<CurveStep>,
}

impl Curve {
    /// Estimates the curve; `None` if nobody was followed, a time is negative or not finite, or `level` is not between 0 and 1.
    pub fn fit(requests: &[FollowUp], scale: LimitScale, level: f64) -> Option<Curve> {
        let is_time = |r: &FollowUp| r.time.is_finite() && r.time >= 0.0;
        if requests.is_empty() || !requests.iter().all(is_time) || !is_level(level) {
            return None;
        }

        let mut sorted = requests.to_vec();
        sorted.sort_by(|a, b| a.time.total_cmp(&b.time));

        let z = two_sided_z(level);
        let (mut at_risk, mut survival, mut variance) = (sorted.len(), 1.0, 0.0);
        let mut steps = Vec::new();
        for same_time in sorted.chunk_by(|a, b| a.time == b.time) {
            let events = same_time.iter().filter(|r| r.event).count();
            let (n, d) = (at_risk as f64, events as f64);
            survival *= 1.0 - d / n;
            variance += if events == 0 { 0.0 } else { d / (n * (n - d)) };

            let std_err_log = f64::sqrt(variance);
            let (lower, upper) = limits(survival, std_err_log, z, scale);
            steps.push(CurveStep {
                time: same_time[0].time,
                at_risk,
                events,
                survival,
                std_err_log,
                lower,
                upper,
            });

            at_risk -= same_time.len();
        }

        Some(Curve { steps })
    }

    /// The last step up to `time` days; `None` before the first.
    pub fn step_at(&self, time: f64) -> Option<&CurveStep> {
        self.steps.iter().take_while(|s| s.time <= time).last()
    }

    /// Delay within which the share `p` of requests got an appointment, with its limits.
    ///
    /// `None` if fewer than that share ever did. A limit that the curve never reaches is infinite. On a flat stretch at
    /// exactly `1 − p` the middle of the stretch is given, as R's `survfit` does.
    pub fn quantile(&self, p: f64) -> Option<Interval> {
        let estimate = self.crossing(1.0 - p, |s| s.survival)?;

        // Upper limit of the curve gives the upper limit of the delay. A curve at zero has crossed for certain.
        let limit = |pick: fn(&CurveStep) -> f64| {
            let height = |s: &CurveStep| if s.survival > 0.0 { pick(s) } else { f64::NAN };
            self.crossing(1.0 - p, height).unwrap_or(f64::INFINITY)
        };

        Some(Interval {
            estimate,
            lower: limit(|s| s.lower).min(estimate),
            upper: limit(|s| s.upper),
        })
    }

    /// Median delay with its limits; see [`Curve::quantile`].
    pub fn median(&self) -> Option<Interval> {
        self.quantile(0.5)
    }

    /// First time at which `height` comes down to `threshold`, or the middle of the stretch that lies on it.
    fn crossing(&self, threshold: f64, height: impl Fn(&CurveStep) -> f64) -> Option<f64> {
        let slack = 1e-9;
        let first = self.steps.iter().position(|s| height(s) <= threshold + slack)?;
        let start = self.steps[first].time;
        if (height(&self.steps[first]) - threshold).abs() > slack {
            return Some(start);
        }

        let next = self.steps[first..].iter().find(|s| height(s) < threshold - slack);
        Some(next.map_or(start, |s| (start + s.time) / 2.0))
    }
}

/// Limits of the share `survival`.
fn limits(survival: f64, std_err_log: f64, z: f64, scale: LimitScale) -> (f64, f64) {
    if survival <= 0.0 {
        return (f64::NAN, f64::NAN);
    }
    if survival >= 1.0 {
        return (1.0, 1.0);
    }

    match scale {
        LimitScale::Log => {
            let factor = (z * std_err_log).exp();
            (survival / factor, (survival * factor).min(1.0))
        }
        LimitScale::LogLog => {
            let factor = (z * std_err_log / survival.ln().abs()).exp();
            (survival.powf(factor), survival.powf(1.0 / factor))
        }
    }
}

/// Log-rank test that two groups have the same delays: chi-squared statistic with one degree of freedom, and p-value.
///
/// `None` if a group is empty or nobody got an appointment.
pub fn log_rank(first: &[FollowUp], second: &[FollowUp]) -> Option<(f64, f64)> {
    if first.is_empty() || second.is_empty() {
        return None;
    }

    let events = first.iter().chain(second).filter(|r| r.event);
    let mut times: Vec<f64> = events.map(|r| r.time).collect();
    times.sort_by(f64::total_cmp);
    times.dedup();

    let count = |group: &[FollowUp], t: f64| {
        let at_risk = group.iter().filter(|r| r.time >= t).count() as f64;
        let events = group.iter().filter(|r| r.event && r.time == t).count() as f64;
        (at_risk, events)
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
    use super::*;
    use crate::tests::{close, json, rows};

    fn read(file: &str, group: &str) -> Vec<FollowUp> {
        let rows = rows(file);
        let of_group = rows[1..].iter().filter(|r| group.is_empty() || r[2] == group);
        of_group
            .map(|r| FollowUp {
                time: r[0].parse().unwrap(),
                event: r[1] == "1",
            })
            .collect()
    }

    fn check(curve: &Curve, case: &serde_json::Value) {
        let median = curve.median().unwrap();
        assert_eq!(median.estimate, case["median"].as_f64().unwrap());
        assert_eq!(median.lower, case["0.95LCL"].as_f64().unwrap());
        assert_eq!(median.upper, case["0.95UCL"].as_f64().unwrap_or(f64::INFINITY));
    }

    #[test]
    fn agrees_with_reference_medians() {
        let km = &json()["km"];
        for (case, group) in
            km["aml"].as_array().unwrap().iter().zip(["Maintained", "Nonmaintained"])
        {
            check(&Curve::fit(&read("km_aml.csv", group), LimitScale::Log, 0.95).unwrap(), case);
        }
        let lung = read("km_lung.csv", "");
        check(&Curve::fit(&lung, LimitScale::Log, 0.95).unwrap(), &km["lung"][0]);
        check(&Curve::fit(&lung, LimitScale::LogLog, 0.95).unwrap(), &km["lung_loglog"][0]);
        for (case, group) in km["lung_sex"].as_array().unwrap().iter().zip(["1", "2"]) {
            check(&Curve::fit(&read("km_lung.csv", group), LimitScale::Log, 0.95).unwrap(), case);
        }
        let curve = Curve::fit(&lung, LimitScale::Log, 0.95).unwrap();
        for (p, expected) in [0.25, 0.5, 0.75].iter().zip(km["lung_quantiles"].as_array().unwrap())
        {
            assert_eq!(curve.quantile(*p).unwrap().estimate, expected.as_f64().unwrap());
        }
    }

    #[test]
    fn agrees_with_reference_curve_and_log_rank() {
        let km = &json()["km"];
        for case in km["aml_curve"].as_array().unwrap() {
            let group = case["strata"].as_str().unwrap().trim_start_matches("x=");
            let curve = Curve::fit(&read("km_aml.csv", group), LimitScale::Log, 0.95).unwrap();
            let step =
                curve.steps.iter().find(|s| s.time == case["time"].as_f64().unwrap()).unwrap();
            assert_eq!(step.at_risk as u64, case["n_risk"].as_u64().unwrap());
            assert_eq!(step.events as u64, case["n_event"].as_u64().unwrap());
            close(step.survival, case["surv"].as_f64().unwrap(), 1e-12);
            if let Some(expected) = case["std_err_log"].as_f64() {
                close(step.std_err_log, expected, 1e-12);
                close(step.lower, case["lower"].as_f64().unwrap(), 1e-10);
                close(step.upper, case["upper"].as_f64().unwrap(), 1e-10);
            }
        }
        let aml = log_rank(&read("km_aml.csv", "Maintained"), &read("km_aml.csv", "Nonmaintained"))
            .unwrap();
        close(aml.0, km["logrank_aml"].as_f64().unwrap(), 1e-10);
        let lung = log_rank(&read("km_lung.csv", "1"), &read("km_lung.csv", "2")).unwrap();
        close(lung.0, km["logrank_lung_sex"].as_f64().unwrap(), 1e-10);
    }

    #[test]
    fn no_median_when_most_requests_fail() {
        let refused = |n: usize| vec![FollowUp { time: 30.0, event: false }; n];
        let mut data = refused(6);
        data.extend([2.0, 5.0].map(|time| FollowUp { time, event: true }));
        let curve = Curve::fit(&data, LimitScale::LogLog, 0.95).unwrap();
        assert_eq!(curve.median(), None);
        close(curve.step_at(10.0).unwrap().survival, 0.75, 1e-15);
        assert!(log_rank(&data, &[]).is_none());
        assert!(Curve::fit(&data, LimitScale::Log, f64::NAN).is_none());
        data[0].time = f64::INFINITY;
        assert!(Curve::fit(&data, LimitScale::Log, 0.95).is_none());
    }
}
