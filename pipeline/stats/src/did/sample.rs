//! The rows that a comparison is made of.

use super::linear::{add_outer, independent};

/// Why a comparison cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SkipReason {
    /// No treated unit is observed in one of the two periods.
    NoTreated,
    /// No control is observed in one of the two periods.
    NoControls,
    /// The covariates all but tell who is served.
    NoOverlap,
    /// The chance of being served cannot be estimated from the covariates.
    NoPropensity,
    /// Fewer controls than covariates and intercept.
    TooFewControls,
    /// The covariates of the controls say the same: one does not vary, or follows from others.
    ControlsAlike,
}

impl SkipReason {
    /// The reason, in the language of the reports.
    pub fn reason(self) -> &'static str {
        match self {
            SkipReason::NoTreated => {
                "aucun territoire desservi observé dans l’une des deux périodes"
            }
            SkipReason::NoControls => "aucun témoin observé dans l’une des deux périodes",
            SkipReason::NoOverlap => "les covariables disent presque qui est desservi",
            SkipReason::NoPropensity => {
                "la probabilité d’être desservi ne s’estime pas d’après les covariables"
            }
            SkipReason::TooFewControls => "moins de témoins que de covariables",
            SkipReason::ControlsAlike => {
                "chez les témoins, une covariable ne varie pas ou se déduit des autres"
            }
        }
    }
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

    /// The rows in `mask`, with the columns that do not follow from earlier ones among these rows, and which columns these are: the
    /// others say nothing there, and leave all that is fitted as it is.
    pub fn part(&self, mask: &[bool]) -> (Sample, Vec<usize>) {
        let rows: Vec<usize> = (0..mask.len()).filter(|&i| mask[i]).collect();
        let mut gram = vec![0.0; self.width * self.width];
        for &i in &rows {
            add_outer(&mut gram, self.row(i), 1.0);
        }
        let columns = independent(&gram, self.width);

        let part = Sample {
            x: rows
                .iter()
                .flat_map(|&i| columns.iter().map(move |&j| self.row(i)[j]))
                .collect(),
            width: columns.len(),
            treated: rows.iter().map(|&i| self.treated[i]).collect(),
            weight: rows.iter().map(|&i| self.weight[i]).collect(),
        };
        (part, columns)
    }

    /// All rows, without the columns that say nothing among them.
    pub fn without_redundant(&self) -> Sample {
        self.part(&vec![true; self.treated.len()]).0
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
