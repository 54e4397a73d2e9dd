//! How many lines a text takes: Excel sets no height by itself for cells that are merged, nor LibreOffice for those that a program wrote.

use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

/// Height of a line, in points.
pub(super) const LINE: f64 = 15.0;

/// Lines that a text takes in a column of `width` characters.
pub(super) fn lines(text: &str, width: f64) -> usize {
    let options = Options::new(width.max(1.0) as usize)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    textwrap::wrap(text, options).len().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_takes_the_lines_of_its_words() {
        for (text, width, expected) in
            [("", 10.0, 1), ("Part des patients", 40.0, 1), ("Part des patients", 9.0, 2)]
        {
            assert_eq!(lines(text, width), expected, "{text}");
        }
    }
}
