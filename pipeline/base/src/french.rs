//! French formats: thin spaces, decimal comma, signs, dates, and the spaces that French wants before its high punctuation.

use std::fmt::Display;

use chrono::{Datelike, NaiveDate};
use unicode_normalization::UnicodeNormalization;

use crate::definition::Format;
use crate::table::Value;

/// Narrow no-break space: thousands, `%`, high punctuation.
pub const THIN_SPACE: char = '\u{202f}';
/// What stands for a value that statistical secrecy hides.
pub const HIDDEN: &str = "n.c.";
/// What stands for a value that does not exist.
pub const MISSING: &str = "–";

/// Below it, two decimals would print a zero.
const SMALL_PROBABILITY: f64 = 0.005;

const MONTHS: [&str; 12] = [
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

/// A number with `decimals` decimals, comma, thin spaces between thousands and a true minus sign.
pub fn number(x: f64, decimals: usize) -> String {
    let fixed = rounded(x.abs(), decimals);
    let (integer, fraction) = fixed.split_once('.').unwrap_or((&fixed, ""));
    let mut text = String::new();

    // A rounded zero has no sign.
    if x < 0.0 && fixed.bytes().any(|b| matches!(b, b'1'..=b'9')) {
        text.push('\u{2212}');
    }

    for (i, digit) in integer.chars().enumerate() {
        if i > 0 && (integer.len() - i) % 3 == 0 {
            text.push(THIN_SPACE);
        }
        text.push(digit);
    }

    if !fraction.is_empty() {
        text.push(',');
        text.push_str(fraction);
    }

    text
}

/// `x` to that many decimals, a half away from zero, as a spreadsheet shows it: the half is that of the number as one writes
/// it (`0.125`, `1.005`), not of its binary neighbour.
fn rounded(x: f64, decimals: usize) -> String {
    let scale = 10_f64.powi(decimals as i32);
    let scaled = x * scale;

    // Beyond that a double has no such decimals, and nothing is to be rounded.
    if scaled >= 1e15 {
        return format!("{x:.decimals$}");
    }
    let nearest = (scaled * (1.0 + 4.0 * f64::EPSILON)).round();
    format!("{:.decimals$}", nearest / scale)
}

/// The same with its sign, `+` included.
pub fn signed(x: f64, decimals: usize) -> String {
    let text = number(x, decimals);
    let zero = !text.bytes().any(|b| matches!(b, b'1'..=b'9'));
    if x > 0.0 && !zero { format!("+{text}") } else { text }
}

/// Percentage with one decimal; `x` is on 0–100.
pub fn percent(x: f64) -> String {
    format!("{}{THIN_SPACE}%", number(x, 1))
}

/// Difference of percentages: `+1,2 pt`.
pub fn points(x: f64) -> String {
    format!("{}{THIN_SPACE}pt", signed(x, 1))
}

/// A word in the number that its count asks for: nought and one are singular.
pub fn agreed<'w>(count: impl TryInto<u64>, one: &'w str, many: &'w str) -> &'w str {
    let singular = count.try_into().is_ok_and(|count| count < 2);
    if singular { one } else { many }
}

/// A count with its words: `1 ligne refusée`, `12 lignes refusées`.
pub fn counted(count: impl TryInto<u64> + Display + Copy, one: &str, many: &str) -> String {
    format!("{count} {}", agreed(count, one, many))
}

/// Days: a whole number stays whole.
pub fn days(x: f64) -> String {
    let decimals = usize::from((x * 10.0).round() % 10.0 != 0.0);
    let plural = if x.abs() >= 2.0 { "s" } else { "" };
    format!("{}\u{a0}jour{plural}", number(x, decimals))
}

/// `31 décembre 2025`, `1er janvier 2025`.
pub fn long_date(day: NaiveDate) -> String {
    let day_of_month = if day.day() == 1 { "1er".to_string() } else { day.day().to_string() };

    format!("{day_of_month}\u{a0}{}\u{a0}{}", MONTHS[day.month0() as usize], day.year())
}

/// From the first of January to that day: `de janvier à septembre 2026`, `du 1er janvier au 15 mars 2026`.
pub fn since_january(day: NaiveDate) -> String {
    let month = MONTHS[day.month0() as usize];
    let ends_month = day.succ_opt().is_none_or(|next| next.month() != day.month());

    match (ends_month, day.month()) {
        (true, 1) => format!("en janvier {}", day.year()),
        (true, _) => format!("de janvier à {month} {}", day.year()),
        (false, _) => format!("du 1er janvier au {}", long_date(day)),
    }
}

/// A month's name, 1–12.
pub fn month_name(number_in_year: u32) -> Option<&'static str> {
    MONTHS.get(number_in_year.checked_sub(1)? as usize).copied()
}

