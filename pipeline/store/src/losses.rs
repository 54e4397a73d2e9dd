//! What would be lost when a delivery or a referential takes the place of the one that is stored.

use std::collections::BTreeMap;

use base::error::{Error, Result};
use base::french::{self, counted};

use delivery::Period;

use super::Snapshot;
use super::commit::{Content, Entry, subject};
use super::history::Commit;
use super::layout::ZONAGES;

/// A column with fewer values than this may lose half of them without a word: a correction of one or two is not a loss.
const FEW_VALUES: u64 = 10;
/// Known values fewer than these may all become unknown or zero without a word.
const FEW_TELLING: u64 = 3;
/// How many times greater or smaller the mean of a column may become: thousands of euros are a thousand, centimes a hundred.
const OTHER_UNIT: f64 = 50.0;

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
    let most = most_before(stored, history, entry, |e| e.tables.clone());
    for (table, (most, version)) in &most {
        let new = entry.tables.get(table).copied().unwrap_or_default();
        let held = stored.get(table).copied().unwrap_or_default();

        if *most > 0 && new.saturating_mul(2) <= *most {
            let unit = if table == ZONAGES { "communes" } else { "lignes" };
            lost.push((table.clone(), rows_held(unit, *most, *version, held, new)));
        }
    }

    let gone: Vec<String> = lost.iter().map(|(table, _)| table.clone()).collect();
    let of_lost =
        |column: &String| gone.iter().any(|table| column.starts_with(&format!("{table}.")));
    lost.extend(columns_lost(history, entry).into_iter().filter(|(column, _)| !of_lost(column)));

    let told: Vec<String> = lost.iter().map(|(name, _)| name.clone()).collect();
    let new = |(column, _): &(String, String)| !told.contains(column) && !of_lost(column);
    lost.extend(silenced(history, entry).into_iter().filter(new));

    match lost.is_empty() {
        true => other_unit(history, entry),
        false if zonings => Some(zonings_lost(entry, &lost)),
        false => Some(rows_lost(entry, &lost)),
    }
}

/// What ends a refusal that whoever runs the store may set aside; a région that is told of it cannot.
pub const ON_PURPOSE: &str = ", ou relancez avec --remplacer-partiellement si c'est voulu";

/// Losses that a refusal names.
const MOST_NAMED: usize = 6;

/// The first of some losses, and how many others there are.
pub(super) fn first_of(lost: &[String], between: &str) -> String {
    let named = lost.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join(between);
    match lost.len().saturating_sub(MOST_NAMED) {
        0 => named,
        more => format!("{named}{between}et {}", counted(more, "autre perte", "autres pertes")),
    }
}

/// The last entry on the same subject.
fn last_of<'h>(history: &'h [Commit], entry: &Entry) -> Option<&'h Entry> {
    let key = subject(entry);
    let mut before = history.iter().rev().filter_map(|commit| commit.entry.as_ref());
    before.find(|e| subject(e) == key)
}

/// The columns whose values are there and would say nothing any more, for half of many: zeros, or `inconnu`.
fn silenced(history: &[Commit], entry: &Entry) -> Vec<(String, String)> {
    let telling = |e: &Entry| -> BTreeMap<String, u64> {
        e.contents
            .iter()
            .map(|(column, content)| (column.clone(), content.telling))
            .collect()
    };
    fewer(history, entry, telling, |_, most, new| {
        let lost = new == 0 && most >= FEW_TELLING || halved(most, new);
        lost.then_some("valeurs connues et non nulles")
    })
}

/// Whether half of many is gone.
fn halved(most: u64, new: u64) -> bool {
    most >= FEW_VALUES && new.saturating_mul(2) <= most
}

/// What `counts` tells of and `entry` holds fewer of, with the numbers in words: `lost` gives their unit, where what comes of the most that
/// there was is a loss.
fn fewer(
    history: &[Commit],
    entry: &Entry,
    counts: impl Fn(&Entry) -> BTreeMap<String, u64>,
    lost: impl Fn(&str, u64, u64) -> Option<&'static str>,
) -> Vec<(String, String)> {
    let stored = last_of(history, entry).map(&counts).unwrap_or_default();
    let new = counts(entry);

    let told = |(name, (most, version)): (String, Most)| {
        let new = new.get(&name).copied().unwrap_or_default();
        let held = stored.get(&name).copied().unwrap_or_default();
        let unit = lost(&name, most, new)?;
        let words = rows_held(unit, most, version, held, new);
        Some((name, words))
    };
    most_before(&stored, history, entry, &counts)
        .into_iter()
        .filter_map(told)
        .collect()
}

/// The refusal of a list of what is (itineraries, other measures) that is half as long as the one before it, or less: the last list counts,
/// for the past as well.
pub(super) fn lists_cut(snapshot: &Snapshot, entry: &Entry) -> Result<Option<Error>> {
    if entry.partial {
        return Ok(None);
    }
    let own = Period::parse(&entry.periode)?;

    for table in entry.lists.iter().filter(|table| *table != "medicobus") {
        let before = |periode: &str| Period::parse(periode).is_ok_and(|p| p.end < own.start);
        let files = snapshot.current_files(table).into_iter();
        let files = files.filter(|file| file.region == entry.region && before(&file.periode));
        let held: u64 = files.map(|file| file.rows).sum();

        let new = entry.tables.get(table).copied().unwrap_or_default();
        if new.saturating_mul(2) <= held {
            return Ok(Some(Error::refused(format!(
                "la table {table} n'a plus que {} au lieu de {held} : la dernière liste fait foi, pour les périodes passées aussi ; donnez-la entière (ce qui a pris fin avec sa date de fin){ON_PURPOSE}",
                counted(new, "ligne", "lignes")
            ))));
        }
    }
    Ok(None)
}

