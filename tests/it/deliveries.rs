//! Deliveries through the real program: nothing lost, all or nothing, one replaces another.

use std::path::{Path, PathBuf};

use arrow::array::AsArray;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::annotated::all_xml;
use crate::fixture::{
    BUS, End, HEADER, Place, TODAY, consultations, copy_folder, files, has_extension, pseudonym,
    repository, sample,
};

/// The line of a file in the counts that `charger` prints.
fn counts_of<'t>(stdout: &'t str, file: &str) -> Vec<&'t str> {
    stdout
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .find(|words| words.first() == Some(&file))
        .unwrap_or_default()
}

#[test]
fn every_row_is_accounted_for_and_the_refused_one_is_in_quarantine() {
    let place = Place::new();
    place.delivery_of_one_bus("l", HEADER, &consultations(99, 1));

    let end = place.medicobus("charger l").exits(0);

    let counts = counts_of(&end.stdout, "consultations.csv");
    for pair in [["lues", "100"], ["acceptées", "99"], ["refusées", "1"]] {
        assert!(counts.windows(2).any(|two| two == pair), "{}", end.stdout);
    }

    let quarantine = place
        .files()
        .into_iter()
        .find(|path| path.ends_with("quarantaine.csv"))
        .unwrap();
    let text = std::fs::read_to_string(quarantine).unwrap();
    let row: Vec<&str> = text.lines().nth(1).unwrap().split(',').collect();
    assert_eq!(
        (row[0], row[2], row[3], row[4]),
        ("consultations.csv", "101", "code_commune", "commune_inconnue"),
        "{text}"
    );

    place
        .medicobus("requete completude_livraisons --annee 2025 --format csv --sans-secret")
        .exits(0);
    let query = "SELECT lignes_lues, lignes_acceptees, lignes_refusees FROM livraisons WHERE nom_table = 'consultations'";
    let end = place.run(&["sql", query, "--format", "csv", "--sans-secret"]).exits(0);
    assert!(end.stdout.contains("100,99,1"), "{}", end.stdout);
}

#[test]
fn the_same_delivery_twice_changes_nothing_and_a_new_one_replaces() {
    let place = Place::new();

    place.delivery_of_one_bus("l", HEADER, &consultations(50, 0));
    place.medicobus("charger l").exits(0).says("version 1");
    place.medicobus("charger l").exits(0).says("inchangée");
    let history = place.medicobus("depot historique").exits(0).stdout;
    assert_eq!(history.lines().count(), 2, "{history}");

    let header = format!("{HEADER}motif = \"oubli de mars\"\n");
    place.delivery_of_one_bus("l2", &header, &consultations(80, 0));
    place.medicobus("charger l2").exits(0).says("annule et remplace");

    let count = |version: &str| {
        let query =
            "SELECT count(DISTINCT cle_patient) AS patients, count(*) AS n FROM consultations";
        let mut arguments = vec!["sql", query, "--format", "csv"];
        arguments.extend(version.split_whitespace());
        place.run(&arguments).exits(0).stdout
    };
    assert!(count("").contains("80,80"));
    assert!(
        count("--version 1").contains("50,50"),
        "the replaced delivery must stay reachable"
    );
    place
        .medicobus("depot historique")
        .exits(0)
        .says("oubli de mars")
        .says("ARS d'essai");
}

#[test]
fn a_delivery_that_fails_leaves_the_store_as_it_was() {
    let place = Place::new();
    place.delivery_of_one_bus("l", HEADER, &consultations(50, 0));
    place.medicobus("charger l").exits(0);
    let state = || {
        (
            place.medicobus("depot").exits(0).stdout,
            place.medicobus("depot historique").exits(0).stdout,
        )
    };
    let before = state();

    // One row in five refused: above the tolerance.
    place.delivery_of_one_bus("trop", HEADER, &consultations(40, 10));
    place.medicobus("charger trop").exits(1).says("tolérance");

    // No header file: nobody knows whose it is.
    place.delivery(
        "anonyme",
        &[("medicobus.csv", BUS), ("consultations.csv", &consultations(5, 0))],
    );
    place
        .medicobus("charger anonyme")
        .exits(1)
        .says("livraison.toml")
        .says("livraison_inconnue");

    // What is no archive at all.
    std::fs::write(place.path().join("faux.zip"), b"PK\x03\x04 pas un zip").unwrap();
    let end = place.medicobus("charger faux.zip");
    assert!(matches!(end.code, 1 | 3) && end.stderr.contains("conseil"), "{end:?}");

    assert_eq!(state(), before);
}

