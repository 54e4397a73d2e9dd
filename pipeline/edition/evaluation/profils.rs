//! Comparable shares of régions and the decomposition of a change, from the raw answers of `part_sans_mt_par_profil`.

use std::collections::BTreeMap;

use super::plan::Colonnes;
use crate::disclosure::estimate::{Basis, Estimate};
use crate::error::Result;
use crate::query::table::{RawTable, Value};
use crate::stats::kitagawa::{Cluster, Counts, decompose_clusters};
use crate::stats::standardisation::{Stratum, direct};

/// People and those without médecin traitant by (zone, profile).
type Profils = BTreeMap<String, BTreeMap<String, (f64, f64)>>;

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

/// Directly standardised share of each région, the reference being all of them together.
///
/// # Errors
/// A column that is missing from a query that was changed.
pub fn standardiser(regions: &RawTable) -> Result<Vec<Estimate>> {
    let (profils, noms) = lire(regions)?;
    let mut ensemble: BTreeMap<&str, f64> = BTreeMap::new();
    for cellules in profils.values() {
        for (profil, (n, _)) in cellules {
            *ensemble.entry(profil).or_default() += n;
        }
    }
    let mut lignes = Vec::new();
    for (zone, cellules) in &profils {
        let strates: Vec<Stratum> = ensemble
            .iter()
            .map(|(profil, standard)| {
                let (population, events) = cellules.get(*profil).copied().unwrap_or_default();
                Stratum {
                    events,
                    population,
                    standard: *standard,
                }
            })
            .collect();
        let Some(taux) = direct(&strates, 0.95) else {
            continue;
        };
        let total = |f: fn(&(f64, f64)) -> f64| cellules.values().map(f).sum::<f64>() as u64;
        let (n, x) = (total(|c| c.0), total(|c| c.1));
        lignes.push(Estimate {
            values: vec![
                Value::Text(zone.clone()),
                Value::Text(noms.get(zone).unwrap_or(zone).clone()),
                Value::Float(100.0 * taux.crude),
                Value::Float(100.0 * taux.interval.estimate),
                Value::Float(100.0 * taux.interval.lower),
                Value::Float(100.0 * taux.interval.upper),
                Value::Float(100.0 * taux.covered),
            ],
            basis: Basis {
                territories: None,
                people: n,
                // Those with and those without: 99 % without tells as much as 1 %.
                cases: Some(x.min(n.saturating_sub(x))),
            },
        });
    }
    lignes.sort_by(|a, b| a.values[1].as_text().cmp(&b.values[1].as_text()));
    Ok(lignes)
}

/// Kitagawa decomposition of the change between two years, from the rows of each bus; none with fewer than two buses.
///
/// # Errors
/// A column that is missing from a query that was changed.
pub fn decomposer(avant: &RawTable, apres: &RawTable) -> Result<Vec<Estimate>> {
    let ((avant, _), (apres, _)) = (lire(avant)?, lire(apres)?);
    let tous: std::collections::BTreeSet<&String> = avant
        .values()
        .chain(apres.values())
        .flat_map(BTreeMap::keys)
        .collect();
    let zones: std::collections::BTreeSet<&String> = avant.keys().chain(apres.keys()).collect();
    let comptes = |profils: &Profils, zone: &String| -> Vec<Counts> {
        tous.iter()
            .map(|p| {
                let (people, events) = profils
                    .get(zone)
                    .and_then(|z| z.get(*p))
                    .copied()
                    .unwrap_or_default();
                Counts { people, events }
            })
            .collect()
    };
    let grappes: Vec<Cluster> = zones
        .iter()
        .map(|z| Cluster {
            before: comptes(&avant, z),
            after: comptes(&apres, z),
        })
        .collect();
    let Some(d) = decompose_clusters(&grappes, 0.95) else {
        return Ok(Vec::new());
    };
    let somme = |profils: &Profils, f: fn(&(f64, f64)) -> f64| {
        profils
            .values()
            .flat_map(BTreeMap::values)
            .map(f)
            .sum::<f64>() as u64
    };
    let people = somme(&avant, |c| c.0).min(somme(&apres, |c| c.0));
    let cases = somme(&avant, |c| c.1).min(somme(&apres, |c| c.1));
    let ligne = |code: &str, nom: &str, i: crate::stats::Interval| {
        let i = i.scaled(100.0);
        Estimate {
            values: vec![
                Value::Text(code.into()),
                Value::Text(nom.into()),
                Value::Float(i.estimate),
                Value::Float(i.lower),
                Value::Float(i.upper),
            ],
            basis: Basis {
                territories: None,
                people,
                cases: Some(cases),
            },
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
