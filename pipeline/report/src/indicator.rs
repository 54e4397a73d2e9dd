//! The answer to one query as a page shows it: its table, and the chart that its form allows.

use std::collections::BTreeMap;

use minijinja::Value;
use serde::Serialize;

use base::definition::{Column, Definition, Format};
use base::error::Result;
use base::french::{self, typography};
use charts::bar::{Bar, BarChart};
use charts::line::{LineChart, Series};
use charts::{Chart, Plot, style};
use disclosure::{Cell, GatedTable};

use super::builder::{chart_path, is_total, lecture, printed_column};
use super::content::{PrintedChart, PrintedColumn, PrintedTable};
use super::html::drawing;
use super::slice::{Slice, SliceRow, useful_columns};

/// Bars beyond which a chart is a list, which the table is already.
const MOST_BARS: usize = 40;

/// Columns beyond which the only row of a table is read from top to bottom.
const MOST_COLUMNS: usize = 6;

/// The answer to a query, ready for a page.
#[derive(Debug, Clone, Serialize)]
pub struct IndicatorView {
    /// Its rows.
    #[serde(rename = "tableau")]
    pub table: PrintedTable,
    /// Its chart; none where no form of chart fits it.
    #[serde(rename = "graphique")]
    pub chart: Option<PrintedChart>,
    /// The drawing, by the path that the chart names.
    #[serde(skip)]
    pub(super) drawings: BTreeMap<String, Value>,
}

impl IndicatorView {
    /// The answer to a query; `state` says of which data, for the line of sources.
    ///
    /// # Errors
    /// If the drawing fails.
    pub fn new(table: &GatedTable, state: &str) -> Result<Self> {
        let definition = table.definition();
        let sources = definition.sources.join(", ");
        let source = typography(&format!("{sources} ; requête « {} » ; {state}.", definition.name));

        let drawn = chart(table)?;
        let printed = drawn.as_ref().map(|chart| PrintedChart {
            id: chart.id.clone(),
            title: chart.title.clone(),
            alt: chart.alt.clone(),
            file: chart.svg.is_some().then(|| chart_path(&chart.id)),
            notes: lecture(chart).into_iter().collect(),
            // It stands below the table, which follows.
            source: None,
            half: false,
        });
        let drawings = drawn.iter().filter_map(|chart| {
            let svg = chart.svg.as_ref()?;
            Some((chart_path(&chart.id), drawing(chart, svg)))
        });

        Ok(Self {
            table: printed_table(table, source),
            chart: printed,
            drawings: drawings.collect(),
        })
    }
}

/// The columns that say something, formatted.
fn printed_table(table: &GatedTable, source: String) -> PrintedTable {
    let definition = table.definition();
    let slice = Slice::new(table);
    let names = useful_columns(definition, &slice);
    let columns: Vec<&Column> = names.iter().filter_map(|name| definition.column(name)).collect();

    let printed = |row: SliceRow<'_>| names.iter().map(|name| row.printed(name)).collect();
    let totals = slice.rows().enumerate().filter(|(_, row)| is_total(row, definition));
    let hidden = slice.rows().any(|row| row.cells().contains(&Cell::Hidden));
    let note = || typography("n.c. : non communicable (secret statistique).");

    let table = PrintedTable {
        id: definition.name.clone(),
        title: typography(&definition.title),
        columns: columns.into_iter().map(printed_column).collect(),
        rows: slice.rows().map(printed).collect(),
        total_rows: totals.map(|(index, _)| index).collect(),
        notes: hidden.then(note).into_iter().collect(),
        source: Some(source),
    };
    match table.rows.as_slice() {
        [_] if table.columns.len() > MOST_COLUMNS => upright(table),
        _ => table,
    }
}

/// The only row of a table on its side, a line per column.
fn upright(table: PrintedTable) -> PrintedTable {
    let cells = table.rows.into_iter().flatten();
    let rows = table
        .columns
        .into_iter()
        .zip(cells)
        .map(|(column, cell)| vec![column.title, cell]);
    let column = |title: &str, alignment: &str| PrintedColumn {
        title: title.into(),
        alignment: alignment.into(),
    };

    PrintedTable {
        rows: rows.collect(),
        columns: vec![column("Indicateur", "gauche"), column("Valeur", "droite")],
        total_rows: Vec::new(),
        ..table
    }
}

/// The chart of an answer whose rows differ by one key alone: a line over periods, else bars.
fn chart(table: &GatedTable) -> Result<Option<Chart>> {
    let definition = table.definition();
    let rows = Slice::new(table).filter(|row| !is_total(row, definition));
    let Some(measure) = measure(definition) else { return Ok(None) };
    let varying: Vec<&Column> = definition.keys().filter(|key| varies(&rows, &key.name)).collect();
    let [key] = varying.as_slice() else { return Ok(None) };

    let label = |row: &SliceRow<'_>| row.label(&[&name_beside(&key.name), &key.name]);
    let title = typography(&format!("{} : {}", definition.title, measure.title.to_lowercase()));
    let format = measure.format;

    if key.role == base::definition::Role::Period {
        let plot = LineChart {
            steps: rows.rows().map(|row| french::period(&label(&row))).collect(),
            series: vec![Series {
                name: measure.title.clone(),
                values: rows.rows().map(|row| row.value(&measure.name)).collect(),
                main: true,
            }],
            format,
            unit: definition.unit.clone(),
        };
        return plot.chart(&definition.name, &title, style::WIDTH).map(Some);
    }
    if rows.len() > MOST_BARS {
        return Ok(None);
    }

    let bar = |row: SliceRow<'_>| Bar {
        label: label(&row),
        value: row.value(&measure.name),
        previous: french::Figure::Missing,
        secondary: false,
    };
    let plot = BarChart {
        bars: rows.rows().map(bar).collect(),
        format,
        comparison: None,
        reference: None,
    };
    plot.chart(&definition.name, &title, style::WIDTH).map(Some)
}

/// Where the name of a key stands: `nom_region` for `code_region`, `nom_cas` for `cas`.
fn name_beside(key: &str) -> String {
    format!("nom_{}", key.strip_prefix("code_").unwrap_or(key))
}

fn varies(rows: &Slice<'_>, key: &str) -> bool {
    let mut cells = rows.rows().map(|row| row.cell(key).map(|(_, cell)| cell.clone()));
    let first = cells.next();
    cells.any(|cell| Some(cell) != first)
}

/// The column that the unit of the query speaks of: the one that bears its name or has its form, else the first figure.
fn measure(definition: &Definition) -> Option<&Column> {
    let form = match definition.unit.as_str() {
        unit if unit.starts_with('%') => Some(Format::Percent),
        "jours" => Some(Format::Days),
        "euros" => Some(Format::Euros),
        _ => None,
    };
    let figures = || {
        definition.columns.iter().filter(|column| {
            !column.role.is_key() && !matches!(column.format, Format::Text | Format::Date)
        })
    };

    figures()
        .find(|column| column.name == definition.unit || form == Some(column.format))
        .or_else(|| figures().next())
}
