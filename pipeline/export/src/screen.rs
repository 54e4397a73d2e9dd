//! A table for the terminal: French formats, numbers to the right, never wider than asked.
//!
//! What every row says alike (the year, the zone) goes into the title. What still does not fit is turned: one line per
//! figure, one column per row; and when there are too many rows for that, cut into tables that repeat the keys.

use comfy_table::{
    CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width,
};
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

use base::definition::{Column, Format, OWN_SQL_THEME, Role};
use base::french as format;
use base::french::counted;
use base::table::Value;
use disclosure::{Cell, GatedTable};

use super::marks::NOT_FOR_RELEASE;

/// Longest stretch of text that a column must hold unbroken.
const WORD: usize = 14;
/// Narrowest column of labels in a turned table.
const LABEL: usize = 24;

/// One column as it will be shown.
struct Shown<'a> {
    meta: &'a Column,
    cells: Vec<String>,
    numeric: bool,
}

impl Shown<'_> {
    /// Numbers stand to the right and are never broken.
    fn is_number(&self) -> bool {
        self.numeric && !self.meta.role.is_key() && self.meta.role != Role::Label
    }

    /// Fewest characters, margins included, in which the column reads well.
    fn narrowest(&self) -> usize {
        let cells = self.cells.iter().map(|cell| match self.is_number() {
            true => len(cell),
            false => longest_piece(cell).min(WORD),
        });
        let title = longest_piece(&self.meta.title).min(WORD);
        cells.max().unwrap_or(0).max(title) + MARGINS
    }

    /// Characters that it would take not to be folded, margins included.
    fn widest(&self) -> usize {
        let cells = self.cells.iter().map(|cell| len(cell));
        cells.max().unwrap_or(0).max(len(&self.meta.title).min(WORD)) + MARGINS
    }
}

/// One space on each side of a column.
const MARGINS: usize = 2;

/// What a line may be cut into: words, and the parts of a compound.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive([' ', '-'])
}

fn longest_piece(text: &str) -> usize {
    pieces(text).map(|p| len(p.trim_end())).max().unwrap_or(0)
}

/// `text` in lines of at most `width` characters, cut between pieces, inside one only when it is longer.
fn folded(text: &str, width: usize) -> String {
    let width = width.max(1);
    let mut out = String::new();
    let mut used = 0;
    for piece in pieces(text) {
        if used > 0 && used + len(piece.trim_end()) > width {
            out.truncate(out.trim_end().len());
            out.push('\n');
            used = 0;
        }

        for letter in piece.chars() {
            if used == width {
                if letter == ' ' {
                    continue;
                }
                out.push('\n');
                used = 0;
            }

            out.push(letter);
            used += 1;
        }
    }

    out.truncate(out.trim_end().len());
    out
}

fn len(text: &str) -> usize {
    text.chars().count()
}

/// The table as text at most `width` columns wide, of at most `most` rows.
pub fn text(table: &GatedTable, width: u16, most: Option<usize>) -> String {
    let definition = table.definition();
    let width = usize::from(width);
    let own_sql = definition.theme == OWN_SQL_THEME;
    let kept = most.unwrap_or(usize::MAX).min(table.rows().len());

    let mut columns = shown_columns(table, kept, own_sql);
    let mut title = match own_sql {
        true => String::new(),
        false => format!("{} ({})", definition.title, definition.unit),
    };

    let common = take_common(&mut columns);
    if !common.is_empty() {
        title = format!("{title}\n{}", common.join(", "));
    }

    let mut out = wrapped(&title, width, 0);
    out.push_str(&match kept {
        0 => "aucune ligne\n".to_string(),
        rows => laid_out(&columns, rows, width),
    });

    let left = table.rows().len() - kept;
    if left > 0 {
        let note = format!(
            "… et {} : -o FICHIER.csv ou --format csv les donnent toutes",
            counted(left, "autre ligne", "autres lignes")
        );
        out.push_str(&wrapped(&note, width, 0));
    }

    let summary = table.summary();
    if summary.primary + summary.secondary > 0 {
        let note = format!(
            "n.c. : non communicable, secret statistique ({} sur {})",
            summary.primary + summary.secondary,
            summary.cells
        );
        out.push_str(&wrapped(&note, width, 0));
    }

    if !table.publishable() {
        let note = format!("{NOT_FOR_RELEASE} : secret statistique désactivé");
        out.push_str(&wrapped(&note, width, 0));
    }

    out
}

