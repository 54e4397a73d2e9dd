//! One cell, from the sender's writing to the store's.

use chrono::{Datelike, NaiveDate};

use super::in_words;
use super::instants::{Time, Zone};

/// Day zero of spreadsheets, 30 December 1899, in days since 1970. Serials before 1 March 1900 carry Lotus's false leap day; five digits
/// start in 1927.
pub(crate) const DAY_ZERO: i32 = -25_569;

/// Years of days that are read at all.
const YEARS: std::ops::RangeInclusive<u32> = 1900..=2199;

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
    /// Days since a spreadsheet's day zero.
    Serial,
}

/// What reading a date needs to know.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DateHabits {
    pub(crate) form: DateForm,
    /// Day zero of the file's serials, in days since 1970.
    pub(crate) day_zero: i32,
    /// The région's time.
    pub(crate) zone: Zone,
}

/// Why a text gives no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DateFault {
    Malformed,
    /// An instant that is one day or the other, by where it is read.
    TwoDays(i32, i32),
}

/// The shape of a date, whatever the day it gives.
pub(crate) fn date_shape(text: &str) -> Option<DateForm> {
    let digits = |s: &[u8]| !s.is_empty() && s.iter().all(u8::is_ascii_digit);
    if year_first(text).is_some() {
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
        // A month in words stands in no order either.
        _ => in_words::is_day(text).then_some(DateForm::Iso),
    }
}

/// Whether a text is a date with a year of two digits: `03/03/25`.
pub(crate) fn short_year(text: &str) -> bool {
    let day = text.split(' ').next().unwrap_or_default();
    let parts: Vec<&str> = day.split(['/', '-', '.']).collect();
    let digits = |part: &&str| (1..=2).contains(&part.len()) && number(part.as_bytes()).is_some();
    parts.len() == 3 && parts.iter().all(digits) && parts.iter().any(|part| part.len() == 2)
}

/// The year that a text names, if it is written as a date.
pub(crate) fn year_of(text: &str) -> Option<u32> {
    if let Some(([year, ..], _)) = year_first(text) {
        return number(year);
    }
    let runs = text.split(|c: char| !c.is_ascii_digit());
    runs.filter(|run| run.len() == 4).find_map(|run| run.parse().ok())
}

/// Days since 1 January 1970 of a written date; a time of day after it is dropped, once it is sure which day it is of.
pub(crate) fn date(text: &str, habits: &DateHabits) -> Result<i32, DateFault> {
    let b = text.as_bytes();
    let form = habits.form;
    if b.len() == 10
        && b[4] == b'-'
        && b[7] == b'-'
        && matches!(form, DateForm::Any | DateForm::Iso)
    {
        return iso(b).ok_or(DateFault::Malformed);
    }

    match day_and_time(text, habits) {
        None => Err(DateFault::Malformed),
        Some((day, None)) => Ok(day),
        Some((day, Some(time))) => {
            time.day(day, habits.zone).map_err(|(a, b)| DateFault::TwoDays(a, b))
        }
    }
}

/// The parts of a date with its year first, and what follows it: `2025-03-04`, `2025/03/04`, `20250304`. Eight digits with the day
/// first would name a month above 18 here.
fn year_first(text: &str) -> Option<([&[u8]; 3], &str)> {
    let b = text.as_bytes();
    let digits = |s: &[u8]| s.iter().all(u8::is_ascii_digit);

    let dashed = b.len() >= 10 && b[4] == b[7] && matches!(b[4], b'-' | b'/');
    let (parts, rest) = if dashed {
        ([&b[..4], &b[5..7], &b[8..10]], text.get(10..)?)
    } else if b.len() == 8 && number(&b[..4]).is_some_and(|year| YEARS.contains(&year)) {
        ([&b[..4], &b[4..6], &b[6..8]], "")
    } else {
        return None;
    };

    parts.iter().all(|part| digits(part)).then_some((parts, rest))
}

/// The day that a date of one reading names, its time apart; a serial as its number.
pub(crate) fn day_written(text: &str) -> Option<i32> {
    let habits = DateHabits {
        form: DateForm::Any,
        day_zero: 0,
        zone: Zone::Paris,
    };
    day_and_time(text, &habits).map(|(day, _)| day)
}

