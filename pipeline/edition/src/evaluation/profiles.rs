//! Shares of the bus's patients, from raw answers: at a comparable structure, with intervals that know of the buses, and
//! the decomposition of a change.
//!
//! What leaves here must give back no count that the gate hides. So no crude share is among these figures (the report
//! prints the gated one), and where the gate hides the count behind an estimate, the estimate is hidden too: see
//! [`is_open`] and [`hide_unless`]. Estimates over few buses are rounded to what is printed, because an interval known to
//! three decimals would confine the buses' own counts.

use std::collections::{BTreeMap, BTreeSet};

use super::columns::ColumnIndex;
use super::population::Population;
use super::rows::{Backed, ChangePart, ClusteredChange, ClusteredInterval, StandardisedShare};
use base::error::Result;
use base::table::{RawTable, Value};
use disclosure::estimate::{Basis, Territories};
use disclosure::{Cell, GatedTable};
use report::slice::Slice;
use stats::kitagawa::{Cluster, ProfileCounts, decompose_clusters};
use stats::standardisation::{Stratum, direct};
use stats::wilson::clustered_share;

/// Code of all régions together, as queries give it to the nation.
pub const ALL_REGIONS: &str = "FR";
/// What stands in a profile's columns for all people.
const EVERYONE: &str = "ensemble";
/// The columns of a profile.
const PROFILE: [&str; 3] = ["tranche_age", "sexe", "ald"];

/// People and those without médecin traitant, by profile.
type Profiles = BTreeMap<String, (f64, f64)>;

/// Profiles of each zone, and its name.
struct Zones {
    profiles: BTreeMap<String, Profiles>,
    names: BTreeMap<String, String>,
}

/// True where the gate printed every one of `columns` for the row that `choice` names (column, text).
pub fn is_open(table: Option<&GatedTable>, choice: &[(&str, &str)], columns: &[&str]) -> bool {
    let Some(table) = table else {
        return false;
    };
    let rows = Slice::new(table).filter(|l| choice.iter().all(|(name, t)| l.label(&[*name]) == *t));

    rows.first().is_some_and(|l| {
        let mut columns = columns.iter();
        columns.all(|name| matches!(l.cell(name), Some((_, Cell::Open(_)))))
    })
}

/// Takes away what stands behind the rows that `open` does not know to be printed: the gate then hides them.
pub fn hide_unless<R>(rows: &mut [Backed<R>], open: impl Fn(&R) -> bool) {
    for backed in rows.iter_mut().filter(|b| !open(&b.row)) {
        backed.basis = Basis {
            territories: None,
            people: 0,
            cases: Some(0),
        };
    }
}

/// One decimal, as shares of people and their changes are printed.
pub fn tenths(x: f64) -> f64 {
    (10.0 * x).round() / 10.0
}

/// Those with or those without, whichever are fewer: 99 % without tells as much as 1 %.
fn fewer(n: f64, x: f64) -> u64 {
    x.min(n - x).max(0.0) as u64
}

/// Reads the exclusive cells (age × sex × ALD), totals left out.
fn read(table: &RawTable) -> Result<Zones> {
    let columns = ColumnIndex::new(table);
    let [code, name] = columns.all(["code_zone", "nom_zone"])?;
    let profile = columns.all(PROFILE)?;
    let [known, without] = columns.all(["patients_connus", "sans_mt"])?;

    let (mut profiles, mut names) = (BTreeMap::<String, Profiles>::new(), BTreeMap::new());
    for row in &table.rows {
        let key: Vec<&str> = profile.iter().filter_map(|&i| row[i].as_text()).collect();
        let (Some(zone), Some(n), Some(x)) =
            (row[code].as_text(), row[known].as_f64(), row[without].as_f64())
        else {
            continue;
        };
        if key.contains(&EVERYONE) {
            continue;
        }

        let zone_name = row[name].as_text().unwrap_or(zone);
        names.insert(zone.to_string(), zone_name.to_string());
        let cells = profiles.entry(zone.to_string()).or_default();
        let cell = cells.entry(key.join(" ")).or_default();
        cell.0 += n;
        cell.1 += x;
    }

    Ok(Zones { profiles, names })
}

fn total<'c>(cells: impl IntoIterator<Item = &'c (f64, f64)>) -> (f64, f64) {
    cells.into_iter().fold((0.0, 0.0), |(n, x), c| (n + c.0, x + c.1))
}

