//! Settings of an estimation.

use super::Bootstrap;
use super::panel::LATEST;
use crate::distribution::is_level;
use crate::{Error, Result};

/// Most draws of the bootstrap: their memory is bounded, and more would change nothing that is printed.
const MOST_DRAWS: usize = 1_000_000;

/// How one two-by-two comparison allows for covariates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Models the change of the controls given their covariates. Heckman, Ichimura & Todd (1997).
    OutcomeRegression,
    /// Reweights the controls by their odds of being served. Abadie (2005), normalised weights.
    InverseProbability,
    /// Both: right if either model is. Sant'Anna & Zhao (2020), *Journal of Econometrics* 219, 101–122.
    DoublyRobust,
}

/// Which territories serve as controls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Those never served. Without any, the last cohort stands in and is not estimated.
    NeverTreated,
    /// Those not yet served at the period of the comparison, anticipation included, and those never served.
    NotYetTreated,
}

/// The period a change is measured from, before service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BasePeriod {
    /// The period just before: pre-service cells show the change from one period to the next.
    Varying,
    /// The last period free of anticipation, for every cell: what an event study plots, and what [`super::honest`] needs.
    Universal,
}

/// What to do with units that miss periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Incomplete {
    /// Compare, for each pair of periods, the changes of the units observed in both.
    Pairs,
    /// Use every observation, in the repeated-cross-section form, clustered on the unit at least: what R's `did` does. What sets
    /// a unit apart from others does not cancel out, so errors are larger.
    CrossSections,
    /// Drop and list the units that miss a period.
    Drop,
}

/// Settings of an estimation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// How covariates are allowed for.
    pub method: Method,
    /// Who the controls are.
    pub control: Control,
    /// Periods before the first service in which an effect may already show (announcement, recruitment).
    pub anticipation: i32,
    /// Base period before service.
    pub base: BasePeriod,
    /// Units that miss periods; without effect on a complete panel.
    pub incomplete: Incomplete,
    /// Level of intervals and bands.
    pub level: f64,
    /// Multiplier bootstrap; `None` for analytic standard errors, with Bonferroni bands.
    pub bootstrap: Option<Bootstrap>,
    /// Student's quantiles in place of normal ones, with the degrees of freedom of the clusters behind each estimate: see
    /// [`super::inference`]. R's `did` has no such option, so it is off by default.
    pub small_sample: bool,
    /// Threads at most; 0 for one per core. The answer does not depend on it.
    pub threads: usize,
}

impl Options {
    /// Refuses a level, an anticipation or a number of draws out of range.
    pub(super) fn check(&self) -> Result<()> {
        if !is_level(self.level) || !(0..=LATEST).contains(&self.anticipation) {
            return Err(Error::usage(format!(
                "niveau de confiance {} ou anticipation {} hors limites",
                self.level, self.anticipation
            )));
        }

        match self.bootstrap {
            Some(Bootstrap { draws, .. }) if !(1..=MOST_DRAWS).contains(&draws) => {
                Err(Error::usage(format!(
                    "bootstrap : {draws} tirages ; il en faut de 1 à {MOST_DRAWS}"
                )))
            }
            _ => Ok(()),
        }
    }

    /// Threads to run on.
    pub(super) fn workers(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, |n| n.get()),
            n => n,
        }
    }
}

impl Default for Options {
    /// Doubly robust, never-treated controls, no anticipation, varying base, pairs of an incomplete panel, 95 %, 1,000 draws with seed 20231024, normal
    /// quantiles, all cores.
    fn default() -> Self {
        Self {
            method: Method::DoublyRobust,
            control: Control::NeverTreated,
            anticipation: 0,
            base: BasePeriod::Varying,
            incomplete: Incomplete::Pairs,
            level: 0.95,
            bootstrap: Some(Bootstrap { draws: 1000, seed: 20_231_024 }),
            small_sample: false,
            threads: 0,
        }
    }
}
