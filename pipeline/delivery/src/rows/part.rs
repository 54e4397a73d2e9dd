//! The checks of one part of a file. A part is judged alone, so parts can be judged side by side; what needs the whole
//! file (uniqueness) comes as keys that [`super::row_stream`] merges in order.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{Field as ArrowField, Schema};
use chrono::Datelike;

use base::error::{Error, Result};
use contract::Rule;

use super::column_reader::ColumnReader;
use super::column_reader::{Conventions, Note};
use super::cross;
use super::instants::Zone;
use super::part_findings::PartFindings;
use super::pseudonym::Pseudonyms;
use super::row_judge::RowJudge;
use super::values::DateHabits;
use crate::Finding;
use crate::formats::records::{Column, Records};
use crate::identity::Shapes;

/// The verdict on one part of a file. Rows are numbered from 0 in the part.
pub(crate) struct JudgedPart {
    /// All rows, refused ones included, every column nullable.
    pub(crate) batch: RecordBatch,
    pub(crate) keep: Vec<bool>,
    pub(crate) lines: Vec<u64>,
    /// In the order of rows.
    pub(crate) findings: Vec<(usize, Finding)>,
    /// For each set of [`RowJudge::compared`], a key per row; 0 for a row without one.
    pub(crate) keys: Vec<Vec<u64>>,
    /// For tournees and consultations, the hash of bus, day and commune; 0 for a consultation that is off the itinerary.
    /// Empty for other tables, and for consultations when no itinerary is known.
    pub(crate) stops: Vec<u64>,
    pub(crate) identity: bool,
    pub(crate) blank: u64,
    /// Cells of the last row, where it has fewer than the header.
    pub(crate) short_end: Option<usize>,
    pub(crate) shapes: Vec<(usize, Shapes)>,
    pub(crate) pseudonyms: Pseudonyms,
    /// The cells as they came, and where each row is among them.
    pub(crate) records: Records,
    pub(crate) sources: Vec<usize>,
}

impl RowJudge<'_> {
    /// Judges the rows of one part; those down to the header are passed over.
    pub(crate) fn judge(&self, records: Records) -> Result<JudgedPart> {
        let (rows, blank) = self.live(&records);
        let mut found = PartFindings::new(self, &records, &rows);

        // Row by row, then cell by cell, then one cell against another.
        found.whole_rows();
        let mut shapes = found.watch();
        let batch = self.convert(&records, &rows, &mut |row, finding| found.tell(row, finding))?;
        let stops = self.stops(&batch);
        let note = &mut |row, finding| found.tell(row, finding);

        cross::check(self.table, &batch, &self.frame, note);
        self.references(&batch, note);
        self.itinerary(&batch, &stops, note);
        self.in_service(&batch, note);

        let PartFindings { mut findings, keep, identity, .. } = found;

        findings.sort_by_key(|(row, _)| *row);
        shapes.retain(|(_, s)| s.verdict().is_some() || s.any());
        let keys = self.unique_keys(&batch, &records, &rows, &findings);
        let pseudonyms = self.pseudonyms(&batch);
        let last = rows.last().map(|row| records.width(*row));

        Ok(JudgedPart {
            lines: rows.iter().map(|r| records.line(*r)).collect(),
            batch,
            keep,
            findings,
            keys,
            stops,
            identity,
            blank,
            short_end: last.filter(|width| *width < self.layout.width),
            shapes,
            pseudonyms,
            records,
            sources: rows,
        })
    }

    /// The cells as typed columns, every one nullable.
    fn convert(
        &self,
        records: &Records,
        rows: &[usize],
        note: &mut Note<'_>,
    ) -> Result<RecordBatch> {
        let conventions = Conventions {
            dates: DateHabits {
                form: self.layout.dates,
                day_zero: self.layout.day_zero,
                zone: Zone::of(self.frame.region),
            },
            words: &self.layout.words,
            communes: self.known.communes,
            year: self.frame.period.end.year(),
        };

        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.readers.len());
        let fields = self.layout.columns.iter().zip(&self.layout.marks);
        for (reader, (column, marks)) in self.readers.iter().zip(fields) {
            // A column that the file lacks is beyond every row's last cell, hence empty.
            let column = column.unwrap_or(usize::MAX);
            let cells = Column { records, rows, column };
            columns.push(reader.convert(cells, *marks, &conventions, note)?);
        }

        let fields: Vec<ArrowField> = self
            .table
            .fields
            .iter()
            .map(|f| ArrowField::new(&f.name, f.data_type(), true))
            .collect();

        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
            .map_err(|e| Error::usage("les colonnes ne suivent pas le contrat").caused_by(e))
    }

    /// Rows that hold something, below the header.
    fn live(&self, records: &Records) -> (Vec<usize>, u64) {
        let mut blank = 0;
        let rows = (0..records.len())
            .filter(|&r| {
                if records.line(r) <= self.layout.header_line {
                    return false;
                }
                let empty = (0..records.width(r)).all(|c| records.get(r, c).is_empty());
                blank += u64::from(empty);
                !empty
            })
            .collect();

        (rows, blank)
    }

    /// Projects must be known.
    fn references(&self, batch: &RecordBatch, note: &mut Note<'_>) {
        if self.known.buses_unread {
            return;
        }
        let to_buses = |k: &&contract::ForeignKey| k.reference.resource == "medicobus";
        for key in self.table.foreign_keys.iter().filter(to_buses) {
            let Some(name) = key.fields.first() else {
                continue;
            };
            let column = batch.column_by_name(name);
            let Some(column) = column.and_then(|c| c.as_string_opt::<i32>()) else {
                continue;
            };

            // Rows of one bus follow each other.
            let mut last = ("", false);

            for (row, bus) in column.iter().enumerate() {
                let Some(bus) = bus else { continue };
                if last.0 != bus {
                    last = (bus, self.known.buses.contains_key(bus));
                }

                if !last.1 {
                    let reader = self.table.position(name).map(|i| &self.readers[i]);
                    if let Some(reader) = reader {
                        note(row, self.unknown_bus(reader, bus));
                    }
                }
            }
        }
    }

    fn unknown_bus(&self, reader: &ColumnReader<'_>, bus: &str) -> Finding {
        if self.known.refused_buses.contains(bus) {
            let message = "le projet est dans la table medicobus, mais sa ligne y est refusée";
            return reader
                .finding(Rule::CleEtrangere, message, bus)
                .hint("corrigez d'abord la ligne du projet dans la table medicobus");
        }
        reader.finding(Rule::CleEtrangere, "le projet n'est pas dans la table medicobus", bus)
    }

    /// Consultations must follow the itinerary, if the delivery states one.
    fn itinerary(&self, batch: &RecordBatch, stops: &[u64], note: &mut Note<'_>) {
        if self.table.name != "consultations" {
            return;
        }

        let set = self.stop_columns();
        for (row, _) in stops.iter().enumerate().filter(|(_, s)| **s == 0) {
            if set.iter().all(|c| batch.column(*c).is_valid(row)) {
                let message = "la consultation n'est pas un jour et à un arrêt de l'itinéraire";
                note(row, Finding::new(Rule::HorsItineraire, message).field("date_consultation"));
            }
        }
    }
}
