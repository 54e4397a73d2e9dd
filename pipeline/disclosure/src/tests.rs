//! The gate as a whole, and attackers that share nothing with it. This file holds what the tests have in common.

use std::sync::Arc;

use base::definition::Definition;
use base::table::{RawTable, Value};

use super::*;

mod decisions;
mod entries;
mod enumeration;
mod identities;
#[path = "../../../benches/linked_tables.rs"]
mod linked_tables;
mod publications;
mod published_files;
mod reasons;
mod release;
mod shares;
mod years;

/// The header of a query of the release, from its file: real columns, roles and identities.
fn definition(query: &str) -> Definition {
    let file = format!("{}/../../queries/{query}.sql", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(file).unwrap();

    let header = text.trim_start_matches("/*---").split("---*/").next();
    toml::from_str(header.unwrap()).unwrap()
}

/// The model of the release.
fn relations() -> Relations {
    let file = format!("{}/../../queries/relations.toml", env!("CARGO_MANIFEST_DIR"));
    toml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// The gate of the release, which knows those relations.
fn gate_with(relations: Relations) -> Gate {
    Gate {
        relations: Arc::new(relations),
        ..Gate::default()
    }
}

const REQUIREMENT: ProtectionRequirement =
    ProtectionRequirement { sliding_level: 10, upper_bound: 11 };

/// The header of a query of those columns.
fn header(name: &str, title: &str, columns: &str) -> String {
    format!(
        r#"
nom = "{name}"
titre = "{title}"
theme = "publics"
definition = "d"
formule = "f"
unite = "patients"
population = "p"
sources = ["consultations"]
colonnes = [
{columns}]
"#
    )
}

const PROFILES: &str = r#"
nom = "consultations_par_profil"
titre = "Consultations par profil"
theme = "publics"
definition = "d"
formule = "f"
unite = "patients"
population = "p"
sources = ["consultations"]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode" },
  { nom = "code_zone", titre = "Zone", role = "zone" },
  { nom = "profil", titre = "Profil", role = "categorie", total = "ensemble" },
  { nom = "patients", titre = "Patients", role = "patients", additif = ["code_zone", "profil"] },
  { nom = "consultations", titre = "Consultations", role = "effectif", garde = "patients", additif = ["annee", "code_zone", "profil"] },
  { nom = "delai_moyen", titre = "Délai", role = "mesure", garde = "patients" },
  { nom = "bus", titre = "Bus", role = "ouvert" },
]
"#;

const SHARES: &str = r#"
nom = "part_sans_mt"
titre = "Part sans médecin traitant"
theme = "medecin_traitant"
definition = "d"
formule = "f"
unite = "%"
population = "p"
sources = ["consultations"]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode" },
  { nom = "code_zone", titre = "Zone", role = "zone" },
  { nom = "patients", titre = "Patients", role = "patients", additif = ["code_zone"] },
  { nom = "sans_mt", titre = "Sans médecin traitant", role = "patients", additif = ["code_zone"] },
  { nom = "part", titre = "Part", role = "taux", format = "pourcent", numerateur = "sans_mt", denominateur = "patients" },
]
"#;

fn table(header: &str, parameters: &[(&str, &str)], rows: Vec<Vec<Value>>) -> RawTable {
    RawTable {
        definition: Arc::new(toml::from_str(header).unwrap()),
        parameters: parameters
            .iter()
            .map(|(k, v)| ((*k).to_owned(), Value::Text((*v).to_owned())))
            .collect(),
        rows,
    }
}

fn profile(zone: &str, profil: &str, patients: i64) -> Vec<Value> {
    let text = |s: &str| Value::Text(s.to_owned());
    let delay = if patients == 0 { Value::Null } else { Value::Float(3.5) };
    vec![
        Value::Int(2025),
        text(zone),
        text(profil),
        Value::Int(patients),
        Value::Int(3 * patients),
        delay,
        Value::Int(1),
    ]
}

fn share_row(zone: &str, patients: i64, without: i64) -> Vec<Value> {
    let part = (1000.0 * without as f64 / patients as f64).round() / 10.0;
    vec![
        Value::Int(2025),
        Value::Text(zone.to_owned()),
        Value::Int(patients),
        Value::Int(without),
        Value::Float(part),
    ]
}

fn zones() -> ZoneTree {
    let mut zones = ZoneTree::new();
    zones.add_medicobus("B1", "61", "28");
    zones.add_medicobus("B2", "61", "28");
    zones.add_medicobus("B3", "50", "28");
    zones
}

fn is_hidden(table: &GatedTable, row: usize, column: &str) -> bool {
    let at = table.definition().columns.iter().position(|c| c.name == column).unwrap();
    table.rows()[row][at] == Cell::Hidden
}

fn by_profile(zone: &str, values: &[(&str, i64)]) -> Vec<Vec<Value>> {
    let total = values.iter().map(|v| v.1).sum();
    let mut rows: Vec<_> = values.iter().map(|(p, v)| profile(zone, p, *v)).collect();
    rows.push(profile(zone, "ensemble", total));
    rows
}
