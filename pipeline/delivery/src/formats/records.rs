//! Rows cut into cells without a copy per cell: what the checks read, whatever the file was.

use super::row_ends::{closing_quote, line_breaks, rows_end};

/// Marks a cell that lies in [`Records::unquoted`] instead of [`Records::text`].
const ASIDE: u32 = 1 << 31;

/// Marks, at its end, a cell that holds a number, and not the writing of one.
const NUMBER: u32 = 1 << 31;

/// Cells of consecutive rows.
#[derive(Debug, Default)]
pub(crate) struct Records {
    text: String,
    /// Cells that had doubled quotes or text after their closing quote.
    unquoted: String,
    cells: Vec<(u32, u32)>,
    rows: Vec<RowSpan>,
}

#[derive(Debug, Clone, Copy)]
struct RowSpan {
    first: u32,
    count: u32,
    line: u64,
}

/// Consecutive lines of a file, in UTF-8, ending where a row ends.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) text: String,
    /// Line of the file at which the text starts, from 1.
    pub(crate) line: u64,
}

/// Rows judged together, at most. Columns are read one after the other: the cells of a part stay in the processor's cache.
pub(crate) const PART_ROWS: usize = 2048;

impl Block {
    /// Cuts a block into blocks of about as many lines, none of more than `most`.
    pub(crate) fn parts(self, separator: u8, most: usize) -> Vec<Block> {
        let lines = line_breaks(self.text.as_bytes());
        if lines <= most {
            return vec![self];
        }
        let each = lines.div_ceil(lines.div_ceil(most));
        let (mut parts, mut rest, mut line) = (Vec::new(), self.text.as_str(), self.line);

        while !rest.is_empty() {
            let end = rows_end(rest.as_bytes(), separator, each);
            let (head, tail) = rest.split_at(end);
            parts.push(Block { text: head.to_owned(), line });
            line += line_breaks(head.as_bytes()) as u64;
            rest = tail;
        }

        parts
    }
}

impl Records {
    /// Cuts a block of CSV. Empty lines give no row.
    pub(crate) fn cut(block: Block, separator: u8) -> Self {
        let Block { text, mut line } = block;
        let bytes = text.as_bytes();

        let mut records = Self {
            cells: Vec::with_capacity(bytes.len() / 8),
            rows: Vec::with_capacity(bytes.len() / 64),
            ..Self::default()
        };

        let mut at = 0;
        while at < bytes.len() {
            let (row_line, first, begin) = (line, records.cells.len(), at);
            loop {
                let (cell, next, breaks) = records.next_cell(&text, at, separator);
                records.cells.push(cell);
                line += breaks;
                at = next;
                if bytes.get(at) != Some(&separator) {
                    break;
                }
                at += 1;
            }

            let count = records.cells.len() - first;
            if count == 1 && text[begin..at].trim().is_empty() {
                records.cells.truncate(first);
            } else {
                records.rows.push(RowSpan {
                    first: first as u32,
                    count: count as u32,
                    line: row_line,
                });
            }

            at += 1;
            line += 1;
        }

        records.text = text;
        records
    }

    /// Reads one cell of CSV: the cell, where reading goes on, line breaks passed.
    fn next_cell(&mut self, text: &str, start: usize, separator: u8) -> ((u32, u32), usize, u64) {
        let bytes = text.as_bytes();
        if bytes.get(start) == Some(&b'"') {
            return quoted(text, start, separator, &mut self.unquoted);
        }

        // The carriage return of a Windows line end is no part of the cell.
        let at = cell_end(bytes, start, separator);
        let returned = at > start && bytes[at - 1] == b'\r' && bytes.get(at) != Some(&separator);

        (short(start, at - usize::from(returned)), at, 0)
    }

    /// Starts a row of a workbook.
    pub(crate) fn begin(&mut self, line: u64) {
        self.rows.push(RowSpan {
            first: self.cells.len() as u32,
            count: 0,
            line,
        });
    }