/// The day as it is written, and the time after it.
fn day_and_time(text: &str, habits: &DateHabits) -> Option<(i32, Option<Time>)> {
    let shape = date_shape(text)?;
    let wanted = match (habits.form, shape) {
        (DateForm::Any, DateForm::American) => return None,
        (DateForm::Any, shape) => shape,
        (DateForm::American | DateForm::French, DateForm::French | DateForm::American) => {
            habits.form
        }
        // The order of day and month says nothing of dates that have only one.
        (DateForm::American | DateForm::French, DateForm::Iso | DateForm::Serial) => shape,
        (form, shape) if form == shape => form,
        _ => return None,
    };

    match wanted {
        DateForm::Iso => {
            let Some(([year, month, day], rest)) = year_first(text) else {
                let day = in_words::day(text).filter(|day| YEARS.contains(&day.year_ce().1))?;
                return Some((epoch_days(day), None));
            };
            let day = days(number(year)?, number(month)?, number(day)?)?;
            let time = match rest {
                "" => None,
                rest => Some(Time::parse(rest.strip_prefix(['T', 't', ' '])?)?),
            };
            Some((day, time))
        }
        DateForm::Serial => {
            let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
            let day = whole.parse::<i32>().ok()?.checked_add(habits.day_zero)?;
            let time = match fraction {
                "" => None,
                fraction => Some(Time::of_day(format!("0.{fraction}").parse().ok()?)),
            };
            Some((day, time))
        }
        _ => {
            let (head, time) = text.split_once(' ').unwrap_or((text, ""));
            let (first, second, year) = slashed(head)?;
            let (day, month) = match wanted {
                DateForm::American => (second, first),
                _ => (first, second),
            };

            let time = match time {
                "" => None,
                time => Some(Time::parse(time)?),
            };
            Some((days(year, month, day)?, time))
        }
    }
}

fn iso(b: &[u8]) -> Option<i32> {
    days(number(&b[..4])?, number(&b[5..7])?, number(&b[8..10])?)
}

/// The three numbers of `04/03/2025`, in their order.
fn slashed(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split(['/', '-', '.']).map(|p| number(p.as_bytes()));
    Some((parts.next()??, parts.next()??, parts.next()??))
}

/// The days that a date may mean with the day first, and with the month first; none for a date of another form.
pub(crate) fn day_orders(text: &str) -> Option<(Option<i32>, Option<i32>)> {
    let shape = date_shape(text)?;
    if !matches!(shape, DateForm::French | DateForm::American) {
        return None;
    }
    let (first, second, year) = slashed(text.split(' ').next()?)?;

    Some((days(year, second, first), days(year, first, second)))
}

fn number(b: &[u8]) -> Option<u32> {
    (!b.is_empty() && b.len() <= 4 && b.iter().all(u8::is_ascii_digit))
        .then(|| b.iter().fold(0, |n, d| n * 10 + u32::from(d - b'0')))
}

fn days(year: u32, month: u32, day: u32) -> Option<i32> {
    if !YEARS.contains(&year) {
        return None;
    }
    Some(epoch_days(NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?))
}

/// Days since 1 January 1970.
pub(crate) fn epoch_days(day: NaiveDate) -> i32 {
    day.num_days_from_ce() - 719_163
}

/// The day of a number of days since 1 January 1970.
pub(crate) fn from_epoch(days: i32) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(days.checked_add(719_163)?)
}

/// The day shown in messages.
pub(crate) fn day_text(day: NaiveDate) -> String {
    day.format("%d/%m/%Y").to_string()
}

/// A time of day as `HH:MM`: `9:00`, `09h30`, `9h`, `09:30:00`, `9:30 AM`. A day before it is passed over: a cell of a workbook holds one
/// that is not shown.
pub(crate) fn time(text: &str) -> Option<String> {
    let dated = text.split_once([' ', 'T']).filter(|(day, _)| date_shape(day).is_some());
    let text = dated.map_or(text, |(_, time)| time);
    let lower = text.to_ascii_lowercase();
    let (clock, noon) = halves(&lower);
    let mut parts = clock.split([':', 'h']);
    let hour = number(parts.next()?.trim().as_bytes())?;
    let hour = match noon {
        None => hour,
        Some(after) => (1..=12).contains(&hour).then_some(hour % 12 + after)?,
    };
    let minute = match parts.next()?.trim() {
        "" => 0,
        m => number(m.as_bytes())?,
    };

    let rest_is_zero = parts.all(|p| p.is_empty() || p.bytes().all(|b| b == b'0' || b == b'.'));
    (hour < 24 && minute < 60 && rest_is_zero).then(|| format!("{hour:02}:{minute:02}"))
}

