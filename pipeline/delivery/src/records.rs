//! Rows cut into cells without a copy per cell: what the checks read, whatever the file was.

use memchr::{memchr, memchr_iter, memrchr};

/// Marks a cell that lies in [`Records::unquoted`] instead of [`Records::text`].
const ASIDE: u32 = 1 << 31;

/// Cells of consecutive rows.
#[derive(Debug, Default)]
pub(super) struct Records {
    text: String,
    /// Cells that had doubled quotes or text after their closing quote.
    unquoted: String,
    cells: Vec<(u32, u32)>,
    rows: Vec<Row>,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    first: u32,
    count: u32,
    line: u64,
}

/// Consecutive lines of a file, in UTF-8, ending where a row ends.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) text: String,
    /// Line of the file at which the text starts, from 1.
    pub(super) line: u64,
}

/// Rows judged together, at most. Columns are read one after the other: the cells of a part stay in the processor's cache.
pub(super) const PART_ROWS: usize = 2048;

impl Block {
    /// Cuts a block into blocks of about as many lines, none of more than `most`.
    pub(super) fn parts(self, separator: u8, most: usize) -> Vec<Block> {
        let lines = line_breaks(self.text.as_bytes());
        if lines <= most {
            return vec![self];
        }
        let each = lines.div_ceil(lines.div_ceil(most));
        let (mut parts, mut rest, mut line) = (Vec::new(), self.text.as_str(), self.line);
        while !rest.is_empty() {
            let end = rows_end(rest.as_bytes(), separator, each);
            let (head, tail) = rest.split_at(end);
            parts.push(Block {
                text: head.to_owned(),
                line,
            });
            line += line_breaks(head.as_bytes()) as u64;
            rest = tail;
        }
        parts
    }
}

impl Records {
    /// Cuts a block of CSV. Empty lines give no row.
    pub(super) fn cut(block: Block, separator: u8) -> Self {
        let Block { text, mut line } = block;
        let bytes = text.as_bytes();
        let mut unquoted = String::new();
        let mut cells = Vec::with_capacity(bytes.len() / 8);
        let mut rows = Vec::with_capacity(bytes.len() / 64);
        let mut at = 0;
        while at < bytes.len() {
            let row_line = line;
            let first = cells.len();
            let begin = at;
            loop {
                let start = at;
                if bytes.get(at) == Some(&b'"') {
                    let (cell, next, breaks) = quoted(&text, at, separator, &mut unquoted);
                    cells.push(cell);
                    line += breaks;
                    at = next;
                } else {
                    while at < bytes.len() && bytes[at] != separator && bytes[at] != b'\n' {
                        at += 1;
                    }
                    let end = if at > start
                        && bytes[at - 1] == b'\r'
                        && bytes.get(at) != Some(&separator)
                    {
                        at - 1
                    } else {
                        at
                    };
                    cells.push(short(start, end));
                }
                match bytes.get(at) {
                    Some(b) if *b == separator => at += 1,
                    _ => break,
                }
            }
            let empty = text[begin..at].trim().is_empty() && cells.len() - first == 1;
            at += 1;
            line += 1;
            if empty {
                cells.truncate(first);
            } else {
                rows.push(Row {
                    first: first as u32,
                    count: (cells.len() - first) as u32,
                    line: row_line,
                });
            }
        }
        Self {
            text,
            unquoted,
            cells,
            rows,
        }
    }

    /// Starts a row of a workbook.
    pub(super) fn begin(&mut self, line: u64) {
        self.rows.push(Row {
            first: self.cells.len() as u32,
            count: 0,
            line,
        });
    }

    /// Adds a cell to the last row.
    pub(super) fn cell(&mut self, value: &str) {
        let start = self.text.len();
        self.text.push_str(value);
        self.cells.push(short(start, self.text.len()));
        if let Some(row) = self.rows.last_mut() {
            row.count += 1;
        }
    }

    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Number of cells of a row.
    pub(super) fn width(&self, row: usize) -> usize {
        self.rows[row].count as usize
    }

    /// Line of a row in its file.
    pub(super) fn line(&self, row: usize) -> u64 {
        self.rows[row].line
    }

    /// A cell without the blanks around it; empty when the row is too short.
    pub(super) fn get(&self, row: usize, column: usize) -> &str {
        let row = self.rows[row];
        if column >= row.count as usize {
            return "";
        }
        let (start, end) = self.cells[row.first as usize + column];
        let cell = if start & ASIDE == 0 {
            &self.text[start as usize..end as usize]
        } else {
            &self.unquoted[(start & !ASIDE) as usize..end as usize]
        };
        let bytes = cell.as_bytes();
        match (bytes.first(), bytes.last()) {
            (Some(a), Some(b)) if a.is_ascii_graphic() && b.is_ascii_graphic() => cell,
            _ => cell.trim(),
        }
    }

