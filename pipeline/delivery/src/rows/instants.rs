//! Instants: a day with a time and an offset. Programs turn a day into the midnight where they run, and write that in universal time:
//! `2025-03-03T23:00:00.000Z` is 4 March in Paris.

use chrono::{Datelike, NaiveDate};

/// Seconds of a day.
const DAY: i64 = 86_400;
/// 1 January 1970, counted as `chrono` counts days.
const EPOCH: i32 = 719_163;

/// The time of a région.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zone {
    Paris,
    /// The same all year, in hours east.
    Fixed(i64),
}

impl Zone {
    /// By the INSEE code of the région.
    pub(crate) fn of(region: &str) -> Self {
        match region {
            "01" | "02" => Self::Fixed(-4),
            "03" => Self::Fixed(-3),
            "04" => Self::Fixed(4),
            "06" => Self::Fixed(3),
            _ => Self::Paris,
        }
    }

    /// Local time of an instant, both in seconds since 1970.
    fn local(self, instant: i64) -> i64 {
        let hours = match self {
            Self::Fixed(hours) => hours,
            Self::Paris => 1 + i64::from(summer(instant)),
        };
        instant + hours * 3600
    }
}

/// Whether summer time holds in Paris: from the last Sunday of March to that of October, at 01:00 in universal time.
fn summer(instant: i64) -> bool {
    let year = i32::try_from(instant.div_euclid(DAY))
        .ok()
        .and_then(|day| NaiveDate::from_num_days_from_ce_opt(day.checked_add(EPOCH)?))
        .map(|day| day.year());

    let change = |month| {
        let last = NaiveDate::from_ymd_opt(year?, month, 31)?;
        let after_sunday = i64::from(last.weekday().num_days_from_sunday());
        Some((i64::from(last.num_days_from_ce() - EPOCH) - after_sunday) * DAY + 3600)
    };

    matches!((change(3), change(10)), (Some(from), Some(to)) if (from..to).contains(&instant))
}

/// What follows the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time {
    /// Since midnight.
    seconds: i64,
    /// Seconds east of universal time, if it is said.
    offset: Option<i64>,
}

impl Time {
    /// `08:30`, `23:00:00.000Z`, `00:00:00+01:00`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let at = text.find(['Z', 'z', '+', '-']).unwrap_or(text.len());
        let (clock, zone) = text.split_at(at);
        let mut parts = clock.split(':');

        let hours = number(parts.next()?, 24)?;
        let minutes = number(parts.next()?, 60)?;
        let seconds = match parts.next() {
            None => 0,
            Some(text) => {
                let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
                let plain = fraction.len() <= 9 && fraction.bytes().all(|b| b.is_ascii_digit());
                plain.then(|| number(whole, 60)).flatten()?
            }
        };
        if parts.next().is_some() {
            return None;
        }

        let offset = match zone {
            "" => None,
            "Z" | "z" => Some(0),
            _ => Some(offset(zone)?),
        };

        Some(Self {
            seconds: hours * 3600 + minutes * 60 + seconds,
            offset,
        })
    }

    /// A fraction of a day, as spreadsheets write a time; to the minute, since some keep four decimals.
    pub(crate) fn of_day(fraction: f64) -> Self {
        Self {
            seconds: (fraction * 1440.0).round() as i64 * 60,
            offset: None,
        }
    }

    /// The day of the région, for a day written with this time. Without an offset it is the day as written, unless the time is
    /// the one at which a midnight of the région stands in universal time. With one, it is the day that the writing and the région
    /// agree on, or the day whose midnight this is; else both days in question.
    pub(crate) fn day(self, written: i32, zone: Zone) -> std::result::Result<i32, (i32, i32)> {
        let instant = i64::from(written) * DAY + self.seconds - self.offset.unwrap_or(0);
        let on = |zone: Zone| {
            let local = zone.local(instant);
            (
                i32::try_from(local.div_euclid(DAY)).unwrap_or(written),
                local.rem_euclid(DAY) == 0,
            )
        };

        let (local, midnight) = on(zone);
        let (paris, paris_midnight) = on(Zone::Paris);

        // `2025-03-03T23:00:00` may have lost its Z.
        if self.offset.is_none() {
            let other = [(local, midnight), (paris, paris_midnight)]
                .into_iter()
                .find(|&(day, midnight)| midnight && day != written);
            return other.map_or(Ok(written), |(day, _)| Err((written, day)));
        }

        // A delivery from overseas may have been written by a machine in Paris.
        if paris_midnight && !midnight {
            return if paris == local { Ok(local) } else { Err((local, paris)) };
        }
        if midnight || local == written {
            Ok(local)
        } else {
            Err((written, local))
        }
    }
}

