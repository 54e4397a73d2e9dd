//! Interval for the difference of two shares, by squaring and adding Wilson limits.
//!
//! Independent groups, with `(l, u)` Wilson's limits of each: `d − √((p₁−l₁)² + (u₂−p₂)²)` and
//! `d + √((u₁−p₁)² + (p₂−l₂)²)`. Newcombe (1998), *Statistics in Medicine* 17, 873–890, method 10.
//!
//! Paired (the same people twice), with `φ` the corrected correlation of the two answers:
//! `d − √((p₁−l₁)² − 2φ(p₁−l₁)(u₂−p₂) + (u₂−p₂)²)`. Newcombe (1998), *Statistics in Medicine* 17, 2635–2650, method 10.

use super::Interval;
use super::wilson::wilson;

/// Difference `x₁/n₁ − x₂/n₂` of two independent shares; `None` if a group is empty or `x > n`.
pub fn difference(first: (u64, u64), second: (u64, u64), level: f64) -> Option<Interval> {
    let one = wilson(first.0, first.1, level)?;
    let two = wilson(second.0, second.1, level)?;
    Some(combine(&one, &two, 0.0))
}

/// The four counts of two yes/no answers of the same people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paired {
    /// Yes both times.
    pub both: u64,
    /// Yes the first time only.
    pub first_only: u64,
    /// Yes the second time only.
    pub second_only: u64,
    /// No both times.
    pub neither: u64,
}

/// Difference first − second of two shares measured on the same people; `None` if there is nobody.
pub fn paired_difference(counts: Paired, level: f64) -> Option<Interval> {
    let Paired {
        both: a,
        first_only: b,
        second_only: c,
        neither: d,
    } = counts;
    let n = a + b + c + d;
    let one = wilson(a + b, n, level)?;
    let two = wilson(a + c, n, level)?;
    let margins = ((a + b) as f64) * ((c + d) as f64) * ((a + c) as f64) * ((b + d) as f64);
    let excess = (a as f64) * (d as f64) - (b as f64) * (c as f64);
    // A positive correlation narrows the interval: it is taken with a continuity correction, never below zero.
    let excess = if excess > 0.0 {
        (excess - n as f64 / 2.0).max(0.0)
    } else {
        excess
    };
    let phi = if margins > 0.0 {
        excess / margins.sqrt()
    } else {
        0.0
    };
    Some(combine(&one, &two, phi))
}

fn combine(one: &Interval, two: &Interval, phi: f64) -> Interval {
    let hypotenuse = |a: f64, b: f64| (a * a - 2.0 * phi * a * b + b * b).max(0.0).sqrt();
    let estimate = one.estimate - two.estimate;
    Interval {
        estimate,
        lower: estimate - hypotenuse(one.estimate - one.lower, two.upper - two.estimate),
        upper: estimate + hypotenuse(one.upper - one.estimate, two.estimate - two.lower),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::reference::close;

    #[test]
    fn agrees_with_newcombe_table_2() {
        let published = [
            ((56, 70), (48, 80), 0.0524, 0.3339),
            ((9, 10), (3, 10), 0.1705, 0.8090),
            ((10, 10), (0, 20), 0.6791, 1.0),
            ((5, 56), (0, 29), -0.0381, 0.1926),
        ];
        for (first, second, lower, upper) in published {
            let i = difference(first, second, 0.95).unwrap();
            close(i.lower, lower, 5e-5);
            close(i.upper, upper, 5e-5);
        }
        assert!(difference((1, 0), (1, 2), 0.95).is_none());
    }

    #[test]
    fn pairing_narrows_only_with_positive_correlation() {
        let width = |i: Interval| i.upper - i.lower;
        let same = Paired {
            both: 20,
            first_only: 12,
            second_only: 2,
            neither: 16,
        };
        let paired = paired_difference(same, 0.95).unwrap();
        close(paired.estimate, 0.2, 1e-15);
        // By hand: φ = (20·16 − 12·2 − 25)/√(32·18·22·28) = 0.454967; limits (0.501416, 0.758605) and (0.311572, 0.576915).
        close(paired.lower, 0.0562, 5e-5);
        close(paired.upper, 0.3292, 5e-5);
        assert!(width(paired) < width(difference((32, 50), (22, 50), 0.95).unwrap()));
        let none = Paired {
            both: 0,
            first_only: 0,
            second_only: 0,
            neither: 30,
        };
        assert_eq!(paired_difference(none, 0.95).unwrap().estimate, 0.0);
    }
}
