//! On made-up panels: an effect that is larger for one bearer is found there and nowhere else, and equal ones are not told apart.

use super::*;
use crate::evaluation::for_whom::for_whom;
use disclosure::Gate;

/// A large world, half of whose served territories have a hospital's bus, the others a CPTS's; half of each are ZIP.
fn world(seed: u64) -> RawTable {
    let world = generate(&Params::new(seed, &REGIONS, 3)).unwrap();
    let mut table = panel(&world, &REGIONS);
    let [code, cohort, bearer, zoning, days, inhabitants] = [
        "code_zone",
        "premier_trimestre",
        "porteur_type",
        "zonage_mg",
        "jours_passage",
        "population",
    ]
    .map(|name| column(&table, name));

    let text = |text: &str| Value::Text(text.into());
    for row in table.rows.iter_mut().filter(|row| row[cohort] != Value::Null) {
        let number = number_of(row[code].as_text().unwrap());
        row[bearer] = text(["cpts", "etablissement_de_sante"][number % 2]);
        row[zoning] = text(["ZIP", "ZAC"][number / 2 % 2]);
        row[days] = Value::Int(20 + (number * 7 % 50) as i64);
        row[inhabitants] = Value::Int(1_000);
    }
    table
}

/// A number that a territory has in every world.
fn number_of(code: &str) -> usize {
    code.bytes().fold(7, |n, b| (n * 31 + usize::from(b)) % 1_009)
}

/// Takes so many points off the share without médecin traitant where a hospital's bus comes, from its first tour on.
fn favour_hospitals(table: &mut RawTable, points: f64) {
    let [bearer, patients, without, cohort, period] =
        ["porteur_type", "patients", "patients_sans_mt", "premier_trimestre", "periode"]
            .map(|name| column(table, name));

    for row in &mut table.rows {
        let since = row[cohort].as_text().is_some_and(|g| row[period].as_text().unwrap() >= g);
        if since && row[bearer].as_text() == Some("etablissement_de_sante") {
            let less = points / 100.0 * row[patients].as_f64().unwrap();
            let left = (row[without].as_f64().unwrap() - less).round().max(0.0);
            row[without] = Value::Int(left as i64);
        }
    }
}

#[test]
fn an_effect_that_differs_by_bearer_is_found_there_and_there_alone() {
    let (mut found, mut elsewhere, mut false_alarms, mut tested) = (0, 0, 0, 0);
    for seed in 0..6 {
        let mut table = world(seed);
        let plan = Design::read(&table).unwrap();
        let (rows, _) = for_whom(&plan, &table, &options(0)).unwrap();
        let alarms = rows.iter().filter(|r| r.row.adjusted_p < 0.05).map(|r| r.row.split);
        false_alarms += alarms.collect::<std::collections::BTreeSet<_>>().len();
        tested += 1;

        favour_hospitals(&mut table, 4.0);
        let plan = Design::read(&table).unwrap();
        let (rows, left_out) = for_whom(&plan, &table, &options(0)).unwrap();
        assert_eq!(rows.len(), 6, "{:?}", left_out.iter().map(|e| &e.reason).collect::<Vec<_>>());
        let of = |split: &str, part: &str| {
            rows.iter()
                .map(|r| &r.row)
                .find(|r| (r.split, r.part) == (split, part))
                .unwrap()
        };

        let (hospital, town) = (of("porteur", "etablissement"), of("porteur", "ville"));
        found += usize::from(hospital.adjusted_p < 0.05 && hospital.effect < town.effect - 2.0);
        elsewhere += usize::from(of("zonage", "zip").adjusted_p < 0.05);
        assert_eq!(hospital.p, town.p);
        assert!(rows.iter().all(|r| r.basis.suffices(&Gate::default())));
    }

    assert!(found >= 5, "{found}");
    assert!(elsewhere <= 1 && false_alarms <= 2, "{elsewhere} {false_alarms} of {tested}");
}

#[test]
fn a_part_of_few_territories_is_left_out_with_its_reason() {
    let mut table = world(1);
    let [bearer, code] = ["porteur_type", "code_zone"].map(|name| column(&table, name));
    for row in &mut table.rows {
        if number_of(row[code].as_text().unwrap()).is_multiple_of(40) && row[bearer] != Value::Null
        {
            row[bearer] = Value::Text("association".into());
        } else if row[bearer] != Value::Null {
            row[bearer] = Value::Text("msp".into());
        }
    }

    let plan = Design::read(&table).unwrap();
    let (rows, left_out) = for_whom(&plan, &table, &options(0)).unwrap();
    assert!(rows.iter().all(|r| r.row.split != "porteur"));
    let said: Vec<(&str, &str)> =
        left_out.iter().map(|e| (e.what.as_str(), e.reason.as_str())).collect();
    let few = (
        "Porteur du médicobus : Association ou autre",
        "moins de 30 territoires desservis",
    );
    assert!(said.contains(&few), "{said:?}");
    let alone = ("Porteur du médicobus", "moins de deux groupes à comparer");
    assert!(said.contains(&alone), "{said:?}");
}
