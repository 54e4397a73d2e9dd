//! What a workbook would expand to, counted before a parser sees it.

use std::io::{Cursor, Read, Write};

use zip::ZipArchive;

use super::csv_blocks::Fault;
use crate::container::limits::SizeLimits;

/// Bytes between two tags of a workbook's XML: the longest text or tag that a parser must hold.
const LONGEST_RUN: usize = 4 << 20;
/// Inflates every part to count it: declared sizes may lie. What is not a sheet of cells is kept in memory by the parser.
pub(super) fn measure(bytes: &[u8], limits: &SizeLimits) -> Result<(), Fault> {
    let broken = || Fault::Unreadable("le classeur est abîmé".into());
    let swollen =
        || Fault::Limit("le classeur gonfle au-delà des limites : envoyez des CSV".into());
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| broken())?;
    let (mut total, mut held) = (0, 0);

    for i in 0..archive.len() {
        let part = archive.by_index(i).map_err(|_| broken())?;
        let name = part.name().map_err(|_| broken())?.into_owned();
        let xml = name.ends_with(".xml") || name.ends_with(".rels");
        let streamed = name.contains("worksheets/") || name == "content.xml";
        let mut gauge = Gauge::default();

        let count = std::io::copy(&mut part.take(limits.workbook_bytes - total + 1), &mut gauge)
            .map_err(|_| broken())?;

        total += count;
        // The parts of an XLSB.
        let binary = name.ends_with(".bin");
        held += if streamed || !(xml || binary) { 0 } else { count };
        if total > limits.workbook_bytes || held > limits.workbook_held {
            return Err(swollen());
        }

        if xml && gauge.longest.max(gauge.run) > LONGEST_RUN {
            return Err(swollen());
        }
    }

    Ok(())
}

/// The longest stretch between two `<`.
#[derive(Default)]
struct Gauge {
    run: usize,
    longest: usize,
}

impl Write for Gauge {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        for (i, stretch) in bytes.split(|b| *b == b'<').enumerate() {
            if i > 0 {
                self.longest = self.longest.max(self.run);
                self.run = 0;
            }
            self.run += stretch.len();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
