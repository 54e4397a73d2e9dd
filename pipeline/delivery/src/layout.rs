//! What a file looks like: separator, columns, decimal mark, dates. Detected on its first rows, shown in the report.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Finding;
use super::csv_file::Encoding;
use super::entete::Dialecte;
use super::identity;
use super::records::{Block, Records, last_row_end};
use super::text::{compact, fold, nearest};
use super::values::{DateForm, date_shape};
use contract::{FieldType, Rule, TableSchema};

/// The dialect of one file, as detected or stated.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Dialect {
    /// Encoding; `classeur` for a sheet.
    pub encodage: String,
    /// Cell separator; empty for a sheet.
    pub separateur: String,
    /// Decimal mark.
    pub decimale: String,
    /// Form of the dates: `AAAA-MM-JJ`, `jj/mm/aaaa`, `mm/jj/aaaa`, `numéros Excel` or several.
    pub dates: String,
    /// Words for yes and no.
    pub oui_non: String,
}

impl Dialect {
    /// All of it, in French; what the file does not show is left out.
    pub fn said(&self) -> String {
        let mut parts = vec![self.encodage.clone()];
        match self.separateur.as_str() {
            "" => {}
            "tabulation" => parts.push("séparateur tabulation".into()),
            s => parts.push(format!("séparateur « {s} »")),
        }
        parts.push(format!("décimale « {} »", self.decimale));
        for (name, text) in [("dates", &self.dates), ("oui et non", &self.oui_non)] {
            if !text.is_empty() {
                parts.push(format!("{name} : {text}"));
            }
        }
        parts.join(", ")
    }
}

/// How to read the rows of one file.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) encoding: Encoding,
    pub(super) separator: u8,
    /// Line of the header in the file.
    pub(super) header_line: u64,
    /// For each field of the table, its column in the file.
    pub(super) columns: Vec<Option<usize>>,
    /// Columns that are not in the contract, with their names.
    pub(super) extras: Vec<(usize, String)>,
    /// Number of columns of the header.
    pub(super) width: usize,
    pub(super) mark: char,
    pub(super) dates: DateForm,
    pub(super) words: Words,
    pub(super) dialect: Dialect,
}

/// The forms of dates that a sender may state: folded name, form, label.
pub(super) const DATE_FORMS: [(&str, DateForm, &str); 5] = [
    ("iso", DateForm::Iso, "AAAA-MM-JJ"),
    ("aaaammjj", DateForm::Iso, "AAAA-MM-JJ"),
    ("jjmmaaaa", DateForm::French, "jj/mm/aaaa"),
    ("mmjjaaaa", DateForm::American, "mm/jj/aaaa"),
    ("excel", DateForm::Serial, "numéros Excel"),
];

/// Words for yes and no that a sender states; they come before the usual ones.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    pub(super) yes: Vec<String>,
    pub(super) no: Vec<String>,
}

impl Words {
    /// Those of `[dialecte]`.
    pub(super) fn of(stated: &Dialecte) -> Self {
        let list = |words: &Option<Vec<String>>| {
            let words = words.iter().flatten();
            words.map(|w| Self::key(w)).collect()
        };
        Self {
            yes: list(&stated.oui),
            no: list(&stated.non),
        }
    }

    /// Whether the sender states none.
    pub(super) fn is_empty(&self) -> bool {
        self.yes.is_empty() && self.no.is_empty()
    }

    /// Case, accents and blanks do not count; a sign alone is a word too.
    fn key(text: &str) -> String {
        let folded = fold(text);
        if folded.is_empty() {
            text.trim().to_owned()
        } else {
            folded
        }
    }

