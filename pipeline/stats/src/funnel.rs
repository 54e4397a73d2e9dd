//! Funnel limits: how far from a target share may chance alone put a group of a given size.
//!
//! A group of `x` among `n` is beyond the limits of order `q` when chance alone, binomial(n, p₀), puts it there or further on its
//! side with probability `q/2` at most: `P(X ≤ x)` or `P(X ≥ x)`. Between whole numbers both tails are continued by the
//! incomplete beta function, so that the curves are smooth in `n` and say the same as the decision. Spiegelhalter (2005),
//! *Statistics in Medicine* 24, 1185–1202; his interpolated upper limit lies below a count that is not rare.
//!
//! Where people come in groups (patients of one bus), groups spread more than the binomial says. With `zᵢ` the standardised
//! distances to the target, the dispersion is the mean of `zᵢ²`, the tenth of them at each end brought to the next one
//! (winsorised), and counts are divided by it: section 3.3 there.

use super::distribution::tails;

/// Share of the groups brought to the next one at each end, before their dispersion is taken.
const WINSORISED: f64 = 0.1;

/// Limits of the share at two levels, around a target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FunnelLimits {
    /// Size of the group.
    pub size: u64,
    /// 95 % limits.
    pub warning: (f64, f64),
    /// 99.8 % limits.
    pub alarm: (f64, f64),
}

/// Where a group stands in the funnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunnelPosition {
    /// Within the 95 % limits: chance alone may explain it.
    Inside,
    /// Between the 95 % and 99.8 % limits.
    Warning,
    /// Beyond the 99.8 % limits.
    Alarm,
}

/// A target share, and how much more than by chance groups spread around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Funnel {
    target: f64,
    dispersion: f64,
}

impl Funnel {
    /// Around `target`, for independent people; `None` if it is not a share.
    pub fn new(target: f64) -> Option<Funnel> {
        (0.0..=1.0).contains(&target).then_some(Funnel { target, dispersion: 1.0 })
    }

    /// The same for people who come in groups, as `(x, n)` of all the groups show.
    #[must_use]
    pub fn spread_as(self, groups: &[(u64, u64)]) -> Funnel {
        let deviation = |n: u64| (self.target * (1.0 - self.target) / n as f64).sqrt();
        let mut z: Vec<f64> = groups
            .iter()
            .filter(|(x, n)| *n > 0 && x <= n && deviation(*n) > 0.0)
            .map(|&(x, n)| (x as f64 / n as f64 - self.target) / deviation(n))
            .collect();
        if z.is_empty() {
            return self;
        }

        z.sort_by(f64::total_cmp);
        let cut = (WINSORISED * z.len() as f64).floor() as usize;
        let (low, high) = (z[cut], z[z.len() - 1 - cut]);
        let squares = z.iter().map(|z| z.clamp(low, high).powi(2));
        let dispersion = (squares.sum::<f64>() / z.len() as f64).max(1.0);
        Funnel { dispersion, ..self }
    }

    /// Variance over that of independent people, 1 at least.
    pub fn dispersion(&self) -> f64 {
        self.dispersion
    }

    /// Where `x` among `n` stand; `None` if `n = 0` or `x > n`.
    pub fn place(&self, x: u64, n: u64) -> Option<FunnelPosition> {
        if n == 0 || x > n {
            return None;
        }

        let (low, high) = self.tails(x as f64, n as f64);
        let rarest = low.min(high);
        Some(if rarest <= tail(0.998) {
            FunnelPosition::Alarm
        } else if rarest <= tail(0.95) {
            FunnelPosition::Warning
        } else {
            FunnelPosition::Inside
        })
    }

    /// The 95 % and 99.8 % limits for a group of `n`; `None` if `n = 0`.
    pub fn limits(&self, n: u64) -> Option<FunnelLimits> {
        (n > 0).then(|| FunnelLimits {
            size: n,
            warning: self.limits_at(n, 0.95),
            alarm: self.limits_at(n, 0.998),
        })
    }

    /// Probabilities of `x` or fewer, and of `x` or more.
    fn tails(&self, x: f64, n: f64) -> (f64, f64) {
        tails(x / self.dispersion, n / self.dispersion, self.target)
    }

    fn limits_at(&self, n: u64, level: f64) -> (f64, f64) {
        let size = n as f64;

        // Both tails are monotonic between the target and the end: the limit is where they come down to `tail`.
        let solve = |end: f64, is_beyond: &dyn Fn(f64) -> bool| {
            let (mut inside, mut beyond) = (self.target * size, end);
            if !is_beyond(beyond) {
                return end / size;
            }
            for _ in 0..60 {
                let middle = (inside + beyond) / 2.0;
                if is_beyond(middle) { beyond = middle } else { inside = middle }
            }
            beyond / size
        };

        let low = solve(0.0, &|x| self.tails(x, size).0 <= tail(level));
        let high = solve(size, &|x| self.tails(x, size).1 <= tail(level));
        (low, high)
    }
}

