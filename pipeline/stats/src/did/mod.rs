//! What the médicobus changed: difference-in-differences when territories are served from different dates.
//!
//! Callaway & Sant'Anna (2021), *Journal of Econometrics* 225, 200–230. `ATT(g, t)` is the effect at period `t` on the
//! territories first served at `g`: their change since the last period before service, less that of territories not
//! served. Averages of `ATT(g, t)` with known weights answer the evaluative questions; none of them uses a territory that
//! is already served as a control, which is what misleads before/after and two-way fixed effects ([`naive`]).
//!
//! | step | module |
//! |---|---|
//! | the data: units × periods, cohorts, weights, clusters, covariates | [`panel`] |
//! | which territories are compared, in which periods | `comparison` |
//! | one two-by-two comparison: outcome regression, weighting, doubly robust | `two_by_two` |
//! | all `ATT(g, t)` with their influence functions | [`attgt`] |
//! | averages: simple, by cohort, by time since service, by calendar period | [`aggregate`] |
//! | standard errors, simultaneous bands, multiplier bootstrap | [`inference`] |
//! | joint test of the trends before service, placebo date | [`pretest`] |
//! | how strong a violation of parallel trends would overturn the answer | [`honest`] |
//! | naive estimates, for the annex | [`naive`] |
//!
//! ```text
//! let panel = Panel::new(units, periods, outcome, cohort)?.weighted(w)?.clustered(&c)?.with_covariate("apl", x)?;
//! let att = estimate(&panel, &Options::default())?;
//! let study = att.aggregate(Aggregation::dynamic())?;
//! ```

pub mod aggregate;
pub mod attgt;
mod comparison;
pub mod honest;
pub mod inference;
mod linear;
pub mod naive;
pub mod panel;
pub mod pretest;
mod two_by_two;

#[cfg(test)]
mod monte_carlo;
#[cfg(test)]
mod mpdta;

pub use aggregate::{Aggregate, Aggregation, Point};
pub use attgt::{AttGt, Cell, Skipped, estimate};
pub use inference::Bootstrap;
pub use panel::{Panel, quarter_index, quarter_label};
pub use two_by_two::Reason;

use serde::Serialize;

/// How one two-by-two comparison allows for covariates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Method {
    /// Models the change of the controls given their covariates. Heckman, Ichimura & Todd (1997).
    OutcomeRegression,
    /// Reweights the controls by their odds of being served. Abadie (2005), normalised weights.
    InverseProbability,
    /// Both: right if either model is. Sant'Anna & Zhao (2020), *Journal of Econometrics* 219, 101–122.
    DoublyRobust,
}

/// Which territories serve as controls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Control {
    /// Those never served. Without any, the last cohort stands in and is not estimated.
    NeverTreated,
    /// Those not yet served at the period of the comparison, anticipation included, and those never served.
    NotYetTreated,
}

/// The period a change is measured from, before service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Base {
    /// The period just before: pre-service cells show the change from one period to the next.
    Varying,
    /// The last period free of anticipation, for every cell: what an event study plots, and what [`honest`] needs.
    Universal,
}

/// What to do with units that miss periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Incomplete {
    /// Use every observation, in the repeated-cross-section form, clustered on the unit at least.
    Use,
    /// Drop and list the units that miss a period.
    Drop,
}

/// Settings of an estimation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Options {
    /// How covariates are allowed for.
    pub method: Method,
    /// Who the controls are.
    pub control: Control,
    /// Periods before the first service in which an effect may already show (announcement, recruitment).
    pub anticipation: i32,
    /// Base period before service.
    pub base: Base,
    /// Units that miss periods; without effect on a complete panel.
    pub incomplete: Incomplete,
    /// Level of intervals and bands.
    pub level: f64,
    /// Multiplier bootstrap; `None` for analytic standard errors, with Bonferroni bands.
    pub bootstrap: Option<Bootstrap>,
    /// Student's quantiles in place of normal ones, with the degrees of freedom of the clusters behind each estimate: see
    /// [`inference`]. R's `did` has no such option, so it is off by default.
    pub small_sample: bool,
    /// Threads at most; 0 for one per core. The answer does not depend on it.
    pub threads: usize,
}

impl Options {
    /// Threads to run on.
    fn workers(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, |n| n.get()),
            n => n,
        }
    }
}

impl Default for Options {
    /// Doubly robust, never-treated controls, no anticipation, varying base, 95 %, 1,000 draws with seed 20231024 (date of
    /// the instruction that created the médicobus), normal quantiles, all cores.
    fn default() -> Self {
        Self {
            method: Method::DoublyRobust,
            control: Control::NeverTreated,
            anticipation: 0,
            base: Base::Varying,
            incomplete: Incomplete::Use,
            level: 0.95,
            bootstrap: Some(Bootstrap {
                draws: 1000,
                seed: 20_231_024,
            }),
            small_sample: false,
            threads: 0,
        }
    }
}
