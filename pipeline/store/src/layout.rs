//! How the tables of the contract lie in one Delta table.
//!
//! The store is **one** Delta table partitioned by contract table, région and period. One log means that a delivery,
//! whatever tables it brings, is one atomic commit, and that a version number dates the whole store at once. Each data
//! file holds the columns of its own contract table only; Delta reads the others as null.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType as ArrowType, Field, Schema, SchemaRef};
use deltalake_core::kernel::{DataType, StructField};

use base::error::{Error, Result};
use contract::{Contract, Nature};

/// Partition column: name of the contract table.
pub const TABLE: &str = "livraison_table";
/// Partition column: INSEE code of the région that delivers, `FR` for national referentials.
pub const REGION: &str = "livraison_region";
/// Partition column: period delivered, as written in `livraison.toml`.
pub const PERIODE: &str = "livraison_periode";

/// Name of the receipts: one row per file received, committed with the delivery that it belongs to.
pub const LIVRAISONS: &str = "livraisons";
/// Name of the referential of official zonings, loaded by `medicobus referentiel`.
pub const ZONAGES: &str = "zonages";
/// Name of the ledger of published cells.
pub const PUBLICATIONS: &str = "publications";

fn text(name: &str) -> Field {
    Field::new(name, ArrowType::Utf8, true)
}

fn int(name: &str) -> Field {
    Field::new(name, ArrowType::Int64, true)
}

/// Columns of the receipts.
pub fn livraisons_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        text("sha256"),
        text("producteur"),
        text("motif"),
        text("fictives"),
        text("fichier"),
        text("feuille"),
        text("nom_table"),
        text("sha256_fichier"),
        int("lignes_lues"),
        int("lignes_acceptees"),
        int("lignes_refusees"),
    ]))
}

/// Columns of the ledger: `publication` names the document, `contenu` is all that it gave, as the gate writes it.
pub fn publications_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![text("publication"), text("contenu")]))
}

/// One contract or internal table and the names its columns have in the Delta table.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Contract name of the table.
    pub name: String,
    /// Columns as SQL and the contract name them.
    pub logical: SchemaRef,
    /// Columns as the files and the Delta schema name them, in the same order.
    pub physical: SchemaRef,
    /// Whether a région's latest period replaces the earlier ones when the table is read.
    pub is_state: bool,
}

/// Lays every table out. Two tables may share a column name only with one type; where the contract gives the same
/// name two types (`ald` is a status in consultations and a count in territoires), the later one is stored as
/// `<table>_<column>`.
pub fn layouts(contract: &Contract) -> Vec<Layout> {
    let mut union: Vec<(String, ArrowType)> = Vec::new();
    let tables = contract
        .tables()
        .iter()
        .map(|t| (t.name.clone(), t.arrow_schema(), t.extension.nature == Nature::Etat))
        .chain([
            (LIVRAISONS.to_string(), livraisons_schema(), false),
            (ZONAGES.to_string(), geography::zonings_schema(), false),
            (PUBLICATIONS.to_string(), publications_schema(), false),
        ]);

    let mut layouts = Vec::new();

    for (name, logical, is_state) in tables {
        let fields: Vec<Field> = logical
            .fields()
            .iter()
            .map(|field| {
                let clash = union.iter().any(|(n, t)| n == field.name() && t != field.data_type());

                let physical = if clash {
                    format!("{name}_{}", field.name())
                } else {
                    field.name().clone()
                };

                if !union.iter().any(|(n, _)| *n == physical) {
                    union.push((physical.clone(), field.data_type().clone()));
                }

                Field::new(physical, field.data_type().clone(), true)
            })
            .collect();

        layouts.push(Layout {
            name,
            logical,
            physical: Arc::new(Schema::new(fields)),
            is_state,
        });
    }

    layouts
}

/// The columns of the Delta table: the partition columns, then the union of every table's physical columns.
///
/// # Errors
/// If the contract uses a type that the store has no form for.
pub fn delta_columns(layouts: &[Layout]) -> Result<Vec<StructField>> {
    let mut columns: Vec<StructField> = [TABLE, REGION, PERIODE]
        .into_iter()
        .map(|name| StructField::nullable(name, DataType::STRING))
        .collect();

    for layout in layouts {
        for field in layout.physical.fields() {
            if !columns.iter().any(|c| c.name() == field.name()) {
                columns.push(StructField::nullable(field.name(), delta_type(field.data_type())?));
            }
        }
    }

    Ok(columns)
}

fn delta_type(arrow: &ArrowType) -> Result<DataType> {
    Ok(match arrow {
        ArrowType::Utf8 => DataType::STRING,
        ArrowType::Int64 => DataType::LONG,
        ArrowType::Date32 => DataType::DATE,
        ArrowType::Decimal128(precision, scale) => {
            let scale = u8::try_from(*scale).map_err(|e| {
                Error::usage("échelle décimale négative dans le contrat").caused_by(e)
            })?;
            DataType::decimal(*precision, scale)
                .map_err(|e| Error::usage("décimale du contrat hors bornes").caused_by(e))?
        }
        other => {
            return Err(Error::usage(format!("le dépôt n'a pas de forme pour le type {other}")));
        }
    })
}
