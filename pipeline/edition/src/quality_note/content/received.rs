//! What was received: files, rows, how they are written.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use base::french::percent;
use delivery::{DetectedDialect, FileReport, Report};
use report::content::Block;

use super::printed::{others_named, printed_table, share, some_of, whole};

/// Files named one by one.
const MAX_FILES: usize = 14;

/// Rows read, accepted and refused of each file, the share refused beside the `tolerance` (0–1), and how the files are written.
pub(super) fn table(report: &Report, tolerance: f64) -> Block {
    let files = &report.files;
    let counts = |file: &FileReport| [file.read, file.accepted, file.refused];
    let row = |name: String, table: String, counts: [u64; 3]| {
        let [read, _, refused] = counts;
        let counts = counts.map(whole).into_iter().chain([percent(share(read, refused))]);
        [name, table].into_iter().chain(counts).collect()
    };

    let shown = shown(files);
    let mut rows = Vec::new();
    let mut others = [0; 3];
    for (rank, file) in files.iter().enumerate() {
        if shown.contains(&rank) {
            let table = file.table.clone().unwrap_or_else(|| "non reconnu".into());
            rows.push(row(name(file), table, counts(file)));
        } else {
            let counts = counts(file);
            others = std::array::from_fn(|i| others[i] + counts[i]);
        }
    }
    if shown.len() < files.len() {
        let title = others_named(files.len() - shown.len());
        rows.push(row(title, String::new(), others));
    }

    let columns = [
        ("Fichier ou feuille".to_string(), true),
        ("Table".to_string(), true),
        ("Lues".to_string(), false),
        ("Acceptées".to_string(), false),
        ("Refusées".to_string(), false),
        ("Part".to_string(), false),
    ];
    let notes: Vec<String> = report.above(tolerance).into_iter().chain(notes(files)).collect();
    Block::Table(printed_table(
        "recu",
        "Lignes lues, acceptées et refusées",
        &columns,
        rows,
        &notes,
    ))
}

fn name(file: &FileReport) -> String {
    file.sheet.clone().unwrap_or_else(|| file.file.clone())
}

/// Ranks of the files that have a line of their own: all, or those with the most refused rows.
fn shown(files: &[FileReport]) -> BTreeSet<usize> {
    let mut ranks: Vec<usize> = (0..files.len()).collect();
    if files.len() > MAX_FILES {
        ranks.sort_by_key(|i| (Reverse(files[*i].refused), *i));
        ranks.truncate(MAX_FILES - 1);
    }
    ranks.into_iter().collect()
}

/// Most deliveries are written one way: each form is said once, with the files that have it.
fn notes(files: &[FileReport]) -> Vec<String> {
    let mut forms: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files {
        if let Some(dialect) = &file.dialect {
            forms.entry(form(dialect)).or_default().insert(name(file));
        }
    }

    let alone = forms.len() == 1;
    let written = forms.iter().map(|(form, names)| {
        let who = if alone { "tous".into() } else { some_of(names) };
        format!("Écriture reconnue : {form} ({who}).")
    });
    written.chain(habits(files)).collect()
}

/// Characters, separator and decimal mark of a file.
fn form(dialect: &DetectedDialect) -> String {
    let separator = match dialect.separator.as_str() {
        "" => String::new(),
        "tabulation" => ", séparateur tabulation".into(),
        mark => format!(", séparateur « {mark} »"),
    };

    let mark = match dialect.decimal_mark.as_str() {
        "" => String::new(),
        mark => format!(", décimale « {mark} »"),
    };
    format!("{}{separator}{mark}", dialect.encoding)
}

/// Forms of dates and words for yes and no, of all files together.
fn habits(files: &[FileReport]) -> Option<String> {
    let together = |name: &str, habit: fn(&DetectedDialect) -> &String| {
        let habits = files.iter().filter_map(|f| f.dialect.as_ref().map(habit));
        let habits: BTreeSet<&str> = habits.map(String::as_str).collect();

        let habits: Vec<&str> = habits.into_iter().filter(|h| !h.is_empty()).collect();
        (!habits.is_empty()).then(|| format!("{name} : {}", habits.join(", ")))
    };

    let dates = together("Dates", |d| &d.dates);
    let yes_no = together("oui et non", |d| &d.yes_no);
    let parts: Vec<String> = dates.into_iter().chain(yes_no).collect();
    (!parts.is_empty()).then(|| format!("{}.", parts.join(" ; ")))
}
