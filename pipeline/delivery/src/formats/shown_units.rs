//! Units that the format of a cell shows behind its number: `75 k€` is 75 in the file.

use std::collections::HashMap;
use std::sync::LazyLock;

use calamine::{Style, Xlsx};
use regex::Regex;

use super::fault::Fault;
use super::workbook::{Bytes, unread};

/// The cells whose format shows their number with a unit of thousands, as `75 k€` for 75. Most workbooks have no such format, and their
/// sheets are read once only.
pub(super) fn units_shown(
    book: &mut Xlsx<Bytes>,
    name: &str,
) -> Result<HashMap<(u32, u32), String>, Fault> {
    let mut shown = HashMap::new();
    // What cannot be read is told of by the reading of its values.
    let Ok(mut cells) = book.worksheet_cells_reader(name) else { return Ok(shown) };

    let format = |style: &Style| style.number_format.as_ref().map(|f| f.format_code.clone());
    let units: Vec<Option<String>> =
        cells.styles().iter().map(|style| unit_of_format(&format(style)?)).collect();
    if units.iter().all(Option::is_none) {
        return Ok(shown);
    }

    while let Some((row, column, style)) = cells.next_style_id().map_err(|_| unread())? {
        if let Some(unit) = units.get(style).and_then(Option::as_ref) {
            shown.insert((row, column), unit.clone());
        }
    }
    Ok(shown)
}

/// Units that a spreadsheet shows behind a number that is a thousand times greater.
static THOUSANDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:^|[^a-z])([km] ?(?:€|eur\b|euros?\b)|milliers?|millions?)").ok()
});

/// The unit of thousands in a text.
pub(super) fn unit_of_thousands(text: &str) -> Option<&str> {
    let found = THOUSANDS.as_ref()?.captures(text)?;
    found.get(1).map(|unit| unit.as_str())
}

/// Units of time that a format shows behind a number of days, in quotes; outside of them its letters are those of dates.
static TIME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let word = r"sem(?:\.|aines?)?|mois|h(?:eures?)?|min(?:utes?)?|demi-journ[ée]es?|ans?";
    Regex::new(&format!(r#"(?i)"[^"]*?(?:\b|/)({word})(?:[^"\p{{L}}][^"]*)?""#)).ok()
});

fn unit_of_time(format: &str) -> Option<&str> {
    let found = TIME.as_ref()?.captures(format)?;
    found.get(1).map(|unit| unit.as_str())
}

/// What a format writes behind its number, blanks and case left out: `k`, `000€`, `joursouvrés`. Empty where it writes nothing.
fn written_behind(format: &str) -> String {
    let mut behind = String::new();
    let mut letters = format.chars();
    while let Some(c) = letters.next() {
        match c {
            '"' => behind.extend(letters.by_ref().take_while(|c| *c != '"')),
            '\\' => behind.extend(letters.next()),
            '[' => {
                let bracketed: String = letters.by_ref().take_while(|c| *c != ']').collect();
                let sign = bracketed.strip_prefix('$').and_then(|sign| sign.split('-').next());
                behind.push_str(sign.unwrap_or_default());
            }
            '0' | '#' | '?' => behind.clear(),
            ';' => break,
            _ => {}
        }
    }
    behind.to_lowercase().split_whitespace().collect()
}

/// What says another scale or unit when nothing else stands behind a number: « 75 K », « 75 000 » of which the zeros are written, « 3 s ».
static BARE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let scale =
        "(?:x|×)?(?:[kmtg]|md|mds|mille|milliers?|millions?|milliards?|centaines?|0{2,}|1000)";
    let cents = "centimes?|cents?|cts?";
    let foreign = r"\$|us\$|usd|£|gbp|chf|francs?";
    let time = "s|sem|w|wks?|weeks?|m|j(?:ours?|\\.)?ouvr\\p{L}*";
    Regex::new(&format!(
        r"^(?:{scale}(?:(?:d[e'’])?(?:€|e|eur|euros?))?|{cents}|{foreign}|{time})\.?$"
    ))
    .ok()
});

