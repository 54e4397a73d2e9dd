//! `requete` and `requetes`: zones and years, forms, past states, queries of one's own.

use std::path::Path;

use serde_json::Value;

use crate::fixture::{Lieu, fichiers};

#[test]
fn the_catalogue_fits_eighty_columns() {
    let lieu = Lieu::new();
    for ligne in [
        "requetes",
        "requetes delai_rendez_vous",
        "requetes panel_territoires",
    ] {
        let fin = lieu.mots(ligne).attendu(0);
        for texte in fin.stdout.lines() {
            assert!(texte.chars().count() <= 80, "{ligne}\n{texte}");
        }
    }
}

const MEDICOBUS: &str =
    "id_medicobus,nom,code_region,code_departement,porteur_type,vague,date_mise_en_service\n";

/// Two régions, three départements, a bus in each.
fn deux_regions() -> Lieu {
    let lieu = Lieu::new();
    for (region, bus) in [
        (
            "28",
            "ORNE-1,Bus d'Orne,28,61,cpts,1,2024-01-15\nEURE-1,Bus d'Eure,28,27,msp,2,2025-02-03\n",
        ),
        ("24", "LOIR-1,Bus de Loir,24,28,cpts,1,2025-03-03\n"),
    ] {
        let entete =
            format!("region = \"{region}\"\nperiode = \"2025\"\nproducteur = \"ARS d'essai\"\n");
        lieu.livraison(
            region,
            &[
                ("livraison.toml", entete.as_str()),
                ("medicobus.csv", &format!("{MEDICOBUS}{bus}")),
            ],
        );
        lieu.mots(&format!("charger {region} --aujourdhui 2026-11-01"))
            .attendu(0);
    }
    lieu
}

/// Zone, name and number of labelled buses of each row, and the parameters said.
fn zones(lieu: &Lieu, options: &str) -> (Vec<(String, String, i64)>, Value) {
    let fin = lieu
        .mots(&format!("requete deploiement --format json {options}"))
        .attendu(0);
    let reponse: Value = serde_json::from_str(&fin.stdout).unwrap();
    let lignes = reponse["lignes"].as_array().unwrap().iter();
    let lignes = lignes.map(|l| {
        let texte = |i: usize| l[i].as_str().unwrap().to_string();
        (texte(1), texte(2), l[3].as_i64().unwrap())
    });
    (lignes.collect(), reponse["parametres"].clone())
}

#[test]
fn a_row_bears_the_name_of_the_zone_that_was_counted() {
    let lieu = deux_regions();
    let ligne = |code: &str, nom: &str, n: i64| (code.to_string(), nom.to_string(), n);
    let (lignes, _) = zones(&lieu, "--annee 2025 --niveau national");
    assert_eq!(lignes, [ligne("FR", "France", 3)]);
    // A filter without a level takes its own.
    let (lignes, dits) = zones(&lieu, "--annee 2025 --departement 61,27,61");
    assert_eq!(lignes, [ligne("61", "Orne", 1), ligne("27", "Eure", 1)]);
    assert_eq!(dits["niveau"], "departement");
    assert_eq!(dits["departement"], "61,27");
    let (lignes, _) = zones(&lieu, "--annee 2025 --region 28 --medicobus EURE-1");
    assert_eq!(lignes, [ligne("EURE-1", "Bus d'Eure", 1)]);
    // Years and régions once each, all of them told.
    let (lignes, dits) = zones(&lieu, "--annee 2024,2024-2025 --region 28,24,28");
    let (normandie, centre) = ("Normandie", "Centre-Val de Loire");
    assert_eq!(
        lignes,
        [
            ligne("28", normandie, 1),
            ligne("24", centre, 0),
            ligne("28", normandie, 2),
            ligne("24", centre, 1)
        ]
    );
    assert_eq!(dits["annee"], "2024,2025");
    assert_eq!(dits["region"], "28,24");
    // A wider level would bear the name of the whole.
    for (options, conseil) in [
        ("--niveau national --region 28", "--niveau region"),
        ("--niveau region --departement 61", "--niveau departement"),
        (
            "--param niveau=departement --medicobus ORNE-1",
            "--niveau medicobus",
        ),
        ("--region 99", "regions"),
        ("--departement 999", "departements"),
        ("--medicobus ORNE-2", "ORNE-1"),
    ] {
        lieu.mots(&format!("requete deploiement --annee 2025 {options}"))
            .attendu(2)
            .dit(conseil);
    }
    lieu.mots("requete deploiement --annee 2025 --region 24 --departement 61")
        .attendu(0)
        .dit("aucune ligne");
}

