//! The workbook that a région fills in, the dictionary, the data package: what `modele` writes, and that the reader takes it back.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use base::table::Value;
use calamine::{Data, Reader, Xlsx, open_workbook};
use chrono::NaiveDate;
use contract::{Contract, FieldType, Form};
use delivery::Period;
use delivery_form::{DeliveryForm, Known};
use geography::Communes;
use regex::Regex;

use crate::fixture::{Place, TODAY, repository};

/// The régions of the sample.
const REGIONS: [&str; 4] = ["03", "28", "44", "84"];

fn contract() -> Contract {
    Contract::embedded().unwrap()
}

/// Checks a file and asks that nothing be found in it.
#[track_caller]
fn finds_nothing(place: &Place, file: &str) {
    // Beside no store: what the store would say of it is another question.
    let path = place.path().join(file);
    let end = Place::new()
        .run(&["controler", path.to_str().unwrap(), "--aujourdhui", TODAY])
        .exits(0)
        .says("quarantaine (0 constat)");
    assert!(end.stdout.contains("contrôlée"), "{}", end.stdout);
}

/// A part of a workbook, by its path in the archive.
fn part(workbook: &Path, name: &str) -> String {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(workbook).unwrap()).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// The XML of each sheet, by its name.
fn sheets(workbook: &Path) -> BTreeMap<String, String> {
    let names = Regex::new(r#"<sheet name="([^"]+)""#).unwrap();
    let book = part(workbook, "xl/workbook.xml");
    let named = names.captures_iter(&book).map(|c| c[1].to_owned());

    (1..)
        .zip(named)
        .map(|(n, name)| (name, part(workbook, &format!("xl/worksheets/sheet{n}.xml"))))
        .collect()
}

/// The rules of the cells of a sheet: first cell and XML.
fn validations(xml: &str) -> BTreeMap<String, String> {
    let rule = Regex::new(
        r#"(?s)<dataValidation [^>]*sqref="([A-Z]+)\d+:[^"]*"(?:/>|>.*?</dataValidation>)"#,
    );
    rule.unwrap()
        .captures_iter(xml)
        .map(|c| (c[1].to_owned(), c[0].to_owned()))
        .collect()
}

fn letter(column: usize) -> String {
    rust_xlsxwriter::utility::column_number_to_name(u16::try_from(column).unwrap())
}

#[test]
fn every_column_of_the_contract_has_its_name_its_definition_and_its_rule() {
    let place = Place::new();
    place.medicobus("modele --region 28 --periode 2026 --vide").exits(0);
    let workbook = place.path().join("modele-28-2026.xlsx");

    let sheets = sheets(&workbook);
    let mut book: Xlsx<_> = open_workbook(&workbook).unwrap();

    for table in contract().tables() {
        let rules = validations(&sheets[&table.name]);
        let range = book.worksheet_range(&table.name).unwrap();
        let names: Vec<String> = range.rows().nth(1).unwrap().iter().map(Data::to_string).collect();
        assert!(names.iter().eq(table.fields.iter().map(|f| &f.name)), "{names:?}");

        for (column, field) in table.fields.iter().enumerate() {
            let place = format!("{}.{}", table.name, field.name);
            let said = range.get((0, column)).unwrap().to_string();
            assert!(said.contains(&field.description), "{place}: {said}");
            assert_eq!(said.starts_with("Obligatoire"), field.constraints.required, "{place}");

            let rule = &rules[&letter(column)];
            assert!(rule.contains("prompt="), "{place}: {rule}");
            let kind = match (field.kind, &field.constraints.values, field.extension.form) {
                (_, Some(_), _)
                | (
                    _,
                    _,
                    Some(Form::CodeCommune | Form::CodeDepartement | Form::Trimestre | Form::Mois),
                ) => Some("list"),
                (FieldType::Date, ..) => Some("date"),
                (FieldType::Integer, ..) => Some("whole"),
                (FieldType::Number, ..) => Some("decimal"),
                (_, _, Some(Form::Heure)) => Some("time"),
                _ => None,
            };
            if let Some(kind) = kind {
                assert!(rule.contains(&format!("type=\"{kind}\"")), "{place}: {rule}");
                assert!(rule.contains("error=") && rule.contains("errorTitle="), "{place}: {rule}");
            }
        }
    }
}

#[test]
fn closed_lists_are_those_of_the_contract_and_stand_in_a_hidden_sheet() {
    let place = Place::new();
    place.medicobus("modele --region 28 --periode 2026 --vide -o m.xlsx").exits(0);
    let workbook = place.path().join("m.xlsx");

    let hidden = Regex::new(r#"name="listes" sheetId="\d+" state="hidden""#).unwrap();
    assert!(hidden.is_match(&part(&workbook, "xl/workbook.xml")));
    let mut book: Xlsx<_> = open_workbook(&workbook).unwrap();
    let lists = book.worksheet_range("listes").unwrap();
    let column = |letters: &str| -> Vec<String> {
        let rank = (0..lists.width()).find(|c| letter(*c) == letters).unwrap();
        let cells = lists.rows().skip(1).map(|row| row[rank].to_string());
        cells.take_while(|cell| !cell.is_empty()).collect()
    };

    let range = Regex::new(r"<formula1>listes!\$([A-Z]+)\$2:\$[A-Z]+\$(\d+)</formula1>").unwrap();
    let sheets = sheets(&workbook);
    let mut count = 0;
    for table in contract().tables() {
        let rules = validations(&sheets[&table.name]);
        for (rank, field) in table.fields.iter().enumerate() {
            let Some(values) = &field.constraints.values else { continue };
            let found = range.captures(&rules[&letter(rank)]).unwrap();
            let listed = column(&found[1]);
            assert_eq!(found[2].parse::<usize>().unwrap(), listed.len() + 1);
            match field.extension.form {
                Some(Form::CodeRegion) => {
                    assert!(listed.iter().all(|code| code == "28" || code == "FR"))
                }
                _ => assert_eq!(&listed, values, "{}.{}", table.name, field.name),
            }
            count += 1;
        }
    }
    assert!(count > 20, "{count}");

    let communes = column("A");
    assert!(communes.contains(&"61079".to_owned()) && !communes.contains(&"01004".to_owned()));
    let communes = Communes::embedded().unwrap().iter().filter(|c| c.region == "28").count();
    assert_eq!(column("A").len(), communes);
}

#[test]
fn a_workbook_filled_from_the_store_is_found_faultless_as_it_is() {
    let place = Place::with_sample();
    for region in REGIONS {
        let file = format!("modele-{region}-2027.xlsx");
        place
            .medicobus(&format!("modele --region {region} --periode 2027"))
            .exits(0)
            .says(&file);
        finds_nothing(&place, &file);

        // The whole list of projects comes back, ended ones included.
        let count = |table: &str| {
            let sql = format!(
                "SELECT count(*) AS n FROM {table} WHERE id_medicobus IN (SELECT id_medicobus FROM medicobus WHERE code_region = '{region}')"
            );
            let end = place.run(&["sql", &sql, "--format", "csv", "--sans-secret"]).exits(0);
            end.stdout
                .lines()
                .nth(1)
                .unwrap()
                .split(',')
                .next()
                .unwrap()
                .parse::<usize>()
                .unwrap()
        };
        let mut book: Xlsx<_> = open_workbook(place.path().join(&file)).unwrap();
        for table in ["medicobus", "dessertes"] {
            let rows = book.worksheet_range(table).unwrap().height() - 2;
            assert!(rows > 0 && rows == count(table), "{region} {table}: {rows}");
        }
    }
}

#[test]
fn amounts_of_the_year_are_given_back_and_those_of_the_year_before_are_a_reminder() {
    let place = Place::with_sample();
    let sheet = |period: &str, sheet: &str| {
        let file = format!("m-{period}-{sheet}.xlsx");
        place
            .medicobus(&format!("modele --region 28 --periode {period} -o {file}"))
            .exits(0);
        finds_nothing(&place, &file);
        let mut book: Xlsx<_> = open_workbook(place.path().join(file)).unwrap();
        let range = book.worksheet_range(sheet).unwrap();
        range
            .rows()
            .map(|r| r.iter().map(Data::to_string).collect::<Vec<_>>().join("|"))
            .collect::<Vec<_>>()
    };

    let given = sheet("2025", "financements");
    assert!(given.len() > 4 && given[2].contains("|2025|"), "{given:?}");
    let next = sheet("2027", "financements");
    assert_eq!(next.len(), 2, "no amount of another year: {next:?}");
    // A list that each delivery gives whole begins with what it held.
    let measures = sheet("2027", "mesures_concurrentes");
    assert!(measures.iter().any(|row| row.starts_with("27073|commune|")), "{measures:?}");
    let told = sheet("2027", "Lisez-moi");
    assert!(told.iter().any(|row| row.contains("Pour rappel")), "{told:?}");
    assert!(told.iter().any(|row| row.contains("fonctionnement, 202")), "{told:?}");
}

/// A value as a spreadsheet would hold it once typed in a cell of its column.
fn typed(kind: FieldType, text: &str) -> Value {
    match kind {
        _ if text.is_empty() => Value::Null,
        FieldType::Integer => Value::Int(text.parse().unwrap()),
        FieldType::Number => Value::Float(text.parse().unwrap()),
        FieldType::Date => Value::Date(NaiveDate::parse_from_str(text, "%Y-%m-%d").unwrap()),
        FieldType::String => text.into(),
    }
}

/// The rows of a delivery in CSV, in the order of the contract's columns.
fn delivered(folder: &Path) -> BTreeMap<String, Vec<Vec<Value>>> {
    let mut rows = BTreeMap::new();
    for table in contract().tables() {
        let Ok(mut file) = csv::Reader::from_path(folder.join(format!("{}.csv", table.name)))
        else {
            continue;
        };
        let names = file.headers().unwrap().clone();
        let read = file.records().map(|row| {
            let row = row.unwrap();
            let cell = |name: &str| names.iter().position(|n| n == name).map_or("", |i| &row[i]);
            table.fields.iter().map(|f| typed(f.kind, cell(&f.name))).collect()
        });
        rows.insert(table.name.clone(), read.collect());
    }
    rows
}

#[test]
fn a_workbook_filled_with_a_delivery_says_what_the_delivery_says() {
    let folder = repository().join("tests/fixtures/livraison");
    let place = Place::new();
    let rows = delivered(&folder);
    assert!(rows.len() > 3 && rows["consultations"].len() == 102);

    let known = Known { rows, fictives: true, ..Known::default() };
    let form = DeliveryForm {
        contract: &contract(),
        communes: Communes::embedded().unwrap(),
        region: "28",
        period: &Period::parse("2025-03").unwrap(),
        known: &known,
    };
    std::fs::write(place.path().join("rempli.xlsx"), form.workbook().unwrap()).unwrap();
    finds_nothing(&place, "rempli.xlsx");

    let asked = |source: &Path| {
        let place = Place::new();
        place.load(&[source.to_path_buf()]);
        let tables = ["consultations", "tournees", "medicobus"];
        tables.map(|t| {
            place
                .run(&[
                    "sql",
                    &format!("SELECT * FROM {t} ORDER BY 1, 2, 3"),
                    "--format",
                    "csv",
                    "--sans-secret",
                ])
                .exits(0)
                .stdout
        })
    };
    assert_eq!(asked(&place.path().join("rempli.xlsx")), asked(&folder));
}

/// A workbook under the name of another form is opened by no program, or by the wrong one.
#[test]
fn a_name_of_another_form_than_what_is_written_is_refused() {
    let place = Place::new();
    for (line, told) in [
        (
            "modele --region 28 --periode 2026 --vide -o m.ods",
            "le classeur à remplir en .xlsx",
        ),
        ("modele --region 28 --periode 2026 --vide -o m.txt", "ne s'écrit pas en .txt"),
        ("modele --dictionnaire -o m.html", "le dictionnaire en .pdf"),
        ("modele --datapackage -o m.xlsx", "le Data Package en .json"),
    ] {
        place.medicobus(line).exits(2).says(told);
        let file = line.rsplit(' ').next().unwrap();
        assert!(!place.path().join(file).exists(), "{file}");
    }
    place.medicobus("modele --dictionnaire -o D.PDF").exits(0);
}

#[test]
fn every_file_is_the_same_bytes_twice_and_says_what_it_needs() {
    let place = Place::with_sample();
    for (line, file) in [
        ("modele --region 28 --periode 2026-T4", "modele-28-2026-T4.xlsx"),
        ("modele --dictionnaire", "dictionnaire.pdf"),
        ("modele --datapackage", "datapackage.json"),
    ] {
        place.medicobus(line).exits(0).says(file);
        let first = std::fs::read(place.path().join(file)).unwrap();
        place.medicobus(&format!("{line} -o encore")).exits(0);
        assert!(first == std::fs::read(place.path().join("encore")).unwrap(), "{file}");
    }

    place.medicobus("modele").exits(2).says("--region");
    place
        .medicobus("modele --region 99 --periode 2026")
        .exits(2)
        .says("codes Insee admis : 01");
    place.medicobus("modele --region 28 --periode 26").exits(2).says("2026-S1");
    let empty = Place::new();
    empty
        .medicobus("modele --region 28 --periode 2026")
        .exits(3)
        .says("--vide écrit le modèle sans dépôt");
}

#[test]
fn the_dictionary_names_every_column_and_carries_the_data_package() {
    let place = Place::new();
    place.medicobus("modele --dictionnaire").exits(0);
    let text = std::process::Command::new("pdftotext")
        .args(["-layout", "dictionnaire.pdf", "-"])
        .current_dir(place.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    for table in contract().tables() {
        assert!(text.contains(&table.name), "{}", table.name);
        for field in &table.fields {
            // A long name may be broken over two lines.
            let start = field.name.split('_').next().unwrap();
            assert!(text.contains(start), "{}.{}", table.name, field.name);
        }
    }

    let document = lopdf::Document::load(place.path().join("dictionnaire.pdf")).unwrap();
    let attached = document.objects.values().filter_map(|o| o.as_dict().ok());
    let named = attached.filter(|d| {
        d.get(b"Type").and_then(lopdf::Object::as_name).is_ok_and(|n| n == b"Filespec")
    });
    assert_eq!(named.count(), 1);
}

#[test]
fn a_table_typed_where_the_workbook_explains_is_not_passed_over() {
    let place = Place::new();
    let path: PathBuf = place.path().join("l.xlsx");
    let mut book = rust_xlsxwriter::Workbook::new();
    let header = book.add_worksheet().set_name("livraison").unwrap();
    header.write_column(0, 0, ["region", "periode"]).unwrap();
    header.write_column(0, 1, ["28", "2025"]).unwrap();
    let page = book.add_worksheet().set_name("Lisez-moi").unwrap();
    page.write_row(0, 0, ["id_medicobus", "annee", "financeur", "nature", "montant"])
        .unwrap();
    book.save(&path).unwrap();

    place
        .medicobus(&format!("controler l.xlsx --aujourdhui {TODAY}"))
        .exits(1)
        .says("colonnes sont celles de la table financements");
}
