//! `medicobus referentiel`: official zonings and grids, by vintage.

use std::path::PathBuf;

use base::error::Result;
use contract::Contract;
use geography::{Communes, ZoningReport};
use store::commit::CommitOutcome;
use store::{Store, referentials};

use super::arguments::DepotArgs;

/// Arguments of `referentiel`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Grille de densité de l'INSEE, zonage d'une ARS, APL de la DREES, ou zonages.csv.
    #[arg(required = true)]
    fichiers: Vec<PathBuf>,
    /// Millésime, si le fichier ne le dit pas ou s'il en donne plusieurs.
    #[arg(long, value_name = "AAAA")]
    millesime: Option<i64>,
    /// Colonne à lire, et nulle autre (répétable) : « NOM », ou « zonage=NOM », « densite=NOM », « apl=NOM ».
    #[arg(long, value_name = "NOM")]
    colonne: Vec<String>,
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
        .map(|path| referentials::read(path, args.millesime, &args.colonne, &communes))
        .collect::<Result<Vec<_>>>()?;

    let store = Store::open_or_create(&args.depot.depot, &contract).await?;
    for (path, files) in args.fichiers.iter().zip(read) {
        for file in &files {
            let outcome = store.load_referential(file, &communes).await?;
            let what = match outcome {
                CommitOutcome::Committed { version, .. } => format!("version {version}"),
                CommitOutcome::Unchanged { .. } => "déjà chargé, inchangé".to_string(),
            };
            println!(
                "{}\t{}\tmillésime {}\t{} communes\t{what}",
                path.display(),
                file.source,
                file.millesime,
                file.report.zonings.len()
            );
        }
        if let Some(file) = files.first() {
            tell(&file.report);
        }
    }

    Ok(())
}

/// What became of every line of a file.
fn tell(report: &ZoningReport) {
    eprintln!("  feuille « {} », {}", report.sheet, report.columns.join(", "));
    if !report.left_sheets.is_empty() {
        eprintln!(
            "  feuilles d'autres années, laissées : {} (--millesime AAAA en choisit une)",
            report.left_sheets.join(", ")
        );
    }
    eprintln!(
        "  {} lignes lues : {} retenues, {} inconnues, {} ambiguës, {} d'un autre millésime, {} remplacées par la commune d'aujourd'hui ; {} sans code de commune",
        report.rows_read,
        report.kept,
        report.unknown.len(),
        report.ambiguous_lines,
        report.other_vintage,
        report.superseded,
        report.without_code
    );
    if report.carried > 0 {
        eprintln!(
            "  {} lignes de communes fusionnées ou d'arrondissements, reportées à la commune d'aujourd'hui",
            report.carried
        );
    }
    for code in &report.unknown {
        eprintln!("  code de commune inconnu, écarté : {code}");
    }
    for told in &report.ambiguous {
        eprintln!(
            "  commune {}, {} : {} : laissé vide",
            told.code_commune, told.vintage, told.readings
        );
    }
}
