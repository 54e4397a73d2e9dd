//! Readers that hash what they read, and that stop a file that expands too much.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use super::limits::SizeLimits;

pub(super) struct Hashed<'a> {
    pub(super) inner: Box<dyn Read + Send + 'a>,
    pub(super) sha: Sha256,
}

impl Read for Hashed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.sha.update(&buffer[..n]);
        Ok(n)
    }
}

pub(super) struct Tee<'a>(pub(super) Arc<Mutex<Hashed<'a>>>);

impl Read for Tee<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        lock(&self.0).read(buffer)
    }
}

/// A reader that panicked leaves no half-written hash: what it read is hashed or not.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The running SHA-256 of a file's bytes as delivered.
pub(crate) struct Fingerprint<'a>(pub(super) Arc<Mutex<Hashed<'a>>>);

impl Fingerprint<'_> {
    /// Reads what was not read and gives the hash in hexadecimal; a file that breaks is hashed up to there.
    pub(crate) fn finish(self) -> String {
        let mut state = lock(&self.0);
        let mut buffer = vec![0; 1 << 16];
        while matches!(state.read(&mut buffer), Ok(n) if n > 0) {}
        hex::encode(std::mem::take(&mut state.sha).finalize())
    }
}

/// Stops a file that expands too much.
pub(super) struct Bounded<'a> {
    pub(super) inner: Box<dyn Read + Send + 'a>,
    pub(super) packed: u64,
    pub(super) read: u64,
    pub(super) total: Arc<AtomicU64>,
    pub(super) limits: SizeLimits,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.read += n as u64;
        let total = self.total.fetch_add(n as u64, Ordering::Relaxed) + n as u64;
        let swollen = self.read > (64 << 20) && self.read / self.packed.max(1) > self.limits.ratio;

        if swollen || total > self.limits.expanded_bytes {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                "le fichier compressé gonfle au-delà des limites",
            ));
        }

        Ok(n)
    }
}
