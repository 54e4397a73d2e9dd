//! What a file looks like: separator, columns, decimal mark, dates. Detected on its first rows, shown in the report.

mod agreement;
mod half_imported;
mod long_identifiers;
mod sample;
mod sample_counts;
mod serials;
mod stated;
mod units;
mod words;

use serde::{Deserialize, Serialize};

use base::text::column_letters;
use contract::{Field, Rule, TableSchema};

use crate::Finding;
use crate::formats::csv_blocks::Encoding;
use crate::formats::margins::MarginText;
use crate::formats::records::Records;
use crate::identity;
use crate::rows::marks::Marks;
use crate::rows::values::{DAY_ZERO, DateForm};
use crate::survey::side_by_side::SideTable;
use crate::text::{compact, nearest};

pub(crate) use agreement::Agreement;
pub(crate) use sample::{guard, sample_rows, separator, too_wide};
pub(crate) use serials::{DatedTable, serial_days};
pub use stated::StatedDialect;
pub(crate) use words::YesNoWords;

use sample::{header_row, row_of};
use sample_counts::SampleCounts;
use units::{beside_header, conversion};

/// The dialect of one file, as detected or stated.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DetectedDialect {
    /// Encoding; `classeur` for a sheet.
    #[serde(rename = "encodage")]
    pub encoding: String,
    /// Cell separator; empty for a sheet.
    #[serde(rename = "separateur")]
    pub separator: String,
    /// Decimal marks; empty where the numbers show none.
    #[serde(rename = "decimale")]
    pub decimal_mark: String,
    /// Form of the dates: `AAAA-MM-JJ`, `jj/mm/aaaa`, `mm/jj/aaaa`, `numéros Excel` or several.
    pub dates: String,
    /// Words for yes and no.
    #[serde(rename = "oui_non")]
    pub yes_no: String,
}

impl DetectedDialect {
    /// All of it, in French; what the file does not show is left out.
    pub fn said(&self) -> String {
        let mut parts = vec![self.encoding.clone()];
        match self.separator.as_str() {
            "" => {}
            "tabulation" => parts.push("séparateur tabulation".into()),
            s => parts.push(format!("séparateur « {s} »")),
        }

        if !self.decimal_mark.is_empty() {
            parts.push(format!("décimale « {} »", self.decimal_mark));
        }
        for (name, text) in [("dates", &self.dates), ("oui et non", &self.yes_no)] {
            if !text.is_empty() {
                parts.push(format!("{name} : {text}"));
            }
        }

        parts.join(", ")
    }
}

/// How to read the rows of one file.
#[derive(Debug, Clone)]
pub(crate) struct FileLayout {
    pub(crate) encoding: Encoding,
    pub(crate) separator: u8,
    /// Line of the header in the file.
    pub(crate) header_line: u64,
    /// For each field of the table, its column in the file.
    pub(crate) columns: Vec<Option<usize>>,
    /// Columns that are not in the contract, with their names.
    pub(crate) extras: Vec<(usize, String)>,
    /// Another table among those columns.
    pub(crate) beside: Option<SideTable>,
    /// Number of columns of the header.
    pub(crate) width: usize,
    /// For each field of the table, what the marks of its numbers stand for.
    pub(crate) marks: Vec<Marks>,
    pub(crate) dates: DateForm,
    /// Day zero of serials, in days since 1970.
    pub(crate) day_zero: i32,
    pub(crate) words: YesNoWords,
    pub(crate) dialect: DetectedDialect,
    pub(crate) counts: SampleCounts,
}

impl FileLayout {
    /// The letters that a spreadsheet gives to the column of a field, or to those of several joined by commas.
    pub(crate) fn letters(&self, table: &TableSchema, field: &str) -> Option<String> {
        let column = |name: &str| {
            let known = table.position(name).and_then(|i| self.columns[i]);
            let extra = || self.extras.iter().find(|(_, extra)| extra == name).map(|(i, _)| *i);
            known.or_else(extra).map(column_letters)
        };
        let letters: Option<Vec<String>> = field.split(", ").map(column).collect();
        letters.map(|letters| letters.join(", "))
    }