/// The columns with their first `kept` cells as they will be shown.
fn shown_columns(table: &GatedTable, kept: usize, own_sql: bool) -> Vec<Shown<'_>> {
    table
        .definition()
        .columns
        .iter()
        .enumerate()
        .map(|(index, meta)| {
            let cells = table.rows().iter().take(kept).filter_map(|row| row.get(index));

            Shown {
                meta,
                numeric: meta.format != Format::Text || cells.clone().all(is_number),
                cells: cells
                    .map(|cell| match own_sql {
                        true => plain(cell),
                        false => format::cell(cell.open(), meta.format),
                    })
                    .collect(),
            }
        })
        .collect()
}

/// Whether a cell is fit for a column of numbers.
fn is_number(cell: &Cell) -> bool {
    !matches!(cell, Cell::Open(Value::Text(_) | Value::Date(_)))
}

/// A cell of own SQL: nothing is rounded to a form that its author did not ask for.
fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Open(Value::Text(text)) => text.replace(['\n', '\r', '\t'], " "),
        Cell::Open(Value::Float(number)) => {
            let fixed = format!("{number:.6}");
            let short = fixed.trim_end_matches('0').trim_end_matches('.');
            short.replace('.', ",").replace('-', "\u{2212}")
        }
        other => format::cell(other.open(), Format::Text),
    }
}

/// Takes out the keys whose name stands beside them, and what is the same on every row; returns the latter.
fn take_common(columns: &mut Vec<Shown>) -> Vec<String> {
    let named: Vec<bool> = columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let next = columns.get(index + 1);
            column.meta.role == Role::Category
                && next.is_some_and(|n| n.meta.name == format!("nom_{}", column.meta.name))
        })
        .collect();

    let mut named = named.into_iter();
    columns.retain(|_| !named.next().unwrap_or(false));

    let mut common = Vec::new();
    columns.retain(|column| {
        let role = column.meta.role;
        let first = column.cells.first();
        let alike = matches!(role, Role::Period | Role::Zone | Role::Label)
            && first.is_some_and(|first| column.cells.iter().all(|cell| cell == first));
        if alike && let Some(first) = first {
            common.push(format!("{} : {first}", column.meta.title));
        }
        !alike
    });

    common
}

fn laid_out(columns: &[Shown], rows: usize, width: usize) -> String {
    let needed: usize = columns.iter().map(Shown::narrowest).sum();
    if needed <= width && (rows > 1 || columns.len() <= 6) {
        return across(&columns.iter().collect::<Vec<_>>(), width);
    }

    let named = |c: &&Shown| c.meta.role.is_key() || c.meta.role == Role::Label;
    let (mut keys, mut figures): (Vec<&Shown>, Vec<&Shown>) = columns.iter().partition(named);
    if keys.iter().map(|c| c.narrowest()).sum::<usize>() > width / 2 {
        (keys, figures) = columns.iter().partition(|c| c.meta.role.is_key());
    }

    if let Some(text) = turned(&keys, &figures, rows, width) {
        return text;
    }

    // As many figures at a time as fit beside the keys.
    let beside: usize = keys.iter().map(|c| c.narrowest()).sum();
    let mut parts: Vec<Vec<&Shown>> = Vec::new();
    let mut room = 0;
    for figure in figures {
        let need = figure.narrowest();
        match parts.last_mut() {
            Some(part) if need <= room => {
                part.push(figure);
                room -= need;
            }
            _ => {
                parts.push(keys.iter().copied().chain([figure]).collect());
                room = width.saturating_sub(beside + need);
            }
        }
    }

    let texts: Vec<String> = parts.iter().map(|part| across(part, width)).collect();
    texts.join("\n")
}

