//! `medicobus charger`: check, quarantine, commit.

use std::path::{Path, PathBuf};

use chrono::Local;

use base::error::{Error, Result};
use base::french::{agreed, counted};
use delivery::{Overrides, Verdict, shown_path};
use edition::config::Config;
use edition::intake::Intake;
use edition::quality_note::annotated_path;
use store::Store;
use store::ingest::Ingested;

use super::arguments::{DepotArgs, LivraisonArgs};
use super::summary;
use super::terminal::{Stage, talk};

/// Arguments of `charger`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    livraison: LivraisonArgs,
    #[command(flatten)]
    depot: DepotArgs,
    /// Remplace aussi une livraison qui contient plus : sans cela, perdre une table ou la moitié de ses lignes est refusé.
    #[arg(long)]
    remplacer_partiellement: bool,
    /// Reprend une livraison que le dépôt a déjà eue et qu'une autre a remplacée depuis.
    #[arg(long)]
    revenir: bool,
}

/// Loads every delivery, each on its own: one that is refused does not stop the others.
///
/// # Errors
/// A delivery that was refused (after the others were tried), or a store that cannot be written.
pub async fn run(args: Args) -> Result<()> {
    let mut deliveries = args.livraison.paths()?;
    let config = Config::load(args.livraison.config.as_deref())?;
    let overrides = Overrides {
        partial: args.remplacer_partiellement,
        again: args.revenir,
        ..args.livraison.overrides()
    };
    let today = args.livraison.aujourdhui.unwrap_or_else(|| Local::now().date_naive());

    let tolerance = args.livraison.tolerance.unwrap_or(config.tolerance);
    let intake = Intake::new(today, tolerance, overrides)?;
    let notes = intake.notes()?;
    intake.sort(&mut deliveries);

    let store = Store::open_or_create(&args.depot.depot, &intake.contract).await?;
    let stage = Stage::start("charger", deliveries.len() as u64);
    let mut tried = Vec::new();
    for path in deliveries {
        let loaded = intake.load(&path, &notes, &store, || ()).await;
        stage.step(&shown_path(&path));
        tried.push((path, loaded));
    }
    stage.finish();
    conclude(tried)
}

/// Prints what became of each delivery.
///
/// # Errors
/// One delivery or more was refused, or could not be read or written: the error of the highest exit code stands for all.
pub fn conclude(tried: Vec<(PathBuf, Result<Ingested>)>) -> Result<()> {
    let count = tried.len();
    let mut ended = Vec::new();
    let mut failed: Vec<Error> = Vec::new();
    for (path, one) in tried {
        match one {
            Ok(one) => {
                told(&path, &one);
                ended.push((path, one));
            }
            Err(error) => {
                // Alone, it is said by whoever called.
                if count > 1 {
                    println!("{} : NON LUE", shown_path(&path));
                    say!("{} : {error}", shown_path(&path));
                }
                failed.push(error);
            }
        }
    }

    let failures = failed.len();
    let refused = refusals(&ended);
    let Some(worst) = failed.into_iter().max_by_key(|e| e.kind().exit_code()) else {
        return refused;
    };
    match (count, refused) {
        (1, _) => Err(worst),
        (_, Err(refused)) if refused.kind().exit_code() > worst.kind().exit_code() => Err(refused),
        _ => Err(Error::of_kind(
            worst.kind(),
            format!(
                "{} sur {count} {}",
                counted(failures, "livraison", "livraisons"),
                agreed(failures, "n'a pas pu être lue ou enregistrée", "n'ont pas pu être lues ou enregistrées")
            ),
        )
        .hint("les raisons sont données plus haut, livraison par livraison ; les autres sont traitées")),
    }
}

/// Files, fate, findings and quarantine of one delivery.
fn told(path: &Path, one: &Ingested) {
    print!("{}", summary::files(&one.report));
    println!("{} : {}", shown_path(path), one.fate());
    talk(&summary::findings(&one.report));
    talk(&summary::comparison(&one.comparison));
    let beside = match annotated_path(one).exists() {
        true => ", note de qualité et classeur annoté",
        false => " et note de qualité",
    };
    let findings = counted(one.findings, "constat", "constats");
    say!("quarantaine ({findings}){beside} : {}", one.shelf);
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
            "{} sur {}",
            counted(refused, "livraison refusée", "livraisons refusées"),
            ingested.len()
        ))
        .hint(
            "corrigez d'après la quarantaine, ou transmettez-la à l'expéditeur, puis rechargez",
        ));
    }

    Ok(())
}
