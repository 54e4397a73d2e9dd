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
/// Different pseudonyms below which their form says nothing of them all.
const FEW_NAMES: usize = 5;
/// Pseudonyms of one file that are looked at closely.
const SAMPLE: usize = 200;
/// Hashes of one table that are looked at closely.
const HASHES: usize = 10_000;
/// Numbers whose plain hash is tried, as they are and with zeros in front up to [`DIGITS`].
const TRIED: u32 = 100_000;
const DIGITS: usize = 10;

/// A share of the rows, in hundredths, above which one pseudonym stands for more than one patient; in tables of at least [`FEW`] rows.
const MOST_OF_ROWS: u64 = 30;
const FEW: u64 = 20;

/// The pseudonym of one row, hashed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PseudonymKey {
    pub(crate) patient: u64,
    pub(crate) bus: u64,
    /// The same whatever its case and the zeros in front.
    pub(crate) folded: u64,
}

/// The pseudonyms of one part of a file.
#[derive(Default)]
pub(crate) struct Pseudonyms {
    pub(crate) keys: Vec<PseudonymKey>,
    /// Some as they are, for the test of weakness; never leaves memory.
    pub(crate) sample: Vec<String>,
}

/// A patient as followed: its bus, 0 for several, and its rows.
#[derive(Default)]
struct Followed {
    bus: u64,
    rows: u64,
}

/// What is seen of `cle_patient` through the files of one table: a delivery may come as a file per bus.
#[derive(Default)]
pub(crate) struct PseudonymWatch {
    /// Of the file that is being read.
    sample: BTreeSet<String>,
    /// Of all files, those that have the form of a hash.
    hashes: BTreeSet<Vec<u8>>,
    patients: HashMap<u64, Followed, BuildHasherDefault<Plain>>,
    shared: u64,
    rows: u64,
    /// The first spelling of each pseudonym, whatever its case and the zeros in front; how many come in another one.
    spelling: HashMap<u64, u64, BuildHasherDefault<Plain>>,
    respelled: BTreeSet<u64>,
}

impl PseudonymWatch {
    /// Takes the pseudonyms of one part of a file.
    pub(crate) fn add(&mut self, part: Pseudonyms) {
        if self.sample.len() < SAMPLE {
            self.sample.extend(part.sample);
        }

        for PseudonymKey { patient, bus, folded } in part.keys {
            self.rows += 1;
            let room = self.patients.len() < FOLLOWED;
            match self.patients.get_mut(&patient) {
                Some(followed) => {
                    followed.rows += 1;
                    // Counted once: a shared pseudonym then belongs to no bus.
                    if followed.bus != bus && followed.bus != 0 {
                        followed.bus = 0;
                        self.shared += 1;
                    }
                }
                None if room => {
                    self.patients.insert(patient, Followed { bus, rows: 1 });
                    if *self.spelling.entry(folded).or_insert(patient) != patient {
                        self.respelled.insert(folded);
                    }
                }
                None => {}
            }
        }
    }