/// A time key in words: `2025-03` → `mars 2025`, `2025-T1` → `1er trimestre 2025`; anything else as it is, such as the name « Bus-03 ».
pub fn period(key: &str) -> String {
    in_words(key).unwrap_or_else(|| key.to_owned())
}

fn in_words(key: &str) -> Option<String> {
    let (year, rest) = key.split_once('-')?;
    let digits =
        |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(year, 4) {
        return None;
    }

    match rest {
        "T1" => Some(format!("1er trimestre {year}")),
        "S1" => Some(format!("1er semestre {year}")),
        "S2" => Some(format!("2e semestre {year}")),
        "T2" | "T3" | "T4" => Some(format!("{}e trimestre {year}", &rest[1..])),
        month if digits(month, 2) => Some(format!("{} {year}", month_name(month.parse().ok()?)?)),
        _ => None,
    }
}

/// A number in the given format, unit sign included where the format has one.
pub fn formatted(x: f64, format: Format) -> String {
    match format {
        Format::Integer => number(x, 0),
        Format::Decimal1 => number(x, 1),
        // What is not zero is not printed as zero.
        Format::Decimal2 if x != 0.0 && x.abs() < SMALL_PROBABILITY => {
            let sign = if x < 0.0 { ">\u{a0}\u{2212}" } else { "<\u{a0}" };
            format!("{sign}{}", number(SMALL_PROBABILITY, 3))
        }
        Format::Decimal2 => number(x, 2),
        Format::Probability if x < SMALL_PROBABILITY => {
            format!("<\u{a0}{}", number(SMALL_PROBABILITY, 3))
        }
        Format::Probability => number(x, 2),
        Format::Percent => percent(x),
        Format::Points => points(x),
        Format::Euros => format!("{}{THIN_SPACE}€", number(x, 0)),
        Format::Days => days(x),
        Format::Text | Format::Date => {
            if x.fract() == 0.0 {
                // A year is no quantity: no thin space.
                format!("{x:.0}")
            } else {
                number(x, 1)
            }
        }
    }
}

/// The text with a capital.
pub fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |l| l.to_uppercase().chain(letters).collect())
}

/// A value as a report prints it.
pub fn value(v: &Value, format: Format) -> String {
    match v {
        Value::Null => MISSING.to_string(),
        Value::Text(t) => typography(&period(t)),
        Value::Int(i) => formatted(*i as f64, format),
        Value::Float(x) => formatted(*x, format),
        Value::Date(d) => d.format("%d/%m/%Y").to_string(),
    }
}

/// A gated cell as a report prints it: its open value, `n.c.` when there is none.
pub fn cell(open: Option<&Value>, format: Format) -> String {
    open.map_or_else(|| HIDDEN.to_string(), |v| value(v, format))
}

/// A figure ready for a chart: known, hidden or absent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Figure {
    /// May be drawn.
    Known(f64),
    /// Hidden by statistical secrecy: drawn as hidden.
    Hidden,
    /// Not there.
    Missing,
}

impl Figure {
    /// The number, if it is known.
    pub fn number(self) -> Option<f64> {
        match self {
            Figure::Known(x) => Some(x),
            _ => None,
        }
    }

    /// The number in the given format, `n.c.` or `–`.
    pub fn text(self, format: Format) -> String {
        match self {
            Figure::Known(x) => formatted(x, format),
            Figure::Hidden => HIDDEN.to_string(),
            Figure::Missing => MISSING.to_string(),
        }
    }
}

/// A letter as the page's font has it: letters tied together (`ﬁ`) and letters raised (`1ᵉʳ`), which come with text copied from a page, as
/// they are. Raised figures mean something else, and stay.
fn as_set(c: char) -> impl Iterator<Item = char> {
    let tied = matches!(c, '\u{FB00}'..='\u{FB06}');
    let raised = matches!(c, '\u{02B0}'..='\u{02B8}' | '\u{1D2C}'..='\u{1D6A}');
    let folded = (tied || raised).then(|| std::iter::once(c).nfkc());
    let own = folded.is_none().then_some(c);
    folded.into_iter().flatten().chain(own)
}

