//! Do several estimates differ, each with its own error?
//!
//! With weights `wᵢ = 1/seᵢ²`, `W` their sum, `x̄` the weighted mean and `Λ = Σ (1 − wᵢ/W)²/νᵢ`:
//! `F = Σ wᵢ (xᵢ − x̄)²/(k − 1) / (1 + 2 (k − 2) Λ/(k² − 1))` follows Fisher's law with `k − 1` and `(k² − 1)/(3 Λ)` degrees of
//! freedom where all are equal. Welch (1951), *Biometrika* 38, 330–336; of two estimates it is Welch's t squared.
//!
//! The estimates are taken to be independent. Those that share their controls move together, so that their differences vary less than is
//! reckoned: the test then rejects too seldom, never too often.

use crate::distribution::fisher_tail;

/// One estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimated {
    /// In the unit of the outcome.
    pub estimate: f64,
    /// Its standard error, above 0.
    pub se: f64,
    /// Degrees of freedom of that error; infinite where it is known.
    pub df: f64,
}

/// p-value of all estimates being equal; none of fewer than two, or where an error is none.
pub fn difference(estimates: &[Estimated]) -> Option<f64> {
    let usable =
        |e: &Estimated| e.estimate.is_finite() && e.se.is_finite() && e.se > 0.0 && e.df > 0.0;
    if estimates.len() < 2 || !estimates.iter().all(usable) {
        return None;
    }

    let count = estimates.len() as f64;
    let weights: Vec<f64> = estimates.iter().map(|e| e.se.powi(-2)).collect();
    let total: f64 = weights.iter().sum();
    let weighted = || weights.iter().zip(estimates);

    let mean = weighted().map(|(w, e)| w * e.estimate).sum::<f64>() / total;
    let spread = weighted().map(|(w, e)| w * (e.estimate - mean).powi(2)).sum::<f64>();
    let unsure: f64 = weighted().map(|(w, e)| (1.0 - w / total).powi(2) / e.df).sum();

    let squares = count * count - 1.0;
    let f = spread / (count - 1.0) / (1.0 + 2.0 * (count - 2.0) * unsure / squares);
    Some(fisher_tail(f, count - 1.0, squares / (3.0 * unsure)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::student_two_sided_p;
    use crate::tests::close;

    /// Mean, standard error and degrees of freedom of a sample.
    fn of(sample: &[f64]) -> Estimated {
        let n = sample.len() as f64;
        let mean = sample.iter().sum::<f64>() / n;
        let squares: f64 = sample.iter().map(|x| (x - mean).powi(2)).sum();
        Estimated {
            estimate: mean,
            se: (squares / (n - 1.0) / n).sqrt(),
            df: n - 1.0,
        }
    }

    /// R 4.4, `oneway.test(weight ~ group, PlantGrowth)`: F = 5.181, num df = 2.000, denom df = 17.128, p-value = 0.01739.
    #[test]
    fn agrees_with_r_on_plant_growth() {
        let groups = [
            of(&[4.17, 5.58, 5.18, 6.11, 4.50, 4.61, 5.17, 4.53, 5.33, 5.14]),
            of(&[4.81, 4.17, 4.41, 3.59, 5.87, 3.83, 6.03, 4.89, 4.32, 4.69]),
            of(&[6.31, 5.12, 5.54, 5.50, 5.37, 5.29, 4.92, 6.15, 5.80, 5.26]),
        ];
        close(difference(&groups).unwrap(), 0.017_39, 5e-6);
    }

    #[test]
    fn of_two_it_is_the_test_of_welch() {
        let (one, two) = (of(&[1.0, 2.0, 4.0, 4.5]), of(&[3.0, 3.5, 7.0, 9.0, 6.0]));
        let variances = [one.se.powi(2), two.se.powi(2)];
        let both: f64 = variances.iter().sum();
        let df = both.powi(2) / (variances[0].powi(2) / one.df + variances[1].powi(2) / two.df);
        let t = (one.estimate - two.estimate) / both.sqrt();
        close(difference(&[one, two]).unwrap(), student_two_sided_p(t, df), 1e-12);
    }

    #[test]
    fn with_known_errors_it_is_a_chi_squared() {
        let known = |estimate| Estimated { estimate, se: 1.0, df: f64::INFINITY };
        let p = difference(&[known(0.0), known(1.0), known(2.0)]).unwrap();
        close(p, crate::distribution::chi_squared_tail(2.0, 2.0), 1e-9);
    }

    #[test]
    fn what_cannot_be_tested_has_no_p_value() {
        let sound = Estimated { estimate: 1.0, se: 1.0, df: 9.0 };
        assert_eq!(difference(&[sound]), None);
        for wrong in [
            Estimated { se: 0.0, ..sound },
            Estimated { se: f64::NAN, ..sound },
            Estimated { df: 0.0, ..sound },
            Estimated { estimate: f64::INFINITY, ..sound },
        ] {
            assert_eq!(difference(&[sound, wrong]), None);
        }
    }
}
