//! Tries a distributed engine on the catalogue's queries: every answer must be the embedded engine's to the last bit, and
//! with a worker killed at any moment the same answer or an error within a deadline, never another answer.
//!
//! - `engine equal STORE YEAR`: every query × level × step × value of its closed lists;
//! - `engine kill STORE YEAR [SEED]`: ten kills at random moments for each of five queries;
//! - `engine time STORE YEAR QUERY…`: one query embedded, on one worker and on two;
//! - `engine worker`: one worker, on a free port of 127.0.0.1 that it prints. The others start it themselves.

mod engines;
mod workers;

use std::collections::BTreeMap;
use std::error::Error;
use std::time::{Duration, Instant};

use base::parameters::Parameters;
use base::table::Value;
use query::catalogue::{Catalogue, Query};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use engines::{Engines, answer};
use workers::Workers;

pub type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Queries that read the long tables: their kills meet work under way.
const KILLED: [&str; 5] = [
    "consultations_par_profil",
    "part_sans_mt_patients",
    "delai_rendez_vous",
    "conformite_activite",
    "file_active",
];
/// Kills for each of them.
const KILLS: usize = 10;

#[tokio::main]
async fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();

    match words.as_slice() {
        ["worker"] => workers::serve().await,
        ["equal", store, year] => equal(store, year).await,
        ["kill", store, year] => kill(store, year, 1).await,
        ["kill", store, year, seed] => kill(store, year, seed.parse()?).await,
        ["time", store, year, queries @ ..] => time(store, year, queries).await,
        _ => Err("engine equal|kill|time STORE YEAR …".into()),
    }
}

/// Compares every answer; fails if one differs.
async fn equal(store: &str, year: &str) -> Fallible<()> {
    let catalogue = Catalogue::load(None)?;
    let workers = Workers::start(2)?;
    let engines = Engines::open(store, &catalogue, workers.urls()).await?;
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();

    for query in catalogue.iter() {
        for given in grid(query, year) {
            let parameters = Parameters::bind(&query.definition, &given)?;
            let embedded = answer(&engines.embedded, query, &parameters).await?;
            let verdict = match answer(&engines.distributed, query, &parameters).await {
                Ok(rows) => compared(&embedded, &rows),
                Err(error) => {
                    println!("{} {given:?}: {error}", query.definition.name);
                    "error"
                }
            };
            if verdict != "same" {
                println!("{} {given:?}: {verdict}", query.definition.name);
            }
            *count.entry(verdict).or_default() += 1;
        }
    }

    println!("{count:?}; stages sent to workers: {}", engines.stages(&catalogue, year).await?);
    match count.keys().all(|&verdict| verdict == "same") {
        true => Ok(()),
        false => Err("an answer differs, or is an error".into()),
    }
}

/// Kills a worker while a query runs; fails if an answer differs, or none comes before the deadline.
async fn kill(store: &str, year: &str, seed: u64) -> Fallible<()> {
    let catalogue = Catalogue::load(None)?;
    let mut workers = Workers::start(2)?;
    let engines = Engines::open(store, &catalogue, workers.urls()).await?;
    let mut random = StdRng::seed_from_u64(seed);
    let mut bad = 0;

    for name in KILLED {
        let query = catalogue.get(name)?;
        let given = BTreeMap::from([("annee".to_string(), year.to_string())]);
        let parameters = Parameters::bind(&query.definition, &given)?;
        let right = answer(&engines.embedded, query, &parameters).await?;

        answer(&engines.distributed, query, &parameters).await?;
        let start = Instant::now();
        answer(&engines.distributed, query, &parameters).await?;
        let lasts = start.elapsed();
        let deadline = lasts * 5 + Duration::from_secs(10);

        let mut count: BTreeMap<&str, usize> = BTreeMap::new();
        for _ in 0..KILLS {
            let moment = lasts.mul_f64(random.random_range(0.0..1.0));
            let victim = random.random_range(0..2);

            let running =
                tokio::time::timeout(deadline, answer(&engines.distributed, query, &parameters));
            let killing = async {
                tokio::time::sleep(moment).await;
                workers.kill(victim)
            };
            let (ended, killed) = tokio::join!(running, killing);
            killed?;
            let verdict = match ended {
                Ok(Ok(rows)) => compared(&right, &rows),
                Ok(Err(_)) => "error",
                Err(_) => "no end",
            };
            *count.entry(verdict).or_default() += 1;
            bad += usize::from(!["same", "error"].contains(&verdict));

            // The worker comes back under its address: the next query must find it, or say that it does not.
            workers.restart(victim)?;
            let again =
                tokio::time::timeout(deadline, answer(&engines.distributed, query, &parameters))
                    .await;
            let verdict = match again {
                Ok(Ok(rows)) if compared(&right, &rows) == "same" => "next: same",
                Ok(Ok(_)) => "next: another answer",
                Ok(Err(_)) => "next: error",
                Err(_) => "next: no end",
            };
            *count.entry(verdict).or_default() += 1;
            bad += usize::from(!["next: same", "next: error"].contains(&verdict));
        }
        println!("{name}: {lasts:.1?}; {count:?}");
    }

    match bad {
        0 => Ok(()),
        _ => Err(format!("{bad} wrong or missing answers").into()),
    }
}

