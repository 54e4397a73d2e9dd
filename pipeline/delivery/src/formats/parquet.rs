//! A Parquet file as the one sheet of a workbook: the names of its columns, then its rows as a CSV would write them.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Schema};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use bytes::Bytes;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};

use super::csv_blocks::Fault;
use super::sheet_row::{Filling, SheetCell, SheetRow};
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
    pub(crate) fn open(bytes: bytes::Bytes, limits: &SizeLimits) -> Result<Self, Fault> {
        let table = Self { bytes, limits: limits.clone() };

        let builder = table.builder()?;
        let groups = builder.metadata().row_groups().iter();
        let sizes: Vec<i128> = groups.map(|g| i128::from(g.total_byte_size())).collect();

        // A page may be as large as its group, and is held whole while it is read.
        let largest = sizes.iter().copied().max().unwrap_or_default();
        if sizes.iter().sum::<i128>() > i128::from(limits.workbook_bytes)
            || largest > i128::from(2 * limits.workbook_held)
        {
            return Err(Fault::Limit(
                "le fichier Parquet gonfle au-delà des limites : envoyez des CSV".into(),
            ));
        }

        Ok(table)
    }

    /// Texts as views: a value of the dictionary is not copied for every row that refers to it.
    fn builder(&self) -> Result<ParquetRecordBatchReaderBuilder<Bytes>, Fault> {
        let options = ArrowReaderOptions::new();
        let found =
            ArrowReaderMetadata::load(&self.bytes, options.clone()).map_err(|_| broken())?;

        let viewed = found.schema().fields().iter().map(|field| match field.data_type() {
            // Some writers do not say that their bytes are text; what is none does not read.
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Binary | DataType::LargeBinary => {
                field.as_ref().clone().with_data_type(DataType::Utf8View)
            }
            _ => field.as_ref().clone(),
        });
        let schema = Arc::new(Schema::new(viewed.collect::<Vec<_>>()));

        let options = options.with_schema(schema);
        ParquetRecordBatchReaderBuilder::try_new_with_options(self.bytes.clone(), options)
            .map_err(|_| broken())
    }

    pub(crate) fn rows(&self) -> Result<ParquetRows, Fault> {
        let builder = self.builder()?.with_batch_size(BATCH);
        let names = builder.schema().fields().iter();
        let names = names.map(|f| SheetCell { text: f.name().clone(), number: false }).collect();

        Ok(ParquetRows {
            names: Some(names),
            reader: builder.build().map_err(|_| broken())?,
            decoded: None,
            row: 0,
            limits: self.limits.clone(),
        })
    }
}

/// The rows, the names of the columns first.
pub(crate) struct ParquetRows {
    names: Option<Vec<SheetCell>>,
    reader: ParquetRecordBatchReader,
    /// Rows decoded, and the next of them.
    decoded: Option<(RecordBatch, usize)>,
    row: u32,
    limits: SizeLimits,
}

impl ParquetRows {
    pub(crate) fn next_row(&mut self) -> Result<Option<SheetRow>, Fault> {
        loop {
            let mut filling = Filling::default();
            if let Some(names) = self.names.take() {
                for (column, name) in names.iter().enumerate() {
                    filling.put(self.row, column, 1, name, &self.limits)?;
                }
            } else if !self.fill(&mut filling)? {
                return Ok(None);
            }

            let row = self.row;
            self.row = row.checked_add(1).ok_or_else(broken)?;

            // As in a workbook, a row of nothing is counted by the gap that it leaves.
            if let Some(row) = filling.done(row) {
                return Ok(Some(row));
            }
        }
    }

    /// Writes the next row as text, cell by cell within the limits: one long value may stand in every row.
    fn fill(&mut self, filling: &mut Filling) -> Result<bool, Fault> {
        let (batch, next) = loop {
            match self.decoded.take() {
                Some((batch, next)) if next < batch.num_rows() => break (batch, next),
                _ => match self.reader.next() {
                    Some(batch) => self.decoded = Some((batch.map_err(|_| broken())?, 0)),
                    None => return Ok(false),
                },
            }
        };

        let options = FormatOptions::default().with_display_error(false);
        for (column, values) in batch.columns().iter().enumerate() {
            // Whole numbers keep all their digits.
            let kind = values.data_type();
            let number = kind.is_floating() || kind.is_decimal();
            let mut text = ArrayFormatter::try_new(values.as_ref(), &options)
                .and_then(|formatter| formatter.value(next).try_to_string())
                .map_err(|_| broken())?;
            // Data frames write so what is absent from a column of numbers.
            if kind.is_floating() && text == "NaN" {
                text.clear();
            }
            filling.put(self.row, column, 1, &SheetCell { text, number }, &self.limits)?;
        }

        self.decoded = Some((batch, next + 1));
        Ok(true)
    }
}
