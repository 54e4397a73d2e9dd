//! The checks of one part of a file. A part is judged alone, so parts can be judged side by side; what needs the whole
//! file (uniqueness) comes as keys that [`super::file`] merges in order.

use std::collections::BTreeSet;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, Field as ArrowField, Int64Type, Schema};
use chrono::Datelike;
use std::sync::Arc;

use super::cross::{self, Frame};
use super::fields::{Habits, Plan};
use super::identity::{self, Kind, Scope, Shapes};
use super::layout::Layout;
use super::records::Records;
use super::seen::Keys;
use super::{Communes, Finding};
use base::error::{Error, Result};
use contract::{Form, Rule, Severity, TableSchema};

/// What earlier tables of the delivery, and the store, say.
pub(super) struct Known<'a> {
    pub(super) buses: BTreeSet<String>,
    /// Hashes of bus, day and commune of the accepted tournees; empty when the delivery has none.
    pub(super) itinerary: Keys,
    pub(super) communes: &'a dyn Communes,
}

/// Everything needed to judge the rows of one file.
pub(super) struct Judge<'a> {
    pub(super) table: &'a TableSchema,
    pub(super) layout: &'a Layout,
    pub(super) plans: Vec<Plan<'a>>,
    pub(super) known: &'a Known<'a>,
    pub(super) frame: Frame<'a>,
    /// Sets of columns that name a row, each to be unique.
    pub(super) unique: Vec<Vec<usize>>,
    watched: Vec<(usize, Scope)>,
}

