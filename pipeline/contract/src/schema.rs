//! Table Schema files as types.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field as ArrowField, Schema, SchemaRef};
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::Value;

use base::error::{Error, Result};

/// One table of the contract.
#[derive(Debug, Clone, Deserialize)]
pub struct TableSchema {
    /// Name of the table, of its files and of its sheets.
    pub name: String,
    /// Title shown to committees.
    pub title: String,
    /// What one row is.
    pub description: String,
    /// Version of this schema.
    pub version: String,
    /// Day of its last change, `AAAA-MM-JJ`.
    #[serde(rename = "lastModified")]
    pub modified: NaiveDate,
    /// What Table Schema cannot say.
    #[serde(rename = "medicobus")]
    pub extension: TableExtension,
    /// Columns, in the store's order.
    pub fields: Vec<Field>,
    /// Columns that together name a row; empty when no set of columns does.
    #[serde(rename = "primaryKey", default)]
    pub primary_key: Vec<String>,
    /// Columns whose values must exist in another table.
    #[serde(rename = "foreignKeys", default)]
    pub foreign_keys: Vec<ForeignKey>,
    /// Texts that stand for "no value".
    #[serde(rename = "missingValues")]
    pub missing_values: Vec<String>,
}

/// Our own facts about a table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableExtension {
    /// Whether the periods add up or the latest one holds.
    pub nature: Nature,
    /// The field that must fall within the delivery's period.
    #[serde(rename = "champ_periode", default)]
    pub period_field: Option<String>,
}

/// How successive deliveries combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nature {
    /// Each delivery adds its period.
    Flux,
    /// Each delivery states the whole; the latest period holds.
    Etat,
}

/// One column.
#[derive(Debug, Clone, Deserialize)]
pub struct Field {
    /// Column name, lower case, without accents.
    pub name: String,
    /// Title shown to committees.
    pub title: String,
    /// What it holds.
    pub description: String,
    /// Type of its values.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// A valid value.
    #[serde(default)]
    pub example: Option<String>,
    /// What its values must respect.
    #[serde(default)]
    pub constraints: Constraints,
    /// What Table Schema cannot say.
    #[serde(rename = "medicobus", default)]
    pub extension: Extension,
}

/// The types of Table Schema that the contract uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// Text, codes and times of day included.
    String,
    /// Whole number.
    Integer,
    /// Decimal number, stored with the precision of [`Extension`].
    Number,
    /// Day.
    Date,
}

/// Constraints of Table Schema.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Constraints {
    /// A row without a value is refused.
    #[serde(default)]
    pub required: bool,
    /// No two rows of a delivery share a value.
    #[serde(default)]
    pub unique: bool,
    /// The only values allowed.
    #[serde(rename = "enum", default)]
    pub values: Option<Vec<String>>,
    /// Regular expression that the whole text must match.
    #[serde(default)]
    pub pattern: Option<String>,
    /// Smallest value allowed: a number or an ISO date.
    #[serde(default)]
    pub minimum: Option<Value>,
    /// Largest value allowed: a number or an ISO date.
    #[serde(default)]
    pub maximum: Option<Value>,
}

/// Our own facts about a column.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// Total digits of a stored decimal.
    #[serde(default)]
    pub precision: Option<u8>,
    /// Digits after the decimal mark of a stored decimal.
    #[serde(rename = "echelle", default)]
    pub scale: Option<i8>,
    /// Why a value of this column may point at a person.
    #[serde(rename = "sensible", default)]
    pub sensitivity: Option<Sensitivity>,
    /// What kind of code or text it is, which opens repairs.
    #[serde(rename = "forme", default)]
    pub form: Option<Form>,
}

/// Why a column is watched by the identity guard and masked in findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// Free text, where anything may have been typed.
    TexteLibre,
    /// Pseudonym of a person.
    Pseudonyme,
    /// Number of one act or request of a person.
    Identifiant,
}