/// Probability beyond one of two limits at `level`.
fn tail(level: f64) -> f64 {
    (1.0 - level) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{binomial_cdf, normal_quantile};
    use crate::tests::close;

    fn funnel(target: f64) -> Funnel {
        Funnel::new(target).unwrap()
    }

    #[test]
    fn limits_say_what_the_decision_says_and_are_close_to_normal_when_large() {
        for (n, target) in [(10, 0.5), (20, 0.99), (37, 0.13), (400, 0.2)] {
            let funnel = funnel(target);
            let FunnelLimits { warning, alarm, .. } = funnel.limits(n).unwrap();
            for x in 0..=n {
                let share = x as f64 / n as f64;
                let beyond = |(low, high): (f64, f64)| share < low || share > high;
                let expected = match (beyond(alarm), beyond(warning)) {
                    (true, _) => FunnelPosition::Alarm,
                    (_, true) => FunnelPosition::Warning,
                    _ => FunnelPosition::Inside,
                };
                assert_eq!(funnel.place(x, n), Some(expected), "{x} {n} {target}");
            }
        }

        let (low, high) = funnel(0.2).limits(100_000).unwrap().warning;
        let half = normal_quantile(0.975) * (0.2_f64 * 0.8 / 1e5).sqrt();
        close(low, 0.2 - half, 2e-5);
        close(high, 0.2 + half, 2e-5);
    }

    #[test]
    fn chance_alone_is_flagged_as_seldom_as_said() {
        for (n, target) in
            [(1, 0.2), (5, 0.2), (10, 1.0), (10, 0.0), (20, 0.99), (50, 0.01), (200, 0.35)]
        {
            let funnel = funnel(target);
            let of =
                |x: u64| binomial_cdf(x as i64, n, target) - binomial_cdf(x as i64 - 1, n, target);
            let flagged = |position: FunnelPosition| -> f64 {
                let beyond = (0..=n).filter(|&x| match funnel.place(x, n).unwrap() {
                    FunnelPosition::Alarm => true,
                    FunnelPosition::Warning => position == FunnelPosition::Warning,
                    FunnelPosition::Inside => false,
                });
                beyond.map(of).sum()
            };
            assert!(flagged(FunnelPosition::Alarm) <= 0.002 + 1e-9, "{n} {target}");
            assert!(flagged(FunnelPosition::Warning) <= 0.05 + 1e-9, "{n} {target}");
        }
        // A target of none or all leaves nothing to chance.
        assert_eq!(funnel(1.0).place(9, 10), Some(FunnelPosition::Alarm));
        assert_eq!(funnel(0.0).place(0, 10), Some(FunnelPosition::Inside));
    }

    #[test]
    fn groups_that_spread_widen_the_limits_and_one_far_off_does_not() {
        let even: Vec<(u64, u64)> = (0..20).map(|i| (80 + i % 3, 400)).collect();
        assert_eq!(funnel(0.2).spread_as(&even), funnel(0.2));

        // Two standard errors to each side: four times the variance.
        let wide: Vec<(u64, u64)> =
            (0..20).map(|i| (if i % 2 == 0 { 64 } else { 96 }, 400)).collect();
        let spread = funnel(0.2).spread_as(&wide);
        close(spread.dispersion(), 4.0, 1e-12);
        assert_eq!(funnel(0.2).place(100, 400), Some(FunnelPosition::Warning));
        assert_eq!(spread.place(100, 400), Some(FunnelPosition::Inside));
        let (low, high) = spread.limits(400).unwrap().warning;
        // Exact limits of a hundred people in effect: as wide as the normal ones, and a person more.
        close(high - low, 4.0 * normal_quantile(0.975) * 0.02 + 0.01, 1e-3);

        let mut one_off = even;
        one_off[7] = (300, 400);
        assert_eq!(funnel(0.2).spread_as(&one_off).place(300, 400), Some(FunnelPosition::Alarm));
    }

    #[test]
    fn what_is_no_share_has_no_place() {
        assert!(Funnel::new(f64::NAN).is_none() && Funnel::new(1.2).is_none());
        assert!(funnel(0.2).place(0, 0).is_none() && funnel(0.2).place(3, 2).is_none());
        assert!(funnel(0.2).limits(0).is_none());
        let (low, high) = funnel(1e-7).limits(10_000_000).unwrap().alarm;
        assert!(low == 0.0 && 1e-7 < high && high < 1e-6);
        assert_eq!(funnel(0.5).spread_as(&[(3, 0), (2, 1)]), funnel(0.5));
    }
}
