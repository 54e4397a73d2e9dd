//! The two short documents: the territory of a project before its bus opens, and the page for the conseil territorial de santé.

use std::path::Path;

use lopdf::Document;
use serde_json::Value;

use crate::fixture::{End, Place, repository};

/// Runs a command and reads `donnees.json` of the document that it makes.
fn content(place: &Place, command: &str, name: &str) -> Value {
    place.medicobus(&format!("{command} --source src")).exits(0);
    let text = std::fs::read(place.path().join(format!("src/{name}/donnees.json"))).unwrap();
    serde_json::from_slice(&text).unwrap()
}

fn pages(pdf: &Path) -> usize {
    Document::load(pdf).unwrap().get_pages().len()
}

/// Every text of a document's content, in reading order.
fn words(content: &Value) -> String {
    match content {
        Value::String(text) => format!("{text}\n"),
        Value::Array(list) => list.iter().map(words).collect(),
        Value::Object(fields) => fields.values().map(words).collect(),
        _ => String::new(),
    }
}

fn chapter<'j>(content: &'j Value, id: &str) -> &'j Value {
    let chapters = content["chapitres"].as_array().unwrap();
    chapters.iter().find(|c| c["id"] == id).unwrap()
}

/// The row of a chapter's table that begins with these words.
fn row(content: &Value, id: &str, words: &str) -> Vec<String> {
    let blocks = chapter(content, id)["blocs"].as_array().unwrap();
    let mut rows = blocks.iter().filter_map(|b| b["lignes"].as_array()).flatten();
    let row = rows.find(|r| r[0].as_str().unwrap().starts_with(words));
    let row = row.unwrap_or_else(|| panic!("no row {words} in {id}")).as_array().unwrap();
    row.iter().map(|cell| cell.as_str().unwrap().to_string()).collect()
}

fn small_store(zonings: &[&str]) -> Place {
    let source = repository().join("tests/it/small_store");
    Place::loaded(&source, &["2021", "2024", "2025"], zonings)
}

/// B1 serves 61001 and 61002. The panel of the last quarter knows 61001 (110 patients, 11 without; 20 in ALD) and, outside, 61077
/// (200, 30). 61001 is rural and in ZIP, 61002 rural and in no zone.
#[test]
fn a_territory_beside_the_rest_of_its_departement() {
    let place = small_store(&["zonages_2024.csv"]);
    let name = "etat-des-lieux-B1-2025";
    let told = content(&place, "etat-des-lieux --medicobus B1 --annee 2025", name);

    let need = row(&told, "besoin", "Part sans médecin traitant");
    assert_eq!(need[1..], ["10,0\u{202f}%", "15,0\u{202f}%", "13,2\u{202f}%"]);
    let title = chapter(&told, "besoin")["titre"].as_str().unwrap();
    assert!(
        title.contains("10,0\u{202f}%") && title.contains("contre 15,0\u{202f}%"),
        "{title}"
    );

    // Two in ALD without médecin traitant are too few to be told, and so are the sums that give them back.
    assert_eq!(row(&told, "besoin", "En ALD sans")[1], "n.c.");

    let title = chapter(&told, "zonage")["titre"].as_str().unwrap();
    assert!(title.contains("1 commune sur 2"), "{title}");
    assert!(words(chapter(&told, "zonage")).contains("1 commune reste à juger"));
    assert_eq!(row(&told, "sources", "Zonage")[1..], ["En partie", "1 sur 2", "2024"]);

    // B1 declared what no count tells; an installation in 61001 is on record, no competing measure is.
    assert!(words(chapter(&told, "place")).contains("Installation d’un généraliste"));
    assert_eq!(row(&told, "sources", "Mesures")[1], "Non chargé");
    assert!(pages(&place.path().join(format!("out/{name}.pdf"))) <= 2);
}

/// Nothing ran and nobody delivered: what is not loaded is said, and nothing is made up.
#[test]
fn a_territory_of_a_store_without_a_tour() {
    let place = Place::new();
    place.load_zonings(&[repository().join("tests/it/small_store/zonages_2024.csv")]);
    let command = "etat-des-lieux --nom Écouves --communes 61001,61002,61001 --annee 2025";
    let told = content(&place, command, "etat-des-lieux-ecouves-2025");

    assert_eq!(told["date"]["annee"], 2024);
    assert_eq!(row(&told, "besoin", "Part sans médecin traitant")[1], "non chargé");
    for source in [
        "Médecin traitant",
        "ALD",
        "Enquête",
        "Mesures",
        "Habitants de 75 ans",
        "Éloignement",
    ] {
        assert_eq!(row(&told, "sources", source)[1], "Non chargé", "{source}");
    }
    assert_eq!(row(&told, "sources", "Grille")[1..], ["Chargé", "2 sur 2", "2024"]);
    let title = chapter(&told, "place")["titre"].as_str().unwrap();
    assert!(title.contains("personne n’a déclaré"), "{title}");

    place
        .medicobus("bilan --region 28 --annee 2025")
        .exits(2)
        .says("aucune livraison ne parle de 2025");
}

