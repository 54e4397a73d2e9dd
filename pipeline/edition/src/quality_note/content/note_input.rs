//! What a note is made from.

use chrono::NaiveDate;

use delivery::{Comparison, Report};
use report::content::NamedZone;

/// What a note says.
#[derive(Debug, Clone)]
pub struct NoteInput<'a> {
    /// Région of the delivery.
    pub zone: &'a NamedZone,
    /// What came of the check.
    pub report: &'a Report,
    /// What changed since an earlier delivery.
    pub comparison: &'a Comparison,
    /// Day of the check: the note is dated by the last day that the delivery can tell about.
    pub today: NaiveDate,
    /// Program and version.
    pub program: &'a str,
    /// Share of refused rows (0–1) above which the delivery is not stored.
    pub tolerance: f64,
}