    /// Whether the pseudonyms are one for each patient, as far as that can be seen.
    fn doubtful(&self) -> Vec<Finding> {
        let told =
            |message: String| Finding::new(Rule::PseudonymeDouteux, message).field("cle_patient");
        let mut findings = Vec::new();

        let most = self.patients.values().map(|followed| followed.rows).max().unwrap_or_default();
        if self.rows >= FEW && most * 100 > self.rows * MOST_OF_ROWS {
            findings.push(told(format!(
                "un même pseudonyme porte {most} des {} consultations qui en ont un : tient-il lieu de plusieurs patients ?",
                self.rows
            )));
        }
        let differ = match self.respelled.len() {
            0 => return findings,
            1 => "un pseudonyme ne diffère d'un autre".to_owned(),
            several => format!("{several} pseudonymes ne diffèrent d'autres"),
        };
        findings.push(told(format!(
            "{differ} que par des majuscules ou des zéros de tête : chaque écriture compte pour un patient"
        )));

        findings
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

        let names = sample.iter().filter(|s| like_a_name(s)).count();
        if sample.len() >= FEW_NAMES && names * 2 > sample.len() {
            let message = "les pseudonymes ressemblent à des noms de personnes";
            return Some(Finding::new(Rule::Identite, message).field("cle_patient"));
        }

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
        let mut findings = self.doubtful();
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

        if self.shared >= 5 && self.shared * 100 > self.patients.len() as u64 {
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

/// Whether a pseudonym is made of words as names are, `DUPONT-Jeanne`, `martin.paul`: letters alone, in the case of words, of which no four
/// consonants follow each other. One drawn at random seldom is.
fn like_a_name(text: &str) -> bool {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in text.chars() {
        let begins = c.is_ascii_uppercase() && before.is_ascii_lowercase();
        before = c;
        match c {
            '-' | '_' | '.' => words.push(String::new()),
            _ if !c.is_ascii_alphabetic() => return false,
            _ if begins => words.push(c.into()),
            _ => words.iter_mut().last().into_iter().for_each(|word| word.push(c)),
        }
    }
    words.retain(|word| !word.is_empty());

    let word = |word: &String| {
        let rest = word.get(1..).unwrap_or_default();
        let one_case = rest.chars().all(|c| c.is_ascii_lowercase())
            || word.chars().all(|c| c.is_ascii_uppercase());
        let consonants = word.split(|c: char| "aeiouyAEIOUY".contains(c)).map(str::len).max();
        one_case && consonants < Some(4)
    };
    let letters: usize = words.iter().map(String::len).sum();
    !words.is_empty() && letters >= 4 * words.len() && words.iter().all(word)
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

    fn part(pairs: &[(u64, u64)], sample: impl Iterator<Item = String>) -> Pseudonyms {
        let key = |(patient, bus): &(u64, u64)| PseudonymKey {
            patient: *patient,
            bus: *bus,
            folded: *patient,
        };
        Pseudonyms {
            keys: pairs.iter().map(key).collect(),
            sample: sample.collect(),
        }
    }

    fn rules(sample: impl Iterator<Item = String>, pairs: &[(u64, u64)]) -> Vec<Rule> {
        let mut watch = PseudonymWatch::default();
        watch.add(part(pairs, sample));
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
    fn names_are_no_pseudonyms_and_letters_drawn_at_random_are() {
        let names =
            ["DUPONT", "Martin-Paul", "jeanne.petit", "LefebvreAnne", "bernard_luc", "MOREAU"];
        assert_eq!(rules(names.iter().map(ToString::to_string), &[]), [Rule::Identite]);

        for alphabet in [
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            "abcdefghijklmnopqrstuvwxyz",
            "aBcDeFgHiJkLmNoPqRsTuVwXyZ",
        ] {
            let signs = alphabet.as_bytes();
            let key = |n: u64| -> String {
                let digest = Sha256::digest(n.to_le_bytes());
                digest
                    .iter()
                    .take(14)
                    .map(|b| char::from(signs[usize::from(*b) % 26]))
                    .collect()
            };
            assert_eq!(rules((1..200).map(key), &[]), [], "{alphabet}");
        }
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
        watch.add(part(&[], (0..HASHES).map(|n| format!("{:012x}", n * 26_087))));
        watch.end_of_file();

        watch.add(part(&[], (1..50).map(|n| sha(&n.to_string()))));
        watch.end_of_file();
        let rules: Vec<Rule> = watch.finish().into_iter().map(|f| f.rule).collect();
        assert_eq!(rules, [Rule::PseudonymeFaible]);
    }

    #[test]
    fn a_pseudonym_of_many_patients_and_one_in_two_spellings_are_told() {
        let said = |keys: Vec<PseudonymKey>| {
            let mut watch = PseudonymWatch::default();
            watch.add(Pseudonyms { keys, sample: Vec::new() });
            watch.finish().into_iter().map(|f| f.message.into_owned()).collect::<Vec<_>>()
        };
        let key = |patient, folded| PseudonymKey { patient, bus: 1, folded };
        let own = |n: u64| key(n, n);

        assert!(said((1..100).map(own).collect()).is_empty());
        // A patient who comes often.
        assert!(said((1..100).map(|n| own(n.max(20))).collect()).is_empty());

        let one = said((1..100).map(|n| own(n.max(40))).collect());
        assert!(one[0].contains("porte 40 des 99"), "{one:?}");
        let mut spelled: Vec<PseudonymKey> = (1..100).map(own).collect();
        spelled.extend([key(200, 7), key(201, 7), key(202, 8)]);
        let told = said(spelled);
        assert!(told[0].starts_with("2 pseudonymes ne diffèrent"), "{told:?}");
    }

    #[test]
    fn one_pseudonym_in_two_files_is_shared() {
        let mut watch = PseudonymWatch::default();
        let mut said = Vec::new();
        for bus in 1..=2 {
            let pairs: Vec<(u64, u64)> = (1..100).map(|p| (p, bus)).collect();
            watch.add(part(&pairs, (1..50).map(|n| sha(&format!("clé secrète {n}")))));
            said.extend(watch.end_of_file());
        }
        said.extend(watch.finish());
        let rules: Vec<Rule> = said.into_iter().map(|f| f.rule).collect();
        assert_eq!(rules, [Rule::PseudonymePartage]);
    }
}
