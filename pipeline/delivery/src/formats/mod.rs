//! How rows are read from a file: CSV in blocks, cells of records, sheets of XLSX and ODS workbooks.

pub(crate) mod csv_blocks;
pub(crate) mod feed;
mod inflation;
pub(crate) mod ods;
pub(crate) mod records;
pub(crate) mod row_ends;
pub(crate) mod sheet_row;
pub(crate) mod workbook;
