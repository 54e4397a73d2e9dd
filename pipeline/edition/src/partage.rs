//! Answers shared by the documents of a campaign: a query runs once for all zones of a level, and each document takes
//! the rows of its own zone.
//!
//! This is sound for the queries of the release only, which compute each zone apart from the others (a test compares
//! the two ways); a query that the user changed or added runs for each document.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use base::definition::Role;
use base::error::Result;
use base::parameters::bind;
use base::table::{RawTable, Value};
use disclosure::Level;
use geography::Communes;
use query::Session;
use query::catalogue::{Origin, Query};

/// Parameters that narrow a query to one zone.
const FILTRES: [&str; 3] = ["region", "departement", "medicobus"];

type Cle = (String, BTreeMap<String, String>);

/// Answers by query and parameters, those that narrow the zone left out.
pub struct Partage {
    /// Départements of each région, buses of each région and département; by level and code of the whole.
    dans: BTreeMap<(Level, String), BTreeMap<Level, Vec<String>>>,
    reponses: Mutex<BTreeMap<Cle, Arc<OnceCell<Arc<ParZone>>>>>,
}

/// A whole answer, and which of its rows belong to which zone.
struct ParZone {
    table: RawTable,
    lignes: BTreeMap<String, Vec<usize>>,
}

impl Partage {
    /// No answer yet; none where the buses of the store contradict the map of France: a zone would then not be the sum
    /// of its parts.
    pub fn new(communes: &Communes, bus: &[Bus]) -> Option<Self> {
        let mut dans: BTreeMap<(Level, String), BTreeMap<Level, Vec<String>>> = BTreeMap::new();
        let mut regions: BTreeMap<&str, &str> = BTreeMap::new();
        for commune in communes.iter() {
            regions.insert(&commune.departement, &commune.region);
        }
        for (departement, region) in &regions {
            dans.entry((Level::Region, (*region).to_string()))
                .or_default()
                .entry(Level::Departement)
                .or_default()
                .push((*departement).to_string());
        }
        let mut vus = std::collections::BTreeSet::new();
        for un in bus {
            if regions.get(un.departement.as_str()) != Some(&un.region.as_str())
                || !vus.insert(un.id.as_str())
            {
                return None;
            }
            for tout in [
                (Level::Region, un.region.clone()),
                (Level::Departement, un.departement.clone()),
            ] {
                dans.entry(tout)
                    .or_default()
                    .entry(Level::Medicobus)
                    .or_default()
                    .push(un.id.clone());
            }
        }
        Some(Self {
            dans,
            reponses: Mutex::default(),
        })
    }

    /// The answer of `query`, the same as the engine's own.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn run(
        &self,
        session: &Session,
        query: &Query,
        given: &BTreeMap<String, String>,
    ) -> Result<RawTable> {
        let Some(codes) = self.codes(query, given) else {
            return session.run(query, given).await;
        };
        let mut large = given.clone();
        large.retain(|name, _| !FILTRES.contains(&name.as_str()));
        let cell = {
            let mut answers = self.reponses.lock().unwrap_or_else(PoisonError::into_inner);
            let key = (query.definition.name.clone(), large.clone());
            Arc::clone(answers.entry(key).or_default())
        };
        let whole = cell
            .get_or_try_init(|| async {
                session
                    .run(query, &large)
                    .await
                    .map(|table| Arc::new(ParZone::new(table)))
            })
            .await?;
        let rows = match codes {
            None => whole.table.rows.clone(),
            Some(codes) => whole.rows(&codes),
        };
        Ok(RawTable {
            definition: query.definition.clone(),
            parameters: bind(&query.definition, given)?,
            rows,
        })
    }

    /// The zones whose rows answer `given` (all of them: `Some(None)`); none where the query must run by itself.
    #[allow(clippy::option_option)]
    fn codes(
        &self,
        query: &Query,
        given: &BTreeMap<String, String>,
    ) -> Option<Option<Vec<String>>> {
        if query.origin != Origin::Release {
            return None;
        }
        let zones = query
            .definition
            .columns
            .iter()
            .filter(|c| c.role == Role::Zone);
        let parametres = &query.definition.parameters;
        let niveau = match given.get("niveau") {
            Some(niveau) => Level::parse(niveau)?,
            // A query without a level that can be narrowed to a bus has a row per bus.
            None if !parametres.contains_key("niveau") && parametres.contains_key("medicobus") => {
                Level::Medicobus
            }
            None => return None,
        };
        if zones.count() != 1 || niveau == Level::Other {
            return None;
        }
        let filters: Vec<(&str, &String)> = FILTRES
            .into_iter()
            .filter_map(|name| Some((name, given.get(name)?)))
            .collect();
        match filters.as_slice() {
            [] => Some(None),
            [(name, code)] => {
                let tout = Level::parse(name)?;
                if tout == niveau {
                    return Some(Some(vec![(*code).clone()]));
                }
                let parts = self.dans.get(&(tout, (*code).clone()))?.get(&niveau)?;
                Some(Some(parts.clone()))
            }
            _ => None,
        }
    }
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

impl ParZone {
    fn new(table: RawTable) -> Self {
        let column = table
            .definition
            .columns
            .iter()
            .position(|c| c.role == Role::Zone);
        let mut lignes: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, row) in table.rows.iter().enumerate() {
            let code = column.and_then(|c| row.get(c)).and_then(Value::as_text);
            lignes
                .entry(code.unwrap_or_default().to_string())
                .or_default()
                .push(index);
        }
        Self { table, lignes }
    }

    /// Rows of those zones, in the query's order.
    fn rows(&self, codes: &[String]) -> Vec<Vec<Value>> {
        let mut indices: Vec<usize> = codes
            .iter()
            .filter_map(|code| self.lignes.get(code))
            .flatten()
            .copied()
            .collect();
        indices.sort_unstable();
        indices
            .into_iter()
            .filter_map(|i| self.table.rows.get(i).cloned())
            .collect()
    }
}
