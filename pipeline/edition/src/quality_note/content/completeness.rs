//! How complete a delivery is: stops with a consultation over stops held, by bus and month.

use std::collections::{BTreeMap, BTreeSet};

use base::error::Result;
use base::french::{MISSING, typography};
use delivery::{Presence, Report};
use export::csv::plain;
use report::content::Block;

use super::printed::{others_named, printed_table};

/// Months beside one another in a table.
const MAX_MONTHS: usize = 12;
/// Lines of all tables together.
const MAX_BUSES: usize = 24;

/// Stops of a bus by column: a month, or a year.
type ByColumn = BTreeMap<String, Stops>;

/// Stops of some buses in some months.
#[derive(Default)]
struct Stops {
    held: u64,
    filled: u64,
    off_route: bool,
}

impl Stops {
    fn add(&mut self, presence: &Presence) {
        self.held += presence.held;
        self.filled += presence.filled;
        self.off_route |= presence.off_route;
    }

    fn cell(&self) -> String {
        let mark = if self.off_route { "*" } else { "" };
        match self.held {
            0 => format!("{MISSING}{mark}"),
            held => format!("{}/{held}{mark}", self.filled),
        }
    }
}

/// A row per bus, a column per month; or why there is nothing to compare.
pub(super) fn blocks(report: &Report) -> Vec<Block> {
    let rows = &report.completeness;
    let has_consultations = report
        .files
        .iter()
        .any(|f| f.table.as_deref() == Some("consultations") && f.read > 0);
    let nothing = match (has_consultations, rows.is_empty()) {
        _ if report.names_somebody() => Some(
            "La complétude n'est pas calculée : une donnée d'identité a été trouvée, et rien n'est retenu de la livraison.",
        ),
        (true, false) => None,
        (true, true) => Some(
            "La livraison n'a pas de tournée acceptée : les consultations ne peuvent pas être rapprochées de l'itinéraire.",
        ),
        (false, _) => Some(
            "La livraison n'apporte pas de consultations : il n'y a rien à rapprocher de l'itinéraire.",
        ),
    };

    match nothing {
        Some(text) => vec![Block::Paragraph { text: typography(text) }],
        None => tables(rows),
    }
}

/// The tables, as many as the months ask for.
fn tables(rows: &[Presence]) -> Vec<Block> {
    // Many months are too many columns: years then.
    let months: BTreeSet<&str> = rows.iter().map(|l| l.month.as_str()).collect();
    let by_year = months.len() > 2 * MAX_MONTHS;
    let column = |month: &str| {
        let end = if by_year { 4 } else { 7 };
        month.get(..end).unwrap_or(month).to_string()
    };

    let mut by_bus: BTreeMap<&str, ByColumn> = BTreeMap::new();
    for row in rows {
        let columns = by_bus.entry(&row.medicobus).or_default();
        columns.entry(column(&row.month)).or_default().add(row);
    }
    let columns: BTreeSet<String> = months.iter().map(|m| column(m)).collect();
    let columns: Vec<String> = columns.into_iter().collect();
    let groups = columns.chunks(MAX_MONTHS);

    let (shown, others) = least_filled(&by_bus, MAX_BUSES / groups.len().max(1));
    let mut rest = ByColumn::new();
    for row in rows.iter().filter(|l| others.contains(&*l.medicobus)) {
        rest.entry(column(&row.month)).or_default().add(row);
    }

    let title = if by_year {
        "Arrêts renseignés, par médicobus et par an"
    } else {
        "Arrêts renseignés, par médicobus et par mois"
    };
    let notes = notes(shown.len(), by_bus.len());
    let table = |group: &[String]| {
        let titles = group.iter().map(|month| (short_month(month), false));
        let titles: Vec<(String, bool)> =
            std::iter::once(("Médicobus".to_string(), true)).chain(titles).collect();

        let of_shown = by_bus.iter().filter(|(bus, _)| shown.contains(*bus));
        let mut lines: Vec<_> = of_shown.map(|(bus, stops)| line(bus, group, stops)).collect();
        if !others.is_empty() {
            lines.push(line(&others_named(others.len()), group, &rest));
        }

        Block::Table(printed_table("completude", title, &titles, lines, &notes))
    };
    groups.map(table).collect()
}

fn notes(shown: usize, buses: usize) -> Vec<String> {
    let mut notes = vec![
        "Arrêts avec au moins une consultation reçue / arrêts tenus selon la table tournees (un arrêt : un médicobus, un jour, une commune ; les tournées annulées ne comptent pas).".to_string(),
        "* : des consultations du mois ne sont à aucun arrêt de l'itinéraire. – : aucun arrêt.".to_string(),
    ];

    if shown < buses {
        notes.push(format!(
            "Sont montrés les {shown} médicobus les moins renseignés sur la période, sur {buses} ; le fichier joint completude.csv les donne tous."
        ));
    }
    notes
}

fn line(name: &str, columns: &[String], stops: &ByColumn) -> Vec<String> {
    let cell = |column| stops.get(column).map_or(MISSING.into(), Stops::cell);

    std::iter::once(name.to_string()).chain(columns.iter().map(cell)).collect()
}

/// The buses that fit, those with the smallest share of stops with a consultation first, and the others.
fn least_filled<'b>(
    by_bus: &BTreeMap<&'b str, ByColumn>,
    room: usize,
) -> (BTreeSet<&'b str>, BTreeSet<&'b str>) {
    let mut ranked: Vec<(u64, u64, &str)> = by_bus
        .iter()
        .map(|(bus, columns)| {
            let held: u64 = columns.values().map(|s| s.held).sum();
            let filled: u64 = columns.values().map(|s| s.filled).sum();

            // In ten thousandths; a bus without a stop has nothing to fill.
            let share = (10_000 * filled).checked_div(held).unwrap_or(10_000);
            (share, u64::MAX - (held - filled), *bus)
        })
        .collect();

    let mut others = Vec::new();
    if ranked.len() > room {
        ranked.sort_unstable();
        // One line is for the others.
        others = ranked.split_off(room.saturating_sub(1).max(1));
    }

    let names =
        |ranked: Vec<(u64, u64, &'b str)>| ranked.into_iter().map(|(.., bus)| bus).collect();
    (names(ranked), names(others))
}

/// `2025-03` as `03/25`: narrow enough for twelve columns.
fn short_month(month: &str) -> String {
    match (month.get(2..4), month.get(5..7)) {
        (Some(year), Some(month)) => format!("{month}/{year}"),
        _ => month.to_string(),
    }
}

/// The whole table of completeness, as the attached CSV.
pub(super) fn csv(rows: &[Presence]) -> Result<Vec<u8>> {
    let header = ["medicobus", "mois", "arrets_tenus", "arrets_renseignes", "hors_itineraire"];
    let cells = |l: &Presence| {
        [
            l.medicobus.clone(),
            l.month.clone(),
            l.held.to_string(),
            l.filled.to_string(),
            if l.off_route { "oui" } else { "non" }.to_string(),
        ]
    };

    plain(header, rows.iter().map(cells))
}
