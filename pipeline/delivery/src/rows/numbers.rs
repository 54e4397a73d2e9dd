//! Numbers as people and programs write them. One mark with exactly three digits after it has two readings, `75,000` is seventy-five or
//! seventy-five thousand: it never says which mark its sender uses, and is read only where other numbers of its column do.

use std::borrow::Cow;

use super::marks::{MarkRole, Marks};

/// How a number shows the marks of its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// No mark.
    Plain,
    /// `12,5`, `0.125`, `1 234,567`.
    Decimal(char),
    /// `1.234.567`.
    Thousands(char),
    /// `1.234,56`; the decimal mark is named.
    Both(char),
    /// `75,000`.
    TwoReadings(char),
}

/// A whole number; a null fraction (`12,0`) is allowed.
pub(crate) fn integer(text: &str, marks: Marks) -> Option<i64> {
    let b = text.as_bytes();
    if b.len() <= 18 && b.iter().all(u8::is_ascii_digit) && !b.is_empty() {
        return Some(b.iter().fold(0, |n, d| n * 10 + i64::from(d - b'0')));
    }
    let text = &*written_out(text);

    // `1.480` is no count unless it is one thousand four hundred and eighty.
    let marks = match shape(text)? {
        Shape::TwoReadings(mark) if marks.role(mark).is_none() && !null_either_way(text) => {
            if mark == ',' { Marks::POINT } else { Marks::COMMA }
        }
        _ => marks,
    };

    let value = decimal(text, marks, 3)?;
    (value % 1000 == 0).then(|| i64::try_from(value / 1000).ok()).flatten()
}

/// Whether the last three digits are zeros, so that the number is whole either way.
fn null_either_way(text: &str) -> bool {
    bare(text).1.ends_with("000")
}

/// A decimal number in units of `10^-scale`, rounded half away from zero. A number of two readings is read as `marks` says, if it does;
/// one of a single reading that `marks` contradicts is none.
pub(crate) fn decimal(text: &str, marks: Marks, scale: u32) -> Option<i128> {
    let text = &*written_out(text);
    let (negative, number) = bare(text);
    let shape = shape(text)?;
    if contradicted(shape, marks) {
        return None;
    }
    let mark = match shape {
        Shape::Plain | Shape::Thousands(_) => None,
        Shape::Decimal(mark) | Shape::Both(mark) => Some(mark),
        Shape::TwoReadings(mark) => (marks.role(mark)? == MarkRole::Decimal).then_some(mark),
    };

    let (whole, fraction) = mark.and_then(|m| number.rsplit_once(m)).unwrap_or((number, ""));
    if fraction.len() > 30 {
        return None;
    }

    let scale = scale as usize;
    let kept = fraction.bytes().chain(std::iter::repeat(b'0')).take(scale);
    let mut units = 0i128;
    for digit in whole.bytes().filter(u8::is_ascii_digit).chain(kept) {
        units = units.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
    }

    units += i128::from(fraction.as_bytes().get(scale).is_some_and(|d| *d >= b'5'));
    (units < 10i128.pow(30)).then_some(if negative { -units } else { units })
}

/// Whether a number has a reading, and not the one that its column or its sender says: `1,234.50` where the comma is the decimal mark.
pub(crate) fn contradicts(text: &str, marks: Marks) -> bool {
    shape(text).is_some_and(|shape| contradicted(shape, marks))
}

fn contradicted(shape: Shape, marks: Marks) -> bool {
    let is = |mark, role| marks.role(mark) == Some(role);
    match shape {
        Shape::Plain | Shape::TwoReadings(_) => false,
        Shape::Decimal(mark) => is(mark, MarkRole::Thousands),
        Shape::Thousands(mark) => is(mark, MarkRole::Decimal),
        Shape::Both(mark) => is(mark, MarkRole::Thousands) || is(other(mark), MarkRole::Decimal),
    }
}

/// The two readings of a number that has two: as thousands and as a fraction, which where a `whole` number is wanted is null. Both are
/// written as `marks` admits.
pub(crate) fn two_readings(text: &str, whole: bool, marks: Marks) -> Option<TwoReadings> {
    let (negative, number) = bare(text);
    let Some(Shape::TwoReadings(mark)) = shape(text) else { return None };
    let (head, tail) = number.split_once(mark)?;
    let sign = if negative { "-" } else { "" };

    // One digit less or more, and the fraction cannot be taken for thousands.
    let fraction = tail.strip_suffix('0').map_or_else(|| format!("{tail}0"), str::to_owned);
    let decimal = if marks.role(',') == Some(MarkRole::Thousands) { '.' } else { ',' };
    let fraction = if whole { String::new() } else { format!("{decimal}{fraction}") };
    Some(TwoReadings {
        thousands: format!("{sign}{head}{tail}"),
        fraction: format!("{sign}{head}{fraction}"),
    })
}

