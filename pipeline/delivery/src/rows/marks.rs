//! What comma and point stand for, as a column or a sender says.

use super::numbers::{Shape, TwoReadings, other, shape};

/// What a mark stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MarkRole {
    Decimal,
    Thousands,
}

/// What comma and point stand for in a column, where something says so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    comma: Option<MarkRole>,
    point: Option<MarkRole>,
    /// The sender says so, of the whole delivery.
    stated: bool,
    /// Decimal marks that other numbers of the delivery exclude: to state them would refuse those.
    excluded: [bool; 2],
}

/// The decimal marks that a sender may state, in the order of [`Marks`]' exclusions.
const STATED: [char; 2] = [',', '.'];

impl Marks {
    /// A decimal point, as programs and cells of numbers have it.
    pub(crate) const POINT: Self = Self {
        comma: Some(MarkRole::Thousands),
        point: Some(MarkRole::Decimal),
        stated: false,
        excluded: [false; 2],
    };
    /// A decimal comma.
    pub(crate) const COMMA: Self = Self {
        comma: Some(MarkRole::Decimal),
        point: Some(MarkRole::Thousands),
        stated: false,
        excluded: [false; 2],
    };

    /// What the sender states of the whole delivery.
    pub(crate) fn stated(decimal: char) -> Self {
        let marks = if decimal == ',' { Self::COMMA } else { Self::POINT };
        Self { stated: true, ..marks }
    }

    /// Whether the sender said so.
    pub(crate) fn are_stated(self) -> bool {
        self.stated
    }

    /// The decimal marks that the sender may state, and how a number of two readings is then read.
    pub(crate) fn statements(self, text: &str, readings: &TwoReadings) -> Vec<(char, String)> {
        let admitted = STATED.iter().zip(self.excluded).filter(|(_, excluded)| !excluded);
        let read = |mark: char| match text.contains(mark) {
            true => readings.fraction.clone(),
            false => readings.thousands.clone(),
        };
        admitted.map(|(mark, _)| (*mark, read(*mark))).collect()
    }

    /// Whether the marks of a number are known: it has then one reading at most.
    pub(crate) fn decide(self, text: &str) -> bool {
        match shape(text) {
            Some(Shape::TwoReadings(mark)) => self.role(mark).is_some(),
            _ => true,
        }
    }

    pub(super) fn role(self, mark: char) -> Option<MarkRole> {
        if mark == ',' { self.comma } else { self.point }
    }
}

/// What the numbers of a column, or of a delivery, show of their sender's marks.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct MarkEvidence {
    comma: RolesSeen,
    point: RolesSeen,
    /// Decimal marks of numbers that show both, `75.000,00`: comma, point.
    both: [bool; 2],
}

#[derive(Debug, Clone, Copy, Default)]
struct RolesSeen {
    decimal: bool,
    thousands: bool,
}

impl MarkEvidence {
    /// Takes one number; those of two readings say nothing.
    pub(crate) fn add(&mut self, text: &str) {
        let (decimal, thousands) = match shape(text) {
            Some(Shape::Decimal(mark)) => (Some(mark), None),
            Some(Shape::Thousands(mark)) => (None, Some(mark)),
            Some(Shape::Both(mark)) => (Some(mark), Some(other(mark))),
            _ => return,
        };
        if thousands.is_some() {
            for (seen, mark) in self.both.iter_mut().zip(STATED) {
                *seen |= decimal == Some(mark);
            }
        }

        for (mark, seen) in [(',', &mut self.comma), ('.', &mut self.point)] {
            seen.decimal |= decimal == Some(mark);
            seen.thousands |= thousands == Some(mark);
        }
    }

    pub(crate) fn merge(&mut self, more: Self) {
        for (mine, theirs) in [(&mut self.comma, more.comma), (&mut self.point, more.point)] {
            mine.decimal |= theirs.decimal;
            mine.thousands |= theirs.thousands;
        }
        for (mine, theirs) in self.both.iter_mut().zip(more.both) {
            *mine |= theirs;
        }
    }

    /// The decimal marks seen.
    pub(crate) fn decimal_marks(&self) -> String {
        let seen = [(",", self.comma.decimal), (".", self.point.decimal)];
        seen.iter().filter(|(_, seen)| *seen).map(|(mark, _)| *mark).collect()
    }

    /// What the marks stand for in this column. A number that shows both marks decides both of them, unless the column contradicts it; else
    /// what the column itself shows, where no other file of the delivery contradicts. A mark that only other columns show decides nothing:
    /// amounts and rates come from different programs.
    pub(crate) fn marks(&self, delivery: &Self) -> Marks {
        let excluded = [
            delivery.point.decimal || delivery.comma.thousands,
            delivery.comma.decimal || delivery.point.thousands,
        ];
        if let Some(marks) = self.decided() {
            return Marks { excluded, ..marks };
        }

        let role = |own: RolesSeen, same: RolesSeen, other: RolesSeen| {
            if own.decimal && !same.thousands && !other.decimal {
                Some(MarkRole::Decimal)
            } else if own.thousands && !same.decimal {
                Some(MarkRole::Thousands)
            } else {
                None
            }
        };
        Marks {
            comma: role(self.comma, delivery.comma, delivery.point),
            point: role(self.point, delivery.point, delivery.comma),
            stated: false,
            excluded,
        }
    }

    /// What numbers that show both marks say, where no number of the column says otherwise.
    fn decided(&self) -> Option<Marks> {
        let point = self.point.decimal || self.comma.thousands;
        let comma = self.comma.decimal || self.point.thousands;
        match self.both {
            [true, _] if !point => Some(Marks::COMMA),
            [_, true] if !comma => Some(Marks::POINT),
            _ => None,
        }
    }
}
