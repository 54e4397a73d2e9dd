//! Rows that would be lost, doubled or moved without a word: swallowed by a quote, set apart by a name, merged, replaced by a part.

use rust_xlsxwriter::{Format, Formula, Workbook};

use crate::fixture::{BUS, HEADER, Place, consultations};

fn refused(place: &Place, said: &[&str]) {
    let mut told = place.medicobus("charger l").exits(1);
    for words in said {
        told = told.says(words);
    }
}

#[test]
fn a_quote_that_is_not_closed_swallows_no_row() {
    let place = Place::new();
    let rows = consultations(30, 0);
    let mut lines: Vec<String> = rows.lines().map(str::to_owned).collect();
    lines[5] = lines[5].replace("presentiel", "\"presentiel");
    lines[9] = lines[9].replace("presentiel", "presentiel\"");
    place.delivery_of_one_bus("l", HEADER, &(lines.join("\n") + "\n"));
    refused(&place, &["guillemet qui n'est pas refermé", "doublez-le"]);

    // A text of several lines is one.
    let named = BUS.replace("Médicobus d'essai", "\"Médicobus\nd'essai\"");
    place.delivery(
        "l",
        &[
            ("livraison.toml", HEADER),
            ("medicobus.csv", &named),
            ("consultations.csv", &rows),
        ],
    );
    let told = place.medicobus("charger l");
    assert!(!format!("{}{}", told.stdout, told.stderr).contains("guillemet"));
}

#[test]
fn line_ends_of_two_kinds_make_no_long_row() {
    let place = Place::new();
    let rows = consultations(30, 0);
    let at = rows.match_indices('\n').nth(12).unwrap().0 + 1;
    let mixed = format!("{}{}", &rows[..at], rows[at..].replace('\n', "\r"));
    place.delivery_of_one_bus("l", HEADER, &mixed);
    refused(&place, &["fins de ligne de ce fichier sont mêlées"]);
}

#[test]
fn files_set_apart_by_their_names_do_not_count() {
    let place = Place::new();
    for other in [
        "consultations annulées.csv",
        "consultations_old.csv",
        "archives/consultations.csv",
        "consultations v2.csv",
    ] {
        place.delivery_of_one_bus("l", HEADER, &consultations(30, 0));
        place.write(&format!("l/{other}"), &consultations(30, 0).replace("C0", "D0"));
        refused(
            &place,
            &["plusieurs fichiers ou feuilles donnent la table consultations", "retirez-le"],
        );
        std::fs::remove_dir_all(place.path().join("l")).unwrap();
    }

    // A file for each bus, or for each part of the year, is as before.
    place.delivery_of_one_bus("l", HEADER, &consultations(30, 0));
    place.write("l/consultations_2.csv", &consultations(30, 0).replace("C0", "D0"));
    place.medicobus("charger l").exits(0);
}

#[test]
fn exports_put_behind_one_another_are_told_by_their_headers() {
    let place = Place::new();
    let rows = consultations(60, 0);
    let (header, body) = rows.split_once('\n').unwrap();
    let (one, two) = body.split_at(body.match_indices('\n').nth(29).unwrap().0 + 1);

    place.delivery_of_one_bus("l", HEADER, &format!("{header}\n{one}{header}\n{two}"));
    place
        .medicobus("charger l")
        .exits(0)
        .says("l'en-tête est répété au milieu des lignes")
        .says("ligne 32");

    let swapped = header.replace("sexe,ald", "ald,sexe");
    place.delivery_of_one_bus("l", HEADER, &format!("{header}\n{one}{swapped}\n{two}"));
    refused(&place, &["un second en-tête donne d'autres colonnes", "dans le même ordre"]);
}

/// A workbook of one sheet with these rows; `fill` writes the rest.
fn workbook(
    place: &Place,
    sheet: &str,
    header: &str,
    fill: impl Fn(&mut rust_xlsxwriter::Worksheet),
) {
    let folder = place.delivery_of_one_bus("l", HEADER, &consultations(30, 0));
    let mut book = Workbook::new();
    let page = book.add_worksheet().set_name(sheet).unwrap();
    for (column, name) in header.split(',').enumerate() {
        page.write(0, u16::try_from(column).unwrap(), name).unwrap();
    }
    fill(page);
    book.save(folder.join(format!("{sheet}.xlsx"))).unwrap();
}

