//! Telephone numbers. Ten digits behind a zero may be one, or a day before a counter (`0103202502`), an identifier, a table's row
//! (`01 02 03 04 05`), an amount (`0 612 345 678`): what stands around them decides. They are a telephone number
//!
//! - behind or before a word that announces one (« tél. », « appeler », « joindre », « contact »…), however they are written;
//! - in five pairs, parted by blanks, dots and dashes or all by one same sign, unless the pairs are counted by equal steps;
//! - as one word that begins as a mobile's does, 06 or 07, where no keys are looked for.
//!
//! A delivery is refused whole for one of them: nothing else is evidence enough there. The author of a comment can write it otherwise: there
//! any grouping is one, thousands apart, and so are the last five pairs of a longer row.

use super::Scope;
use crate::text::fold;

/// Characters before a number, and after it, in which a word may announce it.
const BEFORE: usize = 60;
const AFTER: usize = 25;

/// Whether ten digits that begin as a telephone number does are one. They stand in `text` from `start` to `end`.
pub(super) fn national(text: &str, start: usize, end: usize, scope: Scope) -> bool {
    let written = &text.as_bytes()[start..end];
    let groups = written.split(|b| !b.is_ascii_digit()).map(<[u8]>::len);
    let groups: Vec<usize> = groups.filter(|n| *n > 0).collect();
    let mobile = matches!(written, [_, b'6' | b'7', ..]);

    let shaped = match groups[..] {
        [2, 2, 2, 2, 2] => !counted(written),
        [4, 2, 2, 2] => true,
        [10] => mobile && scope != Scope::Key,
        [1, 3, 3, 3] => false,
        _ => scope == Scope::Printed,
    };
    shaped || (scope != Scope::Key && announced(text, start, end))
}

/// Whether five pairs parted by one same sign stand in a text: `06/12/34/56/78`. Keys hold others.
pub(super) fn in_pairs(text: &str, scope: Scope) -> bool {
    if scope == Scope::Key {
        return false;
    }
    let bytes = text.as_bytes();
    let mut starts = (0..bytes.len())
        .filter(|&i| bytes[i] == b'0' && (i == 0 || !bytes[i - 1].is_ascii_alphanumeric()));

    starts.any(|start| {
        let Some((sign, end)) = five_pairs(text, start) else {
            return false;
        };
        let usual = matches!(sign, "/" | "_" | " " | "." | "-");
        let longer = text[..start].strip_suffix(sign).is_some_and(|t| t.ends_with(digit))
            || text[end..].strip_prefix(sign).is_some_and(|t| t.starts_with(digit));
        let alone = scope == Scope::Printed || (usual && !longer);
        alone && !counted(&bytes[start..end])
    })
}

fn digit(c: char) -> bool {
    c.is_ascii_digit()
}

/// The sign between five pairs from `start` on, of which the first may begin a telephone number, and where they end.
fn five_pairs(text: &str, start: usize) -> Option<(&str, usize)> {
    let pair = |at: usize| {
        text.as_bytes()
            .get(at..at + 2)?
            .iter()
            .all(u8::is_ascii_digit)
            .then_some(at + 2)
    };
    let mut end = pair(start)?;
    if text.as_bytes()[start + 1] == b'0' {
        return None;
    }

    let rest = &text[end..];
    let sign = &rest[..rest.find(char::is_alphanumeric)?];
    if sign.is_empty() || sign.len() > 4 {
        return None;
    }
    for _ in 0..4 {
        end = text[end..].starts_with(sign).then(|| pair(end + sign.len())).flatten()?;
    }
    (!text[end..].starts_with(char::is_alphanumeric)).then_some((sign, end))
}

/// Pairs that go up or down by equal steps: the columns of a table, the weeks of a quarter.
fn counted(written: &[u8]) -> bool {
    let digits: Vec<i32> = written
        .iter()
        .filter(|b| b.is_ascii_digit())
        .map(|b| i32::from(b - b'0'))
        .collect();
    let pairs: Vec<i32> =
        digits.chunks(2).map(|pair| pair.iter().fold(0, |n, d| n * 10 + d)).collect();
    pairs.windows(3).all(|three| three[1] - three[0] == three[2] - three[1])
}

/// Whether a word nearby says that the number is a telephone's.
fn announced(text: &str, start: usize, end: usize) -> bool {
    let back = text[..start].char_indices().rev().nth(BEFORE - 1).map_or(0, |(i, _)| i);
    let on = text[end..].char_indices().nth(AFTER).map_or(text.len(), |(i, _)| end + i);

    [&text[back..start], &text[end..on]].iter().any(|near| {
        fold(near).split('_').any(|word| {
            let starts = ["telephon", "joign", "contact", "rappele", "whatsapp"];
            starts.iter().any(|start| word.starts_with(start))
                || matches!(
                    word,
                    "tel"
                        | "tels"
                        | "appeler"
                        | "appelez"
                        | "appelle"
                        | "appelons"
                        | "joindre"
                        | "portable"
                        | "gsm"
                        | "sms"
                        | "fax"
                        | "standard"
                )
        })
    })
}