    /// All text, to look for what must not be there at all.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

/// Blocks stay far below 2 GiB, so positions fit.
fn short(start: usize, end: usize) -> (u32, u32) {
    (start as u32, end as u32)
}

/// Reads a quoted cell from its opening quote: the cell, where reading goes on, line breaks passed.
fn quoted(text: &str, open: usize, separator: u8, aside: &mut String) -> ((u32, u32), usize, u64) {
    let bytes = text.as_bytes();
    let mut at = open + 1;
    let mut breaks = 0;
    let mut doubled = false;
    while at < bytes.len() {
        match bytes[at] {
            b'"' if bytes.get(at + 1) == Some(&b'"') => {
                doubled = true;
                at += 2;
            }
            b'"' => break,
            b => {
                breaks += u64::from(b == b'\n');
                at += 1;
            }
        }
    }
    let close = at.min(bytes.len());
    at = (close + 1).min(bytes.len());
    let tail = at;
    while at < bytes.len() && bytes[at] != separator && bytes[at] != b'\n' {
        at += 1;
    }
    let rest = text[tail..at].trim_end_matches('\r');
    if !doubled && rest.is_empty() {
        return (short(open + 1, close), at, breaks);
    }
    let start = aside.len();
    aside.push_str(&text[open + 1..close].replace("\"\"", "\""));
    aside.push_str(rest);
    ((start as u32 | ASIDE, aside.len() as u32), at, breaks)
}

/// Number of line breaks.
pub(super) fn line_breaks(bytes: &[u8]) -> usize {
    memchr_iter(b'\n', bytes).count()
}

/// Where the last whole row of a text ends, and whether the text stops inside quotes.
///
/// A text without quotes needs no more than its last line break; with quotes every cell start counts.
pub(super) fn last_row_end(bytes: &[u8], separator: u8) -> (usize, bool) {
    if memchr(b'"', bytes).is_none() {
        return (memrchr(b'\n', bytes).map_or(0, |i| i + 1), false);
    }
    let (mut end, mut quoted, mut cell_start) = (0, false, true);
    let mut i = 0;
    while i < bytes.len() {
        let b = bytes[i];
        if quoted {
            if b == b'"' {
                if bytes.get(i + 1) == Some(&b'"') {
                    i += 1;
                } else {
                    quoted = false;
                }
            }
        } else if b == b'"' && cell_start {
            quoted = true;
        } else if b == b'\n' {
            end = i + 1;
        }
        cell_start = !quoted && (b == separator || b == b'\n');
        i += 1;
    }
    (end, quoted)
}

/// Where the row ends that holds the `count`th line break, or the text.
fn rows_end(bytes: &[u8], separator: u8, count: usize) -> usize {
    let plain = memchr_iter(b'\n', bytes).nth(count.saturating_sub(1));
    let plain = plain.map_or(bytes.len(), |i| i + 1);
    if memchr(b'"', &bytes[..plain]).is_none() {
        return plain;
    }
    let (mut lines, mut quoted, mut cell_start) = (0, false, true);
    let mut i = 0;
    while i < bytes.len() {
        let b = bytes[i];
        lines += usize::from(b == b'\n');
        if quoted {
            if b == b'"' {
                if bytes.get(i + 1) == Some(&b'"') {
                    i += 1;
                } else {
                    quoted = false;
                }
            }
        } else if b == b'"' && cell_start {
            quoted = true;
        } else if b == b'\n' && lines >= count {
            return i + 1;
        }
        cell_start = !quoted && (b == separator || b == b'\n');
        i += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn rows(text: &str) -> Vec<(u64, Vec<String>)> {
        let r = Records::cut(
            Block {
                text: text.into(),
                line: 1,
            },
            b';',
        );
        (0..r.len())
            .map(|i| {
                (
                    r.line(i),
                    (0..r.width(i)).map(|c| r.get(i, c).to_owned()).collect(),
                )
            })
            .collect()
    }

    #[test]
    fn quotes_line_breaks_and_physical_lines() {
        let found = rows("a;b\r\n\"x;1\";\"l1\nl2\"\n\n\"dit \"\"oui\"\"\";5\" tuyau\n\"a\"b;\n");
        let expect = [
            (1, vec!["a", "b"]),
            (2, vec!["x;1", "l1\nl2"]),
            (5, vec!["dit \"oui\"", "5\" tuyau"]),
            (6, vec!["ab", ""]),
        ];
        assert_eq!(found.len(), expect.len());
        for ((line, cells), (l, c)) in found.iter().zip(expect) {
            assert_eq!(
                (*line, cells.iter().map(String::as_str).collect::<Vec<_>>()),
                (l, c)
            );
        }
    }

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

    #[test]
    fn a_block_is_cut_between_rows_and_keeps_its_lines() {
        let runner = |text: String, most: usize| {
            let whole = rows(&text);
            let block = Block {
                text: text.clone(),
                line: 1,
            };
            let parts = block.parts(b';', most);
            let cut: Vec<(u64, Vec<String>)> = parts
                .into_iter()
                .map(|part| Records::cut(part, b';'))
                .flat_map(|r| {
                    (0..r.len())
                        .map(|i| {
                            let cells = (0..r.width(i)).map(|c| r.get(i, c).to_owned()).collect();
                            (r.line(i), cells)
                        })
                        .collect::<Vec<_>>()
                })
                .collect();
            assert_eq!(cut, whole, "{text:?}");
        };
        proptest::proptest!(|(text in "(([ab;\n]|\"[ab;\n]{0,3}\"){0,9}\n){0,9}", most in 1usize..4)| runner(text, most));
        let lines = Block {
            text: "a\n".repeat(100),
            line: 1,
        };
        assert!(lines.parts(b';', 30).iter().all(|p| p.text.len() == 50));
    }

    #[test]
    fn agrees_with_the_csv_crate() {
        let runner = |text: String| {
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .delimiter(b';')
                .trim(csv::Trim::None)
                .from_reader(text.as_bytes());
            let theirs: Vec<Vec<String>> = reader
                .records()
                .map(|r| r.unwrap().iter().map(|c| c.trim().to_owned()).collect())
                .filter(|r: &Vec<String>| r.len() > 1 || !r[0].is_empty())
                .collect();
            let ours: Vec<Vec<String>> = rows(&text)
                .into_iter()
                .map(|(_, c)| c)
                .filter(|r| r.len() > 1 || !r[0].is_empty())
                .collect();
            assert_eq!(ours, theirs, "{text:?}");
        };
        proptest::proptest!(|(text in "([ab;\n]|\"[ab;\n]{0,3}\"|\"\"){0,20}\n")| runner(text));
    }
}
