//! The header of a query file: what the indicator is, what it takes, what its columns mean, what must be guarded.
//!
//! A query file opens with a TOML document inside a block comment:
//!
//! ```sql
//! /*---
//! nom = "consultations_par_profil"
//! titre = "Consultations par profil"
//! …
//! ---*/
//! SELECT …
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Theme of a table that own SQL gave: no chapter of the catalogue.
pub const OWN_SQL_THEME: &str = "libre";

/// Everything a reader, the catalogue, the gate and a report must know of an indicator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// File name without `.sql`.
    #[serde(rename = "nom")]
    pub name: String,
    /// Short French title, used above tables and charts.
    #[serde(rename = "titre")]
    pub title: String,
    /// Chapter of the catalogue: deploiement, publics, activite, medecin_traitant, delais, organisation, financement, offre, qualite.
    pub theme: String,
    /// What is counted, in words that a committee member understands.
    pub definition: String,
    /// How it is computed, as a formula.
    #[serde(rename = "formule")]
    pub formula: String,
    /// Unit of the main measure (consultations, patients, %, jours, euros…).
    #[serde(rename = "unite")]
    pub unit: String,
    /// Which rows count.
    pub population: String,
    /// Tables read.
    pub sources: Vec<String>,
    /// Warnings to print under every table drawn from this query.
    #[serde(default, rename = "limites")]
    pub limits: Vec<String>,
    /// Parameters by name; each appears as `$name` in the text.
    #[serde(default, rename = "parametres")]
    pub parameters: BTreeMap<String, Parameter>,
    /// Columns in the order in which the query returns them.
    #[serde(rename = "colonnes")]
    pub columns: Vec<Column>,
    /// Counts of this query that other columns or other queries print under another name.
    #[serde(default, rename = "identites")]
    pub identities: Vec<Identity>,
}

/// The name of counts that a column alone cannot say: the words of `queries/relations.toml`, which tells what holds between them.
/// The gate needs every one of them: whatever a reader of the definitions can compute, an attacker can.
///
/// ```toml
/// [[identites]]                                  # the same count a year earlier
/// colonnes = ["patients_precedent"]
/// mesure = "patients"
/// decalage = -1
///
/// [[identites]]                                  # a row under the name that other queries give it
/// si = { dimension = "*", modalite = "*" }
/// categories = { "{dimension}" = "{modalite}" }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Counts that it is about; every count of the query if empty.
    #[serde(default, rename = "colonnes")]
    pub columns: Vec<String>,
    /// Rows that it is about: the value of each category, `*` for any. All rows if empty.
    #[serde(default, rename = "si")]
    pub condition: BTreeMap<String, String>,
    /// Name that other queries give the count; its column's own if absent.
    #[serde(default, rename = "mesure")]
    pub measure: Option<String>,
    /// Years between the row and the count: −1 for the year before.
    #[serde(default, rename = "decalage")]
    pub offset: i32,
    /// Categories that take the place of those of `condition`; `{column}` stands for the row's value, and a category at its
    /// total is left out.
    #[serde(default)]
    pub categories: BTreeMap<String, String>,
}

/// One parameter of a query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Type of the value.
    #[serde(rename = "type")]
    pub kind: ParameterType,
    /// Whether the query cannot run without it; an optional one that is absent is bound to NULL.
    #[serde(default, rename = "requis")]
    pub required: bool,
    /// What it selects.
    pub description: String,
    /// Allowed values, if closed.
    #[serde(default, rename = "valeurs")]
    pub values: Vec<String>,
    /// Value taken when the user gives none.
    #[serde(default, rename = "defaut")]
    pub default: Option<String>,
}

/// Type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParameterType {
    /// 64-bit integer.
    #[serde(rename = "entier")]
    Integer,
    /// Text.
    #[serde(rename = "texte")]
    Text,
    /// Day, `2025-12-31`.
    Date,
}

/// One column of a query's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Name as the query returns it.
    #[serde(rename = "nom")]
    pub name: String,
    /// French heading.
    #[serde(rename = "titre")]
    pub title: String,
    /// What the column is for the reader and for the gate.
    pub role: Role,
    /// How it is printed.
    #[serde(default)]
    pub format: Format,
    /// For a key: the value that stands for the sum of the others (`ensemble`), if the query returns such rows.
    #[serde(default)]
    pub total: Option<String>,
    /// For a count: the keys along which it adds up (its total row, or its parent zone or period, is the exact sum).
    /// Distinct patients seldom add up over months; consultations do.
    #[serde(default, rename = "additif")]
    pub additive: Vec<String>,
    /// The count of distinct patients (a column of role `patients`) that protects this column.
    #[serde(default, rename = "garde")]
    pub guard: Option<String>,
    /// For a count of people in some rows and of things in others: the keys and values of the rows about people; the
    /// others are never small. Every row if empty.
    #[serde(default, rename = "personnes")]
    pub people: BTreeMap<String, Vec<String>>,
    /// For a rate: the column that holds its numerator.
    #[serde(default, rename = "numerateur")]
    pub numerator: Option<String>,
    /// For a rate: the column that holds its denominator.
    #[serde(default, rename = "denominateur")]
    pub denominator: Option<String>,
}

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Code of the zone: `FR`, a région, a département or a bus, after `$niveau`.
    Zone,
    /// Time key: year, quarter (`2025-T1`) or month (`2025-03`).
    #[serde(rename = "periode")]
    Period,
    /// Any other key (profile, age group, route…).
    #[serde(rename = "categorie")]
    Category,
    /// A name that goes with a key; never guarded.
    #[serde(rename = "libelle")]
    Label,
    /// Distinct patients: the count that the threshold applies to.
    Patients,
    /// Any other count about patients or their consultations; guarded by `guard`.
    #[serde(rename = "effectif")]
    Count,
    /// A share or rate, guarded through `numerator` and `denominator`.
    #[serde(rename = "taux")]
    Rate,
    /// A quantile, mean, delay or other figure about patients; guarded by `guard`.
    #[serde(rename = "mesure")]
    Measure,
    /// A figure that concerns no patient (buses, tours, euros): always open.
    #[serde(rename = "ouvert")]
    Open,
}

impl Role {
    /// Keys identify a row and are never hidden.
    pub fn is_key(self) -> bool {
        matches!(self, Role::Zone | Role::Period | Role::Category)
    }
}

/// How a value is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// As it is.
    #[default]
    #[serde(rename = "texte")]
    Text,
    /// Whole number with thin spaces.
    #[serde(rename = "entier")]
    Integer,
    /// One decimal.
    Decimal1,
    /// Two decimals.
    Decimal2,
    /// A probability with two decimals, never printed as zero.
    #[serde(rename = "probabilite")]
    Probability,
    /// Percentage with one decimal: the query returns 0–100.
    #[serde(rename = "pourcent")]
    Percent,
    /// Difference of percentages, with its sign.
    Points,
    /// Euros without cents.
    Euros,
    /// Days with one decimal.
    #[serde(rename = "jours")]
    Days,
    /// Day, `31/12/2025`.
    Date,
}

impl Definition {
    /// Column named `name`, if there is one.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// Columns that identify a row, in order.
    pub fn keys(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|c| c.role.is_key())
    }
}
