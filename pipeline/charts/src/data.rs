//! The figures of a chart as a table, for who does not see it.

use base::definition::Format;
use base::french::{Figure, formatted, typography};

/// Formatted figures; the first cell of a row names it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChartData {
    /// Headings.
    pub columns: Vec<String>,
    /// Cells, as many in each row as there are headings.
    pub rows: Vec<Vec<String>>,
}

impl ChartData {
    pub(crate) fn new(columns: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Self {
        let set = |text: &str| typography(text);
        let rows = rows.into_iter().map(|row| row.iter().map(|cell| set(cell)).collect());
        Self {
            columns: columns.iter().map(|column| set(column)).collect(),
            rows: rows.collect(),
        }
    }
}

/// A row: its name, then figures.
pub(crate) fn row(name: &str, figures: &[Figure], format: Format) -> Vec<String> {
    let figures = figures.iter().map(|figure| figure.text(format));
    [name.to_owned()].into_iter().chain(figures).collect()
}

/// `de 1,2 à 3,4`.
pub(crate) fn range((low, high): (f64, f64), format: Format) -> String {
    format!("de {} à {}", formatted(low, format), formatted(high, format))
}
