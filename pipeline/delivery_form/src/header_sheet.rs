//! The sheet `livraison`: whose delivery it is, in two columns that the reader takes, and a third that explains.

use contract::HEADER_KEYS;
use rust_xlsxwriter::{DataValidation, Formula, Worksheet, XlsxError};

use crate::DeliveryForm;
use crate::lists::Lists;
use crate::styles;

/// Width of the column that explains.
const DESCRIPTION: f64 = 90.0;

/// Writes the keys with what is known of them.
pub(crate) fn fill(
    page: &mut Worksheet,
    form: &DeliveryForm<'_>,
    lists: &mut Lists,
) -> Result<(), XlsxError> {
    let producer = form.known.producteur.as_deref().unwrap_or_default();
    let made_up = if form.known.fictives { "oui" } else { "non" };
    let known = |key: &str| match key {
        "region" => form.region,
        "periode" => form.period.text.as_str(),
        "producteur" => producer,
        "fictives" => made_up,
        _ => "",
    };

    for (column, (title, width)) in
        (0..).zip([("Clé", 14.0), ("Valeur", 30.0), ("Ce qu'il faut écrire", DESCRIPTION)])
    {
        page.set_column_width(column, width)?;
        page.write_string_with_format(0, column, title, &styles::column_name(false))?;
    }

    let text = styles::text();
    page.set_column_format(1, &text)?;
    for (row, key) in (1..).zip(HEADER_KEYS) {
        let name = styles::column_name(key.required);
        page.write_string_with_format(row, 0, key.name, &name)?;
        page.write_string_with_format(row, 1, known(key.name), &text)?;
        page.write_string_with_format(row, 2, key.description, &styles::wrapped())?;
        page.set_row_height(row, styles::row_height([(key.description, DESCRIPTION)]))?;
    }

    let yes_no = lists.range("livraison.fictives".into(), &["oui".into(), "non".into()]);
    let rule = DataValidation::new()
        .allow_list_formula(Formula::new(yes_no))
        .set_error_title("Valeur hors liste")?
        .set_error_message("Choisissez oui ou non.")?;
    // The last key.
    let last = HEADER_KEYS.len() as u32;
    page.add_data_validation(last, 1, last, 1, &rule)?;

    page.set_freeze_panes(1, 0)?;
    styles::printed(page);
    Ok(())
}
