//! The board of expected deliveries over the régions, « rien à déclarer », and the letters to those who are late.

use std::collections::BTreeMap;

use geography::Communes;

use crate::fixture::{BUS, HEADER, Place, TODAY, consultations};

const REGIONS: [&str; 18] = [
    "01", "02", "03", "04", "06", "11", "24", "27", "28", "32", "44", "52", "53", "75", "76", "84",
    "93", "94",
];
const BOARD: &str = "depot attendu --annees 2025 --aujourdhui 2026-06-01 --config relances.toml";
const REMINDERS: &str = "[relances]\ncontact = \"medicobus@exemple.fr\"\ndelai = 60\n\n[relances.adresses]\n11 = \"ars11@exemple.fr\"\n44 = \"ars44@exemple.fr\"\n";

/// Writes the delivery of a région's only bus; `more` is added to its header.
fn deliver(
    place: &Place,
    communes: &Communes,
    region: &str,
    (year, more): (&str, &str),
    rows: &str,
) {
    let commune = communes.iter().find(|c| c.region == region).unwrap();
    let of_region = |text: &str| {
        text.replace("ORNE-1", &format!("BUS-{region}"))
            .replace("61079", &commune.code)
            .replace(",28,61,", &format!(",{region},{},", commune.departement))
            .replace("2025-03", &format!("{year}-03"))
    };
    let header = HEADER
        .replace("\"28\"", &format!("\"{region}\""))
        .replace("\"2025\"", &format!("\"{year}\""));

    let folder = format!("{region}-{year}");
    let _ = std::fs::remove_dir_all(place.path().join(&folder));
    let (header, bus, rows) = (header + more, of_region(BUS), of_region(rows));
    let mut files = vec![("livraison.toml", header.as_str()), ("medicobus.csv", bus.as_str())];
    if !rows.is_empty() {
        files.push(("consultations.csv", rows.as_str()));
    }
    place.delivery(&folder, &files);
}

fn load(place: &Place, folder: &str, day: &str, code: i32) {
    place.medicobus(&format!("charger {folder} --aujourdhui {day}")).exits(code);
}

/// Eighteen régions with a bus each: on time, late, refused, replaced, silent, with nothing to declare.
fn eighteen_regions() -> Place {
    let (place, communes) = (Place::new(), Communes::embedded().unwrap());
    let full = consultations(20, 0);
    place.write("relances.toml", REMINDERS);

    for region in REGIONS.iter().filter(|r| !["11", "24", "44", "53"].contains(*r)) {
        deliver(&place, communes, region, ("2025", ""), &full);
    }
    let on_time: Vec<String> = REGIONS
        .iter()
        .filter(|r| !["11", "24", "44", "53", "84"].contains(*r))
        .map(|region| format!("{region}-2025"))
        .collect();
    load(&place, &on_time.join(" "), "2026-02-01", 0);

    load(&place, "84-2025", "2026-03-11", 0);
    deliver(&place, communes, "03", ("2025", ""), &consultations(30, 0));
    load(&place, "03-2025", "2026-04-01", 0);
    deliver(&place, communes, "44", ("2025", ""), &consultations(16, 4));
    load(&place, "44-2025", "2026-02-01", 1);
    let nothing = "rien_a_declarer = [\"Consultations\", \"tournees\"]\n";
    deliver(&place, communes, "53", ("2025", nothing), "");
    load(&place, "53-2025", "2026-02-01", 0);
    // Known by the year before, and silent since.
    for region in ["11", "24"] {
        deliver(&place, communes, region, ("2024", ""), &full);
        load(&place, &format!("{region}-2024"), "2025-02-01", 0);
    }
    place
}

#[test]
fn the_board_says_what_became_of_each_expected_delivery() {
    let place = eighteen_regions();
    let end = place.medicobus(&format!("{BOARD} --format csv")).exits(0);

    let mut table = csv::Reader::from_reader(end.stdout.as_bytes());
    let head = table.headers().unwrap().clone();
    let at = |name: &str| head.iter().position(|h| h == name).unwrap();
    let lines: BTreeMap<String, csv::StringRecord> =
        table.records().map(|r| r.unwrap()).map(|r| (r[0].to_owned(), r)).collect();
    assert_eq!(lines.keys().map(String::as_str).collect::<Vec<_>>(), REGIONS);

    let told = |region: &str| {
        let line = &lines[region];
        let names = ["etat", "recue_le", "jours_retard", "remplacements", "rien_a_declarer"];
        names.map(|name| line[at(name)].to_owned())
    };
    assert_eq!(told("28"), ["reçue", "2026-02-01", "0", "0", ""]);
    // Due on 1 March 2026.
    assert_eq!(told("84"), ["reçue", "2026-03-11", "10", "0", ""]);
    assert_eq!(told("03"), ["reçue, remplace", "2026-04-01", "0", "1", ""]);
    assert_eq!(told("44"), ["refusée", "", "92", "0", ""]);
    assert_eq!(
        told("53"),
        ["rien à déclarer", "2026-02-01", "0", "0", "consultations; tournees"]
    );
    assert_eq!(told("24"), ["manquante", "", "92", "0", ""]);
    assert!(lines["44"][at("motifs_refus")].contains("tolérance"), "{:?}", lines["44"]);
    assert_eq!(&lines["28"][at("tables_absentes")], "tournees; dessertes; financements");
    assert_eq!(&lines["53"][at("tables_absentes")], "dessertes; financements");

    let screen = place.medicobus(BOARD).exits(0);
    assert!(
        screen.stdout.contains(
            "13 reçues, 1 reçue qui remplace, 1 sans rien à déclarer, 1 refusée, 2 manquantes"
        ),
        "{}",
        screen.stdout
    );
    let json = place.medicobus(&format!("{BOARD} -o tableau.json")).exits(0);
    assert!(json.stdout.is_empty());
    let text = std::fs::read(place.path().join("tableau.json")).unwrap();
    let board: serde_json::Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(board["attendus"].as_array().unwrap().len(), 18);
    assert_eq!(board["attendus"][0]["etat"], "reçue");

    letters_are_written(&place);
}

