//! Adjusted p-values when many tests are made at once.
//!
//! With `p₍₁₎ ≤ … ≤ p₍ₘ₎`, Benjamini–Hochberg: `min_{j ≥ i} m p₍ⱼ₎/j`, which bounds the expected share of false
//! discoveries when the tests are independent or positively dependent. Benjamini & Hochberg (1995), *JRSS B* 57, 289–300.

/// Adjusted p-values in the order given, each at most 1. A NaN (test that could not be made) stays NaN and does not count.
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).filter(|&i| !p_values[i].is_nan()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]).then(a.cmp(&b)));

    let count = order.len() as f64;
    let mut adjusted = vec![f64::NAN; p_values.len()];
    let mut smallest = 1.0_f64;
    for (rank, &i) in order.iter().enumerate().rev() {
        smallest = smallest.min(count / (rank as f64 + 1.0) * p_values[i]);
        adjusted[i] = smallest;
    }

    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{close, json};

    #[test]
    fn agrees_with_benjamini_and_hochberg_1995() {
        let json = json();
        let cases = json["bh1995"].as_array().unwrap();
        // Reversed, so that the answer cannot lean on the input being sorted.
        let p: Vec<f64> = cases.iter().rev().map(|c| c["p"].as_f64().unwrap()).collect();

        for (answer, case) in benjamini_hochberg(&p).iter().zip(cases.iter().rev()) {
            close(*answer, case["BH"].as_f64().unwrap(), 1e-12);
        }
    }

    #[test]
    fn missing_tests_do_not_count() {
        let adjusted = benjamini_hochberg(&[0.01, f64::NAN, 0.04]);
        close(adjusted[0], 0.02, 1e-15);
        assert!(adjusted[1].is_nan());
    }
}
