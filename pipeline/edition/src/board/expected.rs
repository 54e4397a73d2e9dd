//! Which periods a région is expected to deliver: those of each year, cut as it cuts them.

use base::error::Result;
use chrono::Datelike;
use delivery::Period;

/// How a région cuts a year, the shortest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rhythm {
    Month,
    Quarter,
    Half,
    Year,
}

impl Rhythm {
    fn of(period: &Period) -> Self {
        match (period.end - period.start).num_days() {
            ..=31 => Self::Month,
            32..=92 => Self::Quarter,
            93..=184 => Self::Half,
            _ => Self::Year,
        }
    }

    /// The periods of a year.
    fn steps(self, year: i32) -> Result<Vec<Period>> {
        let texts: Vec<String> = match self {
            Self::Month => (1..=12).map(|month| format!("{year}-{month:02}")).collect(),
            Self::Quarter => (1..=4).map(|quarter| format!("{year}-T{quarter}")).collect(),
            Self::Half => (1..=2).map(|half| format!("{year}-S{half}")).collect(),
            Self::Year => vec![year.to_string()],
        };
        texts.iter().map(|text| Period::parse(text)).collect()
    }
}

/// The periods of the years, cut as the shortest period delivered in each; a year without any is cut as the one before it, the first
/// one not at all.
///
/// # Errors
/// If a year is none.
pub(super) fn periods(delivered: &[&Period], years: (i32, i32)) -> Result<Vec<Period>> {
    let mut habit = Rhythm::Year;
    let mut periods = Vec::new();

    for year in years.0..=years.1 {
        let touched = delivered.iter().filter(|p| p.overlaps_year(i64::from(year)));
        let several = |p: &&&Period| p.start.year() != p.end.year();
        let (longer, within): (Vec<&&Period>, Vec<_>) = touched.partition(several);

        // Two years told at once say nothing of how the next one will be cut.
        let rhythm = match within.into_iter().map(|p| Rhythm::of(p)).min() {
            Some(shortest) => {
                habit = shortest;
                shortest
            }
            None if !longer.is_empty() => Rhythm::Year,
            None => habit,
        };
        periods.extend(rhythm.steps(year)?);
    }

    Ok(periods)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(delivered: &[&str], years: (i32, i32)) -> String {
        let read: Vec<Period> = delivered.iter().map(|t| Period::parse(t).unwrap()).collect();
        let read: Vec<&Period> = read.iter().collect();
        let periods = periods(&read, years).unwrap();
        periods.iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_year_is_cut_as_the_region_cuts_it() {
        assert_eq!(expected(&[], (2024, 2025)), "2024 2025");
        assert_eq!(expected(&["2024-S1"], (2024, 2025)), "2024-S1 2024-S2 2025-S1 2025-S2");
        assert_eq!(
            expected(&["2024", "2025-T2"], (2024, 2025)),
            "2024 2025-T1 2025-T2 2025-T3 2025-T4"
        );
        // A quarter within a year told by halves: each quarter is looked for.
        assert_eq!(
            expected(&["2024-S1", "2024-T3"], (2024, 2024)),
            "2024-T1 2024-T2 2024-T3 2024-T4"
        );
        assert_eq!(expected(&["2025-03"], (2025, 2025)).split(' ').count(), 12);
    }

    #[test]
    fn two_years_told_at_once_are_expected_year_by_year() {
        assert_eq!(expected(&["2022-2023", "2024-S1"], (2022, 2024)), "2022 2023 2024-S1 2024-S2");
    }
}