/// The refusal of amounts that are many times smaller or greater than those that they replace: they are in another unit.
fn other_unit(history: &[Commit], entry: &Entry) -> Option<Error> {
    let mean = |content: &Content| {
        let sum = content.sum.filter(|_| content.telling > 0)? as f64;
        (sum > 0.0).then(|| sum / content.telling as f64)
    };
    let stored = last_of(history, entry)?;
    let (column, times) = entry.contents.iter().find_map(|(column, content)| {
        let times = mean(content)? / mean(stored.contents.get(column)?)?;
        (times >= OTHER_UNIT || times <= 1.0 / OTHER_UNIT).then_some((column, times))
    })?;

    let (times, size) = if times > 1.0 { (times, "grands") } else { (1.0 / times, "petits") };
    Some(Error::refused(format!(
        "les nombres de {column} sont en moyenne {} fois plus {size} que ceux de la livraison au dépôt (région {}, période {}) : ils sont sans doute dans une autre unité ; donnez-les dans celle du dictionnaire{ON_PURPOSE}",
        french::number(times, 0),
        entry.region,
        entry.periode
    )))
}

/// The columns that would lose all of their values, or half of many: `cle_patient`, forgotten in a correction, takes the patients along.
/// Months are told by their rows, and only where none is left.
fn columns_lost(history: &[Commit], entry: &Entry) -> Vec<(String, String)> {
    fewer(
        history,
        entry,
        |e| e.values.clone(),
        |column, most, new| {
            let month = !column.contains('.');
            let (unit, least) = if month { ("lignes", FEW_VALUES) } else { ("valeurs", 1) };
            let lost = new == 0 && most >= least || !month && halved(most, new);
            lost.then_some(unit)
        },
    )
}

/// What is lost, in numbers: the best version where it held more than the one that is stored, what is stored, what comes.
fn rows_held(unit: &str, most: u64, version: Option<u64>, held: u64, new: u64) -> String {
    let some = |n: u64| match n {
        0 | 1 => format!(
            "{n} {}",
            unit.split(' ').map(|w| w.trim_end_matches('s')).collect::<Vec<_>>().join(" ")
        ),
        _ => format!("{n} {unit}"),
    };
    let best = version.filter(|_| most > held);
    let best = best.map(|v| format!("{} en version {v}, ", some(most))).unwrap_or_default();
    format!("{best}{} au dépôt, {new}", some(held))
}

fn rows_lost(entry: &Entry, lost: &[(String, String)]) -> Error {
    let lost: Vec<String> = lost
        .iter()
        .map(|(table, rows)| format!("{table} ({rows} dans la livraison)"))
        .collect();

    Error::refused(format!(
        "la livraison annulerait et remplacerait celle de la région {}, période {}, en perdant la moitié ou plus de : {} ; une livraison se donne entière : complétez-la{ON_PURPOSE}",
        entry.region,
        entry.periode,
        first_of(&lost, ", ")
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
    counts: impl Fn(&Entry) -> BTreeMap<String, u64>,
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
            if rows > best.0 {
                *best = (rows, Some(commit.version));
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

    /// What is said of a delivery with this content of `financements.montant` after one with that content.
    fn said_of_amounts(before: (u64, i64), new: (u64, i64)) -> Option<String> {
        let of = |(telling, sum): (u64, i64)| {
            let content = Content { telling, sum: Some(sum) };
            let contents = BTreeMap::from([("financements.montant".to_owned(), content)]);
            Entry {
                contents,
                ..entry("livraison", 100, false)
            }
        };
        let commit = Commit {
            version: 1,
            at: DateTime::UNIX_EPOCH,
            entry: Some(of(before)),
            replaces: None,
        };
        let stored = BTreeMap::from([("zonages".to_owned(), 100)]);
        losses(&stored, &[commit], &of(new)).map(|error| error.message().to_owned())
    }

    #[test]
    fn values_that_say_nothing_any_more_are_lost_and_another_unit_is_seen() {
        assert_eq!(said_of_amounts((20, 1_500_000), (20, 1_400_000)), None);
        let zeros = said_of_amounts((20, 1_500_000), (0, 0)).unwrap();
        assert!(zeros.contains("20 valeurs connues et non nulles au dépôt, 0"), "{zeros}");

        let thousandth = said_of_amounts((20, 1_500_000), (20, 1_500)).unwrap();
        assert!(thousandth.contains("fois plus petits"), "{thousandth}");
        let hundredfold = said_of_amounts((2, 1_500), (2, 150_000)).unwrap();
        assert!(hundredfold.contains("100 fois plus grands"), "{hundredfold}");
        assert_eq!(said_of_amounts((0, 0), (20, 1_500_000)), None);
    }
}
