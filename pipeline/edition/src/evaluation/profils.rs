//! Shares of the bus's patients, from raw answers: at a comparable structure, with intervals that know of the buses, and
//! the decomposition of a change.
//!
//! What leaves here must give back no count that the gate hides. So no crude share is among these figures (the report
//! prints the gated one), and where the gate hides the count behind an estimate, the estimate is hidden too: see
//! [`ouverte`] and [`masquer`]. Estimates over few buses are rounded to what is printed, because an interval known to
//! three decimals would confine the buses' own counts.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::Colonnes;
use super::population::Population;
use base::error::Result;
use base::table::{RawTable, Value};
use disclosure::estimate::{Basis, Estimate, Territories};
use disclosure::{Cell, GatedTable};
use report::vue::Vue;
use stats::kitagawa::{Cluster, ProfileCounts, decompose_clusters};
use stats::standardisation::{Stratum, direct};
use stats::wilson::clustered_share;

/// Code of all régions together, as queries give it to the nation.
pub const ENSEMBLE: &str = "FR";

/// People and those without médecin traitant by (zone, profile).
type Profils = BTreeMap<String, BTreeMap<String, (f64, f64)>>;

/// True where the gate printed every one of `colonnes` for the row that `choix` names (column, text).
pub fn ouverte(table: Option<&GatedTable>, choix: &[(&str, &str)], colonnes: &[&str]) -> bool {
    let Some(table) = table else {
        return false;
    };
    let vue = Vue::new(table).filtre(|l| choix.iter().all(|(nom, t)| l.libelle(&[*nom]) == *t));
    vue.premiere().is_some_and(|l| {
        colonnes
            .iter()
            .all(|nom| matches!(l.cellule(nom), Some((_, Cell::Open(_)))))
    })
}

/// Takes away what stands behind the rows that `ouverte` does not know to be printed: the door then hides them.
pub fn masquer(lignes: &mut [Estimate], ouverte: impl Fn(&Estimate) -> bool) {
    for ligne in lignes.iter_mut().filter(|l| !ouverte(l)) {
        ligne.basis = Basis {
            territories: None,
            people: 0,
            cases: Some(0),
        };
    }
}

/// One decimal, as shares of people and their changes are printed.
fn dixieme(x: f64) -> Value {
    Value::Float((10.0 * x).round() / 10.0)
}

/// Those with and those without: 99 % without tells as much as 1 %.
fn rares(n: f64, x: f64) -> u64 {
    x.min(n - x).max(0.0) as u64
}

/// Reads the exclusive cells (age × sex × ALD), totals left out; also the name of each zone.
fn lire(table: &RawTable) -> Result<(Profils, BTreeMap<String, String>)> {
    let c = Colonnes::new(table);
    let (code, nom) = (c.indice("code_zone")?, c.indice("nom_zone")?);
    let profil = [
        c.indice("tranche_age")?,
        c.indice("sexe")?,
        c.indice("ald")?,
    ];
    let (connus, sans) = (c.indice("patients_connus")?, c.indice("sans_mt")?);
    let (mut profils, mut noms) = (Profils::new(), BTreeMap::new());
    for row in &table.rows {
        let cle: Vec<&str> = profil.iter().filter_map(|&i| row[i].as_text()).collect();
        let (Some(zone), Some(n), Some(x)) = (
            row[code].as_text(),
            row[connus].as_f64(),
            row[sans].as_f64(),
        ) else {
            continue;
        };
        if cle.contains(&"ensemble") {
            continue;
        }
        noms.insert(
            zone.to_string(),
            row[nom].as_text().unwrap_or(zone).to_string(),
        );
        let cell = profils
            .entry(zone.to_string())
            .or_default()
            .entry(cle.join(" "))
            .or_default();
        cell.0 += n;
        cell.1 += x;
    }
    Ok((profils, noms))
}

fn total<'c>(cellules: impl IntoIterator<Item = &'c (f64, f64)>) -> (f64, f64) {
    cellules
        .into_iter()
        .fold((0.0, 0.0), |(n, x), c| (n + c.0, x + c.1))
}

