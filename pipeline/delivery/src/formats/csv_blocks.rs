//! A CSV file as blocks of whole lines in UTF-8: encoding, limits and hostile input are dealt with here.

use std::collections::VecDeque;
use std::io::Read;

use encoding_rs::{Decoder, ISO_8859_15, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::container::limits::SizeLimits;
pub(crate) use crate::formats::fault::Fault;
use crate::formats::foreign::foreign;
use crate::formats::records::{Block, PART_ROWS};
use crate::formats::row_ends::{last_row_end, line_breaks};

/// Bytes asked of the file at a time.
const STEP: usize = 2 << 20;

/// How the characters of a file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Nothing but ASCII so far.
    Ascii,
    Utf8,
    Utf8Bom,
    Windows1252,
    Latin9,
    Utf16Le,
    Utf16Be,
}

impl Encoding {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Encoding::Ascii | Encoding::Utf8 => "UTF-8",
            Encoding::Utf8Bom => "UTF-8 avec BOM",
            Encoding::Windows1252 => "Windows-1252",
            Encoding::Latin9 => "ISO-8859-15",
            Encoding::Utf16Le => "UTF-16 LE",
            Encoding::Utf16Be => "UTF-16 BE",
        }
    }

    /// The encoding named in `[dialecte]`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match crate::text::compact(name).as_str() {
            "utf8" => Some(Encoding::Utf8),
            "windows1252" | "cp1252" | "ansi" => Some(Encoding::Windows1252),
            "iso885915" | "latin9" => Some(Encoding::Latin9),
            _ => None,
        }
    }

    /// Guesses from the first bytes. Bytes 80–9F print in Windows-1252 only; A4, BC, BD and BE are `€ŒœŸ` in ISO-8859-15
    /// and signs that no delivery needs in Windows-1252.
    pub(crate) fn detect(sample: &[u8]) -> Self {
        match sample {
            [0xEF, 0xBB, 0xBF, ..] => return Encoding::Utf8Bom,
            [0xFF, 0xFE, ..] => return Encoding::Utf16Le,
            [0xFE, 0xFF, ..] => return Encoding::Utf16Be,
            _ if sample.is_ascii() => return Encoding::Ascii,
            _ => {}
        }

        match std::str::from_utf8(sample) {
            Ok(_) => Encoding::Utf8,
            // Cut in the middle of a character by the end of the sample.
            Err(e)
                if e.error_len().is_none()
                    && e.valid_up_to() + 4 > sample.len()
                    && !sample[..e.valid_up_to()].is_ascii() =>
            {
                Encoding::Utf8
            }
            Err(_) if mostly_utf8(sample) => Encoding::Utf8,
            Err(_) if sample.iter().any(|b| (0x80..=0x9F).contains(b)) => Encoding::Windows1252,
            Err(_) if sample.iter().any(|b| matches!(b, 0xA4 | 0xBC | 0xBD | 0xBE)) => {
                Encoding::Latin9
            }
            Err(_) => Encoding::Windows1252,
        }
    }

    /// Refuses bytes that were taken for one of the encodings that are read and are in another one.
    pub(crate) fn confirm(self, bytes: &[u8]) -> Result<(), Fault> {
        let wide = matches!(self, Encoding::Utf16Le | Encoding::Utf16Be);
        let zeros = memchr::memchr_iter(0, bytes).count();
        if !wide && zeros * 4 > bytes.len() {
            return Err(Fault::Unreadable(
                "le fichier est sans doute en UTF-16 sans sa marque (BOM), qui n'est pas lu : enregistrez-le en « CSV UTF-8 »".into(),
            ));
        }

        let old = match self {
            Encoding::Windows1252 => WINDOWS_1252,
            Encoding::Latin9 => ISO_8859_15,
            _ => return Ok(()),
        };

        match foreign(bytes, old) {
            None => Ok(()),
            Some(name) => Err(Fault::Unreadable(format!(
                "le fichier est sans doute en {name}, qui n'est pas lu : enregistrez-le en « CSV UTF-8 »"
            ))),
        }
    }

    fn decoder(self) -> Option<Decoder> {
        match self {
            Encoding::Windows1252 => Some(WINDOWS_1252.new_decoder_without_bom_handling()),
            Encoding::Latin9 => Some(ISO_8859_15.new_decoder_without_bom_handling()),
            Encoding::Utf16Le => Some(UTF_16LE.new_decoder_with_bom_removal()),
            Encoding::Utf16Be => Some(UTF_16BE.new_decoder_with_bom_removal()),
            Encoding::Ascii | Encoding::Utf8 | Encoding::Utf8Bom => None,
        }
    }
}

