//! Which deliveries are expected, and what came of each: régions × periods, from the buses in service and the years. It tells of files
//! and projects, never of patients.

mod expected;
mod letters;
mod outputs;
mod sources;

use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate};

use base::error::{Error, Result};
use base::french::counted;
use delivery::{Period, SummaryLine};
use geography::Communes;
use query::Session;
use store::Store;

pub use letters::{ANSWER_DAYS, Letter, Letters};
pub use outputs::remarks;

use sources::{Bus, Delivered, Sources};

/// Tables that every delivery of activity is expected to hold.
const CORE: [&str; 5] = ["consultations", "tournees", "medicobus", "dessertes", "financements"];

/// What is asked of the board.
#[derive(Debug, Clone)]
pub struct BoardRequest {
    /// Day on which it is drawn.
    pub today: NaiveDate,
    /// First and last year; from the first bus or delivery to today where they are not said.
    pub years: Option<(i32, i32)>,
    /// Régions that are expected, whatever the store knows of them; those that it knows where none is said.
    pub regions: Vec<String>,
    /// Days after the end of a period within which it is expected.
    pub delay: u32,
}

/// What became of an expected delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Taken.
    Received,
    /// Taken, in place of an earlier one.
    Replaced,
    /// Taken, to say that there is nothing to tell.
    Nothing,
    /// Refused, and none was taken.
    Refused,
    /// Not come, and due.
    Missing,
    /// Not come, and not due yet.
    Expected,
}

impl State {
    /// In French.
    pub fn said(self) -> &'static str {
        match self {
            Self::Received => "reçue",
            Self::Replaced => "reçue, remplace",
            Self::Nothing => "rien à déclarer",
            Self::Refused => "refusée",
            Self::Missing => "manquante",
            Self::Expected => "attendue",
        }
    }
}

/// One expected delivery.
#[derive(Debug, Clone)]
pub struct BoardLine {
    /// Code of the région.
    pub region: String,
    /// Its name.
    pub region_name: String,
    /// Period.
    pub period: Period,
    /// Buses in service in the period, as far as the store knows.
    pub buses: usize,
    /// What became of it.
    pub state: State,
    /// Day of the last delivery that was taken.
    pub received: Option<NaiveDate>,
    /// Its own period, where that is longer.
    pub told_by: Option<String>,
    /// Version of the store that it made.
    pub version: Option<u64>,
    /// Deliveries of the period that were taken and then replaced.
    pub replacements: usize,
    /// Day of a refusal that no delivery taken since has mended.
    pub refused: Option<NaiveDate>,
    /// Why.
    pub why: Vec<String>,
    /// Day by which it is expected.
    pub due: NaiveDate,
    /// Days from that day to the first delivery that was taken, or to today.
    pub late: u64,
    /// Tables of activity that are not in it and were not said to have nothing to tell.
    pub missing_tables: Vec<String>,
    /// Tables and buses that were said to have nothing to tell.
    pub nothing: Vec<String>,
    /// Buses in service without a consultation, that were not.
    pub silent: Vec<String>,
    /// Who sent the last one.
    pub producer: String,
    /// Share of its rows that is refused, in per cent; none where it is not known.
    pub refused_share: Option<f64>,
    /// Findings of the last one, what gains most first.
    pub findings: Vec<SummaryLine>,
}

impl BoardLine {
    /// Why the last delivery was refused, behind a colon, with how many other reasons there are; empty where none is known.
    fn why_refused(&self) -> String {
        let Some(first) = self.why.first() else { return String::new() };
        let more = match self.why.len() - 1 {
            0 => String::new(),
            more => format!(" (et {})", counted(more, "autre motif", "autres motifs")),
        };
        format!(" : {}{more}", first.trim_end_matches('.'))
    }
}

/// The expected deliveries, by région and period.
#[derive(Debug, Clone)]
pub struct Board {
    /// Day on which it is drawn.
    pub today: NaiveDate,
    /// A line for each.
    pub lines: Vec<BoardLine>,
    /// Régions of which nothing is expected in those years, with their names: never heard of, or no longer. None where régions were asked for.
    pub absent: Vec<(String, String)>,
}

