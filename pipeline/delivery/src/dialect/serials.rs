//! Days written as a spreadsheet's numbers, which count from one of two days zero: 1900 or 1904. The numbers of one workbook are judged
//! together, those of the period and those that are bound to none; a CSV file comes from a workbook that nobody sees.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeSet;

use contract::{Field, Rule};

use super::sample_counts::{SampleCounts, Witness};
use crate::Finding;
use crate::period::Period;
use crate::rows::values::{DAY_ZERO, day_text, epoch_days, from_epoch};

/// Days of a file below which nothing is said of all of them.
const FEW_DAYS: usize = 3;
/// Days between the two days zero of spreadsheets.
const FROM_1900_TO_1904: i32 = 1462;
/// Days after the period in which something may be planned already.
const PLANNED: i32 = 366;
/// The same for the end of something that lasts years.
const PLANNED_END: i32 = 10 * 366;

const WRITE_TEXT: &str = "écrivez les dates AAAA-MM-JJ en texte, ou ajoutez 1462 jours (ou ôtez-les) avec le tableur, puis vérifiez un jour connu";

/// The numbers of a column that is not bound to the period.
#[derive(Debug, Clone)]
pub(super) struct UnboundSerials {
    pub(super) days: BTreeSet<i32>,
    pub(super) first: Witness,
    /// The first day that the contract admits, since 1970.
    least: i32,
    /// Whether the column may tell of years to come.
    ends: bool,
}

impl UnboundSerials {
    pub(super) fn of(field: &Field, first: Witness) -> Self {
        let least = field.constraints.minimum.as_ref().and_then(|day| day.as_str()?.parse().ok());
        Self {
            days: BTreeSet::new(),
            first,
            least: least.map_or(i32::MIN, epoch_days),
            ends: field.name.ends_with("_fin"),
        }
    }

    /// Whether all days may be meant when counted from this day zero.
    fn plausible(&self, day_zero: i32, last: i32) -> bool {
        let last = last.saturating_add(if self.ends { PLANNED_END } else { PLANNED });
        let day = |serial: &i32| serial.saturating_add(day_zero);
        self.days.iter().all(|serial| (self.least..=last).contains(&day(serial)))
    }
}

/// A table of the delivery.
pub(crate) struct DatedTable<'a> {
    /// Rank of its file or workbook in the delivery.
    pub(crate) entry: usize,
    pub(crate) counts: &'a SampleCounts,
    /// Day zero from which its numbers are read, in days since 1970.
    pub(crate) day_zero: i32,
}

