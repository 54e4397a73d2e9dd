//! `medicobus bilan`: the annual bilan of one zone.

use base::error::{Error, Result};
use base::zone::Level;

use super::arguments::LectureArgs;
use super::edit::edit;
use super::output_args::OutputArgs;

/// Arguments of `bilan`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    zone: ZoneArgs,
    /// Année du bilan.
    #[arg(long, value_parser = clap::value_parser!(i32).range(2000..=2200))]
    annee: i32,
    #[command(flatten)]
    lecture: LectureArgs,
    #[command(flatten)]
    rendu: OutputArgs,
}

/// Which zone: exactly one.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct ZoneArgs {
    /// Région, par code INSEE.
    #[arg(long, value_name = "CODE")]
    region: Option<String>,
    /// Département, par code INSEE.
    #[arg(long, value_name = "CODE")]
    departement: Option<String>,
    /// Médicobus, par identifiant.
    #[arg(long, value_name = "ID")]
    medicobus: Option<String>,
    /// La France entière.
    #[arg(long)]
    national: bool,
}

impl ZoneArgs {
    /// Level and code.
    ///
    /// # Errors
    /// None given; clap does not let that through.
    pub fn place(&self) -> Result<(Level, &str)> {
        match self {
            Self { region: Some(code), .. } => Ok((Level::Region, code)),
            Self { departement: Some(code), .. } => Ok((Level::Departement, code)),
            Self { medicobus: Some(code), .. } => Ok((Level::Medicobus, code)),
            Self { national: true, .. } => Ok((Level::National, "FR")),
            _ => {
                Err(Error::usage("il manque : --region, --departement, --medicobus ou --national"))
            }
        }
    }
}

/// Makes the bilan and writes it.
///
/// # Errors
/// Unknown zone, unreadable store, wrong template, unwritable output.
pub async fn run(args: Args) -> Result<()> {
    edit(&args.lecture, &args.rendu, async |_, edition| {
        let (level, code) = args.zone.place()?;
        Ok(args.rendu.request(edition.zone(level, code)?, args.annee))
    })
    .await
}