/// The verdict on one part of a file. Rows are numbered from 0 in the part.
pub(super) struct Outcome {
    /// All rows, refused ones included, every column nullable.
    pub(super) batch: RecordBatch,
    pub(super) keep: Vec<bool>,
    pub(super) lines: Vec<u64>,
    /// In the order of rows.
    pub(super) findings: Vec<(usize, Finding)>,
    /// For each set of [`Judge::unique`], a key per row; 0 for a row without one.
    pub(super) keys: Vec<Vec<u64>>,
    /// For tournees and consultations, the hash of bus, day and commune; 0 for a consultation that is off the itinerary.
    /// Empty for other tables, and for consultations when no itinerary is known.
    pub(super) stops: Vec<u64>,
    pub(super) identity: bool,
    pub(super) blank: u64,
    pub(super) shapes: Vec<(usize, Shapes)>,
    /// Pseudonym of a patient and its bus, hashed.
    pub(super) pseudonyms: Vec<(u64, u64)>,
    /// Pseudonyms as they are, a few, for the test of weakness; never leaves memory.
    pub(super) sample: Vec<String>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        table: &'a TableSchema,
        layout: &'a Layout,
        known: &'a Known<'a>,
        frame: Frame<'a>,
    ) -> Result<Self> {
        let plans = table
            .fields
            .iter()
            .map(|f| Plan::new(table, f))
            .collect::<Result<Vec<_>>>()?;
        let mut unique: Vec<Vec<usize>> = Vec::new();
        let primary: Vec<usize> = table
            .primary_key
            .iter()
            .filter_map(|n| table.position(n))
            .collect();
        if !primary.is_empty() {
            unique.push(primary);
        }
        for (i, field) in table.fields.iter().enumerate() {
            if field.constraints.unique && !unique.contains(&vec![i]) {
                unique.push(vec![i]);
            }
        }
        let watched = table
            .fields
            .iter()
            .enumerate()
            .filter_map(|(i, f)| {
                let own = f.extension.form == Some(Form::Identifiant) && table.name == "medicobus";
                identity::scope(f.extension.sensitivity)
                    .or(own.then_some(Scope::Key))
                    .map(|s| (i, s))
            })
            .collect();
        Ok(Self {
            table,
            layout,
            plans,
            known,
            frame,
            unique,
            watched,
        })
    }

    /// Judges rows; `header` is the line of the header, whose row and those above are passed over.
    pub(super) fn judge(&self, records: &Records) -> Result<Outcome> {
        let (rows, blank) = self.live(records);
        let mut notes = Notes {
            judge: self,
            records,
            rows: &rows,
            findings: Vec::new(),
            keep: vec![true; rows.len()],
            broken: vec![false; rows.len()],
            identity: false,
        };
        notes.whole_rows();
        let mut shapes = notes.watch();
        let habits = Habits {
            mark: self.layout.mark,
            dates: self.layout.dates,
            words: &self.layout.words,
            communes: self.known.communes,
            year: self.frame.period.end.year(),
        };
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.plans.len());
        for (plan, column) in self.plans.iter().zip(&self.layout.columns) {
            let column = column.unwrap_or(usize::MAX);
            columns.push(plan.convert(
                rows.len(),
                |r| records.get(rows[r], column),
                &habits,
                &mut |row, finding| notes.tell(row, finding),
            )?);
        }
        let fields: Vec<ArrowField> = self
            .table
            .fields
            .iter()
            .map(|f| ArrowField::new(&f.name, f.data_type(), true))
            .collect();
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
            .map_err(|e| Error::usage("les colonnes ne suivent pas le contrat").caused_by(e))?;
        cross::check(self.table, &batch, &self.frame, &mut |row, finding| {
            notes.tell(row, finding)
        });
        let stops = self.stops(&batch);
        self.references(&batch, &stops, &mut |row, finding| notes.tell(row, finding));
        let Notes {
            mut findings,
            keep,
            identity,
            ..
        } = notes;
        findings.sort_by_key(|(row, _)| *row);
        let mut keys: Vec<Vec<u64>> = self
            .unique
            .iter()
            .map(|set| {
                let mut keys = hash_columns(&batch, set);
                // A row refused for a part of its key that is absent or does not read names nothing to compare.
                for column in set
                    .iter()
                    .filter(|c| self.plans[**c].field.constraints.required)
                {
                    let array = batch.column(*column);
                    for row in (0..array.len()).filter(|r| array.is_null(*r)) {
                        keys[row] = 0;
                    }
                }
                keys
            })
            .collect();
        self.part_merged(records, &rows, &findings, &mut keys);
        shapes.retain(|(_, s)| s.verdict().is_some() || s.any());
        let (pseudonyms, sample) = self.pseudonyms(&batch);
        Ok(Outcome {
            lines: rows.iter().map(|r| records.line(*r)).collect(),
            batch,
            keep,
            findings,
            keys,
            stops,
            identity,
            blank,
            shapes,
            pseudonyms,
            sample,
        })
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

    /// Projects must be known; consultations must follow the itinerary, if the delivery states one.
    fn references(&self, batch: &RecordBatch, stops: &[u64], note: &mut super::fields::Note<'_>) {
        for key in self
            .table
            .foreign_keys
            .iter()
            .filter(|k| k.reference.resource == "medicobus")
        {
            let Some(column) = key
                .fields
                .first()
                .and_then(|f| batch.column_by_name(f))
                .and_then(|c| c.as_string_opt::<i32>())
            else {
                continue;
            };
            let mut last = ("", false);
            for (row, bus) in column.iter().enumerate() {
                let Some(bus) = bus else { continue };
                if last.0 != bus {
                    last = (bus, self.known.buses.contains(bus));
                }
                if !last.1 {
                    let value = self
                        .table
                        .position(&key.fields[0])
                        .map(|i| self.plans[i].shown(bus))
                        .unwrap_or_default();
                    note(
                        row,
                        Finding::new(
                            Rule::CleEtrangere,
                            "le projet n'est pas dans la table medicobus",
                        )
                        .field(&key.fields[0])
                        .value(value),
                    );
                }
            }
        }
        if self.table.name == "consultations" {
            let set = self.stop_columns();
            for (row, _) in stops.iter().enumerate().filter(|(_, s)| **s == 0) {
                if set.iter().all(|c| batch.column(*c).is_valid(row)) {
                    note(
                        row,
                        Finding::new(
                            Rule::HorsItineraire,
                            "la consultation n'est pas un jour et à un arrêt de l'itinéraire",
                        )
                        .field("date_consultation"),
                    );
                }
            }
        }
    }

    /// Columns that name a stop: bus, day and commune, in that order.
    fn stop_columns(&self) -> Vec<usize> {
        let day = if self.table.name == "tournees" {
            "date"
        } else {
            "date_consultation"
        };
        ["id_medicobus", day, "code_commune"]
            .iter()
            .filter_map(|n| self.table.position(n))
            .collect()
    }

    /// See [`Outcome::stops`].
    fn stops(&self, batch: &RecordBatch) -> Vec<u64> {
        match self.table.name.as_str() {
            "tournees" => hash_columns(batch, &self.stop_columns()),
            "consultations" if !self.known.itinerary.is_empty() => {
                let mut stops = hash_columns(batch, &self.stop_columns());
                for stop in &mut stops {
                    if !self.known.itinerary.contains(stop) {
                        *stop = 0;
                    }
                }
                stops
            }
            _ => Vec::new(),
        }
    }

    /// Two stops of one day in two communes that have since merged are two rows, not one given twice: rows are compared by the
    /// communes that were delivered, not by those that succeed them.
    fn part_merged(
        &self,
        records: &Records,
        rows: &[usize],
        findings: &[(usize, Finding)],
        keys: &mut [Vec<u64>],
    ) {
        let carried = findings
            .iter()
            .filter(|(_, f)| f.rule == Rule::CommuneFusionnee);
        for (row, finding) in carried {
            let Some(field) = finding
                .field
                .as_deref()
                .and_then(|n| self.table.position(n))
            else {
                continue;
            };
            let Some(column) = self.layout.columns[field] else {
                continue;
            };
            let delivered = format!("{:0>5}", records.get(rows[*row], column).trim());
            for (set, keys) in self.unique.iter().zip(keys.iter_mut()) {
                if set.contains(&field) && keys[*row] != 0 {
                    keys[*row] = hash_bytes(keys[*row], delivered.as_bytes()) | 1 << 63;
                }
            }
        }
    }

    fn pseudonyms(&self, batch: &RecordBatch) -> (Vec<(u64, u64)>, Vec<String>) {
        let (Some(patient), Some(bus)) = (
            self.table.position("cle_patient"),
            self.table.position("id_medicobus"),
        ) else {
            return Default::default();
        };
        let pairs = hash_columns(batch, &[patient])
            .into_iter()
            .zip(hash_columns(batch, &[bus]))
            .filter(|(p, _)| *p != 0)
            .collect();
        let sample = batch
            .column(patient)
            .as_string_opt::<i32>()
            .map(|c| c.iter().flatten().take(200).map(str::to_owned).collect())
            .unwrap_or_default();
        (pairs, sample)
    }
}

