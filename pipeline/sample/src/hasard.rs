//! Chance that gives the same draws everywhere: one ChaCha stream per thing drawn, and no function of the system's
//! mathematical library (`exp`, `ln`… differ between systems in the last digit; the four operations and the root do not).

use chrono::NaiveDate;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A stream of draws, independent of every other stream.
#[derive(Debug, Clone)]
pub struct Hasard(ChaCha8Rng);

impl Hasard {
    /// The stream of `sujet` (a project, a territory…) for one seed. Drawing from it never shifts another stream, so that
    /// adding a bus or a région leaves the rows of the others as they were.
    pub fn new(graine: u64, sujet: &str) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(graine);
        // FNV-1a: short, stable, and the streams need only differ.
        let hash = sujet.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        rng.set_stream(hash);
        Self(rng)
    }

    /// Uniform in [0, 1).
    pub fn uniforme(&mut self) -> f64 {
        self.0.random::<f64>()
    }

    /// Uniform in [bas, haut).
    pub fn entre(&mut self, bas: f64, haut: f64) -> f64 {
        bas + (haut - bas) * self.uniforme()
    }

    /// True with probability `p`.
    pub fn oui(&mut self, p: f64) -> bool {
        self.uniforme() < p
    }

    /// Uniform among 0, 1 … `n` − 1; 0 if `n` is 0.
    pub fn indice(&mut self, n: usize) -> usize {
        if n == 0 {
            0
        } else {
            ((self.uniforme() * n as f64) as usize).min(n - 1)
        }
    }

    /// Index drawn with these weights, which need not sum to one.
    pub fn parmi(&mut self, poids: &[f64]) -> usize {
        let total: f64 = poids.iter().sum();
        let mut reste = self.uniforme() * total;
        for (indice, poids) in poids.iter().enumerate() {
            if reste < *poids {
                return indice;
            }
            reste -= poids;
        }
        poids.len().saturating_sub(1)
    }

    /// Centred, variance one: the sum of twelve uniforms less six, close enough to a Gaussian here.
    pub fn ecart(&mut self) -> f64 {
        (0..12).map(|_| self.uniforme()).sum::<f64>() - 6.0
    }

    /// One of the two integers around `x`, with expectation `x` exactly: rounding adds no bias to the known truth.
    pub fn arrondi(&mut self, x: f64) -> i64 {
        (x + self.uniforme()).floor() as i64
    }

    /// 64 random bits whose hexadecimal form begins with a letter, lest a key be taken for a social security number.
    pub fn cle(&mut self) -> u64 {
        let haut = 0xa + self.indice(6) as u64;
        (self.0.random::<u64>() >> 4) | (haut << 60)
    }
}

/// The same day of another number of days later.
pub fn plus_jours(date: NaiveDate, jours: i64) -> NaiveDate {
    date.checked_add_signed(chrono::TimeDelta::days(jours))
        .unwrap_or(date)
}

/// A date that is written in the program: a wrong one falls back on 1 January 1970 and fails the tests.
pub fn jour(annee: i32, mois: u32, jour: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(annee, mois, jour).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_repeat_and_differ() {
        let draw = |graine, sujet| Hasard::new(graine, sujet).cle();
        assert_eq!(draw(1, "a"), draw(1, "a"));
        assert_ne!(draw(1, "a"), draw(1, "b"));
        assert_ne!(draw(1, "a"), draw(2, "a"));
    }

    #[test]
    fn rounding_is_unbiased_and_draws_are_standard() {
        let mut hasard = Hasard::new(7, "test");
        let n = 20_000;
        let mean = (0..n).map(|_| hasard.arrondi(2.3) as f64).sum::<f64>() / f64::from(n);
        assert!((mean - 2.3).abs() < 0.02, "{mean}");
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..n {
            let x = hasard.ecart();
            sum += x;
            squares += x * x;
        }
        assert!((sum / f64::from(n)).abs() < 0.03 && (squares / f64::from(n) - 1.0).abs() < 0.05);
    }

    #[test]
    fn a_key_begins_with_a_letter() {
        let mut hasard = Hasard::new(3, "cles");
        assert!(
            (0..1000).all(|_| format!("{:016x}", hasard.cle()).as_bytes()[0].is_ascii_alphabetic())
        );
    }
}
