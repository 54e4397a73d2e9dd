//! Statistics for the evaluation of a programme: pure functions over slices, no input or output.
//!
//! Every module opens with its formula and its source. Nothing here draws on the clock, on the number of cores or on
//! hash order: the same inputs and seed give the same bytes.
//!
//! | module | question it answers |
//! |---|---|
//! | [`wilson`] | how sure is a share, of independent people or of people grouped in clusters |
//! | [`newcombe`] | how sure is the difference of two shares |
//! | [`quantile`] | median and quantiles, as SQL computes them, with their interval |
//! | [`standardisation`] | what the rate would be with the reference population's structure |
//! | [`kitagawa`] | did the share change because other people came, or because each profile fares differently |
//! | [`kaplan_meier`] | delay to an appointment when some requests never got one |
//! | [`funnel`] | is a région unlike the others by more than chance |
//! | [`multiple`] | which of many tests stand |
//! | [`heterogeneity`] | do several estimates differ |
//! | [`did`] | what a service changed: staggered difference-in-differences |
//! | [`distribution`] | quantiles and tails behind the above |
//!
//! # A share, and the difference of two
//!
//! ```
//! use stats::{newcombe, wilson};
//!
//! // 81 of 263 people: Newcombe (1998) gives 0.2553 to 0.3662.
//! let share = wilson::wilson(81, 263, 0.95).unwrap();
//! assert!((share.lower - 0.2553).abs() < 5e-5 && (share.upper - 0.3662).abs() < 5e-5);
//!
//! // 56 of 70 against 48 of 80: the interval does not hold zero, so the change may be claimed.
//! let change = newcombe::difference((56, 70), (48, 80), 0.95).unwrap();
//! assert!((change.estimate - 0.2).abs() < 1e-12);
//! assert!(!change.contains(0.0));
//! ```
//!
//! # Delays with requests that never succeed
//!
//! ```
//! use stats::kaplan_meier::{Curve, FollowUp, LimitScale};
//!
//! // Appointments after 2, 5 and 9 days; one request was given up after 30.
//! let mut requests = [2.0, 5.0, 9.0].map(|time| FollowUp { time, event: true }).to_vec();
//! requests.push(FollowUp { time: 30.0, event: false });
//!
//! let curve = Curve::fit(&requests, LimitScale::LogLog, 0.95).unwrap();
//! assert_eq!(curve.step_at(14.0).unwrap().survival, 0.25);
//! assert_eq!(curve.median().unwrap().estimate, 7.0);
//! ```
//!
//! # Comparable populations
//!
//! ```
//! use stats::kitagawa::decompose;
//! use stats::standardisation::{Stratum, direct};
//!
//! // Half of the reference population is young; of the people studied, three quarters.
//! let young = Stratum { events: 30.0, population: 300.0, standard: 500.0 };
//! let old = Stratum { events: 20.0, population: 100.0, standard: 500.0 };
//! let rate = direct(&[young, old], 0.95).unwrap();
//! assert!((rate.interval.estimate - 0.15).abs() < 1e-12);
//!
//! // The share rises from 12.5 % to 15 % with both rates unchanged: it is all composition.
//! let change = decompose(&[(0.75, 0.1), (0.25, 0.2)], &[(0.5, 0.1), (0.5, 0.2)]).unwrap();
//! assert!((change.composition - 0.025).abs() < 1e-12);
//! assert!(change.rates.abs() < 1e-12);
//! ```
//!
//! # The effect of a service that begins at different dates
//!
//! ```
//! use stats::did::{Aggregation, Options, Panel, estimate};
//!
//! # fn main() -> stats::Result<()> {
//! // Six territories over three periods, all rising by one a period; two of them are served from period 3 on, and gain 5.
//! let units = (0..6).map(|u| format!("territory {u}")).collect();
//! let served = |u: usize| u < 2;
//! let outcome: Vec<Vec<Option<f64>>> = (0..6)
//!     .map(|u| (1..=3).map(|t| Some((u + t) as f64 + if served(u) && t == 3 { 5.0 } else { 0.0 })).collect())
//!     .collect();
//! let first_service = (0..6).map(|u| served(u).then_some(3)).collect();
//! let panel = Panel::new(units, vec![1, 2, 3], &outcome, first_service)?;
//!
//! let effects = estimate(&panel, &Options::default())?;
//! let at_service = effects.cells.iter().find(|c| (c.cohort, c.period) == (3, 3)).unwrap();
//! assert!((at_service.estimate - 5.0).abs() < 1e-12);
//!
//! let overall = effects.aggregate(Aggregation::Group)?.overall;
//! assert!((overall.estimate - 5.0).abs() < 1e-12);
//! # Ok(())
//! # }
//! ```

pub mod did;
pub mod distribution;
mod error;
pub mod funnel;
pub mod heterogeneity;
mod interval;
pub mod kaplan_meier;
pub mod kitagawa;
pub mod multiple;
pub mod newcombe;
mod parallel;
pub mod quantile;
pub mod standardisation;
pub mod wilson;

#[cfg(test)]
mod tests;

pub use error::{Error, ErrorKind, Result};
pub use interval::Interval;
