//! Reading of the published answers that the tests compare with.

use std::path::PathBuf;

/// Path of a reference file.
pub fn path(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/reference/")).join(name)
}

/// `statistics.json`.
pub fn json() -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(path("statistics.json")).unwrap()).unwrap()
}

/// Rows of a reference CSV file, header included as first row.
pub fn rows(name: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(path(name)).unwrap();
    reader
        .records()
        .map(|r| r.unwrap().iter().map(str::to_owned).collect())
        .collect()
}

/// Fails unless `value` is within `tolerance` of `expected`.
#[track_caller]
pub fn close(value: f64, expected: f64, tolerance: f64) {
    assert!((value - expected).abs() <= tolerance, "{value} is not {expected} ± {tolerance}");
}