/// What a text stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Code of a commune in the COG.
    CodeCommune,
    /// Code of a département.
    CodeDepartement,
    /// Code of a région.
    CodeRegion,
    /// Code of a commune, an EPCI or a territoire de vie-santé.
    CodeTerritoire,
    /// Time of day, stored as `HH:MM`.
    Heure,
    /// Quarter, stored as `AAAA-Tn`.
    Trimestre,
    /// Month, stored as `AAAA-MM`.
    Mois,
    /// Identifier without meaning.
    Identifiant,
    /// Pseudonym.
    Pseudonyme,
}

/// Columns that point at another table.
#[derive(Debug, Clone, Deserialize)]
pub struct ForeignKey {
    /// Columns of this table.
    pub fields: Vec<String>,
    /// What they point at.
    pub reference: Reference,
}

/// The far end of a [`ForeignKey`].
#[derive(Debug, Clone, Deserialize)]
pub struct Reference {
    /// Table pointed at.
    pub resource: String,
    /// Its columns.
    pub fields: Vec<String>,
}

impl Field {
    /// The type that the store holds.
    pub fn data_type(&self) -> DataType {
        match self.kind {
            FieldType::String => DataType::Utf8,
            FieldType::Integer => DataType::Int64,
            FieldType::Number => DataType::Decimal128(
                self.extension.precision.unwrap_or(18),
                self.extension.scale.unwrap_or(2),
            ),
            FieldType::Date => DataType::Date32,
        }
    }

    /// Whether the column answers yes or no (and possibly `inconnu`).
    pub fn is_yes_no(&self) -> bool {
        self.constraints
            .values
            .as_ref()
            .is_some_and(|v| v.iter().any(|x| x == "oui") && v.iter().any(|x| x == "non"))
    }

    /// Whether the column names a row, a project or a person by a text that tells nothing else.
    pub fn is_identifier(&self) -> bool {
        matches!(self.extension.form, Some(Form::Identifiant | Form::Pseudonyme))
    }
}

impl TableSchema {
    /// One column by its name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.name == name)
    }

    /// The place of a column.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|f| f.name == name)
    }

    /// Whether the key says all that a row is about, so that two rows with one key tell of one thing; a number of an act, which a
    /// software may give twice, does not.
    pub fn has_descriptive_key(&self) -> bool {
        let unique = |name: &String| self.field(name).is_some_and(|f| f.constraints.unique);
        !self.primary_key.is_empty() && !self.primary_key.iter().any(unique)
    }

    /// Whether a row tells of a span of time (a year, a quarter, a month) that another period's delivery may tell of too.
    pub fn tells_of_spans(&self) -> bool {
        let period = self.extension.period_field.as_ref().and_then(|name| self.field(name));
        self.extension.nature == Nature::Flux
            && period
                .is_some_and(|f| f.kind != FieldType::Date && self.primary_key.contains(&f.name))
    }

    /// The Arrow schema of accepted rows: the store's form. A column is nullable unless it is required.
    pub fn arrow_schema(&self) -> SchemaRef {
        let fields: Vec<ArrowField> = self
            .fields
            .iter()
            .map(|f| ArrowField::new(&f.name, f.data_type(), !f.constraints.required))
            .collect();
        Arc::new(Schema::new(fields))
    }

    /// Checks what `serde` cannot: keys and period fields name columns of the table, patterns compile, decimals have a precision.
    pub(super) fn validate(&self) -> Result<()> {
        let keys = self
            .primary_key
            .iter()
            .chain(self.foreign_keys.iter().flat_map(|k| &k.fields))
            .chain(&self.extension.period_field);
        for name in keys {
            if self.field(name).is_none() {
                return Err(Error::usage(format!(
                    "le schéma {} cite une colonne inconnue : {name}",
                    self.name
                )));
            }
        }

        for field in &self.fields {
            if let Some(pattern) = &field.constraints.pattern {
                regex::Regex::new(pattern).map_err(|e| {
                    Error::usage(format!("le motif de {}.{} est illisible", self.name, field.name))
                        .caused_by(e)
                })?;
            }
            if field.kind == FieldType::Number
                && (field.extension.precision.is_none() || field.extension.scale.is_none())
            {
                return Err(Error::usage(format!(
                    "{}.{} n'a ni précision ni échelle",
                    self.name, field.name
                )));
            }
        }

        Ok(())
    }
}
