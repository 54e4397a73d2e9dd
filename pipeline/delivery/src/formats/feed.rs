//! Rows as a file gives them: blocks of a CSV, or rows of a sheet.

use std::io::Read;

use super::csv_blocks::{Blocks, Encoding, Fault};
use super::records::{Block, PART_ROWS, Records};
use super::workbook::OpenSheet;

/// Where the rows of a file come from.
pub(crate) enum Feed<'a> {
    Csv(Blocks<Box<dyn Read + Send + 'a>>),
    Sheet(Box<OpenSheet<'a>>),
}

/// Rows read and not yet judged.
pub(crate) enum RawPart {
    Text(Block),
    Rows(Records),
}

impl Feed<'_> {
    pub(crate) fn next(&mut self) -> Result<Option<RawPart>, Fault> {
        match self {
            Feed::Csv(blocks) => Ok(blocks.next_block()?.map(RawPart::Text)),
            Feed::Sheet(sheet) => Ok(sheet.rows(PART_ROWS)?.map(RawPart::Rows)),
        }
    }

    /// Whether a CSV file ended amid a line.
    pub(crate) fn open_end(&self) -> bool {
        matches!(self, Feed::Csv(blocks) if blocks.open_end())
    }

    /// The encoding of a CSV file, as far as it is known by now.
    pub(crate) fn encoding(&self) -> Option<Encoding> {
        match self {
            Feed::Csv(blocks) => Some(blocks.encoding()),
            Feed::Sheet(_) => None,
        }
    }
}
