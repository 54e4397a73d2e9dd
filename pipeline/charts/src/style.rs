//! The house style of every chart, in one place. Lengths are points of the printed page.

use plotters::style::RGBColor;

/// Width of a chart: the text width of the page.
pub const WIDTH: f64 = 470.0;
/// Width of a chart that shares it with another one.
pub const HALF_WIDTH: f64 = 228.0;
/// Font of every text; the same as the page's.
pub const FONT: &str = "Inter";
/// Size of labels.
pub const TEXT_SIZE: f64 = 8.2;
/// Size of axis graduations and notes.
pub const SMALL_SIZE: f64 = 7.4;

/// The colours of pages, charts and HTML.
const THEME: &str = include_str!("../../../report_templates/theme.json");

/// Main series: bleu France of the State's design system.
pub const MAIN: RGBColor = colour("\"bleu\"");
/// Second series: lighter for every kind of vision, and always dashed, hollow or hatched as well.
pub const SECOND: RGBColor = colour("\"second\"");
/// Comparison with the past or with the whole.
pub const REFERENCE: RGBColor = colour("\"gris-moyen\"");
/// A point that stands out; orange keeps its distance from blue in every colour blindness.
pub const ACCENT: RGBColor = colour("\"saillant\"");
/// Fill behind intervals.
pub const BAND: RGBColor = colour("\"bleu-clair\"");
/// Text.
pub const INK: RGBColor = colour("\"texte\"");
/// Less important text, still 5.7:1 on white.
pub const GREY: RGBColor = colour("\"gris-moyen\"");
/// Grid.
pub const GRID: RGBColor = colour("\"filet\"");
/// Hatching of hidden figures.
pub const HATCH: RGBColor = colour("\"hachure\"");
/// A zone of a map that nobody has told about.
pub const NO_DATA: RGBColor = colour("\"sans-donnee\"");
/// Paper.
pub const WHITE: RGBColor = colour("\"papier\"");

/// The first colour of that name, between quotes, in the theme: that of the light page. A name that is not there stops the build.
const fn colour(name: &str) -> RGBColor {
    let (text, name) = (THEME.as_bytes(), name.as_bytes());
    let mut at = 0;
    while !starts_with(text, at, name) {
        at += 1;
    }
    while text[at] != b'#' {
        at += 1;
    }
    RGBColor(byte(text, at + 1), byte(text, at + 3), byte(text, at + 5))
}

const fn starts_with(text: &[u8], at: usize, name: &[u8]) -> bool {
    let mut i = 0;
    while i < name.len() {
        if text[at + i] != name[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// Two hexadecimal digits in lower case.
const fn byte(text: &[u8], at: usize) -> u8 {
    digit(text[at]) * 16 + digit(text[at + 1])
}

const fn digit(c: u8) -> u8 {
    if c.is_ascii_digit() { c - b'0' } else { c - b'a' + 10 }
}

/// Five steps of blue for maps, light to dark, equally spaced in lightness so that they survive greyscale.
pub const RAMP: [RGBColor; 5] = [
    RGBColor(227, 227, 253),
    RGBColor(177, 177, 249),
    RGBColor(120, 120, 240),
    RGBColor(60, 60, 205),
    RGBColor(0, 0, 120),
];

/// Relative luminance of a colour, 0–1, as WCAG 2 defines it.
fn luminance(c: RGBColor) -> f64 {
    let linear = |byte: u8| {
        let x = f64::from(byte) / 255.0;
        if x <= 0.040_45 {
            x / 12.92
        } else {
            ((x + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * linear(c.0) + 0.7152 * linear(c.1) + 0.0722 * linear(c.2)
}

/// Contrast of two colours, 1–21 (WCAG 2).
pub fn contrast(a: RGBColor, b: RGBColor) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Ink that reads best on a background: black or white.
pub fn ink_on(background: RGBColor) -> RGBColor {
    if contrast(WHITE, background) > contrast(INK, background) {
        WHITE
    } else {
        INK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ink_of_a_chart_reads_on_its_paper() {
        for background in RAMP.into_iter().chain([WHITE, BAND, MAIN, NO_DATA]) {
            let c = contrast(ink_on(background), background);
            assert!(c >= 4.5, "{background:?}: {c:.2}");
        }
        // Texts and marks on white: 4.5 for letters, 3 for what is only drawn.
        for lettering in [MAIN, REFERENCE, ACCENT, INK, GREY] {
            assert!(contrast(lettering, WHITE) >= 4.5, "{lettering:?}");
        }
        for marque in [SECOND, HATCH] {
            assert!(contrast(marque, WHITE) >= 3.0, "{marque:?}");
        }
        // Neighbouring steps of the ramp stay apart without colour.
        for pair in RAMP.windows(2) {
            assert!(contrast(pair[0], pair[1]) >= 1.3, "{pair:?}");
        }
    }
}
