//! A text without what hides digits from a search.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization;

/// Characters that print nothing or sit on another one: zero-width, direction, joiners, soft hyphen, combining marks.
static UNSEEN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[\p{Cf}\p{Mn}\p{Me}]").ok());
static DASH: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[\p{Pd}\u{2212}]").ok());

/// The text as a reader sees it: full-width digits and wide spaces in their plain form, invisible characters dropped, every dash
/// a `-` and every blank a space.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| b.is_ascii() && !b.is_ascii_control()) {
        return Cow::Borrowed(text);
    }

    let mut out: String = text.nfkc().map(simple).collect();
    for (regex, by) in [(&UNSEEN, ""), (&DASH, "-")] {
        if let Some(regex) = regex.as_ref() {
            out = regex.replace_all(&out, by).into_owned();
        }
    }

    Cow::Owned(out)
}

/// Blanks as spaces, the two Arabic rows of digits as ours.
fn simple(c: char) -> char {
    let digit = match c {
        '\u{660}'..='\u{669}' => u32::from(c) - 0x660,
        '\u{6f0}'..='\u{6f9}' => u32::from(c) - 0x6f0,
        _ if c.is_whitespace() || c.is_control() => return ' ',
        _ => return c,
    };

    char::from_digit(digit, 10).unwrap_or(c)
}
