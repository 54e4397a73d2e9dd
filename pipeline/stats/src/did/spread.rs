//! How sure an estimate is, or why that cannot be said.

use crate::Interval;

/// Why an estimate has no standard error. An error of zero would pass for certainty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unmeasured {
    /// The reference period of a universal base: zero by design.
    Reference,
    /// The treated are of one cluster: how far they spread is not seen.
    OneTreatedCluster,
    /// The controls are of one cluster.
    OneControlCluster,
    /// The outcome does not vary from one unit to the next.
    Constant,
}

impl Unmeasured {
    /// The reason, in the language of the reports.
    pub fn reason(self) -> &'static str {
        match self {
            Unmeasured::Reference => "période de référence, nulle par construction",
            Unmeasured::OneTreatedCluster => {
                "une seule grappe desservie : la dispersion de l’effet ne se voit pas"
            }
            Unmeasured::OneControlCluster => {
                "une seule grappe témoin : la dispersion des témoins ne se voit pas"
            }
            Unmeasured::Constant => "la mesure ne varie pas d’un territoire à l’autre",
        }
    }
}

/// The standard error of an estimate and its limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Standard error, cluster-robust.
    pub se: f64,
    /// Degrees of freedom of the quantiles; infinite for normal ones.
    pub df: f64,
    /// Lower limit of the pointwise interval.
    pub lower: f64,
    /// Upper limit of the pointwise interval.
    pub upper: f64,
    /// Lower limit of the band that holds all estimates at once (the pointwise one for an estimate alone).
    pub band_lower: f64,
    /// Upper limit of the band that holds all estimates at once.
    pub band_upper: f64,
}

impl Spread {
    /// Around `estimate`, at the multipliers of the pointwise interval and of the band.
    pub(super) fn around(estimate: f64, (se, df): (f64, f64), (point, band): (f64, f64)) -> Spread {
        Spread {
            se,
            df,
            lower: estimate - point * se,
            upper: estimate + point * se,
            band_lower: estimate - band * se,
            band_upper: estimate + band * se,
        }
    }

    /// The pointwise interval around `estimate`.
    pub fn interval(&self, estimate: f64) -> Interval {
        Interval {
            estimate,
            lower: self.lower,
            upper: self.upper,
        }
    }
}
