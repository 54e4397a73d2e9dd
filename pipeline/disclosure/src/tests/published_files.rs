//! Files that are out, attacked without their true values.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::super::attack::AttackerProblem;
use super::super::elastic::leave_out_contradictions;
use super::super::key::CellKey;
use super::super::links;
use super::super::lp::Condition;
use super::super::pending::PendingTable;
use super::super::published::{pending, problem};
use super::identities::{patients, tables, true_counts};
use super::*;
use base::definition::Role;

fn published(header: &str, rows: Vec<Vec<Value>>, hidden: &[(usize, usize)]) -> PublishedTable {
    let open = Gate::open_unprotected(vec![table(header, &[("niveau", "medicobus")], rows)]);
    let mut published = PublishedTable::from(&open[0]);

    for &(r, c) in hidden {
        published.rows[r][c] = Cell::Hidden;
    }
    published
}

#[test]
fn published_files_are_attacked_through_sums_and_shares() {
    // Hiding the small count alone: the total of its bus gives it back.
    let rows = by_profile("B1", &[("sans", 4), ("avec", 40)]);
    let exposed = attack_tables(
        &[published(PROFILES, rows, &[(0, 3), (0, 4)])],
        &zones(),
        &relations(),
        false,
    )
    .unwrap()
    .exposed;

    assert_eq!(exposed.len(), 2);
    assert!(exposed.iter().all(|e| e.interval.width() == 0.0), "{exposed:?}");

    // Hiding a numerator but not its share: 7 of 90 is 7,8 %.
    let rows = vec![share_row("B1", 90, 7), share_row("B2", 80, 30)];
    let exposed =
        attack_tables(&[published(SHARES, rows.clone(), &[(0, 3)])], &zones(), &relations(), true)
            .unwrap()
            .exposed;

    assert_eq!(exposed[0].interval, FeasibilityInterval { low: 7.0, high: 7.0 });
    let exposed =
        attack_tables(&[published(SHARES, rows, &[(0, 3), (0, 4)])], &zones(), &relations(), false)
            .unwrap()
            .exposed;

    assert!(exposed[0].interval.width() > 80.0);
}

#[test]
fn what_the_gate_lets_out_resists_the_attack_on_published_files() {
    let rows = |zone: &str, v: [i64; 3]| {
        by_profile(zone, &[("sans", v[0]), ("avec", v[1]), ("indisponible", v[2])])
    };
    let buses: Vec<_> = [("B1", [6, 40, 12]), ("B2", [30, 50, 9]), ("B3", [45, 60, 20])]
        .into_iter()
        .flat_map(|(zone, v)| rows(zone, v))
        .collect();
    let tables = vec![
        table(PROFILES, &[("niveau", "medicobus")], buses),
        table(PROFILES, &[("niveau", "region")], rows("28", [81, 150, 41])),
    ];
    let gated = Gate::default().release(tables, &zones());
    let out: Vec<PublishedTable> = gated.iter().map(PublishedTable::from).collect();
    let exposed = attack_tables(&out, &zones(), &relations(), true).unwrap().exposed;
    let of = |zone: &str, profil: &str| {
        let found = exposed.iter().find(|e| {
            e.key.measure == "patients"
                && e.key.zone.code == zone
                && e.key.categories["profil"] == profil
        });
        found.unwrap().interval
    };

    for (zone, profil) in [("B1", "sans"), ("B2", "indisponible")] {
        let interval = of(zone, profil);
        assert!(REQUIREMENT.holds(interval.low, interval.high), "{zone} {profil}: {interval:?}");
    }

    assert!(exposed.iter().all(|e| e.interval.width() >= 1.0));
}

const CROSSED: &str = r#"
  { nom = "periode", titre = "Période", role = "periode" },
  { nom = "code_zone", titre = "Zone", role = "zone" },
  { nom = "profil", titre = "Profil", role = "categorie", total = "ensemble" },
  { nom = "sexe", titre = "Sexe", role = "categorie", total = "ensemble" },
  { nom = "patients", titre = "Patients", role = "patients", additif = ["periode", "code_zone", "profil", "sexe"] },
"#;

/// A table of one row: period, zone, profile and sex, and how many.
type Row<'a> = ([&'a str; 4], i64);

fn crossed(query: &str, (keys, count): Row) -> PublishedTable {
    let level = if keys[1] == "28" { "region" } else { "medicobus" };
    let cells = keys.map(|key| Value::Text(key.to_owned())).into_iter();
    let row = cells.chain([Value::Int(count)]).collect();
    let header = header(query, "Patients", CROSSED);

    let open = Gate::open_unprotected(vec![table(&header, &[("niveau", level)], vec![row])]);
    PublishedTable::from(&open[0])
}

