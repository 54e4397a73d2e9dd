//! Funnel limits: how far from a target share may chance alone put a group of a given size.
//!
//! With `X` binomial(n, p₀), `k` the smallest count with `P(X ≤ k) ≥ q`, and
//! `a = (P(X ≤ k) − q) / (P(X ≤ k) − P(X ≤ k−1))`, the limit of order `q` is `(k − a)/n`: exact binomial limits,
//! interpolated so that the curve is smooth in `n`. Spiegelhalter (2005), *Statistics in Medicine* 24, 1185–1202.

use super::distribution::{binomial_cdf, binomial_quantile};

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

/// The limit of order `q` for a group of `n`.
fn limit(q: f64, n: u64, target: f64) -> Option<f64> {
    let k = binomial_quantile(q, n, target)?;
    let here = binomial_cdf(k as i64, n, target);
    let below = binomial_cdf(k as i64 - 1, n, target);

    let back = if here > below { (here - q) / (here - below) } else { 0.0 };

    Some(((k as f64 - back) / n as f64).clamp(0.0, 1.0))
}

/// Two-sided limits for a group of `n` at `level`; `None` if `n = 0` or `target` is not a share.
fn limits_at(n: u64, target: f64, level: f64) -> Option<(f64, f64)> {
    if n == 0 {
        return None;
    }

    let tail = (1.0 - level) / 2.0;
    Some((limit(tail, n, target)?, limit(1.0 - tail, n, target)?))
}

/// The 95 % and 99.8 % limits for a group of `n`; `None` if `n = 0` or `target` is not a share.
pub fn limits(n: u64, target: f64) -> Option<FunnelLimits> {
    Some(FunnelLimits {
        size: n,
        warning: limits_at(n, target, 0.95)?,
        alarm: limits_at(n, target, 0.998)?,
    })
}

impl FunnelLimits {
    /// Where the share `p` of this group stands.
    pub fn place(&self, p: f64) -> FunnelPosition {
        let beyond = |(low, high): (f64, f64)| p < low || p > high;

        if beyond(self.alarm) {
            FunnelPosition::Alarm
        } else if beyond(self.warning) {
            FunnelPosition::Warning
        } else {
            FunnelPosition::Inside
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::close;

    #[test]
    fn limits_are_exact_and_close_to_normal_when_large() {
        // n = 10, p = 1/2, q = 0.025: P(X≤1) = 11/1024 < q ≤ P(X≤2) = 56/1024, so k = 2.
        let (low, high) = limits_at(10, 0.5, 0.95).unwrap();
        let back = (56.0 / 1024.0 - 0.025) / (45.0 / 1024.0);
        close(low, (2.0 - back) / 10.0, 1e-12);
        close(high, (7.0 + (0.975 - 968.0 / 1024.0) / (45.0 / 1024.0)) / 10.0, 1e-12);
        let (low, high) = limits_at(100_000, 0.2, 0.95).unwrap();
        let half = 1.959_964 * (0.2_f64 * 0.8 / 1e5).sqrt();
        close(low, 0.2 - half, 1e-5);
        close(high, 0.2 + half, 1e-5);
    }

    #[test]
    fn places_groups() {
        let funnel = limits(400, 0.2).unwrap();
        assert_eq!(funnel.place(0.21), FunnelPosition::Inside);
        assert_eq!(funnel.place(0.25), FunnelPosition::Warning);
        assert_eq!(funnel.place(0.10), FunnelPosition::Alarm);
        assert!(limits(0, 0.2).is_none());
        assert!(limits(10, f64::NAN).is_none());
        assert!(limits(u64::MAX, 0.2).is_none());
        let (low, high) = limits(10_000_000, 1e-7).unwrap().alarm;
        assert!(0.0 <= low && low < 1e-7 && 1e-7 < high && high < 1e-6);
    }
}
