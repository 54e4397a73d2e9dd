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

/// The text without what a terminal would run and what turns the reading direction around: blanks stand for line ends and
/// tabs, `\u{fffd}` for every other control character and mark of direction.
pub fn printable(text: &str) -> String {
    let direction = |c| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let shown = |c: char| match c {
        '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => ' ',
        c if c.is_control() || direction(c) => char::REPLACEMENT_CHARACTER,
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
    fn nothing_that_a_terminal_runs_is_left() {
        let said = printable("a\u{1b}[31mb\u{202e}c\u{9b}d\ne\té l’œuf 8\u{a0}% ✓");
        assert_eq!(said, "a\u{fffd}[31mb\u{fffd}c\u{fffd}d e é l’œuf 8\u{a0}% ✓");
    }
}
