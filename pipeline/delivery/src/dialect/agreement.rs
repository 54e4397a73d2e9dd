//! What the files of one delivery show together. One sender writes them: a mark or an order of day and month that one file shows may
//! neither be chosen anew for the next, nor be contradicted there.

use std::borrow::Cow;

use contract::Rule;

use super::sample_counts::{DayEvidence, SampleCounts, Witness};
use super::stated::StatedDialect;
use super::words::DATE_FORMS;
use crate::Finding;
use crate::period::Period;
use crate::rows::marks::{MarkEvidence, Marks};
use crate::rows::values::{DateForm, day_orders, epoch_days, from_epoch};
use crate::text::compact;

/// Days of a file below which nothing is said of all of them.
const FEW_DAYS: usize = 3;
/// Days between the two days zero of spreadsheets.
const FROM_1900_TO_1904: i32 = 1462;

/// What to do where day and month cannot be told apart.
const WRITE_ISO: &str = "écrivez les dates AAAA-MM-JJ, ou dites leur forme dans livraison.toml, sous [dialecte] : format_date = \"jj/mm/aaaa\" (ou \"mm/jj/aaaa\")";

/// What to do where some dates are in one order and some in the other: to state one would refuse the other.
const ONE_ORDER: &str = "écrivez toutes les dates de la livraison AAAA-MM-JJ, ou toutes jj/mm/aaaa ; vérifiez celles dont le jour ne dépasse pas 12";

/// How the numbers and dates of a delivery are read.
pub(crate) struct Agreement {
    /// What the sender states.
    mark: Option<Marks>,
    dates: Option<(DateForm, &'static str)>,
    /// What all files show.
    shown: MarkEvidence,
    month_first: bool,
}

impl Agreement {
    /// Judges the files together. Findings come with the rank of their file.
    pub(crate) fn of(
        files: &[&SampleCounts],
        stated: &StatedDialect,
        period: &Period,
    ) -> (Self, Vec<(usize, Finding)>) {
        let mut shown = MarkEvidence::default();
        files.iter().for_each(|file| shown.merge(file.all_marks()));

        let form = stated.date_form.as_deref().map(compact);
        let named = DATE_FORMS.iter().find(|(name, ..)| form.as_deref() == Some(*name));
        let dates = named.map(|(_, form, label)| (*form, *label));
        let (month_first, findings) = match dates {
            Some(_) => (false, Vec::new()),
            None => day_order(files, period),
        };

        let mark = stated.decimal_mark.as_deref();
        let mark = mark.map(|mark| Marks::stated(if mark == "," { ',' } else { '.' }));

        (Self { mark, dates, shown, month_first }, findings)
    }

    /// The marks of each column of a file.
    pub(crate) fn marks(&self, file: &SampleCounts) -> Vec<Marks> {
        let marks = |own: &MarkEvidence| self.mark.unwrap_or_else(|| own.marks(&self.shown));
        file.marks.iter().map(marks).collect()
    }

    /// The form of a file's dates, and its name in the report.
    pub(crate) fn dates(&self, file: &SampleCounts) -> (DateForm, String) {
        if let Some((form, label)) = self.dates {
            return (form, label.into());
        }
        if self.month_first && file.days.any() {
            return (DateForm::American, "mm/jj/aaaa".into());
        }

        let forms = [
            (file.iso, "AAAA-MM-JJ"),
            (file.days.any(), "jj/mm/aaaa"),
            (file.serial, "numéros Excel"),
        ];
        let seen: Vec<&str> = forms.iter().filter(|(seen, _)| *seen).map(|(_, l)| *l).collect();
        (DateForm::Any, seen.join(" et "))
    }
}

/// What to say of a file whose days are all of the period once they are counted from the other of the two days zero of spreadsheets: a
/// sheet was pasted from a workbook that counts from 1904, or into one.
pub(crate) fn shifted_days(file: &SampleCounts, day_zero: i32, period: &Period) -> Option<Finding> {
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
    Some(ambiguous(witness, message).hint(
        "écrivez les dates AAAA-MM-JJ en texte, ou ajoutez 1462 jours (ou ôtez-les) avec le tableur, puis vérifiez un jour connu",
    ))
}

/// Whether months come first, and what there is to say where that is contradicted or open.
fn day_order(files: &[&SampleCounts], period: &Period) -> (bool, Vec<(usize, Finding)>) {
    let first = |which: fn(&DayEvidence) -> &Option<Witness>| {
        let mut seen = files.iter().enumerate();
        seen.find_map(|(rank, file)| which(&file.days).as_ref().map(|w| (rank, w)))
    };
    let day_first = first(|d| &d.day_first);
    let month_first = first(|d| &d.month_first);
    let open = first(|d| &d.open);

    match (day_first, month_first, open) {
        (Some((day_file, day)), Some((month_file, month)), _) => {
            let told = |rank, witness: &Witness, here: &str, there: &str| {
                let message = format!(
                    "la date est écrite {here} d'abord, d'autres dates de la livraison {there} d'abord : 03/04/2025 y est le 3 avril ou le 4 mars"
                );
                (rank, ambiguous(witness, message).hint(ONE_ORDER))
            };
            let findings = vec![
                told(day_file, day, "le jour", "le mois"),
                told(month_file, month, "le mois", "le jour"),
            ];
            (false, findings)
        }
        (Some(_), None, _) | (None, None, None) => (false, Vec::new()),
        (None, Some(_), _) => (true, Vec::new()),
        (None, None, Some((rank, witness))) => match by_period(files, period) {
            Some(month_first) => (month_first, Vec::new()),
            None => (false, vec![(rank, undecided(witness))]),
        },
    }
}

/// Whether months come first, where that alone puts the rows in the period delivered, or the contrary.
fn by_period(files: &[&SampleCounts], period: &Period) -> Option<bool> {
    let inside = |day: i32| (epoch_days(period.start)..=epoch_days(period.end)).contains(&day);
    let (mut day_first, mut month_first) = (0, 0);

    for (a, b) in files.iter().flat_map(|file| &file.days.dated) {
        day_first += usize::from(inside(*a) && !inside(*b));
        month_first += usize::from(inside(*b) && !inside(*a));
    }

    match (day_first, month_first) {
        (0, 0) => None,
        (_, 0) => Some(false),
        (0, _) => Some(true),
        _ => None,
    }
}

fn undecided(witness: &Witness) -> Finding {
    let day = |days: Option<i32>| days.and_then(from_epoch).map(|d| d.to_string());
    let orders = day_orders(&witness.text).unwrap_or_default();
    let readings = [day(orders.0), day(orders.1)].map(Option::unwrap_or_default);
    let message = format!(
        "aucune date de la livraison ne dit si le jour ou le mois vient d'abord : celle-ci est le {} ou le {}",
        readings[0], readings[1]
    );

    ambiguous(witness, message)
}

fn ambiguous(witness: &Witness, message: impl Into<Cow<'static, str>>) -> Finding {
    Finding::new(Rule::DatesAmbigues, message)
        .line(witness.line)
        .field(&witness.field)
        .value(&witness.text)
        .hint(WRITE_ISO)
}
