//! `medicobus exemple`: made-up deliveries, with a known truth.

use std::path::PathBuf;

use base::error::{Error, Result};
use sample::{self, Params};

/// Arguments of `exemple`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Dossier à remplir.
    dossier: PathBuf,
    /// Graine : la même donne les mêmes octets.
    #[arg(long, default_value_t = sample::SEED)]
    graine: u64,
    /// Multiplie le nombre de médicobus ; 1 est l'échelle de sample_data/.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    echelle: u32,
    /// Régions, par code INSEE.
    #[arg(long, value_delimiter = ',', default_values_t = sample::REGIONS.map(String::from))]
    regions: Vec<String>,
    /// Réécrit sample_data/ tel qu'il est livré : dialectes mêlés, erreurs voulues.
    #[arg(long, conflicts_with_all = ["echelle", "regions"])]
    demo: bool,
}

/// Writes the deliveries and counts their rows.
///
/// # Errors
/// Unknown région or unwritable folder.
pub fn run(args: Args) -> Result<()> {
    if args.dossier.read_dir().is_ok_and(|mut entries| entries.next().is_some()) && !args.demo {
        return Err(Error::usage(format!("le dossier {} n'est pas vide", args.dossier.display()))
            .hint("donnez un dossier vide ou nouveau : rien n'est écrasé"));
    }

    let written = if args.demo {
        sample::write_demo(&args.dossier, args.graine)?
    } else {
        let regions: Vec<&str> = args.regions.iter().map(String::as_str).collect();
        sample::write_scaled(&args.dossier, &Params::new(args.graine, &regions, args.echelle))?
    };

    for (table, rows) in written {
        println!("{table}\t{rows}");
    }
    say!("données fictives écrites dans {}", args.dossier.display());
    Ok(())
}
