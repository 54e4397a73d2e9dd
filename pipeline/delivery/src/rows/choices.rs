//! Values of a closed list, in any spelling that leaves no doubt.

use crate::dialect::YesNoWords;
use crate::text::{compact, distance};

/// The admitted values of a field.
pub(crate) struct Choices {
    pub(super) values: Vec<String>,
    /// The same, as [`loose`] writes them.
    folded: Vec<String>,
    pub(super) yes_no: bool,
}

impl Choices {
    pub(super) fn new(values: &[String], yes_no: bool) -> Self {
        Self {
            folded: values.iter().map(|v| loose(v)).collect(),
            values: values.to_vec(),
            yes_no,
        }
    }

    /// The value that a text stands for; `words` are the sender's for yes and no.
    pub(super) fn admit(&self, text: &str, words: Option<&YesNoWords>) -> Option<&str> {
        if let Some(words) = words {
            let word = words.yes_no(text)?;
            return self.values.iter().find(|v| *v == word).map(String::as_str);
        }

        let wanted = loose(text);
        if let Some(i) = self.folded.iter().position(|f| *f == wanted) {
            return Some(&self.values[i]);
        }

        // A spreadsheet turns `01` into `1`: unambiguous when one value only has this number.
        let number = text.strip_suffix(".0").unwrap_or(text);
        let same_number = |v: &&String| v.trim_start_matches('0') == number && !number.is_empty();
        let mut found = self.values.iter().filter(same_number);
        let first = found.next()?;

        found.next().is_none().then_some(first.as_str())
    }

    /// Whether a text is a part of an admitted value, or an admitted value with at most two wrong letters.
    pub(super) fn near_miss(&self, text: &str) -> bool {
        text.chars().count() <= 32
            && self.values.iter().any(|v| {
                compact(v).contains(&compact(text)) || distance(&loose(text), &loose(v)) <= 2
            })
    }

    /// What to do about a text that is not admitted.
    pub(super) fn hint(&self, text: &str) -> String {
        let edits = |v: &&String| distance(&loose(text), &loose(v));
        // An age is near no range by its digits.
        let number = text.bytes().all(|b| b.is_ascii_digit());
        let near = self.values.iter().min_by_key(edits).filter(|_| !number);
        let admitted = self.values.join(", ");

        // Of a letter or two, another one is another word: « H » is no « F ».
        let most = 2.min(loose(text).chars().count() / 2);
        match near.filter(|v| edits(v) <= most) {
            Some(v) => format!("s'agit-il de « {v} » ? valeurs admises : {admitted}"),
            None => format!("valeurs admises : {admitted}"),
        }
    }
}

/// Equality of two short words, most of which differ in their first letter or their length.
pub(super) fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.as_bytes().first() == b.as_bytes().first() && a == b
}

/// Folded without separators, `+` and digits kept: `80 +` and `80+` meet, `0-16` and `00-16` too.
fn loose(text: &str) -> String {
    compact(text).trim_start_matches('0').to_owned()
}
