//! A file per page.

pub(crate) mod accessibility;
pub(crate) mod bilan;
pub(crate) mod deposit;
pub(crate) mod entrance;
mod findings;
pub(crate) mod history;
pub(crate) mod home;
pub(crate) mod indicators;
pub(crate) mod jobs;
pub(crate) mod shelf;
mod zones;
