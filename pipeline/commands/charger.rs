//! `medicobus charger`: check, quarantine, commit.

use std::path::PathBuf;

use chrono::Local;

use crate::config::Config;
use crate::contract::Contract;
use crate::delivery::Verdict;
use crate::edition::note::Notes;
use crate::error::{Error, Result};
use crate::referentiel::Communes;
use crate::report::gabarits::Gabarits;
use crate::store::Store;
use crate::store::commit::Outcome;
use crate::store::ingest::{Ingested, Judge};

use super::arguments::{DepotArgs, LivraisonArgs};
use super::bordereau;
use super::talk::Stage;

/// Arguments of `charger`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    livraison: LivraisonArgs,
    #[command(flatten)]
    depot: DepotArgs,
}

/// Loads every delivery, each on its own: one that is refused does not stop the others.
///
/// # Errors
/// A delivery that was refused (after the others were tried), or a store that cannot be written.
pub async fn run(args: Args) -> Result<()> {
    let deliveries = args.livraison.paths()?;
    let config = Config::load(args.livraison.config.as_deref())?;
    let contract = Contract::embedded()?;
    let communes = Communes::embedded()?;
    let overrides = args.livraison.overrides();
    let today = args
        .livraison
        .aujourdhui
        .unwrap_or_else(|| Local::now().date_naive());
    let tolerance = args.livraison.tolerance.unwrap_or(config.tolerance);
    let gabarits = Gabarits::charger(None)?;
    let notes = Notes::new(&gabarits, &communes, today, tolerance)?;
    let judge = Judge {
        contract: &contract,
        communes: &communes,
        today,
        tolerance,
        overrides: &overrides,
        note: &|report, folder| notes.write(report, folder),
    };
    let store = Store::open_or_create(&args.depot.depot, &contract).await?;
    let stage = Stage::start("charger", deliveries.len() as u64);
    let mut ingested = Vec::new();
    for path in &deliveries {
        let one = store.ingest(path, &judge).await?;
        stage.step(&path.display().to_string());
        ingested.push((path.clone(), one));
    }
    stage.finish();
    conclude(&ingested)
}

/// Prints what became of each delivery; fails if one was refused.
///
/// # Errors
/// One delivery or more was refused.
pub fn conclude(ingested: &[(PathBuf, Ingested)]) -> Result<()> {
    for (path, one) in ingested {
        print!("{}", bordereau::files(&one.report));
        let fate = match (&one.report.verdict, &one.outcome) {
            (Verdict::Refused { why }, _) => {
                format!("REFUSÉE : {}", why.join(" ; "))
            }
            (
                _,
                Some(Outcome::Committed {
                    version,
                    replaced: true,
                }),
            ) => format!("chargée, version {version}, annule et remplace la précédente"),
            (
                _,
                Some(Outcome::Committed {
                    version,
                    replaced: false,
                }),
            ) => format!("chargée, version {version}"),
            (_, Some(Outcome::Unchanged { version })) => {
                format!("déjà chargée, inchangée (version {version})")
            }
            (_, None) => "contrôlée".to_string(),
        };
        println!("{} : {fate}", path.display());
        eprint!("{}", bordereau::findings(&one.report));
        eprintln!(
            "quarantaine ({} constats) et note de qualité : {}",
            one.findings,
            one.quarantine.display()
        );
    }
    refusals(ingested)
}

/// Fails if a delivery was refused.
///
/// # Errors
/// One delivery or more was refused.
pub fn refusals(ingested: &[(PathBuf, Ingested)]) -> Result<()> {
    let refused = ingested
        .iter()
        .filter(|(_, one)| matches!(one.report.verdict, Verdict::Refused { .. }))
        .count();
    if refused > 0 {
        return Err(Error::refused(format!(
            "{refused} livraison(s) refusée(s) sur {}",
            ingested.len()
        ))
        .hint(
            "corrigez d'après la quarantaine, ou transmettez-la à l'expéditeur, puis rechargez",
        ));
    }
    Ok(())
}
