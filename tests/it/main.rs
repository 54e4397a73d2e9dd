//! The one integration-test binary: a module per feature, all through the real program.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test stops where the program does not do what is expected, and tells how it went"
)]

mod accidents;
mod annotated;
mod bilans;
mod board;
mod campagne;
mod cases;
mod changes;
mod comments;
mod deliveries;
mod documents;
mod erasure;
mod evaluation;
mod fixture;
mod indicators;
mod journey;
mod losses;
mod messages;
mod modele;
mod official_files;
mod pages;
mod pdf;
mod premiers_pas;
mod referentials;
mod requirements;
mod s3;
mod s3_server;
mod secrecy;
mod serve;
mod short_documents;
mod site;
mod snapshots;
mod sql;
mod swallowed;
mod twice;
mod units;
mod values;
mod views;
mod working_folder;