    /// The names of the contract's columns in the order of the file's; none for a column that the contract does not know.
    pub(crate) fn names(&self, table: &TableSchema) -> Vec<Option<String>> {
        let mut names = vec![None; self.width];
        for (field, column) in table.fields.iter().zip(&self.columns) {
            if let Some(name) = column.and_then(|column| names.get_mut(column)) {
                *name = Some(field.name.clone());
            }
        }
        names
    }

    /// Reads numbers and dates as the whole delivery shows them.
    pub(crate) fn settle(&mut self, agreement: &Agreement) {
        self.marks = agreement.marks(&self.counts);
        (self.dates, self.dialect.dates) = agreement.dates(&self.counts);
    }
}

/// Reads the header and the habits of a file from its first rows. IdentityKind comes first: a column so named stops everything. A first
/// row that names no column is a row of data: nothing of it is repeated.
pub(crate) fn detect(
    table: &TableSchema,
    sample: &Records,
    encoding: Option<Encoding>,
    separator: u8,
    stated: &StatedDialect,
    findings: &mut Vec<Finding>,
) -> Option<FileLayout> {
    let header_row = header_row(table, sample)?;
    let headers = row_of(sample, header_row);
    let line = sample.line(header_row);

    let safe = guard(Some(table), sample, header_row, findings);
    if !headers.iter().any(|h| field_named(table, h).is_some()) {
        let message = "aucune colonne du dictionnaire n'est nommée sur la première ligne";
        findings.push(Finding::new(Rule::EnTeteAbsent, message).line(line));
        return None;
    }

    let (columns, extras) = match_columns(table, &headers, line, findings);
    // An identity among the headers: the rest of them may be values too.
    if !safe {
        return None;
    }

    missing_columns(table, &columns, &extras, line, findings);
    ignored_columns(table, &columns, &extras, line, findings);
    findings.extend(beside_header(table, sample, header_row, &columns));

    let words = YesNoWords::of(stated);
    let counts = SampleCounts::of(table, sample, header_row, &columns, &words);
    rounded_identifiers(&counts, findings);
    findings.extend(counts.half_imported.clone());

    let dialect = DetectedDialect {
        encoding: encoding.map_or("classeur", Encoding::label).into(),
        separator: match (encoding, separator) {
            (None, _) => String::new(),
            (_, b'\t') => "tabulation".into(),
            (_, s) => char::from(s).to_string(),
        },
        decimal_mark: stated
            .decimal_mark
            .clone()
            .unwrap_or_else(|| counts.all_marks().decimal_marks()),
        dates: String::new(),
        yes_no: counts.words.iter().map(String::as_str).collect::<Vec<_>>().join("/"),
    };

    Some(FileLayout {
        encoding: encoding.unwrap_or(Encoding::Utf8),
        separator,
        header_line: line,
        columns,
        extras,
        beside: None,
        width: headers.len(),
        marks: Vec::new(),
        dates: DateForm::Any,
        day_zero: DAY_ZERO,
        words,
        dialect,
        counts,
    })
}

/// What refuses a file or sheet whose name gives its numbers another unit than theirs.
pub(crate) fn unit_in_name(
    table: &TableSchema,
    layout: &FileLayout,
    name: &str,
) -> Option<Finding> {
    units::in_name(table, &layout.columns, name)
}

/// What refuses a sheet of which the page, or a comment down to its header, gives its numbers another unit than theirs.
pub(crate) fn unit_in_margins(
    table: &TableSchema,
    layout: &FileLayout,
    margins: &[MarginText],
) -> Option<Finding> {
    let header = |text: &&MarginText| text.row().is_none_or(|row| row <= layout.header_line);
    units::in_margins(table, &layout.columns, margins.iter().filter(header))
}

/// Tells of identifiers that a spreadsheet rounded.
fn rounded_identifiers(counts: &SampleCounts, findings: &mut Vec<Finding>) {
    if let Some(witness) = &counts.rounded {
        let message = "des identifiants sont de longs nombres qui finissent par des zéros : un tableur les a arrondis";
        let finding = Finding::new(Rule::IdentifiantArrondi, message).whole_file();
        findings.push(finding.line(witness.line).field(&witness.field));
    }
}

