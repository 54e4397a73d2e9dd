//! Bad input to every command: one clear French message, a hint, the right exit code.

use crate::fixture::Lieu;

#[test]
fn every_wrong_command_line_says_why_in_french() {
    let lieu = Lieu::new();
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
        ("bilan --annee deux --region 28", 2, "valeur refusée"),
        ("depot --depot s3://x/y", 2, "distant"),
    ] {
        let end = lieu.mots(line).attendu(code).dit(said);
        assert!(
            end.stderr.contains("conseil"),
            "« {line} » sans conseil : {}",
            end.stderr
        );
        assert!(
            end.stdout.is_empty(),
            "« {line} » parle sur stdout : {}",
            end.stdout
        );
    }
}

#[test]
fn help_and_version_are_data() {
    let lieu = Lieu::new();
    lieu.mots("--help").attendu(0).dit("Codes de retour");
    lieu.mots("--version").attendu(0).dit("medicobus");
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
        let end = lieu.run(&[command, "--help"]).attendu(0);
        assert!(end.stdout.contains("Usage"), "{command}: {}", end.stdout);
    }
}
