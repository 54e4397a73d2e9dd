//! The indicators through the real program: answers worked out by hand, the same bytes on any number of threads, the
//! sample's truth found again, tables that fit a terminal of 80 columns.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::fixture::{BUS, HEADER, Place, consultations, copy_folder, files, repository, sample};
use expected::{EXPECTED, Expected};

mod expected;
mod requete;
mod tvs;

/// The small store with all its deliveries and zonings.
fn small_store() -> Place {
    Place::loaded(
        &repository().join("tests/it/small_store"),
        &["2021", "2024", "2025", "centre", "francilien_t1", "francilien_t2"],
        &["zonages_2022.csv", "zonages_2024.csv", "zonages_2026.csv"],
    )
}

/// Every answer that `requetes --executer` wrote.
fn answers(folder: &Path) -> Vec<Value> {
    files(folder)
        .into_iter()
        .map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
        .collect()
}

/// JSON numbers compare as numbers: `75` and `75.0` are one answer.
fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        _ => a == b,
    }
}

/// The value of a parameter that a case does not name.
fn default_of(query: &str, parameter: &str) -> &'static str {
    match (parameter, query) {
        ("pas", "consultations_par_mois") => "mois",
        ("pas", "panel_territoires" | "panel_delais") => "trimestre",
        ("pas", _) => "annee",
        ("type_territoire", _) => "commune",
        ("annee_base", _) => "2023",
        _ => "",
    }
}

/// Whether an answer is the one to this query with the parameters wanted; what is not named is at its default, or absent.
fn answers_the_case(answer: &Value, query: &str, wanted: &BTreeMap<&str, &str>) -> bool {
    let said = answer["parametres"].as_object().unwrap();
    answer["requete"] == query
        && said.iter().all(|(key, value)| {
            let default = default_of(query, key);
            let wanted = wanted.get(key.as_str()).copied().unwrap_or(default);
            match value {
                Value::Null => wanted.is_empty(),
                Value::String(text) => text == wanted,
                other => {
                    let text = other.to_string();
                    text == wanted
                }
            }
        })
}

