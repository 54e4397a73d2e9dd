//! Bad input to every command: one clear French message, a hint, the right exit code. The words themselves are in the
//! snapshots.

use crate::fixture::Place;

#[test]
fn every_wrong_command_line_says_why_in_french() {
    let place = Place::new();

    for (line, code, said) in [
        ("chargr x", 2, "commande inconnue"),
        ("charger", 2, "il manque"),
        ("charger absent", 3, "absent"),
        ("controler absent", 3, "absent"),
        ("depot", 3, "aucun dépôt"),
        ("requetes inconnue", 2, "requête inconnue"),
        ("requete synthese --annee 2025", 3, "aucun dépôt"),
        ("bilan --region 28 --annee 2025", 3, "aucun dépôt"),
        ("sql SELECT", 3, "aucun dépôt"),
        ("referentiel absent.xlsx", 3, "absent.xlsx"),
        ("bilan --annee deux --region 28", 2, "donnez un nombre entier"),
        ("bilan --annee 3025 --region 28", 2, "un nombre entier de 2000 à 2200"),
        ("depot --date 31/03/2025", 2, "une date s'écrit AAAA-MM-JJ"),
        ("evaluation --region 28 --annees vingt", 2, "les années s'écrivent 2024-2026"),
        ("depot --depot gs://x/y", 2, "distant"),
        ("depot --depot s3://x/y", 2, "identifiants absents pour s3://x/y\n"),
    ] {
        let end = place.medicobus(line).exits(code).says(said);

        assert!(end.stderr.contains("conseil"), "« {line} » without a hint: {}", end.stderr);
        assert!(end.stdout.is_empty(), "« {line} » talks on stdout: {}", end.stdout);
    }
}

#[test]
fn what_the_system_or_a_library_refuses_is_said_in_french_with_a_way_out() {
    let place = Place::new();
    std::fs::write(place.path().join("f"), "x").unwrap();
    std::fs::write(place.path().join("cut.zip"), b"PK\x03\x04\x14\0\0\0").unwrap();

    for (line, said) in [
        ("controler f/livraison", "introuvable"),
        ("controler cut.zip", "tronquée"),
        ("referentiel f/zonage.csv", "demande un dossier"),
        ("depot --depot f/depot", "demande un dossier"),
        ("bilan --region 28 --annee 2025 --depot f/depot", "demande un dossier"),
    ] {
        let end = place.medicobus(line).exits(3).says(said);
        assert!(end.stderr.contains("conseil"), "« {line} » without a hint: {}", end.stderr);
        for english in ["os error", "EOCD", "irectory", "rror:"] {
            assert!(!end.stderr.contains(english), "« {line} »: {}", end.stderr);
        }
    }
}

#[test]
fn what_an_engine_refuses_is_said_in_french() {
    let place = Place::with_sample();
    for (query, said) in [
        ("SELECT foo FROM tournees", "aucune colonne du nom de « foo »"),
        ("SELECT * FROM nulle", "aucune table du nom de « nulle »"),
        ("SELEC 1", "ligne 1, colonne 1 : « SELEC » n'est pas attendu là"),
        ("SELECT count(* FROM tournees", "mais « ) »"),
        ("SELECT sum(nom) FROM medicobus", "sum(texte)"),
        ("SELECT foo(1) FROM tournees", "aucune fonction du nom de « foo »"),
        ("SELECT id_medicobus, count(*) FROM tournees", "doit être dans GROUP BY"),
    ] {
        let end = place.run(&["sql", query, "--depot", "depot"]).exits(2).says(said);
        for english in ["rror", "No f", "not found", "Expected", "must"] {
            assert!(!end.stderr.contains(english), "« {query} »: {}", end.stderr);
        }
    }

    std::fs::write(place.path().join("f.pdf"), "un texte").unwrap();
    let end = place
        .medicobus("verifier f.pdf --depot depot")
        .exits(3)
        .says("n'est pas un PDF");
    assert!(!end.stderr.contains("header"), "{}", end.stderr);

    // The store's times are those of its days, in universal time.
    let history = place.medicobus("depot historique --depot depot").exits(0);
    assert!(history.stdout.lines().all(|line| line.contains(" UTC  ")), "{}", history.stdout);
}

#[test]
fn help_and_version_are_data() {
    let place = Place::new();
    place.medicobus("--help").exits(0).says("Codes de retour");
    place.medicobus("--version").exits(0).says("medicobus");

    for command in [
        "demo",
        "controler",
        "charger",
        "referentiel",
        "depot",
        "requetes",
        "requete",
        "sql",
        "bilan",
        "exemple",
    ] {
        let end = place.run(&[command, "--help"]).exits(0);
        assert!(end.stdout.contains("Usage"), "{command}: {}", end.stdout);
    }
}
