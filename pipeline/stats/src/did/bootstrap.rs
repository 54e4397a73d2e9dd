//! Multiplier bootstrap: how estimates spread when every cluster is multiplied by +1 or −1 at random.
//!
//! A draw's sign for a cluster depends on the seed and on the two numbers alone, and sums run in a fixed order: the answer
//! is the same on any number of cores. Eight clusters at a time, the 256 signed sums are tabulated and the draws look
//! them up by a byte of the ChaCha8 keystream, which saves six multiplications in eight.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::{parallel, quantile};

/// Settings of the multiplier bootstrap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bootstrap {
    /// Number of draws; 1,000 is usual.
    pub draws: usize,
    /// Seed: same seed, same answer.
    pub seed: u64,
}

/// Columns that are looked up together: their 256 signed sums fit the first-level cache.
const WIDTH: usize = 8;
/// Draws made at a time, to bound memory.
const BLOCK: usize = 1024;

/// One sum for each of the columns looked up together.
type Sums = [f64; WIDTH];

/// The quantile of order `level` of the largest draw over its standard error, over the columns of influences summed by cluster.
pub(super) fn critical_value(
    summed: &[&[f64]],
    errors: &[f64],
    bootstrap: Bootstrap,
    level: f64,
    threads: usize,
) -> f64 {
    let mut largest = vec![0.0_f64; bootstrap.draws];
    for (column, error) in draws(summed, bootstrap, threads).iter().zip(errors) {
        for (top, draw) in largest.iter_mut().zip(column) {
            *top = top.max((draw / error).abs());
        }
    }

    largest.sort_unstable_by(f64::total_cmp);
    quantile::inverse_cdf(&largest, level)
}

/// `Σ_clusters ± sum`, one list of draws per column.
fn draws(columns: &[&[f64]], bootstrap: Bootstrap, threads: usize) -> Vec<Vec<f64>> {
    let clusters = columns.first().map_or(0, |column| column.len());
    let octets = clusters.div_ceil(8);
    let groups: Vec<&[&[f64]]> = columns.chunks(WIDTH).collect();

    let mut answer = vec![Vec::with_capacity(bootstrap.draws); columns.len()];
    for start in (0..bootstrap.draws).step_by(BLOCK) {
        let length = BLOCK.min(bootstrap.draws - start);
        let signs: Vec<Vec<u8>> =
            (0..octets).map(|octet| bytes(bootstrap.seed, octet, start, length)).collect();

        let blocks = parallel::map(&groups, threads, |group| signed_sums(group, &signs, length));
        for (lists, block) in answer.chunks_mut(WIDTH).zip(blocks) {
            for (c, list) in lists.iter_mut().enumerate() {
                list.extend(block.iter().map(|draw| draw[c]));
            }
        }
    }

    answer
}

/// The signs of eight clusters in `length` draws from `start` on, a byte per draw.
fn bytes(seed: u64, octet: usize, start: usize, length: usize) -> Vec<u8> {
    let mut cipher = ChaCha8Rng::seed_from_u64(seed);
    cipher.set_stream(octet as u64);
    cipher.set_word_pos(start as u128 / 4);

    let mut bytes = vec![0; length];
    cipher.fill_bytes(&mut bytes);
    bytes
}

/// For up to [`WIDTH`] columns, the signed sums of each draw.
fn signed_sums(columns: &[&[f64]], signs: &[Vec<u8>], length: usize) -> Vec<Sums> {
    let mut sums = vec![[0.0; WIDTH]; length];
    let mut table = vec![[0.0; WIDTH]; 256];

    for (octet, bytes) in signs.iter().enumerate() {
        tabulate(&mut table, columns, octet);

        for (sum, &byte) in sums.iter_mut().zip(bytes) {
            let entry = &table[usize::from(byte)];
            for (slot, v) in sum.iter_mut().zip(entry) {
                *slot += v;
            }
        }
    }

    sums
}

/// The 256 signed sums of eight clusters: bit `b` of the position set means that cluster `b` counts as it is, else reversed.
fn tabulate(table: &mut [Sums], columns: &[&[f64]], octet: usize) {
    let mut values = [[0.0; WIDTH]; 8];
    for (bit, value) in values.iter_mut().enumerate() {
        for (slot, column) in value.iter_mut().zip(columns) {
            *slot = column.get(octet * 8 + bit).copied().unwrap_or(0.0);
        }
    }

    table[0] = [0.0; WIDTH];
    for value in &values {
        for (slot, v) in table[0].iter_mut().zip(value) {
            *slot -= v;
        }
    }

    // Each entry is an earlier one with its lowest bit added.
    for byte in 1..256_usize {
        let value = values[byte.trailing_zeros() as usize];
        let mut entry = table[byte & (byte - 1)];
        for (slot, v) in entry.iter_mut().zip(value) {
            *slot += 2.0 * v;
        }
        table[byte] = entry;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<Vec<f64>> {
        (0..11)
            .map(|c| (0..83).map(|i| f64::sin(f64::from(i * 7 + c * 3))).collect())
            .collect()
    }

    #[test]
    fn table_look_up_is_the_plain_product() {
        let (columns, bootstrap) = (columns(), Bootstrap { draws: 1030, seed: 5 });
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let answer = draws(&columns, bootstrap, 1);
        assert_eq!(answer, draws(&columns, bootstrap, 3));
        // The second block must continue the keystream of the first.
        for draw in [0, 1, 1023, 1024, 1029] {
            for (column, list) in columns.iter().zip(&answer) {
                let signed = |(i, v): (usize, &f64)| {
                    let byte = bytes(5, i / 8, 0, 1030)[draw];
                    if byte >> (i % 8) & 1 == 1 { *v } else { -*v }
                };
                let expected: f64 = column.iter().enumerate().map(signed).sum();
                assert!((list[draw] - expected).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn a_column_does_not_depend_on_its_neighbours() {
        let columns = columns();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let all = draws(&columns, Bootstrap { draws: 100, seed: 1 }, 2);
        let one = draws(&columns[9..10], Bootstrap { draws: 100, seed: 1 }, 2);
        assert_eq!(all[9], one[0]);
        assert_ne!(one[0], draws(&columns[9..10], Bootstrap { draws: 100, seed: 2 }, 2)[0]);
    }
}
