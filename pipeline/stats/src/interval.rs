//! What every estimate of this crate is given in.

/// An estimate between its two limits, all in the unit of the estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The point estimate.
    pub estimate: f64,
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
}

impl Interval {
    /// The interval of `half` on each side of `estimate`.
    pub(crate) fn around(estimate: f64, half: f64) -> Interval {
        Interval {
            estimate,
            lower: estimate - half,
            upper: estimate + half,
        }
    }

    /// True when the interval holds `value`: a change whose interval holds zero must not be claimed.
    pub fn contains(&self, value: f64) -> bool {
        self.lower <= value && value <= self.upper
    }

    /// The same interval in another unit (`factor` 100 turns a share into per cent).
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Interval {
        let (a, b) = (self.lower * factor, self.upper * factor);
        Interval {
            estimate: self.estimate * factor,
            lower: a.min(b),
            upper: a.max(b),
        }
    }
}
