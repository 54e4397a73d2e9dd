//! What the store objects to a commit, before it is made or in its place.

use std::collections::{BTreeMap, BTreeSet};

use deltalake_core::DeltaTable;
use deltalake_core::kernel::LogicalFileView;

use base::error::{Error, Result};
use delivery::Period;

use super::Store;
use super::commit::{Entry, held, partition, replaced, subject};
use super::history::Commit;
use super::layout::{LIVRAISONS, PERIODE, PUBLICATIONS, REGION, TABLE};
use super::losses::{lists_cut, losses};
use super::publications::PUBLICATION;

impl Store {
    /// Why what is stored forbids `entry`, if it does: another delivery tells of some of the same days or of the same things, or most of
    /// what is stored would go.
    pub(super) fn objection(
        &self,
        table: &DeltaTable,
        views: &[LogicalFileView],
        history: &[Commit],
        entry: &Entry,
        earlier: Option<&str>,
    ) -> Result<Option<Error>> {
        if entry.nature == PUBLICATION {
            return Ok(ungated(views, entry));
        }
        let delivery = entry.nature == "livraison";
        if delivery && let Some(error) = come_back(history, entry) {
            return Ok(Some(error));
        }
        if delivery && let Some(error) = in_the_way(views, entry)? {
            return Ok(Some(error));
        }

        let lost = losses(&rows_of(replaced(views, entry, earlier)), history, entry);
        if lost.is_some() || !delivery {
            return Ok(lost);
        }
        let snapshot = self.snapshot_from(table, views);
        let cut = match entry.told.projects_lost(&snapshot, entry)? {
            None => lists_cut(&snapshot, entry)?,
            lost => lost,
        };
        match cut {
            None => entry.told.told_before(&snapshot, entry),
            lost => Ok(lost),
        }
    }

    /// What the commit of a delivery would answer in its place, without making it.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub(super) async fn foreseen(&self, entry: &Entry) -> Result<Option<Error>> {
        let table = self.table().await?;
        let history = self.history_of(&table)?;
        if held(&history, entry) {
            return Ok(None);
        }

        let views = self.file_views(&table).await?;
        self.objection(&table, &views, &history, entry, None)
    }
}

/// The refusal of a publication whose gate did not know of all that is out: the two together could give back what each of them hides.
fn ungated(views: &[LogicalFileView], entry: &Entry) -> Option<Error> {
    let out = views
        .iter()
        .filter(|view| partition(view, TABLE).as_deref() == Some(PUBLICATIONS))
        .filter_map(|view| partition(view, PERIODE));

    let unknown: BTreeSet<String> =
        out.filter(|name| !entry.gated_against.contains(name)).collect();
    let first = unknown.first()?;
    Some(
        Error::refused(format!(
            "le registre des publications a changé depuis que « {} » a été préparé : {first} a été publié entre-temps",
            entry.producteur
        ))
        .hint("éditez de nouveau le document : le secret tiendra compte de cette publication"),
    )
}

/// The refusal of a delivery that another one has replaced: loaded again with the rest of a folder, it would undo the correction.
fn come_back(history: &[Commit], entry: &Entry) -> Option<Error> {
    let key = subject(entry);
    let of_subject = |commit: &&Commit| commit.entry.as_ref().is_some_and(|e| subject(e) == key);
    let all: Vec<&Commit> = history.iter().filter(of_subject).collect();

    let same = |commit: &&&Commit| {
        commit.entry.as_ref().is_some_and(|earlier| earlier.sha256 == entry.sha256)
    };
    let (first, last) = (all.iter().rfind(same)?, all.last()?);
    (!entry.again && first.version < last.version).then(|| {
        Error::refused(format!(
            "cette livraison a déjà été chargée (version {}), puis une autre l'a remplacée (version {}) : la charger de nouveau annulerait la correction ; retirez-la du dossier, ou relancez avec --revenir si c'est voulu",
            first.version, last.version
        ))
    })
}

/// The refusal of a delivery that tells of some of the days of another one of its région, whose period is not its own.
fn in_the_way(views: &[LogicalFileView], entry: &Entry) -> Result<Option<Error>> {
    let (region, own) = (&entry.region, Period::parse(&entry.periode)?);
    for other in live_periods(views, region).iter().filter(|other| **other != entry.periode) {
        if Period::parse(other)?.overlaps(&own) {
            return Ok(Some(Error::refused(format!(
                "la période {} de la région {region} recouvre la livraison {other} déjà chargée : livrez la même période pour annuler et remplacer, ou une période qui ne la recouvre pas",
                entry.periode
            ))));
        }
    }

    Ok(None)
}

/// The periods of a région that are in the store.
fn live_periods(views: &[LogicalFileView], region: &str) -> BTreeSet<String> {
    let receipts = views.iter().filter(|view| {
        partition(view, TABLE).as_deref() == Some(LIVRAISONS)
            && partition(view, REGION).as_deref() == Some(region)
    });
    receipts.filter_map(|view| partition(view, PERIODE)).collect()
}

/// The rows of some files, by table; those of a delivery's receipts apart.
fn rows_of<'v>(views: impl Iterator<Item = &'v LogicalFileView>) -> BTreeMap<String, u64> {
    let mut rows: BTreeMap<String, u64> = BTreeMap::new();
    for view in views {
        let table = partition(view, TABLE).unwrap_or_default();
        // A file that does not say how many holds some.
        *rows.entry(table).or_default() += view.num_records().map_or(1, |n| n as u64);
    }
    rows.remove(LIVRAISONS);
    rows
}
