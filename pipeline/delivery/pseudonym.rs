//! Pseudonyms that give the person away: short numbers, plain hashes of them, one key for several projects.

use std::collections::{BTreeSet, HashMap};

use sha2::{Digest, Sha256};

use super::Finding;
use super::source::hex;
use crate::contract::Rule;

/// Patients followed to see whether their pseudonym serves several projects: enough to tell, bounded.
const FOLLOWED: usize = 200_000;
/// Numbers whose plain hash is tried.
const TRIED: u32 = 200_000;

/// What is seen of `cle_patient` through a file.
#[derive(Default)]
pub(super) struct Watch {
    sample: BTreeSet<String>,
    bus_of: HashMap<u64, u64>,
    shared: u64,
}

impl Watch {
    /// Takes the pseudonyms of one part of the file.
    pub(super) fn add(&mut self, pairs: &[(u64, u64)], sample: Vec<String>) {
        if self.sample.len() < 200 {
            self.sample.extend(sample);
        }
        for (patient, bus) in pairs {
            let room = self.bus_of.len() < FOLLOWED;
            match self.bus_of.get_mut(patient) {
                // Counted once: a shared pseudonym then belongs to no bus.
                Some(first) if *first != *bus && *first != 0 => {
                    *first = 0;
                    self.shared += 1;
                }
                Some(_) => {}
                None if room => {
                    self.bus_of.insert(*patient, *bus);
                }
                None => {}
            }
        }
    }

    /// What there is to say at the end of the file.
    pub(super) fn finish(self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let weak =
            |message: &str| Finding::new(Rule::PseudonymeFaible, message).field("cle_patient");
        let numbers = self
            .sample
            .iter()
            .filter(|s| s.len() < 12 && s.bytes().all(|b| b.is_ascii_digit()))
            .count();
        if numbers * 2 > self.sample.len() {
            findings.push(weak(
                "le pseudonyme est un nombre court : il se devine par essais",
            ));
        } else if self.sample.iter().any(|s| s.len() == 64) && self.hashed_number() {
            findings.push(weak("le pseudonyme est le SHA-256 d'un petit nombre, sans clé secrète : il se retrouve par essais"));
        } else if self.sample.len() >= 20 && self.entropy() < 32.0 {
            findings.push(weak(
                "le pseudonyme a trop peu de variété : il se devine par essais",
            ));
        }
        if self.shared >= 5 && self.shared * 100 > self.bus_of.len() as u64 {
            findings.push(
                Finding::new(
                    Rule::PseudonymePartage,
                    format!("{} pseudonymes servent à plusieurs projets", self.shared),
                )
                .field("cle_patient"),
            );
        }
        findings
    }

    fn hashed_number(&self) -> bool {
        let lower: BTreeSet<String> = self.sample.iter().map(|s| s.to_lowercase()).collect();
        (0..TRIED).any(|n| lower.contains(&hex(&Sha256::digest(n.to_string().as_bytes()))))
    }

    /// Bits of a pseudonym, as the sum over positions of the entropy of the characters seen there. A secret of 32 bits is tried
    /// out in seconds.
    fn entropy(&self) -> f64 {
        let width = self.sample.iter().map(String::len).max().unwrap_or(0);
        (0..width)
            .map(|at| {
                let mut counts = [0u32; 257];
                self.sample.iter().for_each(|s| {
                    counts[s.as_bytes().get(at).map_or(256, |b| usize::from(*b))] += 1
                });
                let total = self.sample.len() as f64;
                counts
                    .iter()
                    .filter(|c| **c > 0)
                    .map(|c| f64::from(*c) / total)
                    .map(|p| -p * p.log2())
                    .sum::<f64>()
            })
            .sum()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn rules(sample: impl Iterator<Item = String>, pairs: &[(u64, u64)]) -> Vec<Rule> {
        let mut watch = Watch::default();
        watch.add(pairs, sample.collect());
        watch.finish().into_iter().map(|f| f.rule).collect()
    }

    #[test]
    fn guessable_pseudonyms_are_told_and_good_ones_are_not() {
        let sha = |text: String| hex(&Sha256::digest(text.as_bytes()));
        assert_eq!(
            rules((1..50).map(|n| format!("{n:08}")), &[]),
            [Rule::PseudonymeFaible]
        );
        assert_eq!(
            rules((1..50).map(|n| format!("PAT{n:06}")), &[]),
            [Rule::PseudonymeFaible]
        );
        assert_eq!(
            rules((1..50).map(|n| sha((n * 977).to_string())), &[]),
            [Rule::PseudonymeFaible]
        );
        assert_eq!(
            rules((1..50).map(|n| sha(format!("clé secrète {n}"))), &[]),
            []
        );
        let pairs: Vec<(u64, u64)> = (1..100).flat_map(|p| [(p, 1), (p, 1 + p % 2)]).collect();
        assert_eq!(
            rules((1..50).map(|n| sha(format!("clé secrète {n}"))), &pairs),
            [Rule::PseudonymePartage]
        );
    }
}
