//! Where the rows of a CSV text end. A quote opens a cell only as its first character; doubled inside, it stands for itself.

use memchr::{memchr, memchr_iter, memrchr};

/// Number of line breaks.
pub(crate) fn line_breaks(bytes: &[u8]) -> usize {
    memchr_iter(b'\n', bytes).count()
}

/// The quote that closes a cell whose text starts at `from`; none if it stays open.
pub(crate) fn closing_quote(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let quote = at + memchr(b'"', bytes.get(at..)?)?;
        if bytes.get(quote + 1) != Some(&b'"') {
            return Some(quote);
        }
        at = quote + 2;
    }
}

/// The ends of rows: after each line break that is outside quotes.
struct RowEnds<'b> {
    bytes: &'b [u8],
    separator: u8,
    at: usize,
    cell_start: bool,
    /// Whether the text stops inside quotes; known at its end.
    unclosed: bool,
}

impl<'b> RowEnds<'b> {
    fn new(bytes: &'b [u8], separator: u8) -> Self {
        Self {
            bytes,
            separator,
            at: 0,
            cell_start: true,
            unclosed: false,
        }
    }
}

impl Iterator for RowEnds<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;

            if byte == b'"' && self.cell_start {
                let close = closing_quote(self.bytes, self.at);
                self.unclosed = close.is_none();
                self.at = close.map_or(self.bytes.len(), |quote| quote + 1);
                self.cell_start = false;
                continue;
            }

            self.cell_start = byte == self.separator || byte == b'\n';
            if byte == b'\n' {
                return Some(self.at);
            }
        }

        None
    }
}

/// Where the last whole row of a text ends, and whether the text stops inside quotes.
pub(crate) fn last_row_end(bytes: &[u8], separator: u8) -> (usize, bool) {
    // Without quotes the last line break is enough.
    if memchr(b'"', bytes).is_none() {
        return (memrchr(b'\n', bytes).map_or(0, |i| i + 1), false);
    }

    let mut ends = RowEnds::new(bytes, separator);
    let end = ends.by_ref().last().unwrap_or(0);

    (end, ends.unclosed)
}

/// Where the row ends that holds the `count`th line break, or the text.
pub(crate) fn rows_end(bytes: &[u8], separator: u8, count: usize) -> usize {
    let plain = memchr_iter(b'\n', bytes).nth(count.saturating_sub(1));
    let plain = plain.map_or(bytes.len(), |i| i + 1);
    if memchr(b'"', &bytes[..plain]).is_none() {
        return plain;
    }

    let (mut lines, mut start) = (0, 0);
    for end in RowEnds::new(bytes, separator) {
        lines += line_breaks(&bytes[start..end]);
        if lines >= count {
            return end;
        }
        start = end;
    }

    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_ends_outside_quotes() {
        assert_eq!(last_row_end(b"a;b\nc;d", b';'), (4, false));
        assert_eq!(last_row_end(b"a;b\n\"c\nd", b';'), (4, true));
        assert_eq!(
            last_row_end(b"a;5\" x\nc;d\n", b';'),
            (11, false),
            "a quote inside a bare cell opens nothing"
        );
        assert_eq!(last_row_end(b"\"a\"\"\nb\"\n", b';'), (8, false));
    }
}
