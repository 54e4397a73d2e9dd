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

    /// What narrows `key` beside this kind narrows `other` instead; nothing where `key` is of another kind.
    fn replaced(&self, key: &CellKey, other: &Self) -> Option<CellKey> {
        let is_of = |(name, value)| key.categories.get(name) == Some(value);
        if key.measure != self.measure || !self.categories.iter().all(is_of) {
            return None;
        }

        let mut categories = key.categories.clone();
        categories.retain(|name, _| !self.categories.contains_key(name));
        categories.extend(other.categories.clone());
        Some(CellKey {
            measure: other.measure.clone(),
            categories,
            ..key.clone()
        })
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
    /// Used for whole years only: by month it would name more small groups than the gate can serve.
    pub yearly: bool,
}

impl SumOf {
    /// Whether the sum is used in that period: `2025`, `2025-T1`, `2025-03`.
    pub(super) fn is_used_in(&self, period: &str) -> bool {
        is_used_in(self.yearly, period)
    }
}

fn is_used_in(yearly: bool, period: &str) -> bool {
    !yearly || !period.contains('-')
}

/// The years in which a term of an inclusion is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Years {
    /// The relation's own period.
    Own,
    Next,
    /// All before the relation's own, from that one on.
    EarlierSince(i32),
}

/// A count of an inclusion, and when it is counted.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DatedKind {
    pub kind: CellKind,
    pub years: Years,
}

impl DatedKind {
    /// What a term stands for; `measure` where it names none.
    fn read(term: &Term, measure: &str) -> Result<Self, String> {
        let mut term = term.clone();
        let years = match (term.remove("annee"), term.remove("annees_depuis")) {
            (None, None) => Years::Own,
            (Some(year), None) if year == "suivante" => Years::Next,
            (None, Some(first)) => {
                let year = first.parse().map_err(|_| format!("annees_depuis : « {first} »"))?;
                Years::EarlierSince(year)
            }
            (year, _) => return Err(format!("annee : « {} »", year.unwrap_or_default())),
        };

        Ok(Self {
            kind: CellKind::read(&term, measure),
            years,
        })
    }

    /// The periods in which it is counted, in a relation of `period`; nothing where that would have to be a year and is not.
    fn periods(&self, period: &str) -> Option<Vec<String>> {
        let year = || period.parse::<i32>().ok();

        Some(match self.years {
            Years::Own => vec![period.to_owned()],
            Years::Next => vec![(year()? + 1).to_string()],
            Years::EarlierSince(first) => (first..year()?).map(|y| y.to_string()).collect(),
        })
    }
}

/// A count of an inclusion in one period.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DatedTerm<'a> {
    pub kind: &'a CellKind,
    pub period: String,
    /// Of a year before the relation's own.
    pub is_earlier: bool,
}

/// `Σ parts ≤ Σ whole`, in every zone and period. A part that no table prints may be left out, and so may what is added to the whole
/// when the tables say that nobody is there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct InclusionOf {
    pub parts: Vec<DatedKind>,
    pub whole: Vec<DatedKind>,
    /// Used for whole years only, as a sum may be.
    pub yearly: bool,
}

impl InclusionOf {
    /// Its parts and its whole in that period; nothing where it is not used.
    pub(super) fn terms(&self, period: &str) -> Option<[Vec<DatedTerm<'_>>; 2]> {
        if !is_used_in(self.yearly, period) {
            return None;
        }

        Some([dated(&self.parts, period)?, dated(&self.whole, period)?])
    }

    /// The parts of its own period, by which it is found.
    pub(super) fn own_parts(&self) -> impl Iterator<Item = &CellKind> {
        let own = self.parts.iter().filter(|part| part.years == Years::Own);
        own.map(|part| &part.kind)
    }
}

fn dated<'a>(kinds: &'a [DatedKind], period: &str) -> Option<Vec<DatedTerm<'a>>> {
    let mut terms = Vec::with_capacity(kinds.len());
    for one in kinds {
        let is_earlier = matches!(one.years, Years::EarlierSince(_));
        let periods = one.periods(period)?.into_iter();
        terms.extend(periods.map(|period| DatedTerm { kind: &one.kind, period, is_earlier }));
    }

    Some(terms)
}

/// Patients, and what each of them had one of at least.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Visits {
    pub patients: String,
    #[serde(rename = "consultations")]
    pub visits: String,
}

/// A count that is most often equal to another one, whatever else narrows the two.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StandIn {
    pub count: CellKind,
    pub of: CellKind,
}

impl StandIn {
    /// The count for which `key` stands.
    pub(super) fn behind(&self, key: &CellKey) -> Option<CellKey> {
        self.count.replaced(key, &self.of)
    }

    /// The count that stands for `key`.
    pub(super) fn before(&self, key: &CellKey) -> Option<CellKey> {
        self.of.replaced(key, &self.count)
    }
}

/// All relations of the data.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(try_from = "RelationsFile")]
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
    stand_ins: Vec<StandInTemplate>,
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
    #[serde(default, rename = "annuelle")]
    yearly: bool,
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
    #[serde(default, rename = "annuelle")]
    yearly: bool,
}

impl InclusionTemplate {
    fn of(&self, measure: &str) -> Result<InclusionOf, String> {
        let dated = |terms: &[Term]| -> Result<Vec<DatedKind>, String> {
            terms.iter().map(|term| DatedKind::read(term, measure)).collect()
        };

        Ok(InclusionOf {
            parts: dated(&self.parts)?,
            whole: dated(&self.whole)?,
            yearly: self.yearly,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StandInTemplate {
    #[serde(default, rename = "mesures")]
    measures: Vec<String>,
    #[serde(rename = "compte")]
    count: Term,
    #[serde(rename = "de")]
    of: Term,
}

impl TryFrom<RelationsFile> for Relations {
    type Error = String;

    fn try_from(file: RelationsFile) -> Result<Self, String> {
        let mut relations = Self { visits: file.visits, ..Self::default() };

        for sum in file.sums {
            relations.sums.extend(each(&sum.measures, |measure| SumOf {
                total: CellKind::read(&sum.total, measure),
                parts: sum.parts.iter().map(|part| CellKind::read(part, measure)).collect(),
                yearly: sum.yearly,
            }));
        }
        for inclusion in file.inclusions {
            for one in each(&inclusion.measures, |measure| inclusion.of(measure)) {
                relations.inclusions.push(one?);
            }
        }

        for stand_in in file.stand_ins {
            relations.stand_ins.extend(each(&stand_in.measures, |measure| StandIn {
                count: CellKind::read(&stand_in.count, measure),
                of: CellKind::read(&stand_in.of, measure),
            }));
        }

        Ok(relations)
    }
}

/// A relation for each measure; once where it names its measures itself.
fn each<T>(measures: &[String], relation: impl Fn(&str) -> T) -> Vec<T> {
    match measures {
        [] => vec![relation("")],
        measures => measures.iter().map(|measure| relation(measure)).collect(),
    }
}
