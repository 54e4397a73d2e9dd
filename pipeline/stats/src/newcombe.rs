//! Interval for the difference of two shares, by squaring and adding Wilson limits.
//!
//! Independent groups, with `(l, u)` Wilson's limits of each: `d − √((p₁−l₁)² + (u₂−p₂)²)` and
//! `d + √((u₁−p₁)² + (p₂−l₂)²)`. Newcombe (1998), *Statistics in Medicine* 17, 873–890, method 10.

use super::Interval;
use super::wilson::wilson;

/// Difference `x₁/n₁ − x₂/n₂` of two independent shares; `None` if a group is empty or `x > n`.
pub fn difference(first: (u64, u64), second: (u64, u64), level: f64) -> Option<Interval> {
    let one = wilson(first.0, first.1, level)?;
    let two = wilson(second.0, second.1, level)?;

    let hypotenuse = |a: f64, b: f64| (a * a + b * b).sqrt();
    let estimate = one.estimate - two.estimate;

    Some(Interval {
        estimate,
        lower: estimate - hypotenuse(one.estimate - one.lower, two.upper - two.estimate),
        upper: estimate + hypotenuse(one.upper - one.estimate, two.estimate - two.lower),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::close;

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
}