/// Findings on the way, with the guard in front.
struct Notes<'j> {
    judge: &'j Judge<'j>,
    records: &'j Records,
    rows: &'j [usize],
    findings: Vec<(usize, Finding)>,
    keep: Vec<bool>,
    /// Rows refused as a whole, whose cells are not judged one by one.
    broken: Vec<bool>,
    identity: bool,
}

impl Notes<'_> {
    fn cell(&self, row: usize, column: usize) -> &str {
        self.records.get(self.rows[row], column)
    }

    /// Takes a finding; a cell that is complained about is looked at by the guard first.
    fn tell(&mut self, row: usize, finding: Finding) {
        if self.broken[row] {
            return;
        }
        let column = finding
            .field
            .as_deref()
            .and_then(|f| self.judge.table.position(f))
            .and_then(|f| self.judge.layout.columns[f]);
        if let Some(column) = column
            && finding.severity == Severity::Ligne
            && let Some(kind) = identity::value(self.cell(row, column), Scope::Free)
        {
            let name = finding.field.unwrap_or_default();
            self.accuse(row, &name, kind);
            return;
        }
        if finding.severity == Severity::Ligne {
            self.keep[row] = false;
        }
        self.findings.push((row, finding));
    }

    fn accuse(&mut self, row: usize, field: &str, kind: Kind) {
        self.identity = true;
        self.keep[row] = false;
        self.findings.push((
            row,
            Finding::new(
                Rule::Identite,
                format!("la valeur ressemble à {}", kind.label()),
            )
            .field(field),
        ));
    }

    /// Rows that cannot be judged cell by cell: wrong number of cells, NUL, unreadable characters.
    fn whole_rows(&mut self) {
        let bytes = self.records.text().as_bytes();
        let suspicious = memchr::memchr(0, bytes).is_some()
            || memchr::memmem::find(bytes, "\u{fffd}".as_bytes()).is_some();
        for row in 0..self.rows.len() {
            let source = self.rows[row];
            let width = self.records.width(source);
            let wanted = self.judge.layout.width;
            let excess =
                width > wanted && (wanted..width).any(|c| !self.records.get(source, c).is_empty());
            let holds =
                |c: char| suspicious && (0..width).any(|i| self.records.get(source, i).contains(c));
            let finding = if width < wanted || excess {
                Finding::new(
                    Rule::Cellules,
                    format!("la ligne a {width} cellule(s), l'en-tête {wanted}"),
                )
            } else if holds('\0') {
                Finding::new(Rule::OctetNul, "la ligne contient un octet nul")
            } else if holds('\u{fffd}') {
                Finding::new(
                    Rule::Encodage,
                    "un caractère ne se lit pas dans l'encodage du fichier",
                )
            } else {
                continue;
            };
            self.tell(row, finding);
            self.broken[row] = true;
            let hit = (0..width).find_map(|c| {
                identity::value(self.records.get(source, c), Scope::Free).map(|k| (c, k))
            });
            if let Some((column, kind)) = hit {
                self.accuse(row, &format!("colonne {}", column + 1), kind);
            }
        }
    }

    /// Reads every value of the columns that may name a person, and of those that the contract does not know.
    fn watch(&mut self) -> Vec<(usize, Shapes)> {
        let judge = self.judge;
        let mut shapes = Vec::new();
        for (field, scope) in &judge.watched {
            let Some(column) = judge.layout.columns[*field] else {
                continue;
            };
            let mut counted = Shapes::default();
            for row in 0..self.rows.len() {
                let text = self.cell(row, column);
                if let Some(kind) = identity::value(text, *scope) {
                    self.accuse(row, &judge.table.fields[*field].name, kind);
                } else if *scope == Scope::Key {
                    counted.count(text);
                }
            }
            shapes.push((*field, counted));
        }
        for (column, name) in &judge.layout.extras {
            for row in 0..self.rows.len() {
                if let Some(kind) = identity::value(self.cell(row, *column), Scope::Free) {
                    self.accuse(row, name, kind);
                }
            }
        }
        shapes
    }
}