/// The time of each query, best of three, embedded and on workers.
async fn time(store: &str, year: &str, names: &[&str]) -> Fallible<()> {
    let catalogue = Catalogue::load(None)?;
    println!("query\tengine\tseconds\tpeak MiB of a worker");

    for name in names {
        let query = catalogue.get(name)?;
        let given = BTreeMap::from([("annee".to_string(), year.to_string())]);
        let parameters = Parameters::bind(&query.definition, &given)?;

        for count in 0..=2 {
            let workers = Workers::start(count)?;
            let engines = Engines::open(store, &catalogue, workers.urls()).await?;
            let context = match count {
                0 => &engines.embedded,
                _ => &engines.distributed,
            };

            let mut best = Duration::MAX;
            for _ in 0..3 {
                let start = Instant::now();
                answer(context, query, &parameters).await?;
                best = best.min(start.elapsed());
            }
            println!("{name}\t{count} workers\t{:.2}\t{}", best.as_secs_f64(), workers.peak());
        }
    }
    Ok(())
}

/// Every level and step of a query, then every value of each other closed list.
fn grid(query: &Query, year: &str) -> Vec<BTreeMap<String, String>> {
    let known = &query.definition.parameters;
    let mut base = BTreeMap::new();
    if known.contains_key("annee") {
        base.insert("annee".to_string(), year.to_string());
    }

    let mut all = vec![base.clone()];
    for name in ["niveau", "pas"] {
        let Some(parameter) = known.get(name) else { continue };
        let with = |one: &BTreeMap<String, String>, value: &String| {
            let mut next = one.clone();
            next.insert(name.to_string(), value.clone());
            next
        };
        all = all
            .iter()
            .flat_map(|one| parameter.values.iter().map(|v| with(one, v)).collect::<Vec<_>>())
            .collect();
    }

    for (name, parameter) in known {
        if ["niveau", "pas"].contains(&name.as_str()) {
            continue;
        }
        for value in parameter.values.iter().filter(|v| parameter.default.as_ref() != Some(*v)) {
            let mut next = base.clone();
            next.insert(name.clone(), value.clone());
            all.push(next);
        }
    }
    all
}

/// Whether two answers are the same, floats by their bits.
fn compared(right: &[Vec<Value>], found: &[Vec<Value>]) -> &'static str {
    let bits = |rows: &[Vec<Value>]| -> Vec<String> {
        let cell = |value: &Value| match value {
            Value::Float(x) => format!("{:016x}", x.to_bits()),
            other => format!("{other:?}"),
        };
        rows.iter()
            .map(|row| row.iter().map(cell).collect::<Vec<_>>().join("\u{1f}"))
            .collect()
    };

    let (mut right, mut found) = (bits(right), bits(found));
    if right == found {
        return "same";
    }
    right.sort();
    found.sort();
    match right == found {
        true => "same rows in another order",
        false => "another answer",
    }
}