fn number(text: &str, below: i64) -> Option<i64> {
    let plain = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten().filter(|n| *n < below)
}

/// `+01:00`, `-0300`, `+01`, in seconds.
fn offset(text: &str) -> Option<i64> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits = text.get(1..)?;
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 => digits.split_at(2),
        None => (digits, "0"),
    };

    Some(sign * (number(hours, 15)? * 3600 + number(minutes, 60)? * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str, region: &str) -> std::result::Result<String, (String, String)> {
        let (date, time) = text.split_once('T').unwrap();
        let said =
            |days: i32| NaiveDate::from_num_days_from_ce_opt(days + EPOCH).unwrap().to_string();
        let written: NaiveDate = date.parse().unwrap();
        let time = Time::parse(time).unwrap();
        time.day(written.num_days_from_ce() - EPOCH, Zone::of(region))
            .map(said)
            .map_err(|(a, b)| (said(a), said(b)))
    }

    #[test]
    fn a_midnight_written_in_universal_time_is_the_day_of_the_region() {
        for (text, region, expected) in [
            ("2025-03-03T23:00:00.000Z", "28", "2025-03-04"),
            ("2025-03-03T23:00Z", "28", "2025-03-04"),
            ("2025-06-03T22:00:00Z", "28", "2025-06-04"),
            ("2025-03-30T22:00:00Z", "28", "2025-03-31"),
            ("2025-03-29T23:00:00Z", "28", "2025-03-30"),
            ("2025-10-25T22:00:00Z", "28", "2025-10-26"),
            ("2025-10-26T23:00:00Z", "28", "2025-10-27"),
            ("2025-03-04T00:00:00Z", "28", "2025-03-04"),
            ("2025-03-04T00:00:00+01:00", "28", "2025-03-04"),
            ("2025-03-03T23:00:00+0000", "28", "2025-03-04"),
            ("2025-03-04T14:32:10Z", "28", "2025-03-04"),
            ("2025-03-03T23:30:00", "28", "2025-03-03"),
            ("2025-03-03T00:00:00", "28", "2025-03-03"),
            ("2025-03-03T22:00:00", "28", "2025-03-03"),
            ("2025-03-03T04:00:00", "01", "2025-03-03"),
            ("2025-03-03T20:00:00Z", "04", "2025-03-04"),
            ("2025-03-03T21:00:00Z", "06", "2025-03-04"),
            ("2025-03-04T04:00:00Z", "01", "2025-03-04"),
            ("2025-03-04T03:00:00Z", "03", "2025-03-04"),
            ("2025-03-03T23:00:00Z", "04", "2025-03-04"),
        ] {
            assert_eq!(day(text, region).as_deref(), Ok(expected), "{text} {region}");
        }
    }

    #[test]
    fn an_instant_whose_day_depends_on_the_place_has_no_day() {
        for (text, region) in [
            ("2025-03-03T23:30:00Z", "28"),
            // Without an offset, as written in Paris or as a midnight in universal time.
            ("2025-03-03T23:00:00", "28"),
            ("2025-06-03T22:00", "28"),
            ("2025-03-03T20:00:00", "04"),
            ("2025-03-03T23:00:00", "01"),
            ("2025-03-03T23:00:00Z", "01"),
            ("2025-06-03T22:00:00Z", "02"),
            ("2025-03-04T00:00:00Z", "01"),
            ("2025-03-03T22:15:00Z", "04"),
        ] {
            let both = ("2025-03-03".to_owned(), "2025-03-04".to_owned());
            let told = day(text, region).map_err(|(a, b)| if a < b { (a, b) } else { (b, a) });
            let expected = if text.starts_with("2025-06") {
                ("2025-06-03".to_owned(), "2025-06-04".to_owned())
            } else {
                both
            };
            assert_eq!(told, Err(expected), "{text} {region}");
        }
        for bad in ["", "8", "25:00", "08:60", "08:30x", "08:30:00:00", "08:30+99", "08:30 PM"] {
            assert_eq!(Time::parse(bad), None, "{bad}");
        }
    }
}