/// A file in UTF-8 with a few bad bytes is not a legacy file: sequences of two valid bytes hardly occur in one.
fn mostly_utf8(sample: &[u8]) -> bool {
    let text = String::from_utf8_lossy(sample);
    let bad = text.chars().filter(|c| *c == '\u{fffd}').count();
    let good = text.chars().filter(|c| !c.is_ascii() && *c != '\u{fffd}').count();
    good > 2 * bad
}

/// Gives the blocks of a file, one after the other.
pub(crate) struct Blocks<R> {
    reader: R,
    encoding: Encoding,
    decoder: Option<Decoder>,
    separator: u8,
    record_limit: usize,
    /// Decoded and not yet given.
    pending: Vec<u8>,
    /// Cut and not yet given.
    ready: VecDeque<Block>,
    line: u64,
    done: bool,
    started: bool,
    /// Old Macintosh line ends.
    lone_cr: bool,
    /// Whether the last byte so far ends no line.
    open_end: bool,
}

impl<R: Read> Blocks<R> {
    /// Starts at the first byte of a file whose dialect is known.
    pub(crate) fn new(reader: R, encoding: Encoding, separator: u8, limits: &SizeLimits) -> Self {
        Self {
            reader,
            encoding,
            decoder: encoding.decoder(),
            separator,
            record_limit: limits.record_bytes,
            pending: Vec::new(),
            ready: VecDeque::new(),
            line: 1,
            done: false,
            started: false,
            lone_cr: false,
            open_end: false,
        }
    }

    /// Whether what was read so far ends amid a line.
    pub(crate) fn open_end(&self) -> bool {
        self.open_end
    }

    /// The encoding, as far as it is known by now.
    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The next block, or none at the end.
    pub(crate) fn next_block(&mut self) -> Result<Option<Block>, Fault> {
        loop {
            if let Some(block) = self.ready.pop_front() {
                return Ok(Some(block));
            }
            if self.done && self.pending.is_empty() {
                return Ok(None);
            }

            if !self.done {
                self.fill()?;
            }
            let (end, inside) = last_row_end(&self.pending, self.separator);

            let end = if self.done {
                if inside {
                    return Err(self.unclosed(end));
                }
                self.pending.len()
            } else {
                end
            };

            if self.pending.len() - end > self.record_limit {
                return Err(if inside { self.unclosed(end) } else { self.too_long(end) });
            }

            if end == 0 {
                continue;
            }
            let rest = self.pending.split_off(end);
            let bytes = std::mem::replace(&mut self.pending, rest);

            if bytes.len() > self.record_limit && longest_line(&bytes) > self.record_limit {
                return Err(Fault::Limit(format!(
                    "un enregistrement après la ligne {} dépasse {} octets",
                    self.line, self.record_limit
                )));
            }

            let line = self.line;
            self.line += line_breaks(&bytes) as u64;

            // Invalid sequences become U+FFFD; the rows that hold one are refused.
            let text = String::from_utf8(bytes)
                .unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
            self.ready.extend(Block { text, line }.parts(self.separator, PART_ROWS));
        }
    }

    fn unclosed(&self, end: usize) -> Fault {
        Fault::Unreadable(format!(
            "un guillemet ouvert à la ligne {} ou après n'est pas refermé",
            self.line_at(end)
        ))
    }

    fn too_long(&self, end: usize) -> Fault {
        Fault::Limit(format!("la ligne {} dépasse {} octets", self.line_at(end), self.record_limit))
    }

    fn line_at(&self, end: usize) -> u64 {
        self.line + line_breaks(&self.pending[..end]) as u64
    }

    fn fill(&mut self) -> Result<(), Fault> {
        let mut raw = Vec::with_capacity(STEP);
        match (&mut self.reader).take(STEP as u64).read_to_end(&mut raw) {
            Ok(0) => self.done = true,
            Ok(_) => {}
            Err(e) => return Err(Fault::from_io(&e)),
        }

        if self.encoding == Encoding::Ascii {
            // The first accent may lie across the end of what was read: it decides nothing before it is whole.
            for _ in 0..3 {
                if whole(&raw) == raw.len() {
                    break;
                }
                let more = (&mut self.reader).take(1).read_to_end(&mut raw);
                more.map_err(|e| Fault::from_io(&e))?;
            }
        }

        if !self.started {
            self.started = true;
            if self.encoding == Encoding::Utf8Bom
                || (self.decoder.is_none() && raw.starts_with(&[0xEF, 0xBB, 0xBF]))
            {
                raw.drain(..3.min(raw.len()));
            }
            self.lone_cr = !raw.contains(&b'\n') && raw.contains(&b'\r');
        }

        if self.encoding == Encoding::Ascii && !raw.is_ascii() {
            // The sample was plain ASCII: the first accented bytes decide.
            self.encoding = Encoding::detect(&raw);
            self.encoding.confirm(&raw)?;
            self.decoder = self.encoding.decoder();
        }

        match &mut self.decoder {
            None => self.pending.append(&mut raw),
            Some(decoder) => {
                let mut text = String::with_capacity(
                    decoder.max_utf8_buffer_length(raw.len()).unwrap_or(4 * STEP),
                );
                let _ = decoder.decode_to_string(&raw, &mut text, self.done);
                self.pending.extend_from_slice(text.as_bytes());
            }
        }

        if self.lone_cr {
            self.pending.iter_mut().filter(|b| **b == b'\r').for_each(|b| *b = b'\n');
        }
        if let Some(last) = self.pending.last() {
            self.open_end = *last != b'\n';
        }

        Ok(())
    }
}