/// How either reading of a number is written so that it has only one.
pub(crate) struct TwoReadings {
    pub(crate) thousands: String,
    pub(crate) fraction: String,
}

/// A number with a power of ten as programs write all of its digits, `7.5E4`, without it: `75000`. Spreadsheets round what they write so,
/// and sign the power: `7.50E+04` is no number that is known.
fn written_out(text: &str) -> Cow<'_, str> {
    exponent(text).map_or(Cow::Borrowed(text), Cow::Owned)
}

fn exponent(text: &str) -> Option<String> {
    let (number, power) = text.split_once(['E', 'e'])?;
    let power = power.parse::<i32>().ok().filter(|p| !power.starts_with('+') && p.abs() <= 20)?;
    let (sign, number) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (head, tail) = number.split_once(['.', ',']).unwrap_or((number, "0"));
    if head.len() != 1 || head == "0" || !digits(head) || !digits(tail) {
        return None;
    }

    // Zeros on both sides, and the mark stands between digits; one more behind it, and they are not taken for thousands.
    let around = "0".repeat(power.unsigned_abs() as usize);
    let all = format!("{around}{head}{tail}{around}0");
    let at = usize::try_from(power).map_or(1, |power| around.len() + 1 + power);
    let (whole, fraction) = all.split_at(at);
    let whole = whole.trim_start_matches('0');
    if fraction.bytes().all(|digit| digit == b'0') {
        return Some(format!("{sign}{whole}"));
    }
    let mark = if number.contains(',') { ',' } else { '.' };
    Some(format!("{sign}{}{mark}{fraction}", if whole.is_empty() { "0" } else { whole }))
}

/// A number of two readings of which one alone is of the bounds of its column: `2,000` days are two, since there cannot be two thousand.
pub(crate) fn within<T: PartialOrd>(
    text: &str,
    marks: Marks,
    (min, max): (Option<&T>, Option<&T>),
    read: impl Fn(&str, Marks) -> Option<T>,
) -> Option<T> {
    if marks.decide(text) {
        return None;
    }

    let admitted = |value: &T| min.is_none_or(|m| value >= m) && max.is_none_or(|m| value <= m);
    let [comma, point] = [Marks::COMMA, Marks::POINT].map(|marks| read(text, marks));
    match (comma.filter(&admitted), point.filter(&admitted)) {
        (Some(one), None) | (None, Some(one)) => Some(one),
        _ => None,
    }
}