/// The unit that a cell shows behind the digits of its `number`: `75 k€` for 75, and `75 000` where the zeros are written. None where it
/// shows other digits.
pub(super) fn unit_behind(number: &str, shown: &str) -> Option<String> {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let mut left = shown;
    for digit in whole.chars().filter(char::is_ascii_digit) {
        let (between, after) = left.split_once(digit)?;
        if between.contains(|c: char| c.is_ascii_digit()) {
            return None;
        }
        left = after;
    }
    if !decimals.is_empty() {
        let fraction = left.strip_prefix([',', '.']).unwrap_or(left);
        left = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    }

    let behind: String = left.to_lowercase().split_whitespace().collect();
    unit_of_thousands(left).map(str::to_owned).or_else(|| bare_unit(behind))
}

/// What stands behind a number, if it is a unit by itself. Zeros are put between guillemets: behind the number they would be its digits.
fn bare_unit(behind: String) -> Option<String> {
    BARE.as_ref()?.is_match(&behind).then(|| {
        let digits = behind.starts_with(|c: char| c.is_ascii_digit());
        if digits { format!("« {behind} »") } else { behind }
    })
}

/// The unit of thousands that a format shows behind a number as it is: `#,##0 "k€"`. One that divides what it shows, `#,##0, "k€"`, shows
/// another number than it holds, and the right one is held.
pub(super) fn unit_of_format(format: &str) -> Option<String> {
    let plain = format.replace(['"', '\\', '[', ']', '$'], " ");
    let unit = unit_of_thousands(&plain)
        .or_else(|| unit_of_time(format))
        .map(str::to_owned)
        .or_else(|| bare_unit(written_behind(format)))?;
    let number = format.find(['0', '#'])?..=format.rfind(['0', '#', ','])?;
    let divides = format.get(number)?.ends_with(',');
    (!divides).then_some(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_behind_the_digits_of_a_number_is_one() {
        for (number, shown) in [
            ("75", "75 k€"),
            ("75", "75 K"),
            ("75", "75 mille"),
            ("75", "75 000"),
            ("75.5", "75,50 M€"),
            ("1200", "1 200 k€"),
        ] {
            assert!(unit_behind(number, shown).is_some(), "{number} {shown}");
        }
        for (number, shown) in [
            ("75000", "75 k€"),
            ("75000", "75 000"),
            ("75000.5", "75 000,50 €"),
            ("75000", "75 000,00"),
            ("75", "75,00"),
            ("75", "75 €"),
            ("0.5", "50 %"),
        ] {
            assert_eq!(unit_behind(number, shown), None, "{number} {shown}");
        }
        // Digits that are written behind a number are none of its own.
        assert_eq!(unit_behind("75", "75 000").as_deref(), Some("« 000 »"));
    }

    #[test]
    fn a_format_that_shows_thousands_is_told_from_one_that_divides() {
        for format in [
            "#,##0 \"k€\"",
            "0\" k€\"",
            "0.0\\ \"K€\"",
            "#,##0 [$k€-40C]",
            "0 \"M€\"",
            "0 \"milliers d'euros\"",
            "0\"keur\"",
            "0 \"sem.\"",
            "0\" semaines\"",
            "0\" mois\"",
            "0\" h\"",
            "0.0\" j/mois\"",
            "0\" demi-journées\"",
            "0\" K\"",
            "0\"k\"",
            "0\" mille\"",
            "0\" mille €\"",
            "0\"000\"",
            "0\\ \\0\\0\\0",
            "#\\ ##0\" 000 €\"",
            "0\" x1000\"",
            "0.000\" M\"",
            "0\" T€\"",
            "0\"00\"",
            "0\" centimes\"",
            "0\" s\"",
            "0\" wk\"",
            "0\" m\"",
            "0\" jours ouvrés\"",
            "0\" j. ouvrés\"",
            "0\" $\"",
            "#,##0.00 [$USD]",
            "0\" k€\";-0",
        ] {
            assert!(unit_of_format(format).is_some(), "{format}");
        }
        for format in [
            "#,##0, \"k€\"",
            "#,##0.0,,\" M€\"",
            "#,##0 \"€\"",
            "#,##0.00 [$€-40C]",
            "0 \"km\"",
            "General",
            "dd/mm/yyyy",
            "0 \"marks\"",
            "0\" jours\"",
            "0\" j\"",
            "0\" habitants\"",
            "00000",
            "0\" %\"",
            "#,##0.00\\ [$€-40C]",
            "hh\"h\"mm",
        ] {
            assert_eq!(unit_of_format(format), None, "{format}");
        }
    }
}