/// The field of a table that a column is named after, whatever its case, accents and separators.
fn field_named(table: &TableSchema, header: &str) -> Option<usize> {
    // Folding drops the sign: « montant (%) » is no amount.
    if header.contains(['%', '‰', '$', '£']) {
        return None;
    }
    let wanted = compact(header);
    table.fields.iter().position(|f| compact(&f.name) == wanted)
}

/// The field whose title in the dictionary stands as the name of a column: « montant_engage » is no « montant ».
fn titled<'t>(table: &'t TableSchema, header: &str) -> Option<&'t Field> {
    let wanted = compact(header);
    table.fields.iter().find(|field| compact(&field.title) == wanted)
}

/// For each field its column; columns of no field with their names as they may be shown.
fn match_columns(
    table: &TableSchema,
    headers: &[String],
    line: u64,
    findings: &mut Vec<Finding>,
) -> (Vec<Option<usize>>, Vec<(usize, String)>) {
    let mut columns = vec![None; table.fields.len()];
    let mut extras = Vec::new();

    for (i, header) in headers.iter().enumerate() {
        match field_named(table, header) {
            Some(f) if columns[f].is_none() => columns[f] = Some(i),
            Some(f) => findings.push(
                Finding::new(Rule::ColonneDouble, "la colonne est donnée deux fois")
                    .line(line)
                    .field(&table.fields[f].name)
                    .hint("gardez une seule des colonnes de même nom ; si une autre table est à côté de celle-ci, donnez-lui sa feuille"),
            ),
            None => {
                let place = || format!("colonne {}", i + 1);
                let shown = identity::shown(header, place);
                extras.push((i, if shown.is_empty() { place() } else { shown }));
            }
        }
    }

    (columns, extras)
}

/// Tells of required columns that the file lacks, with the unknown column that may be meant.
fn missing_columns(
    table: &TableSchema,
    columns: &[Option<usize>],
    extras: &[(usize, String)],
    line: u64,
    findings: &mut Vec<Finding>,
) {
    let absent = table.fields.iter().zip(columns).filter(|(_, c)| c.is_none());

    for (field, _) in absent.filter(|(f, _)| f.constraints.required) {
        let finding = Finding::new(Rule::ColonneManquante, "la colonne obligatoire manque")
            .line(line)
            .field(&field.name);

        let others =
            |header: &&str| titled(table, header).is_none_or(|other| other.name == field.name);
        let named = extras.iter().map(|(_, h)| h.as_str()).filter(others);
        let close = nearest(&field.name, named);
        findings.push(match close {
            Some(close) => finding.hint(conversion(close, field).unwrap_or_else(|| {
                format!("renommez la colonne « {close} » en « {} »", field.name)
            })),
            None => finding,
        });
    }
}

/// Tells of columns that the contract does not know, with the absent field that may be meant.
fn ignored_columns(
    table: &TableSchema,
    columns: &[Option<usize>],
    extras: &[(usize, String)],
    line: u64,
    findings: &mut Vec<Finding>,
) {
    for (_, header) in extras {
        let finding = Finding::new(
            Rule::ColonneIgnoree,
            "la colonne n'est pas au dictionnaire : elle n'est pas lue",
        )
        .line(line)
        .field(header);

        let absent = table.fields.iter().zip(columns).filter(|(_, c)| c.is_none());
        let absent: Vec<&str> = absent.map(|(f, _)| f.name.as_str()).collect();
        let close = match titled(table, header) {
            Some(field) => Some(field).filter(|field| absent.contains(&field.name.as_str())),
            None => nearest(header, absent.into_iter()).and_then(|name| table.field(name)),
        };
        findings.push(match close {
            Some(field) => finding.hint(conversion(header, field).unwrap_or_else(|| {
                format!("s'agit-il de « {} » ? renommez la colonne", field.name)
            })),
            None => finding,
        });
    }
}
