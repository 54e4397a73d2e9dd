//! Who is without a médecin traitant and who entered to find one are nearly the same people: the printed ones of the two, with what
//! everybody knows of those who came twice, hold the hidden ones between two numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::links;
use super::super::pending::PendingTable;
use super::super::*;
use super::{definition, gate_with, relations};
use base::definition::{Column, Role};
use base::table::{RawTable, Value};
use base::zone::{Level, ZoneTree};

const PATIENTS: i64 = 60;
const CONSULTATIONS: i64 = 63;
const ENTERED: i64 = 12;
/// Hidden; those who entered are 12, of whom at most 3 came twice: 9 at least.
const WITHOUT: i64 = 9;

/// Régions, départements and buses one by one, so that the three hold the same people.
fn single_bus() -> ZoneTree {
    let mut zones = ZoneTree::new();
    zones.add_medicobus("B1", "55", "44");
    zones
}

fn code(level: Level) -> &'static str {
    match level {
        Level::Region => "44",
        Level::Departement => "55",
        _ => "B1",
    }
}

/// A table of the release at a level of zones: of each row, the columns that are not empty.
fn table(query: &str, level: Level, rows: &[&[(&str, Value)]]) -> RawTable {
    let definition = definition(query);
    let cells = |row: &&[(&str, Value)]| -> Vec<Value> {
        let cell = |name: &str| match name {
            "annee" => Value::Int(2025),
            "periode" => Value::Text("2025".to_owned()),
            "code_zone" => Value::Text(code(level).to_owned()),
            _ => row.iter().find(|c| c.0 == name).map_or(Value::Null, |c| c.1.clone()),
        };
        definition.columns.iter().map(|c| cell(&c.name)).collect()
    };

    RawTable {
        rows: rows.iter().map(cells).collect(),
        parameters: BTreeMap::from([
            ("annee".to_owned(), Value::Int(2025)),
            ("niveau".to_owned(), Value::Text(level.name().to_owned())),
        ]),
        definition: Arc::new(definition),
    }
}

/// Patients and their situation at one level, who entered at another; of the latter, so many are followed 30, 90 and 180 days. Nobody
/// was known before, so that no row says so.
fn documents(of_patients: Level, of_entries: Level, followed: [i64; 3]) -> Vec<RawTable> {
    let text = |s: &str| Value::Text(s.to_owned());
    let age = |name: &str| {
        vec![
            ("anciennete", text(name)),
            ("patients", Value::Int(PATIENTS)),
            ("consultations", Value::Int(CONSULTATIONS)),
        ]
    };
    let horizon = |(days, followed): (i64, i64)| {
        vec![
            ("delai_suivi", Value::Int(days)),
            ("suivis", Value::Int(followed)),
            ("trouves", Value::Int(0)),
        ]
    };
    let horizons: Vec<_> = [30, 90, 180].into_iter().zip(followed).map(horizon).collect();
    let horizons: Vec<&[(&str, Value)]> = horizons.iter().map(Vec::as_slice).collect();

    vec![
        table("file_active", of_patients, &[&age("nouveau"), &age("ensemble")]),
        table(
            "completude",
            of_patients,
            &[&[
                ("champ", text("cle_patient")),
                ("inconnus", Value::Int(0)),
                ("patients", Value::Int(0)),
                ("consultations", Value::Int(CONSULTATIONS)),
                ("patients_zone", Value::Int(PATIENTS)),
            ]],
        ),
        table(
            "part_sans_mt_patients",
            of_patients,
            &[&[
                ("patients_connus", Value::Int(PATIENTS)),
                ("sans_mt", Value::Int(WITHOUT)),
                ("statut_inconnu", Value::Int(0)),
            ]],
        ),
        table("mt_trouve", of_entries, &horizons),
    ]
}

/// Whether the gate prints all that confines who is without a médecin traitant: followed, patients and consultations.
fn gives_away(gate: &Gate, documents: Vec<RawTable>, zones: &ZoneTree) -> bool {
    let gated = gate.release(documents, zones);
    let shown = |column: &str| {
        gated.iter().all(|table| {
            let at = table.definition().columns.iter().position(|c| c.name == column);
            at.is_none_or(|at| table.rows().iter().all(|row| row[at] != Cell::Hidden))
        })
    };

    assert!(!shown("sans_mt"), "9 people are hidden whatever else is");
    ["suivis", "patients", "patients_zone", "consultations"].into_iter().all(shown)
}

