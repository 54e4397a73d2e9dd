//! The French social security number (NIR): its structure, its key, and the texts that may hold one.

use super::plain::plain;

/// Fifteen characters of a text, with what separates them.
struct DigitWindow {
    number: [u8; 15],
    start: usize,
    end: usize,
    /// Signs stand only where a NIR is cut: 1 85 05 78 006 084 91. Spaces may stand anywhere.
    regular: bool,
    dashed: bool,
    /// Nothing but the characters themselves.
    tight: bool,
}

/// Longest stretch that is read for one number.
const STRETCH: usize = 60;

/// The first `wanted` digits from `start` on, or as many characters of a Corsican number.
fn window(bytes: &[u8], start: usize, wanted: usize) -> Option<DigitWindow> {
    let mut found = DigitWindow {
        number: [0; 15],
        start,
        end: start,
        regular: true,
        dashed: false,
        tight: true,
    };
    let mut length = 0;

    for (at, b) in bytes.iter().enumerate().skip(start).take(STRETCH) {
        let b = b.to_ascii_uppercase();
        if b.is_ascii_digit() || (length == 6 && matches!(b, b'A' | b'B')) {
            found.number[length] = b;
            length += 1;
            if length == wanted {
                found.end = at + 1;
                return Some(found);
            }
        } else if b.is_ascii_alphabetic() {
            return None;
        } else {
            found.tight = false;
            found.dashed |= b == b'-';
            found.regular &= b == b' ' || matches!(length, 1 | 3 | 5 | 7 | 10 | 13);
        }
    }

    None
}

/// Where a run of digits begins.
fn starts(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    (0..bytes.len())
        .filter(|&i| bytes[i].is_ascii_digit() && (i == 0 || !bytes[i - 1].is_ascii_digit()))
}

/// A NIR with its right key in a text that [`plain`] wrote, where chance cannot have put it. What chance may have put there
/// is left to the whole column: [`any_nir`].
pub(super) fn has_nir(bytes: &[u8]) -> bool {
    starts(bytes)
        .filter_map(|i| window(bytes, i, 15))
        .any(|w| !bytes.get(w.end).is_some_and(u8::is_ascii_digit) && w.right() && w.sure(bytes))
}

/// Every window of fifteen characters, whatever it is glued to: whether there is one, and the first that is a NIR with its right key.
pub(super) fn any_nir(bytes: &[u8]) -> Option<Option<[u8; 15]>> {
    let mut windows = (0..bytes.len())
        .filter(|&i| bytes[i].is_ascii_digit())
        .filter_map(|i| window(bytes, i, 15))
        .peekable();

    windows.peek()?;
    Some(windows.find(DigitWindow::right).map(|w| w.number))
}

/// A number of thirteen characters that stands between signs: a NIR without its key, perhaps with something after it.
pub(super) fn thirteen(bytes: &[u8]) -> Option<[u8; 13]> {
    standing_alone(bytes, 13)
}

/// The body of the first number of so many characters that stands between signs.
fn standing_alone(bytes: &[u8], length: usize) -> Option<[u8; 13]> {
    let alone = |w: &DigitWindow| {
        let touches =
            |i: Option<usize>| i.and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii_alphanumeric);
        w.regular && !touches(w.start.checked_sub(1)) && !touches(Some(w.end))
    };

    starts(bytes)
        .filter_map(|i| window(bytes, i, length))
        .find(alone)
        .and_then(|w| w.number[..13].try_into().ok())
}

/// Whether a text of which there is only one, so that no column tells, holds a NIR without its key, or with a wrong one: a slip of
/// the hand leaves it an identity.
pub(super) fn keyless(text: &str) -> bool {
    let text = plain(text);
    let mistyped = |number: [u8; 13]| {
        matches!(number[0], b'1' | b'2') && nir_shape(&number) && !dated(&number)
    };
    thirteen(text.as_bytes()).is_some_and(|number| birth_number(&number))
        || standing_alone(text.as_bytes(), 15).is_some_and(mistyped)
}

/// Whether thirteen characters may be a NIR without its key and are no date before a counter.
pub(super) fn birth_number(number: &[u8; 13]) -> bool {
    nir_shape(number) && known_birth(number) && !dated(number)
}

