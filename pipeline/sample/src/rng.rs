//! Chance that gives the same draws everywhere: one ChaCha stream per thing drawn, and no function of the system's
//! mathematical library (`exp`, `ln`… differ between systems in the last digit; the four operations and the root do not).

use chrono::NaiveDate;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A stream of draws, independent of every other stream.
#[derive(Debug, Clone)]
pub struct Rng(ChaCha8Rng);

impl Rng {
    /// The stream of `subject` (a project, a territory…) for one seed. Drawing from it never shifts another stream, so that
    /// adding a bus or a région leaves the rows of the others as they were.
    pub fn new(seed: u64, subject: &str) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        // FNV-1a: short, stable, and the streams need only differ.
        let hash = subject.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        rng.set_stream(hash);
        Self(rng)
    }

    /// Uniform in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        self.0.random::<f64>()
    }

    /// Uniform in [bas, haut).
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// Uniform among 0, 1 … `n` − 1; 0 if `n` is 0.
    pub fn index(&mut self, n: usize) -> usize {
        if n == 0 {
            0
        } else {
            ((self.uniform() * n as f64) as usize).min(n - 1)
        }
    }

    /// Index drawn with these weights, which need not sum to one.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let total: f64 = weights.iter().sum();
        let mut rest = self.uniform() * total;

        for (index, weights) in weights.iter().enumerate() {
            if rest < *weights {
                return index;
            }
            rest -= weights;
        }

        weights.len().saturating_sub(1)
    }

    /// Centred, variance one: the sum of twelve uniforms less six, close enough to a Gaussian here.
    pub fn deviation(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }

    /// One of the two integers around `x`, with expectation `x` exactly: rounding adds no bias to the known truth.
    pub fn rounded(&mut self, x: f64) -> i64 {
        (x + self.uniform()).floor() as i64
    }

    /// 64 random bits whose hexadecimal form begins with a letter, lest a key be taken for a social security number.
    pub fn key(&mut self) -> u64 {
        let high = 0xa + self.index(6) as u64;
        (self.0.random::<u64>() >> 4) | (high << 60)
    }
}

/// The same day of another number of days later.
pub fn days_later(date: NaiveDate, days: i64) -> NaiveDate {
    date.checked_add_signed(chrono::TimeDelta::days(days)).unwrap_or(date)
}

/// A date that is written in the program: a wrong one falls back on 1 January 1970 and fails the tests.
pub fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_repeat_and_differ() {
        let draw = |seed, subject| Rng::new(seed, subject).key();
        assert_eq!(draw(1, "a"), draw(1, "a"));
        assert_ne!(draw(1, "a"), draw(1, "b"));
        assert_ne!(draw(1, "a"), draw(2, "a"));
    }

    #[test]
    fn rounding_is_unbiased_and_draws_are_standard() {
        let mut hasard = Rng::new(7, "test");
        let n = 20_000;
        let mean = (0..n).map(|_| hasard.rounded(2.3) as f64).sum::<f64>() / f64::from(n);
        assert!((mean - 2.3).abs() < 0.02, "{mean}");
        let (mut sum, mut squares) = (0.0, 0.0);

        for _ in 0..n {
            let x = hasard.deviation();
            sum += x;
            squares += x * x;
        }

        assert!((sum / f64::from(n)).abs() < 0.03 && (squares / f64::from(n) - 1.0).abs() < 0.05);
    }

    #[test]
    fn a_key_begins_with_a_letter() {
        let mut hasard = Rng::new(3, "cles");
        assert!(
            (0..1000).all(|_| format!("{:016x}", hasard.key()).as_bytes()[0].is_ascii_alphabetic())
        );
    }
}
