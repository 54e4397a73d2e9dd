//! A Parquet file as the one sheet of a workbook: the names of its columns, then its rows as a CSV would write them.

use std::collections::VecDeque;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use bytes::Bytes;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::csv_blocks::Fault;
use super::sheet_row::{Filling, SheetRow};
use crate::container::limits::SizeLimits;

/// Rows decoded at a time.
const BATCH: usize = 256;

/// An open file; its bytes lie in memory.
pub(crate) struct ParquetTable {
    bytes: Bytes,
    limits: SizeLimits,
}

fn broken() -> Fault {
    Fault::Unreadable(
        "le fichier Parquet est abîmé, ou comprimé autrement que par Snappy ou Zstandard : réexportez-le, ou donnez un CSV".into(),
    )
}

impl ParquetTable {
    pub(crate) fn open(bytes: Vec<u8>, limits: &SizeLimits) -> Result<Self, Fault> {
        let table = Self {
            bytes: bytes.into(),
            limits: limits.clone(),
        };

        let builder = table.builder()?;
        let groups = builder.metadata().row_groups();
        let expanded: i128 = groups.iter().map(|g| i128::from(g.total_byte_size())).sum();
        if expanded > i128::from(limits.workbook_bytes) {
            return Err(Fault::Limit(
                "le fichier Parquet gonfle au-delà des limites : envoyez des CSV".into(),
            ));
        }

        Ok(table)
    }

    fn builder(&self) -> Result<ParquetRecordBatchReaderBuilder<Bytes>, Fault> {
        ParquetRecordBatchReaderBuilder::try_new(self.bytes.clone()).map_err(|_| broken())
    }

    pub(crate) fn rows(&self) -> Result<ParquetRows, Fault> {
        let builder = self.builder()?.with_batch_size(BATCH);
        let names = builder.schema().fields().iter();
        let names = names.map(|f| f.name().clone()).collect();

        Ok(ParquetRows {
            names: Some(names),
            reader: builder.build().map_err(|_| broken())?,
            decoded: VecDeque::new(),
            row: 0,
            limits: self.limits.clone(),
        })
    }
}

/// The rows, the names of the columns first.
pub(crate) struct ParquetRows {
    names: Option<Vec<String>>,
    reader: ParquetRecordBatchReader,
    decoded: VecDeque<Vec<String>>,
    row: u32,
    limits: SizeLimits,
}

impl ParquetRows {
    pub(crate) fn next_row(&mut self) -> Result<Option<SheetRow>, Fault> {
        loop {
            let cells = match self.names.take() {
                Some(names) => names,
                None => match self.next_cells()? {
                    Some(cells) => cells,
                    None => return Ok(None),
                },
            };

            let row = self.row;
            self.row = row.checked_add(1).ok_or_else(broken)?;
            let mut filling = Filling::default();
            for (column, cell) in cells.iter().enumerate() {
                filling.put(row, column, 1, cell, &self.limits)?;
            }

            // As in a workbook, a row of nothing is counted by the gap that it leaves.
            if let Some(row) = filling.done(row) {
                return Ok(Some(row));
            }
        }
    }

    fn next_cells(&mut self) -> Result<Option<Vec<String>>, Fault> {
        while self.decoded.is_empty() {
            match self.reader.next() {
                Some(Ok(batch)) => self.decoded = written(&batch).map_err(|_| broken())?,
                Some(Err(_)) => return Err(broken()),
                None => return Ok(None),
            }
        }

        Ok(self.decoded.pop_front())
    }
}

/// Rows as text; a value that is absent is empty.
fn written(batch: &RecordBatch) -> Result<VecDeque<Vec<String>>, ArrowError> {
    let options = FormatOptions::default().with_display_error(false);
    let columns = batch.columns().iter();
    let columns = columns
        .map(|column| ArrayFormatter::try_new(column.as_ref(), &options))
        .collect::<Result<Vec<_>, _>>()?;

    (0..batch.num_rows())
        .map(|row| {
            let cells = columns.iter().map(|c| c.value(row).try_to_string());
            cells.collect()
        })
        .collect()
}