/// Directly standardised share of each région, then of all together ([`ENSEMBLE`]), in per cent. The reference is all of
/// them together, or `population`. With `seule`, the only région that is told, what stands behind all together is the others.
///
/// # Errors
/// A column that is missing from a query that was changed.
pub fn standardiser(
    regions: &RawTable,
    population: Option<&Population>,
    seule: Option<&str>,
) -> Result<Vec<Estimate>> {
    let (profils, noms) = lire(regions)?;
    let mut ensemble: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for (profil, (n, x)) in profils.values().flatten() {
        let cell = ensemble.entry(profil.clone()).or_default();
        cell.0 += n;
        cell.1 += x;
    }
    let reference: BTreeMap<String, f64> = match population {
        Some(p) => p.effectifs.clone(),
        None => ensemble.iter().map(|(p, c)| (p.clone(), c.0)).collect(),
    };
    let une = |code: &str, nom: &str, cellules: &BTreeMap<String, (f64, f64)>, basis: Basis| {
        let strates: Vec<Stratum> = reference
            .iter()
            .map(|(profil, standard)| {
                let (population, events) = cellules.get(profil).copied().unwrap_or_default();
                Stratum {
                    events,
                    population,
                    standard: *standard,
                }
            })
            .collect();
        let taux = direct(&strates, 0.95)?;
        Some(Estimate {
            values: vec![
                Value::Text(code.to_string()),
                Value::Text(nom.to_string()),
                dixieme(100.0 * taux.interval.estimate),
                dixieme(100.0 * taux.interval.lower),
                dixieme(100.0 * taux.interval.upper),
                dixieme(100.0 * taux.covered),
            ],
            basis,
        })
    };
    let basis = |(n, x): (f64, f64)| Basis {
        territories: None,
        people: n as u64,
        cases: Some(rares(n, x)),
    };
    let mut lignes = Vec::new();
    for (zone, cellules) in &profils {
        if seule.is_none_or(|s| s == zone) {
            let nom = noms.get(zone).unwrap_or(zone);
            lignes.extend(une(zone, nom, cellules, basis(total(cellules.values()))));
        }
    }
    lignes.sort_by(|a, b| a.values[1].as_text().cmp(&b.values[1].as_text()));
    let autres = profils
        .iter()
        .filter(|(zone, _)| seule.is_none_or(|s| s != *zone));
    let mut derriere = basis(total(autres.clone().flat_map(|(_, c)| c.values())));
    // All less one région is the other one where they are two.
    if seule.is_some() && autres.count() < 2 {
        derriere.people = 0;
    }
    lignes.extend(une(ENSEMBLE, "Ensemble des régions", &ensemble, derriere));
    Ok(lignes)
}

