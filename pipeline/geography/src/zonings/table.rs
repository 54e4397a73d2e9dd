//! What a file of zonings held, and the rows as stored.

use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use base::error::{Context, Result};

/// What an official file says of a commune, for one vintage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zoning {
    /// INSEE code of a commune of today.
    pub code_commune: String,
    /// Vintage of the file, a year.
    pub vintage: i64,
    /// INSEE density level, 1 (dense) to 7 (very dispersed).
    pub density7: Option<i64>,
    /// `ZIP`, `ZAC`, `ZAR` or `HZ` (outside any zone).
    pub zonage_mg: Option<String>,
    /// APL to GPs, in hundredths of consultations per year and standardised inhabitant.
    pub apl_hundredths: Option<i64>,
    /// The producer and the file.
    pub source: String,
}

/// A commune, or a part of it, that a file gives in several lines which do not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ambiguous {
    /// Commune of today.
    pub code_commune: String,
    /// Vintage.
    pub vintage: i64,
    /// What it is said to be, with the lines: `zonage ZIP (ligne 3) ou ZAC (ligne 7)`.
    pub readings: String,
}

/// What a file of zoning held. A line is kept, unknown, ambiguous, superseded or of another vintage, or has no code.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ZoningReport {
    /// One row per commune of today and vintage, by code.
    pub zonings: Vec<Zoning>,
    /// The sheet that was read; the file's name for a CSV.
    pub sheet: String,
    /// Its columns that were read, `densité : « DENS7 »`.
    pub columns: Vec<String>,
    /// Sheets of other years, left.
    pub left_sheets: Vec<String>,
    /// Lines with a commune code.
    pub rows_read: usize,
    /// Lines that the rows come from.
    pub kept: usize,
    /// Lines of merged communes and arrondissements, carried to the commune of today.
    pub carried: usize,
    /// Lines of merged communes whose commune of today has its own.
    pub superseded: usize,
    /// Lines of another vintage than the one asked for.
    pub other_vintage: usize,
    /// Lines without a commune code: units, totals, notes.
    pub without_code: usize,
    /// Lines whose commune has lines that do not agree.
    pub ambiguous_lines: usize,
    /// What those lines say; the facts that do not agree are left blank.
    pub ambiguous: Vec<Ambiguous>,
    /// Codes that no commune bears or bore, in the order of the file.
    pub unknown: Vec<String>,
}

/// The columns of the table `zonings`, as stored and as SQL sees them.
pub fn zonings_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("code_commune", DataType::Utf8, false),
        Field::new("millesime", DataType::Int64, false),
        Field::new("densite7", DataType::Int64, true),
        Field::new("zonage_mg", DataType::Utf8, true),
        Field::new("apl_mg", DataType::Decimal128(6, 2), true),
        Field::new("source", DataType::Utf8, true),
    ]))
}

/// The rows as a batch of [`zonings_schema`].
///
/// # Errors
/// If an APL does not fit the decimal type, which [`read_zonings`] prevents.
pub fn zonings_batch(zonings: &[Zoning]) -> Result<RecordBatch> {
    let message = || "la table des zonages ne se construit pas".to_owned();
    let apl: Decimal128Array = zonings.iter().map(|z| z.apl_hundredths.map(i128::from)).collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(zonings.iter().map(|z| Some(z.code_commune.as_str())).collect::<StringArray>()),
        Arc::new(zonings.iter().map(|z| Some(z.vintage)).collect::<Int64Array>()),
        Arc::new(zonings.iter().map(|z| z.density7).collect::<Int64Array>()),
        Arc::new(zonings.iter().map(|z| z.zonage_mg.as_deref()).collect::<StringArray>()),
        Arc::new(apl.with_precision_and_scale(6, 2).access(message)?),
        Arc::new(zonings.iter().map(|z| Some(z.source.as_str())).collect::<StringArray>()),
    ];

    RecordBatch::try_new(zonings_schema(), columns).access(message)
}
