//! Shares printed beside their numerator, with the real headers: what they give of a hidden total.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::*;
use super::{definition, gate_with, relations, zones};
use base::table::{RawTable, Value};

/// `conformite_activite` over those zones and cases, with the shares that its SQL prints.
fn conformite(niveau: &str, rows: &[(&str, &str, i64)]) -> RawTable {
    let definition = Arc::new(definition("conformite_activite"));
    let cells = |&(zone, cas, n): &(&str, &str, i64)| -> Vec<Value> {
        let total = rows.iter().find(|r| r.0 == zone && r.1 == "toutes").unwrap().2;
        let share = (1000.0 * n as f64 / total as f64).round() / 10.0;
        let named = |column: &str| match column {
            "annee" => Value::Int(2025),
            "code_zone" => Value::Text(zone.into()),
            "cas" => Value::Text(cas.into()),
            "consultations" | "patients" => Value::Int(n),
            "part" => Value::Float(share),
            _ => Value::Null,
        };
        definition.columns.iter().map(|c| named(&c.name)).collect()
    };
    RawTable {
        rows: rows.iter().map(cells).collect(),
        parameters: BTreeMap::from([
            ("annee".to_owned(), Value::Int(2025)),
            ("niveau".to_owned(), Value::Text(niveau.to_owned())),
        ]),
        definition,
    }
}

/// The open whole number at that zone, case and column.
fn open(tables: &[GatedTable], zone: &str, cas: &str, column: &str) -> Option<f64> {
    let columns = |t: &GatedTable| -> Vec<String> {
        t.definition().columns.iter().map(|c| c.name.clone()).collect()
    };
    tables.iter().find_map(|table| {
        let names = columns(table);
        let at = |name: &str| names.iter().position(|n| n == name).unwrap();
        let text = |s: &str| Cell::Open(Value::Text(s.into()));
        let mut rows = table.rows().iter();
        rows.find(|r| r[at("code_zone")] == text(zone) && r[at("cas")] == text(cas))
            .map(|row| row[at(column)].open().and_then(Value::as_f64))
    })?
}

#[test]
fn a_share_does_not_give_back_the_hidden_total_of_its_zone() {
    // B1 has 5 patients; the 60 of B2 are hidden with them, since the région prints 65.
    let buses = [
        ("B1", "toutes", 5),
        ("B1", "prevention", 0),
        ("B2", "toutes", 60),
        ("B2", "prevention", 40),
    ];
    let region = [("28", "toutes", 65), ("28", "prevention", 40)];
    let tables = vec![conformite("region", &region), conformite("medicobus", &buses)];
    let gated = Gate::default().release(tables, &zones());
    assert_eq!(open(&gated, "B1", "toutes", "consultations"), None);
    for (zone, cas, _) in region.iter().chain(&buses) {
        let (Some(n), Some(share)) =
            (open(&gated, zone, cas, "consultations"), open(&gated, zone, cas, "part"))
        else {
            continue;
        };
        let fits: Vec<u32> = (1..1000)
            .filter(|d| (1000.0 * n / f64::from(*d)).round() / 10.0 == share)
            .collect();
        let hidden = open(&gated, zone, "toutes", "consultations").is_none();
        assert!(!hidden || fits.len() != 1, "{zone} {cas}: {fits:?}");
    }
    // The attacker of published files reads the same shares.
    let leaky = [("B2", "toutes", 60), ("B2", "prevention", 40)];
    let open_table = Gate::open_unprotected(vec![conformite("medicobus", &leaky)]);
    let mut published = PublishedTable::from(&open_table[0]);
    let names = &published.definition.columns;
    let at = names.iter().position(|c| c.name == "consultations").unwrap();
    published.rows[0][at] = Cell::Hidden;
    let exposed = attack_tables(&[published], &zones(), &relations(), false).unwrap().exposed;
    let total = exposed.iter().find(|e| e.key.measure == "consultations").unwrap();
    assert!(total.interval.low > 59.0 && total.interval.high < 61.0, "{total:?}");
}

#[test]
fn the_few_who_are_not_in_an_overlapping_category_are_a_group_too() {
    let rows = [("28", "toutes", 60), ("28", "prevention", 57), ("28", "sas", 20)];
    let gated = Gate::default().release(vec![conformite("region", &rows)], &zones());
    for column in ["consultations", "patients"] {
        let both = open(&gated, "28", "toutes", column).is_some()
            && open(&gated, "28", "prevention", column).is_some();
        assert!(!both, "{column}");
    }
    assert!(
        open(&gated, "28", "sas", "part").is_some()
            || open(&gated, "28", "prevention", "consultations").is_some()
    );
}

/// A table of the catalogue from named cells; what is not named is empty.
fn named(query: &str, rows: &[&[(&str, Value)]]) -> RawTable {
    let definition = Arc::new(definition(query));
    let cells = |row: &&[(&str, Value)]| -> Vec<Value> {
        let of = |column: &str| row.iter().find(|c| c.0 == column).map(|c| c.1.clone());
        let columns = definition.columns.iter();
        columns.map(|c| of(&c.name).unwrap_or(Value::Null)).collect()
    };
    RawTable {
        rows: rows.iter().map(cells).collect(),
        parameters: BTreeMap::from([
            ("annee".to_owned(), Value::Int(2025)),
            ("niveau".to_owned(), Value::Text("region".to_owned())),
        ]),
        definition,
    }
}

#[test]
fn the_lines_received_of_a_table_of_people_are_hidden_as_the_people_are() {
    let text = |s: &str| Value::Text(s.to_owned());
    let zone = || [("annee", Value::Int(2025)), ("code_zone", text("28"))];
    let synthese: Vec<(&str, Value)> = zone()
        .into_iter()
        .chain([("patients", Value::Int(9)), ("consultations", Value::Int(14))])
        .collect();
    let lines: Vec<Vec<(&str, Value)>> =
        [("consultations", 14), ("tournees", 40), ("medicobus", 3), ("ensemble", 57)]
            .into_iter()
            .map(|(table, n)| {
                zone()
                    .into_iter()
                    .chain([
                        ("nom_table", text(table)),
                        ("lignes_lues", Value::Int(n)),
                        ("lignes_acceptees", Value::Int(n)),
                        ("lignes_refusees", Value::Int(0)),
                    ])
                    .collect()
            })
            .collect();
    let lines: Vec<&[(&str, Value)]> = lines.iter().map(Vec::as_slice).collect();
    let tables = vec![
        named("synthese", &[synthese.as_slice()]),
        named("completude_livraisons", &lines),
    ];
    let gated = gate_with(relations()).release(tables, &zones());
    let names = &gated[1].definition().columns;
    let at = |name: &str| names.iter().position(|c| c.name == name).unwrap();
    let hidden = |row: usize, column: &str| gated[1].rows()[row][at(column)] == Cell::Hidden;
    assert!(hidden(0, "lignes_acceptees") && hidden(0, "lignes_lues"));
    assert!((1..4).any(|row| hidden(row, "lignes_acceptees")));
    assert!((1..4).all(|row| hidden(row, "lignes_acceptees") == hidden(row, "lignes_lues")));
}
