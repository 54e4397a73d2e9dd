//! The one integration-test binary: a module per feature, all through the real program.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr
)]

mod accidents;
mod campagne;
mod conformite;
mod evaluation;
mod fixture;
mod indicateurs;
mod livraisons;
mod messages;
mod parcours;
mod pdf;
mod secret;
mod sql;
mod vues;