/// French typography of a running text: thin no-break spaces before `; : ! ? %` and inside guillemets, round apostrophes.
///
/// Only an existing space is changed, so that `https://` and `12:30` stay as they are.
pub fn typography(text: &str) -> String {
    let letters: Vec<char> = text.chars().flat_map(as_set).collect();
    let mut output = String::with_capacity(text.len() + 8);

    for (i, &c) in letters.iter().enumerate() {
        let following = letters.get(i + 1).copied();
        let previous = i.checked_sub(1).and_then(|j| letters.get(j)).copied();
        let space = c == ' ' || c == '\u{a0}';
        let before_mark = matches!(following, Some(';' | ':' | '!' | '?' | '%' | '»' | '€'));

        if space && (before_mark || previous == Some('«')) {
            output.push(THIN_SPACE);
        } else if c == '\'' && previous.is_some_and(char::is_alphabetic) {
            output.push('\u{2019}');
        } else {
            output.push(c);
        }
    }

    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_french() {
        assert_eq!(number(1_234_567.0, 0), "1\u{202f}234\u{202f}567");
        assert_eq!(number(-1234.56, 1), "\u{2212}1\u{202f}234,6");
        assert_eq!(number(-0.04, 1), "0,0");
        assert_eq!(signed(0.04, 1), "0,0");
        assert_eq!(signed(2.0, 1), "+2,0");
        assert_eq!(percent(12.34), "12,3\u{202f}%");
        // A half goes up, as in the workbook, whatever the binary neighbour of the number.
        for (x, decimals, said) in
            [(0.125, 2, "0,13"), (1.005, 2, "1,01"), (2.5, 0, "3"), (-0.25, 1, "\u{2212}0,3")]
        {
            assert_eq!(number(x, decimals), said);
        }
        assert_eq!(formatted(2025.0, Format::Text), "2025");
        for (p, said) in [(0.0, "<\u{a0}0,005"), (0.0049, "<\u{a0}0,005"), (0.005, "0,01")] {
            assert_eq!(formatted(p, Format::Probability), said);
        }
        assert_eq!(days(1.5), "1,5\u{a0}jour");
        assert_eq!(days(12.0), "12\u{a0}jours");
    }

    #[test]
    fn keys_and_dates_are_words() {
        assert_eq!(period("2025-03"), "mars 2025");
        assert_eq!(period("2025-T1"), "1er trimestre 2025");
        assert_eq!(period("00-16"), "00-16");
        for name in [
            "2025-2026",
            "Bus-03",
            "Médicobus Nord-T2",
            "Projet fictif 972-1",
            "972-1",
            "2025-13",
            "2025-T5",
        ] {
            assert_eq!(period(name), name);
        }
        let premier = NaiveDate::from_ymd_opt(2025, 8, 1).unwrap_or_default();
        assert_eq!(long_date(premier), "1er\u{a0}août\u{a0}2025");
    }

    #[test]
    fn hidden_and_missing_do_not_look_alike() {
        assert_eq!(cell(None, Format::Integer), "n.c.");
        assert_eq!(cell(Some(&Value::Null), Format::Integer), "–");
    }

    #[test]
    fn typography_leaves_addresses_alone() {
        assert_eq!(typography("l'eau : 12 % !"), "l\u{2019}eau\u{202f}: 12\u{202f}%\u{202f}!");
        assert_eq!(typography("https://a.fr à 12:30"), "https://a.fr à 12:30");
        assert_eq!(typography("« oui »"), "«\u{202f}oui\u{202f}»");
        assert_eq!(
            typography("o\u{fb03}ciel, le 1\u{1d49}\u{02b3}, 10\u{2076}"),
            "officiel, le 1er, 10\u{2076}"
        );
    }

    #[test]
    fn nought_and_one_are_singular() {
        for (count, said) in
            [(0, "0 ligne refusée"), (1, "1 ligne refusée"), (2, "2 lignes refusées")]
        {
            assert_eq!(counted(count, "ligne refusée", "lignes refusées"), said);
        }
        assert_eq!(agreed(21_u64, "est refusée", "sont refusées"), "sont refusées");
    }
}
