//! One file through the checks: parts are judged side by side, merged in order.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::num::NonZero;
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;

use base::error::{Error, Result};
use base::french::counted;
use contract::{Rule, Severity};

use super::file_codes::FileCodes;
use super::part::JudgedPart;
use super::presence::Presences;
use super::pseudonym::PseudonymWatch;
use super::row_judge::RowJudge;
use super::service::{Service, services};
use super::uniqueness::Uniqueness;
use super::volumes::Volumes;
use crate::faulty_rows::RowOrigin;
use crate::formats::csv_blocks::Fault;
use crate::formats::feed::{Feed, RawPart};
use crate::formats::records::Records;
use crate::identity::Shapes;
use crate::summary::Tally;
use crate::{Finding, Sink};

/// Parts judged or judged already and not yet merged, for each processor: none waits while one part is merged.
const AHEAD: usize = 3;
/// The same, at most: a row of nothing but faults has a finding per column, so a part may hold some MiB of them.
const MOST_AHEAD: usize = 32;

/// Rows of one file, counted.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RowCounts {
    pub(crate) read: u64,
    pub(crate) accepted: u64,
    pub(crate) refused: u64,
}

/// What a file leaves for the tables after it.
#[derive(Default)]
pub(crate) struct Learned {
    pub(crate) buses: BTreeMap<String, Service>,
    pub(crate) refused_buses: Vec<String>,
    pub(crate) itinerary: Vec<u64>,
    pub(crate) presences: Presences,
    pub(crate) volumes: Volumes,
    pub(crate) identity: bool,
}

/// Reads a file to its end.
pub(crate) struct FileCheck<'r, 'a> {
    pub(crate) judge: &'r RowJudge<'a>,
    pub(crate) file: &'r str,
    pub(crate) file_number: u32,
    /// The files and sheets of the delivery, by their numbers, as they may be shown.
    pub(crate) places: &'r [String],
    pub(crate) sheet: Option<&'r str>,
    pub(crate) origin: RowOrigin,
    pub(crate) rows: &'r mut dyn Sink,
    /// Existing folder for what memory cannot hold.
    pub(crate) scratch: &'r Path,
    /// False once the delivery is refused for identity: nothing more is handed on.
    pub(crate) deliver: bool,
}

