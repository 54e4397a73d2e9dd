//! Words and screens, kept as they are: help, listings, a faulty delivery, messages, the text of the quality note. A change
//! of wording is seen in review; how to accept one is in `tests/README.md`.

use std::process::Command;
use std::sync::LazyLock;

use regex::Regex;

use crate::fixture::{BUS, End, HEADER, Place, TODAY, consultations, repository};

/// Compares a text with `snapshots/NAME.snap`.
fn assert_snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(repository().join("tests/it/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// What varies from one run or one release to the next, and the name that stands in its place.
static VARYING: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        (r"medicobus \d+\.\d+\.\d+", "medicobus [version]"),
        (r"\d\d/\d\d/\d{4} \d\d:\d\d", "[jour et heure]"),
        (r"\d+([,.]\d+)? ?\u{202f}?(ms|s)\b", "[durée]"),
    ]
    .map(|(pattern, name)| (Regex::new(pattern).unwrap(), name))
    .into()
});

/// The text without what varies, and without blanks at the ends of lines.
fn redact(place: &Place, text: &str) -> String {
    let mut text = text.replace(&place.path().display().to_string(), "[lieu]");
    for (pattern, name) in VARYING.iter() {
        text = pattern.replace_all(&text, *name).into_owned();
    }
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n")
}

/// A command and all that it says, as on a terminal.
fn screen(place: &Place, line: &str, end: &End) -> String {
    let mut text = format!("$ medicobus {line}\n");
    for (stream, said) in [("", &end.stdout), ("(stderr)\n", &end.stderr)] {
        if !said.is_empty() {
            text.push_str(stream);
            text.push_str(&redact(place, said));
            text.push('\n');
        }
    }
    text.push_str(&format!("(code {})\n", end.code));
    text
}

fn assert_screens(name: &str, place: &Place, lines: &[&str]) {
    let screens: Vec<String> =
        lines.iter().map(|line| screen(place, line, &place.medicobus(line))).collect();
    assert_snapshot(name, &screens.join("\n"));
}

const COMMANDS: [&str; 29] = [
    "bilan",
    "campagne",
    "charger",
    "completion",
    "controler",
    "demo",
    "depot",
    "depot attendu",
    "depot exporter",
    "depot historique",
    "depot nettoyer",
    "depot purger",
    "etat-des-lieux",
    "evaluation",
    "exemple",
    "modele",
    "note-cts",
    "nouveau",
    "referentiel",
    "requete",
    "requetes",
    "secret",
    "secret auditer",
    "secret etat",
    "secret expliquer",
    "servir",
    "site",
    "sql",
    "verifier",
];

#[test]
fn help() {
    let place = Place::new();
    assert_screens("help", &place, &["--help"]);

    for command in COMMANDS {
        let name = format!("help_{}", command.replace(' ', "_"));
        assert_screens(&name, &place, &[&format!("{command} --help")]);
    }
}

#[test]
fn catalogue() {
    let place = Place::new();
    assert_screens("requetes", &place, &["requetes"]);
    assert_screens("requetes_delai_rendez_vous", &place, &["requetes delai_rendez_vous"]);
}

/// The small store of the hand-worked answers, without région 11.
fn small_store() -> Place {
    Place::loaded(
        &repository().join("tests/it/small_store"),
        &["2021", "2024", "2025", "centre"],
        &["zonages_2022.csv", "zonages_2024.csv"],
    )
}

#[test]
fn indicators_on_screen() {
    let place = small_store();
    let open = "requete deploiement --annee 2024-2025 --niveau region";
    let hidden = "requete consultations_par_profil --annee 2025 --niveau region --region 28";
    assert_screens("requete", &place, &[open, hidden]);
    assert_screens(
        "requete_csv",
        &place,
        &[&format!("{open} --format csv"), &format!("{hidden} --format csv")],
    );
}

#[test]
fn state_and_history_of_the_store() {
    let place = small_store();
    assert_screens("depot", &place, &["depot", "depot historique", "secret etat"]);
}

/// Consultations of which some rows break a rule each, and others only deserve a warning.
fn faulty_consultations() -> String {
    let changes = [
        (3, ",F,non,", ",X,non,"),
        (5, ",80+,", ",,"),
        (8, "2025-03-", "2025-13-"),
        (11, "ORNE-1", "AILLEURS"),
        (14, "2025-03-", "2024-03-"),
        (17, "C00016", "C00015"),
        (20, ",presentiel,", ",téléphone,"),
        (21, ",presentiel,", ",téléphone,"),
        (25, "61079", "61002"),
    ];

    let good = consultations(240, 2);
    let rows = good.lines().enumerate().map(|(i, row)| {
        let change = changes.iter().find(|(rank, ..)| *rank == i);
        change.map_or(row.to_string(), |(_, from, to)| row.replacen(from, to, 1))
    });
    rows.collect::<Vec<_>>().join("\n") + "\n"
}

/// A stop on each day that has consultations, and four in April that break a rule or deserve a warning.
fn faulty_tours() -> String {
    let mut text =
        String::from("id_medicobus,date,code_commune,creneaux_offerts,creneaux_honores,annulee\n");
    for day in 1..=28 {
        text.push_str(&format!("ORNE-1,2025-03-{day:02},61079,12,9,non\n"));
    }
    text.push_str(
        "ORNE-1,2025-04-01,61079,12,14,non\n\
         ORNE-1,2025-04-02,61079,dix,8,non\n\
         ORNE-1,2025-04-03,61079,12,8,oui\n\
         AILLEURS,2025-04-04,61079,12,8,non\n",
    );
    text
}

