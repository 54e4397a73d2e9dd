//! What a file of zonings held, and the rows as stored.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, Int64Array, RecordBatch, StringArray,
};
use arrow::datatypes::{DataType, Decimal128Type, Field, Int64Type, Schema, SchemaRef};

use base::error::{Context, Error, Result};

use super::super::facts::{ColumnFact, FactValue, ZONES};
use super::line_filter::LineScope;

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
    /// Code of the territoire de vie-santé (TVS) that it is in.
    pub code_tvs: Option<String>,
    /// Name of that TVS.
    pub nom_tvs: Option<String>,
    /// The producer and the file.
    pub source: String,
}

impl Zoning {
    fn value(&self, fact: ColumnFact) -> Option<FactValue> {
        let zone = |name: &String| ZONES.iter().position(|zone| zone == name);
        let number = match fact {
            ColumnFact::Density => self.density7,
            ColumnFact::Zoning => {
                self.zonage_mg.as_ref().and_then(zone).and_then(|rank| i64::try_from(rank).ok())
            }
            ColumnFact::Apl => self.apl_hundredths,
            ColumnFact::Tvs => return self.code_tvs.clone().map(FactValue::Code),
        };
        number.map(FactValue::Number)
    }

    /// What it says otherwise than `earlier` did, or no longer says: `61079 (zonage ZIP → ZAC)`.
    pub fn changes(&self, earlier: &Self) -> Option<String> {
        self.differing(earlier, |before, after| format!("{before} → {after}"), true)
    }

    /// What both say, and not alike: `61079 (zonage ZAC, mais ZIP d'après …)`.
    pub fn contradicts(&self, other: &Self) -> Option<String> {
        let said = |theirs, own| format!("{own}, mais {theirs} d'après « {} »", other.source);
        self.differing(other, said, false)
    }

    fn differing(
        &self,
        other: &Self,
        said: impl Fn(String, String) -> String,
        blanks: bool,
    ) -> Option<String> {
        let differing = ColumnFact::ALL.into_iter().filter_map(|fact| {
            let (theirs, own) = (other.value(fact)?, self.value(fact));
            let differs = own.as_ref() != Some(&theirs) && (blanks || own.is_some());
            let said = || said(fact.show(Some(&theirs)), fact.show(own.as_ref()));
            differs.then(|| format!("{} {}", fact.name(), said()))
        });
        let differing: Vec<String> = differing.collect();
        (!differing.is_empty()).then(|| format!("{} ({})", self.code_commune, differing.join(", ")))
    }
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

/// What a file of zoning held. A line is kept, unknown, ambiguous, superseded, of another vintage, of another profession or no longer in
/// force, or has no code.
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
    /// Sheets that give TVS and nothing else, left beside one that gives more.
    pub left_compositions: Vec<String>,
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
    /// Lines of other professions than the doctors.
    pub other_profession: usize,
    /// Lines that were no longer in force when the vintage began, or are told to be past.
    pub not_in_force: usize,
    /// Lines without a commune code: units, totals, notes.
    pub without_code: usize,
    /// Of these, what may have been meant as a code, with its line: `« 61079.5 » (ligne 4)`.
    pub unread_codes: Vec<String>,
    /// Lines whose commune has lines that do not agree.
    pub ambiguous_lines: usize,
    /// What those lines say; the facts that do not agree are left blank.
    pub ambiguous: Vec<Ambiguous>,
    /// Codes that no commune bears or bore, in the order of the file.
    pub unknown: Vec<String>,
}

impl ZoningReport {
    /// How many communes have a TVS, and how many TVS they make.
    pub fn tvs(&self) -> (usize, usize) {
        let codes = || self.zonings.iter().filter_map(|zoning| zoning.code_tvs.as_deref());
        (codes().count(), codes().collect::<BTreeSet<_>>().len())
    }

    /// Counts a line that is not read.
    pub(super) fn leave(&mut self, scope: LineScope) {
        match scope {
            LineScope::OtherProfession => self.other_profession += 1,
            LineScope::NotInForce => self.not_in_force += 1,
            LineScope::Kept { .. } => {}
        }
    }
}

/// The columns of the table `zonings`, as stored and as SQL sees them. Files of stores made before end with the source.
pub fn zonings_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("code_commune", DataType::Utf8, false),
        Field::new("millesime", DataType::Int64, false),
        Field::new("densite7", DataType::Int64, true),
        Field::new("zonage_mg", DataType::Utf8, true),
        Field::new("apl_mg", DataType::Decimal128(6, 2), true),
        Field::new("source", DataType::Utf8, true),
        Field::new("code_tvs", DataType::Utf8, true),
        Field::new("nom_tvs", DataType::Utf8, true),
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
        Arc::new(zonings.iter().map(|z| z.code_tvs.as_deref()).collect::<StringArray>()),
        Arc::new(zonings.iter().map(|z| z.nom_tvs.as_deref()).collect::<StringArray>()),
    ];

    RecordBatch::try_new(zonings_schema(), columns).access(message)
}

/// The rows of a batch of [`zonings_schema`], its columns by their rank; the last two may be missing.
///
/// # Errors
/// If it is no such batch.
pub fn zonings_of(batch: &RecordBatch) -> Result<Vec<Zoning>> {
    let damaged = || Error::access("la table des zonages n'a pas la forme du dépôt");
    let column = |rank: usize| batch.columns().get(rank).ok_or_else(damaged);
    let texts = |rank| column(rank)?.as_string_opt::<i32>().ok_or_else(damaged);
    let numbers = |rank| column(rank)?.as_primitive_opt::<Int64Type>().ok_or_else(damaged);

    let (codes, zones, sources) = (texts(0)?, texts(3)?, texts(5)?);
    let (vintages, densities) = (numbers(1)?, numbers(2)?);
    let apl = column(4)?.as_primitive_opt::<Decimal128Type>().ok_or_else(damaged)?;
    let later = |rank: usize| (rank < batch.num_columns()).then(|| texts(rank)).transpose();
    let (tvs, names) = (later(6)?, later(7)?);

    let text =
        |array: &StringArray, row: usize| array.is_valid(row).then(|| array.value(row).to_owned());
    Ok((0..batch.num_rows())
        .map(|row| Zoning {
            code_commune: text(codes, row).unwrap_or_default(),
            vintage: vintages.value(row),
            density7: densities.is_valid(row).then(|| densities.value(row)),
            zonage_mg: text(zones, row),
            apl_hundredths: apl.is_valid(row).then(|| i64::try_from(apl.value(row)).ok()).flatten(),
            source: text(sources, row).unwrap_or_default(),
            code_tvs: tvs.and_then(|array| text(array, row)),
            nom_tvs: names.and_then(|array| text(array, row)),
        })
        .collect())
}
