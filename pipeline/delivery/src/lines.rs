//! Which lines of a file share a fault, in little memory.

use serde::{Deserialize, Serialize};

/// Runs of consecutive lines that are kept.
const MAX_RUNS: usize = 8;

/// The lines on which a fault was found: all of them as long as they are few runs, then the first and the last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lines {
    /// Runs of consecutive lines, ends included.
    #[serde(rename = "suites")]
    runs: Vec<(u64, u64)>,
    /// The last line, where there are more runs than are kept.
    #[serde(rename = "jusqu_a")]
    until: Option<u64>,
}

impl Lines {
    /// Adds a line; lines come in the order of their file.
    pub(crate) fn add(&mut self, line: u64) {
        let full = self.runs.len() == MAX_RUNS;
        match self.runs.last_mut() {
            Some((first, last)) if self.until.is_none() && (*first..=*last + 1).contains(&line) => {
                *last = line.max(*last);
            }
            _ if full => self.until = self.until.max(Some(line)),
            _ => self.runs.push((line, line)),
        }
    }

    /// The first line.
    pub fn first(&self) -> Option<u64> {
        self.runs.first().map(|run| run.0)
    }

    /// How many lines there are; none where they are more runs than are kept.
    pub fn count(&self) -> Option<u64> {
        let runs = self.runs.iter().map(|(first, last)| last - first + 1);
        self.until.is_none().then(|| runs.sum())
    }

    /// Whether there is more than one line.
    pub fn several(&self) -> bool {
        self.runs.len() > 1 || self.runs.first().is_some_and(|(first, last)| first != last)
    }

    /// The lines in words: `21`, `21, 22, 30 à 42`, `entre la 21 et la 890`; empty when the fault has no line.
    pub fn said(&self) -> String {
        if let (Some(first), Some(last)) = (self.first(), self.until) {
            return format!("entre la {first} et la {last}");
        }

        let run = |(first, last): &(u64, u64)| match last - first {
            0 => first.to_string(),
            1 => format!("{first}, {last}"),
            _ => format!("{first} à {last}"),
        };
        self.runs.iter().map(run).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(lines: impl IntoIterator<Item = u64>) -> String {
        let mut all = Lines::default();
        lines.into_iter().for_each(|line| all.add(line));
        all.said()
    }

    #[test]
    fn few_lines_are_all_said_and_many_by_their_range() {
        assert_eq!(said([]), "");
        assert_eq!(said([21]), "21");
        assert_eq!(said([21, 22, 30]), "21, 22, 30");
        assert_eq!(said([2, 3, 4, 5, 9, 9]), "2 à 5, 9");
        assert_eq!(said(2..100_000), "2 à 99999");
        assert_eq!(said((1..=8).map(|n| 10 * n)), "10, 20, 30, 40, 50, 60, 70, 80");
        assert_eq!(said((1..=9).map(|n| 10 * n)), "entre la 10 et la 90");
        // What follows the last run that is kept does not make it longer.
        assert_eq!(said((1..=9).map(|n| 10 * n).chain([81, 91])), "entre la 10 et la 91");
    }

    #[test]
    fn one_line_told_twice_is_one() {
        let mut lines = Lines::default();
        lines.add(7);
        lines.add(7);
        assert!(!lines.several());
        assert_eq!((lines.first(), lines.count()), (Some(7), Some(1)));
        lines.add(8);
        assert!(lines.several());
    }
}
