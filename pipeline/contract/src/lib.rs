//! The contract: what every table of a delivery must look like.
//!
//! One [Table Schema](https://specs.frictionlessdata.io/table-schema/) file per table, in `schemas/`, valid for other tools as it
//! stands. Everything derives from them: the reader, the checks, the store's schema ([`TableSchema::arrow_schema`]), the
//! dictionary ([`dictionary`]) and the data package ([`datapackage`]). What Table Schema cannot say is in an extra object named `medicobus`, or is a named
//! rule in code ([`rules`]).

pub mod datapackage;
pub mod dictionary;
mod header;
pub mod rules;
mod schema;

pub use header::{HEADER_KEYS, HeaderKey, NOTHING_TO_DECLARE};
pub use rules::{Rule, Severity};
pub use schema::{
    Constraints, Extension, Field, FieldType, ForeignKey, Form, Nature, Reference, Sensitivity,
    TableExtension, TableSchema,
};

use chrono::NaiveDate;

use base::error::{Context, Error, Result};

/// The files of the contract, in the order in which they are documented.
const FILES: [(&str, &str); 12] = [
    ("consultations", include_str!("../schemas/consultations.json")),
    ("tournees", include_str!("../schemas/tournees.json")),
    ("medicobus", include_str!("../schemas/medicobus.json")),
    ("dessertes", include_str!("../schemas/dessertes.json")),
    ("financements", include_str!("../schemas/financements.json")),
    ("territoires", include_str!("../schemas/territoires.json")),
    ("delais_mg", include_str!("../schemas/delais_mg.json")),
    ("offre", include_str!("../schemas/offre.json")),
    ("projets_cahier", include_str!("../schemas/projets_cahier.json")),
    ("demandes", include_str!("../schemas/demandes.json")),
    ("mesures_concurrentes", include_str!("../schemas/mesures_concurrentes.json")),
    ("objectifs", include_str!("../schemas/objectifs.json")),
];

/// All tables that a delivery may hold.
#[derive(Debug, Clone)]
pub struct Contract {
    tables: Vec<TableSchema>,
}

impl Contract {
    /// The contract built into the program.
    ///
    /// # Errors
    /// When a schema file does not read; a test keeps that from happening.
    pub fn embedded() -> Result<Self> {
        let mut tables = Vec::with_capacity(FILES.len());
        for (name, text) in FILES {
            let table: TableSchema = serde_json::from_str(text)
                .usage(|| format!("le schéma de la table {name} est illisible"))?;
            if table.name != name {
                return Err(Error::usage(format!(
                    "le schéma {name}.json décrit la table « {} »",
                    table.name
                )));
            }

            table.validate()?;
            tables.push(table);
        }

        Ok(Self { tables })
    }

    /// The tables, in the order of the documentation.
    pub fn tables(&self) -> &[TableSchema] {
        &self.tables
    }

    /// One table by its name.
    pub fn table(&self, name: &str) -> Option<&TableSchema> {
        self.tables.iter().find(|t| t.name == name)
    }

    /// Day of the last change to any table.
    pub fn modified(&self) -> NaiveDate {
        self.tables.iter().map(|t| t.modified).max().unwrap_or_default()
    }

    /// The schema files themselves, by table name, to be written for those who check before sending.
    pub fn files() -> impl Iterator<Item = (&'static str, &'static str)> {
        FILES.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::datatypes::DataType;

    #[test]
    fn every_embedded_schema_reads_and_holds_the_store_form() {
        let contract = Contract::embedded().unwrap();
        assert_eq!(contract.tables().len(), 12);
        let type_of = |table: &str, field: &str| {
            let schema = contract.table(table).unwrap().arrow_schema();
            schema.field_with_name(field).unwrap().data_type().clone()
        };
        assert_eq!(type_of("consultations", "date_consultation"), DataType::Date32);
        assert_eq!(type_of("consultations", "ald"), DataType::Utf8);
        assert_eq!(type_of("territoires", "ald"), DataType::Int64);
        assert_eq!(type_of("financements", "montant"), DataType::Decimal128(14, 2));
        assert_eq!(type_of("medicobus", "jours_par_semaine"), DataType::Decimal128(4, 1));
        assert_eq!(type_of("tournees", "heure_debut"), DataType::Utf8);
    }

    #[test]
    fn references_and_period_fields_exist() {
        let contract = Contract::embedded().unwrap();
        for table in contract.tables() {
            for key in &table.foreign_keys {
                let target = contract.table(&key.reference.resource).unwrap();
                assert!(key.reference.fields.iter().all(|f| target.field(f).is_some()));
            }
            assert_eq!(
                table.extension.period_field.is_some(),
                table.extension.nature == Nature::Flux,
                "{}",
                table.name
            );
        }
    }

    #[test]
    fn every_example_respects_its_own_constraints() {
        for table in Contract::embedded().unwrap().tables() {
            for field in &table.fields {
                let example = field.example.as_deref().unwrap();
                if let Some(values) = &field.constraints.values {
                    assert!(values.iter().any(|v| v == example), "{}.{}", table.name, field.name);
                }

                if let Some(pattern) = &field.constraints.pattern {
                    assert!(
                        regex::Regex::new(pattern).unwrap().is_match(example),
                        "{}.{}",
                        table.name,
                        field.name
                    );
                }
            }
        }
    }
}
