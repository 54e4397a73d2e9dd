//! What is said of a delivery: its files, row by row accounted for, and its findings by rule.

use std::fmt::Write;

use crate::delivery::Report;
use crate::report::format::nombre;
use crate::store::quarantine::severity;

/// One line per file: read = accepted + refused.
pub fn files(report: &Report) -> String {
    let mut out = String::new();
    for file in &report.files {
        let name = match &file.sheet {
            Some(sheet) => format!("{} [{sheet}]", file.file),
            None => file.file.clone(),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "  {name:<34} {:<14} lues {:>9} = acceptées {:>9} + refusées {:>6}",
            file.table.as_deref().unwrap_or("non reconnu"),
            nombre(file.read as f64, 0),
            nombre(file.accepted as f64, 0),
            nombre(file.refused as f64, 0),
        );
    }
    out
}

/// The findings, gravest first: where, what, how many, what to do.
pub fn findings(report: &Report) -> String {
    let mut out = String::new();
    for line in &report.summary {
        let place = match (&line.field, line.first_line) {
            (Some(field), Some(row)) => format!("{}, champ {field}, ligne {row}", line.file),
            (Some(field), None) => format!("{}, champ {field}", line.file),
            (None, Some(row)) => format!("{}, ligne {row}", line.file),
            (None, None) => line.file.clone(),
        };
        let _ = writeln!(
            out,
            "  {} × {} [{}] {place} : {}",
            line.count,
            severity(line.severity),
            line.rule.code(),
            line.message
        );
        let _ = writeln!(out, "      conseil : {}", line.hint);
    }
    out
}
