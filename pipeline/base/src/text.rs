//! Small forms of text: the program's name, hashes in hexadecimal, cells that a spreadsheet would run.

use sha2::{Digest, Sha256};

/// Program and version, as documents and data files name their maker.
pub const PROGRAM: &str = concat!("medicobus ", env!("CARGO_PKG_VERSION"));

/// SHA-256 of `bytes`, hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Text that a spreadsheet would take for a formula gets an apostrophe in front, as OWASP advises against CSV injection.
pub fn neutral(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_string()
    }
}

/// The candidate nearest to `word` by edit distance, if near enough to be a slip.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|c| (strsim::damerau_levenshtein(word, c), c))
        .filter(|(distance, c)| *distance <= 2.max(c.len() / 3))
        .min()
        .map(|(_, c)| c)
}
