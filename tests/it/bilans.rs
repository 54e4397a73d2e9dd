//! The content of a bilan, read from the sources that it writes (`--source`): criteria of the cahier des charges, what
//! each chapter holds; and the workbook and Parquet tables beside it, read back.

use std::collections::BTreeSet;
use std::io::Read;

use calamine::{Data, DataType, Reader, Xlsx};
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::Value;

use crate::campagne::shared;
use crate::fixture::{Place, repository};

/// The bilan of Normandie over the small store: of two communes served in 2025, 61002 is rural but in no zone.
fn place_of_normandie(zonings: &[&str]) -> Place {
    let small_store = repository().join("tests/it/small_store");
    Place::loaded(&small_store, &["2021", "2024", "2025"], zonings)
}

/// `donnees.json` of the bilan of Normandie.
fn content(place: &Place) -> Value {
    place
        .medicobus("bilan --region 28 --annee 2025 --sans-secret --source src")
        .exits(0);
    let text = std::fs::read(place.path().join("src/bilan-28-2025/donnees.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

fn chapter<'j>(content: &'j Value, id: &str) -> &'j Value {
    let chapters = content["chapitres"].as_array().unwrap();
    let ids: Vec<&Value> = chapters.iter().map(|c| &c["id"]).collect();
    chapters
        .iter()
        .find(|c| c["id"] == id)
        .unwrap_or_else(|| panic!("no chapter {id} among {ids:?}"))
}

/// Rows of a table of a chapter; nothing if it is not there.
fn table<'j>(chapter: &'j Value, id: &str) -> Option<&'j Vec<Value>> {
    let blocks = chapter["blocs"].as_array().unwrap();
    let block = blocks.iter().find(|b| b["type"] == "tableau" && b["id"] == id)?;
    block["lignes"].as_array()
}

/// `donnees.json` of a document of the sample.
fn of_sample(place: &Place, command: &str, name: &str) -> Value {
    place
        .medicobus(&format!("{command} --depot depot -o out --source src"))
        .exits(0);
    let text = std::fs::read(place.path().join(format!("src/{name}/donnees.json"))).unwrap();
    serde_json::from_slice(&text).unwrap()
}

/// The sentences and notes of a document that hold `word`.
fn saying(content: &Value, word: &str) -> Vec<String> {
    match content {
        Value::String(text) if text.contains(word) => vec![text.clone()],
        Value::Array(list) => list.iter().flat_map(|v| saying(v, word)).collect(),
        Value::Object(fields) => fields.values().flat_map(|v| saying(v, word)).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn four_regions_are_not_france_and_growth_is_told_at_constant_perimeter() {
    let place = Place::with_sample();
    let nation = of_sample(&place, "bilan --national --annee 2025", "bilan-national-2025");

    assert!(nation["titre_court"].as_str().unwrap().ends_with("4 régions"));
    assert_eq!(nation["sous_titre"], "4 régions sur 18");
    let named = saying(&nation, "France");
    let still: Vec<&String> = named
        .iter()
        .filter(|text| !text.contains("Carte de France") && !text.contains("toute la France"))
        .collect();
    assert!(still.is_empty(), "{still:?}");

    // Guyane is read in 2025 only.
    let facts = saying(&nation["synthese"]["faits"], "régions lues les deux années");
    let parts = place
        .medicobus("requete synthese --annee 2025 --niveau region --format csv")
        .exits(0);
    let mut csv = csv::Reader::from_reader(parts.stdout.as_bytes());
    let header = csv.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|h| h == name).unwrap();
    let [now, before] = ["consultations", "consultations_precedent"].map(column);
    let counts: Vec<[f64; 2]> = csv
        .records()
        .map(|row| {
            let row = row.unwrap();
            [now, before].map(|i| row[i].parse().unwrap_or(0.0))
        })
        .filter(|[_, before]| *before > 0.0)
        .collect();
    let sum = |year: usize| counts.iter().map(|y| y[year]).sum::<f64>();
    let growth = format!("{:.1}", 100.0 * (sum(0) / sum(1) - 1.0)).replace('.', ",");
    let said = format!(
        "Sur les {} régions lues les deux années, elles augmentent de {growth}",
        counts.len()
    );
    assert!(counts.len() == 3 && facts[0].contains(&said), "{said}: {facts:?}");
    let under = saying(&nation["synthese"]["reponses"], "régions constantes");
    let told = format!("+{growth}");
    assert!(under.iter().any(|text| text.contains(&told)), "{told}: {under:?}");

    // What is hidden is not said to be missing.
    let guyane = of_sample(&place, "bilan --region 03 --annee 2025", "bilan-03-2025");
    let points = guyane["synthese"]["vigilance"].as_array().unwrap();
    let hidden = points.iter().find(|p| p["texte"].as_str().unwrap().contains(": n.c."));
    assert_eq!(hidden.unwrap()["mot"], "Non communicable");
    assert!(points.iter().all(|p| p["mot"] != "Non renseigné"), "{points:?}");
}

#[test]
fn a_number_has_one_interval_in_the_bilan_and_in_the_evaluation() {
    let place = Place::with_sample();
    let bilan = of_sample(&place, "bilan --region 28 --annee 2025", "bilan-28-2025");
    let evaluation = of_sample(&place, "evaluation --region 28", "evaluation-28");

    // « recule de 37,5 % en 2024 à 35,1 % (−2,5 pt ; intervalle à 95 % de −3,5 pt à −1,5 pt) »
    let change = |content: &Value| -> String {
        let told = saying(content, "recule de 37,5");
        let told = told.first().unwrap_or_else(|| panic!("no change told"));
        let start = told.find('(').unwrap();
        told[start..start + told[start..].find(')').unwrap()].to_owned()
    };
    assert!(change(&bilan).contains("intervalle"), "{}", change(&bilan));
    assert_eq!(change(&bilan), change(&evaluation));
}

/// The cells of the row whose first cell begins so.
fn row<'j>(rows: &'j [Value], start: &str) -> Vec<&'j str> {
    let row = rows
        .iter()
        .find(|row| row[0].as_str().unwrap().starts_with(start))
        .unwrap_or_else(|| panic!("no row {start} in {rows:?}"));
    let cells = row.as_array().unwrap().iter();
    cells.map(|cell| cell.as_str().unwrap()).collect()
}

