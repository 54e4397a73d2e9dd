//! How rows are read from a file: CSV in blocks, cells of records, sheets of workbooks, Parquet.

pub(crate) mod csv_blocks;
pub(crate) mod damaged;
mod fault;
pub(crate) mod feed;
pub(crate) mod foreign;
pub(crate) mod form;
mod garbled;
mod inflation;
pub(crate) mod margins;
pub(crate) mod ods;
mod parquet;
pub(crate) mod records;
pub(crate) mod row_ends;
pub(crate) mod sheet_row;
mod shown_units;
pub(crate) mod workbook;
mod xls;
mod xml;
