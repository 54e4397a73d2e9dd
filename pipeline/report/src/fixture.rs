//! A small document for the tests of this module: every kind of block, a hostile text, a hidden cell.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::bilan::bilan;
use super::content::NamedZone;
use super::document::Document;
use super::input::{BilanInput, Provenance, VigilanceThresholds};
use super::templates::Templates;
use base::definition::Definition;
use base::table::{RawTable, Value};
use disclosure::{Gate, GatedTable};

/// An answer of `publics_prioritaires` with a bus whose name tries to be Typst.
pub(super) fn tables() -> BTreeMap<String, GatedTable> {
    let definition: Definition = toml::from_str(
        r#"
        nom = "publics_prioritaires"
        titre = "Publics prioritaires"
        theme = "publics"
        definition = "Patients des publics que l'instruction place en premier."
        formule = "part = patients ÷ patients de la zone"
        unite = "patients"
        population = "Patients de l'année"
        sources = ["consultations"]
        limites = ["Ces lignes ne s'additionnent pas."]
        colonnes = [
          { nom = "code_zone", titre = "Code", role = "zone" },
          { nom = "nom_zone", titre = "Zone", role = "libelle" },
          { nom = "public", titre = "Public", role = "categorie" },
          { nom = "nom_public", titre = "Public", role = "libelle" },
          { nom = "patients", titre = "Patients", role = "patients", format = "entier" },
          { nom = "part", titre = "Part", role = "mesure", format = "pourcent", garde = "patients" },
        ]
        "#,
    )
    .unwrap();
    let row = |public: &str, name: &str, patients: i64, part: f64| {
        vec![
            Value::Text("28".into()),
            Value::Text("Normandie".into()),
            Value::Text(public.into()),
            Value::Text(name.into()),
            Value::Int(patients),
            Value::Float(part),
        ]
    };
    let rows = vec![
        row("ald_sans_mt", "#panic(\"non\") *ALD* 🚌", 1234, 12.3),
        row("au_moins_un", "Au moins un", 2345, 23.4),
    ];
    let brute = RawTable {
        definition: Arc::new(definition),
        parameters: BTreeMap::new(),
        rows,
    };
    let scope = Gate::open_unprotected(vec![brute]).remove(0);
    BTreeMap::from([("publics_prioritaires".to_string(), scope)])
}

/// The bilan made from those tables.
pub(super) fn document(templates: &Templates) -> Document {
    let zone = NamedZone::region("28", "Normandie");
    let comments = BTreeMap::from([(
        "publics".to_string(),
        crate::markdown::parse("Un **mot** du comité : #eval(\"1\").").unwrap(),
    )]);
    bilan(&BilanInput {
        zone: &zone,
        year: 2025,
        tables: &tables(),
        parts: &BTreeMap::new(),
        comments: &comments,
        thresholds: &VigilanceThresholds::default(),
        threshold: 15,
        is_final: false,
        fictitious: true,
        issuer: None,
        logo: None,
        date: chrono::NaiveDate::from_ymd_opt(2026, 3, 31).unwrap(),
        secrecy: None,
        provenance: &Provenance {
            store_date: "2026-03-31".into(),
            ..Provenance::default()
        },
        templates,
    })
    .unwrap()
}
