//! Answers shared by the documents of a campaign: a query runs once for all zones at every level, and each document takes
//! the rows of its own zones.
//!
//! This is sound for the queries of the release only, which compute each zone apart from the others (a test compares
//! the two ways); a query that the user changed or added runs for each document.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use base::definition::Role;
use base::error::{Error, Result};
use base::parameters::Parameters;
use base::table::{RawTable, Value};
use base::zone::{Level, Zone};
use geography::Communes;
use query::Session;
use query::catalogue::Query;
use query::sql_files::Origin;

/// Parameters that narrow a query to one zone.
const FILTERS: [&str; 3] = ["region", "departement", "medicobus"];

/// An answer for all zones at every level, by its parameters.
type EveryLevel = Vec<(Parameters, RowsByZone)>;
/// The same once it is there, by its parameters, the level left out.
type Wide = Vec<(Parameters, Arc<OnceCell<EveryLevel>>)>;

/// Answers by query and parameters, those that narrow the zone left out.
pub struct SharedAnswers {
    /// Départements of each région, buses of each région and département.
    within: BTreeMap<Zone, BTreeMap<Level, Vec<String>>>,
    answers: Mutex<BTreeMap<String, Wide>>,
}

/// A whole answer, and which of its rows belong to which zone.
struct RowsByZone {
    table: RawTable,
    rows: BTreeMap<String, Vec<usize>>,
}

/// Which rows of the whole answer a query asks for.
enum Selection {
    /// All of them.
    All,
    /// Those of some zones, by their codes.
    Zones(Vec<String>),
}

/// A bus and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bus {
    /// Its identifier.
    pub id: String,
    /// Its département.
    pub departement: String,
    /// Its région.
    pub region: String,
}

impl SharedAnswers {
    /// No answer yet; none where the buses of the store contradict the map of France: a zone would then not be the sum
    /// of its parts.
    pub fn new(communes: &Communes, buses: &[Bus]) -> Option<Self> {
        let communes = communes.iter();
        let regions: BTreeMap<&str, &str> =
            communes.map(|c| (c.departement.as_str(), c.region.as_str())).collect();
        let mut within: BTreeMap<Zone, BTreeMap<Level, Vec<String>>> = BTreeMap::new();
        let mut add = |whole: Level, code: &str, level: Level, part: &str| {
            let parts = within.entry(Zone::new(whole, code)).or_default();
            parts.entry(level).or_default().push(part.to_string());
        };

        for (departement, region) in &regions {
            add(Level::Region, region, Level::Departement, departement);
        }
        let mut seen = BTreeSet::new();
        for bus in buses {
            if regions.get(bus.departement.as_str()) != Some(&bus.region.as_str())
                || !seen.insert(bus.id.as_str())
            {
                return None;
            }
            add(Level::Region, &bus.region, Level::Medicobus, &bus.id);
            let departement = &bus.departement;
            add(Level::Departement, departement, Level::Medicobus, &bus.id);
        }

        Some(Self { within, answers: Mutex::default() })
    }

    /// The answer of `query`, the same as the engine's own.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn run(
        &self,
        session: &Session,
        query: &Query,
        parameters: &Parameters,
    ) -> Result<RawTable> {
        let Some(selection) = self.selection(query, parameters) else {
            return session.run(query, parameters).await;
        };

        let wide = parameters.without(&FILTERS);
        let cell = self.cell(query, &wide.without(&["niveau"]));
        let levels = cell
            .get_or_try_init(|| async {
                let asked = every_level(query, &wide);
                let tables = session.run_all(query, &asked).await?.into_iter();
                Ok::<_, Error>(asked.into_iter().zip(tables.map(RowsByZone::new)).collect())
            })
            .await?;

        let Some((_, whole)) = levels.iter().find(|(parameters, _)| *parameters == wide) else {
            return session.run(query, parameters).await;
        };

        let rows = match selection {
            Selection::All => whole.table.rows.clone(),
            Selection::Zones(codes) => whole.rows(&codes),
        };

        Ok(RawTable {
            definition: query.definition.clone(),
            parameters: parameters.clone().into(),
            rows,
        })
    }

    /// Where the answer of `query` for all zones is, or will be.
    fn cell(&self, query: &Query, wide: &Parameters) -> Arc<OnceCell<EveryLevel>> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let known = answers.entry(query.definition.name.clone()).or_default();
        if let Some((_, cell)) = known.iter().find(|(parameters, _)| parameters == wide) {
            return Arc::clone(cell);
        }

        let cell = Arc::default();
        known.push((wide.clone(), Arc::clone(&cell)));
        cell
    }

    /// The rows of the whole that answer `parameters`; none where the query must run by itself.
    fn selection(&self, query: &Query, parameters: &Parameters) -> Option<Selection> {
        let definition = &query.definition;
        if query.origin != Origin::Release {
            return None;
        }
        let level = match parameters.get("niveau") {
            Some(level) => Level::parse(level.as_text()?)?,
            // A query without a level that can be narrowed to a bus has a row per bus.
            None if definition.parameters.contains_key("medicobus") => Level::Medicobus,
            None => return None,
        };

        let columns = definition.columns.iter();
        if columns.filter(|c| c.role == Role::Zone).count() != 1 {
            return None;
        }

        let filters = FILTERS
            .into_iter()
            .filter_map(|name| Some((name, parameters.get(name)?.as_text()?)));
        match filters.collect::<Vec<_>>().as_slice() {
            [] => Some(Selection::All),
            [(name, code)] => {
                let whole = Level::parse(name)?;
                if whole == level {
                    return Some(Selection::Zones(vec![(*code).to_string()]));
                }
                let parts = self.within.get(&Zone::new(whole, *code))?.get(&level)?;
                Some(Selection::Zones(parts.clone()))
            }
            _ => None,
        }
    }
}

/// The sets of parameters of a query at every level that it has.
fn every_level(query: &Query, wide: &Parameters) -> Vec<Parameters> {
    match query.definition.parameters.get("niveau") {
        Some(level) if wide.contains_key("niveau") => {
            let levels = level.values.iter();
            levels.map(|level| wide.with("niveau", Value::from(level.as_str()))).collect()
        }
        _ => vec![wide.clone()],
    }
}

impl RowsByZone {
    fn new(table: RawTable) -> Self {
        let mut columns = table.definition.columns.iter();
        let column = columns.position(|c| c.role == Role::Zone);

        let mut rows: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, row) in table.rows.iter().enumerate() {
            let code = column.and_then(|c| row.get(c)).and_then(Value::as_text);
            let code = code.unwrap_or_default().to_string();
            rows.entry(code).or_default().push(index);
        }

        Self { table, rows }
    }

    /// Rows of those zones, in the query's order.
    fn rows(&self, codes: &[String]) -> Vec<Vec<Value>> {
        let found = codes.iter().filter_map(|code| self.rows.get(code));
        let mut indices: Vec<usize> = found.flatten().copied().collect();
        indices.sort_unstable();

        let rows = indices.into_iter().filter_map(|i| self.table.rows.get(i).cloned());
        rows.collect()
    }
}
