//! Rows with their names at the left: each as high as its name wants, so that no two names meet.

use super::canvas::{Anchor, Canvas, Lettering, Point};
use super::style::{HATCH, INK, SMALL_SIZE};
use base::error::Result;

/// Between the names and the drawing.
const GAP: f64 = 8.0;
/// From one line of a folded name to the next, and blank between two folded names, in sizes.
const LEADING: f64 = 1.12;
const BLANK: f64 = 1.36;
/// Length of the hatched stretch that stands for a hidden figure.
pub(crate) const HIDDEN_LENGTH: f64 = 34.0;

/// The names of the rows of a chart, and where the rows stand.
pub(crate) struct Rows {
    names: Vec<(Vec<String>, Lettering)>,
    middles: Vec<f64>,
    /// Where the drawing starts, at the right of the names.
    pub start: f64,
    /// Under the last row.
    pub bottom: f64,
}

impl Rows {
    /// Rows under `top`, each at least `least` high; a name is bold where its flag says so. In a chart `width` wide the
    /// names take the room that they need, and half of the width at most: one that is longer is folded, then cut.
    pub fn new<'n>(
        names: impl Iterator<Item = (&'n str, bool)>,
        width: f64,
        top: f64,
        least: f64,
    ) -> Self {
        let names: Vec<(&str, bool)> = names.collect();
        let folded = |share: f64| -> Vec<(Vec<String>, Lettering)> {
            names.iter().map(|(name, bold)| fold(name, *bold, width * share)).collect()
        };
        let cut = |rows: &[(Vec<String>, Lettering)]| {
            rows.iter().any(|(lines, _)| lines.last().is_some_and(|l| l.ends_with('…')))
        };

        let mut rows = folded(0.4);
        if cut(&rows) {
            rows = folded(0.5);
        }

        let widest = rows
            .iter()
            .flat_map(|(lines, e)| lines.iter().map(|line| e.width(line)))
            .fold(0.0, f64::max);

        let mut bottom = top;
        let mut middles = Vec::new();
        for (lines, e) in &rows {
            let wanted = (LEADING * (lines.len() as f64 - 1.0) + BLANK) * e.size;
            let height = wanted.max(least);
            middles.push(bottom + height / 2.0);
            bottom += height;
        }

        Self {
            names: rows,
            middles,
            start: widest + GAP + 1.0,
            bottom,
        }
    }

    /// The middle height of each row.
    pub fn middles(&self) -> impl Iterator<Item = f64> + '_ {
        self.middles.iter().copied()
    }

    /// Writes the names.
    pub fn write(&self, c: &Canvas<'_>) -> Result<()> {
        for ((lines, e), y) in self.names.iter().zip(&self.middles) {
            c.lines((self.start - GAP, *y), lines, *e)?;
        }
        Ok(())
    }
}

/// A name on one line if it fits in `width`, else on two smaller ones.
fn fold(name: &str, bold: bool, width: f64) -> (Vec<String>, Lettering) {
    let e = Lettering::new(INK, Anchor::End);
    let e = if bold { e.bold() } else { e };
    if e.width(name) <= width {
        return (vec![name.to_owned()], e);
    }

    let small = e.size(SMALL_SIZE);
    (small.wrap(name, width, 2), small)
}

/// The hatching that stands for a hidden figure from `(x, y)` on; returns where it ends.
pub(crate) fn hide(c: &Canvas<'_>, (x, y): Point, high: f64) -> Result<f64> {
    let (end, above, below) = (x + HIDDEN_LENGTH, y - high / 2.0, y + high / 2.0);
    let corners = [(x, above), (end, above), (end, below), (x, below)];
    c.hatching(&corners, HATCH, 4.0)?;
    Ok(end)
}
