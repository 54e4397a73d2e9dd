//! How the note prints counts, callouts, tables and lists of names.

use std::collections::BTreeSet;

use base::french::{number, typography};
use delivery::Report;
use report::content::{Block, PrintedColumn, PrintedTable, Tone};

/// Share of refused rows, in per cent.
pub(super) fn refused_share(report: &Report) -> f64 {
    let (read, _, refused) = report.totals();
    share(read, refused)
}

/// A part of a whole, in per cent.
pub(super) fn share(whole: u64, part: u64) -> f64 {
    match whole {
        0 => 0.0,
        whole => 100.0 * part as f64 / whole as f64,
    }
}

pub(super) fn whole(x: u64) -> String {
    number(x as f64, 0)
}

pub(super) fn callout(tone: Tone, title: &str, texts: &[String]) -> Block {
    Block::Callout {
        tone,
        title: typography(title),
        texts: texts.iter().map(|t| typography(t)).collect(),
    }
}

/// A table; its columns are titles, and whether they are words (set left).
pub(super) fn printed_table(
    id: &str,
    title: &str,
    columns: &[(String, bool)],
    rows: Vec<Vec<String>>,
    notes: &[String],
) -> PrintedTable {
    let column = |(title, words): &(String, bool)| PrintedColumn {
        title: typography(title),
        alignment: if *words { "gauche" } else { "droite" }.into(),
    };

    PrintedTable {
        id: id.into(),
        title: typography(title),
        columns: columns.iter().map(column).collect(),
        rows,
        total_rows: Vec::new(),
        notes: notes.iter().map(|n| typography(n)).collect(),
        source: None,
    }
}

/// The name of the line that those without a line of their own share.
pub(super) fn others_named(count: usize) -> String {
    match count {
        1 => "Un autre".to_owned(),
        n => format!("Les {n} autres"),
    }
}

/// As many names as fit on a line, and how many others.
pub(super) fn some_of(names: &BTreeSet<String>) -> String {
    const WIDTH: usize = 40;
    let mut text = String::new();

    for (rank, name) in names.iter().enumerate() {
        if rank > 0 && text.chars().count() + name.chars().count() > WIDTH {
            return format!("{text} et {} de plus", names.len() - rank);
        }
        if rank > 0 {
            text.push_str(", ");
        }
        text.push_str(name);
    }
    text
}
