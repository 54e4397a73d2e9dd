//! Adjusted p-values when many tests are made at once.
//!
//! With `p₍₁₎ ≤ … ≤ p₍ₘ₎`, Benjamini–Hochberg: `min_{j ≥ i} m p₍ⱼ₎/j`, which bounds the expected share of false
//! discoveries. Benjamini & Hochberg (1995), *JRSS B* 57, 289–300. Benjamini–Yekutieli multiplies by `Σ 1/j`, valid under
//! any dependence (*Annals of Statistics* 29 (2001), 1165–1188). Holm: `max_{j ≤ i} (m−j+1) p₍ⱼ₎`, which bounds the chance
//! of one false rejection (*Scandinavian Journal of Statistics* 6 (1979), 65–70).

/// How to adjust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adjustment {
    /// False discovery rate, independent or positively dependent tests.
    BenjaminiHochberg,
    /// False discovery rate, any dependence.
    BenjaminiYekutieli,
    /// Family-wise error rate.
    Holm,
    /// Family-wise error rate, `m·p`.
    Bonferroni,
}

/// Adjusted p-values in the order given, each at most 1. A NaN (test that could not be made) stays NaN and does not count.
pub fn adjust(p_values: &[f64], adjustment: Adjustment) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len())
        .filter(|&i| !p_values[i].is_nan())
        .collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]).then(a.cmp(&b)));
    let m = order.len() as f64;
    let mut adjusted = vec![f64::NAN; p_values.len()];
    match adjustment {
        Adjustment::Bonferroni => order
            .iter()
            .for_each(|&i| adjusted[i] = (m * p_values[i]).min(1.0)),
        Adjustment::Holm => {
            let mut largest = 0.0_f64;
            for (rank, &i) in order.iter().enumerate() {
                largest = largest.max((m - rank as f64) * p_values[i]);
                adjusted[i] = largest.min(1.0);
            }
        }
        Adjustment::BenjaminiHochberg | Adjustment::BenjaminiYekutieli => {
            let dependence = match adjustment {
                Adjustment::BenjaminiYekutieli => (1..=order.len()).map(|j| 1.0 / j as f64).sum(),
                _ => 1.0,
            };
            let mut smallest = 1.0_f64;
            for (rank, &i) in order.iter().enumerate().rev() {
                smallest = smallest.min(dependence * m / (rank as f64 + 1.0) * p_values[i]);
                adjusted[i] = smallest;
            }
        }
    }
    adjusted
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::reference::{close, json};

    #[test]
    fn agrees_with_benjamini_and_hochberg_1995() {
        let json = json();
        let cases = json["bh1995"].as_array().unwrap();
        // Reversed, so that the answer cannot lean on the input being sorted.
        let p: Vec<f64> = cases
            .iter()
            .rev()
            .map(|c| c["p"].as_f64().unwrap())
            .collect();
        let kinds = [
            ("BH", Adjustment::BenjaminiHochberg),
            ("BY", Adjustment::BenjaminiYekutieli),
            ("holm", Adjustment::Holm),
            ("bonf", Adjustment::Bonferroni),
        ];
        for (key, kind) in kinds {
            for (answer, case) in adjust(&p, kind).iter().zip(cases.iter().rev()) {
                close(*answer, case[key].as_f64().unwrap(), 1e-12);
            }
        }
    }

    #[test]
    fn missing_tests_do_not_count() {
        let adjusted = adjust(&[0.01, f64::NAN, 0.04], Adjustment::BenjaminiHochberg);
        close(adjusted[0], 0.02, 1e-15);
        assert!(adjusted[1].is_nan());
    }
}