/// The table of criteria of the cahier des charges.
fn criteria(content: &Value) -> &Vec<Value> {
    table(chapter(content, "conformite"), "conformite").unwrap()
}

const FIXED_DAY: &str = "Tournées au jour fixe";
const PREVENTION: &str = "Consultations de prévention";

#[test]
fn one_stop_out_of_the_zones_is_told_on_the_first_page() {
    let place = place_of_normandie(&["zonages_2022.csv", "zonages_2024.csv"]);

    let content = content(&place);

    let points = content["synthese"]["vigilance"].as_array().unwrap();
    let verdict = |start: &str| {
        points
            .iter()
            .find(|point| point["texte"].as_str().unwrap().starts_with(start))
            .map(|point| point["mot"].as_str().unwrap())
    };
    assert_eq!(verdict("Communes en ZIP ou ZAC\u{202f}: 1 sur 2"), Some("Écart"));
    let all_tours = "Tournées en zone éligible\u{202f}: 75,0\u{202f}%";
    assert_eq!(verdict(all_tours), Some("Écart"));
    assert!(points.iter().all(|point| point["mot"] != "Conforme"), "{points:?}");

    let rows = criteria(&content);
    assert_eq!(
        row(rows, "Communes rurales")[1..],
        ["2 sur 2", "toutes (cahier des charges)", "Conforme"]
    );
    let threshold = "90\u{202f}% au moins (seuil de vigilance)";
    assert_eq!(row(rows, FIXED_DAY)[1..], ["75,0\u{202f}%", threshold, "À surveiller"]);
    assert_eq!(
        row(rows, PREVENTION)[2..],
        ["10\u{202f}% au plus (seuil de vigilance)", "À surveiller"]
    );
}

#[test]
fn the_committee_s_own_thresholds_are_printed_and_judged_by() {
    let place = place_of_normandie(&["zonages_2022.csv", "zonages_2024.csv"]);
    place.write(
        "medicobus.toml",
        "[seuils]\njour_fixe_min = 60\nprevention_max = 12.5\nnon_programme_hors_sas_max = 99.5\n",
    );

    let content = content(&place);

    let rows = criteria(&content);
    let threshold = "60\u{202f}% au moins (seuil de vigilance)";
    assert_eq!(row(rows, FIXED_DAY)[1..], ["75,0\u{202f}%", threshold, "Conforme"]);
    assert_eq!(
        row(rows, PREVENTION)[2..],
        ["12,5\u{202f}% au plus (seuil de vigilance)", "Conforme"]
    );

    // A share allowed is judged and printed as a share of the same whole.
    let out_of_sas =
        row(rows, "Soins non programmés hors régulation du SAS, parmi les consultations");
    assert!(out_of_sas[1].ends_with("\u{202f}%"), "{out_of_sas:?}");
    assert_eq!(out_of_sas[2], "99,5\u{202f}% au plus (seuil de vigilance)");

    let provenance = content["provenance"].to_string();
    assert!(provenance.contains("--sans-secret --config FICHIER"), "{provenance}");
}

