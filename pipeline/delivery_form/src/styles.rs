//! Looks of the cells.

use contract::{Field, FieldType, Form};
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Worksheet};

/// Excel's number for the paper.
const A4: u8 = 9;
/// Points of a line of text.
const LINE: f64 = 15.0;

/// Height of a row that shows these texts whole, each in a column of that width: a spreadsheet does not always find it by itself.
pub(crate) fn row_height<'t>(cells: impl IntoIterator<Item = (&'t str, f64)>) -> f64 {
    let lines = cells
        .into_iter()
        .map(|(text, width)| (text.chars().count() as f64 / width).ceil());
    LINE * lines.fold(1.0, f64::max)
}

/// Prints a sheet on A4, across, as wide as one page.
pub(crate) fn printed(page: &mut Worksheet) {
    page.set_landscape().set_paper_size(A4).set_print_fit_to_pages(1, 0);
}

/// Title of a sheet.
pub(crate) fn title() -> Format {
    Format::new().set_bold().set_font_size(14).set_font_color("#000091")
}

/// Heading of a part of a sheet.
pub(crate) fn heading() -> Format {
    Format::new().set_bold().set_font_color("#000091")
}

/// A sentence on as many lines as it takes.
pub(crate) fn wrapped() -> Format {
    Format::new().set_text_wrap().set_align(FormatAlign::Top)
}

/// A link to a sheet.
pub(crate) fn link() -> Format {
    Format::new().set_hyperlink().set_align(FormatAlign::Top)
}

/// What a column holds, above its name.
pub(crate) fn definition() -> Format {
    wrapped().set_font_size(8).set_font_color("#3A3A3A")
}

/// Name of a column; those that must be filled are dark.
pub(crate) fn column_name(required: bool) -> Format {
    let style = Format::new().set_bold().set_border_bottom(FormatBorder::Thin);
    match required {
        true => style.set_background_color("#000091").set_font_color("#FFFFFF"),
        false => style.set_background_color("#E3E3FD").set_font_color("#161616"),
    }
}

/// Codes and words stay as typed: no zero is lost, no `1-2` becomes a date.
pub(crate) fn text() -> Format {
    Format::new().set_num_format("@")
}

/// How the cells of a column show their values.
pub(crate) fn cell(field: &Field) -> Format {
    let style = Format::new();
    match (field.kind, field.extension.form) {
        (FieldType::Date, _) => style.set_num_format("dd/mm/yyyy"),
        (FieldType::Integer, _) => style.set_num_format("0"),
        (FieldType::Number, _) => match field.extension.scale.unwrap_or_default() {
            0 => style.set_num_format("#,##0"),
            1 => style.set_num_format("#,##0.0"),
            _ => style.set_num_format("#,##0.00"),
        },
        (FieldType::String, Some(Form::Heure)) => style.set_num_format("hh:mm"),
        (FieldType::String, _) => text(),
    }
}
