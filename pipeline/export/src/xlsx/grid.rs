//! A table as it is laid out: which columns stand where, under which heading, and whether a row of figures becomes a column.

use std::collections::HashSet;

use chrono::NaiveDate;

use base::definition::{Column, Format, Role};
use base::french::{formatted, period, typography};
use base::table::Value;
use disclosure::{Cell, GatedTable};

use super::words::words;
use crate::marks::HIDDEN;

/// Characters across a page at full size, and as many more as can still be read when it is shrunk.
const PAGE: f64 = 150.0;
/// The longest table, in rows, that may be turned on its side.
const TURNED: usize = 15;
/// Columns from which a table of a single row is turned.
const MANY: usize = 10;

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Entry {
    /// Nothing: unknown, or without object.
    Empty,
    /// Hidden by statistical secrecy.
    Hidden,
    /// Words, or a code.
    Text(String),
    /// A figure and how it is printed.
    Number(f64, Format),
    /// A day.
    Day(NaiveDate),
    /// A month, by its first day.
    Month(NaiveDate),
}

impl Entry {
    fn new(cell: &Cell, column: &Column, reading: bool) -> Self {
        let value = match cell {
            Cell::Hidden => return Entry::Hidden,
            Cell::Open(value) => value,
        };

        match value {
            Value::Null => Entry::Empty,
            Value::Int(number) => Entry::Number(*number as f64, column.format),
            Value::Float(number) => Entry::Number(*number, column.format),
            Value::Date(day) => Entry::Day(*day),
            Value::Text(text) => match column.role {
                Role::Period => Entry::period(text, reading),
                Role::Category if reading => {
                    let said = words(&column.name, text);
                    Entry::Text(said.map_or_else(|| text.clone(), str::to_owned))
                }
                Role::Label if reading => Entry::Text(typography(&period(text))),
                _ => Entry::Text(text.clone()),
            },
        }
    }

    /// A year is a number for Excel, a month a day that it sorts and draws.
    fn period(text: &str, reading: bool) -> Self {
        if let Ok(year) = text.parse::<u16>() {
            return Entry::Number(f64::from(year), Format::Text);
        }
        match NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d") {
            Ok(month) if reading => Entry::Month(month),
            _ if reading => Entry::Text(period(text)),
            _ => Entry::Text(text.to_owned()),
        }
    }

    /// What a reader sees of it, but for the language of their spreadsheet.
    pub(super) fn shown(&self) -> String {
        match self {
            Entry::Empty => String::new(),
            Entry::Hidden => HIDDEN.into(),
            Entry::Text(text) => text.clone(),
            Entry::Number(number, format) => formatted(*number, *format),
            Entry::Day(day) => day.format("%d/%m/%Y").to_string(),
            Entry::Month(day) => period(&day.format("%Y-%m").to_string()),
        }
    }
}

/// A table laid out.
#[derive(Debug, PartialEq)]
pub(super) struct Grid {
    /// Headings, none twice.
    pub(super) heads: Vec<String>,
    /// Rows, one entry per heading.
    pub(super) rows: Vec<Vec<Entry>>,
    /// First columns that say what a row is about.
    pub(super) keys: usize,
    /// First columns that are printed; the codes behind them are for machines.
    pub(super) printed: usize,
    /// Whether each column of figures has become a row.
    pub(super) turned: bool,
}

impl Grid {
    /// Lays a table out, for people to read or as data.
    pub(super) fn new(table: &GatedTable, reading: bool) -> Self {
        let upright = Grid::upright(table, reading);
        match reading.then(|| Grid::turned(table, &upright)).flatten() {
            Some(turned) => turned,
            None => upright,
        }
    }

    fn upright(table: &GatedTable, reading: bool) -> Self {
        let columns = &table.definition().columns;
        let (order, printed) = order(columns);
        let rows = table.rows().iter().map(|row| {
            let entry = |&at: &usize| Entry::new(&row[at], &columns[at], reading);
            order.iter().map(entry).collect()
        });

        let is_key = |&&at: &&usize| columns[at].role.is_key() || columns[at].role == Role::Label;
        Grid {
            heads: headings(columns, &order),
            rows: rows.collect(),
            keys: order.iter().take_while(is_key).count(),
            printed,
            turned: false,
        }
    }

