//! The whole road on the repository's sample: counts that add up, PDFs that are the same bytes whatever the cores.

use std::collections::BTreeMap;
use std::path::Path;

use crate::fixture::{End, Place, TODAY, files, has_extension, sample, sample_deliveries};

/// Runs the demo with that many threads, deciding anew what to hide: on a sample, or in a folder that has none.
fn demo(place: &Place, folder: &str, threads: &str, sample: Option<&Path>) -> End {
    let mut command = place.command();
    command.env("MEDICOBUS_CACHE", "");

    command.args(["demo", "--sortie", folder, "--fils", threads]);
    if let Some(sample) = sample {
        command.arg("--echantillon").arg(sample);
    }
    End::of(command.output().unwrap()).exits(0)
}

/// PDFs and workbooks below a folder, by name.
fn documents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    files(folder)
        .into_iter()
        .filter(|path| has_extension(path, "pdf") || has_extension(path, "xlsx"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(&path).unwrap())
        })
        .collect()
}

/// The numbers that follow the first word of a line.
fn numbers(line: &str) -> Vec<u64> {
    line
        // Not split_whitespace: the thin space inside a number is one.
        .split(' ')
        .filter(|word| !word.is_empty())
        .skip(1)
        .filter_map(|word| word.replace(['\u{202f}', '\u{a0}'], "").parse().ok())
        .collect()
}

#[test]
fn the_demo_makes_every_bilan_twice_the_same_and_loses_no_row() {
    let place = Place::new();

    let first = demo(&place, "un", "1", Some(&sample()));
    demo(&place, "deux", "2", None).says("livraisons fictives écrites dans deux/sample_data");

    let (one, two) = (documents(&place.path().join("un")), documents(&place.path().join("deux")));
    let names: Vec<&str> = one
        .keys()
        .map(String::as_str)
        .filter(|name| !name.starts_with("note-") && name.ends_with(".pdf"))
        .collect();
    let mut expected: Vec<String> = ["03", "28", "44", "84", "national"]
        .iter()
        .flat_map(|zone| [2024, 2025].map(|year| format!("bilan-{zone}-{year}.pdf")))
        // The bus of Guyane starts within 2024: that year is not whole.
        .filter(|name| name != "bilan-03-2024.pdf")
        .collect();
    expected.extend(["evaluation-28.pdf".into(), "evaluation-nationale.pdf".into()]);
    expected.sort();
    assert_eq!(names, expected);

    for (name, bytes) in &one {
        assert!(bytes == &two[name], "{name} differs between 1 and 2 threads");
    }
    let notes = one.keys().filter(|name| name.starts_with("note-qualite-"));
    assert_eq!(notes.count(), 16, "a quality note per delivery");

    // Every line of counts adds up, and some rows are refused: the sample holds errors on purpose.
    let mut lines = 0;
    for line in first.stdout.lines() {
        if let [read, accepted, refused] = numbers(line)[..] {
            assert_eq!(read, accepted + refused, "{line}");
            lines += 1;
            if line.starts_with("ensemble") {
                assert!(refused > 100, "{line}");
            }
        }
    }
    assert!(lines > 16, "{}", first.stdout);
}

/// What a quarantine says of a row: file or sheet, line, field, rule.
type Refusal = (String, String, String, String);

/// The refusals written beside the quality note of a delivery.
fn quarantine(folder: &Path) -> Vec<Refusal> {
    let text = std::fs::read(folder.join("quarantaine.csv")).unwrap();
    csv::Reader::from_reader(&text[..])
        .records()
        .map(|row| {
            let row = row.unwrap();
            // In a workbook the sheet is what is named.
            let place = if row[1].is_empty() { &row[0] } else { &row[1] };
            (place.to_string(), row[2].to_string(), row[3].to_string(), row[4].to_string())
        })
        .collect()
}

#[test]
fn every_planted_error_is_found_at_its_line_and_field() {
    let place = Place::new();
    let deliveries = sample_deliveries();

    let mut arguments = ["controler", "--aujourdhui", TODAY, "-o", "controle"]
        .map(String::from)
        .to_vec();
    arguments.extend(deliveries.iter().map(|path| path.display().to_string()));
    place.run(&arguments).exits(0);

    let found: BTreeMap<String, Vec<Refusal>> = deliveries
        .iter()
        .map(|delivery| {
            let stem = delivery.file_stem().unwrap().to_string_lossy().into_owned();
            let refusals = quarantine(&place.path().join("controle").join(&stem));
            (stem, refusals)
        })
        .collect();
    let mut expected = csv::Reader::from_path(sample().join("erreurs_attendues.csv")).unwrap();
    let mut count = 0;
    for error in expected.records() {
        let e = error.unwrap();
        let (delivery, file, line, field, rule) = (&e[0], &e[1], &e[3], &e[4], &e[5]);
        let stem = delivery.trim_end_matches(".zip").trim_end_matches(".xlsx");

        let on_that_line: Vec<_> =
            found[stem].iter().filter(|(f, l, ..)| f.ends_with(file) && l == line).collect();
        assert!(
            on_that_line.iter().any(|(_, _, f, r)| f == field && r == rule),
            "expected {e:?}, found on that line: {on_that_line:?}"
        );
        count += 1;
    }
    assert!(count > 200, "{count}");
}
