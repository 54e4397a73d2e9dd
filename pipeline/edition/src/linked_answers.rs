//! One answer, gated as if everything that one could ask of the query were out: every zone, at every level and step, and every
//! value of what selects rows.
//!
//! A département's row alone hides what the département needs; a bus's row alone, what the bus needs; side by side they
//! give each other back. So the query runs with all values of its closed parameters, without its filters of zone, all of that passes
//! the gate at once, and the rows asked for are taken from it. An answer is then the same whatever was asked before.
//! Other queries, and other years than those of the call, are not part of it: what several calls give together is
//! guarded in documents and campaigns only.

use std::collections::{BTreeMap, BTreeSet};

use base::definition::{Definition, Role};
use base::error::{Error, Result};
use base::parameters::Parameters;
use base::table::{RawTable, Value};
use base::zone::Level;
use disclosure::{Gate, GatedTable, Publication, version_diff};
use query::Session;
use query::catalogue::Query;

use super::state::zones;

/// Parameters that narrow a query to one zone, the widest first.
const FILTERS: [&str; 3] = ["region", "departement", "medicobus"];

/// All that a query answers, behind the gate.
pub struct LinkedAnswers {
    raw: Vec<RawTable>,
    gated: Vec<GatedTable>,
    /// What it gives, for the gate of a later state.
    pub publication: Publication,
}

impl LinkedAnswers {
    /// Runs `query` with every value of its closed parameters, beside the sets `asked`, and gates the lot, given what is out.
    ///
    /// # Errors
    /// Those of the engine.
    pub async fn new(
        session: &Session,
        gate: &Gate,
        query: &Query,
        asked: &[BTreeMap<String, String>],
        earlier: &[Publication],
    ) -> Result<Self> {
        let definition = &query.definition;
        let wide = Parameters::bind_all(definition, &wide(definition, asked))?;
        let raw = session.run_all(query, &wide).await?;
        Self::of(session, gate, raw, earlier).await
    }

    async fn of(
        session: &Session,
        gate: &Gate,
        raw: Vec<RawTable>,
        earlier: &[Publication],
    ) -> Result<Self> {
        let tree = zones(session).await?;
        let tables = raw.clone();

        let release = tokio::task::block_in_place(|| gate.release_after(tables, &tree, earlier));
        Ok(Self {
            raw,
            gated: release.tables,
            publication: release.publication,
        })
    }

    /// The gated rows of an answer; none when one of its rows is not a row of the whole: the query does not compute
    /// each zone apart from the others.
    fn answer(&self, asked: &RawTable) -> Option<GatedTable> {
        let at = self
            .raw
            .iter()
            .position(|t| unfiltered(&t.parameters) == unfiltered(&asked.parameters))?;

        let (whole, gated) = (&self.raw[at], &self.gated[at]);
        let key = |row: &[Value]| version_diff::key_text(&whole.definition, row);
        let mut index: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (r, row) in whole.rows.iter().enumerate() {
            index.entry(key(row)).or_default().push(r);
        }

        let rows = asked
            .rows
            .iter()
            .map(|row| {
                let same = index.get(&key(row))?;
                same.iter().copied().find(|&r| whole.rows[r] == *row)
            })
            .collect::<Option<Vec<usize>>>()?;

        Some(gated.select(&rows, asked.parameters.clone()))
    }
}

/// The answers of `query` to all sets of parameters as one table, each gated with all that the query could answer.
///
/// # Errors
/// As [`linked_answers`]; no set at all; sets that give the same rows again.
pub async fn one_table(
    session: &Session,
    gate: Option<&Gate>,
    query: &Query,
    asked: &[BTreeMap<String, String>],
) -> Result<GatedTable> {
    let mut tables = linked_answers(session, gate, query, asked).await?.into_iter();
    let mut table = tables.next().ok_or_else(|| Error::usage("aucune année demandée"))?;
    table.extend(tables);
    each_once(&table)?;
    Ok(table)
}

/// Refuses years that give the same rows again: whoever adds them up would count them twice.
fn each_once(table: &GatedTable) -> Result<()> {
    let definition = table.definition();
    let mut seen = BTreeSet::new();
    for row in table.rows() {
        if !seen.insert(version_diff::key_text(definition, &version_diff::opened(row))) {
            return Err(Error::usage(format!(
                "{} : chaque année rend aussi les périodes des précédentes, qui viendraient plusieurs fois",
                definition.name
            ))
            .hint("demandez la dernière année seule, ou une exécution et un fichier par année"));
        }
    }

    Ok(())
}

/// The answer of `query` to each set of parameters, gated with all that the query could answer, one after the other.
/// Without a gate the tables are marked unprotected.
///
/// # Errors
/// Those of the engine; a filter that contradicts the level.
pub async fn linked_answers(
    session: &Session,
    gate: Option<&Gate>,
    query: &Query,
    asked: &[BTreeMap<String, String>],
) -> Result<Vec<GatedTable>> {
    let definition = &query.definition;
    without_contradiction(definition, asked)?;
    let Some(gate) = gate else {
        let asked = Parameters::bind_all(definition, asked)?;
        return Ok(Gate::open_unprotected(session.run_all(query, &asked).await?));
    };

    if let Some(error) = asked.iter().find_map(|g| crossing(definition, g)) {
        return Err(error);
    }

    // The whole and what is asked of it run together: most of it is the same.
    let mut all: Vec<_> = wide(definition, asked).into_iter().collect();
    let length = all.len();
    let mut places = Vec::with_capacity(asked.len());
    for given in asked {
        let place = all.iter().position(|one| one == given);
        places.push(place.unwrap_or_else(|| {
            all.push(given.clone());
            all.len() - 1
        }));
    }

    let all = Parameters::bind_all(definition, &all)?;
    let mut raw = session.run_all(query, &all).await?;
    let answers = places.iter().map(|&i| raw[i].clone()).collect();
    raw.truncate(length);
    let whole = LinkedAnswers::of(session, gate, raw, &[]).await?;
    gate_answers(session, gate, &whole, answers, &[]).await.map(|r| r.0)
}

