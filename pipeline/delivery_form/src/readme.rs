//! The first sheet: how to fill the workbook, which sheet holds what, and what was paid the year before.

use base::french::number;
use rust_xlsxwriter::{Url, Worksheet, XlsxError};

use crate::styles;
use crate::{DeliveryForm, FundingSource};

/// How to fill the workbook, in order.
const STEPS: [&str; 7] = [
    "1. Feuille livraison : vérifiez la région et la période, dites quel service envoie.",
    "2. Une feuille par table. La première ligne dit ce que contient chaque colonne, la deuxième porte les noms : n'y touchez pas. Les données commencent à la troisième.",
    "3. Les listes déroulantes donnent les valeurs admises ; un message dit ce que chaque cellule attend. Les codes sont en texte : leurs zéros de tête restent.",
    "4. Une feuille sans objet reste sans ligne. Une colonne facultative peut rester vide ; aucune ligne vide entre deux lignes remplies.",
    "5. Ce qui est déjà rempli vient du dépôt : complétez et corrigez. Les feuilles medicobus et dessertes donnent toujours la liste entière, projets terminés compris.",
    "6. Aucune donnée d'identité : ni nom de patient ou de praticien, ni date de naissance, ni adresse, ni téléphone, ni NIR, ni RPPS. Une seule refuse toute la livraison.",
    "7. Avant l'envoi : « medicobus controler » suivi du nom du fichier. Le classeur se charge tel quel.",
];

/// Letters on a line of what a row is.
const LETTERS: usize = 85;

/// Writes the sheet.
pub(crate) fn fill(page: &mut Worksheet, form: &DeliveryForm<'_>) -> Result<(), XlsxError> {
    for (column, width) in (0..).zip([24.0, 46.0, 80.0, 14.0, 14.0]) {
        page.set_column_width(column, width)?;
    }
    let title = format!("Livraison médicobus : {}, {}", form.region_name(), form.period.text);
    page.write_string_with_format(0, 0, title, &styles::title())?;

    let mut row = 2;
    for step in STEPS {
        page.merge_range(row, 0, row, 2, step, &styles::wrapped())?;
        page.set_row_height(row, if step.chars().count() > 150 { 30 } else { 15 })?;
        row += 1;
    }

    styles::printed(page);
    row = legend(page, row + 1)?;
    row = sheets(page, form, row + 1)?;
    if !form.known.earlier_funding.is_empty() {
        reminder(page, &form.known.earlier_funding, row + 1)?;
    }
    Ok(())
}

/// What the colours say; the definitions above the columns say it in words.
fn legend(page: &mut Worksheet, row: u32) -> Result<u32, XlsxError> {
    for (row, (required, text)) in
        (row..).zip([(true, "colonne obligatoire"), (false, "colonne facultative")])
    {
        page.write_string_with_format(row, 0, text, &styles::column_name(required))?;
    }
    Ok(row + 2)
}

/// A line per sheet, with a link.
fn sheets(page: &mut Worksheet, form: &DeliveryForm<'_>, row: u32) -> Result<u32, XlsxError> {
    let titles = ["Feuille", "Table", "Une ligne", "Colonnes", "Déjà remplies"];
    for (column, title) in (0..).zip(titles) {
        page.write_string_with_format(row, column, title, &styles::column_name(false))?;
    }

    let mut row = row + 1;
    for table in form.contract.tables() {
        let known = form.known.rows.get(&table.name).map_or(0, Vec::len);
        let link = Url::new(format!("internal:'{}'!A1", table.name)).set_text(&table.name);
        page.write_url_with_format(row, 0, link, &styles::link())?;
        page.write_string_with_format(row, 1, &table.title, &styles::wrapped())?;
        page.write_string_with_format(row, 2, &table.description, &styles::wrapped())?;
        page.write_number_with_format(row, 3, table.fields.len() as f64, &styles::wrapped())?;
        page.write_number_with_format(row, 4, known as f64, &styles::wrapped())?;

        let lines = table.description.chars().count().div_ceil(LETTERS);
        page.set_row_height(row, 15.0 * lines as f64)?;
        row += 1;
    }
    Ok(row)
}

/// Funding of the year before: the sources are often the same, the amounts must be given anew.
fn reminder(page: &mut Worksheet, sources: &[FundingSource], row: u32) -> Result<(), XlsxError> {
    let text = "Pour rappel, les financements de la dernière année connue : reportez dans la feuille financements ceux de la période, avec leurs montants.";
    page.write_string_with_format(row, 0, text, &styles::heading())?;

    for (column, title) in
        (0..).zip(["Projet", "Qui finance", "Pour quoi, en quelle année, combien"])
    {
        page.write_string_with_format(row + 1, column, title, &styles::column_name(false))?;
    }
    for (row, source) in (row + 2..).zip(sources) {
        page.write_string(row, 0, &source.medicobus)?;
        page.write_string(row, 1, &source.financeur)?;
        let paid = format!("{}, {}, {} €", source.nature, source.annee, number(source.montant, 0));
        page.write_string(row, 2, paid)?;
    }
    Ok(())
}
