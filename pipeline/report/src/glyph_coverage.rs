//! Characters that the templates' fonts can draw. PDF/A forbids a glyph that is not there, and a committee's text may
//! hold any character: what cannot be drawn becomes □, and the document still comes out.

use std::collections::BTreeSet;

use base::text::unseen;
use typst::text::FontInfo;

/// Code points that every font can draw; without fonts everything passes.
#[derive(Debug, Clone)]
pub struct GlyphCoverage(Option<BTreeSet<u32>>);

/// What stands for a character that cannot be drawn.
pub const REPLACEMENT: char = '□';

impl GlyphCoverage {
    /// Of fonts, as Typst reads them: a text may stand in any of them, so what one lacks is out.
    pub fn of<'f>(fonts: impl Iterator<Item = &'f [u8]>) -> Self {
        let fonts = fonts.flat_map(|font| FontInfo::iter(font).collect::<Vec<_>>());
        let drawn = fonts.map(|info| info.coverage.iter().collect::<BTreeSet<u32>>());

        Self(drawn.reduce(|all, font| &all & &font))
    }

    fn contains(&self, c: char) -> bool {
        self.0.as_ref().is_none_or(|drawn| drawn.contains(&c.into()))
    }

    /// The first character of a text that would become □.
    pub fn undrawable(&self, text: &str) -> Option<char> {
        self.drawable(text).contains(REPLACEMENT).then_some(())?;
        text.chars().find(|&c| !c.is_whitespace() && !unseen(c) && !self.contains(c))
    }

    /// The text with every character drawable: line breaks and tabs become spaces, other controls vanish.
    pub fn drawable(&self, text: &str) -> String {
        text.chars()
            .filter_map(|c| match c {
                '\n' | '\t' | '\r' => Some(' '),
                // Joiners and direction marks draw nothing: dropping them loses nothing.
                c if unseen(c) => None,
                c if self.contains(c) => Some(c),
                _ => Some(REPLACEMENT),
            })
            .collect()
    }

    /// The same for every text of a JSON document.
    pub fn sanitise(&self, value: &mut serde_json::Value) {
        match value {
            serde_json::Value::String(text) => *text = self.drawable(text),
            serde_json::Value::Array(list) => list.iter_mut().for_each(|v| self.sanitise(v)),
            serde_json::Value::Object(object) => object.values_mut().for_each(|v| self.sanitise(v)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::templates::Templates;

    #[test]
    fn what_cannot_be_drawn_becomes_a_square() {
        let templates = Templates::load(None).unwrap();
        let glyph_coverage = templates.coverage();
        assert_eq!(glyph_coverage.drawable("Σ ≥ 12\u{202f}% œuvre"), "Σ ≥ 12\u{202f}% œuvre");
        assert_eq!(glyph_coverage.drawable("bus 🚌\u{0}\n漢"), "bus □ □");
        assert!(glyph_coverage.contains(REPLACEMENT));
    }
}
