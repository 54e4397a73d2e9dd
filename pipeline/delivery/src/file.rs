//! One file through the checks: parts are judged side by side, merged in order.

use std::collections::{BTreeMap, VecDeque};
use std::io::Read;
use std::num::NonZero;
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;

use super::csv_file::{Blocks, Fault};
use super::finding::Tally;
use super::identity::Shapes;
use super::presence::Presences;
use super::pseudonym::Watch;
use super::records::{Block, PART_ROWS, Records};
use super::rows::{Judge, Outcome};
use super::seen::Seen;
use super::workbook::Sheet;
use super::{Finding, Sink};
use base::error::{Error, Result};
use contract::{Rule, Severity, TableSchema};

/// Parts judged or judged already and not yet merged, for each processor: none waits while one part is merged.
const AHEAD: usize = 3;
/// The same, at most: a row of nothing but faults has a finding per column, so a part may hold some MiB of them.
const MOST_AHEAD: usize = 32;

/// Where the rows of a file come from.
pub(super) enum Feed<'a> {
    Csv(Blocks<Box<dyn Read + Send + 'a>>),
    Sheet(Box<Sheet<'a>>),
}

enum Part {
    Text(Block),
    Rows(Records),
}

impl Feed<'_> {
    fn next(&mut self) -> Result<Option<Part>, Fault> {
        match self {
            Feed::Csv(blocks) => Ok(blocks.next_block()?.map(Part::Text)),
            Feed::Sheet(sheet) => Ok(sheet.rows(PART_ROWS)?.map(Part::Rows)),
        }
    }
}

/// Rows of one file, counted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) read: u64,
    pub(super) accepted: u64,
    pub(super) refused: u64,
}

/// What a file leaves for the tables after it.
#[derive(Default)]
pub(super) struct Learned {
    pub(super) buses: Vec<String>,
    pub(super) itinerary: Vec<u64>,
    pub(super) presences: Presences,
    pub(super) identity: bool,
}

/// Reads a file to its end.
pub(super) struct Reading<'r, 'a> {
    pub(super) judge: &'r Judge<'a>,
    pub(super) file: &'r str,
    pub(super) file_number: u32,
    pub(super) sheet: Option<&'r str>,
    pub(super) rows: &'r mut dyn Sink,
    /// Existing folder for what memory cannot hold.
    pub(super) scratch: &'r Path,
    /// False once the delivery is refused for identity: nothing more is handed on.
    pub(super) deliver: bool,
}

