//! French formats: thin spaces, decimal comma, signs, dates, and the spaces that French wants before its high punctuation.

use chrono::{Datelike, NaiveDate};

use crate::definition::Format;
use crate::table::Value;

/// Narrow no-break space: thousands, `%`, high punctuation.
pub const FINE: char = '\u{202f}';
/// What stands for a value that statistical secrecy hides.
pub const CACHE: &str = "n.c.";
/// What stands for a value that does not exist.
pub const ABSENT: &str = "–";

const MOIS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// A number with `decimales` decimals, comma, thin spaces between thousands and a true minus sign.
pub fn nombre(x: f64, decimales: usize) -> String {
    let fixe = format!("{:.*}", decimales, x.abs());
    let (entier, fraction) = fixe.split_once('.').unwrap_or((&fixe, ""));
    let mut texte = String::new();
    // A rounded zero has no sign.
    if x < 0.0 && fixe.bytes().any(|b| matches!(b, b'1'..=b'9')) {
        texte.push('\u{2212}');
    }
    for (i, chiffre) in entier.chars().enumerate() {
        if i > 0 && (entier.len() - i) % 3 == 0 {
            texte.push(FINE);
        }
        texte.push(chiffre);
    }
    if !fraction.is_empty() {
        texte.push(',');
        texte.push_str(fraction);
    }
    texte
}

/// The same with its sign, `+` included.
pub fn signe(x: f64, decimales: usize) -> String {
    let texte = nombre(x, decimales);
    let nul = !texte.bytes().any(|b| matches!(b, b'1'..=b'9'));
    if x > 0.0 && !nul {
        format!("+{texte}")
    } else {
        texte
    }
}

/// Percentage with one decimal; `x` is on 0–100.
pub fn pourcent(x: f64) -> String {
    format!("{}{FINE}%", nombre(x, 1))
}

/// Difference of percentages: `+1,2 pt`.
pub fn points(x: f64) -> String {
    format!("{}{FINE}pt", signe(x, 1))
}

/// Days: a whole number stays whole.
pub fn jours(x: f64) -> String {
    let decimales = usize::from((x * 10.0).round() % 10.0 != 0.0);
    let pluriel = if x.abs() >= 2.0 { "s" } else { "" };
    format!("{}\u{a0}jour{pluriel}", nombre(x, decimales))
}

/// `31 décembre 2025`, `1er janvier 2025`.
pub fn date_longue(jour: NaiveDate) -> String {
    let quantieme = if jour.day() == 1 {
        "1er".to_string()
    } else {
        jour.day().to_string()
    };
    format!(
        "{quantieme}\u{a0}{}\u{a0}{}",
        MOIS[jour.month0() as usize],
        jour.year()
    )
}

/// A month's name, 1–12.
pub fn mois(numero: u32) -> Option<&'static str> {
    MOIS.get(numero.checked_sub(1)? as usize).copied()
}

/// A time key in words: `2025-03` → `mars 2025`, `2025-T1` → `1er trimestre 2025`; anything else as it is.
pub fn periode(cle: &str) -> String {
    if let Some((annee, reste)) = cle.split_once('-') {
        if let Some(numero) = reste.strip_prefix('T') {
            let rang = if numero == "1" {
                "1er".to_string()
            } else {
                format!("{numero}e")
            };
            return format!("{rang} trimestre {annee}");
        }
        if let Some(nom) = reste.parse().ok().and_then(mois) {
            return format!("{nom} {annee}");
        }
    }
    cle.to_string()
}

/// A number in the given format, unit sign included where the format has one.
pub fn selon(x: f64, format: Format) -> String {
    match format {
        Format::Entier => nombre(x, 0),
        Format::Decimal1 => nombre(x, 1),
        Format::Decimal2 => nombre(x, 2),
        Format::Pourcent => pourcent(x),
        Format::Points => points(x),
        Format::Euros => format!("{}{FINE}€", nombre(x, 0)),
        Format::Jours => jours(x),
        Format::Texte | Format::Date => {
            if x.fract() == 0.0 {
                // A year is no quantity: no thin space.
                format!("{x:.0}")
            } else {
                nombre(x, 1)
            }
        }
    }
}

/// The text with a capital.
pub fn capitale(texte: &str) -> String {
    let mut lettres = texte.chars();
    lettres
        .next()
        .map_or_else(String::new, |l| l.to_uppercase().chain(lettres).collect())
}