/// Gates the answers of one state of the store, of which `whole` is the closure, given what is out; says what they give.
///
/// # Errors
/// Those of the engine, of the zones.
pub(super) async fn gate_answers(
    session: &Session,
    gate: &Gate,
    whole: &LinkedAnswers,
    answers: Vec<RawTable>,
    earlier: &[Publication],
) -> Result<(Vec<GatedTable>, Publication)> {
    let found: Option<Vec<GatedTable>> = answers.iter().map(|a| whole.answer(a)).collect();
    if let Some(tables) = found {
        return Ok((tables, whole.publication.clone()));
    }

    // A query of the user's own need not compute zones apart: its answers are gated beside the whole.
    let first = whole.raw.len();
    let tables: Vec<RawTable> = whole.raw.iter().cloned().chain(answers).collect();
    let tree = zones(session).await?;
    let mut release = tokio::task::block_in_place(|| gate.release_after(tables, &tree, earlier));
    Ok((release.tables.split_off(first), release.publication))
}

/// Refuses sets of parameters of which one narrows the rows of a level to a zone smaller than them.
///
/// # Errors
/// `Usage`, for the first such set.
pub fn without_contradiction(
    definition: &Definition,
    asked: &[BTreeMap<String, String>],
) -> Result<()> {
    let first = asked.iter().find_map(|given| contradiction(definition, given));
    first.map_or(Ok(()), Err)
}

/// What to say to someone who narrows the rows of a level to a zone smaller than them: the row would bear the name of
/// the whole zone and count a part of it.
pub fn contradiction(definition: &Definition, given: &BTreeMap<String, String>) -> Option<Error> {
    let parameter = definition.parameters.get("niveau")?;
    let level = given.get("niveau").or(parameter.default.as_ref())?;

    let allowed = match Level::parse(level)? {
        Level::National => 0,
        Level::Region => 1,
        Level::Departement => 2,
        _ => return None,
    };

    let small = FILTERS[allowed..].iter().find(|f| given.contains_key(**f))?;
    Some(
        Error::usage(format!(
            "{} : --{small} ne va pas avec --niveau {level}, dont les lignes sont plus larges",
            definition.name
        ))
        .hint(match parameter.values.iter().any(|v| v == small) {
            true => format!("ajoutez --niveau {small}, ou ôtez --{small}"),
            false => format!("ôtez --{small} : {}", parameter.description),
        }),
    )
}

/// Levels at which three profiles crossed leave next to nothing open: they are read by région.
const FINE: [Level; 2] = [Level::Departement, Level::Medicobus];

fn is_fine(level: &str) -> bool {
    Level::parse(level).is_some_and(|level| FINE.contains(&level))
}

/// Whether the query crosses three profiles or more.
fn crosses(definition: &Definition) -> bool {
    let profiles = definition.columns.iter();
    profiles.filter(|c| c.role == Role::Category && c.total.is_some()).count() > 2
}

/// What to say to someone who asks for three profiles crossed at a level where they are hidden.
pub fn crossing(definition: &Definition, given: &BTreeMap<String, String>) -> Option<Error> {
    let level = given.get("niveau")?;
    (crosses(definition) && is_fine(level)).then(|| {
        Error::usage(format!(
            "{} croise trois profils : pas de --niveau {level} sous le secret statistique",
            definition.name
        ))
        .hint("--niveau region ; ou une requête d'un seul profil, comme consultations_par_profil")
    })
}

/// The sets of parameters of the whole: every value of every closed parameter, no filter of zone; in order, each once.
fn wide(
    definition: &Definition,
    asked: &[BTreeMap<String, String>],
) -> BTreeSet<BTreeMap<String, String>> {
    let mut sets: BTreeSet<BTreeMap<String, String>> = asked
        .iter()
        .map(|given| {
            let mut given = given.clone();
            given.retain(|name, _| !FILTERS.contains(&name.as_str()));
            given
        })
        .collect();

    for (name, parameter) in &definition.parameters {
        if parameter.values.is_empty() || FILTERS.contains(&name.as_str()) {
            continue;
        }
        let crossed = name == "niveau" && crosses(definition);
        let values = parameter.values.iter().filter(|v| !(crossed && is_fine(v))).map(Some);
        // Left out, a parameter without a default selects all.
        let all = (parameter.default.is_none() && !parameter.required).then_some(None);
        let values: Vec<Option<&String>> = values.chain(all).collect();

        let with = |set: &BTreeMap<String, String>, value: Option<&String>| {
            let mut set = set.clone();
            match value {
                Some(value) => set.insert(name.clone(), value.clone()),
                None => set.remove(name),
            };
            set
        };
        sets = sets
            .iter()
            .flat_map(|set| values.iter().map(move |value| with(set, *value)))
            .collect();
    }

    sets
}

fn unfiltered(parameters: &BTreeMap<String, Value>) -> BTreeMap<&String, &Value> {
    let kept = parameters.iter();
    kept.filter(|(name, _)| !FILTERS.contains(&name.as_str())).collect()
}
