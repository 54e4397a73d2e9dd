//! Days, months and quarters whose writing has a word in it, and so one reading: « 3 mars 2025 », `03MAR2025` of SAS, « 1er trimestre 2025 ».

use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};
use regex::Regex;

use crate::text::fold;

/// The beginnings of the names of each month, French and English, folded; one that could be of two months is none.
const MONTHS: [&[&str]; 12] = [
    &["janvier", "janv", "january", "jan"],
    &["fevrier", "fevr", "fev", "february", "feb"],
    &["mars", "march", "mar"],
    &["avril", "avr", "april", "apr"],
    &["mai", "may"],
    &["juin", "june", "jun"],
    &["juillet", "juil", "july", "jul"],
    &["aout", "august", "aug"],
    &["septembre", "sept", "september", "sep"],
    &["octobre", "october", "oct"],
    &["novembre", "november", "nov"],
    &["decembre", "dec", "december"],
];

/// From Monday.
const WEEK_DAYS: [&str; 7] =
    ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];

static DAY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let week_day = WEEK_DAYS.join("|");
    Regex::new(&format!(r"^(?:({week_day})_)?(\d{{1,2}})(?:er)?_?([a-z]+)_?(\d{{4}})$")).ok()
});
static MONTH: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^([a-z]+)_?(\d{4})$|^(\d{4})_([a-z]+)$").ok());
static QUARTER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let quarter =
        r"[tq]_?([1-4])|([1-4])(?:er|ere|e|eme|nd|nde|d)?_?(?:trimestre|trim|t)|trimestre_([1-4])";
    Regex::new(&format!(r"^(?:{quarter})_(?:de_)?(\d{{4}})$|^(\d{{4}})_?(?:{quarter})$")).ok()
});

/// The day of a text whose month is a word. A day of the week that is not its own makes it none.
pub(super) fn day(text: &str) -> Option<NaiveDate> {
    let written = WrittenDay::read(text)?;
    let day = NaiveDate::from_ymd_opt(written.year, written.month, written.day)?;
    let own = WEEK_DAYS[day.weekday().num_days_from_monday() as usize];

    written.week_day.is_none_or(|said| said == own).then_some(day)
}

/// Whether a text is written as a day in words, also one that does not exist.
pub(super) fn is_day(text: &str) -> bool {
    WrittenDay::read(text).is_some()
}

/// The parts of a day in words, which together may be no day.
struct WrittenDay {
    week_day: Option<&'static str>,
    day: u32,
    month: u32,
    year: i32,
}

impl WrittenDay {
    fn read(text: &str) -> Option<Self> {
        let folded = words(text)?;
        let found = DAY.as_ref()?.captures(&folded)?;
        let part = |i: usize| found.get(i).map(|m| m.as_str());

        Some(Self {
            week_day: part(1).and_then(|said| WEEK_DAYS.into_iter().find(|own| *own == said)),
            day: part(2)?.parse().ok()?,
            month: month_number(part(3)?)?,
            year: part(4)?.parse().ok()?,
        })
    }
}

/// A month in words as `AAAA-MM`: « mars 2025 ».
pub(super) fn month(text: &str) -> Option<String> {
    let folded = words(text)?;
    let found = MONTH.as_ref()?.captures(&folded)?;
    let either = |a: usize, b: usize| found.get(a).or(found.get(b)).map(|m| m.as_str());

    let month = month_number(either(1, 4)?)?;
    Some(format!("{}-{month:02}", either(2, 3)?))
}

/// A quarter as `AAAA-Tn`: « 1er trimestre 2025 », `T1 2025`, `2025Q1`.
pub(super) fn quarter(text: &str) -> Option<String> {
    let folded = words(text)?;
    let found = QUARTER.as_ref()?.captures(&folded)?;
    let one_of = |groups: &[usize]| groups.iter().find_map(|i| found.get(*i)).map(|m| m.as_str());

    Some(format!("{}-T{}", one_of(&[4, 5])?, one_of(&[1, 2, 3, 6, 7, 8])?))
}

fn month_number(word: &str) -> Option<u32> {
    let at = MONTHS.iter().position(|names| names.contains(&word))?;
    u32::try_from(at + 1).ok()
}

/// The text without case, accents and signs, if it is short and has a letter at all.
fn words(text: &str) -> Option<String> {
    let spelled = text.len() <= 40 && text.bytes().any(|b| b.is_ascii_alphabetic());
    // `03Mar2025` is not two words.
    spelled.then(|| fold(&text.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_in_words_has_one_reading() {
        let expected = NaiveDate::from_ymd_opt(2025, 3, 4);
        for text in [
            "4 mars 2025",
            "04-mars-2025",
            "04MAR2025",
            "04-Mar-2025",
            "mardi 4 mars 2025",
            "04.MARS.2025",
            "4\u{a0}mars 2025",
        ] {
            assert_eq!(day(text), expected, "{text}");
        }
        assert_eq!(day("1er août 2025"), NaiveDate::from_ymd_opt(2025, 8, 1));
        assert_eq!(day("25 févr. 2025"), NaiveDate::from_ymd_opt(2025, 2, 25));

        // Of no month for certain, of another day of the week, of no day, of a year in two digits, of no day at all.
        for text in [
            "4 jui 2025",
            "4 ma 2025",
            "lundi 4 mars 2025",
            "31 avril 2025",
            "4 mars 25",
            "mars 2025",
            "mardi 04/03/2025",
        ] {
            assert_eq!(day(text), None, "{text}");
        }
        assert!(is_day("31 avril 2025") && is_day("lundi 4 mars 2025") && !is_day("4 jui 2025"));
    }

    #[test]
    fn months_and_quarters_in_words() {
        for text in ["mars 2025", "Mars-2025", "mar. 2025", "2025 mars", "MARS2025"] {
            assert_eq!(month(text).as_deref(), Some("2025-03"), "{text}");
        }
        for text in ["4 mars 2025", "mars 25", "mars", "ma 2025"] {
            assert_eq!(month(text), None, "{text}");
        }

        for text in [
            "2025-T2",
            "2025T2",
            "t2-2025",
            "2025 Q2",
            "Q2/2025",
            "2e trimestre 2025",
            "2ème trimestre de 2025",
            "2nd trimestre 2025",
            "trimestre 2 2025",
            "2 trim. 2025",
            "2025-2T",
        ] {
            assert_eq!(quarter(text).as_deref(), Some("2025-T2"), "{text}");
        }
        for text in ["2025-T5", "T1", "2025", "2025-1", "1er semestre 2025", "T1 T2 2025", "T1 25"]
        {
            assert_eq!(quarter(text), None, "{text}");
        }
    }
}