impl Board {
    /// Draws the board from a state of the store.
    ///
    /// # Errors
    /// If the store cannot be read, or a région is none.
    pub async fn draw(
        store: &Store,
        session: &Session,
        communes: &Communes,
        request: &BoardRequest,
    ) -> Result<Self> {
        let sources = Sources::read(store, session).await?;
        let mut lines = Vec::new();
        for region in regions(&sources, communes, request)? {
            lines.extend(of_region(&sources, communes, request, &region)?);
        }

        let mut absent: Vec<(String, String)> = Vec::new();
        if request.regions.is_empty() {
            let shown: BTreeSet<&str> =
                lines.iter().map(|l: &BoardLine| l.region.as_str()).collect();
            let others = communes.regions().filter(|(code, _)| !shown.contains(code));
            absent.extend(others.map(|(code, name)| (code.to_owned(), name.to_owned())));
        }
        Ok(Self { today: request.today, lines, absent })
    }
}

/// The régions asked for, else those of which the store knows a bus, a target or a delivery.
fn regions(
    sources: &Sources,
    communes: &Communes,
    request: &BoardRequest,
) -> Result<BTreeSet<String>> {
    if let Some(unknown) = request.regions.iter().find(|r| communes.region_name(r).is_none()) {
        return Err(Error::usage(format!("région inconnue : {unknown}"))
            .hint("donnez des codes Insee, séparés par des virgules : --region 28,84"));
    }
    if !request.regions.is_empty() {
        return Ok(request.regions.iter().cloned().collect());
    }

    let buses = sources.buses.iter().map(|bus| &bus.region);
    let targets = sources.targets.iter().map(|(region, _)| region);
    let delivered = sources.delivered.iter().map(|one| &one.region);
    let all = buses.chain(targets).chain(delivered);
    Ok(all.filter(|r| communes.region_name(r).is_some()).cloned().collect())
}

/// The lines of a région: the periods in which a bus was in service, the région had a target, or something came.
fn of_region(
    sources: &Sources,
    communes: &Communes,
    request: &BoardRequest,
    region: &str,
) -> Result<Vec<BoardLine>> {
    let buses: Vec<&Bus> = sources.buses.iter().filter(|bus| bus.region == region).collect();
    let delivered: Vec<&Delivered> =
        sources.delivered.iter().filter(|one| one.region == region).collect();

    // One that was refused says how the year is cut only where none was taken.
    let taken = || delivered.iter().filter(|one| one.version.is_some());
    let cut: Vec<&Period> = match taken().count() {
        0 => delivered.iter().map(|one| &one.period).collect(),
        _ => taken().map(|one| &one.period).collect(),
    };
    let funded: BTreeSet<i32> = taken()
        .filter(|one| one.holds("financements"))
        .map(|one| one.period.start.year())
        .collect();
    let name = communes.region_name(region).unwrap_or(region);
    let asked = !request.regions.is_empty() && buses.is_empty();

    let mut lines = Vec::new();
    for period in expected::periods(&cut, years(sources, request))? {
        let serving: Vec<&Bus> = buses.iter().copied().filter(|b| b.serves(&period)).collect();
        let told: Vec<&Delivered> =
            delivered.iter().copied().filter(|one| tells_of(one, &period)).collect();
        let target = sources.targets.contains(&(region.to_owned(), period.start.year()));

        let begun = period.start <= request.today;
        if begun && (asked || target || !serving.is_empty() || !told.is_empty()) {
            // Years told at once are due together.
            let ends = told.iter().map(|one| one.period.end).chain([period.end]);
            let due = ends.max().unwrap_or(period.end) + Days::new(u64::from(request.delay));
            let funded = funded.contains(&period.start.year());
            let line = Expected { period, serving, told, due, funded };
            lines.push(line.line((region, name), request.today));
        }
    }
    Ok(lines)
}

/// The years asked for, else from the first one that anything is known of.
fn years(sources: &Sources, request: &BoardRequest) -> (i32, i32) {
    let first = || {
        let delivered = sources.delivered.iter().map(|one| one.period.start.year());
        let targets = sources.targets.iter().map(|(_, year)| *year);
        delivered.chain(targets).min().unwrap_or_else(|| request.today.year())
    };
    request.years.unwrap_or_else(|| (first(), request.today.year()))
}

/// Whether a delivery tells about all days of a period, or was refused and would have told about some.
fn tells_of(one: &Delivered, period: &Period) -> bool {
    let covers = |told: &Period, part: &Period| told.start <= part.start && part.end <= told.end;
    covers(&one.period, period) || one.version.is_none() && covers(period, &one.period)
}

