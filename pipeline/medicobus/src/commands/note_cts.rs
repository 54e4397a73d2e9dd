//! `medicobus note-cts`: one page for the conseil territorial de santé.

use base::error::{Error, Result};
use base::zone::Level;
use edition::{Request, Subject};

use super::arguments::LectureArgs;
use super::edit::edit;
use super::output_args::OutputArgs;

/// Arguments of `note-cts`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    zone: ZoneArgs,
    /// Année de la note.
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
struct ZoneArgs {
    /// Région, par code INSEE.
    #[arg(long, value_name = "CODE")]
    region: Option<String>,
    /// Département, par code INSEE.
    #[arg(long, value_name = "CODE")]
    departement: Option<String>,
}

/// Makes the note and writes it.
///
/// # Errors
/// Secrecy turned off; unknown zone, unreadable store, wrong template, unwritable output.
pub async fn run(args: Args) -> Result<()> {
    if args.rendu.sans_secret {
        return Err(Error::usage("une note pour le public ne se fait pas sans secret statistique")
            .hint(
                "retirez --sans-secret ; « medicobus bilan » garde cette option, pour vérifier",
            ));
    }

    edit(&args.lecture, &args.rendu, async |_, edition| {
        let zone = match (&args.zone.region, &args.zone.departement) {
            (_, Some(code)) => edition.zone(Level::Departement, code)?,
            (Some(code), None) => edition.zone(Level::Region, code)?,
            (None, None) => return Err(Error::usage("il manque : --region ou --departement")),
        };
        let request = args.rendu.request(zone, args.annee);
        Ok(Request { subject: Subject::CtsNote, ..request })
    })
    .await
}
