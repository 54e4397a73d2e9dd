//! What the shape of one value gives away.

use std::sync::LazyLock;

use regex::Regex;

use super::nir::has_nir;
use super::{IdentityKind, Scope};

static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b\d{1,4}\s*(bis|ter|quater)?\s*,?\s+(rue|avenue|av\.?|boulevard|bd|impasse|all[ée]e|chemin|place|route|quai|lotissement|r[ée]sidence|square|faubourg|ruelle|venelle|lieu[- ]dit)\s+\p{L}").ok()
});
static BIRTH: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\bn[ée]e?\s*\(?e?\)?\s+(le|en|à)\s").ok());
static CIVILITY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\b(Mme|Mlle|MME|MLLE|Madame|Monsieur|Mademoiselle|M\.|MR|Mr)\s+\p{Lu}").ok()
});
static EMAIL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+").ok());

fn matches(regex: &LazyLock<Option<Regex>>, text: &str) -> bool {
    regex.as_ref().is_some_and(|r| r.is_match(text))
}

/// What the shape of a value gives away.
pub(crate) fn value(text: &str, scope: Scope) -> Option<IdentityKind> {
    let bytes = text.as_bytes();
    if bytes.len() < 6 {
        return None;
    }
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();

    if digits >= 10 {
        if digits >= 13 && has_nir(bytes) {
            return Some(IdentityKind::Nir);
        }
        if let Some(kind) = number(bytes) {
            return Some(kind);
        }
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

    (scope == Scope::Free && matches(&CIVILITY, text)).then_some(IdentityKind::Name)
}

/// A telephone number or an RPPS among the runs of digits of a text.
fn number(bytes: &[u8]) -> Option<IdentityKind> {
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

        // `04-03-2025 08:30` has ten digits too.
        let dated = date_first(&bytes[i..]);
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

        let run = &digits[..length];
        if !bytes.get(end).is_some_and(u8::is_ascii_alphanumeric) {
            let international = (plus && run.starts_with(b"33")) || run.starts_with(b"0033");
            let national = match run {
                [b'0', b'1'..=b'9', ..] if run.len() == 10 => !dated,
                _ => international && (11..=14).contains(&run.len()),
            };

            if national {
                return Some(IdentityKind::Phone);
            }

            if run.len() == 11 && run.starts_with(b"10") && luhn(run) {
                return Some(IdentityKind::Practitioner);
            }
        }

        i = end.max(i + 1);
    }

    None
}

/// Whether a text begins with `jj-mm-aaaa` and a blank.
fn date_first(bytes: &[u8]) -> bool {
    bytes.len() > 10
        && bytes[10] == b' '
        && matches!(bytes[2], b'-' | b'.')
        && bytes[5] == bytes[2]
        && [0, 1, 3, 4, 6, 7, 8, 9].iter().all(|i| bytes[*i].is_ascii_digit())
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
