//! A small document for the tests of this module: every kind of block, a hostile text, a hidden cell.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::sync::Arc;

use super::bilan::{BilanInput, Provenance, Seuils, bilan};
use super::document::Document;
use super::gabarits::Gabarits;
use super::model::Zone;
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
    let ligne = |public: &str, nom: &str, patients: i64, part: f64| {
        vec![
            Value::Text("28".into()),
            Value::Text("Normandie".into()),
            Value::Text(public.into()),
            Value::Text(nom.into()),
            Value::Int(patients),
            Value::Float(part),
        ]
    };
    let rows = vec![
        ligne("ald_sans_mt", "#panic(\"non\") *ALD* 🚌", 1234, 12.3),
        ligne("au_moins_un", "Au moins un", 2345, 23.4),
    ];
    let brute = RawTable {
        definition: Arc::new(definition),
        parameters: BTreeMap::new(),
        rows,
    };
    let portee = Gate::open_unprotected(vec![brute]).remove(0);
    BTreeMap::from([("publics_prioritaires".to_string(), portee)])
}

/// The bilan made from those tables.
pub(super) fn document(gabarits: &Gabarits) -> Document {
    let zone = Zone::region("28", "Normandie");
    let commentaires = BTreeMap::from([(
        "publics".to_string(),
        "Un **mot** du comité : #eval(\"1\").".to_string(),
    )]);
    bilan(&BilanInput {
        zone: &zone,
        annee: 2025,
        tables: &tables(),
        parties: &BTreeMap::new(),
        commentaires: &commentaires,
        seuils: &Seuils::default(),
        seuil: 15,
        definitif: false,
        fictives: true,
        emetteur: None,
        logo: None,
        date: chrono::NaiveDate::from_ymd_opt(2026, 3, 31).unwrap(),
        secret: None,
        provenance: &Provenance {
            date_depot: "2026-03-31".into(),
            ..Provenance::default()
        },
        gabarits,
    })
    .unwrap()
}
