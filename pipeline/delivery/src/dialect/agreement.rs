//! What the files of one delivery show together. One sender writes them: a mark or an order of day and month that one file shows may
//! neither be chosen anew for the next, nor be contradicted there.

use std::borrow::Cow;
use std::collections::BTreeSet;

use contract::Rule;

use super::sample_counts::{DayEvidence, SampleCounts, Witness};
use super::stated::StatedDialect;
use super::words::DATE_FORMS;
use crate::Finding;
use crate::period::Period;
use crate::rows::marks::{MarkEvidence, Marks};
use crate::rows::values::{DateForm, day_orders, epoch_days, from_epoch};
use crate::text::compact;

/// Dates that are of the period with their month first alone, from which on it is no slip of a day or two.
const FEW_DAYS: usize = 3;

/// What to do where day and month cannot be told apart.
const WRITE_ISO: &str = "écrivez les dates AAAA-MM-JJ, ou dites leur forme dans livraison.toml, sous [dialecte], ou sur la feuille livraison d'un classeur : format_date = \"jj/mm/aaaa\" (ou \"mm/jj/aaaa\")";

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
        let month_first = self.month_first && file.days.any();
        let slashed = if month_first { "mm/jj/aaaa" } else { "jj/mm/aaaa" };
        let forms = [
            (file.iso, "AAAA-MM-JJ"),
            (file.days.any(), slashed),
            (file.serial, "numéros Excel"),
        ];
        let seen: Vec<&str> = forms.iter().filter(|(seen, _)| *seen).map(|(_, l)| *l).collect();
        let form = if month_first { DateForm::American } else { DateForm::Any };
        (form, seen.join(" et "))
    }
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
            None => {
                let (rank, witness) = first(|d| &d.open_dated).unwrap_or((rank, witness));
                (false, vec![(rank, undecided(witness, period))])
            }
        },
    }
}

/// Whether months come first, where that alone puts the rows in the period delivered, or the contrary. The order that is not the one of
/// the country is not taken on the word of a date or two: they may be of another month.
fn by_period(files: &[&SampleCounts], period: &Period) -> Option<bool> {
    let inside = |day: i32| (epoch_days(period.start)..=epoch_days(period.end)).contains(&day);
    let dates: BTreeSet<(i32, i32)> =
        files.iter().flat_map(|file| file.days.dated.iter().copied()).collect();
    let day_first = dates.iter().filter(|(a, b)| inside(*a) && !inside(*b)).count();
    let month_first = dates.iter().filter(|(a, b)| inside(*b) && !inside(*a)).count();

    match (day_first, month_first) {
        (1.., 0) => Some(false),
        (0, FEW_DAYS..) => Some(true),
        _ => None,
    }
}

fn undecided(witness: &Witness, period: &Period) -> Finding {
    let reading = |days: Option<i32>| {
        let day = days.and_then(from_epoch);
        let outside = witness.dated && day.is_some_and(|day| !period.contains(day));
        let note = if outside { " (hors de la période)" } else { "" };
        day.map(|day| format!("{day}{note}")).unwrap_or_default()
    };
    let orders = day_orders(&witness.text).unwrap_or_default();
    let message = format!(
        "aucune date de la livraison ne dit si le jour ou le mois vient d'abord : celle-ci est le {} ou le {}",
        reading(orders.0),
        reading(orders.1)
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