/// A clock of twelve hours without its half, and the hours that the half adds: `9:30 pm`, `9:30 p.m.`.
fn halves(lower: &str) -> (&str, Option<u32>) {
    let half = |marks: [&str; 2]| marks.into_iter().find_map(|mark| lower.strip_suffix(mark));
    match (half(["am", "a.m."]), half(["pm", "p.m."])) {
        (Some(clock), _) => (clock.trim_end(), Some(0)),
        (_, Some(clock)) => (clock.trim_end(), Some(12)),
        _ => (lower, None),
    }
}

/// Whether a time of day follows a date on a clock of twelve hours, as programs set to American habits write it.
pub(crate) fn on_twelve_hours(text: &str) -> bool {
    date_shape(text).is_some() && halves(&text.to_ascii_lowercase()).1.is_some()
}

/// A month as people and spreadsheets write it, as `AAAA-MM`: « mars 2026 », `2026-03`, `03/2026`, `2026-03-01`, which is what a cell makes of `2026-03`.
pub(crate) fn month(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split(['-', '/']).map(str::trim).collect();
    let (year, month) = match parts.as_slice() {
        [year, month] | [year, month, "01"] if year.len() == 4 => (*year, *month),
        [month, year] if year.len() == 4 => (*year, *month),
        _ => return in_words::month(text),
    };

    let number = month.parse::<u8>().ok().filter(|m| (1..=12).contains(m))?;
    Some(format!("{year}-{number:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, form: DateForm) -> Option<i32> {
        let habits = DateHabits {
            form,
            day_zero: DAY_ZERO,
            zone: Zone::Paris,
        };
        date(text, &habits).ok()
    }

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
            "45720,25",
            "2025/03/04",
            "2025/03/04 08:30",
            "20250304",
            "2025-03-04T00:00:00",
            "2025-03-04 08:30",
            "04/03/2025 00:00",
            "2025-03-03T23:00:00.000Z",
            "2025-03-04T00:00:00+01:00",
            "4 mars 2025",
            "04MAR2025",
        ] {
            assert_eq!(read(text, DateForm::Any), Some(day), "{text}");
        }
        assert_eq!(read("03/04/2025", DateForm::American), Some(day));
        for one_reading in ["2025-03-04", "45720", "20250304", "4 mars 2025"] {
            assert_eq!(read(one_reading, DateForm::American), Some(day), "{one_reading}");
        }
        assert_eq!(read("04/03/2025", DateForm::Iso), None);
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
            "2025-03-04T",
            "2025-03-04 midi",
            "2025-03-03T23:30Z",
            // A midnight in universal time, as a number of days.
            "45719.958333333336",
            "45719.9583",
            "45811,916666666664",
            "2025/03-04",
            "20250230",
            "04032025",
            "2025030",
            "2025/3/4",
        ] {
            assert_eq!(read(bad, DateForm::Any), None, "{bad}");
        }
        for (text, month, day) in [("45719.9", 3, 3), ("45811,958333333336", 6, 3)] {
            let day = epoch_days(NaiveDate::from_ymd_opt(2025, month, day).unwrap());
            assert_eq!(read(text, DateForm::Any), Some(day), "{text}");
        }
    }

    #[test]
    fn times_in_every_writing() {
        for text in [
            "9:00",
            "09h00",
            "9h",
            "09:00:00",
            "1900-01-01 09:00",
            "2025-03-04T09:00:00",
            "9:00 AM",
            "09:00:00 a.m.",
        ] {
            assert_eq!(time(text).as_deref(), Some("09:00"), "{text}");
        }
        for (text, expected) in [("12:15 AM", "00:15"), ("12:15 pm", "12:15"), ("9:15PM", "21:15")]
        {
            assert_eq!(time(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(time("13:00 PM"), None);
        assert_eq!(time("0:30 AM"), None);
        assert_eq!(time("24:00"), None);
        assert_eq!(time("2025-03-04"), None);
        assert_eq!(time("midi"), None);
    }

    #[test]
    fn one_month_in_every_writing_and_no_day() {
        for text in ["2026-03", "2026-3", "03/2026", "3/2026", "2026-03-01", "2026/03", "mars 2026"]
        {
            assert_eq!(month(text).as_deref(), Some("2026-03"), "{text}");
        }
        for text in ["2026-13", "03-26", "2026-03-15", "01/03/2026", "ma 2026", "2026", ""] {
            assert_eq!(month(text), None, "{text}");
        }
    }
}
