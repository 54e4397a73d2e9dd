//! Patterns of the contract, fast enough for every row.

use regex::Regex;

use base::error::{Error, Result};

/// A pattern of the contract. The common one, `^[first][rest]{m,n}$`, is a table look-up per byte.
pub(crate) enum Pattern {
    Class {
        first: Box<[bool; 128]>,
        rest: Box<[bool; 128]>,
        min: usize,
        max: usize,
    },
    Regex(Regex),
}

impl Pattern {
    /// Reads a pattern; it must match the whole text.
    pub(crate) fn compile(text: &str) -> Result<Self> {
        if let Some(class) = Self::class(text) {
            return Ok(class);
        }
        let whole = format!("^(?:{text})$");
        Regex::new(&whole)
            .map(Pattern::Regex)
            .map_err(|e| Error::usage("un motif du contrat est illisible").caused_by(e))
    }

    fn class(text: &str) -> Option<Self> {
        let (first, text) = text.strip_prefix("^[")?.split_once(']')?;
        let (rest, text) = text.strip_prefix('[')?.split_once(']')?;
        let (min, max) = text.strip_prefix('{')?.strip_suffix("}$")?.split_once(',')?;

        Some(Pattern::Class {
            first: Box::new(set(first)?),
            rest: Box::new(set(rest)?),
            min: min.parse().ok()?,
            max: max.parse().ok()?,
        })
    }

    /// Whether a text has the form.
    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Pattern::Regex(regex) => regex.is_match(text),
            Pattern::Class { first, rest, min, max } => match text.as_bytes().split_first() {
                Some((head, tail)) => {
                    let within = |set: &[bool; 128], b: &u8| {
                        set.get(usize::from(*b)).copied().unwrap_or(false)
                    };
                    within(first, head)
                        && (*min..=*max).contains(&tail.len())
                        && tail.iter().all(|b| within(rest, b))
                }
                None => false,
            },
        }
    }
}

/// The members of a bracket expression without escapes.
fn set(text: &str) -> Option<[bool; 128]> {
    let mut out = [false; 128];
    let b = text.as_bytes();
    if !text.is_ascii() || b.contains(&b'\\') || b.first() == Some(&b'^') {
        return None;
    }
    let mut i = 0;

    while i < b.len() {
        if i + 2 < b.len() && b[i + 1] == b'-' {
            (b[i]..=b[i + 2]).for_each(|c| out[usize::from(c)] = true);
            i += 3;
        } else {
            out[usize::from(b[i])] = true;
            i += 1;
        }
    }

    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::Contract;

    #[test]
    fn the_fast_pattern_agrees_with_the_regular_expression() {
        let contract = Contract::embedded().unwrap();
        let field = contract.table("consultations").unwrap().field("cle_patient").unwrap();
        let text = field.constraints.pattern.as_deref().unwrap();
        let fast = Pattern::compile(text).unwrap();
        assert!(matches!(fast, Pattern::Class { .. }));
        let slow = Regex::new(text).unwrap();
        proptest::proptest!(|(s in "[0-9A-Za-z_+/=.é -]{0,12}")| assert_eq!(fast.matches(&s), slow.is_match(&s), "{s}"));
    }
}