    /// The stored word of a yes or a no in any writing.
    pub(super) fn yes_no(&self, text: &str) -> Option<&'static str> {
        let key = Self::key(text);
        if self.yes.contains(&key) {
            return Some("oui");
        }
        if self.no.contains(&key) {
            return Some("non");
        }
        match key.as_str() {
            "oui" | "o" | "yes" | "y" | "true" | "vrai" | "1" | "1_0" => Some("oui"),
            "non" | "n" | "no" | "false" | "faux" | "0" | "0_0" => Some("non"),
            "inconnu" | "inc" | "inconnue" | "nsp" => Some("inconnu"),
            _ => None,
        }
    }
}

/// The separator that a sender states, if it is one.
pub(super) fn stated_separator(text: &str) -> Option<u8> {
    match text {
        "tab" | "\\t" | "\t" | "tabulation" => Some(b'\t'),
        "," | ";" | "|" => Some(text.as_bytes()[0]),
        _ => None,
    }
}

/// Guesses the separator of a CSV file: the one that makes the most known columns of the first line.
pub(super) fn separator(table: Option<&TableSchema>, sample: &str, stated: &Dialecte) -> u8 {
    if let Some(separator) = stated.separateur.as_deref().and_then(stated_separator) {
        return separator;
    }
    let known: BTreeSet<String> = table
        .map(|t| t.fields.iter().map(|f| compact(&f.name)).collect())
        .unwrap_or_default();
    let first = sample
        .lines()
        .find(|l| !l.trim().is_empty())
        .unwrap_or_default();
    let mut best = (b';', (0, 0));
    for candidate in *b";,\t|" {
        let cells: Vec<&str> = first.split(char::from(candidate)).collect();
        let score = (
            cells.iter().filter(|c| known.contains(&compact(c))).count(),
            cells.len(),
        );
        if score > best.1 {
            best = (candidate, score);
        }
    }
    best.0
}

/// The first rows of a CSV file.
pub(super) fn sample_rows(text: String, separator: u8) -> Records {
    let (end, _) = last_row_end(text.as_bytes(), separator);
    let text = if end > 0 {
        text[..end].to_owned()
    } else {
        text
    };
    Records::cut(Block { text, line: 1 }, separator)
}

/// Looks for identities in the rows down to the header: titles, names of columns, and whatever else stands there. Cells are named by
/// their place, never by their text.
pub(super) fn guard(
    table: Option<&TableSchema>,
    rows: &Records,
    header_row: usize,
    findings: &mut Vec<Finding>,
) -> bool {
    let before = findings.len();
    let headers = row_of(rows, header_row);
    for row in 0..(header_row + 1).min(rows.len()) {
        for (i, cell) in row_of(rows, row).iter().enumerate() {
            let announced = (row == header_row)
                .then(|| identity::column(table, cell, &headers))
                .flatten()
                .map(|kind| format!("une colonne annonce {}", kind.label()));
            let message = announced.or_else(|| {
                let kind = identity::name(cell)?;
                Some(format!("l'en-tête ressemble à {}", kind.label()))
            });
            if let Some(message) = message {
                findings.push(
                    Finding::new(Rule::Identite, message)
                        .line(rows.line(row))
                        .field(format!("colonne {}", i + 1)),
                );
            }
        }
    }
    findings.len() == before
}

/// The cells of a row, those after the last that holds something apart.
fn row_of(rows: &Records, row: usize) -> Vec<String> {
    if row >= rows.len() {
        return Vec::new();
    }
    let width = (0..rows.width(row))
        .rev()
        .find(|c| !rows.get(row, *c).is_empty())
        .map_or(0, |c| c + 1);
    (0..width)
        .map(|c| rows.get(row, c).trim_start_matches('\u{feff}').to_owned())
        .collect()
}

/// The finding on rows of more than `most` columns, if one of the first has them.
pub(super) fn too_wide(rows: &Records, most: usize) -> Option<Finding> {
    let row = (0..rows.len().min(10)).find(|r| rows.width(*r) > most)?;
    Some(
        Finding::new(
            Rule::LimiteDepassee,
            format!("la ligne a plus de {most} colonnes"),
        )
        .line(rows.line(row)),
    )
}

