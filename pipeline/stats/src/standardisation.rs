//! Direct standardisation: the rate a population would have with the structure of a reference population.
//!
//! With `wᵢ` the reference's share of stratum `i`, `dᵢ` events among `nᵢ` people: `R = Σ wᵢ dᵢ/nᵢ`,
//! `v = Σ wᵢ² dᵢ/nᵢ²`, `m = maxᵢ wᵢ/nᵢ`. Gamma limits: the `α/2` quantile of a gamma of mean `R` and variance `v`, and the
//! `1 − α/2` quantile of a gamma of mean `R + m` and variance `v + m²`. Fay & Feuer (1997), *Statistics in Medicine* 16,
//! 791–801. They stay at or above their level even with few events, and never fall below zero.

use super::Interval;
use super::distribution::{gamma_quantile, is_level};

/// One stratum (age × sex × ALD…) of the population studied and of the reference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stratum {
    /// Events (people without médecin traitant…).
    pub events: f64,
    /// People among whom they were counted.
    pub population: f64,
    /// People of the reference population in the same stratum.
    pub standard: f64,
}

/// A directly standardised rate, per person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StandardisedRate {
    /// The standardised rate with its gamma limits.
    pub interval: Interval,
    /// Share of the reference population in strata where the population studied has people. Below 1 the rate is that of
    /// the reference restricted to those strata, and must be published with this share.
    pub covered: f64,
}

/// Standardises; `None` without people, if a count is negative or not a number, if `level` is not between 0 and 1, or if the
/// counts are beyond what a double holds.
pub fn direct(strata: &[Stratum], level: f64) -> Option<StandardisedRate> {
    let valid = |x: f64| x >= 0.0 && x.is_finite();
    let all_valid = strata
        .iter()
        .all(|s| valid(s.events) && valid(s.population) && valid(s.standard));
    if !all_valid || !is_level(level) {
        return None;
    }

    // Strata without people have no rate: the reference is cut down to the others.
    let whole: f64 = strata.iter().map(|s| s.standard).sum();
    let present: Vec<&Stratum> = strata.iter().filter(|s| s.population > 0.0).collect();
    let reference: f64 = present.iter().map(|s| s.standard).sum();
    if reference <= 0.0 {
        return None;
    }

    let (mut rate, mut variance, mut largest) = (0.0, 0.0, 0.0_f64);
    for s in &present {
        let weight = s.standard / reference / s.population;
        rate += weight * s.events;
        variance += weight * weight * s.events;
        largest = largest.max(weight);
    }

    let tail = (1.0 - level) / 2.0;
    let limit = |p: f64, mean: f64, var: f64| gamma_quantile(p, mean * mean / var, var / mean);
    let lower = if rate > 0.0 { limit(tail, rate, variance) } else { 0.0 };
    let upper = limit(1.0 - tail, rate + largest, variance + largest * largest);

    let is_finite = [rate, lower, upper, whole].iter().all(|x| x.is_finite());
    is_finite.then(|| StandardisedRate {
        interval: Interval { estimate: rate, lower, upper },
        covered: reference / whole,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{close, json, rows};

    fn by_birth_order(order: &str) -> Vec<Stratum> {
        let rows = rows("dsr_fleiss1981_fayfeuer1997.csv");
        let number = |s: &String| s.parse::<f64>().unwrap();
        rows[1..]
            .iter()
            .filter(|r| r[0] == order)
            .map(|r| Stratum {
                events: number(&r[2]),
                population: number(&r[3]),
                standard: number(&r[4]),
            })
            .collect()
    }

    #[test]
    fn agrees_with_fay_and_feuer_table_1() {
        for case in json()["dsr_fay_feuer1997_table1"].as_array().unwrap() {
            let rate = direct(&by_birth_order(&case["birth_order"].to_string()), 0.95).unwrap();
            let expected = |key: &str| case[key].as_f64().unwrap();
            close(rate.interval.estimate * 1e5, expected("adj.rate"), 1e-9);
            close(rate.interval.lower * 1e5, expected("lci"), 1e-8);
            close(rate.interval.upper * 1e5, expected("uci"), 1e-8);
            assert_eq!(rate.covered, 1.0);
        }
    }

    #[test]
    fn empty_strata_are_said() {
        let mut strata = by_birth_order("1");
        strata[5].population = 0.0;
        strata[5].events = 0.0;
        let partial = direct(&strata, 0.95).unwrap();
        close(partial.covered, 1.0 - 12_262.6 / 565_034.6, 1e-12);
        assert!(direct(&strata, f64::NAN).is_none());
        strata[0].standard = f64::MAX;
        strata[1].standard = f64::MAX;
        assert!(direct(&strata, 0.95).is_none());
        assert!(
            direct(
                &[Stratum {
                    events: -1.0,
                    population: 1.0,
                    standard: 1.0
                }],
                0.95
            )
            .is_none()
        );
    }
}
