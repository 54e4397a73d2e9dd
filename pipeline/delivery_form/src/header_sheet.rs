//! The sheet `livraison`: whose delivery it is, in two columns that the reader takes, and a third that explains.

use rust_xlsxwriter::{DataValidation, Formula, Worksheet, XlsxError};

use crate::DeliveryForm;
use crate::lists::Lists;
use crate::styles;

/// Writes the keys with what is known of them.
pub(crate) fn fill(
    page: &mut Worksheet,
    form: &DeliveryForm<'_>,
    lists: &mut Lists,
) -> Result<(), XlsxError> {
    let producer = form.known.producteur.as_deref().unwrap_or_default();
    let made_up = if form.known.fictives { "oui" } else { "non" };
    let keys = [
        ("region", form.region, true, "Code Insee de la région qui livre."),
        (
            "periode",
            form.period.text.as_str(),
            true,
            "Période livrée : 2026, 2026-S1, 2026-T1 ou 2026-03.",
        ),
        (
            "producteur",
            producer,
            false,
            "Service qui envoie la livraison ; jamais le nom d'une personne.",
        ),
        (
            "motif",
            "",
            false,
            "Pourquoi cette livraison en remplace une autre, s'il y en a une.",
        ),
        ("fictives", made_up, false, "oui si les données sont inventées, pour un essai."),
    ];

    for (column, (title, width)) in
        (0..).zip([("Clé", 14.0), ("Valeur", 30.0), ("Ce qu'il faut écrire", 70.0)])
    {
        page.set_column_width(column, width)?;
        page.write_string_with_format(0, column, title, &styles::column_name(false))?;
    }

    let text = styles::text();
    page.set_column_format(1, &text)?;
    for (row, (key, value, required, help)) in (1..).zip(keys) {
        page.write_string_with_format(row, 0, key, &styles::column_name(required))?;
        page.write_string_with_format(row, 1, value, &text)?;
        page.write_string_with_format(row, 2, help, &styles::wrapped())?;
    }

    let yes_no = lists.range("livraison.fictives".into(), &["oui".into(), "non".into()]);
    let rule = DataValidation::new()
        .allow_list_formula(Formula::new(yes_no))
        .set_error_title("Valeur hors liste")?
        .set_error_message("Choisissez oui ou non.")?;
    let last = keys.len() as u32;
    page.add_data_validation(last, 1, last, 1, &rule)?;

    page.set_freeze_panes(1, 0)?;
    page.set_landscape();
    page.set_print_fit_to_pages(1, 0);
    Ok(())
}
