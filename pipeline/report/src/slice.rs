//! A slice of a gated table, read by column name: what charts, sentences and printed tables are made from.

use base::definition::{Column, Definition, Format, Role};
use base::french::Figure;
use base::table::Value;
use disclosure::{Cell, GatedTable};
use unicode_normalization::UnicodeNormalization;

/// What queries call the nation.
const NATION: &str = "Régions livrées";

/// Some rows of a gated table.
#[derive(Debug, Clone)]
pub struct Slice<'a> {
    table: &'a GatedTable,
    /// What the document calls the nation.
    nation: Option<&'a str>,
    /// Columns that are as if they were not there.
    left_out: &'static [&'static str],
    rows: Vec<&'a [Cell]>,
}

/// One row of a [`Slice`].
#[derive(Debug, Clone, Copy)]
pub struct SliceRow<'a> {
    table: &'a GatedTable,
    cells: &'a [Cell],
    nation: Option<&'a str>,
    left_out: &'static [&'static str],
}

impl<'a> Slice<'a> {
    /// The whole table.
    pub fn new(table: &'a GatedTable) -> Self {
        Self {
            table,
            nation: None,
            left_out: &[],
            rows: table.rows().iter().map(Vec::as_slice).collect(),
        }
    }

    /// The same, the nation called by the name that the document gives it: few régions are not France.
    #[must_use]
    pub fn calling_the_nation(self, name: &'a str) -> Self {
        Self { nation: Some(name), ..self }
    }

    /// The same without these columns, as if the query did not have them.
    #[must_use]
    pub fn leaving_out(self, left_out: &'static [&'static str]) -> Self {
        Self { left_out, ..self }
    }

    /// Rows whose text in column `name` is `text`; none if there is no such column.
    #[must_use]
    pub fn with(&self, name: &str, text: &str) -> Self {
        self.filter(|l| l.text(name) == Some(text))
    }

    /// Rows whose text in column `name` is not `text`.
    #[must_use]
    pub fn without(&self, name: &str, text: &str) -> Self {
        self.filter(|l| l.text(name) != Some(text))
    }

    /// Rows that satisfy `keep`.
    #[must_use]
    pub fn filter(&self, keep: impl Fn(&SliceRow<'a>) -> bool) -> Self {
        let rows = self.rows.iter().copied().filter(|&cells| keep(&self.row(cells))).collect();

        Self { rows, ..*self }
    }

    /// The same rows in the order of the names of their zones; those of one zone keep the query's order.
    #[must_use]
    pub fn by_name(mut self) -> Self {
        let mut rows = std::mem::take(&mut self.rows);
        rows.sort_by_cached_key(|&cells| {
            sort_key(&self.row(cells).label(&["nom_zone", "code_zone"]))
        });

        Self { rows, ..self }
    }

    /// The first rows, `most` of them at most.
    #[must_use]
    pub fn first_rows(&self, most: usize) -> Self {
        let rows = self.rows.iter().copied().take(most).collect();
        Self { rows, ..*self }
    }

    /// Rows in the query's order.
    pub fn rows(&self) -> impl Iterator<Item = SliceRow<'a>> + '_ {
        self.rows.iter().map(|&cells| self.row(cells))
    }

    fn row(&self, cells: &'a [Cell]) -> SliceRow<'a> {
        let Self { table, nation, left_out, .. } = *self;
        SliceRow { table, cells, nation, left_out }
    }

    /// First row.
    pub fn first(&self) -> Option<SliceRow<'a>> {
        self.rows().next()
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True when no row is left.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table behind.
    pub fn table(&self) -> &'a GatedTable {
        self.table
    }

    /// True when the query has the column.
    pub fn has(&self, name: &str) -> bool {
        !self.left_out.contains(&name) && self.table.definition().column(name).is_some()
    }

    /// Values of a text column, each once, in order of appearance.
    pub fn distinct(&self, name: &str) -> Vec<&'a str> {
        let mut seen: Vec<&str> = Vec::new();

        for row in self.rows() {
            if let Some(t) = row.text(name).filter(|t| !seen.contains(t)) {
                seen.push(t);
            }
        }

        seen
    }
}

