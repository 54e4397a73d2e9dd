//! What only a whole column gives away.

use super::IdentityKind;
use super::nir::{glued, nir_key, nir_shape};
use super::values::luhn;

/// Shapes that only a whole column gives away, because a single value may be chance: NIR without key, Finess.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shapes {
    nine: u64,
    finess: u64,
    thirteen: u64,
    nir: u64,
    glued: u64,
    glued_nir: u64,
}

impl Shapes {
    /// Counts one value of a key column.
    pub(crate) fn count(&mut self, text: &str) {
        let bytes = text.as_bytes();
        match bytes.len() {
            9 if bytes.iter().all(u8::is_ascii_digit) => {
                self.nine += 1;
                self.finess += u64::from(luhn(bytes) && !bytes.starts_with(b"00"));
            }
            // Corsica: a shape that no other number has.
            9 if bytes[0] == b'2'
                && matches!(bytes[1], b'A' | b'B')
                && bytes[2..].iter().all(u8::is_ascii_digit) =>
            {
                self.nine += 1;
                self.finess += 1;
            }
            13 if bytes
                .iter()
                .enumerate()
                .all(|(i, b)| b.is_ascii_digit() || (i == 6 && matches!(b, b'A' | b'B'))) =>
            {
                self.thirteen += 1;
                let month: u32 = text.get(3..5).and_then(|m| m.parse().ok()).unwrap_or(0);
                self.nir += u64::from(
                    nir_shape(bytes)
                        && matches!(bytes[0], b'1' | b'2')
                        && (1..=12).contains(&month),
                );
            }
            _ => {
                if let Some(number) = glued(bytes) {
                    self.glued += 1;
                    self.glued_nir += u64::from(nir_shape(&number[..13]) && nir_key(&number));
                }
            }
        }
    }

    /// Adds the counts of another part of the column.
    pub(crate) fn add(&mut self, other: Self) {
        self.nine += other.nine;
        self.finess += other.finess;
        self.thirteen += other.thirteen;
        self.nir += other.nir;
        self.glued += other.glued;
        self.glued_nir += other.glued_nir;
    }

    /// Whether anything was counted.
    pub(crate) fn any(self) -> bool {
        self.nine + self.thirteen + self.glued > 0
    }

    /// What the column holds: more than half of the values of one length have the shape, which chance gives to one in ten
    /// (Finess) or one in fifty (NIR).
    pub(crate) fn verdict(self) -> Option<IdentityKind> {
        // Fifteen digits beside a letter also come in hexadecimal pseudonyms; three with a right key do not.
        let glued = self.glued_nir >= 3 && self.glued_nir * 2 > self.glued;

        if glued || self.nir * 2 > self.thirteen {
            Some(IdentityKind::Nir)
        } else if self.finess * 2 > self.nine {
            Some(IdentityKind::Facility)
        } else {
            None
        }
    }
}
