//! A column of French days that a spreadsheet read as American ones: `04/03/2025` became the cell of 3 April, `25/03/2025` stayed a text.

use chrono::Datelike;

use contract::Rule;

use super::sample_counts::Witness;
use crate::Finding;
use crate::rows::values::{DAY_ZERO, DateForm, date_shape, day_orders, day_written, from_epoch};

/// Cells of days below which the split of a column may be chance.
const FEW_CELLS: usize = 3;
/// The last day of a month that may be a month as well.
const LAST_MONTH: u32 = 12;

/// What the cells of one column of days show.
#[derive(Debug, Default)]
pub(super) struct HalfImported {
    /// Cells that hold a day, which may have been read the wrong way round.
    cells: usize,
    /// The first text that cannot be read the other way round.
    text: Option<Witness>,
    /// Whether a cell shows that the column was not split that way.
    whole: bool,
}

impl HalfImported {
    pub(super) fn add(&mut self, text: &str, witness: impl Fn() -> Witness) {
        match date_shape(text) {
            Some(form @ (DateForm::Iso | DateForm::Serial)) => {
                let zero = if form == DateForm::Iso { 0 } else { DAY_ZERO };
                let day = day_written(text).and_then(|days| from_epoch(days.saturating_add(zero)));
                self.cells += 1;
                self.whole |= day.is_none_or(|day| day.day() > LAST_MONTH);
            }
            Some(_) => match day_orders(text) {
                Some((Some(_), None)) => {
                    self.text.get_or_insert_with(witness);
                }
                _ => self.whole = true,
            },
            None => {}
        }
    }

    /// What refuses the file, if the column is split.
    pub(super) fn told(self) -> Option<Finding> {
        let witness = self.text.filter(|_| !self.whole && self.cells >= FEW_CELLS)?;
        let message = "les jours jusqu'au 12 sont des dates, les autres sont restés du texte : un tableur a sans doute lu les dates à l'américaine, en échangeant le jour et le mois des premières";
        let finding = Finding::new(Rule::DatesAmbigues, message).whole_file();
        Some(
            finding.line(witness.line).field(&witness.field).value(&witness.text).hint(
                "importez à nouveau le fichier d'origine, en disant au tableur que ces colonnes sont des dates jour-mois-année (JMA), ou du texte",
            ),
        )
    }
}
