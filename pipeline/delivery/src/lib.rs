//! From the files of a delivery to accepted rows and findings, in stages:
//!
//! 1. [`Delivery::open`]: container (`container`: a folder, a ZIP, a workbook or a CSV file) and header (`header`);
//! 2. [`Delivery::survey`]: which file holds which table (`survey`) and how it is written (`dialect`, `formats`);
//! 3. [`Survey::check`]: every row is judged (`rows`) and the delivery as a whole (`report`).
//!
//! Accepted rows go to a [`Sink`] as Arrow batches in the store's form, findings go to a [`FindingSink`] one by one, and the
//! [`Report`] sums up. Nothing is stored here: the caller commits what the sink took only when the verdict is
//! [`Verdict::Accepted`].
//!
//! Memory: CSV is read in blocks of 2 MiB, as many at a time as there are cores, plus one. Keys for
//! uniqueness, of 64 bits, stay in memory up to a bound and go to a scratch file beyond; two different identifiers share one with a
//! probability of 3 in a million in ten million rows, 3 in ten thousand in a hundred million. Workbooks are read in memory, within
//! [`SizeLimits::workbook_bytes`].

use arrow::array::RecordBatch;
use chrono::NaiveDate;

use base::error::Result;
use contract::{Contract, TableSchema};

mod comparison;
mod container;
mod delivery;
mod dialect;
mod faulty_rows;
mod finding;
mod formats;
mod header;
mod header_faults;
mod identity;
mod lines;
mod open_files;
mod period;
mod report;
mod rows;
mod summary;
mod survey;
mod text;

pub use comparison::{Comparison, Earlier, FindingChange, Relation, RowChange};
pub use container::limits::SizeLimits;
pub use container::shown_path;
pub use contract::{Rule, Severity};
pub use delivery::{Delivery, period_of};
pub use dialect::{DetectedDialect, StatedDialect};
pub use faulty_rows::{FaultyRow, FaultyRows, FaultySheet, RowOrigin};
pub use finding::{Finding, FindingSink};
pub use formats::damaged::damage_in;
pub use header::{DeliveryHeader, HeaderPlace};
pub use identity::identity_in;
pub use lines::Lines;
pub use period::Period;
pub use report::{FileReport, Report, Verdict};
pub use rows::presence::Presence;
pub use rows::volumes::Volume;
pub use summary::{Gain, SummaryLine};
pub use survey::Survey;
pub use survey::workbook::{ANNOTATED_SHEET, LISTS_SHEET, README_SHEET};

/// The official geographic code, as far as deliveries need it.
pub trait CommuneRegister: Sync {
    /// Whether a code is a commune's today.
    fn exists(&self, code: &str) -> bool;

    /// The commune that a vanished one was merged into, for a delivery that ends in `year`.
    fn successor(&self, code: &str, year: i32) -> Option<String>;

    /// The code of a commune's région; none of what is no commune today.
    fn region(&self, code: &str) -> Option<&str>;

    /// Whether a code is an EPCI's today.
    fn is_epci(&self, code: &str) -> bool;
}

impl CommuneRegister for geography::Communes {
    fn exists(&self, code: &str) -> bool {
        Self::exists(self, code)
    }

    fn successor(&self, code: &str, _: i32) -> Option<String> {
        // The shipped list says which commune a vanished one is in today, not since when: a delivery of any year is
        // carried to today's communes, so that years compare.
        Self::successor(self, code).map(str::to_string)
    }

    fn region(&self, code: &str) -> Option<&str> {
        self.get(code).map(|commune| commune.region.as_str())
    }

    fn is_epci(&self, code: &str) -> bool {
        Self::is_epci(self, code)
    }
}

/// Takes accepted rows.
pub trait Sink {
    /// Takes accepted rows of one table, in the form of [`TableSchema::arrow_schema`], in the order of the files. They are
    /// not to be kept before [`Survey::check`] returns [`Verdict::Accepted`].
    ///
    /// # Errors
    /// When they cannot be taken; the check stops.
    fn accept(&mut self, table: &TableSchema, batch: RecordBatch) -> Result<()>;
}

/// A project that the store knows, and the delivery that told of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KnownBus {
    /// Identifier.
    pub id: String,
    /// Région of the delivery.
    pub region: String,
    /// Period of the delivery.
    pub periode: String,
}

/// What deliveries are checked with, the same for all deliveries of one run.
pub struct Terms<'a> {
    /// The contract.
    pub contract: &'a Contract,
    /// Communes and their successors.
    pub communes: &'a dyn CommuneRegister,
    /// Day after which nothing can have happened.
    pub today: NaiveDate,
    /// Share of refused rows, from 0 to 1, above which a delivery is refused.
    pub tolerance: f64,
    /// What the user says in place of the delivery.
    pub overrides: &'a Overrides,
}

/// What the caller states instead of the delivery.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// INSEE code of the région.
    pub region: Option<String>,
    /// Period, in one of the forms of [`Period::parse`].
    pub periode: Option<String>,
    /// Who made it.
    pub producteur: Option<String>,
    /// Why it replaces an earlier one.
    pub motif: Option<String>,
    /// Who loads it, for the store's history.
    pub by: Option<String>,
    /// Whether it may take the place of a delivery that holds more.
    pub partial: bool,
    /// Whether it may come back after another one took its place.
    pub again: bool,
    /// Forms of the files.
    pub dialect: Option<StatedDialect>,
    /// Bounds on size.
    pub limits: SizeLimits,
}

#[cfg(test)]
mod tests;
