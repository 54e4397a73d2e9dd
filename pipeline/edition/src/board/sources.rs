//! What the store knows: buses and their years of service, deliveries that were taken, those that were refused.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};

use base::error::Result;
use base::table::Value;
use delivery::{Period, Report};
use query::Session;
use query::session::rows;
use store::Store;
use store::history::Commit;
use store::received::Received;

/// A project and when it was in service; an unknown day bounds nothing, but one that is labelled and has no day of service is not open.
#[derive(Debug, Clone)]
pub(super) struct Bus {
    pub(super) id: String,
    pub(super) region: String,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    unopened: bool,
}

impl Bus {
    /// Whether it was in service on a day of the period.
    pub(super) fn serves(&self, period: &Period) -> bool {
        !self.unopened
            && self.from.is_none_or(|from| from <= period.end)
            && self.to.is_none_or(|to| to >= period.start)
    }
}

/// A delivery, taken or refused.
#[derive(Debug, Clone)]
pub(super) struct Delivered {
    pub(super) region: String,
    pub(super) period: Period,
    /// Day of its check.
    pub(super) day: NaiveDate,
    /// Version of the store that it made; none if it was refused.
    pub(super) version: Option<u64>,
    pub(super) producer: String,
    /// Rows taken, by table; empty where an earlier program did not say.
    pub(super) tables: BTreeMap<String, u64>,
    pub(super) nothing: Vec<String>,
    /// What came of its check; none where an earlier program did not keep it.
    pub(super) report: Option<Report>,
}

impl Delivered {
    /// Whether rows of a table were taken from it.
    pub(super) fn holds(&self, table: &str) -> bool {
        self.tables.get(table).is_some_and(|rows| *rows > 0)
    }
}

/// All that a board is drawn from.
pub(super) struct Sources {
    pub(super) buses: Vec<Bus>,
    /// Régions that have a target for a year.
    pub(super) targets: BTreeSet<(String, i32)>,
    /// In the order in which they came.
    pub(super) delivered: Vec<Delivered>,
}

impl Sources {
    /// Reads a state of the store.
    pub(super) async fn read(store: &Store, session: &Session) -> Result<Self> {
        let mut commits = store.history().await?;
        let last = commits.last().map(|commit| commit.version);
        commits.retain(|commit| commit.version <= session.version());

        // A past state does not know what was refused since.
        let until = commits.last().map(|c| c.at).filter(|_| last > Some(session.version()));
        let received = store.received()?;

        Ok(Self {
            buses: buses(session).await?,
            targets: targets(session).await?,
            delivered: delivered(&commits, received, until)?,
        })
    }
}

async fn buses(session: &Session) -> Result<Vec<Bus>> {
    let batch = session
        .read(
            "SELECT id_medicobus, code_region, date_mise_en_service, date_fin, date_labellisation \
             FROM medicobus ORDER BY 1, 2, 3, 4, 5",
        )
        .await?;

    let bus = |row: &Vec<Value>| {
        let text = |i: usize| row.get(i).and_then(Value::as_text).unwrap_or_default().to_owned();
        let day = |i: usize| match row.get(i) {
            Some(Value::Date(day)) => Some(*day),
            _ => None,
        };
        Bus {
            id: text(0),
            region: text(1),
            from: day(2),
            to: day(3),
            unopened: day(2).is_none() && day(4).is_some(),
        }
    };
    Ok(rows(&batch)?.iter().map(bus).collect())
}

async fn targets(session: &Session) -> Result<BTreeSet<(String, i32)>> {
    let batch = session
        .read("SELECT code_region, annee FROM objectifs WHERE cible_medicobus > 0 AND code_region <> 'FR' ORDER BY 1, 2")
        .await?;

    let target = |row: &Vec<Value>| match row.as_slice() {
        [Value::Text(region), Value::Int(year)] => {
            Some((region.clone(), i32::try_from(*year).ok()?))
        }
        _ => None,
    };
    Ok(rows(&batch)?.iter().filter_map(target).collect())
}

/// Taken and refused deliveries, in the order in which they came.
fn delivered(
    commits: &[Commit],
    received: Vec<Received>,
    until: Option<DateTime<Utc>>,
) -> Result<Vec<Delivered>> {
    let mut all: Vec<(DateTime<Utc>, Delivered)> = Vec::new();

    for commit in commits {
        let Some(entry) = commit.entry.as_ref().filter(|e| e.nature == "livraison") else {
            continue;
        };
        let check = received.iter().find(|one| {
            let header = &one.report.header;
            one.report.sha256 == entry.sha256
                && (&header.region, &header.periode.text) == (&entry.region, &entry.periode)
        });
        let delivered = Delivered {
            region: entry.region.clone(),
            period: Period::parse(&entry.periode)?,
            day: check.map_or_else(|| commit.at.date_naive(), |one| one.day),
            version: Some(commit.version),
            producer: entry.producteur.clone(),
            tables: entry.tables.clone(),
            nothing: entry.nothing.clone(),
            report: check.map(|one| one.report.clone()),
        };
        all.push((commit.at, delivered));
    }

    // One that does not say its région or its period is nobody's; one that was taken, and came again when another had taken its place, is
    // no new one.
    let entries = commits.iter().filter_map(|commit| commit.entry.as_ref());
    let taken: BTreeSet<(&str, &str, &str)> = entries
        .map(|e| (e.region.as_str(), e.periode.as_str(), e.sha256.as_str()))
        .collect();
    let came_again = |one: &Received| {
        let header = &one.report.header;
        taken.contains(&(&*header.region, &*header.periode.text, &*one.report.sha256))
    };
    let refused = received.into_iter().filter(|one| {
        !one.accepted()
            && !came_again(one)
            && until.is_none_or(|until| one.at <= until)
            && Period::parse(&one.report.header.periode.text).is_ok()
    });
    all.extend(refused.map(|one| {
        let header = &one.report.header;
        let delivered = Delivered {
            region: header.region.clone(),
            period: header.periode.clone(),
            day: one.day,
            version: None,
            producer: header.producteur.clone(),
            tables: BTreeMap::new(),
            nothing: header.nothing.clone(),
            report: Some(one.report),
        };
        (one.at, delivered)
    }));

    all.sort_by_key(|(at, _)| *at);
    Ok(all.into_iter().map(|(_, delivered)| delivered).collect())
}