/// The rows of an answer that a case looks at, cut to its columns.
fn selected(answer: &Value, wanted: &BTreeMap<&str, &str>, columns: &str) -> Vec<Value> {
    let header = answer["colonnes"].as_array().unwrap();
    let names: Vec<&str> = header.iter().map(|c| c["nom"].as_str().unwrap()).collect();
    let rank = |column: &str| names.iter().position(|name| *name == column);
    let ranks: Vec<usize> = columns.split(' ').map(|c| rank(c).unwrap()).collect();

    // What is named and is no parameter is a column: only its rows are looked at.
    let kept = |row: &Value| {
        wanted.iter().all(|(key, wanted)| {
            answer["parametres"].get(key).is_some()
                || ["annee", "region"].contains(key)
                || rank(key).is_none_or(|rank| row[rank].as_str() == Some(*wanted))
        })
    };
    answer["lignes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| kept(row))
        .map(|row| ranks.iter().map(|rank| row[*rank].clone()).collect())
        .collect()
}

/// What is wrong with the answers to a case, if anything.
fn failure(answers: &[Value], case: &Expected) -> Option<String> {
    let (query, parameters, columns, expected) = *case;
    let mut wanted = BTreeMap::from([("annee", "2025"), ("niveau", "region"), ("region", "28")]);
    wanted.extend(parameters.split(',').filter_map(|p| p.split_once('=')));

    let answer = answers
        .iter()
        .find(|answer| answers_the_case(answer, query, &wanted))
        .unwrap_or_else(|| panic!("no answer to {query} {parameters}"));
    let found = Value::Array(selected(answer, &wanted, columns));
    let expected: Value = serde_json::from_str(expected).unwrap();

    (!equal(&expected, &found))
        .then(|| format!("{query} {parameters}\n  expected {expected}\n  found    {found}"))
}

#[test]
fn the_program_gives_the_answers_worked_out_by_hand() {
    let place = small_store();

    for (folder, filter) in [
        ("toutes", "--annee 2025 --niveau national"),
        ("normandie", "--annee 2024-2025 --region 28"),
        ("centre", "--annee 2023-2026 --region 24"),
        ("francilien", "--annee 2025 --region 11"),
    ] {
        place
            .medicobus(&format!("requetes {filter} --sans-secret --executer reponses/{folder}"))
            .exits(0);
    }

    let answers = answers(&place.path().join("reponses"));
    let failures: Vec<String> =
        EXPECTED.iter().filter_map(|case| failure(&answers, case)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// 61001 has a CPTS from May to October 2024 and a maison de santé from November 2025; its EPCI, which is that of 61077, a centre de santé
/// since 2020. What a TVS has, its communes have as soon as a zoning says which they are: 61001 is in the TVS 61077, and 61077 in none.
#[test]
fn other_measures_are_those_in_force_in_the_quarter() {
    let place = Place::new();
    let small_store = repository().join("tests/it/small_store");
    let epci = "246100663";
    let measures = format!(
        "code_territoire,type_territoire,mesure,date_debut,date_fin\n\
         61001,commune,cpts,2024-05-01,2024-10-02\n\
         61001,commune,msp,2025-11-03,\n\
         61077,tvs,autre,2023-01-01,\n\
         {epci},epci,centre_de_sante,2020-01-01,\n"
    );
    copy_folder(&small_store.join("2025"), &place.path().join("2025"));
    place.write("2025/mesures_concurrentes.csv", &measures);
    place.load(&[small_store.join("2024"), place.path().join("2025")]);

    place
        .medicobus("requetes --annee 2025 --region 28 --sans-secret --executer reponses")
        .exits(0);

    let case = |rows| -> Expected {
        ("panel_territoires", "", "periode code_zone siren_epci mesures", rows)
    };
    let without = case(
        r#"[
      ["2024-T4", "61001", "246100663", "centre_de_sante cpts"],
      ["2025-T4", "61001", "246100663", "centre_de_sante msp"],
      ["2024-T4", "61077", "246100663", "centre_de_sante"],
      ["2025-T4", "61077", "246100663", "centre_de_sante"]
    ]"#,
    );
    assert_eq!(failure(&answers(&place.path().join("reponses")), &without), None);

    place.write("tvs_2024.csv", "Code commune;Code TVS\n61001;61077\n");
    place.load_zonings(&[place.path().join("tvs_2024.csv")]);
    place
        .medicobus("requetes --annee 2025 --region 28 --sans-secret --executer avec_tvs")
        .exits(0);
    let with = case(
        r#"[
      ["2024-T4", "61001", "246100663", "autre centre_de_sante cpts"],
      ["2025-T4", "61001", "246100663", "autre centre_de_sante msp"],
      ["2024-T4", "61077", "246100663", "centre_de_sante"],
      ["2025-T4", "61077", "246100663", "centre_de_sante"]
    ]"#,
    );
    assert_eq!(failure(&answers(&place.path().join("avec_tvs")), &with), None);
}

#[test]
fn no_indicator_is_without_its_hand_worked_case() {
    let without: Vec<String> = std::fs::read_dir(repository().join("queries"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "sql"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_string())
        .filter(|name| !EXPECTED.iter().any(|case| case.0 == *name))
        .collect();
    assert!(without.is_empty(), "no hand-worked case: {without:?}");
}

/// 40 and 10 calls; of the second month nobody says how many were sent elsewhere or refused. 36 of 50 are 72 %, 4 of 50 are 8 %.
#[test]
fn calls_to_the_coordination_cell_are_summed_over_the_months_that_tell_them() {
    let place = Place::new();
    let calls = "id_medicobus,mois,demandes,rendez_vous,reorientees,refusees\nORNE-1,2025-01,40,30,6,4\nORNE-1,2025-02,10,6,,\n";
    let told = consultations(20, 0);
    let files = [
        ("livraison.toml", HEADER),
        ("medicobus.csv", BUS),
        ("consultations.csv", &told),
        ("demandes.csv", calls),
    ];
    place.load(&[place.delivery("d", &files)]);

    let of = |name| numbers(&place, "requete demandes_cellule --annee 2025 --region 28", name);
    for (name, expected) in [
        ("patients", 20.0),
        ("medicobus_declares", 1.0),
        ("appels", 50.0),
        ("appels_rendez_vous", 36.0),
        ("part_rendez_vous", 72.0),
        ("appels_reorientes", 6.0),
        ("appels_refuses", 4.0),
        ("part_refusees", 8.0),
    ] {
        assert_eq!(of(name), [expected], "{name}");
    }
}

/// The same answers in two folders, byte for byte.
fn assert_same_files(one: &Path, other: &Path) {
    for file in files(one) {
        let name = file.file_name().unwrap();
        assert!(
            std::fs::read(&file).unwrap() == std::fs::read(other.join(name)).unwrap(),
            "{name:?} differs between {} and {}",
            one.display(),
            other.display()
        );
    }
}

#[test]
fn every_query_gives_the_same_bytes_on_one_two_and_eight_threads_and_the_truth_is_found_again() {
    let place = Place::with_sample();
    let at = |folder: &str| place.path().join(folder);

    for threads in ["1", "2", "8"] {
        place
            .medicobus(&format!(
                "requetes --annee 2025 --sans-secret --fils {threads} --executer r{threads}"
            ))
            .exits(0);
    }
    let count = files(&at("r1")).len();
    assert!(count > 140, "{count} answers");
    for other in ["r2", "r8"] {
        assert_eq!(files(&at(other)).len(), count);
        assert_same_files(&at("r1"), &at(other));
    }

    // The same from the files on disk, which a larger store is read from.
    for threads in ["1", "2", "8"] {
        place.medicobus(&format!(
            "requetes --annee 2025 --niveau departement --sans-secret --en-memoire 0 --fils {threads} --executer d{threads}"
        ))
        .exits(0);

        let in_memory = |path: &Path| at("r1").join(path.file_name().unwrap());
        let both: Vec<_> = files(&at(&format!("d{threads}")))
            .into_iter()
            .filter(|path| in_memory(path).is_file())
            .collect();
        assert!(both.len() > 30, "{} answers", both.len());
        for file in both {
            assert!(
                std::fs::read(&file).unwrap() == std::fs::read(in_memory(&file)).unwrap(),
                "{file:?} differs between memory and disk, {threads} threads"
            );
        }
    }

    let truth = std::fs::read_to_string(sample().join("verite.json")).unwrap();
    let truth: Value = serde_json::from_str(&truth).unwrap();
    assert_shares_by_profile(&place, &truth);
    assert_trend_and_effect(&place, &truth);
    assert_ramp_up(&place, &truth);
    assert_no_line_is_too_long(&place);
}

/// Column `column` of the answer to a command, one value per row.
fn column(place: &Place, line: &str, column: &str) -> Vec<Value> {
    let end = place.medicobus(&format!("{line} --format json --sans-secret")).exits(0);
    let answer: Value = serde_json::from_str(&end.stdout).unwrap();

    let header = answer["colonnes"].as_array().unwrap();
    let rank = header.iter().position(|c| c["nom"] == column).unwrap();
    let rows = answer["lignes"].as_array().unwrap();
    rows.iter().map(|row| row[rank].clone()).collect()
}

/// A column of numbers; what is not known is no number.
fn numbers(place: &Place, line: &str, name: &str) -> Vec<f64> {
    let values = column(place, line, name).into_iter();
    values.map(|v| v.as_f64().unwrap_or(f64::NAN)).collect()
}

/// A column of texts.
fn texts(place: &Place, line: &str, name: &str) -> Vec<String> {
    let values = column(place, line, name).into_iter();
    values.map(|v| v.as_str().unwrap_or_default().to_string()).collect()
}

/// A list of numbers of the truth.
fn list(truth: &Value, key: &str) -> Vec<f64> {
    let values = truth[key].as_array().unwrap().iter();
    values.map(|v| v.as_f64().unwrap()).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Share without médecin traitant by age, in points: that of 2024 and one year of trend; profiles of ALD and C2S move
/// it by some points more.
fn assert_shares_by_profile(place: &Place, truth: &Value) {
    const AGES: [&str; 6] = ["17-29", "30-44", "45-59", "60-69", "70-79", "80+"];
    let query = "requete part_sans_mt_par_profil --annee 2025 --niveau national";
    let shares = numbers(place, query, "part_sans_mt");
    let [age_groups, sexes, alds] = ["tranche_age", "sexe", "ald"].map(|c| texts(place, query, c));
    let share = |age: &str, ald: &str| {
        let rank = (0..shares.len())
            .find(|i| age_groups[*i] == age && sexes[*i] == "ensemble" && alds[*i] == ald)
            .unwrap();
        shares[rank]
    };

    let trend = truth["sans_mt_patients_par_an"].as_f64().unwrap();
    for (age, in_2024) in AGES.iter().zip(&list(truth, "sans_mt_patients")[1..]) {
        let found = share(age, "ensemble");
        let expected = 100.0 * (in_2024 + trend);
        assert!((found - expected).abs() < 5.0, "{age}: {found} against {expected}");
    }

    // Patients in ALD are less often without: mean gap within an age group, in points.
    let gaps = AGES[1..].iter().map(|age| share(age, "oui") - share(age, "non"));
    let gap = mean(&gaps.collect::<Vec<_>>());
    let expected = 100.0 * truth["sans_mt_patients_ald"].as_f64().unwrap();
    assert!((gap - expected).abs() < 3.0, "ALD: {gap} against {expected}");
}

/// Territories without a bus drift by the trend; those with one move away from them by the effect, a point a year at most.
fn assert_trend_and_effect(place: &Place, truth: &Value) {
    let query = "requete part_sans_mt_territoires --annee 2023-2025 --niveau national";
    let changes = numbers(place, query, "evolution");
    let [publics, services] = ["public", "desserte"].map(|c| texts(place, query, c));
    let series = |service: &str| -> Vec<f64> {
        (0..changes.len())
            .filter(|i| publics[*i] == "tous" && services[*i] == service)
            .map(|i| changes[i])
            .collect()
    };
    let (served, controls) = (series("desservi"), series("non_desservi"));

    let drift = mean(&controls);
    let expected = 4.0 * truth["sans_mt_tendance"].as_f64().unwrap();
    assert!(
        (drift - expected).abs() < 0.15,
        "trend: {drift} against {expected} points a year"
    );

    let per_quarter = &truth["effet_sans_mt"]["par_trimestre"];
    let effect = 4.0 * per_quarter.as_f64().unwrap();
    for (served, control) in served[1..].iter().zip(&controls[1..]) {
        let gap = served - control;
        assert!(
            gap < 0.3 * effect && gap > 1.2 * effect,
            "effect: {gap} against {effect} a year"
        );
    }
}

/// Consultations per day out of three buses that began in 2024, season taken out, against months 8 to 12.
fn assert_ramp_up(place: &Place, truth: &Value) {
    let season = list(truth, "saisonnalite");
    let mut by_month = [0.0; 12];
    for (bus, first_month) in [("28-27-VEXIN", 5), ("28-50-COTENTIN", 3), ("28-76-DIEPPE", 4)] {
        let query = format!(
            "requete consultations_par_mois --annee 2024-2025 --niveau medicobus --medicobus {bus}"
        );
        let periods = texts(place, &query, "periode");
        let per_day = numbers(place, &query, "consultations_par_jour");

        for (period, per_day) in periods.iter().zip(per_day) {
            let (year, month) = period.split_once('-').unwrap();
            let month: usize = month.parse().unwrap();
            let rank = (year.parse::<usize>().unwrap() - 2024) * 12 + month - first_month;
            if rank < 12 {
                by_month[rank] += per_day / season[month - 1];
            }
        }
    }

    let full = mean(&by_month[7..]);
    for (month, expected) in list(truth, "montee_en_charge").iter().enumerate() {
        let found = by_month[month] / full;
        assert!(
            (found - expected).abs() < 0.15,
            "ramp-up, month {month}: {found} against {expected}"
        );
    }
}

/// The command that gives an answer again, if it is one that is read on a terminal: no panel, no special selection, the
/// nation as its only zone.
fn command_of(answer: &Value) -> Option<String> {
    let name = answer["requete"].as_str().unwrap();
    let parameters = &answer["parametres"];
    let special = ["motif", "discipline"].iter().any(|p| parameters[*p].is_string());
    let below_the_nation = parameters["niveau"].as_str().is_some_and(|level| level != "national");
    let by_group = matches!(parameters["type_territoire"].as_str(), Some("epci" | "tvs"));
    if special || below_the_nation || by_group || name.starts_with("panel_") {
        return None;
    }

    let mut line = format!("requete {name}");
    for key in ["annee", "niveau", "pas"] {
        match &parameters[key] {
            Value::String(text) => line.push_str(&format!(" --{key} {text}")),
            Value::Number(number) => line.push_str(&format!(" --{key} {number}")),
            _ => {}
        }
    }
    Some(line)
}

/// Every query, on a terminal of 80 columns.
fn assert_no_line_is_too_long(place: &Place) {
    let answers = answers(&place.path().join("r1"));
    for command in answers.iter().filter_map(command_of) {
        let end = place.medicobus(&command).exits(0);
        for line in end.stdout.lines() {
            assert!(line.chars().count() <= 80, "{command}\n{line}");
        }
    }
}