/// A letter without its line ends, its signs as they are typed.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('’', "'")
}

/// Letters go to those with something to mend, with their delay, their deadline and whom to answer.
fn letters_are_written(place: &Place) {
    place
        .medicobus(&format!("{BOARD} --relances lettres --avant 2026-06-30"))
        .exits(0)
        .says("région 24 : pas d'adresse");
    let read =
        |name: &str| std::fs::read_to_string(place.path().join("lettres").join(name)).unwrap();
    let missing = joined(&read("relance-11.txt"));
    for part in [
        "Objet : Médicobus, Île-de-France : une livraison attendue",
        "Période 2025 : rien ne nous est parvenu. La livraison était attendue le 1er mars 2026 (92 jours de retard).",
        "avant le 30 juin 2026",
        "Pour toute question : medicobus@exemple.fr",
        "rien_a_declarer",
        "Merci de nous faire parvenir la livraison attendue avant le 30 juin 2026",
    ] {
        assert!(missing.contains(part), "« {part} » is missing in {missing}");
    }
    // It never sent any in that year: no note of it is spoken of.
    assert!(!missing.contains("votre dernier envoi"), "{missing}");

    let refused = joined(&read("relance-44.txt"));
    assert!(
        refused.contains("votre envoi du 1er février 2026 n'a pas pu être enregistré"),
        "{refused}"
    );
    assert!(refused.contains("(4 lignes : 18 à 21) : corrigez le code Insee"), "{refused}");

    let message = read("relance-44.eml");
    let (head, body) = message.split_once("\r\n\r\n").unwrap();
    assert!(head.is_ascii(), "{head}");
    for line in [
        "X-Unsent: 1",
        "To: ars44@exemple.fr",
        "Date: Mon, 01 Jun 2026 09:00:00 +0000",
        "Content-Type: text/plain; charset=utf-8",
    ] {
        assert!(head.lines().any(|l| l == line), "« {line} » is missing in {head}");
    }
    assert!(head.contains("<medicobus@exemple.fr>") && !head.contains("Cc:"), "{head}");
    assert!(!body.replace("\r\n", "").contains('\n'), "a bare line end");
    assert!(!read("relance-24.eml").contains("\r\nTo:"), "no address is known of région 24");
}

#[test]
fn letters_need_an_address_to_answer_to_and_addresses_that_are_one() {
    let place = Place::new();
    place.delivery_of_one_bus("l", HEADER, &consultations(20, 0));
    place.medicobus(&format!("charger l --aujourdhui {TODAY}")).exits(0);

    let end = place.medicobus("depot attendu --relances lettres").exits(2);
    assert!(end.stderr.contains("contact = \"adresse@exemple.fr\""), "{}", end.stderr);
    place.write(
        "medicobus.toml",
        "[relances]\ncontact = \"a@b.fr\"\n[relances.adresses]\n28 = \"a@b.fr\\nBcc: c@d.fr\"\n",
    );
    place
        .medicobus("depot attendu --relances lettres")
        .exits(2)
        .says("n'est pas une adresse de courriel");
    place
        .medicobus("depot attendu --region 99")
        .exits(2)
        .says("région inconnue : 99");

    // Those of which nothing is known are named, with how to see them; one is expected when it is asked for.
    let all = format!("depot attendu --aujourdhui {TODAY}");
    let end = place.medicobus(&all).exits(0);
    let absent = "17 régions dont rien n'est attendu, faute de projet, d'objectif ou de livraison connus pour ces années : ";
    assert!(end.stdout.contains(absent), "{}", end.stdout);
    assert!(end.stdout.contains("(--region 01,02,03,04,06,11,24,27,32,"), "{}", end.stdout);
    let end = place.medicobus(&format!("{all} --region 28")).exits(0);
    assert!(!end.stdout.contains("rien n'est attendu"), "{}", end.stdout);
    let asked = "depot attendu --region 94 --annees 2024-2025 --aujourdhui 2026-06-01 --format csv";
    let end = place.medicobus(asked).exits(0);
    assert_eq!(end.stdout.matches("manquante").count(), 2, "{}", end.stdout);
}