impl DigitWindow {
    fn right(&self) -> bool {
        nir_shape(&self.number[..13]) && nir_key(&self.number)
    }

    /// Whether this one value tells, the key being right. One number in a hundred has a right key by chance, and one stretch of
    /// fifteen digits comes in one of twenty-five pseudonyms of 64 hexadecimal characters: what surrounds the number must exclude that it is a part of such
    /// a pseudonym or a date before a counter.
    fn sure(&self, bytes: &[u8]) -> bool {
        let alone = |b: &&u8| b.is_ascii_alphanumeric();
        let before = bytes[..self.start].iter().rev().take_while(alone).count();
        let after = bytes[self.end..].iter().take_while(alone).count();
        let birth = known_birth(&self.number);

        if before + after == 0 {
            return self.regular && (birth || !dated(&self.number));
        }

        let head = &bytes[self.start - before..self.start];
        let tail = &bytes[self.end..self.end + after];
        birth && self.regular && !self.by_chance(head, tail)
    }

    /// Whether the number may be a stretch of a hexadecimal pseudonym, before and behind which a few other letters may stand: `P9f86d0…`.
    fn by_chance(&self, head: &[u8], tail: &[u8]) -> bool {
        let other = |b: &u8| !b.is_ascii_hexdigit();
        let front = head.iter().take(4).rposition(other).map_or(0, |i| i + 1);
        let back = tail.iter().rev().take(4).rposition(other).map_or(0, |i| i + 1);
        let (head, tail) = (&head[front..], &tail[..tail.len() - back]);

        let around = || head.iter().chain(tail);
        if !around().all(u8::is_ascii_hexdigit) {
            return false;
        }
        if !self.tight {
            // A UUID.
            return self.dashed;
        }

        // Letters alone come around fifteen digits in pseudonyms of sixteen characters only; other lengths are those of cut hashes.
        let length = head.len() + tail.len() + 15;
        let digits = around().any(u8::is_ascii_digit);
        length == 16 || (digits && (length.is_multiple_of(4) || length >= 28))
    }
}

/// Sex 1 or 2 and a month of the calendar: more than 99 in 100 of all numbers.
fn known_birth(n: &[u8]) -> bool {
    matches!(
        n,
        [b'1' | b'2', _, _, b'0', b'1'..=b'9', ..] | [b'1' | b'2', _, _, b'1', b'0'..=b'2', ..]
    )
}

/// Whether a number begins with `aaaammjj`, as one counted by the day does.
pub(super) fn dated(n: &[u8]) -> bool {
    matches!(n, [b'1', b'9', ..] | [b'2', b'0', ..])
        && (1..=12).contains(&two(n, 4))
        && (1..=31).contains(&two(n, 6))
}

/// Two digits as a number, 0 where there are none.
pub(super) fn two(n: &[u8], at: usize) -> u32 {
    n.get(at..at + 2)
        .and_then(|s| std::str::from_utf8(s).ok())
        .and_then(|s| s.parse().ok())
        .unwrap_or(0)
}

/// The structure of the 13 characters before the key: sex, month, département.
pub(super) fn nir_shape(n: &[u8]) -> bool {
    matches!(n.first(), Some(b'1' | b'2' | b'3' | b'4' | b'7' | b'8'))
        && (matches!(two(n, 3), 1..=12 | 20 | 30..=42 | 50..=99))
        && (n.get(6).is_some_and(u8::is_ascii_alphabetic) && n.get(5) == Some(&b'2')
            || (1..=99).contains(&two(n, 5)))
}

pub(super) fn nir_key(n: &[u8; 15]) -> bool {
    let mut body = [0u8; 13];
    body.copy_from_slice(&n[..13]);

    // Corsica: 2A counts as 19 and 2B as 18.
    match body[6] {
        b'A' => body[5..7].copy_from_slice(b"19"),
        b'B' => body[5..7].copy_from_slice(b"18"),
        _ => {}
    }

    let fold = |d: &[u8]| d.iter().fold(0u64, |sum, b| sum * 10 + u64::from(b - b'0'));
    97 - fold(&body) % 97 == fold(&n[13..])
}
