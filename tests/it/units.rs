//! Amounts in another unit than the dictionary's, wherever it is said: 75 thousands are never stored as 75 €.

use rust_xlsxwriter::{Format, Note, Workbook, Worksheet};

use crate::fixture::{HEADER, Place, consultations, repository};

const HEADER_ROW: &str = "id_medicobus;annee;financeur;nature;montant\n";
const ROW: &str = "ORNE-1;2025;fir;fonctionnement;75\n";

/// A delivery with this table of funding.
fn funded(place: &Place, name: &str, text: &str) {
    let folder = place.delivery_of_one_bus(name, HEADER, &consultations(30, 0));
    std::fs::write(folder.join("financements.csv"), text).unwrap();
}

#[test]
fn a_unit_above_the_header_or_below_it_refuses_the_file() {
    let place = Place::new();
    for (text, line) in [
        (format!("Financements 2025 (en k€)\n{HEADER_ROW}{ROW}"), 1),
        (format!("Région 28\nMontants en milliers d'euros;;;;\n{HEADER_ROW}{ROW}"), 2),
        (format!("{HEADER_ROW};;;;k€\n{ROW}"), 2),
        (format!("{HEADER_ROW};;;;(en milliers)\n{ROW}"), 2),
    ] {
        funded(&place, "l", &text);
        place
            .medicobus("charger l")
            .exits(1)
            .says("autre_unite")
            .says(&format!("ligne {line}"))
            .says("« montant » en euros");
    }

    // The unit of the dictionary, and the names of things, say nothing else.
    for title in [
        "Financements 2025, montants en euros",
        "Le bus des mille étangs",
        "75 k€ au plus par projet",
    ] {
        funded(&place, "bon", &format!("{title}\n{HEADER_ROW}{ROW}"));
        place.medicobus("controler bon").exits(0);
    }
}

#[test]
fn a_unit_in_the_name_of_a_column_is_converted_before_it_is_renamed() {
    let place = Place::new();
    for (name, advice) in [
        ("Montant (centimes)", "divisez ses valeurs par 100"),
        ("Montant (k€)", "multipliez ses valeurs par 1000"),
    ] {
        funded(&place, "l", &format!("{HEADER_ROW}{ROW}").replace("montant", name));
        place.medicobus("charger l").exits(1).says(advice);
    }

    // « Montant engagé » is another column of the dictionary.
    funded(&place, "l", &format!("{HEADER_ROW}{ROW}").replace("montant", "montant_engage"));
    let told = place
        .medicobus("charger l")
        .exits(1)
        .says("s'agit-il de « engage »")
        .stderr
        .clone();
    assert!(
        !told.contains("renommez la colonne « montant_engage » en « montant »"),
        "{told}"
    );
}

#[test]
fn a_unit_that_a_cell_shows_is_read_with_its_number() {
    let place = Place::new();
    for (format, stored) in [
        ("#,##0 \"k€\"", None),
        ("0.0\" M€\"", None),
        // It divides what it shows: the cell holds euros.
        ("#,##0, \"k€\"", Some("75000")),
        ("#,##0 \"€\"", Some("75000")),
    ] {
        let folder = place.delivery_of_one_bus("l", HEADER, &consultations(30, 0));
        let mut book = Workbook::new();
        let sheet = book.add_worksheet().set_name("financements").unwrap();
        for (column, name) in HEADER_ROW.trim().split(';').enumerate() {
            sheet.write(0, u16::try_from(column).unwrap(), name).unwrap();
        }
        for (column, value) in ["ORNE-1", "2025", "fir", "fonctionnement"].iter().enumerate() {
            sheet.write(1, u16::try_from(column).unwrap(), *value).unwrap();
        }
        let shown = Format::new().set_num_format(format);
        let value = if stored.is_some() { 75_000.0 } else { 75.0 };
        sheet.write_with_format(1, 4, value, &shown).unwrap();
        book.save(folder.join("financements.xlsx")).unwrap();

        match stored {
            None => {
                place.medicobus("charger l").exits(1).says("75000 pour « 75 k€ »");
            }
            Some(amount) => {
                place.medicobus("charger l").exits(0);
                let query = "SELECT montant FROM financements";
                let told = place.run(&["sql", query, "--format", "csv", "--sans-secret"]);
                assert!(told.exits(0).stdout.contains(amount), "{format}");
            }
        }
    }
}