/// Without zonings nobody knows where the buses may stop: the synthesis does not say that all is well.
#[test]
fn what_nobody_knows_is_not_said_to_conform() {
    let small_store = repository().join("tests/it/small_store");
    let place = Place::new();
    place.load(&[small_store.join("2025")]);

    let content = content(&place);

    for criterion in ["Communes rurales", "Communes en ZIP", "Tournées en commune rurale"] {
        assert_eq!(row(criteria(&content), criterion)[3], "Non renseigné");
    }
}

#[test]
fn what_the_instruction_asks_stands_in_its_chapter() {
    let place = place_of_normandie(&["zonages_2022.csv", "zonages_2024.csv"]);

    let content = content(&place);

    // A point of vigilance is one line of its template: the next one's level is none of its words.
    for level in ["conforme |", "attention |", "alerte |", "inconnu |"] {
        assert!(!content.to_string().contains(level), "{level}");
    }

    for (chapter_id, table_id, chart, sentence) in [
        ("delais", "delai_mg_territoires", "", "territoires desservis"),
        (
            "medecin_traitant",
            "part_sans_mt_territoires",
            "mt-territoires",
            "territoires desservis",
        ),
        // Of one bus there is no chart.
        ("financement", "cout/parties", "", "un jour de sortie revient à"),
        (
            "financement",
            "financement",
            "financement-sources",
            "Pour 2025, le fonctionnement",
        ),
        ("offre", "offre_durable", "offre-halteres", "avant-après"),
        ("organisation", "communes_desservies/medicobus", "", "créneaux offerts"),
    ] {
        let chapter_here = chapter(&content, chapter_id);
        assert!(table(chapter_here, table_id).is_some(), "{table_id} in {chapter_id}");
        assert!(chapter_here.to_string().contains(sentence), "{sentence} in {chapter_id}");

        let drawn = chapter_here["blocs"]
            .as_array()
            .unwrap()
            .iter()
            .any(|b| b["type"] == "graphique" && b["id"] == chart && !b["alt"].is_null());
        assert!(chart.is_empty() || drawn, "{chart} in {chapter_id}");
    }

    // The itinerary: one line per bus, its communes under their day.
    let itinerary = table(chapter(&content, "organisation"), "communes_desservies/medicobus");
    let expected = serde_json::json!([["Bus un", "Alençon (3)", "Almenêches (1)"]]);
    assert_eq!(itinerary, expected.as_array());
}

#[test]
fn a_year_that_goes_on_is_set_against_the_same_months_and_has_no_cost_of_its_days() {
    let place = Place::with_sample();
    // The reference is the instruction's: 200 000 € for 260 days.
    of_sample(&place, "bilan --region 28 --annee 2025", "bilan-28-2025");
    let svg = place.path().join("src/bilan-28-2025/graphiques/cout-jour.svg");
    let svg = std::fs::read_to_string(svg).unwrap();
    assert!(svg.contains("référence : 769\u{202f}€"), "{svg}");

    let nine = of_sample(&place, "bilan --region 28 --annee 2026", "bilan-28-2026");
    assert_eq!(nine["titre"], "Bilan 2026 des médicobus");
    assert_eq!(nine["sous_titre"], "Région Normandie, de janvier à septembre 2026");
    let months = |year: i32| -> f64 {
        let line = format!(
            "requete consultations_par_mois --annee {year} --niveau region --region 28 --format csv"
        );
        let answer = place.medicobus(&line).exits(0).stdout;
        let mut csv = csv::Reader::from_reader(answer.as_bytes());
        let header = csv.headers().unwrap().clone();
        let column = |name: &str| header.iter().position(|h| h == name).unwrap();
        let (month, count) = (column("periode"), column("consultations"));
        let rows = csv
            .records()
            .map(Result::unwrap)
            .filter(|row| row[month] <= *format!("{year}-09"));
        rows.map(|row| row[count].parse::<f64>().unwrap()).sum()
    };
    let change = 100.0 * (months(2026) / months(2025) - 1.0);
    let said = format!("{change:.1}\u{202f}% de plus en un an").replace('.', ",");
    assert!(change > 0.0 && !saying(&nine["synthese"]["faits"], &said).is_empty(), "{said}");
    assert!(
        saying(&nine, "plus qu’en 2025").is_empty(),
        "{:?}",
        saying(&nine, "plus qu’en 2025")
    );
    let funding = chapter(&nine, "financement").to_string();
    assert!(
        funding.contains("Une année inachevée") && !funding.contains("cout-jour"),
        "{funding}"
    );
}

