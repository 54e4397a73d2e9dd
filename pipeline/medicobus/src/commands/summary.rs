//! What is said of a delivery: its files, row by row accounted for, and its findings by rule.

use std::fmt::Write;

use base::french::number;
use delivery::Report;
use store::quarantine::severity;

/// Two lines per file: read = accepted + refused, then how it is written.
pub fn files(report: &Report) -> String {
    let mut out = String::new();
    for file in &report.files {
        let name = named(&file.file, file.sheet.as_deref());
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "  {name:<34} {:<14} lues {:>9} = acceptées {:>9} + refusées {:>6}",
            file.table.as_deref().unwrap_or("non reconnu"),
            number(file.read as f64, 0),
            number(file.accepted as f64, 0),
            number(file.refused as f64, 0),
        );
        if let Some(dialect) = &file.dialect {
            let _ = writeln!(out, "    écriture : {}", dialect.said());
        }
    }

    out
}

fn named(file: &str, sheet: Option<&str>) -> String {
    match sheet {
        Some(sheet) => format!("{file} [{sheet}]"),
        None => file.to_owned(),
    }
}

/// The findings, those whose correction gains most first: where, what, how many, what to do.
pub fn findings(report: &Report) -> String {
    let mut out = String::new();
    for line in &report.summary {
        let file = named(&line.file, line.sheet.as_deref());
        let field = line.field.as_ref().map(|f| format!(", champ {f}")).unwrap_or_default();
        let lines = match line.lines.said() {
            lines if lines.is_empty() => String::new(),
            lines if line.lines.several() => format!(", lignes {lines}"),
            line => format!(", ligne {line}"),
        };
        let _ = writeln!(
            out,
            "  {} × {} [{}] {file}{field}{lines} : {}",
            line.count,
            severity(line.severity),
            line.rule.code(),
            line.message
        );
        let _ = writeln!(out, "      conseil : {}", line.hint);
    }

    out
}
