//! Small files that unfold into immense ones, and rows made to be complained about.

use super::formats::ods;
use super::*;

fn limited(path: &Path, limits: SizeLimits) -> Checked {
    let overrides = Overrides {
        region: Some("28".into()),
        periode: Some("2025".into()),
        limits,
        ..Overrides::default()
    };
    check_path(path, &overrides).unwrap()
}

/// A workbook with the buses, and consultations that `fill` adds to.
fn workbook(path: &Path, fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet().set_name("medicobus").unwrap();
    for (r, line) in BUS.lines().enumerate() {
        for (c, cell) in line.split(';').enumerate() {
            sheet.write(r as u32, c as u16, cell).unwrap();
        }
    }
    let sheet = book.add_worksheet().set_name("consultations").unwrap();
    for (c, cell) in HEAD.split(',').enumerate() {
        sheet.write(0, c as u16, cell).unwrap();
    }
    for (c, cell) in GOOD.split(',').enumerate() {
        sheet.write(1, c as u16, cell).unwrap();
    }
    fill(sheet);
    book.save(path).unwrap();
}

#[test]
fn the_corners_of_a_sheet_cost_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("coins.xlsx");
    workbook(&path, |sheet| {
        sheet.write(1_048_575, 16_383, "x").unwrap();
    });
    let seen = limited(&path, SizeLimits::default());
    assert!(seen.rules().contains(&("limite_depassee", 0)), "{:?}", seen.rules());
    assert!(!seen.accepted());
    // At the bottom but in a column of the table, it is a row like another.
    workbook(&path, |sheet| {
        sheet.write(1_048_575, 0, "C9").unwrap();
    });
    let seen = limited(&path, SizeLimits::default());
    assert_eq!(seen.report.totals().0, 3);
    assert!(seen.rules().iter().all(|(_, line)| *line == 1_048_576));
}

#[test]
fn a_gap_of_a_few_rows_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("trous.xlsx");
    workbook(&path, |sheet| {
        for (c, cell) in good("C9").split(',').enumerate() {
            sheet.write(5, c as u16, cell).unwrap();
        }
    });
    let seen = limited(&path, SizeLimits::default());
    assert_eq!(seen.rules(), [("ligne_vide", 0)]);
    assert_eq!(seen.findings[0].message, "3 lignes vides passées");
    assert_eq!(seen.report.totals(), (3, 3, 0));
}

#[test]
fn one_long_text_referred_to_by_many_cells_is_counted_each_time() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("texte.xlsx");
    let long = "é".repeat(16_000);
    // Within a row, then over the rows of the sheet.
    workbook(&path, |sheet| {
        for c in 0..40 {
            sheet.write(2, c, &long).unwrap();
        }
    });
    let seen = limited(&path, SizeLimits::default());
    assert!(seen.rules().contains(&("limite_depassee", 0)));
    workbook(&path, |sheet| {
        for r in 0..500 {
            sheet.write(2 + r, 0, &long).unwrap();
        }
    });
    let small = SizeLimits {
        workbook_bytes: 8 << 20,
        ..SizeLimits::default()
    };
    let seen = limited(&path, small);
    assert_eq!(seen.rules().last(), Some(&("limite_depassee", 0)), "{:?}", seen.rules().len());
    assert!(!seen.accepted());
}

#[test]
fn repeated_cells_and_rows_of_an_ods_are_counted_before_they_are_written_out() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("envoi.ods");
    let cell = |times: u32| {
        format!(
            "<table:table-cell table:number-columns-repeated=\"{times}\" office:value-type=\"string\"><text:p>x</text:p></table:table-cell>"
        )
    };
    let bus: Vec<Vec<String>> =
        BUS.lines().map(|l| l.split(';').map(str::to_owned).collect()).collect();
    let rows = |last: Vec<String>| -> Vec<Vec<String>> {
        let own = |l: &str| l.split(',').map(str::to_owned).collect();
        vec![own(HEAD), own(GOOD), last]
    };
    let read = |last: Vec<String>, limits: SizeLimits| {
        ods(&path, &[("medicobus", bus.clone()), ("consultations", rows(last))]);
        limited(&path, limits)
    };
    let seen = read(vec![cell(16_384)], SizeLimits::default());
    assert!(seen.rules().contains(&("limite_depassee", 0)));
    let seen = read(vec![cell(u32::MAX)], SizeLimits::default());
    assert!(seen.rules().contains(&("limite_depassee", 0)));
    // A row that closes the one of the helper and is itself repeated to the bottom of the sheet.
    let repeated = format!(
        "</table:table-row><table:table-row table:number-rows-repeated=\"1048000\">{}",
        cell(14)
    )
    .replacen("</table:table-row>", "<table:table-cell/></table:table-row>", 1);
    let small = SizeLimits {
        workbook_bytes: 4 << 20,
        ..SizeLimits::default()
    };
    let seen = read(vec![repeated.clone()], small);
    assert!(seen.rules().contains(&("limite_depassee", 0)));
    assert!(!seen.accepted());
    // A few are read as so many rows.
    let few = repeated.replace("1048000", "3");
    let seen = read(vec![few], SizeLimits::default());
    assert_eq!(seen.report.totals().0, 5);
}

#[test]
fn thousands_of_columns_stop_at_once() {
    let names: Vec<String> = (0..60_000u32)
        .filter_map(|i| char::from_u32(0x4E00 + i % 20_000).map(|c| format!("{c}{}", i / 20_000)))
        .collect();
    let seen = Case::new().file("consultations.csv", names.join(",").as_bytes()).check();
    assert_eq!(seen.rules(), [("limite_depassee", 1)]);
    let seen = Case::new().file("autre.csv", names.join(",").as_bytes()).check();
    assert_eq!(seen.rules()[0], ("limite_depassee", 1));
}

#[test]
fn rows_of_nothing_but_faults_are_all_told() {
    let width = HEAD.matches(',').count();
    let row = format!("x{}\n", ",".repeat(width));
    let required = 9;
    let text = format!("{HEAD}\n{}", row.repeat(20_000));
    let seen = Case::new().file("consultations.csv", text.as_bytes()).check();
    let (read, accepted, refused) = seen.report.totals();
    assert_eq!((read, accepted, refused), (20_001, 1, 20_000));
    let missing = seen.findings.iter().filter(|f| f.rule == Rule::Requis).count();
    assert_eq!(missing, 20_000 * required);
    assert!(seen.findings.windows(2).all(|w| w[1].line.is_none() || w[0].line <= w[1].line));
}