/// Directly standardised share of each région, then of all together ([`ALL_REGIONS`]), in per cent. The reference is all
/// of them together, or `population`. With `only`, the only région that is told, what stands behind all together is the
/// others.
///
/// # Errors
/// A column that is missing from a query that was changed.
pub fn standardised(
    regions: &RawTable,
    population: Option<&Population>,
    only: Option<&str>,
) -> Result<Vec<Backed<StandardisedShare>>> {
    let Zones { profiles, names } = read(regions)?;
    let mut all = Profiles::new();
    for (profile, (n, x)) in profiles.values().flatten() {
        let cell = all.entry(profile.clone()).or_default();
        cell.0 += n;
        cell.1 += x;
    }

    let reference: BTreeMap<String, f64> = match population {
        Some(p) => p.people.clone(),
        None => all.iter().map(|(p, c)| (p.clone(), c.0)).collect(),
    };

    let basis = |(n, x): (f64, f64)| Basis {
        territories: None,
        people: n as u64,
        cases: Some(fewer(n, x)),
    };

    let mut rows = Vec::new();
    for (zone, cells) in &profiles {
        if only.is_none_or(|s| s == zone) {
            let row = standardised_row(zone, names.get(zone).unwrap_or(zone), cells, &reference);
            rows.extend(row.map(|row| Backed::new(row, basis(total(cells.values())))));
        }
    }

    rows.sort_by(|a, b| a.row.zone_name.cmp(&b.row.zone_name));

    let others = profiles.iter().filter(|(zone, _)| only.is_none_or(|s| s != *zone));
    let mut behind = basis(total(others.clone().flat_map(|(_, c)| c.values())));

    // All less one région is the other one where they are two.
    if only.is_some() && others.count() < 2 {
        behind.people = 0;
    }

    let row = standardised_row(ALL_REGIONS, "Ensemble des régions", &all, &reference);
    rows.extend(row.map(|row| Backed::new(row, behind)));
    Ok(rows)
}

fn standardised_row(
    code: &str,
    name: &str,
    cells: &Profiles,
    reference: &BTreeMap<String, f64>,
) -> Option<StandardisedShare> {
    let stratum = |(profile, standard): (&String, &f64)| {
        let (population, events) = cells.get(profile).copied().unwrap_or_default();
        Stratum { events, population, standard: *standard }
    };

    let strata: Vec<Stratum> = reference.iter().map(stratum).collect();
    let rate = direct(&strata, 0.95)?;

    Some(StandardisedShare {
        zone: code.to_string(),
        zone_name: name.to_string(),
        share: tenths(100.0 * rate.interval.estimate),
        lower: tenths(100.0 * rate.interval.lower),
        upper: tenths(100.0 * rate.interval.upper),
        covered: tenths(100.0 * rate.covered),
    })
}

/// What stands behind a figure over buses: three of them at least, none of which is nearly all.
fn over_buses(sizes: &[f64], people: f64, cases: u64) -> Basis {
    let whole: f64 = sizes.iter().sum();
    Basis {
        territories: Some(Territories {
            served: sizes.iter().filter(|n| **n > 0.0).count(),
            compared: None,
            heaviest: sizes.iter().copied().fold(0.0, f64::max) / whole.max(1.0),
        }),
        people: people as u64,
        cases: Some(cases),
    }
}

/// Kitagawa decomposition of the change between two years in points, from the rows of each bus; none with fewer than two.
///
/// # Errors
/// A column that is missing from a query that was changed.
pub fn change_parts(before: &RawTable, after: &RawTable) -> Result<Vec<Backed<ChangePart>>> {
    let years = [read(before)?.profiles, read(after)?.profiles];
    let buses: BTreeSet<&String> = years.iter().flat_map(BTreeMap::keys).collect();
    let profiles: BTreeSet<&String> =
        years.iter().flat_map(BTreeMap::values).flat_map(BTreeMap::keys).collect();

    let counts = |year: &BTreeMap<String, Profiles>, bus: &String| -> Vec<ProfileCounts> {
        let count = |profile: &&String| {
            let cell = year.get(bus).and_then(|cells| cells.get(*profile));
            let (people, events) = cell.copied().unwrap_or_default();
            ProfileCounts { people, events }
        };
        profiles.iter().map(count).collect()
    };

    let clusters: Vec<Cluster> = buses
        .into_iter()
        .map(|bus| Cluster {
            before: counts(&years[0], bus),
            after: counts(&years[1], bus),
        })
        .collect();

    let Some(change) = decompose_clusters(&clusters, 0.95) else {
        return Ok(Vec::new());
    };

    // The year with the fewest buses and people stands behind all three figures.
    let [before, after] = years.map(|year| {
        let sizes: Vec<f64> = year.values().map(|c| total(c.values()).0).collect();
        let (n, x) = total(year.values().flat_map(BTreeMap::values));
        over_buses(&sizes, n, fewer(n, x))
    });

    let basis = narrower(before, after);

    let parts = [
        (
            "composition",
            "D'autres patients sont venus (âge, sexe, ALD)",
            change.composition,
        ),
        ("taux", "À profil égal, la situation a changé", change.rates),
        ("total", "Évolution totale", change.total),
    ];

    let row = |(part, part_name, interval): (_, _, stats::Interval)| {
        let interval = interval.scaled(100.0);
        let row = ChangePart {
            part,
            part_name,
            points: tenths(interval.estimate),
            lower: tenths(interval.lower),
            upper: tenths(interval.upper),
        };
        Backed::new(row, basis)
    };

    Ok(parts.map(row).into())
}