impl FileCheck<'_, '_> {
    /// `seen`: for each set of [`RowJudge::compared`], the keys of the table's files read before; empty before the first. `watch`: their
    /// pseudonyms.
    pub(crate) fn run(
        mut self,
        feed: &mut Feed<'_>,
        seen: &mut Vec<Uniqueness>,
        watch: &mut PseudonymWatch,
        tally: &mut Tally<'_>,
    ) -> Result<(RowCounts, Learned)> {
        let scratch = self.scratch;
        seen.resize_with(self.judge.compared().count(), || Uniqueness::new(scratch));
        let mut state = FileState::default();
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        let ahead = (processors * AHEAD).min(MOST_AHEAD);
        let judge = self.judge;

        let reading = &mut *feed;
        let fault = thread::scope(|scope| -> Result<Option<Fault>> {
            let mut queue = VecDeque::new();
            let join = |handle: thread::ScopedJoinHandle<'_, Result<JudgedPart>>| {
                handle.join().unwrap_or_else(|_| Err(interrupted()))
            };

            // Read and hashed beside the merge, which is the rest of what goes one part after the other.
            let (send, parts) = sync_channel(processors);

            scope.spawn(move || {
                loop {
                    let next = reading.next();
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
                            RawPart::Text(block) => {
                                judge.judge(Records::cut(block, judge.layout.separator))
                            }
                            RawPart::Rows(records) => judge.judge(records),
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

        self.close(fault, feed.open_end(), state, watch, tally)
    }

    /// Uniqueness, then findings out and rows on, in the order of the file.
    fn merge(
        &mut self,
        mut part: JudgedPart,
        seen: &mut [Uniqueness],
        watch: &mut PseudonymWatch,
        state: &mut FileState,
        tally: &mut Tally<'_>,
    ) -> Result<()> {
        if part.identity {
            state.learned.identity = true;
            self.deliver = false;
        }

        self.refuse_duplicates(&mut part, seen)?;
        let refusing = |f: &&(usize, Finding)| f.1.severity != Severity::Avertissement;
        if state.first_refusal.is_none() {
            let first = part.findings.iter().find(refusing);
            state.first_refusal = first.map(|(_, finding)| finding.message.clone().into_owned());
        }
        state.codes.refused(&part.findings);
        self.tell(&mut part, tally)?;

        state.counts.read += part.keep.len() as u64;
        state.blank += part.blank;
        for (field, shape) in part.shapes {
            state.shapes.entry(field).or_default().add(shape);
        }
        state.short_end = part.short_end;
        watch.add(part.pseudonyms);

        if self.judge.table.name == "medicobus" {
            let refused = ids(&part.batch).zip(&part.keep).filter(|(_, kept)| !**kept);
            state.learned.refused_buses.extend(refused.filter_map(|(id, _)| id));
        }

        let kept = if part.keep.iter().all(|k| *k) {
            part.batch
        } else {
            let keep = BooleanArray::from(part.keep.clone());
            filter_record_batch(&part.batch, &keep).map_err(store_form)?
        };

        state.counts.accepted += kept.num_rows() as u64;
        state.counts.refused += part.keep.iter().filter(|k| !**k).count() as u64;

        state.codes.accepted(&self.judge.table.name, &kept, &self.judge.frame);
        let stops = part.stops.iter().zip(&part.keep);
        self.learn(&kept, stops.filter(|(_, k)| **k).map(|(s, _)| *s), state);

        self.hand_on(&kept)
    }

    /// Gives accepted rows to the sink, in the store's form.
    fn hand_on(&mut self, kept: &RecordBatch) -> Result<()> {
        if !self.deliver || kept.num_rows() == 0 {
            return Ok(());
        }

        let table = self.judge.table;
        let typed = RecordBatch::try_new(table.arrow_schema(), kept.columns().to_vec())
            .map_err(store_form)?;
        self.rows.accept(table, typed)
    }

    fn learn(&self, kept: &RecordBatch, stops: impl Iterator<Item = u64>, state: &mut FileState) {
        state.learned.volumes.add(self.judge.table, kept);
        match self.judge.table.name.as_str() {
            "medicobus" => {
                state.learned.buses.extend(services(kept));
            }
            "tournees" => {
                let stops: Vec<u64> = stops.collect();
                state.learned.presences.plan(kept, stops.iter().copied());

                // Nobody is seen at a stop that was cancelled.
                let cancelled =
                    kept.column_by_name("annulee").and_then(|c| c.as_string_opt::<i32>());

                let held = stops.into_iter().enumerate().filter(|(row, _)| {
                    !cancelled.is_some_and(|c| c.is_valid(*row) && c.value(*row) == "oui")
                });
                state.learned.itinerary.extend(held.map(|(_, stop)| stop));
            }
            "consultations" => state.learned.presences.visit(kept, stops),
            "territoires" => {
                let kinds = texts(kept, "type_territoire").flatten();
                state.kinds.extend(kinds);
            }
            _ => {}
        }
    }

    /// A file that ends amid its last row has lost that end, and all that came after it.
    fn cut_off(&self, cells: usize) -> Finding {
        let message = format!(
            "le fichier s'arrête au milieu d'une ligne ({} sur {}, sans fin de ligne) : il est sans doute tronqué",
            counted(cells, "cellule", "cellules"),
            self.judge.layout.width
        );
        Finding::new(Rule::FichierIllisible, message).hint(
            "réexportez le fichier entier et renvoyez-le ; si la dernière ligne est une note, retirez-la",
        )
    }

    /// What only the end of the file can tell.
    fn close(
        self,
        stopped: Option<Fault>,
        open_end: bool,
        state: FileState,
        watch: &mut PseudonymWatch,
        tally: &mut Tally<'_>,
    ) -> Result<(RowCounts, Learned)> {
        let FileState {
            counts,
            mut learned,
            blank,
            short_end,
            first_refusal,
            shapes,
            kinds,
            codes,
        } = state;

        let mut last = Vec::new();
        last.extend(short_end.filter(|_| open_end).map(|cells| self.cut_off(cells)));
        last.extend(stopped.map(Finding::from));

        for (field, shape) in shapes {
            if let Some(kind) = shape.verdict() {
                learned.identity = true;
                let name = &self.judge.table.fields[field].name;
                last.push(kind.finding("la colonne").field(name));
            }
        }

        if blank > 0 {
            last.push(Finding::new(
                Rule::LigneVide,
                counted(blank, "ligne vide passée", "lignes vides passées"),
            ));
        }

        if !kinds.is_empty() && !kinds.contains("commune") {
            let message = "aucune ligne du fichier n'est d'une commune : les bilans et l'évaluation comptent par commune";
            last.push(Finding::new(Rule::TerritoireNonCompte, message).hint(
                "livrez aussi les lignes des communes ; « medicobus requete … --param type_territoire=epci » compte les EPCI, type_territoire=tvs les territoires de vie-santé dont un zonage chargé (« medicobus referentiel ») donne les communes",
            ));
        }

        last.extend(watch.end_of_file());
        last.extend(codes.finish(self.judge.frame.region));
        if counts.read > 0 && counts.accepted == 0 {
            let first = first_refusal.unwrap_or_default();
            last.push(Finding::new(
                Rule::AucuneLigne,
                match counts.read {
                    1 => format!("la seule ligne du fichier est refusée : {first}"),
                    read => format!(
                        "les {read} lignes du fichier sont refusées, la première parce que : {first}"
                    ),
                },
            ));
        }

        for finding in last {
            let finding = finding.at(self.file, self.sheet);
            tally.push(&finding.lettered(Some(self.judge.layout), self.judge.table))?;
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
struct FileState {
    counts: RowCounts,
    learned: Learned,
    blank: u64,
    /// Cells of the last row so far, where it has fewer than the header.
    short_end: Option<usize>,
    /// What was said of the first row that was refused.
    first_refusal: Option<String>,
    shapes: BTreeMap<usize, Shapes>,
    /// Kinds of the territories that were accepted.
    kinds: BTreeSet<String>,
    codes: FileCodes,
}

/// The buses that rows are about.
fn ids(batch: &RecordBatch) -> impl Iterator<Item = Option<String>> + '_ {
    texts(batch, "id_medicobus")
}

/// The texts of a column; none where there is no such column.
fn texts<'b>(batch: &'b RecordBatch, name: &str) -> impl Iterator<Item = Option<String>> + use<'b> {
    let texts = batch.column_by_name(name).and_then(|c| c.as_string_opt::<i32>());
    texts.into_iter().flatten().map(|text| text.map(str::to_owned))
}

fn interrupted() -> Error {
    Error::access("le contrôle s'est interrompu : c'est un défaut du programme")
}

fn store_form(error: arrow::error::ArrowError) -> Error {
    Error::access("les lignes acceptées n'ont pas la forme du dépôt : c'est un défaut du programme")
        .caused_by(error)
}
