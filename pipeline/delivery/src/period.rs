//! The period of a delivery and the quarters of the panel.

use chrono::{Datelike, Days, NaiveDate};
use serde::{Deserialize, Serialize};

use base::error::{Error, Result};
use base::french::month_name;

use crate::text::fold;

/// A span of days with the text that names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// `AAAA`, `AAAA-AAAA`, `AAAA-S1`, `AAAA-T1` or `AAAA-MM`.
    #[serde(rename = "texte")]
    pub text: String,
    /// First day.
    #[serde(rename = "debut")]
    pub start: NaiveDate,
    /// Last day.
    #[serde(rename = "fin")]
    pub end: NaiveDate,
}

impl Period {
    /// Reads the text of a period, also as it is said: `T1 2025`, `03/2025`, `mars 2025`.
    ///
    /// # Errors
    /// When the text is none of the five forms.
    pub fn parse(text: &str) -> Result<Self> {
        let typed = text.trim().to_uppercase();
        let text = said(&typed).unwrap_or_else(|| typed.clone());
        let span = match text.split_once('-') {
            None => year(&text).and_then(|y| months(y, 1, 12)),
            Some((head, tail)) => year(head).and_then(|y| match tail.as_bytes() {
                [b'S', n @ b'1'..=b'2'] => months(y, u32::from(n - b'1') * 6 + 1, 6),
                [b'T', n @ b'1'..=b'4'] => months(y, u32::from(n - b'1') * 3 + 1, 3),
                [b'0'..=b'1', b'0'..=b'9'] => tail.parse().ok().and_then(|m| months(y, m, 1)),
                _ => year(tail)
                    .filter(|last| *last > y)
                    .and_then(|last| Some((months(y, 1, 12)?.0, months(last, 1, 12)?.1))),
            }),
        };

        let (start, end) = span.ok_or_else(|| {
            Error::refused(format!("la période {} n'est pas comprise", crate::identity::quoted(&typed, 20)))
                .hint("écrivez periode = \"2025\", \"2022-2023\", \"2025-S1\", \"2025-T3\" ou \"2025-06\"")
        })?;

        Ok(Self { text, start, end })
    }

    /// Whether a day falls within.
    pub fn contains(&self, day: NaiveDate) -> bool {
        self.start <= day && day <= self.end
    }

    /// Whether two spans share a day.
    pub fn overlaps(&self, other: &Period) -> bool {
        self.start <= other.end && other.start <= self.end
    }

    /// Whether some calendar year has days of both.
    pub fn shares_a_year_with(&self, other: &Period) -> bool {
        self.start.year() <= other.end.year() && other.start.year() <= self.end.year()
    }

    /// Whether a year shares a day with the span.
    pub fn overlaps_year(&self, year: i64) -> bool {
        i64::from(self.start.year()) <= year && year <= i64::from(self.end.year())
    }
}

/// The form of a period whose year comes last.
fn said(text: &str) -> Option<String> {
    let (part, last) = text.rsplit_once([' ', '/', '-'])?;
    year(last)?;
    let part = part.trim();
    let month = part.parse().ok().filter(|_| part.len() <= 2);
    let month = month.or_else(|| {
        (1..=12)
            .find(|m| month_name(*m).is_some_and(|name| fold(name) == fold(&part.to_lowercase())))
    });
    match (month, part.as_bytes()) {
        (Some(month), _) => Some(format!("{last}-{month:02}")),
        (None, [b'S' | b'T', b'1'..=b'4']) => Some(format!("{last}-{part}")),
        _ => None,
    }
}

fn year(text: &str) -> Option<i32> {
    (text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
        .filter(|y| (1990..2100).contains(y))
}

fn months(year: i32, first: u32, count: u32) -> Option<(NaiveDate, NaiveDate)> {
    let after = first + count;
    let (next_year, next_month) = if after > 12 { (year + 1, after - 12) } else { (year, after) };

    let start = NaiveDate::from_ymd_opt(year, first, 1)?;
    Some((
        start,
        NaiveDate::from_ymd_opt(next_year, next_month, 1)?.checked_sub_days(Days::new(1))?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_five_forms_and_nothing_else() {
        let span = |t: &str| Period::parse(t).map(|p| format!("{}..{}", p.start, p.end)).ok();
        assert_eq!(span("2025").as_deref(), Some("2025-01-01..2025-12-31"));
        assert_eq!(span("2022-2023").as_deref(), Some("2022-01-01..2023-12-31"));
        assert_eq!(span("2024-s2").as_deref(), Some("2024-07-01..2024-12-31"));
        assert_eq!(span("2024-T1").as_deref(), Some("2024-01-01..2024-03-31"));
        assert_eq!(span("2024-02").as_deref(), Some("2024-02-01..2024-02-29"));
        for (said, text) in [
            ("T1 2025", "2025-T1"),
            ("s2-2024", "2024-S2"),
            ("03/2025", "2025-03"),
            ("3/2025", "2025-03"),
            ("Mars 2025", "2025-03"),
            ("août 2025", "2025-08"),
            ("DÉCEMBRE 2025", "2025-12"),
        ] {
            assert_eq!(Period::parse(said).unwrap().text, text, "{said}");
        }
        for bad in ["13/2025", "T5 2025", "01/03/2025", "2024/2025", "marsh 2025"] {
            assert_eq!(span(bad), None, "{bad}");
        }
        for bad in ["", "24", "2025-13", "2025-T5", "2023-2022", "2025-S3", "2025-00", "２０２５"]
        {
            assert_eq!(span(bad), None, "{bad}");
        }
    }
}
