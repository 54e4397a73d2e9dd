//! The annotated workbook beside the quality note: the rows to correct, cell by cell, and what never stands in it.

use std::io::Read;
use std::path::Path;

use calamine::{Data, Reader, Xlsx, open_workbook};
use geography::Communes;
use rust_xlsxwriter::Workbook;

use crate::fixture::{BUS, End, Place, TODAY, consultations, files, has_extension};

/// A workbook with the sheets of a delivery, from CSV texts.
fn workbook(place: &Place, name: &str, sheets: &[(&str, &str)]) {
    let mut book = Workbook::new();
    for (name, text) in sheets {
        let page = book.add_worksheet().set_name(*name).unwrap();
        for (row, line) in (0..).zip(text.lines()) {
            for (column, cell) in (0..).zip(line.split(',')) {
                page.write_string(row, column, cell).unwrap();
            }
        }
    }
    book.save(place.path().join(name)).unwrap();
}

/// Consultations behind a column that the contract does not know, five of them faulty.
fn faulty_rows() -> String {
    let communes = Communes::embedded().unwrap();
    let merged = communes.successors().find(|(code, _)| code.starts_with("61")).unwrap();
    let merged = merged.0.to_owned();
    let changes = [
        (3, ",F,non,", ",Jeanne,non,"),
        (5, ",80+,", ",,"),
        (8, "61079", merged.as_str()),
        (11, "C00010", "C00009"),
        (14, "2025-03-", "2024-03-"),
    ];
    let good = consultations(240, 0);
    let rows = good.lines().enumerate().map(|(i, row)| {
        let change = changes.iter().find(|(rank, ..)| *rank == i);
        let row = change.map_or(row.to_string(), |(_, from, to)| row.replacen(from, to, 1));
        let remark = if i == 0 { "remarque" } else { "vue chez elle" };
        format!("{remark},{row}\n")
    });
    rows.collect()
}

const LIVRAISON: &str =
    "cle,valeur\nregion,28\nperiode,2025\nproducteur,ARS d'essai\nfictives,oui\n";
const ANNOTATED: &str = "c/l/classeur-annote-28-2025.xlsx";

fn check(place: &Place, rows: &str, code: i32) -> End {
    let sheets = [("livraison", LIVRAISON), ("medicobus", BUS), ("consultations", rows)];
    workbook(place, "l.xlsx", &sheets);
    place
        .medicobus(&format!("controler l.xlsx --aujourdhui {TODAY} -o c"))
        .exits(code)
}

/// The cells of a sheet, as texts.
fn cells(path: &Path, sheet: &str) -> Vec<Vec<String>> {
    let mut book: Xlsx<_> = open_workbook(path).unwrap();
    let range = book.worksheet_range(sheet).unwrap();
    let text = |cell: &Data| cell.to_string();
    range.rows().map(|row| row.iter().map(text).collect()).collect()
}

/// All XML of a workbook in one text.
pub fn all_xml(path: &Path) -> String {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut text = String::new();
    for i in 0..archive.len() {
        archive.by_index(i).unwrap().read_to_string(&mut text).unwrap();
    }
    text
}

#[test]
fn the_rows_to_correct_are_shown_cell_by_cell() {
    let place = Place::new();
    let end = check(&place, &faulty_rows(), 0).says("classeur annoté");
    // The eighth column of the contract's order, behind the remark.
    assert!(end.stderr.contains("champ sexe (colonne H), ligne 4"), "{}", end.stderr);
    let quarantine = std::fs::read_to_string(place.path().join("c/l/quarantaine.csv")).unwrap();
    let letters = quarantine.lines().filter(|line| line.contains(",sexe,"));
    assert!(letters.into_iter().all(|line| line.ends_with(",H")), "{quarantine}");

    let path = place.path().join(ANNOTATED);
    let rows = cells(&path, "Lignes consultations");
    assert_eq!(rows[0][..4], ["", "A", "B", "C"]);
    assert_eq!(rows[1][..3], ["Ligne", "(hors dictionnaire)", "id_consultation"]);
    let lines: Vec<&str> = rows[2..].iter().map(|row| row[0].as_str()).collect();
    assert_eq!(lines, ["4", "6", "9", "12", "15"]);

    // Cells as they came, but for what is refused and may name somebody, and what the contract does not know.
    let first = &rows[2];
    assert_eq!((first[1].as_str(), first[2].as_str()), ("", "C00002"));
    assert_eq!(first[8], "•••(6 caractères)");
    let xml = all_xml(&path);
    for kept_out in ["Jeanne", "chez elle"] {
        assert!(!xml.contains(kept_out), "{kept_out}");
    }

    // Comments say the rule and the advice, colours what they lead to.
    for said in [
        "Conseil : complétez la valeur",
        "supprimez la ligne en double",
        "FFFFC7CE",
        "FFFFEB9C",
    ] {
        assert!(xml.contains(said), "« {said} » is missing");
    }
    let all = cells(&path, "Tous les constats");
    let refusing = cells(&path, "Ce qui refuse");
    // A row for each finding under the heads; the ignored column and the merged commune only warn.
    assert_eq!((all.len(), refusing.len()), (1 + 6, 1 + 4), "{all:?}");
    let first_sheet = cells(&path, "À lire").concat().join(" ");
    assert!(first_sheet.contains("Il ne va qu'à qui a livré"), "{first_sheet}");
    assert!(first_sheet.contains("Données fictives"), "{first_sheet}");
}

#[test]
fn an_identity_leaves_no_annotated_workbook_not_even_an_earlier_one() {
    let place = Place::new();
    check(&place, &faulty_rows(), 0);
    assert!(place.path().join(ANNOTATED).exists());

    // The last row only: those before it were judged, and shown nowhere.
    let rows = faulty_rows().replace("C00239", "285056107912317");
    let end = check(&place, &rows, 1).says("identite");
    assert!(!end.stderr.contains("classeur annoté"), "{}", end.stderr);
    let made = files(&place.path().join("c"));
    assert!(!made.iter().any(|path| has_extension(path, "xlsx")), "{made:?}");
}

#[test]
fn a_delivery_without_a_finding_has_none_and_what_leaves_the_store_holds_none() {
    let place = Place::new();
    check(&place, &consultations(40, 0), 0);
    assert!(!place.path().join(ANNOTATED).exists());

    check(&place, &faulty_rows(), 0);
    place.medicobus(&format!("charger l.xlsx --aujourdhui {TODAY}")).exits(0);
    let of_store = files(&place.store());
    assert!(of_store.iter().any(|path| path.to_string_lossy().contains("classeur-annote")));
    place.medicobus("depot exporter sortie").exits(0);
    for file in files(&place.path().join("sortie")) {
        assert!(has_extension(&file, "parquet"), "{}", file.display());
    }
}

#[test]
fn an_annotated_workbook_is_no_delivery() {
    let place = Place::new();
    check(&place, &faulty_rows(), 0);
    place
        .medicobus(&format!("controler {ANNOTATED} --region 28 --periode 2025"))
        .exits(1)
        .says("c'est le classeur annoté d'un contrôle");
}