/// Reads the header and the habits of a file from its first rows. Identity comes first: a column so named stops everything. A first
/// row that names no column is a row of data: nothing of it is repeated.
pub(super) fn detect(
    table: &TableSchema,
    sample: &Records,
    encoding: Option<Encoding>,
    separator: u8,
    stated: &Dialecte,
    findings: &mut Vec<Finding>,
) -> Option<Layout> {
    let header_row = header_row(table, sample)?;
    let headers = row_of(sample, header_row);
    let width = headers.len();
    let line = sample.line(header_row);
    let safe = guard(Some(table), sample, header_row, findings);
    let named = |header: &String| {
        table
            .fields
            .iter()
            .any(|f| compact(&f.name) == compact(header))
    };
    if !headers.iter().any(named) {
        findings.push(
            Finding::new(
                Rule::EnTeteAbsent,
                "aucune colonne du dictionnaire n'est nommée sur la première ligne",
            )
            .line(line),
        );
        return None;
    }
    let mut columns = vec![None; table.fields.len()];
    let mut extras = Vec::new();
    for (i, header) in headers.iter().enumerate() {
        match table
            .fields
            .iter()
            .position(|f| compact(&f.name) == compact(header))
        {
            Some(f) if columns[f].is_none() => columns[f] = Some(i),
            Some(f) => findings.push(
                Finding::new(Rule::ColonneDouble, "la colonne est donnée deux fois")
                    .line(line)
                    .field(&table.fields[f].name),
            ),
            None => {
                let place = || format!("colonne {}", i + 1);
                let shown = identity::shown(header, place);
                extras.push((i, if shown.is_empty() { place() } else { shown }));
            }
        }
    }
    // An identity among the headers: the rest of them may be values too.
    if !safe {
        return None;
    }
    for (f, field) in table.fields.iter().enumerate() {
        if columns[f].is_none() && field.constraints.required {
            let close = nearest(&field.name, extras.iter().map(|(_, h)| h.as_str()));
            let mut finding = Finding::new(Rule::ColonneManquante, "la colonne obligatoire manque")
                .line(line)
                .field(&field.name);
            if let Some(close) = close {
                finding = finding.hint(format!(
                    "renommez la colonne « {close} » en « {} »",
                    field.name
                ));
            }
            findings.push(finding);
        }
    }
    for (_, header) in &extras {
        let missing = table
            .fields
            .iter()
            .enumerate()
            .filter(|(f, _)| columns[*f].is_none())
            .map(|(_, f)| f.name.as_str());
        let mut finding = Finding::new(
            Rule::ColonneIgnoree,
            "la colonne n'est pas au dictionnaire : elle n'est pas lue",
        )
        .line(line)
        .field(header);
        if let Some(close) = nearest(header, missing) {
            finding = finding.hint(format!("s'agit-il de « {close} » ? renommez la colonne"));
        }
        findings.push(finding);
    }
    let words = Words::of(stated);
    let habits = Habits::of(table, sample, header_row, &columns, &words);
    let mark = match stated.decimale.as_deref() {
        Some(",") => ',',
        Some(".") => '.',
        _ => habits.mark(separator, encoding.is_none()),
    };
    let (dates, date_label) = habits.dates(stated);
    let dialect = Dialect {
        encodage: encoding.map_or("classeur", Encoding::label).into(),
        separateur: if encoding.is_none() {
            String::new()
        } else {
            match separator {
                b'\t' => "tabulation".into(),
                s => char::from(s).to_string(),
            }
        },
        decimale: mark.to_string(),
        dates: date_label,
        oui_non: habits.words.iter().cloned().collect::<Vec<_>>().join("/"),
    };
    Some(Layout {
        encoding: encoding.unwrap_or(Encoding::Utf8),
        separator,
        header_line: line,
        columns,
        extras,
        width,
        mark,
        dates,
        words,
        dialect,
    })
}

