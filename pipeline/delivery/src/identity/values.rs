//! What the shape of one value gives away.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::labels;
use super::nir::has_nir;
use super::phone::{in_pairs, national};
use super::plain::plain;
use super::{IdentityKind, Scope};
use crate::text::fold;

static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b\d{1,4}\s*(bis|ter|quater)?\s*,?\s+(rue|avenue|av\.?|boulevard|bd|impasse|all[ée]e|chemin|place|route|quai|lotissement|r[ée]sidence|square|faubourg|ruelle|venelle|lieu[- ]dit)\s+\p{L}").ok()
});
static BIRTH: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\bn[ée]e?\s*\(?e?\)?\s+(le|en|à)\s").ok());
static CIVILITY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\b(Mme|Mlle|MME|MLLE|[Mm]adame|[Mm]onsieur|[Mm]ademoiselle|MADAME|MONSIEUR|M\.|MR|Mr)\s+\p{Lu}").ok()
});
static EMAIL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+").ok());

/// Days and years as files are named after them, and days as they are written in cells.
static DATED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let (year, month, day) = (r"(?:19|20)\d\d", "(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])");
    let sign = "[-_./ ]?";
    Regex::new(&format!(
        r"(^|\D)(?:{year}{sign}{month}{sign}{day}|{day}{sign}{month}{sign}{year}|{year}-{year})($|\D)"
    ))
    .ok()
});
/// A day as a whole cell, years of two digits and days or months of one allowed.
static DAY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"^\s*(?:\d{1,2}[-_./, ]+\d{1,2}[-_./, ]+\d{2,4}|\d{4}[-_./, ]+\d{1,2}[-_./, ]+\d{1,2})\b",
    )
    .ok()
});

fn matches(regex: &LazyLock<Option<Regex>>, text: &str) -> bool {
    regex.as_ref().is_some_and(|r| r.is_match(text))
}

/// What the shape of a value gives away.
pub(crate) fn value(text: &str, scope: Scope) -> Option<IdentityKind> {
    if text.len() < 6 {
        return None;
    }

    let text = &*plain(text);
    let bytes = text.as_bytes();
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();

    // A Corsican number has a letter among its fifteen characters.
    if digits >= 14 && has_nir(bytes) {
        return Some(IdentityKind::Nir);
    }
    if digits >= 10
        // Keys are many and seldom hold dates.
        && (scope != Scope::Key || number(text, scope).is_some())
        && let Some(kind) = number(&without_dates(text), scope)
    {
        return Some(kind);
    }

    if bytes.contains(&b'@') && matches(&EMAIL, text) {
        return Some(IdentityKind::Email);
    }
    if scope == Scope::Key {
        return None;
    }

    if digits > 0 && matches(&ADDRESS, text) {
        return Some(IdentityKind::Address);
    }
    if digits > 0 && matches(&BIRTH, text) {
        return Some(IdentityKind::Birth);
    }

    let named = match scope {
        Scope::Label => labels::names_someone(text),
        _ => matches(&CIVILITY, text),
    };
    named.then_some(IdentityKind::Name)
}

/// Words that say that nothing is known, with which no name begins.
const UNSAID: [&str; 14] = [
    "non", "sans", "ne", "pas", "a", "en", "hors", "patient", "patiente", "inconnu", "inconnue",
    "anonyme", "aucun", "vide",
];

/// Whether a text is two to five words of letters, as first and last names are written: `DUPONT Jeanne`, `Le Goff, Yann`.
pub(crate) fn first_and_last_name(text: &str) -> bool {
    let words: Vec<&str> =
        text.split([' ', ',', '\u{a0}']).filter(|word| !word.is_empty()).collect();
    let letters = |word: &&str| {
        word.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’' | '.'))
    };
    let long = words.iter().filter(|word| word.chars().count() >= 2).count();

    let said = words.first().is_some_and(|first| !UNSAID.contains(&fold(first).as_str()));
    (2..=5).contains(&words.len()) && long >= 2 && said && words.iter().all(letters)
}

/// Whether a value that was refused where a code or a count belongs may tell of a person: a day, a long number, or anything that [`value`]
/// knows.
pub(crate) fn personal(text: &str) -> bool {
    let plain = plain(text);
    let digits = plain.bytes().filter(u8::is_ascii_digit).count();
    digits >= 9
        || matches(&DAY, &plain)
        || matches(&DATED, &plain)
        || value(&plain, Scope::Free).is_some()
}

/// The text with a sign in the place of its dates: `03-2025-03-31` has ten digits too.
fn without_dates(text: &str) -> Cow<'_, str> {
    match DATED.as_ref() {
        Some(dates) => dates.replace_all(text, "${1}*${2}"),
        None => Cow::Borrowed(text),
    }
}

/// A telephone number or an RPPS among the runs of digits of a text.
fn number(text: &str, scope: Scope) -> Option<IdentityKind> {
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        let bounded = i == 0 || !bytes[i - 1].is_ascii_alphanumeric();
        if !bounded || !(bytes[i].is_ascii_digit() || bytes[i] == b'+') {
            i += 1;
            continue;
        }

        let plus = bytes[i] == b'+';
        let (mut digits, mut length) = ([0u8; 24], 0);
        let mut end = i + usize::from(plus);

        while end < bytes.len()
            && (bytes[end].is_ascii_digit()
                || matches!(bytes[end], b' ' | b'.' | b'-' | b'(' | b')'))
            && length < 24
        {
            if bytes[end].is_ascii_digit() {
                digits[length] = bytes[end];
                length += 1;
            }
            end += 1;
        }

        // `06 12 34 56 78 ou`, `06-12-34-56-78.csv`: what follows the last digit is no part of the number.
        while end > i && !bytes[end - 1].is_ascii_digit() {
            end -= 1;
        }

        let run = &digits[..length];
        if !bytes.get(end).is_some_and(u8::is_ascii_alphanumeric) {
            let international = (plus && run.starts_with(b"33")) || run.starts_with(b"0033");
            let national = match run {
                [b'0', b'1'..=b'9', ..] if run.len() == 10 => national(text, i, end, scope),
                _ => international && (11..=14).contains(&run.len()),
            };

            if national {
                return Some(IdentityKind::Phone);
            }

            // In a column of keys one number in ten passes: the column tells.
            if scope != Scope::Key && run.len() == 11 && run.starts_with(b"10") && luhn(run) {
                return Some(IdentityKind::Practitioner);
            }
        }

        i = end.max(i + 1);
    }

    in_pairs(text, scope).then_some(IdentityKind::Phone)
}

pub(super) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let d = u32::from(b - b'0') * if i % 2 == 1 { 2 } else { 1 };
            if d > 9 { d - 9 } else { d }
        })
        .sum();

    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_the_place_of_a_pseudonym_are_a_name() {
        for name in [
            "DUPONT Jeanne",
            "Le Goff, Yann",
            "Éloïse d'Arc",
            "Marie-Anne L'Hôte",
            "de La Tour Jean",
        ] {
            assert!(first_and_last_name(name), "{name}");
        }
        for other in [
            "non renseigné",
            "Sans objet",
            "à compléter",
            "p7Qx 2mVb",
            "DUPONT",
            "patient anonyme",
            "A B",
            "",
        ] {
            assert!(!first_and_last_name(other), "{other}");
        }
    }
}
