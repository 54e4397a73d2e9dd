//! Pseudonyms that give the person away: short numbers, plain hashes of them, one key for several projects.

use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasherDefault;

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::Finding;
use crate::rows::uniqueness::Plain;
use contract::Rule;

/// Patients followed to see whether their pseudonym serves several projects: enough to tell, bounded.
const FOLLOWED: usize = 200_000;
/// Pseudonyms of one file that are looked at closely.
const SAMPLE: usize = 200;
/// Hashes of one table that are looked at closely.
const HASHES: usize = 10_000;
/// Numbers whose plain hash is tried, as they are and with zeros in front up to [`DIGITS`].
const TRIED: u32 = 100_000;
const DIGITS: usize = 10;

/// What is seen of `cle_patient` through the files of one table: a delivery may come as a file per bus.
#[derive(Default)]
pub(crate) struct PseudonymWatch {
    /// Of the file that is being read.
    sample: BTreeSet<String>,
    /// Of all files, those that have the form of a hash.
    hashes: BTreeSet<Vec<u8>>,
    bus_of: HashMap<u64, u64, BuildHasherDefault<Plain>>,
    shared: u64,
}

impl PseudonymWatch {
    /// Takes the pseudonyms of one part of a file, each with its bus.
    pub(crate) fn add(&mut self, pairs: &[(u64, u64)], sample: Vec<String>) {
        if self.sample.len() < SAMPLE {
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

    /// What the form of a file's pseudonyms says.
    pub(crate) fn end_of_file(&mut self) -> Option<Finding> {
        let sample = std::mem::take(&mut self.sample);
        let numbers = sample
            .iter()
            .filter(|s| s.len() < 12 && s.bytes().all(|b| b.is_ascii_digit()))
            .count();

        let room = HASHES.saturating_sub(self.hashes.len());
        let hashes: Vec<Vec<u8>> = sample.iter().filter_map(|s| hash_of(s)).take(room).collect();
        self.hashes.extend(hashes);

        if numbers * 2 > sample.len() {
            Some(weak("le pseudonyme est un nombre court : il se devine par essais"))
        } else if sample.len() >= 20 && entropy(&sample) < 32.0 {
            Some(weak("le pseudonyme a trop peu de variété : il se devine par essais"))
        } else {
            None
        }
    }

    /// What there is to say at the end of the table.
    pub(crate) fn finish(self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let tried = [
            ("MD5", tried::<Md5>(&self.hashes)),
            ("SHA-1", tried::<Sha1>(&self.hashes)),
            ("SHA-256", tried::<Sha256>(&self.hashes)),
        ];

        for (name, _) in tried.into_iter().filter(|(_, found)| *found) {
            findings.push(weak(format!(
                "le pseudonyme est le {name} d'un petit nombre, sans clé secrète : il se retrouve par essais"
            )));
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
}

fn weak(message: impl Into<std::borrow::Cow<'static, str>>) -> Finding {
    Finding::new(Rule::PseudonymeFaible, message).field("cle_patient")
}

/// The bytes of a hash in hexadecimal: MD5, SHA-1 or SHA-256 by its length. Other keys would take the hashes' room.
fn hash_of(text: &str) -> Option<Vec<u8>> {
    hex::decode(text).ok().filter(|bytes| matches!(bytes.len(), 16 | 20 | 32))
}

/// Whether one of `hashes` is the plain hash of a small number.
fn tried<D: Digest>(hashes: &BTreeSet<Vec<u8>>) -> bool {
    let size = <D as Digest>::output_size();
    let own: BTreeSet<&[u8]> =
        hashes.iter().map(Vec::as_slice).filter(|h| h.len() == size).collect();

    !own.is_empty()
        && (0..TRIED).any(|n| {
            let least = n.checked_ilog10().map_or(1, |digits| digits as usize + 1);
            (least..=DIGITS).any(|width| {
                let hash = D::digest(format!("{n:0width$}").as_bytes());
                own.contains(hash.as_slice())
            })
        })
}

/// Bits of a pseudonym, as the sum over positions of the entropy of the characters seen there. A secret of 32 bits is tried
/// out in seconds.
fn entropy(sample: &BTreeSet<String>) -> f64 {
    let width = sample.iter().map(String::len).max().unwrap_or(0);
    (0..width)
        .map(|at| {
            let mut counts = [0u32; 257];
            sample
                .iter()
                .for_each(|s| counts[s.as_bytes().get(at).map_or(256, |b| usize::from(*b))] += 1);
            let total = sample.len() as f64;

            counts
                .iter()
                .filter(|c| **c > 0)
                .map(|c| f64::from(*c) / total)
                .map(|p| -p * p.log2())
                .sum::<f64>()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(sample: impl Iterator<Item = String>, pairs: &[(u64, u64)]) -> Vec<Rule> {
        let mut watch = PseudonymWatch::default();
        watch.add(pairs, sample.collect());
        let form = watch.end_of_file();
        let rest = watch.finish();
        form.into_iter().chain(rest).map(|f| f.rule).collect()
    }

    fn sha(text: &str) -> String {
        hex::encode(Sha256::digest(text.as_bytes()))
    }

    #[test]
    fn guessable_pseudonyms_are_told_and_good_ones_are_not() {
        assert_eq!(rules((1..50).map(|n| format!("{n:08}")), &[]), [Rule::PseudonymeFaible]);
        assert_eq!(rules((1..50).map(|n| format!("PAT{n:06}")), &[]), [Rule::PseudonymeFaible]);
        assert_eq!(rules((1..50).map(|n| sha(&format!("clé secrète {n}"))), &[]), []);
        let pairs: Vec<(u64, u64)> = (1..100).flat_map(|p| [(p, 1), (p, 1 + p % 2)]).collect();
        assert_eq!(
            rules((1..50).map(|n| sha(&format!("clé secrète {n}"))), &pairs),
            [Rule::PseudonymePartage]
        );
    }

    #[test]
    fn plain_hashes_of_numbers_are_found_padded_or_not() {
        for width in [1, 6, 10] {
            let number = |n: u32| format!("{:0width$}", n * 977);
            let forms: [&dyn Fn(u32) -> String; 3] = [
                &|n| hex::encode(Md5::digest(number(n).as_bytes())),
                &|n| hex::encode(Sha1::digest(number(n).as_bytes())).to_uppercase(),
                &|n| sha(&number(n)),
            ];
            for form in forms {
                assert_eq!(
                    rules((1..50).map(form), &[]),
                    [Rule::PseudonymeFaible],
                    "{width} {}",
                    form(1)
                );
            }
        }
    }

    #[test]
    fn keys_that_are_no_hashes_do_not_hide_those_that_are() {
        let mut watch = PseudonymWatch::default();
        let numbered = (0..HASHES).map(|n| format!("{:012x}", n * 26_087)).collect();
        watch.add(&[], numbered);
        watch.end_of_file();

        watch.add(&[], (1..50).map(|n| sha(&n.to_string())).collect());
        watch.end_of_file();
        let rules: Vec<Rule> = watch.finish().into_iter().map(|f| f.rule).collect();
        assert_eq!(rules, [Rule::PseudonymeFaible]);
    }

    #[test]
    fn one_pseudonym_in_two_files_is_shared() {
        let mut watch = PseudonymWatch::default();
        let mut said = Vec::new();
        for bus in 1..=2 {
            let pairs: Vec<(u64, u64)> = (1..100).map(|p| (p, bus)).collect();
            let sample = (1..50).map(|n| sha(&format!("clé secrète {n}"))).collect();
            watch.add(&pairs, sample);
            said.extend(watch.end_of_file());
        }
        said.extend(watch.finish());
        let rules: Vec<Rule> = said.into_iter().map(|f| f.rule).collect();
        assert_eq!(rules, [Rule::PseudonymePartage]);
    }
}