/// The narrower of two bases, figure by figure.
fn narrower(a: Basis, b: Basis) -> Basis {
    let territories = a.territories.zip(b.territories).map(|(a, b)| Territories {
        served: a.served.min(b.served),
        compared: None,
        heaviest: a.heaviest.max(b.heaviest),
    });

    Basis {
        territories,
        people: a.people.min(b.people),
        cases: a.cases.zip(b.cases).map(|(a, b)| a.min(b)),
    }
}

/// Of what a share over buses is, and of whom.
#[derive(Debug, Clone, Copy)]
pub struct BusShare<'a> {
    /// Code and French name of the share.
    pub indicator: (&'static str, &'static str),
    /// Columns of the people with the trait and of all people.
    pub columns: (&'static str, &'static str),
    /// Code and name of the zone.
    pub zone: (&'a str, &'a str),
    /// Year.
    pub year: i32,
}

/// Interval of a share over the buses whose rows `keep` chooses, in per cent, or none with fewer than two. The share
/// itself is not in the row.
///
/// # Errors
/// A column that is missing from a query that was changed.
pub fn clustered_interval(
    share: BusShare<'_>,
    buses: &RawTable,
    keep: impl Fn(&str, &[Value]) -> bool,
) -> Result<Option<Backed<ClusteredInterval>>> {
    let columns = ColumnIndex::new(buses);
    let [code, cases, known] = columns.all(["code_zone", share.columns.0, share.columns.1])?;

    let kept = buses.rows.iter().filter(|r| r[code].as_text().is_some_and(|bus| keep(bus, r)));

    let counts: Vec<(u64, u64)> = kept
        .filter_map(|r| Some((r[cases].as_f64()? as u64, r[known].as_f64()? as u64)))
        .collect();
    let Some(clustered) = clustered_share(&counts, 0.95) else {
        return Ok(None);
    };

    let sizes: Vec<f64> = counts.iter().map(|(_, n)| *n as f64).collect();
    let x: f64 = counts.iter().map(|(x, _)| *x as f64).sum();
    let n: f64 = sizes.iter().sum();
    let row = ClusteredInterval {
        indicator: share.indicator.0,
        indicator_name: share.indicator.1,
        zone: share.zone.0.to_string(),
        zone_name: share.zone.1.to_string(),
        year: share.year,
        lower: tenths(100.0 * clustered.interval.lower),
        upper: tenths(100.0 * clustered.interval.upper),
        buses: clustered.clusters,
    };

    Ok(Some(Backed::new(row, over_buses(&sizes, n, fewer(n, x)))))
}

/// Change of a share since the year before over the buses whose rows `keep` chooses, in points; none with fewer than two. It is the total
/// of [`change_parts`], whatever the profiles.
///
/// # Errors
/// A column that is missing from a query that was changed.
pub fn clustered_change(
    share: BusShare<'_>,
    buses: &RawTable,
    keep: impl Fn(&str) -> bool,
) -> Result<Option<Backed<ClusteredChange>>> {
    let columns = ColumnIndex::new(buses);
    let code = columns.of("code_zone")?;
    let after = columns.all([share.columns.0, share.columns.1])?;
    let precedent = [share.columns.0, share.columns.1].map(|name| format!("{name}_precedent"));
    let before = columns.all([precedent[0].as_str(), precedent[1].as_str()])?;

    let counts = |row: &[Value], [events, people]: [usize; 2]| {
        let number = |i: usize| row[i].as_f64().unwrap_or(0.0);
        vec![ProfileCounts {
            people: number(people),
            events: number(events),
        }]
    };
    let kept = buses.rows.iter().filter(|r| r[code].as_text().is_some_and(&keep));
    let clusters: Vec<Cluster> = kept
        .map(|row| Cluster {
            before: counts(row, before),
            after: counts(row, after),
        })
        .collect();
    let Some(change) = decompose_clusters(&clusters, 0.95) else {
        return Ok(None);
    };

    let basis = |year: fn(&Cluster) -> &Vec<ProfileCounts>| {
        let year = || clusters.iter().flat_map(year);
        let sizes: Vec<f64> = year().map(|c| c.people).collect();
        let (n, x) = (sizes.iter().sum(), year().map(|c| c.events).sum());
        over_buses(&sizes, n, fewer(n, x))
    };

    let total = change.total.scaled(100.0);
    let row = ClusteredChange {
        indicator: share.indicator.0,
        indicator_name: share.indicator.1,
        zone: share.zone.0.to_string(),
        zone_name: share.zone.1.to_string(),
        year: share.year,
        points: tenths(total.estimate),
        lower: tenths(total.lower),
        upper: tenths(total.upper),
    };
    Ok(Some(Backed::new(row, narrower(basis(|c| &c.before), basis(|c| &c.after)))))
}

/// Whether a row of `part_sans_mt_par_profil` is about all ages, both sexes, with and without ALD.
///
/// # Errors
/// A column that is missing from a query that was changed.
pub fn is_margin(table: &RawTable) -> Result<impl Fn(&[Value]) -> bool + use<>> {
    let profile = ColumnIndex::new(table).all(PROFILE)?;
    Ok(move |row: &[Value]| profile.iter().all(|&i| row[i].as_text() == Some(EVERYONE)))
}