#[test]
fn who_entered_does_not_tell_who_is_without_a_doctor() {
    let gate = gate_with(relations());
    let levels = [Level::Medicobus, Level::Departement, Level::Region];

    // Followed to the end, or as far as deliveries go.
    for followed in [[ENTERED; 3], [ENTERED, ENTERED, 0], [ENTERED, 0, 0]] {
        for of_patients in levels {
            for of_entries in levels {
                let documents = documents(of_patients, of_entries, followed);

                assert!(
                    !gives_away(&gate, documents, &single_bus()),
                    "{of_patients:?} {of_entries:?} {followed:?}"
                );
            }
        }
    }
}

#[test]
fn each_side_of_the_entries_matters() {
    // Withheld from the gate, either bound lets it print what confines the nine.
    for forgotten in ["suivis", "sans_mt"] {
        let mut known = relations();
        known.inclusions.retain(|inclusion| {
            let of_entries = (inclusion.parts.iter().chain(&inclusion.whole))
                .any(|term| term.kind.measure == "suivis");
            !(of_entries && inclusion.parts.iter().any(|term| term.kind.measure == forgotten))
        });
        let documents = documents(Level::Medicobus, Level::Medicobus, [ENTERED; 3]);

        assert!(gives_away(&gate_with(known), documents, &single_bus()), "{forgotten}");
    }
}

#[test]
fn a_release_after_another_does_not_tell_either() {
    let gate = gate_with(relations());
    let documents = documents(Level::Departement, Level::Medicobus, [ENTERED; 3]);

    let mut patients = documents.clone();
    let entries = patients.split_off(3);
    let first = gate.release_after(patients, &single_bus(), &[]);
    let second =
        gate.release_after(entries, &single_bus(), std::slice::from_ref(&first.publication));

    let suivis = second.tables[0].definition().columns.iter().position(|c| c.name == "suivis");
    let hidden = |row: &Vec<Cell>| suivis.is_some_and(|at| row[at] == Cell::Hidden);
    assert!(second.tables[0].rows().iter().any(hidden));
}

/// Counts that a query repeats on rows of which they do not depend: the consultations and patients of the zone beside each field.
const REPEATED: [(&str, &str); 2] =
    [("completude", "consultations"), ("completude", "patients_zone")];

/// Two rows of a query that differ by one category alone, all counts equal.
fn equal_rows(query: &str, category: &str) -> RawTable {
    let definition = definition(query);
    let row = |value: &str| -> Vec<Value> {
        let cell = |column: &Column| match column.role {
            Role::Period => Value::Text("2025".to_owned()),
            Role::Zone => Value::Text("B1".to_owned()),
            Role::Category if column.name == category => Value::Text(value.to_owned()),
            Role::Category => Value::Text(column.total.clone().unwrap_or("x".to_owned())),
            Role::Patients | Role::Count => Value::Int(20),
            _ => Value::Null,
        };
        definition.columns.iter().map(cell).collect()
    };

    RawTable {
        rows: vec![row("a"), row("b")],
        parameters: BTreeMap::from([(
            "niveau".to_owned(),
            Value::Text(Level::Medicobus.name().to_owned()),
        )]),
        definition: Arc::new(definition),
    }
}

#[test]
fn what_the_model_says_of_a_category_holds_where_all_its_counts_are_equal() {
    let relations = relations();
    let (sums, inclusions) = (relations.sums.iter(), relations.inclusions.iter());
    let named: Vec<_> = (sums.flat_map(|s| s.parts.iter().chain([&s.total])))
        .chain(inclusions.flat_map(|i| i.parts.iter().chain(&i.whole).map(|term| &term.kind)))
        .collect();

    let folder = format!("{}/../../queries", env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let (mut seen, mut lost) = (0, Vec::new());
    for file in files.filter(|file| file.extension().is_some_and(|e| e == "sql")) {
        let query = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let columns = definition(&query).columns;
        for category in columns.iter().filter(|column| column.role == Role::Category) {
            let waiting = [PendingTable::new(equal_rows(&query, &category.name), &(1..11))];
            let linked = links::link(&waiting, &single_bus(), &relations, 11);
            for (c, column) in columns.iter().enumerate() {
                let (Some(a), Some(b)) = (linked.places[0][0][c], linked.places[0][1][c]) else {
                    continue;
                };
                let measure = linked.keys[a].as_ref().map(|key| &key.measure);
                let depends = named.iter().any(|kind| {
                    Some(&kind.measure) == measure && kind.categories.contains_key(&category.name)
                });
                if depends && !REPEATED.contains(&(query.as_str(), column.name.as_str())) {
                    seen += 1;
                    lost.extend(
                        (a == b).then(|| format!("{query}.{} {}", column.name, category.name)),
                    );
                }
            }
        }
    }

    assert!(seen > 10, "{seen} columns only");
    assert!(lost.is_empty(), "known by no name of the model: {lost:?}");
}
