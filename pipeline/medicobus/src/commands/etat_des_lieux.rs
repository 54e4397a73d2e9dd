//! `medicobus etat-des-lieux`: the territory of a project before its bus opens.

use base::error::{Error, Result};
use base::zone::Level;
use edition::{Request, Subject, territory};

use super::arguments::LectureArgs;
use super::edit::edit;
use super::output_args::OutputArgs;

/// Arguments of `etat-des-lieux`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    territoire: TerritoryArgs,
    /// Nom du projet, avec --communes ou --epci.
    #[arg(long, value_name = "NOM", conflicts_with = "medicobus")]
    nom: Option<String>,
    /// Année dont le zonage et les données sont lus.
    #[arg(long, value_parser = clap::value_parser!(i32).range(2000..=2200))]
    annee: i32,
    #[command(flatten)]
    lecture: LectureArgs,
    #[command(flatten)]
    rendu: OutputArgs,
}

/// Which territory: exactly one.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct TerritoryArgs {
    /// Projet du dépôt, par identifiant : les communes de son itinéraire.
    #[arg(long, value_name = "ID")]
    medicobus: Option<String>,
    /// Communes, par codes INSEE séparés par des virgules ; demande --nom.
    #[arg(long, value_name = "CODES", value_delimiter = ',', requires = "nom")]
    communes: Vec<String>,
    /// Intercommunalité, par SIREN : toutes ses communes.
    #[arg(long, value_name = "SIREN")]
    epci: Option<String>,
}

/// Makes the document and writes it.
///
/// # Errors
/// Unknown project, commune or EPCI; unreadable store, wrong template, unwritable output.
pub async fn run(args: Args) -> Result<()> {
    edit(&args.lecture, &args.rendu, async |_, edition| {
        let asked = &args.territoire;
        let (zone, communes) = match (&asked.medicobus, &asked.epci, &args.nom) {
            (Some(id), ..) => {
                let zone = edition.zone(Level::Medicobus, id)?;
                edition.itinerary(id, args.annee).await?;
                (zone, Vec::new())
            }
            (None, Some(siren), nom) => edition.epci(siren, nom.as_deref())?,
            (None, None, Some(nom)) => {
                (territory::named(nom)?, edition.known_communes(&asked.communes)?)
            }
            _ => return Err(Error::usage("il manque : --medicobus, --communes ou --epci")),
        };

        let request = args.rendu.request(zone, args.annee);
        Ok(Request {
            subject: Subject::Territory(communes),
            ..request
        })
    })
    .await
}
