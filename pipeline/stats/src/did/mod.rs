//! What a service changed: difference-in-differences when territories are served from different dates.
//!
//! Callaway & Sant'Anna (2021), *Journal of Econometrics* 225, 200–230. `ATT(g, t)` is the effect at period `t` on the
//! territories first served at `g`: their change since the last period before service, less that of territories not
//! served. Averages of `ATT(g, t)` with known weights answer the evaluative questions; none of them uses a territory that
//! is already served as a control, which is what misleads before/after and two-way fixed effects ([`naive`]).
//!
//! | step | module |
//! |---|---|
//! | the data: units × periods, cohorts, weights, clusters, covariates | [`panel`] |
//! | who is set aside, and who stands in as never treated | `clean` |
//! | which territories are compared, in which periods | `design` |
//! | one two-by-two comparison: outcome regression, weighting, doubly robust | `two_by_two` |
//! | all `ATT(g, t)` with their influence functions | [`attgt`] |
//! | averages: simple, by cohort, by time since service, by calendar period | [`aggregate`] |
//! | standard errors, simultaneous bands, multiplier bootstrap | [`inference`] |
//! | clusters that are few or unequal | `sides`, `t_ratio`, `sup_t` |
//! | joint test of the trends before service, placebo date | [`pretest`] |
//! | the smallest effect and the smallest trend that the data could have shown | [`power`] |
//! | how strong a violation of parallel trends would overturn the answer | [`honest`] |
//! | without one cluster or one cohort, with other dates | [`leave_out`] |
//! | the same effect by imputation, as a check | [`imputation`] |
//! | naive estimates, for the appendix | [`naive`] |

pub mod aggregate;
pub mod attgt;
mod average;
mod bootstrap;
mod clean;
mod comparison;
mod dependence;
mod design;
pub mod honest;
pub mod imputation;
pub mod inference;
pub mod leave_out;
mod linear;
pub mod naive;
mod options;
pub mod panel;
mod plain_average;
pub mod power;
pub mod pretest;
mod propensity;
mod sample;
mod sides;
mod spread;
mod sup_t;
mod t_ratio;
mod terms;
mod two_by_two;
mod wald;

#[cfg(test)]
mod tests;

pub use aggregate::{Aggregate, Aggregation, PointEstimate};
pub use attgt::{AttGt, EffectCell, SkippedCell, estimate};
pub use bootstrap::Bootstrap;
pub use options::{BasePeriod, Control, Incomplete, Method, Options};
pub use panel::Panel;
pub use sample::SkipReason;
pub use sides::ClusterShares;
pub use spread::{Spread, Unmeasured};
pub use wald::{JointTest, TestKind};