/// What there is to say of the numbers of a delivery that do not count from the day zero from which they would be read, or may not.
/// Findings come with the rank of their table.
pub(crate) fn serial_days(tables: &[DatedTable<'_>], period: &Period) -> Vec<(usize, Finding)> {
    let mut findings = Vec::new();
    for (rank, table) in tables.iter().enumerate() {
        let shifted = shifted_days(table.counts, table.day_zero, period);
        findings.extend(shifted.map(|finding| (rank, finding)));
    }

    let books: BTreeSet<(usize, i32)> = tables.iter().map(|t| (t.entry, t.day_zero)).collect();
    for (entry, day_zero) in books {
        let of_book = tables.iter().enumerate().filter(|(_, t)| t.entry == entry);
        let counts: Vec<_> = of_book.map(|(rank, t)| (rank, t.counts)).collect();
        findings.extend(unbound_days(&counts, day_zero, period));
    }
    findings
}

/// What to say of a file whose days are all of the period once they are counted from the other of the two days zero of spreadsheets: a
/// sheet was pasted from a workbook that counts from 1904, or into one.
fn shifted_days(file: &SampleCounts, day_zero: i32, period: &Period) -> Option<Finding> {
    let inside = |day: i32| (epoch_days(period.start)..=epoch_days(period.end)).contains(&day);
    let serials = file.dated.serials.iter().map(|serial| serial.saturating_add(day_zero));
    let days: Vec<i32> = file.dated.days.iter().copied().chain(serials).collect();
    // A day or two may be slips.
    if days.len() < FEW_DAYS || days.iter().any(|day| inside(*day)) {
        return None;
    }

    let from = |shift: i32| days.iter().all(|day| inside(day.saturating_add(shift)));
    let (sign, _) = [("avant", FROM_1900_TO_1904), ("après", -FROM_1900_TO_1904)]
        .into_iter()
        .find(|(_, shift)| from(*shift))?;

    let witness = file.dated.first.as_ref()?;
    let message = format!(
        "les jours sont tous quatre ans et un jour {sign} la période : ils viennent sans doute d'un classeur qui compte les jours depuis 1904"
    );
    Some(told(witness, message))
}

/// What the numbers of files with one day zero say of the columns that are bound to no period.
fn unbound_days(
    files: &[(usize, &SampleCounts)],
    day_zero: i32,
    period: &Period,
) -> Vec<(usize, Finding)> {
    let columns: Vec<(usize, &UnboundSerials)> = files
        .iter()
        .flat_map(|(rank, file)| file.unbound.iter().map(|column| (*rank, column)))
        .collect();
    // A workbook that says 1904 is believed; numbers that count from it in another one are not seen there.
    let says_so = day_zero != DAY_ZERO;
    let other = match says_so {
        true => day_zero - FROM_1900_TO_1904,
        false => day_zero + FROM_1900_TO_1904,
    };

    let last = epoch_days(period.end);
    let all = |zero| columns.iter().all(|(_, column)| column.plausible(zero, last));
    let as_read = bound_days(files, day_zero, period);
    let shifted = bound_days(files, other, period);
    let question = match (as_read.cmp(&shifted), all(day_zero), all(other)) {
        (Ordering::Less, ..) | (Ordering::Equal, false, true) => Question::Other,
        (Ordering::Equal, true, true) if !says_so => Question::Open,
        _ => return Vec::new(),
    };

    columns
        .into_iter()
        .map(|(rank, c)| (rank, question.finding(&c.first, day_zero, other)))
        .collect()
}

/// How many numbers of the columns that are bound to the period fall within it.
fn bound_days(files: &[(usize, &SampleCounts)], day_zero: i32, period: &Period) -> usize {
    let serials = files.iter().flat_map(|(_, file)| &file.dated.serials);
    let day = |serial: &i32| from_epoch(serial.saturating_add(day_zero));
    serials.filter_map(day).filter(|day| period.contains(*day)).count()
}

/// What is asked of the sender of numbers.
#[derive(Clone, Copy)]
enum Question {
    /// Either day zero is possible.
    Open,
    /// The other one alone is.
    Other,
}

impl Question {
    fn finding(self, witness: &Witness, day_zero: i32, other: i32) -> Finding {
        let serial =
            witness.text.split(['.', ',']).next().and_then(|days| days.parse::<i32>().ok());
        let day = |zero: i32| {
            let days = serial.and_then(|serial| from_epoch(serial.saturating_add(zero)));
            days.map(day_text).unwrap_or_default()
        };
        let from = |zero: i32| if zero == DAY_ZERO { 1900 } else { 1904 };
        let readings =
            [day_zero, other].map(|zero| format!("le {} depuis {}", day(zero), from(zero)));

        let message = match self {
            Self::Open => format!(
                "rien dans ce fichier ne dit si ses numéros de jours se comptent depuis 1900 ou depuis 1904 : celui-ci est {} ou {}",
                readings[0], readings[1]
            ),
            Self::Other => format!(
                "les numéros de jours de ce fichier se comptent sans doute depuis {} : celui-ci serait lu {}, et non {}",
                from(other),
                readings[0],
                readings[1]
            ),
        };
        told(witness, message)
    }
}

fn told(witness: &Witness, message: impl Into<Cow<'static, str>>) -> Finding {
    Finding::new(Rule::DatesAmbigues, message)
        .line(witness.line)
        .field(&witness.field)
        .value(&witness.text)
        .hint(WRITE_TEXT)
}