/// All that a file says to whoever opens it: its bytes, the cells of a Parquet, the streams and the text of a PDF, the parts of a workbook.
pub fn all_text(file: &Path) -> String {
    let bytes = std::fs::read(file).unwrap();
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    match file.extension().and_then(|e| e.to_str()) {
        Some("parquet") => text.push_str(&text_of_parquet(file)),
        Some("pdf") => text.push_str(&text_of_pdf(file)),
        Some("xlsx") => text.push_str(&all_xml(file)),
        _ => {}
    }
    text
}

fn text_of_parquet(file: &Path) -> String {
    let file = std::fs::File::open(file).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();

    let mut text = String::new();
    for batch in reader.build().unwrap() {
        for column in batch.unwrap().columns() {
            if let Some(words) = column.as_string_opt::<i32>() {
                for word in words.iter().flatten() {
                    text.push('\n');
                    text.push_str(word);
                }
            }
        }
    }
    text
}

fn text_of_pdf(file: &Path) -> String {
    let document = lopdf::Document::load(file).unwrap();

    let mut text = String::new();
    for object in document.objects.values() {
        match object {
            lopdf::Object::Stream(stream) => {
                let clear = stream.decompressed_content();
                let clear = clear.unwrap_or_else(|_| stream.content.clone());
                text.push_str(&String::from_utf8_lossy(&clear));
            }
            other => text.push_str(&lopdf::decode_text_string(other).unwrap_or_default()),
        }
    }

    let pages: Vec<u32> = document.get_pages().keys().copied().collect();
    let page = document.extract_text(&pages).unwrap();
    text.push_str(&page);
    // Set text is cut into lines anywhere.
    text.push_str(&page.split_whitespace().collect::<String>());
    text
}

/// Looks for each secret, and for its letters without blanks, in all that was printed and written but the delivery itself.
fn assert_nothing_tells(place: &Place, end: &End, delivery: &Path, secrets: &[&str]) {
    let assert_silent = |text: &str, where_: &str| {
        for secret in secrets {
            let without_blanks: String = secret.split_whitespace().collect();
            assert!(
                !text.contains(secret) && !text.contains(&without_blanks),
                "« {secret} » is in {where_}"
            );
        }
    };
    assert_silent(&end.stdout, "stdout");
    assert_silent(&end.stderr, "stderr");

    let written: Vec<PathBuf> =
        place.files().into_iter().filter(|file| !file.starts_with(delivery)).collect();
    assert!(written.iter().any(|file| has_extension(file, "pdf")));
    assert!(written.iter().any(|file| file.ends_with("quarantaine.parquet")));
    for file in written {
        assert_silent(&file.to_string_lossy(), "a name");
        assert_silent(&all_text(&file), &file.display().to_string());
    }
}

/// A well-formed number of social security: its key is right.
const NIR: &str = "285056107912317";

/// Good consultations with one more column, which holds this value in one row.
fn with_column(rows: &str, name: &str, value: &str) -> String {
    let mut lines = rows.lines();
    let mut text = format!("{},{name}\n", lines.next().unwrap());
    for (i, line) in lines.enumerate() {
        text.push_str(&format!("{line},{}\n", if i == 7 { value } else { "" }));
    }
    text
}

