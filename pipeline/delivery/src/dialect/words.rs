//! Forms and words that a sender may state: dates, separator, yes and no.

use crate::header::StatedDialect;
use crate::rows::values::DateForm;
use crate::text::fold;

/// The forms of dates that a sender may state: folded name, form, label.
pub(crate) const DATE_FORMS: [(&str, DateForm, &str); 5] = [
    ("iso", DateForm::Iso, "AAAA-MM-JJ"),
    ("aaaammjj", DateForm::Iso, "AAAA-MM-JJ"),
    ("jjmmaaaa", DateForm::French, "jj/mm/aaaa"),
    ("mmjjaaaa", DateForm::American, "mm/jj/aaaa"),
    ("excel", DateForm::Serial, "numéros Excel"),
];

/// The separator that a sender states, if it is one.
pub(crate) fn stated_separator(text: &str) -> Option<u8> {
    match text {
        "tab" | "\\t" | "\t" | "tabulation" => Some(b'\t'),
        "," | ";" | "|" => Some(text.as_bytes()[0]),
        _ => None,
    }
}

/// Words for yes and no that a sender states; they come before the usual ones.
#[derive(Debug, Clone, Default)]
pub(crate) struct YesNoWords {
    pub(crate) yes: Vec<String>,
    pub(crate) no: Vec<String>,
}

impl YesNoWords {
    /// Those of `[dialecte]`.
    pub(crate) fn of(stated: &StatedDialect) -> Self {
        let list = |words: &Option<Vec<String>>| {
            let words = words.iter().flatten();
            words.map(|w| Self::key(w)).collect()
        };
        Self {
            yes: list(&stated.yes),
            no: list(&stated.no),
        }
    }

    /// Whether the sender states none.
    pub(crate) fn is_empty(&self) -> bool {
        self.yes.is_empty() && self.no.is_empty()
    }

    /// Case, accents and blanks do not count; a sign alone is a word too.
    pub(super) fn key(text: &str) -> String {
        let folded = fold(text);
        if folded.is_empty() { text.trim().to_owned() } else { folded }
    }

    /// The stored word of a yes or a no in any writing.
    pub(crate) fn yes_no(&self, text: &str) -> Option<&'static str> {
        let key = Self::key(text);
        if self.yes.contains(&key) {
            return Some("oui");
        }
        if self.no.contains(&key) {
            return Some("non");
        }

        match key.as_str() {
            "oui" | "o" | "yes" | "y" | "true" | "vrai" | "1" | "1_0" => Some("oui"),
            "non" | "n" | "no" | "false" | "faux" | "0" | "0_0" => Some("non"),
            "inconnu" | "inc" | "inconnue" | "nsp" => Some("inconnu"),
            _ => None,
        }
    }
}
