//! Which columns of a sheet hold the facts: by name, values, levels and vintage; two that nothing tells apart are refused.

use std::collections::BTreeSet;

use super::code_column::code_column;
use super::communes::Communes;
use super::evidence::{Candidate, ambiguous, by_evidence, label_of, names_of_tvs, values, year_of};
use super::facts::{ColumnFact, label_level, missing};
use super::sheet::{ZoningSheet, simple};
use base::error::{Error, Result};

/// A column that holds a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FactColumn {
    pub fact: ColumnFact,
    pub column: usize,
    /// The year in its name.
    pub vintage: Option<i64>,
    /// The column of its labels, for a density or a TVS.
    pub label: Option<usize>,
}

/// The columns that make a file what it is.
#[derive(Debug)]
pub(super) struct ZoningColumns {
    pub code: usize,
    pub vintage: Option<usize>,
    pub source: Option<usize>,
    /// Inhabitants, by which the parts of a commune weigh.
    pub weight: Option<usize>,
    pub facts: Vec<FactColumn>,
}

impl ZoningColumns {
    /// Whether they tell of each commune its TVS and nothing else.
    pub(super) fn only_tvs(&self) -> bool {
        self.facts.iter().all(|column| column.fact == ColumnFact::Tvs)
    }
}

/// The columns of a sheet; none if it holds no fact. `named` are the user's, read alone: `zonage=Zonage 2025`, or a name that tells
/// its fact.
///
/// # Errors
/// If two columns could be the one, of a fact or of the communes, if the only one may be another grid's or another profession's, or if a
/// named one is not there.
pub(super) fn choose(
    sheet: &ZoningSheet,
    file: &str,
    named: &[String],
    communes: &Communes,
) -> Result<Option<ZoningColumns>> {
    let named = named.iter().map(|text| named_column(sheet, text)).collect::<Result<Vec<_>>>()?;

    let mut facts = Vec::new();
    for fact in ColumnFact::ALL {
        let found = if named.is_empty() {
            by_evidence(sheet, file, fact)?
        } else {
            named.iter().filter(|n| n.0 == fact).map(|n| chosen(sheet, n.1)).collect()
        };
        facts.extend(one_per_vintage(sheet, fact, found)?.into_iter().map(|candidate| {
            FactColumn {
                fact,
                column: candidate.column,
                vintage: candidate.vintage,
                label: match fact {
                    ColumnFact::Density => label_of(sheet, candidate.column),
                    ColumnFact::Tvs => names_of_tvs(sheet, candidate.column),
                    ColumnFact::Zoning | ColumnFact::Apl => None,
                },
            }
        }));
    }
    let facts = composition_beside(facts);

    if facts.is_empty() {
        return Ok(None);
    }
    let Some(code) = code_column(sheet, communes)? else {
        return Ok(None);
    };

    let find = |test: &dyn Fn(&str) -> bool| sheet.header.iter().position(|name| test(name));
    let weights = ["population_standardisee", "population_totale", "population_municipale", "pmun"];
    Ok(Some(ZoningColumns {
        code,
        vintage: find(&|n| n == "millesime" || n == "annee"),
        source: find(&|n| n == "source"),
        weight: weights.iter().find_map(|start| find(&|n| n.starts_with(start))),
        facts,
    }))
}

/// One composition beside other facts is that of their vintages, whatever year its own name gives: zonings are decided by TVS.
fn composition_beside(facts: Vec<FactColumn>) -> Vec<FactColumn> {
    let (own, mut others): (Vec<FactColumn>, Vec<FactColumn>) =
        facts.into_iter().partition(|column| column.fact == ColumnFact::Tvs);

    let vintages: BTreeSet<Option<i64>> = others.iter().map(|column| column.vintage).collect();
    match own[..] {
        [one] if !vintages.is_empty() => {
            others.extend(vintages.into_iter().map(|vintage| FactColumn { vintage, ..one }));
        }
        _ => others.extend(own),
    }
    others
}

fn chosen(sheet: &ZoningSheet, column: usize) -> Candidate {
    Candidate {
        column,
        vintage: year_of(&sheet.header[column]),
        strong: true,
    }
}

/// The fact and the column that the user names.
pub(super) fn named_column(sheet: &ZoningSheet, text: &str) -> Result<(ColumnFact, usize)> {
    let by_key = text.split_once('=').and_then(|(key, name)| {
        let fact = ColumnFact::ALL.into_iter().find(|fact| fact.key() == simple(key))?;
        Some((fact, name))
    });
    let name = simple(by_key.map_or(text, |(_, name)| name));
    let columns: Vec<usize> =
        (0..sheet.header.len()).filter(|c| sheet.header[*c] == name).collect();
    let [column] = columns[..] else {
        let what = if columns.is_empty() {
            "n'existe pas"
        } else {
            "est là plusieurs fois"
        };
        return Err(Error::usage(format!(
            "feuille « {} » : la colonne « {text} » {what}",
            sheet.name
        ))
        .hint(format!("colonnes : {}", sheet.labels.join(", "))));
    };

    let told = || {
        let starts = [
            (ColumnFact::Density, "dens"),
            (ColumnFact::Zoning, "zon"),
            (ColumnFact::Zoning, "classement"),
            (ColumnFact::Zoning, "qualification"),
            (ColumnFact::Apl, "apl"),
        ];
        let told: BTreeSet<ColumnFact> = starts
            .iter()
            .filter(|(_, start)| name.split('_').any(|word| word.starts_with(start)))
            .map(|(fact, _)| *fact)
            .collect();
        let tvs = || name.split('_').any(|word| word == "tvs").then_some(ColumnFact::Tvs);
        match told.len() {
            0 => tvs(),
            1 => told.first().copied(),
            _ => None,
        }
    };
    let fact = by_key.map(|(fact, _)| fact).or_else(told).ok_or_else(|| {
        Error::usage(format!("« {text} » : densité, zonage, APL ou TVS ?"))
            .hint(format!("écrire --colonne \"zonage={text}\" (ou densite=, apl=, tvs=)"))
    })?;
    Ok((fact, column))
}

/// One column per vintage: two of the same must say the same.
fn one_per_vintage(
    sheet: &ZoningSheet,
    fact: ColumnFact,
    candidates: Vec<Candidate>,
) -> Result<Vec<Candidate>> {
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        let twin = kept.iter().find(|k| k.vintage == candidate.vintage);
        match twin {
            Some(twin) if !same(sheet, fact, twin.column, candidate.column) => {
                return Err(ambiguous(sheet, fact, twin.column, candidate.column));
            }
            Some(_) => {}
            None => kept.push(candidate),
        }
    }

    Ok(kept)
}

fn same(sheet: &ZoningSheet, fact: ColumnFact, one: usize, other: usize) -> bool {
    values(sheet, one)
        .zip(values(sheet, other))
        .all(|(a, b)| a == b || (fact.read(a).is_ok() && fact.read(a) == fact.read(b)))
}

/// A label that names another level than its row's, or another grid: what the row says then.
pub(super) fn contradicts(level: i64, label: &str) -> bool {
    !missing(label) && label_level(label).is_ok_and(|named| named != Some(level))
}
