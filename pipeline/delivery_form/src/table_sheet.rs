//! The sheet of one table: what each column holds, its name, and the rows, those that the store knows first.

use base::table::Value;
use chrono::NaiveTime;
use contract::{Field, Form, TableSchema};
use rust_xlsxwriter::{ExcelDateTime, Format, Worksheet, XlsxError};

use crate::DeliveryForm;
use crate::lists::Lists;
use crate::{styles, validation};

/// Row of the names of columns.
const NAMES: u32 = 1;
/// Row of the first data.
pub(crate) const FIRST_ROW: u32 = 2;
/// Last row of a sheet in Excel.
const LAST_ROW: u32 = 1_048_575;
/// Letters of a definition in the width of a column, on a line.
const LETTERS_PER_WIDTH: f64 = 1.2;

/// A table to be written.
pub(crate) struct TableSheet<'a> {
    pub(crate) form: &'a DeliveryForm<'a>,
    pub(crate) table: &'a TableSchema,
}

impl TableSheet<'_> {
    pub(crate) fn fill(&self, page: &mut Worksheet, lists: &mut Lists) -> Result<(), XlsxError> {
        let mut lines: f64 = 1.0;
        for (column, field) in (0..).zip(&self.table.fields) {
            let (style, width) = (styles::cell(field), width(field));
            page.set_column_width(column, width)?;
            // The whole column, so that a row typed or pasted anywhere has the right form.
            page.set_column_format(column, &style)?;

            let help = validation::help(field);
            lines = lines.max((help.chars().count() as f64 / (width * LETTERS_PER_WIDTH)).ceil());
            page.write_string_with_format(0, column, help, &styles::definition())?;

            let name = styles::column_name(field.constraints.required);
            page.write_string_with_format(NAMES, column, &field.name, &name)?;

            let rule = validation::of(self.form, self.table, field, lists)?;
            page.add_data_validation(FIRST_ROW, column, LAST_ROW, column, &rule)?;
            self.known(page, column, field, &style)?;
        }

        page.set_row_height(0, 12.0 * (lines + 1.0))?;
        page.set_freeze_panes(FIRST_ROW, 1)?;
        styles::printed(page);
        page.set_repeat_rows(0, NAMES)?;
        Ok(())
    }

    /// What the store knows of a column.
    fn known(
        &self,
        page: &mut Worksheet,
        column: u16,
        field: &Field,
        style: &Format,
    ) -> Result<(), XlsxError> {
        let rows = self.form.known.rows.get(&self.table.name).into_iter().flatten();
        for (row, values) in (FIRST_ROW..).zip(rows) {
            if let Some(value) = values.get(usize::from(column)) {
                write(page, (row, column), field, value, style)?;
            }
        }
        Ok(())
    }
}

/// Wide enough for the name and for most values.
fn width(field: &Field) -> f64 {
    let values = field.constraints.values.iter().flatten().map(String::as_str);
    let texts = values.chain([field.name.as_str()]).chain(field.example.as_deref());
    let longest = texts.map(|text| text.chars().count()).max().unwrap_or_default();
    (longest + 3).clamp(16, 34) as f64
}

fn write(
    page: &mut Worksheet,
    (row, column): (u32, u16),
    field: &Field,
    value: &Value,
    style: &Format,
) -> Result<(), XlsxError> {
    match value {
        Value::Null => {}
        Value::Int(number) => {
            page.write_number_with_format(row, column, *number as f64, style)?;
        }
        Value::Float(number) => {
            page.write_number_with_format(row, column, *number, style)?;
        }
        Value::Date(day) => {
            page.write_datetime_with_format(row, column, validation::excel(*day)?, style)?;
        }
        Value::Text(text) => match hour(field, text) {
            Some(hour) => {
                let hour = ExcelDateTime::parse_from_str(&hour.format("%H:%M:%S").to_string())?;
                page.write_datetime_with_format(row, column, hour, style)?;
            }
            None => {
                page.write_string_with_format(row, column, text, style)?;
            }
        },
    }
    Ok(())
}

/// The hour that a text of the store stands for, in a column of hours.
fn hour(field: &Field, text: &str) -> Option<NaiveTime> {
    let is_hour = field.extension.form == Some(Form::Heure);
    is_hour.then(|| NaiveTime::parse_from_str(text, "%H:%M").ok()).flatten()
}
