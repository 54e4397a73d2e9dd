//! Names as people type them: folding of case and accents, near misses.

use base::text::unseen;
use strsim::osa_distance;
use unicode_normalization::UnicodeNormalization;

/// Folds case, accents and separators: `Date de Consultation`, `dateConsultation` and `DATE_CONSULTATION` → words joined by `_`.
pub(crate) fn fold(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut last_lower = false;

    for c in name.nfkd() {
        if unicode_normalization::char::is_combining_mark(c) {
            continue;
        }

        if c.is_alphanumeric() || c == '+' {
            if c.is_uppercase() && last_lower {
                out.push('_');
            }
            last_lower = c.is_lowercase() || c.is_numeric();
            out.extend(c.to_lowercase());
        } else {
            last_lower = false;
            if !out.is_empty() && !out.ends_with('_') {
                out.push('_');
            }
        }
    }

    while out.ends_with('_') {
        out.pop();
    }

    out
}

/// Folded, without separators: what two spellings of one name share.
pub(crate) fn compact(name: &str) -> String {
    fold(name).replace('_', "")
}

/// A letter or digit of another alphabet that looks like one of ours: Greek, Cyrillic, full-width, mathematical.
pub(crate) fn look_alike(c: char) -> bool {
    matches!(c, '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{52f}' | '\u{1f00}'..='\u{1fff}'
        | '\u{ff01}'..='\u{ff5e}' | '\u{1d400}'..='\u{1d7ff}')
}

/// The text with a sign for each character that prints nothing, or that prints as another one does: `⟨U+200B⟩`.
pub(crate) fn visible(text: &str) -> String {
    let shown = |c: char| match unseen(c) || look_alike(c) {
        true => format!("⟨U+{:04X}⟩", u32::from(c)),
        false => c.to_string(),
    };
    text.chars().map(shown).collect()
}

/// Edits (insert, delete, replace, swap neighbours) between two texts, of which the beginnings count: a cell may hold a whole
/// book, and the time grows with the product of the lengths.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let beginning = |text: &str| text.chars().take(80).collect::<String>();
    osa_distance(&beginning(a), &beginning(b))
}

/// The candidate that was probably meant, if one is close enough.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let wanted = compact(name);
    candidates
        .map(|c| {
            let candidate = compact(c);
            let prefixed = wanted.len() >= 4
                && (candidate.starts_with(&wanted) || wanted.starts_with(&candidate));

            (if prefixed { 1 } else { distance(&wanted, &candidate) }, c)
        })
        .filter(|(d, c)| *d <= 1.max(c.len() / 4))
        .min_by_key(|(d, _)| *d)
        .map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_fold_together() {
        for spelling in [
            "Date consultation",
            "DATE_CONSULTATION",
            "dateConsultation",
            " Date-Consultation ",
            "Dáte consultation",
        ] {
            assert_eq!(compact(spelling), "dateconsultation", "{spelling}");
        }
        assert_eq!(fold("DateNaissance"), "date_naissance");
        assert_eq!(fold("N° Sécu."), "n_secu");
    }

    #[test]
    fn what_prints_nothing_is_shown() {
        assert_eq!(visible("A\u{200b}-1\u{feff}"), "A⟨U+200B⟩-1⟨U+FEFF⟩");
        assert_eq!(visible("2\u{410}004"), "2⟨U+0410⟩004");
        assert_eq!(visible("Médicobus n° 1\u{a0}000"), "Médicobus n° 1\u{a0}000");
    }

    #[test]
    fn only_the_beginnings_of_long_texts_are_compared() {
        let long = "a".repeat(80);
        assert_eq!(distance(&long, &format!("{long}zzz")), 0);
        assert_eq!(distance("abcd", "abdc"), 1);
    }

    #[test]
    fn near_misses_are_suggested_and_far_ones_are_not() {
        let names = ["date_consultation", "code_commune", "sexe"];
        assert_eq!(nearest("date_consult", names.into_iter()), Some("date_consultation"));
        assert_eq!(nearest("code_comune", names.into_iter()), Some("code_commune"));
        assert_eq!(nearest("commentaire", names.into_iter()), None);
    }
}
