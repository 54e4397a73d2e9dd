//! Bounds of what one delivery may hold.

/// Bounds that keep a hostile or broken delivery from filling memory or disk.
#[derive(Debug, Clone)]
pub struct SizeLimits {
    /// Longest record of a CSV file, in bytes.
    pub record_bytes: usize,
    /// Bytes that one delivery may expand to.
    pub expanded_bytes: u64,
    /// Largest expansion of one compressed file past its first 64 MiB (deflate cannot pass 1 032).
    pub ratio: u64,
    /// Files in one delivery.
    pub entries: usize,
    /// Folders, or archives, one inside the other.
    pub depth: usize,
    /// Bytes that one workbook may expand to, and that the cells of one sheet may hold.
    pub workbook_bytes: u64,
    /// Bytes of a workbook that stay in memory while it is read: the file as sent (twice that), and its table of texts.
    pub workbook_held: u64,
    /// Columns of one table.
    pub columns: usize,
}

impl Default for SizeLimits {
    fn default() -> Self {
        Self {
            record_bytes: 1 << 20,
            expanded_bytes: 256 << 30,
            ratio: 300,
            entries: 2000,
            depth: 4,
            workbook_bytes: 1 << 30,
            workbook_held: 96 << 20,
            columns: 2000,
        }
    }
}