/// What stands behind a figure over buses: three of them at least, none of which is nearly all.
fn grappes(sizes: &[f64], people: f64, cases: u64) -> Basis {
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
pub fn decomposer(avant: &RawTable, apres: &RawTable) -> Result<Vec<Estimate>> {
    let ((avant, _), (apres, _)) = (lire(avant)?, lire(apres)?);
    let tous: BTreeSet<&String> = avant
        .values()
        .chain(apres.values())
        .flat_map(BTreeMap::keys)
        .collect();
    let zones: BTreeSet<&String> = avant.keys().chain(apres.keys()).collect();
    let comptes = |profils: &Profils, zone: &String| -> Vec<ProfileCounts> {
        tous.iter()
            .map(|p| {
                let (people, events) = profils
                    .get(zone)
                    .and_then(|z| z.get(*p))
                    .copied()
                    .unwrap_or_default();
                ProfileCounts { people, events }
            })
            .collect()
    };
    let clusters: Vec<Cluster> = zones
        .iter()
        .map(|z| Cluster {
            before: comptes(&avant, z),
            after: comptes(&apres, z),
        })
        .collect();
    let Some(d) = decompose_clusters(&clusters, 0.95) else {
        return Ok(Vec::new());
    };
    // The year with the fewest buses and people stands behind all three figures.
    let basis = [&avant, &apres]
        .map(|profils| {
            let sizes: Vec<f64> = profils.values().map(|c| total(c.values()).0).collect();
            let (n, x) = total(profils.values().flat_map(BTreeMap::values));
            grappes(&sizes, n, rares(n, x))
        })
        .into_iter()
        .reduce(moindre);
    let Some(basis) = basis else {
        return Ok(Vec::new());
    };
    let ligne = |code: &str, nom: &str, i: stats::Interval| {
        let i = i.scaled(100.0);
        Estimate {
            values: vec![
                Value::Text(code.into()),
                Value::Text(nom.into()),
                dixieme(i.estimate),
                dixieme(i.lower),
                dixieme(i.upper),
            ],
            basis,
        }
    };
    Ok(vec![
        ligne(
            "composition",
            "D'autres patients sont venus (âge, sexe, ALD)",
            d.composition,
        ),
        ligne("taux", "À profil égal, la situation a changé", d.rates),
        ligne("total", "Évolution totale", d.total),
    ])
}

/// The narrower of two bases, figure by figure.
fn moindre(a: Basis, b: Basis) -> Basis {
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

/// Of what a share is, and of whom.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// Code and French name of the share.
    pub indicateur: (&'a str, &'a str),
    /// Columns of the people with the trait and of all people.
    pub colonnes: (&'a str, &'a str),
    /// Code and name of the zone.
    pub zone: (&'a str, &'a str),
    /// Year.
    pub annee: i32,
}

/// Interval of a share over the buses `retenus`, in per cent, or none with fewer than two. The share itself is not in the row.
///
/// # Errors
/// A column that is missing from a query that was changed.
pub fn part_en_grappes(
    part: Part<'_>,
    buses: &RawTable,
    retenus: impl Fn(&str, &[Value]) -> bool,
) -> Result<Option<Estimate>> {
    let c = Colonnes::new(buses);
    let code = c.indice("code_zone")?;
    let (cas, connus) = (c.indice(part.colonnes.0)?, c.indice(part.colonnes.1)?);
    let comptes: Vec<(u64, u64)> = buses
        .rows
        .iter()
        .filter(|r| r[code].as_text().is_some_and(|b| retenus(b, r)))
        .filter_map(|r| Some((r[cas].as_f64()? as u64, r[connus].as_f64()? as u64)))
        .collect();
    let Some(share) = clustered_share(&comptes, 0.95) else {
        return Ok(None);
    };
    let sizes: Vec<f64> = comptes.iter().map(|(_, n)| *n as f64).collect();
    let (x, n) = comptes
        .iter()
        .fold((0.0, 0.0), |(x, n), c| (x + c.0 as f64, n + c.1 as f64));
    let texte = |t: &str| Value::Text(t.to_string());
    Ok(Some(Estimate {
        values: vec![
            texte(part.indicateur.0),
            texte(part.indicateur.1),
            texte(part.zone.0),
            texte(part.zone.1),
            Value::Int(i64::from(part.annee)),
            dixieme(100.0 * share.interval.lower),
            dixieme(100.0 * share.interval.upper),
            Value::Int(i64::try_from(share.clusters).unwrap_or(i64::MAX)),
        ],
        basis: grappes(&sizes, n, rares(n, x)),
    }))
}

/// Rows of the margin of `part_sans_mt_par_profil`: all ages, both sexes, with and without ALD.
///
/// # Errors
/// A column that is missing from a query that was changed.
pub fn marge(table: &RawTable) -> Result<impl Fn(&[Value]) -> bool + use<>> {
    let c = Colonnes::new(table);
    let profil = [
        c.indice("tranche_age")?,
        c.indice("sexe")?,
        c.indice("ald")?,
    ];
    Ok(move |row: &[Value]| profil.iter().all(|&i| row[i].as_text() == Some("ensemble")))
}
