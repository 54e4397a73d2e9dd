//! `requete` and `requetes`: zones and years, forms, past states, queries of one's own.

use serde_json::{Value, json};

use crate::fixture::{Place, TODAY, files, repository};

#[test]
fn the_catalogue_fits_eighty_columns() {
    let place = Place::new();

    for command in ["requetes", "requetes delai_rendez_vous", "requetes panel_territoires"] {
        let end = place.medicobus(command).exits(0);
        for line in end.stdout.lines() {
            assert!(line.chars().count() <= 80, "{command}\n{line}");
        }
    }
}

const MEDICOBUS: &str =
    "id_medicobus,nom,code_region,code_departement,porteur_type,vague,date_mise_en_service\n";

/// Two régions, three départements, a bus in each.
fn two_regions() -> Place {
    let place = Place::new();
    for (region, bus) in [
        (
            "28",
            "ORNE-1,Bus d'Orne,28,61,cpts,1,2024-01-15\nEURE-1,Bus d'Eure,28,27,msp,2,2025-02-03\n",
        ),
        ("24", "LOIR-1,Bus de Loir,24,28,cpts,1,2025-03-03\n"),
    ] {
        let header =
            format!("region = \"{region}\"\nperiode = \"2025\"\nproducteur = \"ARS d'essai\"\n");
        place.delivery(
            region,
            &[
                ("livraison.toml", header.as_str()),
                ("medicobus.csv", &format!("{MEDICOBUS}{bus}")),
            ],
        );
        place.medicobus(&format!("charger {region} --aujourdhui {TODAY}")).exits(0);
    }
    place
}

/// Code and name of a zone, and its number of labelled buses.
type Row = (String, String, i64);

fn row(code: &str, name: &str, buses: i64) -> Row {
    (code.to_string(), name.to_string(), buses)
}

/// The rows of `deploiement`, and the parameters said.
fn deployment(place: &Place, options: &str) -> (Vec<Row>, Value) {
    let end = place
        .medicobus(&format!("requete deploiement --format json {options}"))
        .exits(0);
    let answer: Value = serde_json::from_str(&end.stdout).unwrap();

    let rows = answer["lignes"].as_array().unwrap().iter();
    let rows = rows.map(|cells| {
        let text = |i: usize| cells[i].as_str().unwrap();
        row(text(1), text(2), cells[3].as_i64().unwrap())
    });
    (rows.collect(), answer["parametres"].clone())
}

#[test]
fn a_row_bears_the_name_of_the_zone_that_was_counted() {
    let place = two_regions();

    let (rows, _) = deployment(&place, "--annee 2025 --niveau national");
    assert_eq!(rows, [row("FR", "Régions livrées", 3)]);

    // A filter without a level takes its own.
    let (rows, said) = deployment(&place, "--annee 2025 --departement 61,27,61");
    assert_eq!(rows, [row("61", "Orne", 1), row("27", "Eure", 1)]);
    assert_eq!(said["niveau"], "departement");
    assert_eq!(said["departement"], "61,27");
    let (rows, _) = deployment(&place, "--annee 2025 --region 28 --medicobus EURE-1");
    assert_eq!(rows, [row("EURE-1", "Bus d'Eure", 1)]);

    // Years and régions once each, all of them told.
    let (rows, said) = deployment(&place, "--annee 2024,2024-2025 --region 28,24,28");
    let (normandie, centre) = ("Normandie", "Centre-Val de Loire");
    assert_eq!(
        rows,
        [
            row("28", normandie, 1),
            row("24", centre, 0),
            row("28", normandie, 2),
            row("24", centre, 1)
        ]
    );
    assert_eq!(said["annee"], "2024,2025");
    assert_eq!(said["region"], "28,24");
}

/// A wider level would bear the name of the whole.
#[test]
fn a_filter_narrower_than_the_level_and_an_unknown_zone_are_refused() {
    let place = two_regions();

    for (options, hint) in [
        ("--niveau national --region 28", "--niveau region"),
        ("--niveau region --departement 61", "--niveau departement"),
        ("--param niveau=departement --medicobus ORNE-1", "--niveau medicobus"),
        ("--region 99", "regions"),
        ("--departement 999", "departements"),
        ("--medicobus ORNE-2", "ORNE-1"),
    ] {
        place
            .medicobus(&format!("requete deploiement --annee 2025 {options}"))
            .exits(2)
            .says(hint);
    }

    place
        .medicobus("requete deploiement --annee 2025 --region 24 --departement 61")
        .exits(0)
        .says("aucune ligne");
}

#[test]
fn a_workbook_and_a_parquet_file_hold_what_the_screen_shows() {
    use arrow::array::AsArray;
    use calamine::{Data, Reader};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReader;

    let place = two_regions();
    for form in ["xlsx", "parquet"] {
        place
            .medicobus(&format!(
                "requete deploiement --annee 2025 --niveau departement -o r.{form}"
            ))
            .exits(0);
    }

    let mut workbook: calamine::Xlsx<_> =
        calamine::open_workbook(place.path().join("r.xlsx")).unwrap();
    let sheet = workbook.worksheet_range("Déploiement des médicobus").unwrap();
    let orne: Vec<&[Data]> = sheet.rows().filter(|row| row[1] == "61").collect();
    assert_eq!(orne.len(), 1);
    assert_eq!((&orne[0][2], &orne[0][3]), (&Data::String("Orne".into()), &Data::Float(1.0)));

    let file = std::fs::File::open(place.path().join("r.parquet")).unwrap();
    let batches: Vec<_> = ParquetRecordBatchReader::try_new(file, 64)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let names = batches[0].column_by_name("nom_zone").unwrap();
    let names: Vec<&str> = names.as_string::<i32>().iter().flatten().collect();
    assert_eq!(names, ["Eure", "Eure-et-Loir", "Orne"]);
}

