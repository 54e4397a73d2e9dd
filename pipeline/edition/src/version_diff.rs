//! One query at two versions of the store: what changed, and by which deliveries, found by running it again after each.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use base::definition::Definition;
use base::error::{Error, Result};
use base::parameters::Parameters;
use base::table::{RawTable, Value};
use disclosure::version_diff::{self, Difference};
use disclosure::{Gate, GatedTable, Publication};
use query::Session;
use query::catalogue::Query;
use query::session::Engine;
use store::history::Commit;
use store::{At, Snapshot, Store};

use super::linked_answers::{LinkedAnswers, gate_answers, without_contradiction};

/// What a comparison says.
pub struct VersionDiff {
    /// One row per figure that changed.
    pub table: GatedTable,
    /// One line per delivery between the two versions that changed a figure or could have.
    pub deliveries: Vec<String>,
}

/// Runs `query` at both ends of `versions` and after every commit between them that changed a data file.
/// Without a gate the table is marked unprotected.
///
/// # Errors
/// A version that does not exist or an empty range, a query that fails, a release that the gate refuses.
pub async fn compare(
    store: &Store,
    engine: Engine,
    query: &Query,
    parameters: &[BTreeMap<String, String>],
    versions: RangeInclusive<u64>,
    gate: Option<&Gate>,
) -> Result<VersionDiff> {
    let (first, last) = (*versions.start(), *versions.end());
    if first >= last {
        return Err(Error::usage(format!("--comparer {first} {last} : rien entre ces versions"))
            .hint("la plus ancienne d'abord ; « medicobus depot historique » les liste"));
    }

    let start = StoreState::open(store, engine, query, parameters, first).await?;
    let current = StoreState::open(store, engine, query, parameters, last).await?;

    // Both states leave at once: what the first hid, the second does not give back.
    let (before, given) = start.release(gate, query, parameters, &[]).await?;
    let (after, _) = current.release(gate, query, parameters, &given).await?;
    let differences = version_diff::differences(&before, &after);

    // Which commits changed which figure: the query runs again after each one.
    let (mut causes, mut deliveries) = (Causes::new(), Vec::new());
    let mut previous = start;
    for commit in &store.history().await? {
        if commit.version <= first || commit.version > last {
            continue;
        }
        let snapshot = store.snapshot(At::Version(commit.version)).await?;
        if files(&snapshot) == files(&previous.snapshot) {
            continue;
        }

        let between = match commit.version == last {
            true => None,
            false => Some(StoreState::of(snapshot, engine, query, parameters).await?),
        };
        for place in previous.changed(between.as_ref().unwrap_or(&current)) {
            causes.entry(place).or_default().push(commit.version);
        }
        deliveries.push(line(commit));
        if let Some(state) = between {
            previous = state;
        }
    }

    let definition = after.definition();
    let versions = differences.iter().map(|d| said(&causes, definition, d));
    let versions: Vec<String> = versions.collect();
    Ok(VersionDiff {
        table: version_diff::table(
            &after,
            (first, last),
            &differences,
            &versions,
            deliveries.clone(),
        ),
        deliveries,
    })
}

/// Versions that changed a figure, by the key of its row and the place of its column.
type Causes = BTreeMap<(String, usize), Vec<u64>>;

/// The versions that made a difference, as the table says them: `4, 6`.
fn said(causes: &Causes, definition: &Definition, difference: &Difference) -> String {
    let mut keys = difference.keys.iter();
    let columns = definition.columns.iter();
    let row: Vec<Value> = columns
        .map(|c| match c.role.is_key() {
            true => keys.next().cloned().unwrap_or(Value::Null),
            false => Value::Null,
        })
        .collect();

    let place = (version_diff::key_text(definition, &row), difference.column);
    let versions = causes.get(&place).map(Vec::as_slice).unwrap_or_default();
    let versions: Vec<String> = versions.iter().map(u64::to_string).collect();
    versions.join(", ")
}

/// A version of the store and the query's rows in it.
struct StoreState {
    snapshot: Snapshot,
    session: Session,
    answers: Vec<RawTable>,
    /// The rows of all answers.
    raw: RawTable,
}

impl StoreState {
    async fn open(
        store: &Store,
        engine: Engine,
        query: &Query,
        parameters: &[BTreeMap<String, String>],
        version: u64,
    ) -> Result<Self> {
        let snapshot = store.snapshot(At::Version(version)).await?;
        Self::of(snapshot, engine, query, parameters).await
    }

    async fn of(
        snapshot: Snapshot,
        engine: Engine,
        query: &Query,
        parameters: &[BTreeMap<String, String>],
    ) -> Result<Self> {
        let session = Session::open(&snapshot, engine, &query.views).await?;
        without_contradiction(&query.definition, parameters)?;
        let bound = Parameters::bind_all(&query.definition, parameters)?;
        let answers = session.run_all(query, &bound).await?;

        let mut raw =
            answers.first().cloned().ok_or_else(|| Error::usage("aucune année demandée"))?;

        for other in answers.iter().skip(1) {
            raw.extend(other.clone());
        }

        Ok(Self { snapshot, session, answers, raw })
    }

    /// The answers behind the gate, given what is out, and what they give.
    async fn release(
        &self,
        gate: Option<&Gate>,
        query: &Query,
        parameters: &[BTreeMap<String, String>],
        earlier: &[Publication],
    ) -> Result<(GatedTable, Vec<Publication>)> {
        let answers = self.answers.clone();
        let (tables, given) = match gate {
            None => (Gate::open_unprotected(answers), Vec::new()),
            Some(gate) => {
                let session = &self.session;
                let whole = LinkedAnswers::new(session, gate, query, parameters, earlier).await?;
                let (tables, given) = gate_answers(session, gate, &whole, answers, earlier).await?;
                (tables, vec![given])
            }
        };

        let mut tables = tables.into_iter();
        let mut table =
            tables.next().ok_or_else(|| Error::usage("la requête ne rend aucun tableau"))?;
        table.extend(tables);
        Ok((table, given))
    }

    /// Key and column of every figure that is not the same in `next`.
    fn changed(&self, next: &StoreState) -> BTreeSet<(String, usize)> {
        let definition = &self.raw.definition;
        let keyed = |raw: &'_ RawTable| -> BTreeMap<String, Vec<Value>> {
            let rows = raw.rows.iter();
            rows.map(|row| (version_diff::key_text(definition, row), row.clone())).collect()
        };

        let (old, new) = (keyed(&self.raw), keyed(&next.raw));
        let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();

        let mut changed = BTreeSet::new();
        for key in keys {
            for index in 0..definition.columns.len() {
                let value = |side: &BTreeMap<String, Vec<Value>>| {
                    side.get(key).and_then(|row| row.get(index)).cloned()
                };
                if value(&old) != value(&new) {
                    changed.insert((key.clone(), index));
                }
            }
        }

        changed
    }
}

fn files(snapshot: &Snapshot) -> Vec<&std::path::Path> {
    let all = snapshot.all_files();
    all.map(|(_, file)| file.path.as_path()).collect()
}

fn line(commit: &Commit) -> String {
    let Some(entry) = &commit.entry else {
        return format!("version {} : création du dépôt", commit.version);
    };

    let reason = entry.motif.as_ref();
    format!(
        "version {} : {} {} {}, {}, reçue le {}{}",
        commit.version,
        entry.nature,
        entry.region,
        entry.periode,
        entry.producteur,
        commit.at.format("%d/%m/%Y"),
        reason.map(|m| format!(" ; motif : {m}")).unwrap_or_default()
    )
}
