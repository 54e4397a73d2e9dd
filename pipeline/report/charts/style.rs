//! The house style of every chart, in one place. Lengths are points of the printed page.

use plotters::style::RGBColor;

/// Width of a chart: the text width of the page.
pub const LARGEUR: f64 = 470.0;
/// Font of every text; the same as the page's.
pub const POLICE: &str = "Inter";
/// Size of labels.
pub const TAILLE: f64 = 8.2;
/// Size of axis graduations and notes.
pub const PETITE: f64 = 7.4;

/// Main series: bleu France of the State's design system.
pub const PRINCIPAL: RGBColor = RGBColor(0, 0, 145);
/// Second series: lighter for every kind of vision, and always dashed, hollow or hatched as well.
pub const SECOND: RGBColor = RGBColor(106, 106, 244);
/// Comparison with the past or with the whole.
pub const REPERE: RGBColor = RGBColor(102, 102, 102);
/// A point that stands out; orange keeps its distance from blue in every colour blindness.
pub const SAILLANT: RGBColor = RGBColor(181, 72, 0);
/// Fill behind intervals.
pub const BANDE: RGBColor = RGBColor(227, 227, 253);
/// Text.
pub const ENCRE: RGBColor = RGBColor(22, 22, 22);
/// Less important text, still 5.7:1 on white.
pub const GRIS: RGBColor = RGBColor(102, 102, 102);
/// Grid.
pub const GRILLE: RGBColor = RGBColor(221, 221, 221);
/// Hatching of hidden figures.
pub const HACHURE: RGBColor = RGBColor(146, 146, 146);
/// Paper.
pub const BLANC: RGBColor = RGBColor(255, 255, 255);

/// Five steps of blue for maps, light to dark, equally spaced in lightness so that they survive greyscale.
pub const RAMPE: [RGBColor; 5] = [
    RGBColor(227, 227, 253),
    RGBColor(177, 177, 249),
    RGBColor(120, 120, 240),
    RGBColor(60, 60, 205),
    RGBColor(0, 0, 120),
];

/// Width of a text in Inter, in points. An estimate good enough to place a label, never to wrap.
pub fn largeur_texte(texte: &str, taille: f64) -> f64 {
    let em: f64 = texte
        .chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | '.' | ',' | '\'' | '’' | ':' | ';' | '|' | 'í' | 'î' | 'ï' => {
                0.27
            }
            'f' | 't' | 'r' | '(' | ')' | '-' | ' ' | '\u{a0}' => 0.36,
            '\u{202f}' => 0.2,
            'm' | 'w' | 'M' | 'W' | '%' => 0.88,
            c if c.is_uppercase() => 0.69,
            c if c.is_ascii_digit() => 0.62,
            _ => 0.57,
        })
        .sum();
    em * taille
}
