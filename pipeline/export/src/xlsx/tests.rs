//! Workbooks read back as a reader's program does.

use calamine::{Data, Range, Reader, Xlsx};

use base::table::Value;

use super::fixture::{gated, table};
use super::*;

fn readme() -> Readme {
    Readme {
        title: "Évaluation".into(),
        facts: vec![("Années".into(), "2024 à 2026".into())],
        made_up: true,
        draft: true,
        notes: vec!["n.c. : non communicable".into()],
    }
}

fn sheet(bytes: &[u8], name: &str) -> Range<Data> {
    Xlsx::new(Cursor::new(bytes)).unwrap().worksheet_range(name).unwrap()
}

fn row(sheet: &Range<Data>, at: usize) -> Vec<String> {
    sheet
        .rows()
        .nth(at)
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .take_while(|t| !t.is_empty())
        .collect()
}

#[test]
fn a_wide_row_stands_on_its_side_with_a_column_per_year() {
    let [old, new] =
        [2024, 2025].map(|year| gated(&[("61", "Orne", year, i64::from(year) - 2000)]));
    let sheets = [
        TableSheet { key: "exemple", table: &new },
        TableSheet { key: "exemple/2024", table: &old },
    ];

    let read = sheet(&document(&readme(), &sheets).unwrap(), "Exemple");
    assert_eq!(row(&read, 3), ["Indicateur", "2024", "2025"]);
    assert_eq!(row(&read, 4), ["Code", "61", "61"]);
    assert_eq!(row(&read, 6), ["Figure 1", "24", "25"]);

    // The same answer as data keeps its rows.
    let read = sheet(&workbook(&[&new]).unwrap(), "Exemple");
    assert_eq!(row(&read, 3)[..4], ["Année", "Code", "Zone", "Figure 1"]);
    assert_eq!(row(&read, 4)[..4], ["2025", "61", "Orne", "25"]);
}

#[test]
fn a_name_bears_the_heading_and_its_code_stands_at_the_end() {
    let columns = [
        ("periode", "Période", "periode"),
        ("public", "Public", "categorie"),
        ("nom_public", "Public", "libelle"),
        ("desserte", "Desserte", "categorie"),
        ("effet", "Effet", "ouvert"),
        ("bas", "IC, bas", "ouvert"),
        ("part", "Part", "ouvert"),
        ("bas_part", "IC, bas", "ouvert"),
    ];
    let texts = ["2025-T4", "ald_sans_mt", "En ALD, c'est dit", "non_desservi"].map(Value::from);
    let rows = vec![texts.into_iter().chain([1, 2, 3, 4].map(Value::Int)).collect()];
    let one = table(&columns, rows);

    let sheets = [TableSheet { key: "exemple", table: &one }];
    let read = sheet(&document(&readme(), &sheets).unwrap(), "Exemple");
    let heads = ["Période", "Public", "Desserte", "Effet", "IC, bas", "Part", "IC, bas (Part)"];
    assert_eq!(row(&read, 3), [&heads[..], &["Public (code)"]].concat());
    let said = [
        "4e trimestre 2025",
        "En ALD, c’est dit",
        "Autres territoires",
        "1",
        "2",
        "3",
        "4",
    ];
    assert_eq!(row(&read, 4), [&said[..], &["ald_sans_mt"]].concat());
}

#[test]
fn many_tables_share_a_last_sheet_and_empty_ones_say_so() {
    let (one, none) = (gated(&[("61", "Orne", 2025, 1)]), gated(&[]));
    let keys: Vec<String> = (0..30).map(|n| format!("exemple{n}x")).collect();
    let sheets: Vec<TableSheet<'_>> = keys
        .iter()
        .enumerate()
        .map(|(n, key)| TableSheet {
            key,
            table: if n == 0 { &none } else { &one },
        })
        .collect();

    let bytes = document(&readme(), &sheets).unwrap();
    let names = Xlsx::new(Cursor::new(&bytes)).unwrap().sheet_names();
    assert_eq!((names.len(), names[14].as_str()), (SHEETS, DETAIL));
    assert_eq!(row(&sheet(&bytes, &names[1]), 4), ["aucune ligne"]);
    assert_eq!(
        row(&sheet(&bytes, DETAIL), 0),
        ["Détail : 17 tableaux, dans l’ordre de « Lisez-moi »"]
    );
    assert_eq!(fact(&bytes, "Années").as_deref(), Some("2024 à 2026"));
}
