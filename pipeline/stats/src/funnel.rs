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
//!
//! A group far off inflates the dispersion it is judged by: among `k` groups no `|z|` exceeds `√k` times its own share of it, and
//! of nine none can be beyond 99.8 %. [`Funnel::judge`] takes the dispersion of each group from the others, around their own mean,
//! as an externally studentised residual does (Cook & Weisberg 1982, *Residuals and Influence in Regression*, section 2.2.1), and
//! Student's quantiles in place of normal ones, with one degree of freedom less than there are others.

use super::distribution::{normal_cdf, student_quantile, tails};

/// Share of the groups brought to the next one at each end, before their dispersion is taken.
const WINSORISED: f64 = 0.1;
/// Fewest other groups that tell how far groups spread.
const FEWEST_OTHERS: usize = 3;

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
    /// Too few other groups to tell how far groups spread: nothing is said.
    TooFew,
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
        let z = distances(groups, self.target);
        if z.is_empty() {
            return self;
        }

        let squares = winsorised(z);
        let dispersion = (squares.iter().sum::<f64>() / squares.len() as f64).max(1.0);
        Funnel { dispersion, ..self }
    }

    /// Where each of the groups `(x, n)` stands, for people who come in groups as the other ones show. `None` if `n = 0` or
    /// `x > n`; [`FunnelPosition::TooFew`] with fewer than three others.
    pub fn judge(&self, groups: &[(u64, u64)]) -> Vec<Option<FunnelPosition>> {
        let is_usable = |(x, n): &(u64, u64)| *n > 0 && x <= n;
        let place = |k: usize| {
            let (x, n) = groups[k];
            if !is_usable(&(x, n)) {
                return None;
            }

            let others: Vec<(u64, u64)> = groups
                .iter()
                .enumerate()
                .filter(|(j, group)| *j != k && is_usable(group))
                .map(|(_, group)| *group)
                .collect();
            if others.len() < FEWEST_OTHERS {
                return Some(FunnelPosition::TooFew);
            }

            let dispersion = dispersion_around_mean(&others);
            let df = (others.len() - 1) as f64;
            let beyond = |level: f64| normal_cdf(student_quantile(tail(level), df));
            Funnel { dispersion, ..*self }.position(x, n, beyond)
        };
        (0..groups.len()).map(place).collect()
    }

    /// Variance over that of independent people, 1 at least.
    pub fn dispersion(&self) -> f64 {
        self.dispersion
    }

    /// Where `x` among `n` stand, if chance goes beyond the limits of a level with probability `beyond(level)` on each side; `None` if
    /// `n = 0` or `x > n`.
    fn position(&self, x: u64, n: u64, beyond: impl Fn(f64) -> f64) -> Option<FunnelPosition> {
        if n == 0 || x > n {
            return None;
        }

        let (low, high) = self.tails(x as f64, n as f64);
        let rarest = low.min(high);
        Some(if rarest <= beyond(0.998) {
            FunnelPosition::Alarm
        } else if rarest <= beyond(0.95) {
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

/// Standardised distances of groups to a share; none where it is 0 or 1.
fn distances(groups: &[(u64, u64)], share: f64) -> Vec<f64> {
    let deviation = |n: u64| (share * (1.0 - share) / n as f64).sqrt();
    groups
        .iter()
        .filter(|(x, n)| *n > 0 && x <= n && deviation(*n) > 0.0)
        .map(|&(x, n)| (x as f64 / n as f64 - share) / deviation(n))
        .collect()
}

/// Squares of distances, those at the ends brought to the next ones.
fn winsorised(mut z: Vec<f64>) -> Vec<f64> {
    z.sort_by(f64::total_cmp);
    let cut = (WINSORISED * z.len() as f64).floor() as usize;
    let (low, high) = (z[cut], z[z.len() - 1 - cut]);
    z.into_iter().map(|z| z.clamp(low, high).powi(2)).collect()
}

/// How much more than by chance two groups or more spread around their own mean, 1 at least.
fn dispersion_around_mean(groups: &[(u64, u64)]) -> f64 {
    let (events, people) = groups
        .iter()
        .fold((0.0, 0.0), |(x, n), group| (x + group.0 as f64, n + group.1 as f64));
    let z = distances(groups, events / people);
    if z.is_empty() {
        return 1.0;
    }

    (z.iter().map(|z| z * z).sum::<f64>() / (z.len() - 1) as f64).max(1.0)
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

    impl Funnel {
        /// Where `x` among `n` stand by the limits that are drawn.
        fn place(&self, x: u64, n: u64) -> Option<FunnelPosition> {
            self.position(x, n, tail)
        }
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
                    FunnelPosition::Inside | FunnelPosition::TooFew => false,
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
    fn a_group_far_off_is_seen_among_few() {
        let funnel = funnel(0.4625);
        let regions = [(1750, 5000), (1750, 5000), (1750, 5000), (4000, 5000)];
        // By the dispersion that it makes itself it would be within the limits.
        assert!(funnel.spread_as(&regions).dispersion() > 700.0);
        let inside = Some(FunnelPosition::Inside);
        let expected = [inside, inside, inside, Some(FunnelPosition::Alarm)];
        assert_eq!(funnel.judge(&regions), expected);

        // The others spread as much: nothing to flag.
        let spread = [(1000, 5000), (2600, 5000), (1750, 5000), (4000, 5000)];
        assert_eq!(funnel.judge(&spread), [inside; 4]);

        let few = funnel.judge(&[(1750, 5000), (9, 0), (1750, 5000), (4000, 5000)]);
        let too_few = Some(FunnelPosition::TooFew);
        assert_eq!(few, [too_few, None, too_few, too_few]);
        assert!(funnel.judge(&[]).is_empty());
    }

    /// A share of the target's own that varies from group to group by `between` standard errors: flagged no more often than said.
    #[test]
    fn groups_that_spread_are_flagged_as_seldom_as_said() {
        use rand_chacha::ChaCha8Rng;
        use rand_chacha::rand_core::{Rng, SeedableRng};
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let mut normal =
            || normal_quantile(((rng.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64);

        for (count, between) in [(4, 0.0_f64), (4, 3.0), (7, 1.0), (12, 3.0), (18, 0.0), (18, 5.0)]
        {
            let runs = 12_000 / count;
            let (mut warnings, mut alarms) = (0, 0);
            for _ in 0..runs {
                let groups: Vec<(u64, u64)> = (0..count)
                    .map(|k| {
                        let n = 2000.0 + 500.0 * (k % 5) as f64;
                        let error = (0.3 * 0.7 / n).sqrt() * between.hypot(1.0);
                        ((n * (0.3 + error * normal())).round() as u64, n as u64)
                    })
                    .collect();
                let (x, n) = groups.iter().fold((0, 0), |(x, n), g| (x + g.0, n + g.1));
                for position in funnel(x as f64 / n as f64).judge(&groups).into_iter().flatten() {
                    warnings += u32::from(position != FunnelPosition::Inside);
                    alarms += u32::from(position == FunnelPosition::Alarm);
                }
            }
            let share = |n: u32| f64::from(n) / (runs * count) as f64;
            // Three standard errors of a share over twelve thousand groups.
            assert!(share(warnings) < 0.056, "{count} {between}: {}", share(warnings));
            assert!(share(alarms) < 0.0033, "{count} {between}: {}", share(alarms));
        }
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
