//! Identifiers that are long numbers, and that a spreadsheet has rounded: it keeps 15 digits, and shows six (`1.23457E+14`) or fewer.

use std::collections::BTreeSet;

use super::sample_counts::Witness;

/// Exact digits of a number in a spreadsheet.
const EXACT_DIGITS: usize = 15;
/// Different identifiers of more digits after which it is no chance that all end in zeros.
const ALL_ROUNDED: usize = 4;

/// Digits from which on a spreadsheet shows a number with its power of ten.
const SHOWN_DIGITS: usize = 12;
/// Zeros at the end of what was rounded to the digits that it then shows; one number in a million has as many by chance.
const ZEROS: usize = 6;
/// Different identifiers so rounded, after which it is no chance.
const SOME_ROUNDED: usize = 3;
/// Chance has it for fewer than one in so many.
const OF_SO_MANY: usize = 10_000;

/// The long numbers among the identifiers of a column.
#[derive(Default)]
pub(super) struct LongIdentifiers {
    /// The first of more than 15 digits, and whether one of these has a digit beyond the exact ones.
    first: Option<Witness>,
    exact: bool,
    beyond: BTreeSet<String>,
    /// Of 12 digits and more; those that end in zeros, and the first of them.
    long: BTreeSet<String>,
    shown: BTreeSet<String>,
    first_shown: Option<Witness>,
}

impl LongIdentifiers {
    pub(super) fn add(&mut self, text: &str, witness: impl Fn() -> Witness) {
        if text.len() < SHOWN_DIGITS || !text.bytes().all(|b| b.is_ascii_digit()) {
            return;
        }

        self.long.insert(text.to_owned());
        let significant = text.trim_end_matches('0').len();
        if significant > 0 && text.len() - significant >= ZEROS {
            self.shown.insert(text.to_owned());
            self.first_shown.get_or_insert_with(&witness);
        }

        if text.len() > EXACT_DIGITS {
            self.exact |= significant > EXACT_DIGITS;
            self.beyond.insert(text.to_owned());
            self.first.get_or_insert_with(witness);
        }
    }

    /// Where the first identifier stands that was rounded, if it is no chance that they end so.
    pub(super) fn rounded(self) -> Option<Witness> {
        let all = !self.exact && self.beyond.len() >= ALL_ROUNDED;
        let some =
            self.shown.len() >= SOME_ROUNDED && self.shown.len() * OF_SO_MANY > self.long.len();

        self.first.filter(|_| all).or(self.first_shown.filter(|_| some))
    }
}