#[test]
fn a_unit_in_the_name_of_a_file_refuses_it() {
    let place = Place::new();
    for (name, accepted) in [
        ("financements_k€.csv", false),
        ("financements (en milliers d'euros).csv", false),
        ("financements en euros.csv", true),
        ("financements du bus des mille étangs.csv", true),
    ] {
        let folder = place.delivery_of_one_bus("l", HEADER, &consultations(30, 0));
        std::fs::write(folder.join(name), format!("{HEADER_ROW}{ROW}")).unwrap();
        let told = place.medicobus("controler l");
        match accepted {
            true => told.exits(0),
            false => told.exits(1).says("autre_unite").says("retirez l'unité de ce nom"),
        };
        std::fs::remove_dir_all(folder).unwrap();
    }
}

#[test]
fn a_unit_beside_the_cells_of_a_sheet_refuses_it() {
    type Write = fn(&mut Worksheet);
    let cases: [(Write, Option<&str>); 7] = [
        (|s| _ = s.set_header("&CMontants en milliers d’euros"), Some("pied de page")),
        (|s| _ = s.set_footer("&L&10(en k€)&RPage &P"), Some("pied de page")),
        (|s| _ = s.insert_note(0, 4, &Note::new("en k€")).unwrap(), Some("(cellule E1)")),
        (
            |s| _ = s.insert_note(0, 0, &Note::new("Montants x 1 000")).unwrap(),
            Some("(cellule A1)"),
        ),
        // The unit of the dictionary, a word on a row, a page as pages are.
        (|s| _ = s.insert_note(0, 4, &Note::new("en euros")).unwrap(), None),
        (|s| _ = s.insert_note(1, 4, &Note::new("en k€, l'an passé")).unwrap(), None),
        (|s| _ = s.set_header("&LRégion 28&RPage &P sur &N"), None),
    ];
    for (beside, told) in cases {
        let place = Place::new();
        let folder = place.delivery_of_one_bus("l", HEADER, &consultations(30, 0));
        let mut book = Workbook::new();
        let sheet = book.add_worksheet().set_name("financements").unwrap();
        for (row, line) in [HEADER_ROW, ROW].iter().enumerate() {
            for (column, cell) in line.trim().split(';').enumerate() {
                let (row, column) = (row as u32, column as u16);
                match cell.parse::<f64>() {
                    Ok(number) => sheet.write(row, column, number).unwrap(),
                    Err(_) => sheet.write(row, column, cell).unwrap(),
                };
            }
        }
        beside(sheet);
        book.save(folder.join("financements.xlsx")).unwrap();

        let end = place.medicobus("controler l");
        match told {
            Some(place) => end.exits(1).says("autre_unite").says(place),
            None => end.exits(0),
        };
    }
}

#[test]
fn old_and_free_workbooks_are_judged_as_the_others() {
    for (name, told) in [
        ("financements_unite.xls", "« 75 k€ »"),
        ("financements_page.xls", "pied de page"),
        (
            "financements_formule.xls",
            "la cellule E2 contient une formule sans son résultat",
        ),
        ("financements_note.xls", "(cellule E1)"),
        ("financements_page.ods", "pied de page"),
        ("financements_note.ods", "(cellule E1)"),
    ] {
        let place = Place::new();
        let folder = place.delivery_of_one_bus("l", HEADER, &consultations(30, 0));
        let workbook = repository().join("tests/fixtures/classeurs").join(name);
        std::fs::copy(workbook, folder.join(name)).unwrap();
        place.medicobus("controler l").exits(1).says(told);
    }
}
