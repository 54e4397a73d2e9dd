//! What only a whole column gives away.

use super::IdentityKind;
use super::nir::{any_nir, birth_number, thirteen, two};
use super::plain::plain;
use super::values::luhn;

/// Shapes that only a whole column gives away, because a single value may be chance: NIR without key or amid other digits,
/// Finess, RPPS, telephone numbers written as one number.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shapes {
    finess: MatchShare,
    nir: MatchShare,
    /// Values with fifteen digits somewhere; those with a right key.
    window: MatchShare,
    /// The first different numbers with a right key: one pseudonym comes on many lines.
    keyed: [[u8; 15]; 3],
    /// Two digits each, as bits: years and départements of birth of what looks like NIR without key.
    years: u128,
    departments: u128,
    phone: MatchShare,
    mobile: u64,
    /// Second digits of telephone numbers, as bits.
    areas: u16,
    rpps: MatchShare,
}

/// Values of one length, and those of them that have the shape.
#[derive(Debug, Clone, Copy, Default)]
struct MatchShare {
    all: u64,
    like: u64,
}

impl MatchShare {
    fn count(&mut self, like: bool) {
        self.all += 1;
        self.like += u64::from(like);
    }

    fn add(&mut self, other: Self) {
        self.all += other.all;
        self.like += other.like;
    }

    fn most(self) -> bool {
        self.like * 2 > self.all
    }
}

impl Shapes {
    /// Counts one value of a key column.
    pub(crate) fn count(&mut self, text: &str) {
        let text = plain(text);
        let bytes = text.as_bytes();
        let digits = bytes.iter().all(u8::is_ascii_digit);

        match bytes {
            [..] if digits && bytes.len() == 9 => {
                self.finess.count(luhn(bytes) && !bytes.starts_with(b"00"));
            }
            // Corsica: a shape that no other number has.
            [b'2', b'A' | b'B', rest @ ..]
                if rest.len() == 7 && rest.iter().all(u8::is_ascii_digit) =>
            {
                self.finess.count(true);
            }
            [zero, area, ..] if digits && bytes.len() == 10 => {
                let phone = *zero == b'0' && *area != b'0';
                self.phone.count(phone);
                self.mobile += u64::from(phone && matches!(area, b'6' | b'7'));
                self.areas |= u16::from(phone) << (area - b'0');
            }
            [..] if digits && bytes.len() == 11 => {
                self.rpps.count(bytes.starts_with(b"10") && luhn(bytes));
            }
            [..] if bytes.len() >= 13 => self.count_nir(bytes),
            _ => {}
        }
    }

    fn count_nir(&mut self, bytes: &[u8]) {
        if let Some(number) = thirteen(bytes) {
            let like = birth_number(&number);
            self.nir.count(like);
            if like {
                self.years |= 1 << two(&number, 1);
                self.departments |= 1 << two(&number, 5);
            }
        }

        if let Some(keyed) = any_nir(bytes) {
            self.window.count(keyed.is_some());
            self.keep(keyed.as_ref());
        }
    }

    fn keep(&mut self, number: Option<&[u8; 15]>) {
        if let Some(number) = number
            && !self.keyed.contains(number)
            && let Some(room) = self.keyed.iter_mut().find(|k| k[0] == 0)
        {
            *room = *number;
        }
    }

    /// Adds the counts of another part of the column.
    pub(crate) fn add(&mut self, other: Self) {
        self.finess.add(other.finess);
        self.nir.add(other.nir);
        self.window.add(other.window);
        self.phone.add(other.phone);
        self.rpps.add(other.rpps);

        self.mobile += other.mobile;
        self.areas |= other.areas;
        self.years |= other.years;
        self.departments |= other.departments;

        let found = other.keyed.iter().filter(|k| k[0] != 0);
        found.for_each(|k| self.keep(Some(k)));
    }

    /// Whether anything was counted.
    pub(crate) fn any(self) -> bool {
        [self.finess, self.nir, self.window, self.phone, self.rpps]
            .iter()
            .any(|s| s.all > 0)
    }

    /// What the column holds: more than half of the values of one length have the shape, which chance gives to one in ten
    /// (Finess, RPPS) or one in fifty (NIR).
    pub(crate) fn verdict(self) -> Option<IdentityKind> {
        // Three different numbers with a right key, in most of the values that could hold one, are no chance.
        let keyed = self.window.most() && self.keyed.iter().all(|k| k[0] != 0);

        // A digit, `aammjj` and a counter: people are born in more years, or in fewer départements.
        let counters = self.years.count_ones() <= 2 && self.departments.count_ones() >= 8;

        // Both kinds of mobile numbers, or several areas: codes that begin with a département do not mix so.
        let called = self.mobile * 2 >= self.phone.like && self.areas.count_ones() >= 2;

        if keyed || (self.nir.most() && !counters) {
            Some(IdentityKind::Nir)
        } else if self.finess.most() {
            Some(IdentityKind::Facility)
        } else if self.rpps.most() {
            Some(IdentityKind::Practitioner)
        } else if self.phone.most() && called {
            Some(IdentityKind::Phone)
        } else {
            None
        }
    }
}
