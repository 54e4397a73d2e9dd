//! The first sheet: what the workbook is, how it is read, where each table stands.

use rust_xlsxwriter::{Format as Style, FormatAlign, Url, Worksheet, XlsxError};

use base::french::typography;

use super::lines::{LINE, lines};
use super::names::Place;
use super::sheet::{sentence, set_paper};
use super::subjects::Subject;
use super::{Readme, header_style, marks, title_style, warning_style};

/// Characters of its columns: sheet, table, definition.
const WIDTHS: [f64; 3] = [34.0, 46.0, 80.0];

/// Fills the sheet.
pub(super) fn fill(
    page: &mut Worksheet,
    readme: &Readme,
    subjects: &[Subject],
    places: &[Place],
) -> Result<(), XlsxError> {
    for (column, width) in (0..).zip(WIDTHS) {
        page.set_column_width(column, width)?;
    }

    page.write_string_with_format(0, 0, typography(&readme.title), &title_style())?;
    let publishable = subjects.iter().all(|s| s.table.publishable());
    page.write_string_with_format(1, 0, marks(publishable, Some(readme)), &warning_style())?;

    let bold = Style::new().set_bold();
    let mut row = 2;
    for (name, value) in &readme.facts {
        page.write_string_with_format(row, 0, name, &bold)?;
        page.write_string(row, 1, value)?;
        row += 1;
    }
    for note in &readme.notes {
        sentence(page, row, 3, WIDTHS.iter().sum(), &typography(note))?;
        row += 1;
    }

    contents(page, row + 1, subjects, places)?;
    page.set_repeat_rows(row + 1, row + 1)?;
    set_paper(page, &marks(publishable, Some(readme))).set_print_fit_to_pages(1, 0);
    Ok(())
}

/// Each table with its sheet and its definition.
fn contents(
    page: &mut Worksheet,
    top: u32,
    subjects: &[Subject],
    places: &[Place],
) -> Result<(), XlsxError> {
    for (column, head) in (0..).zip(["Feuille", "Tableau", "Définition"]) {
        page.write_string_with_format(top, column, head, &header_style())?;
    }

    let wrapped = Style::new().set_text_wrap().set_align(FormatAlign::Top);
    for ((row, subject), place) in (top + 1..).zip(subjects).zip(places) {
        let target = format!("internal:'{}'!A{}", place.name, place.row + 1);
        let link = Style::new().set_align(FormatAlign::Top).set_hyperlink();
        page.write_url_with_format(row, 0, Url::new(target).set_text(&place.name), &link)?;

        let heading = subject.heading();
        let definition = typography(&subject.table.definition().definition);
        let most = lines(&heading, WIDTHS[1]).max(lines(&definition, WIDTHS[2]));
        page.write_string_with_format(row, 1, heading, &wrapped)?;
        page.write_string_with_format(row, 2, definition, &wrapped)?;
        page.set_row_height(row, LINE * most as f64)?;
    }
    Ok(())
}
