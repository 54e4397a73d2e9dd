//! How wide Inter sets a text, letter by letter, and how a text folds: labels are placed where they will really stand.

/// Advances of the printable ASCII characters of Inter Regular, in thousandths of the size.
#[rustfmt::skip]
const REGULAR: [u16; 95] = [
    281, 278, 403, 631, 638, 812, 639, 222, 362, 362, 500, 659, 280, 460, 276, 357, 625, 464, 605,
    636, 642, 608, 624, 571, 616, 624, 276, 280, 659, 659, 659, 507, 936, 676, 651, 727, 719, 598,
    587, 743, 740, 264, 543, 652, 562, 889, 753, 761, 635, 761, 639, 638, 642, 741, 676, 949, 642,
    665, 625, 362, 357, 362, 469, 452, 497, 564, 621, 558, 621, 582, 361, 609, 591, 237, 237, 544,
    237, 869, 585, 597, 609, 609, 372, 523, 364, 581, 557, 812, 540, 557, 541, 362, 327, 362, 659,
];

/// The same of Inter Bold.
#[rustfmt::skip]
const BOLD: [u16; 95] = [
    232, 325, 392, 650, 655, 859, 674, 209, 409, 409, 565, 680, 303, 469, 298, 390, 688, 489, 630,
    659, 678, 645, 660, 595, 661, 660, 298, 303, 680, 680, 680, 562, 1031, 748, 661, 752, 727, 613,
    585, 761, 746, 281, 570, 690, 567, 915, 735, 782, 648, 783, 656, 655, 668, 729, 748, 1036, 714,
    724, 667, 409, 390, 409, 488, 477, 497, 580, 635, 587, 635, 598, 386, 633, 624, 272, 272, 582,
    272, 912, 622, 614, 632, 632, 409, 562, 388, 622, 586, 850, 574, 586, 572, 409, 374, 409, 680,
];

/// Width of a text in Inter, in points. Letters that are not in the table count as a wide one.
pub(crate) fn text_width(text: &str, size: f64, bold: bool) -> f64 {
    let advances = if bold { &BOLD } else { &REGULAR };
    let advance = |c: char| match plain(c) {
        '\u{202f}' => 182,
        '’' => 228,
        '–' => 500,
        '«' | '»' => 629,
        '…' => 821,
        'œ' => 990,
        c => (c as usize)
            .checked_sub(32)
            .and_then(|i| advances.get(i))
            .copied()
            .unwrap_or(690),
    };

    let thousandths: u32 = text.chars().map(|c| u32::from(advance(c))).sum();
    f64::from(thousandths) * size / 1000.0
}

/// The letter that is as wide: accents add nothing.
fn plain(c: char) -> char {
    match c {
        '\u{a0}' => ' ',
        'à' | 'â' | 'ä' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'î' | 'ï' => 'i',
        'ô' | 'ö' => 'o',
        'ù' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        'À' | 'Â' => 'A',
        'É' | 'È' | 'Ê' | 'Ë' => 'E',
        'Î' | 'Ï' => 'I',
        'Ô' => 'O',
        'Ç' => 'C',
        _ => c,
    }
}

/// A text in at most `lines` lines of `width` points; what does not fit ends with an ellipsis. Lines break at a
/// space or after a hyphen.
pub(crate) fn wrap(
    text: &str,
    width: f64,
    lines: usize,
    measure: impl Fn(&str) -> f64,
) -> Vec<String> {
    let fits = |t: &str| measure(t.trim_end()) <= width;
    let mut wrapped: Vec<String> = vec![String::new()];

    for word in text.split_inclusive([' ', '-']) {
        let line = wrapped.last().map_or("", String::as_str);
        let together = format!("{line}{word}");
        if line.is_empty() || fits(&together) {
            if let Some(last) = wrapped.last_mut() {
                *last = together;
            }
        } else {
            wrapped.push(word.to_string());
        }
    }

    let truncated = wrapped.len() > lines;
    wrapped.truncate(lines.max(1));
    let n = wrapped.len();

    for (i, line) in wrapped.iter_mut().enumerate() {
        let tail = if truncated && i + 1 == n { "…" } else { "" };
        let mut short = line.trim_end().to_string();
        if !fits(&format!("{short}{tail}")) {
            while !short.is_empty() && !fits(&format!("{short}…")) {
                short.pop();
            }
            short = format!("{}…", short.trim_end());
        } else {
            short.push_str(tail);
        }
        *line = short;
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bold_is_wider_than_regular() {
        for text in ["Auvergne-Rhône-Alpes", "Au moins un de ces trois publics", "22,3 %"] {
            assert!(text_width(text, 8.2, true) > text_width(text, 8.2, false), "{text}");
        }
        // Measured in the font itself: 95.8 points.
        assert!((text_width("Auvergne-Rhône-Alpes", 8.2, true) - 95.8).abs() < 0.1);
    }

    #[test]
    fn a_long_name_is_folded_and_never_runs_over() {
        let name =
            "Médicobus de la communauté d'agglomération du Pays de Saint-Lô et du Cotentin nord";
        let folded = |text: &str, width| wrap(text, width, 2, |t| text_width(t, 8.2, false));
        for width in [40.0, 90.0, 200.0] {
            let lines = folded(name, width);
            assert!(lines.len() <= 2);
            for line in &lines {
                assert!(text_width(line, 8.2, false) <= width, "{line}");
            }
        }
        assert_eq!(folded(name, 300.0).concat().replace(' ', ""), name.replace(' ', ""));
        assert_eq!(folded("Eure", 90.0), ["Eure"]);
    }
}
