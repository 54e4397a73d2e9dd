//! `medicobus.toml`: the thresholds that committees may set. Absent, the defaults below hold.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

use base::definition::Role;
use base::error::{Context, Error, Result};
use disclosure::{Gate, Relations};
use query::sql_files::{Origin, RELATIONS};
use query::{Catalogue, Query};
use report::input::VigilanceThresholds;

/// What holds between counts in every store.
///
/// # Panics
/// If the file that the program was built with is not as it should be; a test reads it.
pub fn relations() -> Arc<Relations> {
    static READ: LazyLock<Arc<Relations>> = LazyLock::new(|| match toml::from_str(RELATIONS) {
        Ok(relations) => Arc::new(relations),
        Err(error) => unreachable!("queries/relations.toml: {error}"),
    });

    Arc::clone(&READ)
}

/// Settings of a deployment of the pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Share of refused rows (0–1) above which a delivery is not stored.
    pub tolerance: f64,
    /// Rules of statistical secrecy.
    #[serde(rename = "secret")]
    pub secrecy: SecrecyRules,
    /// Thresholds that turn a figure into a point of vigilance.
    #[serde(rename = "seuils")]
    pub thresholds: VigilanceThresholds,
    /// How those who have not delivered are written to. No document depends on it, and no manifest tells it.
    #[serde(rename = "relances", skip_serializing)]
    pub reminders: Reminders,
}

/// How those who have not delivered are written to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reminders {
    /// Who writes.
    #[serde(rename = "expediteur")]
    pub sender: String,
    /// Address that one answers to.
    pub contact: Option<String>,
    /// Days after the end of a period within which it is expected.
    #[serde(rename = "delai")]
    pub delay: u32,
    /// Addresses of those who deliver, by code of the région.
    #[serde(rename = "adresses")]
    pub addresses: BTreeMap<String, String>,
}

impl Default for Reminders {
    fn default() -> Self {
        Self {
            sender: "Comité technique national des médicobus".into(),
            contact: None,
            delay: 60,
            addresses: BTreeMap::new(),
        }
    }
}

/// Counts that the first page of a bilan is made of.
const HEADLINES: [&str; 6] = [
    "synthese.consultations",
    "synthese.patients",
    "synthese.publics_prioritaires",
    "synthese.patients_connus",
    "synthese.sans_mt",
    "synthese.patients_delai",
];

/// Rules of statistical secrecy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SecrecyRules {
    /// Fewest distinct patients that may be shown.
    #[serde(rename = "seuil")]
    pub threshold: u32,
    /// Narrowest interval, in patients, that may be deduced of a small cell.
    #[serde(rename = "largeur")]
    pub min_width: u32,
    /// Least upper end of that interval.
    #[serde(rename = "borne_haute")]
    pub min_upper: u32,
    /// Counts to print if any are, `requete.colonne`.
    #[serde(rename = "a_publier", skip_serializing_if = "Vec::is_empty")]
    pub wanted: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            tolerance: 0.05,
            secrecy: SecrecyRules::default(),
            thresholds: VigilanceThresholds::default(),
            reminders: Reminders::default(),
        }
    }
}

impl Default for SecrecyRules {
    fn default() -> Self {
        let gate = Gate::default();

        Self {
            threshold: gate.threshold,
            min_width: gate.min_width,
            min_upper: gate.min_upper,
            wanted: Vec::new(),
        }
    }
}

impl SecrecyRules {
    /// The gate with these rules.
    pub fn gate(&self) -> Gate {
        self.gate_despite(&self.weaker())
    }

    /// The gate with these rules, given what speaks against publishing what passes.
    pub(super) fn gate_despite(&self, objections: &[String]) -> Gate {
        Gate {
            threshold: self.threshold,
            min_width: self.min_width,
            min_upper: self.min_upper,
            wanted: self.wanted.clone(),
            headlines: HEADLINES.map(String::from).to_vec(),
            publishable: objections.is_empty(),
            relations: relations(),
            ..Gate::default()
        }
    }

    /// Checks that what is wanted exists and is a count that the gate may hide.
    fn check_wanted(&self, place: &Path) -> Result<()> {
        let catalogue = Catalogue::load(None)?;
        for name in &self.wanted {
            let (query, column) = name.split_once('.').unwrap_or((name, ""));
            let found = catalogue
                .iter()
                .find(|q| q.definition.name == query)
                .and_then(|q| q.definition.columns.iter().find(|c| c.name == column));

            if !found.is_some_and(|c| matches!(c.role, Role::Patients | Role::Count)) {
                return Err(Error::usage(format!("{} : [secret] a_publier = « {name} » n'est pas un effectif du catalogue", place.display()))
                    .hint("écrivez requete.colonne, par exemple synthese.patients ; « medicobus requetes NOM » donne les colonnes"));
            }
        }
        Ok(())
    }

    /// Which of these rules protect less than those of the State, as `medicobus.toml` writes them.
    fn weaker(&self) -> Vec<String> {
        let state = Self::default();
        let rules = [
            ("seuil", self.threshold, state.threshold),
            ("largeur", self.min_width, state.min_width),
            ("borne_haute", self.min_upper, state.min_upper),
        ];

        rules
            .into_iter()
            .filter(|(_, ours, least)| ours < least)
            .map(|(name, ours, least)| {
                format!("[secret] {name} = {ours}, au lieu de {least} au moins")
            })
            .collect()
    }

    /// What speaks against publishing answers of `queries` under these rules: rules weaker than the State's, and headers
    /// that the user wrote, which may call open what is about patients; only the release's were reviewed.
    pub fn objections<'q>(&self, queries: impl IntoIterator<Item = &'q Query>) -> Vec<String> {
        let mut objections = self.weaker();

        objections.extend(queries.into_iter().filter_map(|query| match query.origin {
            Origin::Release => None,
            Origin::Modified => Some(format!("requête {} modifiée", query.definition.name)),
            Origin::Added => Some(format!("requête {} ajoutée", query.definition.name)),
        }));
        objections
    }
}

impl Config {
    /// Reads `path`; without a path, `medicobus.toml` of the current folder if there is one.
    ///
    /// # Errors
    /// If the file cannot be read, is not TOML, or holds an unknown key or an impossible value.
    pub fn load(path: Option<&Path>) -> Result<Self> {
        let default = Path::new("medicobus.toml");
        let path = match path {
            Some(path) => path,
            None if default.is_file() => default,
            None => return Ok(Self::default()),
        };

        let text = std::fs::read_to_string(path)
            .access(|| format!("configuration illisible : {}", path.display()))?;
        let config: Self = toml::from_str(&text)
            .usage(|| format!("configuration mal écrite : {}", path.display()))
            .map_err(|e| e.hint("les clés possibles sont décrites dans docs/guide.md"))?;

        if !(0.0..=1.0).contains(&config.tolerance) {
            return Err(Error::usage(format!(
                "{} : tolerance = {} n'est pas une part entre 0 et 1",
                path.display(),
                config.tolerance
            ))
            .hint("5 % s'écrit 0.05"));
        }
        config.secrecy.check_wanted(path)?;

        Ok(config)
    }
}
