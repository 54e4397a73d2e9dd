//! One cell, from the sender's writing to the store's.

use chrono::NaiveDate;

/// How dates are written in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DateForm {
    /// `2025-03-04`, `04/03/2025` or a spreadsheet serial: told apart by their shape.
    Any,
    /// `2025-03-04`.
    Iso,
    /// `04/03/2025`.
    French,
    /// `03/04/2025`, month first.
    American,
    /// Days since 30 December 1899.
    Serial,
}

/// The shape of a date, whatever the day it gives.
pub(crate) fn date_shape(text: &str) -> Option<DateForm> {
    let b = text.as_bytes();
    let digits = |s: &[u8]| !s.is_empty() && s.iter().all(u8::is_ascii_digit);
    if b.len() >= 10 && digits(&b[..4]) && b[4] == b'-' && b[7] == b'-' {
        return Some(DateForm::Iso);
    }
    let whole = text.split_once(['.', ',']).map_or(text, |(w, _)| w).as_bytes();

    if whole.len() == 5 && digits(whole) {
        return Some(DateForm::Serial);
    }

    let parts: Vec<&str> =
        text.split(' ').next().unwrap_or_default().split(['/', '-', '.']).collect();

    match parts.as_slice() {
        [d, m, y] if (1..=2).contains(&d.len()) && (1..=2).contains(&m.len()) && y.len() == 4 => {
            let number = |s: &str| s.parse::<u32>().ok();
            let (d, m) = (number(d)?, number(m)?);
            Some(if m > 12 && d <= 12 { DateForm::American } else { DateForm::French })
        }
        _ => None,
    }
}

/// Days since 1 January 1970 of a written date; a time of day after it is dropped.
pub(crate) fn date(text: &str, form: DateForm) -> Option<i32> {
    let b = text.as_bytes();
    if b.len() == 10
        && b[4] == b'-'
        && b[7] == b'-'
        && matches!(form, DateForm::Any | DateForm::Iso)
    {
        return days(number(&b[..4])?, number(&b[5..7])?, number(&b[8..])?);
    }
    let shape = date_shape(text)?;

    let wanted = match (form, shape) {
        (DateForm::Any, DateForm::American) => return None,
        (DateForm::Any, shape) => shape,
        (DateForm::American | DateForm::French, DateForm::French | DateForm::American) => form,
        (form, shape) if form == shape => form,
        _ => return None,
    };

    match wanted {
        DateForm::Iso => {
            let rest = &b[10..];
            (rest.is_empty() || (matches!(rest[0], b'T' | b' ') && time_tail(&rest[1..])))
                .then(|| days(number(&b[..4])?, number(&b[5..7])?, number(&b[8..10])?))
                .flatten()
        }
        DateForm::Serial => {
            let whole: i32 = text.split_once(['.', ',']).map_or(text, |(w, _)| w).parse().ok()?;
            // Serials before 1 March 1900 carry Lotus's false leap day; five digits start in 1927.
            whole.checked_sub(25_569)
        }
        _ => {
            let (head, tail) = text.split_once(' ').unwrap_or((text, ""));
            let mut parts = head.split(['/', '-', '.']).map(|p| number(p.as_bytes()));
            let (first, second, year) = (parts.next()??, parts.next()??, parts.next()??);

            let (day, month) = if wanted == DateForm::American {
                (second, first)
            } else {
                (first, second)
            };

            (tail.is_empty() || time_tail(tail.as_bytes()))
                .then(|| days(year, month, day))
                .flatten()
        }
    }
}

fn time_tail(b: &[u8]) -> bool {
    !b.is_empty()
        && b.len() <= 20
        && b.iter().all(|c| c.is_ascii_digit() || matches!(c, b':' | b'.' | b'Z' | b'+'))
}

fn number(b: &[u8]) -> Option<u32> {
    (!b.is_empty() && b.len() <= 4 && b.iter().all(u8::is_ascii_digit))
        .then(|| b.iter().fold(0, |n, d| n * 10 + u32::from(d - b'0')))
}

fn days(year: u32, month: u32, day: u32) -> Option<i32> {
    if !(1900..=2199).contains(&year) {
        return None;
    }
    Some(epoch_days(NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?))
}

/// Days since 1 January 1970.
pub(crate) fn epoch_days(day: NaiveDate) -> i32 {
    chrono::Datelike::num_days_from_ce(&day) - 719_163
}

/// The day of a number of days since 1 January 1970.
pub(crate) fn from_epoch(days: i32) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(days.checked_add(719_163)?)
}

/// A whole number; spaces between thousands and a null fraction (`12,0`) are allowed.
pub(crate) fn integer(text: &str) -> Option<i64> {
    let b = text.as_bytes();
    if b.len() <= 18 && b.iter().all(u8::is_ascii_digit) && !b.is_empty() {
        return Some(b.iter().fold(0, |n, d| n * 10 + i64::from(d - b'0')));
    }

    if text.rsplit(['.', ',']).next().is_some_and(|tail| {
        tail.len() == 3 && tail.len() + 1 < text.len() && text.contains(['.', ','])
    }) {
        return None; // `1.200` is a thousand to some and one to others.
    }

    let value = decimal(text, '.', 3)?;
    (value % 1000 == 0).then(|| i64::try_from(value / 1000).ok()).flatten()
}