#[test]
fn a_count_that_no_table_prints_is_of_nobody_only_where_its_query_tells_of_others() {
    // A hidden total and what is printed of it, 70 in all; another query tells of people elsewhere: in another zone, in another
    // month, of the other sex.
    let cases: [([Row; 3], Row, Row); 3] = [
        (
            [
                (["2025", "28", "sans", "ensemble"], 90),
                (["2025", "B1", "sans", "ensemble"], 30),
                (["2025", "B2", "sans", "ensemble"], 40),
            ],
            (["2025", "B3", "ensemble", "M"], 60),
            (["2025", "B3", "avec", "ensemble"], 60),
        ),
        (
            [
                (["2025", "B1", "sans", "ensemble"], 90),
                (["2025-01", "B1", "sans", "ensemble"], 30),
                (["2025-02", "B1", "sans", "ensemble"], 40),
            ],
            (["2025-03", "B1", "ensemble", "M"], 60),
            (["2025-03", "B1", "avec", "ensemble"], 60),
        ),
        (
            [
                (["2025", "B1", "sans", "ensemble"], 90),
                (["2025", "B1", "sans", "F"], 30),
                (["2025", "B1", "sans", "inconnu"], 40),
            ],
            (["2025", "B1", "ensemble", "M"], 60),
            (["2025", "B1", "avec", "M"], 60),
        ),
    ];

    for (printed, elsewhere, beside) in cases {
        let mut files: Vec<PublishedTable> =
            printed.iter().map(|row| crossed("profils", *row)).collect();
        files[0].rows[0][4] = Cell::Hidden;
        let total = |files: &[PublishedTable]| {
            let attacked = attack_tables(files, &zones(), &relations(), false).unwrap();
            (attacked.exposed[0].interval.low, attacked.exposed[0].interval.high)
        };

        files.push(crossed("sexes", elsewhere));
        assert_eq!(total(&files), (70.0, f64::INFINITY), "{elsewhere:?}");

        // The query itself prints somebody there: whom it does not print is nobody.
        files.push(crossed("profils", beside));
        assert_eq!(total(&files), (70.0, 70.0), "{beside:?}");
    }
}

/// The file of a table that hides each count but zero with that probability, and leaves out each zone with another.
fn file(table: &RawTable, rng: &mut ChaCha8Rng, [hidden, absent]: [f64; 2]) -> PublishedTable {
    let mut file = PublishedTable::from(&Gate::open_unprotected(vec![table.clone()])[0]);
    let columns = table.definition.columns.iter();
    let roles: Vec<Role> = columns.map(|c| c.role).collect();

    let zone = roles.iter().position(|role| *role == Role::Zone).unwrap();
    let left_out = ["28", "B1", "B2", "B3"].map(|z| (z, rng.random_bool(absent)));
    file.rows.retain(|row| {
        let code = row[zone].open().and_then(Value::as_text);
        left_out.iter().all(|(zone, is_out)| !is_out || code != Some(*zone))
    });

    for (cell, role) in file.rows.iter_mut().flat_map(|row| row.iter_mut().zip(&roles)) {
        let is_somebody = matches!(cell, Cell::Open(Value::Int(n)) if *n > 0);
        let is_count = matches!(role, Role::Patients | Role::Count);
        if is_count && is_somebody && rng.random_bool(hidden) {
            *cell = Cell::Hidden;
        }
    }
    file
}

/// What an attacker of those files takes for granted and the true counts contradict.
fn false_assumptions(files: &[PublishedTable], truth: &BTreeMap<CellKey, i64>) -> Vec<String> {
    let waiting: Vec<PendingTable> = files.iter().map(pending).collect();
    let linked = links::link(&waiting, &zones(), &relations(), 0);
    let count = |key: &Option<CellKey>| Some(*truth.get(key.as_ref()?)? as f64);
    let mut problem = AttackerProblem {
        known: linked.keys.iter().map(count).collect(),
        ..problem(&waiting, &linked)
    };

    let is_false = |condition: &&Condition| {
        let terms = condition.terms.iter().map(|&(i, k)| Some(k * problem.known[i]?));
        let left: Option<f64> = terms.sum();
        left.is_some_and(|x| x > 1e-6 || (condition.equal && x < -1e-6))
    };
    let conditions = problem.conditions();
    let mut found: Vec<String> = conditions
        .iter()
        .filter(is_false)
        .map(|c| format!("{:?}", c.terms.iter().map(|t| &linked.keys[t.0]).collect::<Vec<_>>()))
        .collect();

    // What nobody prints may be anything, as long as it fits.
    let about = leave_out_contradictions(&mut problem).unwrap();
    found.extend(about.into_iter().map(|i| format!("{:?}", linked.keys[i])));
    found
}

#[test]
fn whatever_is_hidden_an_attacker_assumes_nothing_false() {
    for seed in 0..12 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let full = tables(&patients(seed, 0.3), &|_| {});
        let truth = true_counts(&full);

        for share in [0.05, 0.2, 0.5, 0.9] {
            for absent in [0.0, 0.1] {
                let files: Vec<PublishedTable> =
                    full.iter().map(|table| file(table, &mut rng, [share, absent])).collect();

                let found = false_assumptions(&files, &truth);
                assert_eq!(found, Vec::<String>::new(), "seed {seed}: {share} {absent}");
            }
        }
    }
}
