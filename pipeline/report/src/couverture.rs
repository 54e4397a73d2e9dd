//! Characters that the templates' fonts can draw. PDF/A forbids a glyph that is not there, and a committee's text may
//! hold any character: what cannot be drawn becomes □, and the document still comes out.

use super::gabarits::Gabarits;

/// Ranges of characters, ends included, in increasing order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Couverture(Vec<(u32, u32)>);

/// What stands for a character that cannot be drawn.
pub const CARRE: char = '□';

impl Couverture {
    /// From `polices/couverture.txt`, one `XXXX-XXXX` range a line; without that file everything passes.
    pub fn lire(gabarits: &Gabarits) -> Self {
        let texte = gabarits
            .texte("polices/couverture.txt")
            .unwrap_or("0000-10FFFF");
        let borne = |t: &str| u32::from_str_radix(t.trim(), 16).ok();
        Self(
            texte
                .lines()
                .filter_map(|l| l.split_once('-'))
                .filter_map(|(a, b)| Some((borne(a)?, borne(b)?)))
                .collect(),
        )
    }

    fn contient(&self, c: char) -> bool {
        let code = u32::from(c);
        let i = self.0.partition_point(|(debut, _)| *debut <= code);
        i > 0 && code <= self.0[i - 1].1
    }

    /// The text with every character drawable: line breaks and tabs become spaces, other controls vanish.
    pub fn lisible(&self, texte: &str) -> String {
        texte
            .chars()
            .filter_map(|c| match c {
                '\n' | '\t' | '\r' => Some(' '),
                // Joiners and direction marks draw nothing: dropping them loses nothing.
                '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{2064}'
                | '\u{feff}' => None,
                c if c.is_control() => None,
                c if self.contient(c) => Some(c),
                _ => Some(CARRE),
            })
            .collect()
    }

    /// The same for every text of a JSON document.
    pub fn assainir(&self, valeur: &mut serde_json::Value) {
        match valeur {
            serde_json::Value::String(texte) => *texte = self.lisible(texte),
            serde_json::Value::Array(liste) => liste.iter_mut().for_each(|v| self.assainir(v)),
            serde_json::Value::Object(objet) => objet.values_mut().for_each(|v| self.assainir(v)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn what_cannot_be_drawn_becomes_a_square() {
        let couverture = Couverture::lire(&Gabarits::charger(None).unwrap());
        assert_eq!(
            couverture.lisible("Σ ≥ 12\u{202f}% œuvre"),
            "Σ ≥ 12\u{202f}% œuvre"
        );
        assert_eq!(couverture.lisible("bus 🚌\u{0}\n漢"), "bus □ □");
        assert!(couverture.contient(CARRE));
    }
}
