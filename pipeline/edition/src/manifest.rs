//! The manifest: everything a document is a function of, attached inside it and beside it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use base::error::Result;
use base::table::Value;
use base::zone::Level;
use query::Session;
use query::catalogue::Query;
use query::session::rows;

use super::request::Request;

/// Everything a document is a function of. Two documents with equal manifests have equal bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// `medicobus`.
    #[serde(rename = "programme")]
    pub program: String,
    /// Version of the program.
    #[serde(rename = "version_programme")]
    pub program_version: String,
    /// Kind of document (`bilan`, `fiche`, `evaluation`, `note-cts`, `etat-des-lieux`).
    pub document: String,
    /// Level of its zone.
    #[serde(rename = "niveau")]
    pub level: Level,
    /// Code of its zone.
    pub zone: String,
    /// Year it is about.
    #[serde(rename = "annee")]
    pub year: i32,
    /// Years that an evaluation covers; empty for a bilan.
    #[serde(rename = "annees", default, skip_serializing_if = "Vec::is_empty")]
    pub years: Vec<i32>,
    /// Territory of a project that is no bus of the store; none for any other document.
    #[serde(rename = "territoire", default, skip_serializing_if = "Option::is_none")]
    pub territory: Option<TerritoryRun>,
    /// Version of the store that it reads.
    #[serde(rename = "version_depot")]
    pub store_version: u64,
    /// Publications that it may not uncover, as the ledger names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub publications: Vec<String>,
    /// False when statistical secrecy was turned off.
    #[serde(rename = "diffusable")]
    pub publishable: bool,
    /// What else speaks against publishing it: rules weaker than the State's, queries that are not the release's.
    #[serde(rename = "reserves", default, skip_serializing_if = "Vec::is_empty")]
    pub objections: Vec<String>,
    /// Whether a delivery behind it is made up.
    #[serde(rename = "donnees_fictives")]
    pub made_up: bool,
    /// Whether missing comments are left out.
    #[serde(rename = "definitif")]
    pub is_final: bool,
    /// Settings that change what is printed.
    pub configuration: serde_json::Value,
    /// Deliveries and referentials it reads.
    #[serde(rename = "entrees")]
    pub inputs: Vec<Input>,
    /// Queries it runs, with their parameters.
    #[serde(rename = "requetes")]
    pub queries: Vec<QueryRun>,
    /// SHA-256 of each template, chart style and font, by path.
    #[serde(rename = "modeles")]
    pub templates: BTreeMap<String, String>,
    /// SHA-256 of the reference population that the user gave, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population: Option<String>,
    /// SHA-256 of the analysis plan that an evaluation follows, if any.
    #[serde(rename = "plan_d_analyse", default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// SHA-256 of each commentary, by path.
    #[serde(rename = "commentaires")]
    pub comments: BTreeMap<String, String>,
    /// SHA-256 of each attached table, by file name.
    pub tables: BTreeMap<String, String>,
}

/// A project's territory as the user gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerritoryRun {
    /// Its name.
    #[serde(rename = "nom")]
    pub name: String,
    /// INSEE codes of its communes.
    pub communes: Vec<String>,
}

impl TerritoryRun {
    /// What the manifest says of the territory of `request`; nothing for a zone of the store.
    pub(super) fn of(request: &Request) -> Option<Self> {
        let communes = request.communes();
        (!communes.is_empty()).then(|| Self {
            name: request.zone.name.clone(),
            communes: communes.to_vec(),
        })
    }
}

/// One delivery behind a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Région that delivered.
    pub region: String,
    /// Period delivered.
    #[serde(rename = "periode")]
    pub period: String,
    /// Who produced it.
    #[serde(rename = "producteur")]
    pub producer: String,
    /// Hash of everything received.
    pub sha256: String,
}

/// One query behind a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueryRun {
    /// Key of its table in the document.
    pub table: String,
    /// Name in the catalogue.
    #[serde(rename = "nom")]
    pub name: String,
    /// SHA-256 of its file.
    pub sha256: String,
    /// `release`, `modified` or `added`.
    #[serde(rename = "origine")]
    pub origin: String,
    /// SHA-256 of each view behind it, by name.
    #[serde(rename = "vues", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub views: BTreeMap<String, String>,
    /// Parameters, defaults included; null where none was given.
    #[serde(rename = "parametres")]
    pub parameters: BTreeMap<String, Option<String>>,
}

impl QueryRun {
    /// What the manifest says of one table.
    pub fn new(key: &str, query: &Query, parameters: &BTreeMap<String, Value>) -> Self {
        let views = query.views.iter();
        let text = |value: &Value| match value {
            Value::Null => None,
            other => Some(export::machine(other)),
        };

        Self {
            table: key.to_string(),
            name: query.definition.name.clone(),
            sha256: query.sha256.clone(),
            origin: query.origin.as_str().to_string(),
            views: views.map(|view| (view.name.clone(), view.sha256.clone())).collect(),
            parameters: parameters.iter().map(|(k, v)| (k.clone(), text(v))).collect(),
        }
    }
}

/// The deliveries that the state read is made of, and whether one of them is made up.
///
/// # Errors
/// If the receipts cannot be read.
pub async fn inputs(session: &Session) -> Result<(Vec<Input>, bool)> {
    let batch = session
        .read(
            "SELECT DISTINCT livraison_region, livraison_periode, producteur, sha256, fictives \
             FROM livraisons ORDER BY 1, 2, 3, 4, 5",
        )
        .await?;

    let (mut inputs, mut made_up) = (Vec::new(), false);
    for row in rows(&batch)? {
        let cell = |index: usize| {
            let text = row.get(index).and_then(Value::as_text);
            text.unwrap_or_default().to_string()
        };
        made_up |= cell(4) == "oui";
        inputs.push(Input {
            region: cell(0),
            period: cell(1),
            producer: cell(2),
            sha256: cell(3),
        });
    }

    Ok((inputs, made_up))
}