    /// The table on its side, one column per zone and period: where it is too wide to be read upright, and nothing but zone and period tells its
    /// rows apart.
    fn turned(table: &GatedTable, upright: &Grid) -> Option<Self> {
        let columns = &table.definition().columns;
        let figures = columns.len();
        let rows = table.rows();
        let short = match rows.len() {
            0 => false,
            1 => figures > MANY,
            count => count <= TURNED && count < figures && upright.width() > PAGE,
        };
        let varies = |at: usize| rows.iter().any(|row| row[at] != rows[0][at]);
        let long = (0..figures).any(|at| columns[at].role == Role::Category && varies(at));
        if !short || long {
            return None;
        }

        // What tells the rows apart is in their headings; where there is but one row, its name and its period are.
        let (order, _) = order(columns);
        let in_heading: Vec<usize> = (0..order.len())
            .filter(|&i| {
                let at = order[i];
                let named = columns[at].role == Role::Period
                    || (at > 0
                        && columns[at].role == Role::Label
                        && columns[at - 1].role == Role::Zone);
                named && (rows.len() == 1 || varies(at))
            })
            .collect();

        let heading = |row: &Vec<Entry>| {
            // The zone before its year.
            let parts: Vec<String> = in_heading.iter().rev().map(|&i| row[i].shown()).collect();
            parts.join(", ")
        };
        let heads =
            std::iter::once("Indicateur".to_owned()).chain(upright.rows.iter().map(heading));

        let lines = (0..order.len()).filter(|i| !in_heading.contains(i)).map(|i| {
            let figures = upright.rows.iter().map(|row| row[i].clone());
            std::iter::once(Entry::Text(upright.heads[i].clone())).chain(figures).collect()
        });
        Some(Grid {
            heads: told_apart(heads),
            rows: lines.collect(),
            keys: 1,
            printed: upright.rows.len() + 1,
            turned: true,
        })
    }

    /// Characters that each column wants.
    pub(super) fn widths(&self) -> Vec<f64> {
        let wanted = |(at, head): (usize, &String)| {
            let longest = if self.turned && at == 0 { 52 } else { 40 };
            let words = head.split(' ').map(|word| word.chars().count() + 3);
            let entries = self.rows.iter().map(|row| row[at].shown().chars().count() + 2);
            words.chain(entries).max().unwrap_or(0).clamp(11, longest) as f64
        };
        self.heads.iter().enumerate().map(wanted).collect()
    }

    fn width(&self) -> f64 {
        self.widths()[..self.printed].iter().sum()
    }
}

/// The columns in the order of the sheet, and how many of them are no codes: a code whose name stands beside it goes to the end.
fn order(columns: &[Column]) -> (Vec<usize>, usize) {
    let (codes, others): (Vec<usize>, Vec<usize>) =
        (0..columns.len()).partition(|&at| name_of(columns, at).is_some());
    let printed = others.len();
    (others.into_iter().chain(codes).collect(), printed)
}

/// The column that names the codes of another; none where the code is one that people use, such as a commune's.
fn name_of(columns: &[Column], at: usize) -> Option<&Column> {
    let code = &columns[at];
    let next = columns.get(at + 1)?;
    let is_code = code.role == Role::Category && !code.name.starts_with("code_");
    (is_code && next.role == Role::Label && next.name.starts_with("nom")).then_some(next)
}

/// The headings, none twice: a code's says that it is one, an interval's of which figure it is.
fn headings(columns: &[Column], order: &[usize]) -> Vec<String> {
    let is_single = |title: &str| columns.iter().filter(|c| c.title == title).count() == 1;
    let heads = order.iter().map(|&at| {
        let title = &columns[at].title;
        let owner = || columns[..at].iter().rev().find(|c| is_single(&c.title));
        let said_before = || columns[..at].iter().any(|c| c.title == *title);

        let head = match name_of(columns, at) {
            Some(name) if title == "Code" => format!("{} (code)", name.title),
            Some(_) if !title.starts_with("Code ") => format!("{title} (code)"),
            None if columns[at].role != Role::Label && said_before() => match owner() {
                Some(owner) => format!("{title} ({})", owner.title),
                None => title.clone(),
            },
            _ => title.clone(),
        };
        typography(&head)
    });
    told_apart(heads)
}

/// Two columns of one heading would be one for Excel.
fn told_apart(heads: impl Iterator<Item = String>) -> Vec<String> {
    let mut taken = HashSet::new();
    let single = heads.map(|head| {
        let mut candidate = head.clone();
        let mut number = 2;
        while !taken.insert(candidate.to_lowercase()) {
            candidate = format!("{head} ({number})");
            number += 1;
        }
        candidate
    });
    single.collect()
}