impl Reading<'_, '_> {
    /// `seen`: for each set of [`Judge::unique`], the keys of the table's files read before; empty before the first. `watch`: their
    /// pseudonyms.
    pub(super) fn run(
        mut self,
        feed: &mut Feed<'_>,
        seen: &mut Vec<Seen>,
        watch: &mut Watch,
        tally: &mut Tally<'_>,
    ) -> Result<(Counts, Learned)> {
        let scratch = self.scratch;
        seen.resize_with(self.judge.unique.len(), || Seen::new(scratch));
        let mut state = State::default();
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        let ahead = (processors * AHEAD).min(MOST_AHEAD);
        let judge = self.judge;
        let fault = thread::scope(|scope| -> Result<Option<Fault>> {
            let mut queue = VecDeque::new();
            let join = |handle: thread::ScopedJoinHandle<'_, Result<Outcome>>| {
                handle.join().unwrap_or_else(|_| Err(interrupted()))
            };
            // Read and hashed beside the merge, which is the rest of what goes one part after the other.
            let (send, parts) = sync_channel(processors);
            scope.spawn(move || {
                loop {
                    let next = feed.next();
                    let last = !matches!(next, Ok(Some(_)));
                    if send.send(next).is_err() || last {
                        break;
                    }
                }
            });
            let fault = loop {
                match parts.recv() {
                    Ok(Ok(Some(part))) => {
                        queue.push_back(scope.spawn(move || match part {
                            Part::Text(block) => {
                                judge.judge(&Records::cut(block, judge.layout.separator))
                            }
                            Part::Rows(records) => judge.judge(&records),
                        }));
                    }
                    Ok(Ok(None)) => break None,
                    Ok(Err(fault)) => break Some(fault),
                    Err(_) => return Err(interrupted()),
                }
                if queue.len() > ahead
                    && let Some(handle) = queue.pop_front()
                {
                    self.merge(join(handle)?, seen, watch, &mut state, tally)?;
                }
            };
            while let Some(handle) = queue.pop_front() {
                self.merge(join(handle)?, seen, watch, &mut state, tally)?;
            }
            Ok(fault)
        })?;
        self.close(fault, state, watch, tally)
    }

    /// Uniqueness, then findings out and rows on, in the order of the file.
    fn merge(
        &mut self,
        outcome: Outcome,
        seen: &mut [Seen],
        watch: &mut Watch,
        state: &mut State,
        tally: &mut Tally<'_>,
    ) -> Result<()> {
        let Outcome {
            batch,
            mut keep,
            lines,
            mut findings,
            keys,
            stops,
            identity,
            blank,
            shapes,
            pseudonyms,
            sample,
        } = outcome;
        if identity && !state.learned.identity {
            state.learned.identity = true;
            self.deliver = false;
        }
        let mut duplicates = Vec::new();
        for (set, (keys, known)) in self
            .judge
            .unique
            .iter()
            .zip(keys.iter().zip(seen.iter_mut()))
        {
            for (row, key) in keys.iter().enumerate().filter(|(_, k)| **k != 0) {
                let here = (
                    self.file_number,
                    u32::try_from(lines[row]).unwrap_or(u32::MAX),
                );
                if let Some(first) = known.first(*key, here)? {
                    keep[row] = false;
                    duplicates.push((row, self.duplicate(set, first)));
                }
            }
        }
        if !duplicates.is_empty() {
            findings.append(&mut duplicates);
            findings.sort_by_key(|(row, _)| *row);
        }
        let mut complained = vec![false; keep.len()];
        for (row, finding) in findings {
            complained[row] |= finding.severity != Severity::Avertissement;
            let mut finding = finding.line(lines[row]).at(self.file, self.sheet);
            if !self.deliver {
                finding.value = None;
            }
            tally.push(&finding)?;
        }
        if keep
            .iter()
            .zip(&complained)
            .any(|(kept, told)| kept == told)
        {
            return Err(Error::access(format!(
                "{} : une ligne refusée est sans constat, ou l'inverse : c'est un défaut du programme",
                self.file
            )));
        }
        state.counts.read += keep.len() as u64;
        state.blank += blank;
        for (field, shape) in shapes {
            state.shapes.entry(field).or_default().add(shape);
        }
        watch.add(&pseudonyms, sample);
        let kept = if keep.iter().all(|k| *k) {
            batch
        } else {
            filter_record_batch(&batch, &BooleanArray::from(keep.clone())).map_err(store_form)?
        };
        state.counts.accepted += kept.num_rows() as u64;
        state.counts.refused += keep.iter().filter(|k| !**k).count() as u64;
        let stops = stops
            .iter()
            .zip(&keep)
            .filter(|(_, k)| **k)
            .map(|(s, _)| *s);
        self.learn(&kept, stops, state);
        if self.deliver && kept.num_rows() > 0 {
            let typed =
                RecordBatch::try_new(self.judge.table.arrow_schema(), kept.columns().to_vec())
                    .map_err(store_form)?;
            self.rows.accept(self.judge.table, typed)?;
        }
        Ok(())
    }

    fn duplicate(&self, set: &[usize], first: (u32, u32)) -> Finding {
        let names: Vec<&str> = set
            .iter()
            .map(|c| self.judge.table.fields[*c].name.as_str())
            .collect();
        let place = if first.0 == self.file_number {
            format!("ligne {}", first.1)
        } else {
            format!("ligne {} d'un autre fichier", first.1)
        };
        Finding::new(Rule::Unicite, format!("déjà donné : {place}")).field(names.join(", "))
    }

    fn learn(&self, kept: &RecordBatch, stops: impl Iterator<Item = u64>, state: &mut State) {
        match self.judge.table.name.as_str() {
            "medicobus" => {
                let ids = kept
                    .column_by_name("id_medicobus")
                    .and_then(|c| c.as_string_opt::<i32>());
                state
                    .learned
                    .buses
                    .extend(ids.into_iter().flatten().flatten().map(str::to_owned));
            }
            "tournees" => {
                let stops: Vec<u64> = stops.collect();
                state.learned.presences.plan(kept, stops.iter().copied());
                // Nobody is seen at a stop that was cancelled.
                let cancelled = kept
                    .column_by_name("annulee")
                    .and_then(|c| c.as_string_opt::<i32>());
                let held = stops.into_iter().enumerate().filter(|(row, _)| {
                    !cancelled.is_some_and(|c| c.is_valid(*row) && c.value(*row) == "oui")
                });
                state.learned.itinerary.extend(held.map(|(_, stop)| stop));
            }
            "consultations" => state.learned.presences.visit(kept, stops),
            _ => {}
        }
    }

    /// What only the end of the file can tell.
    fn close(
        self,
        fault: Option<Fault>,
        state: State,
        watch: &mut Watch,
        tally: &mut Tally<'_>,
    ) -> Result<(Counts, Learned)> {
        let State {
            counts,
            mut learned,
            blank,
            shapes,
        } = state;
        let mut last = Vec::new();
        match fault {
            Some(Fault::Limit(message)) => last.push(Finding::new(Rule::LimiteDepassee, message)),
            Some(Fault::Unreadable(message)) => {
                last.push(Finding::new(Rule::FichierIllisible, message))
            }
            None => {}
        }
        for (field, shape) in shapes {
            if let Some(kind) = shape.verdict() {
                learned.identity = true;
                last.push(
                    Finding::new(
                        Rule::Identite,
                        format!("la colonne ressemble à {}", kind.label()),
                    )
                    .field(&self.judge.table.fields[field].name),
                );
            }
        }
        if blank > 0 {
            last.push(Finding::new(
                Rule::LigneVide,
                format!("{blank} ligne(s) vide(s) passée(s)"),
            ));
        }
        last.extend(watch.end_of_file());
        if counts.read > 0 && counts.accepted == 0 {
            last.push(Finding::new(
                Rule::AucuneLigne,
                format!("les {} lignes du fichier sont refusées", counts.read),
            ));
        }
        for finding in last {
            tally.push(&finding.at(self.file, self.sheet))?;
        }
        if counts.read != counts.accepted + counts.refused {
            return Err(Error::access(format!(
                "{} : {} lignes lues, {} acceptées, {} refusées : le compte n'y est pas, c'est un défaut du programme",
                self.file, counts.read, counts.accepted, counts.refused
            )));
        }
        Ok((counts, learned))
    }
}