/// A faulty delivery, with a file that nobody asked for.
fn place_with_a_faulty_delivery() -> Place {
    let place = Place::new();
    place.delivery(
        "livraison",
        &[
            ("livraison.toml", HEADER),
            ("medicobus.csv", BUS),
            ("tournees.csv", &faulty_tours()),
            ("consultations.csv", &faulty_consultations()),
            ("releve.csv", "a,b\n1,2\n"),
        ],
    );
    place
}

#[test]
fn a_faulty_delivery_on_screen() {
    let place = place_with_a_faulty_delivery();
    let check = format!("controler livraison --aujourdhui {TODAY} -o controle");
    let strict = format!("{check} --tolerance 0.001");
    let load = format!("charger livraison --aujourdhui {TODAY}");

    assert_screens("controler", &place, &[&check, &strict]);
    assert_screens("charger", &place, &[&load, &load]);

    let quarantine = place.path().join("controle/livraison/quarantaine.csv");
    assert_snapshot("quarantaine", &std::fs::read_to_string(quarantine).unwrap());
}

#[test]
fn an_identity_on_screen() {
    let place = Place::new();
    let rows = consultations(50, 0).replacen("C00007", "285056107912317", 1);
    place.delivery_of_one_bus("livraison", HEADER, &rows);
    let check = format!("controler livraison --aujourdhui {TODAY} -o controle");
    assert_screens("controler_identite", &place, &[&check]);
}

#[test]
fn the_text_of_the_quality_note() {
    if Command::new("pdftotext").arg("-v").output().is_err() {
        eprintln!("pdftotext is missing (Debian: poppler-utils): the quality note is not compared");
        return;
    }
    let place = place_with_a_faulty_delivery();
    place
        .medicobus(&format!("controler livraison --aujourdhui {TODAY} -o controle"))
        .exits(0);

    let note = "controle/livraison/note-qualite-28-2025.pdf";
    let output = Command::new("pdftotext")
        .args(["-layout", note, "-"])
        .current_dir(place.path())
        .output()
        .unwrap();
    let text = redact(&place, &String::from_utf8(output.stdout).unwrap());
    // How wide the gaps between columns are is not in the note: it differs from one version of poppler to the next.
    let lines: Vec<String> = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect();
    assert_snapshot("note_qualite", &lines.join("\n"));
}

#[test]
fn messages_of_a_command_line_that_is_wrong() {
    assert_screens(
        "messages_commandes",
        &Place::new(),
        &[
            "chargr x",
            "charger",
            "charger l --tolerance beaucoup",
            "bilan --annee deux --region 28",
            "bilan --annee 2025",
            "bilan --annee 2025 --region 28 --departement 61",
            "requetes inconnue",
            "requete sinthese --annee 2025",
            "requete synthese --annee 2025 --format pdf",
            "depot --depot s3://x/y",
            "exemple --regions 99 nouveau",
            "completion csh",
        ],
    );
}

#[test]
fn messages_of_what_is_not_there() {
    let place = Place::new();
    place.write("vide.pdf", "");
    place.write("livre.xlsx", "pas un classeur");
    place.write("faute.toml", "[seuils]\nseuil_inconnu = 1\n");
    place.write("requetes/sans_entete.sql", "SELECT 1\n");
    assert_screens(
        "messages_absents",
        &place,
        &[
            "charger absent",
            "controler livre.xlsx --config absent.toml",
            "charger livre.xlsx --config faute.toml",
            "depot",
            "sql SELECT",
            "referentiel absent.xlsx",
            "verifier absent.pdf",
            "verifier vide.pdf",
            "requetes --queries requetes",
            "secret auditer absent.csv",
            // Last: its quarantine makes a store.
            "charger livre.xlsx",
        ],
    );
}

#[test]
fn messages_of_a_store_that_cannot_answer() {
    let place = small_store();
    assert_screens(
        "messages_depot",
        &place,
        &[
            "requete synthese",
            "requete synthese --annee 2025 --niveau canton",
            "requete synthese --annee 2025 --niveau national --region 28",
            "requete synthese --annee 2025 --region 99",
            "requete synthese --annee 2025 --medicobus B9",
            "requete synthese --annee 2025 --param couleur=bleu",
            "requete synthese --annee 2025 --version 99",
            "requete synthese --annee 2025 --date 2020-01-31",
            "requete pyramide_ages --annee 2025 --niveau medicobus",
            "requete deploiement --annee 2025 --region 24 --departement 61",
            "bilan --region 99 --annee 2025",
            "bilan --region 28 --annee 1999",
            "evaluation --region 28 --population absent.csv",
        ],
    );

    let sql: Vec<String> = [
        "DROP TABLE consultations",
        "SELEC 1",
        "SELECT * FROM nulle_part",
        "SELECT * FROM consultations",
        "SELECT * FROM territoires",
        "SELECT creneaux_honores FROM tournees",
        "SELECT cle_praticien, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1",
        "SELECT $annee AS a",
    ]
    .iter()
    .map(|text| screen(&place, &format!("sql \"{text}\""), &place.run(&["sql", text])))
    .collect();
    assert_snapshot("messages_sql", &sql.join("\n"));
}
