//! Views: read by the catalogue's queries and by own SQL, guarded as the tables behind them, named in manifests.

use std::path::Path;

use serde_json::Value;

use crate::campagne::{commun, copie};
use crate::fixture::{Lieu, fichiers};

fn release(nom: &str) -> String {
    let queries = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../queries");
    std::fs::read_to_string(queries.join(nom)).unwrap()
}

fn vue(nom: &str, sql: &str) -> String {
    format!("/*---\nnom = \"{nom}\"\nligne = \"Une ligne\"\n---*/\n{sql}\n")
}

/// What `requete LIGNE` says of the shared store with the views of a folder of one's own.
fn refus(vues: &[(&str, &str)]) -> String {
    let lieu = Lieu::new();
    lieu.livraison("q/vues", vues);
    let fin = lieu
        .mots(&format!(
            "requete deploiement --annee 2025 --queries q --depot {}",
            commun().depot().display()
        ))
        .attendu(2);
    fin.stderr
}

#[test]
fn own_sql_reads_a_view_as_the_gate_lets_it_read_the_tables_behind() {
    let depot = commun().depot();
    let sql = |texte: &str| {
        let depot = depot.display().to_string();
        commun().run(&["sql", texte, "--format", "csv", "--depot", &depot])
    };

    let par_vue = sql(
        "SELECT tranche_age, count(*) AS n, count(DISTINCT cle_patient) AS patients \
         FROM visites WHERE annee = 2025 GROUP BY 1 ORDER BY 1",
    )
    .attendu(0);
    let par_table = sql(
        "SELECT tranche_age, count(*) AS n, count(DISTINCT cle_patient) AS patients FROM consultations \
         WHERE date_consultation >= DATE '2025-01-01' AND date_consultation < DATE '2026-01-01' GROUP BY 1 ORDER BY 1",
    )
    .attendu(0);
    assert_eq!(par_vue.stdout, par_table.stdout);
    assert!(par_vue.stdout.contains("80+,"), "{}", par_vue.stdout);

    for texte in [
        "SELECT niveau, count(*) AS n FROM zones GROUP BY 1",
        "SELECT * FROM territoires_desservis",
        "SELECT id_medicobus, date FROM tournees_tenues WHERE annee = 2025",
        "SELECT * FROM eligibilites",
        "DESCRIBE visites",
    ] {
        sql(texte).attendu(0);
    }
    for texte in [
        "SELECT * FROM visites",
        "SELECT patient, count(DISTINCT cle_patient) AS patients FROM (SELECT patient, cle_praticien AS cle_patient FROM visites) GROUP BY 1",
        "SELECT count(DISTINCT patient) AS patients FROM visites",
        "SELECT sum(attente) AS n, count(DISTINCT cle_patient) AS patients FROM visites",
        "SELECT * FROM profils_annuels",
        "SELECT statut_mt, count(DISTINCT patient) AS patients FROM profils_annuels GROUP BY 1",
        "SELECT * FROM recherches_mt",
        "SELECT * FROM regions_observees",
        "EXPLAIN SELECT count(*) AS n FROM visites",
    ] {
        let fin = sql(texte).attendu(2);
        assert!(fin.stdout.is_empty(), "{texte}: {}", fin.stdout);
    }
}

#[test]
fn the_catalogue_lists_views_and_the_export_leaves_them_to_other_engines() {
    let lieu = Lieu::new();
    lieu.mots("requetes")
        .attendu(0)
        .dit("profils_annuels")
        .dit("Une tournée qui n'a pas été annulée");
    lieu.mots("requetes deploiement")
        .attendu(0)
        .dit("- Vues : tournees_tenues, zones");

    // The export is written in the history of the store.
    let lieu = copie();
    lieu.mots("depot exporter tables").attendu(0);
    let noms: Vec<String> = fichiers(&lieu.path().join("tables"))
        .iter()
        .map(|p| p.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert!(noms.contains(&"tournees".to_string()), "{noms:?}");
    assert!(!noms.contains(&"tournees_tenues".to_string()), "{noms:?}");
}

#[test]
fn a_changed_view_changes_the_queries_on_it_and_the_manifest_says_so() {
    let lieu = Lieu::new();
    let nom = "vues/tournees_tenues.sql";
    let change = release(nom).replace("<> 'oui'", "<> 'non'");
    lieu.livraison("q/vues", &[("tournees_tenues.sql", &change)]);
    lieu.mots(&format!(
        "bilan --medicobus 84-26-ST-RAMBERT --annee 2025 --depot {} --queries q --source s -o o",
        commun().depot().display()
    ))
    .attendu(0);

    let manifeste = fichiers(&lieu.path().join("s"))
        .into_iter()
        .find(|p| p.ends_with("manifeste.json"))
        .unwrap();
    let manifeste: Value = serde_json::from_slice(&std::fs::read(manifeste).unwrap()).unwrap();
    let requete = |nom: &str| {
        let toutes = manifeste["requetes"].as_array().unwrap();
        toutes.iter().find(|r| r["nom"] == nom).unwrap().clone()
    };
    assert_eq!(requete("deploiement")["origine"], "modified");
    assert_eq!(requete("financement")["origine"], "release");
    let noms: Vec<String> = requete("deploiement")["vues"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    assert_eq!(noms, ["tournees_tenues", "zones"]);

    // The PDF of the release's views, made again with the changed one.
    let pdf = commun().path().join("c/bilan-84-2025.pdf");
    lieu.mots(&format!(
        "verifier {} --depot {} --queries q",
        pdf.display(),
        commun().depot().display()
    ))
    .attendu(1)
    .dit("requête : vue tournees_tenues : modifié");
}

#[test]
fn what_is_wrong_with_a_view_is_said_in_french() {
    let inconnue = vue("zones", "SELECT * FROM medicobuss");
    let dit = refus(&[("zones.sql", &inconnue)]);
    assert!(
        dit.contains("vue zones : ni table ni vue du nom de « medicobuss »"),
        "{dit}"
    );
    assert!(dit.contains("vouliez-vous dire « medicobus »"), "{dit}");

    let parametre = vue(
        "a",
        "SELECT * FROM tournees WHERE date >= make_date($annee, 1, 1)",
    );
    let dit = refus(&[("a.sql", &parametre)]);
    assert!(
        dit.contains("vue a : une vue n'a pas de paramètre"),
        "{dit}"
    );

    let table = vue("tournees", "SELECT 1 AS n");
    let dit = refus(&[("tournees.sql", &table)]);
    assert!(
        dit.contains("vue tournees : une table porte déjà ce nom"),
        "{dit}"
    );

    let cercle = [vue("a", "SELECT * FROM b"), vue("b", "SELECT * FROM a")];
    let dit = refus(&[("a.sql", &cercle[0]), ("b.sql", &cercle[1])]);
    assert!(dit.contains("vues qui se lisent en cercle : a, b"), "{dit}");

    let lieu = Lieu::new();
    let requete = release("deploiement.sql").replace("FROM zones WHERE", "FROM zone WHERE");
    lieu.livraison("q", &[("deploiement.sql", &requete)]);
    lieu.mots(&format!(
        "requete deploiement --annee 2025 --queries q --depot {}",
        commun().depot().display()
    ))
    .attendu(2)
    .dit("deploiement : ni table ni vue du nom de « zone »")
    .dit("vouliez-vous dire « zones »");
}
