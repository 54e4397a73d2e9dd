//! `medicobus nouveau`: a folder to work in.

use std::path::PathBuf;

use base::error::Result;
use contract::Contract;
use edition::working_folder::create;
use geography::Communes;

use super::modele::known_region;

/// Arguments of `nouveau`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Dossier à créer.
    dossier: PathBuf,
    /// Région qui y travaille ; sans elle, le comité national.
    #[arg(long, value_name = "CODE")]
    region: Option<String>,
}

/// Makes the folder and says what to do next.
///
/// # Errors
/// A région that does not exist, a folder that is not empty or cannot be written.
pub fn run(args: &Args) -> Result<()> {
    let communes = Communes::embedded()?;
    let region = match args.region.as_deref() {
        Some(code) => {
            known_region(&Contract::embedded()?, code)?;
            Some((code, communes.region_name(code).unwrap_or(code)))
        }
        None => None,
    };

    for path in create(&args.dossier, region)? {
        println!("{}", path.display());
    }
    say!(
        "lisez {}, puis lancez les commandes dans ce dossier",
        args.dossier.join("LISEZMOI.md").display()
    );
    Ok(())
}
