//! The rows that a comparison is made of.

/// Why a comparison cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipReason {
    /// A group is empty in one of the periods.
    NoUnits,
    /// The covariates all but tell who is served.
    NoOverlap,
    /// Too few units for the covariates, or covariates that say the same.
    Singular,
}

/// The rows compared, without their outcome.
#[derive(Clone, Default)]
pub(super) struct Sample {
    /// Intercept and covariates, row by row.
    pub x: Vec<f64>,
    /// Columns of `x`.
    pub width: usize,
    /// In the treated group.
    pub treated: Vec<bool>,
    /// Weight of the unit.
    pub weight: Vec<f64>,
}

impl Sample {
    /// Intercept and covariates of row `i`.
    pub fn row(&self, i: usize) -> &[f64] {
        &self.x[i * self.width..(i + 1) * self.width]
    }

    /// 1 for a treated row, 0 for a control.
    pub fn is_treated(&self, i: usize) -> f64 {
        f64::from(u8::from(self.treated[i]))
    }
}

/// The rows compared, with their outcome.
pub(super) struct Observed<'a> {
    /// Who they are.
    pub sample: &'a Sample,
    /// The change (panel), or the outcome (repeated cross-sections).
    pub y: &'a [f64],
    /// In repeated cross-sections, whether the row is of the second period.
    pub post: Option<&'a [bool]>,
}