#[test]
fn a_territory_that_is_none_is_refused_with_a_way_out() {
    let place = small_store(&["zonages_2024.csv"]);
    let refused = |line: &str, said: &[&str]| {
        let end: End = place.medicobus(&format!("etat-des-lieux --annee 2025 {line}")).exits(2);
        for words in said {
            assert!(end.stderr.contains(words), "{line}: {}", end.stderr);
        }
    };

    refused("--nom X --communes 61001,50358", &["50358", "50417"]);
    refused("--nom X --communes 99999", &["99999", "codes INSEE"]);
    refused("--communes 61001", &["--nom"]);
    refused("--epci 123", &["123", "neuf chiffres"]);
    refused("--medicobus B9", &["B9"]);
    refused("--nom ... --communes 61001", &["ne nomme pas un projet"]);
}

/// A final document is remade from its manifest alone, the named communes included.
#[test]
fn short_documents_are_verified_like_the_others() {
    let place = Place::with_sample();
    for (command, name) in [
        (
            "etat-des-lieux --nom Perche --communes 61079,61230",
            "etat-des-lieux-perche-2025",
        ),
        (
            "etat-des-lieux --medicobus 28-61-ORNE-EST",
            "etat-des-lieux-28-61-ORNE-EST-2025",
        ),
        ("note-cts --departement 61", "note-cts-departement-61-2025"),
    ] {
        place.medicobus(&format!("{command} --annee 2025 --final")).exits(0);
        let end = place.medicobus(&format!("verifier out/{name}.pdf --depot depot")).exits(0);
        assert!(end.stdout.contains("identique"), "{name}: {}", end.stdout);
    }
}

#[test]
fn the_note_is_one_page_of_plain_words_and_keeps_secrecy() {
    let place = Place::with_sample();
    for (zone, name) in [
        ("--region 28", "note-cts-28-2025"),
        ("--region 03", "note-cts-03-2025"),
        ("--region 84", "note-cts-84-2025"),
        ("--departement 61", "note-cts-departement-61-2025"),
        ("--departement 27", "note-cts-departement-27-2025"),
    ] {
        let told = content(&place, &format!("note-cts {zone} --annee 2025"), name);
        assert_eq!(pages(&place.path().join(format!("out/{name}.pdf"))), 1, "{name}");

        let questions = ["profils", "medecin_traitant", "delai", "offre"];
        for id in questions {
            let sentences = chapter(&told, id)["phrases"].as_array().unwrap();
            assert!(!sentences.is_empty(), "{name}: {id}");
        }

        // What only the trade understands.
        let shown = [&told["synthese"], &told["chapitres"]].map(words).concat();
        for jargon in ["ALD", "IC 95", "intervalle", "médian", "ZIP", "APL", "ETP", "CPTS"] {
            assert!(!shown.contains(jargon), "{name}: {jargon}");
        }
    }

    let end = place.medicobus("note-cts --region 28 --annee 2025 --sans-secret").exits(2);
    assert!(end.stderr.contains("secret"), "{}", end.stderr);
}

/// Five patients are too few for any of their numbers.
#[test]
fn the_note_of_a_handful_of_patients_tells_none_of_them() {
    let place = small_store(&["zonages_2024.csv"]);
    let note = content(&place, "note-cts --region 28 --annee 2025", "note-cts-28-2025");

    let figures = note["synthese"]["chiffres"].as_array().unwrap();
    let figure = |label: &str| figures.iter().find(|f| f["libelle"] == label).unwrap();
    assert_eq!(figure("jours de sortie")["valeur"], "4");
    for label in ["consultations", "personnes reçues"] {
        assert_eq!(figure(label)["valeur"], "n.c.", "{label}");
    }

    for profile in ["Personnes sans", "Personnes de 80", "Enfants"] {
        let cells = row(&note, "profils", profile);
        assert!(cells[1..].iter().all(|cell| cell == "n.c."), "{cells:?}");
    }
    assert!(words(chapter(&note, "profils")).contains("ne peut pas être publiée"));
}