/// A decimal number in units of `10^-scale`, rounded half away from zero. `mark` is the file's decimal mark: the other
/// one is read as a decimal mark too, unless exactly three digits follow it, which would be a thousands mark.
pub(crate) fn decimal(text: &str, mark: char, scale: u32) -> Option<i128> {
    let text = text.trim_end_matches('€').trim_end();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };

    let (mut units, mut fraction, mut after, mut seen, mut round) =
        (0i128, 0u32, false, false, None);
    let marks = text.matches(['.', ',']).count();

    for c in text.chars() {
        match c {
            '0'..='9' => {
                seen = true;
                let digit = i128::from(u32::from(c) - u32::from('0'));

                if after {
                    fraction += 1;
                    if fraction > scale {
                        round.get_or_insert(digit);
                        continue;
                    }
                }

                units = units.checked_mul(10)?.checked_add(digit)?;
            }
            '.' | ',' if !after => {
                let tail = text.rsplit(c).next().unwrap_or_default();
                if marks > 1 || (c != mark && tail.len() == 3) {
                    return None;
                }
                after = true;
            }
            ' ' | '\u{a0}' | '\u{202f}' if !after && seen => {}
            _ => return None,
        }
    }

    if !seen || fraction > 30 {
        return None;
    }
    for _ in fraction..scale.max(fraction) {
        units = units.checked_mul(10)?;
    }

    units += i128::from(round.is_some_and(|d| d >= 5));
    (units < 10i128.pow(30)).then_some(if negative { -units } else { units })
}

/// A time of day as `HH:MM`: `9:00`, `09h30`, `9h`, `09:30:00`. A day before it is passed over: a cell of a workbook holds one that is
/// not shown.
pub(crate) fn time(text: &str) -> Option<String> {
    let dated = text.split_once([' ', 'T']).filter(|(day, _)| date_shape(day).is_some());
    let text = dated.map_or(text, |(_, time)| time);
    let lower = text.to_ascii_lowercase();
    let mut parts = lower.split([':', 'h']);
    let hour = number(parts.next()?.trim().as_bytes())?;
    let minute = match parts.next()?.trim() {
        "" => 0,
        m => number(m.as_bytes())?,
    };

    let rest_is_zero = parts.all(|p| p.is_empty() || p.bytes().all(|b| b == b'0' || b == b'.'));
    (hour < 24 && minute < 60 && rest_is_zero).then(|| format!("{hour:02}:{minute:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_day_in_every_writing() {
        let day = epoch_days(NaiveDate::from_ymd_opt(2025, 3, 4).unwrap());
        for text in [
            "2025-03-04",
            "04/03/2025",
            "4/3/2025",
            "04-03-2025",
            "04.03.2025",
            "45720",
            "45720.5",
            "2025-03-04T00:00:00",
            "2025-03-04 08:30",
            "04/03/2025 00:00",
        ] {
            assert_eq!(date(text, DateForm::Any), Some(day), "{text}");
        }
        assert_eq!(date("03/04/2025", DateForm::American), Some(day));
        assert_eq!(date("04/03/2025", DateForm::Iso), None);
        for bad in [
            "2025-02-30",
            "31/04/2025",
            "03/25/2025",
            "2025-3-4",
            "04/03/25",
            "demain",
            "2025",
            "",
            "2025-03-04x",
        ] {
            assert_eq!(date(bad, DateForm::Any), None, "{bad}");
        }
    }

    #[test]
    fn numbers_in_every_writing() {
        assert_eq!(decimal("1 234,50", ',', 2), Some(123_450));
        assert_eq!(decimal("1\u{202f}234.5 €", '.', 2), Some(123_450));
        assert_eq!(decimal("-0,005", ',', 2), Some(-1));
        assert_eq!(decimal("0.30000000000000004", '.', 2), Some(30));
        assert_eq!(decimal("2.999", '.', 2), Some(300));
        for bad in ["1.234", "1.234,5", "", "-", "1e3", "NaN", "1,2,3"] {
            assert_eq!(decimal(bad, ',', 2), None, "{bad}");
        }
        assert_eq!(integer("12,0"), Some(12));
        assert_eq!(integer("1 200"), Some(1200));
        assert_eq!(integer("-3"), Some(-3));
        for bad in ["12,5", "1.200", "1.000"] {
            assert_eq!(integer(bad), None, "{bad}");
        }
    }

    #[test]
    fn times_in_every_writing() {
        for text in ["9:00", "09h00", "9h", "09:00:00", "1900-01-01 09:00", "2025-03-04T09:00:00"] {
            assert_eq!(time(text).as_deref(), Some("09:00"), "{text}");
        }
        assert_eq!(time("24:00"), None);
        assert_eq!(time("2025-03-04"), None);
        assert_eq!(time("midi"), None);
    }
}
