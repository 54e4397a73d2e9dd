//! Which keys were seen, and where first, within a bounded memory.
//!
//! Keys stay in memory up to [`CAPACITY`]. Then they go, sorted, to an unnamed file of [`ENTRY`] bytes a key, which the system removes
//! whatever way the process ends. A filter says of nearly every new key that no file holds it, so files are hardly read; a
//! repeated key costs one page per file. This is the arrangement of a log-structured merge tree (O'Neil et al., 1996) with
//! Bloom's filter (1970), cut down to what a check of uniqueness needs.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::hash::{BuildHasherDefault, Hasher};
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use base::error::{Context, Error, Result};

/// Keys held in memory, at some 20 bytes each.
const CAPACITY: usize = 14_000_000;
/// Words of the filter, 256 MiB in all: some 20 bits a key for a hundred million, hence one needless look in some hundreds.
const FILTER_WORDS: usize = 1 << 25;
/// Key, file and line, eight and twice four bytes, little-endian.
const ENTRY: usize = 16;
/// Entries read at once.
const PAGE: usize = 256;
/// Keys are kept apart by their first byte, so that a run is written in order without a second copy in memory.
const SHARDS: usize = 256;

/// Where a key was given: number of the file, line in it.
pub(crate) type FirstPlace = (u32, u32);

/// Keys seen, each with its first place. Keys are hashes already: their bits are even.
pub(crate) struct Uniqueness {
    recent: Vec<HashMap<u64, FirstPlace, BuildHasherDefault<Plain>>>,
    held: usize,
    capacity: usize,
    runs: Vec<Run>,
    /// Empty as long as there is no run.
    filter: Vec<u64>,
    words: usize,
    scratch: PathBuf,
}

/// Keys written aside, in order.
struct Run {
    file: File,
    /// First key of each page.
    fences: Vec<u64>,
    len: usize,
}

impl Uniqueness {
    /// Nothing seen yet; `scratch` is an existing folder for what memory cannot hold.
    pub(crate) fn new(scratch: &Path) -> Self {
        Self::bounded(scratch, CAPACITY, FILTER_WORDS)
    }

    fn bounded(scratch: &Path, capacity: usize, words: usize) -> Self {
        Self {
            recent: vec![HashMap::default(); SHARDS],
            held: 0,
            capacity,
            runs: Vec::new(),
            filter: Vec::new(),
            words,
            scratch: scratch.to_path_buf(),
        }
    }

    /// Where `key` was given first, if it was; otherwise it is noted as given `here`.
    ///
    /// # Errors
    /// If the scratch folder refuses what memory cannot hold.
    pub(crate) fn first(&mut self, key: u64, here: FirstPlace) -> Result<Option<FirstPlace>> {
        if !self.runs.is_empty() && self.may_be_aside(key) {
            for run in &mut self.runs {
                if let Some(place) = run.find(key).access(|| fail(&self.scratch))? {
                    return Ok(Some(place));
                }
            }
        }

        match self.recent[shard(key)].entry(key) {
            std::collections::hash_map::Entry::Occupied(known) => return Ok(Some(*known.get())),
            std::collections::hash_map::Entry::Vacant(free) => free.insert(here),
        };

        self.held += 1;
        if self.held == self.capacity {
            self.put_aside().map_err(|e| {
                Error::access(fail(&self.scratch))
                    .caused_by(e)
                    .hint("vérifiez l'espace disque et les droits d'écriture")
            })?;
        }

        Ok(None)
    }

    fn put_aside(&mut self) -> std::io::Result<()> {
        if self.filter.is_empty() {
            self.filter = vec![0; self.words];
        }

        let mut run = Run {
            file: tempfile::tempfile_in(&self.scratch)?,
            fences: Vec::with_capacity(self.held / PAGE + 1),
            len: 0,
        };

        let mut out = BufWriter::with_capacity(1 << 20, &run.file);
        for shard in &mut self.recent {
            let mut entries: Vec<(u64, FirstPlace)> = std::mem::take(shard).into_iter().collect();
            entries.sort_unstable();

            for (key, (file, line)) in entries {
                let (word, bits) = mark(key, self.words);
                self.filter[word] |= bits;
                if run.len.is_multiple_of(PAGE) {
                    run.fences.push(key);
                }
                run.len += 1;

                out.write_all(&key.to_le_bytes())?;
                out.write_all(&file.to_le_bytes())?;
                out.write_all(&line.to_le_bytes())?;
            }
        }

        out.flush()?;
        drop(out);
        self.runs.push(run);
        self.held = 0;

        Ok(())
    }

