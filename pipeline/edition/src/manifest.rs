//! The manifest: everything a document is a function of, attached inside it and beside it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use base::error::Result;
use base::table::Value;
use query::Session;
use query::catalogue::Query;
use query::session::rows;

/// Everything a document is a function of. Two documents with equal manifests have equal bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// `medicobus`.
    pub programme: String,
    /// Version of the program.
    pub version_programme: String,
    /// Kind of document (`bilan`, `fiche`, `evaluation`).
    pub document: String,
    /// Level of its zone.
    pub niveau: String,
    /// Code of its zone.
    pub zone: String,
    /// Year it is about.
    pub annee: i32,
    /// Years that an evaluation covers; empty for a bilan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub annees: Vec<i32>,
    /// Version of the store that it reads.
    pub version_depot: u64,
    /// Publications that it may not uncover, as the ledger names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub publications: Vec<String>,
    /// False when statistical secrecy was turned off.
    pub diffusable: bool,
    /// Whether a delivery behind it is made up.
    pub donnees_fictives: bool,
    /// Whether missing comments are left out.
    pub definitif: bool,
    /// Settings that change what is printed.
    pub configuration: serde_json::Value,
    /// Deliveries and referentials it reads.
    pub entrees: Vec<Entree>,
    /// Queries it runs, with their parameters.
    pub requetes: Vec<Requete>,
    /// SHA-256 of each template, chart style and font, by path.
    pub modeles: BTreeMap<String, String>,
    /// SHA-256 of the reference population that the user gave, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population: Option<String>,
    /// SHA-256 of each commentary, by path.
    pub commentaires: BTreeMap<String, String>,
    /// SHA-256 of each attached table, by file name.
    pub tables: BTreeMap<String, String>,
}

/// One delivery behind a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entree {
    /// Région that delivered.
    pub region: String,
    /// Period delivered.
    pub periode: String,
    /// Who produced it.
    pub producteur: String,
    /// Hash of everything received.
    pub sha256: String,
}

/// One query behind a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Requete {
    /// Key of its table in the document.
    pub table: String,
    /// Name in the catalogue.
    pub nom: String,
    /// SHA-256 of its file.
    pub sha256: String,
    /// `release`, `modified` or `added`.
    pub origine: String,
    /// SHA-256 of each view behind it, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub vues: BTreeMap<String, String>,
    /// Parameters, defaults included; null where none was given.
    pub parametres: BTreeMap<String, Option<String>>,
}

impl Requete {
    /// What the manifest says of one table.
    pub fn new(key: &str, query: &Query, parameters: &BTreeMap<String, Value>) -> Self {
        Self {
            table: key.to_string(),
            nom: query.definition.name.clone(),
            sha256: query.sha256.clone(),
            origine: query.origin.as_str().to_string(),
            vues: query
                .views
                .iter()
                .map(|view| (view.name.clone(), view.sha256.clone()))
                .collect(),
            parametres: parameters
                .iter()
                .map(|(k, v)| (k.clone(), text(v)))
                .collect(),
        }
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        other => Some(export::machine(other)),
    }
}

/// The deliveries that the state read is made of, and whether one of them is made up.
///
/// # Errors
/// If the receipts cannot be read.
pub async fn inputs(session: &Session) -> Result<(Vec<Entree>, bool)> {
    let batch = session
        .read(
            "SELECT DISTINCT livraison_region, livraison_periode, producteur, sha256, fictives \
             FROM livraisons ORDER BY 1, 2, 3, 4, 5",
        )
        .await?;
    let mut entries = Vec::new();
    let mut made_up = false;
    for row in rows(&batch)? {
        let cell = |index: usize| {
            row.get(index)
                .and_then(Value::as_text)
                .unwrap_or_default()
                .to_string()
        };
        made_up |= cell(4) == "oui";
        entries.push(Entree {
            region: cell(0),
            periode: cell(1),
            producteur: cell(2),
            sha256: cell(3),
        });
    }
    Ok((entries, made_up))
}
