//! Small forms of text: the program's name, hashes in hexadecimal, cells that a spreadsheet would run.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

/// Program and version, as documents and data files name their maker.
pub const PROGRAM: &str = concat!("medicobus ", env!("CARGO_PKG_VERSION"));

/// SHA-256 of `bytes`, hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// SHA-256 of a file, hexadecimal, read piece by piece.
///
/// # Errors
/// If it cannot be read.
pub fn sha256_of_file(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; 1 << 17];

    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hex::encode(hash.finalize())),
            read => hash.update(&piece[..read]),
        }
    }
}

/// Text that a spreadsheet would take for a formula gets an apostrophe in front, as OWASP advises against CSV injection.
pub fn neutral(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_string()
    }
}

/// Why bytes are no text in Unicode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotUnicode {
    /// Line of the first byte that is none, from 1.
    pub line: usize,
    /// What the file is, and the encoding that it is likely in.
    pub what: &'static str,
    /// Another alphabet's bytes, that Windows-1252 may read; not UTF-16, whole or damaged.
    one_byte: bool,
}

/// Line, from 1, of what follows these bytes.
pub fn line_after(before: &[u8]) -> usize {
    1 + before.iter().filter(|b| **b == b'\n').count()
}

/// The text of a file in UTF-8, or in UTF-16 behind its mark; a mark is no part of it.
///
/// # Errors
/// In any other encoding, with the line and a guess.
pub fn unicode(bytes: &[u8]) -> Result<String, NotUnicode> {
    let told = |at: usize, what, one_byte| NotUnicode {
        line: line_after(&bytes[..at]),
        what,
        one_byte,
    };

    let (encoding, mark) = encoding_rs::Encoding::for_bom(bytes).unwrap_or((encoding_rs::UTF_8, 0));
    if encoding != encoding_rs::UTF_8 {
        let text = encoding.decode_without_bom_handling_and_without_replacement(&bytes[mark..]);
        let text = text.map(std::borrow::Cow::into_owned);
        return text.ok_or(told(0, "le texte UTF-16 est abîmé", false));
    }
    if let Some(at) = bytes.iter().position(|b| *b == 0) {
        // Every other byte of a text in UTF-16 is one; else it is a stray one.
        let nulls = bytes.iter().filter(|b| **b == 0).count();
        let what = match nulls * 4 > bytes.len() {
            true => "le fichier n'est pas en UTF-8, sans doute en UTF-16",
            false => "le texte contient un octet nul (U+0000), que rien n'affiche : il est abîmé",
        };
        return Err(told(at, what, false));
    }

    std::str::from_utf8(&bytes[mark..]).map(str::to_owned).map_err(|e| {
        // Accented letters stand above 0xC0 in Windows-1252, below 0xA0 in the code pages of DOS and in Mac Roman.
        let strange = bytes[mark..].iter().filter(|b| !b.is_ascii());
        let (high, low): (Vec<u8>, Vec<u8>) = strange.partition(|b| **b >= 0xC0);
        let what = if high.len() >= low.len() {
            "le fichier n'est pas en UTF-8, sans doute en Windows-1252 (« ANSI »)"
        } else {
            "le fichier n'est pas en UTF-8, sans doute en page de code 850 ou en Mac Roman"
        };
        told(mark + e.valid_up_to(), what, true)
    })
}

/// The same, where what is not in Unicode is taken for Windows-1252, as spreadsheets and notepads save it.
///
/// # Errors
/// In UTF-16 without its mark or damaged.
pub fn unicode_or_ansi(bytes: &[u8]) -> Result<String, NotUnicode> {
    let ansi = || encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned();
    unicode(bytes).or_else(|e| if e.one_byte { Ok(ansi()) } else { Err(e) })
}

/// The letters by which a spreadsheet names a column, counted from 0: `A`, `Z`, `AA`.
pub fn column_letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        let digit = (rest - 1) % 26;
        letters.push(char::from(b'A' + digit as u8));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// Turns the reading direction around, and prints nothing itself.
pub fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Prints nothing: controls, marks of direction, joiners, selectors, soft hyphens. Two words that look the same may differ by it.
pub fn unseen(c: char) -> bool {
    c.is_control()
        || turns(c)
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// The text without what a terminal would run and what turns the reading direction around: blanks stand for line ends and
/// tabs, `\u{fffd}` for every other control character and mark of direction.
pub fn printable(text: &str) -> String {
    let shown = |c: char| match c {
        '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => ' ',
        c if c.is_control() || turns(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    };

    text.chars().map(shown).collect()
}

/// The candidate nearest to `word` by edit distance, if near enough to be a slip.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|c| (strsim::damerau_levenshtein(word, c), c))
        .filter(|(distance, c)| *distance <= 2.max(c.len() / 3))
        .min()
        .map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_as_spreadsheets_name_them() {
        let named = [0, 25, 26, 51, 52, 701, 702].map(column_letters);
        assert_eq!(named, ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }

    #[test]
    fn nothing_that_a_terminal_runs_is_left() {
        let said = printable("a\u{1b}[31mb\u{202e}c\u{9b}d\ne\té l’œuf 8\u{a0}% ✓");
        assert_eq!(said, "a\u{fffd}[31mb\u{fffd}c\u{fffd}d e é l’œuf 8\u{a0}% ✓");
    }

    #[test]
    fn encodings_are_read_or_named() {
        let units = |text: &str, bytes: fn(u16) -> [u8; 2]| {
            text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>()
        };
        for read in [
            "été".as_bytes().to_vec(),
            "\u{feff}été".as_bytes().to_vec(),
            units("\u{feff}été", u16::to_le_bytes),
            units("\u{feff}été", u16::to_be_bytes),
        ] {
            assert_eq!(unicode(&read).as_deref(), Ok("été"), "{read:?}");
        }

        for (bytes, line, encoding) in [
            (b"a\n\xe9t\xe9".to_vec(), 2, "Windows-1252"),
            (b"\x82t\x82".to_vec(), 1, "page de code 850"),
            (units("a", u16::to_le_bytes), 1, "UTF-16"),
            (b"\xff\xfea".to_vec(), 1, "abîmé"),
        ] {
            let said = unicode(&bytes).unwrap_err();
            assert!(said.line == line && said.what.contains(encoding), "{bytes:?}: {said:?}");
            assert_eq!(
                unicode_or_ansi(&bytes).is_err(),
                encoding == "UTF-16" || encoding == "abîmé"
            );
        }
    }

    #[test]
    fn ansi_is_read_where_it_is_allowed() {
        assert_eq!(unicode_or_ansi(b"\xe9t\xe9").as_deref(), Ok("été"));
    }
}