/// The sign, and the number without it and without its currency.
fn bare(text: &str) -> (bool, &str) {
    let text = text.trim_end_matches('€').trim_end();
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

pub(super) fn shape(text: &str) -> Option<Shape> {
    let (_, number) = bare(text);
    // The Swiss part their thousands with an apostrophe.
    let blank = |c| matches!(c, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\'' | '’');
    let whole = |text: &str| digits(text) || groups(text.split(blank));

    let Some(at) = number.rfind([',', '.']) else {
        return whole(number).then_some(Shape::Plain);
    };
    let (head, tail) = (&number[..at], &number[at + 1..]);
    let mark = if number.as_bytes()[at] == b',' { ',' } else { '.' };
    if !(digits(tail) || tail.is_empty() && digits(head)) {
        return None;
    }

    if head.contains(mark) {
        return groups(number.split(mark)).then_some(Shape::Thousands(mark));
    }
    if head.contains(other(mark)) {
        return groups(head.split(other(mark))).then_some(Shape::Both(mark));
    }

    let short = (1..=3).contains(&head.len()) && digits(head) && !head.starts_with('0');
    if short && tail.len() == 3 {
        return Some(Shape::TwoReadings(mark));
    }
    (head.is_empty() || whole(head)).then_some(Shape::Decimal(mark))
}

pub(super) fn other(mark: char) -> char {
    if mark == ',' { '.' } else { ',' }
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether parts are groups of thousands: up to three digits, then three each.
fn groups<'t>(mut parts: impl Iterator<Item = &'t str>) -> bool {
    let first = parts.next().unwrap_or_default();
    digits(first)
        && first.len() <= 3
        && !first.starts_with('0')
        && parts.all(|p| digits(p) && p.len() == 3)
}

#[cfg(test)]
mod tests {
    use super::super::marks::MarkEvidence;
    use super::*;

    #[test]
    fn numbers_in_every_writing() {
        for (text, hundredths) in [
            ("1 234,50", 123_450),
            ("1\u{202f}234.5 €", 123_450),
            ("-0,005", -1),
            ("0.30000000000000004", 30),
            ("2.9999", 300),
            ("0.125", 13),
            ("1.234,5", 123_450),
            ("1,234,567.8", 123_456_780),
            ("1.234.567", 123_456_700),
            ("1234,567", 123_457),
            ("1 234,567", 123_457),
            (",5", 50),
            ("75000", 7_500_000),
            ("75'000", 7_500_000),
            ("1’234’567.5", 123_456_750),
            ("7.5E4", 7_500_000),
            ("7,5e4", 7_500_000),
            ("-1.2345E1", -1_235),
            ("1.2345E3", 123_450),
            ("7.5E-1", 75),
            ("2E0", 200),
        ] {
            assert_eq!(decimal(text, Marks::default(), 2), Some(hundredths), "{text}");
        }
        for bad in [
            "",
            "-",
            ",",
            "7.50E+04",
            "1E+05",
            "0.5E3",
            "12.5E3",
            "1E",
            "E4",
            "1.5E99",
            "75'00",
            "'75",
            "NaN",
            "1,2,3",
            "1.23.456",
            "1.234.56",
            "12 5",
            "1,234.567,8",
            "1 234 5",
            "0.123,4",
            "12,5 ,",
            "1.2345,6",
        ] {
            assert_eq!(decimal(bad, Marks::COMMA, 2), None, "{bad}");
        }
        for (text, whole) in [("12,0", 12), ("1 200", 1200), ("-3", -3), ("1.234.567", 1_234_567)] {
            assert_eq!(integer(text, Marks::default()), Some(whole), "{text}");
        }
        for bad in ["12,5", "1.000"] {
            assert_eq!(integer(bad, Marks::default()), None, "{bad}");
        }
        // The fraction would be no whole number.
        for (text, whole) in [("1.200", 1200), ("-1,480", -1480)] {
            assert_eq!(integer(text, Marks::default()), Some(whole), "{text}");
        }
        assert_eq!(integer("1.480", Marks::POINT), None);
        assert_eq!(integer("1.480", Marks::COMMA), Some(1480));
        assert_eq!(integer("1.000", Marks::POINT), Some(1));
    }

    #[test]
    fn a_number_that_its_sender_s_mark_contradicts_is_none() {
        for text in ["1,234.50", "12.5", "0.125", "1,234,567"] {
            assert_eq!(decimal(text, Marks::COMMA, 2), None, "{text}");
            assert!(contradicts(text, Marks::COMMA), "{text}");
        }
        for text in ["1.234,50", "12,5", "1.234.567", "75,000", "75.000", "1 234", "12"] {
            assert!(decimal(text, Marks::COMMA, 2).is_some(), "{text}");
            assert!(!contradicts(text, Marks::COMMA), "{text}");
        }
        assert_eq!(decimal("1,234.50", Marks::POINT, 2), Some(123_450));
    }

    #[test]
    fn three_digits_after_one_mark_are_read_only_as_their_column_says() {
        for text in ["75,000", "75.000", "1,234", "999.999 €", "-120,000"] {
            assert_eq!(decimal(text, Marks::default(), 2), None, "{text}");
            assert!(two_readings(text, false, Marks::default()).is_some(), "{text}");
        }
        let both = two_readings("-75.000", false, Marks::default()).unwrap();
        assert_eq!((both.thousands.as_str(), both.fraction.as_str()), ("-75000", "-75,00"));
        assert_eq!(two_readings("1,234", false, Marks::default()).unwrap().fraction, "1,2340");
        let whole = two_readings("12.000", true, Marks::default()).unwrap();
        assert_eq!((whole.thousands.as_str(), whole.fraction.as_str()), ("12000", "12"));
        assert_eq!(decimal("75,000", Marks::COMMA, 2), Some(7_500));
        assert_eq!(decimal("75,000", Marks::POINT, 2), Some(7_500_000));

        let seen = |texts: &[&str]| {
            let mut seen = MarkEvidence::default();
            texts.iter().for_each(|t| seen.add(t));
            seen
        };
        let read = |column: &[&str], others: &[&str], text: &str| {
            let column = seen(column);
            let mut delivery = seen(others);
            delivery.merge(column);
            decimal(text, column.marks(&delivery), 2)
        };
        assert_eq!(read(&["75,000", "120,000"], &[], "75,000"), None, "they do not elect");
        assert_eq!(read(&[], &["2.50"], "75.000"), None, "nor do other columns");
        assert_eq!(read(&["12,5"], &[], "75,000"), Some(7_500));
        assert_eq!(read(&["12,5"], &["2.50"], "75,000"), None, "contradicted elsewhere");
        assert_eq!(read(&["12,5"], &[], "75.000"), None, "the other mark stays open");
        assert_eq!(read(&["1,234.50"], &[], "75,000"), Some(7_500_000));
        assert_eq!(read(&["75.000,00"], &["2.50"], "120.000"), Some(12_000_000), "both decide");
        assert_eq!(read(&["75.000,00", "2.50"], &[], "120.000"), None, "unless contradicted");
        assert_eq!(read(&["1,234,567"], &["12,5"], "75,000"), None);
    }
}