#[derive(Default)]
struct State {
    counts: Counts,
    learned: Learned,
    blank: u64,
    shapes: BTreeMap<usize, Shapes>,
}

fn interrupted() -> Error {
    Error::access("le contrôle s'est interrompu : c'est un défaut du programme")
}

fn store_form(error: arrow::error::ArrowError) -> Error {
    Error::access("les lignes acceptées n'ont pas la forme du dépôt : c'est un défaut du programme")
        .caused_by(error)
}

/// The table that a file or sheet is named after: `consultations_2025.csv`, `28 Consultations`, `desserte`.
pub(super) fn table_named<'c>(tables: &'c [TableSchema], name: &str) -> Option<&'c TableSchema> {
    let base = name.rsplit('/').next().unwrap_or(name);
    let words = format!("_{}_", super::text::fold(base));
    let named = |table: &&TableSchema| {
        let plural = format!("_{}_", table.name);
        let singular = format!("_{}_", table.name.trim_end_matches('s'));
        words.contains(&plural) || (table.name != "medicobus" && words.contains(&singular))
    };
    let mut found: Vec<&TableSchema> = tables.iter().filter(named).collect();
    // The measure's own name is in many file names: another table's name counts more.
    if found.len() > 1 {
        found.retain(|t| t.name != "medicobus");
    }
    if found.len() == 1 { found.pop() } else { None }
}
