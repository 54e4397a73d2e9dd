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
/// A zone of a map that nobody has told about.
pub const SANS_DONNEE: RGBColor = RGBColor(238, 238, 238);
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

/// Relative luminance of a colour, 0–1, as WCAG 2 defines it.
fn luminance(c: RGBColor) -> f64 {
    let lineaire = |octet: u8| {
        let x = f64::from(octet) / 255.0;
        if x <= 0.040_45 {
            x / 12.92
        } else {
            ((x + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * lineaire(c.0) + 0.7152 * lineaire(c.1) + 0.0722 * lineaire(c.2)
}

/// Contrast of two colours, 1–21 (WCAG 2).
pub fn contraste(a: RGBColor, b: RGBColor) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Ink that reads best on a background: black or white.
pub fn encre_sur(fond: RGBColor) -> RGBColor {
    if contraste(BLANC, fond) > contraste(ENCRE, fond) {
        BLANC
    } else {
        ENCRE
    }
}

/// A text in at most `lignes` lines of `largeur` points; what does not fit ends with an ellipsis. Lines break at a
/// space or after a hyphen.
pub fn plier(texte: &str, taille: f64, largeur: f64, lignes: usize) -> Vec<String> {
    let tient = |t: &str| largeur_texte(t.trim_end(), taille) <= largeur;
    let mut rendues: Vec<String> = vec![String::new()];
    for mot in texte.split_inclusive([' ', '-']) {
        let ligne = rendues.last().map_or("", String::as_str);
        let ensemble = format!("{ligne}{mot}");
        if ligne.is_empty() || tient(&ensemble) {
            if let Some(derniere) = rendues.last_mut() {
                *derniere = ensemble;
            }
        } else {
            rendues.push(mot.to_string());
        }
    }
    let coupee = rendues.len() > lignes;
    rendues.truncate(lignes.max(1));
    let n = rendues.len();
    for (i, ligne) in rendues.iter_mut().enumerate() {
        let suite = if coupee && i + 1 == n { "…" } else { "" };
        let mut court = ligne.trim_end().to_string();
        if !tient(&format!("{court}{suite}")) {
            while !court.is_empty() && !tient(&format!("{court}…")) {
                court.pop();
            }
            court = format!("{}…", court.trim_end());
        } else {
            court.push_str(suite);
        }
        *ligne = court;
    }
    rendues
}

/// Width of a text in Inter, in points: an estimate that errs on the wide side, to place and to fold labels.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ink_of_a_chart_reads_on_its_paper() {
        for fond in RAMPE
            .into_iter()
            .chain([BLANC, BANDE, PRINCIPAL, SANS_DONNEE])
        {
            let c = contraste(encre_sur(fond), fond);
            assert!(c >= 4.5, "{fond:?}: {c:.2}");
        }
        // Texts and marks on white: 4.5 for letters, 3 for what is only drawn.
        for encre in [PRINCIPAL, REPERE, SAILLANT, ENCRE, GRIS] {
            assert!(contraste(encre, BLANC) >= 4.5, "{encre:?}");
        }
        for marque in [SECOND, HACHURE] {
            assert!(contraste(marque, BLANC) >= 3.0, "{marque:?}");
        }
        // Neighbouring steps of the ramp stay apart without colour.
        for paire in RAMPE.windows(2) {
            assert!(contraste(paire[0], paire[1]) >= 1.3, "{paire:?}");
        }
    }

    #[test]
    fn a_long_name_is_folded_and_never_runs_over() {
        let nom =
            "Médicobus de la communauté d'agglomération du Pays de Saint-Lô et du Cotentin nord";
        for largeur in [40.0, 90.0, 200.0] {
            let lignes = plier(nom, TAILLE, largeur, 2);
            assert!(lignes.len() <= 2);
            for ligne in &lignes {
                assert!(largeur_texte(ligne, TAILLE) <= largeur, "{ligne}");
            }
        }
        assert_eq!(
            plier(nom, TAILLE, 300.0, 2).concat().replace(' ', ""),
            nom.replace(' ', "")
        );
        assert_eq!(plier("Eure", TAILLE, 90.0, 2), ["Eure"]);
    }
}
