//! What would be lost when a delivery or a referential takes the place of the one that is stored.

use std::collections::BTreeMap;

use base::error::Error;

use super::commit::{Entry, subject};
use super::history::Commit;
use super::layout::ZONAGES;

/// A column with fewer values than this may lose half of them without a word: a correction of one or two is not a loss.
const FEW_VALUES: u64 = 10;

/// The most rows that a table had, or values that a column had, and the version that brought them; none for those that are stored.
type Most = (u64, Option<u64>);

/// The refusal of a commit that would lose a table, or most of its rows, against what is `stored` and against the best of the versions
/// before it: a table that loses a little less than half at each delivery is gone after a few. A loss that was meant counts from there.
pub(super) fn losses(
    stored: &BTreeMap<String, u64>,
    history: &[Commit],
    entry: &Entry,
) -> Option<Error> {
    let zonings = match entry.nature.as_str() {
        "livraison" => false,
        "referentiel" => true,
        _ => return None,
    };
    if entry.partial || stored.is_empty() {
        return None;
    }

    let mut lost = Vec::new();
    let most = most_before(stored, history, entry, |e| &e.tables);
    for (table, (most, version)) in &most {
        let new = entry.tables.get(table).copied().unwrap_or_default();
        let held = stored.get(table).copied().unwrap_or_default();

        if *most > 0 && new.saturating_mul(2) <= *most {
            let unit = if table == ZONAGES { "communes" } else { "lignes" };
            lost.push((table.clone(), counted(unit, *most, *version, held, new)));
        }
    }

    let gone: Vec<String> = lost.iter().map(|(table, _)| table.clone()).collect();
    let of_lost =
        |column: &String| gone.iter().any(|table| column.starts_with(&format!("{table}.")));
    lost.extend(columns_lost(history, entry).filter(|(column, _)| !of_lost(column)));

    (!lost.is_empty()).then(|| {
        if zonings {
            zonings_lost(entry, &lost)
        } else {
            rows_lost(entry, &lost)
        }
    })
}

/// The columns that would lose all of their values, or half of many: `cle_patient`, forgotten in a correction, takes the patients along.
fn columns_lost(history: &[Commit], entry: &Entry) -> impl Iterator<Item = (String, String)> {
    let key = subject(entry);
    let mut before = history.iter().rev().filter_map(|commit| commit.entry.as_ref());
    let stored = before.find(|e| subject(e) == key).map(|e| e.values.clone()).unwrap_or_default();

    most_before(&stored, history, entry, |e| &e.values).into_iter().filter_map(
        move |(column, (most, version))| {
            let new = entry.values.get(&column).copied().unwrap_or_default();
            let held = stored.get(&column).copied().unwrap_or_default();
            let lost = new == 0 || most >= FEW_VALUES && new.saturating_mul(2) <= most;
            lost.then(|| (column, counted("valeurs", most, version, held, new)))
        },
    )
}

/// What is lost, in numbers: the best version where it held more than the one that is stored, what is stored, what comes.
fn counted(unit: &str, most: u64, version: Option<u64>, held: u64, new: u64) -> String {
    let best = version.filter(|_| most > held);
    let best = best.map(|v| format!("{most} {unit} en version {v}, ")).unwrap_or_default();
    format!("{best}{held} {unit} au dépôt, {new}")
}

fn rows_lost(entry: &Entry, lost: &[(String, String)]) -> Error {
    let lost: Vec<String> = lost
        .iter()
        .map(|(table, rows)| format!("{table} ({rows} dans la livraison)"))
        .collect();

    Error::refused(format!(
        "la livraison annulerait et remplacerait celle de la région {}, période {}, en perdant la moitié ou plus de : {} ; complétez-la, ou relancez avec --remplacer-partiellement si c'est voulu",
        entry.region,
        entry.periode,
        lost.join(", ")
    ))
}

fn zonings_lost(entry: &Entry, lost: &[(String, String)]) -> Error {
    let lost: Vec<String> =
        lost.iter().map(|(_, rows)| format!("{rows} dans le fichier")).collect();

    Error::refused(format!(
        "« {} » remplacerait un référentiel de même source, millésime et territoire en perdant la moitié ou plus : {}",
        entry.producteur,
        lost.join(", ")
    ))
    .hint("donnez le fichier complet, ou relancez avec --remplacer-partiellement si c'est voulu")
}

/// The most of each thing that `counts` tells of, since the last commit of the same subject that was meant to hold less.
fn most_before(
    stored: &BTreeMap<String, u64>,
    history: &[Commit],
    entry: &Entry,
    counts: impl Fn(&Entry) -> &BTreeMap<String, u64>,
) -> BTreeMap<String, Most> {
    let mut most: BTreeMap<String, Most> =
        stored.iter().map(|(table, rows)| (table.clone(), (*rows, None))).collect();

    let key = subject(entry);
    for commit in history.iter().rev() {
        let Some(earlier) = commit.entry.as_ref().filter(|e| subject(e) == key) else {
            continue;
        };
        for (table, rows) in counts(earlier) {
            let best = most.entry(table.clone()).or_default();
            if *rows > best.0 {
                *best = (*rows, Some(commit.version));
            }
        }
        if earlier.partial {
            break;
        }
    }

    most
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn entry(nature: &str, rows: u64, partial: bool) -> Entry {
        Entry {
            nature: nature.into(),
            region: "28".into(),
            periode: "2025".into(),
            tables: BTreeMap::from([("zonages".to_owned(), rows)]),
            partial,
            ..Entry::default()
        }
    }

    /// What is said of `new` rows after commits of these rows, the last of which is stored.
    fn said(nature: &str, before: &[(u64, bool)], new: u64) -> Option<String> {
        let commit = |(version, (rows, partial)): (usize, &(u64, bool))| Commit {
            version: version as u64 + 1,
            at: DateTime::UNIX_EPOCH,
            entry: Some(entry(nature, *rows, *partial)),
            replaces: None,
        };
        let history: Vec<Commit> = before.iter().enumerate().map(commit).collect();
        let stored = before.last().map(|(rows, _)| ("zonages".to_owned(), *rows));
        let stored = stored.into_iter().collect();
        let refused = losses(&stored, &history, &entry(nature, new, false));
        refused.map(|error| error.message().to_owned())
    }

    #[test]
    fn losses_are_counted_from_the_best_version_since_one_that_was_meant() {
        assert_eq!(said("livraison", &[], 0), None);
        assert_eq!(said("livraison", &[(100, false)], 51), None);
        assert!(said("livraison", &[(100, false)], 50).is_some());

        // Each time a little less than half.
        let told = said("livraison", &[(100, false), (52, false)], 27).unwrap();
        assert!(told.contains("100 communes en version 1, 52 communes au dépôt, 27"), "{told}");
        assert_eq!(said("livraison", &[(100, false), (40, true)], 27), None);
        assert!(said("livraison", &[(100, false), (40, true), (27, false)], 19).is_some());

        for (rows, lost) in [(13, false), (12, true), (2, true)] {
            assert_eq!(said("referentiel", &[(24, false)], rows).is_some(), lost, "{rows}");
        }
        assert_eq!(said("publication", &[(24, false)], 1), None);
    }
}
