//! Keys of rows, of stops and of pseudonyms: hashes of some columns.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Int64Type};

use contract::{Nature, Rule};

use super::pseudonym::{PseudonymKey, Pseudonyms};
use super::row_judge::RowJudge;
use crate::Finding;
use crate::formats::records::Records;

impl RowJudge<'_> {
    /// The sets of columns by which rows are compared: those that name a row, then all of them where [`Self::told`] asks it.
    pub(super) fn compared(&self) -> impl Iterator<Item = &Vec<usize>> {
        self.unique.iter().chain(&self.told)
    }

    /// For each set of [`RowJudge::compared`], a key per row; 0 for a row without one.
    pub(super) fn unique_keys(
        &self,
        batch: &RecordBatch,
        records: &Records,
        rows: &[usize],
        findings: &[(usize, Finding)],
    ) -> Vec<Vec<u64>> {
        let keys_of = |set: &Vec<usize>| {
            let mut keys = hash_columns(batch, set);
            // A row refused for a part of its key that is absent or does not read names nothing to compare.
            let required = |c: &&usize| self.readers[**c].field.constraints.required;

            for column in set.iter().filter(required) {
                let array = batch.column(*column);
                for row in (0..array.len()).filter(|r| array.is_null(*r)) {
                    keys[row] = 0;
                }
            }

            keys
        };

        let mut keys: Vec<Vec<u64>> = self.compared().map(keys_of).collect();
        self.part_merged(records, rows, findings, &mut keys);

        keys
    }

    /// Two stops of one day in two communes that have since merged are two rows, not one given twice: their keys are compared by the
    /// communes that were delivered, not by those that succeed them. Whole rows are compared by the latter where rows are counted: two
    /// that differ by nothing else may be one thing under both names.
    fn part_merged(
        &self,
        records: &Records,
        rows: &[usize],
        findings: &[(usize, Finding)],
        keys: &mut [Vec<u64>],
    ) {
        let carried = findings.iter().filter(|(_, f)| f.rule == Rule::CommuneFusionnee);

        for (row, finding) in carried {
            let Some(field) = finding.field.as_deref().and_then(|n| self.table.position(n)) else {
                continue;
            };

            let Some(column) = self.layout.columns[field] else {
                continue;
            };
            let delivered = format!("{:0>5}", records.get(rows[*row], column).trim());

            let counted = self.table.extension.nature == Nature::Flux;
            let parted = if counted { self.unique.len() } else { keys.len() };
            for (set, keys) in self.compared().zip(keys.iter_mut()).take(parted) {
                if set.contains(&field) && keys[*row] != 0 {
                    keys[*row] = hash_bytes(keys[*row], delivered.as_bytes()) | 1 << 63;
                }
            }
        }
    }

    /// Columns that name a stop: bus, day and commune, in that order.
    pub(super) fn stop_columns(&self) -> Vec<usize> {
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

    /// See [`JudgedPart::stops`].
    pub(super) fn stops(&self, batch: &RecordBatch) -> Vec<u64> {
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

    /// The pseudonyms of the rows that have one.
    pub(super) fn pseudonyms(&self, batch: &RecordBatch) -> Pseudonyms {
        let (Some(patient), Some(bus)) =
            (self.table.position("cle_patient"), self.table.position("id_medicobus"))
        else {
            return Pseudonyms::default();
        };
        let Some(written) = batch.column(patient).as_string_opt::<i32>() else {
            return Pseudonyms::default();
        };

        // A spreadsheet takes the zeros that a number begins with.
        let folded = |text: Option<&str>| {
            let lower = text.unwrap_or_default().to_ascii_lowercase();
            hash_bytes(0, lower.trim_start_matches('0').as_bytes())
        };
        let keys = hash_columns(batch, &[patient])
            .into_iter()
            .zip(hash_columns(batch, &[bus]))
            .zip(written.iter().map(folded))
            .filter(|((patient, _), _)| *patient != 0)
            .map(|((patient, bus), folded)| PseudonymKey { patient, bus, folded })
            .collect();

        let sample = written.iter().flatten().take(200).map(str::to_owned).collect();
        Pseudonyms { keys, sample }
    }
}

/// One hash per row of some columns; 0 when all are null. The same values give the same hash in every file and table.
pub(crate) fn hash_columns(batch: &RecordBatch, columns: &[usize]) -> Vec<u64> {
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
                    u64::from(array.as_primitive::<Date32Type>().value(row).cast_unsigned()),
                ),
                DataType::Int64 => {
                    mix(hashes[row], array.as_primitive::<Int64Type>().value(row).cast_unsigned())
                }
                DataType::Decimal128(..) => {
                    let value = array.as_primitive::<Decimal128Type>().value(row).cast_unsigned();
                    mix(mix(hashes[row], value as u64), (value >> 64) as u64)
                }
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
