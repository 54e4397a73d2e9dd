//! What came of every check of a delivery, refused ones included: kept beside its quarantine, so that the next delivery can be compared
//! with it and the board can say what was refused.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use base::error::{Context, Result};
use delivery::{Comparison, Earlier, Relation, Report, Verdict};

use super::Store;
use super::commit::CommitOutcome;
use super::ingest::Ingested;
use super::place::Place;

/// Folder of the quarantines inside a store.
pub(super) const SHELF: &str = "_quarantaine";
/// File of what came of a check, beside its quarantine.
const FILE: &str = "controle.json";

/// What came of one check.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Received {
    /// When it was made.
    #[serde(rename = "controle_le")]
    pub at: DateTime<Utc>,
    /// The day that it was made for.
    #[serde(rename = "jour")]
    pub day: NaiveDate,
    /// Version of the store that the delivery made, or was found in; none if it was refused.
    pub version: Option<u64>,
    /// Its report.
    #[serde(rename = "rapport")]
    pub report: Report,
}

impl Received {
    /// Whether the delivery was taken.
    pub fn accepted(&self) -> bool {
        self.report.verdict == Verdict::Accepted
    }
}

impl Store {
    /// What came of all checks, oldest first. Those that earlier programs made left nothing to read, and are not among them.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn received(&self) -> Result<Vec<Received>> {
        let message = || format!("{} est illisible", self.place.shown_at(SHELF));
        let mut texts = self.place.texts(SHELF, "", |name| name.ends_with(FILE), message)?;
        let folders: BTreeSet<String> = (texts.names.iter())
            .filter_map(|name| name.split('/').next().map(str::to_owned))
            .collect();

        let mut all = Vec::new();
        for folder in folders {
            // Another program's, older or newer, tells nothing that is understood.
            if let Ok(Some(text)) = self.place.text(&mut texts, &format!("{folder}/{FILE}"))
                && let Ok(one) = serde_json::from_slice(&text)
            {
                all.push(one);
            }
        }

        all.sort_by(|a: &Received, b| (a.at, &a.report.sha256).cmp(&(b.at, &b.report.sha256)));
        Ok(all)
    }

    /// The delivery that one replaces, corrects or follows: the last other one that was taken of its région and period, else the last one
    /// that was refused, else the last one that was taken of the latest period before it.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn earlier(&self, report: &Report) -> Result<Option<Earlier>> {
        let (region, period) = (&report.header.region, &report.header.periode);
        let mut others = self.received()?;
        others.retain(|one| {
            &one.report.header.region == region && one.report.sha256 != report.sha256
        });

        let of_period = |one: &&Received| one.report.header.periode.text == period.text;
        let taken = others.iter().filter(of_period).rfind(|one| one.accepted());
        let same = taken.or_else(|| others.iter().rfind(of_period));
        let before = others
            .iter()
            .filter(|one| one.accepted() && one.report.header.periode.end < period.start)
            .max_by_key(|one| one.report.header.periode.end);

        let relation = |one: &Received| match (
            one.report.header.periode.text == period.text,
            one.accepted(),
        ) {
            (false, _) => Relation::Before,
            (true, true) => Relation::Replaced,
            (true, false) => Relation::Refused,
        };
        Ok(same.or(before).map(|one| Earlier {
            relation: relation(one),
            day: one.day,
            version: one.version,
            report: one.report.clone(),
        }))
    }

    /// What a check changes against the earlier delivery, and what is out of the ordinary.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn compare(&self, report: &Report, today: NaiveDate) -> Result<Comparison> {
        Ok(Comparison::of(self.earlier(report)?.as_ref(), report, today))
    }
}

/// What came of the earlier check of the same delivery, if one is kept in its folder.
pub(super) fn read(place: &Place, folder: &str) -> Option<Received> {
    serde_json::from_slice(&place.read(&format!("{folder}/{FILE}")).ok()??).ok()
}

/// Keeps what came of a delivery beside its quarantine. One that was taken before is still the one that came that day when the same files
/// come again, whether nothing changed or another has taken its place since.
pub(super) fn keep(one: &Ingested, before: Option<Received>, day: NaiveDate) -> Result<()> {
    let taken = before.filter(Received::accepted);
    let version = one.outcome.map(|outcome| match outcome {
        CommitOutcome::Committed { version, .. } | CommitOutcome::Unchanged { version } => version,
    });
    let now = Received {
        at: Utc::now(),
        day,
        version,
        report: one.report.clone(),
    };
    let received = match (one.outcome, taken) {
        (None, Some(taken)) => taken,
        (Some(CommitOutcome::Unchanged { .. }), Some(taken)) => {
            Received { report: now.report, ..taken }
        }
        _ => now,
    };

    let path = one.quarantine.join(FILE);
    write(&path, &received).map_err(|e| e.hint("vérifiez l'espace disque et les droits d'écriture"))
}

fn write(path: &Path, received: &Received) -> Result<()> {
    let fail = || format!("écriture impossible de {}", path.display());
    let text = serde_json::to_vec(received).access(fail)?;

    // Whole or not at all: half a file would be read as nothing.
    let aside = path.with_extension("tmp");
    fs::write(&aside, text).and_then(|()| fs::rename(&aside, path)).access(fail)
}