    /// Adds a cell to the last row.
    pub(crate) fn cell(&mut self, value: &str, number: bool) {
        let start = self.text.len();
        self.text.push_str(value);
        let (start, end) = short(start, self.text.len());
        self.cells.push((start, if number { end | NUMBER } else { end }));
        if let Some(row) = self.rows.last_mut() {
            row.count += 1;
        }
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Number of cells of a row.
    pub(crate) fn width(&self, row: usize) -> usize {
        self.rows[row].count as usize
    }

    /// Line of a row in its file.
    pub(crate) fn line(&self, row: usize) -> u64 {
        self.rows[row].line
    }

    /// A cell without the blanks around it; empty when the row is too short.
    pub(crate) fn get(&self, row: usize, column: usize) -> &str {
        let row = self.rows[row];
        if column >= row.count as usize {
            return "";
        }
        let (start, end) = self.cells[row.first as usize + column];
        let end = end & !NUMBER;

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

    /// Whether a cell of a sheet holds a number, and not the writing of one.
    pub(crate) fn is_number(&self, row: usize, column: usize) -> bool {
        let row = self.rows[row];
        column < row.count as usize && self.cells[row.first as usize + column].1 & NUMBER != 0
    }

    /// All text, to look for what must not be there at all.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

/// One column of some rows.
#[derive(Clone, Copy)]
pub(crate) struct Column<'r> {
    pub(crate) records: &'r Records,
    pub(crate) rows: &'r [usize],
    pub(crate) column: usize,
}

impl<'r> Column<'r> {
    pub(crate) fn len(self) -> usize {
        self.rows.len()
    }

    pub(crate) fn text(self, row: usize) -> &'r str {
        self.records.get(self.rows[row], self.column)
    }

    pub(crate) fn is_number(self, row: usize) -> bool {
        self.records.is_number(self.rows[row], self.column)
    }
}

/// Blocks stay far below 2 GiB, so positions fit.
fn short(start: usize, end: usize) -> (u32, u32) {
    (start as u32, end as u32)
}

/// Reads a quoted cell from its opening quote: the cell, where reading goes on, line breaks passed.
fn quoted(text: &str, open: usize, separator: u8, aside: &mut String) -> ((u32, u32), usize, u64) {
    let bytes = text.as_bytes();
    let close = closing_quote(bytes, open + 1).unwrap_or(bytes.len());
    let inside = &text[open + 1..close];
    let breaks = line_breaks(inside.as_bytes()) as u64;

    // What follows the closing quote up to the separator belongs to the cell too.
    let tail = (close + 1).min(bytes.len());
    let at = cell_end(bytes, tail, separator);
    let rest = text[tail..at].trim_end_matches('\r');
    if rest.is_empty() && !inside.contains('"') {
        return (short(open + 1, close), at, breaks);
    }

    let start = aside.len();
    aside.push_str(&inside.replace("\"\"", "\""));
    aside.push_str(rest);

    ((start as u32 | ASIDE, aside.len() as u32), at, breaks)
}

/// Where a cell without quotes ends: at a separator, a line break, or the end of the text.
fn cell_end(bytes: &[u8], from: usize, separator: u8) -> usize {
    let stops = |b: &u8| *b == separator || *b == b'\n';
    let length = bytes[from..].iter().position(stops);
    length.map_or(bytes.len(), |n| from + n)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(u64, Vec<String>)> {
        let r = Records::cut(Block { text: text.into(), line: 1 }, b';');
        (0..r.len())
            .map(|i| (r.line(i), (0..r.width(i)).map(|c| r.get(i, c).to_owned()).collect()))
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
            assert_eq!((*line, cells.iter().map(String::as_str).collect::<Vec<_>>()), (l, c));
        }
    }

    #[test]
    fn a_block_is_cut_between_rows_and_keeps_its_lines() {
        let runner = |text: String, most: usize| {
            let whole = rows(&text);
            let block = Block { text: text.clone(), line: 1 };
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
        let lines = Block { text: "a\n".repeat(100), line: 1 };
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
