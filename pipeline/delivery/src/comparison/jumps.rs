//! What is out of the ordinary in the consultations of a delivery: a month far from its neighbours, a bus that became silent.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use base::french::period;
use contract::Rule;

use super::{CONSULTATIONS, about};
use crate::report::{Report, Verdict};
use crate::rows::volumes::{month_of, month_read, month_text};

/// Months on each side that say what is usual.
const AROUND: usize = 3;
/// A month is out of the ordinary below a third and above three times the usual.
const FACTOR: u64 = 3;
/// Usual consultations below which a month may be anything.
const ENOUGH: u64 = 30;
/// Months without a consultation after which a bus is silent.
const SILENT_MONTHS: usize = 2;

/// Consultations by month, counted since year 0.
type ByMonth = BTreeMap<i32, u64>;

/// The sentences on a delivery; the earlier one says what was usual before.
pub(super) fn of(before: Option<&Report>, now: &Report, today: NaiveDate) -> Vec<String> {
    let of_now = by_bus(now);
    let unheard = of_now.is_empty();
    // Without any consultation at all, other words may be said of it.
    if unheard && explained(now) {
        return Vec::new();
    }

    let period = &now.header.periode;
    // The month of the check is not over.
    let last = month_of(period.end).min(month_of(today) - 1);
    let months: Vec<i32> = (month_of(period.start)..=last).collect();

    // Of a month that both tell about, the delivery at hand counts.
    let mut buses = before.map(by_bus).unwrap_or_default();
    let told = month_of(period.start)..=month_of(period.end);
    for by_month in buses.values_mut() {
        by_month.retain(|month, _| !told.contains(month));
    }
    for (bus, by_month) in of_now {
        buses.entry(bus).or_default().extend(by_month);
    }

    let all = of_all(&buses);
    let mut sentences = if unheard { Vec::new() } else { odd_months(&all, &months) };
    // A bus that the earlier delivery knew on the same days, and this one no longer does, is silent too; so is one that opened and was
    // never heard.
    let known = before.map(by_bus).unwrap_or_default().into_keys();
    for bus in known.chain(now.opened.keys().cloned()) {
        buses.entry(bus).or_default();
    }
    // Where no bus is heard in a month, that is said of all of them.
    let heard = |month: &i32| unheard || all.contains_key(month);
    let heard: Vec<i32> = months.into_iter().filter(heard).collect();
    sentences.extend(buses.iter().filter_map(|(bus, own)| silence(bus, own, &heard, now)));
    sentences
}

/// Whether a delivery without consultations says so itself, is refused, or is told of by its honoured slots.
fn explained(now: &Report) -> bool {
    now.header.nothing.iter().any(|name| name == CONSULTATIONS)
        || now.verdict != Verdict::Accepted
        || now.summary.iter().any(|line| line.rule == Rule::ConsultationsAbsentes)
}

fn by_bus(report: &Report) -> BTreeMap<String, ByMonth> {
    let mut buses: BTreeMap<String, ByMonth> = BTreeMap::new();
    for volume in report.volumes.iter().filter(|v| v.table == CONSULTATIONS) {
        if let Some(month) = month_read(&volume.step) {
            *buses.entry(volume.medicobus.clone()).or_default().entry(month).or_default() +=
                volume.rows;
        }
    }
    buses
}

/// The consultations of all buses.
fn of_all(buses: &BTreeMap<String, ByMonth>) -> ByMonth {
    let mut all = ByMonth::new();
    for (month, rows) in buses.values().flatten() {
        *all.entry(*month).or_default() += rows;
    }
    all
}

/// Months without a consultation, together, and those far from the median of the ones around; the first month of all may have begun late.
fn odd_months(all: &ByMonth, months: &[i32]) -> Vec<String> {
    let Some((&first, _)) = all.first_key_value() else {
        return Vec::new();
    };
    let begun: Vec<i32> = months.iter().copied().filter(|month| *month > first).collect();

    let empty = begun
        .chunk_by(|a, b| all.contains_key(a) == all.contains_key(b))
        .filter(|run| !all.contains_key(&run[0]))
        .filter_map(|run| Some(format!("consultations : aucune {}", span(run)?)));
    let odd = begun.iter().filter_map(|month| {
        let (rows, usual) = (*all.get(month)?, usual(all, *month)?);
        let (low, high) = (rows * FACTOR <= usual, rows >= usual * FACTOR);
        (low || high).then(|| {
            let month = period(&month_text(*month));
            format!("consultations, {month} : {}, pour {} d'ordinaire", about(rows), about(usual))
        })
    });
    empty.chain(odd).collect()
}

/// A run of months in words: `en mars 2025`, `d'avril à mai 2025`.
fn span(run: &[i32]) -> Option<String> {
    let [first, last] = [run.first()?, run.last()?].map(|month| period(&month_text(*month)));
    Some(match first.starts_with(['a', 'o']) {
        _ if first == last => format!("en {first}"),
        true => format!("d'{first} à {last}"),
        false => format!("de {first} à {last}"),
    })
}

/// The median of the months around that have consultations, if it is large enough to say anything.
fn usual(all: &ByMonth, month: i32) -> Option<u64> {
    let before = all.range(..month).rev().take(AROUND);
    let after = all.range(month + 1..).take(AROUND);
    let mut around: Vec<u64> = before.chain(after).map(|(_, rows)| *rows).collect();
    around.sort_unstable();

    around.get(around.len() / 2).copied().filter(|usual| *usual >= ENOUGH)
}

/// The longest silence of a bus among the months in which others are heard, if it is one; not of a bus that has nothing to declare.
fn silence(bus: &str, by_month: &ByMonth, months: &[i32], now: &Report) -> Option<String> {
    if now.header.nothing.iter().any(|name| name == bus) {
        return None;
    }

    let ended = now.ended.get(bus).and_then(|month| month_read(month));
    let opened = now.opened.get(bus).and_then(|month| month_read(month));
    let first = by_month.keys().next().copied().or(opened);
    let expected = |month: &&i32| {
        first.is_none_or(|first| **month >= first) && ended.is_none_or(|end| **month <= end)
    };

    let heard: BTreeSet<i32> = by_month.keys().copied().collect();
    let expected: Vec<i32> = months.iter().filter(expected).copied().collect();
    let silent = expected
        .chunk_by(|a, b| heard.contains(a) == heard.contains(b))
        .filter(|run| !heard.contains(&run[0]))
        .max_by_key(|run| run.len())?;

    let whole = silent.len() == months.len();
    let when = span(silent).filter(|_| whole || silent.len() >= SILENT_MONTHS)?;
    Some(format!("{bus} : aucune consultation {when}"))
}
