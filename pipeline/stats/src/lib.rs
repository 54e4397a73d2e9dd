//! Statistics of the bilans and of the evaluation: pure functions over slices, no input or output.
//!
//! Every module opens with its formula and its source. Nothing here draws on the clock, on the number of cores or on
//! hash order: the same inputs and seed give the same bytes.
//!
//! | module | question it answers |
//! |---|---|
//! | [`wilson`] | how sure is a share, of independent people or of people grouped in médicobus or communes |
//! | [`newcombe`] | how sure is the difference of two shares |
//! | [`quantile`] | median and quantiles, as SQL computes them, with their interval |
//! | [`standardisation`] | what the rate would be with the reference population's structure |
//! | [`kitagawa`] | did the share change because other people came, or because each profile fares differently |
//! | [`kaplan_meier`] | delay to an appointment when some requests never got one |
//! | [`funnel`] | is a région unlike the others by more than chance |
//! | [`multiple`] | which of many tests stand |
//! | [`did`] | what the médicobus changed: staggered difference-in-differences |
//! | [`distribution`] | quantiles and tails behind the above |

pub mod did;
pub mod distribution;
pub mod funnel;
pub mod kaplan_meier;
pub mod kitagawa;
pub mod multiple;
pub mod newcombe;
pub mod quantile;
pub mod standardisation;
pub mod wilson;

#[cfg(test)]
mod reference;

use serde::Serialize;

/// An estimate between its two limits, all in the unit of the estimate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The point estimate.
    pub estimate: f64,
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
}

impl Interval {
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
