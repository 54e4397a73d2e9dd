//! Days as a spreadsheet's numbers, and cells that a spreadsheet computes: the right value or a refusal.

use super::values::{ISO_BUS, days_of, offer, sheet};
use super::*;
use crate::rows::values;

/// The bytes of a workbook whose sheet is rewritten.
fn with_sheet(bytes: Vec<u8>, part: &str, rewrite: impl Fn(&str) -> String) -> Vec<u8> {
    let mut from = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut to = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for i in 0..from.len() {
        let mut entry = from.by_index(i).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut text).unwrap();
        if name == part {
            text = rewrite(&String::from_utf8(text).unwrap()).into_bytes();
        }
        to.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        to.write_all(&text).unwrap();
    }
    to.finish().unwrap().into_inner()
}

#[test]
fn serials_of_a_workbook_that_counts_from_1904_are_its_days() {
    let table = "code_commune,date,type,etp\n61006,44258,installation_mg,1\n";
    let bytes = sheet("offre", table).save_to_buffer().unwrap();

    // The writer has no such option: the flag is set in its workbook.xml.
    let bytes = with_sheet(bytes, "xl/workbook.xml", |xml| {
        assert!(xml.contains("<workbookPr "));
        xml.replace("<workbookPr ", "<workbookPr date1904=\"1\" ")
    });
    let seen = Case::new().file("offre.xlsx", &bytes).check();
    assert_eq!(days_of(&seen, "offre", "date"), ["2025-03-04"]);
}

#[test]
fn a_sheet_that_counts_from_1904_in_another_workbook_is_refused() {
    let table = |first: i32| {
        let rows = (0..4).map(|i| format!("61006,{},installation_mg,1\n", first + i));
        format!("code_commune,date,type,etp\n{}", rows.collect::<String>())
    };
    let checked = |first: i32| {
        let bytes = sheet("offre", &table(first)).save_to_buffer().unwrap();
        Case::new().file("offre.xlsx", &bytes).check()
    };
    assert_eq!(checked(45_720).rules(), []);

    let seen = checked(45_720 - 1462);
    assert!(!seen.accepted());
    let told = seen.findings.iter().find(|f| f.rule == Rule::DatesAmbigues).unwrap();
    assert!(told.message.contains("1904") && told.hint.contains("1462"), "{told:?}");

    // Of another year altogether: each row says so.
    let seen = checked(45_720 - 365);
    assert!(seen.rules().iter().all(|(rule, _)| *rule != "dates_ambigues"));
}

#[test]
fn numbers_of_days_of_one_file_count_from_one_day_zero() {
    let shifted = |day: &str| {
        let day: NaiveDate = day.parse().unwrap();
        (values::epoch_days(day) + 25_569 - 1462).to_string()
    };
    let of = |held: &[&str], from: &str, zero: i32| {
        let served = format!("id_medicobus,code_commune,date_debut\n28-orne-01,61006,{from}\n");
        let number = |day: &&str| {
            let day: NaiveDate = day.parse().unwrap();
            (values::epoch_days(day) + 25_569 - zero).to_string()
        };
        let held: Vec<String> = held.iter().map(number).collect();
        let held: Vec<&str> = held.iter().map(String::as_str).collect();
        let workbook = sheet("dessertes", &served).save_to_buffer().unwrap();
        Case::new()
            .file("medicobus.csv", ISO_BUS.as_bytes())
            .file("offre.csv", &offer(&held))
            .file("dessertes.xlsx", &workbook)
            .check()
    };
    let told = |seen: &Checked| {
        let of_it = |f: &&Finding| f.field.as_deref() == Some("date_debut");
        let found = seen.findings.iter().filter(of_it).find(|f| f.rule == Rule::DatesAmbigues);
        found.map(|f| f.message.to_string())
    };

    // Nothing decides.
    let seen = of(&[], &shifted("2025-03-18"), 0);
    assert!(!seen.accepted());
    let message = told(&seen).unwrap();
    assert!(message.contains("17/03/2021") && message.contains("18/03/2025"), "{message}");

    // Those of another file say nothing of a workbook that is not theirs.
    for zero in [0, 1462] {
        let seen = of(&["2025-03-04"], &shifted("2025-03-18"), zero);
        assert!(told(&seen).unwrap().contains("18/03/2025 depuis 1904"));
        assert!(!seen.accepted());
    }

    // A day that would be years ahead, or before anything is told, decides too.
    let seen = of(&[], "45369", 0);
    assert_eq!((told(&seen), seen.accepted()), (None, true));
    assert_eq!(days_of(&seen, "dessertes", "date_debut"), ["2024-03-18"]);
    let seen = of(&[], &shifted("2017-03-18"), 0);
    assert!(told(&seen).unwrap().contains("sans doute depuis 1904"));

    // A day of asking, four years too early.
    let row = good("C1").replace("2025-02-25", &shifted("2025-02-25"));
    let seen = Case::new().consultations(&[&row]).check();
    let first = &seen.findings[0];
    assert!(first.field.as_deref() == Some("date_demande") && first.message.contains("1904"));
}

#[test]
fn a_formula_that_was_not_computed_is_no_empty_cell() {
    let table = "code_commune,date,type,etp\n61006,2025-03-04,installation_mg,0.5\n";
    let checked = |stored: &str| {
        let bytes = sheet("offre", table).save_to_buffer().unwrap();
        let bytes = with_sheet(bytes, "xl/worksheets/sheet1.xml", |xml| {
            assert!(xml.contains("<v>0.5</v>"), "{xml}");
            xml.replace("<v>0.5</v>", stored)
        });
        Case::new().file("offre.xlsx", &bytes).check()
    };
    assert_eq!(checked("<f>1/2</f><v>0.5</v>").rules(), []);
    for none in ["<f>1/2</f>", "<f>1/2</f><v></v>", "<f>1/2</f><v/>"] {
        let seen = checked(none);
        assert!(!seen.accepted());
        let told = &seen.findings[0];
        assert!(told.message.contains("cellule D2") && told.hint.contains("tableur"), "{told:?}");
    }

    let ods = |cell: &str| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("offre.ods");
        let texts = table.replace("0.5", cell);
        let rows = texts.lines().map(|line| line.split(',').map(str::to_owned).collect());
        super::formats::ods(&file, &[("offre", rows.collect())]);
        Case::new().file("offre.ods", &fs::read(&file).unwrap()).check()
    };
    let formula = "<table:table-cell table:formula=\"of:=1/2\"";
    let stored = format!("{formula} office:value-type=\"float\" office:value=\"0.5\"/>");
    assert_eq!(ods(&stored).rules(), []);
    let seen = ods(&format!("{formula}/>"));
    assert!(seen.findings[0].message.contains("cellule D2"), "{:?}", seen.findings[0]);
}
