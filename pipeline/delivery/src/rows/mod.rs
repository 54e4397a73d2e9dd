//! The fifth stage: rows are judged cell by cell, row by row, then against the rows of other files.

pub(crate) mod checked_rows;
pub(crate) mod choices;
pub(crate) mod codes;
mod column_findings;
pub(crate) mod column_reader;
pub(crate) mod cross;
mod duplicates;
mod file_codes;
mod in_words;
pub(crate) mod instants;
pub(crate) mod keys;
pub(crate) mod marks;
mod nothing;
pub(crate) mod numbers;
pub(crate) mod part;
pub(crate) mod part_findings;
pub(crate) mod pattern;
pub(crate) mod presence;
pub(crate) mod pseudonym;
mod row_findings;
pub(crate) mod row_judge;
pub(crate) mod row_stream;
pub(crate) mod service;
pub(crate) mod uniqueness;
pub(crate) mod values;
pub(crate) mod volumes;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use base::error::Result;
use contract::{Rule, TableSchema};

use crate::faulty_rows::RowOrigin;
use crate::report::Report;
use crate::survey::Survey;
use crate::survey::surveyed_table::SurveyedTable;
use crate::{KnownBus, Sink};
use checked_rows::CheckedRows;
use cross::Frame;
use presence::Presences;
use pseudonym::PseudonymWatch;
use row_judge::{Known, RowJudge};
use row_stream::{FileCheck, Learned};
use service::Service;
use uniqueness::Keys;
use volumes::Volumes;

/// Tables in the order in which they are read: what others refer to comes first.
const ORDER: [&str; 12] = [
    "medicobus",
    "dessertes",
    "tournees",
    "territoires",
    "financements",
    "delais_mg",
    "offre",
    "projets_cahier",
    "demandes",
    "mesures_concurrentes",
    "objectifs",
    "consultations",
];

impl<'a> Survey<'a> {
    /// Checks every row. `known` are the projects of the store: those of other régions, and those of the delivery that this one
    /// replaces, do not count, since it would leave with rows of no project. `scratch` is an existing folder for what memory
    /// cannot hold; nothing is left in it.
    ///
    /// # Errors
    /// When a sink fails or a file cannot be read again. Anything wrong inside the files is a finding, not an error; a delivery
    /// that does not say its région or its period is refused under `inconnue`.
    pub fn check(
        mut self,
        known: &BTreeSet<KnownBus>,
        scratch: &Path,
        rows: &mut dyn Sink,
    ) -> Result<Report> {
        // A column that names people stops everything before the first row is read, and so does a header without région or period.
        let stops = |rule| matches!(rule, Rule::Identite | Rule::LivraisonInconnue);
        let deliver = !self.tally.fatal().iter().any(|l| stops(l.rule));

        let here =
            |b: &&KnownBus| b.region == self.header.region && b.periode != self.header.periode.text;
        // When a bus of the store opened is told by the delivery at hand, or not at all.
        let known = known.iter().filter(here).map(|bus| (bus.id.clone(), Service::default()));

        let mut checked = CheckedRows {
            known: Known {
                buses: known.collect(),
                refused_buses: BTreeSet::new(),
                buses_unread: self.buses_unread(),
                itinerary: Keys::default(),
                communes: self.terms.communes,
            },
            presences: Presences::default(),
            volumes: Volumes::default(),
            deliver,
            reports: BTreeMap::new(),
            hashes: BTreeMap::new(),
        };

        let contract = self.terms.contract;
        for table in ORDER.iter().filter_map(|name| contract.table(name)) {
            if deliver {
                self.check_table(table, scratch, rows, &mut checked)?;
            }
        }

        checked.report(self)
    }

    /// The files and sheets, as a message names them.
    fn places(&self) -> Vec<String> {
        let place = |file: &SurveyedTable<'_>| {
            let name = self.files.name(file.entry);
            file.sheet
                .as_ref()
                .map_or(name.to_owned(), |s| format!("{name}, feuille « {s} »"))
        };
        self.tables.iter().map(place).collect()
    }

    /// Checks the files of one table, one after the other.
    fn check_table(
        &mut self,
        table: &TableSchema,
        scratch: &Path,
        rows: &mut dyn Sink,
        checked: &mut CheckedRows<'_>,
    ) -> Result<()> {
        let mut seen = Vec::new();
        let mut watch = PseudonymWatch::default();
        let mut learned = Learned::default();
        let mut last = None;

        let places = self.places();
        let files = self.tables.iter().enumerate();
        for (number, file) in files.filter(|(_, f)| f.table.name == table.name) {
            let Some(layout) = &file.layout else { continue };
            last = Some(file);

            let frame = Frame {
                communes: self.terms.communes,
                region: &self.header.region,
                period: &self.header.periode,
                today: self.terms.today,
            };

            let judge = RowJudge::new(table, layout, &checked.known, frame)?;
            let name = self.files.name(file.entry).to_owned();

            let check = FileCheck {
                judge: &judge,
                file: &name,
                file_number: number as u32,
                places: &places,
                sheet: file.sheet.as_deref(),
                origin: RowOrigin {
                    file: name.clone(),
                    sheet: file.sheet.clone(),
                    table: table.name.clone(),
                    columns: layout.names(table).into(),
                },
                rows: &mut *rows,
                scratch,
                deliver: checked.deliver,
            };

            let mut open = self.files.rows(file, layout)?;
            let (counts, found) =
                check.run(&mut open.feed, &mut seen, &mut watch, &mut self.tally)?;
            let encoding = open.feed.encoding();
            let hash = open.finish();

            checked.hashes.extend(hash.map(|hash| (file.entry, hash)));
            checked.deliver &= !found.identity;
            checked.presences.merge(found.presences);
            checked.volumes.merge(found.volumes);
            learned.buses.extend(found.buses);
            learned.refused_buses.extend(found.refused_buses);
            learned.itinerary.extend(found.itinerary);

            // The encoding of a file in plain ASCII is known when it has been read.
            let mut report = file.report(&name);
            if let (Some(dialect), Some(encoding)) = (&mut report.dialect, encoding) {
                dialect.encoding = encoding.label().to_owned();
            }
            (report.read, report.accepted, report.refused) =
                (counts.read, counts.accepted, counts.refused);

            checked.reports.insert(number, report);
        }

        if let Some(file) = last {
            let name = self.files.name(file.entry);
            for finding in watch.finish() {
                let finding = finding.at(name, file.sheet.as_deref());
                self.tally.push(&finding.lettered(file.layout.as_ref(), table))?;
            }
        }

        checked.known.buses.extend(learned.buses);
        checked.known.refused_buses.extend(learned.refused_buses);
        checked.known.itinerary.extend(learned.itinerary);

        Ok(())
    }
}
