//! Views: read by the catalogue's queries and by own SQL, guarded as the tables behind them, named in manifests.

use serde_json::Value;

use crate::campagne::{copy_of_shared, shared};
use crate::fixture::{End, Place, files, repository};

/// A file of `queries/` as it is released.
fn release(name: &str) -> String {
    std::fs::read_to_string(repository().join("queries").join(name)).unwrap()
}

/// The text of a view of one's own.
fn view(name: &str, sql: &str) -> String {
    format!("/*---\nnom = \"{name}\"\nligne = \"Une ligne\"\n---*/\n{sql}\n")
}

/// Runs own SQL over the shared store.
fn sql(text: &str) -> End {
    let store = shared().store().display().to_string();
    shared().run(&["sql", text, "--format", "csv", "--depot", &store])
}

#[test]
fn own_sql_reads_a_view_as_the_gate_lets_it_read_the_tables_behind() {
    let by_view =
        sql("SELECT tranche_age, count(*) AS n, count(DISTINCT cle_patient) AS patients \
         FROM visites WHERE annee = 2025 GROUP BY 1 ORDER BY 1")
        .exits(0);
    let by_table = sql(
        "SELECT tranche_age, count(*) AS n, count(DISTINCT cle_patient) AS patients FROM consultations \
         WHERE date_consultation >= DATE '2025-01-01' AND date_consultation < DATE '2026-01-01' GROUP BY 1 ORDER BY 1",
    )
    .exits(0);
    assert_eq!(by_view.stdout, by_table.stdout);
    assert!(by_view.stdout.contains("80+,"), "{}", by_view.stdout);

    for text in [
        "SELECT niveau, count(*) AS n FROM zones GROUP BY 1",
        "SELECT * FROM territoires_desservis",
        "SELECT id_medicobus, date FROM tournees_tenues WHERE annee = 2025",
        "SELECT * FROM eligibilites",
        "DESCRIBE visites",
    ] {
        sql(text).exits(0);
    }

    for text in [
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
        let end = sql(text).exits(2);
        assert!(end.stdout.is_empty(), "{text}: {}", end.stdout);
    }
}

#[test]
fn the_catalogue_lists_views() {
    let place = Place::new();
    place
        .medicobus("requetes")
        .exits(0)
        .says("profils_annuels")
        .says("Une tournée qui n'a pas été annulée");
    place
        .medicobus("requetes deploiement")
        .exits(0)
        .says("- Vues : tournees_tenues, zones");
}

#[test]
fn the_export_leaves_views_to_other_engines() {
    // The export is written in the history of the store: not in that of the shared one.
    let place = copy_of_shared();

    place.medicobus("depot exporter tables").exits(0);

    let names: Vec<String> = files(&place.path().join("tables"))
        .iter()
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert!(names.contains(&"tournees".to_string()), "{names:?}");
    assert!(!names.contains(&"tournees_tenues".to_string()), "{names:?}");
}

#[test]
fn a_changed_view_changes_the_queries_on_it_and_the_manifest_says_so() {
    let place = Place::new();
    let changed = release("vues/tournees_tenues.sql").replace("<> 'oui'", "<> 'non'");
    place.write("q/vues/tournees_tenues.sql", &changed);
    let store = shared().store().display().to_string();

    place
        .medicobus(&format!(
            "bilan --medicobus 84-26-ST-RAMBERT --annee 2025 --depot {store} --queries q --source s -o o"
        ))
        .exits(0);

    let manifest = files(&place.path().join("s"))
        .into_iter()
        .find(|path| path.ends_with("manifeste.json"))
        .unwrap();
    let manifest: Value = serde_json::from_slice(&std::fs::read(manifest).unwrap()).unwrap();
    let queries = manifest["requetes"].as_array().unwrap();
    let query = |name: &str| queries.iter().find(|query| query["nom"] == name).unwrap();
    assert_eq!(query("deploiement")["origine"], "modified");
    assert_eq!(query("financement")["origine"], "release");
    let views = query("deploiement")["vues"].as_object().unwrap();
    let names: Vec<&String> = views.keys().collect();
    assert_eq!(names, ["tournees_tenues", "zones"]);

    // The PDF of the release's views, made again with the changed one.
    let pdf = shared().path().join("c/bilan-84-2025.pdf");
    place
        .medicobus(&format!("verifier {} --depot {store} --queries q", pdf.display()))
        .exits(1)
        .says("requête : vue tournees_tenues : modifié");
}

/// What `requete` says over the shared store with files of one's own below `q/`.
fn refusal(own_files: &[(&str, &str)]) -> End {
    let place = Place::new();
    for (name, text) in own_files {
        place.write(&format!("q/{name}"), text);
    }
    place
        .medicobus(&format!(
            "requete deploiement --annee 2025 --queries q --depot {}",
            shared().store().display()
        ))
        .exits(2)
}

#[test]
fn what_is_wrong_with_a_view_is_said_in_french() {
    let unknown_table = view("zones", "SELECT * FROM medicobuss");
    refusal(&[("vues/zones.sql", &unknown_table)])
        .says("vue zones : ni table ni vue du nom de « medicobuss »")
        .says("vouliez-vous dire « medicobus »");

    let with_a_parameter =
        view("a", "SELECT * FROM tournees WHERE date >= make_date($annee, 1, 1)");
    refusal(&[("vues/a.sql", &with_a_parameter)]).says("vue a : une vue n'a pas de paramètre");

    let named_as_a_table = view("tournees", "SELECT 1 AS n");
    refusal(&[("vues/tournees.sql", &named_as_a_table)])
        .says("vue tournees : une table porte déjà ce nom");

    let (a, b) = (view("a", "SELECT * FROM b"), view("b", "SELECT * FROM a"));
    refusal(&[("vues/a.sql", &a), ("vues/b.sql", &b)]).says("vues qui se lisent en cercle : a, b");

    let query = release("deploiement.sql").replace("FROM zones WHERE", "FROM zone WHERE");
    refusal(&[("deploiement.sql", &query)])
        .says("deploiement : ni table ni vue du nom de « zone »")
        .says("vouliez-vous dire « zones »");
}