/// A value as a report prints it.
pub fn valeur(v: &Value, format: Format) -> String {
    match v {
        Value::Null => ABSENT.to_string(),
        Value::Text(t) => typographie(&periode(t)),
        Value::Int(i) => selon(*i as f64, format),
        Value::Float(x) => selon(*x, format),
        Value::Date(d) => d.format("%d/%m/%Y").to_string(),
    }
}

/// A gated cell as a report prints it: its open value, `n.c.` when there is none.
pub fn cellule(open: Option<&Value>, format: Format) -> String {
    open.map_or_else(|| CACHE.to_string(), |v| valeur(v, format))
}

/// A figure ready for a chart: known, hidden or absent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Valeur {
    /// May be drawn.
    Nombre(f64),
    /// Hidden by statistical secrecy: drawn as hidden.
    Cachee,
    /// Not there.
    Absente,
}

impl Valeur {
    /// The number, if it is known.
    pub fn nombre(self) -> Option<f64> {
        match self {
            Valeur::Nombre(x) => Some(x),
            _ => None,
        }
    }

    /// The number in the given format, `n.c.` or `–`.
    pub fn texte(self, format: Format) -> String {
        match self {
            Valeur::Nombre(x) => selon(x, format),
            Valeur::Cachee => CACHE.to_string(),
            Valeur::Absente => ABSENT.to_string(),
        }
    }
}

/// French typography of a running text: thin no-break spaces before `; : ! ? %` and inside guillemets, round apostrophes.
///
/// Only an existing space is changed, so that `https://` and `12:30` stay as they are.
pub fn typographie(texte: &str) -> String {
    let lettres: Vec<char> = texte.chars().collect();
    let mut sortie = String::with_capacity(texte.len() + 8);
    for (i, &c) in lettres.iter().enumerate() {
        let suivant = lettres.get(i + 1).copied();
        let precedent = i.checked_sub(1).and_then(|j| lettres.get(j)).copied();
        let espace = c == ' ' || c == '\u{a0}';
        let avant_signe = matches!(suivant, Some(';' | ':' | '!' | '?' | '%' | '»' | '€'));
        if espace && (avant_signe || precedent == Some('«')) {
            sortie.push(FINE);
        } else if c == '\'' && precedent.is_some_and(char::is_alphabetic) {
            sortie.push('\u{2019}');
        } else {
            sortie.push(c);
        }
    }
    sortie
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_french() {
        assert_eq!(nombre(1_234_567.0, 0), "1\u{202f}234\u{202f}567");
        assert_eq!(nombre(-1234.56, 1), "\u{2212}1\u{202f}234,6");
        assert_eq!(nombre(-0.04, 1), "0,0");
        assert_eq!(signe(0.04, 1), "0,0");
        assert_eq!(signe(2.0, 1), "+2,0");
        assert_eq!(pourcent(12.34), "12,3\u{202f}%");
        assert_eq!(selon(2025.0, Format::Texte), "2025");
        assert_eq!(jours(1.5), "1,5\u{a0}jour");
        assert_eq!(jours(12.0), "12\u{a0}jours");
    }

    #[test]
    fn keys_and_dates_are_words() {
        assert_eq!(periode("2025-03"), "mars 2025");
        assert_eq!(periode("2025-T1"), "1er trimestre 2025");
        assert_eq!(periode("00-16"), "00-16");
        assert_eq!(periode("2025-2026"), "2025-2026");
        let premier = NaiveDate::from_ymd_opt(2025, 8, 1).unwrap_or_default();
        assert_eq!(date_longue(premier), "1er\u{a0}août\u{a0}2025");
    }

    #[test]
    fn hidden_and_missing_do_not_look_alike() {
        assert_eq!(cellule(None, Format::Entier), "n.c.");
        assert_eq!(cellule(Some(&Value::Null), Format::Entier), "–");
    }

    #[test]
    fn typography_leaves_addresses_alone() {
        assert_eq!(
            typographie("l'eau : 12 % !"),
            "l\u{2019}eau\u{202f}: 12\u{202f}%\u{202f}!"
        );
        assert_eq!(typographie("https://a.fr à 12:30"), "https://a.fr à 12:30");
        assert_eq!(typographie("« oui »"), "«\u{202f}oui\u{202f}»");
    }
}