#[test]
fn what_has_nothing_to_declare_is_known_and_has_no_row() {
    let place = Place::new();
    let check = |names: &str| {
        let header = format!("{HEADER}rien_a_declarer = {names}\n");
        place.delivery_of_one_bus("l", &header, &consultations(20, 0));
        place.medicobus(&format!("controler l --aujourdhui {TODAY}"))
    };

    check("[\"delais_mg\", \"offre\"]").exits(0);
    check("[\"consultations\"]")
        .exits(1)
        .says("« consultations » n'a rien à déclarer, et la livraison en apporte 20 lignes");
    check("[\"ORNE-1\"]").exits(1).says("« ORNE-1 » n'a rien à déclarer");
    check("[\"ORNE-9\"]")
        .exits(1)
        .says("qui n'est ni une table ni un médicobus connu");
    check("\"offre\"").exits(1).says("rien_a_declarer = [\"delais_mg\"]");
    let identity = check("[\"285056107912317\"]").exits(1);
    assert!(!format!("{identity:?}").contains("285056107912317"));
}

/// Two years told at once are two lines of the board, and one list of what to correct.
#[test]
fn what_one_delivery_lacks_for_two_years_is_said_once() {
    let place = Place::new();
    let rows = consultations(20, 0).replace("2025-03", "2023-03");
    place.delivery_of_one_bus("l", &HEADER.replace("\"2025\"", "\"2022-2023\""), &rows);
    place.write("l/medicobus.csv", &BUS.replace("2024-01-15", "2022-01-15"));
    place.write("relances.toml", REMINDERS);
    load(&place, "l", "2024-02-01", 0);

    let line = "depot attendu --annees 2022-2023 --aujourdhui 2024-06-01 --config relances.toml";
    place
        .medicobus(&format!("{line} --relances lettres"))
        .exits(0)
        .says("1 lettre, 2 fichiers");
    let letter = std::fs::read_to_string(place.path().join("lettres/relance-28.txt")).unwrap();
    let letter = joined(&letter);
    assert_eq!(letter.matches("tables absentes : ").count(), 1, "{letter}");
    assert!(
        letter.contains(
            "- mêmes points que pour la période 2022 : c'est la même livraison, 2022-2023."
        ),
        "{letter}"
    );
}

/// A past state of the store does not know what came, or was refused, since.
#[test]
fn the_board_of_a_past_state_is_what_it_was() {
    let place = Place::new();
    place.delivery_of_one_bus("l", HEADER, &consultations(20, 0));
    place.medicobus(&format!("charger l --aujourdhui {TODAY}")).exits(0);
    place.delivery_of_one_bus("l", HEADER, &consultations(30, 0));
    place.medicobus(&format!("charger l --aujourdhui {TODAY}")).exits(0);
    place.delivery_of_one_bus("l", HEADER, &consultations(16, 4));
    place.medicobus(&format!("charger l --aujourdhui {TODAY}")).exits(1);

    let board = |state: &str| {
        let line = format!("depot attendu --annees 2025 --aujourdhui {TODAY} {state}");
        place.medicobus(&line).exits(0).stdout
    };
    let now = board("");
    assert!(now.contains("reçue, remplace") && now.contains("dernier envoi refusé"), "{now}");
    // The letter says what came of the last one, and why.
    place.write("relances.toml", REMINDERS);
    board("--config relances.toml --relances lettres");
    let letter = std::fs::read_to_string(place.path().join("lettres/relance-28.txt")).unwrap();
    let letter = letter.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(letter.contains("qui devait la remplacer, a été refusé : "), "{letter}");
    assert!(
        letter.contains("tolérance") && letter.contains("votre dernier envoi"),
        "{letter}"
    );

    let before = board("--version 1");
    assert!(!before.contains("remplace") && !before.contains("refusé"), "{before}");
}

/// The same folder loaded again: what was replaced since is no refusal, and what is stored stays as it came.
#[test]
fn a_delivery_that_was_replaced_and_comes_again_changes_nothing_on_the_board() {
    let place = Place::new();
    let load = |name: &str, rows: &str, day: &str, code: i32| {
        place.delivery_of_one_bus(name, HEADER, rows);
        load(&place, name, day, code);
    };
    let (first, second) = (consultations(40, 0), consultations(40, 1));
    load("l1", &first, "2026-02-01", 0);
    load("l2", &second, "2026-02-10", 0);

    let board = || {
        let line = "depot attendu --annees 2025 --aujourdhui 2026-06-01 --format json";
        place.medicobus(line).exits(0).stdout
    };
    let before = board();
    assert!(before.contains("\"recue_le\": \"2026-02-10\""), "{before}");
    assert!(before.contains("\"part_refusee\": 2.4"), "{before}");

    load("l1", &first, "2026-05-20", 1);
    load("l2", &second, "2026-05-20", 0);
    assert_eq!(board(), before);
}
