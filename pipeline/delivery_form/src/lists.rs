//! The hidden sheet with the values of the drop-down lists. A list in a cell's own rule holds 255 characters; a sheet holds them all.

use std::collections::BTreeSet;

use base::table::Value;
use delivery::LISTS_SHEET;
use geography::Commune;
use rust_xlsxwriter::{Worksheet, XlsxError, utility::column_number_to_name};

use crate::DeliveryForm;
use crate::styles;

/// Columns of the hidden sheet: the communes and their names, then a list per column.
pub(crate) struct Lists {
    communes: Vec<(String, String)>,
    lists: Vec<(String, Vec<String>)>,
}

/// Columns that the communes take.
const COMMUNES: u16 = 2;

impl Lists {
    /// The communes of the région, those that a bus serves first.
    pub(crate) fn of_communes(form: &DeliveryForm<'_>) -> Self {
        let served = served(form);
        let mut communes: Vec<&Commune> =
            form.communes.iter().filter(|c| c.region == form.region).collect();
        communes.sort_by_key(|c| (!served.contains(&c.code), &c.code));

        Self {
            communes: communes.iter().map(|c| (c.code.clone(), c.nom.clone())).collect(),
            lists: Vec::new(),
        }
    }

    /// The cells of the communes' codes.
    pub(crate) fn communes(&self) -> String {
        range(0, self.communes.len())
    }

    /// The cells of a list; columns that have the same values share one.
    pub(crate) fn range(&mut self, title: String, values: &[String]) -> String {
        let known = self.lists.iter().position(|(_, list)| list == values);
        let rank = known.unwrap_or_else(|| {
            self.lists.push((title, values.to_vec()));
            self.lists.len() - 1
        });

        range(COMMUNES + rank as u16, values.len())
    }

    /// Writes the sheet and hides it.
    pub(crate) fn fill(&self, page: &mut Worksheet) -> Result<(), XlsxError> {
        let (name, text) = (styles::column_name(false), styles::text());
        page.write_string_with_format(0, 0, "Code commune", &name)?;
        page.write_string_with_format(0, 1, "Commune", &name)?;
        page.set_column_width(1, 36)?;

        for (row, (code, commune)) in (1..).zip(&self.communes) {
            page.write_string_with_format(row, 0, code, &text)?;
            page.write_string_with_format(row, 1, commune, &text)?;
        }

        for (column, (title, values)) in (COMMUNES..).zip(&self.lists) {
            page.write_string_with_format(0, column, title, &name)?;
            page.set_column_width(column, 24)?;
            for (row, value) in (1..).zip(values) {
                page.write_string_with_format(row, column, value, &text)?;
            }
        }

        page.set_freeze_panes(1, 0)?;
        page.set_hidden(true);
        Ok(())
    }
}

/// The communes that the région's buses serve, as far as the store knows.
fn served(form: &DeliveryForm<'_>) -> BTreeSet<String> {
    let Some(table) = form.contract.table("dessertes") else {
        return BTreeSet::new();
    };
    let column = table.position("code_commune");

    let rows = form.known.rows.get(&table.name).into_iter().flatten();
    rows.filter_map(|row| row.get(column?).and_then(Value::as_text).map(str::to_owned))
        .collect()
}

/// The first `count` cells of a column, below its title.
fn range(column: u16, count: usize) -> String {
    let letter = column_number_to_name(column);
    format!("={LISTS_SHEET}!${letter}$2:${letter}${}", count.max(1) + 1)
}