/// One line per row.
fn across(columns: &[&Shown], width: usize) -> String {
    // Every column gets its narrowest width; what is left goes, a character at a time, to the one furthest from its widest.
    let mut widths: Vec<usize> = columns.iter().map(|c| c.narrowest()).collect();
    let mut left = width.saturating_sub(widths.iter().sum());

    while left > 0 {
        let wanting = columns.iter().zip(&mut widths);
        let wanting = wanting.filter(|(column, now)| **now < column.widest());
        let Some((_, narrow)) = wanting.min_by_key(|(column, now)| (**now * 100) / column.widest())
        else {
            break;
        };
        *narrow += 1;
        left -= 1;
    }

    let mut out = Table::new();
    let inner = |index: usize| widths.get(index).map_or(WORD, |w| w - MARGINS);
    let titles = columns.iter().enumerate();
    out.set_header(titles.map(|(i, c)| folded(&c.meta.title, inner(i))));

    let rows = columns.iter().map(|c| c.cells.len()).max().unwrap_or(0);
    for row in 0..rows {
        let cells = columns.iter().enumerate();
        out.add_row(cells.map(|(i, c)| {
            let cell = c.cells.get(row).map_or("", String::as_str);
            folded(cell, inner(i))
        }));
    }

    let right: Vec<bool> = columns.iter().map(|c| c.is_number()).collect();
    finished(out, &widths, &right)
}

/// One line per figure, one column per row; none when the rows do not fit side by side.
fn turned(keys: &[&Shown], figures: &[&Shown], rows: usize, width: usize) -> Option<String> {
    let heads: Vec<String> = (0..rows)
        .map(|row| {
            let words = keys.iter().filter_map(|k| k.cells.get(row));
            words.map(String::as_str).collect::<Vec<_>>().join(" ")
        })
        .collect();

    let value = |row: usize| {
        let cells = figures.iter().filter_map(|c| c.cells.get(row));
        cells.map(|cell| len(cell).min(WORD)).max().unwrap_or(0)
    };

    let values: Vec<usize> = heads
        .iter()
        .enumerate()
        .map(|(row, head)| value(row).max(longest_piece(head).min(WORD)) + MARGINS)
        .collect();

    let room = width.checked_sub(values.iter().sum())?;
    let longest = figures.iter().map(|c| len(&c.meta.title)).max().unwrap_or(0);
    if room < LABEL {
        return None;
    }

    let label = room.min(longest + MARGINS);
    let widths: Vec<usize> = std::iter::once(label).chain(values).collect();

    let mut out = Table::new();
    let inner = |index: usize| widths.get(index).map_or(WORD, |w| w - MARGINS);

    if heads.iter().any(|head| !head.is_empty()) {
        let cells = heads.iter().enumerate();
        let cells = cells.map(|(row, head)| folded(head, inner(row + 1)));
        out.set_header(std::iter::once(String::new()).chain(cells));
    }

    for figure in figures {
        let label = std::iter::once(folded(&figure.meta.title, inner(0)));
        let cells = figure.cells.iter().enumerate();
        let cells = cells.map(|(row, cell)| folded(cell, inner(row + 1)));
        out.add_row(label.chain(cells));
    }

    let right: Vec<bool> = (0..widths.len()).map(|index| index > 0).collect();
    Some(finished(out, &widths, &right))
}

/// Lays the table out in columns of these widths.
fn finished(mut table: Table, widths: &[usize], right: &[bool]) -> String {
    // A rule under the header only: a line between all rows would double the height.
    table
        .load_style(TableStyle::new().header_separator(LineStyle::none().fill('─')))
        .set_content_arrangement(ContentArrangement::Disabled);

    for (index, (width, right)) in widths.iter().zip(right).enumerate() {
        if let Some(column) = table.column_mut(index) {
            let width = u16::try_from(*width).unwrap_or(u16::MAX);
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
            if *right {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
    }

    let lines = table.lines();
    lines.map(|line| format!("{}\n", line.trim_end())).collect()
}

/// Lines of whole words, none longer than `width` columns unless one word is, the continuations set in by `indent`; a run
/// of spaces stays, so that columns keep their place. Each line ends with a line feed.
pub fn wrapped(text: &str, width: usize, indent: usize) -> String {
    let indent = " ".repeat(indent);
    let options = Options::new(width)
        .subsequent_indent(&indent)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);

    let lines = text.split('\n');
    let lines = lines.flat_map(|line| textwrap::wrap(line, &options));
    lines.map(|line| format!("{}\n", line.trim_end())).collect()
}
