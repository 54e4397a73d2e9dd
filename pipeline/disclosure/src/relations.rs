//! The model of the data: what holds between counts in every store, whatever a table prints of it.
//!
//! The gate draws its links from it, and so does the attacker of published files: what one reckons with, the other uses.
//! `queries/relations.toml` is the model of the release; its words are those of this module.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::key::CellKey;
use base::zone::Zone;

/// A term of a relation as the file writes it: `mesure` and the categories.
type Term = BTreeMap<String, String>;

/// What a count is of, wherever and whenever.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CellKind {
    #[serde(rename = "mesure")]
    pub(super) measure: String,
    pub(super) categories: BTreeMap<String, String>,
}

impl CellKind {
    /// What `key` is of.
    pub(super) fn of(key: &CellKey) -> Self {
        let CellKey { measure, categories, .. } = key.unversioned();

        Self { measure, categories }
    }

    /// The count of that kind in a zone and a period.
    pub(super) fn at(&self, zone: &Zone, period: &str) -> CellKey {
        CellKey {
            measure: self.measure.clone(),
            zone: zone.clone(),
            period: period.to_owned(),
            categories: self.categories.clone(),
        }
    }

    /// The kind that a term stands for; `measure` where it names none.
    fn read(term: &Term, measure: &str) -> Self {
        let mut categories = term.clone();
        let own = categories.remove("mesure");

        Self {
            measure: own.unwrap_or_else(|| measure.to_owned()),
            categories,
        }
    }
}

/// `total = Σ parts`, in every zone and period; with one part, two names of one count.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SumOf {
    pub total: CellKind,
    pub parts: Vec<CellKind>,
}

/// `Σ parts ≤ Σ whole`, in every zone and period.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct InclusionOf {
    pub parts: Vec<CellKind>,
    pub whole: Vec<CellKind>,
}

/// Patients, and what each of them had one of at least.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Visits {
    pub patients: String,
    #[serde(rename = "consultations")]
    pub visits: String,
}

/// A count made by somebody else that is most often equal to another one.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StandIn {
    #[serde(rename = "mesure")]
    pub measure: String,
    #[serde(rename = "de")]
    pub of: String,
}

/// All relations of the data.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(from = "RelationsFile")]
pub struct Relations {
    pub(super) sums: Vec<SumOf>,
    pub(super) inclusions: Vec<InclusionOf>,
    pub(super) visits: Vec<Visits>,
    pub(super) stand_ins: Vec<StandIn>,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RelationsFile {
    #[serde(default, rename = "sommes")]
    sums: Vec<SumTemplate>,
    #[serde(default)]
    inclusions: Vec<InclusionTemplate>,
    #[serde(default, rename = "passages")]
    visits: Vec<Visits>,
    #[serde(default, rename = "substituts")]
    stand_ins: Vec<StandIn>,
}

/// A sum, for each of `measures` where its terms name none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SumTemplate {
    #[serde(default, rename = "mesures")]
    measures: Vec<String>,
    total: Term,
    #[serde(rename = "parties")]
    parts: Vec<Term>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InclusionTemplate {
    #[serde(default, rename = "mesures")]
    measures: Vec<String>,
    #[serde(rename = "parties")]
    parts: Vec<Term>,
    #[serde(rename = "tout")]
    whole: Vec<Term>,
}

impl From<RelationsFile> for Relations {
    fn from(file: RelationsFile) -> Self {
        let mut relations = Self {
            visits: file.visits,
            stand_ins: file.stand_ins,
            ..Self::default()
        };

        for sum in file.sums {
            relations.sums.extend(each(&sum.measures, |measure| SumOf {
                total: CellKind::read(&sum.total, measure),
                parts: kinds(&sum.parts, measure),
            }));
        }
        for inclusion in file.inclusions {
            relations.inclusions.extend(each(&inclusion.measures, |measure| InclusionOf {
                parts: kinds(&inclusion.parts, measure),
                whole: kinds(&inclusion.whole, measure),
            }));
        }

        relations
    }
}

/// A relation for each measure; once where it names its measures itself.
fn each<T>(measures: &[String], relation: impl Fn(&str) -> T) -> Vec<T> {
    match measures {
        [] => vec![relation("")],
        measures => measures.iter().map(|measure| relation(measure)).collect(),
    }
}

fn kinds(terms: &[Term], measure: &str) -> Vec<CellKind> {
    terms.iter().map(|term| CellKind::read(term, measure)).collect()
}