#[test]
fn a_workbook_and_a_parquet_file_hold_what_the_screen_shows() {
    use calamine::{Data, Reader};
    use datafusion::arrow::array::AsArray;
    use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReader;

    let lieu = deux_regions();
    for forme in ["xlsx", "parquet"] {
        lieu.mots(&format!(
            "requete deploiement --annee 2025 --niveau departement -o r.{forme}"
        ))
        .attendu(0);
    }
    let mut classeur: calamine::Xlsx<_> =
        calamine::open_workbook(lieu.path().join("r.xlsx")).unwrap();
    let feuille = classeur.worksheet_range("deploiement").unwrap();
    let rangs: Vec<&[Data]> = feuille.rows().filter(|l| l[1] == "61").collect();
    assert_eq!(rangs.len(), 1);
    assert_eq!(
        (&rangs[0][2], &rangs[0][3]),
        (&Data::String("Orne".into()), &Data::Float(1.0))
    );

    let fichier = std::fs::File::open(lieu.path().join("r.parquet")).unwrap();
    let lots: Vec<_> = ParquetRecordBatchReader::try_new(fichier, 64)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let noms = lots[0]
        .column_by_name("nom_zone")
        .unwrap()
        .as_string::<i32>();
    let noms: Vec<&str> = noms.iter().flatten().collect();
    assert_eq!(noms, ["Eure", "Eure-et-Loir", "Orne"]);
}

#[test]
fn a_past_day_is_read_again() {
    let lieu = deux_regions();
    let maintenant = zones(&lieu, "--annee 2025").0;
    assert_eq!(zones(&lieu, "--annee 2025 --date 2199-12-31").0, maintenant);
    lieu.mots("requete deploiement --annee 2025 --date 2020-01-31")
        .attendu(2)
        .dit("31/01/2020");
}

#[test]
fn the_manifest_says_which_queries_are_not_the_release_s() {
    let lieu = Lieu::new();
    let requetes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../queries");
    let lire = |nom: &str| std::fs::read_to_string(requetes.join(nom)).unwrap();
    let change = lire("cout.sql").replace("200000 *", "250000 *");
    let ajoute =
        lire("financement.sql").replace("nom = \"financement\"", "nom = \"financement_bis\"");
    lieu.livraison(
        "q",
        &[
            ("cout.sql", change.as_str()),
            ("deploiement.sql", &lire("deploiement.sql")),
            ("financement_bis.sql", &ajoute),
        ],
    );
    let depot = crate::campagne::commun().depot();
    lieu.mots(&format!(
        "bilan --medicobus 84-26-ST-RAMBERT --annee 2025 --depot {} --queries q --source s -o o",
        depot.display()
    ))
    .attendu(0);
    let manifeste = fichiers(&lieu.path().join("s"))
        .into_iter()
        .find(|p| p.ends_with("manifeste.json"))
        .unwrap();
    let manifeste: Value = serde_json::from_slice(&std::fs::read(manifeste).unwrap()).unwrap();
    let origine = |nom: &str| {
        let toutes = manifeste["requetes"].as_array().unwrap();
        let une = toutes.iter().find(|r| r["nom"] == nom).unwrap();
        une["origine"].as_str().unwrap().to_string()
    };
    let noms = ["cout", "deploiement", "financement", "financement_bis"];
    assert_eq!(
        noms.map(origine),
        ["modified", "release", "release", "added"]
    );
}
