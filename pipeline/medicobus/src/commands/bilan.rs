//! `medicobus bilan`: the annual bilan of one zone.

use base::error::{Error, Result};
use edition::bilan::{Request, Workshop};
use edition::config::Config;
use report::rendu::Presse;

use super::arguments::LectureArgs;
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
    pub fn place(&self) -> Result<(&'static str, &str)> {
        match self {
            Self {
                region: Some(code), ..
            } => Ok(("region", code)),
            Self {
                departement: Some(code),
                ..
            } => Ok(("departement", code)),
            Self {
                medicobus: Some(code),
                ..
            } => Ok(("medicobus", code)),
            Self { national: true, .. } => Ok(("national", "FR")),
            _ => Err(Error::usage(
                "il manque : --region, --departement, --medicobus ou --national",
            )),
        }
    }
}

/// Makes the bilan and writes it.
///
/// # Errors
/// Unknown zone, unreadable store, wrong template, unwritable output.
pub async fn run(args: Args) -> Result<()> {
    let config = Config::load(args.lecture.config.as_deref())?;
    let opened = args.lecture.open().await?;

    let workshop = Workshop::open(
        &opened.session,
        &opened.catalogue,
        config,
        args.rendu.templates.as_deref(),
        opened.registre().await?,
    )
    .await?;

    let (niveau, code) = args.zone.place()?;
    let request = Request {
        zone: workshop.zone(niveau, code)?,
        annee: args.annee,
        sans_secret: args.rendu.sans_secret,
        definitif: args.rendu.final_,
        commentaires: args.rendu.commentaires.clone(),
    };

    if request.sans_secret {
        edition::secret::log_unprotected(
            &opened.store,
            &format!("bilan {niveau} {code} {}", args.annee),
        )
        .await?;
    }

    let made = workshop.bilan(&request).await?;
    opened.publier(&made).await?;
    let presse = Presse::new(workshop.gabarits())?;

    for path in args.rendu.write(&made, &presse)? {
        println!("{}", path.display());
    }

    Ok(())
}
