//! An indicator on a page is what the command gives.

use super::client::Served;
use crate::fixture::{Place, repository};

pub fn small_store() -> Place {
    Place::loaded(
        &repository().join("tests/it/small_store"),
        &["2021", "2024", "2025", "centre"],
        &["zonages_2022.csv", "zonages_2024.csv"],
    )
}

#[test]
fn an_indicator_is_the_table_of_the_command_in_each_of_its_forms() {
    let place = small_store();
    let served = Served::start(&place);
    served.get("/indicateurs").is(200).says("/indicateurs?indicateur=synthese");
    served
        .get("/indicateurs?indicateur=synthese")
        .is(200)
        .says("Région Normandie")
        .says("Calculer");

    for (query, zone, options) in [
        ("consultations_par_mois", "region-28", "--region 28"),
        ("publics_prioritaires", "national", "--niveau national"),
        ("part_sans_mt_patients", "departement-61", "--departement 61"),
    ] {
        let asked = [
            ("indicateur", query),
            ("zone", zone),
            ("annee", "2025"),
            ("niveau", ""),
            ("pas", ""),
        ];
        let page = served.follow(served.form("/indicateurs", &asked).is(303)).is(200);
        page.clone().says("Définition").says("Limites").says("version");
        for form in ["csv", "xlsx"] {
            let out = format!("{query}.{form}");
            place
                .medicobus(&format!("requete {query} --annee 2025 {options} -o {out}"))
                .exits(0);
            let given = served.get(&format!("{}/{form}", page.path)).is(200);
            assert!(given.body == std::fs::read(place.path().join(&out)).unwrap(), "{out}");
        }
    }
}

#[test]
fn what_is_small_is_hidden_on_the_page_and_what_cannot_be_is_told() {
    let place = small_store();
    let served = Served::start(&place);
    let ask = |query: &str, zone: &str, year: &str| {
        let asked = [("indicateur", query), ("zone", zone), ("annee", year)];
        served.follow(served.form("/indicateurs", &asked).is(303))
    };
    ask("consultations_par_profil", "region-28", "2025")
        .is(200)
        .says("<em>n.c.</em>")
        .says("non communicable");
    ask("inconnu", "region-28", "2025").is(400);
    ask("synthese", "region-99", "2025").is(400).says("région inconnue");
    ask("synthese", "nulle-part", "2025").is(400).says("aucune zone");
    ask("synthese", "region-28", "20x5").is(400).says("aucune année");

    // Nothing of it is written in the store's history.
    let history = place.medicobus("depot historique").exits(0).stdout;
    assert!(!history.contains("sans_secret"), "{history}");
}

#[test]
fn each_zone_that_an_indicator_offers_gives_an_answer_or_says_that_nothing_is_told() {
    let place = small_store();
    let served = Served::start(&place);
    let list = served.get("/indicateurs").is(200).text();
    let names: Vec<&str> = list
        .split("?indicateur=")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert!(names.len() > 30, "{names:?}");

    for name in names {
        let form = served.get(&format!("/indicateurs?indicateur={name}")).is(200).text();
        // Those of the whole of a région were never in doubt.
        let zones = ["departement-61", "medicobus-B1"];
        let offered = zones.iter().filter(|zone| form.contains(&format!("value=\"{zone}\"")));
        for zone in offered {
            let asked = [("indicateur", name), ("zone", zone), ("annee", "2025")];
            let answer = served.follow(served.form("/indicateurs", &asked).is(303));
            assert_eq!(answer.status, 200, "{name}, {zone} : {}", answer.text());
        }
    }
}
