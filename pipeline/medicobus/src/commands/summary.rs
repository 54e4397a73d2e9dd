//! What is said of a delivery: its files, row by row accounted for, and its findings by rule.

use std::fmt::Write;

use base::french::number;
use delivery::{Comparison, FindingChange, Report, RowChange};
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
        let column = line.column.as_ref().map(|c| format!(" (colonne {c})")).unwrap_or_default();
        let lines = match line.lines.said() {
            lines if lines.is_empty() => String::new(),
            lines if line.lines.several() => format!(", lignes {lines}"),
            line => format!(", ligne {line}"),
        };
        let _ = writeln!(
            out,
            "  {} × {} [{}] {file}{field}{column}{lines} : {}",
            line.count,
            severity(line.severity),
            line.rule.code(),
            line.said()
        );
        let _ = writeln!(out, "      conseil : {}", line.hint);
    }

    out
}

/// Lines of each kind of change that a screen shows.
const MAX_CHANGES: usize = 12;

/// What changed since the earlier delivery, and what is out of the ordinary; nothing when there is nothing to say.
pub fn comparison(comparison: &Comparison) -> String {
    let mut out = String::new();
    if let Some(against) = &comparison.against {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "  par rapport à {against} :");
        let findings = |changes: &mut dyn Iterator<Item = &FindingChange>| {
            changes.map(FindingChange::said).collect::<Vec<_>>()
        };
        section(&mut out, "constats résolus", findings(&mut comparison.solved()));
        section(&mut out, "constats nouveaux", findings(&mut comparison.new_findings()));
        section(&mut out, "constats qui restent", findings(&mut comparison.still_there()));
        let rows = comparison.rows.iter().map(RowChange::said).collect();
        section(&mut out, "lignes acceptées", rows);
    }
    section(&mut out, "hors de l'ordinaire", comparison.jumps.clone());

    out
}

fn section(out: &mut String, title: &str, mut lines: Vec<String>) {
    if lines.is_empty() {
        return;
    }

    let more = lines.len().saturating_sub(MAX_CHANGES);
    lines.truncate(MAX_CHANGES);
    let _ = writeln!(out, "    {title} :");
    for line in lines {
        let _ = writeln!(out, "      {line}");
    }
    if more > 0 {
        let _ = writeln!(
            out,
            "      … et {more} de plus, dans changements.csv, joint à la note de qualité"
        );
    }
}
