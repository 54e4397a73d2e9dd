//! Forms and words that a sender may state: dates, separator, yes and no.

use base::error::{Error, Result};

use super::stated::StatedDialect;
use crate::formats::csv_blocks::Encoding;
use crate::identity;
use crate::rows::values::DateForm;
use crate::text::{compact, fold};

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

impl StatedDialect {
    /// Refuses a form that could not be followed, rather than detect another one in silence.
    pub(crate) fn check(&self) -> Result<()> {
        let wrong = |key: &str, text: &str, hint: &str| {
            Error::refused(format!(
                "[dialecte] : la valeur {} de {key} n'est pas comprise",
                identity::quoted(text, 20)
            ))
            .hint(hint)
        };

        let date_form = |text: &str| DATE_FORMS.iter().any(|(name, ..)| *name == compact(text));
        #[allow(clippy::type_complexity, reason = "a table of cases, read in one place")]
        let forms: [(&str, &Option<String>, &dyn Fn(&str) -> bool, &str); 4] = [
            (
                "separateur",
                &self.separator,
                &|text| stated_separator(text).is_some(),
                "séparateurs admis : \",\", \";\", \"|\" et \"tab\"",
            ),
            (
                "encodage",
                &self.encoding,
                &|text| Encoding::named(text).is_some(),
                "encodages admis : utf-8, windows-1252, iso-8859-15",
            ),
            (
                "decimale",
                &self.decimal_mark,
                &|text| matches!(text, "," | "."),
                "décimales admises : \",\" (virgule) et \".\" (point)",
            ),
            (
                "format_date",
                &self.date_form,
                &date_form,
                "formats admis : \"iso\" (AAAA-MM-JJ), \"jj/mm/aaaa\", \"mm/jj/aaaa\" et \"excel\"",
            ),
        ];
        for (key, stated, understood, hint) in forms {
            if let Some(text) = stated.as_deref().filter(|text| !understood(text)) {
                return Err(wrong(key, text, hint));
            }
        }

        let words = YesNoWords::of(self);
        for (key, list) in [("oui", &words.yes), ("non", &words.no)] {
            if list.iter().any(|w| w.is_empty() || w.len() > 20) || list.len() > 20 {
                let hint = "donnez une liste de mots courts, par exemple oui = [\"x\"], non = [\"-\", \"néant\"]";
                return Err(wrong(key, "", hint));
            }
        }
        if words.yes.iter().any(|w| words.no.contains(w)) {
            let hint = "un même mot ne peut pas vouloir dire oui et non";
            return Err(wrong("oui", "", hint));
        }

        Ok(())
    }
}