#[test]
fn a_past_day_is_read_again() {
    let place = two_regions();
    let now = deployment(&place, "--annee 2025").0;

    let (later, _) = deployment(&place, "--annee 2025 --date 2199-12-31");
    assert_eq!(later, now);

    place
        .medicobus("requete deploiement --annee 2025 --date 2020-01-31")
        .exits(2)
        .says("31/01/2020");
}

#[test]
fn the_manifest_says_which_queries_are_not_the_release_s() {
    let place = Place::new();
    let release = |name: &str| {
        let path = repository().join("queries").join(name);
        std::fs::read_to_string(path).unwrap()
    };
    let changed = release("cout.sql").replace("200000 *", "250000 *");
    let added =
        release("financement.sql").replace("nom = \"financement\"", "nom = \"financement_bis\"");
    place.write("q/cout.sql", &changed);
    place.write("q/deploiement.sql", &release("deploiement.sql"));
    place.write("q/financement_bis.sql", &added);

    let store = crate::campagne::shared().store();
    place
        .medicobus(&format!(
        "bilan --medicobus 84-26-ST-RAMBERT --annee 2025 --depot {} --queries q --source s -o o",
        store.display()
    ))
        .exits(0);

    let manifest = files(&place.path().join("s"))
        .into_iter()
        .find(|path| path.ends_with("manifeste.json"))
        .unwrap();
    let manifest: Value = serde_json::from_slice(&std::fs::read(manifest).unwrap()).unwrap();
    let queries = manifest["requetes"].as_array().unwrap();
    let origin = |name: &str| {
        let query = queries.iter().find(|query| query["nom"] == name).unwrap();
        query["origine"].as_str().unwrap().to_string()
    };
    let names = ["cout", "deploiement", "financement", "financement_bis"];
    assert_eq!(names.map(origin), ["modified", "release", "release", "added"]);
}

/// Of two vintages the one in force at the opening of each bus judges its stops; a later one is said; a commune that a file splits is not judged.
#[test]
fn a_stop_is_judged_by_the_zoning_in_force_at_the_opening() {
    let place = Place::new();
    let buses = "A,Avant,28,61,cpts,1,2023-05-02\nB,Seul,28,14,cpts,1,2023-05-02\n\
        C,Après,28,61,cpts,2,2025-01-06\nD,Coupée,28,27,cpts,2,2023-05-02\n";
    let tours = "id_medicobus,date,code_commune,creneaux_offerts,creneaux_honores\nA,2025-03-03,61079,4,2\nB,2025-03-03,14118,4,2\n\
        C,2025-03-03,61079,4,2\nD,2025-03-03,27032,4,2\n";
    let header = "region = \"28\"\nperiode = \"2025\"\nproducteur = \"ARS d'essai\"\n";
    place.delivery(
        "28",
        &[
            ("livraison.toml", header),
            ("medicobus.csv", &format!("{MEDICOBUS}{buses}")),
            ("tournees.csv", tours),
        ],
    );
    place.medicobus(&format!("charger 28 --aujourdhui {TODAY}")).exits(0);

    for (name, text) in [
        ("zonage_2022.csv", "Code commune;Zonage\n61079;ZIP\n27032;ZIP\n27032;HZ\n"),
        ("zonage_2025.csv", "Code commune;Zonage\n61079;HZ\n14118;ZAC\n"),
        ("grille_2022.csv", "CODGEO;DENS7\n61079;6\n27032;6\n"),
        ("grille_2025.csv", "CODGEO;DENS7\n14118;5\n"),
    ] {
        std::fs::write(place.path().join(name), text).unwrap();
        place.run(&["referentiel", name]).exits(0);
    }

    let rows = |level: &str| -> Value {
        let command = format!("requete eligibilite --annee 2025 --format json --niveau {level}");
        let end = place.medicobus(&command).exits(0);
        let answer: Value = serde_json::from_str(&end.stdout).unwrap();
        answer["lignes"].clone()
    };

    // Communes, rural, in ZIP or ZAC, both, share; vintages of density and zoning, later ones, unknown; tours, eligible, share.
    let later = "2025, indicatif";
    let expected = json!([
        [2025, "A", "Avant", 1, 1, 1, 1, 100, "2022", "2022", 0, 0, 1, 1, 100],
        [2025, "B", "Seul", 1, 1, 1, 1, 100, later, later, 1, 0, 1, 1, 100],
        [2025, "C", "Après", 1, 1, 0, 0, 0, "2022", "2025", 0, 0, 1, 0, 0],
        [2025, "D", "Coupée", 1, 1, 0, 0, null, "2022", null, 0, 1, 1, 0, null],
    ]);
    let found = rows("medicobus");
    assert!(super::equal(&found, &expected), "{found}");

    // Together, 61079 was eligible for one of its two buses.
    let both = "2022 à 2025, indicatif";
    let expected =
        json!([[2025, "28", "Normandie", 3, 3, 2, 2, 100, both, both, 1, 1, 4, 2, 66.7]]);
    let found = rows("region");
    assert!(super::equal(&found, &expected), "{found}");
}