/// The texts among the cells of a sheet.
fn texts(sheet: &calamine::Range<Data>) -> Vec<String> {
    sheet
        .used_cells()
        .filter_map(|(_, _, cell)| match cell {
            Data::String(text) => Some(text.clone()),
            _ => None,
        })
        .collect()
}

#[test]
fn the_workbook_reads_back_with_its_names_and_definitions() {
    let path = shared().path().join("c/bilan-84-2025.xlsx");
    let mut workbook: Xlsx<_> = calamine::open_workbook(&path).unwrap();

    let names = workbook.sheet_names();
    assert_eq!(names[0], "Lisez-moi");
    assert_eq!((names.len(), names[14].as_str()), (15, "Détail"), "{names:?}");
    for name in ["Chiffres clés", "Chiffres clés par zone", "Activité par mois"] {
        assert!(names.iter().any(|n| n == name), "{name} in {names:?}");
    }

    let first = texts(&workbook.worksheet_range("Lisez-moi").unwrap());
    for said in [
        "Région Auvergne-Rhône-Alpes",
        "Version du dépôt",
        "PROJET – ne pas diffuser · DONNÉES FICTIVES",
        "Chiffres clés par zone",
    ] {
        assert!(first.iter().any(|t| t == said), "{said} in {first:?}");
    }

    // Two scopes of one query are two titles; every sheet has its definition, formula and sources, and its header below.
    let mut titles = BTreeSet::new();
    for name in &names[1..14] {
        let sheet = workbook.worksheet_range(name).unwrap();
        let cell = |row: u32| sheet.get_value((row, 0)).unwrap().to_string();

        let title = cell(0);
        assert!(titles.insert(title.clone()), "{title} twice");
        assert!(cell(1).len() > 20, "{name}");
        assert_eq!(cell(2), "PROJET – ne pas diffuser · DONNÉES FICTIVES");
        assert!(matches!(sheet.get_value((3, 0)), Some(Data::String(_))), "{name}: header");

        let said = texts(&sheet);
        for start in ["Calcul : ", "Sources : ", "Requête : "] {
            assert!(said.iter().any(|t| t.starts_with(start)), "{name}: {start}");
        }
    }
}

#[test]
fn the_workbook_keeps_numbers_with_excel_s_own_formats() {
    let path = shared().path().join("c/bilan-84-2025.xlsx");
    let mut workbook: Xlsx<_> = calamine::open_workbook(&path).unwrap();

    let months = workbook.worksheet_range("Activité par mois").unwrap();
    let figures = months
        .used_cells()
        .filter(|(_, _, cell)| matches!(cell, Data::Float(_) | Data::Int(_)));
    assert!(figures.count() > 24, "figures are numbers");

    // A percentage is one for Excel too: a share, of which the format makes 23,1 %.
    let publics = workbook.worksheet_range("Publics prioritaires").unwrap();
    let head = publics.rows().nth(3).unwrap();
    let part = head.iter().position(|cell| cell == "Part des patients").unwrap();
    let shares: Vec<f64> = publics.rows().skip(4).filter_map(|row| row[part].as_f64()).collect();
    assert!(shares.len() > 3 && shares.iter().all(|x| (0.0..=1.0).contains(x)), "{shares:?}");

    let mut archive = zip::ZipArchive::new(std::fs::File::open(&path).unwrap()).unwrap();
    let mut part = |name: &str| {
        let mut text = String::new();
        let mut entry = archive.by_name(name).unwrap();
        entry.read_to_string(&mut text).unwrap();
        text
    };
    // A space in a format is printed as it stands: 1400 000. The comma is Excel's own sign for thousands.
    let styles = part("xl/styles.xml");
    assert!(styles.contains("#,##0") && !styles.contains("# ##0"), "{styles}");
    let sheet = part("xl/worksheets/sheet2.xml");
    assert!(sheet.contains("state=\"frozen\"") && sheet.contains("ySplit=\"4\""));
    assert!(part("xl/worksheets/sheet1.xml").contains("location=\"'Chiffres clés par zone'!A1\""));
}

#[test]
fn a_parquet_table_says_what_it_is() {
    let path = shared().path().join("c/bilan-84-2025/synthese_parties.parquet");

    let reader = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();

    let pairs = reader.metadata().file_metadata().key_value_metadata().unwrap();
    let said = |key: &str| {
        let key = format!("medicobus.{key}");
        let pair = pairs.iter().find(|pair| pair.key == key);
        pair.and_then(|pair| pair.value.clone()).unwrap_or_default()
    };
    assert_eq!(said("requete"), "synthese");
    assert_eq!(said("donnees_fictives"), "oui");
    assert_eq!(said("diffusion"), "oui");
    assert_eq!(said("document"), "bilan-84-2025");
    assert!(said("definition").len() > 20 && said("formule").len() > 5);
}
