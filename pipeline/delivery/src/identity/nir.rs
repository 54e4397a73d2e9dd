//! The French social security number (NIR): its structure, its key, and the texts that may hold one.

/// A NIR with its key anywhere in the text, letters glued to it allowed. Spaces of any width, dots and dashes may stand anywhere
/// inside; `/` and `_`, which also join the parts of identifiers, only where a NIR is cut: 1 85 05 78 006 084 91.
pub(super) fn has_nir(bytes: &[u8]) -> bool {
    let starts = |i: usize| bytes[i].is_ascii_digit() && (i == 0 || !bytes[i - 1].is_ascii_digit());
    (0..bytes.len()).filter(|&i| starts(i)).any(|i| {
        let mut number = [0u8; 15];
        let mut length = 0;
        let mut end = i;
        let mut odd_cut = false;

        while end < bytes.len() && length < 15 {
            let b = bytes[end].to_ascii_uppercase();
            if b.is_ascii_digit() || (length == 6 && (b == b'A' || b == b'B')) {
                number[length] = b;
                length += 1;
            } else if matches!(b, b'/' | b'_') {
                odd_cut |= length < 15 && !matches!(length, 1 | 3 | 5 | 7 | 10 | 13);
            } else if !matches!(b, b' ' | b'.' | b'-') && !WIDE.contains(&b) {
                break;
            }

            end += 1;
        }

        length == 15
            && !odd_cut
            && !bytes.get(end).is_some_and(u8::is_ascii_digit)
            && nir_shape(&number[..13])
            && nir_key(&number)
            && !by_chance(bytes, i, end, &number)
    })
}

/// Bytes of the spaces and dashes that typography puts inside numbers: U+00A0, U+2009, U+202F, U+2010, U+2011, U+2013.
const WIDE: [u8; 9] = [0xC2, 0xA0, 0xE2, 0x80, 0x89, 0xAF, 0x90, 0x91, 0x93];

/// Whether the digits of `bytes[start..end]` may be a stretch of a hexadecimal pseudonym: one in some hundred thousand of these
/// holds a right NIR by chance, and a delivery has more. A whole column of them is told by [`super::Shapes`]. Letters before a date and a
/// counter make an identifier too: beside letters, only the months of a known birth count.
fn by_chance(bytes: &[u8], start: usize, end: usize, number: &[u8; 15]) -> bool {
    let part = |b: &u8| b.is_ascii_alphanumeric() || *b == b'-';
    let before = bytes[..start].iter().rev().take_while(|b| part(b)).count();
    let after = bytes[end..].iter().take_while(|b| part(b)).count();
    let token = &bytes[start - before..end + after];
    let glued = token.len() > end - start;
    let birth = matches!(number[0], b'1' | b'2')
        && matches!(&number[3..5], [b'0', b'1'..=b'9'] | [b'1', b'0'..=b'2']);
    glued && (!birth || token.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-'))
}

/// The 15 characters of a NIR with at most three letters on one side, if that is what the text is.
pub(super) fn glued(bytes: &[u8]) -> Option<[u8; 15]> {
    if !(16..=18).contains(&bytes.len()) {
        return None;
    }
    let letters = bytes.len() - 15;
    let digits = |s: &[u8]| s.iter().all(u8::is_ascii_digit);
    let alone = |s: &[u8]| s.iter().all(u8::is_ascii_alphabetic);

    let (head, tail) = (&bytes[letters..], &bytes[..15]);
    let found = if alone(&bytes[..letters]) && digits(head) {
        head
    } else if alone(&bytes[15..]) && digits(tail) {
        tail
    } else {
        return None;
    };

    found.try_into().ok()
}

/// The structure of the 13 characters before the key: sex, month, département.
pub(super) fn nir_shape(n: &[u8]) -> bool {
    let two = |i: usize| -> u32 {
        n.get(i..i + 2)
            .and_then(|s| std::str::from_utf8(s).ok())
            .and_then(|s| s.parse().ok())
            .unwrap_or(0)
    };

    let month = two(3);
    matches!(n.first(), Some(b'1' | b'2' | b'3' | b'4' | b'7' | b'8'))
        && (matches!(month, 1..=12 | 20 | 30..=42 | 50..=99))
        && (n.get(6).is_some_and(u8::is_ascii_alphabetic) && n.get(5) == Some(&b'2')
            || (1..=99).contains(&two(5)))
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