/// A period that is expected, and what came of it, in the order in which it came.
struct Expected<'a> {
    period: Period,
    serving: Vec<&'a Bus>,
    told: Vec<&'a Delivered>,
    due: NaiveDate,
    /// Whether the funding of the year came with this delivery or another one: a yearly table is not sent with each month.
    funded: bool,
}

impl Expected<'_> {
    fn line(self, (region, name): (&str, &str), today: NaiveDate) -> BoardLine {
        let taken: Vec<&Delivered> =
            self.told.iter().copied().filter(|one| one.version.is_some()).collect();
        let live = taken.last().copied();
        let last = self.told.last().copied();
        let refused = last.filter(|one| one.version.is_none());

        let report = last.and_then(|one| one.report.as_ref());
        let until = taken.first().map_or(today, |one| one.day);
        let why = refused.and(report).map(|report| match &report.verdict {
            delivery::Verdict::Refused { why } => why.clone(),
            delivery::Verdict::Accepted => Vec::new(),
        });

        BoardLine {
            region: region.to_owned(),
            region_name: name.to_owned(),
            buses: self.serving.len(),
            state: self.state(&taken, today),
            received: live.map(|one| one.day),
            told_by: live.map(|one| one.period.text.clone()).filter(|t| *t != self.period.text),
            version: live.and_then(|one| one.version),
            replacements: taken.len().saturating_sub(1),
            refused: refused.map(|one| one.day),
            why: why.unwrap_or_default(),
            late: u64::try_from((until - self.due).num_days()).unwrap_or_default(),
            missing_tables: live.map(|one| self.missing_tables(one)).unwrap_or_default(),
            nothing: live.map(|one| one.nothing.clone()).unwrap_or_default(),
            silent: live.map(|one| self.silent(one)).unwrap_or_default(),
            producer: last.map(|one| one.producer.clone()).unwrap_or_default(),
            refused_share: report.map(|report| {
                let (read, _, refused) = report.totals();
                100.0 * refused as f64 / read.max(1) as f64
            }),
            findings: report.map(|report| report.summary.clone()).unwrap_or_default(),
            due: self.due,
            period: self.period,
        }
    }

    fn state(&self, taken: &[&Delivered], today: NaiveDate) -> State {
        match taken {
            [.., live] if self.has_nothing(live) => State::Nothing,
            [_] => State::Received,
            [_, ..] => State::Replaced,
            [] if !self.told.is_empty() => State::Refused,
            [] if self.due < today => State::Missing,
            [] => State::Expected,
        }
    }

    /// Whether a delivery says that there were no consultations, or none of any bus in service.
    fn has_nothing(&self, live: &Delivered) -> bool {
        let said = |name: &str| live.nothing.iter().any(|n| n == name);
        let buses = !self.serving.is_empty() && self.serving.iter().all(|bus| said(&bus.id));
        said("consultations") || buses
    }

    /// The tables of activity that a delivery lacks and does not say to be empty, while a bus is in service.
    fn missing_tables(&self, live: &Delivered) -> Vec<String> {
        // An earlier program did not say what it took.
        if live.tables.is_empty() || self.serving.is_empty() {
            return Vec::new();
        }
        let told = |table: &str| live.holds(table) || table == "financements" && self.funded;
        let unsaid = |table: &&str| !live.nothing.iter().any(|name| name == table);
        let absent = CORE.into_iter().filter(|table| !told(table));
        absent.filter(unsaid).map(str::to_owned).collect()
    }

    /// Buses in service without a consultation in the period, where the delivery has consultations.
    fn silent(&self, live: &Delivered) -> Vec<String> {
        let Some(report) = &live.report else { return Vec::new() };
        let within =
            |step: &str| Period::parse(step).is_ok_and(|month| self.period.overlaps(&month));
        let visits = report.volumes.iter().filter(|v| v.table == "consultations");
        let heard: BTreeSet<&str> =
            visits.filter(|v| within(&v.step)).map(|v| v.medicobus.as_str()).collect();
        if heard.is_empty() {
            return Vec::new();
        }

        let mute = self
            .serving
            .iter()
            .filter(|bus| !heard.contains(bus.id.as_str()) && !live.nothing.contains(&bus.id));
        mute.map(|bus| bus.id.clone()).collect()
    }
}