/// Case, consultations, what must be written nowhere.
fn deliveries_with_an_identity(
    good: &str,
) -> [(&'static str, String, &'static [&'static str]); 13] {
    let remark = |value: &str| with_column(good, "remarque", value);
    let column = |name: &str, value: &str| with_column(good, name, value);
    let header = good.lines().next().unwrap();

    [
        ("nir", good.replacen("C00007", NIR, 1), &[NIR]),
        ("nir coupé", remark("2 85 05 61 079 123 17"), &["2 85 05 61"]),
        ("nom", remark("Mme Duvallon"), &["Duvallon"]),
        ("nom annoncé", column("Prénom", "Philomène"), &["Philomène"]),
        ("naissance", remark("née le 3 mai 1950"), &["3 mai 1950"]),
        ("naissance annoncée", column("DDN", "03/05/1950"), &["03/05/1950"]),
        ("adresse", remark("12 bis rue des Acacias"), &["Acacias"]),
        ("téléphone", remark("06 12 34 56 78"), &["06 12 34 56 78"]),
        ("courriel", remark("philo@exemple.fr"), &["philo@"]),
        ("rpps", remark("10003456786"), &["10003456786"]),
        ("finess", column("finess", "610780082"), &["610780082"]),
        // Without its header, the first row would be one.
        (
            "sans en-tête",
            good.replacen(&format!("{header}\n"), "", 1).replacen("C00000", NIR, 1),
            &[NIR, "C00001"],
        ),
        ("colonne", column(NIR, "x"), &[NIR]),
    ]
}

#[test]
fn an_identity_refuses_the_whole_delivery_and_is_written_nowhere() {
    let base: u64 = 2_850_561_079_123;
    assert_eq!(format!("{base}{:02}", 97 - base % 97), NIR);

    for (case, rows, secrets) in deliveries_with_an_identity(&consultations(50, 0)) {
        let place = Place::new();
        let delivery = place.delivery_of_one_bus("l", HEADER, &rows);

        for line in ["controler l -o c", "charger l"] {
            let end = place.medicobus(line).exits(1).says("identite");
            assert_nothing_tells(&place, &end, &delivery, secrets);

            // The search finds what is there.
            let note = place
                .files()
                .into_iter()
                .find(|file| has_extension(file, "pdf") && !file.starts_with(&delivery));
            let note = all_text(&note.unwrap());
            assert!(note.contains("consultations.csv") && note.contains("refusée"), "{case}");
        }
        assert!(
            files(&place.store())
                .iter()
                .all(|path| !path.to_string_lossy().contains("livraison_table=")),
            "{case}"
        );
    }
}

#[test]
fn an_identity_in_the_name_of_a_file_is_masked_wherever_the_name_would_stand() {
    let place = Place::new();
    let folder = format!("envoi {NIR}");
    let delivery = place.delivery(
        &folder,
        &[
            ("livraison.toml", HEADER),
            ("medicobus.csv", BUS),
            (&format!("consultations_{NIR}.csv"), &consultations(50, 0)),
        ],
    );

    for arguments in [vec!["controler", &folder, "-o", "c"], vec!["charger", &folder]] {
        let end = place.run(&arguments).exits(1).says("identite");
        assert_nothing_tells(&place, &end, &delivery, &[NIR]);
    }
}

#[test]
fn an_identity_in_the_name_of_a_sheet_is_masked_wherever_the_name_would_stand() {
    let place = Place::new();
    std::fs::create_dir(place.path().join("l")).unwrap();
    let mut workbook = rust_xlsxwriter::Workbook::new();
    for (name, text) in [
        ("livraison", "region,28\nperiode,2025"),
        ("medicobus", BUS),
        (&format!("Consultations {NIR}")[..], &consultations(50, 0)[..]),
        ("Patients", "nom,prenom,nir\nDuvallon,Philomène,x"),
    ] {
        let sheet = workbook.add_worksheet().set_name(name).unwrap();
        for (r, line) in text.lines().enumerate() {
            for (c, cell) in line.split(',').enumerate() {
                sheet.write(r as u32, c as u16, cell).unwrap();
            }
        }
    }
    workbook.save(place.path().join("l/envoi.xlsx")).unwrap();

    for line in ["controler l/envoi.xlsx -o c", "charger l/envoi.xlsx"] {
        let end = place.medicobus(line).exits(1).says("feuille n° 3 (nom masqué)");
        let secrets = [NIR, "Duvallon", "Philomène"];
        assert_nothing_tells(&place, &end, &place.path().join("l"), &secrets);
    }
}

#[test]
fn one_bad_delivery_stops_no_other() {
    let place = Place::new();
    for (name, period) in [("bon", "2025"), ("bon2", "2024")] {
        place.delivery_of_one_bus(
            name,
            &HEADER.replace("2025", period),
            &consultations(20, 0).replace("2025-", &format!("{period}-")),
        );
    }
    place.delivery("anonyme", &[("medicobus.csv", BUS)]);
    std::fs::write(place.path().join("faux.zip"), b"PK\x03\x04 pas un zip").unwrap();

    let end = place.medicobus("charger bon anonyme bon2").exits(1);
    // The older period first.
    for said in ["bon2 : chargée, version 1", "bon : chargée, version 2", "anonyme : REFUSÉE"] {
        assert!(end.stdout.contains(said), "{}", end.stdout);
    }
    assert!(end.stderr.contains("livraison_inconnue") && end.stderr.contains("--region"));

    // It has its quarantine and its note all the same.
    let notes: Vec<_> = files(&place.store())
        .into_iter()
        .filter(|file| file.ends_with("note-qualite-inconnue-inconnue.pdf"))
        .collect();
    assert_eq!(notes.len(), 1);

    // What cannot be read at all is the worst, and stops nothing either.
    let end = place.medicobus("charger faux.zip anonyme bon2").exits(3);
    assert!(end.stdout.contains("faux.zip : NON LUE"), "{}", end.stdout);
    assert!(end.stdout.contains("bon2 : déjà chargée"), "{}", end.stdout);
    assert!(end.stderr.contains("conseil"), "{}", end.stderr);
}

#[test]
fn two_deliveries_of_one_name_are_checked_side_by_side() {
    let place = Place::new();
    for (name, period) in [("a/2025", "2025"), ("b/2025", "2024")] {
        let header = HEADER.replace("2025", period);
        place.delivery(name, &[("livraison.toml", &header), ("medicobus.csv", BUS)]);
    }

    let end = place.medicobus("controler a/2025 b/2025 -o c").exits(0);

    for note in ["c/2025/note-qualite-28-2025.pdf", "c/2025-2/note-qualite-28-2024.pdf"] {
        assert!(place.path().join(note).is_file(), "{note}");
    }
    // How each file is written is said in full.
    assert!(
        end.stdout.contains("écriture : UTF-8, séparateur « , », dates : AAAA-MM-JJ"),
        "{}",
        end.stdout
    );

    // Nothing was found: the quarantine is there, and empty.
    let csv = std::fs::read_to_string(place.path().join("c/2025/quarantaine.csv")).unwrap();
    assert_eq!(csv.lines().count(), 1, "{csv}");
    assert!(csv.starts_with("fichier,feuille,ligne,champ,regle"));
    let parquet = std::fs::File::open(place.path().join("c/2025/quarantaine.parquet")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(parquet).unwrap();
    assert_eq!(reader.metadata().file_metadata().num_rows(), 0);
}

#[test]
fn a_replacing_delivery_answers_for_its_own_projects() {
    let place = Place::new();
    let rows = consultations(40, 0);
    place.delivery_of_one_bus("l", HEADER, &rows);
    place.medicobus("charger l").exits(0);

    // The project would leave with the delivery that is replaced.
    place.delivery("l2", &[("livraison.toml", HEADER), ("consultations.csv", &rows)]);
    place.medicobus("charger l2").exits(1).says("cle_etrangere");

    // Another period may cite it, another région may not.
    let next_year = rows.replace("2025-", "2026-");
    for (name, region, code) in [("l3", "28", 0), ("l4", "84", 1)] {
        let header = HEADER.replace("2025", "2026").replace("\"28\"", &format!("\"{region}\""));
        place.delivery(name, &[("livraison.toml", &header), ("consultations.csv", &next_year)]);

        let end = place.medicobus(&format!("charger {name} --aujourdhui 2026-12-01")).exits(code);
        assert_eq!(end.stderr.contains("cle_etrangere"), code == 1, "{end:?}");
    }
    let history = place.medicobus("depot historique").exits(0).stdout;
    assert!(!history.contains("annule et remplace"), "{history}");

    // With its project, the delivery replaces the first.
    place.delivery_of_one_bus("l5", HEADER, &consultations(30, 0));
    place.medicobus("charger l5").exits(0).says("version 3");
    place
        .medicobus("depot historique")
        .exits(0)
        .says("annule et remplace la version 1");
}

/// `bus` projects over 24 months, a stop a month, every fourth project without a consultation in the second year.
fn large_delivery(bus: usize) -> [(&'static str, String); 4] {
    let mut projects = format!("{}\n", BUS.lines().next().unwrap());
    let mut tours =
        String::from("id_medicobus,date,code_commune,creneaux_offerts,creneaux_honores\n");
    let model = consultations(1, 0);
    let mut model = model.lines();
    let mut rows = format!("{}\n", model.next().unwrap());
    let model_row = model.next().unwrap();

    let mut rank = 0;
    for b in 1..=bus {
        projects.push_str(&format!("BUS-{b:03},Médicobus {b},28,61,cpts,1,2022-01-15\n"));
        for month in 0..24 {
            let (year, month_of_year) = (2023 + month / 12, month % 12 + 1);
            let day = format!("{year}-{month_of_year:02}-{:02}", 1 + b % 28);
            tours.push_str(&format!("BUS-{b:03},{day},61079,10,8\n"));
            if b % 4 == 0 && month >= 12 {
                continue;
            }

            rank += 1;
            rows.push_str(
                &model_row
                    .replace("C00000", &format!("C{rank:06}"))
                    .replace("ORNE-1", &format!("BUS-{b:03}"))
                    .replace("2025-03-01", &day)
                    .replace("a000000000000000", &pseudonym(rank).replacen('a', "b", 1)),
            );
            rows.push('\n');
        }
    }

    [
        ("livraison.toml", HEADER.replace("2025", "2023-2024")),
        ("medicobus.csv", projects),
        ("tournees.csv", tours),
        ("consultations.csv", rows),
    ]
}

#[test]
fn the_note_of_forty_buses_over_two_years_holds_on_two_pages() {
    let place = Place::new();
    for bus in [3, 40, 120] {
        let files = large_delivery(bus);
        let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (*n, t.as_str())).collect();
        let name = format!("l{bus}");
        place.delivery(&name, &files);

        place.medicobus(&format!("controler {name} -o c")).exits(0);

        let note = format!("c/{name}/note-qualite-28-2023-2024.pdf");
        let note = place.path().join(note);
        let pages = lopdf::Document::load(&note).unwrap().get_pages().len();
        assert!(pages <= 2, "{bus} buses: {pages} pages");
        // Those without a consultation for a year are named, and all are in the attached table.
        let text = all_text(&note);
        assert_eq!(text.contains("BUS-004,2024-12,1,0,non"), bus > 3, "{bus}");
        let others = format!("Les{}autres", bus.saturating_sub(11));
        assert_eq!(text.contains(&others), bus > 12, "{bus}");
    }
}

#[test]
fn a_period_that_overlaps_another_is_refused_and_the_others_are_loaded() {
    let place = Place::new();
    for (name, period) in [("annee", "2025"), ("mars", "2025-03")] {
        let header = HEADER.replace("2025", period);
        place.delivery_of_one_bus(name, &header, &consultations(50, 0));
    }
    place.medicobus("charger annee").exits(0);

    place
        .medicobus("charger mars annee")
        .exits(1)
        .says("recouvre la livraison 2025")
        .says("inchangée");

    let history = place.medicobus("depot historique").exits(0).stdout;
    assert_eq!(history.lines().count(), 2, "{history}");
}

#[test]
fn every_check_leaves_a_note_of_two_pages_at_most() {
    let place = Place::new();
    place.delivery_of_one_bus("l", HEADER, &consultations(97, 3));

    // The store knows no more than the delivery here: the same check, the same bytes.
    place.medicobus("controler l -o controle").exits(0);
    let alone = place.path().join("controle/l/note-qualite-28-2025.pdf");
    place.medicobus("charger l").exits(0);
    let in_store = files(&place.store())
        .into_iter()
        .find(|path| path.ends_with("note-qualite-28-2025.pdf"))
        .unwrap();
    assert!(std::fs::read(&alone).unwrap() == std::fs::read(in_store).unwrap());

    let normandie = sample().join("28-2025").display().to_string();
    let arguments = ["controler", "--aujourdhui", TODAY, "-o", "c", &normandie];
    // By itself: beside the store, it would take the place of the other delivery, whose project it does not know.
    let apart = Place::new();
    apart.run(&arguments).exits(0);
    for note in [alone, apart.path().join("c/28-2025/note-qualite-28-2025.pdf")] {
        let pages = lopdf::Document::load(&note).unwrap().get_pages().len();
        assert!((1..=2).contains(&pages), "{} : {pages} pages", note.display());
    }

    // Refused whole, and the note says why.
    place.medicobus("controler l -o strict --tolerance 0").exits(1);
    let refused = place.path().join("strict/l/note-qualite-28-2025.pdf");
    assert!(refused.is_file());
}

#[test]
fn a_formula_runs_in_no_csv_that_leaves() {
    let place = Place::new();
    let formula = "=HYPERLINK(\"\"http://x\"\")";
    let bus = BUS.replace("Médicobus d'essai", &format!("\"{formula}\""));
    place.delivery(
        "l",
        &[
            ("livraison.toml", HEADER),
            ("medicobus.csv", &bus),
            ("consultations.csv", &consultations(50, 0).replacen("80+", "=1+1", 1)),
        ],
    );

    place.medicobus("charger l").exits(0);
    let end = place.run(&["sql", "SELECT nom FROM medicobus", "--format", "csv"]).exits(0);

    assert!(end.stdout.contains("'=HYPERLINK"), "{}", end.stdout);
    for file in files(&place.store()) {
        if !has_extension(&file, "csv") {
            continue;
        }
        for row in csv::Reader::from_path(&file).unwrap().records() {
            for cell in &row.unwrap() {
                assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
            }
        }
    }
}

/// `tests/fixtures/depot_1_0` was written by the program of 22 November 2026, before four tables and some columns were added.
#[test]
fn a_store_made_before_the_contract_grew_is_read_and_gains_the_columns() {
    let place = Place::new();
    copy_folder(&repository().join("tests/fixtures/depot_1_0"), &place.store());
    let asked = |sql: &str| {
        let end = place.run(&["sql", sql, "--format", "csv", "--sans-secret"]).exits(0);
        end.stdout
            .lines()
            .nth(1)
            .unwrap()
            .trim_end_matches(",NON DIFFUSABLE")
            .to_owned()
    };

    let consultations = "SELECT count(*) AS n, count(statut_praticien) AS s FROM consultations";
    let answers = "SELECT count(*) AS n FROM projets_cahier";
    assert_eq!(asked(consultations), "102,0");
    assert_eq!(asked(answers), "0");
    assert!(!schema(&place).contains("statut_praticien"), "reading changes no schema");

    let later = HEADER.replace("2025", "2026");
    let rows = self::consultations(20, 0).replace("2025-", "2026-");
    let rows = rows
        .replacen('\n', ",statut_praticien\n", 1)
        .replace(",soin\n", ",soin,salarie\n");
    place.delivery_of_one_bus("l", &later, &rows);
    // The list of projects is whole: those that the store knows stay on it.
    let known =
        "WILD-61-A,Bus A,28,61,cpts,1,2024-01-15\nWILD-27-B,Bus B,28,27,cpts,1,2024-01-15\n";
    place.write("l/medicobus.csv", &format!("{}{known}", crate::fixture::BUS));
    place.write("l/projets_cahier.csv", "id_medicobus,exigence,reponse\nORNE-1,lisibilite,oui\n");
    place.load(&[place.path().join("l")]);

    assert_eq!(asked(consultations), "122,20");
    assert_eq!(asked(answers), "1");

    let composition = "SELECT count(code_tvs) AS n FROM zonages";
    assert_eq!(asked(composition), "0");
    place.write("tvs_2025.csv", "Code commune;Code TVS;Zonage\n61006;61006;ZIP\n");
    place.load_zonings(&[place.path().join("tvs_2025.csv")]);
    assert_eq!(asked(composition), "1");

    let schema = schema(&place);
    for column in ["statut_praticien", "exigence", "enveloppe_fir", "cle_patient", "code_tvs"] {
        assert!(schema.contains(column), "{column}");
    }

    // The state before is what it was.
    let end = place.medicobus("depot --version 1").exits(0);
    assert!(end.stdout.contains("consultations") && !end.stdout.contains("projets_cahier"));
}

/// The last schema that the log of a store tells.
fn schema(place: &Place) -> String {
    let logs = files(&place.store().join("_delta_log"));
    let texts = logs.iter().filter(|path| has_extension(path, "json"));
    let lines: Vec<String> = texts
        .flat_map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    lines.into_iter().rfind(|line| line.starts_with("{\"metaData\"")).unwrap()
}