/// One hash per row of some columns; 0 when all are null. The same values give the same hash in every file and table.
pub(super) fn hash_columns(batch: &RecordBatch, columns: &[usize]) -> Vec<u64> {
    let rows = batch.num_rows();
    let mut hashes = vec![0u64; rows];
    let mut present = vec![false; rows];
    for column in columns {
        let array = batch.column(*column);
        for row in 0..rows {
            if array.is_null(row) {
                hashes[row] = mix(hashes[row], 0x9e37);
                continue;
            }
            present[row] = true;
            hashes[row] = match array.data_type() {
                DataType::Utf8 => {
                    hash_bytes(hashes[row], array.as_string::<i32>().value(row).as_bytes())
                }
                DataType::Date32 => mix(
                    hashes[row],
                    u64::from(
                        array
                            .as_primitive::<Date32Type>()
                            .value(row)
                            .cast_unsigned(),
                    ),
                ),
                DataType::Int64 => mix(
                    hashes[row],
                    array.as_primitive::<Int64Type>().value(row).cast_unsigned(),
                ),
                _ => hashes[row],
            };
        }
    }
    hashes
        .into_iter()
        .zip(present)
        .map(|(h, p)| if p { h | 1 << 63 } else { 0 })
        .collect()
}

fn hash_bytes(seed: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let hash =
        (words.iter().map(|w| u64::from_le_bytes(*w))).fold(mix(seed, bytes.len() as u64), mix);
    if rest.is_empty() {
        return hash;
    }
    let last = rest.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b));
    mix(hash, last)
}

/// A step that no two words can undo: multiplication by an odd number and a shifted exclusive or are both one-to-one.
fn mix(hash: u64, word: u64) -> u64 {
    let h = (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let h = (h ^ (h >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    h ^ (h >> 29)
}
