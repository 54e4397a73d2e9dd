//! Characters that the templates' fonts can draw. PDF/A forbids a glyph that is not there, and a committee's text may
//! hold any character: what cannot be drawn becomes □, and the document still comes out.

use super::templates::Templates;

/// Ranges of characters, ends included, in increasing order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlyphCoverage(Vec<(u32, u32)>);

/// What stands for a character that cannot be drawn.
pub const REPLACEMENT: char = '□';

impl GlyphCoverage {
    /// From `polices/couverture.txt`, one `XXXX-XXXX` range a line; without that file everything passes.
    pub fn parse(templates: &Templates) -> Self {
        let text = templates
            .text("polices/couverture.txt")
            .unwrap_or("0000-10FFFF");

        let bound = |t: &str| u32::from_str_radix(t.trim(), 16).ok();
        Self(
            text.lines()
                .filter_map(|l| l.split_once('-'))
                .filter_map(|(a, b)| Some((bound(a)?, bound(b)?)))
                .collect(),
        )
    }

    fn contains(&self, c: char) -> bool {
        let code = u32::from(c);

        let i = self.0.partition_point(|(start, _)| *start <= code);
        i > 0 && code <= self.0[i - 1].1
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
        let glyph_coverage = GlyphCoverage::parse(&Templates::load(None).unwrap());
        assert_eq!(
            glyph_coverage.drawable("Σ ≥ 12\u{202f}% œuvre"),
            "Σ ≥ 12\u{202f}% œuvre"
        );
        assert_eq!(glyph_coverage.drawable("bus 🚌\u{0}\n漢"), "bus □ □");
        assert!(glyph_coverage.contains(REPLACEMENT));
    }
}
