//! Characters that the templates' fonts can draw. PDF/A forbids a glyph that is not there, and a committee's text may
//! hold any character: what cannot be drawn becomes □, and the document still comes out.

use typst::text::{Coverage, FontInfo};

use super::templates::Templates;

/// What each font can draw; without fonts everything passes.
pub struct GlyphCoverage(Vec<Coverage>);

/// What stands for a character that cannot be drawn.
pub const REPLACEMENT: char = '□';

impl GlyphCoverage {
    /// Of the fonts of the templates, as Typst reads them.
    pub fn of(templates: &Templates) -> Self {
        let fonts = templates.fonts();
        let fonts = fonts.flat_map(|font| FontInfo::iter(font).collect::<Vec<_>>());
        Self(fonts.map(|info| info.coverage).collect())
    }

    /// Whether every font can draw `c`: a text may stand in any of them.
    fn contains(&self, c: char) -> bool {
        self.0.iter().all(|font| font.contains(c.into()))
    }

    /// The text with every character drawable: line breaks and tabs become spaces, other controls vanish.
    pub fn drawable(&self, text: &str) -> String {
        text.chars()
            .filter_map(|c| match c {
                '\n' | '\t' | '\r' => Some(' '),
                // Joiners and direction marks draw nothing: dropping them loses nothing.
                '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{2064}'
                | '\u{feff}' => None,
                c if c.is_control() => None,
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

    #[test]
    fn what_cannot_be_drawn_becomes_a_square() {
        let glyph_coverage = GlyphCoverage::of(&Templates::load(None).unwrap());
        assert_eq!(glyph_coverage.drawable("Σ ≥ 12\u{202f}% œuvre"), "Σ ≥ 12\u{202f}% œuvre");
        assert_eq!(glyph_coverage.drawable("bus 🚌\u{0}\n漢"), "bus □ □");
        assert!(glyph_coverage.contains(REPLACEMENT));
    }
}