impl<'a> SliceRow<'a> {
    /// Column of that name and the cell under it.
    pub fn cell(&self, name: &str) -> Option<(&'a Column, &'a Cell)> {
        if self.left_out.contains(&name) {
            return None;
        }
        let columns = &self.table.definition().columns;
        let i = columns.iter().position(|c| c.name == name)?;

        Some((&columns[i], self.cells.get(i)?))
    }

    /// All cells, in the order of the columns.
    pub fn cells(&self) -> &'a [Cell] {
        self.cells
    }

    /// The open text of a column.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.cell(name)?.1.open()?.as_text()
    }

    /// The figure of a column; absent if there is no such column.
    pub fn value(&self, name: &str) -> Figure {
        match self.cell(name) {
            Some((_, Cell::Hidden)) => Figure::Hidden,
            Some((_, Cell::Open(v))) => v.as_f64().map_or(Figure::Missing, Figure::Known),
            None => Figure::Missing,
        }
    }

    /// The figure as a report prints it.
    pub fn printed(&self, name: &str) -> String {
        self.cell(name)
            .map_or_else(|| base::french::MISSING.to_string(), |(c, cell)| self.said(c, cell))
    }

    /// A cell as a report prints it.
    fn said(&self, column: &Column, cell: &Cell) -> String {
        match (self.nation, cell.open().and_then(Value::as_text)) {
            (Some(name), Some(NATION)) if column.role == Role::Label => name.to_string(),
            _ => base::french::cell(cell.open(), column.format),
        }
    }

    /// The first of these columns that exists and holds an open text: a name where there is one, its code otherwise.
    pub fn label(&self, names: &[&str]) -> String {
        let text = names.iter().find_map(|n| {
            let (column, cell) = self.cell(n)?;
            match cell.open()? {
                Value::Null => None,
                Value::Text(_) => Some(self.said(column, cell)),
                v => Some(base::french::value(v, Format::Text)),
            }
        });

        text.unwrap_or_else(|| base::french::MISSING.to_string())
    }
}

/// Order of names for a French reader: `Île-de-France` stands among the I, not after Z.
pub(crate) fn sort_key(name: &str) -> String {
    let unaccented: String = name.nfd().filter(char::is_ascii).collect();
    unaccented.to_lowercase()
}

/// Columns worth printing of any query: names rather than codes, no constant key, no count of the year before.
pub fn useful_columns<'d>(definition: &'d Definition, slice: &Slice<'_>) -> Vec<&'d str> {
    let constant = |name: &str| {
        let mut values = slice.rows().map(|l| l.cell(name).map(|c| c.1.clone()));
        let first = values.next();
        slice.len() > 1 && values.all(|v| Some(v) == first)
    };

    // A code with a name beside it is not printed.
    let named = |key: &str| {
        let suffix = key.strip_prefix("code_").unwrap_or(key);
        definition.column(&format!("nom_{suffix}")).is_some()
    };

    let mut kept: Vec<&str> = definition
        .columns
        .iter()
        .filter(|c| match c.role {
            Role::Zone | Role::Category => !named(&c.name) && !constant(&c.name),
            Role::Period => slice.len() > 1 && !constant(&c.name),
            Role::Label => !constant(&c.name),
            _ => slice
                .rows()
                .any(|l| l.cell(&c.name).is_some_and(|(_, cell)| *cell != Cell::Open(Value::Null))),
        })
        .map(|c| c.name.as_str())
        .collect();

    // The row must be named by its first column.
    let is_label = |name: &&str| definition.column(name).is_some_and(|c| c.role == Role::Label);
    if let Some(i) = kept.iter().position(is_label) {
        let name = kept.remove(i);
        kept.insert(0, name);
    }

    kept
}
