//! `medicobus referentiel`: official zonings and grids, by vintage.

use std::path::PathBuf;

use base::error::Result;
use contract::Contract;
use geography::Communes;
use store::commit::CommitOutcome;
use store::{Store, referentials};

use super::arguments::DepotArgs;

/// Arguments of `referentiel`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Grille de densité de l'INSEE, zonage d'une ARS, APL de la DREES, ou zonages.csv.
    #[arg(required = true)]
    fichiers: Vec<PathBuf>,
    /// Millésime, si le fichier ne le dit pas.
    #[arg(long, value_name = "AAAA")]
    millesime: Option<i64>,
    #[command(flatten)]
    depot: DepotArgs,
}

/// Reads and stores the files, one commit each.
///
/// # Errors
/// Unreadable or unknown file, unwritable store.
pub async fn run(args: Args) -> Result<()> {
    let contract = Contract::embedded()?;
    let communes = Communes::embedded()?;

    // Read before the store is made: a wrong file must not leave an empty store behind.
    let read = args
        .fichiers
        .iter()
        .map(|path| referentials::read(path, args.millesime, &communes))
        .collect::<Result<Vec<_>>>()?;

    let store = Store::open_or_create(&args.depot.depot, &contract).await?;
    for (path, file) in args.fichiers.iter().zip(read) {
        let outcome = store.load_referential(&file).await?;
        let what = match outcome {
            CommitOutcome::Committed { version, .. } => format!("version {version}"),
            CommitOutcome::Unchanged { .. } => "déjà chargé, inchangé".to_string(),
        };
        let report = &file.report;
        println!("{}\t{}\t{} communes\t{what}", path.display(), file.source, report.zonings.len());
        if report.carried > 0 {
            eprintln!(
                "  {} communes fusionnées, reportées à la commune d'aujourd'hui",
                report.carried
            );
        }
        for code in &report.unknown {
            eprintln!("  code de commune inconnu, écarté : {code}");
        }
    }

    Ok(())
}
