//! Territoires de vie-santé (TVS): a panel of theirs counts by the composition in force, and their codes are not those of communes.

use crate::fixture::{Place, copy_folder, repository};

/// Before 2025 the TVS 61077 is its commune and 61002, where a bus stops from 7 January 2025; the TVS 61001 is its commune and Caen.
const COMPOSITION_2023: &str = "Code commune;Code du territoire de vie-santé;Nom du territoire de vie-santé\n\
    61077;61077;Ouest\n61002;61077;Ouest\n61001;61001;Alençon\n14118;61001;Alençon\n";
/// Since 2025 the commune 61002 is of the TVS 61001, and Caen of none that is told again.
const COMPOSITION_2025: &str = "Code commune;Code du territoire de vie-santé;Nom du territoire de vie-santé\n\
    61077;61077;Ouest\n61002;61001;Alençon\n61001;61001;Alençon\n14118;14118;Caen\n";
/// What région 28 adds to its panel of 2025; no composition ever tells of the TVS 61079.
const PANEL: &str = "61001,tvs,2025-T4,1000,150,,,,,,\n61077,tvs,2025-T4,300,60,,,,,,\n61079,tvs,2025-T4,70,7,,,,,,\n";
/// And to its survey.
const SURVEY: &str = "T1,61077,2025-09-01,aigu,obtenu,4,tvs\nT2,61077,2025-09-02,aigu,obtenu,8,\n";

/// The small store's région 28, whose deliveries of 2025 tell of TVS as well.
fn store_with_tvs() -> Place {
    let source = repository().join("tests/it/small_store");
    let place = Place::new();
    let delivery = place.path().join("2025");
    copy_folder(&source.join("2025"), &delivery);
    let written = |name: &str| std::fs::read_to_string(delivery.join(name)).unwrap();

    let panel = written("territoires.csv") + PANEL;
    place.write("2025/territoires.csv", &panel);
    let survey = written("delais_mg.csv").replace('\n', ",\n");
    let survey = survey.replacen(",\n", ",type_territoire\n", 1) + SURVEY;
    place.write("2025/delais_mg.csv", &survey);

    place.load(&[source.join("2024"), delivery]);
    let zonings = ["zonages_2022.csv", "zonages_2024.csv", "zonages_2026.csv"];
    place.load_zonings(&zonings.map(|name| source.join(name)));
    place
}

fn load_composition(place: &Place, year: i64, text: &str) {
    let name = format!("tvs_{year}.csv");
    place.write(&name, text);
    place.load_zonings(&[place.path().join(name)]);
}

/// The rows of an answer of région 28, cut to these columns.
fn rows(place: &Place, query: &str, columns: &str) -> Vec<String> {
    let line = format!("requete {query} --region 28 --sans-secret --format csv");
    let answer = place.medicobus(&line).exits(0).stdout;
    let mut reader = csv::Reader::from_reader(answer.as_bytes());
    let header = reader.headers().unwrap().clone();

    let rank = |name: &str| {
        let found = header.iter().position(|column| column == name);
        found.unwrap_or_else(|| panic!("{name} is not among {header:?}"))
    };
    let ranks: Vec<usize> = columns.split(' ').map(rank).collect();
    let cut = |row: csv::StringRecord| {
        let cells: Vec<&str> = ranks.iter().map(|rank| &row[*rank]).collect();
        cells.join(" ")
    };
    reader.records().map(|row| cut(row.unwrap())).collect()
}

const TVS_2025: &str = "panel_territoires --annee 2025 --param type_territoire=tvs";
const COMMUNES: &str = "panel_territoires --annee 2025";
const SERVED: &str = "code_zone code_departement premier_trimestre servi voisin jours_passage";

#[test]
fn a_panel_of_tvs_counts_by_the_composition_in_force() {
    let place = store_with_tvs();
    let communes = rows(&place, COMMUNES, "periode code_zone premier_trimestre voisin eligible");
    assert!(rows(&place, TVS_2025, SERVED).is_empty(), "no zoning tells a TVS");

    // One of its communes is enough, be it one of another name: 61002 for the TVS 61077. Caen is where most people of the TVS 61001 live.
    load_composition(&place, 2023, COMPOSITION_2023);
    assert_eq!(
        rows(&place, TVS_2025, SERVED),
        ["61001 14 2024-T4 1 non 4", "61077 61 2025-T1 1 non 1"]
    );
    // 61001 is eligible; of 61002 and 61077, the one is outside any zone and the other unknown.
    assert_eq!(
        rows(&place, TVS_2025, "code_zone nom_zone siren_epci eligible zonage_mg patients"),
        ["61001 Alençon  oui ZIP 1000", "61077 Ouest  non HZ 300"]
    );

    // In 2025 the TVS 61077 is its commune alone, next to a served one of its EPCI; eligible as it was in 2023.
    load_composition(&place, 2025, COMPOSITION_2025);
    assert_eq!(rows(&place, TVS_2025, SERVED), ["61001 61 2024-T4 1 non 5", "61077 61  0 oui "]);
    assert_eq!(
        rows(&place, TVS_2025, "code_zone siren_epci eligible zonage_mg"),
        ["61001  oui ZIP", "61077 246100663 non HZ"]
    );

    let again = rows(&place, COMMUNES, "periode code_zone premier_trimestre voisin eligible");
    assert_eq!(again, communes, "communes are what they were");
}

#[test]
fn shares_and_delays_of_tvs_count_apart_from_the_communes_of_their_codes() {
    let place = store_with_tvs();
    let shares = "part_sans_mt_territoires --annee 2025 --param type_territoire=tvs";
    let delays = "delai_mg_territoires --annee 2025";
    let of_communes = rows(&place, delays, "desserte demandes sans_rendez_vous");
    // E1 to E3 at 61001, served; T2 in the commune 61077, which no bus ever served.
    assert_eq!(of_communes, ["desservi 3 1", "non_desservi 1 0", "ensemble 4 1"]);

    load_composition(&place, 2023, COMPOSITION_2023);
    let served: Vec<String> = rows(&place, shares, "public desserte territoires patients sans_mt")
        .into_iter()
        .filter(|row| row.starts_with("tous "))
        .collect();
    assert_eq!(served, ["tous desservi 2 1300 210", "tous ensemble 2 1300 210"]);

    // The TVS 61077 is served, its commune is not: T1 and T2 bear one code.
    assert_eq!(
        rows(&place, delays, "desserte demandes sans_rendez_vous"),
        ["desservi 4 1", "non_desservi 1 0", "ensemble 5 1"]
    );
    let panel: Vec<String> =
        rows(&place, "panel_delais --annee 2025", "code_zone periode servi demandes")
            .into_iter()
            .filter(|row| row.contains("61077"))
            .collect();
    assert_eq!(panel, ["61077 2025-T3 0 1", "tvs/61077 2025-T3 1 1"]);
}