/// Length of a text without the character that its end cuts, were it UTF-8.
pub(crate) fn whole(bytes: &[u8]) -> usize {
    let tail = bytes.len().saturating_sub(3);
    for at in (tail..bytes.len()).rev() {
        let wanted = match bytes[at] {
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            0x80..=0xBF => continue,
            _ => break,
        };

        return if bytes.len() - at < wanted { at } else { bytes.len() };
    }

    bytes.len()
}

fn longest_line(bytes: &[u8]) -> usize {
    bytes.split(|b| *b == b'\n').map(<[u8]>::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], encoding: Encoding) -> Result<String, Fault> {
        let limits = SizeLimits {
            record_bytes: 64,
            ..SizeLimits::default()
        };
        let mut blocks = Blocks::new(bytes, encoding, b';', &limits);
        let mut out = String::new();
        while let Some(block) = blocks.next_block()? {
            out.push_str(&block.text);
        }
        Ok(out)
    }

    #[test]
    fn encodings_are_told_apart() {
        for (bytes, expect) in [
            (&b"a;b"[..], Encoding::Ascii),
            ("é;œ".as_bytes(), Encoding::Utf8),
            (b"\xEF\xBB\xBFa", Encoding::Utf8Bom),
            (b"caf\xE9;", Encoding::Windows1252),
            (b"c\x9Cur", Encoding::Windows1252),
            (b"c\xBDur", Encoding::Latin9),
        ] {
            assert_eq!(Encoding::detect(bytes), expect, "{bytes:?}");
        }
        assert_eq!(read(b"caf\xE9;c\x9Cur\n", Encoding::Windows1252).unwrap(), "café;cœur\n");
        assert_eq!(read(b"caf\xE9;c\xBDur\n", Encoding::Latin9).unwrap(), "café;cœur\n");
        assert_eq!(
            read(b"caf\xE9\n", Encoding::Ascii).unwrap(),
            "café\n",
            "decided when the first accent comes"
        );
        assert_eq!(read(b"\xFF\xFEa\0\xE9\0\n\0", Encoding::Utf16Le).unwrap(), "aé\n");
        assert_eq!(read(b"\xEF\xBB\xBFa\rb\r", Encoding::Utf8Bom).unwrap(), "a\nb\n");
    }

    #[test]
    fn a_first_accent_across_two_reads_is_still_utf_8() {
        let limits = SizeLimits::default();
        for before in STEP - 4..=STEP {
            for (accent, bytes) in [("é", "é".as_bytes()), ("€", "€".as_bytes()), ("é", b"\xE9")]
            {
                let mut file = "a;b\n".repeat(STEP / 4).into_bytes();
                file.resize(before, b'x');
                file.extend_from_slice(bytes);
                file.extend_from_slice(
                    b"t\xC3\xA9"[..if bytes.len() > 1 { 3 } else { 1 }].as_ref(),
                );
                let mut blocks = Blocks::new(file.as_slice(), Encoding::Ascii, b';', &limits);
                let mut text = String::new();
                while let Some(block) = blocks.next_block().unwrap() {
                    text.push_str(&block.text);
                }
                let end: String = text.chars().skip(before).collect();
                assert!(end.starts_with(&format!("{accent}t")), "{before} {end:?}");
            }
        }
    }

    #[test]
    fn long_lines_and_open_quotes_stop_with_their_line() {
        let long = format!("a;b\n{}\n", "x".repeat(100));
        assert!(matches!(read(long.as_bytes(), Encoding::Utf8), Err(Fault::Limit(_))));
        let long = format!("a;b\n{}", "x".repeat(5 << 20));
        assert!(
            matches!(read(long.as_bytes(), Encoding::Utf8), Err(Fault::Limit(m)) if m.contains("ligne 2"))
        );
        assert!(
            matches!(read(b"a;b\n1;2\n\"x;\n3;4\n", Encoding::Utf8), Err(Fault::Unreadable(m)) if m.contains("ligne 3"))
        );
    }
}
