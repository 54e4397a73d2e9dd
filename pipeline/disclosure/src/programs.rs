//! The linear programs solved, counted: a measure of the work, for benchmarks.

use std::sync::atomic::{AtomicU64, Ordering};

static SOLVED: AtomicU64 = AtomicU64::new(0);

/// Counts one program.
pub(super) fn count() {
    SOLVED.fetch_add(1, Ordering::Relaxed);
}

/// Linear and whole-number programs that this process has given to the solver so far.
pub fn programs_solved() -> u64 {
    SOLVED.load(Ordering::Relaxed)
}