    fn may_be_aside(&self, key: u64) -> bool {
        let (word, bits) = mark(key, self.words);
        self.filter[word] & bits == bits
    }
}

impl Run {
    fn find(&mut self, key: u64) -> std::io::Result<Option<FirstPlace>> {
        let Some(page) = self.fences.partition_point(|first| *first <= key).checked_sub(1) else {
            return Ok(None);
        };

        let entries = PAGE.min(self.len - page * PAGE);
        let mut buffer = [0; PAGE * ENTRY];
        let bytes = &mut buffer[..entries * ENTRY];
        self.file.seek(SeekFrom::Start((page * PAGE * ENTRY) as u64))?;
        self.file.read_exact(bytes)?;

        let (entries, _) = bytes.as_chunks::<ENTRY>();
        let found = entries.binary_search_by_key(&key, |e| field(e, 0, 8)).ok();

        Ok(found.map(|at| (field(&entries[at], 8, 4) as u32, field(&entries[at], 12, 4) as u32)))
    }
}

/// An unsigned number of `width` bytes, little-endian.
fn field(entry: &[u8; ENTRY], from: usize, width: usize) -> u64 {
    entry[from..from + width].iter().rev().fold(0, |n, b| n << 8 | u64::from(*b))
}

fn shard(key: u64) -> usize {
    (key >> 56) as usize
}

/// The filter's word of a key, and its four bits there.
fn mark(key: u64, words: usize) -> (usize, u64) {
    let word = ((u128::from(key) * words as u128) >> 64) as usize;
    // The low bits: the high ones chose the word.
    let bits = (0..4).fold(0, |bits, n| bits | 1 << (key >> (6 * n) & 63));
    (word, bits)
}

fn fail(scratch: &Path) -> String {
    format!(
        "les identifiants déjà lus ne peuvent être mis de côté dans {}",
        scratch.display()
    )
}

/// A set of keys.
pub(crate) type Keys = HashSet<u64, BuildHasherDefault<Plain>>;

/// Takes a key for its own hash.
#[derive(Default)]
pub(crate) struct Plain(u64);

impl Hasher for Plain {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.0 = self.0 << 8 | u64::from(*b);
        }
    }

    fn write_u64(&mut self, key: u64) {
        // The table looks at both ends of a hash, and the first byte is the same within a shard.
        self.0 = key.rotate_left(32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};

    #[test]
    fn first_places_are_those_of_a_plain_map_whatever_memory_holds() {
        let folder = tempfile::tempdir().unwrap();
        for (capacity, words) in [(7, 1), (100, 64), (1000, 1 << 12), (1 << 20, 1)] {
            let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(capacity as u64);
            let mut seen = Uniqueness::bounded(folder.path(), capacity, words);
            let mut plain: HashMap<u64, FirstPlace> = HashMap::new();
            let mut given: Vec<u64> = Vec::new();
            for line in 0..5000 {
                let key = if line % 3 == 2 {
                    given[rng.random_range(0..given.len())]
                } else {
                    rng.random()
                };
                given.push(key);
                let here = (line % 4, line);
                let expected = plain.get(&key).copied();
                plain.entry(key).or_insert(here);
                assert_eq!(seen.first(key, here).unwrap(), expected, "{capacity} {line}");
            }
            assert_eq!(seen.runs.len(), plain.len() / capacity);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_refuses_is_an_error_with_a_hint() {
        let mut seen = Uniqueness::bounded(Path::new("/nulle/part"), 1, 1);
        let error = seen.first(1, (0, 2)).unwrap_err();
        assert!(error.to_string().contains("/nulle/part"), "{error}");
    }
}