#[test]
fn merged_cells_and_formulas_that_were_never_computed_are_refused() {
    let place = Place::new();
    let header = "id_medicobus,annee,financeur,nature,montant";
    let row = |page: &mut rust_xlsxwriter::Worksheet, at: u32, financeur: &str| {
        for (column, value) in ["ORNE-1", "2025", financeur, "fonctionnement"].iter().enumerate() {
            page.write(at, u16::try_from(column).unwrap(), *value).unwrap();
        }
    };

    workbook(&place, "financements", header, |page| {
        row(page, 1, "fir");
        row(page, 2, "region");
        page.merge_range(1, 4, 2, 4, "75000", &Format::new()).unwrap();
    });
    refused(&place, &["E2 à E3 sont fusionnées", "défusionnez"]);

    workbook(&place, "financements", header, |page| {
        row(page, 1, "fir");
        page.write_formula(1, 4, Formula::new("=50000+25000")).unwrap();
    });
    refused(&place, &["cellule E2 contient une formule sans son résultat"]);
}

#[test]
fn days_that_a_spreadsheet_read_as_american_are_refused() {
    let place = Place::new();
    let header = "code_commune,date,type,etp";
    let day = Format::new().set_num_format("dd/mm/yyyy");
    workbook(&place, "offre", header, |page| {
        for (at, serial) in [45_720, 45_751, 45_781].iter().enumerate() {
            let at = u32::try_from(at).unwrap() + 1;
            page.write(at, 0, "61079").unwrap();
            // 4 March, 4 April and 4 May stand for 3 April, 4 April and 5 April.
            page.write_with_format(at, 1, *serial, &day).unwrap();
            page.write(at, 2, "installation_mg").unwrap();
            page.write(at, 3, 0.5).unwrap();
        }
        page.write(4, 0, "61006").unwrap();
        page.write(4, 1, "14/03/2025").unwrap();
        page.write(4, 2, "installation_mg").unwrap();
        page.write(4, 3, 0.5).unwrap();
    });
    refused(&place, &["à l'américaine", "jour-mois-année"]);
}

#[test]
fn a_part_does_not_replace_the_whole() {
    let place = Place::new();
    let monthly = |month: &str| HEADER.replace("\"2025\"", &format!("\"2025-{month}\""));
    let served = "id_medicobus,code_commune,date_debut\nORNE-1,61079,2024-01-15\nORNE-1,61006,2024-01-15\nORNE-1,61001,2024-01-15\n";
    place.delivery_of_one_bus("l", &monthly("03"), &consultations(30, 0));
    place.write("l/dessertes.csv", served);
    place.medicobus("charger l").exits(0);

    // April brings what is new alone.
    let april = consultations(30, 0).replace("2025-03", "2025-04");
    place.delivery_of_one_bus("l", &monthly("04"), &april);
    place.write(
        "l/dessertes.csv",
        "id_medicobus,code_commune,date_debut\nORNE-1,61002,2025-04-01\n",
    );
    refused(
        &place,
        &["dessertes n'a plus que 1 ligne au lieu de 3", "--remplacer-partiellement"],
    );

    // Another bus under the same period takes the first one's place.
    place.delivery_of_one_bus(
        "l",
        &monthly("03"),
        &consultations(30, 0).replace("ORNE-1", "ORNE-2"),
    );
    place.write("l/medicobus.csv", &BUS.replace("ORNE-1", "ORNE-2"));
    place.write("l/dessertes.csv", &served.replace("ORNE-1", "ORNE-2"));
    refused(&place, &["ne donne plus id_medicobus ORNE-1"]);

    // A month after the other under one year.
    let year = Place::new();
    year.delivery_of_one_bus("l", HEADER, &consultations(30, 0));
    year.medicobus("charger l").exits(0);
    year.delivery_of_one_bus("l", HEADER, &april);
    refused(&year, &["consultations de 2025-03 (30 lignes au dépôt, 0"]);
}

#[test]
fn a_zoning_by_departement_does_not_replace_another_one() {
    let place = Place::new();
    place.write("orne/zonage_2025.csv", "code_commune;zonage_mg\n61079;ZIP\n61006;ZAC\n");
    place.write("manche/zonage_2025.csv", "code_commune;zonage_mg\n50502;ZIP\n50129;ZAC\n");
    place.medicobus("referentiel orne/zonage_2025.csv").exits(0);
    place
        .medicobus("referentiel manche/zonage_2025.csv")
        .exits(1)
        .says("donne aussi le département 61")
        .says("réunissez");
    place
        .medicobus("referentiel manche/zonage_2025.csv --remplacer-partiellement")
        .exits(0);
}