/// The header is the first of the first ten rows that names at least half of the required columns; failing that, the first row.
fn header_row(table: &TableSchema, sample: &Records) -> Option<usize> {
    let required: Vec<String> = table
        .fields
        .iter()
        .filter(|f| f.constraints.required)
        .map(|f| compact(&f.name))
        .collect();
    let score = |row: usize| {
        let cells: BTreeSet<String> = (0..sample.width(row))
            .map(|c| compact(sample.get(row, c)))
            .collect();
        required.iter().filter(|r| cells.contains(*r)).count()
    };
    let first = (0..sample.len().min(10))
        .find(|r| (0..sample.width(*r)).any(|c| !sample.get(*r, c).is_empty()))?;
    Some(
        (first..sample.len().min(10))
            .find(|r| score(*r) * 2 >= required.len())
            .unwrap_or(first),
    )
}

/// How the sender writes, counted on the sample.
#[derive(Default)]
struct Habits {
    comma: usize,
    point: usize,
    iso: usize,
    french: usize,
    american: usize,
    /// Dates with a second part that cannot be a month's day in the American form: `25/03`.
    surely_french: usize,
    serial: usize,
    words: BTreeSet<String>,
}

impl Habits {
    fn of(
        table: &TableSchema,
        sample: &Records,
        header: usize,
        columns: &[Option<usize>],
        words: &Words,
    ) -> Self {
        let mut habits = Self::default();
        for (field, column) in table.fields.iter().zip(columns) {
            let Some(column) = *column else { continue };
            for row in header + 1..sample.len().min(header + 2001) {
                let text = sample.get(row, column);
                match field.kind {
                    FieldType::Number => {
                        habits.comma += usize::from(text.contains(',') && !text.contains('.'));
                        habits.point += usize::from(text.contains('.') && !text.contains(','));
                    }
                    FieldType::Date => match date_shape(text) {
                        Some(DateForm::Iso) => habits.iso += 1,
                        Some(DateForm::American) => habits.american += 1,
                        Some(DateForm::Serial) => habits.serial += 1,
                        Some(_) => {
                            habits.french += 1;
                            let day = text
                                .split(['/', '-', '.'])
                                .next()
                                .and_then(|d| d.parse::<u32>().ok());
                            habits.surely_french += usize::from(day.is_some_and(|d| d > 12));
                        }
                        None => {}
                    },
                    FieldType::String
                        if field.is_yes_no()
                            && text.len() <= 20
                            && words.yes_no(text).is_some_and(|w| w != "inconnu") =>
                    {
                        habits.words.insert(Words::key(text));
                    }
                    _ => {}
                }
            }
        }
        habits
    }

    fn mark(&self, separator: u8, workbook: bool) -> char {
        match self.comma.cmp(&self.point) {
            std::cmp::Ordering::Greater => ',',
            std::cmp::Ordering::Less => '.',
            std::cmp::Ordering::Equal if separator == b';' && !workbook => ',',
            std::cmp::Ordering::Equal => '.',
        }
    }

    fn dates(&self, stated: &Dialecte) -> (DateForm, String) {
        let stated = stated.format_date.as_deref().map(compact);
        if let Some((_, form, label)) = DATE_FORMS
            .iter()
            .find(|(name, ..)| stated.as_deref() == Some(name))
        {
            return (*form, (*label).into());
        }
        if self.american > 0
            && self.surely_french == 0
            && self.american * 10 >= self.french + self.american
        {
            return (DateForm::American, "mm/jj/aaaa".into());
        }
        let forms: Vec<&str> = [
            (self.iso, "AAAA-MM-JJ"),
            (self.french, "jj/mm/aaaa"),
            (self.serial, "numéros Excel"),
        ]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(_, l)| l)
        .collect();
        (DateForm::Any, forms.join(" et "))
    }
}
