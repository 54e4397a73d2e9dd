//! The sheet that the tables share that have none of their own: one after the other, none cut by the end of a page if it fits on one.

use rust_xlsxwriter::{Url, Worksheet, XlsxError};

use super::lines::LINE;
use super::names::{DETAIL, README};
use super::sheet::{TablePage, set_paper};
use super::{marks, title_style, warning_style};

/// Widest column: tables of many shapes stand in the same ones.
const WIDEST: f64 = 34.0;
/// Characters across a landscape page at full size, and points from its top to its foot.
const ACROSS: f64 = 140.0;
const DOWN: f64 = 510.0;

/// Fills the sheet.
pub(super) fn fill(page: &mut Worksheet, tables: &[TablePage<'_>]) -> Result<(), XlsxError> {
    let mut widths: Vec<f64> = Vec::new();
    for table in tables {
        for (at, width) in table.subject.grid.widths().into_iter().enumerate() {
            if at == widths.len() {
                widths.push(0.0);
            }
            widths[at] = widths[at].max(width.min(WIDEST));
        }
    }
    for (column, width) in (0..).zip(&widths) {
        page.set_column_width(column, *width)?;
    }

    heading(page, tables)?;
    // Excel breaks a page where it is told only if the scale is given, too.
    let across: f64 = widths.iter().sum();
    let scale = (ACROSS / across).clamp(0.4, 1.0);
    let room = DOWN / scale - 3.0 * LINE;

    let mut breaks = Vec::new();
    let mut used = 0.0;
    for table in tables {
        let points = table.write(page, &widths)?;
        if used > 0.0 && used + points > room {
            breaks.push(table.place.row);
            used = 0.0;
        }
        used = (used + points + LINE) % room;
    }

    page.set_page_breaks(&breaks)?;
    set_paper(page, &marks_of(tables)).set_print_scale((100.0 * scale) as u16);
    Ok(())
}

fn marks_of(tables: &[TablePage<'_>]) -> String {
    let publishable = tables.iter().all(|table| table.subject.table.publishable());
    marks(publishable, tables.first().and_then(|table| table.readme))
}

/// What stays in view and comes again on each page: what the sheet is, its marks, the way back.
fn heading(page: &mut Worksheet, tables: &[TablePage<'_>]) -> Result<(), XlsxError> {
    let title = format!("{DETAIL} : {} tableaux, dans l’ordre de « {README} »", tables.len());
    page.write_string_with_format(0, 0, title, &title_style())?;

    page.write_string_with_format(1, 0, marks_of(tables), &warning_style())?;
    page.write_url(1, 3, Url::new(format!("internal:'{README}'!A1")).set_text(README))?;

    page.set_freeze_panes(2, 0)?;
    page.set_repeat_rows(0, 1)?;
    Ok(())
}
